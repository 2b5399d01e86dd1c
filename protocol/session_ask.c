#include "protocol/session_ask.h"

#include "core/base/assert.h"
#include "protocol/session_server_rules.h"

void hf_session_ask_begin(struct hf_session_ask *ask, uint32_t after)
{
    *ask = (struct hf_session_ask){.request = after};
}

enum hf_status hf_session_ask_put(struct hf_session_ask *ask, struct hf_message *question, struct hf_buf *out)
{
    const enum hf_message_type awaited = hf_session_reply_type(question->type);
    HF_ASSERT(ask->awaited == 0 && awaited != 0);
    question->request = ask->request + 1;
    const enum hf_status status = hf_message_encode(question, out);
    if (status != HF_OK)
        return status;
    ask->request = question->request;
    ask->awaited = awaited;
    return HF_OK;
}

/* Entries come with the news to whoever has all before them: also to one who only asks. */
static bool is_unasked(const struct hf_message *message)
{
    return message->type == HF_MSG_NEWS || message->type == HF_MSG_LIVE || message->type == HF_MSG_PONG;
}

static bool is_answer(const struct hf_session_ask *ask, const struct hf_message *message)
{
    return ask->awaited != 0 && message->type == ask->awaited && message->request == ask->request;
}

/* To the open question, or to nothing in particular. */
static bool is_refusal(const struct hf_session_ask *ask, const struct hf_message *message)
{
    return message->type == HF_MSG_ERROR && (message->request == 0 || message->request == ask->request);
}

static enum hf_ask_heard sort(const struct hf_session_ask *ask, const struct hf_message *message)
{
    if (is_answer(ask, message))
        return HF_ASK_ANSWER;
    if (is_refusal(ask, message))
        return HF_ASK_REFUSAL;
    return is_unasked(message) ? HF_ASK_NOTHING : HF_ASK_NONSENSE;
}

enum hf_status hf_session_ask_take(struct hf_session_ask *ask, struct hf_slice bytes, enum hf_ask_heard *out_heard,
                                   struct hf_message *out)
{
    struct hf_message message = {0};
    enum hf_ask_heard heard = HF_ASK_NONSENSE;
    const enum hf_status status = hf_message_decode(bytes, &message);
    if (status == HF_ERR_NOMEM)
        return status;
    if (status == HF_OK)
        heard = sort(ask, &message);
    if (heard == HF_ASK_NONSENSE)
        hf_message_clear(&message);
    if (heard != HF_ASK_NOTHING)
        ask->awaited = 0;
    *out_heard = heard;
    *out = message;
    return HF_OK;
}
