/* What stands far around the camera, painted once for a clip: light and distance by azimuth and slope, as they
 * are seen from `origin`. From elsewhere a ray finds its texel by what stands there. `panorama.py` says the
 * same in NumPy. */
#ifndef PANORAMA_H
#define PANORAMA_H

#include "coarse.h"
#include "spans.h"
#include "waves.h"

typedef struct { colour light; float cover, far; } distant;

#define QUARTER_TURN 1.57079633f
/* Beyond this many metres nothing moves when the camera does. */
#define REMOTE 60000.0f

/* The azimuth of (x, z), 0 straight ahead and growing to the right; z > 0. The polynomial is off by 1e-4 at
 * most, a fifth of a pixel at 3840x2160. */
INLINE float azimuth_of(float x, float z) {
    float side = fabsf(x), ahead = at_least(z, 1e-3f);
    float share = at_most(side, ahead) / at_least(side, ahead), s = square(share);
    float turn = share * (0.99997726f + s * (-0.33262347f + s * (0.19354346f + s * (-0.11643287f +
                 s * (0.05265332f - s * 0.01172120f)))));
    turn = side > ahead ? QUARTER_TURN - turn : turn;
    return x < 0.0f ? -turn : turn;
}

INLINE float channel(uint32_t texel, int shift) { return (float)(int)(texel >> shift & 255); }

/* A ray as the panorama sees it: where it begins from the origin, and where it goes for each metre of ground. */
typedef struct { float x, y, z, across, ahead, rise; } ground_ray;
typedef struct { float column, row; } texel_place;

/* The texel that shows what stands `far` metres along the ray. */
INLINE texel_place texel_at(const panorama_view *p, ground_ray ray, float far) {
    float x = ray.x + ray.across * far, z = ray.z + ray.ahead * far;
    float reach = 1.0f / sqrtf(at_least(x * x + z * z, 1e-4f));
    float column = (azimuth_of(x, z) - p->left) * p->columns_per_radian;
    float row = ((ray.y + ray.rise * far) * reach - p->bottom) * p->rows_per_slope;
    return (texel_place){column, row};
}

/* The texel that a ray from the origin would meet. */
INLINE texel_place texel_toward(const panorama_view *p, ground_ray ray) {
    float column = (azimuth_of(ray.across, ray.ahead) - p->left) * p->columns_per_radian;
    return (texel_place){column, (ray.rise - p->bottom) * p->rows_per_slope};
}

/* 1/metres to what a texel shows, 0 for nothing. */
INLINE float nearness_at(const panorama_view *p, const panorama_textures *restrict t, texel_place at) {
    int row = (int)at_most(at_least(at.row + 0.5f, 0.0f), (float)(p->n_rows - 1));
    float column = at_most(at_least(at.column + 0.5f, 0.0f), (float)(p->n_columns - 1));
    return t->nearness[row * p->n_shared + (int)(column * p->shared)];
}

/* How far along the ray that stands which is so near to the origin. */
INLINE float far_to(ground_ray ray, float nearness) {
    float stands = 1.0f / at_least(nearness, 1.0f / REMOTE);
    float along = ray.x * ray.across + ray.z * ray.ahead, apart = ray.x * ray.x + ray.z * ray.z;
    return sqrtf(at_least(square(along) - apart + square(stands), 1.0f)) - along;
}

/* Neighbours in a row, looked up as one: that is what takes the time. */
typedef uint64_t two_texels __attribute__((aligned(4), may_alias));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { FIRST = 0, SECOND = 32 };
#else
enum { FIRST = 32, SECOND = 0 };
#endif

/* A byte of four texels, between them; 0 to 1. */
INLINE float between(two_texels low, two_texels high, int shift, float across, float up) {
    float below = mix(channel((uint32_t)(low >> FIRST), shift), channel((uint32_t)(low >> SECOND), shift), across);
    float above = mix(channel((uint32_t)(high >> FIRST), shift), channel((uint32_t)(high >> SECOND), shift), across);
    return mix(below, above, up) * (1.0f / 255.0f);
}

INLINE ground_ray over_ground(const panorama_view *p, vector from, vector d) {
    float shrink = 1.0f / sqrtf(at_least(d.x * d.x + d.z * d.z, 1e-8f));
    return (ground_ray){from.x - p->origin.x, from.y - p->origin.y, from.z - p->origin.z,
                        d.x * shrink, d.z * shrink, d.y * shrink};
}

/* What a ray meets that passes what stands `far` away. */
INLINE distant met(const panorama_view *p, const panorama_textures *restrict t, ground_ray ray, float far) {
    texel_place at = texel_at(p, ray, far);
    float column = at_most(at_least(at.column, 0.0f), (float)(p->n_columns - 2));
    float row = at_most(at_least(at.row, 0.0f), (float)(p->n_rows - 2));
    int left = (int)column, low = (int)row, first = low * p->n_columns + left;
    float across = column - (float)left, up = row - (float)low;
    two_texels below = *(const two_texels *)(t->light + first);
    two_texels above = *(const two_texels *)(t->light + first + p->n_columns);
    float red = between(below, above, 0, across, up), green = between(below, above, 8, across, up);
    float blue = between(below, above, 16, across, up), cover = between(below, above, 24, across, up);
    return (distant){{4.0f * square(red), 4.0f * square(green), 4.0f * square(blue)}, cover, far};
}

/* What the rays of a span meet in the distance. */
typedef struct { float red[SPAN], green[SPAN], blue[SPAN], cover[SPAN], far[SPAN]; } skyline;
/* How much of a span its land covers, in some pixel at least. */
typedef struct { float least, most; } covers;

/* From here on the sky behind the land is not drawn. */
#define OPAQUE 0.9999f

/* Whether all rays pass above the land: they do from anywhere where they are steeper than all of it is. */
INLINE int is_above(const panorama_view *p, const vectors *restrict toward) {
    float steep = square(p->highest), least = 1.0f;
#pragma omp simd reduction(min : least)
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(toward, i);
        least = at_most(square(at_least(d.y, 0.0f)) - steep * (d.x * d.x + d.z * d.z), least);
    }
    return least > 0.0f;
}

/* Pixels between those at which distances and other smooth things are looked up, and how many of these a span
 * has, at most. */
enum { MOST_APART = 8, KNOTS = SPAN + MOST_APART };

INLINE void spread_apart(float *restrict out, const float *restrict knots, int n, int every) {
    if (every == MOST_APART) spread(out, knots, n, MOST_APART);
    else if (every == 4) spread(out, knots, n, 4);
    else if (every == 2) spread(out, knots, n, 2);
    else memcpy(out, knots, (size_t)n * sizeof *out);
}

/* Fills in how near that stands which the rays of a span pass, and returns the most. Where a texel is depends on
 * how far away stands what it shows, so that is looked up first, twice; for pixels some way apart, each with the
 * nearest of its neighbours, so that what is nearer draws the edges. Water that mirrors it is
 * taken to be flat. */
INLINE float scout(float *restrict nearness, const row *restrict row, int at, int is_mirrored,
                   const camera_view *camera, const panorama_view *p, const panorama_textures *restrict t) {
    float found[KNOTS], nearest_of[KNOTS], spaced[SPAN + 2 * MOST_APART], most = 0.0f;
    int every = p->every, first = at - at % every, n = (SPAN + every - 2) / every + 2;
#pragma omp simd reduction(max : most)
    for (int i = 0; i < n + 2; i++) {
        vector d = look(camera, row, first + (i - 1) * every), from = camera->eye;
        if (is_mirrored) {
            from = along(from, d, at_most(from.y / at_least(-d.y, LEAST_DOWN), FARTHEST));
            d.y = fabsf(d.y);
        }
        ground_ray ray = over_ground(p, from, d);
        float before = nearness_at(p, t, texel_toward(p, ray));
        float here = nearness_at(p, t, texel_at(p, ray, far_to(ray, before)));
        found[i] = 1.0f / far_to(ray, here);
        most = at_least(at_least(before, here), most);
    }
#pragma omp simd
    for (int i = 0; i < n; i++) nearest_of[i] = at_least(at_least(found[i], found[i + 1]), found[i + 2]);
    spread_apart(spaced, nearest_of, n, every);
    memcpy(nearness, spaced + (at - first), SPAN * sizeof *nearness);
    return most;
}

/* Fills in what rays from `from` meet that pass what stands so near. */
INLINE covers survey(skyline *restrict s, const panorama_view *p, const panorama_textures *restrict t,
                     const vectors *restrict from, const vectors *restrict toward, const float *restrict nearness) {
    float least = 1.0f, most = 0.0f;
#pragma omp simd reduction(min : least) reduction(max : most)
    for (int i = 0; i < SPAN; i++) {
        float far = 1.0f / nearness[i];
        distant seen = met(p, t, over_ground(p, nth(from, i), nth(toward, i)), far);
        s->red[i] = seen.light.r;
        s->green[i] = seen.light.g;
        s->blue[i] = seen.light.b;
        s->cover[i] = seen.cover;
        s->far[i] = far;
        least = at_most(seen.cover, least);
        most = at_least(seen.cover, most);
    }
    return (covers){least, most};
}

/* Fills in what the rays of a span meet that the camera sends out. */
INLINE covers look_afar(skyline *restrict s, const row *restrict row, int at, const camera_view *camera,
                        const panorama_view *p, const panorama_textures *restrict t, const vectors *restrict eye,
                        const vectors *restrict toward) {
    float nearness[SPAN];
    if (is_above(p, toward) || scout(nearness, row, at, 0, camera, p, t) == 0.0f) return (covers){0.0f, 0.0f};
    return survey(s, p, t, eye, toward, nearness);
}

/* Fills in what water mirrors: from where it lies and where it throws the rays of the camera. */
INLINE covers look_mirrored(skyline *restrict s, const row *restrict row, int at, const camera_view *camera,
                            const panorama_view *p, const panorama_textures *restrict t,
                            const vectors *restrict place, const vectors *restrict up) {
    float nearness[SPAN];
    memset(s->cover, 0, sizeof s->cover);
    if (is_above(p, up)) return (covers){0.0f, 0.0f};
    scout(nearness, row, at, 1, camera, p, t);
    return survey(s, p, t, place, up, nearness);
}

/* Gives back as its own light what fog takes of land before a plain. */
INLINE void fill_with_fog(skyline *restrict s, const vectors *restrict toward, const sky_view *sky, const air_view *air) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float lost = (1.0f - s->cover[i]) * air->share;
        colour haze = mixed(clear_sky(sky, 0.0f, from_sun(sky, nth(toward, i))), air->veil, air->share);
        colour land = mixed((colour){s->red[i], s->green[i], s->blue[i]}, haze, lost);
        s->red[i] = land.r;
        s->green[i] = land.g;
        s->blue[i] = land.b;
        s->cover[i] += lost;
    }
}

/* Leaves of the land what stands before a plain that rays meet `far` metres away. */
INLINE covers put_before_plain(skyline *restrict s, const float *restrict far, const vectors *restrict toward,
                               const sky_view *sky, const air_view *air) {
    float least = 1.0f, most = 0.0f;
    if (air->share > 0.0f) fill_with_fog(s, toward, sky, air);
#pragma omp simd reduction(min : least) reduction(max : most)
    for (int i = 0; i < SPAN; i++) {
        /* About as wide as a row of pixels where land begins, or its foot would be jagged. */
        s->cover[i] *= unit((far[i] - s->far[i]) * (16.0f / far[i]) + 0.5f);
        least = at_most(s->cover[i], least);
        most = at_least(s->cover[i], most);
    }
    return (covers){least, most};
}

/* Shows nothing but the land. */
INLINE void paint_land(row *restrict row, int at, const skyline *restrict s) {
    memcpy(row->red + at, s->red, sizeof s->red);
    memcpy(row->green + at, s->green, sizeof s->green);
    memcpy(row->blue + at, s->blue, sizeof s->blue);
}

/* Lays the land over what a row shows behind it. */
INLINE void lay_land(row *restrict row, int at, const skyline *restrict s) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++)
        paint(row, at + i, mixed(painted(row, at + i), (colour){s->red[i], s->green[i], s->blue[i]}, s->cover[i]));
}

INLINE void stand_at(vectors *restrict from, vector place) {
    for (int i = 0; i < SPAN; i++) keep(from, i, place);
}

/* The metres around a place within which nothing of the panorama stands. */
INLINE float clearing(const panorama_view *p, vector place) {
    float x = place.x - p->origin.x, z = place.z - p->origin.z;
    return 0.96f * p->nearest - sqrtf(x * x + z * z);
}

#endif
