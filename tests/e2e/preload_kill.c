/* For test_shards.sh, loaded before the C library: the program is killed (-9) in the place of its
 * HOLDFAST_TEST_KILL_AT-th call that brings something to the disk, counted from 1. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void count(void)
{
    static long calls;
    const char *text = getenv("HOLDFAST_TEST_KILL_AT");
    if (text && ++calls == strtol(text, NULL, 10))
        (void)raise(SIGKILL);
}

int fsync(int fd)
{
    count();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    count();
    return (int)syscall(SYS_fdatasync, fd);
}
