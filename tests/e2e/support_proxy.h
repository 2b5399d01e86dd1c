/* A proxy on loopback between a device's program and the server, which cuts the line or kills one side at a chosen
 * byte. */
#ifndef HF_TESTS_E2E_SUPPORT_PROXY_H
#define HF_TESTS_E2E_SUPPORT_PROXY_H

#include "tests/e2e/support_world.h"

#define PROXY_PIECES_MAX 4096

enum proxy_way { PROXY_UP /* device to server */, PROXY_DOWN };
enum proxy_victim { PROXY_NOBODY, PROXY_LINE, PROXY_SERVER, PROXY_CLIENT };

struct proxy_cut {
    enum proxy_victim victim;
    enum proxy_way way;
    uint64_t at; /* after this many bytes that way; 1 and up */
    uint64_t
        wait_ns; /* from then to the blow, so that it falls at varied moments of the work that those bytes caused */
};

struct proxy {
    int listener;
    int port;
    uint64_t bytes[2]; /* forwarded in the last run, each way */
    /* Where what was read in one piece ended, each way: about the ends of messages. */
    uint64_t ends[2][PROXY_PIECES_MAX];
    size_t end_count[2];
    bool struck; /* the cut was reached in the last run */
};

void proxy_begin(struct proxy *proxy);
void proxy_end(struct proxy *proxy);
/* Runs a device's program to its end, with its connections forwarded to the world's server and cut as `cut` says (NULL:
 * not at all). A killed server is reaped. Exit code of the program, or 128 and its signal. */
int proxy_run(struct proxy *proxy, struct world *world, const char *const *words, const struct proxy_cut *cut);
/* `holdfast enrol` with the weak key derivation, with a new invitation, in the folder `device`. */
void proxy_enrol(struct proxy *proxy, struct world *world, const char *device, const char *person, const char *role);
#define PROXY_SYNC(proxy, world, device, cut)                                                                          \
    proxy_run(proxy, world, (const char *const[]){"holdfast", "sync", "--replica", world_path(world, device), NULL},   \
              cut)

#endif
