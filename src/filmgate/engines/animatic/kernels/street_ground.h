/* The ground of a street: asphalt, lines, puddles, snow; `street_ground.py` says the same in NumPy. */
#ifndef STREET_GROUND_H
#define STREET_GROUND_H

#include "street_fronts.h"

enum { GROUND_LIGHT = 128 };
static const float KERB = 5.5f, FARTHEST_GROUND = 3000.0f;

/* Mirrored rays of eight pixels, of any length: how far they go ahead, aside and up. */
typedef struct { float ahead[EIGHT], aside[EIGHT], rise[EIGHT]; } mirrored_rays;

/* Adds `share` of what a picture of mirrored rays shows along eight of them; there may be none to add. */
INLINE void add_mirrored(float *restrict red, float *restrict green, float *restrict blue,
                         const uint32_t *restrict map, const mirror_view *mirror,
                         const mirrored_rays *restrict rays, const float *restrict share) {
    float most = 0.0f;
    for (int i = 0; i < EIGHT; i++) most = at_least(share[i], most);
    if (most == 0.0f) return;
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        float shrink = 1.0f / rays->ahead[i], u = (rays->aside[i] * shrink - mirror->left) *
            mirror->per_across;
        float w = (mirror->top - rays->rise[i] * shrink) * mirror->per_rise;
        lit_texel c = sample_light(map, mirror->width, u, w, 0.0f, 0.0f, (float)(mirror->width - 1),
                                   (float)(mirror->height - 1));
        red[i] += c.r * share[i];
        green[i] += c.g * share[i];
        blue[i] += c.b * share[i];
    }
}

/* The share of `foot` around `x` that is nearer than `edge` to the middle. */
INLINE float within(float x, float edge, float foot) { return unit((edge - x) / at_least(foot,
                                                                                         1e-3f) + 0.5f); }

typedef struct { colour albedo; float puddle, sheen; } surface;

/* Asphalt with its lines, kerbs and slabs, puddles, snow and dust at a place. */
INLINE surface ground_at(const street_view *v, const street_textures *restrict t, vector place, float foot_x,
                         float foot_z, float hollow, int fine_level, int patch_level) {
    float x = place.x - v->road_middle, side = fabsf(x);
    pair grit = sample_tile(t->ground, fine_level, x * 40.0f, place.z * 40.0f);
    pair patch = sample_tile(t->ground, patch_level, x * 5.0f + 31.0f, place.z * 3.5f);
    float fine = (grit.a - 128.0f) * (0.011f / (1.0f + foot_x * 24.0f)), wear = (patch.a - 128.0f) * 0.008f;
    float low = (patch.b - 128.0f) * 0.008f + hollow;
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
 * covers across and ahead, and how low it lies in the large. */
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
    k->dirt[i] = (sample_tile(t->ground, 0, aside * 1.3f + 77.0f, place.z * 0.8f).b - 128.0f) * 0.011f;
}

/* The slopes of water at a place: what wind ripples, and the rings of drops. */
INLINE pair slopes_at(const street_view *v, const street_textures *restrict t, vector place, float foot,
                      int level, int with_rings) {
    pair wave = sample_tile(t->grain, level, place.x * 14.0f + v->drift[0], place.z * 14.0f + v->drift[1]);
    float calm = 0.00035f / (1.0f + 12.0f * foot);
    float sx = (wave.a - 128.0f) * calm, sz = (wave.b - 128.0f) * calm;
    if (with_rings) {
        pair one = rings(place.x, place.z, 2.3f, v->moment, 11);
        pair two = rings(place.x + 0.37f, place.z + 0.71f, 3.7f, v->moment, 23);
        float seen = v->rain * 0.11f / (1.0f + 60.0f * foot);
        sx += (one.a + two.a) * seen;
        sz += (one.b + two.b) * seen;
    }
    return (pair){sx, sz};
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
        float foot_z = k->half_b[j];
        int fine = level_of(foot_z * 40.0f, TILE_LEVELS), patch = level_of(foot_z * 5.0f, TILE_LEVELS);
        int waves = level_of(foot_z * 14.0f, TILE_LEVELS);
        mirrored_rays mirrored;
        float sharp[EIGHT], smeared[EIGHT];
#pragma omp simd
        for (int i = 0; i < EIGHT; i++) {
            int x = at + i;
            vector ray = along(row->start, v->camera.right, (float)x);
            float far = at_most(v->camera.eye.y / at_least(-ray.y, 1e-5f), FARTHEST_GROUND);
            vector place = along(v->camera.eye, ray, far);
            float foot_x = between_knots(k->half_a + j, i), clear = between_knots(k->clear + j, i);
            surface s = ground_at(v, t, place, foot_x, between_knots(k->half_b + j, i),
                                  between_knots(k->dirt + j, i), fine, patch);
            pair slope = slopes_at(v, t, place, foot_x, waves, with_rings);
            float twice = 2.0f * (ray.x * slope.a + ray.z * slope.b - ray.y);
            float ux = ray.x - twice * slope.a, uz = ray.z - twice * slope.b;
            mirrored.ahead[i] = at_least(ux * v->ahead.x + uz * v->ahead.z, 0.05f);
            mirrored.aside[i] = ux * v->aside.x + uz * v->aside.z;
            mirrored.rise[i] = at_least(ray.y + twice, 1e-3f);
            float wet = v->wetness * unit(s.puddle * 4.0f + 0.75f);
            float mirrors = between_knots(k->pass + j, i) * (0.12f + 1.1f * wet) + 0.045f * wet;
            mirrors = at_most(mirrors, 1.0f) * mix(s.sheen, 1.0f, s.puddle) * clear;
            sharp[i] = mirrors * s.puddle;
            smeared[i] = mirrors - sharp[i];
            float dry = 1.0f - 0.8f * s.puddle * v->wetness;
            paint(row, x, (colour){
                s.albedo.r * dry * between_knots(k->red + j, i) + between_knots(k->haze_red + j, i),
                s.albedo.g * dry * between_knots(k->green + j, i) + between_knots(k->haze_green + j, i),
                s.albedo.b * dry * between_knots(k->blue + j, i) + between_knots(k->haze_blue + j, i)});
        }
        float *red = row->red + at, *green = row->green + at, *blue = row->blue + at;
        add_mirrored(red, green, blue, t->mirror, &v->sharp, &mirrored, sharp);
        add_mirrored(red, green, blue, t->smear, &v->rough, &mirrored, smeared);
    }
}

#endif
