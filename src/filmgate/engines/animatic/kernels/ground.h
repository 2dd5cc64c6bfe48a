typedef struct {
    camera_view camera;
    sky_view sky;
    air_view air;
    film_view film;
    panorama_view land;
    colour shown, sun, shade, glow, dust, haze;
    float glow_way[2], relief[4], sparkle, drift, drift_shift[2], gusts, gust_shift[2], aurora, aurora_time;
} ground_view;

typedef struct {
    sky_textures sky;
    film_textures film;
    panorama_textures land;
    const uint32_t *ripples, *swells, *curtains;
} ground_textures;

void ground_rows(uint8_t *frame, int width, int first_row, int n_rows, const ground_view *view,
                 const ground_textures *textures);
