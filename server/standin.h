/* Access to cases follows cover and handover: who stands in for somebody has their cases for that time, and whoever a
 * case was handed over to holds it. The server writes the assignments ("cover", "reallocated") when a record of the
 * office or of the case says so, and takes back what it gave when the time is over. What the office decided later by
 * itself (`case assign`) stands. */
#ifndef HF_SERVER_STANDIN_H
#define HF_SERVER_STANDIN_H

#include "server/policies.h"

/* One case, inside a batch. *io_wake_ms becomes earlier when cover begins or ends before it. */
HF_CHECKED enum hf_status hf_standin_look(struct hf_batch *batch, const struct hf_book *book,
                                          const struct hf_id *case_id, const struct hf_policies_records *records,
                                          uint64_t *io_wake_ms);

#endif
