/* A proxy on loopback in a process of its own that counts what passes: bytes each way, connections, and how often the
 * device spoke after the server had (round trips). On loopback what is said in one go may be answered piece by piece;
 * with a hold each side's first word after the other's waits so long that all of it is there: a line on which waiting
 * is what costs. */
#ifndef HF_TOOLS_BENCHMARKS_PROXY_H
#define HF_TOOLS_BENCHMARKS_PROXY_H

#include <stdint.h>
#include <sys/types.h>

struct proxy_counts {
    uint64_t up, down, connections, round_trips;
    uint64_t hold_ms;
};
struct proxy {
    pid_t process;
    int port;
    volatile struct proxy_counts *counts; /* shared with it */
};

/* `file` is a path for the shared counts. Ends the program when it cannot be had. */
void proxy_start(struct proxy *proxy, const char *file, int server_port);
/* What passed since the last call. Nothing may be under way. */
struct proxy_counts proxy_take(struct proxy *proxy);
/* 0: passes on at once. */
void proxy_hold(struct proxy *proxy, unsigned ms);
void proxy_stop(struct proxy *proxy);

#endif
