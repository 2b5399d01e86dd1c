/* The log's file is laid out ahead: where frames have reached its end, zeros follow them with the same sync, as many
 * frames as there are. A commit then writes over what is there already. Where it makes the file longer, the system has
 * to write down the new length as well, which takes it longer than the frames themselves.
 *
 * What lies behind the last frame is no frame, whatever it is (rule 2 in docs/vault.md); it is never read as one, and
 * SQLite is told nothing. */
#ifndef HF_CORE_VAULT_AHEAD_H
#define HF_CORE_VAULT_AHEAD_H

#include "core/vault/vfs.h"

/* When the log has so many, SQLite copies them into the main file and begins anew, over what is there: a push of some
 * hundred changes writes about a thousand, and each copying waits for the disk three times. */
#define HF_VAULT_LOG_FRAMES 2000

/* Before the frames up to `end` are synced. A disk that has no room for it, or cannot, is no failure: the frames are
 * there without. */
void hf_vault_lay_ahead(struct hf_vault_wal_file *wal, uint64_t end);

#endif
