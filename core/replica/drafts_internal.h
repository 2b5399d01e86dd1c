/* What drafts.c shares with other files of core/replica. */
#ifndef HF_CORE_REPLICA_DRAFTS_INTERNAL_H
#define HF_CORE_REPLICA_DRAFTS_INTERNAL_H

#include "core/replica/drafts.h"
#include "core/replica/replica_internal.h"

extern const char hf_replica_drafts_tables[];

/* The three below run inside the caller's transaction. */

/* hf_replica_draft_put. */
HF_CHECKED enum hf_status hf_replica_draft_put_in(struct hf_replica *replica, const struct hf_draft_put *put,
                                                  uint64_t now_ms, struct hf_error *err);
/* Ends this device's draft of a record, and notes that it has to end at the office too. HF_OK when there is none. */
HF_CHECKED enum hf_status hf_replica_draft_end(struct hf_replica *replica, const struct hf_id *record_id,
                                               struct hf_error *err);
/* What stood in a field when the device knew no more than `seen`; encoded as in a draft. */
HF_CHECKED enum hf_status hf_replica_draft_saw(struct hf_replica *replica, const struct hf_record_state *state,
                                               const struct hf_field_spec *spec, uint64_t seen, struct hf_buf *out,
                                               struct hf_error *err);

#endif
