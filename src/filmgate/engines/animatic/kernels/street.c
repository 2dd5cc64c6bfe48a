/* Lights a street canyon: rectangles painted from far to near over sky and ground; `street.py` says the same
 * in NumPy and explains it. */
#include "street_ground.h"

enum { PICTURE_SIDE = 2048, PICTURE_LEVELS = 6 };
/* What is hidden is noted for so many pixels of a row together. */
enum { BLOCK = 16 };

typedef struct { int from, to; } span;

INLINE void blend(row *restrict row, int x, colour c, float cover) {
    row->red[x] = mix(row->red[x], c.r, cover);
    row->green[x] = mix(row->green[x], c.g, cover);
    row->blue[x] = mix(row->blue[x], c.b, cover);
}

INLINE void draw_front(row *restrict row, int from, int to, const street_view *restrict v,
                       const street_textures *restrict t, const panel *restrict p, const face *restrict f,
                           int is_shop) {
#pragma omp simd
    for (int x = from; x < to; x++) {
        meeting m = meet(v, row, f, p, x);
        colour c = front_light(v, t, p, f, m, is_shop);
        blend(row, x, hazed(&v->sky, &v->air, m.d, m.far, c), covering(f, x));
    }
}

/* A picture with its own light, of which its cover hides what is behind: none where it only glows. */
INLINE void draw_picture(row *restrict row, int from, int to, const street_view *restrict v,
                         const street_textures *restrict t, const panel *restrict p, const face *restrict f) {
    float wide = p->texels_wide / p->width, high = p->texels_high / p->height;
#pragma omp simd
    for (int x = from; x < to; x++) {
        meeting m = meet(v, row, f, p, x);
        int level = level_of(at_least(m.foot_u * wide, m.foot_v * high) * (0.9f + 0.4f * row->grain[x]),
            PICTURE_LEVELS);
        float small = halved(level), left = p->texel_u * small, top = p->texel_v * small;
        const uint32_t *texels = t->pictures;
        int first = (2 * PICTURE_SIDE - ((2 * PICTURE_SIDE) >> level));
        float right = left + at_least(p->texels_wide * small - 1.0f, 0.0f);
        float bottom = top + at_least(p->texels_high * small - 1.0f, 0.0f);
        float u = left + m.u * wide * small - 0.5f;
        float w = bottom + 1.0f - (m.v - p->base) * high * small - 0.5f;
        lit_texel c = sample_light(texels, PICTURE_SIDE, u, w + (float)first, left, top + (float)first, right,
            bottom + (float)first);
        float close = unit(m.far * 0.5f - 0.6f), cover = covering(f, x) * close * p->lit, hides = c.cover * cover;
        colour own = {c.r * p->tint.r, c.g * p->tint.g, c.b * p->tint.b};
        colour none = {0.0f, 0.0f, 0.0f};
        float clear = decay(-m.far / v->air.sight);
        colour haze = hazed(&v->sky, &v->air, m.d, m.far, none);
        row->red[x] += own.r * clear * cover + hides * (haze.r - row->red[x]);
        row->green[x] += own.g * clear * cover + hides * (haze.g - row->green[x]);
        row->blue[x] += own.b * clear * cover + hides * (haze.b - row->blue[x]);
    }
}

INLINE void draw_ground(row *restrict row, int from, int to, const street_view *restrict v,
                        const street_textures *restrict t, int with_rings) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right));
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = look(&v->camera, row, x);
        float far = at_most(v->camera.eye.y / at_least(-d.y, 1e-4f), 3000.0f);
        vector place = along(v->camera.eye, d, far);
        paint(row, x, hazed(&v->sky, &v->air, d, far, ground_light(v, t, d, place, far, pixel, with_rings)));
    }
}

INLINE void draw_sky(row *restrict row, int from, int to, const street_view *restrict v,
                     const street_textures *restrict t) {
#pragma omp simd
    for (int x = from; x < to; x++)
        paint(row, x, sky_light(&v->camera, &v->sky, &v->air, &t->sky, look(&v->camera, row, x),
            row->grain[x], 1));
}

/* Draws what stands behind all rectangles: the ground on one side of the horizon, the sky on the other. */
INLINE void draw_backdrop(row *restrict row, int from, int to, const street_view *restrict v,
                          const street_textures *restrict t) {
    float cross = v->camera.right.y == 0.0f ? 0.0f : -row->start.y / v->camera.right.y;
    int edge = (int)ceilf(at_most(at_least(cross, (float)from), (float)to)), ends[3] = {from, edge, to};
    for (int side = 0; side < 2; side++) {
        float middle = 0.5f * (float)(ends[side] + ends[side + 1] - 1);
        int is_ground = v->has_ground && row->start.y + v->camera.right.y * middle < 0.0f;
        if (ends[side] == ends[side + 1])
            continue;
        if (!is_ground)
            draw_sky(row, ends[side], ends[side + 1], v, t);
        else if (v->rain > 0.0f)
            draw_ground(row, ends[side], ends[side + 1], v, t, 1);
        else
            draw_ground(row, ends[side], ends[side + 1], v, t, 0);
    }
}

INLINE void draw_panel(row *restrict row, int from, int to, const street_view *restrict v,
                       const street_textures *restrict t, const panel *restrict p, const face *restrict f) {
    if (p->kind == PICTURE)
        draw_picture(row, from, to, v, t, p, f);
    else if (p->kind == SHOP)
        draw_front(row, from, to, v, t, p, f, 1);
    else
        draw_front(row, from, to, v, t, p, f, 0);
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
                        const street_textures *restrict t, const panel *restrict panels,
                            const face *restrict faces,
                        int n_panels) {
    int hidden[MAX_WIDTH / BLOCK + 1], n_blocks = (width + BLOCK - 1) / BLOCK;
    for (int block = 0; block < n_blocks; block++) hidden[block] = -1;
    for (int i = 0; i < n_panels; i++) {
        if (y < panels[i].first_row || y >= panels[i].end_row || panels[i].kind == PICTURE) continue;
        face f = on_row(faces[i], y);
        hide(hidden, n_blocks, span_of(&f, width, -0.5f), i);
    }
    begin_row(row, y, width, &v->camera, &v->film, &t->film);
    for (span open = next_open(hidden, 0, width, -1); open.from < width;
         open = next_open(hidden, open.to, width, -1))
        draw_backdrop(row, open.from, open.to, v, t);
    for (int i = 0; i < n_panels; i++) {
        if (y < panels[i].first_row || y >= panels[i].end_row) continue;
        /* Copies that nothing else points to: the loops keep their numbers in registers. */
        panel p = panels[i];
        face f = on_row(faces[i], y);
        span all = span_of(&f, width, 0.5f);
        for (span open = next_open(hidden, all.from, all.to, i); open.from < all.to;
             open = next_open(hidden, open.to, all.to, i))
            draw_panel(row, open.from, open.to, v, t, &p, &f);
    }
}

/* Adds the glow of a coarse frame to a row: three floats for each of its columns, `glow_step` pixels apart. */
INLINE void add_glow(row *restrict row, int y, int width, const street_view *restrict v,
                     const float *restrict glow) {
    float down = ((float)y + 0.5f) / (float)v->glow_step - 0.5f + 1.0f, share = down - floorf(down);
    const float *above = glow + (long)(int)down * v->glow_width * 3, *below = above + v->glow_width * 3;
    for (int group = 0; group * v->glow_step < width + v->glow_step; group++) {
        const float *a = above + 3 * group, *b = below + 3 * group;
        colour left = {mix(a[0], b[0], share), mix(a[1], b[1], share), mix(a[2], b[2], share)};
        colour right = {mix(a[3], b[3], share), mix(a[4], b[4], share), mix(a[5], b[5], share)};
        int from = group * v->glow_step - v->glow_step / 2;
        for (int x = from < 0 ? 0 : from; x < from + v->glow_step && x < width; x++) {
            float to_right = ((float)(x - from) + 0.5f) / (float)v->glow_step;
            row->red[x] += mix(left.r, right.r, to_right);
            row->green[x] += mix(left.g, right.g, to_right);
            row->blue[x] += mix(left.b, right.b, to_right);
        }
    }
}

FOR_MOST_CPUS
void street_map(uint32_t *map, int width, int first_row, int n_rows, const street_view *view,
                const street_textures *textures, const panel *panels, int n_panels) {
    street_view v = *view;
    street_textures t = *textures;
    row row;
    face faces[MAX_PANELS];
    for (int i = 0; i < n_panels; i++) faces[i] = face_of(&v, panels + i);
    for (int y = first_row; y < first_row + n_rows; y++) {
        draw_street(&row, y, width, &v, &t, panels, faces, n_panels);
        uint32_t *out = map + (long)y * width;
#pragma omp simd
        for (int x = 0; x < width; x++)
            out[x] = root_code(row.red[x]) | root_code(row.green[x]) << 9 | root_code(row.blue[x]) << 18;
    }
}

FOR_MOST_CPUS
void street_rows(uint8_t *frame, int width, int first_row, int n_rows, const street_view *view,
                 const street_textures *textures, const panel *panels, int n_panels) {
    street_view v = *view;
    street_textures t = *textures;
    row row;
    face faces[MAX_PANELS];
    for (int i = 0; i < n_panels; i++) faces[i] = face_of(&v, panels + i);
    for (int y = first_row; y < first_row + n_rows; y++) {
        draw_street(&row, y, width, &v, &t, panels, faces, n_panels);
        add_glow(&row, y, width, &v, t.glow);
        expose(frame, y, &row, width, &v.film);
    }
}
