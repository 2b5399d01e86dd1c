/* The two halves of a syncer: syncer.c takes events and runs the session, syncer_replica.c reads and writes the replica
 * for it. Inside client/syncer*.c. */
#ifndef HF_CLIENT_SYNCER_INTERNAL_H
#define HF_CLIENT_SYNCER_INTERNAL_H

#include "client/attach_lane.h"
#include "client/changed.h"
#include "client/outbox_load.h"
#include "client/syncer.h"
#include "core/replica/draft_sync.h"

struct hf_syncer {
    struct hf_replica *replica;
    struct hf_syncer_hooks hooks;
    struct hf_session_client *session;
    enum hf_syncer_state state;
    struct hf_error err;
    uint64_t wake_ms;
    uint64_t started_ms; /* monotonic; HELLO went out then */
    struct hf_syncer_now now;
    bool welcomed;
    bool stays;
    bool leased;
    uint64_t leased_ms; /* monotonic */
    enum hf_mode mode;
    int64_t clock_offset_ms;
    uint32_t lease_days;       /* as the WELCOME says */
    uint64_t refused_until_ms; /* monotonic; a case that the office does not give is left aside. 0: none is */

    /* What the next event of the session borrows. */
    struct hf_client_facts facts;
    struct hf_error answer_err;
    uint64_t erased; /* of what was sent: about cases that are no more */
    uint64_t pages;  /* of the read log, among what was sent */
    struct hf_outbox_load outbox;
    bool drafts_asked;    /* on this channel */
    uint64_t drafts_seen; /* what was known here then: of a record that changed later, a draft may have ended */
    struct hf_drafts_out drafts;
    struct hf_msg_drafts drafts_message; /* borrows from drafts */
    struct hf_changed changed;
    struct hf_attach_lane lane;
    bool attaching; /* nothing but attachments is left to do */
};

/* What the session has to know of the replica, into syncer->facts. */
HF_CHECKED enum hf_status hf_syncer_take_facts(struct hf_syncer *syncer);
/* Of that only what a save moves, when there was one since; the rest stays as it was until what the office answers is
 * stored. */
HF_CHECKED enum hf_status hf_syncer_take_saved(struct hf_syncer *syncer, bool *out_saved);
/* Collects what the action asks for, or stores what came. True when it did: *out is the answer to give the session,
 * HF_CE_FAILED with a text among them; it borrows from the syncer. */
bool hf_syncer_answer(struct hf_syncer *syncer, const struct hf_client_action *action, struct hf_client_event *out);
/* The lease begins anew, as long as the office says. A device that was revoked only hands in: its lease runs out. */
HF_CHECKED enum hf_status hf_syncer_renew_lease(struct hf_syncer *syncer, struct hf_error *err);

#endif
