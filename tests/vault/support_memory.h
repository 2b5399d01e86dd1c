/* Vaults on a disk in memory, for tests that open thousands of damaged ones. */
#ifndef HF_TESTS_VAULT_SUPPORT_MEMORY_H
#define HF_TESTS_VAULT_SUPPORT_MEMORY_H

#include "tests/vault/support_vault.h"
#include "tools/simulator/disk.h"

#define MEMORY_DB  "/case.db"
#define MEMORY_WAL "/case.db-wal"

/* A disk with an empty database. */
struct disk *memory_disk(void);
enum hf_status memory_open(struct disk *disk, struct hf_vault **out_vault, struct hf_error *err);
/* Fails the test when it does not open. */
struct hf_vault *memory_must_open(struct disk *disk);

/* Opens, reads everything and closes: HF_OK, or the status of what went wrong. *out_step (may be NULL) gets meta.step.
 * The disk's files must be the same afterwards when it fails. */
enum hf_status memory_read_all(struct disk *disk, int64_t *out_step);

/* A database with `commits` commits: meta.step is their number. In the main file when `is_closed`, else in the WAL. */
struct disk *memory_with_commits(int commits, bool is_closed);

/* Where the frames of that log end. Behind them its file is laid out with zeros (core/vault/ahead.h). */
size_t memory_log_end(struct disk *disk, const char *path);

/* A copy of database and WAL on a disk of its own. */
struct disk *memory_copy(struct disk *disk);

#endif
