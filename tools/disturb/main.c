/* holdfast-chaos: a TCP proxy on loopback that makes a good line bad. tools/chaos says how to use it. */
#include "tools/disturb/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINES_MAX 256
#define BACKLOG   128
#define LOOK_MS   200 /* a signal that comes between the look and the wait is seen after so long */

struct chaos {
    int listener;
    int to_port, port;
    struct line_plan plan;
    uint64_t at_most;                    /* a blow falls after 1 to so many bytes; 0: after plan.at */
    uint64_t blows_left;                 /* connections that are still struck */
    uint64_t dark_every_ms, dark_for_ms; /* blackouts */
    uint64_t random;
    uint64_t began_ms;
    struct line *lines[LINES_MAX];
    size_t line_count;
    uint64_t connections, blows, bytes[LINE_WAYS];
};

static volatile sig_atomic_t asked_to_end;

static void on_signal(int number)
{
    asked_to_end = number;
}

static uint64_t mono_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* xorshift64*: the same seed disturbs in the same way, as far as the programs do. */
static uint64_t next_random(struct chaos *chaos)
{
    chaos->random ^= chaos->random >> 12;
    chaos->random ^= chaos->random << 25;
    chaos->random ^= chaos->random >> 27;
    return (chaos->random * 0x2545F4914F6CDD1Du) >> 16;
}

/* --- options --- */

static const struct preset {
    const char *name;
    struct line_plan plan;
    uint64_t at_most, blows, dark_every_ms, dark_for_ms;
} presets[] = {
    {.name = "slow", .plan = {.delay_ms = 300, .jitter_ms = 60, .rate = 3750}},
    {.name = "blackouts", .plan = {.delay_ms = 40}, .dark_every_ms = 1500, .dark_for_ms = 1000},
    {.name = "resets", .plan = {.blow = LINE_RESET}, .at_most = 4000, .blows = 8},
    {.name = "half-closes", .plan = {.blow = LINE_HALF_CLOSE}, .at_most = 4000, .blows = 4},
    {.name = "stalls", .plan = {.blow = LINE_STALL, .stall_ms = 1500}, .at_most = 4000, .blows = UINT64_MAX},
};

static bool use_preset(struct chaos *chaos, const char *name)
{
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        if (strcmp(presets[i].name, name) != 0)
            continue;
        chaos->plan = presets[i].plan;
        chaos->at_most = presets[i].at_most;
        chaos->blows_left = presets[i].blows;
        chaos->dark_every_ms = presets[i].dark_every_ms;
        chaos->dark_for_ms = presets[i].dark_for_ms;
        return true;
    }
    return false;
}

static bool use_blow(struct chaos *chaos, const char *name)
{
    static const char *const names[] = {"none", "reset", "close", "half-close", "stall"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            chaos->plan.blow = (enum line_blow)i;
            return true;
        }
    }
    return false;
}

static bool take_option(struct chaos *chaos, const char *name, const char *value)
{
    if (strcmp(name, "--preset") == 0)
        return use_preset(chaos, value);
    if (strcmp(name, "--blow") == 0)
        return use_blow(chaos, value);
    if (strcmp(name, "--way") == 0) {
        chaos->plan.way = strcmp(value, "down") == 0 ? LINE_DOWN : LINE_UP;
        return strcmp(value, "down") == 0 || strcmp(value, "up") == 0;
    }
    char *end = NULL;
    errno = 0;
    const uint64_t number = strtoull(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || value[0] == '-')
        return false;
    const struct {
        const char *name;
        uint64_t *place;
    } numbers[] = {{"--delay", &chaos->plan.delay_ms},  {"--jitter", &chaos->plan.jitter_ms},
                   {"--rate", &chaos->plan.rate},       {"--at", &chaos->plan.at},
                   {"--at-most", &chaos->at_most},      {"--stall", &chaos->plan.stall_ms},
                   {"--blows", &chaos->blows_left},     {"--dark-every", &chaos->dark_every_ms},
                   {"--dark-for", &chaos->dark_for_ms}, {"--seed", &chaos->random}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            *numbers[i].place = number;
            return true;
        }
    }
    if (number > 65535)
        return false;
    if (strcmp(name, "--to") == 0)
        chaos->to_port = (int)number;
    else if (strcmp(name, "--listen") == 0)
        chaos->port = (int)number;
    else
        return false;
    return true;
}

/* --- connections --- */

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static bool open_listener(struct chaos *chaos)
{
    struct sockaddr_in address = loopback(chaos->port);
    socklen_t len = sizeof address;
    const int on = 1;
    chaos->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (chaos->listener < 0)
        return false;
    (void)setsockopt(chaos->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(chaos->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(chaos->listener, BACKLOG) != 0 || getsockname(chaos->listener, (struct sockaddr *)&address, &len) != 0)
        return false;
    chaos->port = ntohs(address.sin_port);
    return true;
}

static bool set_up(int fd)
{
    const int on = 1;
    const int flags = fcntl(fd, F_GETFL);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

static struct line_plan plan_for_next(struct chaos *chaos)
{
    struct line_plan plan = chaos->plan;
    if (chaos->blows_left == 0)
        plan.blow = LINE_NO_BLOW;
    else if (chaos->blows_left != UINT64_MAX)
        chaos->blows_left--;
    if (chaos->at_most > 0) {
        plan.at = 1 + next_random(chaos) % chaos->at_most;
        plan.way = next_random(chaos) % 2 == 0 ? LINE_UP : LINE_DOWN;
    }
    return plan;
}

/* Nobody behind it: who connected is told by an end, as by a busy server. */
static void take_connection(struct chaos *chaos)
{
    struct sockaddr_in address = loopback(chaos->to_port);
    const int near_fd = accept(chaos->listener, NULL, NULL);
    if (near_fd < 0)
        return;
    const int far_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (far_fd < 0 || chaos->line_count == LINES_MAX ||
        connect(far_fd, (const struct sockaddr *)&address, sizeof address) != 0 || !set_up(near_fd) ||
        !set_up(far_fd)) {
        (void)close(near_fd);
        if (far_fd >= 0)
            (void)close(far_fd);
        return;
    }
    const struct line_plan plan = plan_for_next(chaos);
    struct line *line = line_new(near_fd, far_fd, &plan);
    if (!line)
        return;
    chaos->lines[chaos->line_count++] = line;
    chaos->connections++;
}

static void drop_dead(struct chaos *chaos)
{
    for (size_t i = 0; i < chaos->line_count;) {
        struct line *line = chaos->lines[i];
        if (!line->dead) {
            i++;
            continue;
        }
        chaos->blows += line->struck;
        for (int way = 0; way < LINE_WAYS; way++)
            chaos->bytes[way] += line->half[way].passed;
        line_free(line);
        chaos->lines[i] = chaos->lines[--chaos->line_count];
    }
}

/* --- the loop --- */

/* Light for dark_every_ms, then dark for dark_for_ms, and so on. *out_left_ms until it changes. */
static bool is_dark(const struct chaos *chaos, uint64_t now_ms, uint64_t *out_left_ms)
{
    *out_left_ms = UINT64_MAX;
    if (chaos->dark_for_ms == 0)
        return false;
    const uint64_t turn = (now_ms - chaos->began_ms) % (chaos->dark_every_ms + chaos->dark_for_ms);
    const bool dark = turn >= chaos->dark_every_ms;
    *out_left_ms = (dark ? chaos->dark_every_ms + chaos->dark_for_ms : chaos->dark_every_ms) - turn;
    return dark;
}

static void wait_for_something(struct chaos *chaos)
{
    static struct pollfd polled[1 + LINE_WAYS * LINES_MAX];
    const uint64_t now_ms = mono_ms();
    uint64_t left_ms;
    const bool dark = is_dark(chaos, now_ms, &left_ms);
    polled[0] = (struct pollfd){.fd = chaos->listener, .events = POLLIN};
    for (size_t i = 0; i < chaos->line_count; i++) {
        const struct line *line = chaos->lines[i];
        short events[LINE_WAYS];
        line_events(line, now_ms, dark, events);
        for (int way = 0; way < LINE_WAYS;
             way++) /* one that nothing is wanted of would wake us for nothing when it ends */
            polled[1 + LINE_WAYS * i + (size_t)way] =
                (struct pollfd){.fd = events[way] ? line->half[way].from : -1, .events = events[way]};
        const uint64_t due_ms = line_due_ms(line);
        if (!dark && due_ms > now_ms && due_ms != UINT64_MAX && due_ms - now_ms < left_ms)
            left_ms = due_ms - now_ms;
    }
    if (left_ms > LOOK_MS)
        left_ms = LOOK_MS;
    (void)poll(polled, 1 + LINE_WAYS * chaos->line_count, (int)left_ms);
    if (polled[0].revents & POLLIN)
        take_connection(chaos);
}

static void run(struct chaos *chaos)
{
    while (!asked_to_end) {
        wait_for_something(chaos);
        const uint64_t now_ms = mono_ms();
        uint64_t left_ms;
        const bool dark = is_dark(chaos, now_ms, &left_ms);
        for (size_t i = 0; i < chaos->line_count; i++)
            line_work(chaos->lines[i], now_ms, dark, next_random(chaos));
        drop_dead(chaos);
    }
    for (size_t i = 0; i < chaos->line_count; i++) {
        chaos->blows += chaos->lines[i]->struck;
        chaos->bytes[LINE_UP] += chaos->lines[i]->half[LINE_UP].passed;
        chaos->bytes[LINE_DOWN] += chaos->lines[i]->half[LINE_DOWN].passed;
        line_free(chaos->lines[i]);
    }
}

static int usage(void)
{
    (void)fputs("Usage: tools/chaos --to PORT [--preset NAME] [options]; tools/chaos --help says more.\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    static struct chaos chaos = {.random = 1};
    const struct sigaction action = {.sa_handler = on_signal};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || !take_option(&chaos, argv[i], argv[i + 1]))
            return usage();
    }
    if (chaos.to_port == 0)
        return usage();
    chaos.random = chaos.random == 0 ? 1 : chaos.random;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    if (!open_listener(&chaos)) {
        (void)fprintf(stderr, "holdfast-chaos: port %d cannot be listened on: %s\n", chaos.port, strerror(errno));
        return 1;
    }
    chaos.began_ms = mono_ms();
    (void)printf("holdfast-chaos listens on tcp://127.0.0.1:%d\n", chaos.port);
    (void)fflush(stdout);
    run(&chaos);
    (void)fprintf(stderr, "%" PRIu64 " connections, %" PRIu64 " blows, %" PRIu64 " bytes up, %" PRIu64 " down\n",
                  chaos.connections, chaos.blows, chaos.bytes[LINE_UP], chaos.bytes[LINE_DOWN]);
    return 0;
}
