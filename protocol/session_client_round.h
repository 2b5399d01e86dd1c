/* One round of a client session: the outbox, the general feed, head and drafts in one go, then what their answers made
 * necessary: the rest of the feed, cases to catch up, another head; done. Inside
 * protocol/. Each function is one thing that happened; the last facts and the decoded message are in the session. */
#ifndef HF_PROTOCOL_SESSION_CLIENT_ROUND_H
#define HF_PROTOCOL_SESSION_CLIENT_ROUND_H

#include "protocol/session_client_state.h"

void hf_client_round_begin(struct hf_session_client *session, struct hf_client_update *update);
/* Something was answered, sent or stored: what comes next. */
void hf_client_round_go_on(struct hf_session_client *session, struct hf_client_update *update);
/* What the caller answers. */
void hf_client_round_outbox(struct hf_session_client *session, const struct hf_client_event *event,
                            struct hf_client_update *update);
void hf_client_round_stored(struct hf_session_client *session, struct hf_client_update *update);
/* What the office answers: checked, then handed to the caller to store. */
void hf_client_round_pushed(struct hf_session_client *session, struct hf_client_update *update);
void hf_client_round_feed(struct hf_session_client *session, struct hf_client_update *update);
/* A LIVE that follows what the device has, while nothing is under way. */
void hf_client_round_live(struct hf_session_client *session, struct hf_client_update *update);
void hf_client_round_drafts_are(struct hf_session_client *session, struct hf_client_update *update);
/* session_client_drafts.c: true when there is something to ask about drafts, and it was begun. */
bool hf_client_drafts_begin(struct hf_session_client *session, struct hf_client_update *update);
void hf_client_drafts_out(struct hf_session_client *session, const struct hf_client_event *event,
                          struct hf_client_update *update);
void hf_client_drafts_stored(struct hf_session_client *session, struct hf_client_update *update);
/* session_client_attach.c: one step of the lane behind everything else, when one is due. */
bool hf_client_attach_begin(struct hf_session_client *session, struct hf_client_update *update);
void hf_client_attach_out(struct hf_session_client *session, const struct hf_client_event *event,
                          struct hf_client_update *update);
void hf_client_attach_answered(struct hf_session_client *session, struct hf_client_update *update);
void hf_client_attach_stored(struct hf_session_client *session, struct hf_client_update *update);
/* The round has ended: on with the next, or done. */
void hf_client_round_end(struct hf_session_client *session, struct hf_client_update *update);
void hf_client_round_head_is(struct hf_session_client *session, struct hf_client_update *update);

/* session_client_refused.c: true when the ERROR at hand refuses one case, which is then left aside. */
bool hf_client_refused(struct hf_session_client *session, enum hf_status status, const char *text,
                       struct hf_client_update *update);
/* That is stored. True: nothing moved. */
bool hf_client_refused_stands_still(struct hf_session_client *session);
/* At the very end: what is still wanted and was refused. */
void hf_client_refused_tell(struct hf_session_client *session, struct hf_client_update *update);

void hf_client_round_snapshot_is(struct hf_session_client *session, struct hf_client_update *update);
void hf_client_round_purge_noted(struct hf_session_client *session, struct hf_client_update *update);

#endif
