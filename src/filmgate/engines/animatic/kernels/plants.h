typedef struct {
    float left, foot, z, width, height, start, turns, sway, glow, share, girth, bow;
    colour shade, middle, top;
    int32_t picture, first_row, end_row;
} plant;

typedef struct {
    int32_t start, columns, rows, n_levels;
} plant_picture;

typedef struct {
    camera_view camera;
    sky_view sky;
    air_view air;
    film_view film;
    colour gloom, beam, ground_shade, ground_middle, ground_top, patch, path_shade, path_top, dapple;
    float patchy, path[4], side, gust[3], gust_shine, drift, edges[11], sunwards[2], shadows[3][4], darkness;
    int32_t n_slabs, haze_columns, haze_rows;
} plants_view;

typedef struct {
    sky_textures sky;
    film_textures film;
    const uint32_t *ground, *texels;
    const plant_picture *pictures;
    const uint64_t *leafy;
    const float *haze;
} plants_textures;

void plants_rows(uint8_t *frame, int width, int first_row, int n_rows, const plants_view *view,
                 const plants_textures *textures, const plant *plants, int n_plants);
