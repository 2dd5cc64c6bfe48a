/* Changes the colours of whole frames by a polynomial. `toning.py` says the same in NumPy and explains it; a
 * change belongs into both. */
#include "shading.h"
#include "toning.h"

/* Wide enough for SIMD, small enough to stay in the nearest cache. */
enum { RUN = 256, N_TERMS = 10 };

INLINE float toned(const float *restrict w, float r, float g, float b) {
    return w[0] + w[1] * r + w[2] * g + w[3] * b + w[4] * r * r + w[5] * g * g + w[6] * b * b + w[7] * r * g +
           w[8] * r * b + w[9] * g * b;
}

INLINE float byte_of(float level) {
    level = level < 0.0f ? 0.0f : level;
    return level > 255.0f ? 255.0f : level;
}

FOR_EACH_CPU void tone_rows(uint8_t *frame, int width, int first_row, int n_rows, const toning_view *view) {
    float r[RUN], g[RUN], b[RUN], grain[RUN];
    for (int y = first_row; y < first_row + n_rows; y++) {
        const float *dither = view->dither + ((y + view->dither_row) & (DITHER_SIDE - 1)) * DITHER_SIDE;
        for (int first = 0; first < width; first += RUN) {
            int n = width - first < RUN ? width - first : RUN;
            uint8_t *restrict pixels = frame + 3 * ((long)y * width + first);
            for (int i = 0; i < n; i++) {
                r[i] = (float)pixels[3 * i];
                g[i] = (float)pixels[3 * i + 1];
                b[i] = (float)pixels[3 * i + 2];
                grain[i] = dither[(first + i + view->dither_column) & (DITHER_SIDE - 1)] + 0.5f;
            }
#pragma omp simd
            for (int i = 0; i < n; i++) {
                float red = r[i], green = g[i], blue = b[i];
                r[i] = byte_of(toned(view->of_red, red, green, blue) + grain[i]);
                g[i] = byte_of(toned(view->of_green, red, green, blue) + grain[i]);
                b[i] = byte_of(toned(view->of_blue, red, green, blue) + grain[i]);
            }
            for (int i = 0; i < n; i++) {
                pixels[3 * i] = (uint8_t)r[i];
                pixels[3 * i + 1] = (uint8_t)g[i];
                pixels[3 * i + 2] = (uint8_t)b[i];
            }
        }
    }
}
