/* One live change from device to device: two that stay connected, processes of their own; and beside it what it cannot
 * do without: three durable commits and two hops over loopback. */
#ifndef HF_TOOLS_BENCHMARKS_LIVE_H
#define HF_TOOLS_BENCHMARKS_LIVE_H

#include <stdbool.h>

#define LIVE_CHANGES 20

struct live_plan {
    const char *author, *reader; /* folders of enrolled devices */
    const char *passphrase;
    void (*start_counting)(void *ctx); /* both are connected and quiet */
    void *ctx;
};
struct live_result {
    double median_ms, most_ms; /* from saving on one to its having been stored by the other */
};
/* Ends the program with a message when it takes too long. */
struct live_result live_measure(const struct live_plan *plan);

/* Three durable commits and two hops at the pace of the live changes, in milliseconds, the median of as many: one
 * process commits and sends, the next commits and sends on, the third commits. `folders` are not there yet. */
double live_floor_ms(const char *const folders[3], const char *passphrase);

/* The same with streams of nng for the hops, as the product has them. waits_itself: a process waits for its operation
 * and is woken by nng's poller; otherwise a callback wakes it, as in the product. */
double live_floor_nng_ms(const char *const folders[3], const char *passphrase, bool waits_itself);

/* A message there and back over loopback, in seconds; the median of many. */
double live_round_trip_s(void);

#endif
