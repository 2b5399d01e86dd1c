/* The connection: SQLite's settings, opening over the shim, closing. */
#include "core/base/assert.h"
#include "core/vault/ahead.h"
#include "core/vault/memory.h"
#include "core/vault/vault_internal.h"
#include "core/vault/vfs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define CACHE_BUFFER_BYTES   (HF_VAULT_PAGE_BYTES + 320) /* SQLite's own header of a cached page comes behind it */
#define CACHE_PAGES_MAX      2048                        /* page buffers, shared by the vaults of a process: 9 MB */
#define CACHE_PAGES_MIN      1024
#define CACHE_PAGES_FEW      800
#define LOCKED_FOR_KEYS      (1024u * 1024u) /* of what a process may lock, left for keys */
#define ATTACHED_MAX         0
#define STRING_OF(x)         #x
#define TEXT_OF(x)           STRING_OF(x)
#define EXPRESSION_DEPTH_MAX 100

struct hf_vault {
    sqlite3 *db;
    struct hf_vault_shim *shim;
    bool is_read_only;
};

/* --- process-wide ----------------------------------------------------------------------------------------------------
 */

static pthread_once_t started = PTHREAD_ONCE_INIT;
static enum hf_status start_status;

static bool few_pages; /* set before the first vault opens */

void hf_vault_few_pages(void)
{
    few_pages = true;
}

/* As many as may be locked: Debian lets a process lock 8 MB. Pages beyond them are in ordinary memory. */
static int cache_pages(void)
{
    struct rlimit limit;
    size_t pages = CACHE_PAGES_MAX;

    if (few_pages)
        return CACHE_PAGES_FEW;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        pages = limit.rlim_cur > LOCKED_FOR_KEYS ? (limit.rlim_cur - LOCKED_FOR_KEYS) / CACHE_BUFFER_BYTES : 0;
        pages = pages > CACHE_PAGES_MAX ? CACHE_PAGES_MAX : pages < CACHE_PAGES_MIN ? CACHE_PAGES_MIN : pages;
    }
    return (int)pages;
}

/* Both settings are refused when the program has used SQLite before; then pages live in ordinary memory, and
 * temp_store=MEMORY alone keeps statement journals off the disk. */
static void start(void)
{
    start_status = hf_crypto_init(true);
    if (start_status != HF_OK)
        return;
    if (sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1) == SQLITE_OK)
        (void)hf_vault_memory_begin((size_t)cache_pages(), CACHE_BUFFER_BYTES);
    start_status = sqlite3_initialize() == SQLITE_OK ? HF_OK : HF_ERR_STATE;
}

enum hf_status hf_vault_start(struct hf_error *err)
{
    (void)pthread_once(&started, start);
    if (start_status != HF_OK)
        return hf_error_set(err, start_status, "Holdfast could not start its encryption. Restart the program.");
    return HF_OK;
}

/* --- what a connection may do
 * ------------------------------------------------------------------------------------------ */

/* Settings that keep the promises of this room. Reading them is fine. */
static bool is_protected_setting(const char *name)
{
    static const char *const names[] = {"journal_mode",
                                        "locking_mode",
                                        "synchronous",
                                        "temp_store",
                                        "secure_delete",
                                        "mmap_size",
                                        "page_size",
                                        "trusted_schema",
                                        "writable_schema",
                                        "wal_checkpoint_fullfsync",
                                        "temp_store_directory",
                                        "data_store_directory"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (sqlite3_stricmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static int authorize(void *unused, int action, const char *first, const char *second, const char *schema,
                     const char *trigger)
{
    (void)unused;
    (void)schema;
    (void)trigger;
    if (action == SQLITE_ATTACH || action == SQLITE_DETACH)
        return SQLITE_DENY;
    if (action == SQLITE_PRAGMA && second && is_protected_setting(first))
        return SQLITE_DENY;
    if (action == SQLITE_FUNCTION && second && sqlite3_stricmp(second, "load_extension") == 0)
        return SQLITE_DENY;
    return SQLITE_OK;
}

static int set_flag(sqlite3 *db, int option, int on)
{
    return sqlite3_db_config(db, option, on, (int *)NULL);
}

static int harden(sqlite3 *db)
{
    int rc = set_flag(db, SQLITE_DBCONFIG_DEFENSIVE, 1);

    if (rc == SQLITE_OK)
        rc = set_flag(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
    if (rc == SQLITE_OK)
        rc = set_flag(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0);
    if (rc == SQLITE_OK)
        rc = set_flag(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1); /* until opening has succeeded */
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, ATTACHED_MAX);
    (void)sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, EXPRESSION_DEPTH_MAX);
    return rc;
}

static int settle(sqlite3 *db)
{
    int reserve = HF_VAULT_RESERVE_BYTES;
    int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);

    if (rc != SQLITE_OK)
        return rc;
    /* Exclusive comes first: it keeps the WAL index in memory instead of a -shm file, which would show checksums. */
    rc = sqlite3_exec(db,
                      "PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;"
                      "PRAGMA secure_delete=ON; PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON;"
                      "PRAGMA foreign_keys=ON; PRAGMA max_page_count=" TEXT_OF(
                          HF_VAULT_PAGES_MAX) "; PRAGMA cache_size=-8000; PRAGMA journal_mode=WAL; SELECT count(*) "
                                              "FROM sqlite_schema;",
                      NULL, NULL, NULL);
    return rc == SQLITE_OK ? sqlite3_wal_autocheckpoint(db, HF_VAULT_LOG_FRAMES) : rc;
}

static int is_row(sqlite3 *db, const char *sql, const char *expected)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW) {
            const char *text = (const char *)sqlite3_column_text(statement, 0);

            /* No setting reads as NULL: only memory can be missing. */
            rc = !text ? SQLITE_NOMEM : strcmp(text, expected) == 0 ? SQLITE_OK : SQLITE_CORRUPT;
        }
    }
    (void)sqlite3_finalize(statement);
    return rc;
}

/* Every setting that a promise hangs on is asked back. */
static int check_settings(sqlite3 *db)
{
    static const char *const settings[][2] = {
        {"PRAGMA journal_mode", "wal"}, {"PRAGMA locking_mode", "exclusive"}, {"PRAGMA temp_store", "2"},
        {"PRAGMA synchronous", "2"},    {"PRAGMA secure_delete", "1"},        {"PRAGMA page_size", "4096"},
    };
    int rc = SQLITE_OK;

    for (size_t i = 0; rc == SQLITE_OK && i < sizeof(settings) / sizeof(settings[0]); i++)
        rc = is_row(db, settings[i][0], settings[i][1]);
    return rc;
}

/* From here on bytes on the disk may change. */
static int admit(struct hf_vault *vault)
{
    int rc = check_settings(vault->db);

    if (rc == SQLITE_OK && vault->is_read_only)
        rc = sqlite3_exec(vault->db, "PRAGMA query_only=ON", NULL, NULL, NULL);
    if (rc == SQLITE_OK && !vault->is_read_only)
        rc = set_flag(vault->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0);
    if (rc == SQLITE_OK)
        rc = sqlite3_set_authorizer(vault->db, authorize, NULL);
    if (rc == SQLITE_OK)
        vault->shim->frozen = vault->is_read_only;
    return rc;
}

/* --- open and close --------------------------------------------------------------------------------------------------
 */

static void close_all(struct hf_vault *vault)
{
    if (vault->db)
        HF_ASSERT(sqlite3_close(vault->db) == SQLITE_OK); /* the caller finalises its statements first */
    hf_vault_shim_free(vault->shim);
    free(vault);
}

enum hf_status hf_vault_open_on(sqlite3_vfs *base, const char *path, const struct hf_id *db_id,
                                const uint8_t data_key[HF_KEY_BYTES], unsigned flags, struct hf_vault **out_vault,
                                struct hf_error *err)
{
    int open_flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    struct hf_vault *vault = calloc(1, sizeof(*vault));
    enum hf_status status;
    int rc;

    if (!vault)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough free memory.");
    vault->is_read_only = (flags & HF_VAULT_READ_ONLY) != 0;
    status = hf_vault_shim_new(base, path, hf_vault_suite_of(flags), db_id, data_key, &vault->shim);
    if (status != HF_OK) {
        (void)hf_error_set(err, status, "%s", hf_status_text(status));
        goto out;
    }
    vault->shim->is_read_only = vault->is_read_only;
    rc = sqlite3_open_v2(path, &vault->db, open_flags, vault->shim->vfs.zName);
    if (rc == SQLITE_OK)
        rc = harden(vault->db);
    if (rc == SQLITE_OK)
        rc = settle(vault->db);
    if (rc == SQLITE_OK)
        rc = admit(vault);
    status = hf_vault_status(vault, rc, err);
out:
    if (status != HF_OK)
        close_all(vault);
    else
        *out_vault = vault;
    return status;
}

sqlite3 *hf_vault_db(struct hf_vault *vault)
{
    return vault->db;
}

void hf_vault_freeze(struct hf_vault *vault)
{
    (void)set_flag(vault->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
    vault->is_read_only = true;
    vault->shim->frozen = true;
}

enum hf_status hf_vault_scrub(struct hf_vault *vault)
{
    int rc = sqlite3_wal_checkpoint_v2(vault->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    if (rc == SQLITE_OK)
        (void)sqlite3_db_release_memory(vault->db);
    return hf_vault_status(vault, rc, NULL);
}

enum hf_status hf_vault_close(struct hf_vault *vault)
{
    int rc = SQLITE_OK;
    enum hf_status status;

    if (!vault)
        return HF_OK;
    if (!sqlite3_get_autocommit(vault->db))
        (void)sqlite3_exec(vault->db, "ROLLBACK", NULL, NULL, NULL);
    if (!vault->is_read_only)
        rc = sqlite3_wal_checkpoint_v2(vault->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc != SQLITE_OK)
        (void)set_flag(vault->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1); /* the WAL stays, with all commits */
    status = hf_vault_status(vault, rc, NULL);
    close_all(vault);
    return status;
}

unsigned hf_vault_suite_of(unsigned flags)
{
    return flags & HF_VAULT_HARDWARE_SUITE ? HF_SUITE_XAES_256_GCM : HF_SUITE_XCHACHA20_POLY1305;
}

enum hf_status hf_vault_seal_first_page_in(unsigned suite, const struct hf_id *db_id,
                                           const uint8_t data_key[HF_KEY_BYTES], uint8_t out[HF_VAULT_PAGE_BYTES])
{
    struct hf_vault_keys keys;
    uint8_t nonce[HF_XNONCE_BYTES];
    uint8_t plain[HF_VAULT_PAGE_BYTES];
    enum hf_status status = hf_vault_keys_begin(&keys, suite, db_id, data_key);

    if (status != HF_OK)
        return status;
    hf_random(nonce, sizeof(nonce));
    hf_vault_page_first(plain);
    hf_vault_page_seal(&keys, nonce, 1, plain, out);
    hf_vault_keys_end(&keys);
    return HF_OK;
}

void hf_vault_seal_first_page(const struct hf_id *db_id, const uint8_t data_key[HF_KEY_BYTES],
                              uint8_t out[HF_VAULT_PAGE_BYTES])
{
    HF_ASSERT(hf_vault_seal_first_page_in(HF_SUITE_XCHACHA20_POLY1305, db_id, data_key, out) == HF_OK);
}
