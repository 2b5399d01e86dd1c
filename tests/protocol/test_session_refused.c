/* The client's session machine alone: a case that the office does not give. */
#include "tests/protocol/support_client.h"
#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOT_YOURS "This case is not assigned to you."

static const struct hf_id other_case = {.bytes = {0xCB}};

static void refuse(struct client_rig *rig, enum hf_status status)
{
    struct hf_message message = {.type = HF_MSG_ERROR, .request = rig->request};
    message.as.error.status = status;
    message.as.error.text = hf_slice_str(NOT_YOURS);
    client_hears(rig, &message);
}

/* The case is asked for, by its history or as a snapshot, and refused. */
static void go_to_refusal(struct client_rig *rig, bool snapshot, enum hf_status status)
{
    if (!snapshot) {
        go_to_catchup(rig);
        assert_int_equal(rig->sent, HF_MSG_PULL);
    } else {
        struct hf_client_facts facts = start_facts;
        facts.unsent_seq = facts.next_seq;
        facts.has_catchup = facts.snapshot_due = facts.snapshot_one = true;
        facts.catchup_case = facts.snapshot_case = (struct hf_id){.bytes = {0xCA}};
        facts.catchup_until = 9;
        start_with(rig, &facts);
        struct hf_message welcome = fitting_welcome(rig);
        welcome.as.welcome.next_seq = facts.next_seq;
        memcpy(welcome.as.welcome.head, facts.head, HF_HEAD_MARK_BYTES);
        client_hears(rig, &welcome);
        assert_int_equal(rig->sent, HF_MSG_SNAPSHOT);
    }
    refuse(rig, status);
}

static void set_aside(struct client_rig *rig)
{
    const struct hf_client_action *action = only_action(rig, HF_CA_STORE_REFUSED);
    assert_true(hf_id_equal(&action->case_id, &rig->facts.catchup_case));
    rig->facts.has_catchup = rig->facts.snapshot_due = rig->facts.snapshot_one = false;
    rig->facts.catchup_refused = true;
}

/* The general feed to its end, and what follows. */
static void read_on(struct client_rig *rig, bool taken_away)
{
    only_sent(rig, 1, HF_MSG_PULL);
    answer_pull(rig, (struct feed_answer){.next_cursor = 40, .count = 1, .index = 39});
    assert_false(only_action(rig, HF_CA_STORE_FEED)->catchup);
    rig->facts.cursor = 40;
    rig->facts.catchup_refused = !taken_away;
    stored(rig);
    only_sent(rig, 1, HF_MSG_HEAD);
    answer_head(rig, rig->facts.range_count > 0 ? both_ranges : NULL, rig->facts.range_count > 0 ? 2 : 0);
    only_action(rig, HF_CA_STORE_HEAD);
    rig->facts.checkpoint_size = 40;
    rig->facts.range_count = 0;
    stored(rig);
}

static void refused_case__is_left_aside_and_the_device_reads_on(void **state)
{
    (void)state;
    for (int snapshot = 0; snapshot < 2; snapshot++) {
        struct client_rig rig;
        go_to_refusal(&rig, snapshot, HF_ERR_DENIED);
        set_aside(&rig);
        stored(&rig);
        read_on(&rig, true);
        only_action(&rig, HF_CA_DONE);
        close_client_rig(&rig);
    }
}

static void another_case__is_asked_for_after_a_refused_one(void **state)
{
    (void)state;
    for (int snapshot = 0; snapshot < 2; snapshot++) {
        struct client_rig rig;
        go_to_refusal(&rig, snapshot, HF_ERR_IO);
        set_aside(&rig);
        rig.facts.has_catchup = true;
        rig.facts.catchup_case = other_case;
        rig.facts.catchup_refused = false;
        stored(&rig);
        answer_pull(&rig, (struct feed_answer){.next_cursor = 40});
        rig.facts.cursor = 40;
        stored(&rig);
        only_sent(&rig, 1, HF_MSG_PULL);
        struct hf_message asked;
        assert_int_equal(hf_message_decode(rig.update.actions[0].bytes, &asked), HF_OK);
        assert_true(asked.as.pull.one_case && hf_id_equal(&asked.as.pull.case_id, &other_case));
        hf_message_clear(&asked);
        close_client_rig(&rig);
    }
}

static void case_still_refused_in_the_end__is_told_when_all_else_is_done(void **state)
{
    (void)state;
    for (int snapshot = 0; snapshot < 2; snapshot++) {
        struct client_rig rig;
        go_to_refusal(&rig, snapshot, HF_ERR_IO);
        set_aside(&rig);
        stored(&rig);
        read_on(&rig, false);
        assert_int_equal(rig.update.count, 2);
        assert_int_equal(rig.update.actions[0].type, HF_CA_DONE);
        assert_int_equal(rig.update.actions[1].type, HF_CA_FAIL);
        assert_int_equal(rig.update.actions[1].status, HF_ERR_IO);
        assert_non_null(strstr(rig.update.actions[1].text, NOT_YOURS));
        close_client_rig(&rig);
    }
}

static void case_refused_again_though_it_was_set_aside__does_not_go_on_for_ever(void **state)
{
    (void)state;
    for (int snapshot = 0; snapshot < 2; snapshot++) {
        struct client_rig rig;
        go_to_refusal(&rig, snapshot, HF_ERR_DENIED);
        only_action(&rig, HF_CA_STORE_REFUSED);
        stored(&rig); /* and the facts are what they were */
        assert_failed(&rig, HF_ERR_STATE);
        close_client_rig(&rig);
    }
}

static void refusal_that_is_about_the_device__ends_the_session(void **state)
{
    static const enum hf_status statuses[] = {HF_ERR_REVOKED, HF_ERR_WAITING, HF_ERR_PROTOCOL, HF_ERR_UNSUPPORTED};
    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0] * 2; i++) {
        struct client_rig rig;
        go_to_refusal(&rig, i % 2, statuses[i / 2]);
        assert_failed(&rig, statuses[i / 2]);
        close_client_rig(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_case__is_left_aside_and_the_device_reads_on),
        cmocka_unit_test(another_case__is_asked_for_after_a_refused_one),
        cmocka_unit_test(case_still_refused_in_the_end__is_told_when_all_else_is_done),
        cmocka_unit_test(case_refused_again_though_it_was_set_aside__does_not_go_on_for_ever),
        cmocka_unit_test(refusal_that_is_about_the_device__ends_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
