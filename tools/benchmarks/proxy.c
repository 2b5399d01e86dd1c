#include "tools/benchmarks/proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINES_MAX 8
#define PIECE     65536

struct line {
    int device, server;
    int last_up; /* the device spoke last */
};

static _Noreturn void stop(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void at_once(int socket_fd)
{
    const int on = 1;
    (void)setsockopt(socket_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int dial(int port)
{
    const struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        stop("the server cannot be reached");
    return fd;
}

/* Passes one piece on; 0 when that side has ended. */
static int pass(int from, int to, volatile uint64_t *count)
{
    static uint8_t piece[PIECE];
    const ssize_t len = recv(from, piece, sizeof piece, 0);
    if (len <= 0)
        return 0;
    *count += (uint64_t)len;
    for (ssize_t done = 0; done < len;) {
        const ssize_t sent = send(to, piece + done, (size_t)(len - done), MSG_NOSIGNAL);
        if (sent <= 0)
            return 0;
        done += sent;
    }
    return 1;
}

static void hold(const volatile struct proxy_counts *counts)
{
    const uint64_t ms = counts->hold_ms;
    const struct timespec time = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    if (ms > 0)
        (void)nanosleep(&time, NULL);
}

/* The end of a connection is readable too, and no word. */
static int says_something(int fd)
{
    uint8_t first;
    return recv(fd, &first, 1, MSG_PEEK) == 1;
}

static int tend(struct line *line, const struct pollfd *fds, volatile struct proxy_counts *counts)
{
    int alive = 1;
    if (fds[0].revents) {
        alive = says_something(line->device);
        if (alive && !line->last_up) {
            hold(counts);
            counts->round_trips++;
        }
        line->last_up = 1;
        alive = alive && pass(line->device, line->server, &counts->up);
    }
    if (alive && fds[1].revents) {
        alive = says_something(line->server);
        if (alive && line->last_up)
            hold(counts);
        line->last_up = 0;
        alive = alive && pass(line->server, line->device, &counts->down);
    }
    return alive;
}

static _Noreturn void run(int listener, int server_port, volatile struct proxy_counts *counts)
{
    struct line lines[LINES_MAX];
    int count = 0;
    for (;;) {
        struct pollfd fds[1 + 2 * LINES_MAX] = {{.fd = count < LINES_MAX ? listener : -1, .events = POLLIN}};
        for (int i = 0; i < count; i++) {
            fds[1 + 2 * i] = (struct pollfd){.fd = lines[i].device, .events = POLLIN};
            fds[2 + 2 * i] = (struct pollfd){.fd = lines[i].server, .events = POLLIN};
        }
        if (poll(fds, (nfds_t)(1 + 2 * count), -1) < 0)
            exit(1);
        for (int i = count; i-- > 0;) {
            if (tend(&lines[i], &fds[1 + 2 * i], counts))
                continue;
            (void)close(lines[i].device);
            (void)close(lines[i].server);
            lines[i] = lines[--count];
        }
        if (fds[0].revents) {
            lines[count] = (struct line){.device = accept(listener, NULL, NULL), .server = dial(server_port)};
            at_once(lines[count].device);
            at_once(lines[count].server);
            counts->connections++;
            count++;
        }
    }
}

void proxy_start(struct proxy *proxy, const char *file, int server_port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    const int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *proxy->counts) != 0)
        stop(file);
    void *counts = mmap(NULL, sizeof *proxy->counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (counts == MAP_FAILED || listener < 0 || bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, LINES_MAX) != 0 || getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        stop("no proxy");
    (void)close(fd);
    proxy->counts = counts;
    proxy->port = ntohs(address.sin_port);
    proxy->process = fork();
    if (proxy->process < 0)
        stop("fork");
    if (proxy->process == 0)
        run(listener, server_port, proxy->counts);
    (void)close(listener);
}

struct proxy_counts proxy_take(struct proxy *proxy)
{
    const struct proxy_counts counts = *proxy->counts;
    *proxy->counts = (struct proxy_counts){.hold_ms = counts.hold_ms};
    return counts;
}

void proxy_hold(struct proxy *proxy, unsigned ms)
{
    proxy->counts->hold_ms = ms;
}

void proxy_stop(struct proxy *proxy)
{
    (void)kill(proxy->process, SIGTERM);
    (void)waitpid(proxy->process, NULL, 0);
}
