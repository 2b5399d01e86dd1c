/* Photographs: scaled, turned upright, and without a byte of what the camera wrote; hostile ones end with a word. */
#include "client/photo/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Red on the left, blue on the right. */
static struct picture halves(uint32_t width, uint32_t height, unsigned channels)
{
    struct picture picture = {.width = width, .height = height, .channels = channels};
    picture.pixels = calloc((size_t)width * height, channels);
    assert_non_null(picture.pixels);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        picture.pixels[i * channels + (i % width < width / 2 ? 0 : 2)] = 250;
        if (channels == 4)
            picture.pixels[i * 4 + 3] = 255;
    }
    return picture;
}

static const uint8_t exif[] = "\xff\xe1\x00\x32"
                              "Exif\0\0"
                              "MM\0*\0\0\0\x08"
                              "\0\1"
                              "\x01\x12\0\3\0\0\0\1\0\6\0\0"
                              "\0\0\0\0"
                              "PLACE-OF-HOME..";

/* A JPEG with an EXIF block behind its first two bytes. */
static uint8_t *with_exif(const struct picture *picture, size_t *out_len)
{
    uint8_t *jpeg = NULL;
    size_t len = 0;
    const size_t exif_len = 2 + 0x32;
    assert_int_equal(picture_write_jpeg(picture, &jpeg, &len), PICTURE_OK);
    uint8_t *whole = calloc(1, len + exif_len);
    assert_non_null(whole);
    memcpy(whole, jpeg, 2);
    memcpy(whole + 2, exif, sizeof exif - 1 < exif_len ? sizeof exif - 1 : exif_len);
    memcpy(whole + 2 + exif_len, jpeg + 2, len - 2);
    free(jpeg);
    *out_len = len + exif_len;
    return whole;
}

static bool holds(const uint8_t *bytes, size_t len, const char *text)
{
    for (size_t i = 0; i + strlen(text) <= len; i++)
        if (memcmp(bytes + i, text, strlen(text)) == 0)
            return true;
    return false;
}

static void photo__is_scaled_turned_and_cleaned(void **state)
{
    (void)state;
    struct picture picture = halves(4000, 2000, 3), read;
    size_t len = 0, clean_len = 0;
    uint8_t *clean = NULL;
    unsigned orientation = 0;
    uint8_t *jpeg = with_exif(&picture, &len);
    assert_true(holds(jpeg, len, "PLACE-OF-HOME"));
    assert_int_equal(picture_clean(jpeg, len, &clean, &clean_len), PICTURE_OK);
    assert_false(holds(clean, clean_len, "Exif"));
    assert_false(holds(clean, clean_len, "PLACE-OF-HOME"));
    assert_int_equal(picture_read_jpeg(clean, clean_len, &read, &orientation), PICTURE_OK);
    assert_int_equal(orientation, 1);
    assert_int_equal(read.width, 800); /* orientation 6: what was left is on top */
    assert_int_equal(read.height, 1600);
    assert_true(read.pixels[(100 * 800 + 400) * 3] > 200);
    assert_true(read.pixels[(1500 * 800 + 400) * 3 + 2] > 200);
    picture_free(&picture);
    picture_free(&read);
    free(jpeg);
    free(clean);
}

static void png__keeps_its_clear_parts_and_loses_its_words(void **state)
{
    (void)state;
    struct picture picture = halves(3200, 100, 4), read;
    uint8_t *png = NULL, *clean = NULL;
    size_t len = 0, clean_len = 0;
    picture.pixels[3] = 0;
    assert_int_equal(picture_write_png(&picture, &png, &len), PICTURE_OK);
    assert_int_equal(picture_clean(png, len, &clean, &clean_len), PICTURE_OK);
    assert_int_equal(picture_read_png(clean, clean_len, &read), PICTURE_OK);
    assert_int_equal(read.width, 1600);
    assert_int_equal(read.height, 50);
    assert_int_equal(read.channels, 4);
    picture_free(&picture);
    picture_free(&read);
    free(png);
    free(clean);
}

static void small_picture__keeps_its_size(void **state)
{
    (void)state;
    struct picture picture = halves(64, 48, 3);
    assert_int_equal(picture_scale(&picture, PICTURE_SIDE_MAX), PICTURE_OK);
    assert_int_equal(picture.width, 64);
    picture_free(&picture);
}

/* Each orientation of a picture of two pixels: where the left one goes. */
static void every_orientation__is_turned(void **state)
{
    (void)state;
    static const struct {
        uint32_t width, height;
        size_t left;
    } expected[9] = {[1] = {2, 1, 0}, [2] = {2, 1, 1}, [3] = {2, 1, 1}, [4] = {2, 1, 0},
                     [5] = {1, 2, 0}, [6] = {1, 2, 0}, [7] = {1, 2, 1}, [8] = {1, 2, 1}};
    for (unsigned orientation = 1; orientation <= 8; orientation++) {
        struct picture picture = halves(2, 1, 3);
        assert_int_equal(picture_turn(&picture, orientation), PICTURE_OK);
        assert_int_equal(picture.width, expected[orientation].width);
        assert_int_equal(picture.height, expected[orientation].height);
        assert_int_equal(picture.pixels[expected[orientation].left * 3], 250);
        picture_free(&picture);
    }
}

static void cut_or_flipped_at_every_byte__never_harms(void **state)
{
    (void)state;
    struct picture picture = halves(40, 30, 3);
    size_t len = 0;
    uint8_t *jpeg = with_exif(&picture, &len);
    for (size_t i = 0; i < len; i++) {
        uint8_t *clean = NULL;
        size_t clean_len = 0;
        (void)picture_clean(jpeg, i, &clean, &clean_len);
        free(clean);
        clean = NULL;
        jpeg[i] ^= 0xff;
        (void)picture_clean(jpeg, len, &clean, &clean_len);
        free(clean);
        jpeg[i] ^= 0xff;
    }
    picture_free(&picture);
    free(jpeg);
}

/* A few bytes that claim 65,000 by 65,000 pixels. */
static void claimed_pixels__are_counted_before_memory_is_taken(void **state)
{
    (void)state;
    static const uint8_t huge[] = "\xff\xd8\xff\xc0\x00\x11\x08\xfd\xe8\xfd\xe8\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
                                  "\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00";
    uint8_t *clean = NULL;
    size_t len = 0;
    assert_int_equal(picture_clean(huge, sizeof huge - 1, &clean, &len), PICTURE_TOO_LARGE);
    assert_int_equal(picture_clean((const uint8_t *)"no picture", 10, &clean, &len), PICTURE_DAMAGED);
    assert_null(clean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photo__is_scaled_turned_and_cleaned),
        cmocka_unit_test(png__keeps_its_clear_parts_and_loses_its_words),
        cmocka_unit_test(small_picture__keeps_its_size),
        cmocka_unit_test(every_orientation__is_turned),
        cmocka_unit_test(cut_or_flipped_at_every_byte__never_harms),
        cmocka_unit_test(claimed_pixels__are_counted_before_memory_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
