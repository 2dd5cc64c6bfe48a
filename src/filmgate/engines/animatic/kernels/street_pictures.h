/* What stands and hangs in a street, with its own light; `street_pictures.py` says the same in NumPy. */
#ifndef STREET_PICTURES_H
#define STREET_PICTURES_H

#include "street_faces.h"

enum { PICTURE_LEVELS = 6 };
/* Texels of pictures, across and down, of which is known together whether anything is drawn there. */
enum { CELL = 8 };
/* A glow is soft as long as a pixel covers fewer of its texels. */
static const float SOFT_TEXELS = 3.0f;

/* Whether anything of a picture is seen by eight pixels. Its texels are told apart by cells of some; one
 * that is small shows texels from farther away. */
INLINE int is_drawn(const uint8_t *restrict drawn, const panel *p, const face *f, int at, float texels) {
    if (texels > (float)CELL / 2) return 1;
    meeting one = meet(f, (float)at), two = meet(f, (float)(at + EIGHT - 1));
    float wide = p->texels_wide * (1.0f / CELL), high = p->texels_high * (1.0f / CELL);
    int left = (int)(wide * at_most(one.s, two.s));
    int right = (int)at_most(wide * at_least(one.s, two.s), wide - 1.0f);
    int top = (int)(high * (1.0f - at_least(one.t, two.t)));
    int bottom = (int)at_most(high * (1.0f - at_most(one.t, two.t)), high - 1.0f);
    const uint8_t *cells = drawn + p->first_texel / (CELL * CELL);
    int found = 0;
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++) found |= cells[y * (int)wide + x];
    return found;
}

/* One level of a picture. */
typedef struct { const uint32_t *texels; float wide, high; } page;

/* Levels follow one another, each with a quarter of the texels of the one before. */
INLINE page page_of(const uint32_t *restrict pictures, const panel *p, float texels) {
    int level = level_of(texels, PICTURE_LEVELS), whole = 4 * (int)p->texels_wide * (int)p->texels_high;
    int before = (whole - (whole >> 2 * level)) / 3;
    return (page){pictures + p->first_texel + before, p->texels_wide * halved(level),
        p->texels_high * halved(level)};
}

INLINE lit_texel pictured(page g, float s, float t) {
    return sample_light(g.texels, (int)g.wide, s * g.wide - 0.5f, (1.0f - t) * g.high - 0.5f, 0.0f, 0.0f,
                        g.wide - 1.0f, g.high - 1.0f);
}

/* Ties a knot of a picture: the air before it, and the share of its light that is seen from close by. */
INLINE void tie_picture(knots *restrict k, int i, float x, const row *row, const street_view *v,
                        const panel *p, const face *f) {
    vector ray = along(row->start, v->camera.right, x);
    float length = sqrtf(dot(ray, ray));
    meeting m = meet_widely(f, x);
    tie_air(k, i, v, stretched(ray, 1.0f / length), m.far * length);
    k->pass[i] = unit(m.far * length * 0.5f - 0.6f) * p->lit;
    k->foot[i] = at_least(m.wide * p->texels_wide, m.high * p->texels_high);
}

/* Eight pixels of a picture: the first of them and its knot, where the texels of each are, and these. */
typedef struct {
    int at, knot, place[EIGHT], below[EIGHT];
    float across_share[EIGHT], down_share[EIGHT];
    uint64_t upper[EIGHT], lower[EIGHT];
} excerpt;

INLINE void find_excerpt(excerpt *restrict e, page g, int at, int knot, const face *restrict f) {
    e->at = at;
    e->knot = knot;
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        meeting m = meet(f, (float)(at + i));
        float u = at_most(at_least(m.s * g.wide - 0.5f, 0.0f), g.wide - 1.0f);
        float v = at_most(at_least((1.0f - m.t) * g.high - 0.5f, 0.0f), g.high - 1.0f);
        int x = (int)u, y = (int)v;
        e->place[i] = y * (int)g.wide + x;
        e->below[i] = (float)y + 1.5f < g.high ? e->place[i] + (int)g.wide : e->place[i];
        e->across_share[i] = u - (float)x;
        e->down_share[i] = v - (float)y;
    }
    /* Two neighbours come with one load, which compilers do not see; past the last column they have no share. */
#pragma GCC unroll 8
    for (int i = 0; i < EIGHT; i++) {
        memcpy(e->upper + i, g.texels + e->place[i], sizeof *e->upper);
        memcpy(e->lower + i, g.texels + e->below[i], sizeof *e->lower);
    }
}

/* Puts eight pixels of a picture before what is behind it, as far as its cover hides that. */
INLINE void lay_excerpt(row *restrict row, const excerpt *restrict e, const knots *restrict k,
                        const panel *restrict p, const face *restrict f) {
    int j = e->knot;
#pragma omp simd
    for (int i = 0; i < EIGHT; i++) {
        int x = e->at + i;
        lit_texel above = blended(coded((uint32_t)e->upper[i]), coded((uint32_t)(e->upper[i] >> 32)),
                                  e->across_share[i]);
        lit_texel below = blended(coded((uint32_t)e->lower[i]), coded((uint32_t)(e->lower[i] >> 32)),
                                  e->across_share[i]);
        lit_texel c = decoded(blended(above, below, e->down_share[i]));
        float cover = covering(f, (float)x) * between_knots(k->pass + j, i), hides = c.cover * cover;
        cover *= between_knots(k->clear + j, i);
        float red = between_knots(k->haze_red + j, i), green = between_knots(k->haze_green + j, i);
        float blue = between_knots(k->haze_blue + j, i);
        row->red[x] += c.r * p->tint.r * cover + hides * (red - row->red[x]);
        row->green[x] += c.g * p->tint.g * cover + hides * (green - row->green[x]);
        row->blue[x] += c.b * p->tint.b * cover + hides * (blue - row->blue[x]);
    }
}

/* A picture with its own light, of which its cover hides what is behind: none where it only glows. */
INLINE void draw_picture(row *restrict row, int y, span seen, const knots *restrict k,
                         const street_textures *restrict t, const panel *restrict p, const face *restrict f) {
    excerpt some[SOME];
    int n = 0;
    for (int at = seen.from / EIGHT * EIGHT, j = 0; at < seen.to; at += EIGHT, j++) {
        if (is_drawn(t->drawn, p, f, at, k->foot[j])) {
            /* Eights change to another level one after the other, in an order that stays: noise would flicker. */
            float order = (float)((at / EIGHT * 3 + y * 5) & 7) * 0.125f - 0.4375f;
            find_excerpt(some + n++, page_of(t->pictures, p, k->foot[j] * (0.9f + 0.4f * order)), at, j, f);
        }
        if (n < SOME && at + EIGHT < seen.to) continue;
        for (int i = 0; i < n; i++) lay_excerpt(row, some + i, k, p, f);
        n = 0;
    }
}

/* Light in the air, which changes so slowly that its texels are looked up at knots alone. */
INLINE void draw_glow(row *restrict row, span seen, span all, knots *restrict k,
                      const street_textures *restrict t, const panel *restrict p, const face *restrict f) {
    int first = seen.from / EIGHT, n = n_knots(seen);
    page g = page_of(t->pictures, p, k->foot[0]);
    for (int some = 0; some < n; some += EIGHT) {
#pragma omp simd
        for (int i = some; i < some + EIGHT; i++) {
            meeting m = meet(f, knot_place(first + i, all));
            lit_texel c = pictured(g, m.s, m.t);
            float share = k->pass[i] * k->clear[i];
            k->red[i] = c.r * p->tint.r * share;
            k->green[i] = c.g * p->tint.g * share;
            k->blue[i] = c.b * p->tint.b * share;
        }
    }
    for (int at = first * EIGHT, j = 0; at < seen.to; at += EIGHT, j++) {
#pragma omp simd
        for (int i = 0; i < EIGHT; i++) {
            float cover = covering(f, (float)(at + i));
            row->red[at + i] += cover * between_knots(k->red + j, i);
            row->green[at + i] += cover * between_knots(k->green + j, i);
            row->blue[at + i] += cover * between_knots(k->blue + j, i);
        }
    }
}

INLINE void draw_own_light(row *restrict row, int y, span seen, span all, knots *restrict k,
                           const street_view *restrict v, const street_textures *restrict t,
                           const panel *restrict p, const face *restrict f) {
    int first = seen.from / EIGHT, n = n_knots(seen);
    for (int some = 0; some < n; some += EIGHT) {
#pragma omp simd
        for (int i = some; i < some + EIGHT; i++) tie_picture(k, i, knot_place(first + i, all), row, v, p, f);
    }
    if (p->kind == GLOW && k->foot[0] < SOFT_TEXELS)
        draw_glow(row, seen, all, k, t, p, f);
    else
        draw_picture(row, y, seen, k, t, p, f);
}

#endif
