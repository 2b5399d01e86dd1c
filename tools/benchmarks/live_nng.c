#include "tools/benchmarks/live_nng.h"

#include <nng/nng.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LIMIT_MS 30000

struct live_nng {
    nng_stream *stream;
    nng_aio *aio;
    enum live_nng_way way;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool done;
};

static void must(int error, const char *what)
{
    if (error == 0)
        return;
    (void)fprintf(stderr, "live change by nng, %s: %s\n", what, nng_strerror(error));
    exit(1);
}

static void rest(void)
{
    const struct timespec time = {.tv_nsec = 1000000};
    (void)nanosleep(&time, NULL);
}

/* Runs in a thread of nng. */
static void on_done(void *arg)
{
    struct live_nng *end = arg;
    (void)pthread_mutex_lock(&end->lock);
    end->done = true;
    (void)pthread_cond_signal(&end->woken);
    (void)pthread_mutex_unlock(&end->lock);
}

static struct live_nng *end_new(enum live_nng_way way)
{
    struct live_nng *end = calloc(1, sizeof *end);
    if (!end)
        must(NNG_ENOMEM, "memory");
    end->way = way;
    (void)pthread_mutex_init(&end->lock, NULL);
    (void)pthread_cond_init(&end->woken, NULL);
    must(nng_aio_alloc(&end->aio, way == LIVE_NNG_CALLBACK ? on_done : NULL, end), "memory");
    nng_aio_set_timeout(end->aio, LIMIT_MS);
    return end;
}

static void await(struct live_nng *end, const char *what)
{
    if (end->way == LIVE_NNG_CALLBACK) {
        (void)pthread_mutex_lock(&end->lock);
        while (!end->done)
            (void)pthread_cond_wait(&end->woken, &end->lock);
        end->done = false;
        (void)pthread_mutex_unlock(&end->lock);
    }
    nng_aio_wait(end->aio);
    must(nng_aio_result(end->aio), what);
}

void live_nng_accept(struct live_nng_place *place, enum live_nng_way way, struct live_nng *out[2])
{
    nng_stream_listener *listener = NULL;
    int port = 0;
    must(nng_stream_listener_alloc(&listener, "tcp://127.0.0.1:0"), "listener");
    must(nng_stream_listener_set_bool(listener, NNG_OPT_TCP_NODELAY, true), "listener");
    must(nng_stream_listener_listen(listener), "listener");
    must(nng_stream_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port), "port");
    atomic_store(&place->port, port);
    for (int i = 0; i < 2; i++) {
        out[i] = end_new(way);
        nng_stream_listener_accept(listener, out[i]->aio);
        await(out[i], "accept");
        out[i]->stream = nng_aio_get_output(out[i]->aio, 0);
        atomic_store(&place->accepted, i + 1);
    }
    nng_stream_listener_free(listener);
}

struct live_nng *live_nng_dial(struct live_nng_place *place, enum live_nng_way way, int turn)
{
    char address[64];
    nng_stream_dialer *dialer = NULL;
    struct live_nng *end = end_new(way);
    while (atomic_load(&place->port) == 0 || atomic_load(&place->accepted) < turn)
        rest();
    (void)snprintf(address, sizeof address, "tcp://127.0.0.1:%d", atomic_load(&place->port));
    must(nng_stream_dialer_alloc(&dialer, address), "dialer");
    must(nng_stream_dialer_set_bool(dialer, NNG_OPT_TCP_NODELAY, true), "dialer");
    nng_stream_dialer_dial(dialer, end->aio);
    await(end, "dial");
    end->stream = nng_aio_get_output(end->aio, 0);
    nng_stream_dialer_free(dialer);
    while (atomic_load(&place->accepted) < 2)
        rest();
    return end;
}

void live_nng_move(struct live_nng *end, bool sends, uint8_t *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        nng_iov iov = {.iov_buf = bytes + done, .iov_len = len - done};
        must(nng_aio_set_iov(end->aio, 1, &iov), "message");
        if (sends)
            nng_stream_send(end->stream, end->aio);
        else
            nng_stream_recv(end->stream, end->aio);
        await(end, sends ? "send" : "receive");
        done += nng_aio_count(end->aio);
    }
}
