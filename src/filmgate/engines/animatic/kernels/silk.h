typedef struct {
    camera_view camera;
    sky_view sky;
    air_view air;
    film_view film;
    colour deep, body, pale, accent, key, rim, ambient;
    vector key_way, rim_way, thread;
    float phase[12], swell, fold, reach, focus, rain, moment, motes, mote_drift[2];
    int every;
} silk_view;

void silk_rows(uint8_t *frame, int width, int first_row, int n_rows, const silk_view *view,
               const film_textures *textures);
