/* What a peer may ask of the server, as one table of standing against request. Inside protocol/. Pure. */
#ifndef HF_PROTOCOL_SESSION_SERVER_RULES_H
#define HF_PROTOCOL_SESSION_SERVER_RULES_H

#include "protocol/session_server.h"

struct hf_ruling {
    enum hf_status status; /* HF_OK: go on */
    const char *text;      /* for a person; static */
    bool close;            /* it broke form or order: the connection ends */
};

/* The type of the reply to a request of the client; 0 for types that are no request, PING among them. */
enum hf_message_type hf_session_reply_type(enum hf_message_type request);
/* May this peer ask this at all, now? Whether it is the right moment is not looked at. */
struct hf_ruling hf_session_may_ask(const struct hf_peer *peer, enum hf_message_type type);
/* Is this the peer's own chain, in order? HELLO names the peer's own device; all leaves of a PUSH are of this device
 * and one incarnation, seq going up by one. Other messages pass. */
struct hf_ruling hf_session_is_own(const struct hf_peer *peer, const struct hf_message *message);

#endif
