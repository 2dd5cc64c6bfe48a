/* Lights a sea of clouds from above; `clouds.py` says the same in NumPy and explains it. */
#include "coarse.h"

#include "clouds.h"

enum { DECK_SIDE = 1024, DECK_LEVELS = 7, BILLOW_SIDE = 512, BILLOW_LEVELS = 7, N_APPROACH = 44, N_STEPS = 20, N_PASSES = 2, N_FLASHES = 4, N_PLANES = 5, SPAN = 128 };

/* Texels to a metre, and the metres of a byte. */
static const float DECK_SCALE = 2.0f, DECK_STEP = 0.125f, BYTE = 1.0f / 255.0f;
static const float BILLOW_WIDE = 10.0f, BILLOW_CLOSE = 47.0f, BILLOW_FINE = 83.0f;
/* How high the billows of both scales stand at most, in metres. They reach through the clouds along lines that
 * lead away from the camera, where no surface shows how long they are. */
static const float WIDE_METRES = 1.2f, CLOSE_METRES = 0.28f, WIDE_LEAN = 0.6f, CLOSE_LEAN = 0.4f, ASIDE = 0.45f;
static const float FLASH_BEND = 1.0f / 150.0f;
static const float FARTHEST = 4000.0f, LOST_METRES = 900.0f, LEAST_CLEAR = 0.01f;

/* What one ray has gathered on its way. */
typedef struct {
    float far[BLOCK], clear[BLOCK], light[BLOCK], open[BLOCK], reach[BLOCK];
} gathered;

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

/* Goes on to where the billows begin; what goes up past the highest tower has gone for good. */
INLINE void approach(gathered *restrict g, const vector *restrict toward, const clouds_view *restrict v,
                     const clouds_textures *restrict t, float pixel) {
    float billows = (WIDE_METRES + CLOSE_METRES) * v->puff;
    for (int step = 0; step < N_APPROACH; step++) {
        float longest = 0.0f;
#pragma omp simd reduction(max : longest)
        for (int i = 0; i < BLOCK; i++) {
            float far = g->far[i];
            vector p = along(v->camera.eye, toward[i], far);
            float above = p.y - deck_at(t, p, far * pixel).a * DECK_STEP - billows;
            float way = above > 0.0f ? at_least(above * 0.8f, 0.022f * far) : 0.0f;
            float gone = far > FARTHEST || p.y > v->top || g->clear[i] < LEAST_CLEAR ? 1.0f : 0.0f;
            way = gone > 0.0f ? 0.0f : way;
            g->far[i] = gone > 0.0f ? 2.0f * FARTHEST : far + way;
            longest = at_least(way, longest);
        }
        if (longest == 0.0f) return;
    }
}

INLINE void march(gathered *restrict g, const vector *restrict toward, const clouds_view *restrict v,
                  const clouds_textures *restrict t, float pixel) {
    for (int step = 0; step < N_STEPS; step++) {
        float clearest = 0.0f;
#pragma omp simd reduction(max : clearest)
        for (int i = 0; i < BLOCK; i++) {
            float far = g->far[i];
            vector p = along(v->camera.eye, toward[i], far);
            place_in_cloud c = cloud_at(v, t, p, far * pixel);
            float soft = 0.35f + 0.013f * far, dense = unit(0.5f - c.above / soft);
            float way = at_least(c.above * 0.6f, 0.10f + (0.008f + 0.00006f * far) * far);
            float share = far > FARTHEST || g->clear[i] < LEAST_CLEAR ? 0.0f : g->clear[i] * (1.0f - decay(-1.6f * dense * at_most(way / soft, 1.0f)));
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

INLINE void finish_block(float *restrict out, long plane, const gathered *restrict g, const vector *restrict toward,
                         const clouds_view *restrict v, const clouds_textures *restrict t, int n) {
    for (int i = 0; i < n; i++) {
        /* What skims the clouds without an end meets them somewhere. */
        float lost = g->clear[i] * unit(toward[i].y * -80.0f), clear = g->clear[i] - lost, opacity = 1.0f - clear;
        colour c = lit_clouds(v, t, toward[i], opacity, g->light[i] + lost * 0.4f, g->open[i] + lost * 0.7f,
                              g->reach[i] + lost * LOST_METRES);
        out[i] = c.r * opacity;
        out[plane + i] = c.g * opacity;
        out[2 * plane + i] = c.b * opacity;
        out[3 * plane + i] = clear;
        out[4 * plane + i] = (g->reach[i] + lost * LOST_METRES) / at_least(opacity, 1e-3f);
    }
}

INLINE void set_out(gathered *restrict g, vector *restrict toward, const clouds_view *restrict v, int first, int row) {
    vector start = along(v->camera.corner, v->camera.up, (float)(-row * v->every));
    for (int i = 0; i < BLOCK; i++) {
        toward[i] = normalised(along(start, v->camera.right, (float)((first + i) * v->every)));
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
    long plane = (long)n * coarse_width(height, v.every);
    float pixel = sqrtf(dot(v.camera.right, v.camera.right)) * (float)v.every;
    vector toward[BLOCK];
    gathered g;
    for (int row = first_row; row < first_row + n_rows; row++) {
        for (int first = 0; first < n; first += BLOCK) {
            set_out(&g, toward, &v, first, row);
            /* What passes over one tower may meet another. */
            for (int pass = 0; pass < N_PASSES; pass++) {
                approach(&g, toward, &v, &t, pixel);
                march(&g, toward, &v, &t, pixel);
            }
            int ends = first + BLOCK < n ? BLOCK : n - first;
            finish_block(coarse + (long)row * n + first, plane, &g, toward, &v, &t, ends);
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

INLINE void draw_clouds(row *restrict row, int from, int to, const clouds_view *restrict v,
                        const clouds_textures *restrict t, float (*restrict seen)[MAX_COARSE]) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right));
#pragma omp simd
    for (int x = from; x < to; x++) {
        float light = fine_light(v, t, look(&v->camera, row, x), seen[4][x], pixel);
        paint(row, x, (colour){seen[0][x] * light, seen[1][x] * light, seen[2][x] * light});
    }
}

INLINE void add_sky(row *restrict row, int from, int to, const clouds_view *restrict v,
                    const clouds_textures *restrict t, const float *restrict clear, int with_stars) {
#pragma omp simd
    for (int x = from; x < to; x++) {
        colour sky = sky_light(&v->camera, &v->sky, &v->air, &t->sky, look(&v->camera, row, x), row->grain[x],
                               with_stars);
        row->red[x] += sky.r * clear[x];
        row->green[x] += sky.g * clear[x];
        row->blue[x] += sky.b * clear[x];
    }
}

/* Lights one span of a row: clouds where there are any, and the sky where they do not hide it. */
INLINE void draw_span(row *restrict row, int from, int to, const clouds_view *restrict v,
                      const clouds_textures *restrict t, float (*restrict seen)[MAX_COARSE]) {
    float clearest = 0.0f, thickest = 0.0f;
    for (int x = from; x < to; x++) {
        clearest = at_least(seen[3][x], clearest);
        thickest = at_least(1.0f - seen[3][x], thickest);
    }
    if (thickest > 0.0f)
        draw_clouds(row, from, to, v, t, seen);
    else
        for (int x = from; x < to; x++) paint(row, x, (colour){0.0f, 0.0f, 0.0f});
    if (clearest < LEAST_CLEAR) return;
    if (v->sky.stars > 0.0f)
        add_sky(row, from, to, v, t, seen[3], 1);
    else
        add_sky(row, from, to, v, t, seen[3], 0);
}

FOR_EACH_CPU
void clouds_rows(uint8_t *frame, int width, int first_row, int n_rows, const clouds_view *view,
                 const clouds_textures *textures, const float *coarse, int height) {
    clouds_view v = *view;
    clouds_textures t = *textures;
    long plane = (long)coarse_width(width, v.every) * coarse_width(height, v.every);
    float seen[N_PLANES][MAX_COARSE];
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        for (int part = 0; part < N_PLANES; part++) smoothed(seen[part], coarse + part * plane, y, width, v.every);
        for (int from = 0; from < width; from += SPAN)
            draw_span(&row, from, from + SPAN < width ? from + SPAN : width, &v, &t, seen);
        expose(frame, y, &row, width, &v.film);
    }
}
