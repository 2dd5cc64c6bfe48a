typedef struct {
    camera_view camera;
    film_view film;
    sky_view sky;
    vector sun;
    colour light, ambient, deep, upward, sand, rock, coral, weed, ember, lost;
    float surface, top, shafts, ripple, wave, sway, lean, bright, blades;
    int every, n_large;
} underwater_view;

typedef struct {
    film_textures film;
    const uint32_t *floor, *grain, *waves, *caustics, *blades;
    const float *points;
    const int *ends;
} underwater_textures;

void underwater_scouts(float *scouts, int width, int height, int first_row, int n_rows, const underwater_view *view,
                       const underwater_textures *textures);

void underwater_shafts(float *coarse, int width, int height, int first_row, int n_rows, const underwater_view *view,
                       const underwater_textures *textures);

void underwater_rows(uint8_t *frame, int width, int first_row, int n_rows, const underwater_view *view,
                     const underwater_textures *textures, const float *coarse, const float *scouts, int height);
