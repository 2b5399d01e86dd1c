/* Records that only named people read (types marked `restricted` in core/model: practice concerns about a carer,
 * FSM-37). Named is who stands in the field `allowed`, or in `raised_by`. Server and device ask here. Pure. */
#ifndef HF_CORE_POLICY_RESTRICTED_H
#define HF_CORE_POLICY_RESTRICTED_H

#include "core/merge/merge.h"

/* True when the body of a data change is about a record of a restricted type; the record's id. */
bool hf_restricted_body(struct hf_slice body, struct hf_id *out_record);
bool hf_restricted_names(const struct hf_record_state *record, const struct hf_id *person);

struct hf_restricted_turn {
    bool adds;    /* the change names the person */
    bool removes; /* it takes the person off the list */
    bool alone;   /* and says nothing else */
};
/* What a change does about one person; all false when it is about no restricted record or has no such form. */
struct hf_restricted_turn hf_restricted_turns(struct hf_slice body, const struct hf_id *person);

#endif
