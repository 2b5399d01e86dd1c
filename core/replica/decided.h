/* Decisions about a clash, a deletion or a proposed amendment that the person of this device is to be told of: made by
 * somebody else, naming a change of this person among others. Kept when such a change takes effect, until the person
 * has seen it (docs/merge.md). */
#ifndef HF_CORE_REPLICA_DECIDED_H
#define HF_CORE_REPLICA_DECIDED_H

#include "core/replica/replica.h"

/* Those not seen yet that are in effect, in the order of the log; record_id NULL: of every record. Whether there was a
 * clash to decide, the reader sees from what the change names. */
HF_CHECKED enum hf_status hf_replica_decided(struct hf_replica *replica, const struct hf_id *record_id,
                                             hf_change_fn *each, void *ctx);
/* HF_ERR_NOT_FOUND: not one of them. */
HF_CHECKED enum hf_status hf_replica_decided_seen(struct hf_replica *replica, const struct hf_id *change_id,
                                                  struct hf_error *err);

/* --- inside core/replica --- */
extern const char hf_replica_decided_tables[];
struct hf_stored;
struct hf_data_body;
/* A change took effect, perhaps again; inside the caller's transaction. */
HF_CHECKED enum hf_status hf_replica_decided_take(struct hf_replica *replica, const struct hf_stored *change,
                                                  const struct hf_data_body *body, struct hf_error *err);

#endif
