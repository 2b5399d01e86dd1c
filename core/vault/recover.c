#include "core/vault/recover.h"

#include "core/vault/rules.h"
#include "core/vault/vfs.h"

#include <string.h>

#define HEADER_SALTS_AT      16
#define FRAME_SALTS_AT       8
#define FRAME_SUM_AT         16
#define COMMITS_PROVE_DAMAGE 2

/* Starts recovery from a good header; false when it is none of ours. */
static bool begin(struct hf_vault_wal_file *wal, const uint8_t header[HF_VAULT_WAL_HEADER_BYTES])
{
    wal->recovery.next = HF_VAULT_WAL_HEADER_BYTES;
    wal->recovery.is_live = hf_vault_checksum_begin(&wal->recovery.checksum, header);
    return wal->recovery.is_live;
}

/* True when the frame is the next one of the log: of this generation, naming a page, its checksum carrying on. */
static bool follows(struct hf_vault_wal_file *wal, uint64_t offset, const uint8_t frame[HF_VAULT_FRAME_BYTES])
{
    struct hf_vault_recovery *recovery = &wal->recovery;

    if (!recovery->is_live || recovery->next != offset || hf_get_u32(frame) == 0 ||
        memcmp(frame + FRAME_SALTS_AT, wal->salts, sizeof(wal->salts)) != 0)
        return false;
    hf_vault_checksum_add_frame(&recovery->checksum, frame);
    recovery->next += HF_VAULT_FRAME_BYTES;
    return hf_vault_checksum_is(&recovery->checksum, frame + FRAME_SUM_AT);
}

static int read_sealed(struct hf_vault_wal_file *wal, uint64_t offset)
{
    return wal->base->pMethods->xRead(wal->base, wal->shim->sealed, HF_VAULT_FRAME_BYTES, (sqlite3_int64)offset);
}

/* Counts authentic commit frames from `offset` on, of one generation: the one in force or, without a header, that of
 * the first found. Stops at two. */
static int count_commits(struct hf_vault_wal_file *wal, uint64_t offset, unsigned *out_count)
{
    struct hf_vault_shim *shim = wal->shim;
    bool has_salts = wal->has_salts;
    uint8_t salts[8];
    unsigned count = 0;
    int rc;

    memcpy(salts, wal->salts, sizeof(salts));
    while ((rc = read_sealed(wal, offset)) == SQLITE_OK && count < COMMITS_PROVE_DAMAGE) {
        const uint8_t *found = shim->sealed + FRAME_SALTS_AT;
        bool is_commit = hf_get_u32(shim->sealed + 4) != 0;
        bool is_ours = !has_salts || memcmp(found, salts, sizeof(salts)) == 0;

        if (is_commit && is_ours && hf_vault_frame_open(&shim->keys, offset, shim->sealed, shim->plain)) {
            memcpy(salts, found, sizeof(salts));
            has_salts = true;
            count++;
        }
        offset += HF_VAULT_FRAME_BYTES;
    }
    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
        return rc;
    *out_count = count;
    return SQLITE_OK;
}

/* The log ends before `offset`: SQLITE_OK after a power failure, SQLITE_IOERR_DATA when what follows proves damage. */
static int end_of_log(struct hf_vault_wal_file *wal, uint64_t offset)
{
    unsigned commits = 0;
    int rc = count_commits(wal, offset, &commits);

    if (rc != SQLITE_OK)
        return rc;
    return commits >= COMMITS_PROVE_DAMAGE && hf_vault_rule_is_on(HF_VAULT_RULE_LATER) ? SQLITE_IOERR_DATA : SQLITE_OK;
}

int hf_vault_recover_header(struct hf_vault_wal_file *wal, uint8_t out[HF_VAULT_WAL_HEADER_BYTES])
{
    uint8_t header[HF_VAULT_WAL_HEADER_BYTES];
    int rc = wal->base->pMethods->xRead(wal->base, header, HF_VAULT_WAL_HEADER_BYTES, 0);

    wal->has_salts = false;
    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
        return rc;
    if (rc == SQLITE_OK && begin(wal, header)) {
        memcpy(wal->salts, header + HEADER_SALTS_AT, sizeof(wal->salts));
        wal->has_salts = true;
        wal->is_big_endian = wal->recovery.checksum.is_big_endian;
        memcpy(out, header, sizeof(header));
        return SQLITE_OK;
    }
    wal->recovery.is_live = false;
    memset(out, 0, HF_VAULT_WAL_HEADER_BYTES);
    return end_of_log(wal, HF_VAULT_WAL_HEADER_BYTES);
}

int hf_vault_recover_frame(struct hf_vault_wal_file *wal, uint64_t offset, uint8_t out[HF_VAULT_FRAME_BYTES])
{
    struct hf_vault_shim *shim = wal->shim;
    int rc = read_sealed(wal, offset);
    bool is_authentic = rc == SQLITE_OK && hf_vault_frame_open(&shim->keys, offset, shim->sealed, out);

    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
        return rc;
    if (!is_authentic && !hf_vault_rule_is_on(HF_VAULT_RULE_TORN_TAIL))
        return SQLITE_IOERR_DATA;
    if (is_authentic && follows(wal, offset, out)) {
        bool is_page_one = hf_get_u32(out) == 1;

        return is_page_one && !hf_vault_page_one_is_ours(out + HF_VAULT_FRAME_HEADER_BYTES) ? SQLITE_IOERR_DATA
                                                                                            : SQLITE_OK;
    }
    wal->recovery.is_live = false;
    memset(out, 0, HF_VAULT_FRAME_BYTES);
    return end_of_log(wal, offset + HF_VAULT_FRAME_BYTES);
}
