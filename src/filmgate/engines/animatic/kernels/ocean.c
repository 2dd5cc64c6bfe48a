/* Lights an ocean and its sky, pixel by pixel; `ocean.py` says the same in NumPy. */
#include "waves.h"

#include "ocean.h"

/* Spray lies in streaks along the wind: texels to a metre across them and along. */
static const float WIND_X = 0.35f, WIND_Z = 0.94f, SPRAY_ACROSS = 16.0f, SPRAY_ALONG = 7.0f;

INLINE void draw_sky(row *restrict row, int from, int to, const ocean_view *restrict v,
                     const ocean_textures *restrict t, int with_stars) {
#pragma omp simd
    for (int x = from; x < to; x++)
        paint(row, x, sky_light(&v->camera, &v->sky, &v->air, &t->sky, look(&v->camera, row, x), row->grain[x],
                                with_stars));
}

/* The light that water sends along `d` where its slopes are `sx` and `sz`. */
INLINE colour lit_water(const ocean_view *v, vector d, float sx, float sz, float rough) {
    reflection r = reflected(d, sx, sz, rough, 0.45f, 0.5f);
    float apart = from_sun(&v->sky, r.up), cover = at_most(v->sky.cloud_cover * 0.45f, 0.9f) * unit(r.up.y * 6.0f);
    colour clouds = added(v->sky.cloud_shade, v->sky.cloud_light, 0.45f);
    colour sky = mixed(clear_sky(&v->sky, r.up.y, apart), clouds, cover);
    float glitter = glitter_of(&v->sky, apart, rough, 0.0035f) * r.fresnel;
    return added(added(scaled(sky, r.fresnel), v->body, r.body), v->glint, glitter);
}

/* The share of white water where the long waves have these slopes: crests break where they are steep, and the
 * wind tears spray into streaks along its way. The chop, drawn out along the wind, frays both. */
INLINE float whitecap(const ocean_textures *restrict t, vector place, float foot, float sx, float sz) {
    float u = (place.x * WIND_Z - place.z * WIND_X) * SPRAY_ACROSS;
    float v = (place.x * WIND_X + place.z * WIND_Z) * SPRAY_ALONG;
    pair torn = sample_waves(t->chop, level_of(foot * SPRAY_ACROSS, WAVE_LEVELS), u, v);
    float frayed = (torn.a - WAVE_ZERO) * WAVE_STEP;
    float breaking = unit((sx * sx + sz * sz) * 20.0f + 0.9f * frayed - 1.6f);
    float streak = 0.20f * unit(frayed - 0.4f);
    return breaking + (1.0f - breaking) * streak;
}

INLINE void draw_water(row *restrict row, int from, int to, const ocean_view *restrict v,
                       const ocean_textures *restrict t, int with_foam) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right));
    colour white = added(v->sky.cloud_shade, v->sky.cloud_light, 0.8f);
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(&v->camera, row, x);
        float down = at_least(-d.y, LEAST_DOWN), far = at_most(v->camera.eye.y / down, FARTHEST);
        vector place = along(v->camera.eye, d, far);
        /* A pixel's length on the water, in metres; levels are rounded down, so it is taken longer. */
        float foot = far * pixel * (1.2f / down);
        pair s0 = slope_of(t->swell, SWELL_WIDE, v->slope[0], place, foot);
        pair s1 = slope_of(t->swell, SWELL_CLOSE, v->slope[1], place, foot);
        pair s2 = slope_of(t->chop, CHOP_WIDE, v->slope[2], place, foot);
        pair s3 = slope_of(t->chop, CHOP_CLOSE, v->slope[3], place, foot);
        float sx = s0.a + s1.a + s2.a + s3.a, sz = s0.b + s1.b + s2.b + s3.b;
        colour c = lit_water(v, d, sx, sz, v->rough[rough_entry(foot)]);
        if (with_foam) {
            float foam = whitecap(t, place, foot, s0.a + s1.a, s0.b + s1.b) * v->foam;
            c = mixed(c, white, foam * unit(150.0f / far));
        }
        paint(row, x, hazed(&v->sky, &v->air, d, far, c));
    }
}

/* Lights one side of the horizon, which crosses a row once at most. */
INLINE void draw_segment(row *restrict row, int from, int to, const ocean_view *restrict v,
                         const ocean_textures *restrict t) {
    if (is_below_horizon(row, &v->camera, from, to)) {
        /* What a view lacks is left out of its loop, rather than looked up and multiplied by nothing. */
        if (v->foam > 0.0f)
            draw_water(row, from, to, v, t, 1);
        else
            draw_water(row, from, to, v, t, 0);
    } else if (v->sky.stars > 0.0f)
        draw_sky(row, from, to, v, t, 1);
    else
        draw_sky(row, from, to, v, t, 0);
}

FOR_EACH_CPU
void ocean_rows(uint8_t *frame, int width, int first_row, int n_rows, const ocean_view *view,
                const ocean_textures *textures) {
    /* Copies that nothing else points to: the compiler may keep their numbers in registers. */
    ocean_view v = *view;
    ocean_textures t = *textures;
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        int edge = horizon_column(&row, width, &v.camera);
        draw_segment(&row, 0, edge, &v, &t);
        draw_segment(&row, edge, width, &v, &t);
        expose(frame, y, &row, width, &v.film);
    }
}
