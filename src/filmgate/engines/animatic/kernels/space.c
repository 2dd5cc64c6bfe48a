/* Lights a nebula, stars and a planet; `space.py` says the same in NumPy and explains it. */
#include "coarse.h"
#include "points.h"
#include "spans.h"

#include "space.h"

enum { GAS_SIDE = 1024, WISP_SIDE = 512, BAND_SIDE = 1024, SPACE_LEVELS = 6 };

/* Texels of the nebula for each unit of the flattened sky, and how far away its layers are in metres. */
static const float GAS_SCALE = 215.0f, NEBULA_METRES = 75.0f, WISP_METRES = 45.0f;
/* Texels of the wisps, wide and close. */
static const float WISP_WIDE = 150.0f, WISP_CLOSE = 560.0f, BYTE = 1.0f / 255.0f;
static const float PI = 3.14159265f;
/* Where ring and air begin and end, in radii of the planet. */
static const float RING_INNER = 1.35f, RING_OUTER = 2.3f, AIR_OUTER = 1.5f;
/* How far out rays are lit between which the planet's limb may lie. */
static const float GROUND_OUTER = 1.3f;
/* How fast the disc of the star fades, and the squared chord at which it has. */
static const float DISC_FADE = 16000.0f, DISC_EDGE = 0.02f;

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

/* What a span of rays meets: where on the flattened sky, how far folds move it from there, in texels, and the
 * two numbers of each texture. */
typedef struct {
    float across[SPAN], up[SPAN], push[SPAN], pull[SPAN], fold[SPAN];
    float gas[SPAN], glow[SPAN], lane[SPAN], haze[SPAN];
} gases;

INLINE float spread_of(float across, float up) { return 1.0f + 0.25f * (across * across + up * up); }

INLINE void meet_wisps(gases *restrict g, const vectors *restrict toward, const space_view *restrict v,
                       const uint32_t *restrict wisps, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        pair near = flattened(&v->camera, nth(toward, i), WISP_METRES);
        pair at = flattened(&v->camera, nth(toward, i), NEBULA_METRES);
        int level = level_of(pixel * WISP_WIDE * spread_of(at.a, at.b), SPACE_LEVELS);
        pair wide = sampled(wisps, WISP_SIDE, level, near.a * WISP_WIDE + v->flow[0], near.b * WISP_WIDE + v->flow[1]);
        g->across[i] = at.a;
        g->up[i] = at.b;
        /* Gas flows: what it looks like is moved about by its wisps. */
        g->push[i] = (wide.a - 128.0f) * v->churn;
        g->pull[i] = (wide.b - 128.0f) * v->churn;
        g->fold[i] = wide.b - 128.0f;
    }
}

INLINE void meet_gas(gases *restrict g, const space_textures *restrict t) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float u = g->across[i] * GAS_SCALE + GAS_SIDE / 2 + g->push[i];
        float w = GAS_SIDE / 2 - g->up[i] * GAS_SCALE + g->pull[i];
        pair gas = sampled(t->gas, GAS_SIDE, 0, u, w), lane = sampled(t->lanes, GAS_SIDE, 0, u, w);
        g->gas[i] = square(gas.a * BYTE);
        g->glow[i] = square(gas.b * BYTE);
        g->lane[i] = lane.a * BYTE;
        g->haze[i] = square(lane.b * BYTE);
    }
}

/* The light of gas and dust; `close` is what the close wisps add. */
INLINE colour lit_gas(const space_view *v, const gases *g, int i, pair close) {
    float grain = 1.0f + v->contrast * (g->fold[i] * 0.0050f + (close.a - 128.0f) * 0.0038f);
    float flash = 1.0f + flash_at(v, (pair){g->across[i], g->up[i]});
    colour c = added(scaled(v->deep, grain), v->gas, g->gas[i] * grain * flash);
    c = added(c, v->glow, g->glow[i] * (2.0f - grain) * flash);
    c = added(c, v->haze, g->haze[i] * (0.7f + 0.3f * grain));
    float dark = -g->lane[i] * v->dusty * (0.75f + (close.b - 128.0f) * 0.004f);
    /* Dust takes blue light first, and shines a little by itself. */
    c = (colour){c.r * decay(dark * 0.75f), c.g * decay(dark), c.b * decay(dark * 1.25f)};
    return added(c, v->dust, 1.0f - decay(dark * 0.5f));
}

INLINE float from_star(const space_view *v, vector d) { return at_least(2.0f - 2.0f * dot(d, v->sun), 0.0f); }

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

/* How a ray passes the planet: how far away its middle is along the ray, how far aside that passes it, and the
 * normal of its front there, or of the limb where the ray passes it by. */
typedef struct { float ahead, past; vector normal; } passing;

INLINE passing pass_planet(const space_view *v, vector d) {
    vector centre = along(v->planet, v->camera.eye, -1.0f);
    float ahead = dot(centre, d), past = sqrtf(at_least(dot(centre, centre) - ahead * ahead, 0.0f));
    float far = ahead - sqrtf(at_least(square(v->radius) - square(past), 0.0f)), shrink = 1.0f / v->radius;
    vector n = {(d.x * far - centre.x) * shrink, (d.y * far - centre.y) * shrink, (d.z * far - centre.z) * shrink};
    return (passing){ahead, past, normalised(n)};
}

/* The planet before what lies behind it, with its air around. */
INLINE colour add_planet(const space_view *v, colour c, colour ground, vector d, float pixel) {
    passing p = pass_planet(v, d);
    float covered = unit((v->radius - p.past) / (pixel * p.ahead) + 0.5f);
    float high = at_least(p.past / v->radius - 1.0f, 0.0f), day = unit(dot(p.normal, v->sun) * 1.6f + 0.45f);
    /* Seen through the air along the limb, the star behind lights it all. */
    float behind = square(square(square(unit(dot(d, v->sun))))) * 3.5f;
    c = added(c, v->air, (0.8f * decay(-high * 60.0f) + 0.12f * decay(-high * 14.0f)) * day * (0.6f + behind));
    return mixed(c, ground, covered);
}

/* Where a ray meets the ring's plane, which is that of the planet's equator, in radii from its middle. */
typedef struct { vector place; float far, slant, out; } crossing;

INLINE crossing cross_ring(const space_view *v, vector d) {
    vector centre = along(v->planet, v->camera.eye, -1.0f);
    float slant = dot(d, v->pole), away = slant < 0.0f ? at_most(slant, -1e-3f) : at_least(slant, 1e-3f);
    float far = dot(centre, v->pole) / away, shrink = 1.0f / v->radius;
    vector p = {(d.x * far - centre.x) * shrink, (d.y * far - centre.y) * shrink, (d.z * far - centre.z) * shrink};
    return (crossing){p, far, slant, sqrtf(dot(p, p))};
}

/* Whether any ray of a span meets the ring. */
INLINE int meets_ring(const vectors *restrict toward, const space_view *restrict v) {
    float most = 0.0f;
#pragma omp simd reduction(max : most)
    for (int i = 0; i < SPAN; i++) {
        crossing c = cross_ring(v, nth(toward, i));
        most = at_least((c.out - RING_INNER) * (RING_OUTER - c.out) * (c.far > 0.0f ? 1.0f : 0.0f), most);
    }
    return most > 0.0f;
}

INLINE colour add_ring(const space_view *v, const space_textures *restrict t, colour c, vector d, float pixel) {
    vector centre = along(v->planet, v->camera.eye, -1.0f);
    crossing at = cross_ring(v, d);
    vector p = at.place;
    float far = at.far, out = at.out, ahead = dot(centre, d);
    float past = sqrtf(at_least(dot(centre, centre) - ahead * ahead, 0.0f));
    float front = ahead - sqrtf(at_least(square(v->radius) - square(past), 0.0f));
    float seen = far > front && past < v->radius ? 0.0f : 1.0f;
    float place = (out - RING_INNER) / (RING_OUTER - RING_INNER);
    float within = unit(place * 40.0f) * unit((1.0f - place) * 40.0f) * (far > 0.0f ? seen : 0.0f);
    float foot = pixel * far / (v->radius * at_least(fabsf(at.slant), 0.05f));
    pair grain = sampled(t->wisps, WISP_SIDE, level_of(foot * 420.0f, SPACE_LEVELS), unit(place) * 330.0f, 7.0f);
    float toward = dot(p, v->sun), aside = sqrtf(at_least(out * out - toward * toward, 0.0f));
    float lit = toward < 0.0f ? unit((aside - 1.0f) * 30.0f + 0.5f) : 1.0f;
    float dense = unit((grain.a - 90.0f) * 0.012f) * within * v->ring;
    colour icy = mixed(v->cloud, v->ground, grain.b * BYTE * 0.6f);
    icy = (colour){icy.r * v->light.r, icy.g * v->light.g, icy.b * v->light.b};
    return mixed(c, scaled(icy, 0.02f + 0.75f * lit), dense * 0.85f);
}

/* How near the rays of a span come to the planet's middle at least, in its radii, and to the star. */
typedef struct { float planet, star; } nearness;

INLINE nearness nearest(const vectors *restrict toward, const space_view *restrict v) {
    vector centre = along(v->planet, v->camera.eye, -1.0f);
    float past = 1e9f, apart = 4.0f;
#pragma omp simd reduction(min : past) reduction(min : apart)
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(toward, i);
        float ahead = dot(centre, d);
        past = at_most(dot(centre, centre) - ahead * ahead, past);
        apart = at_most(from_star(v, d), apart);
    }
    return (nearness){sqrtf(at_least(past, 0.0f)) / v->radius, apart};
}

/* A row of light that is soft enough for a ray every few pixels: gas, dust and the glow of the star; and the
 * planet's ground, where the planet is near. */
typedef struct {
    float red[MAX_SEEN], green[MAX_SEEN], blue[MAX_SEEN];
    float ground_red[MAX_SEEN], ground_green[MAX_SEEN], ground_blue[MAX_SEEN];
    int with_ground;
} soft_row;

INLINE void light_gas(soft_row *restrict out, int at, const gases *restrict g, const vectors *restrict toward,
                      const space_view *restrict v, const uint32_t *restrict wisps, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float across = g->across[i], up = g->up[i];
        int level = level_of(pixel * WISP_CLOSE * spread_of(across, up), SPACE_LEVELS);
        pair close = sampled(wisps, WISP_SIDE, level, across * WISP_CLOSE - v->flow[1] + g->push[i],
                             up * WISP_CLOSE + v->flow[0] + g->pull[i]);
        float apart = from_star(v, nth(toward, i));
        float glow = 0.25f * square(1.0f / (1.0f + 9.0f * apart)) + 1.3f * square(1.0f / (1.0f + 400.0f * apart));
        colour c = added(lit_gas(v, g, i, close), v->starlight, glow);
        out->red[at + i] = c.r;
        out->green[at + i] = c.g;
        out->blue[at + i] = c.b;
    }
}

INLINE void light_ground(soft_row *restrict out, int at, const vectors *restrict toward, const space_view *restrict v,
                         const space_textures *restrict t, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        passing p = pass_planet(v, nth(toward, i));
        colour c = ground_light(v, t, p.normal, nth(toward, i), pixel * p.ahead / v->radius);
        out->ground_red[at + i] = c.r;
        out->ground_green[at + i] = c.g;
        out->ground_blue[at + i] = c.b;
    }
}

/* Fills in the coarse row of this number. */
INLINE void draw_soft(soft_row *restrict out, int number, int width, const space_view *restrict v,
                      const space_textures *restrict t, float pixel) {
    vector start = along(v->camera.corner, v->camera.up, (float)(-number * v->every));
    int n = coarse_width(width, v->every);
    vectors toward;
    gases g;
    out->with_ground = 0;
    for (int at = 0; at < n; at += SPAN) {
#pragma omp simd
        for (int i = 0; i < SPAN; i++)
            keep(&toward, i, normalised(along(start, v->camera.right, (float)((at + i) * v->every))));
        meet_wisps(&g, &toward, v, t->wisps, pixel);
        meet_gas(&g, t);
        light_gas(out, at, &g, &toward, v, t->wisps, pixel);
        if (nearest(&toward, v).planet > GROUND_OUTER) continue;
        light_ground(out, at, &toward, v, t, pixel);
        out->with_ground = 1;
    }
}

/* Fills in a row, and what is ground there, from the coarse ones above and below. */
INLINE void soften(row *restrict row, soft_row *restrict here, const soft_row *restrict above,
                   const soft_row *restrict below, float share, int width, int every) {
    smoothed_between(row->red, above->red, below->red, share, width, every);
    smoothed_between(row->green, above->green, below->green, share, width, every);
    smoothed_between(row->blue, above->blue, below->blue, share, width, every);
    if (!above->with_ground && !below->with_ground) return;
    smoothed_between(here->ground_red, above->ground_red, below->ground_red, share, width, every);
    smoothed_between(here->ground_green, above->ground_green, below->ground_green, share, width, every);
    smoothed_between(here->ground_blue, above->ground_blue, below->ground_blue, share, width, every);
}

/* The disc of the star that lights all. */
INLINE void add_star(row *restrict row, int at, const vectors *restrict toward, const space_view *restrict v) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float apart = from_star(v, nth(toward, i));
        float disc = at_least(1.0f / (1.0f + DISC_FADE * apart) - 1.0f / (1.0f + DISC_FADE * DISC_EDGE), 0.0f);
        paint(row, at + i, added(painted(row, at + i), v->starlight, 40.0f * square(disc)));
    }
}

INLINE void lay_planet(row *restrict row, int at, const vectors *restrict toward, const space_view *restrict v,
                       const soft_row *restrict soft, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        colour ground = {soft->ground_red[at + i], soft->ground_green[at + i], soft->ground_blue[at + i]};
        paint(row, at + i, add_planet(v, painted(row, at + i), ground, nth(toward, i), pixel));
    }
}

INLINE void lay_ring(row *restrict row, int at, const vectors *restrict toward, const space_view *restrict v,
                     const space_textures *restrict t, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++)
        paint(row, at + i, add_ring(v, t, painted(row, at + i), nth(toward, i), pixel));
}

/* Lays before the soft light of a span what is sharp, where it can be seen. */
INLINE void draw_span(row *restrict row, int at, const space_view *restrict v, const space_textures *restrict t,
                      const soft_row *restrict ground, float pixel) {
    vectors toward;
    look_along(&toward, row, at, &v->camera);
    nearness near = nearest(&toward, v);
    if (near.star < DISC_EDGE) add_star(row, at, &toward, v);
    if (near.planet < AIR_OUTER) lay_planet(row, at, &toward, v, ground, pixel);
    if (v->ring > 0.0f && near.planet < RING_OUTER && meets_ring(&toward, v)) lay_ring(row, at, &toward, v, t, pixel);
}

FOR_EACH_CPU
void space_rows(uint8_t *frame, int width, int first_row, int n_rows, const space_view *view,
                const space_textures *textures) {
    space_view v = *view;
    space_textures t = *textures;
    float pixel = sqrtf(dot(v.camera.right, v.camera.right));
    row row;
    /* The coarse rows above and below; each is at the place of its number's last bit. */
    soft_row soft[2] = {{.with_ground = 0}}, here = {.with_ground = 0};
    int drawn = first_row / v.every - 1;
    for (int y = first_row; y < first_row + n_rows; y++) {
        int number = y / v.every;
        for (; drawn <= number; drawn++) draw_soft(&soft[(drawn + 1) & 1], drawn + 1, width, &v, &t, pixel * v.every);
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        float share = (float)(y % v.every) / (float)v.every;
        soften(&row, &here, &soft[number & 1], &soft[(number + 1) & 1], share, width, v.every);
        for (int at = 0; at < width; at += SPAN) draw_span(&row, at, &v, &t, &here, pixel);
        add_points(&row, y, width, t.points, t.ends, v.n_large);
        expose(frame, y, &row, width, &v.film);
    }
}
