#include "core/base/assert.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void a_true_assertion__does_nothing_and_is_evaluated_once(void **state)
{
    (void)state;
    int times = 0;
    HF_ASSERT(++times == 1);
    assert_int_equal(times, 1);
}

/* The child writes into a pipe instead of stderr and leaves no core behind. */
static void fail_in_child(int out)
{
    const struct rlimit none = {0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)signal(SIGABRT, SIG_DFL);
    (void)dup2(out, STDERR_FILENO);
    HF_ASSERT(2 + 2 == 5);
    _exit(0);
}

static void a_false_assertion__names_itself_and_aborts(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        fail_in_child(ends[1]);
    close(ends[1]);

    char text[512] = {0};
    size_t len = 0;
    for (ssize_t got = 1; got > 0 && len < sizeof text - 1; len += (size_t)got) {
        got = read(ends[0], text + len, sizeof text - 1 - len);
        assert_true(got >= 0);
    }
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "2 + 2 == 5"));
    assert_non_null(strstr(text, "test_assert.c:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_assertion__does_nothing_and_is_evaluated_once),
        cmocka_unit_test(a_false_assertion__names_itself_and_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
