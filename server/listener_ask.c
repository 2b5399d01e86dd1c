#include "server/listener_ask.h"

#include "core/base/assert.h"
#include "protocol/channel.h"
#include "protocol/message.h"
#include "server/data_folder.h"

#include <nng/nng.h>

#include <string.h>

#define READ_BYTES 16384

struct ask {
    nng_stream_dialer *dialer;
    nng_stream *stream;
    nng_aio *aio;
    struct hf_channel *channel;
    uint8_t read[READ_BYTES];
};

static enum hf_status unreachable(const char *address, int result, struct hf_error *err)
{
    return hf_error_set(err, result == NNG_ETIMEDOUT ? HF_ERR_TIMEOUT : HF_ERR_NETWORK,
                        "The running server at %s does not answer: %s.", address, nng_strerror(result));
}

static enum hf_status connect_to(struct ask *ask, const char *address, struct hf_error *err)
{
    int result = nng_aio_alloc(&ask->aio, NULL, NULL);
    if (result == 0)
        result = nng_stream_dialer_alloc(&ask->dialer, address);
    if (result == 0)
        result = nng_stream_dialer_set_bool(ask->dialer, NNG_OPT_TCP_NODELAY, true);
    if (result == 0) {
        nng_aio_set_timeout(ask->aio, HF_LIMIT_REPLY_MS);
        nng_stream_dialer_dial(ask->dialer, ask->aio);
        nng_aio_wait(ask->aio);
        result = nng_aio_result(ask->aio);
    }
    if (result != 0)
        return unreachable(address, result, err);
    ask->stream = nng_aio_get_output(ask->aio, 0);
    return HF_OK;
}

static enum hf_status make_channel(struct ask *ask, const char *folder, struct hf_error *err)
{
    struct hf_dh_key keys[2];
    struct hf_id admin = hf_office_admin_id();
    uint8_t psk[HF_KEY_BYTES], server_key[HF_DH_BYTES], seed[HF_DH_BYTES];
    char origin[201];
    for (int i = 0; i < 2; i++) {
        hf_random(seed, sizeof seed);
        hf_dh_key_from_seed(seed, &keys[i]);
    }
    enum hf_status status = hf_data_folder_admin_key(folder, psk, err);
    if (status == HF_OK)
        status = hf_data_folder_public(folder, server_key, origin, err);
    if (status == HF_OK)
        status =
            hf_channel_client_new(hf_slice_str(origin), &admin, &keys[0], server_key, psk, &keys[1], 0, &ask->channel);
    hf_wipe(keys, sizeof keys);
    hf_wipe(psk, sizeof psk);
    hf_wipe(seed, sizeof seed);
    return status;
}

static enum hf_status flush(struct ask *ask, const char *address, struct hf_error *err)
{
    struct hf_slice output;
    while ((output = hf_channel_output(ask->channel)).len > 0) {
        nng_iov iov = {.iov_buf = (void *)(uintptr_t)output.data, .iov_len = output.len};
        HF_ASSERT(nng_aio_set_iov(ask->aio, 1, &iov) == 0);
        nng_stream_send(ask->stream, ask->aio);
        nng_aio_wait(ask->aio);
        if (nng_aio_result(ask->aio) != 0)
            return unreachable(address, nng_aio_result(ask->aio), err);
        hf_channel_output_taken(ask->channel, nng_aio_count(ask->aio));
    }
    return HF_OK;
}

static enum hf_status read_some(struct ask *ask, const char *address, struct hf_error *err)
{
    nng_iov iov = {.iov_buf = ask->read, .iov_len = sizeof ask->read};
    HF_ASSERT(nng_aio_set_iov(ask->aio, 1, &iov) == 0);
    nng_stream_recv(ask->stream, ask->aio);
    nng_aio_wait(ask->aio);
    if (nng_aio_result(ask->aio) != 0)
        return unreachable(address, nng_aio_result(ask->aio), err);
    enum hf_status status = hf_channel_feed(ask->channel, hf_slice_of(ask->read, nng_aio_count(ask->aio)));
    return status == HF_OK
               ? HF_OK
               : hf_error_set(err, status, "The running server could not be understood: %s", hf_status_text(status));
}

static enum hf_status handshake(struct ask *ask, const char *address, struct hf_error *err)
{
    enum hf_status status = flush(ask, address, err);
    while (status == HF_OK && hf_channel_state(ask->channel) == HF_CHANNEL_HANDSHAKE)
        status = read_some(ask, address, err);
    return status;
}

static enum hf_status send_args(struct ask *ask, const struct hf_slice *args, size_t count)
{
    struct hf_slice copy[HF_LIMIT_ADMIN_ARGS];
    struct hf_message message = {.type = HF_MSG_ADMIN, .request = 1};
    struct hf_buf bytes = {0};
    if (count > HF_LIMIT_ADMIN_ARGS)
        return HF_ERR_LIMIT;
    memcpy(copy, args, count * sizeof *args);
    message.as.admin.args = copy;
    message.as.admin.count = count;
    enum hf_status status = hf_message_encode(&message, &bytes);
    if (status == HF_OK)
        status = hf_channel_send(ask->channel, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    return status;
}

/* True when this message was the answer. */
static enum hf_status take_answer(struct hf_slice bytes, struct hf_admin_result *result, bool *out_done,
                                  struct hf_error *err)
{
    struct hf_message message;
    enum hf_status status = hf_message_decode(bytes, &message);
    if (status != HF_OK)
        return hf_error_set(err, status, "The running server could not be understood: %s", hf_status_text(status));
    *out_done = message.type == HF_MSG_ADMIN_DONE;
    if (*out_done) {
        result->exit_code = message.as.admin_done.exit_code;
        hf_buf_append_slice(&result->output, message.as.admin_done.output);
        hf_buf_append_slice(&result->errors, message.as.admin_done.errors);
    } else if (message.type == HF_MSG_ERROR) {
        status = hf_error_set(err, message.as.error.status, "%.*s", (int)message.as.error.text.len,
                              (const char *)message.as.error.text.data);
    }
    hf_message_clear(&message);
    return status;
}

static enum hf_status wait_answer(struct ask *ask, const char *address, struct hf_admin_result *result,
                                  struct hf_error *err)
{
    struct hf_buf bytes = {0};
    bool done = false;
    enum hf_status status = flush(ask, address, err);
    while (status == HF_OK && !done) {
        if (hf_channel_next(ask->channel, &bytes))
            status = take_answer(hf_buf_slice(&bytes), result, &done, err);
        else
            status = read_some(ask, address, err);
    }
    hf_buf_wipe(&bytes);
    return status;
}

static void ask_free(struct ask *ask)
{
    if (ask->aio)
        nng_aio_stop(ask->aio);
    if (ask->stream)
        nng_stream_close(ask->stream);
    nng_stream_free(ask->stream);
    if (ask->dialer)
        nng_stream_dialer_free(ask->dialer);
    if (ask->aio)
        nng_aio_free(ask->aio);
    hf_channel_free(ask->channel);
}

enum hf_status hf_listener_ask(const char *folder, const struct hf_slice *args, size_t count,
                               struct hf_admin_result *result, struct hf_error *err)
{
    struct ask ask = {0};
    char address[HF_OFFICE_ADDRESS_BYTES];
    enum hf_status status = hf_data_folder_get_address(folder, address, sizeof address, err);
    if (status == HF_OK)
        status = make_channel(&ask, folder, err);
    if (status == HF_OK)
        status = connect_to(&ask, address, err);
    if (status == HF_OK)
        status = handshake(&ask, address, err);
    if (status == HF_OK) {
        status = send_args(&ask, args, count);
        if (status != HF_OK)
            (void)hf_error_set(err, status, "The command line is too long.");
    }
    if (status == HF_OK && count > 0 && hf_slice_equal(args[0], hf_slice_str("bundle")))
        nng_aio_set_timeout(ask.aio, HF_LIMIT_CARRY_MS); /* others are answered in between */
    if (status == HF_OK)
        status = wait_answer(&ask, address, result, err);
    ask_free(&ask);
    return status;
}
