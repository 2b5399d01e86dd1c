#include "client/photo/picture.h"

#include <png.h>
#include <stdlib.h>

/* Text, time, EXIF and profiles of a PNG stay behind: only pixels are read, and only pixels are written. */
enum picture_result picture_read_png(const uint8_t *bytes, size_t len, struct picture *out)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    *out = (struct picture){0};
    if (!png_image_begin_read_from_memory(&image, bytes, len))
        return PICTURE_DAMAGED;
    if (image.width == 0 || image.height == 0 || image.width > PICTURE_EDGE_MAX || image.height > PICTURE_EDGE_MAX ||
        (uint64_t)image.width * image.height > PICTURE_PIXELS_MAX / 2) { /* its decoder cannot leave out detail */
        png_image_free(&image);
        return PICTURE_TOO_LARGE;
    }
    const bool alpha = (image.format & PNG_FORMAT_FLAG_ALPHA) != 0;
    image.format = alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
    *out = (struct picture){.width = image.width, .height = image.height, .channels = alpha ? 4 : 3};
    out->pixels = malloc((size_t)out->width * out->height * out->channels);
    if (!out->pixels) {
        png_image_free(&image);
        return PICTURE_NOMEM;
    }
    if (!png_image_finish_read(&image, NULL, out->pixels, 0, NULL)) {
        png_image_free(&image);
        picture_free(out);
        return PICTURE_DAMAGED;
    }
    return PICTURE_OK;
}

enum picture_result picture_write_png(const struct picture *picture, uint8_t **out, size_t *out_len)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = picture->width,
                       .height = picture->height,
                       .format = picture->channels == 4 ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB};
    png_alloc_size_t len = 0;
    if (!png_image_write_to_memory(&image, NULL, &len, 0, picture->pixels, 0, NULL))
        return PICTURE_NOMEM;
    uint8_t *made = malloc(len);
    if (!made)
        return PICTURE_NOMEM;
    if (!png_image_write_to_memory(&image, made, &len, 0, picture->pixels, 0, NULL)) {
        free(made);
        return PICTURE_NOMEM;
    }
    *out = made;
    *out_len = len;
    return PICTURE_OK;
}
