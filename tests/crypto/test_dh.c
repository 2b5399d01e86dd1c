#include "core/crypto/crypto.h"
#include "tests/crypto/support_hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int start(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

/* --- X25519: RFC 7748 --- */

static void dh__matches_rfc_7748_section_5_2(void **state)
{
    (void)state;
    struct hex scalar = hex_of("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    struct hex point = hex_of("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    uint8_t out[HF_DH_BYTES];
    assert_true(hf_dh(scalar.bytes, point.bytes, out));
    assert_hex(out, sizeof out, "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    scalar = hex_of("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d");
    point = hex_of("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493");
    assert_true(hf_dh(scalar.bytes, point.bytes, out));
    assert_hex(out, sizeof out, "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

static void dh__iterated_a_thousand_times(void **state)
{
    (void)state;
    uint8_t k[HF_DH_BYTES] = {9};
    uint8_t u[HF_DH_BYTES] = {9};
    for (int i = 0; i < 1000; i++) {
        uint8_t next[HF_DH_BYTES];
        assert_true(hf_dh(k, u, next));
        memcpy(u, k, sizeof u);
        memcpy(k, next, sizeof k);
        if (i == 0)
            assert_hex(k, sizeof k, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
    assert_hex(k, sizeof k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

static void key_from_seed__takes_the_seed_as_scalar(void **state)
{
    (void)state;
    struct hex alice_seed = hex_of("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    struct hex bob_seed = hex_of("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    struct hf_dh_key alice;
    struct hf_dh_key bob;
    hf_dh_key_from_seed(alice_seed.bytes, &alice);
    hf_dh_key_from_seed(bob_seed.bytes, &bob);
    assert_memory_equal(alice.secret_key, alice_seed.bytes, HF_DH_BYTES);
    assert_hex(alice.public_key, HF_DH_BYTES, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    assert_hex(bob.public_key, HF_DH_BYTES, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    uint8_t at_alice[HF_DH_BYTES];
    uint8_t at_bob[HF_DH_BYTES];
    assert_true(hf_dh(alice.secret_key, bob.public_key, at_alice));
    assert_true(hf_dh(bob.secret_key, alice.public_key, at_bob));
    assert_hex(at_alice, sizeof at_alice, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_memory_equal(at_alice, at_bob, sizeof at_bob);
}

/* The points of order 1, 2, 4 and 8 on the curve and its twist, and their values plus p. */
static const char *const small_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void dh__refuses_small_order_points_with_a_zero_result(void **state)
{
    (void)state;
    const uint8_t secret[HF_DH_BYTES] = {0x77, 1, 2, 3};
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        uint8_t out[HF_DH_BYTES];
        memset(out, 0x5A, sizeof out);
        assert_false(hf_dh(secret, hex_of(small_order[i]).bytes, out));
        assert_hex(out, sizeof out, small_order[0]);
    }
}

/* --- sealed box --- */

static struct hf_dh_key box_key(uint8_t second)
{
    const uint8_t seed[HF_DH_BYTES] = {8, second, 3};
    struct hf_dh_key key;
    hf_dh_key_from_seed(seed, &key);
    return key;
}

static void box__opens_with_the_right_key_only(void **state)
{
    (void)state;
    struct hf_dh_key key = box_key(1);
    struct hf_dh_key other = box_key(2);
    static const uint8_t secret[11] = "ten letters";
    uint8_t sealed[sizeof secret + HF_SEALED_OVERHEAD_BYTES];
    uint8_t opened[sizeof secret];
    assert_true(hf_box_seal(key.public_key, secret, sizeof secret, sealed));
    assert_true(hf_box_open(&key, sealed, sizeof sealed, opened));
    assert_memory_equal(opened, secret, sizeof secret);
    assert_false(hf_box_open(&other, sealed, sizeof sealed, opened));
}

static void box__refuses_any_flipped_bit_and_zeroes_the_result(void **state)
{
    (void)state;
    struct hf_dh_key key = box_key(1);
    uint8_t sealed[4 + HF_SEALED_OVERHEAD_BYTES];
    assert_true(hf_box_seal(key.public_key, (const uint8_t *)"four", 4, sealed));
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
        /* X25519 ignores the top bit of a point, but the box's nonce is a hash of all its bytes. */
        uint8_t opened[4] = {1, 1, 1, 1};
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(hf_box_open(&key, sealed, sizeof sealed, opened));
        assert_memory_equal(opened, "\0\0\0\0", 4);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void box__of_nothing_opens_and_a_shorter_one_does_not(void **state)
{
    (void)state;
    struct hf_dh_key key = box_key(1);
    uint8_t sealed[HF_SEALED_OVERHEAD_BYTES];
    assert_true(hf_box_seal(key.public_key, NULL, 0, sealed));
    assert_true(hf_box_open(&key, sealed, sizeof sealed, NULL));
    for (size_t len = 0; len < sizeof sealed; len++)
        assert_false(hf_box_open(&key, sealed, len, NULL));
}

static void box__is_not_sealed_to_a_key_that_anyone_could_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        uint8_t sealed[4 + HF_SEALED_OVERHEAD_BYTES];
        memset(sealed, 0x5A, sizeof sealed);
        assert_false(hf_box_seal(hex_of(small_order[i]).bytes, (const uint8_t *)"four", 4, sealed));
        static const uint8_t zeros[sizeof sealed] = {0};
        assert_memory_equal(sealed, zeros, sizeof sealed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dh__matches_rfc_7748_section_5_2),
        cmocka_unit_test(dh__iterated_a_thousand_times),
        cmocka_unit_test(key_from_seed__takes_the_seed_as_scalar),
        cmocka_unit_test(dh__refuses_small_order_points_with_a_zero_result),
        cmocka_unit_test(box__opens_with_the_right_key_only),
        cmocka_unit_test(box__refuses_any_flipped_bit_and_zeroes_the_result),
        cmocka_unit_test(box__of_nothing_opens_and_a_shorter_one_does_not),
        cmocka_unit_test(box__is_not_sealed_to_a_key_that_anyone_could_open),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
