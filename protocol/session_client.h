/* The client's session machine (design.md, seam 1): step(session, event) -> update. No I/O; time is in the event;
 * storage is asked for by actions and answered by events, so that two machines joined in memory can be cut at every
 * message.
 *
 * One sync: HELLO; then, without waiting in between, the outbox in PUSHes, at most HF_LIMIT_PUSH_WINDOW of them
 * unanswered, PULL of the general feed, HEAD for the checkpoint and receipts, drafts when they are due. What the
 * answers make necessary follows: the rest of the feed, each part asked for while the one before is being stored; newly
 * assigned cases; another HEAD. Then attachments, while nothing else waits, and done. HF_CE_LOCAL starts another round
 * on the same channel. A revoked device is in hand-in mode: it pushes, takes its receipts, and ends. A session that
 * stays goes on after HF_CA_DONE: HF_CA_NEWS says that the log grew.
 *
 * A case that the office refuses in mid-fetch – it was taken away, the role is another, it cannot be read – stops
 * nothing else: the device reads on, which mostly tells it why, and goes on with everything else. What is still wanted
 * and refused in the end is told by HF_CA_DONE with an HF_CA_FAIL behind it, or not at all by a session that stays.
 *
 * Answers are taken in the order of their requests. One action at a time waits for the caller's answer, and until it
 * has come no reply may be fed. After HF_CA_FAIL every event is ignored. An event that answers nothing is a mistake of
 * the caller (asserted). One thread at a time. */
#ifndef HF_PROTOCOL_SESSION_CLIENT_H
#define HF_PROTOCOL_SESSION_CLIENT_H

#include "protocol/message.h"

struct hf_session_client;

/* The device's position; filled by the caller from its replica (a copy of struct hf_sync_facts, which this room does
 * not know). */
struct hf_client_facts {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint32_t incarnation;
    uint64_t next_seq;
    uint8_t head[HF_HASH_BYTES];
    uint64_t unsent_seq;
    uint64_t cursor;
    bool has_catchup;
    struct hf_id catchup_case;
    uint64_t catchup_from, catchup_until;
    bool catchup_refused; /* no case is left to catch up but what was refused */
    uint64_t past;        /* entries of cases below this come by snapshot and are not wanted from the general feed */
    bool snapshot_due;    /* the state of cases may come as a snapshot: of one case, whose catch-up stands first, or of
                             all at a first sync */
    bool snapshot_one;
    struct hf_id snapshot_case;
    uint64_t snapshot_least; /* with fewer records, or a shorter log, the history is read instead */
    uint64_t snapshot_noted; /* struct hf_msg_snapshot */
    struct hf_snapshot_at snapshot_at;
    bool has_purge; /* a case was taken off the device, and the office is to note it */
    struct hf_id purge_case;
    uint64_t purge_changes;
    bool damaged; /* the store does not fit its own chain: a new chain before anything else */
    uint64_t checkpoint_size;
    uint64_t clock_ms; /* Unix ms that a change signed now would bear; 0: not said */
    uint64_t known;    /* of the office's keys, for the HELLO; 0: not said */
    size_t range_count;
    struct {
        uint64_t first, count;
    } ranges[HF_LIMIT_HEAD_RANGES];
    bool attach_due;      /* chunks of attachments are to go or to come */
    bool attach_own;      /* the office said that it has chunks of some that were added here … */
    uint32_t attach_mark; /* … when its WELCOME bore this mark */
    uint64_t shard;       /* of the log that this device knows (core/model/shard.h) */
    bool hand_on_due;     /* changes of the log before wait to be handed on */
    bool drafts_due; /* there are drafts, or ends of drafts, that the office has not; or what is here of others was not
                        compared with it */
    bool drafts_unasked; /* the office was not asked for others' on this channel: it is, when it said that there are */
};

enum hf_client_event_type {
    HF_CE_START,   /* the channel is open; facts */
    HF_CE_MESSAGE, /* bytes: one whole message that arrived; actions of this step borrow from it */
    HF_CE_OUTBOX,  /* answers HF_CA_WANT_OUTBOX: items (count 0: none left) */
    HF_CE_HAND_ON, /* answers HF_CA_WANT_HAND_ON: items, at least one */
    HF_CE_DRAFTS,  /* answers HF_CA_WANT_DRAFTS: drafts */
    HF_CE_ATTACH,  /* answers HF_CA_WANT_ATTACH: attach and attach_put; attach NULL: nothing after all */
    HF_CE_STORED,  /* answers every HF_CA_STORE_…: it is durable; facts are the new ones */
    HF_CE_FAILED,  /* answers HF_CA_WANT_… or HF_CA_STORE_…: it could not be done; status and text */
    HF_CE_LOCAL,   /* something new in the outbox, or the person asks: sync again; facts. Never lost: during a sync it
                      is followed by another */
    HF_CE_MOVING,  /* part of a message arrived or left: on a slow line the reply may take longer */
    HF_CE_CHECK,   /* the network changed: is the other side still there? Asked with a PING that has little time */
    HF_CE_TICK     /* time passed */
};
struct hf_client_event {
    enum hf_client_event_type type;
    uint64_t now_ms; /* monotonic */
    struct hf_slice bytes;
    const struct hf_client_facts *facts;
    const struct hf_item *items;
    size_t item_count;
    const struct hf_msg_drafts *drafts;
    const struct hf_msg_attach *attach;
    bool attach_put; /* an ATTACH_PUT, otherwise an ATTACH_GET */
    enum hf_status status;
    const char *text;
};

enum hf_client_action_type {
    HF_CA_SEND,            /* bytes: send this message */
    HF_CA_WANT_OUTBOX,     /* own changes from `from_seq`, at most HF_LIMIT_PUSH_ITEMS and HF_LIMIT_PUSH_BYTES */
    HF_CA_STORE_SHARD,     /* message->as.welcome has a certificate with a new shard of the log: follow it */
    HF_CA_WANT_HAND_ON,    /* changes to hand on, at most HF_LIMIT_PUSH_ITEMS and HF_LIMIT_PUSH_BYTES */
    HF_CA_STORE_HANDED_ON, /* message->as.pushed: for the items given last */
    HF_CA_WANT_DRAFTS,     /* drafts to send, those that ended, and those of others that are here */
    HF_CA_WANT_ATTACH,     /* the next chunks to send or to ask for, `chunks` at most; `hand_in`: to send */
    HF_CA_STORE_ATTACH,    /* message->as.attach of ATTACH_HAS or ATTACH_IS */
    HF_CA_STORE_DRAFTS,    /* message->as.drafts; `hand_in`: only the results count */
    HF_CA_STORE_PUSHED,    /* message->as.pushed */
    HF_CA_STORE_FEED,      /* message->as.feed; `catchup` says which cursor it moves */
    HF_CA_STORE_SNAPSHOT,  /* message->as.snapshot_is; `catchup`: of one case */
    HF_CA_STORE_HEAD,      /* message->as.head_is */
    HF_CA_STORE_RESTARTED, /* message->as.restarted; with another incarnation than facts.incarnation a new chain is
                              granted: the unsent changes go on in it */
    HF_CA_STORE_PURGED,    /* the office has noted that facts.purge_case is not here any more */
    HF_CA_STORE_REFUSED,   /* the office does not give case_id: not asked for again on this channel by itself */
    HF_CA_WELCOMED,        /* message->as.welcome: mode, server time, certificate; informs, needs no answer */
    HF_CA_NEWS, /* message->as.news or a LIVE: the log grew, or an attachment is whole: sync again when convenient */
    HF_CA_DONE, /* in sync; hand_in says in which mode. With an HF_CA_FAIL behind it: but for what that says */
    HF_CA_FAIL  /* give the channel up: status and text for a person */
};
struct hf_client_action {
    enum hf_client_action_type type;
    struct hf_slice bytes;
    uint64_t from_seq;
    const struct hf_message *message;
    struct hf_id case_id;
    bool catchup;
    bool hand_in;
    size_t chunks;
    enum hf_status status;
    const char *text;
};
#define HF_CLIENT_ACTIONS_MAX 6
/* Valid until the next step. */
struct hf_client_update {
    size_t count;
    struct hf_client_action actions[HF_CLIENT_ACTIONS_MAX];
    uint64_t wake_ms; /* when to send HF_CE_TICK at the latest */
};

HF_CHECKED enum hf_status hf_session_client_new(struct hf_session_client **out);
void hf_session_client_free(struct hf_session_client *session);
/* Before HF_CE_START: the connection is kept. After the first round a change costs one round trip: nothing is pulled
 * when the log is known to hold nothing more, and HEAD waits a little for what else comes. */
void hf_session_client_stay(struct hf_session_client *session);
void hf_session_client_step(struct hf_session_client *session, const struct hf_client_event *event,
                            struct hf_client_update *out);
/* Progress for people: changes pushed, entries taken in, log size as last heard. */
struct hf_client_progress {
    uint64_t pushed, pulled, log_size; /* log size: as last heard */
    enum hf_mode mode;
    bool welcomed;
};
void hf_session_client_progress(const struct hf_session_client *session, struct hf_client_progress *out);

#endif
