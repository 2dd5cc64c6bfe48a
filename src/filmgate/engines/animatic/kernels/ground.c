/* Lights a plain of sand or snow before a panorama, and an aurora above it; `ground.py` says the same in NumPy. */
#include "panorama.h"
#include "waves.h"

#include "ground.h"

/* The layers of the plain's relief, from wide undulations to grains. */
static const layer UNDULATION = {4.5f, 0.9f, 0.44f, 31.0f, 7.0f};
static const layer HUMMOCK = {17.0f, 0.8f, -0.6f, 3.0f, 19.0f};
static const layer RIPPLE = {90.0f, 0.96f, 0.28f, 0.0f, 0.0f};
static const layer GRAIN = {610.0f, 0.6f, 0.8f, 5.0f, 0.0f};
/* What blows over the plain: texels of the clouds to a metre, across the wind and along it. */
static const float DRIFT_ACROSS = 7.0f, DRIFT_ALONG = 0.9f;
/* A curtain is a stack of so many sheets, which lie the farther out the higher they are. */
enum { N_SHEETS = 8 };

INLINE colour aurora_light(const ground_view *v, const uint32_t *restrict curtains, vector d) {
    colour c = {0.0f, 0.0f, 0.0f};
    float reach = 1.0f / (at_least(d.y, 0.0f) * 1.6f + 0.34f);
#pragma GCC unroll 8
    for (int sheet = 0; sheet < N_SHEETS; sheet++) {
        float height = (float)sheet * (1.0f / (N_SHEETS - 1)), out = reach * (1.0f + 0.30f * height) * 210.0f;
        float u = d.x * out, w = d.z * out;
        pair bend = sample_sky(curtains, 3, u * 0.4f + v->aurora_time * 5.0f, w * 0.4f - v->aurora_time * 2.0f);
        float push = (bend.b * SKY_STEP - 0.5f) * 90.0f;
        pair fold = sample_sky(curtains, 1, u + push + v->aurora_time * 3.0f, w * 0.42f + push * 0.7f);
        float glow = square(fold.a * SKY_STEP) * (1.0f - height) * (0.35f + 0.65f * unit(height * 6.0f));
        c = added(c, (colour){0.16f + 0.62f * square(height), 1.0f - 0.72f * height, 0.42f + 0.42f * height}, glow);
    }
    return scaled(c, v->aurora * unit(d.y * 9.0f) * (1.0f / N_SHEETS));
}

INLINE colour above(const ground_view *v, const ground_textures *restrict t, vector d, float grain, int with_stars,
                    int with_aurora) {
    colour sky = sky_light(&v->camera, &v->sky, &v->air, &t->sky, d, grain, with_stars);
    return with_aurora ? added(sky, aurora_light(v, t->curtains, d), 1.0f) : sky;
}

INLINE void draw_above(row *restrict row, int from, int to, const ground_view *restrict v,
                       const ground_textures *restrict t, int with_stars, int with_aurora) {
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(&v->camera, row, x);
        distant seen = far_along(&v->land, &t->land, v->camera.eye, d);
        paint(row, x, mixed(above(v, t, d, row->grain[x], with_stars, with_aurora), seen.light, seen.cover));
    }
}

/* The light that the plain throws back along `d`, where its slopes are `sx` and `sz`. */
INLINE colour lit_ground(const ground_view *v, vector d, float sx, float sz) {
    float norm = 1.0f / sqrtf(1.0f + sx * sx + sz * sz);
    float facing = (v->sky.sun.y - v->sky.sun.x * sx - v->sky.sun.z * sz) * norm;
    /* Light goes into the heap a little before it comes out, so that the shaded side is never black. */
    float lit = at_least(0.9f * facing + 0.1f, 0.0f) * unit(v->sky.sun.y * 20.0f + 0.2f);
    float open = 0.86f + 0.14f * norm + 0.10f * (sx * d.x + sz * d.z);
    colour light = added(scaled(v->shade, open), v->sun, lit);
    return (colour){light.r * v->shown.r, light.g * v->shown.g, light.b * v->shown.b};
}

INLINE void draw_ground(row *restrict row, int from, int to, const ground_view *restrict v,
                        const ground_textures *restrict t) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right));
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(&v->camera, row, x);
        float down = at_least(-d.y, LEAST_DOWN), far = at_most(v->camera.eye.y / down, FARTHEST);
        vector place = along(v->camera.eye, d, far);
        float foot = far * pixel * (1.2f / down);
        pair wide = slope_of(t->swells, UNDULATION, v->relief[0], place, foot);
        pair hummock = slope_of(t->swells, HUMMOCK, v->relief[1], place, foot);
        pair ripple = slope_of(t->ripples, RIPPLE, v->relief[2], place, foot);
        pair grain = slope_of(t->swells, GRAIN, v->relief[3], place, foot);
        float sx = wide.a + hummock.a + ripple.a + grain.a, sz = wide.b + hummock.b + ripple.b + grain.b;
        colour c = lit_ground(v, d, sx, sz);
        /* A crystal shines where it happens to mirror the sun; which ones do changes with the view. */
        float shine = unit((grain.a * d.x - grain.b * d.z) * 9.0f - 0.8f) * unit(0.06f / foot);
        c = added(c, v->sun, square(shine) * v->sparkle);
        float u = place.x * DRIFT_ACROSS + v->drift_shift[0], w = place.z * DRIFT_ALONG + v->drift_shift[1];
        pair blown = sample_sky(t->sky.clouds, level_of(foot * DRIFT_ACROSS, SKY_LEVELS), u, w);
        colour dust = added(v->shade, v->sun, 0.6f);
        dust = (colour){dust.r * v->shown.r, dust.g * v->shown.g, dust.b * v->shown.b};
        c = mixed(c, scaled(dust, 1.15f), unit(blown.a * SKY_STEP * v->drift) * unit(far * 0.03f));
        c = hazed(&v->sky, &v->air, d, far, c);
        distant seen = far_along(&v->land, &t->land, v->camera.eye, d);
        paint(row, x, mixed(c, seen.light, seen.far < far ? seen.cover : 0.0f));
    }
}

INLINE void draw_segment(row *restrict row, int from, int to, const ground_view *restrict v,
                         const ground_textures *restrict t) {
    if (is_below_horizon(row, &v->camera, from, to))
        draw_ground(row, from, to, v, t);
    else if (v->aurora > 0.0f)
        draw_above(row, from, to, v, t, 1, 1);
    else
        draw_above(row, from, to, v, t, 1, 0);
}

FOR_EACH_CPU
void ground_rows(uint8_t *frame, int width, int first_row, int n_rows, const ground_view *view,
                 const ground_textures *textures) {
    ground_view v = *view;
    ground_textures t = *textures;
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        int edge = horizon_column(&row, width, &v.camera);
        draw_segment(&row, 0, edge, &v, &t);
        draw_segment(&row, edge, width, &v, &t);
        expose(frame, y, &row, width, &v.film);
    }
}
