/* Changes that came, or go, without the office: carried from one device to another that holds the same case. They are
 * checked as a delivery of the office is (signature, known device, seal, no second change with their number) and count
 * here at once; their place in the log comes later, by the feed, to the very same row. What the office decides about
 * them then stands above. */
#ifndef HF_CORE_REPLICA_CARRIED_H
#define HF_CORE_REPLICA_CARRIED_H

#include "core/replica/replica.h"

/* Cases that this device may carry changes of: a key is here, and its person holds them. */
HF_CHECKED enum hf_status hf_replica_carry_cases(struct hf_replica *replica,
                                                 bool (*each)(void *ctx, const struct hf_id *case_id), void *ctx);
/* The newest class key of a case held here. HF_ERR_NOT_FOUND. Wipe *out. */
HF_CHECKED enum hf_status hf_replica_carry_key(struct hf_replica *replica, const struct hf_id *case_id,
                                               struct hf_class_key *out);
HF_CHECKED enum hf_status hf_replica_carry_key_by_id(struct hf_replica *replica, const struct hf_id *key_id,
                                                     struct hf_class_key *out);
/* Changes of a case, own and others', in the order of this device: those that are not in the log as far as it knows, or
 * all. Never of a restricted record (nobody here knows who else may read it), and nothing that is held. */
HF_CHECKED enum hf_status hf_replica_carry_out(struct hf_replica *replica, const struct hf_id *case_id, bool all,
                                               hf_item_fn *each, void *ctx);

struct hf_carried {
    size_t taken;      /* new here */
    size_t known;      /* were here before */
    size_t strangers;  /* of a device that this one has not heard of: it has to hear from the office first */
    size_t revoked;    /* of a device that was revoked: for the office to judge */
    size_t restricted; /* of a restricted record: these come from the office only */
};
/* Takes changes of one case in, all or none, in one transaction. HF_ERR_NOT_FOUND: this device does not hold the case;
 * HF_ERR_AUTH: a change was altered, or contradicts what is here; with text. */
HF_CHECKED enum hf_status hf_replica_carry_in(struct hf_replica *replica, const struct hf_id *case_id,
                                              const struct hf_item *items, size_t count, uint64_t now_ms,
                                              struct hf_carried *out, struct hf_error *err);

/* --- what this device knows of its contact with the office --- */
extern const char hf_replica_contact_tables[];
/* The last file for the office that was made here and not answered yet; HF_HASH_BYTES, zero: none. */
HF_CHECKED enum hf_status hf_replica_request_put(struct hf_replica *replica, const uint8_t request[HF_HASH_BYTES],
                                                 struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_request_get(struct hf_replica *replica, uint8_t out[HF_HASH_BYTES]);
/* How far the office's clock was ahead of this device's when they last spoke, and when that was (this device's clock;
 * 0: never). */
struct hf_clock_seen {
    int64_t offset_ms;
    uint64_t at_ms;
};
HF_CHECKED enum hf_status hf_replica_clock_put(struct hf_replica *replica, const struct hf_clock_seen *seen,
                                               struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_clock_get(struct hf_replica *replica, struct hf_clock_seen *out);

#endif
