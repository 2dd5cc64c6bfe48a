/* Lights a plain of sand or snow before a panorama, and an aurora above it; `ground.py` says the same in NumPy. */
#include "panorama.h"

#include "ground.h"

/* The layers of the plain's relief, from wide undulations to grains. */
static const layer UNDULATION = {4.5f, 0.9f, 0.44f, 31.0f, 7.0f};
static const layer HUMMOCK = {17.0f, 0.8f, -0.6f, 3.0f, 19.0f};
static const layer RIPPLE = {90.0f, 0.96f, 0.28f, 0.0f, 0.0f};
static const layer GRAIN = {610.0f, 0.6f, 0.8f, 5.0f, 0.0f};
/* What blows over the plain, drawn out along the wind, which blows across the view: texels of the clouds to a
 * metre across the view and along it, and how much finer and faster its second layer is. */
static const float DRIFT_ACROSS = 0.9f, DRIFT_ALONG = 6.0f, DRIFT_FINER = 3.7f;
/* Gusts of thick air: texels of the clouds to a unit of a ray across the view and upwards. */
static const float GUST_ACROSS = 60.0f, GUST_UP = 240.0f;
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
    float through = 1.0f - v->air.share * decay(-at_least(d.y, 0.0f) * v->air.clears);
    return scaled(c, v->aurora * through * unit(d.y * 9.0f) * (1.0f / N_SHEETS));
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

/* Where a ray meets the plain, how far away that is, and how much of the plain a pixel covers there. */
typedef struct { vector place; float far, foot; } spot;

INLINE spot spot_of(const camera_view *camera, float pixel, vector d) {
    float down = at_least(-d.y, LEAST_DOWN), far = at_most(camera->eye.y / down, FARTHEST);
    return (spot){along(camera->eye, d, far), far, far * pixel * (1.2f / down)};
}

/* The plain as a span of rays meets it. */
typedef struct {
    vectors place;
    float far[SPAN], foot[SPAN], sx[SPAN], sz[SPAN], pixel, farthest;
} plain;

INLINE void meet_ground(plain *restrict p, const vectors *restrict toward, const ground_view *restrict v) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right)), farthest = 0.0f;
#pragma omp simd reduction(max : farthest)
    for (int i = 0; i < SPAN; i++) {
        spot s = spot_of(&v->camera, pixel, nth(toward, i));
        keep(&p->place, i, s.place);
        p->far[i] = s.far;
        p->foot[i] = s.foot;
        farthest = at_least(s.far, farthest);
    }
    p->pixel = pixel;
    p->farthest = farthest;
}

/* Whether texels of so many to a metre are so large on the screen that what lies between is seen as straight. */
INLINE int is_magnified(const plain *p, float scale, int every) {
    return p->farthest * p->pixel * scale * (float)every <= 1.0f;
}

/* Adds the slopes of a layer to those of the plain; where it is magnified, those of a few pixels tell the rest. */
INLINE void lay_relief(plain *restrict p, const row *restrict row, int at, const ground_view *restrict v,
                       const uint32_t *restrict texture, layer l, float strength) {
    int every = v->land.every;
    if (is_magnified(p, l.scale, every)) {
        float a[KNOTS], b[KNOTS], sx[SPAN + 1], sz[SPAN + 1];
        int n = SPAN / every + 1;
#pragma omp simd
        for (int i = 0; i < n; i++) {
            spot s = spot_of(&v->camera, p->pixel, look(&v->camera, row, at + i * every));
            pair slope = slope_of(texture, l, strength, s.place, s.foot);
            a[i] = slope.a;
            b[i] = slope.b;
        }
        spread_apart(sx, a, n, every);
        spread_apart(sz, b, n, every);
#pragma omp simd
        for (int i = 0; i < SPAN; i++) p->sx[i] += sx[i], p->sz[i] += sz[i];
        return;
    }
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        pair slope = slope_of(texture, l, strength, nth(&p->place, i), p->foot[i]);
        p->sx[i] += slope.a;
        p->sz[i] += slope.b;
    }
}

INLINE void light_ground(row *restrict row, int at, plain *restrict p, const vectors *restrict toward,
                         const ground_view *restrict v, const ground_textures *restrict t) {
    memset(p->sx, 0, sizeof p->sx);
    memset(p->sz, 0, sizeof p->sz);
    lay_relief(p, row, at, v, t->swells, UNDULATION, v->relief[0]);
    lay_relief(p, row, at, v, t->swells, HUMMOCK, v->relief[1]);
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(toward, i), place = nth(&p->place, i);
        float foot = p->foot[i];
        pair ripple = slope_of(t->ripples, RIPPLE, v->relief[2], place, foot);
        pair grain = slope_of(t->swells, GRAIN, v->relief[3], place, foot);
        float sx = p->sx[i] + ripple.a + grain.a, sz = p->sz[i] + ripple.b + grain.b;
        /* A crystal shines where it happens to mirror the sun; which ones do changes with the view. */
        float shine = unit((grain.a * d.x - grain.b * d.z) * 9.0f - 0.8f) * unit(0.06f / foot);
        paint(row, at + i, added(lit_ground(v, d, sx, sz), v->sun, square(shine) * v->sparkle));
    }
}

/* How thickly sand or snow is blown over a spot. */
INLINE float drift_at(const ground_view *v, const uint32_t *restrict clouds, spot s) {
    float u = s.place.x * DRIFT_ACROSS + v->drift_shift[0], w = s.place.z * DRIFT_ALONG + v->drift_shift[1];
    int level = level_of(s.foot * DRIFT_ALONG, SKY_LEVELS);
    pair wide = sample_sky(clouds, level, u, w);
    pair fine = sample_sky(clouds, level, u * DRIFT_FINER, w * DRIFT_FINER);
    float blown = 0.6f * wide.a + 0.6f * fine.a - 0.2f * 255.0f;
    return unit(at_least(blown, 0.0f) * SKY_STEP * v->drift) * unit(s.far * 0.06f);
}

/* How thick a gust is along a ray: most where the land ends, less high up and close to the eye. */
INLINE float gust_along(const ground_view *v, const uint32_t *restrict clouds, vector d) {
    float u = d.x * GUST_ACROSS + v->gust_shift[0], w = d.y * GUST_UP + v->gust_shift[1];
    pair wide = sample_sky(clouds, 1, u, w), fine = sample_sky(clouds, 1, u * 2.0f + v->gust_shift[0], w * 2.0f);
    float thick = at_least((0.8f * wide.a + 0.5f * fine.a) * SKY_STEP - 0.15f, 0.0f);
    return v->gusts * thick * decay(-3.0f * at_least(d.y, 0.0f)) * unit(1.0f + 2.2f * d.y);
}

/* Lays gusts over all that a row shows. They are wide: those of a few pixels tell the rest. */
INLINE void lay_gusts(row *restrict row, int at, const ground_view *restrict v, const uint32_t *restrict clouds) {
    float share[SPAN + MOST_APART], knots[KNOTS];
    int every = v->land.every, n = SPAN / every + 1;
#pragma omp simd
    for (int i = 0; i < n; i++) knots[i] = unit(gust_along(v, clouds, look(&v->camera, row, at + i * every)));
    spread_apart(share, knots, n, every);
#pragma omp simd
    for (int i = 0; i < SPAN; i++) paint(row, at + i, mixed(painted(row, at + i), v->haze, share[i]));
}

/* Lays what blows over the plain. */
INLINE void lay_drift(row *restrict row, int at, const plain *restrict p, const ground_view *restrict v,
                      const uint32_t *restrict clouds) {
    float share[SPAN + 1];
    int every = v->land.every;
    if (is_magnified(p, DRIFT_ALONG * DRIFT_FINER, every)) {
        float knots[KNOTS];
        int n = SPAN / every + 1;
#pragma omp simd
        for (int i = 0; i < n; i++)
            knots[i] = drift_at(v, clouds, spot_of(&v->camera, p->pixel, look(&v->camera, row, at + i * every)));
        spread_apart(share, knots, n, every);
    } else {
#pragma omp simd
        for (int i = 0; i < SPAN; i++)
            share[i] = drift_at(v, clouds, (spot){nth(&p->place, i), p->far[i], p->foot[i]});
    }
#pragma omp simd
    for (int i = 0; i < SPAN; i++) paint(row, at + i, mixed(painted(row, at + i), v->dust, share[i]));
}

INLINE void draw_ground(row *restrict row, int at, const ground_view *restrict v, const ground_textures *restrict t,
                        const vectors *restrict eye, float clear, const vectors *restrict toward) {
    plain plain;
    skyline seen;
    covers land = {0.0f, 0.0f};
    meet_ground(&plain, toward, v);
    if (plain.farthest > clear &&
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
    if (v->gusts > 0.0f) lay_gusts(row, at, v, t->sky.clouds);
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
