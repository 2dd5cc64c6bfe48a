/* Rectangles in space as linear functions of the pixel, textures of light, and patterns that are filtered by
 * the footprint of a pixel; `panels.py` says the same in NumPy and explains the formulas. */
#ifndef PANELS_H
#define PANELS_H

#include "shading.h"

/* A texel of light: cube roots of red, green and blue in 9 bits each, of 8, and cover in 5. */
#define LIGHT_BRIGHTEST 8.0f
#define LIGHT_STEP (2.0f / 511.0f)
#define COVER_STEP (1.0f / 31.0f)

typedef struct { float r, g, b, cover; } lit_texel;

/* A number that is linear over the frame: its value at its first pixel, its steps, and 1 / their length. */
typedef struct { float start, step, fall, sharp; } line;

INLINE vector crossed(vector a, vector b) {
    return (vector){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
INLINE vector stretched(vector a, float by) { return (vector){a.x * by, a.y * by, a.z * by}; }
INLINE vector minus(vector a, vector b) { return (vector){a.x - b.x, a.y - b.y, a.z - b.z}; }
INLINE float cubed(float x) { return x * x * x; }
INLINE float smooth(float x) { x = unit(x); return x * x * (3.0f - 2.0f * x); }

INLINE line line_of(const camera_view *camera, vector e) {
    float step = dot(e, camera->right), fall = -dot(e, camera->up);
    return (line){dot(e, camera->corner), step, fall, 1.0f / sqrtf(step * step + fall * fall + 1e-20f)};
}
INLINE float at(line l, float x) { return l.start + l.step * x; }

/* The share of a pixel on the inner side of two opposite edges. */
INLINE float between(line low, line high, float x) {
    return at_least(unit(at(low, x) * low.sharp + 0.5f) + unit(at(high, x) * high.sharp + 0.5f) - 1.0f, 0.0f);
}

/* Narrows the span of a row to where pixels lie no more than `margin` of one outside an edge. */
INLINE void clip_span(line l, float margin, float *from, float *to) {
    float value = l.start + margin / l.sharp;
    if (l.step > 1e-12f) {
        *from = at_least(*from, -value / l.step);
    } else if (l.step < -1e-12f) {
        *to = at_most(*to, -value / l.step);
    } else if (value < 0.0f) {
        *to = *from - 1.0f;
    }
}

INLINE lit_texel coded(uint32_t texel) {
    return (lit_texel){(float)(int)(texel & 511), (float)(int)(texel >> 9 & 511), (float)(int)(texel >> 18 & 511),
                       (float)(int)(texel >> 27)};
}
INLINE lit_texel blended(lit_texel a, lit_texel b, float share) {
    return (lit_texel){mix(a.r, b.r, share), mix(a.g, b.g, share), mix(a.b, b.b, share), mix(a.cover, b.cover,
        share)};
}
INLINE lit_texel decoded(lit_texel c) {
    return (lit_texel){cubed(c.r * LIGHT_STEP), cubed(c.g * LIGHT_STEP), cubed(c.b * LIGHT_STEP), c.cover
        * COVER_STEP};
}

/* Bilinear sample at texel `u`, `v` of rows of so many texels, which begin at `texture`; held at the edges. */
INLINE lit_texel sample_light(const uint32_t *restrict texture, int side, float u, float v, float left, float top,
                              float right, float bottom) {
    u = at_most(at_least(u, left), right);
    v = at_most(at_least(v, top), bottom);
    int x = (int)u, y = (int)v, x1 = x + ((float)x + 1.0f <= right), y1 = y + ((float)y + 1.0f <= bottom);
    float fu = u - (float)x, fv = v - (float)y;
    lit_texel above = blended(coded(texture[y * side + x]), coded(texture[y * side + x1]), fu);
    lit_texel below = blended(coded(texture[y1 * side + x]), coded(texture[y1 * side + x1]), fu);
    return decoded(blended(above, below, fv));
}

/* The cube root, from a third of the exponent and two steps of Newton's: cbrtf would stay scalar. */
INLINE uint32_t root_code(float light) {
    float x = at_least(light, 1e-6f), root;
    int32_t bits = (int32_t)((float)bits_of(x) * (1.0f / 3.0f)) + 709921077;
    memcpy(&root, &bits, sizeof root);
    root = (2.0f * root + x / (root * root)) * (1.0f / 3.0f);
    root = (2.0f * root + x / (root * root)) * (1.0f / 3.0f);
    return (uint32_t)(int)at_most(root * (1.0f / LIGHT_STEP) + 0.5f, 511.0f);
}

/* The share of `foot` around `x` that lies in the first `width` of every whole step. */
INLINE float filled(float x, float width) {
    float whole = floorf(x);
    return whole * width + at_most(x - whole, width);
}
INLINE float pulse_by(float x, float width, float half, float sharp) {
    return unit((filled(x + half, width) - filled(x - half, width)) * sharp);
}
INLINE float pulse(float x, float width, float foot) {
    float half = 0.5f * at_least(foot, 1e-3f);
    return pulse_by(x, width, half, 0.5f / half);
}

/* The share of a pixel that is within `half` of the middle of a strip, `apart` from it. The pixel reaches `far`
 * to both sides, `sharp` being 1 / both; once it sees `many` such strips, it shows their share of all. */
INLINE float strip(float apart, float half, float far, float sharp, float many) {
    float inside = unit((at_most(half, apart + far) - at_least(-half, apart - far)) * sharp);
    return mix(inside, 2.0f * half, many);
}

#endif
