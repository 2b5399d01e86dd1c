#include "client/wake.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

#define READ_BYTES 256

static bool set_flags(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

#ifdef __linux__
static bool join(struct hf_wake *wake)
{
    wake->fd = epoll_create1(EPOLL_CLOEXEC);
    return wake->fd >= 0 && hf_wake_add(wake, wake->pipe[0]) == HF_OK;
}

enum hf_status hf_wake_add(struct hf_wake *wake, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(wake->fd, EPOLL_CTL_ADD, fd, &event) == 0 ? HF_OK : HF_ERR_IO;
}
#else
static bool join(struct hf_wake *wake)
{
    wake->fd = wake->pipe[0];
    return true;
}

enum hf_status hf_wake_add(struct hf_wake *wake, int fd)
{
    (void)wake;
    (void)fd;
    return HF_OK;
}
#endif

enum hf_status hf_wake_open(struct hf_wake *wake)
{
    *wake = (struct hf_wake){.fd = -1, .pipe = {-1, -1}};
    if (pipe(wake->pipe) == 0 && set_flags(wake->pipe[0]) && set_flags(wake->pipe[1]) && join(wake))
        return HF_OK;
    hf_wake_close(wake);
    return HF_ERR_IO;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void hf_wake_close(struct hf_wake *wake)
{
    if (wake->fd != wake->pipe[0])
        close_fd(wake->fd);
    close_fd(wake->pipe[0]);
    close_fd(wake->pipe[1]);
    *wake = (struct hf_wake){.fd = -1, .pipe = {-1, -1}};
}

/* A full pipe says the same already. */
void hf_wake_signal(const struct hf_wake *wake)
{
    const uint8_t byte = 1;
    const ssize_t written = write(wake->pipe[1], &byte, 1);
    (void)written;
}

void hf_wake_clear(const struct hf_wake *wake)
{
    uint8_t bytes[READ_BYTES];
    while (read(wake->pipe[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
}

bool hf_wake_wait(const struct hf_wake *wake, uint32_t wait_ms)
{
    struct pollfd ready = {.fd = wake->fd, .events = POLLIN};
    return poll(&ready, 1, wait_ms < INT_MAX ? (int)wait_ms : INT_MAX) > 0;
}
