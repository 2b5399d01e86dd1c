/* A new data key, cut short at every step: the vault opens with all rows under one key or the other. */
#include "tests/vault/support_vault.h"

#include "core/vault/recovery.h"
#include "core/vault/rotate.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS "200"

static void (*on_step)(enum hf_vault_rotation step);

void hf_vault_rotation_reached(enum hf_vault_rotation step)
{
    if (on_step)
        on_step(step);
}

static struct fixture *fixture_now;
static enum hf_vault_rotation step_wanted;

static int setup(void **state)
{
    struct hf_vault *vault;

    on_step = NULL;
    if (fixture_setup(state) != 0)
        return -1;
    fixture_now = *state;
    vault = fixture_create(*state);
    fixture_exec(vault, "CREATE TABLE visit(id INTEGER PRIMARY KEY, note BLOB); CREATE INDEX notes ON visit(note);"
                        "WITH n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < " ROWS ")"
                        " INSERT INTO visit SELECT i, randomblob(3000) FROM n; DELETE FROM visit WHERE id % 10 = 0");
    return hf_vault_close(vault) == HF_OK ? 0 : -1;
}

static enum hf_status rotate(struct fixture *f)
{
    return hf_vault_rotate(f->folder, "case", fixture_passphrase(), NULL, &f->err);
}

/* Opens, finds every row sound, writes on. */
static void check_whole(struct fixture *f)
{
    struct hf_vault *vault = fixture_open(f);

    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM visit WHERE id <= " ROWS " AND id % 10 <> 0"), 180);
    assert_int_equal(fixture_number(vault, "SELECT min(length(note)) FROM visit"), 3000);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"),
                     1);
    fixture_exec(vault, "INSERT INTO visit(note) VALUES(randomblob(3000))");
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

static void read_keyfile(struct fixture *f, struct hf_keyfile *out)
{
    size_t len;
    uint8_t *bytes = fixture_read(f, "case.key", &len);

    assert_int_equal(hf_keyfile_decode(hf_slice_of(bytes, len), out, NULL), HF_OK);
    free(bytes);
}

static void no_leftovers(struct fixture *f)
{
    assert_false(fixture_has(f, "case.db.new"));
    assert_false(fixture_has(f, "case.db.new-wal"));
    assert_false(fixture_has(f, "case.key.new"));
}

/* --- when nothing comes between --- */

static void rotated__all_rows_are_there_under_another_key(void **state)
{
    struct fixture *f = *state;
    struct hf_keyfile before, after;
    struct hf_vault *vault = NULL;
    size_t len;

    uint8_t *old_key = fixture_read(f, "case.key", &len);
    read_keyfile(f, &before);
    assert_int_equal(rotate(f), HF_OK);
    read_keyfile(f, &after);
    assert_false(hf_id_equal(&before.db_id, &after.db_id));
    no_leftovers(f);
    check_whole(f);
    fixture_write(f, "case.key", old_key, len);
    free(old_key);
    assert_int_equal(hf_vault_open(f->folder, "case", fixture_passphrase(), 0, &vault, &f->err), HF_ERR_CORRUPT);
}

static void rotated_many_times__all_rows_are_there(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 5; i++) {
        assert_int_equal(rotate(f), HF_OK);
        check_whole(f);
    }
}

static void commits_still_in_the_log__come_along(void **state)
{
    struct fixture *f = *state;
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) { /* dies with its commit in the log alone */
        struct hf_vault *vault = NULL;

        if (hf_vault_open(f->folder, "case", fixture_passphrase(), 0, &vault, &f->err) != HF_OK ||
            fixture_try(vault, "CREATE TABLE late(v); INSERT INTO late VALUES(7)") != SQLITE_OK)
            _exit(1);
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_true(fixture_has(f, "case.db-wal"));
    assert_int_equal(rotate(f), HF_OK);
    struct hf_vault *vault = fixture_open(f);
    assert_int_equal(fixture_number(vault, "SELECT v FROM late"), 7);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    check_whole(f);
}

static void recovery_key__opens_after_a_rotation(void **state)
{
    struct fixture *f = *state;
    uint8_t public_key[HF_DH_BYTES], shares[HF_RECOVERY_SHARES][HF_RECOVERY_SHARE_BYTES];
    struct hf_dh_key key;
    struct hf_vault *vault = NULL;

    hf_recovery_make(public_key, shares);
    assert_int_equal(hf_recovery_join(hf_slice_of(shares[0], sizeof(shares[0])),
                                      hf_slice_of(shares[1], sizeof(shares[1])), &key, NULL),
                     HF_OK);
    assert_int_equal(hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), public_key, &f->err), HF_OK);
    assert_int_equal(rotate(f), HF_OK);
    assert_int_equal(hf_vault_recover(f->folder, "case", &key, hf_slice_str("b"), &f->err), HF_OK);
    assert_int_equal(hf_vault_open(f->folder, "case", hf_slice_str("b"), 0, &vault, &f->err), HF_OK);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

/* --- who is refused --- */

static void wrong_passphrase_or_no_vault__nothing_changes(void **state)
{
    struct fixture *f = *state;
    struct snapshot before;

    assert_int_equal(hf_vault_rotate(f->folder, "none", fixture_passphrase(), NULL, &f->err), HF_ERR_NOT_FOUND);
    snapshot_take(f, &before);
    assert_int_equal(hf_vault_rotate(f->folder, "case", hf_slice_str("wrong"), NULL, &f->err), HF_ERR_AUTH);
    assert_int_equal(unlink(fixture_path(f, "case.tries")), 0);
    snapshot_check(f, &before);
    snapshot_free(&before);
}

static void open_elsewhere__busy(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_open(f);

    assert_int_equal(rotate(f), HF_ERR_BUSY);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM visit"), 180);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    no_leftovers(f);
    check_whole(f);
}

static void open_while_it_rotates(enum hf_vault_rotation step)
{
    struct hf_vault *vault = NULL;

    if (step < HF_VAULT_ROTATION_KEY_SWAPPED)
        assert_int_equal(hf_vault_open(fixture_now->folder, "case", fixture_passphrase(), 0, &vault, &fixture_now->err),
                         HF_ERR_BUSY);
}

static void while_it_rotates__nobody_else_can_open_it(void **state)
{
    struct fixture *f = *state;

    on_step = open_while_it_rotates;
    assert_int_equal(rotate(f), HF_OK);
    on_step = NULL;
    check_whole(f);
}

/* Another process opens at the moment between the two renames, commits, and is killed. */
static void commit_between_the_renames(enum hf_vault_rotation step)
{
    struct hf_vault *vault = NULL;
    pid_t pid;
    int status;

    if (step != HF_VAULT_ROTATION_KEY_SWAPPED)
        return;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (hf_vault_open(fixture_now->folder, "case", fixture_passphrase(), 0, &vault, NULL) != HF_OK ||
            fixture_try(vault, "CREATE TABLE late(v); INSERT INTO late VALUES(7)") != SQLITE_OK)
            _exit(1);
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

static void opened_between_the_renames__its_commit_is_kept(void **state)
{
    struct fixture *f = *state;

    on_step = commit_between_the_renames;
    assert_int_equal(rotate(f), HF_OK);
    on_step = NULL;
    struct hf_vault *vault = fixture_open(f);
    assert_int_equal(fixture_number(vault, "SELECT v FROM late"), 7);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    check_whole(f);
}

static void slot_of_a_later_version__unsupported_and_nothing_changes(void **state)
{
    struct fixture *f = *state;
    struct hf_vault_secrets *secrets = NULL;
    struct hf_vault_paths paths;
    struct hf_keyfile keyfile;
    struct hf_keyfile_slot *slot;
    struct hf_buf bytes = {0};
    struct snapshot before;

    assert_int_equal(hf_vault_secrets_new(&secrets, &f->err), HF_OK);
    assert_int_equal(hf_vault_paths_make(f->folder, "case", &paths, &f->err), HF_OK);
    assert_int_equal(hf_vault_unlock(&paths, fixture_passphrase(), &keyfile, secrets, &slot, &f->err), HF_OK);
    keyfile.slots[1] = (struct hf_keyfile_slot){.type = 200, .id = {{8}}, .body_len = 5, .body = "later"};
    keyfile.slot_count = 2;
    hf_keyfile_encode(&keyfile, secrets->data_key, &bytes);
    fixture_write(f, "case.key", bytes.data, bytes.len);
    hf_buf_clear(&bytes);
    hf_secret_free(secrets);
    snapshot_take(f, &before);
    assert_int_equal(rotate(f), HF_ERR_UNSUPPORTED);
    (void)unlink(fixture_path(f, "case.db-wal")); /* empty */
    snapshot_check(f, &before);
    snapshot_free(&before);
}

/* --- damage on the way --- */

static size_t damaged_page;

static void damage_the_copy(enum hf_vault_rotation step)
{
    if (step == HF_VAULT_ROTATION_COPIED)
        fixture_flip(fixture_now, "case.db.new", damaged_page * 4096 + 1234, 1);
}

/* Pages without rows too: nobody would miss them, but a copy that was not read is not verified. */
static void copy_with_any_page_damaged__the_old_key_stays(void **state)
{
    struct fixture *f = *state;
    struct hf_keyfile before, after;
    size_t len;

    read_keyfile(f, &before);
    free(fixture_read(f, "case.db", &len));
    on_step = damage_the_copy;
    for (damaged_page = 0; damaged_page < len / 4096; damaged_page += 7) {
        assert_int_equal(rotate(f), HF_ERR_CORRUPT);
        no_leftovers(f);
    }
    on_step = NULL;
    read_keyfile(f, &after);
    assert_memory_equal(before.mac, after.mac, sizeof(before.mac));
    check_whole(f);
    assert_int_equal(rotate(f), HF_OK);
    check_whole(f);
}

/* --- kill -9 --- */

static void die(enum hf_vault_rotation step)
{
    if (step == step_wanted)
        (void)kill(getpid(), SIGKILL);
}

static void kill_at(struct fixture *f, enum hf_vault_rotation step)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        on_step = die;
        step_wanted = step;
        (void)!rotate(f);
        _exit(1); /* it did not come that far */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

static void killed_at_any_step__opens_whole_and_rotates_again(void **state)
{
    struct fixture *f = *state;

    for (int step = 0; step < HF_VAULT_ROTATION_STEPS; step++) {
        struct hf_keyfile before, after;

        read_keyfile(f, &before);
        kill_at(f, (enum hf_vault_rotation)step);
        read_keyfile(f, &after);
        assert_int_equal(hf_id_equal(&before.db_id, &after.db_id), step < HF_VAULT_ROTATION_KEY_SWAPPED);
        check_whole(f);
        check_whole(f);
        assert_int_equal(rotate(f), HF_OK);
        no_leftovers(f);
        check_whole(f);
    }
}

/* Killed again and again at the same step, without an opening in between. */
static void killed_at_every_try__opens_whole(void **state)
{
    struct fixture *f = *state;

    for (int step = 0; step < HF_VAULT_ROTATION_STEPS; step++) {
        for (int i = 0; i < 3; i++)
            kill_at(f, (enum hf_vault_rotation)step);
        check_whole(f);
    }
}

static void wipe_after_a_rotation_cut_short__leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct snapshot none = {0};

    kill_at(f, HF_VAULT_ROTATION_DRAFTED);
    fixture_write(f, "case.db.new-wal", (const uint8_t *)"x", 1);
    assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
    snapshot_check(f, &none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(rotated__all_rows_are_there_under_another_key),
        TEST(rotated_many_times__all_rows_are_there),
        TEST(commits_still_in_the_log__come_along),
        TEST(recovery_key__opens_after_a_rotation),
        TEST(wrong_passphrase_or_no_vault__nothing_changes),
        TEST(open_elsewhere__busy),
        TEST(while_it_rotates__nobody_else_can_open_it),
        TEST(opened_between_the_renames__its_commit_is_kept),
        TEST(slot_of_a_later_version__unsupported_and_nothing_changes),
        TEST(copy_with_any_page_damaged__the_old_key_stays),
        TEST(killed_at_any_step__opens_whole_and_rotates_again),
        TEST(killed_at_every_try__opens_whole),
        TEST(wipe_after_a_rotation_cut_short__leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
