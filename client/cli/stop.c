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

/* Signals are let in only while it waits, so none slips in between the look at the flag and the wait. */
bool cli_stop_wait(int fd)
{
    sigset_t blocked, old;
    int ready = 0;
    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < SIGNALS; i++)
        (void)sigaddset(&blocked, numbers[i]);
    (void)sigprocmask(SIG_BLOCK, &blocked, &old);
    while (!got && ready <= 0) {
        fd_set fds;
        FD_ZERO(&fds);
        FD_SET(fd, &fds);
        ready = pselect(fd + 1, &fds, NULL, NULL, NULL, &old);
        if (ready < 0 && errno != EINTR)
            break;
    }
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
