/* Settling a held change: a person in the office lets it take effect, or says that it never will. Two roads lead here:
 * a decision record (HF_RECORD_HELD_DECISION), signed by the device of somebody with the role office, that arrives by a
 * push; and a command, for which the server writes such a record itself. Both end in a "release" note, which devices
 * follow. What was held only because it builds on the change is looked at again. */
#ifndef HF_SERVER_RELEASE_H
#define HF_SERVER_RELEASE_H

#include "server/batch.h"

/* Whether this role may write records of this type at all; true for types that are nobody's in particular. */
bool hf_release_may_write(enum hf_role role, uint16_t type);

/* Inside a batch: effect, dependents and note. HF_ERR_NOT_FOUND: no such change; HF_ERR_STATE with text: it is not
 * held, or a release cannot make it count; then the batch is as it was. */
HF_CHECKED enum hf_status hf_release_in(struct hf_batch *batch, const struct hf_id *change_id, bool released,
                                        struct hf_error *err);

/* After a data change took effect: when its record is a decision about a held change, the decision is carried out. A
 * decision that cannot be carried out (already settled, in conflict) has no further effect. */
HF_CHECKED enum hf_status hf_release_follow(struct hf_batch *batch, const struct hf_id *record_id);

/* After a data change was logged and is held: a decision about it may have come first – over another way, or from a log
 * that was lost (hand_on.h) – and is carried out now. */
HF_CHECKED enum hf_status hf_release_look(struct hf_batch *batch, const struct hf_id *change_id,
                                          const struct hf_id *case_id, const struct hf_id *record_id);

/* The command: writes the decision record into the change's case, in the name of whoever asks (hf_acting), and carries
 * it out, in one commit. HF_ERR_INVALID without a reason; otherwise as hf_release_in. */
HF_CHECKED enum hf_status hf_release_settle(struct hf_office *office, const struct hf_id *change_id, bool released,
                                            struct hf_slice reason, struct hf_error *err);

#endif
