/* Draws ground, trunks and leaves in slabs of hazy air, the nearest first; `plants.py` says the same in NumPy. */
#include "shading.h"

#include "plants.h"

enum { GROUND_SIDE = 512, GROUND_LEVELS = 7, GROUND_WIDTHS = 6, MAX_PLANTS = 4096, MAX_HAZE = 512 };
/* Pixels that are skipped together once nothing behind them can be seen, and the light that counts as nothing. */
enum { BLOCK = 32, CELL = 16 };
static const float SHUT = 0.004f;
/* Rows of a picture whose leaves' outermost columns are known together. */
enum { N_EXTENTS = 32 };

/* Texels of the ground to a metre, across and along, of its layers. */
typedef struct { float across, along, cos, sin; } ground_layer;
static const ground_layer FINE = {230.0f, 230.0f, 0.96f, 0.28f}, MIDDLE = {47.0f, 47.0f, 0.8f, -0.6f},
                          COARSE = {8.3f, 8.3f, 1.0f, 0.0f}, DAPPLE = {34.0f, 13.0f, 1.0f, 0.0f};
/* A number of a picture is stored in a byte. */
static const float UNIT_BYTE = 1.0f / 255.0f;

/* Pixels of a row, from the first to the one after the last. */
typedef struct { float from, to; } span;

/* Numbers of a row of pixels. A loop over a block that begins anywhere in memory would spend half of its steps on
 * single numbers until it reaches a multiple of the vectors' size. */
typedef float along_row[MAX_WIDTH] __attribute__((aligned(64)));

/* The light of a row as far as it is drawn, what still shines through to the eye from behind, and which blocks let
 * nothing through. */
typedef struct {
    along_row red, green, blue, through;
    uint8_t shut[MAX_WIDTH / BLOCK + 1];
} view_row;

/* The air of one slab along a row: what it lets through, and its light. */
typedef struct {
    along_row through, red, green, blue;
} slab;

/* The light of unlit air along a row, and how close each pixel is to the sun. */
typedef struct {
    along_row red, green, blue, sunward;
} air_row;

/* One level of a picture, as it lies in memory, and how much finer it is than the first. */
typedef struct { const uint32_t *texels; int columns, rows; float scale; } picture_level;

/* What of a plant is the same in all rows of a frame: how deep it stands, in which slab and which part of that,
 * pixels to a metre, the wind, texels to a metre and where they begin, and the levels to draw. */
typedef struct {
    const plant *is;
    float deep, part, pixels, gust, columns, start, rows, per_metre, tall, sharp, share;
    int slab, first_row, end_row;
    picture_level fine, next;
} standing;

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

/* Whole blocks are drawn, since loops of a fixed length need no rest; 1 where a pixel is meant, else 0. */
INLINE float within(int x, int from, int to) { return x >= from && x < to ? 1.0f : 0.0f; }

/* The pixels of one block: their light, what still shines through, and the slab of air they are in. */
typedef struct {
    float *restrict red, *restrict green, *restrict blue, *restrict through;
    const float *restrict clear, *restrict haze_red, *restrict haze_green, *restrict haze_blue, *restrict sunward, *restrict grain;
    int at;
} block;

#define FROM(numbers) __builtin_assume_aligned((numbers) + at, 64)

INLINE block block_at(const row *restrict row, view_row *restrict seen, const slab *restrict s, const air_row *restrict air, int at) {
    return (block){FROM(seen->red), FROM(seen->green), FROM(seen->blue), FROM(seen->through), FROM(s->through), FROM(s->red),
                   FROM(s->green), FROM(s->blue), FROM(air->sunward), row->grain + at, at};
}

/* Adds light behind what is drawn already, seen through `part` of a slab of air. Returns what still shines through. */
INLINE float paint_behind(block b, int i, colour c, float part, float cover) {
    float haze = (1.0f - b.clear[i]) * part, share = b.through[i] * cover, rest = b.through[i] - share;
    b.red[i] += mix(c.r, b.haze_red[i], haze) * share;
    b.green[i] += mix(c.g, b.haze_green[i], haze) * share;
    b.blue[i] += mix(c.b, b.haze_blue[i], haze) * share;
    b.through[i] = rest;
    return rest;
}

INLINE void light_air(air_row *restrict air, const row *restrict row, int width, const plants_view *restrict v) {
#pragma omp simd
    for (int x = 0; x < width; x++) {
        float apart = from_sun(&v->sky, look(&v->camera, row, x));
        colour c = mixed(clear_sky(&v->sky, 0.0f, apart), v->air.veil, v->air.share);
        air->red[x] = c.r * v->gloom.r;
        air->green[x] = c.g * v->gloom.g;
        air->blue[x] = c.b * v->gloom.b;
        air->sunward[x] = square(1.0f / (1.0f + 5.0f * apart));
    }
}

/* Spreads the coarse grid of a slab over a row of pixels, and draws its air over what is behind. */
INLINE void lay_slab(slab *restrict s, const view_row *restrict seen, const air_row *restrict air, int y, int width,
                     const plants_view *v, const float *restrict grid) {
    float down = (float)y * (1.0f / CELL);
    int upper = y / CELL, n = v->haze_columns;
    float share = down - (float)upper, through[MAX_HAZE], lit[MAX_HAZE];
    const float *above = grid + 2 * upper * n, *below = above + 2 * n;
    for (int i = 0; i < n; i++) {
        through[i] = mix(above[2 * i], below[2 * i], share);
        lit[i] = mix(above[2 * i + 1], below[2 * i + 1], share);
    }
    for (int cell = 0; cell * CELL < width; cell++) {
        if (seen->shut[cell * CELL / BLOCK]) continue;
        float clear = through[cell], clearer = through[cell + 1] - clear, beam = lit[cell], brighter = lit[cell + 1] - beam;
        int at = cell * CELL;
        const float *restrict red = FROM(air->red), *restrict green = FROM(air->green), *restrict blue = FROM(air->blue);
        float *restrict out = FROM(s->through), *restrict out_red = FROM(s->red), *restrict out_green = FROM(s->green),
              *restrict out_blue = FROM(s->blue);
#pragma omp simd
        for (int i = 0; i < CELL; i++) {
            float way = (float)i * (1.0f / CELL), light = beam + brighter * way;
            out[i] = clear + clearer * way;
            out_red[i] = red[i] + v->beam.r * light;
            out_green[i] = green[i] + v->beam.g * light;
            out_blue[i] = blue[i] + v->beam.b * light;
        }
    }
}

INLINE void veil_row(const row *restrict row, view_row *restrict seen, const slab *restrict s, const air_row *restrict air, int width) {
    for (int at = 0; at < width; at += BLOCK) {
        if (seen->shut[at / BLOCK]) continue;
        block b = block_at(row, seen, s, air, at);
#pragma omp simd
        for (int i = 0; i < BLOCK; i++) {
            float share = b.through[i] * (1.0f - b.clear[i]);
            b.red[i] += b.haze_red[i] * share;
            b.green[i] += b.haze_green[i] * share;
            b.blue[i] += b.haze_blue[i] * share;
            b.through[i] *= b.clear[i];
        }
    }
}

INLINE pair sample_ground(const uint32_t *restrict ground, ground_layer l, float x, float z, float wide, float lengthy) {
    int narrow = level_of(wide * l.across, GROUND_WIDTHS), level = level_of(lengthy * l.along, GROUND_LEVELS);
    float u = (x * l.cos + z * l.sin) * l.across, v = (z * l.cos - x * l.sin) * l.along;
    u = (u + 0.5f) * halved(narrow) - 0.5f;
    v = (v + 0.5f) * halved(level) - 0.5f;
    float u0 = floorf(u), v0 = floorf(v);
    int rows = (GROUND_SIDE >> level) - 1, top = 2 * GROUND_SIDE * (narrow + 1) - ((2 * GROUND_SIDE) >> level);
    int column = (int)u0 & ((GROUND_SIDE >> narrow) - 1), upper = (int)v0 & rows, lower = (upper + 1) & rows;
    pair above = across(ground[(top + upper) * GROUND_SIDE + column], u - u0);
    pair below = across(ground[(top + lower) * GROUND_SIDE + column], u - u0);
    return (pair){mix(above.a, below.a, v - v0), mix(above.b, below.b, v - v0)};
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
INLINE void draw_ground(const row *restrict row, view_row *restrict seen, const slab *restrict s, const air_row *restrict air, int from, int to,
                        const plants_view *restrict v, const uint32_t *restrict ground, float close, float far) {
    float pixel = sqrtf(dot(v->camera.right, v->camera.right)), inverse = 1.0f / (far - close);
    for (int at = from & -BLOCK; at < to; at += BLOCK) {
        if (seen->shut[at / BLOCK]) continue;
        block b = block_at(row, seen, s, air, at);
        float most = 0.0f;
#pragma omp simd reduction(max : most)
        for (int i = 0; i < BLOCK; i++) {
            int x = at + i;
            vector d = along(row->start, v->camera.right, (float)x);
            float down = v->camera.eye.y / at_least(-d.y, 1e-4f), deep = down * d.z;
            float wide = deep * pixel * (1.2f + 0.5f * b.grain[i]), lengthy = wide * at_least(down / v->camera.eye.y, 1.0f);
            vector place = along(v->camera.eye, d, down);
            colour c = lit_ground(v, ground, place.x, place.z, wide, lengthy, b.sunward[i]);
            most = at_least(most, paint_behind(b, i, c, unit((deep - close) * inverse), within(x, from, to)));
        }
        seen->shut[at / BLOCK] = most < SHUT;
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

INLINE void draw_leaves(const row *restrict row, view_row *restrict seen, const slab *restrict s, const air_row *restrict air,
                        int from, int to, const plants_view *restrict v, const standing *restrict here, int with_next,
                        int is_wide) {
    const plant p = *here->is;
    const standing r = *here;
    /* What the camera passes through fades before its eyes. */
    float shown = p.share * unit(2.0f * r.deep - 0.6f);
    for (int at = from & -BLOCK; at < to; at += BLOCK) {
        if (seen->shut[at / BLOCK]) continue;
        block b = block_at(row, seen, s, air, at);
        float most = 0.0f;
#pragma omp simd reduction(max : most)
        for (int i = 0; i < BLOCK; i++) {
            int x = at + i;
            vector d = along(row->start, v->camera.right, (float)x);
            float away = r.deep / at_least(d.z, 0.01f), px = v->camera.eye.x + d.x * away, py = v->camera.eye.y + d.y * away;
            float gust = is_wide ? gust_at(v, px, p.z) : r.gust, flutter = wave(0.9f * px + 0.55f * py + 1.7f * p.z - v->gust[2]);
            float high = py * r.tall, lean = p.sway * square(high) * (0.35f + gust + 0.18f * flutter);
            float tu = r.start + (px - p.left - lean) * r.columns, tv = r.rows - (py - p.foot) * r.per_metre;
            pair sample = sample_picture(r.fine, tu, tv, 0);
            if (with_next) {
                pair coarser = sample_picture(r.next, tu, tv, 0);
                sample = (pair){mix(sample.a, coarser.a, r.share), mix(sample.b, coarser.b, r.share)};
            }
            float light = sample.a / at_least(sample.b, 1.0f) + v->gust_shine * gust * high;
            float cover = unit((sample.b * UNIT_BYTE - 0.5f) * r.sharp + 0.5f) * shown;
            colour c = ramp(p.shade, p.middle, p.top, light);
            c = added(c, p.top, p.glow * b.sunward[i] * light);
            most = at_least(most, paint_behind(b, i, c, r.part, cover * within(x, from, to)));
        }
        seen->shut[at / BLOCK] = most < SHUT;
    }
}

/* A trunk is round: bark turns away at both sides, and its edges are exact at every distance. */
INLINE void draw_trunk(const row *restrict row, view_row *restrict seen, const slab *restrict s, const air_row *restrict air,
                       int from, int to, const plants_view *restrict v, const standing *restrict here) {
    const plant p = *here->is;
    const standing r = *here;
    float around = r.columns, middle = p.left + 0.5f * p.width, near = unit(2.0f * r.deep - 0.6f);
    for (int at = from & -BLOCK; at < to; at += BLOCK) {
        if (seen->shut[at / BLOCK]) continue;
        block b = block_at(row, seen, s, air, at);
        float most = 0.0f;
#pragma omp simd reduction(max : most)
        for (int i = 0; i < BLOCK; i++) {
            int x = at + i;
            vector d = along(row->start, v->camera.right, (float)x);
            float away = r.deep / at_least(d.z, 0.01f), px = v->camera.eye.x + d.x * away, py = v->camera.eye.y + d.y * away;
            float up = py - p.foot, high = up * r.tall;
            float radius = p.girth * (0.78f - 0.5f * high + 0.3f / (1.0f + 5.0f * square(up)));
            float off = px - middle - p.bow * 4.0f * high * (1.0f - high) - p.sway * square(high) * r.gust;
            float n = at_most(at_least(off / radius, -1.0f), 1.0f), n2 = square(n);
            float tu = r.start + around * n * (0.32f + 0.05f * n2 + 0.13f * square(square(n2)));
            pair sample = sample_picture(r.fine, tu, 4096.0f - up * r.per_metre, 1);
            float facing = 0.42f + 0.38f * (1.0f - n2) + 0.30f * n * v->side;
            float light = sample.a * UNIT_BYTE * facing;
            float grown = unit((sample.b * UNIT_BYTE + 0.35f * n * v->side - 0.9f + p.share / (1.0f + 0.3f * up)) * 4.0f);
            float rim = square(square(n2)) * p.glow * (0.5f + 0.5f * n * v->side);
            float cover = unit((radius - fabsf(off)) * r.pixels + 0.5f) * at_most(2.0f * radius * r.pixels, 1.0f);
            colour c = mixed(p.shade, p.middle, light);
            c = mixed(c, scaled(p.top, 0.4f + 0.7f * light), grown);
            c = added(c, v->beam, rim * b.sunward[i]);
            most = at_least(most, paint_behind(b, i, c, r.part, cover * near * within(x, from, to)));
        }
        seen->shut[at / BLOCK] = most < SHUT;
    }
}

/* The pixels of a row where a plant may be. */
INLINE span seen_of(const plants_view *v, const row *row, int width, const plant *p, float deep, float left, float right) {
    vector a = row->start, b = v->camera.right;
    left = v->camera.eye.x - left;
    right = v->camera.eye.x - right;
    float low = v->camera.eye.y - p->foot, high = low - p->height;
    span s = where((span){0.0f, (float)width}, a.z - 0.02f, b.z);
    s = where(s, left * a.z + deep * a.x, left * b.z + deep * b.x);
    s = where(s, -right * a.z - deep * a.x, -right * b.z - deep * b.x);
    s = where(s, low * a.z + deep * a.y, low * b.z + deep * b.y);
    return where(s, -high * a.z - deep * a.y, -high * b.z - deep * b.y);
}

/* The height above its foot, as a share of all of it, at which a row passes a plant. */
INLINE float passed(const plants_view *v, const row *row, const plant *p, float deep, float x) {
    vector d = along(row->start, v->camera.right, x);
    return unit((v->camera.eye.y + d.y * deep / d.z - p->foot) / p->height);
}

/* Leaves out the pixels beside the outermost leaves of the rows of the picture that are passed. */
INLINE span leafy(const plants_view *v, const plants_textures *t, const row *row, int width, const standing *r, span s) {
    const plant *p = r->is;
    float one = passed(v, row, p, r->deep, s.from), other = passed(v, row, p, r->deep, s.to);
    /* A texel of a coarse level reaches beyond the leaves it was made from. */
    float beside = 1.5f / (float)r->next.columns, beyond = 1.5f * N_EXTENTS / (float)r->next.rows;
    int upper = (int)((1.0f - at_least(one, other)) * N_EXTENTS - beyond);
    int lower = (int)((1.0f - at_most(one, other)) * N_EXTENTS + beyond);
    float first = 1.0f, last = 0.0f;
    const float *extents = t->extents + 2 * N_EXTENTS * p->picture;
    for (int i = upper < 0 ? 0 : upper; i <= lower && i < N_EXTENTS; i++) {
        first = at_most(first, extents[2 * i] - beside);
        last = at_least(last, extents[2 * i + 1] + beside);
    }
    float least = p->sway * (at_most(r->gust, 0.0f) - 0.2f), most = p->sway * (at_least(r->gust, 0.0f) + 0.6f);
    first = at_least(first, 0.0f);
    last = at_most(last, 1.0f);
    span kept = seen_of(v, row, width, p, r->deep, p->left + first * p->width + least, p->left + last * p->width + most);
    return (span){at_least(s.from, kept.from), at_most(s.to, kept.to)};
}

INLINE int is_shut(const view_row *seen, int from, int to) {
    for (int at = from & -BLOCK; at < to; at += BLOCK)
        if (!seen->shut[at / BLOCK]) return 0;
    return 1;
}

INLINE void draw_plant(const row *restrict row, view_row *restrict seen, const slab *restrict s, const air_row *restrict air,
                       int width, const plants_view *restrict v, const plants_textures *restrict t, const standing *r) {
    const plant *p = r->is;
    span here = seen_of(v, row, width, p, r->deep, p->left, p->left + p->width);
    if (is_shut(seen, first_of(here), end_of(here))) return;
    int is_wide = p->turns > 1.0f, with_next = r->share > 0.0f;
    if (p->girth == 0.0f && !is_wide) here = leafy(v, t, row, width, r, here);
    int from = first_of(here), to = end_of(here);
    /* What a plant lacks is left out of its loop, rather than looked up and multiplied by nothing. */
    if (p->girth > 0.0f) draw_trunk(row, seen, s, air, from, to, v, r);
    else if (is_wide && with_next) draw_leaves(row, seen, s, air, from, to, v, r, 1, 1);
    else if (is_wide) draw_leaves(row, seen, s, air, from, to, v, r, 0, 1);
    else if (with_next) draw_leaves(row, seen, s, air, from, to, v, r, 1, 0);
    else draw_leaves(row, seen, s, air, from, to, v, r, 0, 0);
}

INLINE standing stood(const plants_view *v, const plants_textures *t, const plant *p) {
    float deep = p->z - v->camera.eye.z, pixel = deep * sqrtf(dot(v->camera.right, v->camera.right));
    int slab = 0;
    while (slab + 1 < v->n_slabs && deep >= v->edges[slab + 1]) slab++;
    plant_picture picture = t->pictures[p->picture];
    standing r = {p, deep, unit((deep - v->edges[slab]) / (v->edges[slab + 1] - v->edges[slab])), 1.0f / pixel,
                  gust_at(v, p->left + 0.5f * p->width, p->z)};
    r.slab = slab;
    r.first_row = p->first_row;
    r.end_row = p->end_row;
    r.start = p->start * (float)picture.columns;
    r.rows = (float)picture.rows;
    if (p->girth > 0.0f) {
        r.columns = (float)picture.columns;
        r.per_metre = p->turns;
        r.tall = 1.0f / p->height;
        r.fine = level_at(t, p->picture, level_of(0.6f * r.columns / p->girth * pixel, picture.n_levels));
        return r;
    }
    r.columns = (float)picture.columns * p->turns / p->width;
    r.per_metre = r.rows / p->height;
    r.tall = 1.0f / (p->foot + p->height);
    /* What is seen larger than it was drawn gets its edges back. */
    r.sharp = at_least(1.0f, 0.8f / (r.columns * pixel));
    float octave = log2f(at_least(r.columns * pixel, 1.0f)) + 0.15f, level = floorf(octave);
    r.share = unit((octave - level - 0.3f) * 2.5f);
    int finest = (int)level + (r.share == 1.0f);
    r.share = r.share == 1.0f ? 0.0f : r.share;
    r.fine = level_at(t, p->picture, finest);
    r.next = level_at(t, p->picture, finest + 1);
    return r;
}

/* Draws the sky behind everything. */
INLINE void draw_far(const row *restrict row, view_row *restrict seen, const plants_view *restrict v,
                     const plants_textures *restrict t, int width, int with_stars) {
    float far = v->edges[v->n_slabs], eye = v->camera.eye.y;
    vector a = row->start, b = v->camera.right;
    span s = where((span){0.0f, (float)width}, eye * a.z + far * a.y, eye * b.z + far * b.y);
    int from = first_of(s), to = end_of(s);
    for (int at = from & -BLOCK; at < to; at += BLOCK) {
        if (seen->shut[at / BLOCK]) continue;
        float *restrict red = FROM(seen->red), *restrict green = FROM(seen->green), *restrict blue = FROM(seen->blue);
        const float *restrict through = FROM(seen->through);
#pragma omp simd
        for (int i = 0; i < BLOCK; i++) {
            int x = at + i;
            colour c = sky_light(&v->camera, &v->sky, &v->air, &t->sky, look(&v->camera, row, x), row->grain[x], with_stars);
            float share = through[i] * within(x, from, to);
            red[i] += c.r * share;
            green[i] += c.g * share;
            blue[i] += c.b * share;
        }
    }
}

INLINE void draw_slabs(const row *restrict row, view_row *restrict seen, slab *restrict s, const air_row *restrict air, int y,
                       int width, const plants_view *restrict v, const plants_textures *restrict t,
                       const standing *restrict plants, int n_plants) {
    int next = 0;
    vector a = row->start, b = v->camera.right;
    float eye = v->camera.eye.y;
    for (int i = 0; i < v->n_slabs; i++) {
        float close = v->edges[i], far = v->edges[i + 1];
        lay_slab(s, seen, air, y, width, v, t->haze + 2 * i * v->haze_columns * v->haze_rows);
        for (; next < n_plants && plants[next].slab == i; next++)
            if (plants[next].first_row <= y && y < plants[next].end_row) draw_plant(row, seen, s, air, width, v, t, plants + next);
        span below = where((span){0.0f, (float)width}, -eye * a.z - far * a.y, -eye * b.z - far * b.y);
        below = where(below, eye * a.z + close * a.y, eye * b.z + close * b.y);
        draw_ground(row, seen, s, air, first_of(below), end_of(below), v, t->ground, close, far);
        veil_row(row, seen, s, air, width);
    }
}

FOR_EACH_CPU
void plants_rows(uint8_t *frame, int width, int first_row, int n_rows, const plants_view *view,
                 const plants_textures *textures, const plant *plants, int n_plants) {
    plants_view v = *view;
    plants_textures t = *textures;
    row row;
    view_row seen;
    slab slab;
    air_row air;
    standing near[MAX_PLANTS];
    int n_near = 0;
    for (int i = 0; i < n_plants && n_near < MAX_PLANTS; i++)
        if (plants[i].first_row < first_row + n_rows && plants[i].end_row > first_row) near[n_near++] = stood(&v, &t, plants + i);
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        memset(&seen, 0, sizeof seen);
        for (int x = 0; x < width; x++) seen.through[x] = 1.0f;
        light_air(&air, &row, width, &v);
        draw_slabs(&row, &seen, &slab, &air, y, width, &v, &t, near, n_near);
        if (v.sky.stars > 0.0f) draw_far(&row, &seen, &v, &t, width, 1);
        else draw_far(&row, &seen, &v, &t, width, 0);
        memcpy(row.red, seen.red, (size_t)width * sizeof *row.red);
        memcpy(row.green, seen.green, (size_t)width * sizeof *row.green);
        memcpy(row.blue, seen.blue, (size_t)width * sizeof *row.blue);
        expose(frame, y, &row, width, &v.film);
    }
}
