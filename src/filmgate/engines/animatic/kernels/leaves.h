/* Draws upright plants: leaves by their pictures, and round trunks; `plants.py` says the same in NumPy. */
#ifndef LEAVES_H
#define LEAVES_H

#include "slabs.h"

INLINE picture_level level_at(const plants_textures *t, int picture, int level) {
    plant_picture p = t->pictures[picture];
    const uint32_t *texels = t->texels + p.start;
    level = level < 0 ? 0 : level < p.n_levels ? level : p.n_levels - 1;
    for (int i = 0; i < level; i++) texels += ((p.columns >> i) + BESIDE) * (p.rows >> i);
    return (picture_level){texels, p.columns >> level, p.rows >> level, halved(level)};
}

/* Columns repeat; the first and the last row go on for ever unless `wraps`. Coordinates are of the first
 * level. */
INLINE pair sample_picture(picture_level l, float u, float v, int wraps) {
    u = u * l.scale - 0.5f;
    v = v * l.scale - 0.5f;
    float u0 = floorf(u), v0 = floorf(v);
    int x = (int)u0 & (l.columns - 1), last = l.rows - 1, upper = (int)v0, lower = upper + 1;
    upper = wraps ? upper & last : upper < 0 ? 0 : upper > last ? last : upper;
    lower = wraps ? lower & last : lower < 0 ? 0 : lower > last ? last : lower;
    int stride = l.columns + BESIDE;
    pair above = across(l.texels[upper * stride + x], u - u0),
        below = across(l.texels[lower * stride + x], u - u0);
    return (pair){mix(above.a, below.a, v - v0), mix(above.b, below.b, v - v0)};
}

/* Where a row passes leaves at the ends of its blocks: texels of the first level, and how much lighter the
 * wind makes them. */
typedef struct { along_blocks u, v, shine; } passage;

INLINE void pass_leaves(passage *restrict way, const row *restrict row, int from, int to,
                        const plants_view *restrict v, const standing *restrict here, int is_wide) {
    const plant p = *here->is;
    const standing r = *here;
    for (int first = 0; from + first * BLOCK < to + BLOCK; first += BLOCK) {
#pragma omp simd
        for (int i = first; i < first + BLOCK; i++) {
            vector d = along(row->start, v->camera.right, (float)(from + i * BLOCK));
            float away = r.deep / at_least(d.z, 0.01f), px = v->camera.eye.x + d.x * away,
                py = v->camera.eye.y + d.y * away;
            float gust = is_wide ? gust_at(v, px, p.z) : r.gust,
                flutter = wave(0.9f * px + 0.55f * py + 1.7f * p.z - v->gust[2]);
            float high = py * r.tall, lean = p.sway * square(high) * (0.35f + gust + 0.18f * flutter);
            way->u[i] = r.start + (px - p.left - lean) * r.columns;
            way->v[i] = r.rows - (py - p.foot) * r.per_metre;
            way->shine[i] = v->gust_shine * gust * high;
        }
    }
}

/* Numbers that change evenly from pixel to pixel of a block. */
typedef struct { float start, step; } even;

INLINE even between(const float *ends, int i) {
    return (even){ends[i], (ends[i + 1] - ends[i]) * (1.0f / BLOCK)};
}
INLINE even in_level(even e, picture_level l) { return (even){e.start * l.scale - 0.5f, e.step * l.scale}; }
INLINE float at_pixel(even e, int i) { return e.start + e.step * (float)i; }

INLINE int row_of(picture_level l, int row) { return row < 0 ? 0 : row >= l.rows ? l.rows - 1 : row; }

/* Looks up the texels above and below the pixels of a block. */
INLINE void look_up(uint32_t *restrict above, uint32_t *restrict below, picture_level l, even u, even v) {
    int stride = l.columns + BESIDE, columns = l.columns - 1;
    int row = (int)floorf(v.start), last_row = (int)floorf(at_pixel(v, BLOCK - 1));
    if (row == last_row && fabsf(u.step) <= 2.0f) {
        const uint32_t *upper = l.texels + row_of(l, row) * stride, *lower = l.texels + row_of(l, row + 1) * stride;
        for (int half = 0; half < BLOCK; half += WINDOW / 2) {
            int start = (int)floorf(at_pixel(u, u.step < 0.0f ? half + WINDOW / 2 - 1 : half)), places[WINDOW / 2];
#pragma omp simd
            for (int i = 0; i < WINDOW / 2; i++) places[i] = (int)floorf(at_pixel(u, half + i)) - start;
            pick(above + half, upper + (start & columns), places);
            pick(below + half, lower + (start & columns), places);
        }
        return;
    }
    for (int i = 0; i < BLOCK; i++) {
        int x = (int)floorf(at_pixel(u, i)) & columns, y = (int)floorf(at_pixel(v, i));
        above[i] = l.texels[row_of(l, y) * stride + x];
        below[i] = l.texels[row_of(l, y + 1) * stride + x];
    }
}

INLINE pair mixed_texels(uint32_t above, uint32_t below, float u, float v) {
    pair upper = across(above, u - floorf(u)), lower = across(below, u - floorf(u));
    float share = v - floorf(v);
    return (pair){mix(upper.a, lower.a, share), mix(upper.b, lower.b, share)};
}

INLINE void draw_leaves(const row *restrict row, view_row *restrict seen, const slab *restrict s,
    const air_row *restrict air,
                        int from, int to, const plants_view *restrict v, const standing *restrict here,
                            int with_next,
                        int is_wide) {
    const plant p = *here->is;
    const standing r = *here;
    passage way;
    /* What the camera passes through fades before its eyes. */
    float shown = p.share * unit(2.0f * r.deep - 0.6f);
    pass_leaves(&way, row, from & -BLOCK, to, v, here, is_wide);
    for (int at = from & -BLOCK, k = 0; at < to; at += BLOCK, k++) {
        if (seen->shut[at / BLOCK]) continue;
        block b = block_at(row, seen, s, air, at);
        float lights[BLOCK], covers[BLOCK], densest = 0.0f;
        uint32_t above[BLOCK], below[BLOCK], next_above[BLOCK], next_below[BLOCK];
        even tu = between(way.u, k), tv = between(way.v, k), shine = between(way.shine, k);
        even u = in_level(tu, r.fine), w = in_level(tv, r.fine), next_u = in_level(tu, r.next), next_w = in_level(tv, r.next);
        look_up(above, below, r.fine, u, w);
        if (with_next) look_up(next_above, next_below, r.next, next_u, next_w);
#pragma omp simd reduction(max : densest)
        for (int i = 0; i < BLOCK; i++) {
            pair sample = mixed_texels(above[i], below[i], at_pixel(u, i), at_pixel(w, i));
            if (with_next) {
                pair coarser = mixed_texels(next_above[i], next_below[i], at_pixel(next_u, i), at_pixel(next_w, i));
                sample = (pair){mix(sample.a, coarser.a, r.share), mix(sample.b, coarser.b, r.share)};
            }
            lights[i] = sample.a / at_least(sample.b, 1.0f) + at_pixel(shine, i);
            float cover = unit((sample.b * UNIT_BYTE - 0.5f) * r.sharp + 0.5f) * shown;
            covers[i] = cover * within(at + i, from, to);
            densest = at_least(covers[i], densest);
        }
        /* Between leaves nothing is to be lit. */
        if (densest == 0.0f) continue;
        float most = 0.0f;
#pragma omp simd reduction(max : most)
        for (int i = 0; i < BLOCK; i++) {
            colour c = ramp(p.shade, p.middle, p.top, lights[i]);
            c = added(c, p.top, p.glow * b.sunward[i] * lights[i]);
            most = at_least(most, paint_behind(b, i, c, r.part, covers[i]));
        }
        seen->shut[at / BLOCK] = most < SHUT;
    }
}

/* A trunk is round: bark turns away at both sides, and its edges are exact at every distance. */
INLINE void draw_trunk(const row *restrict row, view_row *restrict seen, const slab *restrict s,
    const air_row *restrict air,
                       int from, int to, const plants_view *restrict v, const standing *restrict here) {
    const plant p = *here->is;
    const standing r = *here;
    float around = r.columns, middle = p.left + 0.5f * p.width, near = unit(2.0f * r.deep - 0.6f);
    for (int at = from & -BLOCK; at < to; at += BLOCK) {
        if (seen->shut[at / BLOCK]) continue;
        block b = block_at(row, seen, s, air, at);
        float most = 0.0f;
#pragma omp simd reduction(max : most)
        for (int i = 0; i < BLOCK; i++) {
            int x = at + i;
            vector d = along(row->start, v->camera.right, (float)x);
            float away = r.deep / at_least(d.z, 0.01f), px = v->camera.eye.x + d.x * away,
                py = v->camera.eye.y + d.y * away;
            float up = py - p.foot, high = up * r.tall;
            float radius = p.girth * (0.78f - 0.5f * high + 0.3f / (1.0f + 5.0f * square(up)));
            float off = px - middle - p.bow * 4.0f * high * (1.0f - high) - p.sway * square(high) * r.gust;
            float n = at_most(at_least(off / radius, -1.0f), 1.0f), n2 = square(n);
            float tu = r.start + around * n * (0.32f + 0.05f * n2 + 0.13f * square(square(n2)));
            pair sample = sample_picture(r.fine, tu, 4096.0f - up * r.per_metre, 1);
            float facing = 0.42f + 0.38f * (1.0f - n2) + 0.30f * n * v->side;
            float light = sample.a * UNIT_BYTE * facing;
            float grown = unit((sample.b * UNIT_BYTE + 0.35f * n * v->side - 0.9f + p.share / (1.0f + 0.3f *
                up)) * 4.0f);
            float rim = square(square(n2)) * p.glow * (0.5f + 0.5f * n * v->side);
            float cover = unit((radius - fabsf(off)) * r.pixels + 0.5f) * at_most(2.0f * radius * r.pixels,
                1.0f);
            colour c = mixed(p.shade, p.middle, light);
            c = mixed(c, scaled(p.top, 0.4f + 0.7f * light), grown);
            c = added(c, v->beam, rim * b.sunward[i]);
            most = at_least(most, paint_behind(b, i, c, r.part, cover * near * within(x, from, to)));
        }
        seen->shut[at / BLOCK] = most < SHUT;
    }
}

/* The pixels of a row where a plant may be. */
INLINE span seen_of(const plants_view *v, const row *row, int width, const plant *p, float deep, float left,
    float right) {
    vector a = row->start, b = v->camera.right;
    left = v->camera.eye.x - left;
    right = v->camera.eye.x - right;
    float low = v->camera.eye.y - p->foot, high = low - p->height;
    span s = where((span){0.0f, (float)width}, a.z - 0.02f, b.z);
    s = where(s, left * a.z + deep * a.x, left * b.z + deep * b.x);
    s = where(s, -right * a.z - deep * a.x, -right * b.z - deep * b.x);
    s = where(s, low * a.z + deep * a.y, low * b.z + deep * b.y);
    return where(s, -high * a.z - deep * a.y, -high * b.z - deep * b.y);
}

/* The height above its foot, as a share of all of it, at which a row passes a plant. */
INLINE float passed(const plants_view *v, const row *row, const plant *p, float deep, float x) {
    vector d = along(row->start, v->camera.right, x);
    return unit((v->camera.eye.y + d.y * deep / d.z - p->foot) / p->height);
}

/* Leaves out the pixels beside the outermost leaves of the rows of the picture that are passed. */
INLINE span leafy(const plants_view *v, const plants_textures *t, const row *row, int width,
    const standing *r, span s) {
    const plant *p = r->is;
    float one = passed(v, row, p, r->deep, s.from), other = passed(v, row, p, r->deep, s.to);
    /* A texel of a coarse level reaches beyond the leaves it was made from. */
    float beside = 1.5f / (float)r->next.columns, beyond = 1.5f * N_EXTENTS / (float)r->next.rows;
    int upper = (int)((1.0f - at_least(one, other)) * N_EXTENTS - beyond);
    int lower = (int)((1.0f - at_most(one, other)) * N_EXTENTS + beyond);
    float first = 1.0f, last = 0.0f;
    const float *extents = t->extents + 2 * N_EXTENTS * p->picture;
    for (int i = upper < 0 ? 0 : upper; i <= lower && i < N_EXTENTS; i++) {
        first = at_most(first, extents[2 * i] - beside);
        last = at_least(last, extents[2 * i + 1] + beside);
    }
    float least = p->sway * (at_most(r->gust, 0.0f) - 0.2f), most = p->sway * (at_least(r->gust,
        0.0f) + 0.6f);
    first = at_least(first, 0.0f);
    last = at_most(last, 1.0f);
    span kept = seen_of(v, row, width, p, r->deep, p->left + first * p->width + least,
        p->left + last * p->width + most);
    return (span){at_least(s.from, kept.from), at_most(s.to, kept.to)};
}

/* Leaves out the pixels beside a trunk where it is passed; it is bent by a parabola, and widest at its foot. */
INLINE span stemmed(const plants_view *v, const row *row, int width, const standing *r, span s) {
    const plant *p = r->is;
    float one = passed(v, row, p, r->deep, s.from), other = passed(v, row, p, r->deep, s.to);
    float blown = p->sway * r->gust, up = at_most(one, other) * p->height, apart = one - other;
    float radius = p->girth * (0.78f - 0.5f * up * r->tall + 0.3f / (1.0f + 5.0f * square(up)));
    float off = p->bow * 4.0f * one * (1.0f - one) + blown * square(one);
    float off_other = p->bow * 4.0f * other * (1.0f - other) + blown * square(other);
    float middle = p->left + 0.5f * p->width;
    float beside = radius + 1.0f / r->pixels + (fabsf(p->bow) + 0.25f * fabsf(blown)) * square(apart);
    span kept = seen_of(v, row, width, p, r->deep, middle + at_most(off, off_other) - beside,
        middle + at_least(off, off_other) + beside);
    return (span){at_least(s.from, kept.from), at_most(s.to, kept.to)};
}

INLINE int is_shut(const view_row *seen, int from, int to) {
    for (int at = from & -BLOCK; at < to; at += BLOCK)
        if (!seen->shut[at / BLOCK]) return 0;
    return 1;
}

INLINE void draw_plant(const row *restrict row, view_row *restrict seen, const slab *restrict s,
    const air_row *restrict air,
                       int width, const plants_view *restrict v, const plants_textures *restrict t,
                           const standing *r) {
    const plant *p = r->is;
    span here = seen_of(v, row, width, p, r->deep, p->left, p->left + p->width);
    if (is_shut(seen, first_of(here), end_of(here))) return;
    int is_wide = p->turns > 1.0f, with_next = r->share > 0.0f;
    if (p->girth > 0.0f) here = stemmed(v, row, width, r, here);
    else if (!is_wide) here = leafy(v, t, row, width, r, here);
    int from = first_of(here), to = end_of(here);
    /* What a plant lacks is left out of its loop, rather than looked up and multiplied by nothing. */
    if (p->girth > 0.0f) draw_trunk(row, seen, s, air, from, to, v, r);
    else if (is_wide && with_next) draw_leaves(row, seen, s, air, from, to, v, r, 1, 1);
    else if (is_wide) draw_leaves(row, seen, s, air, from, to, v, r, 0, 1);
    else if (with_next) draw_leaves(row, seen, s, air, from, to, v, r, 1, 0);
    else draw_leaves(row, seen, s, air, from, to, v, r, 0, 0);
}

INLINE standing stood(const plants_view *v, const plants_textures *t, const plant *p) {
    float deep = p->z - v->camera.eye.z, pixel = deep * sqrtf(dot(v->camera.right, v->camera.right));
    int slab = 0;
    while (slab + 1 < v->n_slabs && deep >= v->edges[slab + 1]) slab++;
    plant_picture picture = t->pictures[p->picture];
    standing r = {p, deep, unit((deep - v->edges[slab]) / (v->edges[slab + 1] - v->edges[slab])),
        1.0f / pixel,
                  gust_at(v, p->left + 0.5f * p->width, p->z)};
    r.slab = slab;
    r.first_row = p->first_row;
    r.end_row = p->end_row;
    r.start = p->start * (float)picture.columns;
    r.rows = (float)picture.rows;
    if (p->girth > 0.0f) {
        r.columns = (float)picture.columns;
        r.per_metre = p->turns;
        r.tall = 1.0f / p->height;
        r.fine = level_at(t, p->picture, level_of(0.6f * r.columns / p->girth * pixel, picture.n_levels));
        return r;
    }
    r.columns = (float)picture.columns * p->turns / p->width;
    r.per_metre = r.rows / p->height;
    r.tall = 1.0f / (p->foot + p->height);
    /* What is seen larger than it was drawn gets its edges back. */
    r.sharp = at_least(1.0f, 0.8f / (r.columns * pixel));
    float octave = log2f(at_least(r.columns * pixel, 1.0f)) + 0.15f, level = floorf(octave);
    r.share = unit((octave - level - 0.4f) * 5.0f);
    int finest = (int)level + (r.share == 1.0f);
    r.share = r.share == 1.0f ? 0.0f : r.share;
    r.fine = level_at(t, p->picture, finest);
    r.next = level_at(t, p->picture, finest + 1);
    return r;
}

#endif
