/* The ground of a street: asphalt, lines, puddles, snow; `street_ground.py` says the same in NumPy. */
#ifndef STREET_GROUND_H
#define STREET_GROUND_H

#include "street_fronts.h"

enum { GROUND_LIGHT = 128 };
static const float KERB = 5.5f, FARTHEST_GROUND = 3000.0f;

/* Where a street is wetter, wind and drops ripple what rough asphalt mirrors, too. */
static const float RIPPLES_FROM = 0.3f;

/* Eight pixels of ground: where they are, what they look along, then what water there throws it towards (ahead,
 * aside and up), and how much of that puddles and rough asphalt mirror. */
typedef struct {
    float x[EIGHT], z[EIGHT], ray_x[EIGHT], ray_y[EIGHT], ray_z[EIGHT];
    float ahead[EIGHT], aside[EIGHT], rise[EIGHT], sharp[EIGHT], rough[EIGHT];
} grounds;

/* What a picture of mirrored rays shows along one. */
INLINE lit_texel mirrored_at(const uint32_t *restrict map, const mirror_view *mirror, float ahead, float aside,
                             float rise) {
    float shrink = 1.0f / ahead;
    return sample_light(map, mirror->width, (aside * shrink - mirror->left) * mirror->per_across,
                        (mirror->top - rise * shrink) * mirror->per_rise, 0.0f, 0.0f, (float)(mirror->width - 1),
                        (float)(mirror->height - 1));
}

/* The share of `foot` around `x` that is nearer than `edge` to the middle. */
INLINE float within(float x, float edge, float foot) { return unit((edge - x) / at_least(foot,
                                                                                         1e-3f) + 0.5f); }

typedef struct { colour albedo; float puddle, sheen; } surface;

/* Asphalt with its lines, kerbs and slabs, puddles, snow and dust at a place, so worn and low in the large. */
INLINE surface ground_at(const street_view *v, const street_textures *restrict t, vector place, float foot_x,
                         float foot_z, float wear, float low, int fine_level) {
    float x = place.x - v->road_middle, side = fabsf(x);
    float fine = sample_grit(t->grit, fine_level, place.z * 40.0f, x * 40.0f) * (0.011f / (1.0f + foot_x * 24.0f));
    float road = within(side, KERB, foot_x), kerb = within(fabsf(side - KERB - 0.1f), 0.11f, foot_x);
    float slabs = 1.0f - (1.0f - pulse(x * 1.25f, 0.965f, foot_x * 1.25f) * pulse(place.z * 0.85f, 0.97f,
        foot_z * 0.85f)) * 0.35f;
    float zebra = within(fabsf(place.z - 15.5f), 1.9f, foot_z) + within(fabsf(place.z - 57.0f), 1.9f, foot_z);
    float stripes = unit(zebra) * pulse(x * 0.95f, 0.52f, foot_x * 0.95f) * within(side, KERB - 0.5f, foot_x);
    float dashes = within(side, 0.075f, foot_x) * pulse(place.z * 0.16f, 0.5f, foot_z * 0.16f)
        * (1.0f - unit(zebra));
    float edge = within(fabsf(side - KERB + 0.45f), 0.06f, foot_x) * (1.0f - unit(zebra));
    float paint = unit(stripes + dashes + edge) * unit(0.85f + 2.5f * wear + 2.0f * fine);
    float shade = at_least(1.0f + fine + wear, 0.2f);
    colour asphalt = scaled((colour){0.066f, 0.067f, 0.071f}, shade);
    colour stone = scaled((colour){0.155f, 0.148f, 0.140f}, (0.7f * shade + 0.3f) * slabs);
    colour c = mixed(mixed(stone, asphalt, road), (colour){0.26f, 0.25f, 0.24f}, kerb * 0.8f);
    c = mixed(c, (colour){0.52f, 0.51f, 0.47f}, 0.85f * paint);
    float gutter = unit(1.0f - fabsf(side - KERB + 0.25f) * 2.2f);
    float puddle = smooth((low + 0.30f * gutter - 0.30f * (1.0f - road) + v->puddles - 0.62f) * 2.6f);
    float track = unit(1.3f - fabsf(side - 2.6f) * 0.8f) * road;
    float white = v->snow * smooth(1.35f - 1.25f * track + 1.2f * low + 0.8f * fine);
    puddle *= 1.0f - white;
    c = mixed(scaled(c, 1.0f - 0.45f * v->wetness), (colour){0.80f, 0.83f, 0.88f}, white);
    c = mixed(c, (colour){0.40f, 0.30f, 0.19f}, v->dust * unit(0.5f + low + wear));
    return (surface){c, puddle, (1.0f - white) * (0.75f + 0.8f * fine)};
}

/* Ties a knot of the ground: the air before it, the light on it, how much it mirrors, the metres that a pixel
 * covers across and ahead, how worn and how low it lies in the large, and what rough asphalt mirrors. */
INLINE void tie_ground(knots *restrict k, int i, float x, const row *row, const street_view *v,
                       const street_textures *restrict t) {
    vector d = normalised(along(row->start, v->camera.right, x));
    float down = at_least(-d.y, 1e-4f), far = at_most(v->camera.eye.y / down, FARTHEST_GROUND);
    vector place = along(v->camera.eye, d, far);
    tie_air(k, i, v, d, far);
    k->half_a[i] = far * sqrtf(dot(v->camera.right, v->camera.right));
    k->half_b[i] = k->half_a[i] / down;
    float aside = place.x - v->road_middle;
    lit_texel lamp = light_at(t, place.z, (aside + 16.0f) * 2.0f - 0.5f, (float)GROUND_LIGHT);
    colour light = added(scaled(v->ambient, 0.75f), v->sun_light, lamp.cover * at_least(v->sky.sun.y, 0.0f));
    light = scaled(added(light, (colour){lamp.r, lamp.g, lamp.b}, v->lamps), k->clear[i]);
    k->red[i] = light.r;
    k->green[i] = light.g;
    k->blue[i] = light.b;
    float graze = 1.0f - unit(down);
    k->pass[i] = 0.025f + 0.9f * square(square(graze)) * graze;
    pair patch = sample_tile(t->ground, level_of(k->half_b[i] * 5.0f, TILE_LEVELS), aside * 5.0f + 31.0f,
                             place.z * 3.5f);
    k->wash[i] = (patch.a - 128.0f) * 0.008f;
    k->dirt[i] = (patch.b - 128.0f) * 0.008f +
        (sample_tile(t->ground, 0, aside * 1.3f + 77.0f, place.z * 0.8f).b - 128.0f) * 0.011f;
    float ahead = at_least(d.x * v->ahead.x + d.z * v->ahead.z, 0.02f);
    lit_texel c = mirrored_at(t->smear, &v->rough, ahead, d.x * v->aside.x + d.z * v->aside.z,
                              at_least(down, 1e-3f));
    k->shine_red[i] = c.r;
    k->shine_green[i] = c.g;
    k->shine_blue[i] = c.b;
}

/* The slopes of water at a place: what wind ripples, and the rings of drops. */
INLINE pair slopes_at(const street_view *v, const street_textures *restrict t, float x, float z, float foot,
                      int level, int with_rings) {
    pair wave = sample_tile(t->grain, level, x * 14.0f + v->drift[0], z * 14.0f + v->drift[1]);
    float calm = 0.00035f / (1.0f + 12.0f * foot);
    float sx = (wave.a - 128.0f) * calm, sz = (wave.b - 128.0f) * calm;
    if (with_rings) {
        pair one = rings(x, z, 2.3f, v->moment, 11);
        pair two = rings(x + 0.37f, z + 0.71f, 3.7f, v->moment, 23);
        float seen = v->rain * 0.11f / (1.0f + 60.0f * foot);
        sx += (one.a + two.a) * seen;
        sz += (one.b + two.b) * seen;
    }
    return (pair){sx, sz};
}

/* Lights eight pixels of ground, and mixes in what asphalt mirrors that is hardly wet. */
INLINE void light_ground(grounds *restrict g, row *restrict row, int at, const knots *restrict k, int j,
                         const street_view *restrict v, const street_textures *restrict t) {
    int fine = level_of(k->half_b[j] * 40.0f, GRIT_LEVELS);
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        int x = at + i;
        vector ray = along(row->start, v->camera.right, (float)x);
        float far = at_most(v->camera.eye.y / at_least(-ray.y, 1e-5f), FARTHEST_GROUND);
        vector place = along(v->camera.eye, ray, far);
        float clear = between_knots(k->clear + j, i);
        surface s = ground_at(v, t, place, between_knots(k->half_a + j, i), between_knots(k->half_b + j, i),
                              between_knots(k->wash + j, i), between_knots(k->dirt + j, i), fine);
        float wet = v->wetness * unit(s.puddle * 4.0f + 0.75f);
        float mirrors = between_knots(k->pass + j, i) * (0.12f + 1.1f * wet) + 0.045f * wet;
        mirrors = at_most(mirrors, 1.0f) * mix(s.sheen, 1.0f, s.puddle) * clear;
        float still = v->wetness > RIPPLES_FROM ? 0.0f : mirrors - mirrors * s.puddle, dry = 1.0f - 0.8f * s.puddle * v->wetness;
        g->sharp[i] = mirrors * s.puddle;
        g->rough[i] = mirrors - mirrors * s.puddle;
        g->x[i] = place.x;
        g->z[i] = place.z;
        g->ray_x[i] = ray.x;
        g->ray_y[i] = ray.y;
        g->ray_z[i] = ray.z;
        row->red[x] = s.albedo.r * dry * between_knots(k->red + j, i) + between_knots(k->haze_red + j, i) +
            still * between_knots(k->shine_red + j, i);
        row->green[x] = s.albedo.g * dry * between_knots(k->green + j, i) + between_knots(k->haze_green + j, i) +
            still * between_knots(k->shine_green + j, i);
        row->blue[x] = s.albedo.b * dry * between_knots(k->blue + j, i) + between_knots(k->haze_blue + j, i) +
            still * between_knots(k->shine_blue + j, i);
    }
}

/* Finds what water throws the rays of eight pixels towards. */
INLINE void find_mirrored(grounds *restrict g, const knots *restrict k, int j, const street_view *restrict v,
                          const street_textures *restrict t, int with_rings) {
    int waves = level_of(k->half_b[j] * 14.0f, TILE_LEVELS);
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        pair slope = slopes_at(v, t, g->x[i], g->z[i], between_knots(k->half_a + j, i), waves, with_rings);
        float twice = 2.0f * (g->ray_x[i] * slope.a + g->ray_z[i] * slope.b - g->ray_y[i]);
        float ux = g->ray_x[i] - twice * slope.a, uz = g->ray_z[i] - twice * slope.b;
        g->ahead[i] = at_least(ux * v->ahead.x + uz * v->ahead.z, 0.05f);
        g->aside[i] = ux * v->aside.x + uz * v->aside.z;
        g->rise[i] = at_least(g->ray_y[i] + twice, 1e-3f);
    }
}

/* Adds shares of what a picture of mirrored rays shows in eight pixels; there may be none to add. */
INLINE void add_mirrored(row *restrict row, int at, const uint32_t *restrict map, const mirror_view *mirror,
                         const grounds *restrict g, const float *restrict shares) {
    float most = 0.0f;
    for (int i = 0; i < EIGHT; i++) most = at_least(shares[i], most);
    if (most == 0.0f) return;
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        lit_texel c = mirrored_at(map, mirror, g->ahead[i], g->aside[i], g->rise[i]);
        row->red[at + i] += c.r * shares[i];
        row->green[at + i] += c.g * shares[i];
        row->blue[at + i] += c.b * shares[i];
    }
}

INLINE void draw_ground(row *restrict row, span seen, span all, knots *restrict k,
                        const street_view *restrict v, const street_textures *restrict t, int with_rings) {
    int first = seen.from / EIGHT, n = n_knots(seen);
    for (int some = 0; some < n; some += EIGHT) {
#pragma omp simd
        for (int i = some; i < some + EIGHT; i++)
            tie_ground(k, i, knot_place(first + i, all), row, v, t);
    }
    for (int at = first * EIGHT, j = 0; at < seen.to; at += EIGHT, j++) {
        grounds g;
        light_ground(&g, row, at, k, j, v, t);
        float most = v->wetness > RIPPLES_FROM ? 1.0f : 0.0f;
        for (int i = 0; i < EIGHT; i++) most = at_least(g.sharp[i], most);
        if (most == 0.0f) continue;
        find_mirrored(&g, k, j, v, t, with_rings);
        add_mirrored(row, at, t->mirror, &v->sharp, &g, g.sharp);
        if (v->wetness > RIPPLES_FROM) add_mirrored(row, at, t->smear, &v->rough, &g, g.rough);
    }
}

#endif
