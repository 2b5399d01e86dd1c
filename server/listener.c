#include "server/listener.h"

#include "core/base/assert.h"
#include "server/alerts.h"
#include "server/link.h"

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define READ_BYTES      (16u * 1024)
#define READ_IDLE_BYTES 512u /* what a quiet connection keeps; a read that fills it is followed by a larger one */
#define WRITE_BYTES     (16u * 1024)
#define ADDRESS_BYTES   HF_OFFICE_ADDRESS_BYTES
#define RETRY_MS        100 /* after an accept or a signing that failed */
#define FLUSH_MS        2000
#define RECV_NEVER_MS   NNG_DURATION_INFINITE /* links keep their own time */
#define PEER_ADDR_BYTES 16
#define TURN_NOTES_MAX  256 /* then time, news and the log's signature get their turn */
#define BUCKETS         1024
#define PUBLISH_AFTER_MS                                                                                               \
    20 /* for what follows a push closely, such as who pulls it; whoever asks for proof does not wait */

/* What nng's threads leave for the worker. One per aio; linked into the ready list while `done`. */
struct note {
    struct hf_listener *listener;
    struct conn *conn; /* NULL: the accept */
    struct note *next;
    bool queued;
};

struct conn {
    struct conn *next, *prev;
    struct hf_link *link;
    nng_stream *stream;
    nng_aio *rx, *tx;
    struct note rx_note, tx_note;
    struct note turn_note;    /* messages wait for another turn */
    struct conn *bucket_next; /* of the same hash of the address */
    bool rx_busy, tx_busy;
    bool handshaking;      /* counted as such */
    bool doomed;           /* to be freed at the end of this turn */
    uint64_t flush_end_ms; /* when closing: how long output may still take */
    uint8_t address[PEER_ADDR_BYTES];
    uint8_t *read;  /* READ_BYTES while much arrives, otherwise NULL and `few` is used */
    uint8_t *write; /* while nng has it */
    uint8_t few[READ_IDLE_BYTES];
};

struct hf_listener {
    struct hf_office *office;
    nng_stream_listener *listener;
    nng_aio *accept;
    struct note accept_note;
    bool accept_waiting; /* the accept aio is a pause after an error */
    bool accept_failing; /* the journal knows */
    char address[ADDRESS_BYTES];
    hf_listener_journal_fn *journal;
    void *journal_ctx;

    pthread_mutex_t lock; /* guards ready list, stop and counts */
    pthread_cond_t wake;
    struct note *ready_first, *ready_last;
    bool stop;
    struct hf_listener_counts counts;

    pthread_t worker;
    /* worker only */
    struct conn *conns;
    struct conn *buckets[BUCKETS];
    size_t conn_count, handshake_count, doomed_count;
    uint64_t due_ms; /* no connection has anything to do before, unless bytes come */
    uint64_t news_size;
    uint64_t standing;
    uint64_t publish_due_ms;                /* 0: all is signed */
    struct hf_concern concern;              /* of the news at hand */
    char publish_text[HF_ERROR_TEXT_BYTES]; /* why signing fails; the journal knows */
};

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void journal(struct hf_listener *self, const char *line)
{
    if (self->journal)
        self->journal(self->journal_ctx, line);
}

/* --- on nng's threads
 * ------------------------------------------------------------------------------------------------------- */

static void note_done(void *arg)
{
    struct note *note = arg;
    struct hf_listener *self = note->listener;
    (void)pthread_mutex_lock(&self->lock);
    if (!note->queued) {
        note->queued = true;
        note->next = NULL;
        if (self->ready_last)
            self->ready_last->next = note;
        else
            self->ready_first = note;
        self->ready_last = note;
        (void)pthread_cond_signal(&self->wake);
    }
    (void)pthread_mutex_unlock(&self->lock);
}

/* --- connections
 * ------------------------------------------------------------------------------------------------------------ */

static struct note *take_ready(struct hf_listener *self)
{
    struct note *note = self->ready_first;
    if (!note)
        return NULL;
    self->ready_first = note->next;
    if (!self->ready_first)
        self->ready_last = NULL;
    note->queued = false;
    return note;
}

/* Takes a note out of the ready list; its aio is stopped, so it will not come back. */
static void forget_note(struct hf_listener *self, const struct note *gone)
{
    (void)pthread_mutex_lock(&self->lock);
    struct note *before = NULL;
    for (struct note *note = self->ready_first; note; before = note, note = note->next) {
        if (note != gone)
            continue;
        if (before)
            before->next = note->next;
        else
            self->ready_first = note->next;
        if (self->ready_last == note)
            self->ready_last = before;
        break;
    }
    (void)pthread_mutex_unlock(&self->lock);
}

/* Both aios are stopped before either is freed, and neither inside a callback. */
static void conn_free(struct hf_listener *self, struct conn *conn)
{
    if (conn->rx)
        nng_aio_stop(conn->rx);
    if (conn->tx)
        nng_aio_stop(conn->tx);
    if (conn->stream)
        nng_stream_close(conn->stream);
    forget_note(self, &conn->rx_note);
    forget_note(self, &conn->tx_note);
    forget_note(self, &conn->turn_note);
    nng_stream_free(conn->stream);
    nng_aio_free(conn->rx);
    nng_aio_free(conn->tx);
    hf_link_free(conn->link);
    free(conn->read);
    free(conn->write);
    free(conn);
}

static struct conn **bucket_of(struct hf_listener *self, const uint8_t address[PEER_ADDR_BYTES])
{
    uint32_t hash = 2166136261u; /* FNV-1a; the limit for one address bounds what collisions can do */
    for (size_t i = 0; i < PEER_ADDR_BYTES; i++)
        hash = (hash ^ address[i]) * 16777619u;
    return &self->buckets[hash % BUCKETS];
}

static void conn_link(struct hf_listener *self, struct conn *conn)
{
    struct conn **bucket = bucket_of(self, conn->address);
    conn->bucket_next = *bucket;
    *bucket = conn;
    conn->next = self->conns;
    if (self->conns)
        self->conns->prev = conn;
    self->conns = conn;
    self->conn_count++;
    conn->handshaking = true;
    self->handshake_count++;
}

static void handshake_over(struct hf_listener *self, struct conn *conn)
{
    self->handshake_count -= conn->handshaking;
    conn->handshaking = false;
}

static void conn_doom(struct hf_listener *self, struct conn *conn)
{
    self->doomed_count += !conn->doomed;
    conn->doomed = true;
}

static void conn_unlink(struct hf_listener *self, struct conn *conn)
{
    struct conn **place = bucket_of(self, conn->address);
    while (*place != conn)
        place = &(*place)->bucket_next;
    *place = conn->bucket_next;
    handshake_over(self, conn);
    self->doomed_count -= conn->doomed;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        self->conns = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    self->conn_count--;
}

static size_t read_space(const struct conn *conn)
{
    return conn->read ? READ_BYTES : sizeof conn->few;
}

static void conn_read(struct conn *conn)
{
    if (conn->rx_busy || conn->doomed)
        return;
    nng_iov iov = {.iov_buf = conn->read ? conn->read : conn->few, .iov_len = read_space(conn)};
    HF_ASSERT(nng_aio_set_iov(conn->rx, 1, &iov) == 0);
    conn->rx_busy = true;
    nng_stream_recv(conn->stream, conn->rx);
}

/* Grows when a read was filled, and shrinks again when little comes. Without memory it stays small. */
static void fit_read(struct conn *conn, size_t len)
{
    if (!conn->read && len == sizeof conn->few) {
        conn->read = malloc(READ_BYTES);
    } else if (conn->read && len < sizeof conn->few) {
        free(conn->read);
        conn->read = NULL;
    }
}

/* Writes from a copy: the link's output may move while nng has it. */
static void conn_write(struct hf_listener *self, struct conn *conn)
{
    struct hf_slice output = hf_link_output(conn->link);
    if (conn->tx_busy || conn->doomed || output.len == 0)
        return;
    size_t len = output.len < WRITE_BYTES ? output.len : WRITE_BYTES;
    conn->write = malloc(len);
    if (!conn->write) {
        conn_doom(self, conn);
        return;
    }
    memcpy(conn->write, output.data, len);
    nng_iov iov = {.iov_buf = conn->write, .iov_len = len};
    HF_ASSERT(nng_aio_set_iov(conn->tx, 1, &iov) == 0);
    conn->tx_busy = true;
    nng_stream_send(conn->stream, conn->tx);
}

/* After anything happened on a connection: write what there is, go on, or end it. What arrived already has its turn
 * behind everybody else's before anything is read. */
static void conn_settle(struct hf_listener *self, struct conn *conn, uint64_t now)
{
    bool closing = hf_link_closing(conn->link, NULL);
    if (hf_link_open(conn->link))
        handshake_over(self, conn);
    conn_write(self, conn);
    if (closing && conn->flush_end_ms == 0)
        conn->flush_end_ms = now + FLUSH_MS;
    if (closing && (!conn->tx_busy || now >= conn->flush_end_ms))
        conn_doom(self, conn);
    if (!closing && hf_link_output(conn->link).len < HF_LINK_OUTPUT_FULL_BYTES) {
        if (hf_link_waiting(conn->link))
            note_done(&conn->turn_note);
        else
            conn_read(conn);
    }
    uint64_t due = conn->flush_end_ms ? conn->flush_end_ms : hf_link_wake_ms(conn->link);
    if (due < self->due_ms)
        self->due_ms = due;
}

static void read_done(struct hf_listener *self, struct conn *conn, uint64_t now)
{
    conn->rx_busy = false;
    if (nng_aio_result(conn->rx) != 0) {
        conn_doom(self, conn);
        return;
    }
    const size_t len = nng_aio_count(conn->rx);
    hf_link_take(conn->link, hf_slice_of(conn->read ? conn->read : conn->few, len), now);
    fit_read(conn, len);
    conn_settle(self, conn, now);
}

static void turn_come(struct hf_listener *self, struct conn *conn, uint64_t now)
{
    (void)hf_link_work(conn->link, now);
    conn_settle(self, conn, now);
}

static void write_done(struct hf_listener *self, struct conn *conn, uint64_t now)
{
    conn->tx_busy = false;
    free(conn->write);
    conn->write = NULL;
    if (nng_aio_result(conn->tx) != 0) {
        conn_doom(self, conn);
        return;
    }
    hf_link_output_taken(conn->link, nng_aio_count(conn->tx));
    if (hf_link_output(conn->link).len > 0) /* short news that the line swallows whole say nothing of the peer */
        hf_link_moving(conn->link, now);
    conn_settle(self, conn, now);
}

/* --- accepting
 * ----------------------------------------------------------------------------------------------------------------- */

static void peer_address(nng_stream *stream, uint8_t out[PEER_ADDR_BYTES])
{
    nng_sockaddr address;
    memset(out, 0, PEER_ADDR_BYTES);
    if (nng_stream_get_addr(stream, NNG_OPT_REMADDR, &address) != 0)
        return;
    if (address.s_family == NNG_AF_INET)
        memcpy(out, &address.s_in.sa_addr, sizeof address.s_in.sa_addr);
    else if (address.s_family == NNG_AF_INET6)
        memcpy(out, address.s_in6.sa_addr, sizeof address.s_in6.sa_addr);
}

static bool has_room(struct hf_listener *self, const uint8_t address[PEER_ADDR_BYTES])
{
    const size_t most =
        self->office->per_address > 0 ? self->office->per_address : (size_t)HF_LIMIT_CONNECTIONS_ADDRESS;
    size_t same = 0;
    for (const struct conn *conn = *bucket_of(self, address); conn; conn = conn->bucket_next)
        same += memcmp(conn->address, address, PEER_ADDR_BYTES) == 0;
    return self->conn_count < HF_LIMIT_CONNECTIONS && same < most && self->handshake_count < HF_LIMIT_HANDSHAKES;
}

static enum hf_status conn_alloc(struct hf_listener *self, struct conn *conn, uint64_t now)
{
    conn->rx_note = (struct note){.listener = self, .conn = conn};
    conn->tx_note = (struct note){.listener = self, .conn = conn};
    conn->turn_note = (struct note){.listener = self, .conn = conn};
    if (nng_aio_alloc(&conn->rx, note_done, &conn->rx_note) != 0 ||
        nng_aio_alloc(&conn->tx, note_done, &conn->tx_note) != 0)
        return HF_ERR_NOMEM;
    nng_aio_set_timeout(conn->rx, RECV_NEVER_MS);
    nng_aio_set_timeout(conn->tx, HF_LIMIT_IDLE_MS);
    return hf_link_new(self->office, now, &conn->link);
}

static void count(struct hf_listener *self, int open, int accepted, int refused)
{
    (void)pthread_mutex_lock(&self->lock);
    self->counts.open += (uint64_t)(int64_t)open;
    self->counts.accepted += (uint64_t)(int64_t)accepted;
    self->counts.refused += (uint64_t)(int64_t)refused;
    (void)pthread_mutex_unlock(&self->lock);
}

static void take_stream(struct hf_listener *self, nng_stream *stream, uint64_t now)
{
    uint8_t address[PEER_ADDR_BYTES];
    struct conn *conn = NULL;
    peer_address(stream, address);
    if (has_room(self, address))
        conn = calloc(1, sizeof *conn);
    if (!conn) {
        count(self, 0, 0, 1);
        nng_stream_close(stream);
        nng_stream_free(stream);
        return;
    }
    conn->stream = stream;
    memcpy(conn->address, address, sizeof address);
    if (conn_alloc(self, conn, now) != HF_OK) {
        count(self, 0, 0, 1);
        conn_free(self, conn);
        return;
    }
    conn_link(self, conn);
    count(self, 1, 1, 0);
    conn_settle(self, conn, now);
}

static void accept_done(struct hf_listener *self, uint64_t now)
{
    int result = nng_aio_result(self->accept);
    if (result == NNG_ECLOSED || result == NNG_ECANCELED)
        return;
    if (self->accept_waiting) {
        self->accept_waiting = false;
    } else if (result == 0) {
        self->accept_failing = false;
        take_stream(self, nng_aio_get_output(self->accept, 0), now);
    } else {
        self->accept_waiting = true;
        if (!self->accept_failing)
            journal(self, "Connections cannot be taken at the moment; trying again until they can.");
        self->accept_failing = true;
        nng_sleep_aio(RETRY_MS, self->accept);
        return;
    }
    nng_stream_listener_accept(self->listener, self->accept);
}

/* --- the worker
 * ---------------------------------------------------------------------------------------------------------------- */

static void reap(struct hf_listener *self)
{
    struct conn *next = NULL;
    for (struct conn *conn = self->conns; conn && self->doomed_count > 0; conn = next) {
        next = conn->next;
        if (!conn->doomed)
            continue;
        conn_unlink(self, conn);
        conn_free(self, conn);
        count(self, -1, 0, 0);
    }
}

/* Tells every link what changed since the last turn, and lets time pass; walks the connections only when there is a
 * reason. Returns when to look again. */
static uint64_t tend(struct hf_listener *self, uint64_t now)
{
    struct hf_store_head head;
    hf_store_head(self->office->store, &head);
    bool news = head.tree.size != self->news_size;
    bool standing = self->office->standing != self->standing;
    if (news)
        hf_concern_find(self->office, self->news_size, head.tree.size, &self->concern);
    self->news_size = head.tree.size;
    self->standing = self->office->standing;
    if (!news && !standing && now < self->due_ms)
        return self->due_ms;
    self->due_ms = now + HF_LIMIT_KEEP_ALIVE_MS;
    for (struct conn *conn = self->conns; conn; conn = conn->next) {
        if (conn->doomed)
            continue;
        if (standing)
            hf_link_recheck(conn->link, now);
        if (news && hf_link_concerned(conn->link, &self->concern))
            hf_link_news(conn->link, head.tree.size, now);
        if (hf_link_wake_ms(conn->link) <= now)
            hf_link_tick(conn->link, now);
        conn_settle(self, conn, now);
    }
    return self->due_ms > now ? self->due_ms : now + 1;
}

static void wait_until(struct hf_listener *self, uint64_t wake)
{
    struct timespec until = {.tv_sec = (time_t)(wake / 1000), .tv_nsec = (long)(wake % 1000) * 1000000};
    (void)pthread_mutex_lock(&self->lock);
    while (!self->ready_first && !self->stop)
        if (pthread_cond_timedwait(&self->wake, &self->lock, &until) != 0)
            break;
    (void)pthread_mutex_unlock(&self->lock);
}

static struct note *next_note(struct hf_listener *self, bool *out_stop)
{
    (void)pthread_mutex_lock(&self->lock);
    /* What is left when stopping stays in the list, where listener_free finds it. */
    struct note *note = self->stop ? NULL : take_ready(self);
    *out_stop = self->stop;
    (void)pthread_mutex_unlock(&self->lock);
    return note;
}

static void handle(struct hf_listener *self, struct note *note, uint64_t now)
{
    struct conn *conn = note->conn;
    if (!conn)
        accept_done(self, now);
    else if (conn->doomed)
        return;
    else if (note == &conn->rx_note)
        read_done(self, conn, now);
    else if (note == &conn->turn_note)
        turn_come(self, conn, now);
    else
        write_done(self, conn, now);
}

/* Signing waits a moment after the log grew, unless it is `now_or_never`. When the next turn is wanted. */
static uint64_t publish(struct hf_listener *self, uint64_t wake, uint64_t now, bool now_or_never)
{
    struct hf_error err = {0};
    struct hf_store_head head;
    hf_store_head(self->office->store, &head);
    if (head.published_size == head.tree.size)
        self->publish_due_ms = 0;
    else if (self->publish_due_ms == 0)
        self->publish_due_ms = now + PUBLISH_AFTER_MS;
    if (!now_or_never && (self->publish_due_ms == 0 || now < self->publish_due_ms))
        return self->publish_due_ms != 0 && self->publish_due_ms < wake ? self->publish_due_ms : wake;
    const bool signed_now = hf_office_publish(self->office, &err) == HF_OK;
    self->publish_due_ms = signed_now ? 0 : now + RETRY_MS;
    if (!signed_now && self->publish_due_ms < wake)
        wake = self->publish_due_ms;
    if (signed_now)
        err.text[0] = '\0';
    if (strcmp(err.text, self->publish_text) == 0)
        return wake;
    journal(self, err.text[0] ? err.text : "The log is being signed again.");
    memcpy(self->publish_text, err.text, sizeof err.text);
    return wake;
}

/* Alerts that are due; a failure leaves them for the next turn. When the next turn is wanted (monotonic ms). */
static uint64_t raise_alerts(struct hf_listener *self, uint64_t wake, uint64_t now)
{
    if (hf_alerts_step(self->office) != HF_OK)
        return wake;
    const uint64_t due = hf_alerts_wake_ms(self->office);
    const uint64_t wall = self->office->wall_ms(self->office->clock_ctx);
    const uint64_t in_ms = due == UINT64_MAX ? UINT64_MAX : due > wall ? due - wall : 1;
    return in_ms < UINT64_MAX - now && now + in_ms < wake ? now + in_ms : wake;
}

static void *work(void *arg)
{
    struct hf_listener *self = arg;
    bool stop = false;
    while (!stop) {
        struct note *note = next_note(self, &stop);
        uint64_t now = now_ms();
        for (size_t handled = 0; note; note = handled < TURN_NOTES_MAX ? next_note(self, &stop) : NULL) {
            handle(self, note, now);
            handled++;
        }
        uint64_t wake = tend(self, now);
        reap(self);
        wake = raise_alerts(self, wake, now);
        wake = publish(self, wake, now, stop);
        if (!stop)
            wait_until(self, wake);
    }
    for (struct conn *conn = self->conns; conn; conn = conn->next)
        conn_doom(self, conn);
    reap(self);
    return NULL;
}

/* --- start and stop
 * -------------------------------------------------------------------------------------------------------- */

static void store_address(struct hf_listener *self, const char *url)
{
    nng_sockaddr bound;
    (void)snprintf(self->address, sizeof self->address, "%s", url);
    char *colon = strrchr(self->address, ':');
    if (!colon || strcmp(colon, ":0") != 0 ||
        nng_stream_listener_get_addr(self->listener, NNG_OPT_LOCADDR, &bound) != 0)
        return;
    uint16_t port = bound.s_family == NNG_AF_INET6 ? bound.s_in6.sa_port : bound.s_in.sa_port;
    size_t used = (size_t)(colon - self->address) + 1;
    (void)snprintf(colon + 1, sizeof self->address - used, "%u", ntohs(port));
}

static enum hf_status bind_failed(int result, const char *url, struct hf_error *err)
{
    if (result == NNG_EADDRINUSE)
        return hf_error_set(err, HF_ERR_BUSY, "Another program listens on %s already. Choose another port.", url);
    if (result == NNG_EADDRINVAL || result == NNG_EINVAL || result == NNG_ENOTSUP)
        return hf_error_set(err, HF_ERR_INVALID,
                            "%s is not an address to listen on. It looks like tcp://127.0.0.1:7450.", url);
    return hf_error_set(err, HF_ERR_NETWORK, "The server could not listen on %s: %s.", url, nng_strerror(result));
}

static enum hf_status bind_listener(struct hf_listener *self, const char *url, struct hf_error *err)
{
    if (strncmp(url, "tcp://", 6) != 0)
        return bind_failed(NNG_EADDRINVAL, url, err);
    int result = nng_stream_listener_alloc(&self->listener, url);
    if (result == 0)
        result = nng_stream_listener_listen(self->listener);
    if (result == 0)
        result = nng_aio_alloc(&self->accept, note_done, &self->accept_note);
    if (result != 0)
        return bind_failed(result, url, err);
    store_address(self, url);
    return HF_OK;
}

static void listener_free(struct hf_listener *self)
{
    if (self->accept)
        nng_aio_stop(self->accept);
    if (self->accept_note.queued && !self->accept_waiting && nng_aio_result(self->accept) == 0)
        nng_stream_free(nng_aio_get_output(self->accept, 0)); /* came too late to be looked at */
    if (self->listener) {
        nng_stream_listener_close(self->listener);
        nng_stream_listener_free(self->listener);
    }
    if (self->accept)
        nng_aio_free(self->accept);
    (void)pthread_cond_destroy(&self->wake);
    (void)pthread_mutex_destroy(&self->lock);
    free(self);
}

static void init_lock(struct hf_listener *self)
{
    pthread_condattr_t attr;
    (void)pthread_mutex_init(&self->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&self->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
}

enum hf_status hf_listener_start(struct hf_office *office, const char *url, hf_listener_journal_fn *journal_fn,
                                 void *journal_ctx, struct hf_listener **out, struct hf_error *err)
{
    struct hf_listener *self = calloc(1, sizeof *self);
    if (!self)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough memory.");
    self->office = office;
    self->journal = journal_fn;
    self->journal_ctx = journal_ctx;
    self->accept_note = (struct note){.listener = self};
    init_lock(self);
    enum hf_status status = bind_listener(self, url, err);
    if (status != HF_OK) {
        listener_free(self);
        return status;
    }
    (void)snprintf(office->address, sizeof office->address, "%s", self->address);
    self->standing = office->standing;
    nng_stream_listener_accept(self->listener, self->accept);
    if (pthread_create(&self->worker, NULL, work, self) != 0) {
        listener_free(self);
        return hf_error_set(err, HF_ERR_NOMEM, "A thread could not be started.");
    }
    *out = self;
    return HF_OK;
}

const char *hf_listener_address(const struct hf_listener *listener)
{
    return listener->address;
}

void hf_listener_stop(struct hf_listener *listener)
{
    if (!listener)
        return;
    (void)pthread_mutex_lock(&listener->lock);
    listener->stop = true;
    (void)pthread_cond_signal(&listener->wake);
    (void)pthread_mutex_unlock(&listener->lock);
    (void)pthread_join(listener->worker, NULL);
    listener_free(listener);
}

void hf_listener_get_counts(struct hf_listener *listener, struct hf_listener_counts *out)
{
    (void)pthread_mutex_lock(&listener->lock);
    *out = listener->counts;
    (void)pthread_mutex_unlock(&listener->lock);
}

void hf_listener_end_process(void)
{
    nng_fini();
}
