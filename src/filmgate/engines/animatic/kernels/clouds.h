typedef struct {
    camera_view camera;
    sky_view sky;
    air_view air;
    film_view film;
    int every, every_row;
    float top, puff, drift[4], flash[4][3];
    colour lit, shade, below, spark;
} clouds_view;

typedef struct {
    sky_textures sky;
    film_textures film;
    const uint32_t *deck, *billows;
} clouds_textures;

void clouds_march(float *coarse, int width, int height, int first_row, int n_rows, const clouds_view *view,
                  const clouds_textures *textures);

void clouds_rows(uint8_t *frame, int width, int first_row, int n_rows, const clouds_view *view,
                 const clouds_textures *textures, const float *coarse, int height);
