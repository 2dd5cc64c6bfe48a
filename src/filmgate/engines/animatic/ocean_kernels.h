#define MAX_WIDTH 8192

typedef struct { float x, y, z; } vector;
typedef struct { float r, g, b; } colour;

typedef struct {
    vector right, up, forward, eye, sun;
    colour disc, zenith, middle, horizon, glow, halo, cloud_shade, cloud_light, body, glint, veil;
    float disc_edge, cloud_drift[2], cloud_cover, stars;
    float slope[4], rough[64], foam;
    float veil_share, veil_height, haze_distance, exposure;
    float fall[2];
    int fall_shift[4], dither_row, dither_shift[3];
} ocean_view;

typedef struct {
    const uint32_t *swell, *chop, *clouds, *stars;
    const float *fall, *dither;
} ocean_textures;

void ocean_rows(uint8_t *frame, int width, int first_row, int n_rows, const ocean_view *view,
                const ocean_textures *textures);
