/* Lights a nebula, stars and a planet; `space.py` says the same in NumPy and explains it. */
#include "coarse.h"
#include "points.h"

#include "space.h"

enum { GAS_SIDE = 1024, WISP_SIDE = 512, BAND_SIDE = 1024, SPACE_LEVELS = 6, SPAN = 320 };

/* Texels of the nebula for each unit of the flattened sky, and how far away its layers are in metres. */
static const float GAS_SCALE = 215.0f, NEBULA_METRES = 75.0f, WISP_METRES = 45.0f;
/* Texels of the wisps, wide and close. */
static const float WISP_WIDE = 150.0f, WISP_CLOSE = 560.0f, BYTE = 1.0f / 255.0f;
static const float PI = 3.14159265f;
/* Where ring and air begin and end, in radii of the planet. */
static const float RING_INNER = 1.35f, RING_OUTER = 2.3f, AIR_OUTER = 1.5f;

/* A direction on the flattened sky (its stereographic projection, which keeps shapes), as seen from the eye
 * where what it shows is so far away. */
INLINE pair flattened(const camera_view *camera, vector d, float metres) {
    vector from = normalised(along(d, camera->eye, 1.0f / metres));
    float spread = 2.0f / at_least(1.0f + from.z, 0.2f);
    return (pair){from.x * spread, from.y * spread};
}

INLINE float flash_at(const space_view *v, pair at) {
    float light = 0.0f;
    for (int n = 0; n < 2; n++) {
        float apart = square(at.a - v->flash[n][0]) + square(at.b - v->flash[n][1]);
        light += v->flash[n][2] * square(1.0f / (1.0f + 14.0f * apart));
    }
    return light;
}

INLINE colour nebula(const space_view *v, const space_textures *restrict t, vector d, float pixel) {
    pair near = flattened(&v->camera, d, WISP_METRES), at = flattened(&v->camera, d, NEBULA_METRES);
    float spread = 1.0f + 0.25f * (at.a * at.a + at.b * at.b);
    int wide_level = level_of(pixel * WISP_WIDE * spread, SPACE_LEVELS);
    pair wide = sampled(t->wisps, WISP_SIDE, wide_level, near.a * WISP_WIDE + v->flow[0],
                        near.b * WISP_WIDE + v->flow[1]);
    /* Gas flows: what it looks like is moved about by its wisps. */
    float push = (wide.a - 128.0f) * v->churn, pull = (wide.b - 128.0f) * v->churn;
    float gu = at.a * GAS_SCALE + GAS_SIDE / 2 + push, gv = GAS_SIDE / 2 - at.b * GAS_SCALE + pull;
    pair gas = sampled(t->gas, GAS_SIDE, 0, gu, gv), lane = sampled(t->lanes, GAS_SIDE, 0, gu, gv);
    int close_level = level_of(pixel * WISP_CLOSE * spread, SPACE_LEVELS);
    pair close = sampled(t->wisps, WISP_SIDE, close_level, at.a * WISP_CLOSE - v->flow[1] + push,
                         at.b * WISP_CLOSE + v->flow[0] + pull);
    float grain = 1.0f + v->contrast * ((wide.b - 128.0f) * 0.0050f + (close.a - 128.0f) * 0.0038f);
    float red = square(gas.a * BYTE) * grain, blue = square(gas.b * BYTE) * (2.0f - grain);
    float flash = flash_at(v, at);
    colour c = added(added(scaled(v->deep, grain), v->gas, red + flash * red), v->glow, blue + flash * blue);
    c = added(c, v->haze, square(lane.b * BYTE) * (0.7f + 0.3f * grain));
    float dark = -lane.a * BYTE * v->dusty * (0.75f + (close.b - 128.0f) * 0.004f);
    /* Dust takes blue light first, and shines a little by itself. */
    c = (colour){c.r * decay(dark * 0.75f), c.g * decay(dark), c.b * decay(dark * 1.25f)};
    return added(c, v->dust, 1.0f - decay(dark * 0.5f));
}

/* The star that lights all, as the eye sees it: a disc and a glow. */
INLINE colour add_star(const space_view *v, colour c, vector d) {
    float apart = at_least(2.0f - 2.0f * dot(d, v->sun), 0.0f);
    float glow = 0.25f * square(1.0f / (1.0f + 9.0f * apart)) + 1.3f * square(1.0f / (1.0f + 400.0f * apart));
    return added(c, v->starlight, glow + 40.0f * square(1.0f / (1.0f + 16000.0f * apart)));
}

/* The angle of (x, y), -pi to pi, to a ten thousandth. */
INLINE float angle_of(float x, float y) {
    float ax = fabsf(x), ay = fabsf(y), most = at_least(ax > ay ? ax : ay, 1e-6f);
    float a = (ax > ay ? ay : ax) / most, s = a * a;
    float r = ((-0.0464964749f * s + 0.15931422f) * s - 0.327622764f) * s * a + a;
    r = ay > ax ? 0.5f * PI - r : r;
    r = x < 0.0f ? PI - r : r;
    return y < 0.0f ? -r : r;
}

/* The light of the planet's surface; `n` is its normal and `d` the direction of the view. */
INLINE colour ground_light(const space_view *v, const space_textures *restrict t, vector n, vector d, float foot) {
    float facing = at_least(-dot(n, d), 0.06f), sine = dot(n, v->pole);
    float lon = angle_of(dot(n, v->prime), dot(n, v->east)) * (0.5f * BAND_SIDE / PI) + v->spin;
    int level = level_of(foot / facing * (0.35f * BAND_SIDE), SPACE_LEVELS);
    pair band = sampled(t->bands, BAND_SIDE, level, lon, (sine * 0.5f + 0.5f) * (BAND_SIDE - 2) + 0.5f);
    float day = dot(n, v->sun), lit = unit(day * 1.35f + 0.10f);
    lit = lit * lit * (3.0f - 2.0f * lit);
    float rim = square(1.0f - at_most(facing, 1.0f));
    colour c = mixed(v->ground, v->cloud, band.a * BYTE);
    c = scaled(c, (0.45f + band.b * (0.75f * BYTE)) * (0.25f + 0.75f * at_most(facing * 1.6f, 1.0f)));
    c = (colour){c.r * v->light.r, c.g * v->light.g, c.b * v->light.b};
    c = added(scaled(c, lit + 0.012f), v->air, rim * unit(day * 1.6f + 0.45f) * 0.6f);
    return added(c, v->air, 0.10f * unit(day + 0.25f) * (0.3f + rim));
}

/* The planet before what lies behind it, with its air around. */
INLINE colour add_planet(const space_view *v, const space_textures *restrict t, colour c, vector d, float pixel) {
    vector centre = along(v->planet, v->camera.eye, -1.0f);
    float ahead = dot(centre, d), past = sqrtf(at_least(dot(centre, centre) - ahead * ahead, 0.0f));
    float inside = square(v->radius) - square(past), soft = pixel * ahead;
    float covered = unit((v->radius - past) / soft + 0.5f);
    float far = ahead - sqrtf(at_least(inside, 0.0f)), shrink = 1.0f / v->radius;
    vector n = normalised((vector){(d.x * far - centre.x) * shrink, (d.y * far - centre.y) * shrink,
                                   (d.z * far - centre.z) * shrink});
    colour ground = ground_light(v, t, n, d, pixel * ahead * shrink);
    float high = at_least(past * shrink - 1.0f, 0.0f), day = unit(dot(n, v->sun) * 1.6f + 0.45f);
    /* Seen through the air along the limb, the star behind lights it all. */
    float behind = square(square(square(unit(dot(d, v->sun))))) * 3.5f;
    c = added(c, v->air, (0.8f * decay(-high * 60.0f) + 0.12f * decay(-high * 14.0f)) * day * (0.6f + behind));
    return mixed(c, ground, covered);
}

/* The ring: its plane is that of the planet's equator. */
INLINE colour add_ring(const space_view *v, const space_textures *restrict t, colour c, vector d, float pixel) {
    vector centre = along(v->planet, v->camera.eye, -1.0f);
    float slant = dot(d, v->pole), away = slant < 0.0f ? at_most(slant, -1e-3f) : at_least(slant, 1e-3f);
    float far = dot(centre, v->pole) / away, shrink = 1.0f / v->radius;
    vector p = {(d.x * far - centre.x) * shrink, (d.y * far - centre.y) * shrink, (d.z * far - centre.z) * shrink};
    float out = sqrtf(dot(p, p)), ahead = dot(centre, d);
    float past = sqrtf(at_least(dot(centre, centre) - ahead * ahead, 0.0f));
    float front = ahead - sqrtf(at_least(square(v->radius) - square(past), 0.0f));
    float seen = far > front && past < v->radius ? 0.0f : 1.0f;
    float place = (out - RING_INNER) / (RING_OUTER - RING_INNER);
    float within = unit(place * 40.0f) * unit((1.0f - place) * 40.0f) * (far > 0.0f ? seen : 0.0f);
    float foot = pixel * far * shrink / at_least(fabsf(slant), 0.05f);
    pair grain = sampled(t->wisps, WISP_SIDE, level_of(foot * 420.0f, SPACE_LEVELS), unit(place) * 330.0f, 7.0f);
    float toward = dot(p, v->sun), aside = sqrtf(at_least(out * out - toward * toward, 0.0f));
    float lit = toward < 0.0f ? unit((aside - 1.0f) * 30.0f + 0.5f) : 1.0f;
    float dense = unit((grain.a - 90.0f) * 0.012f) * within * v->ring;
    colour icy = mixed(v->cloud, v->ground, grain.b * BYTE * 0.6f);
    icy = (colour){icy.r * v->light.r, icy.g * v->light.g, icy.b * v->light.b};
    return mixed(c, scaled(icy, 0.02f + 0.75f * lit), dense * 0.85f);
}

/* How near the rays of a span come to the planet's middle at least, in its radii. */
INLINE float nearest(const row *restrict row, int from, int to, const space_view *restrict v) {
    vector centre = along(v->planet, v->camera.eye, -1.0f);
    float least = 1e9f;
#pragma omp simd reduction(min : least)
    for (int x = from; x < to; x++) {
        float ahead = dot(centre, look(&v->camera, row, x));
        least = at_most(dot(centre, centre) - ahead * ahead, least);
    }
    return sqrtf(at_least(least, 0.0f)) / v->radius;
}

INLINE void draw_span(row *restrict row, int from, int to, const space_view *restrict v,
                      const space_textures *restrict t, float pixel, int with_planet, int with_ring) {
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(&v->camera, row, x);
        colour c = add_star(v, nebula(v, t, d, pixel), d);
        if (with_planet) c = add_planet(v, t, c, d, pixel);
        if (with_ring) c = add_ring(v, t, c, d, pixel);
        paint(row, x, c);
    }
}

/* What a span cannot show is left out of its loop. */
INLINE void draw_space(row *restrict row, int from, int to, const space_view *restrict v,
                       const space_textures *restrict t, float pixel) {
    float near = nearest(row, from, to, v);
    int with_ring = v->ring > 0.0f && near < RING_OUTER;
    if (with_ring)
        draw_span(row, from, to, v, t, pixel, 1, 1);
    else if (near < AIR_OUTER)
        draw_span(row, from, to, v, t, pixel, 1, 0);
    else
        draw_span(row, from, to, v, t, pixel, 0, 0);
}

FOR_EACH_CPU
void space_rows(uint8_t *frame, int width, int first_row, int n_rows, const space_view *view,
                const space_textures *textures) {
    space_view v = *view;
    space_textures t = *textures;
    float pixel = sqrtf(dot(v.camera.right, v.camera.right));
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        for (int from = 0; from < width; from += SPAN)
            draw_space(&row, from, from + SPAN < width ? from + SPAN : width, &v, &t, pixel);
        add_points(&row, y, width, t.points, t.ends, v.n_large);
        expose(frame, y, &row, width, &v.film);
    }
}
