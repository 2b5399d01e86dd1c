/* What devices tell and ask about the cases they hold. */
#ifndef HF_SERVER_CASELOAD_H
#define HF_SERVER_CASELOAD_H

#include "server/batch.h"

/* Answers PURGED: a device has taken a case off itself. A "purged" note, once for each time that the case was taken
 * from its person, and once after it was erased; none while the person holds a case that was not erased. */
HF_CHECKED enum hf_status hf_caseload_purged(struct hf_office *office, const struct hf_peer *peer,
                                             const struct hf_message *request, struct hf_reply *reply);

#endif
