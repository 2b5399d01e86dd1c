/* One of the office's commands, asked over this device's own channel: HELLO, ADMIN, and that is all. */
#include "client/ask.h"
#include "client/sync.h"

#include <stdlib.h>
#include <string.h>

#define STEP_MS 1000

struct asking {
    struct holdfast *hf;
    struct hf_transport *transport;
    struct hf_session_ask ask;
    struct hf_buf bytes; /* of a message */
    struct hf_slice words[HF_LIMIT_ADMIN_ARGS];
    size_t word_count;
    struct hf_buf text; /* what the office said */
};

/* Errors of the line have their text; the answer is the caller's to clear. */
static enum hf_status say(struct asking *asking, struct hf_message *question, struct hf_message *out)
{
    char text[HF_ASK_REFUSAL_BYTES];
    enum hf_ask_heard heard;
    enum hf_status status = hf_ask_office(asking->transport, &asking->ask, question, &asking->bytes, &heard, out);
    if (status == HF_ERR_INVALID || status == HF_ERR_LIMIT)
        return hf_handle_fail(asking->hf, HF_ERR_LIMIT, "These words are too many, too long, or no text.");
    if (status != HF_OK)
        return hf_sync_fail_text(asking->hf, status, hf_transport_stage(asking->transport));
    if (heard == HF_ASK_ANSWER)
        return HF_OK;
    status = HF_ERR_PROTOCOL;
    if (heard == HF_ASK_REFUSAL) {
        hf_ask_refusal_text(out, text);
        status = hf_handle_fail(asking->hf, out->as.error.status, "%s", text);
    }
    hf_message_clear(out);
    return status;
}

static enum hf_status greet(struct asking *asking)
{
    struct hf_sync_facts facts;
    struct hf_message message = {.type = HF_MSG_HELLO}, welcome;
    enum hf_status status = hf_replica_facts(asking->hf->replica, &facts);
    if (status != HF_OK)
        return status;
    message.as.hello.version = HF_PROTOCOL_VERSION;
    memcpy(message.as.hello.device, facts.device, sizeof message.as.hello.device);
    message.as.hello.incarnation = facts.incarnation;
    message.as.hello.next_seq = facts.next_seq;
    message.as.hello.cursor = facts.cursor;
    message.as.hello.checkpoint_size = facts.checkpoint_size;
    status = say(asking, &message, &welcome);
    if (status == HF_OK)
        hf_message_clear(&welcome);
    return status;
}

/* Errors of the command become the text of the failure. */
static enum hf_status take(struct asking *asking, const struct hf_message *done)
{
    static const enum hf_status codes[] = {HF_OK, HF_ERR_STATE, HF_ERR_INVALID, HF_ERR_DENIED};
    const uint32_t code = done->as.admin_done.exit_code;
    if (code == 0) {
        hf_buf_append_slice(&asking->text, done->as.admin_done.output);
        hf_buf_append_u8(&asking->text, 0);
        return hf_buf_status(&asking->text);
    }
    struct hf_slice text = done->as.admin_done.errors;
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        text.len--;
    return hf_handle_fail(asking->hf, code < sizeof codes / sizeof codes[0] ? codes[code] : HF_ERR_STATE, "%.*s",
                          (int)text.len, (const char *)text.data);
}

static enum hf_status ask(struct asking *asking)
{
    struct hf_message message = {.type = HF_MSG_ADMIN}, done;
    message.as.admin.args = asking->words;
    message.as.admin.count = asking->word_count;
    enum hf_status status = say(asking, &message, &done);
    if (status == HF_OK) {
        status = take(asking, &done);
        hf_message_clear(&done);
    }
    return status;
}

static enum hf_status run(struct asking *asking, const struct holdfast_options *options)
{
    const struct hf_identity *identity = hf_replica_identity(asking->hf->replica);
    const struct hf_transport_config config = {.address = identity->address,
                                               .origin = identity->origin,
                                               .static_key = &identity->channel,
                                               .server_key = identity->server_channel_key,
                                               .psk = identity->psk,
                                               .timeout_ms = hf_sync_timeout_ms(options)};
    enum hf_status status = hf_transport_new(&config, &asking->transport);
    while (status == HF_OK && hf_transport_stage(asking->transport) != HF_TRANSPORT_OPEN)
        status = hf_transport_wait(asking->transport, STEP_MS);
    if (status != HF_OK)
        return hf_sync_fail_text(asking->hf, status,
                                 asking->transport ? hf_transport_stage(asking->transport) : HF_TRANSPORT_DIALLING);
    status = greet(asking);
    return status == HF_OK ? ask(asking) : status;
}

static enum hf_status take_words(struct asking *asking, size_t count, const char *const *words)
{
    if (count == 0 || count > HF_LIMIT_ADMIN_ARGS || !words)
        return hf_handle_fail(asking->hf, HF_ERR_INVALID, "Say what the office is to do, in 1 to %d words.",
                              HF_LIMIT_ADMIN_ARGS);
    for (size_t i = 0; i < count; i++)
        asking->words[i] = hf_slice_str(words[i]);
    asking->word_count = count;
    return HF_OK;
}

enum holdfast_status holdfast_office(struct holdfast *hf, size_t word_count, const char *const *words,
                                     const struct holdfast_options *options, char **out_text)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct asking asking = {.hf = hf};
    hf_buf_init(&asking.bytes, HF_LIMIT_MESSAGE_BYTES);
    hf_buf_init(&asking.text, HF_LIMIT_ADMIN_OUTPUT_BYTES + 1);
    if (hf_replica_identity(hf->replica)->state == HF_IDENTITY_NEW)
        status = hf_handle_fail(hf, HF_ERR_STATE, "This device has not joined an office yet. Use an invitation first.");
    else if (hf->sync)
        status = hf_handle_fail(hf, HF_ERR_STATE, "A sync is under way. Let it finish first.");
    else
        status = take_words(&asking, word_count, words);
    if (status == HF_OK)
        status = run(&asking, options);
    if (status == HF_OK) {
        char *text = malloc(asking.text.len);
        status = text ? HF_OK : HF_ERR_NOMEM;
        if (text) {
            memcpy(text, asking.text.data, asking.text.len);
            *out_text = text;
        }
    }
    hf_transport_free(asking.transport);
    hf_buf_wipe(&asking.bytes);
    hf_buf_wipe(&asking.text);
    return hf_handle_leave(hf, status);
}

void holdfast_text_free(char *text)
{
    if (text)
        hf_wipe(text, strlen(text));
    free(text);
}
