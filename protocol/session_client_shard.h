/* A new shard of the office's log (core/model/shard.h), at the beginning of a session: the device follows it, then
 * hands on what the new log may not hold, and only then goes on as always. Inside protocol/. */
#ifndef HF_PROTOCOL_SESSION_CLIENT_SHARD_H
#define HF_PROTOCOL_SESSION_CLIENT_SHARD_H

#include "protocol/session_client_state.h"

/* After WELCOME: true when there is something of this to do, and it was begun. */
bool hf_client_shard_begin(struct hf_session_client *session, struct hf_client_update *update);
/* What the caller answers: the shard is followed, or an answer stored; changes to hand on. */
void hf_client_shard_stored(struct hf_session_client *session, struct hf_client_update *update);
void hf_client_hand_on(struct hf_session_client *session, const struct hf_client_event *event,
                       struct hf_client_update *update);
/* What the office answers. */
void hf_client_handed_on(struct hf_session_client *session, struct hf_client_update *update);

#endif
