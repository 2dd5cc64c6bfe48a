/* Lights a sea of clouds from above; `clouds.py` says the same in NumPy and explains it. */
#include "coarse.h"
#include "spans.h"

#include "clouds.h"

enum { DECK_SIDE = 1024, DECK_LEVELS = 7, BILLOW_SIDE = 512, BILLOW_LEVELS = 7, N_APPROACH = 80, N_STEPS = 20, N_PASSES = 2, N_FLASHES = 4, N_PLANES = 5 };

/* Texels to a metre, and the metres of a byte. */
static const float DECK_SCALE = 2.0f, DECK_STEP = 0.125f, BYTE = 1.0f / 255.0f;
static const float BILLOW_WIDE = 10.0f, BILLOW_CLOSE = 47.0f, BILLOW_FINE = 83.0f;
/* How high the billows of both scales stand at most, in metres. They reach through the clouds along lines that
 * lead away from the camera, where no surface shows how long they are. */
static const float WIDE_METRES = 1.2f, CLOSE_METRES = 0.28f, WIDE_LEAN = 0.6f, CLOSE_LEAN = 0.4f, ASIDE = 0.45f;
static const float FLASH_BEND = 1.0f / 150.0f;
static const float FARTHEST = 4000.0f, LOST_METRES = 900.0f, STEP_SHARE = 0.014f, LEAST_CLEAR = 0.01f;

/* Rays side by side, and what each has gathered on its way. */
typedef struct {
    float x[BLOCK], y[BLOCK], z[BLOCK];
    float far[BLOCK], above[BLOCK], way[BLOCK], going[BLOCK], clear[BLOCK], light[BLOCK], open[BLOCK], reach[BLOCK];
} gathered;

INLINE vector toward(const gathered *g, int i) { return (vector){g->x[i], g->y[i], g->z[i]}; }

/* Where a ray is within the clouds: its height above them (below is negative), and how it is lit there. */
typedef struct { float above, light, open; } place_in_cloud;

INLINE pair deck_at(const clouds_textures *restrict t, vector p, float foot) {
    return sampled(t->deck, DECK_SIDE, level_of(foot * (3.0f * DECK_SCALE), DECK_LEVELS), p.x * DECK_SCALE, p.z * DECK_SCALE);
}

INLINE place_in_cloud cloud_at(const clouds_view *v, const clouds_textures *restrict t, vector p, float foot) {
    pair deck = deck_at(t, p, foot);
    pair wide = sampled(t->billows, BILLOW_SIDE, level_of(foot * (2.0f * BILLOW_WIDE), BILLOW_LEVELS),
                        (p.x - ASIDE * p.z) * BILLOW_WIDE + v->drift[0], (p.y + WIDE_LEAN * p.z) * BILLOW_WIDE + v->drift[1]);
    pair close = sampled(t->billows, BILLOW_SIDE, level_of(foot * (1.6f * BILLOW_CLOSE), BILLOW_LEVELS),
                         (p.x + ASIDE * p.z) * BILLOW_CLOSE + v->drift[2],
                         (p.y + CLOSE_LEAN * p.z) * BILLOW_CLOSE + v->drift[3]);
    float wide_bump = wide.a * (2.0f * BYTE) - 1.0f, close_bump = close.a * (2.0f * BYTE) - 1.0f;
    float bump = (wide_bump * WIDE_METRES + close_bump * CLOSE_METRES) * v->puff;
    float sun = unit((p.y + bump - deck.b * DECK_STEP) * 0.35f + 0.75f);
    place_in_cloud c;
    c.above = p.y - deck.a * DECK_STEP - bump;
    c.light = sun * (0.15f + (0.25f + 0.80f * sun) * (0.95f * wide.b + 0.75f * close.b) * BYTE);
    c.open = unit(0.60f + 0.40f * wide_bump + 0.25f * close_bump + 0.02f * (p.y - 9.0f));
    return c;
}

/* Goes on to where the billows begin; what goes up past the highest tower has gone for good. Returns whether
 * any ray has not. */
INLINE int approach(gathered *restrict g, const clouds_view *restrict v, const clouds_textures *restrict t,
                    float pixel) {
    float billows = (WIDE_METRES + CLOSE_METRES) * v->puff;
    for (int i = 0; i < BLOCK; i++) {
        g->above[i] = g->way[i] = 0.0f;
        g->going[i] = 1.0f;
    }
    for (int step = 0; step < N_APPROACH; step++) {
        float longest = 0.0f;
#pragma omp simd reduction(max : longest)
        for (int i = 0; i < BLOCK; i++) {
            float far = g->far[i];
            vector p = along(v->camera.eye, toward(g, i), far);
            float above = p.y - deck_at(t, p, far * pixel).a * DECK_STEP - billows;
            /* The step that went in is taken back to where the heights between say that they begin. */
            float back = g->way[i] * above / at_least(g->above[i] - above, 1e-3f);
            float way = above > 0.0f ? at_least(above * 1.1f, STEP_SHARE * far) : back;
            way = g->going[i] > 0.0f ? way : 0.0f;
            float gone = far > FARTHEST || p.y > v->top || g->clear[i] < LEAST_CLEAR ? 1.0f : 0.0f;
            float arrives = above <= 0.0f || gone > 0.0f ? 1.0f : 0.0f;
            g->far[i] = gone > 0.0f ? 2.0f * FARTHEST : far + way;
            g->going[i] *= 1.0f - arrives;
            g->above[i] = above;
            g->way[i] = way;
            way = arrives > 0.0f ? 0.0f : way;
            longest = at_least(way, longest);
        }
        if (longest == 0.0f) break;
    }
    float nearest = FARTHEST;
    for (int i = 0; i < BLOCK; i++) nearest = at_most(g->far[i], nearest);
    return nearest < FARTHEST;
}

INLINE void march(gathered *restrict g, const clouds_view *restrict v, const clouds_textures *restrict t,
                  float pixel) {
    for (int step = 0; step < N_STEPS; step++) {
        float clearest = 0.0f;
#pragma omp simd reduction(max : clearest)
        for (int i = 0; i < BLOCK; i++) {
            float far = g->far[i];
            place_in_cloud c = cloud_at(v, t, along(v->camera.eye, toward(g, i), far), far * pixel);
            float soft = 0.35f + 0.013f * far, dense = unit(0.5f - c.above / soft);
            float way = at_least(c.above * 0.6f, 0.10f + (0.008f + 0.00001f * far) * far);
            float met = g->clear[i] * (1.0f - decay(-1.6f * dense * at_most(way / soft, 1.0f)));
            float share = far > FARTHEST || g->clear[i] < LEAST_CLEAR ? 0.0f : met;
            g->light[i] += share * c.light;
            g->open[i] += share * c.open;
            g->reach[i] += share * far;
            g->clear[i] -= share;
            g->far[i] = at_most(far + way, 2.0f * FARTHEST);
            clearest = at_least(far > FARTHEST ? 0.0f : g->clear[i], clearest);
        }
        if (clearest < LEAST_CLEAR) return;
    }
}

/* The light of lightning within the clouds around a place. */
INLINE float spark_at(const clouds_view *v, vector p) {
    float spark = 0.0f;
    for (int n = 0; n < N_FLASHES; n++) {
        float apart = square(p.x - v->flash[n][0]) + square(p.z - v->flash[n][1]);
        spark += v->flash[n][2] * square(1.0f / (1.0f + apart * FLASH_BEND));
    }
    return spark;
}

/* What a ray has gathered, as light; `opacity` is the share of it that clouds fill. */
INLINE colour lit_clouds(const clouds_view *v, const clouds_textures *restrict t, vector d, float opacity,
                         float light, float open, float reach) {
    float whole = 1.0f / at_least(opacity, 1e-3f), far = at_least(reach * whole, 1.0f);
    float apart = from_sun(&v->sky, d), near_sun = 1.0f / (1.0f + 7.0f * apart);
    vector p = along(v->camera.eye, d, far);
    open *= whole;
    colour c = added(scaled(v->shade, open), v->lit, light * whole * (0.50f + 0.50f * near_sun));
    /* Edges are thin, so light comes through them. */
    c = added(c, v->sky.halo, (1.0f - opacity) * square(near_sun) * 0.8f);
    pair town = sampled(t->deck, DECK_SIDE, 4, p.x * 0.8f, p.z * 0.8f);
    c = added(c, v->below, unit(town.a * 0.014f - 0.5f) * square(1.15f - open));
    c = added(c, v->spark, spark_at(v, p) * open);
    return hazed(&v->sky, &v->air, d, far, c);
}

INLINE void finish_block(float *restrict out, long plane, const gathered *restrict g, const clouds_view *restrict v,
                         const clouds_textures *restrict t, int n) {
    for (int i = 0; i < n; i++) {
        /* What skims the clouds without an end meets them somewhere. */
        float lost = g->clear[i] * unit(g->y[i] * -80.0f), clear = g->clear[i] - lost, opacity = 1.0f - clear;
        colour c = lit_clouds(v, t, toward(g, i), opacity, g->light[i] + lost * 0.4f, g->open[i] + lost * 0.7f,
                              g->reach[i] + lost * LOST_METRES);
        out[i] = c.r * opacity;
        out[plane + i] = c.g * opacity;
        out[2 * plane + i] = c.b * opacity;
        out[3 * plane + i] = clear;
        out[4 * plane + i] = (g->reach[i] + lost * LOST_METRES) / at_least(opacity, 1e-3f);
    }
}

INLINE void set_out(gathered *restrict g, const clouds_view *restrict v, int first, int row) {
    vector start = along(v->camera.corner, v->camera.up, (float)(-row * v->every_row));
    for (int i = 0; i < BLOCK; i++) {
        vector d = normalised(along(start, v->camera.right, (float)((first + i) * v->every)));
        g->x[i] = d.x;
        g->y[i] = d.y;
        g->z[i] = d.z;
        g->far[i] = 2.0f;
        g->clear[i] = 1.0f;
        g->light[i] = g->open[i] = g->reach[i] = 0.0f;
    }
}

FOR_EACH_CPU
void clouds_march(float *coarse, int width, int height, int first_row, int n_rows, const clouds_view *view,
                  const clouds_textures *textures) {
    clouds_view v = *view;
    clouds_textures t = *textures;
    int n = coarse_width(width, v.every);
    long plane = (long)n * coarse_width(height, v.every_row);
    float pixel = sqrtf(dot(v.camera.right, v.camera.right)) * (float)v.every;
    gathered g;
    for (int row = first_row; row < first_row + n_rows; row++) {
        for (int first = 0; first < n; first += BLOCK) {
            set_out(&g, &v, first, row);
            /* What passes over one tower may meet another. */
            for (int pass = 0; pass < N_PASSES && approach(&g, &v, &t, pixel); pass++) march(&g, &v, &t, pixel);
            int ends = first + BLOCK < n ? BLOCK : n - first;
            finish_block(coarse + (long)row * n + first, plane, &g, &v, &t, ends);
        }
    }
}

/* The finest billows, which only the rays of single pixels can show: how much they brighten what is there. */
INLINE float fine_light(const clouds_view *v, const clouds_textures *restrict t, vector d, float far, float pixel) {
    vector p = along(v->camera.eye, d, far);
    pair fine = sampled(t->billows, BILLOW_SIDE, level_of(far * pixel * (1.4f * BILLOW_FINE), BILLOW_LEVELS),
                        (p.x + ASIDE * p.z) * BILLOW_FINE + v->drift[2] * 4.0f,
                        (p.y + CLOSE_LEAN * p.z) * BILLOW_FINE + v->drift[3] * 4.0f);
    return 1.0f + v->puff * (fine.b * (0.30f * BYTE) + fine.a * (0.16f * BYTE) - 0.23f);
}

/* Lays the clouds of a span over what a row shows. */
INLINE void lay_clouds(row *restrict row, int at, const vectors *restrict toward, const clouds_view *restrict v,
                       const clouds_textures *restrict t, float (*restrict seen)[MAX_SEEN]) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right));
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float light = fine_light(v, t, nth(toward, i), seen[4][at + i], pixel);
        colour clouds = {seen[0][at + i], seen[1][at + i], seen[2][at + i]};
        paint(row, at + i, added(scaled(painted(row, at + i), seen[3][at + i]), clouds, light));
    }
}

/* Lights one span of a row: the sky where clouds do not hide it, and clouds where there are any. */
INLINE void draw_span(row *restrict row, int at, const clouds_view *restrict v, const clouds_textures *restrict t,
                      float (*restrict seen)[MAX_SEEN]) {
    vectors toward;
    float clearest = 0.0f, thinnest = 1.0f;
#pragma omp simd reduction(max : clearest) reduction(min : thinnest)
    for (int i = 0; i < SPAN; i++) {
        clearest = at_least(seen[3][at + i], clearest);
        thinnest = at_most(seen[3][at + i], thinnest);
    }
    look_along(&toward, row, at, &v->camera);
    if (clearest < LEAST_CLEAR)
        for (int i = 0; i < SPAN; i++) paint(row, at + i, (colour){0.0f, 0.0f, 0.0f});
    else if (v->sky.stars > 0.0f)
        paint_starry_sky(row, at, &toward, &v->camera, &v->sky, &v->air, &t->sky);
    else
        paint_sky(row, at, &toward, &v->camera, &v->sky, &v->air, &t->sky);
    if (thinnest < 1.0f) lay_clouds(row, at, &toward, v, t, seen);
}

FOR_EACH_CPU
void clouds_rows(uint8_t *frame, int width, int first_row, int n_rows, const clouds_view *view,
                 const clouds_textures *textures, const float *coarse, int height) {
    clouds_view v = *view;
    clouds_textures t = *textures;
    int n = coarse_width(width, v.every);
    long plane = (long)n * coarse_width(height, v.every_row);
    float seen[N_PLANES][MAX_SEEN] = {{0.0f}};
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        const float *above = coarse + (long)(y / v.every_row) * n;
        float share = (float)(y % v.every_row) / (float)v.every_row;
        for (int part = 0; part < N_PLANES; part++, above += plane)
            smoothed_between(seen[part], above, above + n, share, width, v.every);
        for (int at = 0; at < width; at += SPAN) draw_span(&row, at, &v, &t, seen);
        expose(frame, y, &row, width, &v.film);
    }
}
