typedef struct {
    camera_view camera;
    film_view film;
    vector sun, planet, pole, prime, east;
    colour deep, gas, glow, haze, dust, starlight, light, ground, cloud, air;
    float radius, spin, ring, churn, dusty, contrast, flash[2][3], flow[2];
    int n_large, every;
} space_view;

typedef struct {
    film_textures film;
    const uint32_t *gas, *lanes, *wisps, *bands;
    const float *points;
    const int *ends;
} space_textures;

void space_rows(uint8_t *frame, int width, int first_row, int n_rows, const space_view *view,
                const space_textures *textures);
