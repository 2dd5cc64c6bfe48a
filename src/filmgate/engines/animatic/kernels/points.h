/* Points of light, drawn as small round spots wherever between the pixels they are, so that they neither vanish
 * nor flicker; `points.py` says the same in NumPy. */
#ifndef POINTS_H
#define POINTS_H

#include "shading.h"

/* What is known of a point: its place in pixels, how far it reaches, how fast it fades, its light, its rays. */
enum { POINT_X, POINT_Y, POINT_REACH, POINT_FADE, POINT_RED, POINT_GREEN, POINT_BLUE, POINT_RAYS, POINT_SIZE };

/* Rays fade as fast along themselves as this share of their width's fading. */
#define RAY_FADE 0.012f

INLINE void add_spot(row *restrict row, int from, int to, const float *restrict p, float down, int with_rays) {
    float fade = p[POINT_FADE], rays = p[POINT_RAYS], along = square(down) * fade;
    float ends = 2.0f / (fade * square(p[POINT_REACH]));
#pragma omp simd
    for (int x = from; x <= to; x++) {
        float across = square((float)x - p[POINT_X]) * fade, light = decay(-across - along);
        if (with_rays)
            light += rays * (1.0f / square(1.0f + RAY_FADE * across) * decay(-along) +
                             1.0f / square(1.0f + RAY_FADE * along) * decay(-across));
        /* Towards its reach a point ends in nothing. */
        light *= unit(2.0f - (across + along) * ends);
        row->red[x] += p[POINT_RED] * light;
        row->green[x] += p[POINT_GREEN] * light;
        row->blue[x] += p[POINT_BLUE] * light;
    }
}

INLINE void add_point(row *restrict row, int y, int width, const float *restrict p) {
    float down = (float)y - p[POINT_Y], reach = p[POINT_REACH];
    if (down > reach || down < -reach) return;
    int from = (int)ceilf(at_most(at_least(p[POINT_X] - reach, 0.0f), (float)width));
    int to = (int)floorf(at_most(at_least(p[POINT_X] + reach, -1.0f), (float)(width - 1)));
    if (p[POINT_RAYS] > 0.0f)
        add_spot(row, from, to, p, down, 1);
    else
        add_spot(row, from, to, p, down, 0);
}

/* Adds the points of a row: `ends` holds for each row the first point that may reach it and the one after the
 * last, `n_large` points at the front may reach any. */
INLINE void add_points(row *restrict row, int y, int width, const float *restrict points, const int *restrict ends,
                       int n_large) {
    for (int n = 0; n < n_large; n++) add_point(row, y, width, points + (long)n * POINT_SIZE);
    for (int n = ends[2 * y]; n < ends[2 * y + 1]; n++) add_point(row, y, width, points + (long)n * POINT_SIZE);
}

#endif
