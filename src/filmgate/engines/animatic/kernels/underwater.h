typedef struct {
    camera_view camera;
    film_view film;
    sky_view sky;
    vector sun;
    colour light, ambient, deep, upward, sand, rock, coral, weed, ember, lost;
    float surface, top, shafts, ripple, wave, sway, bright, blades;
    int every, cell, n_large;
} underwater_view;

typedef struct {
    film_textures film;
    const uint32_t *heights, *face, *cover, *grain, *waves, *caustics, *blades;
    const float *points;
    const int *ends;
} underwater_textures;

void underwater_scouts(float *scouts, int width, int height, int first_row, int n_rows, const underwater_view *view,
                       const underwater_textures *textures);

void underwater_shafts(float *coarse, int width, int height, int first_row, int n_rows, const underwater_view *view,
                       const underwater_textures *textures);

void underwater_rows(uint8_t *frame, int width, int first_row, int n_rows, const underwater_view *view,
                     const underwater_textures *textures, const float *coarse, const float *nearness,
                     const float *beginnings, int height);

void underwater_caustics(float *light, const float *slopes, int side, float reach);
