/* Which suite a vault is sealed in, and what becomes of the wrong one. */
#include "tests/vault/support_vault.h"

#include <stdlib.h>

#define SUITE_AT 6 /* in the key file (docs/vault.md) */

static uint8_t recorded(struct fixture *f)
{
    size_t len;
    uint8_t *bytes = fixture_read(f, "case.key", &len);
    uint8_t suite = bytes[SUITE_AT];

    assert_true(len > SUITE_AT);
    free(bytes);
    return suite;
}

static void write_and_read_again(struct fixture *f)
{
    struct hf_vault *vault = fixture_create(f);

    fixture_exec(vault, "CREATE TABLE note(v); INSERT INTO note VALUES(41)");
    assert_int_equal(hf_vault_close(vault), HF_OK);
    vault = fixture_open(f);
    fixture_exec(vault, "UPDATE note SET v=v+1");
    assert_int_equal(hf_vault_close(vault), HF_OK);
    vault = fixture_open(f);
    assert_int_equal(fixture_number(vault, "SELECT v FROM note"), 42);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

static void either_suite__is_recorded_and_opens_again(void **state)
{
    struct fixture *f = *state;

    for (uint8_t suite = HF_SUITE_XCHACHA20_POLY1305; suite <= HF_SUITE_XAES_256_GCM; suite++) {
        f->kdf.suite = suite;
        write_and_read_again(f);
        assert_int_equal(recorded(f), suite);
        assert_int_equal(
            hf_vault_change_passphrase(f->folder, "case", fixture_passphrase(), fixture_passphrase(), &f->err), HF_OK);
        assert_int_equal(recorded(f), suite);
        assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
    }
}

static void no_suite_asked_for__the_one_this_processor_is_fast_at(void **state)
{
    struct fixture *f = *state;

    write_and_read_again(f);
    assert_int_equal(recorded(f), hf_hw_available() ? HF_SUITE_XAES_256_GCM : HF_SUITE_XCHACHA20_POLY1305);
}

static void suite_that_is_none__unsupported_and_nothing_left(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = NULL;

    f->kdf.suite = 9;
    assert_int_equal(hf_vault_create(f->folder, "case", fixture_passphrase(), &f->kdf, &vault, &f->err),
                     HF_ERR_UNSUPPORTED);
    assert_null(vault);
    assert_false(fixture_has(f, "case.key"));
    assert_false(fixture_has(f, "case.secret"));
    assert_false(fixture_has(f, "case.db"));
}

static void raw_open_in_the_other_suite__corrupt_and_nothing_changes(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        struct hf_vault *vault;
        struct snapshot before;

        fixture_suite = i ? HF_SUITE_XAES_256_GCM : HF_SUITE_XCHACHA20_POLY1305;
        vault = fixture_open_raw(f);
        fixture_exec(vault, "CREATE TABLE note(v)");
        assert_int_equal(hf_vault_close(vault), HF_OK);
        snapshot_take(f, &before);
        fixture_suite = i ? HF_SUITE_XCHACHA20_POLY1305 : HF_SUITE_XAES_256_GCM;
        assert_int_equal(fixture_try_raw(f, &vault), HF_ERR_CORRUPT);
        snapshot_check(f, &before);
        snapshot_free(&before);
        assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
    }
    fixture_suite = HF_SUITE_XCHACHA20_POLY1305;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(either_suite__is_recorded_and_opens_again),
        TEST(no_suite_asked_for__the_one_this_processor_is_fast_at),
        TEST(suite_that_is_none__unsupported_and_nothing_left),
        TEST(raw_open_in_the_other_suite__corrupt_and_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
