#include "client/draft_lane.h"

#include "client/drafts.h"

enum hf_status hf_draft_lane_pending(struct hf_replica *replica, bool *out, struct hf_error *err)
{
    const enum hf_status status = hf_drafts_hold_back(replica, err);
    return status == HF_OK ? hf_replica_drafts_pending(replica, out, err) : status;
}

enum hf_status hf_draft_lane_collect(struct hf_replica *replica, struct hf_drafts_out *out,
                                     struct hf_msg_drafts *out_message, struct hf_error *err)
{
    enum hf_status status = hf_drafts_hold_back(replica, err);
    if (status == HF_OK)
        status = hf_replica_drafts_out(replica, HF_LIMIT_DRAFTS, HF_LIMIT_DRAFTS_BYTES, out, err);
    *out_message = (struct hf_msg_drafts){.items = out->items,
                                          .item_count = out->item_count,
                                          .ended = out->ended,
                                          .ended_count = out->ended_count,
                                          .held = out->held,
                                          .held_count = out->held_count};
    return status;
}

enum hf_status hf_draft_lane_take(struct hf_replica *replica, const struct hf_msg_drafts *asked,
                                  const struct hf_msg_drafts *said, struct hf_error *err)
{
    const struct hf_drafts_out out = {.items = asked->items,
                                      .item_count = asked->item_count,
                                      .ended = asked->ended,
                                      .ended_count = asked->ended_count,
                                      .held = asked->held,
                                      .held_count = asked->held_count};
    const struct hf_drafts_in in = {.results = said->results,
                                    .result_count = said->result_count,
                                    .items = said->items,
                                    .item_count = said->item_count,
                                    .gone = said->gone,
                                    .gone_count = said->gone_count,
                                    .ended = said->ended,
                                    .ended_count = said->ended_count};
    return hf_replica_drafts_in(replica, &out, &in, err);
}
