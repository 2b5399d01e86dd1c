#include "client/attach_lane.h"

_Static_assert(HF_CHUNKS_RUN_MAX == HF_LIMIT_ATTACH_CHUNKS, "what is read at once fits one message");

void hf_attach_lane_begin(struct hf_attach_lane *lane)
{
    *lane = (struct hf_attach_lane){0};
    while (lane->line == 0) {
        hf_random(&lane->line, sizeof lane->line);
        lane->line >>= 1; /* SQLite's integers are signed */
    }
}

void hf_attach_lane_end(struct hf_attach_lane *lane)
{
    hf_attach_step_clear(&lane->step);
}

enum hf_status hf_attach_lane_due(struct hf_attach_lane *lane, struct hf_replica *replica, bool hand_in, bool *out,
                                  struct hf_error *err)
{
    return hf_replica_attach_due(replica, lane->line, hand_in, out, err);
}

enum hf_status hf_attach_lane_next(struct hf_attach_lane *lane, struct hf_replica *replica,
                                   const struct hf_client_action *action, struct hf_client_event *out,
                                   struct hf_error *err)
{
    hf_attach_step_clear(&lane->step);
    enum hf_status status =
        hf_replica_attach_next(replica, lane->line, action->hand_in, action->chunks, &lane->step, err);
    if (status != HF_OK)
        return status;
    struct hf_attach_step *step = &lane->step;
    lane->message = (struct hf_msg_attach){.record_id = step->record_id, .first = step->first};
    if (step->put) {
        lane->message.chunks = step->chunks;
        lane->message.count = step->count;
        lane->message.proof = step->proof;
    } else {
        lane->message.most = (uint32_t)step->count;
    }
    out->attach = step->any ? &lane->message : NULL;
    out->attach_put = step->put;
    return HF_OK;
}

static uint64_t bytes_of(const struct hf_slice *chunks, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += chunks[i].len;
    return bytes;
}

enum hf_status hf_attach_lane_store(struct hf_attach_lane *lane, struct hf_replica *replica,
                                    const struct hf_message *message, struct hf_error *err)
{
    const struct hf_msg_attach *said = &message->as.attach;
    size_t purged = 0;
    enum hf_status status;
    if (message->type == HF_MSG_ATTACH_HAS) {
        status = hf_replica_attach_has(replica, lane->line, &lane->step, said->result, said->have, err);
        if (status == HF_OK && said->result == HF_ATTACH_KEPT)
            lane->sent_bytes += bytes_of(lane->step.chunks, lane->step.count);
        if (status == HF_OK)
            status = hf_replica_purge_ready(replica, &purged, err);
    } else {
        status = hf_replica_attach_part(replica, lane->line, &lane->step, said->result, said->chunks, said->count,
                                        &said->proof, err);
        if (status == HF_OK)
            lane->received_bytes += bytes_of(said->chunks, said->count);
    }
    return status;
}

enum hf_status hf_attach_lane_whole(struct hf_attach_lane *lane, struct hf_replica *replica,
                                    const struct hf_id *record_id, struct hf_error *err)
{
    lane->told = true;
    return hf_replica_attach_whole(replica, record_id, err);
}

enum hf_status hf_attach_lane_again(struct hf_attach_lane *lane, struct hf_replica *replica, uint64_t now_ms,
                                    struct hf_error *err)
{
    bool put_off = false;
    enum hf_status status = hf_replica_attach_put_off(replica, lane->line, &put_off, err);
    if (status != HF_OK)
        return status;
    if (!put_off) {
        lane->again_ms = 0;
        return HF_OK;
    }
    if (lane->again_ms == 0) {
        lane->pause_ms = lane->pause_ms == 0 ? HF_LIMIT_ATTACH_AGAIN_MS : 2 * lane->pause_ms;
        if (lane->pause_ms > HF_LIMIT_ATTACH_AGAIN_MAX_MS)
            lane->pause_ms = HF_LIMIT_ATTACH_AGAIN_MAX_MS;
        lane->again_ms = now_ms + lane->pause_ms;
    }
    if (now_ms < lane->again_ms)
        return HF_OK;
    lane->again_ms = 0;
    return hf_replica_attach_again(replica, lane->line, err);
}
