/* Pixels are drawn in spans, each by several short loops: of one long loop with many lookups GCC makes no SIMD.
 * A span always has its full length; what it draws past the end of its part is drawn again, or never seen. */
#ifndef SPANS_H
#define SPANS_H

#include "shading.h"

/* Short enough for the nearest cache, long enough that beginning a loop costs little. A row has room for one
 * more past its end. */
enum { SPAN = 128 };

/* Directions or places. */
typedef struct { float x[SPAN], y[SPAN], z[SPAN]; } vectors;

INLINE vector nth(const vectors *v, int i) { return (vector){v->x[i], v->y[i], v->z[i]}; }
INLINE void keep(vectors *restrict v, int i, vector kept) {
    v->x[i] = kept.x;
    v->y[i] = kept.y;
    v->z[i] = kept.z;
}

/* Where the span that begins at `at` ends; those before the column `edge` end there. */
INLINE int end_of_span(int at, int edge) { return at < edge && edge < at + SPAN ? edge : at + SPAN; }

INLINE colour painted(const row *row, int x) { return (colour){row->red[x], row->green[x], row->blue[x]}; }

INLINE void look_along(vectors *restrict toward, const row *restrict row, int at, const camera_view *camera) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) keep(toward, i, look(camera, row, at + i));
}

INLINE void paint_sky(row *restrict row, int at, const vectors *restrict toward, const camera_view *camera,
                      const sky_view *sky, const air_view *air, const sky_textures *restrict t) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++)
        paint(row, at + i, sky_light(camera, sky, air, t, nth(toward, i), row->grain[at + i], 0));
}

INLINE void paint_starry_sky(row *restrict row, int at, const vectors *restrict toward, const camera_view *camera,
                             const sky_view *sky, const air_view *air, const sky_textures *restrict t) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++)
        paint(row, at + i, sky_light(camera, sky, air, t, nth(toward, i), row->grain[at + i], 1));
}

#endif
