#include "protocol/session_client_state.h"

#include "core/base/assert.h"

struct hf_client_action *hf_client_act(struct hf_client_update *update, enum hf_client_action_type type)
{
    HF_ASSERT(update->count < HF_CLIENT_ACTIONS_MAX);
    struct hf_client_action *action = &update->actions[update->count++];
    *action = (struct hf_client_action){.type = type};
    return action;
}

void hf_client_fail(struct hf_session_client *session, struct hf_client_update *update, enum hf_status status,
                    const char *text)
{
    hf_error_set(&session->err, status, "%s", text);
    session->phase = HF_CLIENT_FAILED;
    struct hf_client_action *action = hf_client_act(update, HF_CA_FAIL);
    action->status = status;
    action->text = session->err.text;
}

void hf_client_fail_with_err(struct hf_session_client *session, struct hf_client_update *update)
{
    hf_client_fail(session, update, session->err.status, session->err.text);
}

bool hf_client_say(struct hf_session_client *session, struct hf_client_update *update, const struct hf_message *message)
{
    enum hf_status status = hf_message_encode(message, &session->out);
    if (status != HF_OK) {
        hf_client_fail(session, update, status, hf_status_text(status));
        return false;
    }
    hf_client_act(update, HF_CA_SEND)->bytes = hf_buf_slice(&session->out);
    session->sent_ms = session->now_ms;
    return true;
}

uint32_t hf_client_next_request(struct hf_session_client *session)
{
    if (++session->last_request == 0)
        session->last_request = 1;
    return session->last_request;
}

void hf_client_ask(struct hf_session_client *session, struct hf_client_update *update, struct hf_message *message,
                   enum hf_client_phase phase)
{
    message->request = hf_client_next_request(session);
    if (!hf_client_say(session, update, message))
        return;
    session->request = message->request;
    session->reply_by_ms = session->now_ms + HF_LIMIT_REPLY_MS;
    session->phase = phase;
}

void hf_client_grow_log(struct hf_session_client *session, uint64_t log_size)
{
    if (log_size > session->told.log_size)
        session->told.log_size = log_size;
}

bool hf_client_is_hand_in(const struct hf_session_client *session)
{
    return session->told.mode == HF_MODE_HAND_IN;
}
