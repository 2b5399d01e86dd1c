/* The signing guard: a tiny separate database (synchronous FULL, never part of a backup) that remembers the newest
 * checkpoint ever signed and lets it only grow (formats.md 2). After restoring an old backup the guard is ahead of the
 * log and the server refuses to sign. One thread at a time. */
#ifndef HF_SERVER_GUARD_H
#define HF_SERVER_GUARD_H

#include "core/log/tree.h"
#include "core/vault/vault.h"

struct hf_guard;
struct hf_guard_mark {
    uint64_t size;
    struct hf_hash root;
    uint64_t shard; /* of the log that it is of (core/model/shard.h); 0: the first */
    uint64_t keys;  /* changes of the key store by then (hf_keystore_changes); only ever grows */
    bool anew;      /* this guard was made anew (guard_new.h), and the log does not say so yet */
};
HF_CHECKED enum hf_status hf_guard_create(struct hf_vault *vault, struct hf_guard **out, struct hf_error *err);
/* A guard that takes the place of a lost one: it begins at `mark`, and keeps `note` (the body of a "guard" note) until
 * the log has it. One transaction. */
HF_CHECKED enum hf_status hf_guard_create_at(struct hf_vault *vault, const struct hf_guard_mark *mark,
                                             struct hf_slice note, struct hf_guard **out, struct hf_error *err);
/* Appends that note. HF_ERR_NOT_FOUND: there is none, or the log has it. */
HF_CHECKED enum hf_status hf_guard_pending_note(struct hf_guard *guard, struct hf_buf *out);
/* The log has it. */
HF_CHECKED enum hf_status hf_guard_note_written(struct hf_guard *guard);
HF_CHECKED enum hf_status hf_guard_open(struct hf_vault *vault, struct hf_guard **out, struct hf_error *err);
void hf_guard_close(struct hf_guard *guard);
HF_CHECKED enum hf_status hf_guard_get(struct hf_guard *guard, struct hf_guard_mark *out);
/* Compare and swap, durable when it returns. HF_ERR_CONFLICT: the mark is not `old`, or `next` does not grow (same size
 * with the same root is fine: it is signed again). */
HF_CHECKED enum hf_status hf_guard_advance(struct hf_guard *guard, const struct hf_guard_mark *old,
                                           const struct hf_guard_mark *next);
/* A new shard of the log, which the authority has certified: from here on the mark is `from`, where it begins. The same
 * again is fine. HF_ERR_CONFLICT: the guard knows this shard further on, or a later one. Never back. */
HF_CHECKED enum hf_status hf_guard_begin_shard(struct hf_guard *guard, const struct hf_guard_mark *from);

#endif
