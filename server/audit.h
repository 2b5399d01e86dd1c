/* The log's public face: publishing behind the signing guard, proofs for devices, entries for auditors. */
#ifndef HF_SERVER_AUDIT_H
#define HF_SERVER_AUDIT_H

#include "server/office.h"

/* Answers HEAD: newest signed checkpoint, consistency from the asked size, a range proof for each range. Publishes
 * first. */
HF_CHECKED enum hf_status hf_audit_head(struct hf_office *office, const struct hf_message *request,
                                        struct hf_reply *reply);
/* Answers ENTRIES: leaves and payloads below the newest checkpoint; bodies of the kinds that are always open, with r.
 * With contents, whatever the key store has a key for stands open, and before anything is answered the log says who
 * reads it: an "office" note with the command HF_AUDIT_READS, one for each device and quarter of an hour. */
#define HF_AUDIT_READS        "audit contents"
#define HF_AUDIT_READS_FOR_MS (15ull * 60 * 1000)
HF_CHECKED enum hf_status hf_audit_entries(struct hf_office *office, const struct hf_peer *peer,
                                           const struct hf_message *request, struct hf_reply *reply);

#endif
