/* Power failures and killed processes at any call, on a disk in memory. As a program: test_vault_power [--runs N]
 * [--seed S]; the same from HF_POWER_RUNS and HF_POWER_SEED. Without a seed a new one is drawn and printed. */
#include "tests/vault/support_power.h"
#include "tests/vault/support_vault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 500 /* in each suite */

static uint64_t runs = RUNS;
static uint64_t seed;

static void stop_at_any_call__opens_with_the_last_reported_commit_and_can_be_written(void **state)
{
    (void)state;
    (void)printf("seeds %" PRIu64 " to %" PRIu64 "\n", seed, seed + runs - 1);
    assert_int_equal(power_runs(seed, runs), 0);
}

static void commit_that_failed__leaves_no_tail_that_looks_like_damage(void **state)
{
    char text[POWER_TEXT_BYTES] = "";

    (void)state;
    if (!power_after_a_failed_commit(text))
        fail_msg("%s", text);
}

static void power_failing_twice_in_a_row__does_not_look_like_damage(void **state)
{
    char text[POWER_TEXT_BYTES] = "";

    (void)state;
    if (!power_twice_in_a_row(text))
        fail_msg("%s", text);
}

static void read_number(const char *text, uint64_t *out)
{
    if (text)
        *out = strtoull(text, NULL, 10);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commit_that_failed__leaves_no_tail_that_looks_like_damage),
        cmocka_unit_test(power_failing_twice_in_a_row__does_not_look_like_damage),
        cmocka_unit_test(stop_at_any_call__opens_with_the_last_reported_commit_and_can_be_written),
    };

    if (hf_crypto_init(false) != HF_OK)
        return 1;
    hf_random(&seed, sizeof(seed));
    seed >>= 16;
    read_number(getenv("HF_POWER_RUNS"), &runs);
    read_number(getenv("HF_POWER_SEED"), &seed);
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--runs") == 0)
            read_number(argv[i + 1], &runs);
        if (strcmp(argv[i], "--seed") == 0)
            read_number(argv[i + 1], &seed);
    }
    return fixture_run_in_both_suites(tests, NULL, NULL);
}
