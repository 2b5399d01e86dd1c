/* A first sync as a snapshot (docs/decisions/0006): the state of cases comes before their history, and counts as what
 * it is – the word of the office – until the history is here.
 *
 * Before anything of a case is stored: the server's note "digests" is in the log of a checkpoint that this device has
 * verified, is signed by the server's key and opens under the key of the office case, and the digest of what came is
 * the one in it. A record that came so keeps, beside its state, where the changes stand that its entries name; it has
 * no rows in `changes` (nothing here could recompute it), and later edits merge exactly on top, because their bases are
 * entries of the state as it came. What names a change that is not among them waits, and fetches the case's history.
 *
 * The history is a catch-up from the beginning. What it brings stands behind the state (HF_EFFECT_BEHIND) until all of
 * it is here; then every record is computed from its changes, each of which was checked as any other, and the digest
 * must be the one of the note. If it is, the mark goes. If not, the device trusts the log no more (distrust.h); note,
 * checkpoint, proof and changes stay.
 *
 * A case of which any change is here already is never taken so, and nothing of this device's own. */
#ifndef HF_CORE_REPLICA_SNAPSHOT_H
#define HF_CORE_REPLICA_SNAPSHOT_H

#include "core/log/tree.h"
#include "core/model/snapshot.h"
#include "core/replica/replica.h"

/* A first fetch of fewer records, of a whole caseload or of one case, comes with its history. */
#define HF_SNAPSHOT_LEAST 1000

/* From how many records on; UINT64_MAX: never. For this time that the replica is open. */
void hf_replica_snapshot_least(struct hf_replica *replica, uint64_t least);

/* What the session asks for (struct hf_client_facts). */
struct hf_snapshot_want {
    uint64_t past;
    bool due, one;
    struct hf_id case_id;
    uint64_t least, noted;
    struct hf_snapshot_at at;
};
HF_CHECKED enum hf_status hf_replica_snapshot_want(struct hf_replica *replica, struct hf_snapshot_want *out);
/* Takes in one part. HF_ERR_AUTH with text: something does not hold; nothing of the part is stored. HF_ERR_STATE:
 * nobody asked. A case that a later program wrote something in is left to its history. */
HF_CHECKED enum hf_status hf_replica_store_snapshot(struct hf_replica *replica, const struct hf_snapshot_part *part,
                                                    bool one_case, uint64_t now_ms, struct hf_error *err);

/* --- what is not verified back to its signatures -------------------------------------------------------------------
 */
HF_CHECKED enum hf_status hf_replica_is_unproved(struct hf_replica *replica, const struct hf_id *record_id, bool *out);
struct hf_unproved {
    uint64_t cases, records;
    uint64_t fetching; /* cases whose history comes with the next sync */
};
HF_CHECKED enum hf_status hf_replica_unproved(struct hf_replica *replica, struct hf_unproved *out);
/* The next sync fetches the case's history (NULL: of every case that is not verified). *out_asked: false when it is
 * here already. */
HF_CHECKED enum hf_status hf_replica_prove(struct hf_replica *replica, const struct hf_id *case_id, bool *out_asked,
                                           struct hf_error *err);
/* HF_ERR_WAITING with a sentence, and the next sync fetches the history, when the record is not verified yet: for what
 * needs its changes. */
HF_CHECKED enum hf_status hf_replica_needs_history(struct hf_replica *replica, const struct hf_id *record_id,
                                                   struct hf_error *err);
/* Where a change stands that an entry of such a record names, and its device's number here. HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_replica_stub(struct hf_replica *replica, const struct hf_id *record_id,
                                          const struct hf_id *change, uint64_t *out_index, uint64_t *out_device);

/* --- inside core/replica -------------------------------------------------------------------------------------------
 */
extern const char hf_replica_snapshot_tables[];
/* The log size at which the case came; 0: it did not, or it is verified. */
HF_CHECKED enum hf_status hf_replica_snapshot_size(struct hf_replica *replica, const struct hf_id *case_id,
                                                   uint64_t *out, struct hf_error *err);
/* In the caller's transaction: the history is to come. */
HF_CHECKED enum hf_status hf_replica_snapshot_again(struct hf_replica *replica, const struct hf_id *case_id,
                                                    struct hf_error *err);
/* In the caller's transaction, when a catch-up is over: HF_ERR_AUTH when the history leads to another state. */
HF_CHECKED enum hf_status hf_replica_snapshot_settle(struct hf_replica *replica, const struct hf_id *case_id,
                                                     struct hf_error *err);
/* After that failed and was rolled back: keeps what was found. */
void hf_replica_snapshot_convict(struct hf_replica *replica, const struct hf_id *case_id, uint64_t now_ms,
                                 const char *text);
/* The state as it came, of a record that is not verified; *out_found: false, and an empty state, for any other. */
struct hf_record_state;
HF_CHECKED enum hf_status hf_replica_snapshot_state(struct hf_replica *replica, const struct hf_id *record_id,
                                                    struct hf_record_state *out, bool *out_found, struct hf_error *err);
/* Whether an entry of the state, or of the state as it came, names this change. */
bool hf_replica_state_names(const struct hf_record_state *state, const struct hf_id *change);
HF_CHECKED enum hf_status hf_replica_snapshot_names(struct hf_replica *replica, const struct hf_id *record_id,
                                                    const struct hf_id *change, bool *out, struct hf_error *err);

#endif
