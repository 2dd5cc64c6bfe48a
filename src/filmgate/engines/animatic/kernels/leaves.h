/* Draws upright plants: leaves by their pictures, and round trunks; `plants.py` says the same in NumPy. */
#ifndef LEAVES_H
#define LEAVES_H

#include "slabs.h"

INLINE picture_level level_at(const plants_textures *t, int picture, int level) {
    plant_picture p = t->pictures[picture];
    const uint64_t *texels = t->texels + p.start;
    level = level < 0 ? 0 : level < p.n_levels ? level : p.n_levels - 1;
    for (int i = 0; i < level; i++) texels += (p.columns >> i) * (p.rows >> i);
    return (picture_level){texels, p.columns >> level, p.rows >> level, halved(level)};
}

/* A texel holds in its lower half what one of `across` does, and in its upper half the same of the row below:
 * a place is looked up once. Columns repeat. */
INLINE pair sample_picture(picture_level l, float u, float v, int row) {
    float u0 = floorf(u), down = v - floorf(v);
    uint64_t texel = l.texels[row * l.columns + ((int)u0 & (l.columns - 1))];
    pair above = across((uint32_t)texel, u - u0), below = across((uint32_t)(texel >> 32), u - u0);
    return (pair){mix(above.a, below.a, down), mix(above.b, below.b, down)};
}

/* The first and the last row go on for ever. Coordinates are of the first level. */
INLINE pair sample_leaves(picture_level l, float u, float v) {
    v = at_most(at_least(v * l.scale - 0.5f, 0.0f), (float)(l.rows - 1));
    return sample_picture(l, u * l.scale - 0.5f, v, (int)v);
}

/* Where on a plant the rays of every BLOCKth pixel pass, in texels of its picture, and how brightly the wind
 * lets it shine there. */
enum { STEPS = 8 };
typedef struct { float u[MAX_WIDTH / BLOCK + STEPS + 1], v[MAX_WIDTH / BLOCK + STEPS + 1], shine[MAX_WIDTH / BLOCK + STEPS + 1]; } knots;

INLINE void find_knots(knots *restrict k, const row *restrict row, const plants_view *restrict v,
    const standing *restrict here, int at, int n, int is_wide) {
    const plant p = *here->is;
    const standing r = *here;
    for (int first = 0; first < n; first += STEPS)
#pragma omp simd
        for (int i = first; i < first + STEPS; i++) {
            vector d = along(row->start, v->camera.right, (float)(at + i * BLOCK));
            float away = r.deep / at_least(d.z, 0.01f), px = v->camera.eye.x + d.x * away,
                py = v->camera.eye.y + d.y * away;
            float gust = is_wide ? gust_at(v, px, p.z) : r.gust,
                flutter = wave(0.9f * px + 0.55f * py + 1.7f * p.z - v->gust[2]);
            float high = py * r.tall, lean = p.sway * square(high) * (0.35f + gust + 0.18f * flutter);
            k->u[i] = r.start + (px - p.left - lean) * r.columns;
            k->v[i] = r.rows - (py - p.foot) * r.per_metre;
            k->shine[i] = v->gust_shine * gust * high;
        }
}

/* Whether there is any leaf between two places on a picture, given in texels. */
INLINE int is_bare(const uint64_t *restrict leafy, const standing *r, float u, float u_end, float v, float v_end) {
    /* A texel of a coarse level reaches beyond the leaves it was made from. */
    float left = (at_most(u, u_end) - r->reach) * r->cells, right = (at_least(u, u_end) + r->reach) * r->cells;
    float top = (at_most(v, v_end) - r->reach) * r->bands, bottom = (at_least(v, v_end) + r->reach) * r->bands;
    int first = (int)floorf(left), more = (int)floorf(right) - first, turn = first & (N_CELLS - 1);
    uint64_t cells = more < N_CELLS - 1 ? (UINT64_C(2) << more) - 1 : ~UINT64_C(0);
    cells = cells << turn | (turn ? cells >> (N_CELLS - turn) : 0);
    int last = (int)at_most(bottom, N_BANDS - 1.0f);
    uint64_t found = 0;
    for (int band = (int)at_least(top, 0.0f); band <= last; band++) found |= leafy[band];
    return !(found & cells);
}

/* Asks for the texels of the next row of pixels, which lie far from those of this one in memory. */
INLINE void prefetch_below(const standing *r, float u, float v) {
    picture_level l = r->fine;
    int below = (int)at_most(at_least((v + r->per_metre / r->pixels) * l.scale - 0.5f, 0.0f), (float)(l.rows - 1));
    const uint64_t *first = l.texels + below * l.columns + ((int)(u * l.scale) & (l.columns - 1));
    for (int i = 0; i < 4; i++) __builtin_prefetch(first + 8 * i);
}

INLINE void draw_leaves(const row *restrict row, view_row *restrict seen, const slab *restrict s,
    const air_row *restrict air,
                        int from, int to, const plants_view *restrict v, const plants_textures *restrict t,
                            const standing *restrict here, int with_next, int is_wide) {
    const plant p = *here->is;
    const standing r = *here;
    const uint64_t *leafy = t->leafy + N_BANDS * p.picture;
    knots k;
    int first = from & -BLOCK;
    find_knots(&k, row, v, here, first, (to - first + BLOCK - 1) / BLOCK + 1, is_wide);
    /* What the camera passes through fades before its eyes. */
    float shown = p.share * unit(2.0f * r.deep - 0.6f);
    for (int at = first; at < to; at += BLOCK) {
        int knot = (at - first) / BLOCK;
        float u = k.u[knot], tv = k.v[knot], shine = k.shine[knot];
        if (seen->shut[at / BLOCK] || is_bare(leafy, &r, u, k.u[knot + 1], tv, k.v[knot + 1])) continue;
        prefetch_below(&r, u, tv);
        float across_u = (k.u[knot + 1] - u) * (1.0f / BLOCK), across_v = (k.v[knot + 1] - tv) * (1.0f / BLOCK),
              brighter = (k.shine[knot + 1] - shine) * (1.0f / BLOCK);
        float lights[BLOCK], densities[BLOCK], covers[BLOCK], densest = 0.0f;
#pragma omp simd reduction(max : densest)
        for (int i = 0; i < BLOCK; i++) {
            pair sample = sample_leaves(r.fine, u + across_u * (float)i, tv + across_v * (float)i);
            if (with_next) {
                pair coarser = sample_leaves(r.next, u + across_u * (float)i, tv + across_v * (float)i);
                sample = (pair){mix(sample.a, coarser.a, r.share), mix(sample.b, coarser.b, r.share)};
            }
            lights[i] = sample.a;
            densities[i] = sample.b;
            float cover = unit((sample.b * UNIT_BYTE - 0.5f) * r.sharp + 0.5f) * shown;
            covers[i] = cover * within(at + i, from, to);
            densest = at_least(covers[i], densest);
        }
        /* Between leaves nothing is to be lit. */
        if (densest == 0.0f) continue;
        block b = block_at(row, seen, s, air, at);
        float most = 0.0f;
#pragma omp simd reduction(max : most)
        for (int i = 0; i < BLOCK; i++) {
            float light = lights[i] / at_least(densities[i], 1.0f) + shine + brighter * (float)i;
            colour c = ramp(p.shade, p.middle, p.top, light);
            c = added(c, p.top, p.glow * b.sunward[i] * light);
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
            float tv = (4096.0f - up * r.per_metre) * r.fine.scale - 0.5f;
            pair sample = sample_picture(r.fine, tu * r.fine.scale - 0.5f, tv,
                (int)floorf(tv) & (r.fine.rows - 1));
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
    float beside = 1.5f / (float)r->next.columns, beyond = 1.5f * N_BANDS / (float)r->next.rows;
    int upper = (int)((1.0f - at_least(one, other)) * N_BANDS - beyond);
    int lower = (int)((1.0f - at_most(one, other)) * N_BANDS + beyond);
    float first = 1.0f, last = 0.0f;
    const float *extents = t->extents + 2 * N_BANDS * p->picture;
    for (int i = upper < 0 ? 0 : upper; i <= lower && i < N_BANDS; i++) {
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

/* Leaves out the pixels beside a trunk, which is far thinner than its frame when it is bent. */
INLINE span barky(const plants_view *v, const row *row, int width, const standing *r, span s) {
    const plant *p = r->is;
    float middle = p->left + 0.5f * p->width, left = middle, right = middle, widest = 0.0f;
    for (int end = 0; end < 2; end++) {
        float high = passed(v, row, p, r->deep, end ? s.to : s.from);
        float off = p->bow * 4.0f * high * (1.0f - high) + p->sway * square(high) * r->gust;
        float radius = p->girth * (0.78f - 0.5f * high + 0.3f / (1.0f + 5.0f * square(high * p->height)));
        left = end ? at_most(left, middle + off) : middle + off;
        right = end ? at_least(right, middle + off) : middle + off;
        widest = at_least(widest, radius);
    }
    float beside = 1.05f * widest + 0.75f / r->pixels;
    span kept = seen_of(v, row, width, p, r->deep, left - beside, right + beside);
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
    if (p->girth > 0.0f) here = barky(v, row, width, r, here);
    else if (!is_wide) here = leafy(v, t, row, width, r, here);
    int from = first_of(here), to = end_of(here);
    /* What a plant lacks is left out of its loop, rather than looked up and multiplied by nothing. */
    if (p->girth > 0.0f) draw_trunk(row, seen, s, air, from, to, v, r);
    else if (is_wide && with_next) draw_leaves(row, seen, s, air, from, to, v, t, r, 1, 1);
    else if (is_wide) draw_leaves(row, seen, s, air, from, to, v, t, r, 0, 1);
    else if (with_next) draw_leaves(row, seen, s, air, from, to, v, t, r, 1, 0);
    else draw_leaves(row, seen, s, air, from, to, v, t, r, 0, 0);
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
    r.cells = (float)N_CELLS / (float)picture.columns;
    r.bands = (float)N_BANDS / r.rows;
    r.next = level_at(t, p->picture, finest + 1);
    r.reach = 1.5f / r.next.scale;
    return r;
}

#endif
