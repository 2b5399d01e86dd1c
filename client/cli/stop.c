/* Ctrl+C, so that what is under way ends in order. */
#include "client/cli/cli.h"

#include <signal.h>
#include <string.h>

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

void cli_stop_end(void)
{
    for (size_t i = 0; i < SIGNALS; i++)
        (void)sigaction(numbers[i], &before[i], NULL);
    if (got)
        (void)raise((int)got);
}
