/* Decisions that more than one file of the client makes. Inside client/. */
#ifndef HF_CLIENT_DECISIONS_H
#define HF_CLIENT_DECISIONS_H

#include "client/handle.h"

/* One case and one role, as holdfast_handover, between hf_handle_enter and hf_handle_leave; the request was checked. */
HF_CHECKED enum hf_status hf_decisions_hand_over(struct holdfast *hf, const struct holdfast_handover *handover,
                                                 struct hf_id *out_record);

#endif
