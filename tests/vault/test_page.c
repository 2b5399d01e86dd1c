/* Pages and frames as bytes: the layout that docs/vault.md fixes, spelled out once more with the crypto room alone. */
#include "tests/vault/support_vault.h"

#include "core/vault/checksum.h"
#include "core/vault/page.h"

#include <stdlib.h>
#include <string.h>

#define NONCES 1000

static struct hf_vault_keys keys;

static int make_keys(void **state)
{
    (void)state;
    hf_vault_keys_derive(&keys, &fixture_db_id, fixture_key);
    return 0;
}

static void fill(uint8_t *bytes, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)test_random(&seed);
}

static void page__is_laid_out_as_the_format_says(void **state)
{
    uint8_t key[32], aad[25] = "HFE1\x01", nonce[24], plain[4096], sealed[4096], opened[4056];

    (void)state;
    fill(plain, sizeof(plain), 1);
    fill(nonce, sizeof(nonce), 2);
    hf_vault_page_seal(&keys, nonce, 0x01020304, plain, sealed);
    hf_derive(fixture_key, "hf vault main v1", key);
    memcpy(aad + 5, fixture_db_id.bytes, 16);
    memcpy(aad + 21, "\x01\x02\x03\x04", 4);
    assert_memory_equal(sealed + 4056, nonce, 24);
    assert_true(hf_unseal(key, nonce, hf_slice_of(aad, 25), sealed, 4056, sealed + 4080, opened));
    assert_memory_equal(opened, plain, 4056);
}

static void frame__is_laid_out_as_the_format_says(void **state)
{
    uint8_t key[32], aad[45] = "HFE1\x02", nonce[24], header[24], plain[4096], sealed[4120], opened[4064];

    (void)state;
    fill(plain, sizeof(plain), 3);
    fill(header, sizeof(header), 4);
    fill(nonce, sizeof(nonce), 5);
    hf_vault_frame_seal(&keys, nonce, 32 + 7 * 4120, header, plain, sealed);
    hf_derive(fixture_key, "hf vault wal v1", key);
    memcpy(aad + 5, fixture_db_id.bytes, 16);
    memcpy(aad + 21, header, 16);
    hf_put_u64(aad + 37, 32 + 7 * 4120);
    assert_memory_equal(sealed, header, 16);
    assert_memory_not_equal(sealed + 16, header + 16, 8);
    assert_memory_equal(sealed + 24 + 4056, nonce, 24);
    assert_true(hf_unseal(key, nonce, hf_slice_of(aad, 45), sealed + 16, 4064, sealed + 24 + 4080, opened));
    assert_memory_equal(opened, header + 16, 8);
    assert_memory_equal(opened + 8, plain, 4056);
}

static void page_at_another_number__does_not_open(void **state)
{
    uint8_t nonce[24] = {1}, plain[4096], sealed[4096];

    (void)state;
    fill(plain, sizeof(plain), 6);
    hf_vault_page_seal(&keys, nonce, 5, plain, sealed);
    assert_true(hf_vault_page_open(&keys, 5, sealed, plain));
    assert_true(hf_vault_page_reserve_is_zero(plain));
    assert_false(hf_vault_page_open(&keys, 6, sealed, plain));
}

static void frame_at_another_offset_or_header__does_not_open(void **state)
{
    uint8_t nonce[24] = {1}, header[24] = {0, 0, 0, 2}, plain[4096], sealed[4120], opened[4120];

    (void)state;
    fill(plain, sizeof(plain), 7);
    hf_vault_frame_seal(&keys, nonce, 32, header, plain, sealed);
    assert_true(hf_vault_frame_open(&keys, 32, sealed, opened));
    assert_memory_equal(opened, header, 24);
    assert_memory_equal(opened + 24, plain, 4056);
    assert_false(hf_vault_frame_open(&keys, 32 + 4120, sealed, opened));
    for (size_t bit = 0; bit < sizeof(sealed) * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_false(hf_vault_frame_open(&keys, 32, sealed, opened));
        sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

static void page_of_zeros__does_not_open(void **state)
{
    uint8_t zeros[4096] = {0}, opened[4096];

    (void)state;
    assert_false(hf_vault_page_open(&keys, 1, zeros, opened));
}

static void main_and_wal_key__differ(void **state)
{
    (void)state;
    assert_memory_not_equal(keys.main_key, keys.wal_key, 32);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, HF_XNONCE_BYTES);
}

static void nonces__are_never_the_same(void **state)
{
    static uint8_t taken[NONCES][HF_XNONCE_BYTES];
    struct hf_vault_nonces nonces = {0};

    (void)state;
    for (size_t i = 0; i < NONCES; i++)
        hf_vault_nonce_take(&nonces, taken[i]);
    qsort(taken, NONCES, HF_XNONCE_BYTES, compare);
    for (size_t i = 1; i < NONCES; i++)
        assert_memory_not_equal(taken[i - 1], taken[i], HF_XNONCE_BYTES);
}

/* After a fork both sides hold the same pool. */
static void nonces_of_another_process__are_drawn_anew(void **state)
{
    struct hf_vault_nonces nonces = {0}, copy;
    uint8_t a[24], b[24];

    (void)state;
    hf_vault_nonce_take(&nonces, a);
    copy = nonces;
    copy.process++;
    hf_vault_nonce_take(&nonces, a);
    hf_vault_nonce_take(&copy, b);
    assert_memory_not_equal(a, b, 24);
}

static void first_page__has_our_layout(void **state)
{
    uint8_t page[4096];

    (void)state;
    hf_vault_page_first(page);
    assert_true(hf_vault_page_one_is_ours(page));
    assert_true(hf_vault_page_reserve_is_zero(page));
    page[20] = 0;
    assert_false(hf_vault_page_one_is_ours(page));
}

/* From the file format document: two words at a time, each sum running into the other. */
static void checksum__runs_on_from_frame_to_frame(void **state)
{
    struct hf_vault_checksum one = {.is_big_endian = true}, two = {.is_big_endian = true};
    uint8_t frame[4120] = {0}, stored[8];

    (void)state;
    frame[3] = 1;
    frame[7] = 2;
    hf_vault_checksum_add_frame(&one, frame);
    assert_false(one.sum[0] == 0);
    hf_vault_checksum_put(&one, stored);
    hf_vault_checksum_resume(&two, stored);
    hf_vault_checksum_add_frame(&one, frame);
    hf_vault_checksum_add_frame(&two, frame);
    hf_vault_checksum_put(&one, stored);
    assert_true(hf_vault_checksum_is(&two, stored));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page__is_laid_out_as_the_format_says),
        cmocka_unit_test(frame__is_laid_out_as_the_format_says),
        cmocka_unit_test(page_at_another_number__does_not_open),
        cmocka_unit_test(frame_at_another_offset_or_header__does_not_open),
        cmocka_unit_test(page_of_zeros__does_not_open),
        cmocka_unit_test(main_and_wal_key__differ),
        cmocka_unit_test(nonces__are_never_the_same),
        cmocka_unit_test(nonces_of_another_process__are_drawn_anew),
        cmocka_unit_test(first_page__has_our_layout),
        cmocka_unit_test(checksum__runs_on_from_frame_to_frame),
    };

    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
