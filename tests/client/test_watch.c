/* When a lost connection is dialled again: pauses that grow, are never the same for all, and end nowhere near never. */
#include "client/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void pauses__double_to_the_longest_and_lie_between_half_and_whole(void **state)
{
    (void)state;
    uint64_t whole = HF_WATCH_RETRY_MIN_MS;
    for (unsigned tries = 0; tries < 40; tries++) {
        assert_int_equal(hf_watch_pause_ms(tries, 0), whole / 2);
        assert_int_equal(hf_watch_pause_ms(tries, (uint32_t)(whole / 2)), whole);
        for (uint32_t random = 1; random != 0; random <<= 1)
            assert_in_range(hf_watch_pause_ms(tries, random), whole / 2, whole);
        whole = 2 * whole < HF_WATCH_RETRY_MAX_MS ? 2 * whole : HF_WATCH_RETRY_MAX_MS;
    }
}

static void what_a_person_has_to_settle__is_not_tried_again(void **state)
{
    (void)state;
    const enum hf_status again[] = {HF_ERR_NETWORK, HF_ERR_TIMEOUT, HF_ERR_CLOSED, HF_ERR_PROTOCOL, HF_ERR_WAITING};
    const enum hf_status never[] = {HF_ERR_AUTH,    HF_ERR_STATE, HF_ERR_UNSUPPORTED, HF_ERR_REVOKED,
                                    HF_ERR_CORRUPT, HF_ERR_FULL,  HF_ERR_IO,          HF_ERR_NOMEM};
    for (size_t i = 0; i < sizeof again / sizeof again[0]; i++)
        assert_true(hf_watch_may_retry(again[i]));
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_false(hf_watch_may_retry(never[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses__double_to_the_longest_and_lie_between_half_and_whole),
        cmocka_unit_test(what_a_person_has_to_settle__is_not_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
