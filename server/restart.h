/* A new chain for a device whose old one cannot go on (docs/protocol.md, New chain). */
#ifndef HF_SERVER_RESTART_H
#define HF_SERVER_RESTART_H

#include "server/office.h"

/* Answers RESTART: which of the shown leaves are in the log, and, when no more follow, the next incarnation. What is
 * not in the log is kept there as evidence, under the office's own signature: an "evidence" note; the grant is an
 * "incarnation" note and an enrol leaf, in the same commit. Asked again before the new chain has begun, it gives the
 * same number and writes nothing. A leaf that this device did not sign: ERROR 1, and nothing is written. */
HF_CHECKED enum hf_status hf_restart_answer(struct hf_office *office, const struct hf_peer *peer,
                                            const struct hf_message *request, struct hf_reply *reply);

#endif
