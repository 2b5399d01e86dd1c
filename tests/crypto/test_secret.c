#include "core/crypto/crypto.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int exit_status_of_child(void (*child_main)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        child_main();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void init__may_be_called_again(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    assert_int_equal(hf_crypto_init(false), HF_OK);
}

static void expect_no_dumps(void)
{
    struct rlimit limit;
    if (hf_crypto_init(true) != HF_OK || getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 ||
        limit.rlim_max != 0 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        _exit(1);
}

static void init__switches_core_dumps_off_when_asked(void **state)
{
    (void)state;
    assert_int_equal(exit_status_of_child(expect_no_dumps), 0);
}

static void expect_dumps_untouched(void)
{
    struct rlimit before;
    struct rlimit after;
    int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    if (getrlimit(RLIMIT_CORE, &before) != 0 || hf_crypto_init(false) != HF_OK || getrlimit(RLIMIT_CORE, &after) != 0 ||
        before.rlim_cur != after.rlim_cur || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != dumpable)
        _exit(1);
}

static void init__leaves_core_dumps_alone_otherwise(void **state)
{
    (void)state;
    assert_int_equal(exit_status_of_child(expect_dumps_untouched), 0);
}

static void random__fills_every_byte_and_differs(void **state)
{
    (void)state;
    uint8_t a[64] = {0};
    uint8_t b[64] = {0};
    hf_random(a, sizeof a);
    hf_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    hf_random(NULL, 0);

    /* A byte that stays 0 through 64 draws has a chance of 2^-512. */
    uint8_t seen[64] = {0};
    for (int draw = 0; draw < 64; draw++) {
        hf_random(a, sizeof a);
        for (size_t i = 0; i < sizeof a; i++)
            seen[i] |= a[i];
    }
    assert_null(memchr(seen, 0, sizeof seen));
}

static void wipe__zeroes(void **state)
{
    (void)state;
    uint8_t bytes[34];
    memset(bytes, 0x5A, sizeof bytes);
    hf_wipe(bytes + 1, 32);
    static const uint8_t zeros[32] = {0};
    assert_memory_equal(bytes + 1, zeros, 32);
    assert_int_equal(bytes[0], 0x5A);
    assert_int_equal(bytes[33], 0x5A);
    hf_wipe(NULL, 0);
}

static void secret_equal__sees_every_bit(void **state)
{
    (void)state;
    uint8_t a[32];
    hf_random(a, sizeof a);
    uint8_t b[32];
    for (size_t bit = 0; bit < 256; bit++) {
        memcpy(b, a, sizeof a);
        assert_true(hf_secret_equal(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(hf_secret_equal(a, b, sizeof a));
    }
    assert_true(hf_secret_equal(NULL, NULL, 0));
}

static void secret_memory__can_be_used_and_given_back(void **state)
{
    (void)state;
    uint8_t *secret = hf_secret_alloc(33);
    assert_non_null(secret);
    memset(secret, 7, 33);
    assert_int_equal(secret[32], 7);
    hf_secret_free(secret);
    hf_secret_free(NULL);
}

static void write_past_the_end(void)
{
    const struct rlimit none = {0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)signal(SIGSEGV, SIG_DFL); /* cmocka catches it otherwise and goes on in the child */
    volatile uint8_t *secret = hf_secret_alloc(32);
    if (secret)
        secret[32] = 1;
}

static void secret_memory__ends_the_program_that_writes_past_it(void **state)
{
    (void)state;
    int status = exit_status_of_child(write_past_the_end);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void secret_memory__that_is_not_to_be_had_is_null(void **state)
{
    (void)state;
    assert_null(hf_secret_alloc(SIZE_MAX - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init__may_be_called_again),
        cmocka_unit_test(init__switches_core_dumps_off_when_asked),
        cmocka_unit_test(init__leaves_core_dumps_alone_otherwise),
        cmocka_unit_test(random__fills_every_byte_and_differs),
        cmocka_unit_test(wipe__zeroes),
        cmocka_unit_test(secret_equal__sees_every_bit),
        cmocka_unit_test(secret_memory__can_be_used_and_given_back),
        cmocka_unit_test(secret_memory__ends_the_program_that_writes_past_it),
        cmocka_unit_test(secret_memory__that_is_not_to_be_had_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
