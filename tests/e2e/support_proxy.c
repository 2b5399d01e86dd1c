#include "tests/e2e/support_proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PIECE_BYTES 16384

/* One run. */
struct run {
    struct proxy *proxy;
    struct world *world;
    const struct proxy_cut *cut;
    pid_t child;
    int output;  /* of the child; -1 once it has ended */
    int side[2]; /* the device's end, the server's end; -1: none */
};

static void own(int fd)
{
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void proxy_begin(struct proxy *proxy)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    memset(proxy, 0, sizeof *proxy);
    proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
    own(proxy->listener);
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(proxy->listener, 8), 0);
    assert_int_equal(getsockname(proxy->listener, (struct sockaddr *)&address, &len), 0);
    proxy->port = ntohs(address.sin_port);
}

void proxy_end(struct proxy *proxy)
{
    (void)close(proxy->listener);
}

/* --- one connection --- */

static void close_sides(struct run *run, bool reset)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    for (size_t i = 0; i < 2; i++) {
        if (run->side[i] < 0)
            continue;
        if (reset)
            (void)setsockopt(run->side[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        (void)close(run->side[i]);
        run->side[i] = -1;
    }
}

static void take_connection(struct run *run)
{
    int device = accept(run->proxy->listener, NULL, NULL);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(run->world->server_port);
    own(device);
    own(server);
    close_sides(run, false);
    if (run->world->server == 0 || connect(server, (struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(device); /* as a server that is away */
        (void)close(server);
        return;
    }
    run->side[0] = device;
    run->side[1] = server;
}

/* A side that has gone takes nothing more: what is left is dropped, and its end shows at the next read. */
static void write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = send(fd, bytes, len, MSG_NOSIGNAL);
        if (put <= 0)
            return;
        bytes += put;
        len -= (size_t)put;
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void strike(struct run *run)
{
    const uint64_t from = now_ns();
    while (now_ns() - from < run->cut->wait_ns)
        ;
    run->proxy->struck = true;
    if (run->cut->victim == PROXY_CLIENT) {
        assert_int_equal(kill(run->child, SIGKILL), 0);
    } else if (run->cut->victim == PROXY_SERVER) {
        assert_int_equal(kill(run->world->server, SIGKILL), 0);
        assert_int_equal(world_reap(run->world), 128 + SIGKILL);
    }
    close_sides(run, run->cut->victim == PROXY_LINE);
}

static void note_piece(struct proxy *proxy, enum proxy_way way)
{
    if (proxy->end_count[way] < PROXY_PIECES_MAX)
        proxy->ends[way][proxy->end_count[way]++] = proxy->bytes[way];
}

static void forward(struct run *run, enum proxy_way way)
{
    uint8_t piece[PIECE_BYTES];
    struct proxy *proxy = run->proxy;
    const struct proxy_cut *cut = run->cut && !proxy->struck && run->cut->way == way ? run->cut : NULL;
    ssize_t got = recv(run->side[way], piece, sizeof piece, 0);
    if (got <= 0) {
        close_sides(run, false);
        return;
    }
    size_t len = (size_t)got;
    bool reached = cut && cut->victim != PROXY_NOBODY && proxy->bytes[way] + len >= cut->at;
    if (reached)
        len = (size_t)(cut->at - proxy->bytes[way]);
    write_all(run->side[1 - way], piece, len);
    proxy->bytes[way] += len;
    note_piece(proxy, way);
    if (reached)
        strike(run);
}

/* --- a run --- */

static void take_output(struct run *run)
{
    char *output = run->world->output;
    size_t len = strlen(output);
    char piece[4096];
    ssize_t got = read(run->output, piece, sizeof piece);
    if (got > 0) {
        size_t room = sizeof run->world->output - 1 - len;
        size_t taken = (size_t)got < room ? (size_t)got : room;
        memcpy(output + len, piece, taken);
        output[len + taken] = '\0';
        return;
    }
    (void)close(run->output);
    run->output = -1;
}

int proxy_run(struct proxy *proxy, struct world *world, const char *const *words, const struct proxy_cut *cut)
{
    struct run run = {.proxy = proxy, .world = world, .cut = cut, .side = {-1, -1}};
    memset(proxy->bytes, 0, sizeof proxy->bytes);
    memset(proxy->end_count, 0, sizeof proxy->end_count);
    proxy->struck = false;
    world->output[0] = '\0';
    run.child = world_start(world, words, &run.output);
    while (run.output >= 0) {
        struct pollfd fds[] = {{.fd = run.output, .events = POLLIN},
                               {.fd = proxy->listener, .events = POLLIN},
                               {.fd = run.side[0], .events = POLLIN},
                               {.fd = run.side[1], .events = POLLIN}};
        if (poll(fds, 4, -1) < 0) {
            assert_int_equal(errno, EINTR);
            continue;
        }
        if (fds[2].revents && run.side[0] >= 0)
            forward(&run, PROXY_UP);
        if (fds[3].revents && run.side[1] >= 0)
            forward(&run, PROXY_DOWN);
        if (fds[1].revents)
            take_connection(&run);
        if (fds[0].revents)
            take_output(&run);
    }
    close_sides(&run, false);
    return world_wait(run.child);
}

void proxy_enrol(struct proxy *proxy, struct world *world, const char *device, const char *person, const char *role)
{
    const char *invitation = world_invite(world, person, role);
    const char *const words[] = {"holdfast", "enrol", "--weak-kdf-for-tests", "--replica", world_path(world, device),
                                 invitation, NULL};
    if (proxy_run(proxy, world, words, NULL) != 0)
        fail_msg("%s could not enrol: %s", person, world->output);
}
