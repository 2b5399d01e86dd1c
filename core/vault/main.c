/* The main file: page N on disk is the sealed page N. Whole pages only, but for SQLite's looks at the file header. */
#include "core/vault/rules.h"
#include "core/vault/vfs.h"

#include <string.h>

#define SQLITE_HEADER_BYTES 100

static struct hf_vault_main_file *mine(sqlite3_file *file)
{
    return (struct hf_vault_main_file *)(void *)file;
}

static int main_close(sqlite3_file *file)
{
    sqlite3_file *base = mine(file)->base;

    return base->pMethods ? base->pMethods->xClose(base) : SQLITE_OK;
}

/* SQLITE_IOERR_DATA for a page that is cut off, does not authenticate, or is a page 1 with another layout. */
static int read_page(struct hf_vault_main_file *main_file, uint32_t pgno, uint8_t out[HF_VAULT_PAGE_BYTES])
{
    struct hf_vault_shim *shim = main_file->shim;
    sqlite3_int64 offset = (sqlite3_int64)(pgno - 1) * HF_VAULT_PAGE_BYTES;
    int rc = main_file->base->pMethods->xRead(main_file->base, shim->sealed, HF_VAULT_PAGE_BYTES, offset);

    if (rc == SQLITE_IOERR_SHORT_READ)
        return SQLITE_IOERR_DATA;
    if (rc != SQLITE_OK)
        return rc;
    if (!hf_vault_page_open(&shim->keys, pgno, shim->sealed, out))
        return SQLITE_IOERR_DATA;
    if (pgno == 1 && !hf_vault_page_one_is_ours(out))
        return SQLITE_IOERR_DATA;
    return SQLITE_OK;
}

/* SQLite looks at the file header before it looks for a WAL. A power failure during a checkpoint can leave page 1 torn
 * while the WAL holds a good copy, so this look must not fail: it is told the layout that every vault has. Whoever then
 * reads page 1 itself gets it from the WAL, or an error. */
static int read_header(struct hf_vault_main_file *main_file, uint8_t *out, int amount, int at)
{
    uint8_t *page = main_file->shim->plain;
    int rc = read_page(main_file, 1, page);
    bool is_peek = amount == HF_VAULT_PEEK_BYTES && at == 0;

    if (rc == SQLITE_IOERR_DATA && is_peek && hf_vault_rule_is_on(HF_VAULT_RULE_PEEK)) {
        hf_vault_page_first(page);
        rc = SQLITE_OK;
    }
    if (rc == SQLITE_OK)
        memcpy(out, page + at, (size_t)amount);
    return rc;
}

static int main_read(sqlite3_file *file, void *out, int amount, sqlite3_int64 offset)
{
    if (amount == HF_VAULT_PAGE_BYTES && offset % HF_VAULT_PAGE_BYTES == 0)
        return read_page(mine(file), (uint32_t)(offset / HF_VAULT_PAGE_BYTES + 1), out);
    if (amount > 0 && offset >= 0 && offset + amount <= HF_VAULT_PEEK_BYTES)
        return read_header(mine(file), out, amount, (int)offset);
    return SQLITE_IOERR_READ;
}

/* SQLite overwrites what is deleted, but when it moves rows from page to page it leaves copies in the part of a page
 * that is not in use, between the list of its cells and the cells. What reaches the main file has zeros there. A page
 * that is no b-tree page begins with the number of another page, at most HF_VAULT_PAGES_MAX, and so with another byte.
 */
static const uint8_t *without_remains(struct hf_vault_shim *shim, uint32_t pgno, const uint8_t *page)
{
    const size_t header = pgno == 1 ? SQLITE_HEADER_BYTES : 0;
    const uint8_t kind = page[header];
    const bool is_inner = kind == 2 || kind == 5, is_leaf = kind == 10 || kind == 13;
    if (!is_inner && !is_leaf)
        return page;
    const size_t cells = hf_get_u16(page + header + 3), content = hf_get_u16(page + header + 5);
    const size_t begin = header + (is_inner ? 12 : 8) + 2 * cells;
    if (begin >= content || content > HF_VAULT_PAGE_BYTES - HF_VAULT_RESERVE_BYTES)
        return page;
    memcpy(shim->plain, page, HF_VAULT_PAGE_BYTES);
    memset(shim->plain + begin, 0, content - begin);
    return shim->plain;
}

static int main_write(sqlite3_file *file, const void *page, int amount, sqlite3_int64 offset)
{
    struct hf_vault_main_file *main_file = mine(file);
    struct hf_vault_shim *shim = main_file->shim;
    uint32_t pgno = (uint32_t)(offset / HF_VAULT_PAGE_BYTES + 1);
    uint8_t nonce[HF_XNONCE_BYTES];

    if (shim->frozen)
        return SQLITE_READONLY;
    if (amount != HF_VAULT_PAGE_BYTES || offset % HF_VAULT_PAGE_BYTES != 0 || !hf_vault_page_reserve_is_zero(page))
        return SQLITE_IOERR_WRITE;
    if (pgno == 1 && !hf_vault_page_one_is_ours(page))
        return SQLITE_IOERR_WRITE;
    hf_vault_nonce_take(&shim->nonces, nonce);
    hf_vault_page_seal(&shim->keys, nonce, pgno, without_remains(shim, pgno, page), shim->sealed);
    return main_file->base->pMethods->xWrite(main_file->base, shim->sealed, HF_VAULT_PAGE_BYTES, offset);
}

static int main_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    sqlite3_file *base = mine(file)->base;

    if (mine(file)->shim->frozen)
        return SQLITE_READONLY;
    if (size % HF_VAULT_PAGE_BYTES != 0)
        return SQLITE_IOERR_TRUNCATE;
    return base->pMethods->xTruncate(base, size);
}

static int main_sync(sqlite3_file *file, int flags)
{
    sqlite3_file *base = mine(file)->base;

    return base->pMethods->xSync(base, flags);
}

static int main_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
    sqlite3_file *base = mine(file)->base;

    return base->pMethods->xFileSize(base, out_size);
}

static int main_lock(sqlite3_file *file, int level)
{
    sqlite3_file *base = mine(file)->base;

    if (mine(file)->shim->is_read_only && level > SQLITE_LOCK_SHARED)
        return SQLITE_OK; /* SQLite takes the shared one first; that keeps every writer out, and no reader */
    return base->pMethods->xLock(base, level);
}

static int main_unlock(sqlite3_file *file, int level)
{
    sqlite3_file *base = mine(file)->base;

    return base->pMethods->xUnlock(base, level);
}

static int main_check_lock(sqlite3_file *file, int *out_is_locked)
{
    sqlite3_file *base = mine(file)->base;

    return base->pMethods->xCheckReservedLock(base, out_is_locked);
}

/* Nothing of the base's tuning is passed on: size hints and chunks would lay zero pages into the file, and mapping it
 * would show SQLite sealed bytes. */
static int main_control(sqlite3_file *file, int op, void *arg)
{
    sqlite3_file *base = mine(file)->base;

    return op == SQLITE_FCNTL_HAS_MOVED ? base->pMethods->xFileControl(base, op, arg) : SQLITE_NOTFOUND;
}

/* Version 1: no shared memory, no memory mapping. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = main_close,
    .xRead = main_read,
    .xWrite = main_write,
    .xTruncate = main_truncate,
    .xSync = main_sync,
    .xFileSize = main_size,
    .xLock = main_lock,
    .xUnlock = main_unlock,
    .xCheckReservedLock = main_check_lock,
    .xFileControl = main_control,
    .xSectorSize = hf_vault_sector_bytes,
    .xDeviceCharacteristics = hf_vault_characteristics,
};

int hf_vault_main_open(struct hf_vault_shim *shim, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    struct hf_vault_main_file *main_file = mine(file);
    int rc;

    memset(main_file, 0, sizeof(*main_file));
    main_file->shim = shim;
    main_file->base = (sqlite3_file *)(void *)(main_file + 1);
    rc = shim->base->xOpen(shim->base, name, main_file->base, hf_vault_base_flags(shim, flags), out_flags);
    if (rc == SQLITE_OK)
        main_file->head.pMethods = &methods;
    return rc;
}
