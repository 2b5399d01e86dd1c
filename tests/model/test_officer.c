/* What can be seen of two officers: who let them in, and when. */
#include "core/model/officer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY_MS 86400000ull

static struct hf_id person(uint8_t number)
{
    return (struct hf_id){.bytes = {number}};
}

static struct hf_let_in let_in(uint8_t number, uint8_t by, uint64_t at_ms)
{
    return (struct hf_let_in){.known = true, .person = person(number), .by = person(by), .at_ms = at_ms};
}

static enum hf_officers_doubt doubt(struct hf_let_in first, struct hf_let_in second)
{
    return hf_officers_doubt(&first, &second);
}

static void two_hands_or_a_long_time_between__are_no_reason_to_ask(void **state)
{
    (void)state;
    assert_int_equal(doubt(let_in(1, 8, 0), let_in(2, 9, 0)), HF_OFFICERS_NO_DOUBT);
    assert_int_equal(doubt(let_in(1, 9, 0), let_in(2, 9, 7 * DAY_MS + 1)), HF_OFFICERS_NO_DOUBT);
    assert_int_equal(doubt(let_in(1, 9, 7 * DAY_MS + 1), let_in(2, 9, 0)), HF_OFFICERS_NO_DOUBT);
    assert_string_equal(hf_officers_doubt_text(HF_OFFICERS_NO_DOUBT), "");
}

static void one_hand_within_a_week__is(void **state)
{
    (void)state;
    assert_int_equal(doubt(let_in(1, 9, 0), let_in(2, 9, 7 * DAY_MS)), HF_OFFICERS_ONE_HAND);
    assert_int_equal(doubt(let_in(1, 9, 7 * DAY_MS), let_in(2, 9, 0)), HF_OFFICERS_ONE_HAND);
    assert_int_equal(doubt(let_in(1, 0, 5), let_in(2, 0, 6)), HF_OFFICERS_ONE_HAND); /* at the office's own machine */
}

static void one_who_let_the_other_in__is_however_long_ago(void **state)
{
    (void)state;
    assert_int_equal(doubt(let_in(1, 9, 0), let_in(2, 1, 900 * DAY_MS)), HF_OFFICERS_SECOND_LET_IN);
    assert_int_equal(doubt(let_in(1, 2, 0), let_in(2, 9, 900 * DAY_MS)), HF_OFFICERS_FIRST_LET_IN);
    for (unsigned i = HF_OFFICERS_FIRST_LET_IN; i <= HF_OFFICERS_ONE_HAND; i++)
        assert_true(hf_officers_doubt_text((enum hf_officers_doubt)i)[0] != 0);
}

static void what_is_not_known__is_no_reason(void **state)
{
    (void)state;
    struct hf_let_in unknown = let_in(2, 1, 0), known = let_in(1, 9, 0);
    unknown.known = false;
    assert_int_equal(doubt(known, unknown), HF_OFFICERS_NO_DOUBT);
    assert_int_equal(doubt(unknown, known), HF_OFFICERS_NO_DOUBT);
    unknown.by = known.by;
    assert_int_equal(doubt(known, unknown), HF_OFFICERS_NO_DOUBT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hands_or_a_long_time_between__are_no_reason_to_ask),
        cmocka_unit_test(one_hand_within_a_week__is),
        cmocka_unit_test(one_who_let_the_other_in__is_however_long_ago),
        cmocka_unit_test(what_is_not_known__is_no_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
