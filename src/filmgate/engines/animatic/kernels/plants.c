/* Draws ground, trunks and leaves in slabs of hazy air, the farthest first; `plants.py` says the same in NumPy. */
#include "shading.h"

#include "plants.h"

enum { GROUND_SIDE = 512, GROUND_LEVELS = 7, GROUND_WIDTHS = 6, MAX_PLANTS = 16384, MAX_HAZE = 512 };

/* Texels of the ground to a metre, across and along, of its layers. */
typedef struct { float across, along, cos, sin; } ground_layer;
static const ground_layer FINE = {230.0f, 230.0f, 0.96f, 0.28f}, MIDDLE = {47.0f, 47.0f, 0.8f, -0.6f},
                          COARSE = {8.3f, 8.3f, 1.0f, 0.0f}, DAPPLE = {34.0f, 13.0f, 1.0f, 0.0f};
/* A number of a picture is stored in a byte. */
static const float UNIT_BYTE = 1.0f / 255.0f;

/* Pixels of a row, from the first to the one after the last. */
typedef struct { float from, to; } span;

/* The air of one slab along a row: what it lets through, and its light. */
typedef struct {
    float through[MAX_WIDTH], red[MAX_WIDTH], green[MAX_WIDTH], blue[MAX_WIDTH];
} slab;

/* The light of unlit air along a row, and how close each pixel is to the sun. */
typedef struct {
    float red[MAX_WIDTH], green[MAX_WIDTH], blue[MAX_WIDTH], sunward[MAX_WIDTH];
} air_row;

/* One level of a picture, as it lies in memory, and how much finer it is than the first. */
typedef struct { const uint32_t *texels; int columns, rows; float scale; } picture_level;

/* What is the same along a row of one plant. */
typedef struct { float deep, part, texels, pixels; } plant_row;

/* Keeps where start + step * x >= 0. */
INLINE span where(span s, float start, float step) {
    if (step > 0.0f) s.from = at_least(s.from, -start / step);
    else if (step < 0.0f) s.to = at_most(s.to, -start / step);
    else if (start < 0.0f) s.to = s.from;
    return s;
}

INLINE int first_of(span s) { return (int)ceilf(s.from); }
INLINE int end_of(span s) { return (int)ceilf(s.to); }

/* A wave of period 1 and height 1, close to a sine. */
INLINE float wave(float turns) {
    float x = turns - floorf(turns + 0.5f), y = x * (8.0f - 16.0f * fabsf(x));
    return y * (0.775f + 0.225f * fabsf(y));
}

/* The wind at a place of the ground, about -1 to 1. */
INLINE float gust_at(const plants_view *v, float x, float z) {
    float broad = wave(0.021f * x + 0.057f * z - v->gust[0]);
    float narrow = wave(0.117f * x - 0.043f * z - v->gust[1] + 0.22f * broad);
    return 0.6f * broad + 0.4f * narrow;
}

INLINE colour ramp(colour shade, colour middle, colour top, float light) {
    return mixed(mixed(shade, middle, unit(2.0f * light)), top, unit(2.0f * light - 1.0f));
}

INLINE void paint_through(row *restrict row, const slab *restrict s, int x, colour c, float part, float cover) {
    float haze = (1.0f - s->through[x]) * part;
    colour seen = mixed(c, (colour){s->red[x], s->green[x], s->blue[x]}, haze);
    paint(row, x, mixed((colour){row->red[x], row->green[x], row->blue[x]}, seen, cover));
}

INLINE void light_air(air_row *restrict air, const row *restrict row, int width, const plants_view *restrict v) {
#pragma omp simd
    for (int x = 0; x < width; x++) {
        float apart = from_sun(&v->sky, look(&v->camera, row, x));
        colour c = mixed(clear_sky(&v->sky, 0.0f, apart), v->air.veil, v->air.share);
        air->red[x] = c.r * v->gloom.r;
        air->green[x] = c.g * v->gloom.g;
        air->blue[x] = c.b * v->gloom.b;
        air->sunward[x] = square(1.0f / (1.0f + 9.0f * apart));
    }
}

/* Spreads the coarse grid of a slab over a row of pixels. */
INLINE void lay_slab(slab *restrict s, const air_row *restrict air, int y, int width, const plants_view *v,
                     const float *restrict grid) {
    float down = (float)y * v->haze_step[1], cell = 1.0f / v->haze_step[0];
    int upper = (int)down, lower = upper + 1 < v->haze_rows ? upper + 1 : upper;
    float share = down - (float)upper, through[MAX_HAZE], lit[MAX_HAZE];
    const float *above = grid + 2 * upper * v->haze_columns, *below = grid + 2 * lower * v->haze_columns;
    for (int i = 0; i < v->haze_columns; i++) {
        through[i] = mix(above[2 * i], below[2 * i], share);
        lit[i] = mix(above[2 * i + 1], below[2 * i + 1], share);
    }
    for (int i = 0; i + 1 < v->haze_columns; i++) {
        int from = (int)ceilf((float)i * cell), to = (int)ceilf((float)(i + 1) * cell);
        to = i + 2 == v->haze_columns || to > width ? width : to;
#pragma omp simd
        for (int x = from; x < to; x++) {
            float way = (float)x * v->haze_step[0] - (float)i, beam = mix(lit[i], lit[i + 1], way);
            s->through[x] = mix(through[i], through[i + 1], way);
            s->red[x] = air->red[x] + v->beam.r * beam;
            s->green[x] = air->green[x] + v->beam.g * beam;
            s->blue[x] = air->blue[x] + v->beam.b * beam;
        }
    }
}

INLINE void veil_row(row *restrict row, const slab *restrict s, int width) {
#pragma omp simd
    for (int x = 0; x < width; x++) {
        row->red[x] = mix(s->red[x], row->red[x], s->through[x]);
        row->green[x] = mix(s->green[x], row->green[x], s->through[x]);
        row->blue[x] = mix(s->blue[x], row->blue[x], s->through[x]);
    }
}

INLINE pair sample_ground(const uint32_t *restrict ground, ground_layer l, float x, float z, float wide, float lengthy) {
    int narrow = level_of(wide * l.across, GROUND_WIDTHS), level = level_of(lengthy * l.along, GROUND_LEVELS);
    float u = (x * l.cos + z * l.sin) * l.across, v = (z * l.cos - x * l.sin) * l.along;
    const int size = 2 * GROUND_SIDE * GROUND_SIDE;
    return bilinear(ground + narrow * size, GROUND_SIDE, level, GROUND_SIDE >> narrow,
                    (u + 0.5f) * halved(narrow) - 0.5f, (v + 0.5f) * halved(level) - 0.5f);
}

/* The share of trodden earth at a place; `frayed` is noise about 0. */
INLINE float trodden(const plants_view *v, float x, float z, float frayed) {
    float away = fabsf(x - v->path[0] * wave(z * v->path[1] + 0.02f)) + 0.9f * frayed;
    return unit((v->path[2] - away) * 1.6f) * v->path[3];
}

INLINE colour lit_ground(const plants_view *v, const uint32_t *restrict ground, float x, float z, float wide,
                         float lengthy, float sunward) {
    pair fine = sample_ground(ground, FINE, x, z, wide, lengthy);
    pair middle = sample_ground(ground, MIDDLE, x, z, wide, lengthy);
    pair coarse = sample_ground(ground, COARSE, x, z, wide, lengthy);
    pair spots = sample_ground(ground, DAPPLE, x, z, wide, lengthy);
    float detail = (fine.a * 0.5f + middle.a * 0.4f + coarse.a * 0.35f) * UNIT_BYTE;
    float light = unit(detail - 0.12f + v->gust_shine * gust_at(v, x, z));
    float mossy = unit(((coarse.b + 0.5f * middle.b) * UNIT_BYTE - 1.0f + 0.5f * v->patchy) * 3.0f) * v->patchy;
    float path = trodden(v, x, z, (middle.b + coarse.b) * UNIT_BYTE - 1.0f);
    colour c = ramp(v->ground_shade, v->ground_middle, v->ground_top, light);
    c = mixed(c, scaled(v->patch, 0.3f + light), mossy);
    c = mixed(c, mixed(v->path_shade, v->path_top, 0.25f + 0.75f * light), path);
    float sunlit = unit((spots.b * UNIT_BYTE - 0.56f) * 5.0f) * (0.4f + light) * (0.5f + 2.0f * sunward);
    return added(c, v->dapple, sunlit);
}

/* Draws the ground between two depths. */
INLINE void draw_ground(row *restrict row, const slab *restrict s, const air_row *restrict air, int from, int to,
                        const plants_view *restrict v, const uint32_t *restrict ground, float close, float far) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right)), inverse = 1.0f / (far - close);
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = along(row->start, v->camera.right, (float)x);
        float down = v->camera.eye.y / at_least(-d.y, 1e-5f), deep = down * d.z;
        float wide = deep * pixel * (1.2f + 0.5f * row->grain[x]), lengthy = wide * at_least(down / v->camera.eye.y, 1.0f);
        vector place = along(v->camera.eye, d, down);
        colour c = lit_ground(v, ground, place.x, place.z, wide, lengthy, air->sunward[x]);
        paint_through(row, s, x, c, unit((deep - close) * inverse), 1.0f);
    }
}

INLINE picture_level level_at(const plants_textures *t, int picture, int level) {
    plant_picture p = t->pictures[picture];
    const uint32_t *texels = t->texels + p.start;
    level = level < 0 ? 0 : level < p.n_levels ? level : p.n_levels - 1;
    for (int i = 0; i < level; i++) texels += (p.columns >> i) * (p.rows >> i);
    return (picture_level){texels, p.columns >> level, p.rows >> level, halved(level)};
}

/* Columns repeat; the first and the last row go on for ever unless `wraps`. Coordinates are of the first level. */
INLINE pair sample_picture(picture_level l, float u, float v, int wraps) {
    u = u * l.scale - 0.5f;
    v = v * l.scale - 0.5f;
    float u0 = floorf(u), v0 = floorf(v);
    int x = (int)u0 & (l.columns - 1), last = l.rows - 1, upper = (int)v0, lower = upper + 1;
    upper = wraps ? upper & last : upper < 0 ? 0 : upper > last ? last : upper;
    lower = wraps ? lower & last : lower < 0 ? 0 : lower > last ? last : lower;
    pair above = across(l.texels[upper * l.columns + x], u - u0), below = across(l.texels[lower * l.columns + x], u - u0);
    return (pair){mix(above.a, below.a, v - v0), mix(above.b, below.b, v - v0)};
}

INLINE void draw_leaves(row *restrict row, const slab *restrict s, const air_row *restrict air, int from, int to,
                        const plants_view *restrict v, const plant *restrict p, plant_row r, picture_level fine,
                        picture_level next, float share, int with_next) {
    float columns = p->turns * (float)fine.columns / (fine.scale * p->width), start = p->start * (float)fine.columns / fine.scale;
    float rows = (float)fine.rows / fine.scale, per_metre = rows / p->height, tall = 1.0f / (p->foot + p->height);
    /* What is seen larger than it was drawn gets its edges back. */
    float sharp = at_least(1.0f, 0.8f * r.pixels);
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = along(row->start, v->camera.right, (float)x);
        float away = r.deep / d.z, px = v->camera.eye.x + d.x * away, py = v->camera.eye.y + d.y * away;
        float gust = gust_at(v, px, p->z), flutter = wave(0.9f * px + 0.55f * py + 1.7f * p->z - v->gust[2]);
        float high = py * tall, lean = p->sway * square(high) * (0.35f + gust + 0.18f * flutter);
        float tu = start + (px - p->left - lean) * columns, tv = rows - (py - p->foot) * per_metre;
        pair sample = sample_picture(fine, tu, tv, 0);
        if (with_next) {
            pair coarser = sample_picture(next, tu, tv, 0);
            sample = (pair){mix(sample.a, coarser.a, share), mix(sample.b, coarser.b, share)};
        }
        float light = sample.a / at_least(sample.b, 1.0f) + v->gust_shine * gust * high;
        float cover = unit((sample.b * UNIT_BYTE - 0.5f) * sharp + 0.5f) * p->share;
        colour c = ramp(p->shade, p->middle, p->top, light);
        c = added(c, p->top, p->glow * air->sunward[x] * light);
        paint_through(row, s, x, c, r.part, cover);
    }
}

/* A trunk is round: bark turns away at both sides, and its edges are exact at every distance. */
INLINE void draw_trunk(row *restrict row, const slab *restrict s, const air_row *restrict air, int from, int to,
                       const plants_view *restrict v, const plant *restrict p, plant_row r, picture_level bark) {
    float around = (float)bark.columns / bark.scale, per_metre = p->turns, tall = 1.0f / p->height;
    float middle = p->left + 0.5f * p->width, start = p->start * around;
#pragma omp simd
    for (int x = from; x < to; x++) {
        vector d = along(row->start, v->camera.right, (float)x);
        float away = r.deep / d.z, px = v->camera.eye.x + d.x * away, py = v->camera.eye.y + d.y * away;
        float up = py - p->foot, high = up * tall;
        float radius = p->girth * (0.78f - 0.5f * high + 0.3f / (1.0f + 5.0f * square(up)));
        float off = px - middle - p->bow * 4.0f * high * (1.0f - high) - p->sway * square(high) * gust_at(v, px, p->z);
        float n = at_most(at_least(off / radius, -1.0f), 1.0f), n2 = square(n);
        float tu = start + around * n * (0.32f + 0.05f * n2 + 0.13f * square(square(n2)));
        pair sample = sample_picture(bark, tu, 4096.0f - up * per_metre, 1);
        float facing = 0.42f + 0.38f * (1.0f - n2) + 0.30f * n * v->side;
        float light = sample.a * UNIT_BYTE * facing;
        float grown = unit((sample.b * UNIT_BYTE + 0.35f * n * v->side - 0.9f + p->share / (1.0f + 0.3f * up)) * 4.0f);
        float rim = square(square(n2)) * p->glow * (0.5f + 0.5f * n * v->side);
        float cover = unit((radius - fabsf(off)) * r.pixels + 0.5f) * at_most(2.0f * radius * r.pixels, 1.0f);
        colour c = mixed(p->shade, p->middle, light);
        c = mixed(c, scaled(p->top, 0.4f + 0.7f * light), grown);
        c = added(c, v->beam, rim * air->sunward[x]);
        paint_through(row, s, x, c, r.part, cover * unit(r.deep - 0.7f));
    }
}

INLINE span seen_of(const plants_view *v, const row *row, int width, const plant *p, float deep) {
    vector a = row->start, b = v->camera.right;
    float left = v->camera.eye.x - p->left, right = left - p->width;
    float low = v->camera.eye.y - p->foot, high = low - p->height;
    span s = where((span){0.0f, (float)width}, a.z - 0.02f, b.z);
    s = where(s, left * a.z + deep * a.x, left * b.z + deep * b.x);
    s = where(s, -right * a.z - deep * a.x, -right * b.z - deep * b.x);
    s = where(s, low * a.z + deep * a.y, low * b.z + deep * b.y);
    return where(s, -high * a.z - deep * a.y, -high * b.z - deep * b.y);
}

INLINE void draw_plant(row *restrict row, const slab *restrict s, const air_row *restrict air, int width,
                       const plants_view *restrict v, const plants_textures *restrict t, const plant *restrict p,
                       float close, float far) {
    float deep = p->z - v->camera.eye.z, pixel = deep * sqrtf(dot(v->camera.right, v->camera.right));
    span seen = seen_of(v, row, width, p, deep);
    int from = first_of(seen), to = end_of(seen);
    if (from >= to) return;
    plant_picture picture = t->pictures[p->picture];
    plant_row r = {deep, unit((deep - close) / (far - close)), 0.0f, 1.0f / pixel};
    if (p->girth > 0.0f) {
        float texels = 0.5f * (float)picture.columns / p->girth * pixel;
        draw_trunk(row, s, air, from, to, v, p, r, level_at(t, p->picture, level_of(texels * 1.2f, picture.n_levels)));
        return;
    }
    r.texels = (float)picture.columns * p->turns / p->width * pixel;
    r.pixels = 1.0f / r.texels;
    float octave = log2f(at_least(r.texels, 1.0f)) + 0.15f, level = floorf(octave);
    float share = unit((octave - level - 0.3f) * 2.5f);
    picture_level fine = level_at(t, p->picture, (int)level), next = level_at(t, p->picture, (int)level + 1);
    if (share == 0.0f) draw_leaves(row, s, air, from, to, v, p, r, fine, fine, 0.0f, 0);
    else if (share == 1.0f) draw_leaves(row, s, air, from, to, v, p, r, next, next, 0.0f, 0);
    else draw_leaves(row, s, air, from, to, v, p, r, fine, next, share, 1);
}

INLINE void draw_far(row *restrict row, const plants_view *restrict v, const plants_textures *restrict t, int width,
                     int with_stars) {
    float far = v->edges[v->n_slabs], eye = v->camera.eye.y;
    vector a = row->start, b = v->camera.right;
    span s = where((span){0.0f, (float)width}, eye * a.z + far * a.y, eye * b.z + far * b.y);
#pragma omp simd
    for (int x = first_of(s); x < end_of(s); x++)
        paint(row, x, sky_light(&v->camera, &v->sky, &v->air, &t->sky, look(&v->camera, row, x), row->grain[x], with_stars));
}

INLINE void draw_slabs(row *restrict row, slab *restrict s, const air_row *restrict air, int y, int width,
                       const plants_view *restrict v, const plants_textures *restrict t,
                       const plant *restrict plants, const int *restrict seen, int n_seen) {
    int next = 0;
    vector a = row->start, b = v->camera.right;
    float eye = v->camera.eye.y;
    for (int i = v->n_slabs - 1; i >= 0; i--) {
        float close = v->edges[i], far = v->edges[i + 1];
        lay_slab(s, air, y, width, v, t->haze + 2 * i * v->haze_columns * v->haze_rows);
        veil_row(row, s, width);
        span below = where((span){0.0f, (float)width}, -eye * a.z - far * a.y, -eye * b.z - far * b.y);
        below = where(below, eye * a.z + close * a.y, eye * b.z + close * b.y);
        draw_ground(row, s, air, first_of(below), end_of(below), v, t->ground, close, far);
        for (; next < n_seen && plants[seen[next]].z - v->camera.eye.z >= close; next++)
            if (plants[seen[next]].first_row <= y && y < plants[seen[next]].end_row)
                draw_plant(row, s, air, width, v, t, plants + seen[next], close, far);
    }
}

FOR_EACH_CPU
void plants_rows(uint8_t *frame, int width, int first_row, int n_rows, const plants_view *view,
                 const plants_textures *textures, const plant *plants, int n_plants) {
    plants_view v = *view;
    plants_textures t = *textures;
    row row;
    slab slab;
    air_row air;
    int seen[MAX_PLANTS], n_seen = 0;
    for (int i = 0; i < n_plants && n_seen < MAX_PLANTS; i++)
        if (plants[i].first_row < first_row + n_rows && plants[i].end_row > first_row) seen[n_seen++] = i;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        memset(row.red, 0, sizeof row.red);
        memset(row.green, 0, sizeof row.green);
        memset(row.blue, 0, sizeof row.blue);
        light_air(&air, &row, width, &v);
        if (v.sky.stars > 0.0f) draw_far(&row, &v, &t, width, 1);
        else draw_far(&row, &v, &t, width, 0);
        draw_slabs(&row, &slab, &air, y, width, &v, &t, plants, seen, n_seen);
        expose(frame, y, &row, width, &v.film);
    }
}
