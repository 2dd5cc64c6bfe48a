/* The ground of a street: asphalt, lines, puddles, snow; `street_ground.py` says the same in NumPy. */
#ifndef STREET_GROUND_H
#define STREET_GROUND_H

#include "street_fronts.h"

enum { GROUND_LIGHT = 128 };
static const float KERB = 5.5f;

INLINE colour mirrored(const uint32_t *restrict map, const mirror_view *mirror, const street_view *v, vector d) {
    float ahead = 1.0f / at_least(dot(d, v->ahead), 0.05f);
    float u = (dot(d, v->aside) * ahead - mirror->left) * mirror->per_across;
    float w = (mirror->top - d.y * ahead) * mirror->per_rise;
    lit_texel c = sample_light(map, mirror->width, u, w, 0.0f, 0.0f, (float)(mirror->width - 1),
        (float)(mirror->height - 1));
    return (colour){c.r, c.g, c.b};
}

/* The share of `foot` around `x` that is nearer than `edge` to the middle. */
INLINE float within(float x, float edge, float foot) { return unit((edge - x) / at_least(foot, 1e-3f) + 0.5f); }

typedef struct { colour albedo; float puddle, sheen; } surface;

/* Asphalt with its lines, kerbs and slabs, puddles, snow and dust at a place. */
INLINE surface ground_at(const street_view *v, const street_textures *restrict t, vector place, float foot_x,
                         float foot_z) {
    float x = place.x - v->road_middle, side = fabsf(x);
    pair grit = sample_tile(t->ground, level_of(foot_z * 40.0f, TILE_LEVELS), x * 40.0f, place.z * 40.0f);
    pair patch = sample_tile(t->ground, level_of(foot_z * 5.0f, TILE_LEVELS), x * 5.0f + 31.0f, place.z * 3.5f);
    pair broad = sample_tile(t->ground, 0, x * 1.3f + 77.0f, place.z * 0.8f);
    float fine = (grit.a - 128.0f) * (0.011f / (1.0f + foot_x * 24.0f)), wear = (patch.a - 128.0f) * 0.008f;
    float low = (patch.b - 128.0f) * 0.008f + (broad.b - 128.0f) * 0.011f;
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

INLINE colour ground_light(const street_view *v, const street_textures *restrict t, vector d, vector place,
                           float far,
                           float pixel, int with_rings) {
    float down = at_least(-d.y, 1e-4f), foot_x = far * pixel, foot_z = foot_x / down;
    surface s = ground_at(v, t, place, foot_x, foot_z);
    float row = (float)GROUND_LIGHT + (place.x - v->road_middle + 16.0f) * 2.0f - (float)0.5f;
    lit_texel lamp = sample_light(t->lightmap, LIGHT_COLUMNS, (place.z + LIGHT_FROM) * LIGHT_PER_METRE, row, 0.0f,
                                  (float)GROUND_LIGHT, (float)(LIGHT_COLUMNS - 1), (float)(GROUND_LIGHT
                                      + LIGHT_LAST_ROW));
    colour light = scaled(v->ambient, 0.75f);
    light = added(light, v->sun_light, lamp.cover * at_least(v->sky.sun.y, 0.0f));
    light = added(light, (colour){lamp.r, lamp.g, lamp.b}, v->lamps);
    colour c = {s.albedo.r * light.r, s.albedo.g * light.g, s.albedo.b * light.b};

    pair wave = sample_tile(t->grain, level_of(foot_z * 14.0f, TILE_LEVELS), place.x * 14.0f + v->drift[0],
        place.z * 14.0f + v->drift[1]);
    float calm = 1.0f / (1.0f + 12.0f * foot_x);
    float sx = (wave.a - 128.0f) * 0.00035f * calm, sz = (wave.b - 128.0f) * 0.00035f * calm;
    if (with_rings) {
        pair one = rings(place.x, place.z, 2.3f, v->moment, 11), two = rings(place.x + 0.37f, place.z + 0.71f,
            3.7f, v->moment, 23);
        float seen = v->rain * 0.11f / (1.0f + 60.0f * foot_x);
        sx += (one.a + two.a) * seen;
        sz += (one.b + two.b) * seen;
    }
    float against = d.x * sx + d.z * sz - d.y, twice = 2.0f * against;
    vector up = {d.x - twice * sx, at_least(d.y + twice, 1e-3f), d.z - twice * sz};
    float graze = 1.0f - unit(down), fresnel = 0.025f + 0.9f * square(square(graze)) * graze;
    colour clear = mirrored(t->mirror, &v->sharp, v, up), smeared = mirrored(t->smear, &v->rough, v, up);
    float wet = v->wetness * unit(s.puddle * 4.0f + 0.75f), gloss = s.puddle * 0.95f;
    float strength = at_most(fresnel * (0.12f + 1.1f * wet) + 0.045f * wet, 1.0f) * mix(s.sheen, 1.0f, s.puddle);
    colour image = mixed(smeared, clear, gloss);
    return added(scaled(c, 1.0f - 0.8f * s.puddle * v->wetness), image, strength);
}

#endif
