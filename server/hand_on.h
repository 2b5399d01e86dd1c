/* HAND_ON: changes that were signed for the log before, and that the new shard may not hold, from any device that has
 * them (core/model/shard.h, docs/protocol.md). Each is believed by the signature of the device that made it, and
 * logged as it was signed; who brings it does not matter. In the place of enrolments, revocations and legal holds
 * that the office itself had signed, it makes them again; what it had erased it erases again, first of all. Whose role
 * was changed has the one of the staff record now, and a note says so. */
#ifndef HF_SERVER_HAND_ON_H
#define HF_SERVER_HAND_ON_H

#include "server/office.h"

/* What cannot be taken (a second change with one number, of a device that nobody enrolled, content that does not fit)
 * is answered with index 0 and stays with whoever has it. ERROR: something is no change of a log before this one. */
HF_CHECKED enum hf_status hf_hand_on_answer(struct hf_office *office, const struct hf_peer *peer,
                                            const struct hf_message *request, struct hf_reply *reply);

#endif
