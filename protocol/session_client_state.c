#include "protocol/session_client_state.h"

#include "core/base/assert.h"

#include <string.h>

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
    const size_t before = session->out.len;
    enum hf_status status = hf_message_encode(message, &session->out);
    if (status != HF_OK) {
        hf_client_fail(session, update, status, hf_status_text(status));
        return false;
    }
    hf_client_act(update, HF_CA_SEND)->bytes.len = session->out.len - before;
    session->sent_ms = session->now_ms;
    return true;
}

void hf_client_lend_sent(const struct hf_session_client *session, struct hf_client_update *update)
{
    size_t at = 0;
    for (size_t i = 0; i < update->count; i++) {
        struct hf_slice *bytes = &update->actions[i].bytes;
        if (update->actions[i].type != HF_CA_SEND)
            continue;
        bytes->data = session->out.data + at;
        at += bytes->len;
    }
}

uint32_t hf_client_next_request(struct hf_session_client *session)
{
    if (++session->last_request == 0)
        session->last_request = 1;
    return session->last_request;
}

void hf_client_ask(struct hf_session_client *session, struct hf_client_update *update, struct hf_message *message)
{
    HF_ASSERT(session->open_count < HF_CLIENT_OPEN_MAX);
    message->request = hf_client_next_request(session);
    if (!hf_client_say(session, update, message))
        return;
    if (session->open_count == 0)
        session->reply_by_ms = session->now_ms + HF_LIMIT_REPLY_MS;
    session->open[session->open_count++] =
        (struct hf_client_open){.type = message->type, .request = message->request, .asked = session->asked};
    session->phase = HF_CLIENT_WAIT_REPLY;
}

void hf_client_answered(struct hf_session_client *session)
{
    HF_ASSERT(session->open_count > 0);
    session->asked = session->open[0].asked;
    session->asked.pushed = session->pushed;
    session->open_count--;
    memmove(&session->open[0], &session->open[1], session->open_count * sizeof session->open[0]);
    session->reply_by_ms = session->now_ms + HF_LIMIT_REPLY_MS;
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
