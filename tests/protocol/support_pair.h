/* The two session machines joined in memory, with virtual time: one session between a made-up device and a made-up
 * office, in which one thing may go wrong at one chosen moment. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_PAIR_H
#define HF_TESTS_PROTOCOL_SUPPORT_PAIR_H

#include "tests/protocol/support_stores.h"

enum fault {
    FAULT_NONE,
    FAULT_CUT,          /* message `at` is lost, and the connection with it */
    FAULT_REPEAT,       /* message `at` arrives twice */
    FAULT_SWAP,         /* message `at` arrives after the next one of its direction */
    FAULT_DELAY,        /* message `at` takes delay_ms, and what follows it waits */
    FAULT_REFUSE_STORE, /* from here on `at` counts what the device stores: the disk says no */
    FAULT_CRASH_BEFORE_STORE,
    FAULT_CRASH_AFTER_STORE
};
/* Messages are counted in the order they are sent, both directions together, from 0. */
#define NOT_AT_ALL SIZE_MAX
struct plan {
    enum fault fault;
    size_t at;
    uint64_t delay_ms;
    size_t busy_at;   /* when this message is sent: others add three entries, the person saves two changes */
    size_t revoke_at; /* when this message is sent: the device is revoked */
    size_t whole_at;  /* when this message is sent: the office gets the rest of FAKE_ATTACH_NOT_HERE, and says so */
    uint64_t idle_ms; /* stay connected so long after all is done */
    size_t lives;     /* so often, when all is done: others add an entry, and the device, which stays, is told it */
    bool wrong_from;  /* every second time as if it had had another one before, which it never was sent */
};
struct plan calm_plan(void);

enum ending { ENDED_DONE, ENDED_FAILED, ENDED_CLOSED, ENDED_CUT };
struct outcome {
    enum ending ending;
    bool hand_in;          /* ENDED_DONE */
    enum hf_status status; /* ENDED_FAILED */
    char text[HF_ERROR_TEXT_BYTES];
    size_t messages, stores;
    size_t pushes, pings, pulls;
    size_t chunks_out, chunks_in; /* of attachments */
    size_t runs_with_work;        /* runs of chunks sent while a change waited */
    struct hf_client_progress progress;
    uint64_t took_ms;
};
/* Asserts on the way that no acknowledged change is sent, that a device which is not (or no longer) in normal standing
 * is sent no entries, and that the session ends. */
void run_session(struct fake_office *office, struct fake_device *device, struct hf_peer *peer, const struct plan *plan,
                 struct outcome *out);
/* Whether a message of this type was the one that was cut, repeated, swapped or delayed, in any session so far. */
bool pair_was_disturbed(enum hf_message_type type);
/* The peer as the office knows it. */
struct hf_peer peer_of(const struct fake_device *device, enum hf_mode mode);

#endif
