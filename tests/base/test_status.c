#include "core/base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_status__has_a_name_and_a_sentence_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < HF_STATUS_COUNT; i++) {
        const char *name = hf_status_name((enum hf_status)i);
        assert_true(strlen(name) > 0 && strcmp(name, "unknown") != 0);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        const char *text = hf_status_text((enum hf_status)i);
        assert_int_equal(text[strlen(text) - 1], '.');
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(name, hf_status_name((enum hf_status)j));
            assert_string_not_equal(text, hf_status_text((enum hf_status)j));
        }
    }
}

static void status_names__are_those_that_were_promised(void **state)
{
    (void)state;
    assert_string_equal(hf_status_name(HF_OK), "ok");
    assert_string_equal(hf_status_name(HF_ERR_NOT_FOUND), "not_found");
    assert_string_equal(hf_status_name(HF_ERR_NOMEM), "nomem");
}

static void status_out_of_range__is_unknown(void **state)
{
    (void)state;
    assert_string_equal(hf_status_name(HF_STATUS_COUNT), "unknown");
    assert_string_equal(hf_status_name((enum hf_status)0x7FFFFFFF), "unknown");
    assert_non_null(hf_status_text(HF_STATUS_COUNT));
}

static void error_set__fills_and_returns(void **state)
{
    (void)state;
    struct hf_error err = {0};
    assert_int_equal(hf_error_set(&err, HF_ERR_LIMIT, "%d of %s", 3, "five"), HF_ERR_LIMIT);
    assert_int_equal(err.status, HF_ERR_LIMIT);
    assert_string_equal(err.text, "3 of five");
}

static void error_set__without_an_object_still_returns(void **state)
{
    (void)state;
    assert_int_equal(hf_error_set(NULL, HF_ERR_IO, "%s", "nobody listens"), HF_ERR_IO);
}

static void error_set__may_quote_its_own_text(void **state)
{
    (void)state;
    struct hf_error err;
    hf_error_set(&err, HF_ERR_IO, "inner");
    hf_error_set(&err, HF_ERR_IO, "outer: %s", err.text);
    assert_string_equal(err.text, "outer: inner");
}

static void error_set__cuts_a_long_text_to_fit(void **state)
{
    (void)state;
    char large[HF_ERROR_TEXT_BYTES * 2];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    struct hf_error err;
    hf_error_set(&err, HF_ERR_INVALID, "%s", large);
    assert_int_equal(strlen(err.text), HF_ERROR_TEXT_BYTES - 1);
}

/* A character of 1 to 4 bytes that begins 0 to 4 bytes before the cut is kept whole or left out whole. */
static void error_set__never_cuts_through_a_character(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x99\x82"};
    for (size_t c = 0; c < 4; c++) {
        size_t size = strlen(characters[c]);
        for (size_t before = 0; before <= 4; before++) {
            char text[HF_ERROR_TEXT_BYTES + 16];
            size_t start = HF_ERROR_TEXT_BYTES - 1 - before;
            memset(text, 'x', sizeof text - 1);
            text[sizeof text - 1] = '\0';
            memcpy(text + start, characters[c], size);
            struct hf_error err;
            hf_error_set(&err, HF_ERR_INVALID, "%s", text);
            size_t expected = size > before && before > 0 ? start : HF_ERROR_TEXT_BYTES - 1;
            assert_int_equal(strlen(err.text), expected);
            assert_memory_equal(err.text, text, expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status__has_a_name_and_a_sentence_of_its_own),
        cmocka_unit_test(status_names__are_those_that_were_promised),
        cmocka_unit_test(status_out_of_range__is_unknown),
        cmocka_unit_test(error_set__fills_and_returns),
        cmocka_unit_test(error_set__without_an_object_still_returns),
        cmocka_unit_test(error_set__may_quote_its_own_text),
        cmocka_unit_test(error_set__cuts_a_long_text_to_fit),
        cmocka_unit_test(error_set__never_cuts_through_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
