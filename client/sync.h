/* One meeting with the office over the network: transport and syncer together. Inside client/; used by sync, by
 * enrolment and by the export for auditors. */
#ifndef HF_CLIENT_SYNC_H
#define HF_CLIENT_SYNC_H

#include "client/handle.h"
#include "client/syncer.h"
#include "client/transport.h"

struct hf_sync {
    struct holdfast *hf;
    struct hf_transport *transport;
    struct hf_syncer *syncer;
    struct hf_buf message; /* the one at hand */
    uint64_t moved;        /* bytes both ways when last looked at */
    bool stays;
    bool stirred;          /* the last step moved something: the next one may have more to do */
    enum hf_status failed; /* of the transport or of the syncer; the text stands in the handle */
};

/* Begins to connect as this device. Texts in the handle. HF_ERR_STATE before the enrolment. */
HF_CHECKED enum hf_status hf_sync_new(struct holdfast *hf, const struct holdfast_options *options,
                                      struct hf_sync **out);
/* The same for a connection that stays (watch.c): steps go on after it is done. wake outlives it, and is to be cleared
 * before each step. */
HF_CHECKED enum hf_status hf_sync_new_stay(struct holdfast *hf, const struct holdfast_options *options,
                                           const struct hf_wake *wake, struct hf_sync **out);
void hf_sync_free(struct hf_sync *sync); /* NULL is fine */

/* Waits at most wait_ms, and lets the syncer take what came. A failure has its text in the handle. */
HF_CHECKED enum hf_status hf_sync_step(struct hf_sync *sync, uint32_t wait_ms);
/* How long a connection that stays may be left alone unless its wake says otherwise; UINT64_MAX: for ever. */
uint64_t hf_sync_rest_ms(const struct hf_sync *sync);
/* After hf_sync_step gave HF_OK. */
bool hf_sync_is_done(const struct hf_sync *sync);
/* Steps until it is in sync or has failed. */
HF_CHECKED enum hf_status hf_sync_finish(struct hf_sync *sync);

/* The network of the machine changed: asks whether the line still holds. */
void hf_sync_check(struct hf_sync *sync);
/* Ends the sync under way, if there is one. */
void hf_sync_end(struct holdfast *hf);
void hf_sync_fill_progress(const struct hf_sync *sync, struct holdfast_sync_progress *out);

/* What a failed connection means to a person whose work is safe here; returns status. */
enum hf_status hf_sync_fail_text(struct holdfast *hf, enum hf_status status, enum hf_transport_stage stage);
uint32_t hf_sync_timeout_ms(const struct holdfast_options *options);

#endif
