/* Whether another device's draft that is kept here was finished there: its author's device has saved it as a change,
 * and only the end of the draft has not come yet (docs/protocol.md, Drafts). It says how a copy is shown; nothing is
 * thrown away because of it. */
#ifndef HF_CORE_REPLICA_DRAFT_DONE_H
#define HF_CORE_REPLICA_DRAFT_DONE_H

#include "core/replica/drafts.h"

/* *out_ms: when, by that device's clock; 0: not as far as is known here. A change of `device` about the record, not
 * older than the draft, that was made from what the draft's author saw. Of entries that are only added, which are made
 * from nothing, the words have to be the same. */
HF_CHECKED enum hf_status hf_replica_draft_done(struct hf_replica *replica, const struct hf_draft *draft,
                                                const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t *out_ms,
                                                struct hf_error *err);

#endif
