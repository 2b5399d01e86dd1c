/* Sealed frames on their way into the log: those that follow one another are gathered and written by one call, when
 * there are many, when one does not follow, and before anything is read, cut or synced. So a write that fails may be
 * that of a frame which SQLite was told is written; from then on nothing is appended behind it, until SQLite has rolled
 * back and writes where it lay or before. */
#ifndef HF_CORE_VAULT_GATHER_H
#define HF_CORE_VAULT_GATHER_H

#include "core/vault/vfs.h"

#define HF_VAULT_GATHER_FRAMES 16
#define HF_VAULT_GATHER_BYTES  (HF_VAULT_GATHER_FRAMES * HF_VAULT_FRAME_BYTES)

/* Where to seal the frame that belongs at `offset` of the file; then hf_vault_gather_took. What was gathered is written
 * first when it does not end there. SQLite result codes. */
int hf_vault_gather_place(struct hf_vault_wal_file *wal, uint64_t offset, uint8_t **out_frame);
void hf_vault_gather_took(struct hf_vault_wal_file *wal);
/* Writes what was gathered. After an error it is gone, and the file doubtful. */
int hf_vault_gather_write(struct hf_vault_wal_file *wal);
/* A frame was lost before `offset`, so that none may be appended there. */
bool hf_vault_gather_lost_before(const struct hf_vault_wal_file *wal, uint64_t offset);
/* SQLite has rolled back and begins again. */
void hf_vault_gather_begin_anew(struct hf_vault_wal_file *wal);

#endif
