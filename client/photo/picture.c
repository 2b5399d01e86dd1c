#include "client/photo/picture.h"

#include <stdlib.h>
#include <string.h>

#define EXIF_ENTRIES_MAX 512
#define EXIF_ORIENTATION 0x0112
#define EXIF_SHORT       3

void picture_free(struct picture *picture)
{
    free(picture->pixels);
    *picture = (struct picture){0};
}

/* --- orientation --- */

struct exif {
    const uint8_t *bytes;
    size_t len;
    bool little;
};

static uint32_t get(const struct exif *exif, size_t at, size_t count)
{
    uint32_t value = 0;
    if (at > exif->len || count > exif->len - at)
        return 0;
    for (size_t i = 0; i < count; i++)
        value |= (uint32_t)exif->bytes[at + i] << 8 * (exif->little ? i : count - 1 - i);
    return value;
}

unsigned picture_orientation(const uint8_t *bytes, size_t len)
{
    struct exif exif = {.bytes = bytes, .len = len};
    if (len < 8 || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0))
        return 1;
    exif.little = bytes[0] == 'I';
    const size_t first = get(&exif, 4, 4);
    const uint32_t count = get(&exif, first, 2);
    for (uint32_t i = 0; i < count && i < EXIF_ENTRIES_MAX; i++) {
        const size_t entry = first + 2 + (size_t)i * 12;
        if (get(&exif, entry, 2) != EXIF_ORIENTATION || get(&exif, entry + 2, 2) != EXIF_SHORT)
            continue;
        const uint32_t value = get(&exif, entry + 8, 2);
        return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}

/* Where a pixel of the turned picture comes from. */
static void source_of(unsigned orientation, const struct picture *from, uint32_t x, uint32_t y, uint32_t *out_x,
                      uint32_t *out_y)
{
    const uint32_t right = from->width - 1, bottom = from->height - 1;
    switch (orientation) {
    case 2: /* mirrored */
        *out_x = right - x, *out_y = y;
        break;
    case 3: /* upside down */
        *out_x = right - x, *out_y = bottom - y;
        break;
    case 4:
        *out_x = x, *out_y = bottom - y;
        break;
    case 5:
        *out_x = y, *out_y = x;
        break;
    case 6: /* the camera was held on its right side */
        *out_x = y, *out_y = bottom - x;
        break;
    case 7:
        *out_x = right - y, *out_y = bottom - x;
        break;
    case 8:
        *out_x = right - y, *out_y = x;
        break;
    default:
        *out_x = x, *out_y = y;
        break;
    }
}

enum picture_result picture_turn(struct picture *picture, unsigned orientation)
{
    if (orientation <= 1 || orientation > 8)
        return PICTURE_OK;
    const bool lies = orientation >= 5;
    struct picture turned = {.width = lies ? picture->height : picture->width,
                             .height = lies ? picture->width : picture->height,
                             .channels = picture->channels};
    const size_t channels = picture->channels;
    turned.pixels = malloc((size_t)turned.width * turned.height * channels);
    if (!turned.pixels)
        return PICTURE_NOMEM;
    for (uint32_t y = 0; y < turned.height; y++) {
        for (uint32_t x = 0; x < turned.width; x++) {
            uint32_t from_x = 0, from_y = 0;
            source_of(orientation, picture, x, y, &from_x, &from_y);
            memcpy(turned.pixels + ((size_t)y * turned.width + x) * channels,
                   picture->pixels + ((size_t)from_y * picture->width + from_x) * channels, channels);
        }
    }
    picture_free(picture);
    *picture = turned;
    return PICTURE_OK;
}

/* --- scaling --- */

/* The mean of the pixels that fall together. */
static void mean(const struct picture *from, uint32_t x0, uint32_t x1, uint32_t y0, uint32_t y1, uint8_t *out)
{
    uint64_t sums[4] = {0};
    const uint64_t count = (uint64_t)(x1 - x0) * (y1 - y0);
    for (uint32_t y = y0; y < y1; y++) {
        const uint8_t *pixel = from->pixels + ((size_t)y * from->width + x0) * from->channels;
        for (uint32_t x = x0; x < x1; x++)
            for (unsigned c = 0; c < from->channels; c++)
                sums[c] += *pixel++;
    }
    for (unsigned c = 0; c < from->channels; c++)
        out[c] = (uint8_t)((sums[c] + count / 2) / count);
}

enum picture_result picture_scale(struct picture *picture, uint32_t side_max)
{
    const uint32_t side = picture->width > picture->height ? picture->width : picture->height;
    if (side <= side_max)
        return PICTURE_OK;
    struct picture scaled = {.width = (uint32_t)((uint64_t)picture->width * side_max / side),
                             .height = (uint32_t)((uint64_t)picture->height * side_max / side),
                             .channels = picture->channels};
    scaled.width += scaled.width == 0;
    scaled.height += scaled.height == 0;
    scaled.pixels = malloc((size_t)scaled.width * scaled.height * scaled.channels);
    if (!scaled.pixels)
        return PICTURE_NOMEM;
    uint8_t *at = scaled.pixels;
    for (uint32_t y = 0; y < scaled.height; y++) {
        const uint32_t y0 = (uint32_t)((uint64_t)y * picture->height / scaled.height);
        const uint32_t y1 = (uint32_t)((uint64_t)(y + 1) * picture->height / scaled.height);
        for (uint32_t x = 0; x < scaled.width; x++, at += scaled.channels) {
            const uint32_t x0 = (uint32_t)((uint64_t)x * picture->width / scaled.width);
            const uint32_t x1 = (uint32_t)((uint64_t)(x + 1) * picture->width / scaled.width);
            mean(picture, x0, x1, y0, y1, at);
        }
    }
    picture_free(picture);
    *picture = scaled;
    return PICTURE_OK;
}

/* --- all of it --- */

enum picture_result picture_clean(const uint8_t *bytes, size_t len, uint8_t **out, size_t *out_len)
{
    struct picture picture = {0};
    unsigned orientation = 1;
    const bool png = len >= 4 && memcmp(bytes, "\x89PNG", 4) == 0;
    enum picture_result result =
        png ? picture_read_png(bytes, len, &picture) : picture_read_jpeg(bytes, len, &picture, &orientation);
    if (result == PICTURE_OK)
        result = picture_scale(&picture, PICTURE_SIDE_MAX);
    if (result == PICTURE_OK)
        result = picture_turn(&picture, orientation);
    if (result == PICTURE_OK)
        result = png ? picture_write_png(&picture, out, out_len) : picture_write_jpeg(&picture, out, out_len);
    picture_free(&picture);
    return result;
}
