#include "client/transport.h"

#include "client/handle.h"

#include <nng/nng.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PIECE_BYTES 65536 /* of one read or write */

/* One operation of nng. `done` is set by nng's thread under the lock; the rest belongs to the caller's thread. */
struct operation {
    struct hf_transport *transport;
    nng_aio *aio;
    bool busy; /* begun and not yet taken */
    bool done;
};

struct hf_transport {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool has_lock;

    nng_stream_dialer *dialer;
    nng_stream *stream;
    struct operation dial;
    struct operation receive;
    struct operation send;

    struct hf_channel *channel;
    enum hf_transport_stage stage;
    enum hf_status failed; /* HF_OK while all is well */
    bool cannot_send;      /* what the other side said before it left may still be read */
    uint32_t timeout_ms;
    bool stays;
    const struct hf_wake *wake;
    uint64_t bytes_sent, bytes_received;
    uint64_t active_ms; /* when something was last sent or received */
    size_t sending;     /* bytes in `out` that are under way … */
    size_t sent;        /* … and of these, written */
    uint8_t in[PIECE_BYTES];
    uint8_t out[PIECE_BYTES];
};

/* --- operations --- */

/* Runs in a thread of nng. */
static void on_done(void *arg)
{
    struct operation *operation = arg;
    struct hf_transport *transport = operation->transport;
    (void)pthread_mutex_lock(&transport->lock);
    operation->done = true;
    (void)pthread_cond_signal(&transport->woken);
    (void)pthread_mutex_unlock(&transport->lock);
    if (transport->wake)
        hf_wake_signal(transport->wake);
}

static bool operation_init(struct hf_transport *transport, struct operation *operation)
{
    operation->transport = transport;
    return nng_aio_alloc(&operation->aio, on_done, operation) == 0;
}

/* Who stays on an open channel is not woken by its silence. */
static bool may_be_silent(const struct operation *operation)
{
    const struct hf_transport *transport = operation->transport;
    return operation == &transport->receive && transport->stays && transport->stage == HF_TRANSPORT_OPEN;
}

static void begin(struct operation *operation)
{
    operation->busy = true;
    nng_aio_set_timeout(operation->aio, may_be_silent(operation) ? NNG_DURATION_INFINITE
                                                                 : (nng_duration)operation->transport->timeout_ms);
}

/* True when it is finished, once; *out_error is nng's result. Waiting makes sure that the callback has returned, so
 * that the operation can be begun anew. */
static bool taken(struct operation *operation, int *out_error)
{
    struct hf_transport *transport = operation->transport;
    if (!operation->busy)
        return false;
    (void)pthread_mutex_lock(&transport->lock);
    const bool done = operation->done;
    operation->done = false;
    (void)pthread_mutex_unlock(&transport->lock);
    if (!done)
        return false;
    nng_aio_wait(operation->aio);
    operation->busy = false;
    *out_error = nng_aio_result(operation->aio);
    return true;
}

static bool iov_begin(struct operation *operation, uint8_t *at, size_t len)
{
    nng_iov iov = {.iov_buf = at, .iov_len = len};
    if (nng_aio_set_iov(operation->aio, 1, &iov) != 0)
        return false;
    begin(operation);
    return true;
}

/* --- one connection --- */

static void fail(struct hf_transport *transport, enum hf_status status)
{
    if (transport->failed == HF_OK)
        transport->failed = status;
}

static enum hf_status status_of(int error)
{
    switch (error) {
    case NNG_ETIMEDOUT:
        return HF_ERR_TIMEOUT;
    case NNG_ENOMEM:
        return HF_ERR_NOMEM;
    default:
        return HF_ERR_CLOSED;
    }
}

static void begin_receive(struct hf_transport *transport)
{
    if (iov_begin(&transport->receive, transport->in, sizeof transport->in))
        nng_stream_recv(transport->stream, transport->receive.aio);
    else
        fail(transport, HF_ERR_NOMEM);
}

static void write_rest(struct hf_transport *transport)
{
    if (iov_begin(&transport->send, transport->out + transport->sent, transport->sending - transport->sent))
        nng_stream_send(transport->stream, transport->send.aio);
    else
        fail(transport, HF_ERR_NOMEM);
}

/* The channel's output is only lent until its next call, so a piece of it is copied. */
static void begin_send(struct hf_transport *transport)
{
    if (!transport->stream || transport->send.busy || transport->cannot_send)
        return;
    struct hf_slice output = hf_channel_output(transport->channel);
    if (output.len == 0)
        return;
    transport->sending = output.len < sizeof transport->out ? output.len : sizeof transport->out;
    transport->sent = 0;
    memcpy(transport->out, output.data, transport->sending);
    hf_channel_output_taken(transport->channel, transport->sending);
    write_rest(transport);
}

static void on_dialled(struct hf_transport *transport, int error)
{
    if (error != 0) {
        fail(transport, error == NNG_ENOMEM ? HF_ERR_NOMEM : HF_ERR_NETWORK);
        return;
    }
    transport->stream = nng_aio_get_output(transport->dial.aio, 0);
    transport->stage = HF_TRANSPORT_HANDSHAKE;
    transport->active_ms = hf_mono_ms();
    begin_receive(transport);
    begin_send(transport);
}

static void take_bytes(struct hf_transport *transport, size_t len)
{
    transport->active_ms = hf_mono_ms();
    transport->bytes_received += len;
    enum hf_status status = hf_channel_feed(transport->channel, hf_slice_of(transport->in, len));
    if (status != HF_OK) {
        fail(transport, status);
        return;
    }
    if (hf_channel_state(transport->channel) == HF_CHANNEL_OPEN)
        transport->stage = HF_TRANSPORT_OPEN;
    begin_receive(transport);
    begin_send(transport);
}

static void on_received(struct hf_transport *transport, int error)
{
    const size_t len = error == 0 ? nng_aio_count(transport->receive.aio) : 0;
    if (len > 0)
        take_bytes(transport, len);
    else if (error == NNG_ETIMEDOUT &&
             (may_be_silent(&transport->receive) || hf_mono_ms() < transport->active_ms + transport->timeout_ms))
        begin_receive(transport); /* silence counts from what was said last, by either side */
    else
        fail(transport, error == 0 ? HF_ERR_CLOSED : status_of(error));
}

/* A peer that refuses says why and closes: what it said is still to be read, and its end is told by the receive. */
static void on_sent(struct hf_transport *transport, int error)
{
    if (error != 0) {
        transport->cannot_send = true;
        if (error == NNG_ETIMEDOUT)
            fail(transport, HF_ERR_TIMEOUT);
        return;
    }
    transport->active_ms = hf_mono_ms();
    transport->sent += nng_aio_count(transport->send.aio);
    transport->bytes_sent += nng_aio_count(transport->send.aio);
    if (transport->sent < transport->sending)
        write_rest(transport);
    else
        begin_send(transport);
}

/* Takes what has finished; one receive at a time, so that the caller reads its messages before the next. */
static bool take_finished(struct hf_transport *transport)
{
    int error = 0;
    bool any = false;
    if (taken(&transport->dial, &error)) {
        on_dialled(transport, error);
        any = true;
    }
    if (taken(&transport->send, &error)) {
        on_sent(transport, error);
        any = true;
    }
    if (taken(&transport->receive, &error)) {
        on_received(transport, error);
        any = true;
    }
    return any;
}

static struct timespec deadline_after(uint32_t wait_ms)
{
    struct timespec at = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(wait_ms / 1000);
    at.tv_nsec += (long)(wait_ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

static void sleep_until_woken(struct hf_transport *transport, uint32_t wait_ms)
{
    const struct timespec until = deadline_after(wait_ms);
    int waited = 0;
    if (transport->wake) {
        (void)hf_wake_wait(transport->wake, wait_ms);
        return;
    }
    (void)pthread_mutex_lock(&transport->lock);
    while (waited == 0 && !transport->dial.done && !transport->receive.done && !transport->send.done)
        waited = pthread_cond_timedwait(&transport->woken, &transport->lock, &until);
    (void)pthread_mutex_unlock(&transport->lock);
}

enum hf_status hf_transport_wait(struct hf_transport *transport, uint32_t wait_ms)
{
    if (transport->failed == HF_OK && !take_finished(transport) && wait_ms > 0) {
        sleep_until_woken(transport, wait_ms);
        (void)take_finished(transport);
    }
    return transport->failed;
}

enum hf_transport_stage hf_transport_stage(const struct hf_transport *transport)
{
    return transport->stage;
}

void hf_transport_bytes(const struct hf_transport *transport, uint64_t *out_sent, uint64_t *out_received)
{
    *out_sent = transport->bytes_sent;
    *out_received = transport->bytes_received;
}

bool hf_transport_next(struct hf_transport *transport, struct hf_buf *out_message)
{
    return hf_channel_next(transport->channel, out_message);
}

enum hf_status hf_transport_send(struct hf_transport *transport, struct hf_slice message)
{
    enum hf_status status = hf_channel_send(transport->channel, message);
    if (status == HF_OK)
        begin_send(transport);
    return status;
}

const uint8_t *hf_transport_handshake_hash(const struct hf_transport *transport)
{
    return hf_channel_handshake_hash(transport->channel);
}

/* --- making and freeing --- */

static bool make_lock(struct hf_transport *transport)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    bool made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&transport->woken, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    if (!made)
        return false;
    transport->has_lock = pthread_mutex_init(&transport->lock, NULL) == 0;
    if (!transport->has_lock)
        (void)pthread_cond_destroy(&transport->woken);
    return transport->has_lock;
}

static enum hf_status make_channel(struct hf_transport *transport, const struct hf_transport_config *config)
{
    uint8_t seed[HF_DH_BYTES];
    struct hf_dh_key ephemeral;
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &ephemeral);
    enum hf_status status =
        hf_channel_client_new(hf_slice_str(config->origin), &config->enrolment_id, config->static_key,
                              config->server_key, config->psk, &ephemeral, hf_mono_ms(), &transport->channel);
    hf_wipe(seed, sizeof seed);
    hf_wipe(&ephemeral, sizeof ephemeral);
    return status;
}

/* nng 1.5.2 prepares itself at the first call of a process and asks "is it prepared?" without a lock, so first calls of
   two threads at once may meet something half made. */
static pthread_once_t nng_prepared = PTHREAD_ONCE_INIT;

static void prepare_nng(void)
{
    nng_aio *aio = NULL;
    if (nng_aio_alloc(&aio, NULL, NULL) == 0)
        nng_aio_free(aio);
}

static enum hf_status make_dialer(struct hf_transport *transport, const char *address)
{
    if (pthread_once(&nng_prepared, prepare_nng) != 0)
        return HF_ERR_NOMEM;
    if (!make_lock(transport) || !operation_init(transport, &transport->dial) ||
        !operation_init(transport, &transport->receive) || !operation_init(transport, &transport->send))
        return HF_ERR_NOMEM;
    int error = nng_stream_dialer_alloc(&transport->dialer, address);
    if (error == 0) /* nng's streams hold small pieces back unless they are told */
        error = nng_stream_dialer_set_bool(transport->dialer, NNG_OPT_TCP_NODELAY, true);
    if (error != 0)
        return error == NNG_ENOMEM ? HF_ERR_NOMEM : HF_ERR_INVALID;
    return HF_OK;
}

enum hf_status hf_transport_new(const struct hf_transport_config *config, struct hf_transport **out)
{
    struct hf_transport *transport = calloc(1, sizeof *transport);
    if (!transport)
        return HF_ERR_NOMEM;
    transport->timeout_ms = config->timeout_ms;
    transport->stays = config->stays;
    transport->wake = config->wake;
    enum hf_status status = make_channel(transport, config);
    if (status == HF_OK)
        status = make_dialer(transport, config->address);
    if (status != HF_OK) {
        hf_transport_free(transport);
        return status;
    }
    begin(&transport->dial);
    nng_stream_dialer_dial(transport->dialer, transport->dial.aio);
    *out = transport;
    return HF_OK;
}

static void stop(struct operation *operation)
{
    if (operation->aio)
        nng_aio_stop(operation->aio);
}

static void release(struct operation *operation)
{
    if (operation->aio)
        nng_aio_free(operation->aio);
}

/* Close, stop every operation, and only then free: an operation that nng is still at touches all of this. */
void hf_transport_free(struct hf_transport *transport)
{
    if (!transport)
        return;
    if (transport->dialer)
        nng_stream_dialer_close(transport->dialer);
    if (transport->stream)
        nng_stream_close(transport->stream);
    stop(&transport->dial);
    stop(&transport->receive);
    stop(&transport->send);
    if (transport->dial.busy && nng_aio_result(transport->dial.aio) == 0)
        nng_stream_free(nng_aio_get_output(transport->dial.aio, 0)); /* connected, and nobody looked any more */
    if (transport->stream)
        nng_stream_free(transport->stream);
    if (transport->dialer)
        nng_stream_dialer_free(transport->dialer);
    release(&transport->dial);
    release(&transport->receive);
    release(&transport->send);
    if (transport->has_lock) {
        (void)pthread_mutex_destroy(&transport->lock);
        (void)pthread_cond_destroy(&transport->woken);
    }
    hf_channel_free(transport->channel);
    hf_wipe(transport, sizeof *transport);
    free(transport);
}
