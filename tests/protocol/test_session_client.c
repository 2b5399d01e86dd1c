/* The client's session machine alone, against an office played by hand: it believes no answer that does not fit. */
#include "tests/protocol/support_client.h"
#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- tests: the whole way --- */

static void session__goes_its_way(void **state)
{
    (void)state;
    struct client_rig rig;
    struct hf_client_progress progress;
    go_to(&rig, AT_IDLE);
    assert_false(rig.update.actions[0].hand_in);
    hf_session_client_progress(rig.session, &progress);
    assert_true(progress.welcomed);
    assert_int_equal(progress.mode, HF_MODE_NORMAL);
    assert_int_equal(progress.pushed, 2);
    assert_int_equal(progress.log_size, 32);
    close_client_rig(&rig);
}

static void hello__says_where_the_device_stands(void **state)
{
    (void)state;
    struct client_rig rig;
    struct hf_message message;
    go_to(&rig, AT_HELLO);
    assert_int_equal(hf_message_decode(rig.update.actions[0].bytes, &message), HF_OK);
    assert_int_equal(message.as.hello.version, HF_PROTOCOL_VERSION);
    assert_memory_equal(message.as.hello.device, start_facts.device, HF_DEVICE_MARK_BYTES);
    assert_int_equal(message.as.hello.next_seq, 7);
    assert_int_equal(message.as.hello.cursor, 20);
    assert_int_equal(message.as.hello.checkpoint_size, 18);
    hf_message_clear(&message);
    close_client_rig(&rig);
}

static struct hf_client_facts nothing_new(void)
{
    struct hf_client_facts facts = start_facts;
    facts.range_count = 0;
    facts.unsent_seq = facts.next_seq = 5;
    memset(facts.head, 0, sizeof facts.head);
    facts.checkpoint_size = 30;
    facts.cursor = 30;
    return facts;
}

static void nothing_to_prove__asks_for_no_head(void **state)
{
    (void)state;
    struct client_rig rig;
    struct hf_client_facts facts = nothing_new();
    facts.cursor = 29;
    start_with(&rig, &facts);
    be_welcomed(&rig, HF_MODE_NORMAL);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 30});
    rig.facts.cursor = 30;
    stored(&rig);
    only_action(&rig, HF_CA_DONE);
    close_client_rig(&rig);
}

/* The welcome says how long the log is, and whether there are drafts of others. */
static void nothing_new__is_done_with_the_welcome(void **state)
{
    (void)state;
    struct client_rig rig;
    struct hf_client_facts facts = nothing_new();
    facts.drafts_unasked = true;
    start_with(&rig, &facts);
    be_welcomed(&rig, HF_MODE_NORMAL);
    assert_int_equal(rig.update.count, 2);
    assert_int_equal(rig.update.actions[1].type, HF_CA_DONE);
    close_client_rig(&rig);

    start_with(&rig, &facts);
    struct hf_message message = fitting_welcome(&rig);
    message.as.welcome.drafts = true;
    client_hears(&rig, &message);
    assert_int_equal(rig.update.count, 2);
    assert_int_equal(rig.update.actions[1].type, HF_CA_WANT_DRAFTS);
    close_client_rig(&rig);
}

/* --- tests: welcome --- */

static void check_welcome(void (*change)(struct hf_message *message), enum hf_status expected, const char *words)
{
    struct client_rig rig;
    go_to(&rig, AT_HELLO);
    struct hf_message message = fitting_welcome(&rig);
    change(&message);
    client_hears(&rig, &message);
    assert_failed(&rig, expected);
    assert_non_null(strstr(rig.update.actions[1].text, words));
    close_client_rig(&rig);
}

static void less_than_was_acknowledged(struct hf_message *message)
{
    message->as.welcome.next_seq = 4;
}

static void earlier_incarnation(struct hf_message *message)
{
    message->as.welcome.incarnation--;
}

static void log_below_checkpoint(struct hf_message *message)
{
    message->as.welcome.log_size = 17;
}

static void log_below_cursor(struct hf_message *message)
{
    message->as.welcome.log_size = 19;
}

static void not_confirmed(struct hf_message *message)
{
    message->as.welcome.mode = HF_MODE_PENDING;
}

static void other_version(struct hf_message *message)
{
    message->as.welcome.version = HF_PROTOCOL_VERSION + 1;
}

static void welcome_that_cannot_be_squared__fails_before_anything_is_sent(void **state)
{
    (void)state;
    check_welcome(less_than_was_acknowledged, HF_ERR_STATE, "old backup");
    check_welcome(earlier_incarnation, HF_ERR_STATE, "old backup");
    check_welcome(log_below_checkpoint, HF_ERR_STATE, "old backup");
    check_welcome(log_below_cursor, HF_ERR_STATE, "old backup");
    check_welcome(not_confirmed, HF_ERR_WAITING, "waiting for an administrator to confirm");
    check_welcome(other_version, HF_ERR_UNSUPPORTED, "version");
}

static void log_below_the_checkpoint__is_noticed_whatever_was_pulled(void **state)
{
    (void)state;
    struct client_rig rig;
    struct hf_client_facts facts = start_facts;
    facts.cursor = 3;
    start_with(&rig, &facts);
    struct hf_message message = fitting_welcome(&rig);
    message.as.welcome.log_size = facts.checkpoint_size - 1;
    client_hears(&rig, &message);
    assert_failed(&rig, HF_ERR_STATE);
    close_client_rig(&rig);
}

static void welcome_with_all_that_was_sent__is_fine(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_HELLO);
    struct hf_message message = fitting_welcome(&rig);
    message.as.welcome.next_seq = 7;
    memcpy(message.as.welcome.head, start_facts.head, HF_HEAD_MARK_BYTES);
    client_hears(&rig, &message);
    assert_int_equal(rig.update.actions[1].type, HF_CA_WANT_OUTBOX);
    push_all(&rig); /* sent again: the answer brings the indices */
    close_client_rig(&rig);
}

/* --- tests: a new chain --- */

static void more_than_was_made(struct hf_message *message)
{
    message->as.welcome.next_seq = 8;
}

static void other_head(struct hf_message *message)
{
    message->as.welcome.next_seq = 7;
    message->as.welcome.head[0] = 0x78;
}

static void later_incarnation(struct hf_message *message)
{
    message->as.welcome.incarnation++;
}

/* Two leaves that the log does not have, 5 and 6. */
static void show_leaves(struct client_rig *rig, uint64_t from_seq, size_t count, bool more)
{
    uint8_t bytes[2][HF_LEAF_BYTES];
    struct hf_item items[2];
    struct hf_message message;
    const struct hf_client_action *last = &rig->update.actions[rig->update.count - 1];
    assert_int_equal(last->type, HF_CA_WANT_OUTBOX);
    assert_int_equal(last->from_seq, from_seq);
    for (size_t i = 0; i < count; i++) {
        struct hf_leaf leaf = {.kind = HF_LEAF_DATA, .seq = from_seq + i, .prev = {1}};
        hf_leaf_encode(&leaf, bytes[i]);
        items[i] = (struct hf_item){.leaf = hf_slice_of(bytes[i], HF_LEAF_BYTES)};
    }
    client_step(rig, (struct hf_client_event){.type = HF_CE_OUTBOX, .items = items, .item_count = count});
    assert_int_equal(only_action(rig, HF_CA_SEND)->type, HF_CA_SEND);
    assert_int_equal(rig->sent, HF_MSG_RESTART);
    assert_int_equal(hf_message_decode(rig->update.actions[0].bytes, &message), HF_OK);
    assert_int_equal(message.as.restart.incarnation, rig->facts.incarnation);
    assert_memory_equal(message.as.restart.head, rig->facts.head, HF_HASH_BYTES);
    assert_int_equal(message.as.restart.more, more);
    assert_int_equal(message.as.restart.leaves.len, count * HF_LEAF_BYTES);
    hf_message_clear(&message);
}

static void grant_showing(struct client_rig *rig, uint32_t incarnation, size_t known, bool shows)
{
    static const uint8_t leaf[HF_LEAF_BYTES]; /* whose it is the session leaves to the replica */
    struct hf_msg_pushed results[2] = {{.seq = 5, .index = 21}, {.seq = 6, .index = 22}};
    struct hf_message message = {.type = HF_MSG_RESTARTED, .request = rig->request};
    message.as.restarted.incarnation = incarnation;
    message.as.restarted.results = results;
    message.as.restarted.count = known;
    if (shows) {
        message.as.restarted.place = 30;
        message.as.restarted.leaf = hf_slice_of(leaf, sizeof leaf);
    }
    client_hears(rig, &message);
}

static void grant(struct client_rig *rig, uint32_t incarnation, size_t known)
{
    grant_showing(rig, incarnation, known, true);
}

static void chain_that_cannot_go_on__gets_a_new_one_and_is_pushed_there(void **state)
{
    (void)state;
    void (*const changes[])(struct hf_message *) = {more_than_was_made, other_head, later_incarnation};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct client_rig rig;
        go_to(&rig, AT_HELLO);
        struct hf_message message = fitting_welcome(&rig);
        changes[i](&message);
        client_hears(&rig, &message);
        show_leaves(&rig, 5, 2, false);
        grant(&rig, rig.facts.incarnation + 2, 1);
        assert_int_equal(only_action(&rig, HF_CA_STORE_RESTARTED)->message->as.restarted.count, 1);
        rig.facts.incarnation += 2;
        rig.facts.next_seq = 1;
        rig.facts.unsent_seq = 0;
        stored(&rig);
        assert_int_equal(only_action(&rig, HF_CA_WANT_OUTBOX)->from_seq, 0);
        close_client_rig(&rig);
    }
}

static void store_that_does_not_fit_itself__gets_a_new_chain_though_the_office_agrees(void **state)
{
    (void)state;
    struct client_rig rig;
    struct hf_client_facts facts = start_facts;
    facts.damaged = true;
    start_with(&rig, &facts);
    struct hf_message message = fitting_welcome(&rig);
    message.as.welcome.next_seq = 4; /* it knows less of its own chain than it thinks: no reason to give up */
    client_hears(&rig, &message);
    show_leaves(&rig, 5, 2, false);
    close_client_rig(&rig);
}

static void leaves_for_more_than_one_message__are_shown_before_anything_is_granted(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_HELLO);
    struct hf_message message = fitting_welcome(&rig);
    other_head(&message);
    client_hears(&rig, &message);
    show_leaves(&rig, 5, 1, true);
    grant(&rig, rig.facts.incarnation, 1);
    only_action(&rig, HF_CA_STORE_RESTARTED);
    stored(&rig);
    show_leaves(&rig, 6, 1, false);
    close_client_rig(&rig);
}

/* Answers to what was under way with a push that was refused: none of them is stored. */
static void answer_the_rest(struct client_rig *rig)
{
    assert_int_equal(rig->update.count, 0);
    answer_pull(rig, (struct feed_answer){.next_cursor = 32, .count = 1, .index = 30});
    assert_int_equal(rig->update.count, 0);
    answer_head(rig, both_ranges, 2);
}

static void refuse_push(struct client_rig *rig, enum hf_status status)
{
    assert_int_equal(rig->sent, HF_MSG_PUSH);
    struct hf_message refusal = {.type = HF_MSG_ERROR, .request = rig->request};
    refusal.as.error.status = status;
    client_hears(rig, &refusal);
}

static void change_in_another_s_place__gets_a_new_chain_at_the_push(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_PUSH);
    for (size_t i = 0; i < 3; i++) {
        refuse_push(&rig, HF_ERR_CONFLICT);
        answer_the_rest(&rig);
        show_leaves(&rig, 5, 2, false);
        grant(&rig, rig.facts.incarnation + 1, 0);
        rig.facts.incarnation++;
        stored(&rig);
        const struct hf_item item = {.leaf = hf_slice_of((uint8_t[312]){0}, 312), .body = hf_slice_str("b")};
        const struct hf_item items[] = {item, item};
        client_step(&rig, (struct hf_client_event){.type = HF_CE_OUTBOX, .items = items, .item_count = 2});
        assert_int_equal(rig.sent, HF_MSG_PUSH);
    }
    refuse_push(&rig, HF_ERR_CONFLICT);
    answer_the_rest(&rig);
    assert_failed(&rig, HF_ERR_STATE); /* a copy at work at this very moment */
    close_client_rig(&rig);
}

static void grant_that_does_not_fit__is_not_stored(void **state)
{
    (void)state;
    static const struct {
        int step;
        size_t known;
        bool fits;
    } cases[] = {{0, 0, false}, {-1, 0, false}, {1, 2, true}, {1, 0, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client_rig rig;
        go_to(&rig, AT_HELLO);
        struct hf_message message = fitting_welcome(&rig);
        other_head(&message);
        client_hears(&rig, &message);
        show_leaves(&rig, 5, 2, false);
        grant(&rig, (uint32_t)((int)rig.facts.incarnation + cases[i].step), cases[i].known);
        if (cases[i].fits)
            only_action(&rig, HF_CA_STORE_RESTARTED);
        else
            assert_failed(&rig, HF_ERR_PROTOCOL);
        close_client_rig(&rig);
    }
}

/* An office that only says so takes no chain away; one whose chain is newer granted it before, and the log says to
 * whom. */
static void new_chain_for_no_change_that_is_shown__is_refused(void **state)
{
    (void)state;
    static const struct {
        void (*change)(struct hf_message *);
        bool damaged, refused;
    } cases[] = {{more_than_was_made, false, true},
                 {other_head, false, true},
                 {later_incarnation, false, false},
                 {other_head, true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client_rig rig;
        struct hf_client_facts facts = start_facts;
        facts.damaged = cases[i].damaged;
        start_with(&rig, &facts);
        struct hf_message message = fitting_welcome(&rig);
        cases[i].change(&message);
        client_hears(&rig, &message);
        show_leaves(&rig, 5, 2, false);
        grant_showing(&rig, rig.facts.incarnation + 2, 0, false);
        if (cases[i].refused)
            assert_failed(&rig, HF_ERR_AUTH);
        else
            only_action(&rig, HF_CA_STORE_RESTARTED);
        close_client_rig(&rig);
    }
}

/* --- tests: answers that do not fit --- */

static void pushed_results_out_of_order__are_not_stored(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        uint64_t first;
    } wrong[] = {{1, 5}, {3, 5}, {2, 4}, {2, 6}, {2, 0}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct client_rig rig;
        go_to(&rig, AT_PUSH);
        answer_push(&rig, wrong[i].count, wrong[i].first);
        assert_failed(&rig, HF_ERR_PROTOCOL);
        close_client_rig(&rig);
    }
}

static void feed_that_goes_nowhere_or_back__is_not_stored(void **state)
{
    (void)state;
    static const struct feed_answer wrong[] = {
        {.next_cursor = 19},                          /* back */
        {.next_cursor = 20, .more = true},            /* for ever */
        {.next_cursor = 32, .count = 1, .index = 19}, /* taken in before */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct client_rig rig;
        go_to(&rig, AT_PULL);
        answer_pull(&rig, wrong[i]);
        assert_failed(&rig, HF_ERR_PROTOCOL);
        close_client_rig(&rig);
    }
}

static void catchup__asks_for_its_case_and_span(void **state)
{
    (void)state;
    struct client_rig rig;
    struct hf_message message;
    go_to_catchup(&rig);
    assert_int_equal(hf_message_decode(rig.update.actions[0].bytes, &message), HF_OK);
    assert_true(message.as.pull.one_case);
    assert_true(hf_id_equal(&message.as.pull.case_id, &rig.facts.catchup_case));
    assert_int_equal(message.as.pull.cursor, 3);
    assert_int_equal(message.as.pull.until, 9);
    hf_message_clear(&message);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 5, .count = 2, .index = 3, .more = true});
    assert_true(only_action(&rig, HF_CA_STORE_FEED)->catchup);
    rig.facts.catchup_from = 5;
    stored(&rig);
    assert_int_equal(rig.sent, HF_MSG_PULL);
    answer_pull(&rig, (struct feed_answer){.next_cursor = 9});
    rig.facts.has_catchup = false;
    stored(&rig);
    only_action(&rig, HF_CA_DONE);
    close_client_rig(&rig);
}

static void catchup_that_does_not_end_where_it_should__is_not_stored(void **state)
{
    (void)state;
    static const struct feed_answer wrong[] = {
        {.next_cursor = 10},
        {.next_cursor = 8},
        {.next_cursor = 9, .more = true},
        {.next_cursor = 3, .more = true},
        {.next_cursor = 9, .count = 1, .index = 2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct client_rig rig;
        go_to_catchup(&rig);
        answer_pull(&rig, wrong[i]);
        assert_failed(&rig, HF_ERR_PROTOCOL);
        close_client_rig(&rig);
    }
}

static void check_head(const struct hf_msg_range *ranges, size_t count, bool fits)
{
    struct client_rig rig;
    go_to(&rig, AT_HEAD);
    answer_head(&rig, ranges, count);
    if (fits)
        only_action(&rig, HF_CA_STORE_HEAD);
    else
        assert_failed(&rig, HF_ERR_PROTOCOL);
    close_client_rig(&rig);
}

static void head__proves_only_what_was_asked_for(void **state)
{
    (void)state;
    const struct hf_msg_range shorter = {.first = 10, .count = 1}, other = {.first = 16, .count = 1};
    const struct hf_msg_range turned[] = {both_ranges[1], both_ranges[0]}, twice[] = {both_ranges[0], both_ranges[0]};
    check_head(both_ranges, 2, true);
    check_head(both_ranges, 1, true);
    check_head(both_ranges + 1, 1, true);
    check_head(NULL, 0, true);
    check_head(&shorter, 1, false);
    check_head(&other, 1, false);
    check_head(turned, 2, false);
    check_head(twice, 2, false);
}

/* Every message in every stage that it does not belong to, and every reply with another's number. */
static void message_out_of_place__fails_the_session(void **state)
{
    (void)state;
    static const enum hf_message_type expected[] = {[AT_HELLO] = HF_MSG_WELCOME,
                                                    [AT_PUSH] = HF_MSG_PUSHED,
                                                    [AT_PULL] = HF_MSG_FEED,
                                                    [AT_HEAD] = HF_MSG_HEAD_IS,
                                                    [AT_IDLE] = 0};
    for (enum stage stage = AT_HELLO; stage <= AT_IDLE; stage++) {
        for (size_t number = 1; number < HF_MSG_TYPE_COUNT; number++) {
            if (!hf_message_is_type((unsigned)number))
                continue;
            struct client_rig rig;
            struct sample_store store;
            struct hf_message message;
            sample_message(number, &store, &message);
            if (number == HF_MSG_PING || number == HF_MSG_ERROR ||
                ((number == HF_MSG_NEWS || number == HF_MSG_LIVE) && stage != AT_HELLO))
                continue;
            go_to(&rig, stage);
            if (number != HF_MSG_NEWS && number != HF_MSG_LIVE)
                message.request = number == (size_t)expected[stage] ? rig.request + 1 : rig.request;
            client_hears(&rig, &message);
            assert_failed(&rig, HF_ERR_PROTOCOL);
            close_client_rig(&rig);
        }
    }
}

static void bytes_that_are_no_message__fail_the_session(void **state)
{
    (void)state;
    struct client_rig rig;
    go_to(&rig, AT_PULL);
    client_hears_bytes(&rig, hf_slice_str("hello"));
    assert_failed(&rig, HF_ERR_PROTOCOL);
    close_client_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session__goes_its_way),
        cmocka_unit_test(hello__says_where_the_device_stands),
        cmocka_unit_test(nothing_to_prove__asks_for_no_head),
        cmocka_unit_test(nothing_new__is_done_with_the_welcome),
        cmocka_unit_test(welcome_that_cannot_be_squared__fails_before_anything_is_sent),
        cmocka_unit_test(log_below_the_checkpoint__is_noticed_whatever_was_pulled),
        cmocka_unit_test(welcome_with_all_that_was_sent__is_fine),
        cmocka_unit_test(chain_that_cannot_go_on__gets_a_new_one_and_is_pushed_there),
        cmocka_unit_test(store_that_does_not_fit_itself__gets_a_new_chain_though_the_office_agrees),
        cmocka_unit_test(leaves_for_more_than_one_message__are_shown_before_anything_is_granted),
        cmocka_unit_test(change_in_another_s_place__gets_a_new_chain_at_the_push),
        cmocka_unit_test(grant_that_does_not_fit__is_not_stored),
        cmocka_unit_test(new_chain_for_no_change_that_is_shown__is_refused),
        cmocka_unit_test(pushed_results_out_of_order__are_not_stored),
        cmocka_unit_test(feed_that_goes_nowhere_or_back__is_not_stored),
        cmocka_unit_test(catchup__asks_for_its_case_and_span),
        cmocka_unit_test(catchup_that_does_not_end_where_it_should__is_not_stored),
        cmocka_unit_test(head__proves_only_what_was_asked_for),
        cmocka_unit_test(message_out_of_place__fails_the_session),
        cmocka_unit_test(bytes_that_are_no_message__fail_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
