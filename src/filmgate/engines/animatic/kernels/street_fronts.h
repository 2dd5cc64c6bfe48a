/* The fronts of a street: walls, and rooms behind glass; `street_fronts.py` says the same in NumPy. */
#ifndef STREET_FRONTS_H
#define STREET_FRONTS_H

#include "panels.h"
#include "ripples.h"

#include "street.h"

enum { FACADE = 0, SHOP = 1, PICTURE = 2 };
enum { LIGHT_COLUMNS = 512, LIGHT_LAST_ROW = 63 };
enum { TILE_SIDE = 256, TILE_LEVELS = 8 };
static const float LIGHT_FROM = 16.0f, LIGHT_PER_METRE = 2.0f, LIGHT_PER_RISE = 63.0f / 48.0f;
static const float OPPOSITE_HEIGHT = 24.0f;

/* What a rectangle is to the rows of one frame. */
typedef struct {
    line near, across, beyond, rise, above;
    vector across_way, rise_way, inward;
    float reach, sun;
} face;

/* Where a ray meets a rectangle: metres along its edges, the metres there that a pixel covers. */
typedef struct { float u, v, foot_u, foot_v, far; vector d, place; } meeting;

INLINE face face_of(const street_view *v, const panel *p) {
    const camera_view *camera = &v->camera;
    vector o = minus(p->origin, camera->eye), n = crossed(p->across, p->rise);
    float reach = dot(n, o), sign = reach < 0.0f ? -1.0f : 1.0f;
    vector near = stretched(n, sign), across = stretched(crossed(p->rise, o), sign);
    vector rise = stretched(crossed(o, p->across), sign);
    face f = {
        line_of(camera, near), line_of(camera, across), line_of(camera, minus(near, across)),
        line_of(camera, rise), line_of(camera, minus(near, rise)),
        normalised(p->across), normalised(p->rise), normalised(near), reach * sign, 0.0f,
    };
    f.sun = at_least(-dot(f.inward, v->sky.sun), 0.0f);
    return f;
}

INLINE meeting meet(const street_view *v, const row *row, const face *f, const panel *p, int x) {
    float shrink = 1.0f / at_least(at(f->near, (float)x), 1e-9f);
    float s = at(f->across, (float)x) * shrink, t = at(f->rise, (float)x) * shrink;
    float wide = fabsf(f->across.step - s * f->near.step) + fabsf(f->across.fall - s * f->near.fall);
    float high = fabsf(f->rise.step - t * f->near.step) + fabsf(f->rise.fall - t * f->near.fall);
    vector d = along(row->start, v->camera.right, (float)x);
    float length = sqrtf(dot(d, d)), far = f->reach * shrink;
    return (meeting){s * p->width, t * p->height + p->base, wide * shrink * p->width, high * shrink * p->height,
                     far * length, stretched(d, 1.0f / length), along(v->camera.eye, d, far)};
}

INLINE face on_row(face f, int y) {
    line *lines[5] = {&f.near, &f.across, &f.beyond, &f.rise, &f.above};
    for (int i = 0; i < 5; i++) lines[i]->start += lines[i]->fall * (float)y;
    return f;
}

/* The share of a pixel that a rectangle covers. */
INLINE float covering(const face *f, int x) {
    float cover = between(f->across, f->beyond, (float)x) * between(f->rise, f->above, (float)x);
    return at(f->near, (float)x) > 1e-7f ? cover : 0.0f;
}

INLINE lit_texel light_at(const street_textures *restrict t, float z, float up, float row) {
    return sample_light(t->lightmap, LIGHT_COLUMNS, (z + LIGHT_FROM) * LIGHT_PER_METRE, row + up, 0.0f, row,
                        (float)(LIGHT_COLUMNS - 1), row + (float)LIGHT_LAST_ROW);
}

INLINE pair sample_tile(const uint32_t *restrict tile, int level, float u, float v) {
    return bilinear(tile, TILE_SIDE, level, TILE_SIDE, u, (v + 0.5f) * halved(level) - 0.5f);
}

/* The colour of the lamps of a room. */
INLINE colour lamp_colour(float kind, float rare) {
    colour warm = {1.0f, 0.48f, 0.17f}, white = {1.0f, 0.76f, 0.48f}, cool = {0.46f, 0.76f, 1.0f};
    colour c = mixed(mixed(warm, white, unit(kind * 1.6f)), cool, unit(kind * 4.0f - 3.0f));
    return mixed(c, (colour){1.0f, 0.30f, 0.62f}, rare > 0.94f ? 0.75f : 0.0f);
}

/* What stands before the back wall of a shop: shelves of boxes, or of a flat: a cupboard and a picture. */
INLINE float furnished(float across, float up, float wide, float foot, uint32_t h, int is_shop) {
    if (is_shop) {
        float column = across * 2.6f, shelf = up * 1.7f;
        uint32_t box = scramble(floorf(column), floorf(shelf), (int)(h >> 3));
        float goods = pulse(column, 0.55f + 0.4f * chance(box, 2), foot * 2.6f) * pulse(shelf, 0.35f + 0.5f
            * chance(box, 1), foot * 1.7f);
        float seen = unit(1.4f - foot * 4.0f) * unit(2.6f - up), shade = 0.40f + 0.75f * chance(box, 0);
        return mix(0.72f, 0.50f + goods * (shade - 0.32f), seen);
    }
    float low = up < 0.75f + 0.5f * chance(h, 2) ? unit((across - wide * 0.55f * chance(h, 3)) * 12.0f) : 0.0f;
    float frame = unit((0.35f - fabsf(up - 1.65f)) * 20.0f) * unit((0.45f - fabsf(across - wide * 0.4f)) * 20.0f);
    return (1.0f - 0.65f * low) * (1.0f - 0.45f * frame);
}

/* The light of a room behind its window, seen at `a`, `b` (0 to 1) of its front: the ray goes on to the back
 * wall, a side wall, floor or ceiling, lit from the middle of the ceiling. */
INLINE colour room_light(const street_view *v, const panel *p, const face *f, vector d, float a, float b,
                         float foot,
                         uint32_t h, int is_shop) {
    float du = dot(d, f->across_way), dv = dot(d, f->rise_way), dn = at_least(dot(d, f->inward), 1e-3f);
    float wide = p->room_width, high = p->room_height, deep = p->depth * (0.7f + 0.6f * chance(h, 1));
    float to_side = (du > 0.0f ? 1.0f - a : a) * wide / at_least(fabsf(du), 1e-3f);
    float to_flat = (dv > 0.0f ? 1.0f - b : b) * high / at_least(fabsf(dv), 1e-3f);
    float to_back = deep / dn, way = at_most(at_most(to_side, to_flat), to_back);
    float across = a * wide + du * way, up = b * high + dv * way, in = dn * way;
    float apart = square(across - 0.5f * wide) + square(high - 0.3f - up) + square(in - 0.55f * deep);
    float lit = 1.0f / (0.50f + 0.30f * apart), is_back = way == to_back ? 1.0f : 0.0f;
    float flat = dv > 0.0f ? 0.85f : 0.22f;
    /* Side walls are furnished like the back one: along a street little else is seen of a room. */
    float stands = furnished(is_back > 0.0f ? across : in + 3.0f, up, wide, foot, h, is_shop);
    float surface = way == to_flat ? flat : stands * (0.82f + 0.18f * is_back);
    float lamp = (way == to_flat && dv > 0.0f) ? unit(1.3f - 2.2f * (square(across - 0.5f * wide)
        + square(in - 0.55f * deep))) : 0.0f;
    colour tint = lamp_colour(chance(h, 0), chance(h, 3));
    float on = (chance(h, 2) < p->lit ? 1.0f : 0.0f) * v->lamps;
    float strength = (0.35f + 0.9f * square(chance(h >> 5, 1))) * (is_shop ? 1.75f : 0.85f);
    colour c = scaled(tint, on * strength * (surface * lit + 1.6f * lamp));
    return added(c, v->ambient, 0.10f * surface * (1.0f - 0.7f * unit(in / deep)));
}

/* Cloth behind the glass: how much of the window it hides, at `a`, `b` of its front. */
INLINE float curtained(float a, float b, uint32_t h) {
    float drawn = chance(h >> 7, 0) * 0.46f, blind = chance(h >> 11, 2);
    float sides = 0.5f - fabsf(a - 0.5f) < drawn * drawn * 2.0f ? 1.0f : 0.0f;
    return b > 1.10f - 0.5f * cubed(blind) ? 1.0f : sides;
}

/* What glass throws back: the sky over the street, or what stands opposite. */
INLINE colour glass_mirror(const street_view *v, const face *f, vector d, vector place) {
    float into = dot(d, f->inward);
    vector m = along(d, f->inward, -2.0f * into);
    float climb = place.y + m.y / at_least(into, 0.02f) * v->canyon;
    float blocked = unit((OPPOSITE_HEIGHT - climb) * 0.12f + 0.5f);
    colour sky = clear_sky(&v->sky, at_least(m.y, 0.0f), from_sun(&v->sky, m));
    colour opposite = added(scaled(v->ambient, 0.22f), v->window_mean, 0.35f * v->lamps);
    return mixed(mixed(sky, added(v->sky.cloud_shade, v->sky.cloud_light, 0.3f), 0.35f), opposite, blocked);
}

INLINE colour through_window(const street_view *v, const panel *p, const face *f, meeting m, float a, float b,
                             uint32_t h, int is_shop) {
    float foot = at_least(m.foot_u, m.foot_v);
    colour inside = room_light(v, p, f, m.d, a, b, foot, h, is_shop);
    if (!is_shop) {
        float fold = 0.72f + 0.5f * fabsf(a * 9.0f - floorf(a * 9.0f) - 0.5f);
        fold *= 0.80f + 0.28f * pulse(b * 19.0f, 0.62f, m.foot_v * 19.0f / p->room_height);
        float on = (chance(h, 2) < p->lit ? 0.62f : 0.0f) * v->lamps * (0.35f + 0.75f * chance(h >> 5, 1));
        colour cloth = scaled(lamp_colour(chance(h, 0), chance(h, 3)), on * fold * (0.45f + 0.75f
            * unit(1.3f - 2.2f * fabsf(b - 0.6f))));
        inside = mixed(inside, added(cloth, v->ambient, 0.22f * fold), curtained(a, b, h));
    }
    float many = unit(at_least(m.foot_u / p->room_width, m.foot_v / p->room_height) * 1.6f - 0.5f);
    inside = mixed(inside, added(scaled(v->window_mean, p->lit * v->lamps), v->ambient, 0.05f), many);
    float steep = 1.0f - unit(dot(m.d, f->inward)), fresnel = 0.05f + 0.85f * square(square(steep)) * steep;
    return added(scaled(inside, 0.92f - 0.6f * fresnel), glass_mirror(v, f, m.d, m.place), fresnel);
}

/* A front: rooms behind glass in a wall of courses and ledges, under the light of sky, sun and lamps. */
INLINE colour front_light(const street_view *v, const street_textures *restrict t, const panel *p, const face *f,
                          meeting m, int is_shop) {
    float a = m.u / p->room_width, b = m.v / p->room_height;
    float foot_a = m.foot_u / p->room_width, foot_b = m.foot_v / p->room_height;
    float column = floorf(a), floor_number = floorf(b);
    uint32_t h = scramble(column, floor_number, p->seed);
    float glass = middle_pulse(a, p->pane_width, foot_a) * middle_pulse(b, p->pane_height, foot_b);
    float framed = middle_pulse(a, p->pane_width + 0.07f, foot_a) * middle_pulse(b, p->pane_height + 0.09f,
        foot_b);
    float bar = middle_pulse(a * 2.0f + 0.5f, 0.05f, foot_a * 2.0f) + (is_shop ? 0.0f : middle_pulse(b
        + 0.32f, 0.035f, foot_b));
    float ledge = pulse(b + 0.07f, 0.10f, foot_b), sill = pulse(b - 0.02f, 0.05f, foot_b);
    float pier = 1.0f - middle_pulse(a, 0.90f, foot_a);

    float foot = at_least(m.foot_u, m.foot_v) * 40.0f;
    int level = level_of(foot, TILE_LEVELS);
    pair rough = sample_tile(t->grain, level, m.u * 40.0f, m.v * 40.0f);
    pair stain = sample_tile(t->grain, level_of(foot * 0.06f, TILE_LEVELS), m.u * 5.0f + p->base, m.v * 1.3f);
    pair sand = sample_tile(t->grain, level_of(foot * 4.3f, TILE_LEVELS), m.u * 172.0f, m.v * 172.0f);
    float grain = (rough.a - 128.0f) * (0.0019f / (1.0f + 0.15f * foot)) + (sand.a - 128.0f)
        * (0.0016f / (1.0f + 4.0f * foot)), dirt = (stain.b - 128.0f) * 0.0028f;
    float shade = 1.0f + grain + dirt + 0.25f * ledge - 0.22f * pier * p->depth * 0.2f - 0.4f
        * (framed - framed * glass);
    colour albedo = scaled(p->wall, at_least(shade, 0.1f));
    albedo = mixed(albedo, (colour){0.80f, 0.83f, 0.88f}, v->snow * unit(ledge * 0.9f + sill));
    albedo = mixed(albedo, (colour){0.50f, 0.38f, 0.24f}, 0.35f * v->dust);

    lit_texel lamp = light_at(t, m.place.z, m.place.y * LIGHT_PER_RISE, p->light_row);
    float open = 0.35f + 0.65f * unit(m.place.y * 0.04f), under = 1.0f - 0.45f * pulse(b + 0.16f, 0.09f, foot_b);
    colour light = scaled(v->ambient, open * under);
    light = added(light, v->sun_light, lamp.cover * f->sun * under);
    light = added(light, (colour){lamp.r, lamp.g, lamp.b}, v->lamps);
    colour wall = {albedo.r * light.r, albedo.g * light.g, albedo.b * light.b};
    /* A tube of light along the foot of some fronts, and its wash on the wall. */
    float tube = is_shop ? 0.0f : unit((0.055f - fabsf(m.v - 0.16f)) / at_least(m.foot_v, 0.01f) + 0.5f)
        * unit(0.06f / at_least(m.foot_v, 0.01f));
    wall = added(wall, p->tint, v->lamps * (is_shop ? 0.0f : 3.2f * tube + 0.16f * decay(-1.1f * m.v)));
    colour window = through_window(v, p, f, m, a - column, b - floor_number, h, is_shop);
    glass *= 1.0f - unit(tube);
    return mixed(wall, window, glass * (1.0f - unit(bar)));
}

#endif
