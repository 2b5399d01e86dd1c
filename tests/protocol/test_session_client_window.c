/* The client's session machine alone: several requests under way at once, and their answers in turn. */
#include "tests/protocol/support_client.h"
#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void refuse_push(struct client_rig *rig, enum hf_status status)
{
    assert_int_equal(rig->sent, HF_MSG_PUSH);
    struct hf_message refusal = {.type = HF_MSG_ERROR, .request = rig->request};
    refusal.as.error.status = status;
    client_hears(rig, &refusal);
}

static void give_one(struct client_rig *rig, uint64_t from_seq)
{
    static uint8_t leaf[HF_LEAF_BYTES], body[1];
    const struct hf_item item = {.leaf = hf_slice_of(leaf, sizeof leaf), .body = hf_slice_of(body, sizeof body)};
    const struct hf_client_action *last = &rig->update.actions[rig->update.count - 1];
    assert_int_equal(last->type, HF_CA_WANT_OUTBOX);
    assert_int_equal(last->from_seq, from_seq);
    client_step(rig, (struct hf_client_event){.type = HF_CE_OUTBOX, .items = &item, .item_count = 1});
}

/* Nine changes in nine PUSHes, as far as they may go without an answer. */
static void go_to_full_window(struct client_rig *rig)
{
    struct hf_client_facts facts = start_facts;
    facts.next_seq = 14;
    start_with(rig, &facts);
    be_welcomed(rig, HF_MODE_NORMAL);
    for (uint64_t seq = 5; seq < 5 + HF_LIMIT_PUSH_WINDOW; seq++)
        give_one(rig, seq);
    assert_int_equal(rig->open_count, HF_LIMIT_PUSH_WINDOW);
    assert_int_equal(rig->update.count, 1); /* and nothing more is wanted */
}

static void pushes__go_out_until_the_window_is_full(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to_full_window(&rig);
    for (uint64_t seq = 5; seq < 14; seq++) {
        assert_int_equal(rig.sent, HF_MSG_PUSH);
        answer_push(&rig, 1, seq);
        only_action(&rig, HF_CA_STORE_PUSHED);
        rig.facts.unsent_seq = seq + 1;
        stored(&rig);
        if (seq + HF_LIMIT_PUSH_WINDOW < 14)
            give_one(&rig, seq + HF_LIMIT_PUSH_WINDOW);
    }
    assert_int_equal(rig.sent, HF_MSG_PULL); /* went out behind the last of them */
    assert_int_equal(rig.open_count, 2);
    close_client_rig(&rig);
}

static void answer_to_a_later_push__is_not_taken_before_the_first(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to_full_window(&rig);
    rig.request = rig.open[1].request;
    answer_push(&rig, 1, 6);
    assert_failed(&rig, HF_ERR_PROTOCOL);
    close_client_rig(&rig);
}

static void pushes_behind_a_refused_one__are_not_taken_for_a_reason(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to_full_window(&rig);
    refuse_push(&rig, HF_ERR_WAITING); /* read something first */
    for (size_t i = 1; i < HF_LIMIT_PUSH_WINDOW; i++) {
        assert_int_equal(rig.update.count, 0);
        refuse_push(&rig, HF_ERR_CONFLICT); /* of course: they follow one that is not there */
    }
    only_sent(&rig, 2, HF_MSG_PULL);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 32});
    rig.facts.cursor = 32;
    stored(&rig);
    answer_head(&rig, both_ranges, 2);
    rig.facts.range_count = 0;
    stored(&rig);
    assert_int_equal(only_action(&rig, HF_CA_WANT_OUTBOX)->from_seq, 5); /* and now again */
    close_client_rig(&rig);
}

static void long_feed__is_asked_for_while_its_beginning_is_stored(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_PULL);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 25, .more = true});
    assert_int_equal(rig.update.count, 2);
    assert_int_equal(rig.update.actions[0].type, HF_CA_SEND);
    assert_int_equal(rig.update.actions[1].type, HF_CA_STORE_FEED);
    rig.facts.cursor = 25;
    stored(&rig);
    answer_head(&rig, both_ranges, 2); /* which went out before */
    stored(&rig);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 32});
    only_action(&rig, HF_CA_STORE_FEED);
    close_client_rig(&rig);
}

/* Another role reads more: what comes next was asked for from too far ahead, and would leave a gap. */
static void cursor_that_went_back__drops_what_was_asked_for_ahead(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_PULL);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 25, .more = true});
    rig.facts.cursor = 0;
    stored(&rig);
    answer_head(&rig, both_ranges, 2);
    stored(&rig);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 32, .count = 1, .index = 26});
    only_sent(&rig, 1, HF_MSG_PULL);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 20, .count = 1, .index = 0});
    only_action(&rig, HF_CA_STORE_FEED);
    close_client_rig(&rig);
}

static void head_behind_a_push__may_prove_what_that_push_was_given(void **state)
{
    (void)state;
    static const struct hf_msg_range pushed = {.first = 30, .count = 2}, before = {.first = 29, .count = 2},
                                     beyond = {.first = 31, .count = 2};
    const struct hf_msg_range all[] = {both_ranges[0], both_ranges[1], pushed};
    for (size_t i = 0; i < 4; i++) {
        struct client_rig rig;
        go_to(&rig, AT_HEAD);
        const struct hf_msg_range *ranges[] = {all, &pushed, &before, &beyond};
        answer_head(&rig, ranges[i], i == 0 ? 3 : 1);
        if (i < 2)
            only_action(&rig, HF_CA_STORE_HEAD);
        else
            assert_failed(&rig, HF_ERR_PROTOCOL);
        close_client_rig(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushes__go_out_until_the_window_is_full),
        cmocka_unit_test(answer_to_a_later_push__is_not_taken_before_the_first),
        cmocka_unit_test(pushes_behind_a_refused_one__are_not_taken_for_a_reason),
        cmocka_unit_test(long_feed__is_asked_for_while_its_beginning_is_stored),
        cmocka_unit_test(cursor_that_went_back__drops_what_was_asked_for_ahead),
        cmocka_unit_test(head_behind_a_push__may_prove_what_that_push_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
