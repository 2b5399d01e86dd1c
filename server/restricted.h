/* Records that only named people read (practice concerns about a carer, FSM-37): the server does not feed them to
 * anybody else, whatever their role or caseload. Named is who stands in `allowed` or as the person who raised it.
 * Whoever is named later gets what is recorded from then on. */
#ifndef HF_SERVER_RESTRICTED_H
#define HF_SERVER_RESTRICTED_H

#include "server/office.h"

/* True when the body of a data change is about a record of a restricted type; the record's id. */
bool hf_restricted_body(struct hf_slice body, struct hf_id *out_record);
/* A record that is not there yet, or has no effect, is nobody's. */
HF_CHECKED enum hf_status hf_restricted_may_read(struct hf_office *office, const struct hf_id *person,
                                                 const struct hf_id *record, bool *out);

#endif
