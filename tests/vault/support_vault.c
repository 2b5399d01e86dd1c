#include "tests/vault/support_vault.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const uint8_t fixture_key[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
const struct hf_id fixture_db_id = {{9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6}};

unsigned fixture_suite = HF_SUITE_XCHACHA20_POLY1305;

unsigned fixture_flags(unsigned flags)
{
    return fixture_suite == HF_SUITE_XAES_256_GCM ? flags | HF_VAULT_HARDWARE_SUITE : flags;
}

int fixture_run_group_twice(const struct CMUnitTest *tests, size_t count, CMFixtureFunction setup,
                            CMFixtureFunction teardown)
{
    int failed;

    fixture_suite = HF_SUITE_XAES_256_GCM;
    failed = _cmocka_run_group_tests("XAES-256-GCM", tests, count, setup, teardown);
    fixture_suite = HF_SUITE_XCHACHA20_POLY1305;
    return failed + _cmocka_run_group_tests("XChaCha20-Poly1305", tests, count, setup, teardown);
}

int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const char *temporary = getenv("TMPDIR");

    if (!f)
        return -1;
    (void)snprintf(f->folder, sizeof(f->folder), "%s/hf-vault-XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(f->folder)) {
        free(f);
        return -1;
    }
    f->kdf = (struct hf_vault_kdf){.memory_bytes = 8192, .passes = 1, .weak_for_tests = true};
    *state = f;
    return 0;
}

typedef void file_visit(const struct fixture *f, const char *name, void *context);

static void each_file(const struct fixture *f, file_visit *visit, void *context)
{
    DIR *folder = opendir(f->folder);
    struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.')
            visit(f, entry->d_name, context);
    }
    closedir(folder);
}

static void remove_one(const struct fixture *f, const char *name, void *context)
{
    (void)context;
    (void)unlink(fixture_path(f, name));
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;

    each_file(f, remove_one, NULL);
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

struct hf_slice fixture_passphrase(void)
{
    return hf_slice_str("invented passphrase for tests");
}

static void expect_ok(const struct fixture *f, enum hf_status status)
{
    if (status != HF_OK)
        fail_msg("%s: %s", hf_status_name(status), f->err.text);
}

struct hf_vault *fixture_create(struct fixture *f)
{
    struct hf_vault *vault = NULL;

    expect_ok(f, hf_vault_create(f->folder, "case", fixture_passphrase(), &f->kdf, &vault, &f->err));
    return vault;
}

struct hf_vault *fixture_open(struct fixture *f)
{
    struct hf_vault *vault = NULL;

    expect_ok(f, hf_vault_open(f->folder, "case", fixture_passphrase(), HF_VAULT_READ_WRITE, &vault, &f->err));
    return vault;
}

enum hf_status fixture_try_raw(struct fixture *f, struct hf_vault **out_vault)
{
    return hf_vault_open_raw(f->folder, "case", &fixture_db_id, fixture_key, fixture_flags(HF_VAULT_READ_WRITE),
                             out_vault, &f->err);
}

struct hf_vault *fixture_open_raw(struct fixture *f)
{
    struct hf_vault *vault = NULL;

    expect_ok(f, hf_vault_open_raw(f->folder, "case", &fixture_db_id, fixture_key, fixture_flags(HF_VAULT_CREATE),
                                   &vault, &f->err));
    return vault;
}

void fixture_exec(struct hf_vault *vault, const char *sql)
{
    int rc = fixture_try(vault, sql);

    if (rc != SQLITE_OK)
        fail_msg("%s: %d %s", sql, rc, sqlite3_errmsg(hf_vault_db(vault)));
}

int fixture_try(struct hf_vault *vault, const char *sql)
{
    return sqlite3_exec(hf_vault_db(vault), sql, NULL, NULL, NULL);
}

int64_t fixture_number(struct hf_vault *vault, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t number;

    assert_int_equal(sqlite3_prepare_v2(hf_vault_db(vault), sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

const char *fixture_path(const struct fixture *f, const char *file)
{
    static char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", f->folder, file);
    return path;
}

bool fixture_has(const struct fixture *f, const char *file)
{
    return access(fixture_path(f, file), F_OK) == 0;
}

uint8_t *fixture_read(const struct fixture *f, const char *file, size_t *out_len)
{
    FILE *stream = fopen(fixture_path(f, file), "rb");
    uint8_t *data;
    long len;

    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    len = ftell(stream);
    assert_true(len >= 0);
    rewind(stream);
    data = malloc((size_t)len + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)len, stream), len);
    fclose(stream);
    *out_len = (size_t)len;
    return data;
}

void fixture_write(const struct fixture *f, const char *file, const uint8_t *data, size_t len)
{
    FILE *stream = fopen(fixture_path(f, file), "wb");

    assert_non_null(stream);
    assert_int_equal(fwrite(data, 1, len, stream), len);
    assert_int_equal(fclose(stream), 0);
}

void fixture_flip(const struct fixture *f, const char *file, size_t at, uint8_t mask)
{
    FILE *stream = fopen(fixture_path(f, file), "r+b");
    int byte;

    assert_non_null(stream);
    assert_int_equal(fseek(stream, (long)at, SEEK_SET), 0);
    byte = fgetc(stream);
    assert_true(byte >= 0);
    assert_int_equal(fseek(stream, (long)at, SEEK_SET), 0);
    assert_true(fputc(byte ^ mask, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static void take_one(const struct fixture *f, const char *name, void *context)
{
    struct snapshot *snapshot = context;

    assert_true(snapshot->count < FIXTURE_FILES_MAX);
    (void)snprintf(snapshot->files[snapshot->count].name, sizeof(snapshot->files[0].name), "%s", name);
    snapshot->files[snapshot->count].data = fixture_read(f, name, &snapshot->files[snapshot->count].len);
    snapshot->count++;
}

void snapshot_take(const struct fixture *f, struct snapshot *out)
{
    memset(out, 0, sizeof(*out));
    each_file(f, take_one, out);
}

static void count_one(const struct fixture *f, const char *name, void *context)
{
    (void)f;
    (void)name;
    (*(size_t *)context)++;
}

void snapshot_check(const struct fixture *f, const struct snapshot *snapshot)
{
    size_t count = 0;

    each_file(f, count_one, &count);
    assert_int_equal(count, snapshot->count);
    for (size_t i = 0; i < snapshot->count; i++) {
        size_t len;
        uint8_t *data = fixture_read(f, snapshot->files[i].name, &len);
        bool is_same = len == snapshot->files[i].len && memcmp(data, snapshot->files[i].data, len) == 0;

        free(data);
        if (!is_same)
            fail_msg("%s changed", snapshot->files[i].name);
    }
}

void snapshot_restore(const struct fixture *f, const struct snapshot *snapshot)
{
    each_file(f, remove_one, NULL);
    for (size_t i = 0; i < snapshot->count; i++)
        fixture_write(f, snapshot->files[i].name, snapshot->files[i].data, snapshot->files[i].len);
}

void snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++)
        free(snapshot->files[i].data);
    snapshot->count = 0;
}

uint64_t test_random(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
