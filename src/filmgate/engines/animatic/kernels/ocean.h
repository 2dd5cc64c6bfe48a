typedef struct {
    camera_view camera;
    sky_view sky;
    air_view air;
    film_view film;
    colour body, glint;
    float slope[4], rough[64], foam;
} ocean_view;

typedef struct {
    sky_textures sky;
    film_textures film;
    const uint32_t *swell, *chop;
} ocean_textures;

void ocean_rows(uint8_t *frame, int width, int first_row, int n_rows, const ocean_view *view,
                const ocean_textures *textures);
