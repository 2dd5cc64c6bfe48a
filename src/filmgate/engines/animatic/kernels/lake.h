typedef struct {
    camera_view camera;
    sky_view sky;
    air_view air;
    film_view film;
    panorama_view land;
    colour body, glint;
    float slope[2], rough[64], blurs, gusts, gust_drift[2];
} lake_view;

typedef struct {
    sky_textures sky;
    film_textures film;
    panorama_textures land;
    const uint32_t *chop;
} lake_textures;

void lake_rows(uint8_t *frame, int width, int first_row, int n_rows, const lake_view *view,
               const lake_textures *textures);
