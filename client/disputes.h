/* Contested entries. Inside client/. */
#ifndef HF_CLIENT_DISPUTES_H
#define HF_CLIENT_DISPUTES_H

#include "client/handle.h"

/* HF_ERR_DENIED with text when the use of the entry is restricted for this device's role. */
HF_CHECKED enum hf_status hf_disputes_may_use(struct holdfast *hf, const struct hf_id *record_id);

#endif
