/* Light that is gathered from near to far through slabs of hazy air; `plants.py` says the same in NumPy. */
#ifndef SLABS_H
#define SLABS_H

#include "shading.h"

#include "plants.h"

enum { GROUND_SIDE = 512, GROUND_LEVELS = 7, GROUND_WIDTHS = 6, MAX_PLANTS = 4096, MAX_HAZE = 512 };
/* Pixels that are skipped together once nothing behind them can be seen, and the light that counts as
 * nothing. */
enum { BLOCK = 16, CELL = 16 };
static const float SHUT = 0.008f;
/* Bands of rows of a picture, for each of which 64 bits tell in which columns there are leaves. */
enum { N_BANDS = 32 };

/* Texels of the ground to a metre, across and along, of its layers. */
typedef struct { float across, along, cos, sin; } ground_layer;
static const ground_layer FINE = {230.0f, 230.0f, 0.96f, 0.28f}, MIDDLE = {47.0f, 47.0f, 0.8f, -0.6f},
                          COARSE = {8.3f, 8.3f, 1.0f, 0.0f}, DAPPLE = {34.0f, 13.0f, 1.0f, 0.0f};
/* Trees whose shadows are seen. */
enum { N_SHADOWS = 3 };
/* A number of a picture is stored in a byte. */
static const float UNIT_BYTE = 1.0f / 255.0f;

/* Pixels of a row, from the first to the one after the last. */
typedef struct { float from, to; } span;

/* Rows that began a multiple of the caches' pages from one another would drive each other out of them. */
enum { APART = 5 * BLOCK };

/* Numbers of a row of pixels. A loop over a block that begins anywhere in memory would spend half of its
 * steps on
 * single numbers until it reaches a multiple of the vectors' size. */
typedef float along_row[MAX_WIDTH + APART] __attribute__((aligned(64)));

/* Numbers at the ends of a row's blocks. */
typedef float along_blocks[MAX_WIDTH / BLOCK + 2 * BLOCK] __attribute__((aligned(64)));

/* The light of a row as far as it is drawn, what still shines through to the eye from behind, and which
 * blocks let
 * nothing through. */
typedef struct {
    along_row red, green, blue, through;
    uint8_t shut[MAX_WIDTH / BLOCK + 1];
} view_row;

/* The air of one slab along a row: what it lets through, and its light. */
typedef struct {
    along_row through, red, green, blue;
} slab;

/* The light of unlit air along a row, and how close each pixel is to the sun. */
typedef struct {
    along_row red, green, blue, sunward;
} air_row;

/* One level of a picture, as it lies in memory, and how much finer it is than the first. */
typedef struct { const uint32_t *texels; int columns, rows; float scale; } picture_level;

/* What of a plant is the same in all rows of a frame: how deep it stands, in which slab and which part of
 * that, pixels to a metre, the wind, the shadow it is in, texels to a metre and where they begin, the levels to draw, and where
 * there are leaves. */
typedef struct {
    const plant *is;
    float deep, part, pixels, gust, dark, columns, start, rows, per_metre, tall, sharp, share, cells, bands;
    int slab;
    picture_level fine, next;
    const uint64_t *leafy;
} standing;

/* Keeps where start + step * x >= 0. */
INLINE span where(span s, float start, float step) {
    if (step > 0.0f) s.from = at_least(s.from, -start / step);
    else if (step < 0.0f) s.to = at_most(s.to, -start / step);
    else if (start < 0.0f) s.to = s.from;
    return s;
}

/* A camera that is turned by a hair makes steps so small that an edge lies farther out than an int can count. */
INLINE int column_of(float x) { return (int)ceilf(at_most(at_least(x, 0.0f), (float)MAX_WIDTH)); }
INLINE int first_of(span s) { return column_of(s.from); }
INLINE int end_of(span s) { return column_of(s.to); }

/* A wave of period 1 and height 1, close to a sine. */
INLINE float wave(float turns) {
    float x = turns - floorf(turns + 0.5f), y = x * (8.0f - 16.0f * fabsf(x));
    return y * (0.775f + 0.225f * fabsf(y));
}

/* The wind at a place of the ground, about -1 to 1. */
INLINE float gust_at(const plants_view *v, float x, float z) {
    float broad = wave(0.021f * x + 0.057f * z - v->gust[0]);
    float narrow = wave(0.117f * x - 0.043f * z - v->gust[1] + 0.22f * broad);
    return 0.6f * broad + 0.4f * narrow;
}

/* How ripe the grass of a place is beside that around it, about -1 to 1. */
INLINE float ripe_at(float x, float z) {
    float broad = wave(0.011f * x + 0.017f * z + 0.2f * wave(0.013f * z - 0.019f * x));
    return 0.65f * broad + 0.35f * wave(0.043f * x - 0.037f * z + 0.5f * broad);
}

/* How much light the shadows of lone trees take from a place. A crown is an ellipse, and a low sun draws it
 * out. */
INLINE float dark_at(const plants_view *v, float x, float z) {
    float aside = x * v->sunwards[1] - z * v->sunwards[0], along = x * v->sunwards[0] + z * v->sunwards[1];
    float dark = 0.0f;
#pragma GCC unroll 3
    for (int n = 0; n < N_SHADOWS; n++) {
        float high = (v->shadows[n][1] - along) * v->shadows[n][3] - 0.55f;
        float away = (aside - v->shadows[n][0]) * v->shadows[n][2];
        dark = at_least(unit((1.0f - square(2.15f * high) - square(away)) * 2.0f), dark);
    }
    return dark * v->darkness;
}

INLINE colour ramp(colour shade, colour middle, colour top, float light) {
    return mixed(mixed(shade, middle, unit(2.0f * light)), top, unit(2.0f * light - 1.0f));
}

/* Whole blocks are drawn, since loops of a fixed length need no rest; 1 where a pixel is meant, else 0. */
INLINE float within(int x, int from, int to) { return x >= from && x < to ? 1.0f : 0.0f; }

/* The pixels of one block: their light, what still shines through, and the slab of air they are in. */
typedef struct {
    float *restrict red, *restrict green, *restrict blue, *restrict through;
    const float *restrict clear, *restrict haze_red, *restrict haze_green, *restrict haze_blue,
        *restrict sunward, *restrict grain;
    int at;
} block;

#define FROM(numbers) __builtin_assume_aligned((numbers) + at, 64)

INLINE block block_at(const row *restrict row, view_row *restrict seen, const slab *restrict s,
    const air_row *restrict air, int at) {
    return (block){FROM(seen->red), FROM(seen->green), FROM(seen->blue), FROM(seen->through),
        FROM(s->through), FROM(s->red),
                   FROM(s->green), FROM(s->blue), FROM(air->sunward), row->grain + at, at};
}

/* Adds light behind what is drawn already, seen through `part` of a slab of air. Returns what still shines
 * through. */
INLINE float paint_behind(block b, int i, colour c, float part, float cover) {
    float haze = (1.0f - b.clear[i]) * part, share = b.through[i] * cover, rest = b.through[i] - share;
    b.red[i] += mix(c.r, b.haze_red[i], haze) * share;
    b.green[i] += mix(c.g, b.haze_green[i], haze) * share;
    b.blue[i] += mix(c.b, b.haze_blue[i], haze) * share;
    b.through[i] = rest;
    return rest;
}

INLINE void light_air(air_row *restrict air, const row *restrict row, int width,
    const plants_view *restrict v) {
#pragma omp simd
    for (int x = 0; x < width; x++) {
        float apart = from_sun(&v->sky, look(&v->camera, row, x));
        colour c = mixed(clear_sky(&v->sky, 0.0f, apart), v->air.veil, v->air.share);
        air->red[x] = c.r * v->gloom.r;
        air->green[x] = c.g * v->gloom.g;
        air->blue[x] = c.b * v->gloom.b;
        air->sunward[x] = square(1.0f / (1.0f + 5.0f * apart));
    }
}

/* Spreads the coarse grid of a slab over a row of pixels, and draws its air over what is behind. */
INLINE void lay_slab(slab *restrict s, const view_row *restrict seen, const air_row *restrict air, int y,
    int width,
                     const plants_view *v, const float *restrict grid) {
    float down = (float)y * (1.0f / CELL);
    int upper = y / CELL, n = v->haze_columns;
    float share = down - (float)upper, through[MAX_HAZE], lit[MAX_HAZE];
    const float *above = grid + 2 * upper * n, *below = above + 2 * n;
    for (int i = 0; i < n; i++) {
        through[i] = mix(above[2 * i], below[2 * i], share);
        lit[i] = mix(above[2 * i + 1], below[2 * i + 1], share);
    }
    for (int cell = 0; cell * CELL < width; cell++) {
        if (seen->shut[cell * CELL / BLOCK]) continue;
        float clear = through[cell], clearer = through[cell + 1] - clear, beam = lit[cell],
            brighter = lit[cell + 1] - beam;
        int at = cell * CELL;
        const float *restrict red = FROM(air->red), *restrict green = FROM(air->green),
            *restrict blue = FROM(air->blue);
        float *restrict out = FROM(s->through), *restrict out_red = FROM(s->red),
            *restrict out_green = FROM(s->green),
              *restrict out_blue = FROM(s->blue);
#pragma omp simd
        for (int i = 0; i < CELL; i++) {
            float way = (float)i * (1.0f / CELL), light = beam + brighter * way;
            out[i] = clear + clearer * way;
            out_red[i] = red[i] + v->beam.r * light;
            out_green[i] = green[i] + v->beam.g * light;
            out_blue[i] = blue[i] + v->beam.b * light;
        }
    }
}

INLINE void veil_row(const row *restrict row, view_row *restrict seen, const slab *restrict s,
    const air_row *restrict air, int width) {
    for (int at = 0; at < width; at += BLOCK) {
        if (seen->shut[at / BLOCK]) continue;
        block b = block_at(row, seen, s, air, at);
#pragma omp simd
        for (int i = 0; i < BLOCK; i++) {
            float share = b.through[i] * (1.0f - b.clear[i]);
            b.red[i] += b.haze_red[i] * share;
            b.green[i] += b.haze_green[i] * share;
            b.blue[i] += b.haze_blue[i] * share;
            b.through[i] *= b.clear[i];
        }
    }
}

#endif
