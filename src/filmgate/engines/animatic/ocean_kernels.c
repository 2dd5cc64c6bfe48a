/* Lights an ocean and its sky, pixel by pixel. `ocean_reference.py` says the same in NumPy and explains the
 * formulas; a change belongs into both. Every inner loop is free of branches, so that compilers turn it into
 * SIMD; which instructions it uses is chosen when the module is loaded. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "ocean_kernels.h"

/* Older compilers and other C libraries cannot choose at load time; there one plain version is compiled. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
#define FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_CPU
#endif

/* A function of one pixel that is not inlined would be compiled for the oldest processor, and stay scalar. */
#define INLINE static inline __attribute__((always_inline))

/* Sides of the textures in texels, and how many levels lie below one another in each. */
enum { WAVE_SIDE = 256, WAVE_LEVELS = 8, SKY_SIDE = 1024, SKY_LEVELS = 5 };
enum { FALL_SIDE = 512, DITHER_SIDE = 256 };

/* A byte of a wave texel counts 32nds of a deviation from 128 on; one of the sky counts 255ths. */
static const float WAVE_ZERO = 128.0f, WAVE_STEP = 1.0f / 32.0f, SKY_STEP = 1.0f / 255.0f;
/* Stars are stored as square roots, in which faint ones keep their differences. */
static const float STAR_BRIGHTEST = 4.0f;

/* The layers of waves: texels to a metre, cosine and sine of their turn, and where they begin. */
typedef struct { float scale, cos, sin, u, v; } layer;
static const layer SWELL_WIDE = {0.24f, 0.8f, 0.6f, 37.0f, 0.0f};
static const layer SWELL_CLOSE = {1.48f, 1.0f, 0.0f, 0.0f, 0.0f};
static const layer CHOP_WIDE = {14.2f, 0.94f, -0.34f, 0.0f, 0.0f};
static const layer CHOP_CLOSE = {44.0f, 0.5f, 0.87f, 0.0f, 11.0f};
/* Spray lies in streaks along the wind: texels to a metre across them and along. */
static const float WIND_X = 0.35f, WIND_Z = 0.94f, SPRAY_ACROSS = 16.0f, SPRAY_ALONG = 7.0f;
/* Entries of `rough` are a quarter of an octave apart, as a float's bits count them, and begin at 2^-6 m. */
enum { ROUGH_FIRST = (127 - 6) << 2, ROUGH_LAST = 63 };
/* Where the horizon is, in metres, and the least sine of an angle down to the water. */
static const float FARTHEST = 40000.0f, LEAST_DOWN = 1e-4f;

/* How flat the domes of clouds and stars are, and their texels from there to the zenith. */
static const float CLOUD_BEND = 0.05f, CLOUD_SCALE = 110.0f, STAR_BEND = 0.6f, STAR_SCALE = 430.0f;
/* Texels that clouds pass for each metre of the camera's way. */
static const float CLOUD_PARALLAX = 0.08f;

typedef struct { float a, b; } pair;

/* What a row of pixels is drawn from, and the light it becomes. */
typedef struct {
    vector start; /* The direction through its first pixel; not of unit length. */
    float red[MAX_WIDTH], green[MAX_WIDTH], blue[MAX_WIDTH];
    float fall[MAX_WIDTH], grain[MAX_WIDTH + DITHER_SIDE];
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
INLINE float from_sun(const ocean_view *v, vector d) { return at_least(2.0f - 2.0f * dot(d, v->sun), 0.0f); }

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
 * looking up scattered places is by far the slowest step here, so each brings four numbers. */
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

/* Those of the waves keep theirs: a pixel covers far more of the water along the view than across it. A row
 * of a level stands for the middle of those it was made from. */
INLINE pair sample_waves(const uint32_t *restrict texture, int level, float u, float v) {
    return bilinear(texture, WAVE_SIDE, level, WAVE_SIDE, u, (v + 0.5f) * halved(level) - 0.5f);
}

/* The direction through a pixel of a row. */
INLINE vector look(const ocean_view *v, const row *row, int x) {
    return normalised(along(row->start, v->right, (float)x));
}

INLINE void paint(row *restrict row, int x, colour c) {
    row->red[x] = c.r;
    row->green[x] = c.g;
    row->blue[x] = c.b;
}

/* The cloudless sky at `height` (sine of the elevation), `apart` (squared chord) from the sun. */
INLINE colour clear_sky(const ocean_view *v, float height, float apart) {
    colour c = added(v->zenith, v->middle, decay(-2.2f * height));
    c = added(c, v->horizon, decay(-6.0f * height));
    c = added(c, v->glow, square(1.0f / (1.0f + 12.0f * apart)));
    return added(c, v->halo, square(1.0f / (1.0f + 240.0f * apart)));
}

INLINE void draw_sky(row *restrict row, int from, int to, const ocean_view *restrict v,
                     const ocean_textures *restrict t, int with_stars) {
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(v, row, x);
        float apart = from_sun(v, d), height = at_least(d.y, 0.0f);
        /* The cloud layer bends down to the horizon, so it is never seen infinitely thin. */
        float reach = 1.0f / (height + CLOUD_BEND);
        float cu = d.x * reach * CLOUD_SCALE + v->eye.x * CLOUD_PARALLAX + v->cloud_drift[0];
        float cv = d.z * reach * CLOUD_SCALE + v->eye.z * CLOUD_PARALLAX + v->cloud_drift[1];
        int level = level_of(square(reach) * 0.02f * (1.5f + row->grain[x]), SKY_LEVELS);
        pair cloud = sample_sky(t->clouds, level, cu, cv);
        float density = cloud.a * SKY_STEP, lit = cloud.b * SKY_STEP;
        float cover = unit(density * v->cloud_cover) * unit(height * 16.0f), clear = square(1.0f - cover);
        float near_sun = 1.0f / (1.0f + 7.0f * apart), thin = density * (1.0f - density) * square(near_sun);
        colour clouds = added(v->cloud_shade, v->cloud_light, lit * (0.3f + 0.7f * near_sun));
        colour c = mixed(clear_sky(v, height, apart), clouds, cover);
        c = added(c, v->halo, thin);
        c = added(c, v->disc, unit((1.0f - apart / v->disc_edge) * 5.0f) * clear);
        if (with_stars) {
            float away = 1.0f / (height + STAR_BEND);
            pair star = sample_sky(t->stars, 0, d.x * away * STAR_SCALE, d.z * away * STAR_SCALE);
            float shine = square(star.a * SKY_STEP) * v->stars * clear * unit(height * 5.0f);
            c = added(c, (colour){1.0f, 1.0f, 1.0f + star.b * SKY_STEP}, shine * STAR_BRIGHTEST);
        }
        paint(row, x, mixed(c, v->veil, v->veil_share * decay(-height * v->veil_height)));
    }
}

/* The slopes of one layer along x and z, where a pixel covers `foot` metres of the water. */
INLINE pair slope_of(const uint32_t *restrict waves, layer l, float strength, vector at, float foot) {
    float u = (at.x * l.cos + at.z * l.sin) * l.scale + l.u;
    float v = (at.z * l.cos - at.x * l.sin) * l.scale + l.v;
    pair s = sample_waves(waves, level_of(foot * l.scale, WAVE_LEVELS), u, v);
    float a = (s.a - WAVE_ZERO) * (strength * WAVE_STEP), b = (s.b - WAVE_ZERO) * (strength * WAVE_STEP);
    return (pair){l.cos * a - l.sin * b, l.cos * b + l.sin * a};
}

/* The deviation of those slopes that a footprint hides. */
INLINE float roughness(const ocean_view *v, float foot) {
    int entry = (bits_of(foot) >> 21) - ROUGH_FIRST;
    entry = entry < 0 ? 0 : entry;
    return v->rough[entry > ROUGH_LAST ? ROUGH_LAST : entry];
}

/* The light that water sends along `d` where its slopes are `sx` and `sz`. */
INLINE colour lit_water(const ocean_view *v, vector d, float sx, float sz, float rough) {
    float norm = 1.0f / sqrtf(1.0f + sx * sx + sz * sz), against = (d.x * sx + d.z * sz - d.y) * norm;
    /* Slopes that face away from a low eye are hidden behind others: the visible ones lean towards it. */
    float facing = at_least(against, 0.0f) + 0.45f * rough;
    float mirror = 1.0f - at_most(facing, 1.0f), fresnel = 0.02f + 0.98f * square(square(mirror)) * mirror;
    float twice = 2.0f * against * norm;
    /* A ray that the mirror would throw down meets a second wave, which throws it up again. */
    vector up = normalised((vector){d.x - twice * sx, fabsf(d.y + twice) + 0.5f * rough, d.z - twice * sz});
    float apart = from_sun(v, up);
    colour clouds = added(v->cloud_shade, v->cloud_light, 0.45f);
    float cover = at_most(v->cloud_cover * 0.45f, 0.9f) * unit(up.y * 6.0f);
    colour sky = mixed(clear_sky(v, up.y, apart), clouds, cover);
    float width = v->disc_edge + 3.0f * square(rough) + 0.0035f, inverse = 1.0f / width;
    float glitter = square(1.0f / (1.0f + square(apart * inverse))) * 0.016f * inverse * fresnel;
    float body = (1.0f - fresnel) * (0.75f + 0.9f * (sx * d.x + sz * d.z));
    return added(added(scaled(sky, fresnel), v->body, body), v->glint, glitter);
}

/* The share of white water where the long waves have these slopes: crests break where they are steep, and the
 * wind tears spray into streaks along its way. The chop, drawn out along the wind, frays both. */
INLINE float whitecap(const ocean_textures *restrict t, vector place, float foot, float sx, float sz) {
    float u = (place.x * WIND_Z - place.z * WIND_X) * SPRAY_ACROSS;
    float v = (place.x * WIND_X + place.z * WIND_Z) * SPRAY_ALONG;
    pair torn = sample_waves(t->chop, level_of(foot * SPRAY_ACROSS, WAVE_LEVELS), u, v);
    float frayed = (torn.a - WAVE_ZERO) * WAVE_STEP;
    float breaking = unit((sx * sx + sz * sz) * 20.0f + 0.9f * frayed - 1.6f);
    float streak = 0.20f * unit(frayed - 0.4f);
    return breaking + (1.0f - breaking) * streak;
}

INLINE void draw_water(row *restrict row, int from, int to, const ocean_view *restrict v,
                       const ocean_textures *restrict t, int with_foam) {
    float pixel = sqrtf(dot(v->right, v->right));
    colour white = added(v->cloud_shade, v->cloud_light, 0.8f);
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(v, row, x);
        float down = at_least(-d.y, LEAST_DOWN), far = at_most(v->eye.y / down, FARTHEST);
        vector place = along(v->eye, d, far);
        /* A pixel's length on the water, in metres; levels are rounded down, so it is taken longer. */
        float foot = far * pixel * (1.2f / down);
        pair s0 = slope_of(t->swell, SWELL_WIDE, v->slope[0], place, foot);
        pair s1 = slope_of(t->swell, SWELL_CLOSE, v->slope[1], place, foot);
        pair s2 = slope_of(t->chop, CHOP_WIDE, v->slope[2], place, foot);
        pair s3 = slope_of(t->chop, CHOP_CLOSE, v->slope[3], place, foot);
        float sx = s0.a + s1.a + s2.a + s3.a, sz = s0.b + s1.b + s2.b + s3.b;
        colour c = lit_water(v, d, sx, sz, roughness(v, foot));
        if (with_foam) {
            float foam = whitecap(t, place, foot, s0.a + s1.a, s0.b + s1.b) * v->foam;
            c = mixed(c, white, foam * unit(150.0f / far));
        }
        colour air = mixed(clear_sky(v, 0.0f, from_sun(v, d)), v->veil, v->veil_share);
        paint(row, x, mixed(c, air, 1.0f - decay(-far / v->haze_distance)));
    }
}

/* Lights one side of the horizon, which crosses a row once at most. */
INLINE void draw_segment(row *restrict row, int from, int to, const ocean_view *restrict v,
                         const ocean_textures *restrict t) {
    float middle = 0.5f * (float)(from + to - 1);
    if (row->start.y + v->right.y * middle < 0.0f) {
        /* What a view lacks is left out of its loop, rather than looked up and multiplied by nothing. */
        if (v->foam > 0.0f)
            draw_water(row, from, to, v, t, 1);
        else
            draw_water(row, from, to, v, t, 0);
    } else if (v->stars > 0.0f)
        draw_sky(row, from, to, v, t, 1);
    else
        draw_sky(row, from, to, v, t, 0);
}

/* The light of rain or snow along a row: two layers of one tile, at different speeds. */
INLINE void draw_fall(row *restrict row, int y, int width, const ocean_view *restrict v, const float *tile) {
    const int mask = FALL_SIDE - 1;
    const float *near_row = tile + FALL_SIDE * ((y + v->fall_shift[1]) & mask);
    const float *far_row = tile + FALL_SIDE * ((2 * y + v->fall_shift[3]) & mask);
    memset(row->fall, 0, (size_t)width * sizeof *row->fall);
    if (v->fall[0] == 0.0f) return;
#pragma omp simd
    for (int x = 0; x < width; x++)
        row->fall[x] = near_row[(x + v->fall_shift[0]) & mask] * v->fall[0] +
                       far_row[(2 * x + v->fall_shift[2]) & mask] * v->fall[1];
}

/* A row of the dither, repeated to the end; an index that wraps would need a gather. */
INLINE void lay_grain(row *restrict row, int y, int width, const ocean_view *v, const float *dither) {
    const float *tile = dither + DITHER_SIDE * ((y + v->dither_row) & (DITHER_SIDE - 1));
    for (int x = 0; x < width + DITHER_SIDE; x += DITHER_SIDE)
        memcpy(row->grain + x, tile, DITHER_SIDE * sizeof *tile);
}

/* Filmic curve (the fit by Narkowicz, 2015), a gamma close to sRGB's, and dither against bands. */
INLINE uint8_t shown(float light, float grain) {
    light = at_least(light, 0.0f);
    float film = light * (2.51f * light + 0.03f) / (light * (2.43f * light + 0.59f) + 0.14f);
    float root = sqrtf(at_most(film, 1.0f));
    float level = root * (1.13f - 0.13f * root) * 255.0f + 0.5f + grain;
    return (uint8_t)(int)at_most(at_least(level, 0.0f), 255.0f);
}

INLINE void expose(uint8_t *restrict out, const row *restrict row, int width, const ocean_view *restrict v) {
    const float *red_grain = row->grain + v->dither_shift[0];
    const float *green_grain = row->grain + v->dither_shift[1], *blue_grain = row->grain + v->dither_shift[2];
#pragma omp simd
    for (int x = 0; x < width; x++) {
        float fall = row->fall[x];
        out[3 * x] = shown((row->red[x] + fall) * v->exposure, red_grain[x]);
        out[3 * x + 1] = shown((row->green[x] + fall) * v->exposure, green_grain[x]);
        out[3 * x + 2] = shown((row->blue[x] + fall) * v->exposure, blue_grain[x]);
    }
}

FOR_EACH_CPU
void ocean_rows(uint8_t *frame, int width, int first_row, int n_rows, const ocean_view *view,
                const ocean_textures *textures) {
    /* Copies that nothing else points to: the compiler may keep their numbers in registers. */
    ocean_view v = *view;
    ocean_textures t = *textures;
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        row.start = along(v.forward, v.up, (float)-y);
        lay_grain(&row, y, width, &v, t.dither);
        draw_fall(&row, y, width, &v, t.fall);
        float cross = v.right.y == 0.0f ? 0.0f : -row.start.y / v.right.y;
        int edge = (int)ceilf(at_most(at_least(cross, 0.0f), (float)width));
        draw_segment(&row, 0, edge, &v, &t);
        draw_segment(&row, edge, width, &v, &t);
        expose(frame + (long)y * width * 3, &row, width, &v);
    }
}
