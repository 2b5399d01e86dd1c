/* Ctrl+C, so that what is under way ends in order. */
#include "client/cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <sys/select.h>

#define SIGNALS 3

static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction before[SIGNALS];
static volatile sig_atomic_t got;

static void on_signal(int number)
{
    got = number;
}

void cli_stop_begin(void)
{
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: a read is to end */
    (void)sigemptyset(&action.sa_mask);
    got = 0;
    for (size_t i = 0; i < SIGNALS; i++)
        (void)sigaction(numbers[i], &action, &before[i]);
}

bool cli_stop_asked(void)
{
    return got != 0;
}

static int wait_once(int fd, uint64_t wait_ms, const sigset_t *mask)
{
    const struct timespec most = {.tv_sec = (time_t)(wait_ms / 1000), .tv_nsec = (long)(wait_ms % 1000) * 1000000};
    fd_set fds;
    FD_ZERO(&fds);
    FD_SET(fd, &fds);
    return pselect(fd + 1, &fds, NULL, NULL, wait_ms == UINT64_MAX ? NULL : &most, mask);
}

/* Signals are let in only while it waits, so none slips in between the look at the flag and the wait. */
bool cli_stop_wait(int fd, uint64_t wait_ms)
{
    sigset_t blocked, old;
    int ready = 0;
    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < SIGNALS; i++)
        (void)sigaddset(&blocked, numbers[i]);
    (void)sigprocmask(SIG_BLOCK, &blocked, &old);
    do
        ready = got ? 0 : wait_once(fd, wait_ms, &old);
    while (ready < 0 && errno == EINTR && !got);
    (void)sigprocmask(SIG_SETMASK, &old, NULL);
    return !got;
}

void cli_stop_end(void)
{
    for (size_t i = 0; i < SIGNALS; i++)
        (void)sigaction(numbers[i], &before[i], NULL);
    if (got)
        (void)raise((int)got);
}
