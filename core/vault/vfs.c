#include "core/vault/vfs.h"

#include "core/base/assert.h"
#include "core/vault/gather.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAL_SUFFIX "-wal"

static struct hf_vault_shim *mine(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static bool is_main(const struct hf_vault_shim *shim, const char *name)
{
    return name && strcmp(name, shim->path) == 0;
}

static bool is_wal(const struct hf_vault_shim *shim, const char *name)
{
    size_t len = strlen(shim->path);

    return name && strncmp(name, shim->path, len) == 0 && strcmp(name + len, WAL_SUFFIX) == 0;
}

/* The two files of this vault and no other: no journal, super-journal, temporary or attached file. */
static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    struct hf_vault_shim *shim = mine(vfs);

    file->pMethods = NULL;
    if ((flags & SQLITE_OPEN_MAIN_DB) && is_main(shim, name))
        return hf_vault_main_open(shim, name, file, flags, out_flags);
    if ((flags & SQLITE_OPEN_WAL) && is_wal(shim, name))
        return hf_vault_wal_open(shim, name, file, flags, out_flags);
    return SQLITE_CANTOPEN;
}

/* SQLite deletes the WAL when it closes a database, and journals, which do not exist. */
static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct hf_vault_shim *shim = mine(vfs);

    if (shim->frozen || !is_wal(shim, name))
        return SQLITE_IOERR_DELETE;
    return shim->base->xDelete(shim->base, name, sync_folder);
}

/* A journal that somebody laid beside the database is not there. */
static int shim_access(sqlite3_vfs *vfs, const char *name, int flags, int *out_answer)
{
    struct hf_vault_shim *shim = mine(vfs);

    if (is_main(shim, name) || is_wal(shim, name))
        return shim->base->xAccess(shim->base, name, flags, out_answer);
    *out_answer = 0;
    return SQLITE_OK;
}

/* The path is absolute and free of links when it reaches SQLite; it must come back as it is. */
static int shim_full_path(sqlite3_vfs *vfs, const char *name, int out_bytes, char *out)
{
    (void)vfs;
    if (strlen(name) >= (size_t)out_bytes)
        return SQLITE_CANTOPEN;
    memcpy(out, name, strlen(name) + 1);
    return SQLITE_OK;
}

static void *shim_dl_open(sqlite3_vfs *vfs, const char *name)
{
    (void)vfs;
    (void)name;
    return NULL;
}

static void shim_dl_error(sqlite3_vfs *vfs, int bytes, char *out)
{
    (void)vfs;
    sqlite3_snprintf(bytes, out, "a vault loads no extensions");
}

static void (*shim_dl_symbol(sqlite3_vfs *vfs, void *handle, const char *symbol))(void)
{
    (void)vfs;
    (void)handle;
    (void)symbol;
    return NULL;
}

static void shim_dl_close(sqlite3_vfs *vfs, void *handle)
{
    (void)vfs;
    (void)handle;
}

static int shim_random(sqlite3_vfs *vfs, int bytes, char *out)
{
    (void)vfs;
    hf_random(out, (size_t)bytes);
    return bytes;
}

static int shim_sleep(sqlite3_vfs *vfs, int microseconds)
{
    return mine(vfs)->base->xSleep(mine(vfs)->base, microseconds);
}

static int shim_time(sqlite3_vfs *vfs, double *out_julian_day)
{
    return mine(vfs)->base->xCurrentTime(mine(vfs)->base, out_julian_day);
}

static int shim_last_error(sqlite3_vfs *vfs, int bytes, char *out)
{
    return mine(vfs)->base->xGetLastError(mine(vfs)->base, bytes, out);
}

int hf_vault_base_flags(const struct hf_vault_shim *shim, int flags)
{
    if (!shim->is_read_only)
        return flags;
    return (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
}

int hf_vault_sector_bytes(sqlite3_file *file)
{
    (void)file;
    return HF_VAULT_PAGE_BYTES;
}

/* Stated here and not asked of the base: with it SQLite neither pads the WAL to sectors nor splits a frame's writes.
 * Anything more, such as atomic writes, is not promised. */
int hf_vault_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int file_bytes(const sqlite3_vfs *base)
{
    size_t own = sizeof(struct hf_vault_wal_file);

    if (own < sizeof(struct hf_vault_main_file))
        own = sizeof(struct hf_vault_main_file);
    return (int)own + base->szOsFile;
}

static void fill(struct hf_vault_shim *shim)
{
    static atomic_ulong count;

    (void)snprintf(shim->name, sizeof(shim->name), "holdfast-vault-%lu", atomic_fetch_add(&count, 1) + 1);
    shim->vfs.iVersion = 1;
    shim->vfs.szOsFile = file_bytes(shim->base);
    shim->vfs.mxPathname = shim->base->mxPathname;
    shim->vfs.zName = shim->name;
    shim->vfs.pAppData = shim;
    shim->vfs.xOpen = shim_open;
    shim->vfs.xDelete = shim_delete;
    shim->vfs.xAccess = shim_access;
    shim->vfs.xFullPathname = shim_full_path;
    shim->vfs.xDlOpen = shim_dl_open;
    shim->vfs.xDlError = shim_dl_error;
    shim->vfs.xDlSym = shim_dl_symbol;
    shim->vfs.xDlClose = shim_dl_close;
    shim->vfs.xRandomness = shim_random;
    shim->vfs.xSleep = shim_sleep;
    shim->vfs.xCurrentTime = shim_time;
    shim->vfs.xGetLastError = shim_last_error;
}

enum hf_status hf_vault_shim_new(sqlite3_vfs *base, const char *path, unsigned suite, const struct hf_id *db_id,
                                 const uint8_t data_key[HF_KEY_BYTES], struct hf_vault_shim **out_shim)
{
    struct hf_vault_shim *shim;
    enum hf_status status;

    if (strlen(path) >= HF_VAULT_PATH_BYTES)
        return HF_ERR_LIMIT;
    shim = hf_secret_alloc(sizeof(*shim));
    if (!shim)
        return HF_ERR_NOMEM;
    memset(shim, 0, sizeof(*shim));
    shim->base = base;
    shim->frozen = true;
    memcpy(shim->path, path, strlen(path) + 1);
    shim->gathered = malloc(HF_VAULT_GATHER_BYTES);
    if (!shim->gathered) {
        status = HF_ERR_NOMEM;
        goto out;
    }
    status = hf_vault_keys_begin(&shim->keys, suite, db_id, data_key);
    if (status != HF_OK)
        goto out;
    shim->nonces.suite = (enum hf_suite)suite;
    fill(shim);
    if (sqlite3_vfs_register(&shim->vfs, 0) != SQLITE_OK)
        status = HF_ERR_NOMEM;
out:
    if (status != HF_OK) {
        hf_vault_keys_end(&shim->keys);
        free(shim->gathered);
        hf_secret_free(shim);
        return status;
    }
    *out_shim = shim;
    return HF_OK;
}

void hf_vault_shim_free(struct hf_vault_shim *shim)
{
    if (!shim)
        return;
    HF_ASSERT(sqlite3_vfs_unregister(&shim->vfs) == SQLITE_OK);
    hf_vault_keys_end(&shim->keys);
    free(shim->gathered);
    hf_secret_free(shim);
}
