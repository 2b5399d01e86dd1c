/* Memory that runs out at the 1st, 2nd, 3rd … allocation of making, opening, changing and saving: the status says so,
 * what was there before is there after, and asking again goes through. Leaks are the sanitizer's to find.
 *
 * This program is linked so that malloc, calloc, realloc and sodium_malloc of the library come through here
 * (cmake/tests.cmake); SQLite and libcrypto are handed the same failing allocators by their own doors. */
#include "tests/replica/support_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALLOCATIONS_MAX 20000

/* --- allocators that fail when told --- */

static struct hf_error err;
static bool is_armed, stays, has_failed;
static long left; /* allocations that still succeed */

static bool fails(void)
{
    if (!is_armed || left-- > 0)
        return false;
    if (has_failed && !stays)
        return false;
    has_failed = true;
    return true;
}

void *__real_malloc(size_t len);
void *__real_calloc(size_t count, size_t len);
void *__real_realloc(void *old, size_t len);
void *__real_sodium_malloc(size_t len);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t count, size_t len);
void *__wrap_realloc(void *old, size_t len);
void *__wrap_sodium_malloc(size_t len);

void *__wrap_malloc(size_t len)
{
    return fails() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t count, size_t len)
{
    return fails() ? NULL : __real_calloc(count, len);
}

void *__wrap_realloc(void *old, size_t len)
{
    return fails() ? NULL : __real_realloc(old, len);
}

void *__wrap_sodium_malloc(size_t len)
{
    return fails() ? NULL : __real_sodium_malloc(len);
}

static sqlite3_mem_methods sqlite;

static void *sqlite_malloc(int len)
{
    return fails() ? NULL : sqlite.xMalloc(len);
}

static void *sqlite_realloc(void *old, int len)
{
    return fails() ? NULL : sqlite.xRealloc(old, len);
}

/* Of libcrypto (openssl/crypto.h): before its first allocation only. */
int CRYPTO_set_mem_functions(void *(*take)(size_t len, const char *file, int line),
                             void *(*resize)(void *old, size_t len, const char *file, int line),
                             void (*give)(void *memory, const char *file, int line));

static void *crypto_malloc(size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : __real_malloc(len);
}

static void *crypto_realloc(void *old, size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : __real_realloc(old, len);
}

static void crypto_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

static void install(void)
{
    sqlite3_mem_methods methods;
    assert_int_equal(CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free), 1);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite), SQLITE_OK);
    methods = sqlite;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
}

/* --- the loop --- */

struct act {
    void *ctx;
    enum hf_status (*run)(void *ctx); /* with allocators that fail */
    void (*check)(void *ctx, enum hf_status status);
};

static enum hf_status run_armed(const struct act *act, long nth, bool and_all_after)
{
    left = nth;
    stays = and_all_after;
    has_failed = false;
    is_armed = true;
    const enum hf_status status = act->run(act->ctx);
    is_armed = false;
    return status;
}

/* Until it gets through without having met a failure. How many times it was refused. */
static size_t fail_each(const struct act *act, bool and_all_after)
{
    size_t refused = 0;
    for (long nth = 0; nth < ALLOCATIONS_MAX; nth++) {
        const enum hf_status status = run_armed(act, nth, and_all_after);
        if (status != HF_OK && status != HF_ERR_NOMEM)
            fail_msg("allocation %ld: %s: %s", nth, hf_status_name(status), err.text);
        if (!has_failed)
            assert_int_equal(status, HF_OK);
        act->check(act->ctx, status);
        refused += status == HF_ERR_NOMEM;
        if (!has_failed)
            return refused;
    }
    fail_msg("it does not get through");
    return 0;
}

static void fail_both_ways(const struct act *act)
{
    assert_true(fail_each(act, false) > 0);
    assert_true(fail_each(act, true) > 0);
}

/* --- the vault with a key file --- */

struct folder {
    char path[128];
    struct hf_vault *vault;
};

#define PASS     hf_slice_str("invented passphrase for tests")
#define NEW_PASS hf_slice_str("another invented passphrase")

static const struct hf_vault_kdf kdf = {.memory_bytes = 8192, .passes = 1, .weak_for_tests = true};

static int folder_setup(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    const char *temporary = getenv("TMPDIR");
    assert_non_null(folder);
    (void)snprintf(folder->path, sizeof folder->path, "%s/hf-replica-XXXXXX", temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(folder->path));
    *state = folder;
    return 0;
}

static int folder_teardown(void **state)
{
    struct folder *folder = *state;
    assert_int_equal(hf_vault_wipe(folder->path, "case", NULL), HF_OK);
    assert_int_equal(rmdir(folder->path), 0); /* nothing else was left */
    free(folder);
    return 0;
}

static enum hf_status make_vault(void *ctx)
{
    struct folder *folder = ctx;
    return hf_vault_create(folder->path, "case", PASS, &kdf, &folder->vault, &err);
}

static enum hf_status open_vault(void *ctx)
{
    struct folder *folder = ctx;
    return hf_vault_open(folder->path, "case", PASS, 0, &folder->vault, &err);
}

static void close_vault(struct folder *folder)
{
    assert_int_equal(hf_vault_close(folder->vault), HF_OK);
    folder->vault = NULL;
}

static void check_made(void *ctx, enum hf_status status)
{
    struct folder *folder = ctx;
    if (status != HF_OK) {
        assert_null(folder->vault);
        assert_int_equal(open_vault(folder), HF_ERR_NOT_FOUND);
        return;
    }
    close_vault(folder);
    assert_int_equal(hf_vault_wipe(folder->path, "case", NULL), HF_OK);
}

static void make_filled(struct folder *folder)
{
    assert_int_equal(make_vault(folder), HF_OK);
    assert_int_equal(sqlite3_exec(hf_vault_db(folder->vault),
                                  "CREATE TABLE visit(n); INSERT INTO visit VALUES('an invented visit')", NULL, NULL,
                                  NULL),
                     SQLITE_OK);
    close_vault(folder);
}

static void assert_filled(struct folder *folder)
{
    assert_int_equal(sqlite3_exec(hf_vault_db(folder->vault),
                                  "SELECT abs(CASE count(*) WHEN 1 THEN 1 ELSE -9223372036854775808 END) FROM visit",
                                  NULL, NULL, NULL),
                     SQLITE_OK); /* abs() of the smallest integer is an error */
    close_vault(folder);
}

static void check_opened(void *ctx, enum hf_status status)
{
    struct folder *folder = ctx;
    if (status != HF_OK)
        assert_int_equal(open_vault(folder), HF_OK);
    assert_filled(folder);
}

static void making_a_vault__leaves_nothing_when_memory_runs_out(void **state)
{
    fail_both_ways(&(struct act){*state, make_vault, check_made});
}

static void opening_a_vault__can_be_asked_again(void **state)
{
    make_filled(*state);
    fail_both_ways(&(struct act){*state, open_vault, check_opened});
}

static enum hf_status change_passphrase(void *ctx)
{
    struct folder *folder = ctx;
    return hf_vault_change_passphrase(folder->path, "case", PASS, NEW_PASS, &err);
}

static enum hf_status rotate(void *ctx)
{
    struct folder *folder = ctx;
    return hf_vault_rotate(folder->path, "case", PASS, NULL, &err);
}

static void check_changed(void *ctx, enum hf_status status)
{
    struct folder *folder = ctx;
    if (status == HF_OK)
        assert_int_equal(hf_vault_change_passphrase(folder->path, "case", NEW_PASS, PASS, NULL), HF_OK);
    assert_int_equal(open_vault(folder), HF_OK);
    assert_filled(folder);
}

static void check_rotated(void *ctx, enum hf_status status)
{
    (void)status;
    assert_int_equal(open_vault(ctx), HF_OK);
    assert_filled(ctx);
}

static void a_new_passphrase__is_in_force_or_the_old_one_is(void **state)
{
    make_filled(*state);
    fail_both_ways(&(struct act){*state, change_passphrase, check_changed});
}

static void a_new_data_key__is_in_force_or_the_old_one_is(void **state)
{
    make_filled(*state);
    fail_both_ways(&(struct act){*state, rotate, check_rotated});
}

/* --- the replica --- */

struct world {
    struct server *server;
    struct device *device;
    struct hf_id case_id, record_id;
    struct hf_replica_counts before;
    int saved;
};

static int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->server = server_new();
    world->device = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    world->case_id = device_case(world->device, "C-17");
    world->record_id = device_id(world->device);
    (void)device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT,
                      text_value("Call the school (invented)"));
    world->before = device_counts(world->device);
    *state = world;
    return 0;
}

static int world_teardown(void **state)
{
    struct world *world = *state;
    device_free(world->device);
    server_free(world->server);
    free(world);
    return 0;
}

static enum hf_status open_replica(void *ctx)
{
    struct device *device = ((struct world *)ctx)->device;
    return hf_replica_open(device->vault, &device->replica, &err);
}

static void check_replica(void *ctx, enum hf_status status)
{
    struct world *world = ctx;
    if (status != HF_OK) {
        assert_null(world->device->replica);
        assert_int_equal(open_replica(world), HF_OK);
    }
    assert_string_equal(device_text(world->device, &world->record_id, ACTION_TEXT), "Call the school (invented)");
    hf_replica_close(world->device->replica);
    world->device->replica = NULL;
}

static void opening_a_replica__can_be_asked_again(void **state)
{
    struct world *world = *state;
    hf_replica_close(world->device->replica);
    world->device->replica = NULL;
    fail_both_ways(&(struct act){world, open_replica, check_replica});
    assert_int_equal(open_replica(world), HF_OK);
}

static enum hf_status save(void *ctx)
{
    struct world *world = ctx;
    struct hf_id change_id;
    char words[40];
    (void)snprintf(words, sizeof words, "Words %d (invented)", world->saved + 1);
    const enum hf_status status = device_try_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION,
                                                  ACTION_TEXT, text_value(words), false, &change_id);
    err = world->device->err;
    return status;
}

/* All of a save or nothing of it: in the counts, the words, and the chain, which is checked when a replica opens. */
static void check_saved(void *ctx, enum hf_status status)
{
    struct world *world = ctx;
    char words[40] = "Call the school (invented)";
    world->saved += status == HF_OK;
    if (world->saved > 0)
        (void)snprintf(words, sizeof words, "Words %d (invented)", world->saved);
    assert_string_equal(device_text(world->device, &world->record_id, ACTION_TEXT), words);
    assert_int_equal(device_counts(world->device).saved_here, world->before.saved_here + (uint64_t)world->saved);
    if (status != HF_OK)
        return;
    device_reopen(world->device);
    assert_string_equal(device_text(world->device, &world->record_id, ACTION_TEXT), words);
}

static void saving__is_whole_or_nothing(void **state)
{
    struct world *world = *state;
    fail_both_ways(&(struct act){world, save, check_saved});
    device_reopen(world->device);
    check_saved(world, HF_ERR_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(making_a_vault__leaves_nothing_when_memory_runs_out, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(opening_a_vault__can_be_asked_again, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_new_passphrase__is_in_force_or_the_old_one_is, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_new_data_key__is_in_force_or_the_old_one_is, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(opening_a_replica__can_be_asked_again, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(saving__is_whole_or_nothing, world_setup, world_teardown),
    };
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm",
                     0); /* thousands of vaults are made: not on a disk that has to be waited for */
    install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
