/* What the engine says of every frame (support_frames.h): every rule of the sample packs kept and broken, and the
 * tables in which one thing after the other changes. */
#include "tests/policy/support_frames.h"

#include <stdio.h>
#include <string.h>

static void scenarios__every_frame_is_as_expected(void **state)
{
    (void)state;
    static struct frames frames;
    struct hf_policy_result result = {0};
    struct hf_calendar *calendar = load_calendar();
    struct hf_policy_pack *packs[2] = {load_pack("procedure-a-psm"), load_pack("procedure-b-fsm")};
    size_t failed = 0;
    frames_load(&frames);
    for (size_t i = 0; i < frames.count; i++) {
        const struct frame *frame = frames.items[i];
        frame_run(frame, packs[strcmp(frame->pack, "procedure-b-fsm") == 0], calendar, &result);
        failed += frame_fits(frame, &result, NULL, true) ? 0 : 1;
    }
    print_message("%zu files, %zu frames\n", frames.files, frames.count);
    assert_true(frames.files >= 105);
    assert_int_equal(failed, 0);
    hf_policy_result_clear(&result);
    frames_free(&frames);
    hf_policy_pack_free(packs[0]);
    hf_policy_pack_free(packs[1]);
    hf_calendar_free(calendar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scenarios__every_frame_is_as_expected)};
    return cmocka_run_group_tests(tests, support_start, NULL);
}
