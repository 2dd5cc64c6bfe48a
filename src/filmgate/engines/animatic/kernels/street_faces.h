/* Rectangles along a row of pixels, and what changes slowly there; `street_faces.py` says the same in
 * NumPy. */
#ifndef STREET_FACES_H
#define STREET_FACES_H

#include "panels.h"

#include "street.h"

enum { FACADE = 0, SHOP = 1, PICTURE = 2, GLOW = 3 };
/* What changes slowly is reckoned for every eighth pixel of a row, and in between it is interpolated. Pixels
 * are drawn by eights, too: a loop of that length needs no rest, which would take as long as the whole of a
 * narrow rectangle. */
enum { EIGHT = 8, MAX_KNOTS = MAX_WIDTH / EIGHT + 2 * EIGHT };
/* So many eights go through each step together: what one of them waits for is done for others meanwhile. */
enum { SOME = 6 };
/* As far as anything is told apart, in steps to the plane of a rectangle: keeps numbers beside it finite. */
static const float FARTHEST_STEPS = 1e4f;

/* Pixels of a row, from the first to the one after the last. */
typedef struct { int from, to; } span;

/* What of a rectangle changes slowly: the air before it, and of a front its light and that of its glass, the
 * way of the ray, and the size of a pixel in rooms and in metres. */
typedef struct {
    float clear[MAX_KNOTS], haze_red[MAX_KNOTS], haze_green[MAX_KNOTS], haze_blue[MAX_KNOTS];
    float red[MAX_KNOTS], green[MAX_KNOTS], blue[MAX_KNOTS], dirt[MAX_KNOTS], wash[MAX_KNOTS];
    float pass[MAX_KNOTS], shine_red[MAX_KNOTS], shine_green[MAX_KNOTS], shine_blue[MAX_KNOTS];
    float along[MAX_KNOTS], upward[MAX_KNOTS], inward[MAX_KNOTS];
    float half_a[MAX_KNOTS], sharp_a[MAX_KNOTS], half_b[MAX_KNOTS], sharp_b[MAX_KNOTS], foot[MAX_KNOTS];
} knots;

/* What a rectangle is to the rows of one frame. */
typedef struct {
    line near, across, beyond, rise, above;
    vector across_way, rise_way, inward;
    float reach, least, sun;
} face;

/* Where a ray meets a rectangle: shares of its edges, the shares there that a pixel covers, how far. */
typedef struct { float s, t, wide, high, far; } meeting;

INLINE face face_of(const street_view *v, const panel *p) {
    const camera_view *camera = &v->camera;
    vector o = minus(p->origin, camera->eye), n = crossed(p->across, p->rise);
    float reach = dot(n, o), sign = reach < 0.0f ? -1.0f : 1.0f;
    vector near = stretched(n, sign), across = stretched(crossed(p->rise, o), sign);
    vector rise = stretched(crossed(o, p->across), sign);
    face f = {
        line_of(camera, near), line_of(camera, across), line_of(camera, minus(near, across)),
        line_of(camera, rise), line_of(camera, minus(near, rise)),
        normalised(p->across), normalised(p->rise), normalised(near), reach * sign,
        reach * sign / FARTHEST_STEPS, 0.0f,
    };
    f.sun = at_least(-dot(f.inward, v->sky.sun), 0.0f);
    return f;
}

INLINE face on_row(face f, int y) {
    line *lines[5] = {&f.near, &f.across, &f.beyond, &f.rise, &f.above};
    for (int i = 0; i < 5; i++) lines[i]->start += lines[i]->fall * (float)y;
    return f;
}

/* Beside the rectangle, it is the nearest place on its edge that is met. */
INLINE meeting meet(const face *f, float x) {
    float shrink = 1.0f / at_least(at(f->near, x), f->least);
    return (meeting){unit(at(f->across, x) * shrink), unit(at(f->rise, x) * shrink), 0.0f, 0.0f,
                     f->reach * shrink};
}

INLINE meeting meet_widely(const face *f, float x) {
    meeting m = meet(f, x);
    float shrink = m.far / f->reach;
    m.wide = shrink * (fabsf(f->across.step - m.s * f->near.step) + fabsf(f->across.fall - m.s *
                                                                          f->near.fall));
    m.high = shrink * (fabsf(f->rise.step - m.t * f->near.step) + fabsf(f->rise.fall - m.t * f->near.fall));
    return m;
}

/* The share of a pixel that a rectangle covers. */
INLINE float covering(const face *f, float x) {
    float cover = between(f->across, f->beyond, x) * between(f->rise, f->above, x);
    return at(f->near, x) > f->least ? cover : 0.0f;
}

/* The pixel where a knot of a rectangle's pixels lies. */
INLINE float knot_place(int number, span all) {
    return at_most(at_least((float)(number * EIGHT), (float)all.from), (float)(all.to - 1));
}
INLINE int n_knots(span seen) { return (seen.to - 1) / EIGHT + 2 - seen.from / EIGHT; }

/* What lies between a knot and the next, at the pixel `i` of eight. */
INLINE float between_knots(const float *restrict values, int i) {
    return values[0] + (values[1] - values[0]) * ((float)i * (1.0f / EIGHT));
}

/* Ties what the air does before a rectangle at a distance along `d`. */
INLINE void tie_air(knots *restrict k, int i, const street_view *v, vector d, float far) {
    colour c = mixed(clear_sky(&v->sky, 0.0f, from_sun(&v->sky, d)), v->air.veil, v->air.share);
    float clear = decay(-far / v->air.sight);
    k->clear[i] = clear;
    k->haze_red[i] = c.r * (1.0f - clear);
    k->haze_green[i] = c.g * (1.0f - clear);
    k->haze_blue[i] = c.b * (1.0f - clear);
}

#endif
