#include "core/crypto/crypto.h"
#include "core/crypto/hash_way.h"
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

static const struct hf_slice no_key = {0};

/* --- SHA-256: RFC 6234 section 8.5 and FIPS 180-4 --- */

static void sha256__matches_its_specification(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[HF_HASH_BYTES];
        hf_sha256_of(cases[i][0], strlen(cases[i][0]), out);
        assert_hex(out, sizeof out, cases[i][1]);
    }
}

static void sha256__of_a_million_letters_in_uneven_pieces(void **state)
{
    (void)state;
    char letters[997];
    memset(letters, 'a', sizeof letters);
    struct hf_sha256 hash;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, NULL, 0);
    for (size_t left = 1000000; left > 0;) {
        size_t piece = left < sizeof letters ? left : sizeof letters;
        hf_sha256_add(&hash, letters, piece);
        left -= piece;
    }
    uint8_t out[HF_HASH_BYTES];
    hf_sha256_end(&hash, out);
    assert_hex(out, sizeof out, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void sha256__may_end_in_its_own_input(void **state)
{
    (void)state;
    uint8_t bytes[HF_HASH_BYTES] = "abc";
    hf_sha256_of(bytes, 3, bytes);
    assert_hex(bytes, sizeof bytes, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void sha256__keeps_nothing_after_the_end(void **state)
{
    (void)state;
    struct hf_sha256 hash;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, "secret", 6);
    uint8_t out[HF_HASH_BYTES];
    hf_sha256_end(&hash, out);
    static const uint8_t zeros[sizeof hash.opaque] = {0};
    assert_memory_equal(hash.opaque, zeros, sizeof zeros);
}

static int by_libcrypto(void **state)
{
    (void)state;
    hf_sha256_by_libcrypto();
    return 0;
}

/* Every length up to some blocks, by libsodium here and in two pieces by libcrypto: begun before the way changes. */
static void sha256__by_either_library_is_the_same(void **state)
{
    (void)state;
    uint8_t bytes[300], before[sizeof bytes][HF_HASH_BYTES];
    struct hf_sha256 begun;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + 7);
    for (size_t len = 0; len < sizeof bytes; len++)
        hf_sha256_of(bytes, len, before[len]);
    hf_sha256_begin(&begun);
    hf_sha256_add(&begun, bytes, 100);
    hf_sha256_by_libcrypto();
    for (size_t len = 0; len < sizeof bytes; len++) {
        struct hf_sha256 hash;
        uint8_t out[HF_HASH_BYTES];
        hf_sha256_begin(&hash);
        hf_sha256_add(&hash, bytes, len / 3);
        hf_sha256_add(&hash, bytes + len / 3, len - len / 3);
        hf_sha256_end(&hash, out);
        assert_memory_equal(out, before[len], sizeof out);
    }
    uint8_t out[HF_HASH_BYTES];
    hf_sha256_add(&begun, bytes + 100, 99);
    hf_sha256_end(&begun, out);
    assert_memory_equal(out, before[199], sizeof out);
}

/* --- HMAC-SHA-256: RFC 4231 section 4 --- */

struct hmac_case {
    uint8_t key_byte; /* repeated key_len times; 0: key_text */
    size_t key_len;
    const char *key_text;
    const char *data;
    const char *expected;
};

static const struct hmac_case rfc_4231[] = {
    {0x0B, 20, NULL, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {0, 4, "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {0xAA, 131, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {0xAA, 131, NULL,
     "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed "
     "before being used by the HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static void hmac__matches_rfc_4231_in_one_part_and_in_three(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc_4231 / sizeof rfc_4231[0]; i++) {
        const struct hmac_case *c = &rfc_4231[i];
        uint8_t key[131];
        memset(key, c->key_byte, sizeof key);
        if (c->key_text)
            memcpy(key, c->key_text, c->key_len);
        size_t len = strlen(c->data);
        const struct hf_slice one = hf_slice_of(c->data, len);
        const struct hf_slice three[] = {hf_slice_of(c->data, 1), hf_slice_of(NULL, 0),
                                         hf_slice_of(c->data + 1, len - 1)};
        uint8_t out[HF_HASH_BYTES];
        hf_hmac_sha256(hf_slice_of(key, c->key_len), &one, 1, out);
        assert_hex(out, sizeof out, c->expected);
        hf_hmac_sha256(hf_slice_of(key, c->key_len), three, 3, out);
        assert_hex(out, sizeof out, c->expected);
    }
}

static void hmac__takes_an_empty_key_and_no_parts(void **state)
{
    (void)state;
    uint8_t out[HF_HASH_BYTES];
    hf_hmac_sha256(no_key, NULL, 0, out);
    assert_hex(out, sizeof out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* --- BLAKE2b: RFC 7693 appendix A, and the published known answers --- */

static void blake2b__matches_rfc_7693(void **state)
{
    (void)state;
    const struct hf_slice abc = hf_slice_str("abc");
    uint8_t out[64];
    hf_blake2b(no_key, &abc, 1, out, 64);
    assert_hex(out, 64,
               "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
               "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

static void blake2b__length_is_part_of_the_hash(void **state)
{
    (void)state;
    const struct hf_slice abc = hf_slice_str("abc");
    uint8_t out[64];
    hf_blake2b(no_key, &abc, 1, out, 32);
    assert_hex(out, 32, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    hf_blake2b(no_key, &abc, 1, out, 16);
    assert_hex(out, 16, "cf4ab791c62b8d2b2109c90275287816");
}

static void blake2b__with_a_key_of_64_bytes_and_no_parts(void **state)
{
    (void)state;
    uint8_t key[64];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    uint8_t out[64];
    hf_blake2b(hf_slice_of(key, sizeof key), NULL, 0, out, 64);
    assert_hex(out, 64,
               "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786"
               "b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568");
}

static void blake2b__of_parts_is_that_of_their_concatenation(void **state)
{
    (void)state;
    const struct hf_slice parts[] = {hf_slice_str("a"), hf_slice_of(NULL, 0), hf_slice_str("bc")};
    uint8_t out[32];
    hf_blake2b(no_key, parts, 3, out, 32);
    assert_hex(out, 32, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256__matches_its_specification),
        cmocka_unit_test(sha256__of_a_million_letters_in_uneven_pieces),
        cmocka_unit_test(sha256__may_end_in_its_own_input),
        cmocka_unit_test(sha256__keeps_nothing_after_the_end),
        cmocka_unit_test(hmac__matches_rfc_4231_in_one_part_and_in_three),
        cmocka_unit_test(hmac__takes_an_empty_key_and_no_parts),
        cmocka_unit_test(blake2b__matches_rfc_7693),
        cmocka_unit_test(blake2b__length_is_part_of_the_hash),
        cmocka_unit_test(blake2b__with_a_key_of_64_bytes_and_no_parts),
        cmocka_unit_test(blake2b__of_parts_is_that_of_their_concatenation),
    };
    const struct CMUnitTest again[] = {
        cmocka_unit_test(sha256__by_either_library_is_the_same),
        cmocka_unit_test_setup(sha256__matches_its_specification, by_libcrypto),
        cmocka_unit_test_setup(sha256__of_a_million_letters_in_uneven_pieces, by_libcrypto),
        cmocka_unit_test_setup(sha256__may_end_in_its_own_input, by_libcrypto),
        cmocka_unit_test_setup(sha256__keeps_nothing_after_the_end, by_libcrypto),
    };
    return cmocka_run_group_tests(tests, start, NULL) + cmocka_run_group_tests(again, start, NULL);
}
