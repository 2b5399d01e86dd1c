/* The state of a client session and the actions that every part of it takes. Inside protocol/: session_client.c holds
 * life, messages and time, session_client_round.c the round of one sync. */
#ifndef HF_PROTOCOL_SESSION_CLIENT_STATE_H
#define HF_PROTOCOL_SESSION_CLIENT_STATE_H

#include "protocol/session_client_checks.h"

/* What the session waits for. */
enum hf_client_phase {
    HF_CLIENT_WAIT_START,
    HF_CLIENT_WAIT_REPLY,    /* to the first of the open requests */
    HF_CLIENT_WAIT_OUTBOX,   /* the caller's changes */
    HF_CLIENT_WAIT_UNLOGGED, /* the same, for a new chain */
    HF_CLIENT_WAIT_RESTART_STORED,
    HF_CLIENT_WAIT_SHARD_STORED,
    HF_CLIENT_WAIT_HAND_ON, /* the caller's changes */
    HF_CLIENT_WAIT_HANDED_ON_STORED,
    HF_CLIENT_WAIT_PUSHED_STORED,
    HF_CLIENT_WAIT_FEED_STORED,
    HF_CLIENT_WAIT_PURGE_STORED,
    HF_CLIENT_WAIT_SNAPSHOT_STORED,
    HF_CLIENT_WAIT_HEAD_STORED,
    HF_CLIENT_WAIT_REFUSED_STORED,
    HF_CLIENT_WAIT_DRAFTS_OUT, /* the caller's drafts */
    HF_CLIENT_WAIT_DRAFTS_STORED,
    HF_CLIENT_WAIT_ATTACH_OUT, /* the caller's chunks */
    HF_CLIENT_WAIT_ATTACH_STORED,
    HF_CLIENT_IDLE, /* in sync */
    HF_CLIENT_FAILED
};

/* A request whose answer has not come. The office answers in the order in which it was asked. */
struct hf_client_open {
    enum hf_message_type type;
    uint32_t request;
    struct hf_client_asked asked;
};
#define HF_CLIENT_OPEN_MAX HF_LIMIT_IN_FLIGHT

/* Answers that come after one that changed the plan are dropped unread; nothing of them was stored, so they are asked
 * for again. Then: */
enum hf_client_then {
    HF_CLIENT_THEN_NOTHING,
    HF_CLIENT_THEN_RESTART,   /* a new chain */
    HF_CLIENT_THEN_PULL_FIRST /* reads on before it pushes */
};

struct hf_session_client {
    enum hf_client_phase phase;
    struct hf_client_facts facts; /* the newest */
    uint32_t office_incarnation;  /* of this device's chain, as the office said last */
    struct hf_client_asked asked; /* by the request that is being made, or whose answer is at hand */
    struct hf_client_open open[HF_CLIENT_OPEN_MAX];
    size_t open_count;
    enum hf_client_then then; /* when the open requests are answered */
    struct hf_client_progress told;
    bool again;                        /* asked to sync while syncing */
    bool outbox_empty;                 /* said the caller, since the facts last changed from outside */
    bool more;                         /* the feed goes on */
    bool stays;                        /* the connection is kept after the first round … */
    bool was_done;                     /* … which is over */
    uint64_t head_due_ms;              /* when staying: a HEAD is put off until then; 0: none */
    size_t pending;                    /* changes or entries being stored */
    uint64_t push_next;                /* seq of the first change that this round has not sent */
    bool tail_asked;                   /* all pushes of this round are under way, and so is what follows them */
    bool pulled;                       /* this round has asked for the general feed */
    struct hf_client_asked asked_head; /* by the HEAD that was answered last */
    bool head_asked;                   /* this round has asked for a checkpoint … */
    uint64_t head_covers;              /* … which was for a log of at least this size */
    struct hf_client_span pushed;      /* places that pushes were given since the last HEAD */
    bool pull_first;                   /* the office takes the outbox only after this device has read on: once a sync */
    bool push_later;                   /* and then it comes to the push again */
    unsigned restarts;                 /* new chains asked for in this session */
    unsigned snapshots_again;          /* cases that began anew */
    unsigned rounds;                   /* begun: none, the first, further ones */
    bool reads_on;                     /* a case was refused: the general feed is asked for, whatever is known of it */
    struct hf_id refused_case;         /* the last of them … */
    struct hf_error refusal;           /* … and why */
    bool drafts_more;
    bool drafts_there;      /* said the office: it may have some for this device */
    unsigned drafts_rounds; /* exchanges in this round */

    size_t attach_run;       /* chunks in the next message; 0: the first */
    uint64_t attach_sent_ms; /* when the last went */
    uint64_t greeted_in_ms;  /* from HELLO to WELCOME */

    uint32_t last_request;
    uint32_t ping; /* open; 0: none */
    uint64_t reply_by_ms;
    uint64_t pong_by_ms;
    uint64_t now_ms;
    uint64_t sent_ms;

    struct hf_message in;
    struct hf_buf out;
    struct hf_error err;
};

/* Adds an action to the update. */
struct hf_client_action *hf_client_act(struct hf_client_update *update, enum hf_client_action_type type);
/* Gives the channel up. text may be session->err.text. */
void hf_client_fail(struct hf_session_client *session, struct hf_client_update *update, enum hf_status status,
                    const char *text);
void hf_client_fail_with_err(struct hf_session_client *session, struct hf_client_update *update);
/* Sends a message; false when that failed, and the session with it. The bytes of the action are set at the end of the
 * step, when all messages of it are written. */
bool hf_client_say(struct hf_session_client *session, struct hf_client_update *update,
                   const struct hf_message *message);
uint32_t hf_client_next_request(struct hf_session_client *session);
/* Sends a request, whose answer is awaited after those of the ones before; session->asked says what was asked. */
void hf_client_ask(struct hf_session_client *session, struct hf_client_update *update, struct hf_message *message);
/* The answer to the first open request is here: session->asked is what it answers. */
void hf_client_answered(struct hf_session_client *session);
/* At the end of a step: the bytes of what it sends. */
void hf_client_lend_sent(const struct hf_session_client *session, struct hf_client_update *update);
void hf_client_grow_log(struct hf_session_client *session, uint64_t log_size);
bool hf_client_is_hand_in(const struct hf_session_client *session);

#endif
