/* Drafts at the office: kept sealed for a person's other devices, and shared with those who hold the case when the
 * author asks for it. The office never opens them. Outside the log. */
#ifndef HF_SERVER_DRAFTS_H
#define HF_SERVER_DRAFTS_H

#include "server/office.h"

/* Answers DRAFTS. Takes drafts of cases that this person may read now or held once, to hand them in (a revoked device:
 * of any), gives out those of the person's other devices and the shared ones, all of cases that the person may read
 * now; a revoked device gets none. */
HF_CHECKED enum hf_status hf_drafts_answer(struct hf_office *office, const struct hf_peer *peer,
                                           const struct hf_message *request, struct hf_reply *reply);
/* Whether a DRAFTS of this device might bring it anything; one of a case that it may not read counts too. */
HF_CHECKED enum hf_status hf_drafts_any(struct hf_office *office, const struct hf_peer *peer, bool *out);
/* Throws all drafts of a case away: when the case is erased. */
HF_CHECKED enum hf_status hf_drafts_purge(struct hf_office *office, const struct hf_id *case_id);

#endif
