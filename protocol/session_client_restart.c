#include "protocol/session_client_restart.h"

#include "core/base/assert.h"
#include "protocol/session_client_round.h"

#include <string.h>

static void want_leaves(struct hf_session_client *session, struct hf_client_update *update, uint64_t from_seq)
{
    session->phase = HF_CLIENT_WAIT_UNLOGGED;
    session->asked.restart.next_seq = from_seq;
    hf_client_act(update, HF_CA_WANT_OUTBOX)->from_seq = from_seq;
}

void hf_client_restart_begin(struct hf_session_client *session, struct hf_client_update *update)
{
    if (session->restarts == HF_CLIENT_RESTARTS_MAX) {
        hf_client_fail(session, update, HF_ERR_STATE,
                       "Somebody else is sending changes in this device's name at this moment: there is a copy of it. "
                       "Everything is saved here. Tell an administrator.");
        return;
    }
    session->restarts++;
    want_leaves(session, update, session->facts.unsent_seq);
}

void hf_client_restart_unlogged(struct hf_session_client *session, const struct hf_client_event *event,
                                struct hf_client_update *update)
{
    HF_ASSERT(session->phase == HF_CLIENT_WAIT_UNLOGGED && event->item_count <= HF_LIMIT_RESTART_LEAVES);
    struct hf_message message = {.type = HF_MSG_RESTART};
    struct hf_buf leaves = {0};
    struct hf_leaf last;
    for (size_t i = 0; i < event->item_count; i++) {
        hf_buf_append_slice(&leaves, event->items[i].leaf);
        if (hf_leaf_decode(event->items[i].leaf, &last) == HF_OK)
            session->asked.restart.next_seq = last.seq + 1;
    }
    session->asked.restart.count = event->item_count;
    session->asked.restart.more = event->item_count > 0 && session->asked.restart.next_seq < session->facts.next_seq;
    message.as.restart.incarnation = session->facts.incarnation;
    message.as.restart.more = session->asked.restart.more;
    message.as.restart.leaves = hf_buf_slice(&leaves);
    memcpy(message.as.restart.head, session->facts.head, sizeof session->facts.head);
    if (hf_buf_status(&leaves) == HF_OK)
        hf_client_ask(session, update, &message);
    else
        hf_client_fail(session, update, hf_buf_status(&leaves), hf_status_text(hf_buf_status(&leaves)));
    hf_buf_clear(&leaves);
}

void hf_client_restart_granted(struct hf_session_client *session, struct hf_client_update *update)
{
    if (hf_client_check_restarted(&session->facts, session->office_incarnation, &session->asked, &session->in,
                                  &session->err) != HF_OK) {
        hf_client_fail_with_err(session, update);
        return;
    }
    session->pending = 0;
    if (!session->asked.restart.more) /* nothing was granted yet: a part repeats the number that the device leaves */
        session->office_incarnation = session->in.as.restarted.incarnation;
    session->phase = HF_CLIENT_WAIT_RESTART_STORED;
    hf_client_act(update, HF_CA_STORE_RESTARTED)->message = &session->in;
}

void hf_client_restart_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    session->outbox_empty = false;
    if (session->asked.restart.more)
        want_leaves(session, update, session->asked.restart.next_seq);
    else
        hf_client_round_begin(session, update);
}
