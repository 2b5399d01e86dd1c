/* A whole authority in a temporary folder, made of the real programs: holdfastd as a child process, devices as folders
 * that `holdfast` works on. The programs are taken from the folder in HOLDFAST_PROGRAMS, which ctest sets. Devices
 * reach the server through a proxy of the test (support_proxy.h), so that a test can cut a line or kill a program at a
 * chosen byte. Everything here asserts: a step of the set-up that does not work fails the test. */
#ifndef HF_TESTS_E2E_SUPPORT_WORLD_H
#define HF_TESTS_E2E_SUPPORT_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WORLD_PATH_BYTES   512
#define WORLD_OUTPUT_BYTES 16384
#define WORLD_PASSPHRASE   "a passphrase for tests only"

struct world {
    char folder[WORLD_PATH_BYTES];
    pid_t server;      /* 0: not running */
    int server_output; /* its pipe */
    int server_port;
    int held;       /* the socket that holds a port for the server; 0: none */
    int proxy_port; /* what invitations name; 0: the server itself */
    char invitation[2048];
    char output[WORLD_OUTPUT_BYTES]; /* of the last program, both streams; what is longer is cut off */
};

/* A fresh folder with an office in it; no server yet. */
void world_begin(struct world *world, int proxy_port);
/* Kills what still runs and removes the folder. */
void world_end(struct world *world);

/* Runs a program to its end: its exit code, or 128 and its signal. Words end with NULL; the first is the program's
 * name. */
int world_run(struct world *world, const char *const *words);
#define WORLD_RUN(world, ...) world_run(world, (const char *const[]){__VA_ARGS__, NULL})
/* Starts it; *out_output is the end of a pipe that closes when it ends. */
pid_t world_start(struct world *world, const char *const *words, int *out_output);
/* Reaps. */
int world_wait(pid_t child);

/* holdfastd serve, on any free port; returns when it listens. */
void world_serve(struct world *world);
/* The same at an address that it had before. */
void world_serve_at(struct world *world, const char *address);
/* Before world_serve: the server has one port from now on, which nobody else is given while it is away (a socket of the
 * test is bound to it and never listens), and whoever dials it then is refused. */
void world_hold_port(struct world *world);
/* SIGTERM or SIGKILL, and waits: what world_wait gives. */
int world_stop(struct world *world, int signal);

/* The same for a server that was sent its signal by somebody else. */
int world_reap(struct world *world);

/* The path of a name in the folder, in one of a few buffers that are used in turn. */
const char *world_path(const struct world *world, const char *name);
/* Asks for an invitation; the server runs. Valid until the next call. */
const char *world_invite(struct world *world, const char *person, const char *role);
/* Copies folder `from` to a new folder `to`, which is removed before. */
void world_copy(struct world *world, const char *from, const char *to);
/* The number that stands behind "key": in the last output. */
uint64_t world_number(const struct world *world, const char *key);

#endif
