/* Attachments in a sync: between the session machine and the replica. One for each connection. Inside client/. */
#ifndef HF_CLIENT_ATTACH_LANE_H
#define HF_CLIENT_ATTACH_LANE_H

#include "core/replica/attachments.h"
#include "protocol/session_client.h"

struct hf_attach_lane {
    uint64_t line; /* a number for this connection (attachments.h) */
    struct hf_attach_step step;
    struct hf_msg_attach message;        /* borrows from step */
    uint64_t sent_bytes, received_bytes; /* of chunks that the office has acknowledged, or that are durable here */
    uint64_t again_ms;                   /* monotonic: what was put off may be tried again then; 0: nothing was */
    uint64_t pause_ms;
    bool told; /* the office has one whole that it had not; not looked at since */
};

/* Draws the number. */
void hf_attach_lane_begin(struct hf_attach_lane *lane);
void hf_attach_lane_end(struct hf_attach_lane *lane);
HF_CHECKED enum hf_status hf_attach_lane_due(struct hf_attach_lane *lane, struct hf_replica *replica, bool hand_in,
                                             bool *out, struct hf_error *err);
/* Answers HF_CA_WANT_ATTACH: fills attach and attach_put of the event. */
HF_CHECKED enum hf_status hf_attach_lane_next(struct hf_attach_lane *lane, struct hf_replica *replica,
                                              const struct hf_client_action *action, struct hf_client_event *out,
                                              struct hf_error *err);
/* Answers HF_CA_STORE_ATTACH. When the last chunk of a case that was taken away is handed in, the case goes. */
HF_CHECKED enum hf_status hf_attach_lane_store(struct hf_attach_lane *lane, struct hf_replica *replica,
                                               const struct hf_message *message, struct hf_error *err);
/* The office says that it has all of this one: asked for again, if it was put off. */
HF_CHECKED enum hf_status hf_attach_lane_whole(struct hf_attach_lane *lane, struct hf_replica *replica,
                                               const struct hf_id *record_id, struct hf_error *err);
/* While connected: what was put off is due again when its time has come; it comes ever more seldom. */
HF_CHECKED enum hf_status hf_attach_lane_again(struct hf_attach_lane *lane, struct hf_replica *replica, uint64_t now_ms,
                                               struct hf_error *err);

#endif
