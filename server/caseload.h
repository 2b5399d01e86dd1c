/* What devices tell and ask about the cases they hold. */
#ifndef HF_SERVER_CASELOAD_H
#define HF_SERVER_CASELOAD_H

#include "server/batch.h"

/* Answers PURGED: a device has taken a case off itself. A "purged" note, once for each time that the case was taken
 * from its person; none while the person holds the case. */
HF_CHECKED enum hf_status hf_caseload_purged(struct hf_office *office, const struct hf_peer *peer,
                                             const struct hf_message *request, struct hf_reply *reply);

#endif
