#include "core/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SLICE(literal) hf_slice_of(literal, sizeof(literal) - 1)

/* --- UTF-8 --- */

static void utf8__accepts_the_first_and_last_of_every_length(void **state)
{
    (void)state;
    assert_true(hf_text_is_utf8(SLICE("")));
    assert_true(hf_text_is_utf8(SLICE("\x01\x7F")));
    assert_true(hf_text_is_utf8(SLICE("\xC2\x80\xDF\xBF")));
    assert_true(hf_text_is_utf8(SLICE("\xE0\xA0\x80\xEF\xBF\xBF")));
    assert_true(hf_text_is_utf8(SLICE("\xED\x9F\xBF\xEE\x80\x80"))); /* on both sides of the surrogates */
    assert_true(hf_text_is_utf8(SLICE("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")));
}

static void utf8__refuses_what_is_not_well_formed(void **state)
{
    (void)state;
    static const struct hf_slice bad[] = {
        {(const uint8_t *)"a\0b", 3},             /* NUL */
        {(const uint8_t *)"\x80", 1},             /* continuation alone */
        {(const uint8_t *)"\xBF", 1},             /* continuation alone */
        {(const uint8_t *)"\xC0\x80", 2},         /* overlong NUL */
        {(const uint8_t *)"\xC1\xBF", 2},         /* overlong */
        {(const uint8_t *)"\xE0\x80\x80", 3},     /* overlong */
        {(const uint8_t *)"\xE0\x9F\xBF", 3},     /* overlong */
        {(const uint8_t *)"\xF0\x80\x80\x80", 4}, /* overlong */
        {(const uint8_t *)"\xF0\x8F\xBF\xBF", 4}, /* overlong */
        {(const uint8_t *)"\xED\xA0\x80", 3},     /* U+D800 */
        {(const uint8_t *)"\xED\xBF\xBF", 3},     /* U+DFFF */
        {(const uint8_t *)"\xF4\x90\x80\x80", 4}, /* U+110000 */
        {(const uint8_t *)"\xF5\x80\x80\x80", 4},
        {(const uint8_t *)"\xF8\x88\x80\x80\x80", 5},
        {(const uint8_t *)"\xFE", 1},
        {(const uint8_t *)"\xFF", 1},
        {(const uint8_t *)"\xC3", 1},          /* cut short */
        {(const uint8_t *)"\xE2\x82", 2},      /* cut short */
        {(const uint8_t *)"\xF0\x9F\x99", 3},  /* cut short */
        {(const uint8_t *)"\xC3(", 2},         /* second byte is no continuation */
        {(const uint8_t *)"\xE2\x82(", 3},     /* third byte is no continuation */
        {(const uint8_t *)"\xF0\x9F\x99(", 4}, /* fourth byte is no continuation */
        {(const uint8_t *)"\xE2(\xAC", 3},
        {(const uint8_t *)"abc\xC3\xA9\x80", 6},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(hf_text_is_utf8(bad[i]));
}

/* Every code point, encoded here by arithmetic, is accepted unless it is a surrogate or NUL. */
static void utf8__agrees_with_the_definition_for_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x120000; c++) {
        uint8_t bytes[4];
        size_t len;
        if (c < 0x80) {
            bytes[0] = (uint8_t)c;
            len = 1;
        } else if (c < 0x800) {
            bytes[0] = (uint8_t)(0xC0 | c >> 6);
            len = 2;
        } else if (c < 0x10000) {
            bytes[0] = (uint8_t)(0xE0 | c >> 12);
            len = 3;
        } else {
            bytes[0] = (uint8_t)(0xF0 | c >> 18);
            len = 4;
        }
        for (size_t i = 1; i < len; i++)
            bytes[i] = (uint8_t)(0x80 | (c >> 6 * (len - 1 - i) & 0x3F));
        bool good = c != 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        if (hf_text_is_utf8(hf_slice_of(bytes, len)) != good)
            fail_msg("U+%04X", (unsigned)c);
    }
}

static void length__counts_characters(void **state)
{
    (void)state;
    assert_int_equal(hf_text_length(SLICE("")), 0);
    assert_int_equal(hf_text_length(SLICE("Zo\xC3\xAB \xE2\x82\xAC \xF0\x9F\x99\x82")), 7);
}

/* --- hex --- */

static void hex__goes_there_and_back(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    hf_text_hex(&out, SLICE("\x00\x01\x9A\xBC\xDE\xFF"));
    assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("00019abcdeff")));
    uint8_t bytes[6];
    assert_int_equal(hf_text_unhex(hf_buf_slice(&out), bytes, sizeof bytes), HF_OK);
    assert_memory_equal(bytes, "\x00\x01\x9A\xBC\xDE\xFF", 6);
    assert_int_equal(hf_text_unhex(hf_slice_str("ABCDEF"), bytes, 3), HF_OK);
    assert_memory_equal(bytes, "\xAB\xCD\xEF", 3);
    assert_int_equal(hf_text_unhex(hf_slice_str(""), bytes, 0), HF_OK);
    hf_buf_clear(&out);
}

static void unhex__refuses_other_lengths_and_digits_and_leaves_the_result(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "ab",   "abc",  "abcde", "abcdef", "abcg",
                                      "abc ", "0xab", "ab:d", "@bcd",  "`bcd"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t bytes[2] = {0x55, 0x55};
        assert_int_equal(hf_text_unhex(hf_slice_str(bad[i]), bytes, 2), HF_ERR_INVALID);
        assert_memory_equal(bytes, "\x55\x55", 2);
    }
}

/* --- base64 --- */

struct pair {
    const char *plain;
    const char *coded;
};

static const struct pair rfc_4648[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

static void base64__matches_rfc_4648(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc_4648 / sizeof rfc_4648[0]; i++) {
        struct hf_buf out = {0};
        hf_text_base64(&out, hf_slice_str(rfc_4648[i].plain));
        assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str(rfc_4648[i].coded)));
        hf_buf_reset(&out);
        hf_buf_append_str(&out, ">");
        assert_int_equal(hf_text_unbase64(hf_slice_str(rfc_4648[i].coded), &out), HF_OK);
        assert_int_equal(out.len, 1 + strlen(rfc_4648[i].plain));
        assert_memory_equal(out.data + 1, rfc_4648[i].plain, strlen(rfc_4648[i].plain));
        hf_buf_clear(&out);
    }
}

static void base64url__is_the_same_without_padding_and_with_other_signs(void **state)
{
    (void)state;
    struct hf_buf out = {0};
    hf_text_base64url(&out, SLICE("\xFB\xFF\xFEx"));
    assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("-__-eA")));
    hf_buf_reset(&out);
    hf_text_base64(&out, SLICE("\xFB\xFF\xFEx"));
    assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("+//+eA==")));
    hf_buf_reset(&out);
    assert_int_equal(hf_text_unbase64url(hf_slice_str("-__-eA"), &out), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&out), SLICE("\xFB\xFF\xFEx")));
    hf_buf_clear(&out);
}

static void all_bytes__survive_both_alphabets_at_every_length(void **state)
{
    (void)state;
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(255 - i);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        struct hf_buf coded = {0};
        struct hf_buf plain = {0};
        hf_text_base64(&coded, hf_slice_of(bytes, len));
        assert_int_equal(hf_text_unbase64(hf_buf_slice(&coded), &plain), HF_OK);
        assert_true(hf_slice_equal(hf_buf_slice(&plain), hf_slice_of(bytes, len)));
        hf_buf_reset(&coded);
        hf_buf_reset(&plain);
        hf_text_base64url(&coded, hf_slice_of(bytes, len));
        assert_int_equal(hf_text_unbase64url(hf_buf_slice(&coded), &plain), HF_OK);
        assert_true(hf_slice_equal(hf_buf_slice(&plain), hf_slice_of(bytes, len)));
        hf_buf_clear(&coded);
        hf_buf_clear(&plain);
    }
}

static void unbase64__refuses_what_is_not_canonical_and_leaves_out(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",      "Zg===",    "=",        "==",    "===",  "====",    "Z===",
        "Zh==", "Zm9=", "Zg==Zg==", "Zm8=Zm9v", "Zm9v\n",   "Zm9v ", "Zm 9", " Zm9",    "Zm\n9vYg=",
        "Zm-v", "Zm_v", "Zm9v=",    "Zm9vYg=",  "Zm9v====", "Z=9v",  "Zm=v", "\x80m9v",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hf_buf out = {0};
        hf_buf_append_str(&out, "kept");
        if (hf_text_unbase64(hf_slice_str(bad[i]), &out) != HF_ERR_INVALID)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(hf_buf_status(&out), HF_OK);
        assert_true(hf_slice_equal(hf_buf_slice(&out), hf_slice_str("kept")));
        hf_buf_clear(&out);
    }
}

static void unbase64url__refuses_padding_spare_bits_and_foreign_signs(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z", "Zg==", "Zh", "Zm8=", "Zm9", "Zm9vY", "Zm+v", "Zm/v", "Zg\n", "Zm9v\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hf_buf out = {0};
        if (hf_text_unbase64url(hf_slice_str(bad[i]), &out) != HF_ERR_INVALID)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(out.len, 0);
        hf_buf_clear(&out);
    }
}

static void unbase64__reports_a_limit_of_the_buffer(void **state)
{
    (void)state;
    struct hf_buf out;
    hf_buf_init(&out, 2);
    assert_int_equal(hf_text_unbase64(hf_slice_str("Zm9v"), &out), HF_ERR_LIMIT);
    assert_int_equal(out.len, 0);
    hf_buf_reset(&out);
    assert_int_equal(hf_text_unbase64(hf_slice_str("Zm8="), &out), HF_OK);
    hf_buf_clear(&out);
}

/* Text is looked at eight bytes at a time: what is wrong shows wherever it stands. */
static void utf8_in_long_text__is_refused_at_every_place(void **state)
{
    (void)state;
    uint8_t text[40];
    for (size_t len = 1; len <= sizeof text; len++) {
        for (size_t at = 0; at < len; at++) {
            static const uint8_t wrong[] = {0x00, 0x80, 0xc0, 0xff};
            memset(text, 'a', sizeof text);
            assert_true(hf_text_is_utf8(hf_slice_of(text, len)));
            for (size_t i = 0; i < sizeof wrong; i++) {
                text[at] = wrong[i];
                assert_false(hf_text_is_utf8(hf_slice_of(text, len)));
            }
        }
    }
}

static void a_csv_cell__keeps_quotes_and_is_no_formula(void **state)
{
    struct hf_buf out = {0};
    (void)state;
    hf_text_csv_cell("=1+1", &out);
    hf_text_csv_cell("say \"no\"", &out);
    hf_text_csv_cell("", &out);
    assert_int_equal(hf_buf_status(&out), HF_OK);
    assert_memory_equal(out.data, "\"'=1+1\"\"say \"\"no\"\"\"\"\"", out.len);
    hf_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_csv_cell__keeps_quotes_and_is_no_formula),
        cmocka_unit_test(utf8_in_long_text__is_refused_at_every_place),
        cmocka_unit_test(utf8__accepts_the_first_and_last_of_every_length),
        cmocka_unit_test(utf8__refuses_what_is_not_well_formed),
        cmocka_unit_test(utf8__agrees_with_the_definition_for_every_code_point),
        cmocka_unit_test(length__counts_characters),
        cmocka_unit_test(hex__goes_there_and_back),
        cmocka_unit_test(unhex__refuses_other_lengths_and_digits_and_leaves_the_result),
        cmocka_unit_test(base64__matches_rfc_4648),
        cmocka_unit_test(base64url__is_the_same_without_padding_and_with_other_signs),
        cmocka_unit_test(all_bytes__survive_both_alphabets_at_every_length),
        cmocka_unit_test(unbase64__refuses_what_is_not_canonical_and_leaves_out),
        cmocka_unit_test(unbase64url__refuses_padding_spare_bits_and_foreign_signs),
        cmocka_unit_test(unbase64__reports_a_limit_of_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
