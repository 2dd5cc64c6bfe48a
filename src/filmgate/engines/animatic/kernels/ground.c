/* Lights a plain of sand or snow before a panorama, and an aurora above it; `ground.py` says the same in NumPy. */
#include "panorama.h"

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

INLINE void add_aurora(row *restrict row, int at, const ground_view *restrict v, const uint32_t *restrict curtains,
                       const vectors *restrict toward) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++)
        paint(row, at + i, added(painted(row, at + i), aurora_light(v, curtains, nth(toward, i)), 1.0f));
}

/* Paints what is above the plain. */
INLINE void draw_above(row *restrict row, int at, const ground_view *restrict v, const ground_textures *restrict t,
                       const vectors *restrict eye, const vectors *restrict toward) {
    skyline seen;
    covers land = look_afar(&seen, row, at, &v->camera, &v->land, &t->land, eye, toward);
    if (land.least >= OPAQUE) {
        paint_land(row, at, &seen);
        return;
    }
    if (v->sky.stars > 0.0f)
        paint_starry_sky(row, at, toward, &v->camera, &v->sky, &v->air, &t->sky);
    else
        paint_sky(row, at, toward, &v->camera, &v->sky, &v->air, &t->sky);
    if (v->aurora > 0.0f) add_aurora(row, at, v, t->curtains, toward);
    if (land.most > 0.0f) lay_land(row, at, &seen);
}

/* The sine of how high above the horizon the glow of a low sun stands. */
static const float LOW_SKY = 0.17f;

/* The light that the plain throws back along `d`, where its slopes are `sx` and `sz`. */
INLINE colour lit_ground(const ground_view *v, vector d, float sx, float sz) {
    float norm = 1.0f / sqrtf(1.0f + sx * sx + sz * sz);
    float facing = (v->sky.sun.y - v->sky.sun.x * sx - v->sky.sun.z * sz) * norm;
    /* Light goes into the heap a little before it comes out, so that the shaded side is never black. */
    float lit = at_least(0.9f * facing + 0.1f, 0.0f) * unit(v->sky.sun.y * 20.0f + 0.2f);
    float open = 0.86f + 0.14f * norm + 0.10f * (sx * d.x + sz * d.z);
    float glowing = at_least(LOW_SKY - v->glow_way[0] * sx - v->glow_way[1] * sz, 0.0f) * norm;
    colour light = added(added(scaled(v->shade, open), v->sun, lit), v->glow, glowing);
    return (colour){light.r * v->shown.r, light.g * v->shown.g, light.b * v->shown.b};
}

/* The plain as a span of rays meets it. */
typedef struct {
    vectors place;
    float far[SPAN], foot[SPAN];
} plain;

/* Returns how far away the farthest of it is. */
INLINE float meet_ground(plain *restrict p, const vectors *restrict toward, const ground_view *restrict v) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right)), farthest = 0.0f;
#pragma omp simd reduction(max : farthest)
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(toward, i);
        float down = at_least(-d.y, LEAST_DOWN), far = at_most(v->camera.eye.y / down, FARTHEST);
        keep(&p->place, i, along(v->camera.eye, d, far));
        p->far[i] = far;
        p->foot[i] = far * pixel * (1.2f / down);
        farthest = at_least(far, farthest);
    }
    return farthest;
}

INLINE void light_ground(row *restrict row, int at, const plain *restrict p, const vectors *restrict toward,
                         const ground_view *restrict v, const ground_textures *restrict t) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(toward, i), place = nth(&p->place, i);
        float foot = p->foot[i];
        pair wide = slope_of(t->swells, UNDULATION, v->relief[0], place, foot);
        pair hummock = slope_of(t->swells, HUMMOCK, v->relief[1], place, foot);
        pair ripple = slope_of(t->ripples, RIPPLE, v->relief[2], place, foot);
        pair grain = slope_of(t->swells, GRAIN, v->relief[3], place, foot);
        float sx = wide.a + hummock.a + ripple.a + grain.a, sz = wide.b + hummock.b + ripple.b + grain.b;
        /* A crystal shines where it happens to mirror the sun; which ones do changes with the view. */
        float shine = unit((grain.a * d.x - grain.b * d.z) * 9.0f - 0.8f) * unit(0.06f / foot);
        paint(row, at + i, added(lit_ground(v, d, sx, sz), v->sun, square(shine) * v->sparkle));
    }
}

/* Lays what blows over the plain. */
INLINE void lay_drift(row *restrict row, int at, const plain *restrict p, const ground_view *restrict v,
                      const uint32_t *restrict clouds) {
    colour dust = added(v->shade, v->sun, 0.6f);
    dust = scaled((colour){dust.r * v->shown.r, dust.g * v->shown.g, dust.b * v->shown.b}, 1.15f);
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        vector place = nth(&p->place, i);
        float u = place.x * DRIFT_ACROSS + v->drift_shift[0], w = place.z * DRIFT_ALONG + v->drift_shift[1];
        pair blown = sample_sky(clouds, level_of(p->foot[i] * DRIFT_ACROSS, SKY_LEVELS), u, w);
        float share = unit(blown.a * SKY_STEP * v->drift) * unit(p->far[i] * 0.03f);
        paint(row, at + i, mixed(painted(row, at + i), dust, share));
    }
}

INLINE void draw_ground(row *restrict row, int at, const ground_view *restrict v, const ground_textures *restrict t,
                        const vectors *restrict eye, float clear, const vectors *restrict toward) {
    plain plain;
    skyline seen;
    covers land = {0.0f, 0.0f};
    if (meet_ground(&plain, toward, v) > clear &&
        look_afar(&seen, row, at, &v->camera, &v->land, &t->land, eye, toward).most > 0.0f)
        land = put_before_plain(&seen, plain.far, toward, &v->sky, &v->air);
    if (land.least >= OPAQUE) {
        paint_land(row, at, &seen);
        return;
    }
    light_ground(row, at, &plain, toward, v, t);
    if (v->drift > 0.0f) lay_drift(row, at, &plain, v, t->sky.clouds);
#pragma omp simd
    for (int i = 0; i < SPAN; i++)
        paint(row, at + i, hazed(&v->sky, &v->air, nth(toward, i), plain.far[i], painted(row, at + i)));
    if (land.most > 0.0f) lay_land(row, at, &seen);
}

INLINE void draw_span(row *restrict row, int at, int is_ground, const ground_view *restrict v,
                      const ground_textures *restrict t, const vectors *restrict eye, float clear) {
    vectors toward;
    look_along(&toward, row, at, &v->camera);
    if (is_ground)
        draw_ground(row, at, v, t, eye, clear, &toward);
    else
        draw_above(row, at, v, t, eye, &toward);
}

FOR_EACH_CPU
void ground_rows(uint8_t *frame, int width, int first_row, int n_rows, const ground_view *view,
                 const ground_textures *textures) {
    ground_view v = *view;
    ground_textures t = *textures;
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
