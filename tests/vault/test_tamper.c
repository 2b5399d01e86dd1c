/* What becomes of a main file that somebody changed (the table in docs/vault.md). Nothing here may ever be read as if
 * it were fine, but for the classes that docs/vault.md lists as not detected. */
#include "tests/vault/support_memory.h"

#include "core/vault/page.h"
#include "core/vault/vault_internal.h"

#include <stdlib.h>
#include <string.h>

#define PAGE    4096
#define COMMITS 3

static struct disk *original;

static int make_original(void **state)
{
    (void)state;
    original = memory_with_commits(COMMITS, true);
    return 0;
}

static int free_original(void **state)
{
    (void)state;
    disk_free(original);
    return 0;
}

static uint8_t *main_bytes(struct disk *disk, size_t *out_len)
{
    uint8_t *bytes = disk_bytes(disk, MEMORY_DB, out_len);

    assert_non_null(bytes);
    return bytes;
}

static void untouched__reads(void **state)
{
    struct disk *disk = memory_copy(original);
    int64_t step = 0;

    (void)state;
    assert_int_equal(memory_read_all(disk, &step), HF_OK);
    assert_int_equal(step, COMMITS);
    disk_free(disk);
}

static void one_bit_in_any_byte__corrupt(void **state)
{
    struct disk *disk = memory_copy(original);
    size_t len;
    uint8_t *bytes = main_bytes(disk, &len);

    (void)state;
    assert_true(len >= 3 * PAGE);
    for (size_t at = 0; at < len; at++) {
        uint8_t mask = (uint8_t)(1u << (at % 8));

        bytes[at] ^= mask;
        if (memory_read_all(disk, NULL) != HF_ERR_CORRUPT)
            fail_msg("byte %zu", at);
        bytes[at] ^= mask;
    }
    assert_int_equal(memory_read_all(disk, NULL), HF_OK);
    disk_free(disk);
}

static void every_bit_of_a_sealed_page__does_not_open(void **state)
{
    struct hf_vault_keys keys;
    uint8_t nonce[HF_XNONCE_BYTES] = {7};
    uint8_t plain[PAGE], sealed[PAGE], opened[PAGE];

    (void)state;
    assert_int_equal(hf_vault_keys_begin(&keys, fixture_suite, &fixture_db_id, fixture_key), HF_OK);
    hf_vault_page_first(plain);
    hf_vault_page_seal(&keys, nonce, 1, plain, sealed);
    assert_true(hf_vault_page_open(&keys, 1, sealed, opened));
    assert_memory_equal(opened, plain, PAGE);
    for (size_t bit = 0; bit < PAGE * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_false(hf_vault_page_open(&keys, 1, sealed, opened));
        sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    hf_vault_keys_end(&keys);
}

static void two_pages_swapped__corrupt(void **state)
{
    struct disk *disk = memory_copy(original);
    size_t len;
    uint8_t *bytes = main_bytes(disk, &len);
    uint8_t kept[PAGE];

    (void)state;
    memcpy(kept, bytes + PAGE, PAGE);
    memcpy(bytes + PAGE, bytes + 2 * PAGE, PAGE);
    memcpy(bytes + 2 * PAGE, kept, PAGE);
    assert_int_equal(memory_read_all(disk, NULL), HF_ERR_CORRUPT);
    disk_free(disk);
}

static void page_zeroed__corrupt(void **state)
{
    size_t len;

    (void)state;
    (void)main_bytes(original, &len);
    for (size_t at = 0; at < len; at += PAGE) {
        struct disk *disk = memory_copy(original);

        memset(main_bytes(disk, &len) + at, 0, PAGE);
        assert_int_equal(memory_read_all(disk, NULL), HF_ERR_CORRUPT);
        disk_free(disk);
    }
}

static void cut_anywhere__corrupt(void **state)
{
    size_t len;
    uint8_t *bytes = main_bytes(original, &len);

    (void)state;
    for (size_t cut = 1; cut < len; cut += 509) {
        struct disk *disk = disk_new(1);

        disk_put(disk, MEMORY_DB, bytes, cut);
        if (memory_read_all(disk, NULL) != HF_ERR_CORRUPT)
            fail_msg("cut at %zu", cut);
        disk_free(disk);
    }
    for (size_t cut = PAGE; cut < len; cut += PAGE) {
        struct disk *disk = disk_new(1);

        disk_put(disk, MEMORY_DB, bytes, cut);
        assert_int_equal(memory_read_all(disk, NULL), HF_ERR_CORRUPT);
        disk_free(disk);
    }
}

static void other_key_or_db_id__corrupt(void **state)
{
    struct hf_vault *vault = NULL;
    uint8_t key[32];
    struct hf_id id = fixture_db_id;

    (void)state;
    memcpy(key, fixture_key, sizeof(key));
    key[31] ^= 1;
    assert_int_equal(hf_vault_open_on(disk_vfs(original), MEMORY_DB, &id, key, fixture_flags(0), &vault, NULL),
                     HF_ERR_CORRUPT);
    id.bytes[0] ^= 0x80;
    assert_int_equal(hf_vault_open_on(disk_vfs(original), MEMORY_DB, &id, fixture_key, fixture_flags(0), &vault, NULL),
                     HF_ERR_CORRUPT);
    assert_null(vault);
}

static void page_of_another_database__corrupt(void **state)
{
    struct disk *disk = memory_copy(original);
    struct hf_id other = {{1}};
    uint8_t page[PAGE];
    size_t len;

    (void)state;
    assert_int_equal(hf_vault_seal_first_page_in(fixture_suite, &other, fixture_key, page), HF_OK);
    memcpy(main_bytes(disk, &len), page, PAGE);
    assert_int_equal(memory_read_all(disk, NULL), HF_ERR_CORRUPT);
    disk_free(disk);
}

/* docs/vault.md, "not promised": the signed chain head and the server catch these two. */
static void one_older_page__reads_as_it_was(void **state)
{
    struct disk *disk = memory_copy(original);
    struct hf_vault *vault;
    uint8_t older[PAGE];
    size_t len;
    int64_t step = 0;

    (void)state;
    memcpy(older, main_bytes(disk, &len) + PAGE, PAGE); /* the first table made: meta */
    vault = memory_must_open(disk);
    fixture_exec(vault, "UPDATE meta SET step=99");
    assert_int_equal(hf_vault_close(vault), HF_OK);
    assert_int_equal(memory_read_all(disk, &step), HF_OK);
    assert_int_equal(step, 99);
    memcpy(main_bytes(disk, &len) + PAGE, older, PAGE);
    assert_int_equal(memory_read_all(disk, &step), HF_OK);
    assert_int_equal(step, COMMITS);
    disk_free(disk);
}

static void whole_older_file__reads_as_it_was(void **state)
{
    struct disk *older = memory_with_commits(1, true);
    int64_t step = 0;

    (void)state;
    assert_int_equal(memory_read_all(older, &step), HF_OK);
    assert_int_equal(step, 1);
    disk_free(older);
}

static void page_changed_under_an_open_vault__reading_it_fails(void **state)
{
    struct disk *disk = memory_copy(original);
    struct hf_vault *vault = memory_must_open(disk);
    struct hf_error err;
    size_t len;
    int rc;

    (void)state;
    (void)sqlite3_db_release_memory(hf_vault_db(vault));
    main_bytes(disk, &len)[2 * PAGE + 100] ^= 1;
    main_bytes(disk, &len)[PAGE + 100] ^= 1;
    rc = fixture_try(vault, "SELECT * FROM meta; SELECT * FROM row");
    assert_int_equal(hf_vault_status(vault, rc, &err), HF_ERR_CORRUPT);
    assert_non_null(strstr(err.text, "damaged"));
    assert_int_equal(hf_vault_close(vault), HF_OK);
    disk_free(disk);
}

static void page_one_with_another_reserve__is_refused(void **state)
{
    struct hf_vault_keys keys;
    struct disk *disk = memory_disk();
    uint8_t nonce[HF_XNONCE_BYTES] = {9};
    uint8_t plain[PAGE], sealed[PAGE];

    (void)state;
    assert_int_equal(hf_vault_keys_begin(&keys, fixture_suite, &fixture_db_id, fixture_key), HF_OK);
    hf_vault_page_first(plain);
    plain[20] = 32; /* authentic, but SQLite would lay data over the nonce */
    hf_vault_page_seal(&keys, nonce, 1, plain, sealed);
    hf_vault_keys_end(&keys);
    disk_put(disk, MEMORY_DB, sealed, sizeof(sealed));
    assert_int_equal(memory_read_all(disk, NULL), HF_ERR_CORRUPT);
    disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untouched__reads),
        cmocka_unit_test(one_bit_in_any_byte__corrupt),
        cmocka_unit_test(every_bit_of_a_sealed_page__does_not_open),
        cmocka_unit_test(two_pages_swapped__corrupt),
        cmocka_unit_test(page_zeroed__corrupt),
        cmocka_unit_test(cut_anywhere__corrupt),
        cmocka_unit_test(other_key_or_db_id__corrupt),
        cmocka_unit_test(page_of_another_database__corrupt),
        cmocka_unit_test(one_older_page__reads_as_it_was),
        cmocka_unit_test(whole_older_file__reads_as_it_was),
        cmocka_unit_test(page_changed_under_an_open_vault__reading_it_fails),
        cmocka_unit_test(page_one_with_another_reserve__is_refused),
    };

    return fixture_run_in_both_suites(tests, make_original, free_original);
}
