/* Urgent access: a worker opens a case that is not theirs, because a child cannot wait until somebody assigns it. They
 * name the case by its reference or id and give a reason; the server writes an `urgent_access` record into the case, in
 * the sight of everybody who holds it and of the managers, and assigns the case with the reason code "urgent". After
 * HF_URGENT_HOURS it is taken away again ("urgent_over"), unless somebody has assigned the case to them by then. A
 * record that is restricted to named people stays closed (server/restricted.h). */
#ifndef HF_SERVER_URGENT_H
#define HF_SERVER_URGENT_H

#include "server/batch.h"

#define HF_URGENT_HOURS         72
#define HF_URGENT_REASON_MIN    10 /* bytes: more than "urgent" */
#define HF_URGENT_REASON_MAX    2000
#define HF_URGENT_OPEN_MAX      5 /* cases open to one person this way at the same time */
#define HF_URGENT_CODE          "urgent"
#define HF_URGENT_CODE_OVER     "urgent_over"
#define HF_URGENT_REFERENCE_MAX 200 /* bytes */

/* HF_ERR_NOT_FOUND: no case has this reference; HF_ERR_CONFLICT: several have it, or the person holds it already;
 * HF_ERR_INVALID: no reason to speak of; HF_ERR_LIMIT: too many are open; with text. */
HF_CHECKED enum hf_status hf_urgent_open(struct hf_office *office, const struct hf_id *person,
                                         struct hf_slice reference, struct hf_slice reason, struct hf_id *out_case,
                                         uint64_t *out_until_ms, struct hf_error *err);
/* Takes away what is over. */
HF_CHECKED enum hf_status hf_urgent_step(struct hf_office *office);
/* When the next step has work (Unix ms); 0: now; UINT64_MAX: not before one is opened. */
uint64_t hf_urgent_wake_ms(const struct hf_office *office);
void hf_urgent_forget(struct hf_office *office);

/* The assignment that stands is an urgent one. */
HF_CHECKED enum hf_status hf_urgent_is(struct hf_office *office, const struct hf_id *case_id,
                                       const struct hf_id *person, bool *out);

#endif
