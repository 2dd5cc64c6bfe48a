/* Lights a street canyon: rectangles painted from far to near over sky and ground; `street.py` says the same
 * in NumPy and explains it. */
#include "panels.h"
#include "ripples.h"

#include "street.h"

enum { FACADE = 0, SHOP = 1, PICTURE = 2 };
enum { PICTURE_SIDE = 2048, PICTURE_LEVELS = 6, LIGHT_COLUMNS = 512, LIGHT_LAST_ROW = 63, GROUND_LIGHT = 128 };
enum { BLOCK = 16 };
enum { TILE_SIDE = 256, TILE_LEVELS = 8 };
static const float LIGHT_FROM = 16.0f, LIGHT_PER_METRE = 2.0f, LIGHT_PER_RISE = 63.0f / 48.0f;
static const float KERB = 5.5f, OPPOSITE_HEIGHT = 24.0f;

/* What a rectangle is to the rows of one frame. */
typedef struct {
    line near, across, beyond, rise, above;
    vector across_way, rise_way, inward;
    float reach, sun;
} face;

typedef struct { int from, to; } span;

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
        float goods = pulse(column, 0.55f + 0.4f * chance(box, 2), foot * 2.6f) * pulse(shelf, 0.35f + 0.5f * chance(box, 1), foot * 1.7f);
        float seen = unit(1.4f - foot * 4.0f) * unit(2.6f - up), shade = 0.40f + 0.75f * chance(box, 0);
        return mix(0.72f, 0.50f + goods * (shade - 0.32f), seen);
    }
    float low = up < 0.75f + 0.5f * chance(h, 2) ? unit((across - wide * 0.55f * chance(h, 3)) * 12.0f) : 0.0f;
    float frame = unit((0.35f - fabsf(up - 1.65f)) * 20.0f) * unit((0.45f - fabsf(across - wide * 0.4f)) * 20.0f);
    return (1.0f - 0.65f * low) * (1.0f - 0.45f * frame);
}

/* The light of a room behind its window, seen at `a`, `b` (0 to 1) of its front: the ray goes on to the back
 * wall, a side wall, floor or ceiling, lit from the middle of the ceiling. */
INLINE colour room_light(const street_view *v, const panel *p, const face *f, vector d, float a, float b, float foot,
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
    float lamp = (way == to_flat && dv > 0.0f) ? unit(1.3f - 2.2f * (square(across - 0.5f * wide) + square(in - 0.55f * deep))) : 0.0f;
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
    return b > 1.12f - 0.6f * square(blind) ? 1.0f : sides;
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
        float on = (chance(h, 2) < p->lit ? 0.62f : 0.0f) * v->lamps * (0.35f + 0.75f * chance(h >> 5, 1));
        colour cloth = scaled(lamp_colour(chance(h, 0), chance(h, 3)), on * fold * (0.45f + 0.75f * unit(1.3f - 2.2f * fabsf(b - 0.6f))));
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
    float framed = middle_pulse(a, p->pane_width + 0.07f, foot_a) * middle_pulse(b, p->pane_height + 0.09f, foot_b);
    float bar = middle_pulse(a * 2.0f + 0.5f, 0.05f, foot_a * 2.0f) + (is_shop ? 0.0f : middle_pulse(b + 0.32f, 0.035f, foot_b));
    float ledge = pulse(b + 0.07f, 0.10f, foot_b), sill = pulse(b - 0.02f, 0.05f, foot_b);
    float pier = 1.0f - middle_pulse(a, 0.90f, foot_a);

    float foot = at_least(m.foot_u, m.foot_v) * 40.0f;
    int level = level_of(foot, TILE_LEVELS);
    pair rough = sample_tile(t->grain, level, m.u * 40.0f, m.v * 40.0f);
    pair stain = sample_tile(t->grain, level_of(foot * 0.06f, TILE_LEVELS), m.u * 5.0f + p->base, m.v * 1.3f);
    float grain = (rough.a - 128.0f) * (0.0022f / (1.0f + 0.15f * foot)), dirt = (stain.b - 128.0f) * 0.0028f;
    float shade = 1.0f + grain + dirt + 0.25f * ledge - 0.22f * pier * p->depth * 0.2f - 0.4f * (framed - framed * glass);
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
    float tube = is_shop ? 0.0f : unit((0.055f - fabsf(m.v - 0.16f)) / at_least(m.foot_v, 0.01f) + 0.5f) * unit(0.06f / at_least(m.foot_v, 0.01f));
    wall = added(wall, p->tint, v->lamps * (is_shop ? 0.0f : 3.2f * tube + 0.16f * decay(-1.1f * m.v)));
    colour window = through_window(v, p, f, m, a - column, b - floor_number, h, is_shop);
    glass *= 1.0f - unit(tube);
    return mixed(wall, window, glass * (1.0f - unit(bar)));
}

INLINE void blend(row *restrict row, int x, colour c, float cover) {
    row->red[x] = mix(row->red[x], c.r, cover);
    row->green[x] = mix(row->green[x], c.g, cover);
    row->blue[x] = mix(row->blue[x], c.b, cover);
}

INLINE void draw_front(row *restrict row, int from, int to, const street_view *restrict v,
                       const street_textures *restrict t, const panel *restrict p, const face *restrict f, int is_shop) {
#pragma omp simd
    for (int x = from; x < to; x++) {
        meeting m = meet(v, row, f, p, x);
        colour c = front_light(v, t, p, f, m, is_shop);
        blend(row, x, hazed(&v->sky, &v->air, m.d, m.far, c), covering(f, x));
    }
}

/* A picture with its own light, of which its cover hides what is behind: none where it only glows. */
INLINE void draw_picture(row *restrict row, int from, int to, const street_view *restrict v,
                         const street_textures *restrict t, const panel *restrict p, const face *restrict f) {
    float wide = p->texels_wide / p->width, high = p->texels_high / p->height;
#pragma omp simd
    for (int x = from; x < to; x++) {
        meeting m = meet(v, row, f, p, x);
        int level = level_of(at_least(m.foot_u * wide, m.foot_v * high) * (0.9f + 0.4f * row->grain[x]), PICTURE_LEVELS);
        float small = halved(level), left = p->texel_u * small, top = p->texel_v * small;
        const uint32_t *texels = t->pictures;
        int first = (2 * PICTURE_SIDE - ((2 * PICTURE_SIDE) >> level));
        float right = left + at_least(p->texels_wide * small - 1.0f, 0.0f);
        float bottom = top + at_least(p->texels_high * small - 1.0f, 0.0f);
        float u = left + m.u * wide * small - 0.5f;
        float w = bottom + 1.0f - (m.v - p->base) * high * small - 0.5f;
        lit_texel c = sample_light(texels, PICTURE_SIDE, u, w + (float)first, left, top + (float)first, right, bottom + (float)first);
        float close = unit(m.far * 0.5f - 0.6f), cover = covering(f, x) * close * p->lit, hides = c.cover * cover;
        colour own = {c.r * p->tint.r, c.g * p->tint.g, c.b * p->tint.b};
        colour none = {0.0f, 0.0f, 0.0f};
        float clear = decay(-m.far / v->air.sight);
        colour haze = hazed(&v->sky, &v->air, m.d, m.far, none);
        row->red[x] += own.r * clear * cover + hides * (haze.r - row->red[x]);
        row->green[x] += own.g * clear * cover + hides * (haze.g - row->green[x]);
        row->blue[x] += own.b * clear * cover + hides * (haze.b - row->blue[x]);
    }
}

INLINE colour mirrored(const uint32_t *restrict map, const mirror_view *mirror, const street_view *v, vector d) {
    float ahead = 1.0f / at_least(dot(d, v->ahead), 0.05f);
    float u = (dot(d, v->aside) * ahead - mirror->left) * mirror->per_across;
    float w = (mirror->top - d.y * ahead) * mirror->per_rise;
    lit_texel c = sample_light(map, mirror->width, u, w, 0.0f, 0.0f, (float)(mirror->width - 1), (float)(mirror->height - 1));
    return (colour){c.r, c.g, c.b};
}

/* The share of `foot` around `x` that is nearer than `edge` to the middle. */
INLINE float within(float x, float edge, float foot) { return unit((edge - x) / at_least(foot, 1e-3f) + 0.5f); }

typedef struct { colour albedo; float puddle, sheen; } surface;

/* Asphalt with its lines, kerbs and slabs, puddles, snow and dust at a place. */
INLINE surface ground_at(const street_view *v, const street_textures *restrict t, vector place, float foot_x, float foot_z) {
    float x = place.x - v->road_middle, side = fabsf(x);
    pair grit = sample_tile(t->ground, level_of(foot_z * 40.0f, TILE_LEVELS), x * 40.0f, place.z * 40.0f);
    pair patch = sample_tile(t->ground, level_of(foot_z * 5.0f, TILE_LEVELS), x * 5.0f + 31.0f, place.z * 3.5f);
    pair broad = sample_tile(t->ground, 0, x * 1.3f + 77.0f, place.z * 0.8f);
    float fine = (grit.a - 128.0f) * (0.011f / (1.0f + foot_x * 24.0f)), wear = (patch.a - 128.0f) * 0.008f;
    float low = (patch.b - 128.0f) * 0.008f + (broad.b - 128.0f) * 0.011f;
    float road = within(side, KERB, foot_x), kerb = within(fabsf(side - KERB - 0.1f), 0.11f, foot_x);
    float slabs = 1.0f - (1.0f - pulse(x * 1.25f, 0.965f, foot_x * 1.25f) * pulse(place.z * 0.85f, 0.97f, foot_z * 0.85f)) * 0.35f;
    float zebra = within(fabsf(place.z - 15.5f), 1.9f, foot_z) + within(fabsf(place.z - 57.0f), 1.9f, foot_z);
    float stripes = unit(zebra) * pulse(x * 0.95f, 0.52f, foot_x * 0.95f) * within(side, KERB - 0.5f, foot_x);
    float dashes = within(side, 0.075f, foot_x) * pulse(place.z * 0.16f, 0.5f, foot_z * 0.16f) * (1.0f - unit(zebra));
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

INLINE colour ground_light(const street_view *v, const street_textures *restrict t, vector d, vector place, float far,
                           float pixel, int with_rings) {
    float down = at_least(-d.y, 1e-4f), foot_x = far * pixel, foot_z = foot_x / down;
    surface s = ground_at(v, t, place, foot_x, foot_z);
    float row = (float)GROUND_LIGHT + (place.x - v->road_middle + 16.0f) * 2.0f - (float)0.5f;
    lit_texel lamp = sample_light(t->lightmap, LIGHT_COLUMNS, (place.z + LIGHT_FROM) * LIGHT_PER_METRE, row, 0.0f,
                                  (float)GROUND_LIGHT, (float)(LIGHT_COLUMNS - 1), (float)(GROUND_LIGHT + LIGHT_LAST_ROW));
    colour light = scaled(v->ambient, 0.75f);
    light = added(light, v->sun_light, lamp.cover * at_least(v->sky.sun.y, 0.0f));
    light = added(light, (colour){lamp.r, lamp.g, lamp.b}, v->lamps);
    colour c = {s.albedo.r * light.r, s.albedo.g * light.g, s.albedo.b * light.b};

    pair wave = sample_tile(t->grain, level_of(foot_z * 14.0f, TILE_LEVELS), place.x * 14.0f + v->drift[0], place.z * 14.0f + v->drift[1]);
    float calm = 1.0f / (1.0f + 12.0f * foot_x);
    float sx = (wave.a - 128.0f) * 0.00035f * calm, sz = (wave.b - 128.0f) * 0.00035f * calm;
    if (with_rings) {
        pair one = rings(place.x, place.z, 2.3f, v->moment, 11), two = rings(place.x + 0.37f, place.z + 0.71f, 3.7f, v->moment, 23);
        float seen = v->rain * 0.11f / (1.0f + 60.0f * foot_x);
        sx += (one.a + two.a) * seen;
        sz += (one.b + two.b) * seen;
    }
    float against = d.x * sx + d.z * sz - d.y, twice = 2.0f * against;
    vector up = {d.x - twice * sx, at_least(d.y + twice, 1e-3f), d.z - twice * sz};
    float graze = 1.0f - unit(down), fresnel = 0.025f + 0.9f * square(square(graze)) * graze;
    colour clear = mirrored(t->mirror, &v->sharp, v, up), smeared = mirrored(t->smear, &v->rough, v, up);
    float wet = v->wetness * unit(s.puddle * 4.0f + 0.75f), gloss = s.puddle * 0.95f;
    float strength = at_most(fresnel * (0.12f + 1.1f * wet) + 0.025f * wet, 1.0f) * mix(s.sheen, 1.0f, s.puddle);
    colour image = mixed(smeared, clear, gloss);
    return added(scaled(c, 1.0f - 0.8f * s.puddle * v->wetness), image, strength);
}

INLINE void draw_ground(row *restrict row, int from, int to, const street_view *restrict v,
                        const street_textures *restrict t, int with_rings) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right));
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(&v->camera, row, x);
        float far = at_most(v->camera.eye.y / at_least(-d.y, 1e-4f), 3000.0f);
        vector place = along(v->camera.eye, d, far);
        paint(row, x, hazed(&v->sky, &v->air, d, far, ground_light(v, t, d, place, far, pixel, with_rings)));
    }
}

INLINE void draw_sky(row *restrict row, int from, int to, const street_view *restrict v,
                     const street_textures *restrict t) {
#pragma omp simd
    for (int x = from; x < to; x++)
        paint(row, x, sky_light(&v->camera, &v->sky, &v->air, &t->sky, look(&v->camera, row, x), row->grain[x], 1));
}

/* Draws what stands behind all rectangles: the ground on one side of the horizon, the sky on the other. */
INLINE void draw_backdrop(row *restrict row, int from, int to, const street_view *restrict v,
                          const street_textures *restrict t) {
    float cross = v->camera.right.y == 0.0f ? 0.0f : -row->start.y / v->camera.right.y;
    int edge = (int)ceilf(at_most(at_least(cross, (float)from), (float)to)), ends[3] = {from, edge, to};
    for (int side = 0; side < 2; side++) {
        float middle = 0.5f * (float)(ends[side] + ends[side + 1] - 1);
        int is_ground = v->has_ground && row->start.y + v->camera.right.y * middle < 0.0f;
        if (ends[side] == ends[side + 1])
            continue;
        if (!is_ground)
            draw_sky(row, ends[side], ends[side + 1], v, t);
        else if (v->rain > 0.0f)
            draw_ground(row, ends[side], ends[side + 1], v, t, 1);
        else
            draw_ground(row, ends[side], ends[side + 1], v, t, 0);
    }
}

INLINE void draw_panel(row *restrict row, int from, int to, const street_view *restrict v,
                       const street_textures *restrict t, const panel *restrict p, const face *restrict f) {
    if (p->kind == PICTURE)
        draw_picture(row, from, to, v, t, p, f);
    else if (p->kind == SHOP)
        draw_front(row, from, to, v, t, p, f, 1);
    else
        draw_front(row, from, to, v, t, p, f, 0);
}

/* The pixels of a row that a rectangle may cover, and with `inner` those it surely does. */
INLINE span span_of(const face *f, int width, float margin) {
    float first = 0.0f, last = (float)(width - 1);
    if (f->reach < 1e-6f) return (span){0, 0};
    clip_span(f->near, margin, &first, &last);
    clip_span(f->across, margin, &first, &last);
    clip_span(f->beyond, margin, &first, &last);
    clip_span(f->rise, margin, &first, &last);
    clip_span(f->above, margin, &first, &last);
    return last < first ? (span){0, 0} : (span){(int)ceilf(first), (int)floorf(last) + 1};
}

/* Notes for each block of a row which of the rectangles hides all before it; what is hidden is not drawn. */
INLINE void hide(int *hidden, int n_blocks, span inner, int number) {
    int first = (inner.from + BLOCK - 1) / BLOCK, end = inner.to / BLOCK;
    for (int block = first; block < end && block < n_blocks; block++)
        if (hidden[block] < number) hidden[block] = number;
}

/* The next stretch from `from` on, within `to`, that nothing after `number` hides; empty at the end. */
INLINE span next_open(const int *hidden, int from, int to, int number) {
    while (from < to && hidden[from / BLOCK] > number) from = (from / BLOCK + 1) * BLOCK;
    int end = from;
    while (end < to && hidden[end / BLOCK] <= number) end = (end / BLOCK + 1) * BLOCK;
    return (span){from, end < to ? end : to};
}

/* Paints a row: sky and ground, then the rectangles from far to near. */
INLINE void draw_street(row *restrict row, int y, int width, const street_view *restrict v,
                        const street_textures *restrict t, const panel *restrict panels, const face *restrict faces,
                        int n_panels) {
    int hidden[MAX_WIDTH / BLOCK + 1], n_blocks = (width + BLOCK - 1) / BLOCK;
    for (int block = 0; block < n_blocks; block++) hidden[block] = -1;
    for (int i = 0; i < n_panels; i++) {
        if (y < panels[i].first_row || y >= panels[i].end_row || panels[i].kind == PICTURE) continue;
        face f = on_row(faces[i], y);
        hide(hidden, n_blocks, span_of(&f, width, -0.5f), i);
    }
    begin_row(row, y, width, &v->camera, &v->film, &t->film);
    for (span open = next_open(hidden, 0, width, -1); open.from < width;
         open = next_open(hidden, open.to, width, -1))
        draw_backdrop(row, open.from, open.to, v, t);
    for (int i = 0; i < n_panels; i++) {
        if (y < panels[i].first_row || y >= panels[i].end_row) continue;
        /* Copies that nothing else points to: the loops keep their numbers in registers. */
        panel p = panels[i];
        face f = on_row(faces[i], y);
        span all = span_of(&f, width, 0.5f);
        for (span open = next_open(hidden, all.from, all.to, i); open.from < all.to;
             open = next_open(hidden, open.to, all.to, i))
            draw_panel(row, open.from, open.to, v, t, &p, &f);
    }
}

/* Adds the glow of a coarse frame to a row: three floats for each of its columns, `glow_step` pixels apart. */
INLINE void add_glow(row *restrict row, int y, int width, const street_view *restrict v, const float *restrict glow) {
    float down = ((float)y + 0.5f) / (float)v->glow_step - 0.5f + 1.0f, share = down - floorf(down);
    const float *above = glow + (long)(int)down * v->glow_width * 3, *below = above + v->glow_width * 3;
    for (int group = 0; group * v->glow_step < width + v->glow_step; group++) {
        const float *a = above + 3 * group, *b = below + 3 * group;
        colour left = {mix(a[0], b[0], share), mix(a[1], b[1], share), mix(a[2], b[2], share)};
        colour right = {mix(a[3], b[3], share), mix(a[4], b[4], share), mix(a[5], b[5], share)};
        int from = group * v->glow_step - v->glow_step / 2;
        for (int x = from < 0 ? 0 : from; x < from + v->glow_step && x < width; x++) {
            float to_right = ((float)(x - from) + 0.5f) / (float)v->glow_step;
            row->red[x] += mix(left.r, right.r, to_right);
            row->green[x] += mix(left.g, right.g, to_right);
            row->blue[x] += mix(left.b, right.b, to_right);
        }
    }
}

FOR_EACH_CPU
void street_map(uint32_t *map, int width, int first_row, int n_rows, const street_view *view,
                const street_textures *textures, const panel *panels, int n_panels) {
    street_view v = *view;
    street_textures t = *textures;
    row row;
    face faces[MAX_PANELS];
    for (int i = 0; i < n_panels; i++) faces[i] = face_of(&v, panels + i);
    for (int y = first_row; y < first_row + n_rows; y++) {
        draw_street(&row, y, width, &v, &t, panels, faces, n_panels);
        uint32_t *out = map + (long)y * width;
#pragma omp simd
        for (int x = 0; x < width; x++)
            out[x] = root_code(row.red[x]) | root_code(row.green[x]) << 9 | root_code(row.blue[x]) << 18;
    }
}

FOR_EACH_CPU
void street_rows(uint8_t *frame, int width, int first_row, int n_rows, const street_view *view,
                 const street_textures *textures, const panel *panels, int n_panels) {
    street_view v = *view;
    street_textures t = *textures;
    row row;
    face faces[MAX_PANELS];
    for (int i = 0; i < n_panels; i++) faces[i] = face_of(&v, panels + i);
    for (int y = first_row; y < first_row + n_rows; y++) {
        draw_street(&row, y, width, &v, &t, panels, faces, n_panels);
        add_glow(&row, y, width, &v, t.glow);
        expose(frame, y, &row, width, &v.film);
    }
}
