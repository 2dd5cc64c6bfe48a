/* Lights a lake before a panorama, which it mirrors; `lake.py` says the same in NumPy. */
#include "panorama.h"
#include "waves.h"

#include "lake.h"

/* Gusts roughen the water in patches: texels of the clouds to a metre, across and along the view. */
static const float GUST_ACROSS = 0.9f, GUST_ALONG = 0.35f;

/* The sky behind whatever stands in the distance. */
INLINE colour behind(const lake_view *v, const lake_textures *restrict t, distant seen, vector d, float grain,
                     int with_stars) {
    colour sky = sky_light(&v->camera, &v->sky, &v->air, &t->sky, d, grain, with_stars);
    return mixed(sky, seen.light, seen.cover);
}

INLINE void draw_above(row *restrict row, int from, int to, const lake_view *restrict v,
                       const lake_textures *restrict t, int with_stars) {
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(&v->camera, row, x);
        distant seen = far_along(&v->land, &t->land, v->camera.eye, d);
        paint(row, x, behind(v, t, seen, d, row->grain[x], with_stars));
    }
}

/* How rough a gust makes the water at a place, around 1. */
INLINE float gust(const lake_view *v, const lake_textures *restrict t, vector place, float foot) {
    float u = place.x * GUST_ACROSS + v->gust_drift[0], w = place.z * GUST_ALONG + v->gust_drift[1];
    float thick = sample_sky(t->sky.clouds, level_of(foot * GUST_ACROSS + 2.0f, SKY_LEVELS), u, w).b;
    return mix(1.0f, 0.35f + 1.5f * thick * SKY_STEP, v->gusts);
}

INLINE void draw_water(row *restrict row, int from, int to, const lake_view *restrict v,
                       const lake_textures *restrict t, int with_stars) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right));
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(&v->camera, row, x);
        float down = at_least(-d.y, LEAST_DOWN), far = at_most(v->camera.eye.y / down, FARTHEST);
        vector place = along(v->camera.eye, d, far);
        float foot = far * pixel * (1.2f / down), blown = gust(v, t, place, foot);
        pair wide = slope_of(t->chop, CHOP_WIDE, v->slope[0] * blown, place, foot);
        pair close = slope_of(t->chop, CHOP_CLOSE, v->slope[1] * blown, place, foot);
        float sx = wide.a + close.a, sz = wide.b + close.b, rough = v->rough[rough_entry(foot)] * blown;
        float norm = 1.0f / sqrtf(1.0f + sx * sx + sz * sz), against = (d.x * sx + d.z * sz - d.y) * norm;
        float mirror = 1.0f - at_most(at_least(against, 0.0f) + 0.3f * rough, 1.0f);
        float fresnel = 0.02f + 0.98f * square(square(mirror)) * mirror, twice = 2.0f * against * norm;
        vector up = normalised((vector){d.x - twice * sx, fabsf(d.y + twice) + 0.3f * rough, d.z - twice * sz});
        distant mirrored = far_along(&v->land, &t->land, place, up);
        colour c = scaled(behind(v, t, mirrored, up, row->grain[x], with_stars), fresnel);
        c = added(c, v->body, (1.0f - fresnel) * (0.75f + 0.9f * (sx * d.x + sz * d.z)));
        float width = v->sky.disc_edge + 3.0f * square(rough) + 0.0020f, inverse = 1.0f / width;
        float glitter = square(1.0f / (1.0f + square(from_sun(&v->sky, up) * inverse))) * 0.016f * inverse;
        c = added(c, v->glint, glitter * fresnel * (1.0f - mirrored.cover));
        c = hazed(&v->sky, &v->air, d, far, c);
        distant seen = far_along(&v->land, &t->land, v->camera.eye, d);
        paint(row, x, mixed(c, seen.light, seen.far < far ? seen.cover : 0.0f));
    }
}

INLINE void draw_segment(row *restrict row, int from, int to, const lake_view *restrict v,
                         const lake_textures *restrict t, int with_stars) {
    float middle = 0.5f * (float)(from + to - 1);
    if (row->start.y + v->camera.right.y * middle < 0.0f)
        draw_water(row, from, to, v, t, with_stars);
    else
        draw_above(row, from, to, v, t, with_stars);
}

FOR_EACH_CPU
void lake_rows(uint8_t *frame, int width, int first_row, int n_rows, const lake_view *view,
               const lake_textures *textures) {
    lake_view v = *view;
    lake_textures t = *textures;
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        int edge = horizon_column(&row, width, &v.camera);
        for (int side = 0; side < 2; side++) {
            int from = side ? edge : 0, to = side ? width : edge;
            if (v.sky.stars > 0.0f)
                draw_segment(&row, from, to, &v, &t, 1);
            else
                draw_segment(&row, from, to, &v, &t, 0);
        }
        expose(frame, y, &row, width, &v.film);
    }
}
