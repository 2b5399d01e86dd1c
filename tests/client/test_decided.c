/* A decision about a clash is told to everybody who wrote one of its values. */
#include "tests/client/support_town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct heads {
    size_t count;
    struct holdfast_id changes[4];
};

static bool keep_heads(void *ctx, const struct holdfast_conflict_row *row)
{
    struct heads *heads = ctx;
    for (size_t i = 0; i < row->value_count && heads->count < 4; i++)
        heads->changes[heads->count++] = row->values[i].change;
    return true;
}

/* By a value: one of theirs counts as theirs. */
static void decide(struct client *client, const struct holdfast_id *record, const char *value, const char *reason)
{
    struct heads heads = {0};
    ok(client, holdfast_conflicts(client->hf, record, keep_heads, &heads));
    assert_int_equal(heads.count, 2);
    const struct holdfast_decision decision = {
        .seen = heads.changes, .seen_count = heads.count, .value = value, .reason = reason};
    ok(client, holdfast_settle(client->hf, record, "text", &decision, NULL));
}

struct notices {
    size_t count;
    bool chosen;
    char text[400], own[40], taken[40], reason[40], author[40];
    struct holdfast_id change;
};

static bool keep_decided(void *ctx, const struct holdfast_decided *decided)
{
    struct notices *notices = ctx;
    notices->count++;
    notices->chosen = decided->chosen;
    notices->change = decided->change;
    assert_string_equal(decided->type, "action");
    assert_string_equal(decided->field, "text");
    (void)snprintf(notices->own, sizeof notices->own, "%s", decided->own);
    (void)snprintf(notices->taken, sizeof notices->taken, "%s", decided->taken);
    (void)snprintf(notices->reason, sizeof notices->reason, "%s", decided->reason);
    (void)snprintf(notices->author, sizeof notices->author, "%s", decided->author);
    return true;
}

static bool look_for_decided(void *ctx, const struct holdfast_notice *notice)
{
    struct notices *notices = ctx;
    if (strcmp(notice->kind, "decided") != 0) {
        assert_null(notice->decided);
        return true;
    }
    assert_non_null(notice->decided);
    assert_memory_equal(&notice->change, &notice->decided->change, sizeof notice->change);
    (void)snprintf(notices->text, sizeof notices->text, "%s", notice->text);
    return keep_decided(notices, notice->decided);
}

static struct notices told_to(struct client *client)
{
    struct notices notices = {0}, listed = {0};
    ok(client, holdfast_attention(client->hf, look_for_decided, &notices));
    ok(client, holdfast_decisions_told(client->hf, NULL, keep_decided, &listed));
    assert_int_equal(listed.count, notices.count);
    return notices;
}

static void decision__is_told_to_both_workers_until_each_has_seen_it(void **state)
{
    struct clash *clash = *state;
    struct client cat = client_enrolled(clash->office, "Cat Invented", HF_ROLE_OFFICE);
    sync_in_memory(&cat, clash->office);
    assert_int_equal(told_to(&clash->ada).count + told_to(&clash->ben).count, 0);
    decide(&cat, &clash->record, "Ada's words", "Ada was there");
    sync_in_memory(&cat, clash->office);
    clash_sync(clash);
    const struct notices ada = told_to(&clash->ada), ben = told_to(&clash->ben);
    assert_int_equal(ada.count, 1);
    assert_int_equal(ben.count, 1);
    assert_int_equal(told_to(&cat).count, 0); /* who decided knows */
    assert_true(ada.chosen);
    assert_false(ben.chosen);
    assert_string_equal(ben.own, "Ben's words");
    assert_string_equal(ben.taken, "Ada's words");
    assert_string_equal(ben.reason, "Ada was there");
    assert_string_equal(ben.author, "Cat Invented");
    assert_non_null(strstr(ben.text, "Cat Invented has decided"));
    assert_non_null(strstr(ben.text, "was not chosen"));

    ok(&clash->ben, holdfast_decision_seen(clash->ben.hf, &ben.change));
    clash_sync(clash); /* nothing brings it back, and it is each one's own to see */
    assert_int_equal(told_to(&clash->ben).count, 0);
    assert_int_equal(told_to(&clash->ada).count, 1);
    assert_int_equal(holdfast_decision_seen(clash->ben.hf, &clash->record), HOLDFAST_NOT_FOUND);
    client_free(&cat);
}

static void decision_that_was_made_here__is_told_to_the_other_alone(void **state)
{
    struct clash *clash = *state;
    decide(&clash->ada, &clash->record, "words of both", "we talked");
    clash_sync(clash);
    assert_int_equal(told_to(&clash->ada).count, 0);
    const struct notices ben = told_to(&clash->ben);
    assert_int_equal(ben.count, 1);
    assert_false(ben.chosen);
    assert_string_equal(ben.taken, "words of both");
    save(&clash->ada, &clash->record, "text", "words since"); /* chooses between nothing */
    clash_sync(clash);
    assert_int_equal(told_to(&clash->ben).count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decision__is_told_to_both_workers_until_each_has_seen_it, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(decision_that_was_made_here__is_told_to_the_other_alone, clash_setup,
                                        clash_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
