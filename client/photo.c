#include "client/photo.h"

#include "core/base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef HF_PHOTO_PROGRAM
#define HF_PHOTO_PROGRAM "/usr/libexec/holdfast/holdfast-photo"
#endif
#define PROGRAM     "holdfast-photo"
#define PIECE_BYTES 65536

/* The exit codes of the program (client/photo/picture.h). */
enum { DAMAGED = 3, TOO_LARGE = 4, NOMEM = 5 };

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Beside the program that is running, as in a build folder; otherwise where it is installed. */
static void find_program(char out[PATH_MAX])
{
    char self[PATH_MAX];
    const ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = NULL;
    if (len > 0) {
        self[len] = '\0';
        slash = strrchr(self, '/');
    }
    if (slash) {
        slash[1] = '\0';
        const int made = snprintf(out, PATH_MAX, "%s%s", self, PROGRAM);
        if (made > 0 && made < PATH_MAX && access(out, X_OK) == 0)
            return;
    }
    (void)snprintf(out, PATH_MAX, "%s", HF_PHOTO_PROGRAM);
}

struct helper {
    pid_t pid;
    int in, out; /* its standard input and output, our ends */
};

static bool set_up_pipe(int ends[2], int ours)
{
    return pipe(ends) == 0 && fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(ends[ours], F_SETFL, O_NONBLOCK) == 0;
}

static void close_ends(int ends[2])
{
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            (void)close(ends[i]);
}

static enum hf_status start(struct helper *out, struct hf_error *err)
{
    char path[PATH_MAX];
    char *const argv[] = {PROGRAM, NULL};
    char *const no_environment[] = {NULL};
    int in[2] = {-1, -1}, from[2] = {-1, -1};
    posix_spawn_file_actions_t actions;
    find_program(path);
    if (!set_up_pipe(in, 1) || !set_up_pipe(from, 0) || posix_spawn_file_actions_init(&actions) != 0) {
        close_ends(in);
        close_ends(from);
        return hf_error_set(err, HF_ERR_IO, "The picture could not be prepared: %s.", strerror(errno));
    }
    int failed = posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    if (failed == 0)
        failed = posix_spawn(&out->pid, path, &actions, NULL, argv, no_environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(in[0]);
    (void)close(from[1]);
    if (failed != 0) {
        (void)close(in[1]);
        (void)close(from[0]);
        return hf_error_set(err, HF_ERR_UNSUPPORTED,
                            "Photographs need the program %s, which is not installed here (%s). Without it their place "
                            "and time cannot be taken out, so nothing was attached.",
                            PROGRAM, strerror(failed));
    }
    out->in = in[1];
    out->out = from[0];
    return HF_OK;
}

/* SIGPIPE when the program ends early would end ours: it is held back for this thread while we write. */
static ssize_t write_some(int fd, const uint8_t *bytes, size_t len)
{
    sigset_t pipe_set, before, waiting;
    (void)sigemptyset(&pipe_set);
    (void)sigaddset(&pipe_set, SIGPIPE);
    const bool waited = sigpending(&waiting) == 0 && sigismember(&waiting, SIGPIPE) == 1;
    (void)pthread_sigmask(SIG_BLOCK, &pipe_set, &before);
    const ssize_t put = write(fd, bytes, len);
    const int error = errno;
    if (put < 0 && error == EPIPE && !waited) {
        const struct timespec at_once = {0};
        (void)sigtimedwait(&pipe_set, NULL, &at_once);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return put;
}

static void feed(struct helper *helper, struct hf_slice picture, size_t *given)
{
    const ssize_t put = write_some(helper->in, picture.data + *given, picture.len - *given);
    if (put > 0)
        *given += (size_t)put;
    if (*given == picture.len || (put < 0 && errno != EAGAIN && errno != EINTR)) {
        (void)close(helper->in);
        helper->in = -1;
    }
}

/* Gives and takes until it has nothing more to say. */
static enum hf_status talk(struct helper *helper, struct hf_slice picture, struct hf_buf *out, struct hf_error *err)
{
    const uint64_t end_ms = now_ms() + HF_PHOTO_WAIT_MS;
    size_t given = 0;
    uint8_t *piece = malloc(PIECE_BYTES);
    enum hf_status status = piece ? HF_OK : HF_ERR_NOMEM;
    bool more = true;
    while (status == HF_OK && more) {
        struct pollfd ends[2] = {{.fd = helper->out, .events = POLLIN}, {.fd = helper->in, .events = POLLOUT}};
        const uint64_t now = now_ms();
        if (now >= end_ms)
            status = hf_error_set(err, HF_ERR_TIMEOUT, "The picture took too long to prepare. Nothing was attached.");
        else if (poll(ends, 2, (int)(end_ms - now)) < 0 && errno != EINTR)
            status = hf_error_set(err, HF_ERR_IO, "The picture could not be prepared: %s.", strerror(errno));
        if (status == HF_OK && helper->in >= 0 && ends[1].revents != 0)
            feed(helper, picture, &given);
        if (status != HF_OK || ends[0].revents == 0)
            continue;
        const ssize_t got = read(helper->out, piece, PIECE_BYTES);
        more = got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
        if (got > 0)
            hf_buf_append(out, piece, (size_t)got);
        status = hf_buf_status(out);
    }
    free(piece);
    return status;
}

static enum hf_status what_it_said(int how, size_t len, struct hf_error *err)
{
    const int code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    if (code == 0 && len > 0)
        return HF_OK;
    if (code == 127)
        return hf_error_set(err, HF_ERR_UNSUPPORTED,
                            "Photographs need the program %s, which is not installed here. Without it their place and "
                            "time cannot be taken out, so nothing was attached.",
                            PROGRAM);
    if (code == TOO_LARGE)
        return hf_error_set(err, HF_ERR_LIMIT,
                            "This picture has too many pixels. Save it smaller (up to 60 megapixels) and attach that.");
    if (code == NOMEM)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough memory to prepare this picture.");
    return hf_error_set(
        err, HF_ERR_INVALID,
        "This picture is damaged, or of a kind that Holdfast cannot read. Nothing was attached. Open it "
        "in another program, save it as JPEG, and attach that.");
}

enum hf_status hf_photo_clean(struct hf_slice picture, struct hf_buf *out, struct hf_error *err)
{
    struct helper helper = {.pid = -1, .in = -1, .out = -1};
    int how = 0;
    if (picture.len > HF_PHOTO_BYTES_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "This picture has more than %u MB.", HF_PHOTO_BYTES_MAX / 1048576);
    const size_t before = out->len;
    enum hf_status status = start(&helper, err);
    if (status != HF_OK)
        return status;
    status = talk(&helper, picture, out, err);
    if (helper.in >= 0)
        (void)close(helper.in);
    (void)close(helper.out);
    if (status != HF_OK)
        (void)kill(helper.pid, SIGKILL); /* ours, and not waited for yet: the number is still its own */
    while (waitpid(helper.pid, &how, 0) < 0 && errno == EINTR)
        ;
    return status == HF_OK ? what_it_said(how, out->len - before, err) : status;
}
