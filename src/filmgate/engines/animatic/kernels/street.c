/* Lights a street canyon: rectangles painted from far to near over sky and ground; `street.py` says the same
 * in NumPy and explains it. */
#include "street_ground.h"
#include "street_pictures.h"

/* What is hidden is noted for so many pixels of a row together. */
enum { BLOCK = 16 };
/* From so many metres on pictures hide what is behind them, so many pixels within their opaque part. */
static const float OPAQUE_FROM = 4.0f, BLURRED = 3.0f;

INLINE void draw_sky(row *restrict row, int from, int to, const street_view *restrict v,
                     const street_textures *restrict t) {
#pragma omp simd
    for (int x = from; x < to; x++)
        paint(row, x, sky_light(&v->camera, &v->sky, &v->air, &t->sky, look(&v->camera, row, x),
            row->grain[x], 1));
}

/* The sky in a mirror, which needs no stars and is soft enough to be looked up at every eighth pixel. */
INLINE void draw_mirrored_sky(row *restrict row, span seen, span all, knots *restrict k,
                              const street_view *restrict v, const street_textures *restrict t) {
    int first = seen.from / EIGHT, n = n_knots(seen);
    for (int some = 0; some < n; some += EIGHT) {
#pragma omp simd
        for (int i = some; i < some + EIGHT; i++) {
            vector d = normalised(along(row->start, v->camera.right, knot_place(first + i, all)));
            colour c = sky_light(&v->camera, &v->sky, &v->air, &t->sky, d, 0.0f, 0);
            k->red[i] = c.r;
            k->green[i] = c.g;
            k->blue[i] = c.b;
        }
    }
    for (int at = first * EIGHT, j = 0; at < seen.to; at += EIGHT, j++) {
#pragma omp simd
        for (int i = 0; i < EIGHT; i++) paint(row, at + i, (colour){between_knots(k->red + j, i),
                                              between_knots(k->green + j, i), between_knots(k->blue + j, i)});
    }
}

/* Draws what stands behind all rectangles: the ground on one side of the horizon, the sky on the other. */
INLINE void draw_backdrop(row *restrict row, span seen, int width, knots *restrict k,
                          const street_view *restrict v, const street_textures *restrict t) {
    if (!v->has_ground) {
        draw_mirrored_sky(row, seen, (span){0, width}, k, v, t);
        return;
    }
    int edge = horizon_column(row, width, &v->camera);
    span sides[2] = {{0, edge}, {edge, width}};
    int ground = is_below_horizon(row, &v->camera, 0, edge) && edge > 0 ? 0 : 1;
    /* The ground is drawn by eights, and what of those is sky is drawn again. */
    for (int i = 0; i < 2; i++) {
        span all = sides[i == 0 ? ground : 1 - ground];
        span part = {all.from > seen.from ? all.from : seen.from, all.to < seen.to ? all.to : seen.to};
        if (part.from >= part.to) continue;
        if (!is_below_horizon(row, &v->camera, all.from, all.to))
            draw_sky(row, part.from, part.to, v, t);
        else if (v->rain > 0.0f)
            draw_ground(row, part, all, k, v, t, 1);
        else
            draw_ground(row, part, all, k, v, t, 0);
    }
}

INLINE void draw_panel(row *restrict row, int y, span seen, span all, knots *restrict k,
                       const street_view *restrict v, const street_textures *restrict t,
                       const panel *restrict p, const face *restrict f) {
    if (p->kind == PICTURE || p->kind == GLOW)
        draw_own_light(row, y, seen, all, k, v, t, p, f);
    else if (p->kind == SHOP)
        draw_front(row, seen, all, k, v, t, p, f, 1);
    else
        draw_front(row, seen, all, k, v, t, p, f, 0);
}

/* The rectangles that can be seen in some rows. */
typedef struct {
    const panel *panels[MAX_PANELS];
    face faces[MAX_PANELS];
    int n;
} standing;

INLINE void stand(standing *restrict s, const street_view *v, const panel *panels, int n_panels, int first_row,
                  int end_row) {
    s->n = 0;
    for (int i = 0; i < n_panels; i++) {
        if (panels[i].first_row >= end_row || panels[i].end_row <= first_row) continue;
        s->panels[s->n] = panels + i;
        s->faces[s->n++] = face_of(v, panels + i);
    }
}

/* The pixels of a row that a rectangle may cover, and with `inner` those it surely does. */
INLINE span span_of(const face *f, int width, float margin) {
    float first = 0.0f, last = (float)(width - 1);
    if (f->reach < 1e-6f) return (span){0, 0};
    clip_span(f->near, margin, &first, &last);
    clip_span(f->across, margin, &first, &last);
    clip_span(f->beyond, margin, &first, &last);
    clip_span(f->rise, margin, &first, &last);
    clip_span(f->above, margin, &first, &last);
    return last < first ? (span){0, 0} : (span){(int)ceilf(first), (int)floorf(last) + 1};
}

/* Whether what is behind a rectangle is hidden by it, apart from its margin. Pictures fade close by. */
INLINE int hides(const panel *p, const street_view *v) {
    float near = p->origin.z + at_most(p->across.z, 0.0f) - v->camera.eye.z;
    return p->kind < PICTURE || (p->margin > 0.0f && p->lit == 1.0f && near > OPAQUE_FROM);
}

/* A rectangle less so large a share of its width and its height at each edge. */
INLINE face without_margin(face f, float share) {
    f.across.start -= share * f.near.start;
    f.across.step -= share * f.near.step;
    f.beyond.start -= share * f.near.start;
    f.beyond.step -= share * f.near.step;
    f.rise.start -= share * f.near.start;
    f.rise.step -= share * f.near.step;
    f.above.start -= share * f.near.start;
    f.above.step -= share * f.near.step;
    return f;
}

/* Notes for each block of a row which of the rectangles hides all before it; what is hidden is not drawn. */
INLINE void hide(int *hidden, int n_blocks, span inner, int number) {
    int first = (inner.from + BLOCK - 1) / BLOCK, end = inner.to / BLOCK;
    for (int block = first; block < end && block < n_blocks; block++)
        if (hidden[block] < number) hidden[block] = number;
}

/* The next stretch from `from` on, within `to`, that nothing after `number` hides; empty at the end. */
INLINE span next_open(const int *hidden, int from, int to, int number) {
    while (from < to && hidden[from / BLOCK] > number) from = (from / BLOCK + 1) * BLOCK;
    int end = from;
    while (end < to && hidden[end / BLOCK] <= number) end = (end / BLOCK + 1) * BLOCK;
    return (span){from, end < to ? end : to};
}

/* Paints a row: sky and ground, then the rectangles from far to near. */
INLINE void draw_street(row *restrict row, int y, int width, const street_view *restrict v,
                        const street_textures *restrict t, const standing *restrict s) {
    knots k;
    int hidden[MAX_WIDTH / BLOCK + 1], n_blocks = (width + BLOCK - 1) / BLOCK;
    for (int block = 0; block < n_blocks; block++) hidden[block] = -1;
    for (int i = 0; i < s->n; i++) {
        const panel *p = s->panels[i];
        if (y < p->first_row || y >= p->end_row || !hides(p, v)) continue;
        face f = on_row(s->faces[i], y);
        float outside = -0.5f;
        if (p->kind == PICTURE) {
            f = without_margin(f, p->margin);
            outside = -BLURRED;
        }
        hide(hidden, n_blocks, span_of(&f, width, outside), i);
    }
    begin_row(row, y, width, &v->camera, &v->film, &t->film);
    for (span open = next_open(hidden, 0, width, -1); open.from < width;
         open = next_open(hidden, open.to, width, -1))
        draw_backdrop(row, open, width, &k, v, t);
    for (int i = 0; i < s->n; i++) {
        if (y < s->panels[i]->first_row || y >= s->panels[i]->end_row) continue;
        /* Copies that nothing else points to: the loops keep their numbers in registers. */
        panel p = *s->panels[i];
        face f = on_row(s->faces[i], y);
        span all = span_of(&f, width, 0.5f);
        for (span open = next_open(hidden, all.from, all.to, i); open.from < all.to;
             open = next_open(hidden, open.to, all.to, i))
            draw_panel(row, y, open, all, &k, v, t, &p, &f);
    }
}

/* Adds the glow of a coarse frame to a row, in which rain and snow shine: three floats for each of its
 * columns, `glow_step` pixels apart, a whole number of eights. */
INLINE void add_glow(row *restrict row, int y, int width, const street_view *restrict v,
                     const float *restrict glow) {
    int step = v->glow_step, n = v->glow_width;
    float share = (float)(y % step) / (float)step, red[MAX_KNOTS], green[MAX_KNOTS], blue[MAX_KNOTS];
    const float *above = glow + (long)(y / step) * n * 3, *below = above + n * 3;
    for (int i = 0; i < n; i++) {
        red[i] = mix(above[3 * i], below[3 * i], share);
        green[i] = mix(above[3 * i + 1], below[3 * i + 1], share);
        blue[i] = mix(above[3 * i + 2], below[3 * i + 2], share);
    }
    for (int at = 0; at < width; at += EIGHT) {
        int left = at / step;
        float start = (float)(at % step) / (float)step, each = 1.0f / (float)step;
#pragma omp simd
        for (int i = 0; i < EIGHT; i++) {
            float right = start + (float)i * each, more = 1.0f + v->caught * row->fall[at + i];
            row->red[at + i] += mix(red[left], red[left + 1], right) * more;
            row->green[at + i] += mix(green[left], green[left + 1], right) * more;
            row->blue[at + i] += mix(blue[left], blue[left + 1], right) * more;
        }
    }
}

FOR_EACH_CPU
void street_map(uint32_t *map, int width, int first_row, int n_rows, const street_view *view,
                const street_textures *textures, const panel *panels, int n_panels) {
    street_view v = *view;
    street_textures t = *textures;
    row row;
    standing s;
    stand(&s, &v, panels, n_panels, first_row, first_row + n_rows);
    for (int y = first_row; y < first_row + n_rows; y++) {
        draw_street(&row, y, width, &v, &t, &s);
        uint32_t *out = map + (long)y * width;
#pragma omp simd
        for (int x = 0; x < width; x++)
            out[x] = root_code(row.red[x]) | root_code(row.green[x]) << 9 | root_code(row.blue[x]) << 18;
    }
}

FOR_EACH_CPU
void street_rows(uint8_t *frame, int width, int first_row, int n_rows, const street_view *view,
                 const street_textures *textures, const panel *panels, int n_panels) {
    street_view v = *view;
    street_textures t = *textures;
    row row;
    standing s;
    stand(&s, &v, panels, n_panels, first_row, first_row + n_rows);
    for (int y = first_row; y < first_row + n_rows; y++) {
        draw_street(&row, y, width, &v, &t, &s);
        add_glow(&row, y, width, &v, t.glow);
        expose(frame, y, &row, width, &v.film);
    }
}
