/* Records that only named people read (practice concerns about a carer, FSM-37): the server hands them to nobody else,
 * whatever their role or caseload, and opens them for no auditor. Named is who stands in `allowed` or as the person who
 * raised it, now: whoever is named later gets all of it, whoever is taken off the list the change that says so. */
#ifndef HF_SERVER_RESTRICTED_H
#define HF_SERVER_RESTRICTED_H

#include "core/policy/restricted.h"
#include "server/office.h"

/* A record that is not there yet, or has no effect, is nobody's. */
HF_CHECKED enum hf_status hf_restricted_may_read(struct hf_office *office, const struct hf_id *person,
                                                 const struct hf_id *record, bool *out);
/* Whether the person gets a change with this body: any that is about no restricted record; of one that is, when the
 * person may read it, or when the change takes just them off its list. */
HF_CHECKED enum hf_status hf_restricted_may_have(struct hf_office *office, const struct hf_id *person,
                                                 struct hf_slice body, bool *out);

#endif
