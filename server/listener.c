#include "server/listener.h"

#include "core/base/assert.h"
#include "server/alerts.h"
#include "server/listener_internal.h"
#include "server/suffix.h"
#include "server/urgent.h"

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>

#include <arpa/inet.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RETRY_MS       100 /* after an accept or a signing that failed */
#define TURN_NOTES_MAX 256 /* then time, news and the log's signature get their turn */
#define HEAVY_MS       5   /* at least, of long messages, before it is the short ones' turn again */
#define PUBLISH_AFTER_MS                                                                                               \
    20 /* for what follows a push closely, such as who pulls it; whoever asks for proof does not wait */
#define GIVE_BACK_BYTES    (256u * 1024) /* that moved: then there is memory to give back … */
#define GIVE_BACK_AFTER_MS 100           /* … once it is quiet */
#define LATEST_MS          500 /* signing and alerts wait that long at most while there is something to answer */

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

static struct hf_conn_note *take_ready(struct hf_listener *self)
{
    struct hf_conn_note *note = self->ready_first;
    if (!note)
        return NULL;
    self->ready_first = note->next;
    if (!self->ready_first)
        self->ready_last = NULL;
    note->queued = false;
    return note;
}

/* --- accepting
 * ----------------------------------------------------------------------------------------------------------------- */

static void peer_address(nng_stream *stream, uint8_t out[HF_CONN_ADDRESS_BYTES])
{
    nng_sockaddr address;
    memset(out, 0, HF_CONN_ADDRESS_BYTES);
    if (nng_stream_get_addr(stream, NNG_OPT_REMADDR, &address) != 0)
        return;
    if (address.s_family == NNG_AF_INET)
        memcpy(out, &address.s_in.sa_addr, sizeof address.s_in.sa_addr);
    else if (address.s_family == NNG_AF_INET6)
        memcpy(out, address.s_in6.sa_addr, sizeof address.s_in6.sa_addr);
}

static bool has_room(struct hf_listener *self, const uint8_t address[HF_CONN_ADDRESS_BYTES])
{
    const size_t most =
        self->office->per_address > 0 ? self->office->per_address : (size_t)HF_LIMIT_CONNECTIONS_ADDRESS;
    size_t same = 0;
    for (const struct hf_conn *conn = *hf_conn_bucket(self, address); conn; conn = conn->bucket_next)
        same += memcmp(conn->address, address, HF_CONN_ADDRESS_BYTES) == 0;
    return self->conn_count < HF_LIMIT_CONNECTIONS && same < most && self->handshake_count < HF_LIMIT_HANDSHAKES;
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
    uint8_t address[HF_CONN_ADDRESS_BYTES];
    struct hf_conn *conn = NULL;
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
    if (hf_conn_alloc(self, conn, now) != HF_OK) {
        count(self, 0, 0, 1);
        hf_conn_free(self, conn);
        return;
    }
    hf_conn_link(self, conn);
    count(self, 1, 1, 0);
    hf_conn_settle(self, conn, now);
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
    struct hf_conn *next = NULL;
    for (struct hf_conn *conn = self->conns; conn && self->doomed_count > 0; conn = next) {
        next = conn->next;
        if (!conn->doomed)
            continue;
        hf_conn_unlink(self, conn);
        hf_link_left(conn->link);
        hf_conn_free(self, conn);
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
    for (struct hf_conn *conn = self->conns; conn; conn = conn->next) {
        if (conn->doomed)
            continue;
        if (standing)
            hf_link_recheck(conn->link, now);
        if (news && hf_link_concerned(conn->link, &self->concern))
            hf_link_news(conn->link, head.tree.size, now);
        if (hf_link_wake_ms(conn->link) <= now)
            hf_link_tick(conn->link, now);
        hf_conn_settle(self, conn, now);
    }
    return self->due_ms > now ? self->due_ms : now + 1;
}

/* Devices that wait for an attachment hear that it is whole. */
static void tell_whole(struct hf_listener *self, uint64_t now)
{
    struct hf_whole *whole = &self->office->whole;
    for (size_t i = 0; i < whole->count; i++) {
        hf_concern_case(self->office, &whole->items[i].case_id, &self->concern);
        for (struct hf_conn *conn = self->conns; conn; conn = conn->next) {
            if (!conn->doomed && hf_link_whole(conn->link, &whole->items[i], &self->concern, now))
                hf_conn_settle(self, conn, now);
        }
    }
    whole->count = 0;
}

/* Long messages, in the order in which they came: one at least, and for as long as the short ones have had. */
static void handle_heavy(struct hf_listener *self, uint64_t light_from)
{
    const uint64_t from = now_ms();
    const uint64_t share = from - light_from > HEAVY_MS ? from - light_from : HEAVY_MS;
    struct hf_conn *conn = hf_conn_heavy_next(self);
    while (conn) {
        const uint64_t now = now_ms();
        if (!conn->doomed)
            hf_conn_turn(self, conn, now);
        conn = now_ms() < from + share ? hf_conn_heavy_next(self) : NULL;
    }
}

static void count_answered(struct hf_listener *self)
{
    (void)pthread_mutex_lock(&self->lock);
    self->counts.answered += self->answered;
    (void)pthread_mutex_unlock(&self->lock);
    self->answered = 0;
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

static struct hf_conn_note *next_note(struct hf_listener *self, bool *out_stop)
{
    (void)pthread_mutex_lock(&self->lock);
    /* What is left when stopping stays in the list, where listener_free finds it. */
    struct hf_conn_note *note = self->stop ? NULL : take_ready(self);
    *out_stop = self->stop;
    (void)pthread_mutex_unlock(&self->lock);
    return note;
}

static void handle(struct hf_listener *self, struct hf_conn_note *note, uint64_t now)
{
    struct hf_conn *conn = note->conn;
    if (!conn)
        accept_done(self, now);
    else if (conn->doomed)
        return;
    else if (note == &conn->rx_note)
        hf_conn_read_done(self, conn, now);
    else if (note == &conn->turn_note)
        hf_conn_turn(self, conn, now);
    else
        hf_conn_write_done(self, conn, now);
}

/* Somebody waits for an answer: what nobody waits for comes later, but it does come. */
static bool is_busy(struct hf_listener *self, uint64_t now, bool stop)
{
    (void)pthread_mutex_lock(&self->lock);
    const bool waiting = self->ready_first || self->heavy_first;
    (void)pthread_mutex_unlock(&self->lock);
    if (waiting && !stop && now < self->rested_ms + LATEST_MS)
        return true;
    self->rested_ms = now;
    return false;
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

/* What waits for the mirror (suffix.h). When the next turn is wanted. */
static uint64_t fill_mirror(struct hf_listener *self, uint64_t wake, uint64_t now)
{
    struct hf_suffix *mirror = self->office->mirror;
    struct hf_buf text = {0};
    if (!mirror)
        return wake;
    const bool more = hf_suffix_step(mirror, now);
    if (hf_suffix_is_well(mirror) == self->mirror_waits) {
        self->mirror_waits = !self->mirror_waits;
        hf_suffix_tell(mirror, &text);
        hf_buf_append(&text, "", 1);
        journal(self, !self->mirror_waits || hf_buf_status(&text) != HF_OK ? "The mirror has every commit again."
                                                                           : (const char *)text.data);
        hf_buf_clear(&text);
    }
    if (!self->mirror_waits)
        return wake;
    return more ? now : mirror->again_ms < wake ? mirror->again_ms : wake;
}

/* Alerts that are due, and urgent access that is over; a failure leaves them for the next turn. When the next turn is
 * wanted (monotonic ms). */
static uint64_t raise_alerts(struct hf_listener *self, uint64_t wake, uint64_t now)
{
    if (hf_alerts_step(self->office) != HF_OK)
        return wake;
    if (hf_urgent_step(self->office) != HF_OK)
        return wake;
    const uint64_t alert_due = hf_alerts_wake_ms(self->office), urgent_due = hf_urgent_wake_ms(self->office);
    const uint64_t due = alert_due < urgent_due ? alert_due : urgent_due;
    const uint64_t wall = self->office->wall_ms(self->office->clock_ctx);
    const uint64_t in_ms = due == UINT64_MAX ? UINT64_MAX : due > wall ? due - wall : 1;
    return in_ms < UINT64_MAX - now && now + in_ms < wake ? now + in_ms : wake;
}

/* What a day's work was read into, the C library keeps for the next one; a quiet server has no use for it. When the
 * next turn is wanted. */
static uint64_t give_back(struct hf_listener *self, uint64_t wake, uint64_t now)
{
    const uint64_t due_ms = self->moved_ms + GIVE_BACK_AFTER_MS;
    if (self->moved_bytes < GIVE_BACK_BYTES)
        return wake;
    if (now < due_ms)
        return due_ms < wake ? due_ms : wake;
    self->moved_bytes = 0;
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
    return wake;
}

static void *work(void *arg)
{
    struct hf_listener *self = arg;
    bool stop = false;
    while (!stop) {
        struct hf_conn_note *note = next_note(self, &stop);
        uint64_t now = now_ms();
        for (size_t handled = 0; note; note = handled < TURN_NOTES_MAX ? next_note(self, &stop) : NULL) {
            handle(self, note, now);
            handled++;
        }
        handle_heavy(self, now);
        hf_conn_let_go(self, now);
        tell_whole(self, now);
        uint64_t wake = tend(self, now);
        reap(self);
        count_answered(self);
        if (is_busy(self, now, stop))
            continue;
        wake = raise_alerts(self, wake, now);
        wake = publish(self, wake, now, stop);
        wake = fill_mirror(self, wake, now);
        wake = give_back(self, wake, now);
        if (!stop && !self->heavy_first)
            wait_until(self, wake);
    }
    for (struct hf_conn *conn = self->conns; conn; conn = conn->next)
        hf_conn_doom(self, conn);
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
    if (result == 0) /* nng's streams hold small pieces back unless they are told */
        result = nng_stream_listener_set_bool(self->listener, NNG_OPT_TCP_NODELAY, true);
    if (result == 0)
        result = nng_stream_listener_listen(self->listener);
    if (result == 0)
        result = nng_aio_alloc(&self->accept, hf_listener_note, &self->accept_note);
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
    self->office->crew = NULL;
    self->office->group.allowed = false;
    hf_crew_free(self->crew);
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
    self->accept_note = (struct hf_conn_note){.listener = self};
    init_lock(self);
    enum hf_status status = bind_listener(self, url, err);
    if (status != HF_OK) {
        listener_free(self);
        return status;
    }
    (void)snprintf(office->address, sizeof office->address, "%s", self->address);
    self->standing = office->standing;
    hf_crew_new(&self->crew);
    office->crew = self->crew;
    office->group.allowed = true;
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
