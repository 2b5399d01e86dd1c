/* How long a case is kept, for who is about to sign its erasure. Inside client/. */
#ifndef HF_CLIENT_RETENTION_H
#define HF_CLIENT_RETENTION_H

#include "client/handle.h"

/* HF_OK when the time of the case is over today, by the dates and procedures on this device; HF_ERR_DENIED with text
 * that says until when it is kept, or which date is missing. Inside an entered handle. */
HF_CHECKED enum hf_status hf_retention_over(struct holdfast *hf, const struct hf_id *case_id);

#endif
