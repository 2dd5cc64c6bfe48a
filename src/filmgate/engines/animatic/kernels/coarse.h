/* Soft things are drawn on a coarse grid, a ray for every few pixels, and smoothed between its points;
 * `coarse.py` says the same in NumPy. Ray i of a coarse row goes through pixel i * every of a fine one. */
#ifndef COARSE_H
#define COARSE_H

#include "shading.h"

/* How many rays march side by side: few enough that those of a block mostly end together. */
enum { BLOCK = 16, MAX_COARSE = MAX_WIDTH + 2 * BLOCK };
/* Room for a coarse row and for whatever fills it in steps of several rays. */
enum { MAX_SEEN = MAX_COARSE + SLACK };

/* The number of rays in a coarse row, which reaches past the last pixel of a fine one. */
INLINE int coarse_width(int width, int every) { return (width - 1) / every + 2; }

/* The values between those of a coarse row. Written side by side, those of several rays are one store. */
INLINE void spread(float *restrict out, const float *restrict row, int n, int every) {
#pragma omp simd
    for (int i = 0; i < n - 1; i++)
#pragma GCC unroll 8
        for (int phase = 0; phase < every; phase++)
            out[i * every + phase] = mix(row[i], row[i + 1], (float)phase / (float)every);
}

/* Fills `out` with what lies between two coarse rows, at `share` of the way from the upper one. */
INLINE void smoothed_between(float *restrict out, const float *restrict above, const float *restrict below,
                             float share, int width, int every) {
    int n = coarse_width(width, every);
    float row[MAX_COARSE];
#pragma omp simd
    for (int i = 0; i < n; i++) row[i] = mix(above[i], below[i], share);
    if (every == 1) memcpy(out, row, (size_t)width * sizeof *row);
    else if (every == 2) spread(out, row, n, 2);
    else if (every == 3) spread(out, row, n, 3);
    else if (every == 4) spread(out, row, n, 4);
    else if (every == 6) spread(out, row, n, 6);
    else spread(out, row, n, every);
}

/* Fills `out` with what lies at fine row `y` of one plane of a coarse picture. */
INLINE void smoothed(float *restrict out, const float *restrict plane, int y, int width, int every) {
    int n = coarse_width(width, every);
    const float *above = plane + (long)(y / every) * n;
    smoothed_between(out, above, above + n, (float)(y % every) / (float)every, width, every);
}

/* One level of a repeating texture whose levels have half the columns, too. A texel stands for the middle of
 * those it was made from, so that what is seen does not move where levels meet. */
INLINE pair sampled(const uint32_t *restrict texture, int side, int level, float u, float v) {
    float shrink = halved(level);
    return bilinear(texture, side, level, side >> level, (u + 0.5f) * shrink - 0.5f, (v + 0.5f) * shrink - 0.5f);
}

/* The same of single numbers: a texel holds those of its place, of the next column, and of both below, so that one
 * lookup brings all four. */
INLINE float quadruple(const uint32_t *restrict texture, int side, int level, float u, float v) {
    float shrink = halved(level), x = (u + 0.5f) * shrink - 0.5f, y = (v + 0.5f) * shrink - 0.5f;
    float x0 = floorf(x), y0 = floorf(y);
    int last = (side >> level) - 1, top = 2 * side - ((2 * side) >> level);
    pair columns = across(texture[(top + ((int)y0 & last)) * side + ((int)x0 & last)], y - y0);
    return mix(columns.a, columns.b, x - x0);
}

#endif
