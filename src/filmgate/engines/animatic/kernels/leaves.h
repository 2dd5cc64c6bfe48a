/* Draws upright plants: leaves by their pictures, and round trunks; `plants.py` says the same in NumPy. */
#ifndef LEAVES_H
#define LEAVES_H

#include "pictures.h"

/* Where a row passes leaves at the ends of its blocks: texels of the first level, and how much lighter
 * wind and shadows make them. */
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
            float ripe = is_wide ? v->drift * ripe_at(px, p.z) : 0.0f;
            way->shine[i] = (v->gust_shine * gust + ripe) * high - (is_wide ? dark_at(v, px, p.z) : r.dark);
        }
    }
}

/* Numbers that change evenly from pixel to pixel of a block. */
typedef struct { float start, step; } even;

INLINE even between(const float *ends, int i) {
    return (even){ends[i], (ends[i + 1] - ends[i]) * (1.0f / BLOCK)};
}
INLINE float at_pixel(even e, int i) { return e.start + e.step * (float)i; }

INLINE void look_up_evenly(looked_up *restrict to, picture_level l, even u, even v) {
#pragma omp simd
    for (int i = 0; i < BLOCK; i++) {
        to->u[i] = (u.start + u.step * (float)i) * l.scale - 0.5f;
        to->v[i] = (v.start + v.step * (float)i) * l.scale - 0.5f;
    }
    look_up(to, l, 0);
}

/* In which 64ths of its columns a picture has leaves between two of its rows. */
INLINE uint64_t leaves_between(const standing *r, float top, float bottom) {
    int band = (int)at_most(at_least(top * r->bands, 0.0f), N_BANDS - 1.0f);
    int last = (int)at_most(at_least(bottom * r->bands, 0.0f), N_BANDS - 1.0f);
    uint64_t leaves = r->leafy[last];
    for (; band < last; band++) leaves |= r->leafy[band];
    return leaves;
}

/* Whether there are any leaves between two columns. */
INLINE int has_leaves(uint64_t leaves, float left, float right) {
    int cell = (int)floorf(left), n_cells = (int)floorf(right) - cell + 1;
    if (n_cells >= 64) return leaves != 0;
    leaves = leaves >> (cell & 63) | leaves << (-cell & 63);
    return (leaves & ((1ull << n_cells) - 1)) != 0;
}

INLINE void draw_leaves(const row *restrict row, view_row *restrict seen, const slab *restrict s,
    const air_row *restrict air,
                        int from, int to, const plants_view *restrict v, const standing *restrict here,
                            int with_next,
                        int is_wide) {
    const plant p = *here->is;
    const standing r = *here;
    passage way;
    float beyond = 1.5f / (with_next ? r.next : r.fine).scale;
    /* What the camera passes through fades before its eyes. */
    float columns = r.columns * p.width, shown = p.share * unit(2.0f * r.deep - 0.6f);
    pass_leaves(&way, row, from & -BLOCK, to, v, here, is_wide);
    float at_from = way.v[0], at_to = way.v[(to - (from & -BLOCK) + BLOCK - 1) / BLOCK];
    float top = at_most(at_from, at_to) - beyond, bottom = at_least(at_from, at_to) + beyond;
    uint64_t leaves = leaves_between(here, top, bottom);
    for (int at = from & -BLOCK, k = 0; at < to; at += BLOCK, k++) {
        if (seen->shut[at / BLOCK]) continue;
        even tu = between(way.u, k), tv = between(way.v, k), shine = between(way.shine, k);
        float one = tu.start + tu.step * at_least((float)(from - at), 0.0f);
        float other = tu.start + tu.step * at_most((float)(to - at), (float)BLOCK);
        float left = at_most(one, other) - beyond, right = at_least(one, other) + beyond;
        if (!has_leaves(leaves, left * r.cells, right * r.cells)) continue;
        block b = block_at(row, seen, s, air, at);
        looked_up fine, next;
        look_up_evenly(&fine, r.fine, tu, tv);
        if (with_next) look_up_evenly(&next, r.next, tu, tv);
        if (!is_covered(&fine) && !(with_next && is_covered(&next))) continue;
        float most = 0.0f;
#pragma omp simd reduction(max : most)
        for (int i = 0; i < BLOCK; i++) {
            pair sample = mixed_texels(&fine, i);
            if (with_next) {
                pair coarser = mixed_texels(&next, i);
                sample = (pair){mix(sample.a, coarser.a, r.share), mix(sample.b, coarser.b, r.share)};
            }
            float light = at_least(sample.a / at_least(sample.b, 1.0f) + at_pixel(shine, i), 0.0f);
            float cover = unit((sample.b * UNIT_BYTE - 0.5f) * r.sharp + 0.5f) * shown;
            cover *= within(at + i, from, to);
            /* A single plant that leans far leaves its picture. */
            if (!is_wide) cover *= at_pixel(tu, i) >= 0.0f && at_pixel(tu, i) <= columns ? 1.0f : 0.0f;
            colour c = ramp(p.shade, p.middle, p.top, light);
            c = added(c, p.top, p.glow * b.sunward[i] * light);
            most = at_least(most, paint_behind(b, i, c, r.part, cover));
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
        float most = 0.0f, offs[BLOCK], ups[BLOCK], radii[BLOCK];
        looked_up bark;
#pragma omp simd
        for (int i = 0; i < BLOCK; i++) {
            vector d = along(row->start, v->camera.right, (float)(at + i));
            float away = r.deep / at_least(d.z, 0.01f), px = v->camera.eye.x + d.x * away,
                py = v->camera.eye.y + d.y * away;
            float up = py - p.foot, high = up * r.tall;
            float radius = p.girth * (0.78f - 0.5f * high + 0.3f / (1.0f + 5.0f * square(up)));
            float off = px - middle - p.bow * 4.0f * high * (1.0f - high) - p.sway * square(high) * r.gust;
            float n = at_most(at_least(off / radius, -1.0f), 1.0f), n2 = square(n);
            float tu = r.start + around * n * (0.32f + 0.05f * n2 + 0.13f * square(square(n2)));
            bark.u[i] = tu * r.fine.scale - 0.5f;
            bark.v[i] = (4096.0f - up * r.per_metre) * r.fine.scale - 0.5f;
            offs[i] = off;
            ups[i] = up;
            radii[i] = radius;
        }
        look_up(&bark, r.fine, 1);
#pragma omp simd reduction(max : most)
        for (int i = 0; i < BLOCK; i++) {
            float off = offs[i], radius = radii[i], up = ups[i];
            float n = at_most(at_least(off / radius, -1.0f), 1.0f), n2 = square(n);
            pair sample = mixed_texels(&bark, i);
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
            most = at_least(most, paint_behind(b, i, c, r.part, cover * near * within(at + i, from, to)));
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

/* Leaves out the pixels beside a trunk where it is passed; a parabola bends it, and its foot is widest. */
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
                       int width, const plants_view *restrict v, const standing *r) {
    const plant *p = r->is;
    span here = seen_of(v, row, width, p, r->deep, p->left, p->left + p->width);
    if (is_shut(seen, first_of(here), end_of(here))) return;
    int is_wide = p->turns > 1.0f, with_next = r->share > 0.0f;
    if (p->girth > 0.0f) here = stemmed(v, row, width, r, here);
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
                  gust_at(v, p->left + 0.5f * p->width, p->z), dark_at(v, p->left + 0.5f * p->width, p->z)};
    r.slab = slab;
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
    r.leafy = t->leafy + N_BANDS * p->picture;
    r.cells = 64.0f / (float)picture.columns;
    r.bands = (float)N_BANDS / r.rows;
    return r;
}

#endif
