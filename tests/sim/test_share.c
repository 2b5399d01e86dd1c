/* How often faults come (--share; docs/sim.md). HF_TEST_SEED=<number> begins elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/simulator/memo.h"
#include "tools/simulator/world.h"

#include <stdlib.h>
#include <string.h>

#define SEEDS 10

static uint64_t first_seed(void)
{
    const char *given = getenv("HF_TEST_SEED");
    return given ? strtoull(given, NULL, 0) : 1;
}

static struct sim_result run(uint64_t seed, unsigned share)
{
    const struct sim_options options = {
        .seed = seed, .days = 8, .devices = 4, .faults = SIM_FAULTS_ALL, .share = share, .is_fast = true};
    struct sim_result result;
    sim_run(&options, &result);
    if (result.failed)
        fail_msg("seed %llu: %s\nagain: tools/sim --seed %llu --days 8 --devices 4 --share %u --measure",
                 (unsigned long long)seed, result.text, (unsigned long long)seed, share);
    return result;
}

/* In a thousand device-days. */
struct rates {
    uint64_t troubles, mishaps, kills, forged, restores;
};

static struct rates rates_of(unsigned share)
{
    struct sim_counts sum = {0};
    for (uint64_t seed = first_seed(); seed < first_seed() + SEEDS; seed++) {
        const struct sim_result result = run(seed, share);
        sum.device_days += result.counts.device_days;
        sum.troubles += result.counts.troubles;
        sum.mishaps += result.counts.mishaps;
        sum.kills += result.counts.kills;
        sum.forged += result.counts.forged;
        sum.restores += result.counts.restores;
    }
    assert_true(sum.device_days > 0);
    const struct rates rates = {sum.troubles * 1000 / sum.device_days, sum.mishaps * 1000 / sum.device_days,
                                sum.kills * 1000 / sum.device_days, sum.forged * 1000 / sum.device_days,
                                sum.restores * 1000 / sum.device_days};
    print_message("share %u: %llu faults, %llu mishaps, %llu kills, %llu forged, %llu put back\n", share,
                  (unsigned long long)rates.troubles, (unsigned long long)rates.mishaps,
                  (unsigned long long)rates.kills, (unsigned long long)rates.forged,
                  (unsigned long long)rates.restores);
    return rates;
}

static void assert_fewer(const struct rates *few, const struct rates *many)
{
    assert_true(few->troubles * 2 < many->troubles);
    assert_true(few->mishaps * 2 < many->mishaps);
    assert_true(few->kills * 2 < many->kills);
    assert_true(few->forged * 2 < many->forged);
    assert_true(few->restores < many->restores);
}

static void a_quarter_and_twice__have_fewer_and_more_faults_of_every_kind(void **state)
{
    (void)state;
    print_message("seeds %llu to %llu\n", (unsigned long long)first_seed(),
                  (unsigned long long)(first_seed() + SEEDS - 1));
    const struct rates quarter = rates_of(25), usual = rates_of(100), twice = rates_of(200);
    assert_fewer(&quarter, &usual);
    assert_true(usual.troubles * 3 < twice.troubles * 2);
    assert_true(usual.mishaps * 3 < twice.mishaps * 2);
    assert_true(usual.kills * 3 < twice.kills * 2);
}

static void share_that_is_not_said__is_a_hundred(void **state)
{
    (void)state;
    for (uint64_t seed = first_seed(); seed < first_seed() + 3; seed++) {
        const struct sim_result unsaid = run(seed, 0), said = run(seed, 100), less = run(seed, 30);
        assert_memory_equal(unsaid.root, said.root, sizeof unsaid.root);
        assert_memory_equal(&unsaid.counts, &said.counts, sizeof unsaid.counts);
        assert_memory_not_equal(less.root, said.root, sizeof less.root);
    }
}

static void one_seed_and_share_twice__give_one_log(void **state)
{
    (void)state;
    for (unsigned share = 10; share <= 400; share += 130) {
        const struct sim_result first = run(first_seed(), share), second = run(first_seed(), share);
        assert_memory_equal(first.root, second.root, sizeof first.root);
        assert_memory_equal(&first.counts, &second.counts, sizeof first.counts);
    }
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
        cmocka_unit_test(a_quarter_and_twice__have_fewer_and_more_faults_of_every_kind),
        cmocka_unit_test(share_that_is_not_said__is_a_hundred),
        cmocka_unit_test(one_seed_and_share_twice__give_one_log),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
