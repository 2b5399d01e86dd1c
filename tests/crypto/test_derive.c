#include "core/crypto/crypto.h"
#include "tests/crypto/support_hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1ull << 20)

static const uint8_t salt[17] = "salt of 16 bytes";

static int start(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

static void derive__is_keyed_blake2b_over_the_purpose(void **state)
{
    (void)state;
    uint8_t key[HF_KEY_BYTES];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    uint8_t out[HF_KEY_BYTES];
    hf_derive(key, "hf class seal v1", out); /* expected value from Python's hashlib.blake2b */
    assert_hex(out, sizeof out, "4390e1a11fa50d93937d5fb7b26c2e89966f68c73948d87c06496481d2e93886");
}

static void derive__differs_by_key_and_by_purpose(void **state)
{
    (void)state;
    const uint8_t key[HF_KEY_BYTES] = {1};
    const uint8_t other[HF_KEY_BYTES] = {2};
    uint8_t a[HF_KEY_BYTES];
    uint8_t b[HF_KEY_BYTES];
    hf_derive(key, "purpose one", a);
    hf_derive(key, "purpose two", b);
    assert_memory_not_equal(a, b, sizeof a);
    hf_derive(other, "purpose one", b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void derive__may_replace_its_own_key(void **state)
{
    (void)state;
    uint8_t key[HF_KEY_BYTES] = {1};
    uint8_t expected[HF_KEY_BYTES];
    hf_derive(key, "next", expected);
    hf_derive(key, "next", key);
    assert_memory_equal(key, expected, sizeof key);
}

/* Expected values from the reference implementation's program: argon2 "salt of 16 bytes" -id -v 13 -p 1 -l 32 -r */
static void argon2id__matches_the_reference_program(void **state)
{
    (void)state;
    uint8_t out[HF_KEY_BYTES];
    struct hf_slice passphrase = hf_slice_str("correct horse battery staple");
    assert_int_equal(hf_argon2id(passphrase, salt, 64 * MIB, 3, false, out), HF_OK);
    assert_hex(out, sizeof out, "a6131d53e248d39aedc4baa3a5e6d9c5d8ba77e97143074825ecea0b97e93c21");
    assert_int_equal(hf_argon2id(hf_slice_str("password"), salt, 65536, 2, true, out), HF_OK);
    assert_hex(out, sizeof out, "94ba552ca067feb66946a947f40a5759c949b0091cebc0c6fa9d5baed3d5a44a");
}

static void argon2id__refuses_weak_parameters_unless_for_tests(void **state)
{
    (void)state;
    uint8_t out[HF_KEY_BYTES] = {0x55};
    struct hf_slice passphrase = hf_slice_str("passphrase");
    assert_int_equal(hf_argon2id(passphrase, salt, 64 * MIB - 1, 3, false, out), HF_ERR_INVALID);
    assert_int_equal(hf_argon2id(passphrase, salt, 64 * MIB, 2, false, out), HF_ERR_INVALID);
    assert_int_equal(hf_argon2id(passphrase, salt, 0, 0, false, out), HF_ERR_INVALID);
    assert_int_equal(out[0], 0x55);
    assert_int_equal(hf_argon2id(passphrase, salt, 8192, 1, true, out), HF_OK);
}

static void argon2id__refuses_what_the_algorithm_cannot_do(void **state)
{
    (void)state;
    uint8_t out[HF_KEY_BYTES] = {0x55};
    struct hf_slice passphrase = hf_slice_str("passphrase");
    assert_int_equal(hf_argon2id(passphrase, salt, 8191, 1, true, out), HF_ERR_INVALID);
    assert_int_equal(hf_argon2id(passphrase, salt, 8192, 0, true, out), HF_ERR_INVALID);
    assert_int_equal(hf_argon2id(passphrase, salt, UINT64_MAX, 3, false, out), HF_ERR_INVALID);
    assert_int_equal(out[0], 0x55);
}

static void argon2id__takes_an_empty_passphrase_and_depends_on_the_salt(void **state)
{
    (void)state;
    uint8_t a[HF_KEY_BYTES];
    uint8_t b[HF_KEY_BYTES];
    const struct hf_slice empty = {0};
    assert_int_equal(hf_argon2id(empty, salt, 8192, 1, true, a), HF_OK);
    assert_int_equal(hf_argon2id(empty, (const uint8_t *)"SALT of 16 bytes", 8192, 1, true, b), HF_OK);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derive__is_keyed_blake2b_over_the_purpose),
        cmocka_unit_test(derive__differs_by_key_and_by_purpose),
        cmocka_unit_test(derive__may_replace_its_own_key),
        cmocka_unit_test(argon2id__matches_the_reference_program),
        cmocka_unit_test(argon2id__refuses_weak_parameters_unless_for_tests),
        cmocka_unit_test(argon2id__refuses_what_the_algorithm_cannot_do),
        cmocka_unit_test(argon2id__takes_an_empty_passphrase_and_depends_on_the_salt),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
