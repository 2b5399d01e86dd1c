/* What is pressed comes out again, byte for byte; what is damaged is told. `test_pack_press SEED` repeats a run. */
#include "core/crypto/crypto.h"
#include "core/pack/press.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXTS      3000
#define DAMAGES    20000
#define BYTES_MOST (1u << 20)

static uint64_t seed;

/* SplitMix64. */
static uint64_t draw(uint64_t *random)
{
    uint64_t z = (*random += 0x9E3779B97F4A7C15ull);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

/* Words that repeat, noise, or both. */
static void draw_text(uint64_t *random, struct hf_buf *out)
{
    static const char *const words[] = {"the ",  "child ",           "wants ", "to ",
                                        "stay ", "What was agreed ", "Due ",   "\xc3\xa9t\xc3\xa9 "};
    const uint64_t pieces = draw(random) % 200;
    hf_buf_reset(out);
    for (uint64_t i = 0; i < pieces; i++) {
        const uint64_t noise = draw(random);
        if (noise % 4 == 0)
            hf_buf_append_u64(out, noise);
        else
            hf_buf_append_str(out, words[noise / 4 % 8]);
    }
}

static void texts__come_out_as_they_went_in(void **unused)
{
    (void)unused;
    uint64_t random = seed;
    struct hf_press *press = hf_press_new(), *other = hf_press_new();
    struct hf_buf text = {0}, pressed = {0}, again = {0};
    assert_non_null(press);
    for (int i = 0; i < TEXTS; i++) {
        draw_text(&random, &text);
        hf_buf_reset(&pressed);
        hf_buf_reset(&again);
        hf_press_pack(press, hf_buf_slice(&text), &pressed);
        assert_int_equal(hf_buf_status(&pressed), HF_OK);
        assert_true(pressed.len <= text.len + 1);
        hf_buf_append_str(&again, "before");
        assert_int_equal(hf_press_unpack(i % 2 ? press : other, hf_buf_slice(&pressed), text.len, &again), HF_OK);
        assert_int_equal(again.len, 6 + text.len);
        assert_true(text.len == 0 || memcmp(again.data + 6, text.data, text.len) == 0);
    }
    hf_buf_clear(&text);
    hf_buf_clear(&pressed);
    hf_buf_clear(&again);
    hf_press_free(press);
    hf_press_free(other);
}

static void a_text_of_a_megabyte__comes_out_whole(void **unused)
{
    (void)unused;
    struct hf_press *press = hf_press_new();
    struct hf_buf text = {0}, pressed = {0}, again = {0};
    while (text.len < BYTES_MOST)
        hf_buf_append_fmt(&text, "line %zu of a long note; ", text.len);
    hf_press_pack(press, hf_buf_slice(&text), &pressed);
    assert_true(pressed.len < text.len / 3);
    assert_int_equal(hf_press_unpack(press, hf_buf_slice(&pressed), text.len - 1, &again), HF_ERR_LIMIT);
    assert_int_equal(again.len, 0);
    assert_int_equal(hf_press_unpack(press, hf_buf_slice(&pressed), text.len, &again), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&text)));
    hf_buf_clear(&text);
    hf_buf_clear(&pressed);
    hf_buf_clear(&again);
    hf_press_free(press);
}

/* What lies on people's devices: these bytes must be read for ever. */
static void bytes_of_the_first_version__are_read(void **unused)
{
    (void)unused;
    static const uint8_t pressed[] = {0x01, 0x24, 0x5f, 0x75, 0x01, 0x00, 0x73, 0x01, 0x04, 0x4c, 0x31, 0x5d,
                                      0x38, 0x58, 0xad, 0x2d, 0xe8, 0x34, 0xad, 0x35, 0x9e, 0x5d, 0xf8, 0xdc,
                                      0x20, 0x09, 0xfc, 0x08, 0x1b, 0x04, 0x4b, 0xa4, 0x01, 0xe4, 0x54, 0x57,
                                      0xbe, 0xbb, 0xf6, 0xcd, 0x01, 0x9c, 0x09, 0x26, 0xb1, 0xcc, 0x27, 0x3b,
                                      0x09, 0xf1, 0x16, 0x17, 0x3d, 0xca, 0xa9, 0x38};
    struct hf_press *press = hf_press_new();
    struct hf_buf text = {0};
    assert_int_equal(hf_press_unpack(press, hf_slice_of(pressed, sizeof pressed), 200, &text), HF_OK);
    assert_true(
        hf_slice_equal(hf_buf_slice(&text), hf_slice_str("What the child said: she wants to stay at the school; "
                                                         "review of the plan of support in the home")));
    hf_buf_clear(&text);
    hf_press_free(press);
}

/* Every byte changed, every length cut: told, or (a size in the frame) over the limit; never other bytes. */
static void damaged_bytes__are_told(void **unused)
{
    (void)unused;
    uint64_t random = seed;
    struct hf_press *press = hf_press_new();
    struct hf_buf text = {0}, pressed = {0}, again = {0};
    for (int i = 0; i < DAMAGES; i++) {
        if (i % 100 == 0) {
            do
                draw_text(&random, &text);
            while (text.len < 100);
            hf_buf_reset(&pressed);
            hf_press_pack(press, hf_buf_slice(&text), &pressed);
        }
        if (pressed.data[0] == 0)
            continue; /* as it is: nothing in it tells */
        const size_t at = 1 + draw(&random) % (pressed.len - 1);
        const bool cut = draw(&random) % 4 == 0;
        const uint8_t bit = (uint8_t)(1u << draw(&random) % 8);
        hf_buf_reset(&again);
        pressed.data[at] ^= cut ? 0 : bit;
        const enum hf_status status =
            hf_press_unpack(press, hf_slice_of(pressed.data, cut ? at : pressed.len), text.len, &again);
        assert_true(status == HF_ERR_CORRUPT || status == HF_ERR_LIMIT ||
                    (status == HF_OK && hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&text))));
        pressed.data[at] ^= cut ? 0 : bit;
    }
    assert_int_equal(hf_press_unpack(press, hf_slice_of("", 0), 10, &again), HF_ERR_CORRUPT);
    assert_int_equal(hf_press_unpack(press, hf_slice_of("\x02zz", 3), 10, &again), HF_ERR_CORRUPT);
    assert_int_equal(hf_press_unpack(press, hf_slice_of("\x00zzz", 4), 2, &again), HF_ERR_LIMIT);
    hf_buf_clear(&text);
    hf_buf_clear(&pressed);
    hf_buf_clear(&again);
    hf_press_free(press);
}

/* Nothing is kept as it is, so a frame of nothing was never written here, however well it is made. */
static void a_frame_of_nothing__is_damage(void **unused)
{
    (void)unused;
    static const uint8_t frame[] = {0x01, 0x24, 0x00, 0x01, 0x00, 0x00, 0x99, 0xe9, 0xd8, 0x51};
    struct hf_press *press = hf_press_new();
    struct hf_buf text = {0};
    assert_int_equal(hf_press_unpack(press, hf_slice_of(frame, sizeof frame), 10, &text), HF_ERR_CORRUPT);
    hf_press_pack(press, hf_slice_of("", 0), &text);
    assert_int_equal(text.len, 1);
    assert_int_equal(text.data[0], 0);
    hf_buf_clear(&text);
    hf_press_free(press);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    else
        hf_random((uint8_t *)&seed, sizeof seed);
    (void)printf("seed %" PRIu64 "\n", seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts__come_out_as_they_went_in),      cmocka_unit_test(a_text_of_a_megabyte__comes_out_whole),
        cmocka_unit_test(bytes_of_the_first_version__are_read), cmocka_unit_test(damaged_bytes__are_told),
        cmocka_unit_test(a_frame_of_nothing__is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
