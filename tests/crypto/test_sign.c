#include "core/crypto/crypto.h"
#include "tests/crypto/support_hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct hf_slice bare = {0};

struct rfc_case {
    const char *seed;
    const char *public_key;
    const char *message;
    const char *signature;
};

/* RFC 8032 section 7.1, tests 1 to 3. */
static const struct rfc_case rfc_8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static struct hf_sign_key test_key;

static int start(void **state)
{
    (void)state;
    const uint8_t seed[HF_SIGN_SEED_BYTES] = "a seed known to everybody";
    if (hf_crypto_init(false) != HF_OK)
        return -1;
    hf_sign_key_from_seed(seed, &test_key);
    return 0;
}

static void bare_messages__match_rfc_8032(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc_8032 / sizeof rfc_8032[0]; i++) {
        struct hf_sign_key key;
        hf_sign_key_from_seed(hex_of(rfc_8032[i].seed).bytes, &key);
        assert_hex(key.public_key, sizeof key.public_key, rfc_8032[i].public_key);
        struct hex message = hex_of(rfc_8032[i].message);
        uint8_t signature[HF_SIGN_BYTES];
        hf_sign(&key, bare, hex_slice(&message), signature);
        assert_hex(signature, sizeof signature, rfc_8032[i].signature);
        assert_true(hf_verify(key.public_key, bare, hex_slice(&message), signature));
    }
}

/* RFC 8032 test 3 again, its two bytes divided between context and message. */
static void context__is_prefixed_as_it_stands(void **state)
{
    (void)state;
    struct hf_sign_key key;
    hf_sign_key_from_seed(hex_of(rfc_8032[2].seed).bytes, &key);
    uint8_t signature[HF_SIGN_BYTES];
    hf_sign(&key, hf_slice_of("\xAF", 1), hf_slice_of("\x82", 1), signature);
    assert_hex(signature, sizeof signature, rfc_8032[2].signature);
    assert_true(hf_verify(key.public_key, hf_slice_of("\xAF", 1), hf_slice_of("\x82", 1), signature));
    assert_true(hf_verify(key.public_key, hf_slice_of("\xAF\x82", 2), bare, signature));
}

static void context__with_its_nul_is_another_than_without(void **state)
{
    (void)state;
    struct hf_slice message = hf_slice_str("message");
    uint8_t signature[HF_SIGN_BYTES];
    hf_sign(&test_key, hf_slice_of("purpose\0", 8), message, signature);
    assert_true(hf_verify(test_key.public_key, hf_slice_of("purpose\0", 8), message, signature));
    assert_false(hf_verify(test_key.public_key, hf_slice_of("purpose", 7), message, signature));
    assert_false(hf_verify(test_key.public_key, hf_slice_of("Purpose\0", 8), message, signature));
    assert_false(hf_verify(test_key.public_key, bare, message, signature));
}

/* On both sides of the size from which context and message are joined on the heap. */
static void messages_of_every_size__sign_as_their_concatenation(void **state)
{
    (void)state;
    const struct hf_slice context = hf_slice_of("size\0", 5);
    uint8_t joined[5 + 5000];
    memset(joined, 0x5A, sizeof joined);
    memcpy(joined, context.data, context.len);
    static const size_t sizes[] = {0, 1, 248, 1018, 1019, 1020, 5000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t in_two[HF_SIGN_BYTES];
        uint8_t in_one[HF_SIGN_BYTES];
        hf_sign(&test_key, context, hf_slice_of(joined + 5, sizes[i]), in_two);
        hf_sign(&test_key, bare, hf_slice_of(joined, 5 + sizes[i]), in_one);
        assert_memory_equal(in_two, in_one, HF_SIGN_BYTES);
        assert_true(hf_verify(test_key.public_key, context, hf_slice_of(joined + 5, sizes[i]), in_one));
    }
}

static void verify__refuses_any_flipped_bit(void **state)
{
    (void)state;
    uint8_t message[16] = "fifteen letters";
    uint8_t signature[HF_SIGN_BYTES];
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES];
    hf_sign(&test_key, bare, hf_slice_of(message, sizeof message), signature);
    memcpy(public_key, test_key.public_key, sizeof public_key);
    uint8_t *const places[] = {message, signature, public_key};
    static const size_t sizes[] = {sizeof message, sizeof signature, sizeof public_key};
    for (size_t place = 0; place < 3; place++) {
        for (size_t bit = 0; bit < 8 * sizes[place]; bit++) {
            places[place][bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(hf_verify(public_key, bare, hf_slice_of(message, sizeof message), signature));
            places[place][bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    assert_true(hf_verify(public_key, bare, hf_slice_of(message, sizeof message), signature));
}

/* With the neutral point as key and as R, and S = 0, the bare equation holds for every message. */
static void verify__refuses_small_order_points(void **state)
{
    (void)state;
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES] = {1};
    uint8_t signature[HF_SIGN_BYTES] = {1};
    assert_false(hf_verify(public_key, bare, hf_slice_str("anything"), signature));
}

/* S + L satisfies the same equation as S (RFC 8032 section 5.1.7 demands S < L). */
static void verify__refuses_a_scalar_that_is_not_reduced(void **state)
{
    (void)state;
    struct hex order = hex_of("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    uint8_t signature[HF_SIGN_BYTES];
    hf_sign(&test_key, bare, hf_slice_str("once"), signature);
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + order.bytes[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_false(hf_verify(test_key.public_key, bare, hf_slice_str("once"), signature));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bare_messages__match_rfc_8032),
        cmocka_unit_test(context__is_prefixed_as_it_stands),
        cmocka_unit_test(context__with_its_nul_is_another_than_without),
        cmocka_unit_test(messages_of_every_size__sign_as_their_concatenation),
        cmocka_unit_test(verify__refuses_any_flipped_bit),
        cmocka_unit_test(verify__refuses_small_order_points),
        cmocka_unit_test(verify__refuses_a_scalar_that_is_not_reduced),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
