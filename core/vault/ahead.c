#include "core/vault/ahead.h"

#include "core/vault/gather.h"

#define FRAMES_LEAST 16
#define FRAMES_MOST  256

static uint64_t frames_ahead(uint64_t frames)
{
    const uint64_t wanted = frames < FRAMES_LEAST ? FRAMES_LEAST : frames > FRAMES_MOST ? FRAMES_MOST : frames;

    if (frames >= HF_VAULT_LOG_FRAMES)
        return 0;
    return frames + wanted <= HF_VAULT_LOG_FRAMES ? wanted : HF_VAULT_LOG_FRAMES - frames;
}

void hf_vault_lay_ahead(struct hf_vault_wal_file *wal, uint64_t end)
{
    static const uint8_t zeros[HF_VAULT_GATHER_BYTES];
    const uint64_t frames = (end - HF_VAULT_WAL_HEADER_BYTES) / HF_VAULT_FRAME_BYTES;
    const uint64_t until = end + frames_ahead(frames) * HF_VAULT_FRAME_BYTES;
    sqlite3_int64 size = 0;
    int rc = SQLITE_OK;

    if (end <= wal->laid_to || wal->base->pMethods->xFileSize(wal->base, &size) != SQLITE_OK)
        return;
    wal->laid_to = (uint64_t)size;
    if (wal->laid_to > end)
        return;
    while (rc == SQLITE_OK && wal->laid_to < until) {
        const uint64_t left = until - wal->laid_to;
        const int amount = left < sizeof(zeros) ? (int)left : (int)sizeof(zeros);

        rc = wal->base->pMethods->xWrite(wal->base, zeros, amount, (sqlite3_int64)wal->laid_to);
        wal->laid_to += (uint64_t)amount;
    }
    if (rc != SQLITE_OK) { /* what little room there is belongs to the database */
        (void)wal->base->pMethods->xTruncate(wal->base, size);
        wal->laid_to = end;
    }
}
