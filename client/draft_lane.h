/* Drafts on their way, over a line or in a carried file: what the replica tells becomes a message, and the answer
 * becomes what the replica takes in. Inside client/. */
#ifndef HF_CLIENT_DRAFT_LANE_H
#define HF_CLIENT_DRAFT_LANE_H

#include "core/replica/draft_sync.h"
#include "protocol/message.h"

/* hf_replica_drafts_pending, after what the office decided about sharing was heeded (client/draft_share.c). */
HF_CHECKED enum hf_status hf_draft_lane_pending(struct hf_replica *replica, bool *out, struct hf_error *err);
/* Collects into *out, which the caller clears, also after an error; the message borrows from it. */
HF_CHECKED enum hf_status hf_draft_lane_collect(struct hf_replica *replica, struct hf_drafts_out *out,
                                                struct hf_msg_drafts *out_message, struct hf_error *err);
/* What a DRAFTS_ARE said to this DRAFTS. As hf_replica_drafts_in. */
HF_CHECKED enum hf_status hf_draft_lane_take(struct hf_replica *replica, const struct hf_msg_drafts *asked,
                                             const struct hf_msg_drafts *said, struct hf_error *err);

#endif
