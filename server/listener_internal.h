/* The listener's connections: what listener.c and listener_conn.c share. Everything here belongs to the worker thread
 * but hf_listener_note, which nng's threads call. */
#ifndef HF_SERVER_LISTENER_INTERNAL_H
#define HF_SERVER_LISTENER_INTERNAL_H

#include "server/link.h"
#include "server/listener.h"

#include <nng/nng.h>

#include <pthread.h>

#define HF_CONN_FEW_BYTES     512u /* what a quiet connection keeps; a read that fills it is followed by a larger one */
#define HF_CONN_ADDRESS_BYTES 16
#define HF_CONN_BUCKETS       1024

/* What nng's threads leave for the worker. One per aio; linked into the ready list while `done`. */
struct hf_conn_note {
    struct hf_listener *listener;
    struct hf_conn *conn; /* NULL: the accept */
    struct hf_conn_note *next;
    bool queued;
};

struct hf_conn {
    struct hf_conn *next, *prev;
    struct hf_link *link;
    nng_stream *stream;
    nng_aio *rx, *tx;
    struct hf_conn_note rx_note, tx_note;
    struct hf_conn_note turn_note; /* messages wait for another turn */
    struct hf_conn *bucket_next;   /* of the same hash of the address */
    struct hf_conn *heavy_next;
    bool heavy; /* in the queue of those whose long message waits */
    bool rx_busy, tx_busy;
    bool handshaking;      /* counted as such */
    bool doomed;           /* to be freed at the end of this turn */
    uint64_t flush_end_ms; /* when closing: how long output may still take */
    uint8_t address[HF_CONN_ADDRESS_BYTES];
    uint8_t *read;  /* READ_BYTES while much arrives, otherwise NULL and `few` is used */
    uint8_t *write; /* while nng has it */
    uint8_t few[HF_CONN_FEW_BYTES];
};

struct hf_listener {
    struct hf_office *office;
    nng_stream_listener *listener;
    nng_aio *accept;
    struct hf_conn_note accept_note;
    bool accept_waiting; /* the accept aio is a pause after an error */
    bool accept_failing; /* the journal knows */
    char address[HF_OFFICE_ADDRESS_BYTES];
    hf_listener_journal_fn *journal;
    void *journal_ctx;

    pthread_mutex_t lock; /* guards ready list, stop and counts */
    pthread_cond_t wake;
    struct hf_conn_note *ready_first, *ready_last;
    bool stop;
    struct hf_listener_counts counts;

    pthread_t worker;
    /* worker only */
    struct hf_conn *conns;
    struct hf_conn *buckets[HF_CONN_BUCKETS];
    struct hf_conn *heavy_first, *heavy_last;
    size_t conn_count, handshake_count, doomed_count;
    uint64_t answered;              /* messages, since the counts were told */
    uint64_t moved_bytes, moved_ms; /* read and written, since memory was given back; when last */
    uint64_t due_ms;                /* no connection has anything to do before, unless bytes come */
    uint64_t news_size;
    uint64_t standing;
    struct hf_conn *grouped[HF_GROUP_PUSHES_MAX]; /* whose answers wait for a commit; none at the end of a turn */
    size_t grouped_count;
    struct hf_crew *crew;
    uint64_t rested_ms;                     /* when nobody waited for an answer, or signing and alerts had their turn */
    uint64_t publish_due_ms;                /* 0: all is signed */
    struct hf_concern concern;              /* of the news at hand */
    char publish_text[HF_ERROR_TEXT_BYTES]; /* why signing fails; the journal knows */
    bool mirror_waits;                      /* for the mirror (suffix.h); the journal knows */
};

/* An aio has finished, or a connection wants another turn: into the ready list. Any thread. */
void hf_listener_note(void *arg);

/* Its aios and its link. HF_ERR_NOMEM: to be freed. */
HF_CHECKED enum hf_status hf_conn_alloc(struct hf_listener *self, struct hf_conn *conn, uint64_t now);
/* Both aios are stopped before either is freed; not from inside a callback. */
void hf_conn_free(struct hf_listener *self, struct hf_conn *conn);
void hf_conn_link(struct hf_listener *self, struct hf_conn *conn);
void hf_conn_unlink(struct hf_listener *self, struct hf_conn *conn);
/* The place of the connections whose address has the same hash. */
struct hf_conn **hf_conn_bucket(struct hf_listener *self, const uint8_t address[HF_CONN_ADDRESS_BYTES]);
/* It is freed at the end of this turn. */
void hf_conn_doom(struct hf_listener *self, struct hf_conn *conn);
/* After anything happened on it: writes what there is, goes on, or ends it. What arrived already has its turn behind
 * everybody else's before anything is read: a short message in the ready list, a long one behind the other long ones.
 */
void hf_conn_settle(struct hf_listener *self, struct hf_conn *conn, uint64_t now);
void hf_conn_read_done(struct hf_listener *self, struct hf_conn *conn, uint64_t now);
void hf_conn_write_done(struct hf_listener *self, struct hf_conn *conn, uint64_t now);
/* Ends the group of pushes (group.h), and their answers go out. */
void hf_conn_let_go(struct hf_listener *self, uint64_t now);
/* One message. */
void hf_conn_turn(struct hf_listener *self, struct hf_conn *conn, uint64_t now);
/* The next whose long message waits, taken out; NULL: none. */
struct hf_conn *hf_conn_heavy_next(struct hf_listener *self);

#endif
