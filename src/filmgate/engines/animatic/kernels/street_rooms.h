/* Rooms behind the glass of fronts, and what the glass mirrors; `street_rooms.py` says the same in NumPy. */
#ifndef STREET_ROOMS_H
#define STREET_ROOMS_H

#include "ripples.h"

#include "street_faces.h"

static const float OPPOSITE_HEIGHT = 24.0f;

/* A window: where in its front, 0 to 1, the way of the ray, half a pixel of its height and 1 / the whole, and
 * the metres that a pixel covers. */
typedef struct { float a, b, along, upward, inward, half, sharp, foot; } glimpse;

/* The colour of the lamps of a room. */
INLINE colour lamp_colour(uint32_t h) {
    colour warm = {1.0f, 0.48f, 0.17f}, white = {1.0f, 0.76f, 0.48f}, cool = {0.46f, 0.76f, 1.0f};
    float kind = chance(h, 0);
    colour c = mixed(mixed(warm, white, unit(kind * 1.6f)), cool, unit(kind * 4.0f - 3.0f));
    return mixed(c, (colour){1.0f, 0.30f, 0.62f}, chance(h, 3) > 0.94f ? 0.75f : 0.0f);
}

/* Goods on the shelves of a shop. */
INLINE float stocked(float across, float up, float foot, uint32_t h) {
    float column = across * 2.6f, shelf = up * 1.7f;
    uint32_t box = scramble(floorf(column), floorf(shelf), (int)(h >> 3));
    float goods = pulse(column, 0.55f + 0.4f * chance(box, 2), foot * 2.6f) *
                  pulse(shelf, 0.35f + 0.5f * chance(box, 1), foot * 1.7f);
    float seen = unit(1.4f - foot * 4.0f) * unit(2.6f - up), shade = 0.40f + 0.75f * chance(box, 0);
    return mix(0.72f, 0.50f + goods * (shade - 0.32f), seen);
}

/* A cupboard and a picture in a flat. */
INLINE float furnished(float across, float up, float wide, uint32_t h) {
    float cupboard = unit((across - wide * 0.55f * chance(h, 3)) * 12.0f);
    float low = up < 0.75f + 0.5f * chance(h, 2) ? cupboard : 0.0f;
    float frame = unit((0.35f - fabsf(up - 1.65f)) * 20.0f) * unit((0.45f - fabsf(across - wide * 0.4f)) *
                                                                   20.0f);
    return (1.0f - 0.65f * low) * (1.0f - 0.45f * frame);
}

/* How much a window's lamp is on, and how strong it is. */
INLINE float lamp_share(const street_view *v, const panel *p, uint32_t h) {
    return (chance(h, 2) < p->lit ? 1.0f : 0.0f) * v->lamps;
}
INLINE float lamp_strength(uint32_t h) { return 0.35f + 0.9f * square(chance(h >> 5, 1)); }

/* The light of a room behind its window: the ray goes on to the back wall, a side wall, floor or ceiling, lit
 * from the middle of the ceiling. */
INLINE colour room_light(const street_view *v, const panel *p, glimpse g, colour tint, float on, uint32_t h,
                         int is_shop) {
    float wide = p->room_width, high = p->room_height, deep = p->depth * (0.7f + 0.6f * chance(h, 1));
    float to_side = (g.along > 0.0f ? 1.0f - g.a : g.a) * wide / at_least(fabsf(g.along), 1e-3f);
    float to_flat = (g.upward > 0.0f ? 1.0f - g.b : g.b) * high / at_least(fabsf(g.upward), 1e-3f);
    float to_back = deep / g.inward, way = at_most(at_most(to_side, to_flat), to_back);
    float across = g.a * wide + g.along * way, up = g.b * high + g.upward * way, in = g.inward * way;
    float from_lamp = square(across - 0.5f * wide) + square(in - 0.55f * deep);
    float lit = 1.0f / (0.50f + 0.30f * (from_lamp + square(high - 0.3f - up)));
    /* Side walls are furnished like the back one: along a street little else is seen of a room. */
    float is_back = way == to_back ? 1.0f : 0.0f, place = is_back > 0.0f ? across : in + 3.0f;
    float stands = is_shop ? stocked(place, up, g.foot, h) : furnished(place, up, wide, h);
    float flat = g.upward > 0.0f ? 0.85f : 0.22f;
    float surface = way == to_flat ? flat : stands * (0.82f + 0.18f * is_back);
    float lamp = way == to_flat && g.upward > 0.0f ? unit(1.3f - 2.2f * from_lamp) : 0.0f;
    float strength = lamp_strength(h) * (is_shop ? 1.75f : 0.85f);
    colour c = scaled(tint, on * strength * (surface * lit + 1.6f * lamp));
    return added(c, v->ambient, 0.10f * surface * (1.0f - 0.7f * unit(in / deep)));
}

/* Cloth behind the glass: how much of the window it hides, at `a`, `b` of its front. */
INLINE float curtained(float a, float b, uint32_t h) {
    float drawn = chance(h >> 7, 0) * 0.46f, blind = chance(h >> 11, 2);
    float sides = 0.5f - fabsf(a - 0.5f) < drawn * drawn * 2.0f ? 1.0f : 0.0f;
    return b > 1.10f - 0.5f * cubed(blind) ? 1.0f : sides;
}

/* The light of cloth that hangs in folds, from the lamps behind it and the sky before it. */
INLINE colour cloth_light(const street_view *v, glimpse g, colour tint, float on, uint32_t h) {
    float fold = 0.72f + 0.5f * fabsf(g.a * 9.0f - floorf(g.a * 9.0f) - 0.5f);
    fold *= 0.80f + 0.28f * pulse_by(g.b * 19.0f, 0.62f, g.half * 19.0f, g.sharp * (1.0f / 19.0f));
    float shine = on * (0.22f + 0.47f * chance(h >> 5, 1)) * (0.45f + 0.75f * unit(1.3f - 2.2f *
                                                                                   fabsf(g.b - 0.6f)));
    return added(scaled(tint, shine * fold), v->ambient, 0.22f * fold);
}

/* What shines through a window. */
INLINE colour window_light(const street_view *v, const panel *p, glimpse g, uint32_t h, int is_shop) {
    float on = lamp_share(v, p, h);
    colour tint = lamp_colour(h), inside = room_light(v, p, g, tint, on, h, is_shop);
    return is_shop ? inside : mixed(inside, cloth_light(v, g, tint, on, h), curtained(g.a, g.b, h));
}

/* What is left of that in a mirror, where nobody sees what stands in a room. */
INLINE colour mirrored_window_light(const street_view *v, const panel *p, uint32_t h, int is_shop) {
    float on = lamp_share(v, p, h), strength = lamp_strength(h) * (is_shop ? 0.62f : 0.42f);
    return added(scaled(lamp_colour(h), on * strength), v->ambient, 0.05f);
}

/* What glass throws back: the sky over the street, or what stands opposite. */
INLINE colour glass_mirror(const street_view *v, const face *f, vector d, float up) {
    float into = dot(d, f->inward);
    vector m = along(d, f->inward, -2.0f * into);
    float climb = up + m.y / at_least(into, 0.02f) * v->canyon;
    float blocked = unit((OPPOSITE_HEIGHT - climb) * 0.12f + 0.5f);
    colour sky = clear_sky(&v->sky, at_least(m.y, 0.0f), from_sun(&v->sky, m));
    colour opposite = added(scaled(v->ambient, 0.22f), v->window_mean, 0.35f * v->lamps);
    return mixed(mixed(sky, added(v->sky.cloud_shade, v->sky.cloud_light, 0.3f), 0.35f), opposite, blocked);
}

#endif
