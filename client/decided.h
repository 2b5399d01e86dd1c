/* Decisions about a clash that this person is told of until they have seen them. Inside client/. */
#ifndef HF_CLIENT_DECIDED_H
#define HF_CLIENT_DECIDED_H

#include "client/handle.h"

/* holdfast_decisions_told on a handle that was entered; record NULL: of every record. */
HF_CHECKED enum hf_status hf_decided_each(struct holdfast *hf, const struct hf_id *record, holdfast_decided_fn *each,
                                          void *ctx);

#endif
