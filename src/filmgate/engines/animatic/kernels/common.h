#define MAX_WIDTH 8192

typedef struct { float x, y, z; } vector;
typedef struct { float r, g, b; } colour;

typedef struct {
    vector right, up, corner, eye;
} camera_view;

typedef struct {
    vector sun;
    colour disc, zenith, middle, horizon, glow, halo, cloud_shade, cloud_light;
    float disc_edge, cloud_drift[2], cloud_cover, stars;
} sky_view;

typedef struct {
    colour veil;
    float share, clears, sight;
} air_view;

typedef struct {
    float exposure, fall[2];
    int fall_shift[4], dither_row, dither_shift[3];
} film_view;

typedef struct {
    const uint32_t *clouds, *stars;
} sky_textures;

typedef struct {
    const float *fall, *dither;
} film_textures;

typedef struct {
    vector origin;
    float left, columns_per_radian, bottom, rows_per_slope, nearest, highest, shared;
    int n_columns, n_rows, n_shared, every;
} panorama_view;

typedef struct {
    const uint32_t *light;
    const float *nearness;
} panorama_textures;
