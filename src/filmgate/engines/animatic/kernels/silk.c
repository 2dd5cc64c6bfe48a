/* Lights a sheet of silk that flows through folds; `silk.py` says the same in NumPy and explains the formulas. */
#include "coarse.h"
#include "ripples.h"
#include "spans.h"

#include "silk.h"

#define TURNS 6.2831853f
#define HIDDEN 400.0f

/* Each fold turns the plane, and waves it `per_metre` times a metre. */
typedef struct { float per_metre, cos, sin, share; } fold;
static const fold FOLDS[4] = {{0.036f, 0.92f, 0.39f, 1.0f}, {0.080f, -0.36f, 0.93f, 0.95f},
                              {0.165f, 0.71f, -0.70f, 0.85f}, {0.340f, 0.26f, 0.97f, 0.50f}};
static const float CREST_X = 0.125f, CREST_Z = 0.082f, PLEATS = 7.0f, PLEAT_HIGH = 0.022f;

/* Where a place is carried to, and how that changes with the place. */
typedef struct { float x, z, xx, xz, zx, zz; } flow;
/* The height there, its slopes, and how far along the colours of the silk it lies. */
typedef struct { float height, slope_x, slope_z, hue; } cloth;

/* sin(2 pi x), nearly. */
INLINE float wave(float x) {
    float t = x - floorf(x + 0.5f), s = t * (8.0f - 16.0f * fabsf(t));
    return s * (0.775f + 0.225f * fabsf(s));
}

INLINE flow folded(flow f, fold by, float strength, float first, float second) {
    float u = (by.cos * f.x + by.sin * f.z) * by.per_metre + first;
    float w = (by.cos * f.z - by.sin * f.x) * by.per_metre + second;
    float reach = strength * by.share / (TURNS * by.per_metre);
    float along = strength * by.share * wave(u + 0.25f), aside = strength * by.share * wave(w + 0.25f);
    float xx = 1.0f - by.sin * aside, xz = by.cos * aside, zx = by.cos * along, zz = 1.0f + by.sin * along;
    return (flow){f.x + reach * wave(w), f.z + reach * wave(u), xx * f.xx + xz * f.zx, xx * f.xz + xz * f.zz,
                  zx * f.xx + zz * f.zx, zx * f.xz + zz * f.zz};
}

/* The cloth at a place, as far as so many folds make it, seen in a spot of `foot` metres. */
INLINE cloth cloth_at(const silk_view *v, float x, float z, float foot, int n_folds) {
    flow f = {x, z, 1.0f, 0.0f, 0.0f, 1.0f};
    for (int i = 0; i < n_folds; i++)
        f = folded(f, FOLDS[i], v->fold / (1.0f + square(foot * FOLDS[i].per_metre * 6.0f)), v->phase[2 * i],
                   v->phase[2 * i + 1]);
    float a = f.x * CREST_X + v->phase[8], b = f.z * CREST_Z + v->phase[9];
    /* Where the cloth is drawn together its slopes change faster than a wide spot can show. */
    float spot = foot * 0.5f * (fabsf(f.xx) + fabsf(f.xz) + fabsf(f.zx) + fabsf(f.zz));
    float seen = v->swell / (1.0f + square(spot * 0.5f));
    /* Pleats run beside the widest crests. */
    float pleat = PLEATS * PLEAT_HIGH / (1.0f + square(spot * 3.0f)) * wave(a * PLEATS + b * 2.0f);
    float by_x = CREST_X * TURNS * (0.6f * wave(a + 0.25f) + pleat), by_z = 0.4f * CREST_Z * TURNS * wave(b
        + 0.25f);
    return (cloth){0.6f * wave(a) + 0.4f * wave(b), seen * (by_x * f.xx + by_z * f.zx),
                   seen * (by_x * f.xz + by_z * f.zz), 0.5f + 0.5f * wave(f.x * 0.021f - f.z * 0.034f
                       + v->phase[10])};
}

INLINE float sixteenth(float x) { return square(square(square(square(x)))); }

/* How threads along `t` shine between a light and the eye (after Kajiya and Kay, 1989). */
INLINE float thread_shine(vector t, vector light, vector d) {
    vector half = normalised((vector){light.x - d.x, light.y - d.y, light.z - d.z});
    return sqrtf(at_least(1.0f - square(dot(t, half)), 0.0f));
}

INLINE colour lit_cloth(const silk_view *v, vector d, cloth c) {
    vector n = normalised((vector){-c.slope_x, 1.0f, -c.slope_z});
    vector t = normalised((vector){v->thread.x, v->thread.x * c.slope_x + v->thread.z * c.slope_z, v->thread.z});
    float facing = unit(-dot(n, d)), edge = 1.0f - facing, hill = unit(0.5f + 0.5f * c.height);
    float key = dot(n, v->key_way), rim = dot(n, v->rim_way);
    float towards_key = at_least(key * 0.8f + 0.2f, 0.0f), towards_rim = at_least(rim * 0.7f + 0.3f, 0.0f);
    float first = thread_shine(t, v->key_way, d), second = thread_shine(t, v->rim_way, d);
    float satin = square(sixteenth(first)) * unit(key * 2.0f + 0.5f),
        gloss = sixteenth(square(square(square(first)))) * unit(key * 2.0f + 0.4f);
    float glance = sixteenth(second) * unit(rim * 2.0f + 0.5f);
    float close = 0.30f + 0.70f * hill * hill;
    colour base = mixed(mixed(v->body, v->accent, c.hue), v->deep, square(1.0f - hill) * 0.85f);
    colour shine = mixed(v->pale, base, 0.35f);
    colour light = added(scaled(v->ambient, (0.55f + 0.45f * n.y) * close), v->key, towards_key * close);
    light = added(light, v->rim, 0.6f * towards_rim * close);
    colour out = {base.r * light.r, base.g * light.g, base.b * light.b};
    colour sheen = added(scaled(v->key, 0.20f * satin + 0.46f * gloss), v->rim, 0.42f * glance);
    sheen = added(sheen, v->ambient, 0.55f * edge * edge * edge);
    return (colour){out.r + shine.r * sheen.r, out.g + shine.g * sheen.g, out.b + shine.b * sheen.b};
}

/* Motes that hang `up` metres above the cloth, at most one in each cell. */
INLINE float motes_at(const silk_view *v, vector d, float up, float cells, int seed) {
    float down = at_least(-d.y, 0.02f), far = at_least(v->camera.eye.y - up, 0.3f) / down;
    float x = (v->camera.eye.x + d.x * far + v->mote_drift[0]) * cells, z = (v->camera.eye.z + d.z * far
        + v->mote_drift[1]) * cells;
    float cx = floorf(x), cz = floorf(z);
    uint32_t h = scramble(cx, cz, seed);
    float size = 0.022f + 0.06f * square(square(chance(h, 0))), turn = v->moment * 0.13f + chance(h, 3);
    float ox = x - cx - 0.3f - 0.4f * chance(h, 1), oz = z - cz - 0.3f - 0.4f * chance(h, 2);
    /* Round as the eye sees them, though the layer lies flat. */
    float level = 1.0f / sqrtf(d.x * d.x + d.z * d.z + 1e-4f);
    float dz = (ox * d.x + oz * d.z) * level * down, dx = (ox * d.z - oz * d.x) * level;
    float blur = size + fabsf(far - v->focus) * 0.004f * cells;
    float disc = unit((blur - sqrtf(dx * dx + dz * dz)) / (0.6f * blur)) * size / (blur * blur) * 0.055f;
    return disc * (0.55f + 0.45f * wave(turn)) * unit(2.2f - far * 0.07f) * unit(-d.y * 12.0f);
}

INLINE colour background(const silk_view *v, vector d) {
    float height = at_least(d.y, 0.0f);
    colour c = clear_sky(&v->sky, height, from_sun(&v->sky, d));
    return mixed(c, v->air.veil, 0.6f * v->air.share * decay(-height * v->air.clears));
}

/* What a span of rays meets. */
typedef struct {
    vectors place;
    float far[SPAN], foot[SPAN], height[SPAN], slope_x[SPAN], slope_z[SPAN], hue[SPAN];
} sheet;

INLINE void meet_plane(sheet *restrict s, const vectors *restrict toward, const silk_view *restrict v, float pixel) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(toward, i);
        float down = at_least(-d.y, 1e-3f), flat = at_most(v->camera.eye.y / down, HIDDEN);
        float foot = flat * pixel / sqrtf(down) + 0.03f * fabsf(flat - v->focus);
        vector base = along(v->camera.eye, d, flat);
        /* What stands up is met before the plane under it. */
        float high = cloth_at(v, base.x, base.z, foot, 2).height * v->swell;
        s->far[i] = at_most((v->camera.eye.y - high * unit(40.0f / flat - 0.4f)) / down, HIDDEN);
        s->foot[i] = foot;
        keep(&s->place, i, along(v->camera.eye, d, s->far[i]));
    }
}

INLINE void meet_cloth(sheet *restrict s, const silk_view *restrict v) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        cloth c = cloth_at(v, s->place.x[i], s->place.z[i], s->foot[i], 4);
        s->height[i] = c.height;
        s->slope_x[i] = c.slope_x;
        s->slope_z[i] = c.slope_z;
        s->hue[i] = c.hue;
    }
}

INLINE void add_rings(sheet *restrict s, const silk_view *restrict v) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        float x = s->place.x[i], z = s->place.z[i];
        pair one = rings(x, z, 0.55f, v->moment, 5), two = rings(x + 0.7f, z + 1.9f, 0.9f, v->moment, 9);
        float seen = v->rain * 0.55f / (1.0f + 14.0f * s->foot[i]);
        s->slope_x[i] += (one.a + two.a) * seen;
        s->slope_z[i] += (one.b + two.b) * seen;
    }
}

/* A row of cloth, soft enough for a ray every few pixels: its light, and where it is; `finest` is the least of
 * its spots. */
typedef struct {
    float red[MAX_SEEN], green[MAX_SEEN], blue[MAX_SEEN], x[MAX_SEEN], z[MAX_SEEN], foot[MAX_SEEN];
    float finest;
} soft_row;

/* Beyond spots of so many metres threads cannot be told apart. */
#define THREAD_FOOT 0.01f

INLINE void light_cloth(soft_row *restrict out, int at, const sheet *restrict s, const vectors *restrict toward,
                        const silk_view *restrict v) {
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        vector d = nth(toward, i);
        colour c = lit_cloth(v, d, (cloth){s->height[i], s->slope_x[i], s->slope_z[i], s->hue[i]});
        c = mixed(c, background(v, d), 1.0f - decay(-square(s->far[i] / v->reach)));
        out->red[at + i] = c.r;
        out->green[at + i] = c.g;
        out->blue[at + i] = c.b;
        out->x[at + i] = s->place.x[i];
        out->z[at + i] = s->place.z[i];
        out->foot[at + i] = s->foot[i];
    }
}

/* Fills in the coarse row of this number. */
INLINE void draw_soft(soft_row *restrict out, int number, int width, const silk_view *restrict v, float pixel) {
    vector start = along(v->camera.corner, v->camera.up, (float)(-number * v->every));
    int n = coarse_width(width, v->every);
    vectors toward;
    sheet s;
    for (int at = 0; at < n; at += SPAN) {
#pragma omp simd
        for (int i = 0; i < SPAN; i++)
            keep(&toward, i, normalised(along(start, v->camera.right, (float)((at + i) * v->every))));
        meet_plane(&s, &toward, v, pixel);
        meet_cloth(&s, v);
        if (v->rain > 0.0f) add_rings(&s, v);
        light_cloth(out, at, &s, &toward, v);
    }
    out->finest = THREAD_FOOT;
    for (int i = 0; i < n; i++) out->finest = at_most(out->foot[i], out->finest);
}

/* Fills in a row from the coarse ones above and below. */
INLINE void soften(row *restrict row, soft_row *restrict here, const soft_row *restrict above,
                   const soft_row *restrict below, float share, int width, int every) {
    smoothed_between(row->red, above->red, below->red, share, width, every);
    smoothed_between(row->green, above->green, below->green, share, width, every);
    smoothed_between(row->blue, above->blue, below->blue, share, width, every);
    here->finest = at_most(above->finest, below->finest);
    if (here->finest >= THREAD_FOOT) return;
    smoothed_between(here->x, above->x, below->x, share, width, every);
    smoothed_between(here->z, above->z, below->z, share, width, every);
    smoothed_between(here->foot, above->foot, below->foot, share, width, every);
}

INLINE void weave(row *restrict row, const soft_row *restrict here, int width) {
#pragma omp simd
    for (int x = 0; x < width; x++) {
        float threads = wave(here->x[x] * 61.0f) * wave(here->z[x] * 61.0f);
        float woven = 1.0f + 0.05f * threads * unit((THREAD_FOOT - here->foot[x]) * 160.0f);
        paint(row, x, scaled(painted(row, x), woven));
    }
}

/* Where motes shine, -d.y is above this. */
#define MOTES_DOWN 0.08f

/* Motes are small, so that they are lit row by row, and in large rows at every second ray. */
INLINE void add_motes(row *restrict row, int width, const silk_view *restrict v) {
    int every = v->every > 3 ? v->every / 2 : 1, n = coarse_width(width, every);
    float shine[MAX_SEEN], spread_shine[MAX_SEEN];
    vectors toward;
    for (int at = 0; at < n; at += SPAN) {
        float down = 0.0f;
#pragma omp simd reduction(max : down)
        for (int i = 0; i < SPAN; i++) {
            vector d = look(&v->camera, row, (at + i) * every);
            keep(&toward, i, d);
            down = at_least(-d.y, down);
        }
        if (down < MOTES_DOWN) {
            memset(shine + at, 0, SPAN * sizeof *shine);
            continue;
        }
#pragma omp simd
        for (int i = 0; i < SPAN; i++)
            shine[at + i] = motes_at(v, nth(&toward, i), 1.5f, 0.55f, 3) + motes_at(v, nth(&toward, i), 2.3f, 0.8f, 17);
    }
    smoothed_between(spread_shine, shine, shine, 0.0f, width, every);
#pragma omp simd
    for (int x = 0; x < width; x++) paint(row, x, added(painted(row, x), v->key, v->motes * spread_shine[x]));
}

FOR_EACH_CPU
void silk_rows(uint8_t *frame, int width, int first_row, int n_rows, const silk_view *view,
               const film_textures *textures) {
    /* Copies that nothing else points to: the compiler may keep their numbers in registers. */
    silk_view v = *view;
    float pixel = sqrtf(dot(v.camera.right, v.camera.right));
    row row;
    /* The coarse rows above and below; each is at the place of its number's last bit. */
    soft_row soft[2], here;
    int drawn = first_row / v.every - 1;
    for (int y = first_row; y < first_row + n_rows; y++) {
        int number = y / v.every;
        for (; drawn <= number; drawn++) draw_soft(&soft[(drawn + 1) & 1], drawn + 1, width, &v, pixel);
        begin_row(&row, y, width, &v.camera, &v.film, textures);
        float share = (float)(y % v.every) / (float)v.every;
        soften(&row, &here, &soft[number & 1], &soft[(number + 1) & 1], share, width, v.every);
        if (here.finest < THREAD_FOOT) weave(&row, &here, width);
        if (v.motes > 0.0f) add_motes(&row, width, &v);
        expose(frame, y, &row, width, &v.film);
    }
}
