typedef struct {
    const float *of_red, *of_green, *of_blue;
    const float *dither;
    int dither_row, dither_column;
} toning_view;

void tone_rows(uint8_t *frame, int width, int first_row, int n_rows, const toning_view *view);
