/* Clashes and history: what people are shown, and what settling does. */
#include "tests/client/support_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct clash { /* Ada and Ben wrote different words offline, and both have synced */
    struct office *office;
    struct client ada, ben;
    struct holdfast_id case_id, record;
};

static void sync_both(struct clash *clash)
{
    sync_in_memory(&clash->ada, clash->office);
    sync_in_memory(&clash->ben, clash->office);
    sync_in_memory(&clash->ada, clash->office);
}

static int setup(void **state)
{
    struct clash *clash = calloc(1, sizeof *clash);
    clash->office = office_new();
    clash->ada = client_enrolled(clash->office, "Ada Invented", HF_ROLE_OFFICE);
    clash->ben = client_enrolled(clash->office, "Ben Invented", HF_ROLE_OFFICE);
    clash->case_id = new_case(&clash->ada, "C-17");
    clash->record = new_record(&clash->ada, &clash->case_id, "action", "text", "the first words");
    sync_both(clash);
    save(&clash->ada, &clash->record, "text", "Ada's words");
    save(&clash->ben, &clash->record, "text", "Ben's words");
    sync_both(clash);
    *state = clash;
    return 0;
}

static int teardown(void **state)
{
    struct clash *clash = *state;
    client_free(&clash->ada);
    client_free(&clash->ben);
    office_free(clash->office);
    free(clash);
    return 0;
}

struct seen {
    size_t count;
    struct holdfast_id ada, ben; /* changes */
    bool complete;
};

static bool look(void *ctx, const struct holdfast_conflict_row *row)
{
    struct seen *seen = ctx;
    seen->count++;
    seen->complete = row->value_count == 2 && strcmp(row->type, "action") == 0 && strcmp(row->field, "text") == 0 &&
                     strcmp(row->label, "Action") == 0 && strcmp(row->base, "the first words") == 0;
    for (size_t i = 0; i < row->value_count; i++) {
        const struct holdfast_conflict_value *value = &row->values[i];
        const bool of_ada = strcmp(value->value, "Ada's words") == 0;
        seen->complete = seen->complete && strlen(value->device) == 64 && value->time_ms > 0 &&
                         strcmp(value->author, of_ada ? "Ada Invented" : "Ben Invented") == 0;
        *(of_ada ? &seen->ada : &seen->ben) = value->change;
    }
    return true;
}

static struct seen look_at(struct client *client, const struct holdfast_id *record)
{
    struct seen seen = {0};
    ok(client, holdfast_conflicts(client->hf, record, look, &seen));
    return seen;
}

static void a_clash__shows_both_values_their_authors_and_where_they_started(void **state)
{
    struct clash *clash = *state;
    const struct seen everywhere = look_at(&clash->ben, NULL);
    assert_int_equal(everywhere.count, 1);
    assert_true(everywhere.complete);
    assert_int_equal(look_at(&clash->ada, &clash->record).count, 1);
    assert_int_equal(look_at(&clash->ada, &clash->case_id).count, 0);
}

static void settle_by_picking__is_the_same_everywhere(void **state)
{
    struct clash *clash = *state;
    const struct seen seen = look_at(&clash->ada, NULL);
    struct holdfast_id change;
    ok(&clash->ada, holdfast_settle(clash->ada.hf, &clash->record, "text", &seen.ben, NULL, "Ben was there", &change));
    assert_string_equal(field_text(&clash->ada, &clash->record, "text"), "Ben's words");
    assert_int_equal(conflict_count(&clash->ada), 0);
    sync_both(clash);
    assert_string_equal(field_text(&clash->ben, &clash->record, "text"), "Ben's words");
    assert_int_equal(conflict_count(&clash->ben), 0);
    assert_same_digest(&clash->ada, &clash->ben);
}

static void settle_by_a_new_value__names_every_value(void **state)
{
    struct clash *clash = *state;
    ok(&clash->ben, holdfast_settle(clash->ben.hf, &clash->record, "text", NULL, "words of both", "we talked", NULL));
    sync_both(clash);
    assert_string_equal(field_text(&clash->ada, &clash->record, "text"), "words of both");
    assert_int_equal(counts(&clash->ada).conflicts, 0);
}

static void settle__needs_a_reason_one_answer_and_a_clash(void **state)
{
    struct clash *clash = *state;
    struct holdfast *hf = clash->ada.hf;
    const struct seen seen = look_at(&clash->ada, NULL);
    const struct holdfast_id other = {{9}};
    refused(&clash->ada, holdfast_settle(hf, &clash->record, "text", &seen.ada, NULL, "", NULL), HOLDFAST_INVALID,
            "reason");
    refused(&clash->ada, holdfast_settle(hf, &clash->record, "text", &seen.ada, "words", "why", NULL), HOLDFAST_INVALID,
            "either");
    refused(&clash->ada, holdfast_settle(hf, &clash->record, "text", NULL, NULL, "why", NULL), HOLDFAST_INVALID,
            "either");
    refused(&clash->ada, holdfast_settle(hf, &clash->record, "text", &other, NULL, "why", NULL), HOLDFAST_NOT_FOUND,
            "text");
    refused(&clash->ada, holdfast_settle(hf, &clash->record, "due", NULL, "2026-12-01", "why", NULL), HOLDFAST_STATE,
            "due");
    refused(&clash->ada, holdfast_settle(hf, &clash->record, "no_such", NULL, "x", "why", NULL), HOLDFAST_INVALID,
            "no_such");
    refused(&clash->ada, holdfast_settle(hf, &other, "text", NULL, "x", "why", NULL), HOLDFAST_NOT_FOUND, "record");
    assert_int_equal(conflict_count(&clash->ada), 1);
}

static bool take_row(void *ctx, const struct holdfast_record_row *row)
{
    char *out = ctx;
    (void)snprintf(out, 200, "%s/%s/%s/%u/%s", row->type, row->label, row->title, (unsigned)row->conflicts, row->sent);
    return true;
}

static void list__shows_titles_clashes_and_how_far_each_has_come(void **state)
{
    struct clash *clash = *state;
    char row[200] = "";
    const struct holdfast_filter clashing = {.case_id = &clash->case_id, .conflicts_only = true};
    const struct holdfast_filter meetings = {.type = "meeting"};
    const struct holdfast_filter nonsense = {.type = "no such"};
    struct holdfast_record_row direct;
    ok(&clash->ada, holdfast_list(clash->ada.hf, &clashing, take_row, row));
    assert_non_null(strstr(row, "action/Action/"));
    assert_non_null(strstr(row, "/1/received"));
    row[0] = '\0';
    ok(&clash->ada, holdfast_list(clash->ada.hf, &meetings, take_row, row));
    assert_string_equal(row, "");
    refused(&clash->ada, holdfast_list(clash->ada.hf, &nonsense, take_row, row), HOLDFAST_NOT_FOUND, "no such");
    save(&clash->ada, &clash->record, "due", "2026-12-01");
    ok(&clash->ada, holdfast_read(clash->ada.hf, &clash->record, &direct, NULL, NULL));
    assert_string_equal(direct.sent, "saved_here");
    assert_string_equal(direct.type, "action");
    assert_string_equal(direct.title, "");
    assert_int_equal(direct.conflicts, 1);
}

struct past {
    size_t count;
    char text[2000];
    bool plausible;
};

static bool take_change(void *ctx, const struct holdfast_change_row *row)
{
    struct past *past = ctx;
    size_t len = strlen(past->text);
    past->count++;
    past->plausible = past->plausible && strlen(row->device) == 64 && row->time_ms > 0 && row->held[0] == '\0' &&
                      !row->waiting && row->edit_count == 1;
    if (row->edit_count > 0)
        (void)snprintf(past->text + len, sizeof past->text - len, "%s %s %s=%s %s%s;", row->author, row->sent,
                       row->edits[0].field, row->edits[0].value, row->own ? "own" : "other",
                       row->log_index >= 0 ? "" : " unlogged");
    return true;
}

static void history__shows_who_changed_what_oldest_first(void **state)
{
    struct clash *clash = *state;
    struct past past = {.plausible = true};
    save(&clash->ben, &clash->record, "due", "2026-12-01");
    ok(&clash->ben, holdfast_history(clash->ben.hf, &clash->record, take_change, &past));
    assert_true(past.plausible);
    assert_string_equal(past.text, "Ada Invented received text=the first words other;"
                                   "Ada Invented received text=Ada's words other;"
                                   "Ben Invented received text=Ben's words own;"
                                   "Ben Invented saved_here due=2026-12-01 own unlogged;");
}

static void history_of_a_set__shows_what_went_in_and_out(void **state)
{
    struct clash *clash = *state;
    struct past past = {.plausible = true};
    const struct holdfast_id child = new_record(&clash->ada, &clash->case_id, "child", "identifiers", "one,two");
    save(&clash->ada, &child, "identifiers", "two,three");
    ok(&clash->ada, holdfast_history(clash->ada.hf, &child, take_change, &past));
    assert_non_null(strstr(past.text, "identifiers=+one, +two own"));
    assert_non_null(strstr(past.text, "identifiers=+three, \u2212one own"));
}

static bool take_case(void *ctx, const struct holdfast_case_row *row)
{
    (void)snprintf(ctx, 100, "%s %u %u %u", row->reference, (unsigned)row->records, (unsigned)row->conflicts,
                   (unsigned)row->unsent);
    return true;
}

static void cases__count_records_clashes_and_unsent(void **state)
{
    struct clash *clash = *state;
    char text[100] = "";
    save(&clash->ada, &clash->record, "due", "2026-12-01");
    ok(&clash->ada, holdfast_cases(clash->ada.hf, take_case, text));
    assert_string_equal(text, "C-17 2 1 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_clash__shows_both_values_their_authors_and_where_they_started, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(settle_by_picking__is_the_same_everywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(settle_by_a_new_value__names_every_value, setup, teardown),
        cmocka_unit_test_setup_teardown(settle__needs_a_reason_one_answer_and_a_clash, setup, teardown),
        cmocka_unit_test_setup_teardown(list__shows_titles_clashes_and_how_far_each_has_come, setup, teardown),
        cmocka_unit_test_setup_teardown(history__shows_who_changed_what_oldest_first, setup, teardown),
        cmocka_unit_test_setup_teardown(history_of_a_set__shows_what_went_in_and_out, setup, teardown),
        cmocka_unit_test_setup_teardown(cases__count_records_clashes_and_unsent, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
