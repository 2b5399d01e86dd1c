#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct hf_cursor over(struct hf_slice input)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, input, HF_PACK_ELEMENTS_MAX);
    return cursor;
}

#define OVER(literal) over(hf_slice_of(literal, sizeof(literal) - 1))

static void assert_status(const struct hf_cursor *cursor, enum hf_status expected)
{
    assert_int_equal(hf_cursor_status(cursor), expected);
}

/* --- values --- */

static void getters__return_what_was_written(void **state)
{
    (void)state;
    struct hf_buf bytes = {0};
    struct hf_id id = hf_id_from_bytes((const uint8_t *)"0123456789abcdef");
    hf_pack_array(&bytes, 10);
    hf_pack_nil(&bytes);
    hf_pack_bool(&bytes, true);
    hf_pack_bool(&bytes, false);
    hf_pack_uint(&bytes, UINT64_MAX);
    hf_pack_int(&bytes, INT64_MIN);
    hf_pack_int(&bytes, 300);
    hf_pack_text(&bytes, hf_slice_str("Zo\xC3\xAB"));
    hf_pack_bytes(&bytes, hf_slice_of("\x00\xFF", 2));
    hf_pack_bytes(&bytes, hf_slice_str("abcd"));
    hf_pack_id(&bytes, &id);

    struct hf_cursor cursor = over(hf_buf_slice(&bytes));
    assert_int_equal(hf_cursor_array(&cursor, 10), 10);
    hf_cursor_nil(&cursor);
    assert_true(hf_cursor_bool(&cursor));
    assert_false(hf_cursor_bool(&cursor));
    assert_true(hf_cursor_uint(&cursor) == UINT64_MAX);
    assert_true(hf_cursor_int(&cursor) == INT64_MIN);
    assert_true(hf_cursor_int(&cursor) == 300);
    assert_true(hf_slice_equal(hf_cursor_text(&cursor, 0), hf_slice_str("Zo\xC3\xAB")));
    assert_true(hf_slice_equal(hf_cursor_bytes(&cursor, 0), hf_slice_of("\x00\xFF", 2)));
    const uint8_t *fixed = hf_cursor_fixed(&cursor, 4);
    assert_non_null(fixed);
    assert_memory_equal(fixed, "abcd", 4);
    assert_true(fixed >= bytes.data && fixed < bytes.data + bytes.len); /* borrowed, not copied */
    struct hf_id got = hf_cursor_id(&cursor);
    assert_true(hf_id_equal(&got, &id));
    hf_cursor_leave(&cursor);
    assert_int_equal(hf_cursor_end(&cursor), HF_OK);
    hf_buf_clear(&bytes);
}

static void peek__names_every_kind_and_the_end_without_moving(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\x98\xC0\xC2\x07\xFF\xA1x\xC4\x01x\x90\x80");
    static const enum hf_pack_kind kinds[] = {HF_PACK_NIL,  HF_PACK_BOOL,  HF_PACK_UINT,  HF_PACK_INT,
                                              HF_PACK_TEXT, HF_PACK_BYTES, HF_PACK_ARRAY, HF_PACK_MAP};
    assert_int_equal(hf_cursor_peek(&cursor), HF_PACK_ARRAY);
    assert_int_equal(hf_cursor_array(&cursor, 8), 8);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(hf_cursor_peek(&cursor), kinds[i]);
        assert_int_equal(hf_cursor_peek(&cursor), kinds[i]);
        (void)hf_cursor_skip(&cursor);
    }
    assert_int_equal(hf_cursor_peek(&cursor), HF_PACK_END);
    hf_cursor_leave(&cursor);
    assert_int_equal(hf_cursor_peek(&cursor), HF_PACK_END);
    assert_int_equal(hf_cursor_end(&cursor), HF_OK);
}

static void peek__at_bad_bytes_is_the_end_and_an_error(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\xC1");
    assert_int_equal(hf_cursor_peek(&cursor), HF_PACK_END);
    assert_status(&cursor, HF_ERR_INVALID);
}

static void another_kind__is_an_error_for_every_getter(void **state)
{
    (void)state;
    static const char *const kinds[] = {"\xC0",  "\xC3",      "\x07",     "\xFF",
                                        "\xA1x", "\xC4\x01x", "\x91\xC0", "\x81\x01\xC0"};
    for (size_t kind = 0; kind < 8; kind++) {
        for (size_t getter = 0; getter < 8; getter++) {
            struct hf_cursor cursor = over(hf_slice_str(kinds[kind]));
            switch (getter) {
            case 0:
                hf_cursor_nil(&cursor);
                break;
            case 1:
                assert_int_equal(hf_cursor_bool(&cursor), kind == 1);
                break;
            case 2:
                assert_int_equal(hf_cursor_uint(&cursor), kind == 2 ? 7 : 0);
                break;
            case 3:
                assert_int_equal(hf_cursor_int(&cursor), kind == 3 ? -1 : kind == 2 ? 7 : 0);
                break;
            case 4:
                assert_int_equal(hf_cursor_text(&cursor, 0).len, kind == 4);
                break;
            case 5:
                assert_int_equal(hf_cursor_bytes(&cursor, 0).len, kind == 5);
                break;
            case 6:
                assert_int_equal(hf_cursor_array(&cursor, 9), kind == 6);
                break;
            default:
                assert_int_equal(hf_cursor_map(&cursor, 9), kind == 7);
                break;
            }
            bool fits = kind == getter || (kind == 2 && getter == 3);
            assert_status(&cursor, fits ? HF_OK : HF_ERR_INVALID);
        }
    }
}

static void int__refuses_what_int64_cannot_hold(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\xCF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    assert_true(hf_cursor_int(&cursor) == INT64_MAX);
    assert_int_equal(hf_cursor_end(&cursor), HF_OK);
    cursor = OVER("\xCF\x80\x00\x00\x00\x00\x00\x00\x00");
    assert_true(hf_cursor_int(&cursor) == 0);
    assert_status(&cursor, HF_ERR_INVALID);
}

static void text_and_bytes__beyond_their_limit_are_a_limit_error(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\xA3xyz");
    assert_int_equal(hf_cursor_text(&cursor, 3).len, 3);
    cursor = OVER("\xA3xyz");
    assert_int_equal(hf_cursor_text(&cursor, 2).len, 0);
    assert_status(&cursor, HF_ERR_LIMIT);
    cursor = OVER("\xC4\x03xyz");
    assert_int_equal(hf_cursor_bytes(&cursor, 2).len, 0);
    assert_status(&cursor, HF_ERR_LIMIT);
}

static void fixed_and_id__take_exactly_their_size(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\xC4\x03xyz");
    assert_null(hf_cursor_fixed(&cursor, 2));
    assert_status(&cursor, HF_ERR_INVALID);
    cursor = OVER("\xC4\x03xyz");
    assert_null(hf_cursor_fixed(&cursor, 4));
    cursor = OVER("\xC4\x00");
    assert_non_null(hf_cursor_fixed(&cursor, 0));
    assert_int_equal(hf_cursor_end(&cursor), HF_OK);
    cursor = OVER("\xC4\x0F"
                  "0123456789abcde");
    struct hf_id id = hf_cursor_id(&cursor);
    assert_true(hf_id_is_zero(&id));
    assert_status(&cursor, HF_ERR_INVALID);
    cursor = OVER("\xB0"
                  "0123456789abcdef"); /* text of 16 letters is no id */
    id = hf_cursor_id(&cursor);
    assert_true(hf_id_is_zero(&id));
    assert_status(&cursor, HF_ERR_INVALID);
}

/* --- map keys --- */

static enum hf_status status_of_skip(struct hf_slice input)
{
    struct hf_cursor cursor = over(input);
    (void)hf_cursor_skip(&cursor);
    return hf_cursor_end(&cursor);
}

#define SKIP(literal) status_of_skip(hf_slice_of(literal, sizeof(literal) - 1))

static void keys__must_ascend_by_their_encoded_bytes(void **state)
{
    (void)state;
    assert_int_equal(SKIP("\x83\x01\xC0\x02\xC0\xCC\x80\xC0"), HF_OK);
    assert_int_equal(SKIP("\x83\xA1z\xC0\xA2"
                          "aa\xC0\xA2"
                          "ab\xC0"),
                     HF_OK);
    assert_int_equal(SKIP("\x82\x01\xC0\x01\xC0"), HF_ERR_INVALID);     /* twice */
    assert_int_equal(SKIP("\x82\x02\xC0\x01\xC0"), HF_ERR_INVALID);     /* descending */
    assert_int_equal(SKIP("\x82\xCC\x80\xC0\x01\xC0"), HF_ERR_INVALID); /* descending over the border of forms */
    assert_int_equal(SKIP("\x82\xA1"
                          "a\xC0\xA1"
                          "a\xC0"),
                     HF_ERR_INVALID);
    assert_int_equal(SKIP("\x82\xA1"
                          "b\xC0\xA1"
                          "a\xC0"),
                     HF_ERR_INVALID);
    assert_int_equal(SKIP("\x82\xA2"
                          "aa\xC0\xA1z\xC0"),
                     HF_ERR_INVALID);                                       /* a longer text before a shorter one */
    assert_int_equal(SKIP("\x83\x01\xC0\x05\xC0\x03\xC0"), HF_ERR_INVALID); /* only the last is out of order */
    assert_int_equal(SKIP("\x82\xC4\x01\x61\xC0\xA1\x61\xC0"),
                     HF_ERR_INVALID); /* bytes (0xC4) sort after text (0xA1) */
}

static void keys__in_order_are_checked_by_every_getter(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\x82\xA1z\x01\xA1"
                                   "a\x02");
    assert_int_equal(hf_cursor_map(&cursor, 2), 2);
    assert_int_equal(hf_cursor_text(&cursor, 0).len, 1);
    assert_int_equal(hf_cursor_uint(&cursor), 1);
    assert_int_equal(hf_cursor_text(&cursor, 0).len, 0);
    assert_status(&cursor, HF_ERR_INVALID);
    cursor = OVER("\x82\x07\x01\x07\x02");
    assert_int_equal(hf_cursor_map(&cursor, 2), 2);
    assert_int_equal(hf_cursor_uint(&cursor), 7);
    assert_int_equal(hf_cursor_uint(&cursor), 1);
    assert_int_equal(hf_cursor_int(&cursor), 0);
    assert_status(&cursor, HF_ERR_INVALID);
}

static void values__need_no_order(void **state)
{
    (void)state;
    assert_int_equal(SKIP("\x83\x01\x09\x02\x05\x03\x05"), HF_OK);
    assert_int_equal(SKIP("\x93\x03\x02\x02"), HF_OK);
}

/* The order is that of one map: an inner map neither disturbs its outer one nor hears from it. */
static void keys__of_nested_maps_are_apart(void **state)
{
    (void)state;
    assert_int_equal(SKIP("\x82\x01\x82\x01\xC0\x09\xC0\x02\x82\x01\xC0\x05\xC0"), HF_OK);
    assert_int_equal(SKIP("\x82\x05\x81\x09\xC0\x04\xC0"), HF_ERR_INVALID);
    assert_int_equal(SKIP("\x92\x81\x09\xC0\x81\x01\xC0"), HF_OK);
}

static void keys__are_scalars(void **state)
{
    (void)state;
    assert_int_equal(SKIP("\x81\x90\xC0"), HF_ERR_INVALID);
    assert_int_equal(SKIP("\x81\x80\xC0"), HF_ERR_INVALID);
    assert_int_equal(SKIP("\x81\x91\x01\xC0"), HF_ERR_INVALID);
    assert_int_equal(SKIP("\x81\xC0\x90"), HF_OK);
}

/* --- arrays and maps --- */

static void counts__beyond_their_limit_are_a_limit_error(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\x92\x01\x02");
    assert_int_equal(hf_cursor_array(&cursor, 2), 2);
    cursor = OVER("\x92\x01\x02");
    assert_int_equal(hf_cursor_array(&cursor, 1), 0);
    assert_status(&cursor, HF_ERR_LIMIT);
    cursor = OVER("\x82\x01\x01\x02\x02");
    assert_int_equal(hf_cursor_map(&cursor, 2), 2);
    cursor = OVER("\x82\x01\x01\x02\x02");
    assert_int_equal(hf_cursor_map(&cursor, 1), 0);
    assert_status(&cursor, HF_ERR_LIMIT);
}

static void leave__too_early_is_an_error(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\x92\x01\x02");
    (void)hf_cursor_array(&cursor, 2);
    (void)hf_cursor_uint(&cursor);
    hf_cursor_leave(&cursor);
    assert_status(&cursor, HF_ERR_INVALID);
    cursor = OVER("\x81\x01\x02");
    (void)hf_cursor_map(&cursor, 1);
    (void)hf_cursor_uint(&cursor);
    hf_cursor_leave(&cursor);
    assert_status(&cursor, HF_ERR_INVALID);
}

static void reading_past_the_last_element__is_an_error_even_when_bytes_follow(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\x92\x91\x01\x02");
    (void)hf_cursor_array(&cursor, 2);
    (void)hf_cursor_array(&cursor, 1);
    assert_int_equal(hf_cursor_uint(&cursor), 1);
    assert_int_equal(hf_cursor_uint(&cursor), 0);
    assert_status(&cursor, HF_ERR_INVALID);
}

static void end__refuses_trailing_bytes_and_what_was_not_left(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\x01\x02");
    assert_int_equal(hf_cursor_uint(&cursor), 1);
    assert_status(&cursor, HF_OK);
    assert_int_equal(hf_cursor_end(&cursor), HF_ERR_INVALID);
    assert_int_equal(hf_cursor_uint(&cursor), 2); /* the outermost level may hold several */
    assert_int_equal(hf_cursor_end(&cursor), HF_OK);
    cursor = OVER("\x91\x01");
    (void)hf_cursor_array(&cursor, 1);
    (void)hf_cursor_uint(&cursor);
    assert_int_equal(hf_cursor_end(&cursor), HF_ERR_INVALID);
    hf_cursor_leave(&cursor);
    assert_int_equal(hf_cursor_end(&cursor), HF_OK);
    cursor = OVER("");
    assert_int_equal(hf_cursor_end(&cursor), HF_OK);
}

/* --- limits --- */

static void depth__of_eight_is_taken_and_of_nine_is_a_limit_error(void **state)
{
    (void)state;
    assert_int_equal(HF_PACK_DEPTH_MAX, 8);
    assert_int_equal(SKIP("\x91\x91\x91\x91\x91\x91\x91\x90"), HF_OK);
    assert_int_equal(SKIP("\x91\x91\x91\x91\x91\x91\x91\x91\x01"), HF_OK);
    assert_int_equal(SKIP("\x91\x91\x91\x91\x91\x91\x91\x91\x90"), HF_ERR_LIMIT);
    assert_int_equal(SKIP("\x81\x01\x81\x01\x81\x01\x81\x01\x81\x01\x81\x01\x81\x01\x81\x01\x80"), HF_ERR_LIMIT);
    assert_int_equal(SKIP("\x92\x91\x91\x91\x91\x91\x91\x90\x91\x91\x91\x91\x91\x91\x90"), HF_OK); /* side by side */
}

static void budget__counts_every_element_and_every_head(void **state)
{
    (void)state;
    static const uint8_t message[] = "\x82\x01\x92\x05\x06\x02\xC0"; /* map, key, array, two, key, nil: 7 */
    for (uint32_t budget = 0; budget <= 8; budget++) {
        struct hf_cursor cursor;
        hf_cursor_init(&cursor, hf_slice_of(message, sizeof message - 1), budget);
        (void)hf_cursor_skip(&cursor);
        assert_int_equal(hf_cursor_end(&cursor), budget < 7 ? HF_ERR_LIMIT : HF_OK);
    }
}

static void budget__ends_a_message_of_many_nils(void **state)
{
    (void)state;
    enum { COUNT = 70000 };
    struct hf_buf bytes = {0};
    hf_pack_array(&bytes, COUNT);
    for (int i = 0; i < COUNT; i++)
        hf_pack_nil(&bytes);
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, hf_buf_slice(&bytes), 1000);
    assert_int_equal(hf_cursor_skip(&cursor).len, 0);
    assert_status(&cursor, HF_ERR_LIMIT);
    hf_buf_clear(&bytes);
}

/* --- errors --- */

static void after_an_error__every_getter_is_empty_and_the_first_error_stays(void **state)
{
    (void)state;
    struct hf_cursor cursor = OVER("\x01\xC3\xA1x\xC4\x01x\x91\x01");
    hf_cursor_fail(&cursor, HF_ERR_LIMIT);
    hf_cursor_fail(&cursor, HF_ERR_INVALID);
    assert_int_equal(hf_cursor_peek(&cursor), HF_PACK_END);
    hf_cursor_nil(&cursor);
    assert_false(hf_cursor_bool(&cursor));
    assert_int_equal(hf_cursor_uint(&cursor), 0);
    assert_int_equal(hf_cursor_int(&cursor), 0);
    assert_int_equal(hf_cursor_text(&cursor, 0).len, 0);
    assert_int_equal(hf_cursor_bytes(&cursor, 0).len, 0);
    assert_null(hf_cursor_fixed(&cursor, 1));
    struct hf_id id = hf_cursor_id(&cursor);
    assert_true(hf_id_is_zero(&id));
    assert_int_equal(hf_cursor_array(&cursor, 1), 0);
    assert_int_equal(hf_cursor_map(&cursor, 1), 0);
    hf_cursor_leave(&cursor);
    assert_int_equal(hf_cursor_skip(&cursor).len, 0);
    assert_int_equal(cursor.at[0], 1); /* it did not move */
    assert_status(&cursor, HF_ERR_LIMIT);
    assert_int_equal(hf_cursor_end(&cursor), HF_ERR_LIMIT);
}

static const uint8_t rich[] = "\x85\x01\x93\x07\xCD\x01\x00\xFF"            /* 1: [7, 256, -1] */
                              "\x02\xA5Zo\xC3\xAB!"                         /* 2: "Zoë!" */
                              "\x03\xC4\x04\x00\x01\x02\x03"                /* 3: four bytes */
                              "\xA1k\x82\x01\xC3\x02\xC2"                   /* "k": {1: true, 2: false} */
                              "\xA2kk\xD3\x80\x00\x00\x00\x00\x00\x00\x00"; /* "kk": the smallest integer */
#define RICH_BYTES (sizeof rich - 1)

static void a_message_cut_at_any_byte__is_refused(void **state)
{
    (void)state;
    assert_int_equal(status_of_skip(hf_slice_of(rich, RICH_BYTES)), HF_OK);
    for (size_t len = 0; len < RICH_BYTES; len++) {
        uint8_t *alone = malloc(len + 1); /* of its own, so that a read past the end is seen */
        assert_non_null(alone);
        uint8_t *start = alone + 1; /* the end of the cut is the end of the allocation */
        memcpy(start, rich, len);
        assert_int_equal(status_of_skip(hf_slice_of(start, len)), HF_ERR_INVALID);
        free(alone);
    }
}

static void a_message_with_anything_after_it__is_refused(void **state)
{
    (void)state;
    uint8_t longer[RICH_BYTES + 1];
    memcpy(longer, rich, RICH_BYTES);
    for (unsigned byte = 0; byte < 256; byte++) {
        longer[RICH_BYTES] = (uint8_t)byte;
        assert_int_equal(status_of_skip(hf_slice_of(longer, sizeof longer)), HF_ERR_INVALID);
    }
}

static void skip__returns_the_encoded_bytes_of_one_element(void **state)
{
    (void)state;
    struct hf_cursor cursor = over(hf_slice_of(rich, RICH_BYTES));
    assert_int_equal(hf_cursor_map(&cursor, 5), 5);
    assert_int_equal(hf_cursor_uint(&cursor), 1);
    assert_true(hf_slice_equal(hf_cursor_skip(&cursor), hf_slice_of("\x93\x07\xCD\x01\x00\xFF", 6)));
    assert_int_equal(hf_cursor_uint(&cursor), 2);
    assert_true(hf_slice_equal(hf_cursor_skip(&cursor), hf_slice_of("\xA5Zo\xC3\xAB!", 6)));
    for (int i = 0; i < 6; i++)
        assert_true(hf_cursor_skip(&cursor).len > 0);
    hf_cursor_leave(&cursor);
    assert_int_equal(hf_cursor_end(&cursor), HF_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(getters__return_what_was_written),
        cmocka_unit_test(peek__names_every_kind_and_the_end_without_moving),
        cmocka_unit_test(peek__at_bad_bytes_is_the_end_and_an_error),
        cmocka_unit_test(another_kind__is_an_error_for_every_getter),
        cmocka_unit_test(int__refuses_what_int64_cannot_hold),
        cmocka_unit_test(text_and_bytes__beyond_their_limit_are_a_limit_error),
        cmocka_unit_test(fixed_and_id__take_exactly_their_size),
        cmocka_unit_test(keys__must_ascend_by_their_encoded_bytes),
        cmocka_unit_test(keys__in_order_are_checked_by_every_getter),
        cmocka_unit_test(values__need_no_order),
        cmocka_unit_test(keys__of_nested_maps_are_apart),
        cmocka_unit_test(keys__are_scalars),
        cmocka_unit_test(counts__beyond_their_limit_are_a_limit_error),
        cmocka_unit_test(leave__too_early_is_an_error),
        cmocka_unit_test(reading_past_the_last_element__is_an_error_even_when_bytes_follow),
        cmocka_unit_test(end__refuses_trailing_bytes_and_what_was_not_left),
        cmocka_unit_test(depth__of_eight_is_taken_and_of_nine_is_a_limit_error),
        cmocka_unit_test(budget__counts_every_element_and_every_head),
        cmocka_unit_test(budget__ends_a_message_of_many_nils),
        cmocka_unit_test(after_an_error__every_getter_is_empty_and_the_first_error_stays),
        cmocka_unit_test(a_message_cut_at_any_byte__is_refused),
        cmocka_unit_test(a_message_with_anything_after_it__is_refused),
        cmocka_unit_test(skip__returns_the_encoded_bytes_of_one_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
