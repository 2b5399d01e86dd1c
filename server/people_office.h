/* What the office does with its people beyond enrolling their devices: staff records without an invitation, another
 * role. Each is a server leaf. */
#ifndef HF_SERVER_PEOPLE_OFFICE_H
#define HF_SERVER_PEOPLE_OFFICE_H

#include "server/enrol.h"

/* A staff record. Somebody of this name and role who is there already is that person. HF_ERR_INVALID with text. */
HF_CHECKED enum hf_status hf_people_add(struct hf_office *office, struct hf_slice name, enum hf_role role,
                                        struct hf_id *out_person, struct hf_error *err);
/* Another role for a person and for all their devices: staff record, "role" note and device rows in one commit; open
 * connections are looked at again. Assignments stay. HF_ERR_NOT_FOUND. Nothing to change is fine. */
HF_CHECKED enum hf_status hf_people_set_role(struct hf_office *office, const struct hf_id *person, enum hf_role role,
                                             struct hf_error *err);
/* After a new shard of the log began at `shard`, for somebody whose role had changed in the part that was lost: a
 * "role" note with the role of now, once, by which their devices hear of it. Nothing for a person who is not there. */
HF_CHECKED enum hf_status hf_people_say_role(struct hf_office *office, const struct hf_id *person, uint64_t shard);
/* Inside a batch: a text into one field of a staff record. */
HF_CHECKED enum hf_status hf_people_write_field(struct hf_batch *batch, const struct hf_id *person, uint16_t field,
                                                struct hf_slice text, const struct hf_class_key *key,
                                                struct hf_error *err);

#endif
