/* Pages and frames as bytes: the layout that docs/vault.md fixes, spelled out once more with the crypto room alone. */
#include "tests/vault/support_vault.h"

#include "core/base/text.h"
#include "core/vault/checksum.h"
#include "core/vault/page.h"
#include "core/vault/vault_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONCES 1000

static struct hf_vault_keys keys;

static int make_keys(void **state)
{
    (void)state;
    return hf_vault_keys_begin(&keys, fixture_suite, &fixture_db_id, fixture_key) == HF_OK ? 0 : -1;
}

static int end_keys(void **state)
{
    (void)state;
    hf_vault_keys_end(&keys);
    return 0;
}

/* Opens what was sealed, with the crypto room alone. */
static bool opens(const char *context, const uint8_t nonce[24], struct hf_slice aad, const uint8_t *sealed, size_t len,
                  const uint8_t tag[16], uint8_t *out)
{
    struct hf_sealer sealer;
    uint8_t key[32];
    bool fits;

    hf_derive(fixture_key, context, key);
    if (fixture_suite == HF_SUITE_XCHACHA20_POLY1305)
        return hf_unseal(key, nonce, aad, sealed, len, tag, out);
    assert_int_equal(hf_sealer_begin(&sealer, fixture_suite, key), HF_OK);
    fits = hf_sealer_unseal(&sealer, nonce, aad, sealed, len, tag, out);
    hf_sealer_end(&sealer);
    return fits;
}

static void fill(uint8_t *bytes, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)test_random(&seed);
}

static void page__is_laid_out_as_the_format_says(void **state)
{
    uint8_t aad[25] = "HFE1\x01", nonce[24], plain[4096], sealed[4096], opened[4056];

    (void)state;
    fill(plain, sizeof(plain), 1);
    fill(nonce, sizeof(nonce), 2);
    hf_vault_page_seal(&keys, nonce, 0x01020304, plain, sealed);
    memcpy(aad + 5, fixture_db_id.bytes, 16);
    memcpy(aad + 21, "\x01\x02\x03\x04", 4);
    assert_memory_equal(sealed + 4056, nonce, 24);
    assert_true(opens("hf vault main v1", nonce, hf_slice_of(aad, 25), sealed, 4056, sealed + 4080, opened));
    assert_memory_equal(opened, plain, 4056);
}

static FILE *open_vectors(void)
{
    static const char *const ways_up[] = {"", "../", "../../", "../../../"};
    FILE *stream = NULL;

    for (size_t i = 0; !stream && i < sizeof(ways_up) / sizeof(ways_up[0]); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "%stests/vectors/vault_page.txt", ways_up[i]);
        stream = fopen(path, "r");
    }
    if (!stream)
        fail_msg("tests/vectors is not above this folder: run the test in a build folder inside the tree");
    return stream;
}

/* tests/vectors/vault_page.txt was computed by another program (vault_page.mjs says how). */
static void page__has_the_bytes_that_another_program_computed(void **state)
{
    FILE *vectors = open_vectors();
    uint8_t data_key[32], id[16], nonce[24], plain[4096] = {0}, sealed[4096], hash[32], want[32];
    struct hf_vault_keys theirs;
    char line[512], hex[65];
    int found = 0;

    (void)state;
    for (size_t i = 0; i < 4056; i++)
        plain[i] = (uint8_t)(7 * i + (i >> 8));
    for (uint8_t i = 0; i < 32; i++) {
        data_key[i] = (uint8_t)(1 + i);
        id[i % 16] = (uint8_t)(100 + i % 16);
        nonce[i % 24] = (uint8_t)(200 + i % 24);
    }
    while (fgets(line, sizeof(line), vectors)) {
        if (strtoul(line, NULL, 10) != fixture_suite || sscanf(line, "%*u %*s %*s 16909060 %64s", hex) != 1)
            continue;
        found++;
        assert_int_equal(hf_text_unhex(hf_slice_str(hex), want, sizeof(want)), HF_OK);
        assert_int_equal(hf_vault_keys_begin(&theirs, fixture_suite, &(struct hf_id){{0}}, data_key), HF_OK);
        memcpy(theirs.db_id.bytes, id, sizeof(id));
        hf_vault_page_seal(&theirs, nonce, 0x01020304, plain, sealed);
        hf_vault_keys_end(&theirs);
        hf_sha256_of(sealed, sizeof(sealed), hash);
        assert_memory_equal(hash, want, sizeof(want));
    }
    (void)fclose(vectors);
    assert_int_equal(found, 1);
}

static void frame__is_laid_out_as_the_format_says(void **state)
{
    uint8_t aad[45] = "HFE1\x02", nonce[24], header[24], plain[4096], sealed[4120], opened[4064];

    (void)state;
    fill(plain, sizeof(plain), 3);
    fill(header, sizeof(header), 4);
    fill(nonce, sizeof(nonce), 5);
    hf_vault_frame_seal(&keys, nonce, 32 + 7 * 4120, header, plain, sealed);
    memcpy(aad + 5, fixture_db_id.bytes, 16);
    memcpy(aad + 21, header, 16);
    hf_put_u64(aad + 37, 32 + 7 * 4120);
    assert_memory_equal(sealed, header, 16);
    assert_memory_not_equal(sealed + 16, header + 16, 8);
    assert_memory_equal(sealed + 24 + 4056, nonce, 24);
    assert_true(opens("hf vault wal v1", nonce, hf_slice_of(aad, 45), sealed + 16, 4064, sealed + 24 + 4080, opened));
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
    assert_memory_not_equal(keys.main.key, keys.wal.key, 32);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, HF_XNONCE_BYTES);
}

static void nonces__are_never_the_same(void **state)
{
    static uint8_t taken[NONCES][HF_XNONCE_BYTES];
    struct hf_vault_nonces nonces = {.suite = (enum hf_suite)fixture_suite};

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
    struct hf_vault_nonces nonces = {.suite = (enum hf_suite)fixture_suite}, copy;
    uint8_t a[24], b[24];

    (void)state;
    hf_vault_nonce_take(&nonces, a);
    copy = nonces;
    copy.process++;
    hf_vault_nonce_take(&nonces, a);
    hf_vault_nonce_take(&copy, b);
    assert_memory_not_equal(a, b, HF_SUITE_PREFIX_BYTES);
}

/* Pages that share a prefix are told apart by a count, and beyond it by chance: a copy of the process's memory that
 * goes on by itself has the same prefix and count. */
static void nonces_of_the_hardware_suite__share_a_prefix_and_never_a_count(void **state)
{
    struct hf_vault_nonces nonces = {.suite = HF_SUITE_XAES_256_GCM};
    uint8_t first[24], nonce[24], before[24] = {0};

    (void)state;
    hf_vault_nonce_take(&nonces, first);
    assert_int_equal(hf_get_u32(first + 12), 0);
    for (uint32_t i = 1; i < HF_VAULT_PREFIX_PAGES; i++) {
        hf_vault_nonce_take(&nonces, nonce);
        assert_memory_equal(nonce, first, 12);
        assert_int_equal(hf_get_u32(nonce + 12), i);
        assert_memory_not_equal(nonce + 16, before + 16, 8);
        memcpy(before, nonce, 24);
    }
    hf_vault_nonce_take(&nonces, nonce);
    assert_memory_not_equal(nonce, first, 12);
    assert_int_equal(hf_get_u32(nonce + 12), 0);
}

/* Two openings of one vault, be the second on an older copy of the files. */
static void every_pool__has_a_prefix_of_its_own(void **state)
{
    uint8_t a[24], b[24];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hf_vault_nonces nonces = {.suite = HF_SUITE_XAES_256_GCM};

        hf_vault_nonce_take(&nonces, i ? a : b);
    }
    assert_memory_not_equal(a, b, HF_SUITE_PREFIX_BYTES);
}

static void suite_unknown_to_this_program__unsupported(void **state)
{
    struct hf_vault_keys none;

    (void)state;
    assert_int_equal(hf_vault_keys_begin(&none, 9, &fixture_db_id, fixture_key), HF_ERR_UNSUPPORTED);
}

static void page_of_the_other_suite__does_not_open(void **state)
{
    unsigned other = HF_SUITE_XCHACHA20_POLY1305 + HF_SUITE_XAES_256_GCM - fixture_suite;
    uint8_t sealed[4096], opened[4096];

    (void)state;
    assert_int_equal(hf_vault_seal_first_page_in(other, &fixture_db_id, fixture_key, sealed), HF_OK);
    assert_false(hf_vault_page_open(&keys, 1, sealed, opened));
    assert_int_equal(hf_vault_seal_first_page_in(fixture_suite, &fixture_db_id, fixture_key, sealed), HF_OK);
    assert_true(hf_vault_page_open(&keys, 1, sealed, opened));
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
        cmocka_unit_test(page__has_the_bytes_that_another_program_computed),
        cmocka_unit_test(frame__is_laid_out_as_the_format_says),
        cmocka_unit_test(page_at_another_number__does_not_open),
        cmocka_unit_test(frame_at_another_offset_or_header__does_not_open),
        cmocka_unit_test(page_of_zeros__does_not_open),
        cmocka_unit_test(main_and_wal_key__differ),
        cmocka_unit_test(nonces__are_never_the_same),
        cmocka_unit_test(nonces_of_another_process__are_drawn_anew),
        cmocka_unit_test(nonces_of_the_hardware_suite__share_a_prefix_and_never_a_count),
        cmocka_unit_test(every_pool__has_a_prefix_of_its_own),
        cmocka_unit_test(suite_unknown_to_this_program__unsupported),
        cmocka_unit_test(page_of_the_other_suite__does_not_open),
        cmocka_unit_test(first_page__has_our_layout),
        cmocka_unit_test(checksum__runs_on_from_frame_to_frame),
    };

    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return fixture_run_in_both_suites(tests, make_keys, end_keys);
}
