/* Draws ground, trunks and leaves from near to far; `plants.py` says the same in NumPy. */
#include "leaves.h"

INLINE pair sample_ground(const uint32_t *restrict ground, ground_layer l, float x, float z, float wide,
    float lengthy) {
    int narrow = level_of(wide * l.across, GROUND_WIDTHS), level = level_of(lengthy * l.along, GROUND_LEVELS);
    float u = (x * l.cos + z * l.sin) * l.across, v = (z * l.cos - x * l.sin) * l.along;
    u = (u + 0.5f) * halved(narrow) - 0.5f;
    v = (v + 0.5f) * halved(level) - 0.5f;
    float u0 = floorf(u), v0 = floorf(v);
    int rows = (GROUND_SIDE >> level) - 1, top = 2 * GROUND_SIDE * (narrow + 1) - ((2 * GROUND_SIDE) >>
        level);
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
    float light = unit(detail - 0.12f + v->gust_shine * gust_at(v, x, z) + v->drift * ripe_at(x, z) -
        dark_at(v, x, z));
    float mossy = unit(((coarse.b + 0.5f * middle.b) * UNIT_BYTE - 1.0f + 0.5f * v->patchy) * 3.0f) *
        v->patchy;
    float path = trodden(v, x, z, (middle.b + coarse.b) * UNIT_BYTE - 1.0f);
    colour c = ramp(v->ground_shade, v->ground_middle, v->ground_top, light);
    c = mixed(c, scaled(v->patch, 0.3f + light), mossy);
    c = mixed(c, mixed(v->path_shade, v->path_top, 0.25f + 0.75f * light), path);
    float sunlit = unit((spots.b * UNIT_BYTE - 0.56f) * 5.0f) * (0.4f + light) * (0.5f + 2.0f * sunward);
    return added(c, v->dapple, sunlit);
}

/* Draws the ground between two depths. */
INLINE void draw_ground(const row *restrict row, view_row *restrict seen, const slab *restrict s,
    const air_row *restrict air, int from, int to,
                        const plants_view *restrict v, const uint32_t *restrict ground, float close,
                            float far) {
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
            float wide = deep * pixel * (1.2f + 0.5f * b.grain[i]),
                lengthy = wide * at_least(down / v->camera.eye.y, 1.0f);
            vector place = along(v->camera.eye, d, down);
            colour c = lit_ground(v, ground, place.x, place.z, wide, lengthy, b.sunward[i]);
            most = at_least(most, paint_behind(b, i, c, unit((deep - close) * inverse), within(x, from, to)));
        }
        seen->shut[at / BLOCK] = most < SHUT;
    }
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
        float *restrict red = FROM(seen->red), *restrict green = FROM(seen->green),
            *restrict blue = FROM(seen->blue);
        const float *restrict through = FROM(seen->through);
#pragma omp simd
        for (int i = 0; i < BLOCK; i++) {
            int x = at + i;
            colour c = sky_light(&v->camera, &v->sky, &v->air, &t->sky, look(&v->camera, row, x),
                row->grain[x], with_stars);
            float share = through[i] * within(x, from, to);
            red[i] += c.r * share;
            green[i] += c.g * share;
            blue[i] += c.b * share;
        }
    }
}

INLINE void draw_slabs(const row *restrict row, view_row *restrict seen, slab *restrict s,
    const air_row *restrict air, int y,
                       int width, const plants_view *restrict v, const plants_textures *restrict t,
                       const standing *restrict plants, const int *restrict met, int n_met) {
    int next = 0;
    vector a = row->start, b = v->camera.right;
    float eye = v->camera.eye.y;
    for (int i = 0; i < v->n_slabs; i++) {
        float close = v->edges[i], far = v->edges[i + 1];
        lay_slab(s, seen, air, y, width, v, t->haze + 2 * i * v->haze_columns * v->haze_rows);
        for (; next < n_met && plants[met[next]].slab == i; next++)
            draw_plant(row, seen, s, air, width, v, plants + met[next]);
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
    int first_rows[MAX_PLANTS], end_rows[MAX_PLANTS], met[MAX_PLANTS], n_near = 0;
    for (int i = 0; i < n_plants && n_near < MAX_PLANTS; i++) {
        if (plants[i].first_row >= first_row + n_rows || plants[i].end_row <= first_row) continue;
        first_rows[n_near] = plants[i].first_row;
        end_rows[n_near] = plants[i].end_row;
        near[n_near++] = stood(&v, &t, plants + i);
    }
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        size_t n_bytes = (size_t)width * sizeof *seen.red;
        memset(seen.red, 0, n_bytes);
        memset(seen.green, 0, n_bytes);
        memset(seen.blue, 0, n_bytes);
        memset(seen.shut, 0, sizeof seen.shut);
        for (int x = 0; x < width; x++) seen.through[x] = 1.0f;
        light_air(&air, &row, width, &v);
        int n_met = 0;
        for (int i = 0; i < n_near; i++) {
            met[n_met] = i;
            n_met += (first_rows[i] <= y) & (y < end_rows[i]);
        }
        draw_slabs(&row, &seen, &slab, &air, y, width, &v, &t, near, met, n_met);
        if (v.sky.stars > 0.0f) draw_far(&row, &seen, &v, &t, width, 1);
        else draw_far(&row, &seen, &v, &t, width, 0);
        memcpy(row.red, seen.red, n_bytes);
        memcpy(row.green, seen.green, n_bytes);
        memcpy(row.blue, seen.blue, n_bytes);
        expose(frame, y, &row, width, &v.film);
    }
}
