/* The two hops of a live change by streams of nng, as the product has them, with nothing in between: for the floor that
 * nng and SQLite allow. One office in the middle listens, an author and a reader dial it; each is a process of its own
 * and must not have used nng before it was forked. Each call ends the program with a message when it fails. */
#ifndef HF_TOOLS_BENCHMARKS_LIVE_NNG_H
#define HF_TOOLS_BENCHMARKS_LIVE_NNG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Shared by the three, zeros at first. */
struct live_nng_place {
    atomic_int port, accepted;
};
/* How the program learns that something came. */
enum live_nng_way {
    LIVE_NNG_WAIT,     /* it waits in nng_aio_wait: woken by nng's poller */
    LIVE_NNG_CALLBACK, /* a callback wakes it: the poller wakes a thread of nng's, and that the program, as in the
                          product, which has other things to wait for as well */
};
struct live_nng; /* one end */

/* The first is the author's, the second the reader's. */
void live_nng_accept(struct live_nng_place *place, enum live_nng_way way, struct live_nng *out[2]);
/* `turn` 0: the author; 1: the reader. Returns when both are connected. */
struct live_nng *live_nng_dial(struct live_nng_place *place, enum live_nng_way way, int turn);
/* All of the bytes. An end lasts as long as its process. */
void live_nng_move(struct live_nng *end, bool sends, uint8_t *bytes, size_t len);

#endif
