/* Random messages: what the writer writes the cursor reads, and what the cursor accepts has no second form.
 * `test_pack_round_trip SEED` repeats a run. */
#include "core/crypto/crypto.h"
#include "tests/pack/support_copy.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MESSAGES         2000
#define CHANGED_MESSAGES 20000
#define TEXT_BYTES_MAX   80
#define TOP_COUNT_MAX    40

static uint64_t seed;

/* SplitMix64. */
static uint64_t draw(uint64_t *random)
{
    uint64_t z = (*random += 0x9E3779B97F4A7C15ull);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

static uint32_t draw_below(uint64_t *random, uint32_t bound)
{
    return (uint32_t)(draw(random) % bound);
}

/* A number of any size, small and border values as likely as large ones. */
static uint64_t draw_number(uint64_t *random)
{
    uint64_t number = draw(random) >> draw_below(random, 64);
    return draw_below(random, 4) == 0 ? (1ull << draw_below(random, 64)) - draw_below(random, 2) : number;
}

static int64_t negative_of(uint64_t number)
{
    return -(int64_t)(number >> 1) - 1;
}

/* Letters of one, two and three bytes. */
static struct hf_slice draw_text(uint64_t *random, char text[TEXT_BYTES_MAX])
{
    static const char *const letters[] = {"a", "z", "7", " ", "\xC3\xAB", "\xE2\x82\xAC"};
    size_t len = 0;
    for (uint32_t left = draw_below(random, 24); left > 0; left--) {
        const char *letter = letters[draw_below(random, 6)];
        memcpy(text + len, letter, strlen(letter));
        len += strlen(letter);
    }
    return hf_slice_of(text, len);
}

/* --- the same random numbers, once to write and once to compare --- */

static void write_element(uint64_t *random, unsigned depth, struct hf_buf *out);
static void read_element(uint64_t *random, unsigned depth, struct hf_cursor *cursor);

static uint32_t draw_kind(uint64_t *random, unsigned depth)
{
    return draw_below(random, depth < HF_PACK_DEPTH_MAX ? 9 : 6);
}

static void write_map(uint64_t *random, unsigned depth, struct hf_buf *out)
{
    uint32_t count = draw_below(random, TOP_COUNT_MAX >> depth);
    uint64_t key = 0;
    hf_pack_map(out, count);
    for (uint32_t i = 0; i < count; i++) {
        key += 1 + draw_below(random, 1000);
        hf_pack_uint(out, key);
        write_element(random, depth + 1, out);
    }
}

static void write_element(uint64_t *random, unsigned depth, struct hf_buf *out)
{
    char text[TEXT_BYTES_MAX];
    uint32_t count;
    switch (draw_kind(random, depth)) {
    case 0:
        hf_pack_nil(out);
        break;
    case 1:
        hf_pack_bool(out, draw_below(random, 2));
        break;
    case 2:
        hf_pack_uint(out, draw_number(random));
        break;
    case 3:
        hf_pack_int(out, negative_of(draw_number(random)));
        break;
    case 4:
        hf_pack_text(out, draw_text(random, text));
        break;
    case 5:
        hf_pack_bytes(out, draw_text(random, text));
        break;
    case 6:
        write_map(random, depth, out);
        break;
    default:
        count = draw_below(random, TOP_COUNT_MAX >> depth);
        hf_pack_array(out, count);
        for (uint32_t i = 0; i < count; i++)
            write_element(random, depth + 1, out);
        break;
    }
}

static void read_map(uint64_t *random, unsigned depth, struct hf_cursor *cursor)
{
    uint32_t count = draw_below(random, TOP_COUNT_MAX >> depth);
    uint64_t key = 0;
    assert_int_equal(hf_cursor_map(cursor, TOP_COUNT_MAX), count);
    for (uint32_t i = 0; i < count; i++) {
        key += 1 + draw_below(random, 1000);
        assert_true(hf_cursor_uint(cursor) == key);
        read_element(random, depth + 1, cursor);
    }
    hf_cursor_leave(cursor);
}

static void read_element(uint64_t *random, unsigned depth, struct hf_cursor *cursor)
{
    char text[TEXT_BYTES_MAX];
    uint32_t count;
    switch (draw_kind(random, depth)) {
    case 0:
        assert_int_equal(hf_cursor_peek(cursor), HF_PACK_NIL);
        hf_cursor_nil(cursor);
        break;
    case 1:
        assert_int_equal(hf_cursor_bool(cursor), draw_below(random, 2));
        break;
    case 2:
        assert_true(hf_cursor_uint(cursor) == draw_number(random));
        break;
    case 3:
        assert_true(hf_cursor_int(cursor) == negative_of(draw_number(random)));
        break;
    case 4:
        assert_true(hf_slice_equal(hf_cursor_text(cursor, TEXT_BYTES_MAX), draw_text(random, text)));
        break;
    case 5:
        assert_true(hf_slice_equal(hf_cursor_bytes(cursor, TEXT_BYTES_MAX), draw_text(random, text)));
        break;
    case 6:
        read_map(random, depth, cursor);
        break;
    default:
        count = draw_below(random, TOP_COUNT_MAX >> depth);
        assert_int_equal(hf_cursor_array(cursor, TOP_COUNT_MAX), count);
        for (uint32_t i = 0; i < count; i++)
            read_element(random, depth + 1, cursor);
        hf_cursor_leave(cursor);
        break;
    }
    assert_int_equal(hf_cursor_status(cursor), HF_OK);
}

static void random_messages__come_back_as_they_were_written(void **state)
{
    (void)state;
    uint64_t random = seed;
    for (int i = 0; i < MESSAGES; i++) {
        struct hf_buf bytes = {0};
        uint64_t at_start = random;
        write_element(&random, 0, &bytes);
        struct hf_cursor cursor;
        hf_cursor_init(&cursor, hf_buf_slice(&bytes), HF_PACK_ELEMENTS_MAX);
        read_element(&at_start, 0, &cursor);
        assert_true(at_start == random);
        assert_int_equal(hf_cursor_end(&cursor), HF_OK);
        hf_buf_clear(&bytes);
    }
}

/* Changes, removes or adds a few bytes. */
static void damage(uint64_t *random, struct hf_buf *bytes)
{
    static const uint8_t telling[] = {0x80, 0x81, 0x90, 0x91, 0xA0, 0xC0, 0xC1, 0xC4, 0xC6, 0xCA, 0xCC, 0xCF,
                                      0xD0, 0xD3, 0xD4, 0xD9, 0xDB, 0xDD, 0xDF, 0xE0, 0xFF, 0x00, 0x7F};
    for (uint32_t left = 1 + draw_below(random, 3); left > 0 && bytes->len > 0; left--) {
        size_t place = draw_below(random, (uint32_t)bytes->len);
        uint8_t byte = telling[draw_below(random, sizeof telling)];
        switch (draw_below(random, 4)) {
        case 0:
            bytes->data[place] ^= (uint8_t)(1u << draw_below(random, 8));
            break;
        case 1:
            bytes->data[place] = byte;
            break;
        case 2:
            memmove(bytes->data + place, bytes->data + place + 1, bytes->len - place - 1);
            bytes->len--;
            break;
        default:
            hf_buf_append_u8(bytes, 0);
            memmove(bytes->data + place + 1, bytes->data + place, bytes->len - place - 1);
            bytes->data[place] = byte;
            break;
        }
    }
}

/* True when accepted. Skipping and reading must agree, and an accepted message written again must be the same. */
static bool accepted_in_one_form_only(struct hf_slice message)
{
    struct hf_cursor skipping;
    struct hf_cursor reading;
    struct hf_buf copy = {0};
    hf_cursor_init(&skipping, message, HF_PACK_ELEMENTS_MAX);
    hf_cursor_init(&reading, message, HF_PACK_ELEMENTS_MAX);
    (void)hf_cursor_skip(&skipping);
    copy_element(&reading, &copy);
    assert_int_equal(hf_cursor_end(&skipping), hf_cursor_end(&reading));
    bool accepted = hf_cursor_end(&reading) == HF_OK;
    if (accepted)
        assert_true(hf_slice_equal(hf_buf_slice(&copy), message));
    hf_buf_clear(&copy);
    return accepted;
}

static void damaged_messages__are_refused_or_have_one_form_only(void **state)
{
    (void)state;
    uint64_t random = seed ^ 0xDA3A6Eull;
    unsigned accepted = 0;
    for (int i = 0; i < CHANGED_MESSAGES; i++) {
        struct hf_buf bytes = {0};
        write_element(&random, 3, &bytes);
        assert_true(accepted_in_one_form_only(hf_buf_slice(&bytes)));
        damage(&random, &bytes);
        accepted += accepted_in_one_form_only(hf_buf_slice(&bytes));
        hf_buf_clear(&bytes);
    }
    /* Both outcomes must have been seen, or this test looked at nothing. */
    assert_in_range(accepted, CHANGED_MESSAGES / 100, CHANGED_MESSAGES * 99 / 100);
}

int main(int argc, char **argv)
{
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    hf_random(&seed, sizeof seed);
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    printf("seed 0x%" PRIx64 "\n", seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_messages__come_back_as_they_were_written),
        cmocka_unit_test(damaged_messages__are_refused_or_have_one_form_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
