#define MAX_PANELS 1024

/* A rectangle of the scene: a corner, its two edges, and what is seen on it. Lengths are in metres. */
typedef struct {
    vector origin, across, rise;
    float width, height, base;
    int kind, first_row, end_row, first_texel, first_room, columns, floors;
    float room_width, room_height, lit, depth, mean_glass;
    colour wall, mean, tint;
    float texels_wide, texels_high, light_row, margin;
} panel;

typedef struct {
    float left, top, per_across, per_rise;
    int width, height;
} mirror_view;

typedef struct {
    camera_view camera;
    sky_view sky;
    air_view air;
    film_view film;
    colour ambient, sun_light, window_mean;
    float lamps, wetness, puddles, snow, dust, rain, caught, moment, drift[2], road_middle, canyon;
    vector ahead, aside;
    mirror_view sharp, rough;
    int has_ground, glow_step, glow_width;
} street_view;

typedef struct {
    sky_textures sky;
    film_textures film;
    const uint32_t *ground, *grain, *grit, *pictures, *cladding, *rooms, *lightmap, *mirror, *smear;
    const uint8_t *drawn;
    const float *glow;
} street_textures;

void street_map(uint32_t *map, int width, int first_row, int n_rows, const street_view *view,
                const street_textures *textures, const panel *panels, int n_panels);

void street_rows(uint8_t *frame, int width, int first_row, int n_rows, const street_view *view,
                 const street_textures *textures, const panel *panels, int n_panels);
