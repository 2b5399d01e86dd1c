/* The office begins a new shard of its log, because the end of the log before was lost there (core/model/shard.h). This
 * device follows it by the authority's signature alone. What it had proved in the log before stays here as evidence;
 * what the new log does not hold as far as this device knows – its own changes and those of others that it was given –
 * is handed on, each as it was signed, until the office has answered for all of it. */
#ifndef HF_CORE_REPLICA_SHARD_H
#define HF_CORE_REPLICA_SHARD_H

#include "core/replica/replica.h"

extern const char hf_replica_shard_tables[];

/* Takes a certificate with a newer shard than this device knows; the caller has checked the authority's signature. One
 * transaction. HF_ERR_INVALID: no newer shard is in it. */
HF_CHECKED enum hf_status hf_replica_shard_take(struct hf_replica *replica, const struct hf_note_body *certificate,
                                                uint64_t now_ms, struct hf_error *err);

/* Changes still to be handed on, in the order of the log before, then own ones that were never sent; until the callback
 * stops. */
HF_CHECKED enum hf_status hf_replica_hand_on(struct hf_replica *replica, hf_item_fn *each, void *ctx);
HF_CHECKED enum hf_status hf_replica_hand_on_left(struct hf_replica *replica, uint64_t *out);
/* The office's answers for the first `count` of them, in that order: where each stands in the new log; index 0: it is
 * not there, and the office could not take it. */
HF_CHECKED enum hf_status hf_replica_store_handed_on(struct hf_replica *replica, const struct hf_pushed *results,
                                                     size_t count, struct hf_error *err);

/* The newest shard that this device lived through. */
struct hf_shard_seen {
    bool any;
    uint64_t number;
    char name[HF_LOG_NAME_BYTES_MAX + 1];
    char reason[HF_SHARD_REASON_BYTES_MAX + 1];
    uint64_t began_ms;   /* this device's clock, when it followed */
    uint64_t size;       /* entries of the log before that the new one begins with */
    uint64_t known_size; /* of the newest checkpoint of the log before that this device had checked; it stays here */
    uint64_t handed_on, not_taken, left;
    uint64_t not_here; /* own changes that the new log may lack, of cases that are not on this device any more */
};
HF_CHECKED enum hf_status hf_replica_shard_seen(struct hf_replica *replica, struct hf_shard_seen *out,
                                                struct hf_error *err);
/* The newest checkpoint of the log before it, as this device had checked it: evidence. Empty when it had none. */
HF_CHECKED enum hf_status hf_replica_shard_evidence(struct hf_replica *replica, struct hf_buf *out,
                                                    struct hf_error *err);

#endif
