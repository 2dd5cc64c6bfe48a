/* What stands far around the camera, painted once for a clip: light and distance by azimuth and slope, as they
 * are seen from `origin`. From elsewhere a ray finds its texel by what stands there. `panorama.py` says the
 * same in NumPy. */
#ifndef PANORAMA_H
#define PANORAMA_H

#include "shading.h"

typedef struct { colour light; float cover, far; } distant;

#define QUARTER_TURN 1.57079633f
/* Beyond this many metres nothing moves when the camera does. */
#define REMOTE 60000.0f

/* The azimuth of (x, z), 0 straight ahead and growing to the right; z > 0. The polynomial is off by 1e-4 at
 * most, a fifth of a pixel at 3840x2160. */
INLINE float azimuth_of(float x, float z) {
    float side = fabsf(x), ahead = at_least(z, 1e-3f);
    float share = at_most(side, ahead) / at_least(side, ahead), s = square(share);
    float turn = share * (0.99997726f + s * (-0.33262347f + s * (0.19354346f + s * (-0.11643287f +
                 s * (0.05265332f - s * 0.01172120f)))));
    turn = side > ahead ? QUARTER_TURN - turn : turn;
    return x < 0.0f ? -turn : turn;
}

INLINE int held(int index, int n) { return index < 0 ? 0 : index >= n ? n - 1 : index; }

INLINE float channel(uint32_t texel, int shift) { return (float)(int)(texel >> shift & 255); }

/* What a ray from `from` along `d` meets in the distance. */
INLINE distant far_along(const panorama_view *p, const panorama_textures *restrict t, vector from, vector d) {
    float shrink = 1.0f / sqrtf(at_least(d.x * d.x + d.z * d.z, 1e-8f));
    float hx = d.x * shrink, hz = d.z * shrink, slope = d.y * shrink;
    float ox = from.x - p->origin.x, oy = from.y - p->origin.y, oz = from.z - p->origin.z;
    float along = ox * hx + oz * hz, apart = ox * ox + oz * oz;
    float far = REMOTE, column = 0.0f, row = 0.0f;
    for (int step = 0; step < 3; step++) {
        float x = ox + hx * far, z = oz + hz * far;
        float reach = 1.0f / sqrtf(at_least(x * x + z * z, 1e-4f));
        column = (azimuth_of(x, z) - p->left) * p->columns_per_radian;
        row = ((oy + slope * far) * reach - p->bottom) * p->rows_per_slope;
        if (step == 2) break;
        int at = held((int)(row + 0.5f), p->n_rows) * p->n_columns + held((int)(column + 0.5f), p->n_columns);
        float stands = 1.0f / at_least(t->nearness[at], 1.0f / REMOTE);
        far = sqrtf(at_least(square(along) - apart + square(stands), 1.0f)) - along;
    }
    column = at_most(at_least(column, 0.0f), (float)(p->n_columns - 2));
    row = at_most(at_least(row, 0.0f), (float)(p->n_rows - 2));
    int left = (int)column, low = (int)row, at = low * p->n_columns + left;
    float across = column - (float)left, up = row - (float)low;
    uint32_t a = t->light[at], b = t->light[at + 1], c = t->light[at + p->n_columns], e = t->light[at + p->n_columns + 1];
    float part[4];
    for (int shift = 0; shift < 4; shift++)
        part[shift] = mix(mix(channel(a, 8 * shift), channel(b, 8 * shift), across),
                          mix(channel(c, 8 * shift), channel(e, 8 * shift), across), up) * (1.0f / 255.0f);
    colour light = {square(part[0]) * 4.0f, square(part[1]) * 4.0f, square(part[2]) * 4.0f};
    return (distant){light, part[3], far};
}

#endif
