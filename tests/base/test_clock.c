#include "core/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW_MS 1795298315123ull /* 2026-11-21 */

static void assert_clock(hf_clock clock, uint64_t ms, unsigned counter)
{
    assert_true(hf_clock_ms(clock) == ms);
    assert_int_equal(hf_clock_counter(clock), counter);
}

static void make__puts_milliseconds_above_the_counter(void **state)
{
    (void)state;
    assert_true(hf_clock_make(0x0102030405ull, 0xFFFE) == 0x0102030405FFFEull);
    assert_clock(hf_clock_make(NOW_MS, 7), NOW_MS, 7);
}

static void make__stands_still_past_48_bits(void **state)
{
    (void)state;
    assert_clock(hf_clock_make(1ull << 48, 3), (1ull << 48) - 1, 3);
    assert_clock(hf_clock_make(UINT64_MAX, 3), (1ull << 48) - 1, 3);
}

static void tick__follows_a_wall_clock_that_moved_on(void **state)
{
    (void)state;
    assert_clock(hf_clock_tick(0, NOW_MS), NOW_MS, 0);
    assert_clock(hf_clock_tick(hf_clock_make(NOW_MS, 9), NOW_MS + 1), NOW_MS + 1, 0);
}

static void tick__counts_within_one_millisecond(void **state)
{
    (void)state;
    hf_clock clock = hf_clock_tick(0, NOW_MS);
    clock = hf_clock_tick(clock, NOW_MS);
    assert_clock(clock, NOW_MS, 1);
    assert_clock(hf_clock_tick(clock, NOW_MS), NOW_MS, 2);
}

static void tick__counts_on_when_the_wall_clock_went_back(void **state)
{
    (void)state;
    assert_clock(hf_clock_tick(hf_clock_make(NOW_MS, 4), NOW_MS - 86400000), NOW_MS, 5);
    assert_clock(hf_clock_tick(hf_clock_make(NOW_MS, 4), 0), NOW_MS, 5);
}

static void tick__carries_a_full_counter_into_the_milliseconds(void **state)
{
    (void)state;
    assert_clock(hf_clock_tick(hf_clock_make(NOW_MS, UINT16_MAX), NOW_MS), NOW_MS + 1, 0);
}

static void tick__strictly_increases_for_70000_saves_in_one_millisecond(void **state)
{
    (void)state;
    hf_clock last = 0;
    for (int i = 0; i < 70000; i++) {
        hf_clock next = hf_clock_tick(last, NOW_MS);
        assert_true(next > last);
        last = next;
    }
    assert_clock(last, NOW_MS + 1, 70000 - 65536 - 1);
}

static void hear__takes_the_greater(void **state)
{
    (void)state;
    hf_clock own = hf_clock_make(NOW_MS, 5);
    assert_true(hf_clock_hear(own, hf_clock_make(NOW_MS, 4), NOW_MS) == own);
    assert_true(hf_clock_hear(own, own, NOW_MS) == own);
    assert_clock(hf_clock_hear(own, hf_clock_make(NOW_MS, 6), NOW_MS), NOW_MS, 6);
    assert_clock(hf_clock_hear(own, hf_clock_make(NOW_MS + 1000, 0), NOW_MS), NOW_MS + 1000, 0);
}

static void hear__is_led_exactly_a_day_forward_and_no_further(void **state)
{
    (void)state;
    hf_clock own = hf_clock_make(NOW_MS, 0);
    hf_clock edge = hf_clock_make(NOW_MS + HF_CLOCK_LEAD_MS_MAX, UINT16_MAX);
    assert_true(hf_clock_hear(own, edge, NOW_MS) == edge);
    assert_true(hf_clock_hear(own, edge + 1, NOW_MS) == own);
    assert_true(hf_clock_hear(own, UINT64_MAX, NOW_MS) == own);
}

static void hear__measures_the_lead_from_the_wall_clock_not_from_the_chain(void **state)
{
    (void)state;
    hf_clock ahead = hf_clock_make(NOW_MS + HF_CLOCK_LEAD_MS_MAX, 0);
    assert_true(hf_clock_hear(ahead, hf_clock_make(NOW_MS + HF_CLOCK_LEAD_MS_MAX + 1, 0), NOW_MS) == ahead);
}

static void hear__keeps_a_chain_that_is_itself_far_ahead(void **state)
{
    (void)state;
    hf_clock far = hf_clock_make(NOW_MS + 10 * HF_CLOCK_LEAD_MS_MAX, 0);
    assert_true(hf_clock_hear(far, hf_clock_make(NOW_MS, 0), NOW_MS) == far);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(make__puts_milliseconds_above_the_counter),
        cmocka_unit_test(make__stands_still_past_48_bits),
        cmocka_unit_test(tick__follows_a_wall_clock_that_moved_on),
        cmocka_unit_test(tick__counts_within_one_millisecond),
        cmocka_unit_test(tick__counts_on_when_the_wall_clock_went_back),
        cmocka_unit_test(tick__carries_a_full_counter_into_the_milliseconds),
        cmocka_unit_test(tick__strictly_increases_for_70000_saves_in_one_millisecond),
        cmocka_unit_test(hear__takes_the_greater),
        cmocka_unit_test(hear__is_led_exactly_a_day_forward_and_no_further),
        cmocka_unit_test(hear__measures_the_lead_from_the_wall_clock_not_from_the_chain),
        cmocka_unit_test(hear__keeps_a_chain_that_is_itself_far_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
