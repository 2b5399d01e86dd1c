#include "core/base/assert.h"
#include "server/listener_internal.h"

#include <stdlib.h>
#include <string.h>

#define READ_BYTES     (16u * 1024)
#define WRITE_BYTES    (16u * 1024)
#define RECV_NEVER_MS  NNG_DURATION_INFINITE /* links keep their own time */
#define FLUSH_MS       2000
#define TOLD_FIRST_MAX 64   /* connections; to work out what each is told takes a tenth of a millisecond */
#define LIGHT_BYTES    1024 /* a longer message waits for the short ones of all connections */

void hf_listener_note(void *arg)
{
    struct hf_conn_note *note = arg;
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

/* Takes a note out of the ready list; its aio is stopped, so it will not come back. */
static void forget_note(struct hf_listener *self, const struct hf_conn_note *gone)
{
    (void)pthread_mutex_lock(&self->lock);
    struct hf_conn_note *before = NULL;
    for (struct hf_conn_note *note = self->ready_first; note; before = note, note = note->next) {
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
void hf_conn_free(struct hf_listener *self, struct hf_conn *conn)
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

struct hf_conn **hf_conn_bucket(struct hf_listener *self, const uint8_t address[HF_CONN_ADDRESS_BYTES])
{
    uint32_t hash = 2166136261u; /* FNV-1a; the limit for one address bounds what collisions can do */
    for (size_t i = 0; i < HF_CONN_ADDRESS_BYTES; i++)
        hash = (hash ^ address[i]) * 16777619u;
    return &self->buckets[hash % HF_CONN_BUCKETS];
}

void hf_conn_link(struct hf_listener *self, struct hf_conn *conn)
{
    struct hf_conn **bucket = hf_conn_bucket(self, conn->address);
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

static void handshake_over(struct hf_listener *self, struct hf_conn *conn)
{
    self->handshake_count -= conn->handshaking;
    conn->handshaking = false;
}

void hf_conn_doom(struct hf_listener *self, struct hf_conn *conn)
{
    self->doomed_count += !conn->doomed;
    conn->doomed = true;
}

static void heavy_put(struct hf_listener *self, struct hf_conn *conn)
{
    if (conn->heavy)
        return;
    conn->heavy = true;
    conn->heavy_next = NULL;
    if (self->heavy_last)
        self->heavy_last->heavy_next = conn;
    else
        self->heavy_first = conn;
    self->heavy_last = conn;
}

struct hf_conn *hf_conn_heavy_next(struct hf_listener *self)
{
    struct hf_conn *conn = self->heavy_first;
    if (!conn)
        return NULL;
    self->heavy_first = conn->heavy_next;
    if (!self->heavy_first)
        self->heavy_last = NULL;
    conn->heavy = false;
    return conn;
}

static void heavy_forget(struct hf_listener *self, struct hf_conn *gone)
{
    struct hf_conn *before = NULL;
    for (struct hf_conn *conn = gone->heavy ? self->heavy_first : NULL; conn; before = conn, conn = conn->heavy_next) {
        if (conn != gone)
            continue;
        if (before)
            before->heavy_next = conn->heavy_next;
        else
            self->heavy_first = conn->heavy_next;
        if (self->heavy_last == conn)
            self->heavy_last = before;
        return;
    }
}

void hf_conn_unlink(struct hf_listener *self, struct hf_conn *conn)
{
    struct hf_conn **place = hf_conn_bucket(self, conn->address);
    while (*place != conn)
        place = &(*place)->bucket_next;
    *place = conn->bucket_next;
    handshake_over(self, conn);
    heavy_forget(self, conn);
    self->doomed_count -= conn->doomed;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        self->conns = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    self->conn_count--;
}

static size_t read_space(const struct hf_conn *conn)
{
    return conn->read ? READ_BYTES : sizeof conn->few;
}

static void conn_read(struct hf_conn *conn)
{
    if (conn->rx_busy || conn->doomed)
        return;
    nng_iov iov = {.iov_buf = conn->read ? conn->read : conn->few, .iov_len = read_space(conn)};
    HF_ASSERT(nng_aio_set_iov(conn->rx, 1, &iov) == 0);
    conn->rx_busy = true;
    nng_stream_recv(conn->stream, conn->rx);
}

/* Grows when a read was filled, and shrinks again when little comes. Without memory it stays small. */
static void fit_read(struct hf_conn *conn, size_t len)
{
    if (!conn->read && len == sizeof conn->few) {
        conn->read = malloc(READ_BYTES);
    } else if (conn->read && len < sizeof conn->few) {
        free(conn->read);
        conn->read = NULL;
    }
}

/* Writes from a copy: the link's output may move while nng has it. */
static void conn_write(struct hf_listener *self, struct hf_conn *conn)
{
    struct hf_slice output = hf_link_output(conn->link);
    if (conn->tx_busy || conn->doomed || output.len == 0)
        return;
    size_t len = output.len < WRITE_BYTES ? output.len : WRITE_BYTES;
    conn->write = malloc(len);
    if (!conn->write) {
        hf_conn_doom(self, conn);
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
void hf_conn_settle(struct hf_listener *self, struct hf_conn *conn, uint64_t now)
{
    bool closing = hf_link_closing(conn->link, NULL);
    if (hf_link_open(conn->link))
        handshake_over(self, conn);
    conn_write(self, conn);
    if (closing && conn->flush_end_ms == 0)
        conn->flush_end_ms = now + FLUSH_MS;
    if (closing && (!conn->tx_busy || now >= conn->flush_end_ms))
        hf_conn_doom(self, conn);
    if (!closing && !hf_link_holds(conn->link) && hf_link_output(conn->link).len < HF_LINK_OUTPUT_FULL_BYTES) {
        if (!hf_link_waiting(conn->link))
            conn_read(conn);
        else if (hf_link_waiting_bytes(conn->link) > LIGHT_BYTES)
            heavy_put(self, conn);
        else
            hf_listener_note(&conn->turn_note);
    }
    uint64_t due = conn->flush_end_ms ? conn->flush_end_ms : hf_link_wake_ms(conn->link);
    if (due < self->due_ms)
        self->due_ms = due;
}

/* What was made durable goes to those who are to read it before the answers go to those who brought it: they store it
 * while the others hear. With many connections, or where somebody's standing changed, all are told at the end of the
 * turn instead. True when the others were told. */
static bool tell_first(struct hf_listener *self, uint64_t now)
{
    struct hf_store_head head;
    hf_store_head(self->office->store, &head);
    if (head.tree.size == self->news_size || self->office->standing != self->standing ||
        self->conn_count > TOLD_FIRST_MAX)
        return false;
    hf_concern_find(self->office, self->news_size, head.tree.size, &self->concern);
    self->news_size = head.tree.size;
    for (struct hf_conn *conn = self->conns; conn; conn = conn->next) {
        if (conn->doomed || hf_link_holds(conn->link) || !hf_link_concerned(conn->link, &self->concern))
            continue;
        hf_link_news(conn->link, head.tree.size, now);
        hf_conn_settle(self, conn, now);
    }
    return true;
}

void hf_conn_let_go(struct hf_listener *self, uint64_t now)
{
    if (self->grouped_count == 0)
        return;
    const enum hf_status status = hf_group_take(self->office);
    const bool told = status == HF_OK && tell_first(self, now);
    for (size_t i = 0; i < self->grouped_count; i++) {
        struct hf_link *link = self->grouped[i]->link;
        hf_link_let_go(link, status, now);
        if (told && hf_link_concerned(link, &self->concern))
            hf_link_news(link, self->news_size, now);
        hf_conn_settle(self, self->grouped[i], now);
    }
    self->grouped_count = 0;
}

void hf_conn_turn(struct hf_listener *self, struct hf_conn *conn, uint64_t now)
{
    if (hf_link_work(conn->link, now)) {
        self->answered++;
        if (hf_link_holds(conn->link))
            self->grouped[self->grouped_count++] = conn;
    }
    hf_conn_settle(self, conn, now);
    if (hf_group_is_over(self->office))
        hf_conn_let_go(self, now);
}

void hf_conn_read_done(struct hf_listener *self, struct hf_conn *conn, uint64_t now)
{
    conn->rx_busy = false;
    if (nng_aio_result(conn->rx) != 0) {
        hf_conn_doom(self, conn);
        return;
    }
    const size_t len = nng_aio_count(conn->rx);
    self->moved_bytes += len;
    self->moved_ms = now;
    hf_link_take(conn->link, hf_slice_of(conn->read ? conn->read : conn->few, len), now);
    fit_read(conn, len);
    if (hf_link_waiting_bytes(conn->link) <= LIGHT_BYTES)
        hf_conn_turn(self, conn, now);
    else
        hf_conn_settle(self, conn, now);
}

void hf_conn_write_done(struct hf_listener *self, struct hf_conn *conn, uint64_t now)
{
    conn->tx_busy = false;
    free(conn->write);
    conn->write = NULL;
    if (nng_aio_result(conn->tx) != 0) {
        hf_conn_doom(self, conn);
        return;
    }
    hf_link_output_taken(conn->link, nng_aio_count(conn->tx));
    self->moved_bytes += nng_aio_count(conn->tx);
    self->moved_ms = now;
    if (hf_link_output(conn->link).len > 0) /* short news that the line swallows whole say nothing of the peer */
        hf_link_moving(conn->link, now);
    hf_conn_settle(self, conn, now);
}

enum hf_status hf_conn_alloc(struct hf_listener *self, struct hf_conn *conn, uint64_t now)
{
    conn->rx_note = (struct hf_conn_note){.listener = self, .conn = conn};
    conn->tx_note = (struct hf_conn_note){.listener = self, .conn = conn};
    conn->turn_note = (struct hf_conn_note){.listener = self, .conn = conn};
    if (nng_aio_alloc(&conn->rx, hf_listener_note, &conn->rx_note) != 0 ||
        nng_aio_alloc(&conn->tx, hf_listener_note, &conn->tx_note) != 0)
        return HF_ERR_NOMEM;
    nng_aio_set_timeout(conn->rx, RECV_NEVER_MS);
    nng_aio_set_timeout(conn->tx, HF_LIMIT_IDLE_MS);
    return hf_link_new(self->office, now, &conn->link);
}
