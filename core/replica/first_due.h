/* The limit that was set first stays visible: whoever changes what a limit hangs on (the time or the urgency of a
 * request) keeps the old one in the field that the rule's "first_due" names, in the same save. The engine shows it
 * beside the new limit. */
#ifndef HF_CORE_REPLICA_FIRST_DUE_H
#define HF_CORE_REPLICA_FIRST_DUE_H

#include "core/replica/replica.h"

struct hf_first_due {
    uint16_t field; /* 0: nothing has to be kept */
    uint64_t due_ms;
};
/* Of the record before a change and the whole body of that change. Nothing is kept when the field says something
 * already, when there was no limit, or when it stays; what cannot be worked out keeps nothing, for saving never fails
 * on a rule: HF_ERR_NOMEM only, and errors of the database. */
HF_CHECKED enum hf_status hf_replica_first_due(struct hf_replica *replica, const struct hf_record_state *before,
                                               struct hf_slice body, uint64_t now_ms, struct hf_first_due *out,
                                               struct hf_error *err);

#endif
