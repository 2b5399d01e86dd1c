/* The feed: what a device's caseload lets it read, in log order. Own changes are left out: the device has them. */
#ifndef HF_SERVER_FEED_H
#define HF_SERVER_FEED_H

#include "server/office.h"

/* Answers PULL into reply (type FEED, or ERROR HF_ERR_DENIED for a case the person does not hold). */
HF_CHECKED enum hf_status hf_feed_answer(struct hf_office *office, const struct hf_peer *peer,
                                         const struct hf_message *request, struct hf_reply *reply);
/* Whether this peer may read a case now. */
HF_CHECKED enum hf_status hf_feed_may_read(struct hf_office *office, const struct hf_peer *peer,
                                           const struct hf_id *case_id, bool *out);
/* True for roles that read every case. */
bool hf_feed_reads_all(enum hf_role role);

#endif
