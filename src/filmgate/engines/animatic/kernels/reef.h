/* The water around a reef and the ground below it: what a ray meets there, and its light. `underwater.py` and
 * `reef.py` say the same in NumPy. */
#ifndef REEF_H
#define REEF_H

#include "coarse.h"
#include "spans.h"

#include "underwater.h"

enum { FLOOR_SIDE = 1024, GRAIN_SIDE = 512, WATER_SIDE = 256, LEVELS = 6, N_STEPS = 32, N_SHAFTS = 16, N_STANDS = 5 };

/* Texels to a metre, and the metres of a byte. */
static const float FLOOR_SCALE = 12.8f, FLOOR_STEP = 0.025f, BYTE = 1.0f / 255.0f;
static const float GRAIN_WIDE = 60.0f, GRAIN_CLOSE = 290.0f, WAVES_WIDE = 9.0f, WAVES_CLOSE = 30.0f;
static const float CAUSTICS = 28.0f, SHAFTS = 13.0f, BLADE_SCALE = 64.0f;
/* How far apart stands of weed are, how far one sees, and how water bends light. */
static const float STAND_METRES = 5.5f, WEED_METRES = 4.0f, FARTHEST = 70.0f, BEND = 1.25f;
static const float STEEPEST = 1e6f;
/* A byte of a wave texel counts 32nds of a deviation from 128 on. */
static const float WAVE_ZERO = 128.0f, WAVE_STEP = 1.0f / 32.0f;

/* Light along the rays of a span. */
typedef struct { float red[SPAN], green[SPAN], blue[SPAN]; } lights;

INLINE colour nth_light(const lights *c, int i) { return (colour){c->red[i], c->green[i], c->blue[i]}; }

/* What the pixels of a span share: their rays, how far those go, and the light of the water along them. */
typedef struct {
    vectors toward;
    lights open;
    float far[SPAN];
} span;

/* The height of the ground in metres. */
INLINE float height_at(const underwater_textures *restrict t, vector p) {
    return quadruple(t->heights, FLOOR_SIDE, 0, p.x * FLOOR_SCALE, p.z * FLOOR_SCALE) * FLOOR_STEP;
}

/* How much of the sunlight reaches a place, from where it came through the surface. */
INLINE float sunlight_at(const underwater_view *v, const underwater_textures *restrict t, vector p, float scale,
                         int level) {
    float up = (v->surface - p.y) * (1.0f / v->sun.y);
    return quadruple(t->caustics, WATER_SIDE, level, (p.x + v->sun.x * up) * scale, (p.z + v->sun.z * up) * scale) *
           (4.0f * BYTE);
}

/* The light of open water along `d`. */
INLINE colour open_water(const underwater_view *v, vector d) {
    float up = 0.5f + 0.5f * d.y, apart = at_least(2.0f - 2.0f * dot(d, v->sun), 0.0f);
    colour c = added(v->deep, v->upward, up * up * up);
    return added(c, v->light, (0.10f * v->shafts) * square(1.0f / (1.0f + 3.0f * apart)));
}

/* Light that comes through `far` metres of water, which takes red first and adds its own. */
INLINE colour through_water(const underwater_view *v, colour open, float far, colour c) {
    return (colour){mix(open.r, c.r, decay(-far * v->lost.r)), mix(open.g, c.g, decay(-far * v->lost.g)),
                    mix(open.b, c.b, decay(-far * v->lost.b))};
}

/* The light of the ground at a place that a ray meets at `far`. */
INLINE colour ground_light(const underwater_view *v, const underwater_textures *restrict t, vector p, float far,
                           float pixel) {
    float foot = far * pixel, u = p.x * FLOOR_SCALE, w = p.z * FLOOR_SCALE;
    int floor_level = level_of(foot * (1.5f * FLOOR_SCALE), LEVELS);
    pair face = sampled(t->face, FLOOR_SIDE, floor_level, u, w), cover = sampled(t->cover, FLOOR_SIDE, floor_level, u, w);
    /* Sand is seen longer than it is wide, the more so the flatter one looks along it; rocks turn to the eye. */
    float slant = at_most(far / at_least(v->camera.eye.y - p.y, 1e-3f), 8.0f);
    float wide_foot = foot * mix(slant, at_most(slant, 2.6f), cover.a * BYTE);
    pair wide = sampled(t->grain, GRAIN_SIDE, level_of(wide_foot * GRAIN_WIDE, LEVELS), p.x * GRAIN_WIDE,
                        (p.z + p.y * 0.8f) * GRAIN_WIDE);
    pair close = sampled(t->grain, GRAIN_SIDE, level_of(wide_foot * (1.4f * GRAIN_CLOSE), LEVELS),
                         (p.x + p.y * 0.3f) * GRAIN_CLOSE, (p.z + p.y) * GRAIN_CLOSE);
    float fine = close.b - 128.0f;
    float rocky = unit(cover.a * (1.6f * BYTE) - 0.3f + fine * 0.0016f);
    float relief = mix((wide.a - 128.0f) * 0.0042f + fine * 0.0010f, (wide.b - 128.0f) * 0.0050f + fine * 0.0044f, rocky);
    float growth = cover.b + fine * 0.10f;
    colour stone = mixed(v->rock, v->coral, unit((growth - 132.0f) * 0.035f));
    stone = mixed(stone, v->weed, 0.8f * unit((118.0f - growth) * 0.03f));
    colour c = mixed(v->sand, stone, rocky);
    float sunny = sunlight_at(v, t, p, CAUSTICS, level_of(foot * slant * (0.5f * CAUSTICS), 5));
    float facing = unit(face.a * BYTE * (1.0f + 1.6f * relief)), hollow = 0.16f + 0.84f * unit(face.b * BYTE + 1.3f * relief);
    float low = decay(-(v->surface - p.y) * v->lost.g * 0.7f);
    colour lit = added(scaled(v->ambient, hollow), v->light, sunny * facing * low * v->bright);
    colour shown = {c.r * lit.r, c.g * lit.g, c.b * lit.b};
    return added(shown, v->ember, rocky * square(unit((fine - 22.0f) * 0.02f)) * unit((138.0f - growth) * 0.05f));
}

/* Where there can be ground along a ray at the earliest. */
INLINE float set_out(const underwater_view *v, float up) {
    /* Above the highest rock there is nothing to meet. */
    float high = v->camera.eye.y - v->top;
    float first = at_most(at_least(high / at_least(-up, 1e-4f), 0.6f), FARTHEST);
    float end = high < 0.0f ? 0.35f : 0.0f;
    return up > end ? FARTHEST : at_least(first, 0.6f);
}

/* How far a ray goes until it meets the ground, or as far as one sees; `far` is where it sets out. High above the
 * ground it goes as far as no slope can rise; close to it, to where it would meet the slope it has passed; and once
 * it has been below the ground, to where it must have come through it. */
INLINE void march(float *restrict far, const float *restrict x, const float *restrict y, const float *restrict z,
                  const underwater_view *restrict v, const underwater_textures *restrict t) {
    /* The last place above the ground, and the last below it. */
    float over[BLOCK], height[BLOCK], under[BLOCK], depth[BLOCK], fall[BLOCK], rest[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        over[i] = far[i] - 1.0f;
        height[i] = at_least(-y[i], 0.05f);
        under[i] = 2.0f * FARTHEST;
        depth[i] = -1.0f;
        /* Where a ray ends as it sets out, no slope is known yet. */
        fall[i] = STEEPEST;
    }
    for (int step = 0; step < N_STEPS; step++) {
        /* A ray that grazes the ground is content with ever less. */
        float longest = 0.0f, patience = 1.0f + 0.12f * (float)step;
#pragma omp simd reduction(max : longest)
        for (int i = 0; i < BLOCK; i++) {
            float at = far[i];
            vector p = along(v->camera.eye, (vector){x[i], y[i], z[i]}, at);
            float now = p.y - height_at(t, p), least = (0.006f + 0.0018f * at) * patience;
            int is_above = now > 0.0f;
            float slope = step == 0 ? height[i] : (height[i] - now) / (at - over[i]);
            slope = slope > 0.03f ? slope : 0.03f;
            over[i] = is_above ? at : over[i];
            height[i] = is_above ? now : height[i];
            under[i] = is_above ? under[i] : at;
            depth[i] = is_above ? depth[i] : now;
            float onward = at_least(at_most(now / slope, 0.2f + 0.03f * at), 0.7f * now);
            float apart = under[i] - over[i], share = height[i] / (height[i] - depth[i]);
            float between = over[i] + apart * at_most(at_least(share, 0.15f), 0.85f) - at;
            float way = under[i] <= FARTHEST ? between : onward;
            way = fabsf(now) < least || apart < least || at >= FARTHEST ? 0.0f : way;
            far[i] = at_most(at + way, FARTHEST);
            fall[i] = way != 0.0f ? slope : fall[i];
            rest[i] = now;
            longest = at_least(fabsf(way), longest);
        }
        if (longest == 0.0f) break;
    }
    /* The rest of the way is straight; but what is still high above the ground only grazes it. */
    for (int i = 0; i < BLOCK; i++) {
        float most = 0.03f + 0.009f * far[i];
        far[i] = at_most(rest[i] > most ? FARTHEST : far[i] + at_most(at_least(rest[i] / fall[i], -most), most), FARTHEST);
    }
}

INLINE void draw_ground(row *restrict row, int first, const span *restrict s, const underwater_view *restrict v,
                        const underwater_textures *restrict t, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        vector p = along(v->camera.eye, nth(&s->toward, i), s->far[i]);
        colour c = ground_light(v, t, p, s->far[i], pixel);
        paint(row, first + i, through_water(v, nth_light(&s->open, i), s->far[i], c));
    }
}

#endif
