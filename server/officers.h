/* Records officers (core/model/officer.h): who has the right, and who gives it. The right stands in the staff record;
 * an "officer" note says the same to devices and to the verifier, in the same commit. */
#ifndef HF_SERVER_OFFICERS_H
#define HF_SERVER_OFFICERS_H

#include "core/model/officer.h"
#include "server/people_office.h"

/* As this batch leaves it. False for somebody who is not on the staff list. */
HF_CHECKED enum hf_status hf_officers_is(struct hf_batch *batch, const struct hf_id *person, bool *out);
/* The same of the store, for whoever asks over a device: HF_ERR_DENIED with text when they have no such right, or when
 * the device is not theirs, or not in use: what it signed would not verify. */
HF_CHECKED enum hf_status hf_officers_need(struct hf_office *office, const struct hf_acting *who, struct hf_error *err);

/* Gives the right or takes it back, in one commit. Nobody gives it to themselves, only to people of a role that reads
 * every case, and not to a second staff record with the name of somebody who has it: one person is not two officers.
 * HF_ERR_DENIED, HF_ERR_INVALID, HF_ERR_CONFLICT, HF_ERR_NOT_FOUND, with text. Nothing to change is fine. */
HF_CHECKED enum hf_status hf_officers_set(struct hf_office *office, const struct hf_id *person, bool given,
                                          struct hf_error *err);
/* Inside a batch: the staff record and the note. */
HF_CHECKED enum hf_status hf_officers_write(struct hf_batch *batch, const struct hf_id *person, bool given,
                                            const struct hf_class_key *key, struct hf_error *err);

/* Sets *out_hold to HF_HOLD_OFFICER where the record is of a type that only officers write, or is about what its own
 * author wrote (a restriction of one's own entry, its lifting too), and leaves it otherwise. */
HF_CHECKED enum hf_status hf_officers_decide(struct hf_batch *batch, const struct hf_id *author,
                                             const struct hf_data_body *body, enum hf_hold *out_hold);

#endif
