#include "core/base/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 9562 appendix A.6: 2022-02-22T19:22:22Z, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F. */
#define RFC_TEXT "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
static const uint8_t rfc_random[HF_ID_RANDOM_BYTES] = {0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F};
#define RFC_UNIX_MS 0x017F22E279B0ull

static void v7__matches_rfc_9562(void **state)
{
    (void)state;
    struct hf_id id = hf_id_v7(RFC_UNIX_MS, rfc_random);
    char text[HF_ID_TEXT_BYTES];
    hf_id_format(&id, text);
    assert_string_equal(text, RFC_TEXT);
}

static void v7__sets_version_and_variant_whatever_the_random_bytes(void **state)
{
    (void)state;
    static const uint8_t patterns[] = {0x00, 0xFF};
    for (size_t i = 0; i < 2; i++) {
        uint8_t random[HF_ID_RANDOM_BYTES];
        memset(random, patterns[i], sizeof random);
        struct hf_id id = hf_id_v7(RFC_UNIX_MS, random);
        assert_int_equal(id.bytes[6] >> 4, 7);
        assert_int_equal(id.bytes[8] >> 6, 2);
        assert_int_equal(id.bytes[6] & 0x0F, patterns[i] & 0x0F);
        assert_int_equal(id.bytes[8] & 0x3F, patterns[i] & 0x3F);
        assert_int_equal(id.bytes[7], patterns[i]);
        assert_int_equal(id.bytes[15], patterns[i]);
    }
}

static void v7__uses_48_bits_of_time(void **state)
{
    (void)state;
    struct hf_id cut = hf_id_v7(0xABCDull << 48 | RFC_UNIX_MS, rfc_random);
    struct hf_id plain = hf_id_v7(RFC_UNIX_MS, rfc_random);
    assert_true(hf_id_equal(&cut, &plain));
}

static void v7__sorts_by_time(void **state)
{
    (void)state;
    uint8_t high[HF_ID_RANDOM_BYTES];
    memset(high, 0xFF, sizeof high);
    const uint8_t low[HF_ID_RANDOM_BYTES] = {0};
    struct hf_id earlier = hf_id_v7(0xFFFF, high);
    struct hf_id later = hf_id_v7(0x10000, low);
    assert_true(hf_id_compare(&earlier, &later) < 0);
    assert_true(hf_id_compare(&later, &earlier) > 0);
}

static void zero__is_zero_and_nothing_else_is(void **state)
{
    (void)state;
    struct hf_id id = hf_id_zero();
    assert_true(hf_id_is_zero(&id));
    for (size_t i = 0; i < HF_ID_BYTES; i++) {
        id = hf_id_zero();
        id.bytes[i] = 1;
        assert_false(hf_id_is_zero(&id));
    }
}

static void bytes_and_slice__are_the_sixteen_bytes(void **state)
{
    (void)state;
    struct hf_id id = hf_id_from_bytes((const uint8_t *)"0123456789abcdef");
    assert_true(hf_slice_equal(hf_id_slice(&id), hf_slice_str("0123456789abcdef")));
}

static void parse__reads_both_forms_in_either_case(void **state)
{
    (void)state;
    static const char *const forms[] = {RFC_TEXT, "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
                                        "017f22e279b07cc398c4dc0c0c07398f", "017F22e279B07cC398c4dc0c0c07398F"};
    struct hf_id expected = hf_id_v7(RFC_UNIX_MS, rfc_random);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct hf_id id = hf_id_zero();
        assert_int_equal(hf_id_parse(hf_slice_str(forms[i]), &id), HF_OK);
        assert_true(hf_id_equal(&id, &expected));
    }
}

static void parse__refuses_everything_else_and_leaves_the_result(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "017f22e2",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e279b0-7cc3-98c4-dc0c-0c07398f",
        "017f22e2 79b0 7cc3 98c4 dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c0739-8",
        "017f22e279b07cc398c4dc0c0c07398-",
        " 17f22e279b07cc398c4dc0c0c07398f",
        "017f22e279b07cc398c4dc0c0c07398",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hf_id id = hf_id_from_bytes((const uint8_t *)"0123456789abcdef");
        assert_int_equal(hf_id_parse(hf_slice_str(bad[i]), &id), HF_ERR_INVALID);
        assert_memory_equal(id.bytes, "0123456789abcdef", HF_ID_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v7__matches_rfc_9562),
        cmocka_unit_test(v7__sets_version_and_variant_whatever_the_random_bytes),
        cmocka_unit_test(v7__uses_48_bits_of_time),
        cmocka_unit_test(v7__sorts_by_time),
        cmocka_unit_test(zero__is_zero_and_nothing_else_is),
        cmocka_unit_test(bytes_and_slice__are_the_sixteen_bytes),
        cmocka_unit_test(parse__reads_both_forms_in_either_case),
        cmocka_unit_test(parse__refuses_everything_else_and_leaves_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
