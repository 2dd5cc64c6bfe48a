/* The surface of water, seen from below; `underwater.py` says the same in NumPy. */
#ifndef REEF_SURFACE_H
#define REEF_SURFACE_H

#include "reef.h"

/* The slopes of one layer of the surface. */
INLINE pair slope_of(const underwater_textures *restrict t, float u, float v, float foot, float scale, float strength) {
    pair s = sampled(t->waves, WATER_SIDE, level_of(foot * scale, LEVELS), u * scale, v * scale);
    return (pair){(s.a - WAVE_ZERO) * (strength * WAVE_STEP), (s.b - WAVE_ZERO) * (strength * WAVE_STEP)};
}

/* The slopes of the surface where rays meet it, the share that they see through it, and the cosine of the angle
 * they meet it at. */
typedef struct { float sx[SPAN], sz[SPAN], window[SPAN], cosine[SPAN]; } panes;

/* Fills in the surface above a span and returns the most that one ray sees through it. */
INLINE float meet_surface(panes *restrict panes, const span *restrict s, const underwater_view *restrict v,
                          const underwater_textures *restrict t, float pixel) {
    float most = 0.0f;
#pragma omp simd reduction(max : most)
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(&s->toward, i);
        float flat = 1.0f / at_least(d.y, 0.02f), far = at_most((v->surface - v->camera.eye.y) * flat, FARTHEST);
        vector p = along(v->camera.eye, d, far);
        float foot = far * pixel * at_most(flat, 8.0f);
        pair wide = slope_of(t, p.x, p.z, foot, WAVES_WIDE, v->wave);
        pair close = slope_of(t, p.z + 3.0f, p.x, foot, WAVES_CLOSE, v->wave * 0.8f + v->ripple);
        float sx = wide.a + close.b, sz = wide.b + close.a;
        float cosine = at_least(d.y + d.x * sx + d.z * sz, 0.0f) / sqrtf(1.0f + sx * sx + sz * sz);
        float open = unit((1.0f - BEND * BEND * (1.0f - cosine * cosine)) * 5.0f);
        panes->sx[i] = sx;
        panes->sz[i] = sz;
        panes->cosine[i] = cosine;
        panes->window[i] = open * open * (3.0f - 2.0f * open);
        most = at_least(open, most);
    }
    return most;
}

/* The sky that a ray sees through the surface. */
INLINE colour seen_sky(const underwater_view *v, vector d, float sx, float sz, float cosine) {
    float norm = 1.0f / sqrtf(1.0f + sx * sx + sz * sz), sine = BEND * BEND * (1.0f - cosine * cosine);
    float bent = (sqrtf(at_least(1.0f - sine, 0.0f)) - BEND * cosine) * norm;
    vector sky = normalised((vector){BEND * d.x + bent * sx, BEND * d.y + bent + 0.02f, BEND * d.z + bent * sz});
    float apart = from_sun(&v->sky, sky), height = at_least(sky.y, 0.0f);
    colour clouds = added(v->sky.cloud_shade, v->sky.cloud_light, 0.4f);
    colour seen = mixed(clear_sky(&v->sky, height, apart), clouds, at_most(v->sky.cloud_cover * 0.4f, 0.85f));
    return added(seen, v->sky.disc, 0.30f * square(1.0f / (1.0f + apart * 90.0f)));
}

/* The deep that the surface mirrors, and the light that its slopes gather. */
INLINE colour mirrored(const underwater_view *v, vector d, float sx, float sz) {
    float slant = sx * d.x + sz * d.z, glimmer = unit(0.5f + 1.6f * slant);
    colour c = open_water(v, normalised((vector){d.x + 2.0f * sx, -d.y, d.z + 2.0f * sz}));
    return added(scaled(c, 0.75f + 0.5f * glimmer), v->upward, 0.35f * square(glimmer));
}

/* The surface from below: a window onto the sky, and around it a mirror of the deep. */
INLINE void draw_surface(row *restrict row, int first, const span *restrict s, const underwater_view *restrict v,
                         const underwater_textures *restrict t, float pixel) {
    panes panes;
    lights seen;
    float most = meet_surface(&panes, s, v, t, pixel);
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        colour c = mirrored(v, nth(&s->toward, i), panes.sx[i], panes.sz[i]);
        seen.red[i] = c.r;
        seen.green[i] = c.g;
        seen.blue[i] = c.b;
    }
    if (most > 0.0f) {
#pragma omp simd
        for (int i = 0; i < SPAN; i++) {
            colour c = seen_sky(v, nth(&s->toward, i), panes.sx[i], panes.sz[i], panes.cosine[i]);
            c = mixed(nth_light(&seen, i), c, panes.window[i]);
            seen.red[i] = c.r;
            seen.green[i] = c.g;
            seen.blue[i] = c.b;
        }
    }
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float up = s->toward.y[i], far = at_most((v->surface - v->camera.eye.y) / at_least(up, 0.02f), FARTHEST);
        colour open = nth_light(&s->open, i);
        /* What is as far as one can see is open water. */
        colour c = mixed(open, through_water(v, open, far, nth_light(&seen, i)), unit(up * 14.0f));
        int x = first + i, met = s->far[i] < FARTHEST;
        paint(row, x, (colour){met ? row->red[x] : c.r, met ? row->green[x] : c.g, met ? row->blue[x] : c.b});
    }
}

#endif
