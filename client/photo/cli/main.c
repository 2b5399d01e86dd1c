/* holdfast-photo: a picture comes in by standard input, a clean one goes out by standard output. It is started for each
 * picture by the library, with an empty environment, and locks itself in before it looks at the first byte: no files,
 * no connections, a limit on memory and time, and (seccomp, strict) no system call but read, write and the end. */
#define _DEFAULT_SOURCE /* syscall() */
#include "client/photo/picture.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INPUT_BYTES_MAX (32u * 1024 * 1024) /* HF_PHOTO_BYTES_MAX */
#define MEMORY_BYTES    (384u * 1024 * 1024)
#define SECONDS         30

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOCKS_IN 0 /* a sanitizer maps memory as it goes */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKS_IN 0
#endif
#endif
#ifndef LOCKS_IN
#define LOCKS_IN 1
#endif

static void limit(int what, rlim_t value)
{
    const struct rlimit limits = {.rlim_cur = value, .rlim_max = value};
    if (setrlimit(what, &limits) != 0)
        _exit(PICTURE_NOMEM);
}

/* All memory is taken now, because nothing can be asked of the kernel later. */
static void lock_in(void)
{
    limit(RLIMIT_CPU, SECONDS);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    if (!LOCKS_IN)
        return;
    limit(RLIMIT_AS, (rlim_t)MEMORY_BYTES + 64u * 1024 * 1024);
    (void)mallopt(M_MMAP_MAX, 0);
    (void)mallopt(M_TRIM_THRESHOLD, -1);
    (void)mallopt(M_TOP_PAD, 0);
    void *all = malloc(MEMORY_BYTES);
    if (!all)
        _exit(PICTURE_NOMEM);
    free(all);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, 1 /* strict */, 0, 0, 0) != 0)
        _exit(PICTURE_NOMEM);
}

/* exit_group, which _exit uses, is not among the calls that are left. */
static void end(int code)
{
    if (LOCKS_IN)
        (void)syscall(SYS_exit, code);
    _exit(code);
}

static size_t read_all(uint8_t *out)
{
    size_t len = 0;
    while (len < INPUT_BYTES_MAX) {
        const ssize_t got = read(STDIN_FILENO, out + len, INPUT_BYTES_MAX - len);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    return len;
}

static bool write_all(const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t put = write(STDOUT_FILENO, bytes, len);
        if (put <= 0)
            return false;
        bytes += put;
        len -= (size_t)put;
    }
    return true;
}

int main(void)
{
    uint8_t *out = NULL;
    size_t out_len = 0;
    lock_in();
    uint8_t *in = malloc(INPUT_BYTES_MAX);
    if (!in)
        end(PICTURE_NOMEM);
    const size_t len = read_all(in);
    const enum picture_result result = picture_clean(in, len, &out, &out_len);
    if (result != PICTURE_OK)
        end((int)result);
    end(write_all(out, out_len) ? 0 : 1);
    return 1;
}
