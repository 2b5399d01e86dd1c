/* Drafts, at the end of a round: what this device typed goes to the office, what others typed comes from it. */
#include "protocol/session_client_round.h"

#include "core/base/assert.h"

bool hf_client_drafts_begin(struct hf_session_client *session, struct hf_client_update *update)
{
    const bool due =
        session->drafts_more || session->facts.drafts_due || (session->facts.drafts_unasked && session->drafts_there);
    if (!due || session->drafts_rounds == HF_LIMIT_DRAFTS_ROUNDS)
        return false;
    session->drafts_rounds++;
    session->phase = HF_CLIENT_WAIT_DRAFTS_OUT;
    hf_client_act(update, HF_CA_WANT_DRAFTS);
    return true;
}

void hf_client_drafts_out(struct hf_session_client *session, const struct hf_client_event *event,
                          struct hf_client_update *update)
{
    HF_ASSERT(session->phase == HF_CLIENT_WAIT_DRAFTS_OUT && event->drafts);
    struct hf_message message = {.type = HF_MSG_DRAFTS, .as.drafts = *event->drafts};
    session->asked.drafts.item_count = event->drafts->item_count;
    session->asked.drafts.held_count = event->drafts->held_count;
    hf_client_ask(session, update, &message);
}

void hf_client_round_drafts_are(struct hf_session_client *session, struct hf_client_update *update)
{
    const struct hf_msg_drafts *drafts = &session->in.as.drafts;
    const size_t held_count = session->asked.drafts.held_count;
    if (drafts->result_count != session->asked.drafts.item_count ||
        (drafts->gone_count > 0 && drafts->gone[drafts->gone_count - 1] >= held_count)) {
        hf_client_fail(session, update, HF_ERR_PROTOCOL,
                       "The office's answer about drafts does not fit what was asked. Nothing of it was stored. Try "
                       "again, and tell an administrator if it happens again.");
        return;
    }
    /* Drafts of a case whose keys are still to come are asked for again when they are here. */
    const bool later = session->facts.has_catchup && !hf_client_is_hand_in(session);
    session->drafts_more = drafts->more || later;
    if (later) {
        hf_client_round_go_on(session, update);
        return;
    }
    session->phase = HF_CLIENT_WAIT_DRAFTS_STORED;
    struct hf_client_action *action = hf_client_act(update, HF_CA_STORE_DRAFTS);
    action->message = &session->in;
    action->hand_in = hf_client_is_hand_in(session);
}

void hf_client_drafts_stored(struct hf_session_client *session, struct hf_client_update *update)
{
    hf_client_round_go_on(session, update);
}
