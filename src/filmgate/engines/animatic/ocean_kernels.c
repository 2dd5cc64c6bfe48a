/* Lights an ocean and its sky, pixel by pixel. `ocean_reference.py` says the same in NumPy and explains the
 * formulas; a change belongs into both. Every inner loop is free of branches, so that compilers turn it into
 * SIMD; what differs between machines is chosen when the module is loaded. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "ocean_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__)
#define FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_CPU
#endif

/* A pixel function that is not inlined is compiled for the oldest processor, and never becomes SIMD. */
#define INLINE static inline __attribute__((always_inline))

#define MAX_WIDTH 8192
#define WAVES 256   /* Side of a wave field's finest level, in texels. */
#define CLOUDS 1024 /* Side of the cloud and star fields. */
#define FALL 512    /* Side of the tile of rain or snow. */
#define DITHER 256

INLINE float at_least(float x, float low) { return x < low ? low : x; }
INLINE float at_most(float x, float high) { return x > high ? high : x; }
INLINE float unit(float x) { return at_most(at_least(x, 0.0f), 1.0f); }

/* exp(x) for x <= 0, by (1 + x/256)^256. */
INLINE float decay(float x) {
    float y = at_least(1.0f + x * (1.0f / 256.0f), 0.0f);
    y *= y; y *= y; y *= y; y *= y; y *= y; y *= y; y *= y; y *= y;
    return y;
}

typedef struct { float a, b; } pair;

/* Bilinear sample of a repeating field of pairs. Its levels lie below one another, each half as large as the
 * one above; `stride` is the side of the finest, in texels. */
INLINE pair sample(const float *restrict field, int stride, int level, float u, float v) {
    float scale = 1.0f / (float)(1 << level);
    u *= scale; v *= scale;
    float u0 = floorf(u), v0 = floorf(v), fu = u - u0, fv = v - v0;
    int mask = (stride >> level) - 1, top = 2 * stride - ((2 * stride) >> level);
    int x0 = (int)u0 & mask, y0 = (int)v0 & mask, x1 = (x0 + 1) & mask, y1 = (y0 + 1) & mask;
    int row0 = (top + y0) * stride, row1 = (top + y1) * stride;
    int i00 = 2 * (row0 + x0), i01 = 2 * (row0 + x1), i10 = 2 * (row1 + x0), i11 = 2 * (row1 + x1);
    float w00 = (1 - fu) * (1 - fv), w01 = fu * (1 - fv), w10 = (1 - fu) * fv, w11 = fu * fv;
    pair s;
    s.a = field[i00] * w00 + field[i01] * w01 + field[i10] * w10 + field[i11] * w11;
    s.b = field[i00 + 1] * w00 + field[i01 + 1] * w01 + field[i10 + 1] * w10 + field[i11 + 1] * w11;
    return s;
}

/* floor(log2(x)) within [0, most], from the exponent's bits. */
INLINE int level_of(float x, int most) {
    union { float f; int32_t i; } bits = {at_least(x, 1.0f)};
    int level = (bits.i >> 23) - 127;
    return level > most ? most : level;
}

typedef struct { float r, g, b; } colour;

/* The cloudless sky in a direction at `height` (sine of the elevation), `apart` (squared chord) from the sun. */
INLINE colour clear_sky(const ocean_view *v, float height, float apart) {
    float low = decay(-6.0f * height), middle = decay(-2.2f * height);
    float wide = 1.0f / (1.0f + 12.0f * apart), tight = 1.0f / (1.0f + 240.0f * apart);
    wide *= wide; tight *= tight;
    colour c;
    c.r = v->zenith[0] + v->middle[0] * middle + v->horizon[0] * low + v->glow[0] * wide + v->halo[0] * tight;
    c.g = v->zenith[1] + v->middle[1] * middle + v->horizon[1] * low + v->glow[1] * wide + v->halo[1] * tight;
    c.b = v->zenith[2] + v->middle[2] * middle + v->horizon[2] * low + v->glow[2] * wide + v->halo[2] * tight;
    return c;
}

typedef struct { float x, y, z; } vector;

/* The direction through pixel x of a row whose left end looks along `start`. */
INLINE vector look(const ocean_view *v, vector start, float x) {
    vector d = {start.x + v->right[0] * x, start.y + v->right[1] * x, start.z + v->right[2] * x};
    float shrink = 1.0f / sqrtf(d.x * d.x + d.y * d.y + d.z * d.z);
    d.x *= shrink; d.y *= shrink; d.z *= shrink;
    return d;
}

INLINE float from_sun(const ocean_view *v, vector d) {
    return at_least(2.0f - 2.0f * (d.x * v->sun[0] + d.y * v->sun[1] + d.z * v->sun[2]), 0.0f);
}


typedef struct { const float *swell, *chop, *clouds, *stars, *fall, *dither; } fields;

INLINE float mix(float a, float b, float share) { return a + (b - a) * share; }

INLINE void sky_pixels(float *restrict R, float *restrict G, float *restrict B, int from, int to,
                              vector start, const float *restrict noise, const ocean_view *restrict v,
                              const fields *restrict f) {
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(v, start, (float)x);
        float apart = from_sun(v, d), height = at_least(d.y, 0.0f);
        colour c = clear_sky(v, height, apart);
        /* The cloud layer bends down to the horizon, so it is never seen infinitely thin. */
        float reach = 1.0f / (height + 0.05f), grain = noise[x & (DITHER - 1)];
        float cu = d.x * reach * 110.0f + v->eye[0] * 0.08f + v->cloud_drift[0];
        float cv = d.z * reach * 110.0f + v->eye[2] * 0.08f + v->cloud_drift[1];
        pair cloud = sample(f->clouds, CLOUDS, level_of(reach * reach * 0.02f * (1.5f + grain), 4), cu, cv);
        float cover = unit(cloud.a * v->cloud_cover) * unit(height * 16.0f), clear = 1.0f - cover;
        float near_sun = 1.0f / (1.0f + 7.0f * apart), thin = cloud.a * (1.0f - cloud.a) * near_sun * near_sun;
        float light = cloud.b * (0.3f + 0.7f * near_sun);
        float disc = unit((v->disc_edge - apart) / v->disc_edge * 5.0f) * clear * clear;
        float away = 1.0f / (height + 0.6f);
        pair star = sample(f->stars, CLOUDS, 0, d.x * away * 430.0f, d.z * away * 430.0f);
        float shine = star.a * v->stars * clear * clear * unit(height * 5.0f);
        c.r = mix(c.r, v->cloud_shade[0] + v->cloud_light[0] * light, cover) + thin * v->halo[0] + disc * v->disc[0] + shine;
        c.g = mix(c.g, v->cloud_shade[1] + v->cloud_light[1] * light, cover) + thin * v->halo[1] + disc * v->disc[1] + shine;
        c.b = mix(c.b, v->cloud_shade[2] + v->cloud_light[2] * light, cover) + thin * v->halo[2] + disc * v->disc[2] + shine * (1.0f + star.b);
        float veil = v->veil_share * decay(-height * v->veil_height);
        R[x] = mix(c.r, v->veil[0], veil); G[x] = mix(c.g, v->veil[1], veil); B[x] = mix(c.b, v->veil[2], veil);
    }
}

INLINE void water_pixels(float *restrict R, float *restrict G, float *restrict B, int from, int to,
                                vector start, const float *restrict noise, float pixel,
                                const ocean_view *restrict v, const fields *restrict f) {
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(v, start, (float)x);
        float down = at_least(-d.y, 1e-4f), far = at_most(v->eye[1] / down, 40000.0f);
        float wx = v->eye[0] + d.x * far, wz = v->eye[2] + d.z * far;
        /* A pixel's footprint on the water, in metres: between its width and its much greater length. The
         * grain spreads the seams between levels over many pixels. */
        float foot = far * pixel * (0.7f + 0.3f / down) * (1.5f + noise[x & (DITHER - 1)]);
        int l0 = level_of(foot * 0.24f, 7), l1 = level_of(foot * 1.48f, 7), l2 = level_of(foot * 14.2f, 6), l3 = level_of(foot * 44.0f, 6);
        pair s0 = sample(f->swell, WAVES, l0, (wx * 0.8f + wz * 0.6f) * 0.24f + 37.0f, (wz * 0.8f - wx * 0.6f) * 0.24f);
        pair s1 = sample(f->swell, WAVES, l1, wx * 1.48f, wz * 1.48f);
        pair s2 = sample(f->chop, WAVES, l2, (wx * 0.94f - wz * 0.34f) * 14.2f, (wz * 0.94f + wx * 0.34f) * 14.2f);
        pair s3 = sample(f->chop, WAVES, l3, (wx * 0.5f + wz * 0.87f) * 44.0f, (wz * 0.5f - wx * 0.87f) * 44.0f + 11.0f);
        float sx = v->slope[0] * (0.8f * s0.a - 0.6f * s0.b) + v->slope[1] * s1.a + v->slope[2] * (0.94f * s2.a + 0.34f * s2.b) + v->slope[3] * (0.5f * s3.a - 0.87f * s3.b);
        float sz = v->slope[0] * (0.8f * s0.b + 0.6f * s0.a) + v->slope[1] * s1.b + v->slope[2] * (0.94f * s2.b - 0.34f * s2.a) + v->slope[3] * (0.5f * s3.b + 0.87f * s3.a);
        /* What the level no longer resolves makes the surface rough instead. */
        float lost = v->slope[0] * v->slope[0] * v->swell_lost[l0] + v->slope[1] * v->slope[1] * v->swell_lost[l1] + v->slope[2] * v->slope[2] * v->chop_lost[l2] + v->slope[3] * v->slope[3] * v->chop_lost[l3];
        float rough = sqrtf(at_least(lost, 0.0f));
        float norm = 1.0f / sqrtf(1.0f + sx * sx + sz * sz);
        /* Slopes that face away from a low eye are hidden behind others: the visible ones lean towards it. */
        float facing = at_least((-d.y + d.x * sx + d.z * sz) * norm, 0.0f) + 0.45f * rough;
        float mirror = 1.0f - at_most(facing, 1.0f), mirror2 = mirror * mirror;
        float fresnel = 0.02f + 0.98f * mirror2 * mirror2 * mirror;
        float twice = 2.0f * (-d.y + d.x * sx + d.z * sz) * norm * norm;
        vector r = {d.x - twice * sx, fabsf(d.y + twice) + 0.5f * rough, d.z - twice * sz};
        float shrink = 1.0f / sqrtf(r.x * r.x + r.y * r.y + r.z * r.z);
        r.x *= shrink; r.y *= shrink; r.z *= shrink;
        float apart = from_sun(v, r);
        colour sky = clear_sky(v, r.y, apart);
        float cover = v->cloud_cover * 0.45f, cloud = at_most(cover, 0.9f) * unit(r.y * 6.0f);
        sky.r = mix(sky.r, v->cloud_shade[0] + v->cloud_light[0] * 0.45f, cloud);
        sky.g = mix(sky.g, v->cloud_shade[1] + v->cloud_light[1] * 0.45f, cloud);
        sky.b = mix(sky.b, v->cloud_shade[2] + v->cloud_light[2] * 0.45f, cloud);
        float width = v->disc_edge + 3.0f * lost + 0.0035f, spark = 1.0f / (1.0f + apart * apart / (width * width));
        float glitter = spark * spark * 0.016f / width * fresnel;
        float steep = unit((sx * sx + sz * sz) * norm * 5.0f - 0.9f) * v->foam * unit(60.0f / far);
        float body = (1.0f - fresnel) * (0.75f + 0.9f * (sx * d.x + sz * d.z));
        colour c;
        c.r = sky.r * fresnel + v->body[0] * body + v->glint[0] * glitter;
        c.g = sky.g * fresnel + v->body[1] * body + v->glint[1] * glitter;
        c.b = sky.b * fresnel + v->body[2] * body + v->glint[2] * glitter;
        float white = v->cloud_shade[2] + 0.5f * v->cloud_light[2];
        c.r = mix(c.r, white, steep); c.g = mix(c.g, white, steep); c.b = mix(c.b, white, steep);
        colour air = clear_sky(v, 0.0f, from_sun(v, d));
        float haze = 1.0f - decay(-far / v->haze_distance);
        R[x] = mix(c.r, mix(air.r, v->veil[0], v->veil_share), haze);
        G[x] = mix(c.g, mix(air.g, v->veil[1], v->veil_share), haze);
        B[x] = mix(c.b, mix(air.b, v->veil[2], v->veil_share), haze);
    }
}

/* Rain or snow: two layers of one tile, at different speeds. */
INLINE void add_fall(float *restrict C, int y, int width, const ocean_view *restrict v, const float *restrict fall) {
    const float *near_row = fall + FALL * ((y + v->fall_shift[1]) & (FALL - 1));
    const float *far_row = fall + FALL * ((2 * y + v->fall_shift[3]) & (FALL - 1));
#pragma omp simd
    for (int x = 0; x < width; x++)
        C[x] += near_row[(x + v->fall_shift[0]) & (FALL - 1)] * v->fall[0] + far_row[(2 * x + v->fall_shift[2]) & (FALL - 1)] * v->fall[1];
}

/* Filmic curve (the fit by Narkowicz, 2015), a gamma close to sRGB's, and dither against bands. */
INLINE void expose(const float *restrict C, uint8_t *restrict out, int width, float exposure, const float *restrict noise, int shift) {
    uint8_t row[MAX_WIDTH];
#pragma omp simd
    for (int x = 0; x < width; x++) {
        float light = at_least(C[x] * exposure, 0.0f);
        float film = at_most(light * (2.51f * light + 0.03f) / (light * (2.43f * light + 0.59f) + 0.14f), 1.0f);
        float root = sqrtf(film), shown = root * (1.13f - 0.13f * root);
        row[x] = (uint8_t)(at_most(at_least(shown * 255.0f + 0.5f + noise[(x + shift) & (DITHER - 1)], 0.0f), 255.0f));
    }
    for (int x = 0; x < width; x++) out[3 * x] = row[x];
}

FOR_EACH_CPU
void ocean_rows(uint8_t *frame, int width, int height, int first_row, int n_rows, const ocean_view *view,
                const float *swell, const float *chop, const float *clouds, const float *stars,
                const float *fall, const float *dither) {
    float R[MAX_WIDTH], G[MAX_WIDTH], B[MAX_WIDTH];
    ocean_view v = *view;
    fields f = {swell, chop, clouds, stars, fall, dither};
    float pixel = sqrtf(v.right[0] * v.right[0] + v.right[1] * v.right[1] + v.right[2] * v.right[2]);
    (void)height;
    for (int y = first_row; y < first_row + n_rows; y++) {
        vector start = {v.forward[0] - v.up[0] * (float)y, v.forward[1] - v.up[1] * (float)y, v.forward[2] - v.up[2] * (float)y};
        const float *noise = dither + DITHER * ((y + v.dither_shift[1]) & (DITHER - 1));
        /* The height of the rays is linear along a row, so the horizon crosses it once at most. */
        float cross = v.right[1] == 0.0f ? 0.0f : -start.y / v.right[1];
        int edge = cross <= 0.0f ? 0 : cross >= (float)width ? width : (int)ceilf(cross);
        int left_is_sky = edge > 0 ? start.y >= 0.0f && (start.y > 0.0f || v.right[1] < 0.0f) : 0;
        int right_is_sky = start.y + v.right[1] * (float)(width - 1) >= 0.0f;
        if (v.right[1] == 0.0f) { edge = 0; right_is_sky = start.y >= 0.0f; }
        if (left_is_sky) sky_pixels(R, G, B, 0, edge, start, noise, &v, &f); else water_pixels(R, G, B, 0, edge, start, noise, pixel, &v, &f);
        if (right_is_sky) sky_pixels(R, G, B, edge, width, start, noise, &v, &f); else water_pixels(R, G, B, edge, width, start, noise, pixel, &v, &f);
        if (v.fall[0] > 0.0f) { add_fall(R, y, width, &v, fall); add_fall(G, y, width, &v, fall); add_fall(B, y, width, &v, fall); }
        uint8_t *out = frame + (long)y * width * 3;
        expose(R, out, width, v.exposure, noise, v.dither_shift[0]);
        expose(G, out + 1, width, v.exposure, noise, v.dither_shift[0] + 85);
        expose(B, out + 2, width, v.exposure, noise, v.dither_shift[0] + 170);
    }
}
