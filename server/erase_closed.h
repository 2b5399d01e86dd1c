/* A device that was taken out of use answers no erasure. A records officer closes the question for it with a signed
 * statement: a record "copy_closed" of the office case, which says what became of the copy, and why that is believed.
 * It destroys nothing. It counts for a device that was revoked, and stays beside the erasure for auditors. */
#ifndef HF_SERVER_ERASE_CLOSED_H
#define HF_SERVER_ERASE_CLOSED_H

#include "server/office.h"

struct hf_closed {
    char by[HF_ID_TEXT_BYTES]; /* who said so: id; "" unknown */
    char on[16];               /* "2026-11-22"; "" */
    char what[24];             /* destroyed, returned, lost, unreachable, other */
    struct hf_buf reason;
};
/* The statement about this case and device; the latest of several. HF_ERR_NOT_FOUND. Clear out->reason. */
HF_CHECKED enum hf_status hf_erase_closed(struct hf_office *office, const struct hf_id *case_id,
                                          const uint8_t device[HF_SIGN_PUBLIC_BYTES], struct hf_closed *out);

#endif
