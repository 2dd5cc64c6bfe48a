/* Lights a reef under water; `underwater.py` says the same in NumPy and explains it. */
#include "coarse.h"
#include "points.h"
#include "spans.h"

#include "underwater.h"

enum { FLOOR_SIDE = 1024, GRAIN_SIDE = 512, WATER_SIDE = 256, LEVELS = 6, N_STEPS = 40, N_SHAFTS = 16, N_STANDS = 5 };
/* A ray is sent ahead for every so many pixels and rows: where those near it meet the ground, others set out. */
enum { SCOUTS_EVERY = 4 };

/* Texels to a metre, and the metres of a byte. */
static const float FLOOR_SCALE = 12.8f, FLOOR_STEP = 0.025f, BYTE = 1.0f / 255.0f;
static const float GRAIN_WIDE = 60.0f, GRAIN_CLOSE = 290.0f, WAVES_WIDE = 9.0f, WAVES_CLOSE = 30.0f;
static const float CAUSTICS = 28.0f, SHAFTS = 13.0f, BLADE_SCALE = 64.0f;
/* How far apart stands of weed are, how far one sees, and how water bends light. */
static const float STAND_METRES = 5.5f, WEED_METRES = 4.0f, FARTHEST = 70.0f, BEND = 1.25f;
/* A byte of a wave texel counts 32nds of a deviation from 128 on. */
static const float WAVE_ZERO = 128.0f, WAVE_STEP = 1.0f / 32.0f;

INLINE pair floor_at(const underwater_textures *restrict t, vector p, float foot) {
    return sampled(t->floor, FLOOR_SIDE, level_of(foot * (1.5f * FLOOR_SCALE), LEVELS), p.x * FLOOR_SCALE,
                   p.z * FLOOR_SCALE);
}

/* Where the sunlight that reaches a place came through the surface, and how much of it there is. */
INLINE float sunlight_at(const underwater_view *v, const underwater_textures *restrict t, vector p, float scale,
                         int level) {
    float up = (v->surface - p.y) / v->sun.y;
    pair light = sampled(t->caustics, WATER_SIDE, level, (p.x + v->sun.x * up) * scale, (p.z + v->sun.z * up) * scale);
    return light.a * (4.0f * BYTE);
}

/* The light of open water along `d`. */
INLINE colour open_water(const underwater_view *v, vector d) {
    float up = 0.5f + 0.5f * d.y, apart = at_least(2.0f - 2.0f * dot(d, v->sun), 0.0f);
    colour c = added(v->deep, v->upward, up * up * up);
    return added(c, v->light, (0.10f * square(1.0f / (1.0f + 3.0f * apart))) * v->shafts);
}

/* Light that comes through `far` metres of water, which takes red first. */
INLINE colour through_water(const underwater_view *v, vector d, float far, colour c) {
    colour open = open_water(v, d);
    return (colour){mix(open.r, c.r, decay(-far * v->lost.r)), mix(open.g, c.g, decay(-far * v->lost.g)),
                    mix(open.b, c.b, decay(-far * v->lost.b))};
}

/* The light of the ground at a place. */
INLINE colour ground_light(const underwater_view *v, const underwater_textures *restrict t, vector p, float far,
                           float pixel) {
    float foot = far * pixel;
    pair ground = floor_at(t, p, foot);
    pair ahead = floor_at(t, along(p, (vector){0.18f * v->lean, 0.0f, 0.22f}, 1.0f), foot);
    float slant = 1.0f / at_least(p.y < v->camera.eye.y ? (v->camera.eye.y - p.y) / far : 0.0f, 0.12f);
    pair wide = sampled(t->grain, GRAIN_SIDE, level_of(foot * slant * GRAIN_WIDE, LEVELS), p.x * GRAIN_WIDE,
                        (p.z + p.y * 0.8f) * GRAIN_WIDE);
    pair close = sampled(t->grain, GRAIN_SIDE, level_of(foot * slant * (1.4f * GRAIN_CLOSE), LEVELS),
                         (p.x + p.y * 0.3f) * GRAIN_CLOSE, (p.z + p.y) * GRAIN_CLOSE);
    pair patch = sampled(t->grain, GRAIN_SIDE, 3, p.x * 13.0f, p.z * 13.0f + p.y * 9.0f);
    float rocky = unit(ground.b * (1.6f * BYTE) - 0.3f + (close.b - 128.0f) * 0.0016f);
    float relief = mix((wide.a - 128.0f) * 0.0042f + (close.b - 128.0f) * 0.0010f,
                       (wide.b - 128.0f) * 0.0050f + (close.b - 128.0f) * 0.0044f, rocky);
    float steep = (ground.a - ahead.a) * (FLOOR_STEP / 0.28f);
    float facing = unit(0.62f + 0.42f * steep + relief);
    colour stone = mixed(v->rock, v->coral, unit((patch.b - 122.0f) * 0.035f));
    stone = mixed(stone, v->weed, 0.8f * unit((patch.a - 138.0f) * 0.03f));
    colour c = mixed(v->sand, stone, rocky);
    float sunny = sunlight_at(v, t, p, CAUSTICS, level_of(foot * CAUSTICS * slant * 0.5f, 5));
    float low = decay(-(v->surface - p.y) * v->lost.g * 0.7f);
    float hollow = 0.22f + 0.78f * unit(0.50f + 1.3f * relief + 0.06f * (p.y - 0.4f) + 0.25f * steep);
    colour lit = added(scaled(v->ambient, hollow), v->light, sunny * facing * low * v->bright);
    colour shown = {c.r * lit.r, c.g * lit.g, c.b * lit.b};
    return added(shown, v->ember, rocky * square(unit((close.b - 150.0f) * 0.02f)) * unit((patch.a - 118.0f) * 0.05f));
}

/* Where there can be ground along a ray at the earliest. */
INLINE float set_out(const underwater_view *v, float up) {
    /* Above the highest rock there is nothing to meet. */
    float high = v->camera.eye.y - v->top;
    float first = at_most(at_least(high / at_least(-up, 1e-4f), 0.6f), FARTHEST);
    float end = high < 0.0f ? 0.35f : 0.0f;
    return up > end ? FARTHEST : at_least(first, 0.6f);
}

/* How far a ray goes until it meets the ground, or as far as one sees; `far` is where it sets out. */
INLINE void march(float *restrict far, int at, const vectors *restrict toward, const underwater_view *restrict v,
                  const underwater_textures *restrict t, float pixel) {
    float gap[BLOCK], x[BLOCK], y[BLOCK], z[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        x[i] = toward->x[at + i];
        y[i] = toward->y[at + i];
        z[i] = toward->z[at + i];
    }
    for (int step = 0; step < N_STEPS; step++) {
        float longest = 0.0f;
#pragma omp simd reduction(max : longest)
        for (int i = 0; i < BLOCK; i++) {
            float at = far[i];
            vector p = along(v->camera.eye, (vector){x[i], y[i], z[i]}, at);
            float above = p.y - floor_at(t, p, at * pixel).a * FLOOR_STEP;
            float least = 0.012f + 0.0035f * at;
            float way = above > 0.5f * least ? at_least(above * 0.7f, least) : 0.0f;
            way = at >= FARTHEST ? 0.0f : way;
            far[i] = at_most(at + way, FARTHEST);
            gap[i] = way > 0.0f ? above - 3.0f * least : 0.0f;
            longest = at_least(way, longest);
        }
        if (longest == 0.0f) return;
    }
    /* What is still high above the ground only grazes it. */
    for (int i = 0; i < BLOCK; i++) far[i] = gap[i] > 0.0f ? FARTHEST : far[i];
}

INLINE void draw_ground(row *restrict row, int first, const vectors *restrict toward, const float *restrict far,
                        const underwater_view *restrict v, const underwater_textures *restrict t, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        vector p = along(v->camera.eye, nth(toward, i), far[i]);
        colour c = ground_light(v, t, p, far[i], pixel);
        paint(row, first + i, through_water(v, nth(toward, i), far[i], c));
    }
}

/* The slopes of one layer of the surface. */
INLINE pair slope_of(const underwater_textures *restrict t, float u, float v, float foot, float scale, float strength) {
    pair s = sampled(t->waves, WATER_SIDE, level_of(foot * scale, LEVELS), u * scale, v * scale);
    return (pair){(s.a - WAVE_ZERO) * (strength * WAVE_STEP), (s.b - WAVE_ZERO) * (strength * WAVE_STEP)};
}

/* The surface from below: a window onto the sky, and around it a mirror of the deep. */
INLINE colour surface_light(const underwater_view *v, const underwater_textures *restrict t, vector d, float pixel) {
    float up = at_least(d.y, 0.02f), far = at_most((v->surface - v->camera.eye.y) / up, FARTHEST);
    vector p = along(v->camera.eye, d, far);
    float foot = far * pixel * at_most(1.0f / up, 8.0f);
    pair wide = slope_of(t, p.x, p.z, foot, WAVES_WIDE, v->wave);
    pair close = slope_of(t, p.z + 3.0f, p.x, foot, WAVES_CLOSE, v->wave * 0.8f + v->ripple);
    float sx = wide.a + close.b, sz = wide.b + close.a, norm = 1.0f / sqrtf(1.0f + sx * sx + sz * sz);
    float cosine = at_least((d.y + d.x * sx + d.z * sz) * norm, 0.0f);
    float sine = BEND * BEND * (1.0f - cosine * cosine), window = unit((1.0f - sine) * 5.0f);
    window = window * window * (3.0f - 2.0f * window);
    float out = sqrtf(at_least(1.0f - sine, 0.0f)), bent = out - BEND * cosine;
    vector sky = normalised((vector){BEND * d.x + bent * sx * norm, BEND * d.y + bent * norm + 0.02f,
                                     BEND * d.z + bent * sz * norm});
    float apart = from_sun(&v->sky, sky), height = at_least(sky.y, 0.0f);
    colour clouds = added(v->sky.cloud_shade, v->sky.cloud_light, 0.4f);
    colour seen = mixed(clear_sky(&v->sky, height, apart), clouds, at_most(v->sky.cloud_cover * 0.4f, 0.85f));
    seen = added(seen, v->sky.disc, 0.30f * square(1.0f / (1.0f + apart * 90.0f)));
    vector back = {d.x, -d.y, d.z};
    colour mirror = open_water(v, normalised((vector){back.x + 2.0f * sx, back.y, back.z + 2.0f * sz}));
    float glimmer = unit(0.5f + 1.6f * (sx * d.x + sz * d.z));
    mirror = added(scaled(mirror, 0.75f + 0.5f * glimmer), v->upward, 0.35f * square(glimmer));
    return through_water(v, d, far, mixed(mirror, seen, window));
}

INLINE void draw_surface(row *restrict row, int first, const vectors *restrict toward,
                         const float *restrict far, const underwater_view *restrict v,
                         const underwater_textures *restrict t, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        colour c = surface_light(v, t, nth(toward, i), pixel);
        /* What is as far as one can see is open water. */
        c = mixed(open_water(v, nth(toward, i)), c, unit(toward->y[i] * 14.0f));
        int x = first + i, met = far[i] < FARTHEST;
        paint(row, x, (colour){met ? row->red[x] : c.r, met ? row->green[x] : c.g, met ? row->blue[x] : c.b});
    }
}

/* Fills in how much of a stand `ahead` each ray could see, were it dense, and returns the most. */
INLINE float in_sight(float *restrict shares, const vectors *restrict toward, const float *restrict far,
                      const underwater_view *v, float ahead) {
    float most = 0.0f;
#pragma omp simd reduction(max : most)
    for (int i = 0; i < SPAN; i++) {
        float at = ahead / at_least(toward->z[i], 0.05f);
        vector p = along(v->camera.eye, nth(toward, i), at);
        float beside = unit((fabsf(p.x) - 2.2f) * 0.7f), before = at < far[i] ? 1.0f : 0.0f;
        float above = p.y > -0.3f ? unit(p.y + 1.3f) : 0.0f, below = p.y < WEED_METRES ? 1.0f : 0.0f;
        shares[i] = beside * before * above * below;
        most = at_least(shares[i], most);
    }
    return most;
}

/* Stands of weed, one behind the other, swaying. */
INLINE void draw_weed(row *restrict row, int first, const vectors *restrict toward, const float *restrict far,
                      const underwater_view *restrict v, const underwater_textures *restrict t, float pixel) {
    float next = floorf(v->camera.eye.z / STAND_METRES) + 1.0f;
    for (int stand = N_STANDS; stand > 0; stand--) {
        float number = next + (float)(stand - 1), z = number * STAND_METRES;
        float shift = number * 137.0f, lean = sinf(v->sway + number * 1.7f);
        /* A stand that the camera is about to pass fades away, and so does one that comes into sight. */
        float ahead = z - v->camera.eye.z;
        float shares[SPAN];
        if (in_sight(shares, toward, far, v, ahead) == 0.0f) continue;
        float shown = v->blades * unit(ahead * 0.7f - 1.2f) * unit(((float)N_STANDS - 0.1f) - ahead / STAND_METRES + 0.6f);
#pragma omp simd
        for (int i = 0; i < SPAN; i++) {
            vector d = nth(toward, i);
            float at = ahead / at_least(d.z, 0.05f);
            vector p = along(v->camera.eye, d, at);
            float high = at_least(p.y, 0.0f) * 0.22f;
            float u = (p.x + (0.5f * lean + 0.3f * p.x * 0.1f) * high * high) * BLADE_SCALE + shift;
            float rise = unit(1.0f - p.y * 0.16f);
            pair blade = sampled(t->blades, GRAIN_SIDE, level_of(at * pixel * BLADE_SCALE, LEVELS), u,
                                 at_most(at_least(p.y, 0.0f), 6.9f) * BLADE_SCALE);
            float cover = blade.a * BYTE * shown * shares[i];
            colour lit = added(v->ambient, v->light, (0.25f + 0.6f * blade.b * BYTE) * v->bright * (1.0f - 0.6f * rise));
            colour c = {v->weed.r * lit.r, v->weed.g * lit.g, v->weed.b * lit.b};
            c = through_water(v, d, at, scaled(c, 0.35f + 0.65f * blade.b * BYTE));
            int x = first + i;
            paint(row, x, (colour){mix(row->red[x], c.r, cover), mix(row->green[x], c.g, cover),
                                   mix(row->blue[x], c.b, cover)});
        }
    }
}

/* Rays march in small blocks, which end together, but what they meet is lit in long spans: beginning a loop of
 * so many numbers costs as much as dozens of its pixels. */
INLINE void draw_span(row *restrict row, int first, const float *restrict scouted,
                      const underwater_view *restrict v, const underwater_textures *restrict t, float pixel) {
    vectors toward;
    float far[SPAN], nearest = FARTHEST, farthest = 0.0f;
    look_along(&toward, row, first, &v->camera);
    for (int i = 0; i < SPAN; i++) {
        float met = scouted[(first + i) / SCOUTS_EVERY];
        far[i] = met < FARTHEST ? at_least(0.99f * met, set_out(v, toward.y[i])) : FARTHEST;
    }
    for (int i = 0; i < SPAN; i += BLOCK) march(far + i, i, &toward, v, t, pixel);
    for (int i = 0; i < SPAN; i++) {
        nearest = at_most(far[i], nearest);
        farthest = at_least(far[i], farthest);
    }
    if (nearest < FARTHEST) draw_ground(row, first, &toward, far, v, t, pixel);
    if (farthest >= FARTHEST) draw_surface(row, first, &toward, far, v, t, pixel);
    if (v->blades > 0.0f) draw_weed(row, first, &toward, far, v, t, pixel);
}

/* How far a ray goes for every few pixels. Coarser levels do for that, and lie closer together in memory. */
FOR_EACH_CPU
void underwater_scouts(float *scouts, int width, int height, int first_row, int n_rows, const underwater_view *view,
                       const underwater_textures *textures) {
    (void)height;
    underwater_view v = *view;
    underwater_textures t = *textures;
    float pixel = 2.0f * sqrtf(dot(v.camera.right, v.camera.right)), far[SPAN];
    int n = coarse_width(width, SCOUTS_EVERY);
    vectors toward;
    for (int y = first_row; y < first_row + n_rows; y++) {
        vector start = along(v.camera.corner, v.camera.up, (float)(-y * SCOUTS_EVERY));
        for (int first = 0; first < n; first += SPAN) {
            int end = n - first < SPAN ? n - first : SPAN;
#pragma omp simd
            for (int i = 0; i < SPAN; i++) {
                vector d = normalised(along(start, v.camera.right, (float)((first + i) * SCOUTS_EVERY)));
                keep(&toward, i, d);
                far[i] = set_out(&v, d.y);
            }
            for (int i = 0; i < end; i += BLOCK) march(far + i, i, &toward, &v, &t, pixel);
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
                     const underwater_textures *textures, const float *coarse, const float *scouts, int height) {
    (void)height;
    underwater_view v = *view;
    underwater_textures t = *textures;
    float pixel = sqrtf(dot(v.camera.right, v.camera.right)), shafts[MAX_COARSE];
    /* A span may go on past the end of its row, and with it what scouts found. */
    int n_scouts = coarse_width(width, SCOUTS_EVERY);
    float scouted[MAX_COARSE + SPAN];
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        memcpy(scouted, scouts + (long)(y / SCOUTS_EVERY) * n_scouts, (size_t)n_scouts * sizeof *scouted);
        for (int i = 0; i < SPAN; i++) scouted[n_scouts + i] = FARTHEST;
        for (int first = 0; first < width; first += SPAN) draw_span(&row, first, scouted, &v, &t, pixel);
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
