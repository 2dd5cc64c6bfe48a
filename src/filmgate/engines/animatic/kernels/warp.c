/* Bends pictures over a mesh, mixes and lights them, and lets rain or snow fall before them. `warp.py` says the
 * same in NumPy and explains it; a change belongs into both. */
#include "shading.h"
#include "warp.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAS_AVX2_CODE 1
#endif

/* What a node of the mesh holds, in this order. */
enum { U, V, GAIN, VEIL = GAIN + 3, U_SECOND = VEIL + 3, V_SECOND, SHARE, N_CHANNELS };
/* Nodes are 8 pixels apart at least; rows are filled in whole cells, which are 64 wide at most. */
enum { MOST_NODES = MAX_WIDTH / 8 + 2, ROOM = MAX_WIDTH + 64 };

typedef struct {
    float nodes[N_CHANNELS][MOST_NODES];
    /* For every pixel: the texel left above it, and the weights of the four around it in 128ths. */
    int32_t texel[ROOM];
    uint16_t across[ROOM];
    uint32_t down[ROOM];
    uint32_t shown[ROOM], second[ROOM];
    float fall[ROOM], grain[ROOM + DITHER_SIDE];
} warp_row;

INLINE float between(float x, float low, float high) { return at_most(at_least(x, low), high); }
INLINE int least(int a, int b) { return a < b ? a : b; }

/* The nodes of a row, mixed from those above and below it. */
INLINE void mix_nodes(warp_row *restrict row, int y, const warp_view *restrict v) {
    int above = y / v->step;
    float down = (float)(y - above * v->step) / (float)v->step;
    const float *nodes = v->mesh + (long)above * N_CHANNELS * v->n_columns;
    for (int c = 0; c < N_CHANNELS; c++) {
        const float *top = nodes + c * v->n_columns, *bottom = top + N_CHANNELS * v->n_columns;
        for (int i = 0; i < v->n_columns; i++) row->nodes[c][i] = top[i] + (bottom[i] - top[i]) * down;
    }
}

/* Says for every pixel of a row which texels it is mixed from. Nodes are kept on the picture, and so is all
 * that lies between them. */
INLINE void aim(warp_row *restrict row, int width, int step, int channel, const warp_picture *restrict p) {
    float *us = row->nodes[channel], *vs = row->nodes[channel + 1], whole = 1.0f / (float)step;
    for (int i = 0; i <= (width - 1) / step + 1; i++) {
        us[i] = between(us[i], 0.0f, (float)p->width - 1.01f) * 65536.0f;
        vs[i] = between(vs[i], 0.0f, (float)p->height - 1.01f) * 65536.0f;
    }
    int stride = p->width;
    for (int first = 0, node = 0; first < width; first += step, node++) {
        int u = (int)us[node], by_u = (int)((us[node + 1] - us[node]) * whole);
        int v = (int)vs[node], by_v = (int)((vs[node + 1] - vs[node]) * whole);
        int32_t *restrict texel = row->texel + first;
        uint16_t *restrict across = row->across + first;
        uint32_t *restrict down = row->down + first;
#pragma omp simd
        for (int i = 0; i < step; i++) {
            int x = u + i * by_u, y = v + i * by_v;
            uint32_t right = (uint32_t)x >> 9 & 127, below = (uint32_t)y >> 9 & 127;
            /* The other weight would be 128, which the signed bytes of SIMD do not hold. */
            right += right == 0;
            texel[i] = (y >> 16) * stride + (x >> 16);
            across[i] = (uint16_t)((128 - right) | right << 8);
            down[i] = (128 - below) | below << 16;
        }
    }
}

static void sample_plainly(uint32_t *restrict shown, const warp_row *restrict row, int width,
                           const warp_picture *restrict p) {
    for (int x = 0; x < width; x++) {
        const uint32_t *top = p->texels + row->texel[x], *bottom = top + p->width;
        uint32_t left = row->across[x] & 255, right = row->across[x] >> 8;
        uint32_t up = row->down[x] & 255, down = row->down[x] >> 16, mixed = 0;
        for (int shift = 0; shift < 24; shift += 8) {
            uint32_t above = (top[0] >> shift & 255) * left + (top[1] >> shift & 255) * right;
            uint32_t below = (bottom[0] >> shift & 255) * left + (bottom[1] >> shift & 255) * right;
            mixed |= (above * up + below * down + 8192) >> 14 << shift;
        }
        shown[x] = mixed;
    }
}

static void write_plainly(uint8_t *restrict out, const uint32_t *restrict shown, int width) {
    for (int x = 0; x < width; x++) memcpy(out + 3 * x, shown + x, 3);
}

#ifdef HAS_AVX2_CODE
/* The same, four channels or pixels at once: compilers find no way to this by themselves, and it is five times
 * as fast as what they find. */
__attribute__((target("avx2"), always_inline)) static inline __m128i sampled(const warp_row *restrict row, int x,
                                                                             const warp_picture *restrict p) {
    const __m128i by_channel = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const uint32_t *texel = p->texels + row->texel[x];
    __m128i top = _mm_loadl_epi64((const __m128i *)texel);
    __m128i bottom = _mm_loadl_epi64((const __m128i *)(texel + p->width));
    __m128i around = _mm_shuffle_epi8(_mm_unpacklo_epi64(top, bottom), by_channel);
    __m128i rows = _mm_maddubs_epi16(around, _mm_set1_epi16((short)row->across[x]));
    __m128i sums = _mm_madd_epi16(rows, _mm_set1_epi32((int)row->down[x]));
    return _mm_srli_epi32(_mm_add_epi32(sums, _mm_set1_epi32(8192)), 14);
}

__attribute__((target("avx2"))) static void sample_by_avx2(uint32_t *restrict shown, const warp_row *restrict row,
                                                           int width, const warp_picture *restrict p) {
    for (int x = 0; x < width; x += 4) {
        __m128i one = _mm_packus_epi32(sampled(row, x, p), sampled(row, x + 1, p));
        __m128i other = _mm_packus_epi32(sampled(row, x + 2, p), sampled(row, x + 3, p));
        _mm_storeu_si128((__m128i *)(shown + x), _mm_packus_epi16(one, other));
    }
}

__attribute__((target("avx2"))) static void write_by_avx2(uint8_t *restrict out, const uint32_t *restrict shown,
                                                          int width) {
    const __m128i threes = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
    int x = 0;
    /* What is written behind the 12 bytes of four pixels is overwritten by those that follow. */
    for (; x + 6 <= width; x += 4) {
        __m128i four = _mm_loadu_si128((const __m128i *)(shown + x));
        _mm_storeu_si128((__m128i *)(out + 3 * x), _mm_shuffle_epi8(four, threes));
    }
    write_plainly(out + 3 * x, shown + x, width - x);
}
#endif

/* Mixes what the second picture shows into what the first does, red and blue at once. */
INLINE void mix_in(warp_row *restrict row, int width, int step) {
    for (int first = 0, node = 0; first < width; first += step, node++) {
        const float *share = row->nodes[SHARE] + node;
        float at = share[0] * 256.0f, by = (share[1] - share[0]) * 256.0f / (float)step;
        uint32_t *restrict shown = row->shown + first;
        const uint32_t *restrict second = row->second + first;
#pragma omp simd
        for (int i = 0; i < step; i++) {
            uint32_t some = (uint32_t)(int)(at + by * (float)i + 0.5f), rest = 256 - some;
            uint32_t outer = (shown[i] & 0xff00ff) * rest + (second[i] & 0xff00ff) * some + 0x800080;
            uint32_t inner = (shown[i] >> 8 & 255) * rest + (second[i] >> 8 & 255) * some + 0x80;
            shown[i] = (outer >> 8 & 0xff00ff) | (inner & 0xff00);
        }
    }
}

/* The share of what falls before every pixel of a row, all layers together. */
INLINE void lay_fall(warp_row *restrict row, int y, int width, const warp_fall *restrict f) {
    memset(row->fall, 0, sizeof row->fall);
    for (int k = 0; k < f->n; k++) {
        const uint8_t *tile = f->tiles + (long)f->side * (f->side * k + ((y + f->y[k]) & (f->side - 1)));
        float share = f->share[k] / 255.0f;
        for (int x = 0, n; x < width; x += n) {
            int from = (x + f->x[k]) & (f->side - 1);
            n = least(f->side - from, width - x);
            float *restrict fall = row->fall + x;
            const uint8_t *restrict texel = tile + from;
#pragma omp simd
            for (int i = 0; i < n; i++) fall[i] += (float)(int)texel[i] * share;
        }
    }
}

/* A row of the dither, repeated to the end; an index that wraps would need a gather. */
INLINE const float *draw_grain(warp_row *restrict row, int y, int width, const warp_view *restrict v) {
    const float *tile = v->dither + DITHER_SIDE * ((y + v->dither_row) & (DITHER_SIDE - 1));
    for (int x = 0; x < width + DITHER_SIDE; x += DITHER_SIDE)
        memcpy(row->grain + x, tile, DITHER_SIDE * sizeof *tile);
    return row->grain + (v->dither_column & (DITHER_SIDE - 1));
}

INLINE float level_in(uint32_t texel, int shift) { return (float)(int)(texel >> shift & 255); }
INLINE uint32_t byte_of(float level) { return (uint32_t)(int)between(level + 0.5f, 0.0f, 255.0f); }

INLINE void light(warp_row *restrict row, int y, int width, const warp_view *restrict v) {
    const float *grains = draw_grain(row, y, width, v);
    lay_fall(row, y, width, &v->fall);
    const float *fallen = v->fall.light;
    float whole = 1.0f / (float)v->step, vivid = v->vividness, red = fallen[0], green = fallen[1], blue = fallen[2];
    for (int first = 0, node = 0; first < width; first += v->step, node++) {
        float at[6], by[6];
        for (int c = 0; c < 6; c++) {
            at[c] = row->nodes[GAIN + c][node];
            by[c] = (row->nodes[GAIN + c][node + 1] - at[c]) * whole;
        }
        uint32_t *restrict shown = row->shown + first;
        const float *restrict fall = row->fall + first, *restrict grain = grains + first;
#pragma omp simd
        for (int i = 0; i < v->step; i++) {
            float x = (float)i, r = level_in(shown[i], 0), g = level_in(shown[i], 8), b = level_in(shown[i], 16);
            float grey = (1.0f - vivid) * (0.2126f * r + 0.7152f * g + 0.0722f * b);
            r = (grey + vivid * r) * (at[0] + by[0] * x) + at[3] + by[3] * x;
            g = (grey + vivid * g) * (at[1] + by[1] * x) + at[4] + by[4] * x;
            b = (grey + vivid * b) * (at[2] + by[2] * x) + at[5] + by[5] * x;
            r += (red - r) * fall[i] + grain[i];
            g += (green - g) * fall[i] + grain[i];
            b += (blue - b) * fall[i] + grain[i];
            shown[i] = byte_of(r) | byte_of(g) << 8 | byte_of(b) << 16;
        }
    }
}

/* The two inner loops that are written twice. */
static void sample(uint32_t *restrict shown, const warp_row *restrict row, int width, const warp_picture *p) {
#ifdef HAS_AVX2_CODE
    if (__builtin_cpu_supports("avx2")) {
        sample_by_avx2(shown, row, width, p);
        return;
    }
#endif
    sample_plainly(shown, row, width, p);
}

static void write_row(uint8_t *restrict out, const uint32_t *restrict shown, int width) {
#ifdef HAS_AVX2_CODE
    if (__builtin_cpu_supports("avx2")) {
        write_by_avx2(out, shown, width);
        return;
    }
#endif
    write_plainly(out, shown, width);
}

FOR_EACH_CPU
void warp_rows(uint8_t *frame, int width, int first_row, int n_rows, const warp_view *view) {
    /* A copy that nothing else points to: the compiler may keep its numbers in registers. */
    warp_view v = *view;
    warp_row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        mix_nodes(&row, y, &v);
        aim(&row, width, v.step, U, &v.first);
        sample(row.shown, &row, width, &v.first);
        if (v.n_pictures == 2) {
            aim(&row, width, v.step, U_SECOND, &v.second);
            sample(row.second, &row, width, &v.second);
            mix_in(&row, width, v.step);
        }
        if (v.is_lit) light(&row, y, width, &v);
        write_row(frame + (long)y * width * 3, row.shown, width);
    }
}
