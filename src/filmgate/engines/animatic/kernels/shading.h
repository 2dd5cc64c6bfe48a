/* What the kernels of all scenes share: rays, textures, sky, air, and how light becomes bytes. `shading.py`
 * says the same in NumPy and explains the formulas; a change belongs into both. Every inner loop is free of
 * branches, so that compilers turn it into SIMD; which instructions it uses is chosen when the module is
 * loaded. */
#ifndef SHADING_H
#define SHADING_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "common.h"

/* Older compilers and other C libraries cannot choose at load time; there one plain version is compiled. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
#define FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
/* Large kernels take a minute and a gigabyte to compile for each, and gain little by the widest registers. */
#define FOR_MOST_CPUS __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FOR_EACH_CPU
#define FOR_MOST_CPUS
#endif

/* A function of one pixel that is not inlined would be compiled for the oldest processor, and stay scalar. */
#define INLINE static inline __attribute__((always_inline, unused))

/* Sides of the textures in texels, and how many levels lie below one another in each. */
enum { SKY_SIDE = 1024, SKY_LEVELS = 5, FALL_SIDE = 512, DITHER_SIDE = 256 };

/* A byte of a texel of the sky counts 255ths. */
#define SKY_STEP (1.0f / 255.0f)
/* Stars are stored as square roots, in which faint ones keep their differences. */
#define STAR_BRIGHTEST 4.0f
/* How flat the domes of clouds and stars are, and their texels from there to the zenith. */
#define CLOUD_BEND 0.05f
#define CLOUD_SCALE 110.0f
#define STAR_BEND 0.6f
#define STAR_SCALE 430.0f
/* The share of its disc's light that the sun's aureole has. */
#define AUREOLE 0.035f
/* Texels that clouds pass for each metre of the camera's way. */
#define CLOUD_PARALLAX 0.08f

typedef struct { float a, b; } pair;

/* Room past the end of a row, for whatever fills it in steps of several pixels. */
enum { SLACK = DITHER_SIDE };

/* What a row of pixels is drawn from, and the light it becomes. */
typedef struct {
    vector start; /* The direction through its first pixel; not of unit length. */
    float red[MAX_WIDTH + SLACK], green[MAX_WIDTH + SLACK], blue[MAX_WIDTH + SLACK];
    float fall[MAX_WIDTH + SLACK], grain[MAX_WIDTH + SLACK];
} row;

INLINE float at_least(float x, float low) { return x < low ? low : x; }
INLINE float at_most(float x, float high) { return x > high ? high : x; }
INLINE float unit(float x) { return at_most(at_least(x, 0.0f), 1.0f); }
INLINE float mix(float a, float b, float share) { return a + (b - a) * share; }
INLINE float square(float x) { return x * x; }

/* exp(x) for x <= 0, by (1 + x/256)^256. */
INLINE float decay(float x) {
    float y = at_least(1.0f + x * (1.0f / 256.0f), 0.0f);
    return square(square(square(square(square(square(square(square(y))))))));
}

INLINE colour added(colour c, colour more, float share) {
    return (colour){c.r + more.r * share, c.g + more.g * share, c.b + more.b * share};
}
INLINE colour mixed(colour a, colour b, float share) {
    return (colour){mix(a.r, b.r, share), mix(a.g, b.g, share), mix(a.b, b.b, share)};
}
INLINE colour scaled(colour c, float by) { return (colour){c.r * by, c.g * by, c.b * by}; }

INLINE float dot(vector a, vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
INLINE vector along(vector from, vector step, float by) {
    return (vector){from.x + step.x * by, from.y + step.y * by, from.z + step.z * by};
}
INLINE vector normalised(vector d) {
    float shrink = 1.0f / sqrtf(dot(d, d));
    return (vector){d.x * shrink, d.y * shrink, d.z * shrink};
}

/* The squared chord between a direction and the sun's. */
INLINE float from_sun(const sky_view *s, vector d) { return at_least(2.0f - 2.0f * dot(d, s->sun), 0.0f); }

INLINE int32_t bits_of(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* floor(log2(texels)) within the levels there are, from the exponent's bits. */
INLINE int level_of(float texels, int n_levels) {
    int level = (bits_of(at_least(texels, 1.0f)) >> 23) - 127;
    return level < n_levels ? level : n_levels - 1;
}

/* 2^-level, made from an exponent's bits. */
INLINE float halved(int level) {
    int32_t bits = (127 - level) << 23;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A texel holds both values of its place in its lower bytes and those of the next column in its upper ones:
 * looking up scattered places is by far the slowest step, so each brings four numbers. */
INLINE pair across(uint32_t texel, float share) {
    float a0 = (float)(int)(texel & 255), b0 = (float)(int)(texel >> 8 & 255);
    float a1 = (float)(int)(texel >> 16 & 255), b1 = (float)(int)(texel >> 24);
    return (pair){mix(a0, a1, share), mix(b0, b1, share)};
}

/* Bilinear sample of one level of a repeating texture, 0 to 255. The levels lie below one another, each with
 * half the rows of the one above and with so many columns of its own. */
INLINE pair bilinear(const uint32_t *restrict texture, int side, int level, int n_columns, float u, float v) {
    float u0 = floorf(u), v0 = floorf(v);
    int rows = (side >> level) - 1, top = 2 * side - ((2 * side) >> level);
    int x = (int)u0 & (n_columns - 1), upper = (int)v0 & rows, lower = (upper + 1) & rows;
    pair above = across(texture[(top + upper) * side + x], u - u0);
    pair below = across(texture[(top + lower) * side + x], u - u0);
    return (pair){mix(above.a, below.a, v - v0), mix(above.b, below.b, v - v0)};
}

/* The sky's levels have half the columns, too. */
INLINE pair sample_sky(const uint32_t *restrict texture, int level, float u, float v) {
    return bilinear(texture, SKY_SIDE, level, SKY_SIDE >> level, u * halved(level), v * halved(level));
}

/* The direction through a pixel of a row. */
INLINE vector look(const camera_view *camera, const row *row, int x) {
    return normalised(along(row->start, camera->right, (float)x));
}

INLINE void paint(row *restrict row, int x, colour c) {
    row->red[x] = c.r;
    row->green[x] = c.g;
    row->blue[x] = c.b;
}

/* The cloudless sky at `height` (sine of the elevation), `apart` (squared chord) from the sun. */
INLINE colour clear_sky(const sky_view *s, float height, float apart) {
    colour c = added(s->zenith, s->middle, decay(-2.2f * height));
    c = added(c, s->horizon, decay(-6.0f * height));
    c = added(c, s->glow, square(1.0f / (1.0f + 12.0f * apart)));
    float tight = square(1.0f / (1.0f + 240.0f * apart));
    c = added(c, s->halo, tight);
    /* The air right beside the disc is nearly as bright: without that it would look cut out and pasted on. */
    return added(c, s->disc, AUREOLE * square(square(tight)));
}

/* The light of the sky along `d`: gradient, clouds, disc, stars and the veil before them. `grain` is noise
 * about 0, which hides where the levels of the clouds meet. */
INLINE colour sky_light(const camera_view *camera, const sky_view *s, const air_view *air,
                        const sky_textures *restrict t, vector d, float grain, int with_stars) {
    float apart = from_sun(s, d), height = at_least(d.y, 0.0f);
    /* The cloud layer bends down to the horizon, so it is never seen infinitely thin. */
    float reach = 1.0f / (height + CLOUD_BEND);
    float cu = d.x * reach * CLOUD_SCALE + camera->eye.x * CLOUD_PARALLAX + s->cloud_drift[0];
    float cv = d.z * reach * CLOUD_SCALE + camera->eye.z * CLOUD_PARALLAX + s->cloud_drift[1];
    int level = level_of(square(reach) * 0.02f * (1.5f + grain), SKY_LEVELS);
    pair cloud = sample_sky(t->clouds, level, cu, cv);
    float density = cloud.a * SKY_STEP, lit = cloud.b * SKY_STEP;
    float cover = unit(density * s->cloud_cover) * unit(height * 16.0f), clear = square(1.0f - cover);
    float near_sun = 1.0f / (1.0f + 7.0f * apart), thin = density * (1.0f - density) * square(near_sun);
    colour clouds = added(s->cloud_shade, s->cloud_light, lit * (0.3f + 0.7f * near_sun));
    colour c = mixed(clear_sky(s, height, apart), clouds, cover);
    c = added(c, s->halo, thin);
    c = added(c, s->disc, unit((1.0f - apart / s->disc_edge) * 5.0f) * clear);
    if (with_stars) {
        float away = 1.0f / (height + STAR_BEND);
        pair star = sample_sky(t->stars, 0, d.x * away * STAR_SCALE, d.z * away * STAR_SCALE);
        float shine = square(star.a * SKY_STEP) * s->stars * clear * unit(height * 5.0f);
        c = added(c, (colour){1.0f, 1.0f, 1.0f + star.b * SKY_STEP}, shine * STAR_BRIGHTEST);
    }
    return mixed(c, air->veil, air->share * decay(-height * air->clears));
}

/* What the air adds to light that comes from `far` metres away along `d`. */
INLINE colour hazed(const sky_view *s, const air_view *air, vector d, float far, colour c) {
    colour between = mixed(clear_sky(s, 0.0f, from_sun(s, d)), air->veil, air->share);
    return mixed(c, between, 1.0f - decay(-far / air->sight));
}

/* The light of rain or snow along a row: two layers of one tile, at different speeds. */
INLINE void draw_fall(row *restrict row, int y, int width, const film_view *film, const float *tile) {
    const int mask = FALL_SIDE - 1;
    const float *near_row = tile + FALL_SIDE * ((y + film->fall_shift[1]) & mask);
    const float *far_row = tile + FALL_SIDE * ((2 * y + film->fall_shift[3]) & mask);
    memset(row->fall, 0, (size_t)width * sizeof *row->fall);
    if (film->fall[0] == 0.0f) return;
    /* Both go on to where their tile ends and begin again there: an index that wraps would need a gather. */
    for (int x = 0, n; x < width; x += n) {
        int column = (x + film->fall_shift[0]) & mask;
        n = FALL_SIDE - column < width - x ? FALL_SIDE - column : width - x;
#pragma omp simd
        for (int i = 0; i < n; i++) row->fall[x + i] = near_row[column + i] * film->fall[0];
    }
    for (int x = 0, n; x < width; x += n) {
        int column = (2 * x + film->fall_shift[2]) & mask, to_end = (FALL_SIDE - column + 1) / 2;
        n = to_end < width - x ? to_end : width - x;
#pragma omp simd
        for (int i = 0; i < n; i++) row->fall[x + i] += far_row[column + 2 * i] * film->fall[1];
    }
}

/* A row of the dither, repeated to the end; an index that wraps would need a gather. */
INLINE void lay_grain(row *restrict row, int y, int width, const film_view *film, const float *dither) {
    const float *tile = dither + DITHER_SIDE * ((y + film->dither_row) & (DITHER_SIDE - 1));
    for (int x = 0; x < width + DITHER_SIDE; x += DITHER_SIDE)
        memcpy(row->grain + x, tile, DITHER_SIDE * sizeof *tile);
}

/* Prepares row `y` of the frame; what draws it then fills in the light of every pixel. */
INLINE void begin_row(row *restrict row, int y, int width, const camera_view *camera, const film_view *film,
                      const film_textures *t) {
    row->start = along(camera->corner, camera->up, (float)-y);
    lay_grain(row, y, width, film, t->dither);
    draw_fall(row, y, width, film, t->fall);
}

/* Filmic curve (the fit by Narkowicz, 2015), a gamma close to sRGB's, and dither against bands. */
INLINE uint8_t shown(float light, float grain) {
    light = at_least(light, 0.0f);
    float film = light * (2.51f * light + 0.03f) / (light * (2.43f * light + 0.59f) + 0.14f);
    float root = sqrtf(at_most(film, 1.0f));
    float level = root * (1.13f - 0.13f * root) * 255.0f + 0.5f + grain;
    return (uint8_t)(int)at_most(at_least(level, 0.0f), 255.0f);
}

/* The pixel where the horizon crosses a row, which it does once at most; 0 or `width` where it does not. */
INLINE int horizon_column(const row *row, int width, const camera_view *camera) {
    float cross = camera->right.y == 0.0f ? 0.0f : -row->start.y / camera->right.y;
    return (int)ceilf(at_most(at_least(cross, 0.0f), (float)width));
}

/* Whether pixels of a row that lie on one side of the horizon lie below it. */
INLINE int is_below_horizon(const row *row, const camera_view *camera, int from, int to) {
    return row->start.y + camera->right.y * 0.5f * (float)(from + to - 1) < 0.0f;
}

/* Writes a row, 3 bytes a pixel, into its frame. */
INLINE void expose(uint8_t *restrict frame, int y, const row *restrict row, int width, const film_view *film) {
    uint8_t *restrict out = frame + (long)y * width * 3;
    const float *red_grain = row->grain + film->dither_shift[0];
    const float *green_grain = row->grain + film->dither_shift[1], *blue_grain = row->grain + film->dither_shift[2];
#pragma omp simd
    for (int x = 0; x < width; x++) {
        float fall = row->fall[x];
        out[3 * x] = shown((row->red[x] + fall) * film->exposure, red_grain[x]);
        out[3 * x + 1] = shown((row->green[x] + fall) * film->exposure, green_grain[x]);
        out[3 * x + 2] = shown((row->blue[x] + fall) * film->exposure, blue_grain[x]);
    }
}

#endif
