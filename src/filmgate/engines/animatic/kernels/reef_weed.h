/* Weed that sways in water; `underwater.py` says the same in NumPy. */
#ifndef REEF_WEED_H
#define REEF_WEED_H

#include "reef.h"

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

#endif
