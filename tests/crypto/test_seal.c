#include "core/crypto/crypto.h"
#include "tests/crypto/support_hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char plain[] =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    "sunscreen would be it.";
#define PLAIN_BYTES (sizeof plain - 1)

static const char key_hex[] = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
static const char aad_hex[] = "50515253c0c1c2c3c4c5c6c7";

/* draft-irtf-cfrg-xchacha-03, appendix A.3.1 */
static const char xnonce_hex[] = "404142434445464748494a4b4c4d4e4f5051525354555657";
static const char xsealed_hex[] = "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
                                  "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
                                  "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
                                  "21f9664c97637da9768812f615c68b13b52e";
static const char xtag_hex[] = "c0875924c1c7987947deafd8780acf49";

/* RFC 8439 section 2.8.2 */
static const char nonce_hex[] = "070000004041424344454647";
static const char sealed_hex[] = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                                 "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                                 "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                                 "3ff4def08e4b7a9de576d26586cec64b6116"
                                 "1ae10b594f09e26a7e902ecbd0600691";

static struct hex key;
static struct hex aad;
static struct hex xnonce;
static struct hex nonce;

static int start(void **state)
{
    (void)state;
    key = hex_of(key_hex);
    aad = hex_of(aad_hex);
    xnonce = hex_of(xnonce_hex);
    nonce = hex_of(nonce_hex);
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

static void assert_all_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        assert_int_equal(bytes[i], 0);
}

static void seal__matches_the_xchacha_draft(void **state)
{
    (void)state;
    uint8_t sealed[PLAIN_BYTES];
    uint8_t tag[HF_TAG_BYTES];
    hf_seal(key.bytes, xnonce.bytes, hex_slice(&aad), (const uint8_t *)plain, PLAIN_BYTES, sealed, tag);
    assert_hex(sealed, sizeof sealed, xsealed_hex);
    assert_hex(tag, sizeof tag, xtag_hex);
    uint8_t opened[PLAIN_BYTES];
    assert_true(hf_unseal(key.bytes, xnonce.bytes, hex_slice(&aad), sealed, sizeof sealed, tag, opened));
    assert_memory_equal(opened, plain, PLAIN_BYTES);
}

static void seal__works_in_place(void **state)
{
    (void)state;
    uint8_t bytes[PLAIN_BYTES];
    uint8_t tag[HF_TAG_BYTES];
    memcpy(bytes, plain, PLAIN_BYTES);
    hf_seal(key.bytes, xnonce.bytes, hex_slice(&aad), bytes, sizeof bytes, bytes, tag);
    assert_hex(bytes, sizeof bytes, xsealed_hex);
    assert_hex(tag, sizeof tag, xtag_hex);
    assert_true(hf_unseal(key.bytes, xnonce.bytes, hex_slice(&aad), bytes, sizeof bytes, tag, bytes));
    assert_memory_equal(bytes, plain, PLAIN_BYTES);
}

static void seal__of_nothing_still_authenticates(void **state)
{
    (void)state;
    uint8_t tag[HF_TAG_BYTES];
    hf_seal(key.bytes, xnonce.bytes, hex_slice(&aad), NULL, 0, NULL, tag);
    assert_true(hf_unseal(key.bytes, xnonce.bytes, hex_slice(&aad), NULL, 0, tag, NULL));
    const struct hf_slice no_aad = {0};
    assert_false(hf_unseal(key.bytes, xnonce.bytes, no_aad, NULL, 0, tag, NULL));
}

static void unseal__refuses_any_flipped_bit_and_zeroes_the_result(void **state)
{
    (void)state;
    struct hex sealed = hex_of(xsealed_hex);
    struct hex tag = hex_of(xtag_hex);
    struct hex *const places[] = {&key, &xnonce, &aad, &sealed, &tag};
    for (size_t place = 0; place < 5; place++) {
        for (size_t bit = 0; bit < 8 * places[place]->len; bit++) {
            uint8_t opened[PLAIN_BYTES];
            memset(opened, 0x5A, sizeof opened);
            places[place]->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(
                hf_unseal(key.bytes, xnonce.bytes, hex_slice(&aad), sealed.bytes, sealed.len, tag.bytes, opened));
            assert_all_zero(opened, sizeof opened);
            places[place]->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void unseal__in_place_zeroes_as_well(void **state)
{
    (void)state;
    struct hex sealed = hex_of(xsealed_hex);
    const uint8_t wrong_tag[HF_TAG_BYTES] = {0};
    assert_false(
        hf_unseal(key.bytes, xnonce.bytes, hex_slice(&aad), sealed.bytes, sealed.len, wrong_tag, sealed.bytes));
    assert_all_zero(sealed.bytes, sealed.len);
}

static void noise_seal__matches_rfc_8439(void **state)
{
    (void)state;
    uint8_t sealed[PLAIN_BYTES + HF_TAG_BYTES];
    hf_noise_seal(key.bytes, nonce.bytes, hex_slice(&aad), (const uint8_t *)plain, PLAIN_BYTES, sealed);
    assert_hex(sealed, sizeof sealed, sealed_hex);
    uint8_t opened[PLAIN_BYTES];
    assert_true(hf_noise_unseal(key.bytes, nonce.bytes, hex_slice(&aad), sealed, sizeof sealed, opened));
    assert_memory_equal(opened, plain, PLAIN_BYTES);
}

static void noise_unseal__refuses_any_flipped_bit_and_zeroes_the_result(void **state)
{
    (void)state;
    struct hex sealed = hex_of(sealed_hex);
    for (size_t bit = 0; bit < 8 * sealed.len; bit++) {
        uint8_t opened[PLAIN_BYTES];
        memset(opened, 0x5A, sizeof opened);
        sealed.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(hf_noise_unseal(key.bytes, nonce.bytes, hex_slice(&aad), sealed.bytes, sealed.len, opened));
        assert_all_zero(opened, sizeof opened);
        sealed.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void noise_seal__of_nothing_is_a_tag(void **state)
{
    (void)state;
    uint8_t sealed[HF_TAG_BYTES];
    hf_noise_seal(key.bytes, nonce.bytes, hex_slice(&aad), NULL, 0, sealed);
    assert_true(hf_noise_unseal(key.bytes, nonce.bytes, hex_slice(&aad), sealed, sizeof sealed, NULL));
}

static void noise_unseal__refuses_less_than_a_tag(void **state)
{
    (void)state;
    const uint8_t part[HF_TAG_BYTES - 1] = {0};
    for (size_t len = 0; len <= sizeof part; len++)
        assert_false(hf_noise_unseal(key.bytes, nonce.bytes, hex_slice(&aad), part, len, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seal__matches_the_xchacha_draft),
        cmocka_unit_test(seal__works_in_place),
        cmocka_unit_test(seal__of_nothing_still_authenticates),
        cmocka_unit_test(unseal__refuses_any_flipped_bit_and_zeroes_the_result),
        cmocka_unit_test(unseal__in_place_zeroes_as_well),
        cmocka_unit_test(noise_seal__matches_rfc_8439),
        cmocka_unit_test(noise_unseal__refuses_any_flipped_bit_and_zeroes_the_result),
        cmocka_unit_test(noise_seal__of_nothing_is_a_tag),
        cmocka_unit_test(noise_unseal__refuses_less_than_a_tag),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
