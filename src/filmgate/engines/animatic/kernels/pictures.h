/* Looks up the texels of pictures of plants, block by block; `plants.py` says the same in NumPy. */
#ifndef PICTURES_H
#define PICTURES_H

#include "slabs.h"

/* Columns that follow each row of a picture, the first ones again: texels are looked up among so many side by
 * side. */
enum { BESIDE = 16 };

#if defined(__GNUC__) && !defined(__clang__)
typedef uint32_t eight __attribute__((vector_size(32)));

/* Compilers know no way to look up scattered texels but one by one; among 16 neighbours there is one. */
INLINE void pick(uint32_t *restrict picked, const uint32_t *restrict window, const int *restrict columns,
                 int first) {
    eight left, right, at;
    memcpy(&left, window, sizeof left);
    memcpy(&right, window + 8, sizeof right);
    memcpy(&at, columns, sizeof at);
    left = __builtin_shuffle(left, right, at - (uint32_t)first);
    memcpy(picked, &left, sizeof left);
}
#else
INLINE void pick(uint32_t *restrict picked, const uint32_t *restrict window, const int *restrict columns,
                 int first) {
    for (int i = 0; i < 8; i++) picked[i] = window[(columns[i] - first) & 15];
}
#endif

INLINE picture_level level_at(const plants_textures *t, int picture, int level) {
    plant_picture p = t->pictures[picture];
    const uint32_t *texels = t->texels + p.start;
    level = level < 0 ? 0 : level < p.n_levels ? level : p.n_levels - 1;
    for (int i = 0; i < level; i++) texels += ((p.columns >> i) + BESIDE) * (p.rows >> i);
    return (picture_level){texels, p.columns >> level, p.rows >> level, halved(level)};
}

/* Rows go on for ever at both ends, or repeat. */
INLINE int row_of(picture_level l, int row, int repeats) {
    return repeats ? row & (l.rows - 1) : row < 0 ? 0 : row >= l.rows ? l.rows - 1 : row;
}

/* The places in a level of the pixels of a block, and the texels above and below them. */
typedef struct {
    float u[BLOCK], v[BLOCK];
    uint32_t above[BLOCK], below[BLOCK];
} looked_up;

/* Places must lie in order. */
INLINE void look_up(looked_up *restrict to, picture_level l, int repeats) {
    int columns[BLOCK], rows[BLOCK], stride = l.columns + BESIDE, repeated = l.columns - 1;
#pragma omp simd
    for (int i = 0; i < BLOCK; i++) {
        columns[i] = (int)floorf(to->u[i]);
        rows[i] = (int)floorf(to->v[i]);
    }
    for (int half = 0; half < BLOCK; half += 8) {
        int end = half + 8, one = columns[half], other = columns[end - 1], first = one < other ? one : other;
        if (rows[half] == rows[end - 1] && one + other - 2 * first < BESIDE) {
            const uint32_t *texels = l.texels + (first & repeated);
            const uint32_t *upper = texels + row_of(l, rows[half], repeats) * stride;
            const uint32_t *lower = texels + row_of(l, rows[half] + 1, repeats) * stride;
            pick(to->above + half, upper, columns + half, first);
            pick(to->below + half, lower, columns + half, first);
            /* What the next row of the frame looks up would come late. */
            __builtin_prefetch(lower + stride);
        } else {
            for (int i = half; i < end; i++) {
                const uint32_t *texels = l.texels + (columns[i] & repeated);
                to->above[i] = texels[row_of(l, rows[i], repeats) * stride];
                to->below[i] = texels[row_of(l, rows[i] + 1, repeats) * stride];
            }
        }
    }
}

/* Whether any of the texels has a share of leaves, which is in the second byte of its place and of its neighbour. */
INLINE int is_covered(const looked_up *t) {
    uint32_t all = 0;
#pragma omp simd reduction(| : all)
    for (int i = 0; i < BLOCK; i++) all |= t->above[i] | t->below[i];
    return (all & 0xff00ff00u) != 0;
}

INLINE pair mixed_texels(const looked_up *restrict t, int i) {
    float across_by = t->u[i] - floorf(t->u[i]), down_by = t->v[i] - floorf(t->v[i]);
    pair upper = across(t->above[i], across_by), lower = across(t->below[i], across_by);
    return (pair){mix(upper.a, lower.a, down_by), mix(upper.b, lower.b, down_by)};
}

#endif
