/* The server's session machine, one per connection (design.md, seam 1): step(session, event) -> update. No I/O. It
 * checks order, limits and what the peer's standing allows, hands requests to the host and encodes the host's replies.
 * Several requests may be open at once, at most HF_LIMIT_IN_FLIGHT.
 *
 * Standing is asked twice, when a request comes and when its reply goes: a FEED made before the revocation is not sent
 * after it. Of a PUSH it checks that every leaf is of this device and that seq goes up by one; signature and chain are
 * for the host. A command (ADMIN) is handed on once: its number is greater than that of the one before. A peer that
 * breaks form or order gets ERROR, then HF_SA_CLOSE (send what is queued, then drop); after that every event is
 * ignored. One thread at a time. */
#ifndef HF_PROTOCOL_SESSION_SERVER_H
#define HF_PROTOCOL_SESSION_SERVER_H

#include "protocol/message.h"

struct hf_session_server;

enum hf_peer_kind {
    HF_PEER_DEVICE,  /* known by its channel key */
    HF_PEER_INVITED, /* came with an invitation's token: may only ENROL */
    HF_PEER_ADMIN    /* the local administrator's key: may only ADMIN */
};
struct hf_peer {
    enum hf_peer_kind kind;
    enum hf_mode mode;
    uint8_t device[HF_SIGN_PUBLIC_BYTES]; /* HF_PEER_DEVICE */
    struct hf_id person;
    enum hf_role role;
    struct hf_id invitation; /* HF_PEER_INVITED */
    uint8_t channel_key[HF_DH_BYTES];
    uint8_t handshake_hash[HF_HASH_BYTES];
};

enum hf_server_event_type {
    HF_SE_OPEN,    /* the channel is open; peer */
    HF_SE_MESSAGE, /* bytes: one whole message that arrived; a request of this step borrows from it */
    HF_SE_REPLY,   /* answers HF_SA_REQUEST: reply, of the fitting type or ERROR, its request id filled by the host from
                      the request. In WELCOME the session fills version and mode itself, and log_size up to the last
                      HF_SE_NEWS. Texts of ERROR are cut to fit; a reply past a limit becomes an ERROR. */
    HF_SE_MODE,    /* the peer's standing changed (revoked, confirmed); peer */
    HF_SE_NEWS,    /* the log grew: log_size; told on when the peer may read. With reply, a LIVE up to that size, the
                      entries themselves: only when hf_session_server_hears */
    HF_SE_WHOLE,   /* an attachment became whole at the office: attachment; told on like news, but each by itself */
    HF_SE_MOVING,  /* part of a message arrived or left: the line is slow, the peer not idle. Does not lengthen the time
                      for the handshake and the first message */
    HF_SE_TICK
};
struct hf_server_event {
    enum hf_server_event_type type;
    uint64_t now_ms; /* monotonic */
    struct hf_slice bytes;
    const struct hf_peer *peer;
    const struct hf_message *reply;
    uint64_t log_size;
    struct hf_id attachment;
};
enum hf_server_action_type {
    HF_SA_SEND,    /* bytes */
    HF_SA_REQUEST, /* request: HELLO, PUSH, PULL, HEAD, ENROL, ENTRIES, DRAFTS or ADMIN for the host to answer by
                      HF_SE_REPLY */
    HF_SA_CLOSE    /* drop the connection; text for the server's journal */
};
struct hf_server_action {
    enum hf_server_action_type type;
    struct hf_slice bytes;
    const struct hf_message *request;
    const char *text;
};
#define HF_SERVER_ACTIONS_MAX 4
/* Valid until the next step. */
struct hf_server_update {
    size_t count;
    struct hf_server_action actions[HF_SERVER_ACTIONS_MAX];
    uint64_t wake_ms;
};
/* now_ms: when the connection came; it has HF_LIMIT_HANDSHAKE_MS until HF_SE_OPEN. */
HF_CHECKED enum hf_status hf_session_server_new(uint64_t now_ms, struct hf_session_server **out);
void hf_session_server_free(struct hf_session_server *session);
/* True when a log of that size is news that would be told at once, and nothing of the peer's is open: then the entries
 * may come with them. */
bool hf_session_server_hears(const struct hf_session_server *session, uint64_t log_size);
void hf_session_server_step(struct hf_session_server *session, const struct hf_server_event *event,
                            struct hf_server_update *out);

#endif
