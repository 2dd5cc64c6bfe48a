/* The fronts of a street: sheets of what each room shows, behind whose glass it lies; `street_fronts.py` says the same in
 * NumPy. */
#ifndef STREET_FRONTS_H
#define STREET_FRONTS_H

#include "street_rooms.h"

enum { LIGHT_COLUMNS = 512, LIGHT_LAST_ROW = 63 };
enum { TILE_SIDE = 256, TILE_LEVELS = 8, GRIT_SIDE = 128, GRIT_LEVELS = 7 };
static const float LIGHT_FROM = 16.0f, LIGHT_PER_METRE = 2.0f, LIGHT_PER_RISE = 63.0f / 48.0f;
/* Each sheet has its levels of halved columns after one another, and in each of them those of halved rows. */
enum { SHEET_SIDE = 256, SHEET_LEVELS = 8, SHEET_TEXELS = 4 * SHEET_SIDE * SHEET_SIDE };
enum { SHEET_BITS = 26 };
/* Two bytes of a texel with room beside each for what they are multiplied by. */
static const uint32_t EVEN_BYTES = 0x00FF00FFu;
/* How much smaller than a pixel texels are chosen, and how many times larger ones are told apart sharply. */
static const float SHEET_FINER = 1.2f, SHEET_SHARPEST = 2.5f;
/* Texels of a wall's grain to a metre, and how many of them a pixel covers at most before they are gone. */
static const float GRAIN = 190.0f, GRAIN_SEEN = 2.0f, GRAIN_STRENGTH = 0.0011f;

/* Eight pixels of a front: how much of each it covers, the light of its wall, the share of glass in it, and
 * where in which room they look; where the texels of that room's sheet are, in what shares, and these. */
typedef struct {
    float cover[EIGHT], red[EIGHT], green[EIGHT], blue[EIGHT], glass[EIGHT], a[EIGHT], b[EIGHT];
    float along[EIGHT], up[EIGHT], grain[EIGHT];
    uint32_t room[EIGHT], across_share[EIGHT], up_share[EIGHT];
    int place[EIGHT];
    uint64_t lower[EIGHT], upper[EIGHT];
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

/* Ties a knot of a front: the light on its wall, less what stains it, and what its glass does. */
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
    float shade = clear * at_least(1.0f + (stain.b - 128.0f) * 0.0028f, 0.1f);
    k->wash[i] = 0.16f * decay(-1.1f * rise) * v->lamps * clear;
    lit_texel lamp = light_at(t, place.z, place.y * LIGHT_PER_RISE, p->light_row);
    colour light = added(scaled(v->ambient, 0.35f + 0.65f * unit(place.y * 0.04f)), v->sun_light,
                         lamp.cover * f->sun);
    light = scaled(added(light, (colour){lamp.r, lamp.g, lamp.b}, v->lamps), shade);
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
INLINE void lay_wall_grain(eight *restrict e, const uint32_t *restrict tile, float foot) {
    int level = level_of(foot * GRAIN, GRIT_LEVELS);
    float share = GRAIN_STRENGTH * unit(1.5f - 1.5f * foot * GRAIN / GRAIN_SEEN);
    for (int i = 0; i < EIGHT; i++) e->grain[i] = 1.0f;
    if (share == 0.0f) return;
#pragma omp simd
    for (int i = 0; i < EIGHT; i++)
        e->grain[i] += share * sample_grit(tile, level, e->along[i] * GRAIN, e->up[i] * GRAIN);
}

/* Mixes all four bytes of two texels; `share` counts 256ths of the second. */
INLINE uint32_t mixed_bytes(uint32_t one, uint32_t two, uint32_t share) {
    uint32_t even = (one & EVEN_BYTES) * (256 - share) + (two & EVEN_BYTES) * share;
    uint32_t odd = (one >> 8 & EVEN_BYTES) * (256 - share) + (two >> 8 & EVEN_BYTES) * share;
    return (even >> 8 & EVEN_BYTES) | (odd & ~EVEN_BYTES);
}

/* One level of all sheets. Where a texel is larger than a pixel its edges are drawn as much narrower. */
typedef struct { const uint32_t *texels; float wide, high, across, up; int pitch; } sheet_level;

INLINE sheet_level level_of_sheets(const uint32_t *restrict cladding, float half_a, float half_b) {
    float foot_a = 2.0f * half_a * (float)SHEET_SIDE, foot_b = 2.0f * half_b * (float)SHEET_SIDE;
    int across = level_of(foot_a * SHEET_FINER, SHEET_LEVELS), up = level_of(foot_b * SHEET_FINER, SHEET_LEVELS);
    int before = 2 * SHEET_SIDE - (2 * SHEET_SIDE >> across), below = 2 * SHEET_SIDE - (2 * SHEET_SIDE >> up);
    int wide = SHEET_SIDE >> across;
    return (sheet_level){
        cladding + before * 2 * SHEET_SIDE + below * wide, (float)wide, (float)(SHEET_SIDE >> up),
        at_most(at_least(1.0f / foot_a, 1.0f), SHEET_SHARPEST),
        at_most(at_least(1.0f / foot_b, 1.0f), SHEET_SHARPEST), wide};
}

/* The byte's worth of a place between two texels. */
INLINE uint32_t share_of(float x, float sharper) { return (uint32_t)(int)(unit((x - 0.5f) * sharper + 0.5f) * 256.0f); }

/* Finds the places of eight pixels in the sheets of their rooms. */
INLINE void find_texels(eight *restrict e, sheet_level l) {
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        float u = at_most(at_least(e->a[i] * l.wide - 0.5f, 0.0f), l.wide - 1.0f);
        float v = at_most(at_least(e->b[i] * l.high - 0.5f, 0.0f), l.high - 1.0f);
        int x = (int)u, y = (int)v;
        e->place[i] = (int)(e->room[i] >> SHEET_BITS) * SHEET_TEXELS + y * l.pitch + x;
        e->across_share[i] = share_of(u - (float)x, l.across);
        e->up_share[i] = share_of(v - (float)y, l.up);
    }
}

/* Fetches their texels, two neighbours with one load, which compilers do not see. What lies past the last column
 * or row of a sheet has no share. */
INLINE void fetch_texels(eight *restrict e, const uint32_t *restrict texels, int pitch) {
#pragma GCC unroll 8
    for (int i = 0; i < EIGHT; i++) {
        memcpy(e->lower + i, texels + e->place[i], sizeof *e->lower);
        memcpy(e->upper + i, texels + e->place[i] + pitch, sizeof *e->upper);
    }
}

INLINE uint32_t mixed_texel(const eight *restrict e, int i) {
    uint32_t below = mixed_bytes((uint32_t)e->lower[i], (uint32_t)(e->lower[i] >> 32), e->across_share[i]);
    uint32_t above = mixed_bytes((uint32_t)e->upper[i], (uint32_t)(e->upper[i] >> 32), e->across_share[i]);
    return mixed_bytes(below, above, e->up_share[i]);
}

/* The square of the byte that is `shift` bits up in a texel, as a share of the largest. */
INLINE float squared_byte(uint32_t texel, int shift) {
    return square((float)(int)(texel >> shift & 255) * (1.0f / 255.0f));
}

/* Adds a tube of light along the foot of a front, and its wash on the wall. */
INLINE void add_tube(eight *restrict e, const knots *restrict k, int j, const street_view *v, const panel *p) {
    float by_height = 1.0f / p->room_height;
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        float sharp = between_knots(k->sharp_b + j, i) * by_height, low = fabsf(e->up[i] - 0.16f);
        float tube = unit((0.055f - low) * sharp + 0.5f) * unit(0.06f * sharp);
        float shine = 3.2f * tube * v->lamps * between_knots(k->clear + j, i);
        shine += between_knots(k->wash + j, i);
        e->red[i] += p->tint.r * shine;
        e->green[i] += p->tint.g * shine;
        e->blue[i] += p->tint.b * shine;
        e->glass[i] *= 1.0f - tube;
    }
}

/* Finds where eight pixels meet a front, and the texels there. */
INLINE void find_rooms(eight *restrict e, const knots *restrict k, int j, int at, const street_view *v,
                       const street_textures *restrict t, const panel *p, const face *f) {
    float by_width = 1.0f / p->room_width, by_height = 1.0f / p->room_height;
    float last_column = (float)(p->columns - 1), last_floor = (float)(p->floors - 1);
    const uint32_t *rooms = t->rooms + p->first_room;
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        meeting m = meet(f, (float)(at + i));
        e->along[i] = m.s * p->width;
        e->up[i] = m.t * p->height;
        e->cover[i] = covering(f, (float)(at + i));
        float a = e->along[i] * by_width, b = e->up[i] * by_height;
        float column = at_most(floorf(a), last_column), number = at_most(floorf(b), last_floor);
        e->a[i] = a - column;
        e->b[i] = b - number;
        e->room[i] = rooms[(int)number * p->columns + (int)column];
    }
    lay_wall_grain(e, t->grit, v->has_ground ? k->foot[j] : 1.0f);
    find_texels(e, level_of_sheets(t->cladding, k->half_a[j], k->half_b[j]));
}

/* Lights the walls of eight pixels. */
INLINE void light_walls(eight *restrict e, const knots *restrict k, int j, const street_view *v, const panel *p) {
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        uint32_t texel = mixed_texel(e, i);
        float many = unit(6.0f * at_least(between_knots(k->half_a + j, i), between_knots(k->half_b + j, i)) - 1.5f);
        float grain = e->grain[i], glass = mix((float)(int)(texel >> 24) * (1.0f / 255.0f), p->mean_glass, many);
        e->red[i] = between_knots(k->red + j, i) * mix(p->wall.r * squared_byte(texel, 0), p->mean.r, many) * grain;
        e->green[i] = between_knots(k->green + j, i) * mix(p->wall.g * squared_byte(texel, 8), p->mean.g,
                                                           many) * grain;
        e->blue[i] = between_knots(k->blue + j, i) * mix(p->wall.b * squared_byte(texel, 16), p->mean.b, many) *
            grain;
        e->glass[i] = e->cover[i] > 0.0f ? glass : 0.0f;
    }
    if (p->tint.r + p->tint.g + p->tint.b > 0.0f) add_tube(e, k, j, v, p);
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
    if (!v->has_ground) {
#pragma omp simd
        for (int i = 0; i < EIGHT; i++) {
            colour inside = mirrored_window_light(v, p, shuffled(e->room[i]), is_shop);
            float half = at_least(between_knots(k->half_a + j, i), between_knots(k->half_b + j, i));
            inside = mixed(inside, mean, unit(3.2f * half - 0.5f));
            red[i] = inside.r;
            green[i] = inside.g;
            blue[i] = inside.b;
        }
    } else if (!is_far) {
#pragma omp simd
        for (int i = 0; i < EIGHT; i++) {
            float half_a = between_knots(k->half_a + j, i), half_b = between_knots(k->half_b + j, i);
            glimpse g = {e->a[i], e->b[i], between_knots(k->along + j, i), between_knots(k->upward + j, i),
                         between_knots(k->inward + j, i), half_b, between_knots(k->sharp_b + j, i),
                         between_knots(k->foot + j, i)};
            colour inside = window_light(v, p, g, shuffled(e->room[i]), is_shop);
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

/* Puts eight pixels of a front before what is behind it. */
INLINE void lay_over(row *restrict row, int at, const eight *restrict e, const knots *restrict k, int j) {
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        int x = at + i;
        row->red[x] = mix(row->red[x], e->red[i] + between_knots(k->haze_red + j, i), e->cover[i]);
        row->green[x] = mix(row->green[x], e->green[i] + between_knots(k->haze_green + j, i), e->cover[i]);
        row->blue[x] = mix(row->blue[x], e->blue[i] + between_knots(k->haze_blue + j, i), e->cover[i]);
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
    int n_eights = (seen.to + EIGHT - 1) / EIGHT - first;
    eight eights[SOME];
    for (int start = 0; start < n_eights; start += SOME) {
        int end = start + SOME < n_eights ? start + SOME : n_eights;
        for (int j = start; j < end; j++) find_rooms(eights + j - start, k, j, (first + j) * EIGHT, v, t, p, f);
        for (int j = start; j < end; j++) {
            sheet_level l = level_of_sheets(t->cladding, k->half_a[j], k->half_b[j]);
            fetch_texels(eights + j - start, l.texels, l.pitch);
        }
        for (int j = start; j < end; j++) light_walls(eights + j - start, k, j, v, p);
        for (int j = start; j < end; j++) {
            eight *e = eights + j - start;
            float most = 0.0f;
            for (int i = 0; i < EIGHT; i++) most = at_least(e->glass[i], most);
            if (most > 0.0f) glaze(e, k, j, v, p, is_shop);
            lay_over(row, (first + j) * EIGHT, e, k, j);
        }
    }
}

#endif
