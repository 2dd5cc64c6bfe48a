typedef struct {
    const uint32_t *texels;
    int width, height;
} warp_picture;

typedef struct {
    const uint8_t *tiles;
    int n, side, x[3], y[3];
    float share[3], light[3];
} warp_fall;

typedef struct {
    const float *mesh;
    int step, n_columns, n_pictures, is_lit;
    warp_picture first, second;
    warp_fall fall;
    float vividness;
    const float *dither;
    int dither_row, dither_column;
} warp_view;

void warp_rows(uint8_t *frame, int width, int first_row, int n_rows, const warp_view *view);
