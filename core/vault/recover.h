/* What is believed of a WAL that an earlier process left behind. SQLite ends the log at the first frame it cannot use
 * and says nothing; a power failure looks like that, and so does damage. This module tells them apart (rule 2 in
 * docs/vault.md):
 * - A bad frame with at most one authentic commit frame behind it is a power failure: end of log. A transaction is
 *   synced before the next one is written, so only the last one can have holes.
 * - Two or more authentic commit frames of the same generation behind a bad one prove damage.
 * The same holds for a bad WAL header. Reads only. */
#ifndef HF_CORE_VAULT_RECOVER_H
#define HF_CORE_VAULT_RECOVER_H

#include "core/vault/checksum.h"

#include <sqlite3.h>

struct hf_vault_wal_file;

/* SQLite's running WAL checksum, followed frame by frame. */
struct hf_vault_recovery {
    bool is_live;  /* every frame so far was good */
    uint64_t next; /* offset of the frame that comes next */
    struct hf_vault_checksum checksum;
};

/* Reads the 32 bytes of the WAL header, and starts recovery with them. Bytes that are no header read as zeros: no log.
 * SQLite result codes; SQLITE_IOERR_DATA for damage. */
int hf_vault_recover_header(struct hf_vault_wal_file *wal, uint8_t out[HF_VAULT_WAL_HEADER_BYTES]);

/* Reads the frame at `offset`. A frame that is not good reads as zeros: end of log. SQLITE_IOERR_DATA for damage. */
int hf_vault_recover_frame(struct hf_vault_wal_file *wal, uint64_t offset, uint8_t out[HF_VAULT_FRAME_BYTES]);

#endif
