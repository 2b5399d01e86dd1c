/* The WAL: SQLite writes a frame as header and page apart, the disk gets them sealed as one. So a header is held until
 * its page arrives. Two more kinds of write happen when a transaction outgrows the cache: a page over an old frame, and
 * a header over an old frame, to mend its checksum. Both open the old frame, put the new part in and seal it again. */
#include "core/base/assert.h"
#include "core/vault/ahead.h"
#include "core/vault/gather.h"
#include "core/vault/rules.h"
#include "core/vault/vfs.h"

#include <string.h>

#define FRAME_DB_SIZE_AT 4
#define FRAME_SALTS_AT   8
#define FRAME_SUM_AT     16
#define SUM_BYTES        8
#define HEADER_MAGIC_END 3 /* its lowest bit: checksum words are big-endian */
#define HEADER_SALTS_AT  16
#define HEADER_SUM_AT    24

static struct hf_vault_wal_file *mine(sqlite3_file *file)
{
    return (struct hf_vault_wal_file *)(void *)file;
}

/* Where an offset lies inside its frame; -1 for the WAL header. */
static int within_frame(uint64_t offset)
{
    if (offset < HF_VAULT_WAL_HEADER_BYTES)
        return -1;
    return (int)((offset - HF_VAULT_WAL_HEADER_BYTES) % HF_VAULT_FRAME_BYTES);
}

static bool is_own(const struct hf_vault_wal_file *wal, uint64_t offset)
{
    return offset >= wal->own_begin && offset < wal->own_end;
}

/* A frame carries the salts of its generation. While SQLite has checksums to mend, it writes zeros in place of salts
 * and checksum and the true ones at the commit; such a frame is fine until then, in the handle that wrote it. */
static bool salts_fit(const struct hf_vault_wal_file *wal, const uint8_t *frame, bool may_be_unfinished)
{
    static const uint8_t unfinished[sizeof(wal->salts)];
    const uint8_t *salts = frame + FRAME_SALTS_AT;

    if (!wal->has_salts)
        return false;
    return memcmp(salts, wal->salts, sizeof(wal->salts)) == 0 ||
           (may_be_unfinished && memcmp(salts, unfinished, sizeof(unfinished)) == 0);
}

static void forget_own(struct hf_vault_wal_file *wal)
{
    wal->unfinished_from = 0;
    wal->owes_mending = false;
    wal->own_begin = wal->own_end = HF_VAULT_WAL_HEADER_BYTES;
}

static int open_base(struct hf_vault_wal_file *wal, int *out_flags)
{
    sqlite3_vfs *base = wal->shim->base;
    int rc = base->xOpen(base, wal->name, wal->base, hf_vault_base_flags(wal->shim, wal->flags), out_flags);

    wal->is_open = rc == SQLITE_OK;
    return rc;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* A frame that must be there: this handle wrote it or found it good when it opened the log. */
static int read_frame(struct hf_vault_wal_file *wal, uint64_t offset, uint8_t out[HF_VAULT_FRAME_BYTES])
{
    struct hf_vault_shim *shim = wal->shim;
    int rc = hf_vault_gather_write(wal);

    if (rc == SQLITE_OK)
        rc = wal->base->pMethods->xRead(wal->base, shim->sealed, HF_VAULT_FRAME_BYTES, (sqlite3_int64)offset);
    if (rc == SQLITE_IOERR_SHORT_READ)
        return SQLITE_IOERR_DATA;
    if (rc != SQLITE_OK)
        return rc;
    if (!hf_vault_frame_open(&shim->keys, offset, shim->sealed, out) || !salts_fit(wal, out, is_own(wal, offset)))
        return SQLITE_IOERR_DATA;
    if (hf_get_u32(out) == 1 && !hf_vault_page_one_is_ours(out + HF_VAULT_FRAME_HEADER_BYTES))
        return SQLITE_IOERR_DATA;
    return SQLITE_OK;
}

static int read_part(struct hf_vault_wal_file *wal, uint64_t frame_at, int part_at, int amount, void *out)
{
    uint8_t *plain = wal->shim->plain;
    int rc = read_frame(wal, frame_at, plain);

    if (rc == SQLITE_OK)
        memcpy(out, plain + part_at, (size_t)amount);
    return rc;
}

static int flush_held(struct hf_vault_wal_file *wal);
static int flush(struct hf_vault_wal_file *wal);
static int mend(struct hf_vault_wal_file *wal, uint64_t sum_of, uint8_t out[SUM_BYTES]);

static int wal_read(sqlite3_file *file, void *out, int amount, sqlite3_int64 offset)
{
    struct hf_vault_wal_file *wal = mine(file);
    uint64_t at = (uint64_t)offset;
    int within = within_frame(at);
    int rc = flush(wal);

    if (rc != SQLITE_OK)
        return rc;
    if (!wal->is_open) {
        memset(out, 0, (size_t)amount);
        return SQLITE_IOERR_SHORT_READ;
    }
    if (amount == HF_VAULT_WAL_HEADER_BYTES && at == 0)
        return hf_vault_recover_header(wal, out);
    if (amount == SUM_BYTES && at == HEADER_SUM_AT)
        return mend(wal, 0, out);
    if (amount == HF_VAULT_FRAME_BYTES && within == 0)
        return is_own(wal, at) ? read_frame(wal, at, out) : hf_vault_recover_frame(wal, at, out);
    if (amount == HF_VAULT_PAGE_BYTES && within == HF_VAULT_FRAME_HEADER_BYTES)
        return read_part(wal, at - HF_VAULT_FRAME_HEADER_BYTES, within, amount, out);
    if (amount == SUM_BYTES && within == FRAME_SUM_AT)
        return mend(wal, at - FRAME_SUM_AT, out);
    return SQLITE_IOERR_READ;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static int base_write(struct hf_vault_wal_file *wal, const void *data, int amount, uint64_t offset)
{
    int rc = wal->base->pMethods->xWrite(wal->base, data, amount, (sqlite3_int64)offset);

    if (rc != SQLITE_OK)
        wal->is_doubtful = true;
    return rc;
}

static int base_sync(struct hf_vault_wal_file *wal, int flags)
{
    int rc = wal->base->pMethods->xSync(wal->base, flags);

    if (rc != SQLITE_OK)
        wal->is_doubtful = true;
    return rc;
}

static int write_frame(struct hf_vault_wal_file *wal, uint64_t offset, const uint8_t *header, const uint8_t *page)
{
    struct hf_vault_shim *shim = wal->shim;
    uint8_t nonce[HF_XNONCE_BYTES];
    uint8_t *sealed;
    int rc;

    if (!hf_vault_page_reserve_is_zero(page) || (hf_get_u32(header) == 1 && !hf_vault_page_one_is_ours(page)))
        return SQLITE_IOERR_WRITE;
    rc = hf_vault_gather_place(wal, offset, &sealed);
    if (rc != SQLITE_OK)
        return rc;
    hf_vault_nonce_take(&shim->nonces, nonce);
    hf_vault_frame_seal(&shim->keys, nonce, offset, header, page, sealed);
    hf_vault_gather_took(wal);
    if (!is_own(wal, offset)) {
        if (wal->own_begin == wal->own_end)
            wal->own_begin = offset;
        wal->own_end = offset + HF_VAULT_FRAME_BYTES;
    }
    return rc;
}

/* Puts `part` over that part of the old frame. */
static int rewrite_frame(struct hf_vault_wal_file *wal, uint64_t frame_at, int part_at, const void *part, int amount)
{
    uint8_t *plain = wal->shim->plain;
    int rc;

    if (wal->is_doubtful || !is_own(wal, frame_at))
        return SQLITE_IOERR_WRITE; /* SQLite rewrites frames of the running transaction only */
    rc = read_frame(wal, frame_at, plain);
    if (rc != SQLITE_OK)
        return rc;
    memcpy(plain + part_at, part, (size_t)amount);
    return write_frame(wal, frame_at, plain, plain + HF_VAULT_FRAME_HEADER_BYTES);
}

/* The held header's page did not come: it mends the header of the frame that is there. */
static int flush_held(struct hf_vault_wal_file *wal)
{
    if (!wal->is_holding)
        return SQLITE_OK;
    wal->is_holding = false;
    return rewrite_frame(wal, wal->held_at, 0, wal->held, HF_VAULT_FRAME_HEADER_BYTES);
}

/* Everything that SQLite was told is written reaches the file. */
static int flush(struct hf_vault_wal_file *wal)
{
    int rc = flush_held(wal);

    return rc == SQLITE_OK ? hf_vault_gather_write(wal) : rc;
}

/* The checksum that comes before the frame at `offset`. */
static int checksum_before(struct hf_vault_wal_file *wal, uint64_t offset, struct hf_vault_checksum *out)
{
    uint8_t stored[SUM_BYTES];
    int rc;

    if (offset == HF_VAULT_WAL_HEADER_BYTES)
        rc = wal->base->pMethods->xRead(wal->base, stored, SUM_BYTES, HEADER_SUM_AT);
    else
        rc = read_part(wal, offset - HF_VAULT_FRAME_BYTES, FRAME_SUM_AT, SUM_BYTES, stored);
    if (rc == SQLITE_OK) {
        out->is_big_endian = wal->is_big_endian;
        hf_vault_checksum_resume(out, stored);
    }
    return rc;
}

/* Gives the frame at `offset` its salts and the checksum that follows from the frames before it. */
static int finish_frame(struct hf_vault_wal_file *wal, uint64_t offset, struct hf_vault_checksum *checksum)
{
    uint8_t *plain = wal->shim->plain;
    int rc = read_frame(wal, offset, plain);

    if (rc != SQLITE_OK)
        return rc;
    memcpy(plain + FRAME_SALTS_AT, wal->salts, sizeof(wal->salts));
    hf_vault_checksum_add_frame(checksum, plain);
    hf_vault_checksum_put(checksum, plain + FRAME_SUM_AT);
    return write_frame(wal, offset, plain, plain + HF_VAULT_FRAME_HEADER_BYTES);
}

/* SQLite has overwritten a frame of the running transaction and is about to mend all checksums behind it; it asks for
 * the checksum of the frame `sum_of` (0: of the WAL header) to start from. When a savepoint was rolled back in between,
 * SQLite (3.40.1, and plain as well as here) starts too far back: frames before that one stay without salts, and the
 * commit is lost by the next recovery. So those are finished here first, and SQLite is told the sum that follows. */
static int mend(struct hf_vault_wal_file *wal, uint64_t sum_of, uint8_t out[SUM_BYTES])
{
    struct hf_vault_checksum checksum;
    uint64_t offset = wal->unfinished_from;
    uint64_t last = sum_of < wal->last_append ? sum_of : wal->last_append;
    bool is_needed = offset != 0 && offset <= last && hf_vault_rule_is_on(HF_VAULT_RULE_MEND);
    int rc;

    if (!is_needed)
        offset = sum_of == 0 ? HF_VAULT_WAL_HEADER_BYTES : sum_of + HF_VAULT_FRAME_BYTES;
    rc = checksum_before(wal, offset, &checksum);
    for (; rc == SQLITE_OK && is_needed && offset <= last; offset += HF_VAULT_FRAME_BYTES)
        rc = finish_frame(wal, offset, &checksum);
    if (rc != SQLITE_OK)
        return rc;
    wal->unfinished_from = 0;
    wal->owes_mending = false;
    hf_vault_checksum_put(&checksum, out);
    return SQLITE_OK;
}

/* Cuts the file off at `offset`, for good: a cut that a power failure could undo would be none. */
static int cut_tail(struct hf_vault_wal_file *wal, uint64_t offset)
{
    sqlite3_int64 size = 0;
    int rc = wal->base->pMethods->xFileSize(wal->base, &size);

    if (rc != SQLITE_OK || (uint64_t)size <= offset)
        return rc;
    wal->laid_to = 0;
    rc = wal->base->pMethods->xTruncate(wal->base, (sqlite3_int64)offset);
    return rc == SQLITE_OK ? wal->base->pMethods->xSync(wal->base, SQLITE_SYNC_NORMAL) : rc;
}

/* After a failure SQLite rolls back and writes on behind the last commit, and so it does behind what it recovered. A
 * commit frame of a transaction that did not make it may lie further back; after a power failure it could pass for a
 * later commit. It goes before the first frame is written. */
static int settle(struct hf_vault_wal_file *wal, uint64_t offset)
{
    int rc = SQLITE_OK;

    if (hf_vault_gather_lost_before(wal, offset))
        return SQLITE_IOERR_WRITE;
    if (!wal->is_doubtful)
        return SQLITE_OK;
    if (hf_vault_rule_is_on(HF_VAULT_RULE_AFTER_FAILURE))
        rc = cut_tail(wal, offset);
    if (rc != SQLITE_OK)
        return rc;
    wal->is_doubtful = false;
    hf_vault_gather_begin_anew(wal);
    if (offset <= wal->own_begin)
        forget_own(wal);
    else if (offset < wal->own_end)
        wal->own_end = offset;
    return SQLITE_OK;
}

/* Remembers which frames SQLite has yet to give salts and checksums. */
static void note_append(struct hf_vault_wal_file *wal)
{
    bool is_finished = salts_fit(wal, wal->held, false);
    bool is_commit = hf_get_u32(wal->held + FRAME_DB_SIZE_AT) != 0;

    wal->last_append = wal->held_at;
    if (is_finished && wal->held_at <= wal->unfinished_from)
        wal->unfinished_from = 0; /* rolled back, and written over */
    if (!is_finished && (wal->unfinished_from == 0 || wal->held_at < wal->unfinished_from))
        wal->unfinished_from = wal->held_at;
    wal->owes_mending = !is_finished && is_commit;
}

static int append_frame(struct hf_vault_wal_file *wal, const uint8_t *page)
{
    int rc = settle(wal, wal->held_at);

    wal->is_holding = false;
    if (rc == SQLITE_OK)
        rc = write_frame(wal, wal->held_at, wal->held, page);
    if (rc == SQLITE_OK)
        note_append(wal);
    return rc;
}

static int write_page(struct hf_vault_wal_file *wal, uint64_t frame_at, const uint8_t *page)
{
    int rc;

    if (wal->is_holding && wal->held_at == frame_at)
        return append_frame(wal, page);
    rc = flush_held(wal);
    if (rc != SQLITE_OK)
        return rc;
    return rewrite_frame(wal, frame_at, HF_VAULT_FRAME_HEADER_BYTES, page, HF_VAULT_PAGE_BYTES);
}

static int hold_header(struct hf_vault_wal_file *wal, uint64_t frame_at, const uint8_t *header)
{
    int rc = flush_held(wal);

    if (rc != SQLITE_OK)
        return rc;
    if (!salts_fit(wal, header, true))
        return SQLITE_IOERR_WRITE;
    memcpy(wal->held, header, sizeof(wal->held));
    wal->held_at = frame_at;
    wal->is_holding = true;
    return SQLITE_OK;
}

/* A new generation begins: all older frames are in the main file and count no more. */
static int write_wal_header(struct hf_vault_wal_file *wal, const uint8_t *header)
{
    int rc = hf_vault_gather_write(wal);

    wal->is_holding = false;
    if (rc == SQLITE_OK)
        rc = settle(wal, 0);
    if (rc == SQLITE_OK)
        rc = base_write(wal, header, HF_VAULT_WAL_HEADER_BYTES, 0);
    if (rc != SQLITE_OK)
        return rc;
    memcpy(wal->salts, header + HEADER_SALTS_AT, sizeof(wal->salts));
    wal->has_salts = true;
    wal->is_big_endian = header[HEADER_MAGIC_END] & 1;
    wal->last_append = 0;
    forget_own(wal);
    return SQLITE_OK;
}

static int ready_to_write(struct hf_vault_wal_file *wal)
{
    if (wal->shim->frozen)
        return SQLITE_READONLY;
    return wal->is_open ? SQLITE_OK : open_base(wal, NULL);
}

static int wal_write(sqlite3_file *file, const void *data, int amount, sqlite3_int64 offset)
{
    struct hf_vault_wal_file *wal = mine(file);
    uint64_t at = (uint64_t)offset;
    int within = within_frame(at);
    int rc = ready_to_write(wal);

    if (rc != SQLITE_OK)
        return rc;
    if (amount == HF_VAULT_WAL_HEADER_BYTES && at == 0)
        return write_wal_header(wal, data);
    if (amount == HF_VAULT_FRAME_HEADER_BYTES && within == 0)
        return hold_header(wal, at, data);
    if (amount == HF_VAULT_PAGE_BYTES && within == HF_VAULT_FRAME_HEADER_BYTES)
        return write_page(wal, at - HF_VAULT_FRAME_HEADER_BYTES, data);
    return SQLITE_IOERR_WRITE;
}

/* --- the rest ------------------------------------------------------------------------------------------------------
 */

static int wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct hf_vault_wal_file *wal = mine(file);

    if (wal->shim->frozen)
        return SQLITE_READONLY;
    wal->is_holding = false;
    wal->laid_to = wal->last_append = 0;
    if (!wal->is_open)
        return SQLITE_OK;
    int rc = hf_vault_gather_write(wal);
    return rc == SQLITE_OK ? wal->base->pMethods->xTruncate(wal->base, size) : rc;
}

static int wal_sync(sqlite3_file *file, int flags)
{
    struct hf_vault_wal_file *wal = mine(file);
    int rc = flush(wal);

    if (rc != SQLITE_OK || !wal->is_open)
        return rc;
    if (wal->owes_mending) /* a commit that recovery would not find must not be reported */
        return SQLITE_IOERR_FSYNC;
    if (wal->last_append != 0)
        hf_vault_lay_ahead(wal, wal->last_append + HF_VAULT_FRAME_BYTES);
    return base_sync(wal, flags);
}

static int wal_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
    struct hf_vault_wal_file *wal = mine(file);
    int rc = flush(wal);

    if (rc != SQLITE_OK)
        return rc;
    *out_size = 0;
    return wal->is_open ? wal->base->pMethods->xFileSize(wal->base, out_size) : SQLITE_OK;
}

static int wal_close(sqlite3_file *file)
{
    struct hf_vault_wal_file *wal = mine(file);

    return wal->is_open ? wal->base->pMethods->xClose(wal->base) : SQLITE_OK;
}

/* SQLite locks the main file and never the WAL. */
static int wal_lock(sqlite3_file *file, int level)
{
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int wal_check_lock(sqlite3_file *file, int *out_is_locked)
{
    (void)file;
    *out_is_locked = 0;
    return SQLITE_OK;
}

static int wal_control(sqlite3_file *file, int op, void *arg)
{
    (void)file;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = wal_close,
    .xRead = wal_read,
    .xWrite = wal_write,
    .xTruncate = wal_truncate,
    .xSync = wal_sync,
    .xFileSize = wal_size,
    .xLock = wal_lock,
    .xUnlock = wal_lock,
    .xCheckReservedLock = wal_check_lock,
    .xFileControl = wal_control,
    .xSectorSize = hf_vault_sector_bytes,
    .xDeviceCharacteristics = hf_vault_characteristics,
};

/* A process that was killed may have left a commit that is not on the disk yet. Whoever opens the log will believe it
 * and build on it, so it must be there before anyone sees it. Writes no byte. */
static int open_inherited(struct hf_vault_wal_file *wal, int *out_flags)
{
    int rc = open_base(wal, out_flags);

    if (rc == SQLITE_OK && hf_vault_rule_is_on(HF_VAULT_RULE_INHERITED))
        rc = wal->base->pMethods->xSync(wal->base, SQLITE_SYNC_NORMAL);
    if (rc != SQLITE_OK && wal->is_open)
        (void)wal->base->pMethods->xClose(wal->base);
    wal->is_doubtful = true;
    return rc;
}

int hf_vault_wal_open(struct hf_vault_shim *shim, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    struct hf_vault_wal_file *wal = mine(file);
    int is_there = 0;
    int rc = shim->base->xAccess(shim->base, name, SQLITE_ACCESS_EXISTS, &is_there);

    if (rc != SQLITE_OK)
        return rc;
    memset(wal, 0, sizeof(*wal));
    wal->shim = shim;
    wal->base = (sqlite3_file *)(void *)(wal + 1);
    wal->name = name;
    wal->flags = flags;
    forget_own(wal);
    if (is_there) {
        rc = open_inherited(wal, out_flags);
    } else if (out_flags) {
        *out_flags = flags;
    }
    if (rc == SQLITE_OK)
        wal->head.pMethods = &methods;
    return rc;
}
