/* The sealer: the bytes of libsodium for one suite, the published figures of c2sp.org/XAES-256-GCM for the other. */
#include "core/crypto/crypto.h"
#include "tests/crypto/support_hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH_MAX 4200
#define TURNS      200

static const unsigned suites[] = {HF_SUITE_XCHACHA20_POLY1305, HF_SUITE_XAES_256_GCM};

static uint8_t plain[LENGTH_MAX];
static const uint8_t key[32] = {3, 1, 4, 1, 5, 9, 2, 6};
static const uint8_t aad_bytes[45] = {2, 7, 1, 8};

static struct hf_sealer begun(unsigned suite, const uint8_t *with_key)
{
    struct hf_sealer sealer;

    assert_int_equal(hf_sealer_begin(&sealer, suite, with_key), HF_OK);
    return sealer;
}

static void xchacha__gives_the_bytes_of_libsodium_at_every_length(void **state)
{
    struct hf_sealer sealer = begun(HF_SUITE_XCHACHA20_POLY1305, key);
    uint8_t nonce[24], theirs[LENGTH_MAX], ours[LENGTH_MAX], opened[LENGTH_MAX], their_tag[16], our_tag[16];

    (void)state;
    hf_random(plain, sizeof(plain));
    for (size_t len = 0; len <= LENGTH_MAX; len += len < 600 || len > 4000 ? 1 : 37) {
        struct hf_slice aad = hf_slice_of(aad_bytes, len % (sizeof(aad_bytes) + 1));

        hf_random(nonce, sizeof(nonce));
        hf_seal(key, nonce, aad, plain, len, theirs, their_tag);
        hf_sealer_seal(&sealer, nonce, aad, plain, len, ours, our_tag);
        assert_memory_equal(ours, theirs, len);
        assert_memory_equal(our_tag, their_tag, 16);
        assert_true(hf_sealer_unseal(&sealer, nonce, aad, theirs, len, their_tag, opened));
        assert_memory_equal(opened, plain, len);
    }
    hf_sealer_end(&sealer);
}

/* c2sp.org/XAES-256-GCM, "Test vectors": the second one carries in CMAC's doubling, the first does not. */
static void xaes__gives_the_published_figures(void **state)
{
    static const struct {
        uint8_t key;
        const char *aad, *sealed_hex;
    } figures[] = {
        {1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
        {3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
    };
    const uint8_t *nonce = (const uint8_t *)"ABCDEFGHIJKLMNOPQRSTUVWX";

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct hex sealed;
        uint8_t published_key[32], out[12], tag[16];
        struct hf_sealer sealer;

        sealed = hex_of(figures[i].sealed_hex);
        memset(published_key, figures[i].key, sizeof(published_key));
        sealer = begun(HF_SUITE_XAES_256_GCM, published_key);
        hf_sealer_seal(&sealer, nonce, hf_slice_str(figures[i].aad), (const uint8_t *)"XAES-256-GCM", 12, out, tag);
        assert_memory_equal(out, sealed.bytes, 12);
        assert_memory_equal(tag, sealed.bytes + 12, 16);
        assert_true(hf_sealer_unseal(&sealer, nonce, hf_slice_str(figures[i].aad), sealed.bytes, 12, tag, out));
        assert_memory_equal(out, "XAES-256-GCM", 12);
        hf_sealer_end(&sealer);
    }
}

/* More prefixes than are kept, many of them in one place, sealed and opened in turn. */
static void many_prefixes_in_turn__all_open(void **state)
{
    struct hf_sealer writer = begun(HF_SUITE_XAES_256_GCM, key), reader = begun(HF_SUITE_XAES_256_GCM, key);
    static uint8_t sealed[TURNS][64], tags[TURNS][16], nonces[TURNS][24];
    uint8_t opened[64];

    (void)state;
    for (size_t i = 0; i < TURNS; i++) {
        hf_random(nonces[i], sizeof(nonces[i]));
        nonces[i][0] = (uint8_t)(i % 3 * HF_SEALER_SUBKEYS);
        if (i % 2)
            memcpy(nonces[i], nonces[i / 2], HF_SUITE_PREFIX_BYTES);
        hf_sealer_seal(&writer, nonces[i], hf_slice_of(aad_bytes, 7), plain, 64, sealed[i], tags[i]);
        assert_true(hf_sealer_unseal(&writer, nonces[i / 3], hf_slice_of(aad_bytes, 7), sealed[i / 3], 64, tags[i / 3],
                                     opened));
    }
    for (size_t i = TURNS; i-- > 0;) {
        assert_true(hf_sealer_unseal(&reader, nonces[i], hf_slice_of(aad_bytes, 7), sealed[i], 64, tags[i], opened));
        assert_memory_equal(opened, plain, 64);
    }
    hf_sealer_end(&writer);
    hf_sealer_end(&reader);
}

static void any_bit_changed__does_not_open_and_leaves_zeros(void **state)
{
    static const uint8_t zeros[40];

    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct hf_sealer sealer = begun(suites[s], key);
        struct {
            uint8_t nonce[24], aad[9], sealed[40], tag[16];
        } all;
        uint8_t opened[40];

        hf_random(&all, sizeof(all));
        hf_sealer_seal(&sealer, all.nonce, hf_slice_of(all.aad, 9), plain, 40, all.sealed, all.tag);
        for (size_t bit = 0; bit <= sizeof(all) * 8; bit++) {
            bool is_whole = bit == sizeof(all) * 8;

            if (!is_whole)
                ((uint8_t *)&all)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            assert_int_equal(
                hf_sealer_unseal(&sealer, all.nonce, hf_slice_of(all.aad, 9), all.sealed, 40, all.tag, opened),
                is_whole);
            assert_memory_equal(opened, is_whole ? plain : zeros, 40);
            if (!is_whole)
                ((uint8_t *)&all)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
        hf_sealer_end(&sealer);
    }
}

static void in_place__gives_the_same(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct hf_sealer sealer = begun(suites[s], key);
        uint8_t nonce[24] = {5}, apart[1000], place[1000], tag[16], place_tag[16];

        memcpy(place, plain, sizeof(place));
        hf_sealer_seal(&sealer, nonce, hf_slice_of(NULL, 0), plain, sizeof(apart), apart, tag);
        hf_sealer_seal(&sealer, nonce, hf_slice_of(NULL, 0), place, sizeof(place), place, place_tag);
        assert_memory_equal(place, apart, sizeof(place));
        assert_memory_equal(place_tag, tag, 16);
        assert_true(hf_sealer_unseal(&sealer, nonce, hf_slice_of(NULL, 0), place, sizeof(place), tag, place));
        assert_memory_equal(place, plain, sizeof(place));
        hf_sealer_end(&sealer);
    }
}

static void unknown_suite__unsupported(void **state)
{
    struct hf_sealer sealer;

    (void)state;
    assert_int_equal(hf_sealer_begin(&sealer, 0, key), HF_ERR_UNSUPPORTED);
    assert_int_equal(hf_sealer_begin(&sealer, 3, key), HF_ERR_UNSUPPORTED);
}

static void ended__keeps_no_key(void **state)
{
    static const struct hf_sealer nothing;
    struct hf_sealer sealer = begun(HF_SUITE_XAES_256_GCM, key);

    (void)state;
    hf_sealer_end(&sealer);
    assert_memory_equal(&sealer, &nothing, sizeof(sealer));
    hf_sealer_end(&sealer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xchacha__gives_the_bytes_of_libsodium_at_every_length),
        cmocka_unit_test(xaes__gives_the_published_figures),
        cmocka_unit_test(many_prefixes_in_turn__all_open),
        cmocka_unit_test(any_bit_changed__does_not_open_and_leaves_zeros),
        cmocka_unit_test(in_place__gives_the_same),
        cmocka_unit_test(unknown_suite__unsupported),
        cmocka_unit_test(ended__keeps_no_key),
    };

    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
