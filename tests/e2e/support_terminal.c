#define _XOPEN_SOURCE 700 /* posix_openpt */

#include "tests/e2e/support_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PATIENCE_MS 120000
#define WORDS_MAX   20

/* In the child: the terminal becomes its own, and the program takes its place. */
static void become(const char *path, const char *terminal_name, char **words)
{
    (void)setsid();
    int fd = open(terminal_name, O_RDWR);
    if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(126);
    (void)close(fd);
    (void)execv(path, words);
    _exit(127);
}

/* A bare machine may have the terminals' own file system without /dev/ptmx before it. */
static int open_keyboard(void)
{
    int keyboard = posix_openpt(O_RDWR | O_NOCTTY);
    return keyboard >= 0 ? keyboard : open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
}

void terminal_start(struct terminal *terminal, unsigned short columns, const char *const *words)
{
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    char path[2 * WORLD_PATH_BYTES];
    char *copies[WORDS_MAX + 1] = {NULL};
    const char *folder = getenv("HOLDFAST_PROGRAMS");
    assert_non_null(folder);
    (void)snprintf(path, sizeof path, "%s/%s", folder, words[0]);
    for (size_t i = 0; words[i]; i++) {
        assert_true(i < WORDS_MAX);
        copies[i] = strdup(words[i]);
        assert_non_null(copies[i]);
    }
    memset(terminal, 0, sizeof *terminal);
    terminal->keyboard = open_keyboard();
    assert_true(terminal->keyboard >= 0);
    assert_int_equal(fcntl(terminal->keyboard, F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(grantpt(terminal->keyboard), 0);
    assert_int_equal(unlockpt(terminal->keyboard), 0);
    const char *name = ptsname(terminal->keyboard);
    assert_non_null(name);
    assert_int_equal(ioctl(terminal->keyboard, TIOCSWINSZ, &size), 0);
    terminal->child = fork();
    assert_true(terminal->child >= 0);
    if (terminal->child == 0)
        become(path, name, copies);
    for (size_t i = 0; copies[i]; i++)
        free(copies[i]);
}

/* False at the end: the program has closed the terminal. */
static bool read_more(struct terminal *terminal)
{
    struct pollfd fd = {.fd = terminal->keyboard, .events = POLLIN};
    assert_true(terminal->len + 1 < sizeof terminal->output);
    int ready = poll(&fd, 1, PATIENCE_MS);
    if (ready == 0)
        fail_msg("nothing happens; so far: %s", terminal->output);
    ssize_t got =
        read(terminal->keyboard, terminal->output + terminal->len, sizeof terminal->output - 1 - terminal->len);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    terminal->len += (size_t)got;
    terminal->output[terminal->len] = '\0';
    return true;
}

void terminal_expect(struct terminal *terminal, const char *text)
{
    while (!strstr(terminal->output, text)) {
        if (!read_more(terminal))
            fail_msg("“%s” was not shown, but: %s", text, terminal->output);
    }
}

void terminal_type(const struct terminal *terminal, const char *keys)
{
    assert_int_equal(write(terminal->keyboard, keys, strlen(keys)), strlen(keys));
}

bool terminal_echoes(const struct terminal *terminal)
{
    struct termios settings;
    assert_int_equal(tcgetattr(terminal->keyboard, &settings), 0);
    return settings.c_lflag & ECHO;
}

int terminal_finish(struct terminal *terminal)
{
    while (read_more(terminal))
        ;
    return world_wait(terminal->child);
}

void terminal_close(struct terminal *terminal)
{
    (void)close(terminal->keyboard);
}
