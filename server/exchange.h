/* What a device has sent by a carried file (protocol/carry.h), and the answer that goes back to it the same way. The
 * file's messages go through the same session machine and the same office as those of a connection: the same limits,
 * standing, caseload and holds, and every change is logged once however often and by whichever way it comes. */
#ifndef HF_SERVER_EXCHANGE_H
#define HF_SERVER_EXCHANGE_H

#include "server/office.h"

struct hf_exchange_report {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint64_t changes;      /* in the file */
    uint64_t held;         /* of them, logged without effect */
    uint64_t entries;      /* of others, in the answer */
    bool hand_in;          /* the device was revoked: it gets receipts and nothing else */
    struct hf_error error; /* HF_OK, or what was refused; what came before it is logged */
};
/* Takes a file of kind 1 in; out_answer gets a file of kind 2 for the same device. HF_ERR_INVALID, HF_ERR_CORRUPT,
 * HF_ERR_NOT_FOUND: not of a device of this office; HF_ERR_IO …: the office's own disk. With text; what was logged
 * before stays. */
HF_CHECKED enum hf_status hf_exchange_take(struct hf_office *office, struct hf_slice file, struct hf_buf *out_answer,
                                           struct hf_exchange_report *report, struct hf_error *err);
/* A file of kind 2 that nobody asked for: what the device may read from an entry of the log on. No receipts: these
 * follow when it has asked. HF_ERR_NOT_FOUND, HF_ERR_DENIED: the device was revoked or waits for its confirmation. */
HF_CHECKED enum hf_status hf_exchange_make(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                           uint64_t from, struct hf_buf *out, struct hf_exchange_report *report,
                                           struct hf_error *err);

#endif
