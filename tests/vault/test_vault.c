/* A vault as its users see it: create, write, close, open again; who is refused and that nothing changes then; what the
 * folder shows. */
#include "tests/vault/support_vault.h"

#include "core/vault/vault_internal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET_TEXT "Invented-name-that-must-not-leak"

static enum hf_status try_open(struct fixture *f, const char *passphrase)
{
    struct hf_vault *vault = NULL;
    enum hf_status status =
        hf_vault_open(f->folder, "case", hf_slice_str(passphrase), HF_VAULT_READ_WRITE, &vault, &f->err);

    if (status == HF_OK)
        (void)hf_vault_close(vault);
    return status;
}

static enum hf_status try_open_right(struct fixture *f)
{
    return try_open(f, (const char *)fixture_passphrase().data);
}

static void create_closed(struct fixture *f)
{
    struct hf_vault *vault = fixture_create(f);

    fixture_exec(vault, "CREATE TABLE visit(id INTEGER PRIMARY KEY, note TEXT)");
    fixture_exec(vault, "INSERT INTO visit(note) VALUES('" SECRET_TEXT "')");
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

/* --- round trip ----------------------------------------------------------------------------------------------------
 */

static void create_write_close_open__rows_are_there(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault;

    create_closed(f);
    vault = fixture_open(f);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM visit WHERE note='" SECRET_TEXT "'"), 1);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"),
                     1);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

static void every_setting__is_in_force(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_create(f);

    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"), 1);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM pragma_locking_mode WHERE locking_mode='exclusive'"),
                     1);
    assert_int_equal(fixture_number(vault, "SELECT synchronous FROM pragma_synchronous"), 2);
    assert_int_equal(fixture_number(vault, "SELECT temp_store FROM pragma_temp_store"), 2);
    assert_int_equal(fixture_number(vault, "SELECT page_size FROM pragma_page_size"), 4096);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

static void create_twice__exists_and_nothing_changes(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = NULL;
    struct snapshot before;

    create_closed(f);
    snapshot_take(f, &before);
    assert_int_equal(hf_vault_create(f->folder, "case", fixture_passphrase(), &f->kdf, &vault, &f->err), HF_ERR_EXISTS);
    snapshot_check(f, &before);
    snapshot_free(&before);
    assert_int_equal(try_open_right(f), HF_OK);
}

static void create_beside_somebodys_database__exists_and_nothing_changes(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = NULL;
    struct snapshot before;

    fixture_write(f, "case.db", (const uint8_t *)"somebody's", 10);
    snapshot_take(f, &before);
    assert_int_equal(hf_vault_create(f->folder, "case", fixture_passphrase(), &f->kdf, &vault, &f->err), HF_ERR_EXISTS);
    snapshot_check(f, &before);
    snapshot_free(&before);
}

/* The key file as it stood before the last rename of a creation or a new passphrase. */
static void turn_key_into_draft(struct fixture *f)
{
    size_t len;
    uint8_t *key = fixture_read(f, "case.key", &len);

    fixture_write(f, "case.key.new", key, len);
    free(key);
    assert_int_equal(unlink(fixture_path(f, "case.key")), 0);
}

/* Power failed before the key file was in place: there was no vault yet. */
static void create_after_one_that_was_cut_short__starts_afresh(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(hf_vault_close(fixture_create(f)), HF_OK);
    turn_key_into_draft(f);
    assert_int_equal(try_open_right(f), HF_ERR_NOT_FOUND);
    create_closed(f);
    assert_int_equal(try_open_right(f), HF_OK);
    assert_false(fixture_has(f, "case.key.new"));
}

static void rename_in(struct fixture *f, const char *from, const char *to)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s", fixture_path(f, from));
    assert_int_equal(rename(path, fixture_path(f, to)), 0);
}

/* Somebody lost the key file, and an old draft is about: it may be what saves the database. */
static void create_over_a_used_database_without_its_key__exists(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = NULL;
    size_t len, len_before;
    uint8_t *data;

    create_closed(f);
    free(fixture_read(f, "case.db", &len_before));
    turn_key_into_draft(f);
    assert_int_equal(hf_vault_create(f->folder, "case", fixture_passphrase(), &f->kdf, &vault, &f->err), HF_ERR_EXISTS);
    data = fixture_read(f, "case.db", &len);
    assert_int_equal(len, len_before);
    assert_true(fixture_has(f, "case.secret"));
    free(data);
    rename_in(f, "case.key.new", "case.key");
    assert_int_equal(try_open_right(f), HF_OK);
}

static void create_where_it_cannot_be_written__leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = NULL;
    struct hf_vault_kdf weak_cost = {.memory_bytes = 1 << 20, .passes = 3};
    char folder[400];

    (void)snprintf(folder, sizeof(folder), "%s/inner", f->folder);
    assert_int_equal(hf_vault_create(folder, "bad/name", fixture_passphrase(), &f->kdf, &vault, &f->err),
                     HF_ERR_INVALID);
    assert_int_equal(access(folder, F_OK), -1);
    assert_int_equal(hf_vault_create(folder, "case", fixture_passphrase(), &weak_cost, &vault, &f->err),
                     HF_ERR_INVALID);
    assert_int_equal(hf_vault_create(folder, "case", hf_slice_str(""), &f->kdf, &vault, &f->err), HF_ERR_INVALID);
    assert_int_equal(access(folder, F_OK), -1);
    assert_null(vault);
}

static void files__are_private(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"case.db", "case.db-wal", "case.key", "case.secret"};
    struct hf_vault *vault = fixture_create(f);
    struct stat info;

    fixture_exec(vault, "CREATE TABLE t(v)");
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(stat(fixture_path(f, names[i]), &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
    }
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

/* --- who is refused -------------------------------------------------------------------------------------------------
 */

static void wrong_passphrase__auth_and_nothing_changes(void **state)
{
    struct fixture *f = *state;
    struct snapshot before;

    create_closed(f);
    snapshot_take(f, &before);
    assert_int_equal(try_open(f, "another passphrase"), HF_ERR_AUTH);
    assert_non_null(strstr(f->err.text, "passphrase"));
    assert_int_equal(hf_vault_check_passphrase(f->folder, "case", hf_slice_str("no"), &f->err), HF_ERR_AUTH);
    assert_int_equal(hf_vault_check_passphrase(f->folder, "case", fixture_passphrase(), &f->err), HF_OK);
    snapshot_check(f, &before);
    snapshot_free(&before);
}

static void no_vault_there__not_found(void **state)
{
    struct fixture *f = *state;
    struct snapshot before;

    snapshot_take(f, &before);
    assert_int_equal(try_open_right(f), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_vault_change_passphrase(f->folder, "case", fixture_passphrase(), hf_slice_str("b"), &f->err),
                     HF_ERR_NOT_FOUND);
    snapshot_check(f, &before);
    snapshot_free(&before);
}

static void device_secret_gone_or_anothers__auth(void **state)
{
    struct fixture *f = *state;
    size_t len;
    uint8_t *secret;

    create_closed(f);
    secret = fixture_read(f, "case.secret", &len);
    assert_int_equal(unlink(fixture_path(f, "case.secret")), 0);
    assert_int_equal(try_open_right(f), HF_ERR_AUTH);
    secret[10] ^= 1;
    fixture_write(f, "case.secret", secret, len);
    assert_int_equal(try_open_right(f), HF_ERR_CORRUPT);
    secret[10] ^= 1;
    fixture_write(f, "case.secret", secret, len);
    assert_int_equal(try_open_right(f), HF_OK);
    free(secret);
}

static void each_file_damaged__corrupt_and_nothing_changes(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"case.db", "case.key", "case.secret"};
    struct snapshot good, damaged;

    create_closed(f);
    snapshot_take(f, &good);
    for (size_t i = 0; i < 3; i++) {
        fixture_flip(f, names[i], 20, 4);
        snapshot_take(f, &damaged);
        assert_int_equal(try_open_right(f), HF_ERR_CORRUPT);
        snapshot_check(f, &damaged);
        snapshot_free(&damaged);
        snapshot_restore(f, &good);
    }
    assert_int_equal(try_open_right(f), HF_OK);
    snapshot_free(&good);
}

/* Somebody adds a slot and puts the checksum right, but cannot know the data key. */
static void slot_added_by_a_stranger__corrupt(void **state)
{
    struct fixture *f = *state;
    struct hf_buf file;
    struct hf_slice parts[2] = {hf_slice_str("hf vault key file checksum v1")};
    uint8_t checksum[16];
    uint8_t *data;
    size_t len;

    create_closed(f);
    data = fixture_read(f, "case.key", &len);
    data[7]++; /* number of slots */
    hf_buf_init(&file, 0);
    hf_buf_append(&file, data, len - 48);
    hf_buf_append(&file, "\xc8\0\0\0strange slot id!", 20);
    hf_buf_append(&file, data + len - 48, 32);
    parts[1] = hf_buf_slice(&file);
    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, checksum, 16);
    hf_buf_append(&file, checksum, 16);
    fixture_write(f, "case.key", file.data, file.len);
    assert_int_equal(try_open_right(f), HF_ERR_CORRUPT);
    assert_non_null(strstr(f->err.text, "changed by something other"));
    hf_buf_clear(&file);
    free(data);
}

/* SQLite would take an empty main file for a new database and throw the WAL away. */
static void main_file_emptied_or_gone__corrupt_and_the_wal_stays(void **state)
{
    struct fixture *f = *state;
    struct snapshot before;

    create_closed(f);
    fixture_write(f, "case.db-wal", (const uint8_t *)"what is left of a log", 21);
    fixture_write(f, "case.db", (const uint8_t *)"", 0);
    snapshot_take(f, &before);
    assert_int_equal(try_open_right(f), HF_ERR_CORRUPT);
    snapshot_check(f, &before);
    snapshot_free(&before);
    assert_int_equal(unlink(fixture_path(f, "case.db")), 0);
    assert_int_equal(try_open_right(f), HF_ERR_CORRUPT);
    assert_true(fixture_has(f, "case.db-wal"));
}

static void second_open_in_this_process__busy(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_create(f);

    assert_int_equal(try_open_right(f), HF_ERR_BUSY);
    fixture_exec(vault, "CREATE TABLE t(v)");
    assert_int_equal(try_open_right(f), HF_ERR_BUSY);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    assert_int_equal(try_open_right(f), HF_OK);
}

static void second_process__busy_and_the_first_goes_on(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_create(f);
    int status;
    pid_t pid;

    fixture_exec(vault, "CREATE TABLE t(v)");
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) { /* a new program would start SQLite afresh; its locks are seen all the same */
        char *const arguments[] = {"self", "open", f->folder, NULL};

        execv("/proc/self/exe", arguments);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), HF_ERR_BUSY);
    fixture_exec(vault, "INSERT INTO t VALUES(1)");
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

static void read_only__reads_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = NULL;
    struct snapshot before;

    create_closed(f);
    snapshot_take(f, &before);
    assert_int_equal(hf_vault_open(f->folder, "case", fixture_passphrase(), HF_VAULT_READ_ONLY, &vault, &f->err),
                     HF_OK);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM visit"), 1);
    assert_int_equal(hf_vault_status(vault, fixture_try(vault, "DELETE FROM visit"), &f->err), HF_ERR_DENIED);
    fixture_exec(vault, "PRAGMA query_only=OFF"); /* even then */
    assert_int_equal(hf_vault_status(vault, fixture_try(vault, "DELETE FROM visit"), &f->err), HF_ERR_DENIED);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    snapshot_check(f, &before);
    snapshot_free(&before);
}

static void raw_open_without_create__not_found(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = NULL;

    assert_int_equal(fixture_try_raw(f, &vault), HF_ERR_NOT_FOUND);
    vault = fixture_open_raw(f);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    assert_int_equal(fixture_try_raw(f, &vault), HF_OK);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

/* --- what a connection may not do
 * ------------------------------------------------------------------------------------- */

static void attach_extensions_and_settings__denied(void **state)
{
    static const char *const denied[] = {
        "ATTACH ':memory:' AS other", "ATTACH '/tmp/other.db' AS other", "SELECT load_extension('x')",
        "PRAGMA journal_mode=DELETE", "PRAGMA locking_mode=NORMAL",      "PRAGMA synchronous=OFF",
        "PRAGMA temp_store=FILE",     "PRAGMA secure_delete=OFF",        "PRAGMA mmap_size=1000000",
        "PRAGMA writable_schema=ON",  "PRAGMA trusted_schema=ON",        "VACUUM INTO '/tmp/other.db'",
    };
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_create(f);

    for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
        if (fixture_try(vault, denied[i]) == SQLITE_OK)
            fail_msg("%s", denied[i]);
    }
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

static void file_uri_name__is_no_uri(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = NULL;

    assert_int_equal(chdir(f->folder), 0);
    assert_int_equal(mkdir("file:x", 0700), 0);
    assert_int_equal(hf_vault_open_raw("file:x", "case", &fixture_db_id, fixture_key, HF_VAULT_CREATE, &vault, &f->err),
                     HF_OK);
    assert_int_equal(access("file:x/case.db", F_OK), 0);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    assert_int_equal(hf_vault_wipe("file:x", "case", &f->err), HF_OK);
    assert_int_equal(rmdir("file:x"), 0);
    assert_int_equal(chdir("/"), 0);
}

/* Whatever SQLite or an attacker's SQL may ask for: the VFS opens this vault's two files and removes its WAL only. */
static void files_of_other_kinds__are_refused_by_the_vfs(void **state)
{
    static const int kinds[] = {SQLITE_OPEN_MAIN_JOURNAL,  SQLITE_OPEN_TEMP_JOURNAL, SQLITE_OPEN_SUBJOURNAL,
                                SQLITE_OPEN_SUPER_JOURNAL, SQLITE_OPEN_TEMP_DB,      SQLITE_OPEN_TRANSIENT_DB,
                                SQLITE_OPEN_MAIN_DB};
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_create(f);
    sqlite3_vfs *vfs = NULL;
    const char *journal = fixture_path(f, "case.db-journal");

    assert_int_equal(sqlite3_file_control(hf_vault_db(vault), "main", SQLITE_FCNTL_VFS_POINTER, &vfs), SQLITE_OK);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
        int flags = kinds[i] | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

        assert_int_equal(vfs->xOpen(vfs, journal, file, flags, NULL), SQLITE_CANTOPEN);
        assert_int_equal(vfs->xOpen(vfs, NULL, file, flags, NULL), SQLITE_CANTOPEN);
        free(file);
    }
    assert_false(fixture_has(f, "case.db-journal"));
    assert_int_not_equal(vfs->xDelete(vfs, fixture_path(f, "case.key"), 0), SQLITE_OK);
    assert_true(fixture_has(f, "case.key"));
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

static bool only_known_files(const struct fixture *f)
{
    static const char *const known[] = {"case.db", "case.db-wal", "case.key", "case.secret"};
    DIR *folder = opendir(f->folder);
    struct dirent *entry;
    bool is_fine = folder != NULL;

    while (folder && (entry = readdir(folder)) != NULL) {
        bool is_known = entry->d_name[0] == '.';

        for (size_t i = 0; i < 4; i++)
            is_known = is_known || strcmp(entry->d_name, known[i]) == 0;
        is_fine = is_fine && is_known;
    }
    if (folder)
        closedir(folder);
    return is_fine;
}

static bool contains(const struct fixture *f, const char *file, const char *text)
{
    size_t len;
    size_t text_len = strlen(text);
    uint8_t *data = fixture_read(f, file, &len);
    bool found = false;

    for (size_t i = 0; !found && i + text_len <= len; i++)
        found = memcmp(data + i, text, text_len) == 0;
    free(data);
    return found;
}

/* Sorting, a spilling transaction, savepoints and a big index: everything that makes SQLite write elsewhere. */
static void heavy_work__no_other_file_and_no_plaintext(void **state)
{
    static const char *const files[] = {"case.db", "case.db-wal", "case.key", "case.secret"};
    static const char *const texts[] = {SECRET_TEXT, "SQLite format 3", "CREATE TABLE", "invented passphrase"};
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_create(f);

    fixture_exec(vault, "PRAGMA cache_size=10; CREATE TABLE visit(id INTEGER PRIMARY KEY, note TEXT); BEGIN");
    fixture_exec(vault, "INSERT INTO visit(note) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n "
                        "WHERE i<3000) SELECT '" SECRET_TEXT "' || (i*7919 % 3001) FROM n");
    fixture_exec(vault, "SAVEPOINT a; UPDATE visit SET note=note||'x'; ROLLBACK TO a; RELEASE a");
    fixture_exec(vault, "CREATE INDEX by_note ON visit(note); CREATE TEMP TABLE scratch AS SELECT * FROM visit");
    fixture_exec(vault, "SELECT count(*) FROM (SELECT DISTINCT note FROM visit ORDER BY note||id)");
    assert_true(only_known_files(f));
    fixture_exec(vault, "COMMIT");
    assert_true(only_known_files(f));
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++)
            assert_false(contains(f, files[i], texts[j]));
    }
    assert_int_equal(hf_vault_close(vault), HF_OK);
    assert_false(fixture_has(f, "case.db-wal"));
    for (size_t j = 0; j < 4; j++)
        assert_false(contains(f, "case.db", texts[j]));
}

/* A journal that somebody lays beside the database would be rolled back into it. */
static void foreign_journal__is_ignored_and_left(void **state)
{
    struct fixture *f = *state;
    uint8_t journal[1024] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

    create_closed(f);
    fixture_write(f, "case.db-journal", journal, sizeof(journal));
    assert_int_equal(try_open_right(f), HF_OK);
    assert_true(fixture_has(f, "case.db-journal"));
}

static void backup_into_another_vault__has_the_rows(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *from = fixture_create(f);
    struct hf_vault *to = NULL;
    struct hf_id id = {{77}};
    sqlite3_backup *backup;

    fixture_exec(from, "CREATE TABLE visit(note); INSERT INTO visit VALUES('" SECRET_TEXT "')");
    assert_int_equal(hf_vault_open_raw(f->folder, "copy", &id, fixture_key, HF_VAULT_CREATE, &to, &f->err), HF_OK);
    backup = sqlite3_backup_init(hf_vault_db(to), "main", hf_vault_db(from), "main");
    assert_non_null(backup);
    assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    assert_int_equal(sqlite3_backup_finish(backup), SQLITE_OK);
    assert_int_equal(fixture_number(to, "SELECT count(*) FROM visit"), 1);
    assert_int_equal(hf_vault_close(to), HF_OK);
    assert_int_equal(hf_vault_close(from), HF_OK);
}

/* --- passphrase and end
 * ------------------------------------------------------------------------------------------------ */

static void change_passphrase__only_the_new_one_opens(void **state)
{
    struct fixture *f = *state;
    struct snapshot before;

    create_closed(f);
    snapshot_take(f, &before);
    assert_int_equal(hf_vault_change_passphrase(f->folder, "case", hf_slice_str("wrong"), hf_slice_str("b"), &f->err),
                     HF_ERR_AUTH);
    assert_int_equal(unlink(fixture_path(f, "case.tries")), 0); /* counting is all it does */
    snapshot_check(f, &before);
    snapshot_free(&before);
    assert_int_equal(
        hf_vault_change_passphrase(f->folder, "case", fixture_passphrase(), hf_slice_str("new one"), &f->err), HF_OK);
    assert_int_equal(try_open_right(f), HF_ERR_AUTH);
    assert_int_equal(try_open(f, "new one"), HF_OK);
    assert_false(fixture_has(f, "case.key.new"));
}

static void change_passphrase_while_open__works(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_create(f);

    fixture_exec(vault, "CREATE TABLE t(v)");
    assert_int_equal(hf_vault_change_passphrase(f->folder, "case", fixture_passphrase(), hf_slice_str("b"), &f->err),
                     HF_OK);
    fixture_exec(vault, "INSERT INTO t VALUES(1)");
    assert_int_equal(try_open(f, "b"), HF_ERR_BUSY); /* the lock is still held */
    assert_int_equal(hf_vault_close(vault), HF_OK);
    assert_int_equal(try_open(f, "b"), HF_OK);
}

static void wipe__nothing_is_left(void **state)
{
    struct fixture *f = *state;
    struct snapshot after;

    create_closed(f);
    assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
    snapshot_take(f, &after);
    assert_int_equal(after.count, 0);
    snapshot_free(&after);
    assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
    assert_int_equal(try_open_right(f), HF_ERR_NOT_FOUND);
}

/* Started again by second_process__busy_and_the_first_goes_on. */
static int be_the_second_process(const char *folder)
{
    struct fixture f = {0};

    (void)snprintf(f.folder, sizeof(f.folder), "%s", folder);
    return (int)try_open_right(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(create_write_close_open__rows_are_there),
        TEST(every_setting__is_in_force),
        TEST(create_twice__exists_and_nothing_changes),
        TEST(create_beside_somebodys_database__exists_and_nothing_changes),
        TEST(create_after_one_that_was_cut_short__starts_afresh),
        TEST(create_over_a_used_database_without_its_key__exists),
        TEST(create_where_it_cannot_be_written__leaves_nothing),
        TEST(files__are_private),
        TEST(wrong_passphrase__auth_and_nothing_changes),
        TEST(no_vault_there__not_found),
        TEST(device_secret_gone_or_anothers__auth),
        TEST(each_file_damaged__corrupt_and_nothing_changes),
        TEST(slot_added_by_a_stranger__corrupt),
        TEST(main_file_emptied_or_gone__corrupt_and_the_wal_stays),
        TEST(second_open_in_this_process__busy),
        TEST(second_process__busy_and_the_first_goes_on),
        TEST(read_only__reads_and_changes_nothing),
        TEST(raw_open_without_create__not_found),
        TEST(attach_extensions_and_settings__denied),
        TEST(file_uri_name__is_no_uri),
        TEST(files_of_other_kinds__are_refused_by_the_vfs),
        TEST(heavy_work__no_other_file_and_no_plaintext),
        TEST(foreign_journal__is_ignored_and_left),
        TEST(backup_into_another_vault__has_the_rows),
        TEST(change_passphrase__only_the_new_one_opens),
        TEST(change_passphrase_while_open__works),
        TEST(wipe__nothing_is_left),
    };

    if (argc == 3 && strcmp(argv[1], "open") == 0)
        return be_the_second_process(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
