/* Lights a reef under water; `underwater.py` says the same in NumPy and explains it. */
#include "coarse.h"
#include "points.h"
#include "spans.h"

#include "underwater.h"

enum { FLOOR_SIDE = 1024, GRAIN_SIDE = 512, WATER_SIDE = 256, LEVELS = 6, N_STEPS = 32, N_SHAFTS = 16, N_STANDS = 5 };

/* Texels to a metre, and the metres of a byte. */
static const float FLOOR_SCALE = 12.8f, FLOOR_STEP = 0.025f, BYTE = 1.0f / 255.0f;
static const float GRAIN_WIDE = 60.0f, GRAIN_CLOSE = 290.0f, WAVES_WIDE = 9.0f, WAVES_CLOSE = 30.0f;
static const float CAUSTICS = 28.0f, SHAFTS = 13.0f, BLADE_SCALE = 64.0f;
/* How far apart stands of weed are, how far one sees, and how water bends light. */
static const float STAND_METRES = 5.5f, WEED_METRES = 4.0f, FARTHEST = 70.0f, BEND = 1.25f;
/* A byte of a wave texel counts 32nds of a deviation from 128 on. */
static const float WAVE_ZERO = 128.0f, WAVE_STEP = 1.0f / 32.0f;

/* Light along the rays of a span. */
typedef struct { float red[SPAN], green[SPAN], blue[SPAN]; } lights;

INLINE colour nth_light(const lights *c, int i) { return (colour){c->red[i], c->green[i], c->blue[i]}; }

/* What the pixels of a span share: their rays, how far those go, and the light of the water along them. */
typedef struct {
    vectors toward;
    lights open;
    float far[SPAN];
} span;

/* The height of the ground in metres. */
INLINE float height_at(const underwater_textures *restrict t, vector p) {
    return quadruple(t->heights, FLOOR_SIDE, 0, p.x * FLOOR_SCALE, p.z * FLOOR_SCALE) * FLOOR_STEP;
}

/* How much of the sunlight reaches a place, from where it came through the surface. */
INLINE float sunlight_at(const underwater_view *v, const underwater_textures *restrict t, vector p, float scale,
                         int level) {
    float up = (v->surface - p.y) * (1.0f / v->sun.y);
    return quadruple(t->caustics, WATER_SIDE, level, (p.x + v->sun.x * up) * scale, (p.z + v->sun.z * up) * scale) *
           (4.0f * BYTE);
}

/* The light of open water along `d`. */
INLINE colour open_water(const underwater_view *v, vector d) {
    float up = 0.5f + 0.5f * d.y, apart = at_least(2.0f - 2.0f * dot(d, v->sun), 0.0f);
    colour c = added(v->deep, v->upward, up * up * up);
    return added(c, v->light, (0.10f * v->shafts) * square(1.0f / (1.0f + 3.0f * apart)));
}

/* Light that comes through `far` metres of water, which takes red first and adds its own. */
INLINE colour through_water(const underwater_view *v, colour open, float far, colour c) {
    return (colour){mix(open.r, c.r, decay(-far * v->lost.r)), mix(open.g, c.g, decay(-far * v->lost.g)),
                    mix(open.b, c.b, decay(-far * v->lost.b))};
}

/* The light of the ground at a place that a ray meets at `far`. */
INLINE colour ground_light(const underwater_view *v, const underwater_textures *restrict t, vector p, float far,
                           float pixel) {
    float foot = far * pixel, u = p.x * FLOOR_SCALE, w = p.z * FLOOR_SCALE;
    int floor_level = level_of(foot * (1.5f * FLOOR_SCALE), LEVELS);
    pair face = sampled(t->face, FLOOR_SIDE, floor_level, u, w), cover = sampled(t->cover, FLOOR_SIDE, floor_level, u, w);
    /* Sand is seen longer than it is wide, the more so the flatter one looks along it; rocks turn to the eye. */
    float slant = at_most(far / at_least(v->camera.eye.y - p.y, 1e-3f), 8.0f);
    float wide_foot = foot * mix(slant, at_most(slant, 2.6f), cover.a * BYTE);
    pair wide = sampled(t->grain, GRAIN_SIDE, level_of(wide_foot * GRAIN_WIDE, LEVELS), p.x * GRAIN_WIDE,
                        (p.z + p.y * 0.8f) * GRAIN_WIDE);
    pair close = sampled(t->grain, GRAIN_SIDE, level_of(wide_foot * (1.4f * GRAIN_CLOSE), LEVELS),
                         (p.x + p.y * 0.3f) * GRAIN_CLOSE, (p.z + p.y) * GRAIN_CLOSE);
    float fine = close.b - 128.0f;
    float rocky = unit(cover.a * (1.6f * BYTE) - 0.3f + fine * 0.0016f);
    float relief = mix((wide.a - 128.0f) * 0.0042f + fine * 0.0010f, (wide.b - 128.0f) * 0.0050f + fine * 0.0044f, rocky);
    float growth = cover.b + fine * 0.10f;
    colour stone = mixed(v->rock, v->coral, unit((growth - 132.0f) * 0.035f));
    stone = mixed(stone, v->weed, 0.8f * unit((118.0f - growth) * 0.03f));
    colour c = mixed(v->sand, stone, rocky);
    float sunny = sunlight_at(v, t, p, CAUSTICS, level_of(foot * slant * (0.5f * CAUSTICS), 5));
    float facing = unit(face.a * BYTE * (1.0f + 1.6f * relief)), hollow = 0.16f + 0.84f * unit(face.b * BYTE + 1.3f * relief);
    float low = decay(-(v->surface - p.y) * v->lost.g * 0.7f);
    colour lit = added(scaled(v->ambient, hollow), v->light, sunny * facing * low * v->bright);
    colour shown = {c.r * lit.r, c.g * lit.g, c.b * lit.b};
    return added(shown, v->ember, rocky * square(unit((fine - 22.0f) * 0.02f)) * unit((138.0f - growth) * 0.05f));
}

/* Where there can be ground along a ray at the earliest. */
INLINE float set_out(const underwater_view *v, float up) {
    /* Above the highest rock there is nothing to meet. */
    float high = v->camera.eye.y - v->top;
    float first = at_most(at_least(high / at_least(-up, 1e-4f), 0.6f), FARTHEST);
    float end = high < 0.0f ? 0.35f : 0.0f;
    return up > end ? FARTHEST : at_least(first, 0.6f);
}

/* How far a ray goes until it meets the ground, or as far as one sees; `far` is where it sets out. High above the
 * ground it goes as far as no slope can rise; close to it, to where it would meet the slope it has passed; and once
 * it has been below the ground, to where it must have come through it. */
INLINE void march(float *restrict far, const float *restrict x, const float *restrict y, const float *restrict z,
                  const underwater_view *restrict v, const underwater_textures *restrict t) {
    /* The last place above the ground, and the last below it. */
    float over[BLOCK], height[BLOCK], under[BLOCK], depth[BLOCK], fall[BLOCK], rest[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        over[i] = far[i] - 1.0f;
        height[i] = at_least(-y[i], 0.05f);
        under[i] = 2.0f * FARTHEST;
        depth[i] = -1.0f;
        fall[i] = height[i];
    }
    for (int step = 0; step < N_STEPS; step++) {
        /* A ray that grazes the ground is content with ever less. */
        float longest = 0.0f, patience = 1.0f + 0.12f * (float)step;
#pragma omp simd reduction(max : longest)
        for (int i = 0; i < BLOCK; i++) {
            float at = far[i];
            vector p = along(v->camera.eye, (vector){x[i], y[i], z[i]}, at);
            float now = p.y - height_at(t, p), least = (0.006f + 0.0018f * at) * patience;
            int is_above = now > 0.0f;
            float slope = step == 0 ? height[i] : (height[i] - now) / (at - over[i]);
            slope = slope > 0.03f ? slope : 0.03f;
            over[i] = is_above ? at : over[i];
            height[i] = is_above ? now : height[i];
            under[i] = is_above ? under[i] : at;
            depth[i] = is_above ? depth[i] : now;
            float onward = at_least(at_most(now / slope, 0.2f + 0.03f * at), 0.7f * now);
            float apart = under[i] - over[i], share = height[i] / (height[i] - depth[i]);
            float between = over[i] + apart * at_most(at_least(share, 0.15f), 0.85f) - at;
            float way = under[i] <= FARTHEST ? between : onward;
            way = fabsf(now) < least || apart < least || at >= FARTHEST ? 0.0f : way;
            far[i] = at_most(at + way, FARTHEST);
            fall[i] = way != 0.0f ? slope : fall[i];
            rest[i] = now;
            longest = at_least(fabsf(way), longest);
        }
        if (longest == 0.0f) break;
    }
    /* The rest of the way is straight; but what is still high above the ground only grazes it. */
    for (int i = 0; i < BLOCK; i++) {
        float most = 0.03f + 0.009f * far[i];
        far[i] = at_most(rest[i] > most ? FARTHEST : far[i] + at_most(at_least(rest[i] / fall[i], -most), most), FARTHEST);
    }
}

INLINE void draw_ground(row *restrict row, int first, const span *restrict s, const underwater_view *restrict v,
                        const underwater_textures *restrict t, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        vector p = along(v->camera.eye, nth(&s->toward, i), s->far[i]);
        colour c = ground_light(v, t, p, s->far[i], pixel);
        paint(row, first + i, through_water(v, nth_light(&s->open, i), s->far[i], c));
    }
}

/* The slopes of one layer of the surface. */
INLINE pair slope_of(const underwater_textures *restrict t, float u, float v, float foot, float scale, float strength) {
    pair s = sampled(t->waves, WATER_SIDE, level_of(foot * scale, LEVELS), u * scale, v * scale);
    return (pair){(s.a - WAVE_ZERO) * (strength * WAVE_STEP), (s.b - WAVE_ZERO) * (strength * WAVE_STEP)};
}

/* The slopes of the surface where rays meet it, the share that they see through it, and the cosine of the angle
 * they meet it at. */
typedef struct { float sx[SPAN], sz[SPAN], window[SPAN], cosine[SPAN]; } panes;

/* Fills in the surface above a span and returns the most that one ray sees through it. */
INLINE float meet_surface(panes *restrict panes, const span *restrict s, const underwater_view *restrict v,
                          const underwater_textures *restrict t, float pixel) {
    float most = 0.0f;
#pragma omp simd reduction(max : most)
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(&s->toward, i);
        float flat = 1.0f / at_least(d.y, 0.02f), far = at_most((v->surface - v->camera.eye.y) * flat, FARTHEST);
        vector p = along(v->camera.eye, d, far);
        float foot = far * pixel * at_most(flat, 8.0f);
        pair wide = slope_of(t, p.x, p.z, foot, WAVES_WIDE, v->wave);
        pair close = slope_of(t, p.z + 3.0f, p.x, foot, WAVES_CLOSE, v->wave * 0.8f + v->ripple);
        float sx = wide.a + close.b, sz = wide.b + close.a;
        float cosine = at_least(d.y + d.x * sx + d.z * sz, 0.0f) / sqrtf(1.0f + sx * sx + sz * sz);
        float open = unit((1.0f - BEND * BEND * (1.0f - cosine * cosine)) * 5.0f);
        panes->sx[i] = sx;
        panes->sz[i] = sz;
        panes->cosine[i] = cosine;
        panes->window[i] = open * open * (3.0f - 2.0f * open);
        most = at_least(open, most);
    }
    return most;
}

/* The sky that a ray sees through the surface. */
INLINE colour seen_sky(const underwater_view *v, vector d, float sx, float sz, float cosine) {
    float norm = 1.0f / sqrtf(1.0f + sx * sx + sz * sz), sine = BEND * BEND * (1.0f - cosine * cosine);
    float bent = (sqrtf(at_least(1.0f - sine, 0.0f)) - BEND * cosine) * norm;
    vector sky = normalised((vector){BEND * d.x + bent * sx, BEND * d.y + bent + 0.02f, BEND * d.z + bent * sz});
    float apart = from_sun(&v->sky, sky), height = at_least(sky.y, 0.0f);
    colour clouds = added(v->sky.cloud_shade, v->sky.cloud_light, 0.4f);
    colour seen = mixed(clear_sky(&v->sky, height, apart), clouds, at_most(v->sky.cloud_cover * 0.4f, 0.85f));
    return added(seen, v->sky.disc, 0.30f * square(1.0f / (1.0f + apart * 90.0f)));
}

/* The deep that the surface mirrors, and the light that its slopes gather. */
INLINE colour mirrored(const underwater_view *v, vector d, float sx, float sz) {
    float slant = sx * d.x + sz * d.z, glimmer = unit(0.5f + 1.6f * slant);
    colour c = open_water(v, normalised((vector){d.x + 2.0f * sx, -d.y, d.z + 2.0f * sz}));
    return added(scaled(c, 0.75f + 0.5f * glimmer), v->upward, 0.35f * square(glimmer));
}

/* The surface from below: a window onto the sky, and around it a mirror of the deep. */
INLINE void draw_surface(row *restrict row, int first, const span *restrict s, const underwater_view *restrict v,
                         const underwater_textures *restrict t, float pixel) {
    panes panes;
    lights seen;
    float most = meet_surface(&panes, s, v, t, pixel);
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        colour c = mirrored(v, nth(&s->toward, i), panes.sx[i], panes.sz[i]);
        seen.red[i] = c.r;
        seen.green[i] = c.g;
        seen.blue[i] = c.b;
    }
    if (most > 0.0f) {
#pragma omp simd
        for (int i = 0; i < SPAN; i++) {
            colour c = seen_sky(v, nth(&s->toward, i), panes.sx[i], panes.sz[i], panes.cosine[i]);
            c = mixed(nth_light(&seen, i), c, panes.window[i]);
            seen.red[i] = c.r;
            seen.green[i] = c.g;
            seen.blue[i] = c.b;
        }
    }
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float up = s->toward.y[i], far = at_most((v->surface - v->camera.eye.y) / at_least(up, 0.02f), FARTHEST);
        colour open = nth_light(&s->open, i);
        /* What is as far as one can see is open water. */
        colour c = mixed(open, through_water(v, open, far, nth_light(&seen, i)), unit(up * 14.0f));
        int x = first + i, met = s->far[i] < FARTHEST;
        paint(row, x, (colour){met ? row->red[x] : c.r, met ? row->green[x] : c.g, met ? row->blue[x] : c.b});
    }
}

/* Where a ray meets the upright plane of a stand `ahead`. */
INLINE vector in_stand(const underwater_view *v, vector d, float ahead) {
    return along(v->camera.eye, d, ahead / at_least(d.z, 0.05f));
}

/* Whether any ray of a span can see a stand `ahead`: along a row its places lie in order. */
INLINE int is_in_sight(const span *s, const underwater_view *v, float ahead, float farthest) {
    vector one = in_stand(v, nth(&s->toward, 0), ahead), other = in_stand(v, nth(&s->toward, SPAN - 1), ahead);
    int high = at_most(one.y, other.y) >= WEED_METRES, low = at_least(one.y, other.y) <= -0.3f;
    int between = at_least(fabsf(one.x), fabsf(other.x)) <= 2.2f;
    return !high && !low && !between && ahead < farthest;
}

/* How much of each pixel of a span a stand covers, and how light its blades are there. */
typedef struct { float cover[SPAN], light[SPAN]; } blades;

/* Fills in the blades of a stand and returns the most that they cover. */
INLINE float meet_blades(blades *restrict blades, const span *restrict s, const underwater_view *restrict v,
                         const underwater_textures *restrict t, float pixel, float number, float ahead) {
    float shift = number * 137.0f, lean = sinf(v->sway + number * 1.7f), most = 0.0f;
    /* A stand that the camera is about to pass fades away, and so does one that comes into sight. */
    float shown = BYTE * v->blades * unit(ahead * 0.7f - 1.2f) *
                  unit(((float)N_STANDS - 0.1f) - ahead / STAND_METRES + 0.6f);
#pragma omp simd reduction(max : most)
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(&s->toward, i);
        float at = ahead / at_least(d.z, 0.05f);
        vector p = along(v->camera.eye, d, at);
        float beside = unit((fabsf(p.x) - 2.2f) * 0.7f), before = at < s->far[i] ? 1.0f : 0.0f;
        float above = p.y > -0.3f ? unit(p.y + 1.3f) : 0.0f, below = p.y < WEED_METRES ? 1.0f : 0.0f;
        float high = at_least(p.y, 0.0f) * 0.22f;
        float u = (p.x + (0.5f * lean + 0.03f * p.x) * high * high) * BLADE_SCALE + shift;
        pair blade = sampled(t->blades, GRAIN_SIDE, level_of(at * pixel * BLADE_SCALE, LEVELS), u,
                             at_most(at_least(p.y, 0.0f), 6.9f) * BLADE_SCALE);
        blades->cover[i] = blade.a * (shown * beside * before * above * below);
        blades->light[i] = blade.b * BYTE;
        most = at_least(blades->cover[i], most);
    }
    return most;
}

INLINE void draw_blades(row *restrict row, int first, const blades *restrict blades, const span *restrict s,
                        const underwater_view *restrict v, float ahead) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float at = ahead / at_least(s->toward.z[i], 0.05f), y = v->camera.eye.y + s->toward.y[i] * at;
        float light = blades->light[i], rise = unit(1.0f - y * 0.16f);
        colour lit = added(v->ambient, v->light, (0.25f + 0.6f * light) * v->bright * (1.0f - 0.6f * rise));
        colour c = scaled((colour){v->weed.r * lit.r, v->weed.g * lit.g, v->weed.b * lit.b}, 0.35f + 0.65f * light);
        c = through_water(v, nth_light(&s->open, i), at, c);
        paint(row, first + i, mixed(painted(row, first + i), c, blades->cover[i]));
    }
}

/* Stands of weed, one behind the other, swaying. */
INLINE void draw_weed(row *restrict row, int first, const span *restrict s, float farthest,
                      const underwater_view *restrict v, const underwater_textures *restrict t, float pixel) {
    float next = floorf(v->camera.eye.z / STAND_METRES) + 1.0f;
    blades blades;
    for (int stand = N_STANDS; stand > 0; stand--) {
        float number = next + (float)(stand - 1), ahead = number * STAND_METRES - v->camera.eye.z;
        if (!is_in_sight(s, v, ahead, farthest)) continue;
        if (meet_blades(&blades, s, v, t, pixel, number, ahead) > 0.0f) draw_blades(row, first, &blades, s, v, ahead);
    }
}

/* Fills `out` with what holds at fine row `y` for whole cells of a coarse grid, and returns the least. */
INLINE float repeated(float *restrict out, const float *restrict plane, int y, int width, int every) {
    int n = coarse_width(width, every) - 1;
    const float *cells = plane + (long)(y / every) * (n + 1);
    float least = FARTHEST;
    for (int i = 0; i < n; i++) least = at_most(cells[i], least);
    for (int i = 0; i < n; i++)
        for (int x = i * every; x < (i + 1) * every; x++) out[x] = cells[i];
    return least;
}

/* Rays march in small blocks, which end together, but what they meet is lit in long spans: beginning a loop of
 * so many numbers costs as much as dozens of its pixels. */
INLINE void draw_span(row *restrict row, int first, const float *restrict near, const float *restrict begin,
                      const underwater_view *restrict v, const underwater_textures *restrict t, float pixel) {
    span s;
    int marching[SPAN];
    float nearest = FARTHEST, farthest = 0.0f;
    look_along(&s.toward, row, first, &v->camera);
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        colour open = open_water(v, nth(&s.toward, i));
        s.open.red[i] = open.r;
        s.open.green[i] = open.g;
        s.open.blue[i] = open.b;
    }
    int n_marching = 0;
#pragma omp simd reduction(+ : n_marching)
    for (int i = 0; i < SPAN; i++) {
        float from = begin[first + i], set = at_least(from, set_out(v, s.toward.y[i]));
        float found = at_most(1.0f / near[first + i], FARTHEST);
        s.far[i] = from >= FARTHEST ? FARTHEST : from > 0.0f ? set : found;
        marching[i] = from != 0.0f && s.far[i] < FARTHEST;
        n_marching += marching[i];
    }
    for (int i = 0; n_marching > 0 && i < SPAN; i += BLOCK) {
        int n = 0;
        for (int j = i; j < i + BLOCK; j++) n += marching[j];
        if (n > 0) march(s.far + i, s.toward.x + i, s.toward.y + i, s.toward.z + i, v, t);
    }
    nearest = FARTHEST;
#pragma omp simd reduction(min : nearest) reduction(max : farthest)
    for (int i = 0; i < SPAN; i++) {
        nearest = at_most(s.far[i], nearest);
        farthest = at_least(s.far[i], farthest);
    }
    if (nearest < FARTHEST) draw_ground(row, first, &s, v, t, pixel);
    if (farthest >= FARTHEST) draw_surface(row, first, &s, v, t, pixel);
    if (v->blades > 0.0f) draw_weed(row, first, &s, farthest, v, t, pixel);
}

/* How far a ray goes for every few pixels. */
FOR_EACH_CPU
void underwater_scouts(float *scouts, int width, int height, int first_row, int n_rows, const underwater_view *view,
                       const underwater_textures *textures) {
    (void)height;
    underwater_view v = *view;
    underwater_textures t = *textures;
    float far[SPAN];
    int n = coarse_width(width, v.cell);
    vectors toward;
    for (int y = first_row; y < first_row + n_rows; y++) {
        vector start = along(v.camera.corner, v.camera.up, (float)(-y * v.cell));
        for (int first = 0; first < n; first += SPAN) {
            int end = n - first < SPAN ? n - first : SPAN;
#pragma omp simd
            for (int i = 0; i < SPAN; i++) {
                vector d = normalised(along(start, v.camera.right, (float)((first + i) * v.cell)));
                keep(&toward, i, d);
                far[i] = set_out(&v, d.y);
            }
            for (int i = 0; i < end; i += BLOCK)
                march(far + i, toward.x + i, toward.y + i, toward.z + i, &v, &t);
            memcpy(scouts + (long)y * n + first, far, (size_t)end * sizeof *far);
        }
    }
}

/* Sunlight that the water itself sends to the eye: bright where waves gather it, so it stands in shafts. */
FOR_EACH_CPU
void underwater_shafts(float *coarse, int width, int height, int first_row, int n_rows, const underwater_view *view,
                       const underwater_textures *textures) {
    (void)height;
    underwater_view v = *view;
    underwater_textures t = *textures;
    int n = coarse_width(width, v.every);
    for (int y = first_row; y < first_row + n_rows; y++) {
        vector start = along(v.camera.corner, v.camera.up, (float)(-y * v.every));
        const float *dither = t.film.dither + (y & (DITHER_SIDE - 1)) * DITHER_SIDE;
        float *out = coarse + (long)y * n;
#pragma omp simd
        for (int i = 0; i < n; i++) {
            vector d = normalised(along(start, v.camera.right, (float)(i * v.every)));
            float down = (v.camera.eye.y - 0.3f) / at_least(-d.y, 1e-3f), up = (v.surface - v.camera.eye.y) / at_least(d.y, 1e-3f);
            float end = at_most(at_most(down, up), 26.0f), jitter = dither[i & (DITHER_SIDE - 1)] + 0.5f, sum = 0.0f;
            for (int step = 0; step < N_SHAFTS; step++) {
                float at = end * ((float)step + jitter) * (1.0f / (float)N_SHAFTS);
                vector p = along(v.camera.eye, d, at);
                float light = sunlight_at(&v, &t, p, SHAFTS, 2);
                sum += (light - 0.40f) * decay(-at * v.lost.g * 1.6f - (v.surface - p.y) * v.lost.g * 1.2f);
            }
            float apart = at_least(2.0f - 2.0f * dot(d, v.sun), 0.0f);
            float phase = 0.25f + 1.3f / (1.0f + 3.0f * apart);
            out[i] = sum * (end * (1.0f / (float)N_SHAFTS)) * phase * v.shafts;
        }
    }
}

FOR_EACH_CPU
void underwater_rows(uint8_t *frame, int width, int first_row, int n_rows, const underwater_view *view,
                     const underwater_textures *textures, const float *coarse, const float *nearness,
                     const float *beginnings, int height) {
    (void)height;
    underwater_view v = *view;
    underwater_textures t = *textures;
    float pixel = sqrtf(dot(v.camera.right, v.camera.right)), shafts[MAX_COARSE];
    /* A span may go on past the end of its row, and with it what scouts found. */
    float near[MAX_COARSE + SPAN], begin[MAX_COARSE + SPAN];
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        if (repeated(begin, beginnings, y, width, v.cell) < FARTHEST) smoothed(near, nearness, y, width, v.cell);
        for (int x = width; x < width + SPAN; x++) begin[x] = near[x] = FARTHEST;
        for (int first = 0; first < width; first += SPAN) draw_span(&row, first, near, begin, &v, &t, pixel);
        smoothed(shafts, coarse, y, width, v.every);
#pragma omp simd
        for (int x = 0; x < width; x++) {
            row.red[x] = at_least(row.red[x] + shafts[x] * v.light.r, 0.0f);
            row.green[x] = at_least(row.green[x] + shafts[x] * v.light.g, 0.0f);
            row.blue[x] = at_least(row.blue[x] + shafts[x] * v.light.b, 0.0f);
        }
        add_points(&row, y, width, t.points, t.ends, v.n_large);
        expose(frame, y, &row, width, &v.film);
    }
}

/* Lets a row of points of light fall on the four texels around each of them. */
INLINE void scatter(float *restrict light, const float *restrict u, const float *restrict v, int side) {
    for (int x = 0; x < side; x++) {
        float left = floorf(u[x]), top = floorf(v[x]), across = 0.5f * (u[x] - left), down = v[x] - top;
        int u0 = (int)left & (side - 1), u1 = (u0 + 1) & (side - 1), v0 = (int)top & (side - 1);
        float *upper = light + v0 * side, *lower = light + ((v0 + 1) & (side - 1)) * side;
        upper[u0] += (0.5f - across) * (1.0f - down);
        upper[u1] += across * (1.0f - down);
        lower[u0] += (0.5f - across) * down;
        lower[u1] += across * down;
    }
}

/* The light that falls on each texel after waves have bent it: each passes on as much, a little aside. Half of it
 * begins between four texels, so that where light is thin, its grid cannot be seen. */
FOR_EACH_CPU
void underwater_caustics(float *light, const float *slopes, int side, float reach) {
    float u[MAX_WIDTH], v[MAX_WIDTH];
    memset(light, 0, (size_t)side * (size_t)side * sizeof *light);
    for (int y = 0; y < side; y++) {
        const float *here = slopes + 2 * y * side, *below = slopes + 2 * ((y + 1) & (side - 1)) * side;
#pragma omp simd
        for (int x = 0; x < side; x++) {
            u[x] = (float)x + reach * here[2 * x];
            v[x] = (float)y + reach * here[2 * x + 1];
        }
        scatter(light, u, v, side);
        for (int x = 0; x < side; x++) {
            int right = (x + 1) & (side - 1);
            float along_u = here[2 * x] + here[2 * right] + below[2 * x] + below[2 * right];
            float along_v = here[2 * x + 1] + here[2 * right + 1] + below[2 * x + 1] + below[2 * right + 1];
            u[x] = (float)x + 0.5f + 0.25f * reach * along_u;
            v[x] = (float)y + 0.5f + 0.25f * reach * along_v;
        }
        scatter(light, u, v, side);
    }
}
