/* Seeds of the simulator (docs/sim.md): a range of them, and the same one twice.
 * HF_SIM_SEEDS=<number> runs more, HF_TEST_SEED=<number> begins elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/simulator/memo.h"
#include "tools/simulator/world.h"

#include <stdlib.h>
#include <string.h>

#define SEEDS   1000
#define DAYS    3
#define DEVICES 3

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *given = getenv(name);
    return given ? strtoull(given, NULL, 0) : otherwise;
}

static struct sim_result run(uint64_t seed, unsigned days, unsigned devices)
{
    const struct sim_options options = {.seed = seed, .days = days, .devices = devices, .faults = SIM_FAULTS_ALL};
    struct sim_result result;
    sim_run(&options, &result);
    if (result.failed)
        fail_msg("seed %llu: %s\nagain: tools/sim --seed %llu --days %u --devices %u", (unsigned long long)seed,
                 result.text, (unsigned long long)seed, days, devices);
    return result;
}

static void every_seed__holds_what_is_promised(void **state)
{
    (void)state;
    uint64_t first = number_of("HF_TEST_SEED", 1), count = number_of("HF_SIM_SEEDS", SEEDS);
    struct sim_counts sum = {0};
    print_message("seeds %llu to %llu\n", (unsigned long long)first, (unsigned long long)(first + count - 1));
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct sim_result result = run(seed, DAYS, DEVICES);
        sum.kills += result.counts.kills;
        sum.restores += result.counts.restores;
        sum.held += result.counts.held;
        sum.conflicts += result.counts.conflicts;
        sum.failed_syncs += result.counts.failed_syncs;
    }
    if (count < 100)
        return;
    /* the world is as bad as it is meant to be */
    assert_true(sum.kills > count / 4);
    assert_true(sum.restores > 0);
    assert_true(sum.held > 0);
    assert_true(sum.conflicts > count / 4);
    assert_true(sum.failed_syncs > count);
}

static void one_seed_twice__gives_one_log(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct sim_result first = run(seed, 6, 5), second = run(seed, 6, 5);
        assert_memory_equal(first.root, second.root, sizeof first.root);
    }
    assert_memory_not_equal(run(1, 3, 3).root, run(2, 3, 3).root, HF_HASH_BYTES);
}

/* The last look at what was erased ends in these with an office that refuses to open. */
static void office_that_stays_shut__has_the_root_of_its_log(void **state)
{
    static const uint64_t seeds[] = {6, 11, 193};
    static const uint8_t none[HF_HASH_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        const struct sim_result first = run(seeds[i], 5, 4), second = run(seeds[i], 5, 4);
        assert_true(first.counts.erased > 0);
        assert_memory_not_equal(first.root, none, sizeof none);
        assert_memory_equal(first.root, second.root, sizeof first.root);
    }
    assert_memory_not_equal(run(6, 5, 4).root, run(11, 5, 4).root, HF_HASH_BYTES);
}

static int start(void **state)
{
    (void)state;
    sim_random_install();
    sim_memo_use(true);
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_seed__holds_what_is_promised),
        cmocka_unit_test(one_seed_twice__gives_one_log),
        cmocka_unit_test(office_that_stays_shut__has_the_root_of_its_log),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
