/* Slopes of water: textures of waves at several scales, and what a pixel cannot show of them. */
#ifndef WAVES_H
#define WAVES_H

#include "shading.h"

/* Sides of the textures of waves in texels, and how many levels lie below one another in each. */
enum { WAVE_SIDE = 256, WAVE_LEVELS = 8 };

/* A byte of a wave texel counts 32nds of a deviation from 128 on. */
#define WAVE_ZERO 128.0f
#define WAVE_STEP (1.0f / 32.0f)

/* The layers of waves: texels to a metre, cosine and sine of their turn, and where they begin. */
typedef struct { float scale, cos, sin, u, v; } layer;
static const layer SWELL_WIDE = {0.24f, 0.8f, 0.6f, 37.0f, 0.0f};
static const layer SWELL_CLOSE = {1.48f, 1.0f, 0.0f, 0.0f, 0.0f};
static const layer CHOP_WIDE = {14.2f, 0.94f, -0.34f, 0.0f, 0.0f};
static const layer CHOP_CLOSE = {44.0f, 0.5f, 0.87f, 0.0f, 11.0f};
/* Entries of `rough` are a quarter of an octave apart, as a float's bits count them, and begin at 2^-6 m. */
enum { ROUGH_FIRST = (127 - 6) << 2, ROUGH_LAST = 63 };
/* Where the horizon is, in metres, and the least sine of an angle down to the water. */
#define FARTHEST 40000.0f
#define LEAST_DOWN 1e-4f

/* Their levels keep all columns: a pixel covers far more of the water along the view than across it. A row
 * of a level stands for the middle of those it was made from. */
INLINE pair sample_waves(const uint32_t *restrict texture, int level, float u, float v) {
    return bilinear(texture, WAVE_SIDE, level, WAVE_SIDE, u, (v + 0.5f) * halved(level) - 0.5f);
}

/* The slopes of one layer along x and z, where a pixel covers `foot` metres of the water. */
INLINE pair slope_of(const uint32_t *restrict waves, layer l, float strength, vector at, float foot) {
    float u = (at.x * l.cos + at.z * l.sin) * l.scale + l.u;
    float v = (at.z * l.cos - at.x * l.sin) * l.scale + l.v;
    pair s = sample_waves(waves, level_of(foot * l.scale, WAVE_LEVELS), u, v);
    float a = (s.a - WAVE_ZERO) * (strength * WAVE_STEP), b = (s.b - WAVE_ZERO) * (strength * WAVE_STEP);
    return (pair){l.cos * a - l.sin * b, l.cos * b + l.sin * a};
}

/* The entry of a view's `rough` for a footprint: the deviation of the slopes that it hides. The table itself is
 * read where it is a member of a structure: through a bare pointer, GCC 12 does not make SIMD of the lookup. */
INLINE int rough_entry(float foot) {
    int entry = (bits_of(foot) >> 21) - ROUGH_FIRST;
    return entry < 0 ? 0 : entry > ROUGH_LAST ? ROUGH_LAST : entry;
}

/* What water of some slopes does with a ray: where it mirrors it to, the share of light that it mirrors
 * (Schlick's form of Fresnel's law), and how much of its own colour is seen. */
typedef struct { vector up; float fresnel, body; } reflection;

/* Where a ray along `d` meets slopes of `sx` and `sz`. Of what is too rough for a pixel to show, slopes that face
 * away from a low eye are hidden behind others: the visible ones lean towards it, by the shares `leaning` and
 * `lifting` of the roughness. */
INLINE reflection reflected(vector d, float sx, float sz, float rough, float leaning, float lifting) {
    float norm = 1.0f / sqrtf(1.0f + sx * sx + sz * sz), along_slope = sx * d.x + sz * d.z;
    float against = (along_slope - d.y) * norm, twice = 2.0f * against * norm;
    float mirror = 1.0f - at_most(at_least(against, 0.0f) + leaning * rough, 1.0f);
    float fresnel = 0.02f + 0.98f * square(square(mirror)) * mirror;
    /* A ray that the mirror would throw down meets a second wave, which throws it up again. */
    vector up = {d.x - twice * sx, fabsf(d.y + twice) + lifting * rough, d.z - twice * sz};
    return (reflection){normalised(up), fresnel, (1.0f - fresnel) * (0.75f + 0.9f * along_slope)};
}

/* The sun's glitter, `apart` (squared chord) from it, on water so rough and wider by `blur`. */
INLINE float glitter_of(const sky_view *s, float apart, float rough, float blur) {
    float inverse = 1.0f / (s->disc_edge + 3.0f * square(rough) + blur);
    return square(1.0f / (1.0f + square(apart * inverse))) * 0.016f * inverse;
}

#endif
