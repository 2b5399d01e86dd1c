/* The part of a round that fetches the state of cases as a snapshot: asked for before the general feed and before the
 * history of a newly assigned case, part by part, each asked for while the one before is being stored. Inside
 * protocol/. */
#ifndef HF_PROTOCOL_SESSION_CLIENT_SNAPSHOT_H
#define HF_PROTOCOL_SESSION_CLIENT_SNAPSHOT_H

#include "protocol/session_client_state.h"

/* True when a part was asked for. */
bool hf_client_snapshot_begin(struct hf_session_client *session, struct hf_client_update *update);
/* A part that was stored and would be asked for again. */
bool hf_client_snapshot_stands_still(const struct hf_session_client *session);

#endif
