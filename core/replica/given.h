/* Who was given which case, and from whom it was taken, as the office logged it: of everybody, on every device. Inside
 * replica. One thread at a time. */
#ifndef HF_CORE_REPLICA_GIVEN_H
#define HF_CORE_REPLICA_GIVEN_H

#include "core/replica/replica_internal.h"

extern const char hf_replica_given_tables[];
/* An assign note of the server at `index`; the same again changes nothing. */
HF_CHECKED enum hf_status hf_replica_given_take(struct hf_replica *replica, const struct hf_note_body *note,
                                                uint64_t index, struct hf_error *err);
/* Whether the newest of them gives the case to this person; false without one. */
HF_CHECKED enum hf_status hf_replica_given_now(struct hf_replica *replica, const struct hf_id *case_id,
                                               const struct hf_id *person, bool *out, struct hf_error *err);

#endif
