/* Lights a lake before a panorama, which it mirrors; `lake.py` says the same in NumPy. */
#include "panorama.h"

#include "lake.h"

/* Gusts roughen the water in patches: texels of the clouds to a metre, across and along the view. */
static const float GUST_ACROSS = 0.9f, GUST_ALONG = 0.35f;

/* Paints the sky along some rays, and the land before it. */
INLINE void paint_distance(row *restrict row, int at, const lake_view *restrict v, const lake_textures *restrict t,
                           const vectors *restrict toward, covers land, const skyline *restrict seen) {
    if (land.least >= OPAQUE) {
        paint_land(row, at, seen);
        return;
    }
    if (v->sky.stars > 0.0f)
        paint_starry_sky(row, at, toward, &v->camera, &v->sky, &v->air, &t->sky);
    else
        paint_sky(row, at, toward, &v->camera, &v->sky, &v->air, &t->sky);
    if (land.most > 0.0f) lay_land(row, at, seen);
}

/* How rough a gust makes the water at a place, around 1. */
INLINE float gust(const lake_view *v, const lake_textures *restrict t, vector place, float foot) {
    float u = place.x * GUST_ACROSS + v->gust_drift[0], w = place.z * GUST_ALONG + v->gust_drift[1];
    float thick = sample_sky(t->sky.clouds, level_of(foot * GUST_ACROSS + 2.0f, SKY_LEVELS), u, w).b;
    return mix(1.0f, 0.35f + 1.5f * thick * SKY_STEP, v->gusts);
}

/* Water as a span of rays meets it: where, how far away, and what it does with light. */
typedef struct {
    vectors place, up;
    float far[SPAN], rough[SPAN], fresnel[SPAN], body[SPAN], blown[SPAN + MOST_APART];
} water;

/* Fills in how far away it is, and returns the most of it. */
INLINE float reach_water(water *restrict w, const vectors *restrict toward, const lake_view *restrict v) {
    float farthest = 0.0f;
#pragma omp simd reduction(max : farthest)
    for (int i = 0; i < SPAN; i++) {
        w->far[i] = at_most(v->camera.eye.y / at_least(-toward->y[i], LEAST_DOWN), FARTHEST);
        farthest = at_least(w->far[i], farthest);
    }
    return farthest;
}

/* Fills in how gusts roughen it. They are wide: those of a few pixels tell the rest. */
INLINE void roughen_water(water *restrict w, const row *restrict row, int at, const lake_view *restrict v,
                          const lake_textures *restrict t) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right)), knots[KNOTS];
    int every = v->land.every, n = SPAN / every + 1;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        vector d = look(&v->camera, row, at + i * every);
        float down = at_least(-d.y, LEAST_DOWN), far = at_most(v->camera.eye.y / down, FARTHEST);
        knots[i] = gust(v, t, along(v->camera.eye, d, far), far * pixel * (1.2f / down));
    }
    spread_apart(w->blown, knots, n, every);
}

INLINE void meet_water(water *restrict w, const vectors *restrict toward, const lake_view *restrict v,
                       const lake_textures *restrict t) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right));
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(toward, i);
        float down = at_least(-d.y, LEAST_DOWN), far = w->far[i];
        vector place = along(v->camera.eye, d, far);
        float foot = far * pixel * (1.2f / down), blown = w->blown[i];
        pair wide = slope_of(t->chop, CHOP_WIDE, v->slope[0] * blown, place, foot);
        pair close = slope_of(t->chop, CHOP_CLOSE, v->slope[1] * blown, place, foot);
        float sx = wide.a + close.a, sz = wide.b + close.b, rough = v->rough[rough_entry(foot)] * blown;
        reflection r = reflected(d, sx, sz, rough, 0.3f, 0.3f);
        keep(&w->place, i, place);
        keep(&w->up, i, r.up);
        w->rough[i] = rough;
        w->fresnel[i] = r.fresnel;
        w->body[i] = r.body;
    }
}

/* How steeply a mirrored ray rises where mist has taken all from the land that it takes: 1 over its sine. */
static const float BLURRED_BY = 9.0f;

/* Takes from the land that is mirrored what mist on the water does: the more of it, the higher it stands. */
INLINE covers blur(skyline *restrict mirrored, const vectors *restrict up, float most) {
    float least = 1.0f, greatest = 0.0f;
#pragma omp simd reduction(min : least) reduction(max : greatest)
    for (int i = 0; i < SPAN; i++) {
        float cover = mirrored->cover[i] * (1.0f - most * unit(up->y[i] * BLURRED_BY));
        mirrored->cover[i] = cover;
        least = at_most(cover, least);
        greatest = at_least(cover, greatest);
    }
    return (covers){least, greatest};
}

/* Makes water of what it mirrors, which the row shows. */
INLINE void light_water(row *restrict row, int at, const water *restrict w, const float *restrict cover,
                        const vectors *restrict toward, const lake_view *restrict v) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float rough = w->rough[i], fresnel = w->fresnel[i];
        colour c = scaled(painted(row, at + i), fresnel);
        float glitter = glitter_of(&v->sky, from_sun(&v->sky, nth(&w->up, i)), rough, 0.0020f) * fresnel;
        c = added(added(c, v->body, w->body[i]), v->glint, glitter * (1.0f - cover[i]));
        paint(row, at + i, hazed(&v->sky, &v->air, nth(toward, i), w->far[i], c));
    }
}

INLINE void draw_water(row *restrict row, int at, const lake_view *restrict v, const lake_textures *restrict t,
                       const vectors *restrict eye, float clear, const vectors *restrict toward) {
    water water;
    skyline seen, mirrored;
    covers land = {0.0f, 0.0f};
    if (reach_water(&water, toward, v) > clear &&
        look_afar(&seen, row, at, &v->camera, &v->land, &t->land, eye, toward).most > 0.0f)
        land = put_before_plain(&seen, water.far, toward, &v->sky, &v->air);
    if (land.least >= OPAQUE) {
        paint_land(row, at, &seen);
        return;
    }
    roughen_water(&water, row, at, v, t);
    meet_water(&water, toward, v, t);
    covers behind = look_mirrored(&mirrored, row, at, &v->camera, &v->land, &t->land, &water.place, &water.up);
    if (v->blurs > 0.0f && behind.most > 0.0f) behind = blur(&mirrored, &water.up, v->blurs);
    paint_distance(row, at, v, t, &water.up, behind, &mirrored);
    light_water(row, at, &water, mirrored.cover, toward, v);
    if (land.most > 0.0f) lay_land(row, at, &seen);
}

INLINE void draw_span(row *restrict row, int at, int is_water, const lake_view *restrict v,
                      const lake_textures *restrict t, const vectors *restrict eye, float clear) {
    vectors toward;
    skyline seen;
    look_along(&toward, row, at, &v->camera);
    if (is_water) {
        draw_water(row, at, v, t, eye, clear, &toward);
        return;
    }
    covers land = look_afar(&seen, row, at, &v->camera, &v->land, &t->land, eye, &toward);
    paint_distance(row, at, v, t, &toward, land, &seen);
}

FOR_EACH_CPU
void lake_rows(uint8_t *frame, int width, int first_row, int n_rows, const lake_view *view,
               const lake_textures *textures) {
    lake_view v = *view;
    lake_textures t = *textures;
    row row;
    vectors eye;
    stand_at(&eye, v.camera.eye);
    float clear = clearing(&v.land, v.camera.eye);
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        int edge = horizon_column(&row, width, &v.camera);
        for (int at = 0, end; at < width; at = end) {
            end = end_of_span(at, edge);
            draw_span(&row, at, is_below_horizon(&row, &v.camera, at, end), &v, &t, &eye, clear);
        }
        expose(frame, y, &row, width, &v.film);
    }
}
