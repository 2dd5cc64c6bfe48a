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
        reflection r = reflected(d, sx, sz, rough, 0.3f, 0.3f);
        distant mirrored = far_along(&v->land, &t->land, place, r.up);
        colour c = scaled(behind(v, t, mirrored, r.up, row->grain[x], with_stars), r.fresnel);
        float glitter = glitter_of(&v->sky, from_sun(&v->sky, r.up), rough, 0.0020f) * r.fresnel;
        c = added(added(c, v->body, r.body), v->glint, glitter * (1.0f - mirrored.cover));
        c = hazed(&v->sky, &v->air, d, far, c);
        distant seen = far_along(&v->land, &t->land, v->camera.eye, d);
        paint(row, x, mixed(c, seen.light, seen.far < far ? seen.cover : 0.0f));
    }
}

INLINE void draw_segment(row *restrict row, int from, int to, const lake_view *restrict v,
                         const lake_textures *restrict t) {
    int is_water = is_below_horizon(row, &v->camera, from, to), with_stars = v->sky.stars > 0.0f;
    if (is_water && with_stars)
        draw_water(row, from, to, v, t, 1);
    else if (is_water)
        draw_water(row, from, to, v, t, 0);
    else if (with_stars)
        draw_above(row, from, to, v, t, 1);
    else
        draw_above(row, from, to, v, t, 0);
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
        draw_segment(&row, 0, edge, &v, &t);
        draw_segment(&row, edge, width, &v, &t);
        expose(frame, y, &row, width, &v.film);
    }
}
