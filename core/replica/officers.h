/* Who is a records officer (core/model/officer.h), as the office's notes say. Internal to core/replica. */
#ifndef HF_CORE_REPLICA_OFFICERS_H
#define HF_CORE_REPLICA_OFFICERS_H

#include "core/model/body_caseload.h"
#include "core/replica/replica_internal.h"

extern const char hf_replica_officer_tables[];

/* The "officer" note of log entry `index`. */
HF_CHECKED enum hf_status hf_replica_officer_take(struct hf_replica *replica, const struct hf_caseload_note *note,
                                                  uint64_t index, struct hf_error *err);
/* Whether the person had the right just before log entry `index`; HF_INDEX_NONE: as far as this device knows. */
HF_CHECKED enum hf_status hf_replica_officer_at(struct hf_replica *replica, const struct hf_id *person, uint64_t index,
                                                bool *out, struct hf_error *err);

#endif
