/* The fronts of a street: walls of courses and ledges around windows; `street_fronts.py` says the same in
 * NumPy. */
#ifndef STREET_FRONTS_H
#define STREET_FRONTS_H

#include "street_rooms.h"

enum { LIGHT_COLUMNS = 512, LIGHT_LAST_ROW = 63 };
enum { TILE_SIDE = 256, TILE_LEVELS = 8, GRIT_SIDE = 128, GRIT_LEVELS = 7 };
static const float LIGHT_FROM = 16.0f, LIGHT_PER_METRE = 2.0f, LIGHT_PER_RISE = 63.0f / 48.0f;
/* Texels of a wall's grain to a metre, coarse and fine, and how many of them a pixel covers at most before
 * they are gone. */
static const float COARSE_GRAIN = 52.0f, FINE_GRAIN = 190.0f, COARSE_SEEN = 40.0f, FINE_SEEN = 3.0f;
static const float SNOW_RED = 0.80f, SNOW_GREEN = 0.83f, SNOW_BLUE = 0.88f;

/* Eight pixels of a front: how much of each it covers, the light of its wall, the share of glass in it, and
 * where in which room they look. */
typedef struct {
    float cover[EIGHT], red[EIGHT], green[EIGHT], blue[EIGHT], glass[EIGHT], a[EIGHT], b[EIGHT];
    uint32_t room[EIGHT];
} eight;

INLINE lit_texel light_at(const street_textures *restrict t, float z, float up, float row) {
    return sample_light(t->lightmap, LIGHT_COLUMNS, (z + LIGHT_FROM) * LIGHT_PER_METRE, row + up, 0.0f, row,
                        (float)(LIGHT_COLUMNS - 1), row + (float)LIGHT_LAST_ROW);
}

INLINE pair sample_tile(const uint32_t *restrict tile, int level, float u, float v) {
    return bilinear(tile, TILE_SIDE, level, TILE_SIDE, u, (v + 0.5f) * halved(level) - 0.5f);
}

/* A sample of one level of a texture, -128 to 127: its levels lie side by side, each with half the columns
 * of the one before, and each texel holds the numbers of four neighbours. */
INLINE float sample_grit(const uint32_t *restrict tile, int level, float u, float v) {
    u = (u + 0.5f) * halved(level) - 0.5f;
    float u0 = floorf(u), v0 = floorf(v), fu = u - u0, fv = v - v0;
    int column = 2 * GRIT_SIDE - ((2 * GRIT_SIDE) >> level) + ((int)u0 & ((GRIT_SIDE >> level) - 1));
    uint32_t texel = tile[((int)v0 & (GRIT_SIDE - 1)) * 2 * GRIT_SIDE + column];
    float above = mix((float)(int)(texel & 255), (float)(int)(texel >> 8 & 255), fu);
    float below = mix((float)(int)(texel >> 16 & 255), (float)(int)(texel >> 24), fu);
    return mix(above, below, fv) - 128.0f;
}

/* Ties a knot of a front: what its wall throws back, where no ledge is above, and what its glass does. */
INLINE void tie_front(knots *restrict k, int i, float x, const row *row, const street_view *v,
                      const street_textures *restrict t, const panel *p, const face *f) {
    meeting m = meet_widely(f, x);
    vector ray = along(row->start, v->camera.right, x), place = along(v->camera.eye, ray, m.far);
    float length = sqrtf(dot(ray, ray));
    vector d = stretched(ray, 1.0f / length);
    tie_air(k, i, v, d, m.far * length);
    float clear = k->clear[i], foot_a = at_least(m.wide * p->width / p->room_width, 1e-3f);
    float foot_b = at_least(m.high * p->height / p->room_height, 1e-3f);
    k->half_a[i] = 0.5f * foot_a;
    k->half_b[i] = 0.5f * foot_b;
    k->sharp_a[i] = 1.0f / foot_a;
    k->sharp_b[i] = 1.0f / foot_b;
    k->foot[i] = at_least(m.wide * p->width, m.high * p->height);
    k->along[i] = dot(d, f->across_way);
    k->upward[i] = dot(d, f->rise_way);
    k->inward[i] = at_least(dot(d, f->inward), 1e-3f);

    float u = m.s * p->width, rise = m.t * p->height;
    pair stain = sample_tile(t->grain, level_of(k->foot[i] * 2.4f, TILE_LEVELS), u * 5.0f + p->base,
                             rise * 1.3f);
    k->dirt[i] = (stain.b - 128.0f) * 0.0028f;
    k->wash[i] = 0.16f * decay(-1.1f * rise) * v->lamps * clear;
    lit_texel lamp = light_at(t, place.z, place.y * LIGHT_PER_RISE, p->light_row);
    colour light = added(scaled(v->ambient, 0.35f + 0.65f * unit(place.y * 0.04f)), v->sun_light,
                         lamp.cover * f->sun);
    light = scaled(added(light, (colour){lamp.r, lamp.g, lamp.b}, v->lamps), clear);
    k->red[i] = light.r;
    k->green[i] = light.g;
    k->blue[i] = light.b;

    float steep = 1.0f - unit(dot(d, f->inward)), fresnel = 0.05f + 0.85f * square(square(steep)) * steep;
    colour shine = scaled(glass_mirror(v, f, d, place.y), fresnel * clear);
    k->pass[i] = (0.92f - 0.6f * fresnel) * clear;
    k->shine_red[i] = shine.r;
    k->shine_green[i] = shine.g;
    k->shine_blue[i] = shine.b;
}

/* Lays grain over eight pixels of a wall, as long as they are fine enough to show it. */
INLINE void lay_wall_grain(float *restrict grain, const uint32_t *restrict tile, const float *restrict u,
                           const float *restrict v, float foot, float texels, float seen, float strength) {
    int level = level_of(foot * texels, GRIT_LEVELS);
    float share = strength * unit(1.5f - 1.5f * foot * texels / seen);
    if (share == 0.0f) return;
#pragma omp simd
    for (int i = 0; i < EIGHT; i++)
        grain[i] += share * sample_grit(tile, level, u[i] * texels, v[i] * texels);
}

/* Lights the walls of eight pixels, and finds their windows. */
INLINE void light_walls(eight *restrict e, const knots *restrict k, int j, int at, const street_view *v,
                        const uint32_t *restrict tile, const panel *p, const face *f, int is_shop) {
    float along[EIGHT], up[EIGHT], grain[EIGHT] = {0.0f};
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        meeting m = meet(f, (float)(at + i));
        along[i] = m.s * p->width;
        up[i] = m.t * p->height;
    }
    if (v->has_ground) {
        lay_wall_grain(grain, tile, along, up, k->foot[j], COARSE_GRAIN, COARSE_SEEN, 0.0021f);
        lay_wall_grain(grain, tile, along, up, k->foot[j], FINE_GRAIN, FINE_SEEN, 0.0012f);
    }
    float by_width = 1.0f / p->room_width, by_height = 1.0f / p->room_height, dust = 0.35f * v->dust;
    colour wall = scaled(p->wall, 1.0f - dust), sand = {0.50f * dust, 0.38f * dust, 0.24f * dust};
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        float half_a = between_knots(k->half_a + j, i), sharp_a = between_knots(k->sharp_a + j, i);
        float half_b = between_knots(k->half_b + j, i), sharp_b = between_knots(k->sharp_b + j, i);
        float many_a = unit(6.0f * half_a - 1.5f), many_b = unit(6.0f * half_b - 1.5f);
        float a = along[i] * by_width, b = up[i] * by_height, column = floorf(a), floor_number = floorf(b);
        a -= column;
        b -= floor_number;
        float off_a = fabsf(a - 0.5f), off_b = fabsf(b - 0.5f);
        float glass = strip(off_a, 0.5f * p->pane_width, half_a, sharp_a, many_a) *
                      strip(off_b, 0.5f * p->pane_height, half_b, sharp_b, many_b);
        float framed = strip(off_a, 0.5f * p->pane_width + 0.035f, half_a, sharp_a, many_a) *
                       strip(off_b, 0.5f * p->pane_height + 0.045f, half_b, sharp_b, many_b);
        float bar = strip(off_a, 0.0125f, half_a, sharp_a, many_a);
        if (!is_shop) bar += strip(fabsf(b - 0.18f), 0.0175f, half_b, sharp_b, many_b);
        float ledge = strip(at_most(b + 0.02f, fabsf(b - 0.98f)), 0.05f, half_b, sharp_b, many_b);
        float sill = strip(fabsf(b - 0.045f), 0.025f, half_b, sharp_b, many_b);
        float under = 1.0f - 0.45f * strip(fabsf(b - 0.885f), 0.045f, half_b, sharp_b, many_b);
        float pier = 1.0f - strip(off_a, 0.45f, half_a, sharp_a, many_a);

        float shade = 1.0f + grain[i] + between_knots(k->dirt + j, i);
        shade += 0.25f * ledge - 0.044f * pier * p->depth;
        /* The head of a window lies in shadow, and its sill in light. */
        shade = at_least(shade - (0.18f + 0.40f * b) * (framed - framed * glass), 0.1f);
        float white = v->snow * unit(ledge * 0.9f + sill);
        float red = between_knots(k->red + j, i) * under, green = between_knots(k->green + j, i) * under;
        float blue = between_knots(k->blue + j, i) * under;
        red *= mix(wall.r * shade + sand.r, SNOW_RED, white);
        green *= mix(wall.g * shade + sand.g, SNOW_GREEN, white);
        blue *= mix(wall.b * shade + sand.b, SNOW_BLUE, white);
        if (!is_shop) {
            /* A tube of light along the foot of some fronts, and its wash on the wall. */
            float sharp = sharp_b * by_height, low = fabsf(up[i] - 0.16f);
            float tube = unit((0.055f - low) * sharp + 0.5f) * unit(0.06f * sharp);
            float shine = 3.2f * tube * v->lamps * between_knots(k->clear + j, i);
            shine += between_knots(k->wash + j, i);
            red += p->tint.r * shine;
            green += p->tint.g * shine;
            blue += p->tint.b * shine;
            glass *= 1.0f - tube;
        }
        e->cover[i] = covering(f, (float)(at + i));
        e->red[i] = red;
        e->green[i] = green;
        e->blue[i] = blue;
        e->a[i] = a;
        e->b[i] = b;
        e->glass[i] = e->cover[i] > 0.0f ? glass * (1.0f - unit(bar)) : 0.0f;
        e->room[i] = scramble(column, floor_number, p->seed);
    }
}

/* Puts windows into eight pixels of wall. */
INLINE void glaze(eight *restrict e, const knots *restrict k, int j, const street_view *v, const panel *p,
                  int is_shop) {
    colour mean = added(scaled(v->window_mean, p->lit * v->lamps), v->ambient, 0.05f);
    int is_far = at_most(at_least(k->half_a[j], k->half_b[j]), at_least(k->half_a[j + 1],
                                                                        k->half_b[j + 1])) > 0.47f;
    float red[EIGHT], green[EIGHT], blue[EIGHT];
    for (int i = 0; i < EIGHT; i++) {
        red[i] = mean.r;
        green[i] = mean.g;
        blue[i] = mean.b;
    }
    if (!is_far) {
#pragma omp simd
        for (int i = 0; i < EIGHT; i++) {
            float half_a = between_knots(k->half_a + j, i), half_b = between_knots(k->half_b + j, i);
            glimpse g = {e->a[i], e->b[i], between_knots(k->along + j, i), between_knots(k->upward + j, i),
                         between_knots(k->inward + j, i), half_b, between_knots(k->sharp_b + j, i),
                         between_knots(k->foot + j, i)};
            colour inside = window_light(v, p, g, e->room[i], is_shop);
            inside = mixed(inside, mean, unit(3.2f * at_least(half_a, half_b) - 0.5f));
            red[i] = inside.r;
            green[i] = inside.g;
            blue[i] = inside.b;
        }
    }
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        float pass = between_knots(k->pass + j, i), glass = e->glass[i];
        e->red[i] = mix(e->red[i], red[i] * pass + between_knots(k->shine_red + j, i), glass);
        e->green[i] = mix(e->green[i], green[i] * pass + between_knots(k->shine_green + j, i), glass);
        e->blue[i] = mix(e->blue[i], blue[i] * pass + between_knots(k->shine_blue + j, i), glass);
    }
}

/* Draws the pixels of a row that a front covers; `seen` are those that nothing nearer hides, of `all`. */
INLINE void draw_front(row *restrict row, span seen, span all, knots *restrict k,
                       const street_view *restrict v, const street_textures *restrict t,
                       const panel *restrict p, const face *restrict f, int is_shop) {
    int first = seen.from / EIGHT, n = n_knots(seen);
    for (int some = 0; some < n; some += EIGHT) {
#pragma omp simd
        for (int i = 0; i < EIGHT; i++)
            tie_front(k, some + i, knot_place(first + some + i, all), row, v, t, p, f);
    }
    for (int at = first * EIGHT, j = 0; at < seen.to; at += EIGHT, j++) {
        eight e;
        light_walls(&e, k, j, at, v, t->grit, p, f, is_shop);
        float most = 0.0f;
        for (int i = 0; i < EIGHT; i++) most = at_least(e.glass[i], most);
        if (most > 0.0f) glaze(&e, k, j, v, p, is_shop);
#pragma omp simd
        for (int i = 0; i < EIGHT; i++) {
            int x = at + i;
            row->red[x] = mix(row->red[x], e.red[i] + between_knots(k->haze_red + j, i), e.cover[i]);
            row->green[x] = mix(row->green[x], e.green[i] + between_knots(k->haze_green + j, i), e.cover[i]);
            row->blue[x] = mix(row->blue[x], e.blue[i] + between_knots(k->haze_blue + j, i), e.cover[i]);
        }
    }
}

#endif
