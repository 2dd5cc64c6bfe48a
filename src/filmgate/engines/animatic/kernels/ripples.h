/* Cells that look random, and rings of drops on them; `ripples.py` says the same in NumPy. */
#ifndef RIPPLES_H
#define RIPPLES_H

#include "shading.h"

/* Those of a number that looks random in its lower bits alone. */
INLINE uint32_t shuffled(uint32_t h) {
    h = (h ^ h >> 15) * 0x2C1B3C6Du;
    h = (h ^ h >> 12) * 0x297A2D39u;
    return h ^ h >> 15;
}
/* 32 bits that look random, for each cell and seed. */
INLINE uint32_t scramble(float across, float up, int seed) {
    return shuffled((uint32_t)(int)across * 0x9E3779B1u ^ (uint32_t)(int)up * 0x85EBCA77u ^ (uint32_t)seed);
}
/* One byte of them, from 0 to 1. */
INLINE float chance(uint32_t h, int byte) { return (float)(int)(h >> (8 * byte) & 255) * (1.0f / 255.0f); }

/* The slopes of the rings that drops draw on water, at most one in each cell of a grid. */
INLINE pair rings(float x, float z, float cells, float moment, int seed) {
    float u = x * cells, w = z * cells, cu = floorf(u), cw = floorf(w);
    uint32_t h = scramble(cu, cw, seed);
    float turn = moment * (0.9f + 0.5f * chance(h, 3)) + chance(h, 0) * 7.0f, age = turn - floorf(turn);
    float du = u - cu - 0.3f - 0.4f * chance(h, 1), dw = w - cw - 0.3f - 0.4f * chance(h, 2);
    float apart = sqrtf(du * du + dw * dw + 1e-4f), wave = (apart - 0.30f * age) * 14.0f;
    float inside = at_least(1.0f - square(wave), 0.0f);
    float slope = wave * inside * (1.0f - age) / apart;
    return (pair){du * slope, dw * slope};
}

#endif
