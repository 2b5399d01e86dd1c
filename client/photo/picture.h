/* Pictures: decoded, turned upright, scaled and encoded anew, so that nothing of what a camera writes beside the pixels
 * is left. Inside the program holdfast-photo, and under a fuzzer. Bytes are hostile: pixels are counted before memory
 * is taken, and decoding stops at the first error. */
#ifndef HF_CLIENT_PHOTO_PICTURE_H
#define HF_CLIENT_PHOTO_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PICTURE_SIDE_MAX   1600                /* of the result */
#define PICTURE_PIXELS_MAX (64u * 1000 * 1000) /* of what comes in */
#define PICTURE_EDGE_MAX   32767u
#define PICTURE_QUALITY    85

enum picture_result { /* also the exit codes of holdfast-photo */
                      PICTURE_OK = 0,
                      PICTURE_DAMAGED = 3,   /* or no JPEG or PNG */
                      PICTURE_TOO_LARGE = 4, /* more than PICTURE_PIXELS_MAX */
                      PICTURE_NOMEM = 5
};

struct picture {
    uint32_t width, height;
    unsigned channels; /* 3: RGB, 4: RGBA */
    uint8_t *pixels;   /* rows from the top, without gaps */
};
void picture_free(struct picture *picture);

/* JPEG at a size near the one that is needed, so that a large one takes little memory; orientation 1 to 8 as its EXIF
 * says, 1 when it says nothing that can be read. */
enum picture_result picture_read_jpeg(const uint8_t *bytes, size_t len, struct picture *out, unsigned *out_orientation);
enum picture_result picture_read_png(const uint8_t *bytes, size_t len, struct picture *out);
/* Malloc'd. */
enum picture_result picture_write_jpeg(const struct picture *picture, uint8_t **out, size_t *out_len);
enum picture_result picture_write_png(const struct picture *picture, uint8_t **out, size_t *out_len);

/* In place of *picture. */
enum picture_result picture_scale(struct picture *picture, uint32_t side_max);
enum picture_result picture_turn(struct picture *picture, unsigned orientation);

/* The orientation that the EXIF block of a JPEG gives; 1 without one. `exif` begins behind "Exif\0\0". Pure. */
unsigned picture_orientation(const uint8_t *exif, size_t len);

/* All of it: what the program does. *out is malloc'd. */
enum picture_result picture_clean(const uint8_t *bytes, size_t len, uint8_t **out, size_t *out_len);

#endif
