/* How a device whose chain cannot go on gets a new one (docs/protocol.md, New chain). Inside protocol/. The leaves that
 * the office may not have are shown first, so that none is signed a second time that the log holds; the answer to the
 * last of them grants the next incarnation. */
#ifndef HF_PROTOCOL_SESSION_CLIENT_RESTART_H
#define HF_PROTOCOL_SESSION_CLIENT_RESTART_H

#include "protocol/session_client_state.h"

#define HF_CLIENT_RESTARTS_MAX 3 /* in one session: beyond, a copy of this device is at work at the same time */

void hf_client_restart_begin(struct hf_session_client *session, struct hf_client_update *update);
/* What the caller answers: own changes from the one that was asked for; and that the grant is stored. */
void hf_client_restart_unlogged(struct hf_session_client *session, const struct hf_client_event *event,
                                struct hf_client_update *update);
void hf_client_restart_stored(struct hf_session_client *session, struct hf_client_update *update);
/* What the office answers. */
void hf_client_restart_granted(struct hf_session_client *session, struct hf_client_update *update);

#endif
