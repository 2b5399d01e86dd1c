#include "core/vault/gather.h"

#include "core/vault/rules.h"

int hf_vault_gather_write(struct hf_vault_wal_file *wal)
{
    const int bytes = wal->gathered_bytes;
    int rc;

    if (bytes == 0)
        return SQLITE_OK;
    wal->gathered_bytes = 0;
    rc = wal->base->pMethods->xWrite(wal->base, wal->shim->gathered, bytes, (sqlite3_int64)wal->gathered_at);
    if (rc != SQLITE_OK) {
        wal->is_doubtful = true;
        if (wal->lost_from == 0 || wal->gathered_at < wal->lost_from)
            wal->lost_from = wal->gathered_at;
    }
    return rc;
}

int hf_vault_gather_place(struct hf_vault_wal_file *wal, uint64_t offset, uint8_t **out_frame)
{
    const uint64_t end = wal->gathered_at + (uint64_t)wal->gathered_bytes;
    int rc = SQLITE_OK;

    if (wal->gathered_bytes == HF_VAULT_GATHER_BYTES || (wal->gathered_bytes != 0 && offset != end))
        rc = hf_vault_gather_write(wal);
    if (rc != SQLITE_OK)
        return rc;
    if (wal->gathered_bytes == 0)
        wal->gathered_at = offset;
    *out_frame = wal->shim->gathered + wal->gathered_bytes;
    return SQLITE_OK;
}

void hf_vault_gather_took(struct hf_vault_wal_file *wal)
{
    wal->gathered_bytes += HF_VAULT_FRAME_BYTES;
}

bool hf_vault_gather_lost_before(const struct hf_vault_wal_file *wal, uint64_t offset)
{
    return wal->lost_from != 0 && offset > wal->lost_from && hf_vault_rule_is_on(HF_VAULT_RULE_LOST);
}

void hf_vault_gather_begin_anew(struct hf_vault_wal_file *wal)
{
    wal->lost_from = 0;
}
