typedef struct {
    float right[3], up[3], forward[3], eye[3];
    float sun[3], disc[3], disc_edge;
    float zenith[3], middle[3], horizon[3], glow[3], halo[3];
    float cloud_shade[3], cloud_light[3], cloud_drift[2], cloud_cover;
    float body[3], glint[3], slope[4], foam;
    float veil[3], veil_share, veil_height, haze_distance;
    float stars, exposure, fall[2];
    int fall_shift[4], dither_shift[2];
    float swell_lost[8], chop_lost[8];
} ocean_view;
void ocean_rows(uint8_t *frame, int width, int height, int first_row, int n_rows, const ocean_view *view,
                const float *swell, const float *chop, const float *clouds, const float *stars,
                const float *fall, const float *dither);
