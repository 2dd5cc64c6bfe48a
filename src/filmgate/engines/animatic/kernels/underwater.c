/* Lights a reef under water; `underwater.py` says the same in NumPy and explains it. */
#include "points.h"
#include "reef_surface.h"
#include "reef_weed.h"

/* Fills `out` with what holds at fine row `y` for whole cells of a coarse grid, and returns the least. */
INLINE float repeated(float *restrict out, const float *restrict plane, int y, int width, int every) {
    int n = coarse_width(width, every) - 1;
    const float *cells = plane + (long)(y / every) * (n + 1);
    float least = FARTHEST;
    for (int i = 0; i < n; i++) least = at_most(cells[i], least);
    for (int i = 0; i < n; i++)
        for (int x = i * every; x < (i + 1) * every; x++) out[x] = cells[i];
    return least;
}

/* Rays march in small blocks, which end together, but what they meet is lit in long spans: beginning a loop of
 * so many numbers costs as much as dozens of its pixels. */
INLINE void draw_span(row *restrict row, int first, const float *restrict near, const float *restrict begin,
                      const underwater_view *restrict v, const underwater_textures *restrict t, float pixel) {
    span s;
    int marching[SPAN];
    float nearest = FARTHEST, farthest = 0.0f;
    look_along(&s.toward, row, first, &v->camera);
#pragma omp simd
    for (int i = 0; i < SPAN; i++) {
        colour open = open_water(v, nth(&s.toward, i));
        s.open.red[i] = open.r;
        s.open.green[i] = open.g;
        s.open.blue[i] = open.b;
    }
    int n_marching = 0;
#pragma omp simd reduction(+ : n_marching)
    for (int i = 0; i < SPAN; i++) {
        float from = begin[first + i], set = at_least(from, set_out(v, s.toward.y[i]));
        float found = at_most(1.0f / near[first + i], FARTHEST);
        s.far[i] = from >= FARTHEST ? FARTHEST : from > 0.0f ? set : found;
        marching[i] = from > 0.0f && s.far[i] < FARTHEST;
        n_marching += marching[i];
    }
    for (int i = 0; n_marching > 0 && i < SPAN; i += BLOCK) {
        int n = 0;
        for (int j = i; j < i + BLOCK; j++) n += marching[j];
        if (n > 0) march(s.far + i, s.toward.x + i, s.toward.y + i, s.toward.z + i, v, t);
    }
    nearest = FARTHEST;
#pragma omp simd reduction(min : nearest) reduction(max : farthest)
    for (int i = 0; i < SPAN; i++) {
        nearest = at_most(s.far[i], nearest);
        farthest = at_least(s.far[i], farthest);
    }
    if (nearest < FARTHEST) draw_ground(row, first, &s, v, t, pixel);
    if (farthest >= FARTHEST) draw_surface(row, first, &s, v, t, pixel);
    if (v->blades > 0.0f) draw_weed(row, first, &s, farthest, v, t, pixel);
}

/* How far a ray goes for every few pixels. */
FOR_EACH_CPU
void underwater_scouts(float *scouts, int width, int height, int first_row, int n_rows, const underwater_view *view,
                       const underwater_textures *textures) {
    (void)height;
    underwater_view v = *view;
    underwater_textures t = *textures;
    float far[SPAN];
    int n = coarse_width(width, v.cell);
    vectors toward;
    for (int y = first_row; y < first_row + n_rows; y++) {
        vector start = along(v.camera.corner, v.camera.up, (float)(-y * v.cell));
        for (int first = 0; first < n; first += SPAN) {
            int end = n - first < SPAN ? n - first : SPAN;
#pragma omp simd
            for (int i = 0; i < SPAN; i++) {
                vector d = normalised(along(start, v.camera.right, (float)((first + i) * v.cell)));
                keep(&toward, i, d);
                far[i] = set_out(&v, d.y);
            }
            for (int i = 0; i < end; i += BLOCK)
                march(far + i, toward.x + i, toward.y + i, toward.z + i, &v, &t);
            memcpy(scouts + (long)y * n + first, far, (size_t)end * sizeof *far);
        }
    }
}

/* Sunlight that the water itself sends to the eye: bright where waves gather it, so it stands in shafts. */
FOR_EACH_CPU
void underwater_shafts(float *coarse, int width, int height, int first_row, int n_rows, const underwater_view *view,
                       const underwater_textures *textures) {
    (void)height;
    underwater_view v = *view;
    underwater_textures t = *textures;
    int n = coarse_width(width, v.every);
    for (int y = first_row; y < first_row + n_rows; y++) {
        vector start = along(v.camera.corner, v.camera.up, (float)(-y * v.every));
        const float *dither = t.film.dither + (y & (DITHER_SIDE - 1)) * DITHER_SIDE;
        float *out = coarse + (long)y * n;
#pragma omp simd
        for (int i = 0; i < n; i++) {
            vector d = normalised(along(start, v.camera.right, (float)(i * v.every)));
            float down = (v.camera.eye.y - 0.3f) / at_least(-d.y, 1e-3f), up = (v.surface - v.camera.eye.y) / at_least(d.y, 1e-3f);
            float end = at_most(at_most(down, up), 26.0f), jitter = dither[i & (DITHER_SIDE - 1)] + 0.5f, sum = 0.0f;
            for (int step = 0; step < N_SHAFTS; step++) {
                float at = end * ((float)step + jitter) * (1.0f / (float)N_SHAFTS);
                vector p = along(v.camera.eye, d, at);
                float light = sunlight_at(&v, &t, p, SHAFTS, 2);
                sum += (light - 0.40f) * decay(-at * v.lost.g * 1.6f - (v.surface - p.y) * v.lost.g * 1.2f);
            }
            float apart = at_least(2.0f - 2.0f * dot(d, v.sun), 0.0f);
            float phase = 0.25f + 1.3f / (1.0f + 3.0f * apart);
            out[i] = sum * (end * (1.0f / (float)N_SHAFTS)) * phase * v.shafts;
        }
    }
}

FOR_EACH_CPU
void underwater_rows(uint8_t *frame, int width, int first_row, int n_rows, const underwater_view *view,
                     const underwater_textures *textures, const float *coarse, const float *nearness,
                     const float *beginnings, int height) {
    (void)height;
    underwater_view v = *view;
    underwater_textures t = *textures;
    float pixel = sqrtf(dot(v.camera.right, v.camera.right)), shafts[MAX_COARSE];
    /* A span may go on past the end of its row, and with it what scouts found. */
    float near[MAX_COARSE + SPAN], begin[MAX_COARSE + SPAN];
    row row;
    for (int y = first_row; y < first_row + n_rows; y++) {
        begin_row(&row, y, width, &v.camera, &v.film, &t.film);
        if (repeated(begin, beginnings, y, width, v.cell) < FARTHEST) smoothed(near, nearness, y, width, v.cell);
        for (int x = width; x < width + SPAN; x++) begin[x] = near[x] = FARTHEST;
        for (int first = 0; first < width; first += SPAN) draw_span(&row, first, near, begin, &v, &t, pixel);
        smoothed(shafts, coarse, y, width, v.every);
#pragma omp simd
        for (int x = 0; x < width; x++) {
            row.red[x] = at_least(row.red[x] + shafts[x] * v.light.r, 0.0f);
            row.green[x] = at_least(row.green[x] + shafts[x] * v.light.g, 0.0f);
            row.blue[x] = at_least(row.blue[x] + shafts[x] * v.light.b, 0.0f);
        }
        add_points(&row, y, width, t.points, t.ends, v.n_large);
        expose(frame, y, &row, width, &v.film);
    }
}

/* Lets a row of points of light fall on the four texels around each of them. */
INLINE void scatter(float *restrict light, const float *restrict u, const float *restrict v, int side) {
    for (int x = 0; x < side; x++) {
        float left = floorf(u[x]), top = floorf(v[x]), across = 0.5f * (u[x] - left), down = v[x] - top;
        int u0 = (int)left & (side - 1), u1 = (u0 + 1) & (side - 1), v0 = (int)top & (side - 1);
        float *upper = light + v0 * side, *lower = light + ((v0 + 1) & (side - 1)) * side;
        upper[u0] += (0.5f - across) * (1.0f - down);
        upper[u1] += across * (1.0f - down);
        lower[u0] += (0.5f - across) * down;
        lower[u1] += across * down;
    }
}

/* The light that falls on each texel after waves have bent it: each passes on as much, a little aside. Half of it
 * begins between four texels, so that where light is thin, its grid cannot be seen. */
FOR_EACH_CPU
void underwater_caustics(float *light, const float *slopes, int side, float reach) {
    float u[MAX_WIDTH], v[MAX_WIDTH];
    memset(light, 0, (size_t)side * (size_t)side * sizeof *light);
    for (int y = 0; y < side; y++) {
        const float *here = slopes + 2 * y * side, *below = slopes + 2 * ((y + 1) & (side - 1)) * side;
#pragma omp simd
        for (int x = 0; x < side; x++) {
            u[x] = (float)x + reach * here[2 * x];
            v[x] = (float)y + reach * here[2 * x + 1];
        }
        scatter(light, u, v, side);
        for (int x = 0; x < side; x++) {
            int right = (x + 1) & (side - 1);
            float along_u = here[2 * x] + here[2 * right] + below[2 * x] + below[2 * right];
            float along_v = here[2 * x + 1] + here[2 * right + 1] + below[2 * x + 1] + below[2 * right + 1];
            u[x] = (float)x + 0.5f + 0.25f * reach * along_u;
            v[x] = (float)y + 0.5f + 0.25f * reach * along_v;
        }
        scatter(light, u, v, side);
    }
}
