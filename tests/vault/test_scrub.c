/* What was deleted is in no page any more: not in a free one, and not in the parts of a page that are not in use, where
 * SQLite leaves copies when it moves rows from page to page. */
#include "tests/vault/support_vault.h"

#include "core/vault/vault_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MARK       "zebrafinch-invented"
#define CYCLES     6
#define ROUNDS     20
#define KEPT_EVERY 3

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static size_t marks_in(struct hf_vault *vault)
{
    sqlite3_int64 len = 0;
    unsigned char *image = sqlite3_serialize(hf_vault_db(vault), "main", &len, 0);
    size_t found = 0;
    assert_non_null(image);
    for (size_t i = 0; i + sizeof MARK - 1 <= (size_t)len; i++)
        found += image[i] == (uint8_t)MARK[0] && memcmp(image + i, MARK, sizeof MARK - 1) == 0;
    sqlite3_free(image);
    return found;
}

/* Rows of both kinds by random keys, so that pages split and are filled up from their neighbours. */
static void write_rows(struct hf_vault *vault, uint64_t *seed)
{
    char sql[512];
    fixture_exec(vault, "BEGIN");
    for (size_t i = 0; i < 30; i++) {
        const bool is_marked = next(seed) % KEPT_EVERY != 0;
        (void)snprintf(sql, sizeof sql,
                       "INSERT OR REPLACE INTO note(k, gone, t) VALUES(%" PRIu64 ", %d, '%s' || hex(randomblob(%" PRIu64
                       ")))",
                       next(seed) % 5000, is_marked, is_marked ? MARK " " : "kept ", next(seed) % 900);
        fixture_exec(vault, sql);
    }
    (void)snprintf(sql, sizeof sql, "UPDATE note SET t = t || hex(randomblob(50)) WHERE k %% 7 = %" PRIu64,
                   next(seed) % 7);
    fixture_exec(vault, sql);
    fixture_exec(vault, "COMMIT");
}

static void what_was_deleted__is_in_no_page(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = (uint64_t)time(NULL);
    struct hf_vault *vault = fixture_create(f);
    print_message("seed %" PRIu64 "\n", seed);
    fixture_exec(vault,
                 "PRAGMA cache_size=12; PRAGMA wal_autocheckpoint=20;"
                 "CREATE TABLE note(k INTEGER PRIMARY KEY, gone INTEGER, t TEXT); CREATE INDEX by_text ON note(t)");
    for (size_t cycle = 0; cycle < CYCLES; cycle++) {
        for (size_t round = 0; round < ROUNDS; round++)
            write_rows(vault, &seed);
        assert_true(marks_in(vault) > 50); /* they would be seen */
        fixture_exec(vault, "DELETE FROM note WHERE gone = 1");
        assert_int_equal(hf_vault_scrub(vault), HF_OK);
        assert_int_equal(marks_in(vault), 0);
    }
    assert_int_not_equal(fixture_number(vault, "SELECT count(*) FROM note"), 0);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM note WHERE t NOT LIKE 'kept %'"), 0);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"),
                     1);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    vault = fixture_open(f);
    assert_int_equal(marks_in(vault), 0);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"),
                     1);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_deleted__is_in_no_page, fixture_setup, fixture_teardown),
    };

    return fixture_run_in_both_suites(tests, NULL, NULL);
}
