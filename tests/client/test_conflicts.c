/* Clashes and history: what people are shown, and what settling does. */
#include "tests/client/support_town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct seen {
    size_t count;
    struct holdfast_id ada, ben; /* changes */
    bool complete;
    size_t value_count; /* of the last clash */
    struct holdfast_id changes[8];
    char values[8][40];
    char code[HOLDFAST_CLASH_CODE_TEXT_BYTES];
};

static bool look(void *ctx, const struct holdfast_conflict_row *row)
{
    struct seen *seen = ctx;
    seen->count++;
    seen->value_count = row->value_count;
    (void)snprintf(seen->code, sizeof seen->code, "%s", row->code);
    seen->complete = row->value_count == 2 && strcmp(row->type, "action") == 0 && strcmp(row->field, "text") == 0 &&
                     strcmp(row->label, "Action") == 0 && strcmp(row->base, "the first words") == 0;
    for (size_t i = 0; i < row->value_count; i++) {
        const struct holdfast_conflict_value *value = &row->values[i];
        const bool of_ada = strcmp(value->value, "Ada's words") == 0;
        seen->complete = seen->complete && strlen(value->device) == 64 && value->time_ms > 0 &&
                         strcmp(value->author, of_ada ? "Ada Invented" : "Ben Invented") == 0;
        *(of_ada ? &seen->ada : &seen->ben) = value->change;
        assert_true(i < 8);
        seen->changes[i] = value->change;
        (void)snprintf(seen->values[i], sizeof seen->values[i], "%s", value->value);
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

/* Settles about what was seen: by picking one of the changes, or by a value. */
static enum holdfast_status settle(struct client *client, const struct holdfast_id *record, const char *field,
                                   const struct seen *seen, const struct holdfast_id *pick, const char *value,
                                   const char *reason)
{
    const struct holdfast_decision decision = {
        .seen = seen->changes, .seen_count = seen->value_count, .pick = pick, .value = value, .reason = reason};
    return holdfast_settle(client->hf, record, field, &decision, NULL);
}

static void settle_by_picking__is_the_same_everywhere(void **state)
{
    struct clash *clash = *state;
    const struct seen seen = look_at(&clash->ada, NULL);
    ok(&clash->ada, settle(&clash->ada, &clash->record, "text", &seen, &seen.ben, NULL, "Ben was there"));
    assert_string_equal(field_text(&clash->ada, &clash->record, "text"), "Ben's words");
    assert_int_equal(conflict_count(&clash->ada), 0);
    clash_sync(clash);
    assert_string_equal(field_text(&clash->ben, &clash->record, "text"), "Ben's words");
    assert_int_equal(conflict_count(&clash->ben), 0);
    assert_same_digest(&clash->ada, &clash->ben);
}

static void settle_by_a_new_value__names_every_value(void **state)
{
    struct clash *clash = *state;
    const struct seen seen = look_at(&clash->ben, NULL);
    ok(&clash->ben, settle(&clash->ben, &clash->record, "text", &seen, NULL, "words of both", "we talked"));
    clash_sync(clash);
    assert_string_equal(field_text(&clash->ada, &clash->record, "text"), "words of both");
    assert_int_equal(counts(&clash->ada).conflicts, 0);
}

static void settle__needs_a_reason_one_answer_and_a_clash(void **state)
{
    struct clash *clash = *state;
    struct client *ada = &clash->ada;
    const struct holdfast_id *record = &clash->record;
    const struct seen seen = look_at(ada, NULL);
    const struct holdfast_id other = {{9}};
    refused(ada, settle(ada, record, "text", &seen, &seen.ada, NULL, ""), HOLDFAST_INVALID, "reason");
    refused(ada, settle(ada, record, "text", &seen, &seen.ada, "words", "why"), HOLDFAST_INVALID, "either");
    refused(ada, settle(ada, record, "text", &seen, NULL, NULL, "why"), HOLDFAST_INVALID, "either");
    refused(ada, settle(ada, record, "text", &seen, &other, NULL, "why"), HOLDFAST_INVALID, "seen");
    refused(ada, settle(ada, record, "due", &seen, NULL, "2026-12-01", "why"), HOLDFAST_STATE, "due");
    refused(ada, settle(ada, record, "no_such", &seen, NULL, "x", "why"), HOLDFAST_INVALID, "no_such");
    refused(ada, settle(ada, &other, "text", &seen, NULL, "x", "why"), HOLDFAST_NOT_FOUND, "record");
    assert_int_equal(conflict_count(ada), 1);
}

static void settle__names_what_was_seen(void **state)
{
    struct clash *clash = *state;
    struct client *ada = &clash->ada;
    struct seen seen = look_at(ada, NULL);
    seen.value_count = 1;
    refused(ada, settle(ada, &clash->record, "text", &seen, NULL, "x", "why"), HOLDFAST_INVALID, "seen");
    const struct holdfast_decision nothing = {.seen_count = 2, .value = "x", .reason = "why"};
    refused(ada, holdfast_settle(ada->hf, &clash->record, "text", &nothing, NULL), HOLDFAST_INVALID, "seen");
    static struct holdfast_id many[100];
    const struct holdfast_decision much = {.seen = many, .seen_count = 100, .value = "x", .reason = "why"};
    refused(ada, holdfast_settle(ada->hf, &clash->record, "text", &much, NULL), HOLDFAST_LIMIT, "at most");
    seen.value_count = 2;
    seen.changes[0] = (struct holdfast_id){{9}};
    refused(ada, settle(ada, &clash->record, "text", &seen, NULL, "x", "why"), HOLDFAST_CONFLICT, "changed");
    assert_int_equal(conflict_count(ada), 1);
}

struct third { /* Cat changes the same field as Ada and Ben, and syncs after them */
    struct client cat;
    struct holdfast_id record;
};

static struct third third_writer(struct clash *clash, const char *type, const char *field)
{
    struct third third = {.cat = client_enrolled(clash->office, "Cat Invented", HF_ROLE_OFFICE)};
    third.record = new_record(&clash->ada, &clash->case_id, type, field, "the first words");
    clash_sync(clash);
    sync_in_memory(&third.cat, clash->office);
    save(&clash->ada, &third.record, field, "Ada's words");
    save(&clash->ben, &third.record, field, "Ben's words");
    save(&third.cat, &third.record, field, "Cat's words");
    clash_sync(clash);
    return third;
}

static void value_that_comes_between_showing_and_settling__stays_open(void **state)
{
    struct clash *clash = *state;
    struct third third = third_writer(clash, "need", "text");
    const struct seen seen = look_at(&clash->ada, &third.record);
    assert_int_equal(seen.value_count, 2);
    sync_in_memory(&third.cat, clash->office);
    sync_in_memory(&clash->ada, clash->office); /* Cat's value comes, and Ada has not looked again */
    ok(&clash->ada, settle(&clash->ada, &third.record, "text", &seen, NULL, "words of both", "we talked"));
    const struct seen left = look_at(&clash->ada, &third.record);
    assert_int_equal(left.value_count, 2);
    assert_true(strcmp(left.values[0], "Cat's words") == 0 || strcmp(left.values[1], "Cat's words") == 0);
    assert_true(strcmp(left.values[0], "words of both") == 0 || strcmp(left.values[1], "words of both") == 0);
    clash_sync(clash);
    assert_string_equal(look_at(&clash->ben, &third.record).code, left.code);
    assert_same_digest(&clash->ada, &clash->ben);
    client_free(&third.cat);
}

static void code_of_a_clash__names_its_values(void **state)
{
    struct clash *clash = *state;
    struct third third = third_writer(clash, "need", "text");
    const struct seen two = look_at(&clash->ada, &third.record);
    assert_int_equal(strlen(two.code), HOLDFAST_CLASH_CODE_TEXT_BYTES - 1);
    assert_string_equal(look_at(&clash->ben, &third.record).code, two.code);
    assert_string_not_equal(look_at(&clash->ada, &clash->record).code, two.code);
    save(&clash->ada, &third.record, "horizon", "now");
    assert_string_equal(look_at(&clash->ada, &third.record).code, two.code);
    sync_in_memory(&third.cat, clash->office);
    sync_in_memory(&clash->ada, clash->office);
    const struct seen three = look_at(&clash->ada, &third.record);
    assert_int_equal(three.value_count, 3);
    assert_string_not_equal(three.code, two.code);
    client_free(&third.cat);
}

static void clash_that_somebody_else_settled__is_not_settled_as_it_was_seen(void **state)
{
    struct clash *clash = *state;
    struct third third = third_writer(clash, "need", "text");
    const struct seen two = look_at(&clash->ada, &third.record);
    sync_in_memory(&third.cat, clash->office);
    const struct seen three = look_at(&third.cat, &third.record);
    const struct seen of_two = two; /* Cat decides about these and leaves her own open */
    assert_int_equal(three.value_count, 3);
    ok(&third.cat, settle(&third.cat, &third.record, "text", &of_two, &of_two.ada, NULL, "Ada was there"));
    sync_in_memory(&third.cat, clash->office);
    sync_in_memory(&clash->ada, clash->office);
    refused(&clash->ada, settle(&clash->ada, &third.record, "text", &two, &two.ben, NULL, "Ben was there"),
            HOLDFAST_CONFLICT, "changed");
    assert_int_equal(look_at(&clash->ada, &third.record).value_count, 2);
    client_free(&third.cat);
}

struct reasons {
    const char *author, *wanted;
    size_t found;
    bool later; /* the last change is of somebody else */
};

static bool look_for_reason(void *ctx, const struct holdfast_change_row *row)
{
    struct reasons *reasons = ctx;
    bool is_it = strcmp(row->reason, reasons->wanted) == 0 && strcmp(row->author, reasons->author) == 0;
    reasons->found += is_it && row->held[0] == '\0';
    reasons->later = !is_it;
    return true;
}

/* Cat was away: she changed the first words before she heard of the clash or of the decision. */
static void change_that_comes_after_the_decision__opens_the_clash_again(void **state)
{
    struct clash *clash = *state;
    struct third third = third_writer(clash, "need", "text");
    const struct seen seen = look_at(&clash->ada, &third.record);
    ok(&clash->ada, settle(&clash->ada, &third.record, "text", &seen, &seen.ben, NULL, "Ben was there"));
    clash_sync(clash);
    assert_string_equal(field_text(&clash->ben, &third.record, "text"), "Ben's words");
    assert_int_equal(look_at(&clash->ben, &third.record).value_count, 0);

    sync_in_memory(&third.cat, clash->office);
    clash_sync(clash);
    struct client *all[] = {&clash->ada, &clash->ben, &third.cat};
    for (size_t i = 0; i < 3; i++) {
        struct reasons reasons = {.author = "Ada Invented", .wanted = "Ben was there"};
        const struct seen again = look_at(all[i], &third.record);
        assert_int_equal(again.value_count, 2);
        size_t late = strcmp(again.values[0], "Cat's words") == 0 ? 0 : 1;
        assert_string_equal(again.values[late], "Cat's words");
        assert_string_equal(again.values[1 - late], "Ben's words");
        ok(all[i], holdfast_history(all[i]->hf, &third.record, look_for_reason, &reasons));
        assert_int_equal(reasons.found, 1);
        assert_true(reasons.later);
    }
    assert_same_digest(&clash->ada, &clash->ben);
    assert_same_digest(&clash->ada, &third.cat);

    const struct seen last = look_at(&clash->ben, &third.record);
    ok(&clash->ben, settle(&clash->ben, &third.record, "text", &last, NULL, "words of all three", "we talked"));
    clash_sync(clash);
    sync_in_memory(&third.cat, clash->office);
    for (size_t i = 0; i < 3; i++) {
        struct reasons reasons = {.author = "Ben Invented", .wanted = "we talked"};
        assert_string_equal(field_text(all[i], &third.record, "text"), "words of all three");
        ok(all[i], holdfast_history(all[i]->hf, &third.record, look_for_reason, &reasons));
        assert_int_equal(reasons.found, 1);
    }
    client_free(&third.cat);
}

struct told {
    size_t count;
    bool own;
    char text[200];
};

static bool look_for_passed_over(void *ctx, const struct holdfast_change_row *row)
{
    struct told *told = ctx;
    for (size_t i = 0; i < row->edit_count; i++)
        for (size_t j = 0; j < row->edits[i].passed_over_count; j++) {
            const struct holdfast_passed_over *value = &row->edits[i].passed_over[j];
            told->count++;
            told->own = value->own;
            (void)snprintf(told->text, sizeof told->text, "%s of %s, by %s: %s", value->value, value->author,
                           row->author, row->reason);
        }
    return true;
}

static struct told told_in_history(struct client *client, const struct holdfast_id *record)
{
    struct told told = {0};
    ok(client, holdfast_history(client->hf, record, look_for_passed_over, &told));
    return told;
}

static void decided_clash__tells_whose_value_was_not_chosen_by_whom_and_why(void **state)
{
    struct clash *clash = *state;
    const struct seen seen = look_at(&clash->ada, NULL);
    assert_int_equal(told_in_history(&clash->ben, &clash->record).count, 0);
    ok(&clash->ada, settle(&clash->ada, &clash->record, "text", &seen, &seen.ada, NULL, "Ada was there"));
    clash_sync(clash);
    const struct told ben = told_in_history(&clash->ben, &clash->record);
    assert_int_equal(ben.count, 1);
    assert_true(ben.own);
    assert_string_equal(ben.text, "Ben's words of Ben Invented, by Ada Invented: Ada was there");
    assert_false(told_in_history(&clash->ada, &clash->record).own);
    save(&clash->ben, &clash->record, "text", "words since"); /* a plain edit chooses between nothing */
    assert_int_equal(told_in_history(&clash->ben, &clash->record).count, 1);
}

static void equal_values__are_no_choice_for_the_next_edit(void **state)
{
    struct clash *clash = *state;
    const struct holdfast_id record = new_record(&clash->ada, &clash->case_id, "action", "text", "one");
    clash_sync(clash);
    save(&clash->ada, &record, "text", "two");
    save(&clash->ben, &record, "text", "two");
    clash_sync(clash);
    save(&clash->ada, &record, "text", "three");
    assert_int_equal(told_in_history(&clash->ada, &record).count, 0);
}

/* --- what is suggested, and to whom --- */

struct shown {
    char suggestion[400];
    char parts[400];
    char decider[200];
    size_t decider_count;
    struct holdfast_id decider_ids[HOLDFAST_DECIDERS_MAX];
    struct seen seen;
};

static bool show(void *ctx, const struct holdfast_conflict_row *row)
{
    struct shown *shown = ctx;
    size_t len = 0;
    look(&shown->seen, row);
    (void)snprintf(shown->suggestion, sizeof shown->suggestion, "%s", row->suggestion);
    (void)snprintf(shown->decider, sizeof shown->decider, "%s", row->decider);
    shown->decider_count = row->decider_count;
    memcpy(shown->decider_ids, row->deciders, sizeof shown->decider_ids);
    for (size_t i = 0; i < row->suggestion_part_count; i++) {
        const struct holdfast_suggestion_part *part = &row->suggestion_parts[i];
        const char *by = part->by == HOLDFAST_BY_FIRST    ? row->values[0].author
                         : part->by == HOLDFAST_BY_SECOND ? row->values[1].author
                         : part->by == HOLDFAST_BY_BOTH   ? "both"
                                                          : "nobody";
        len += (size_t)snprintf(shown->parts + len, sizeof shown->parts - len, "%s%s by %.4s;",
                                part->removed ? "-" : "", part->text, by);
    }
    return true;
}

static struct shown show_clash(struct client *client, const struct holdfast_id *record)
{
    struct shown shown = {.decider_count = 0};
    ok(client, holdfast_conflicts(client->hf, record, show, &shown));
    return shown;
}

static void edit_apart(struct clash *clash, const struct holdfast_id *record, const char *field, const char *ada,
                       const char *ben)
{
    save(&clash->ada, record, field, ada);
    save(&clash->ben, record, field, ben);
    clash_sync(clash);
}

static struct holdfast_id narrative(struct clash *clash, const char *type, const char *field, const char *text)
{
    const struct holdfast_id record = new_record(&clash->ada, &clash->case_id, type, field, text);
    clash_sync(clash);
    return record;
}

static void texts_that_touch_different_paragraphs__come_with_a_suggestion(void **state)
{
    struct clash *clash = *state;
    const struct holdfast_id record = narrative(clash, "need", "text", "An evening off.\n\nA quiet room.");
    edit_apart(clash, &record, "text", "Two evenings off.\n\nA quiet room.",
               "An evening off.\n\nA quiet room at noon.");
    const struct shown shown = show_clash(&clash->ben, &record);
    assert_string_equal(shown.suggestion, "Two evenings off.\n\nA quiet room at noon.");
    assert_string_equal(shown.parts, "-An evening off. by Ada ;Two evenings off. by Ada ;"
                                     "-A quiet room. by Ben ;A quiet room at noon. by Ben ;");
    ok(&clash->ben, settle(&clash->ben, &record, "text", &shown.seen, NULL, shown.suggestion, "both are right"));
    clash_sync(clash);
    assert_string_equal(field_text(&clash->ada, &record, "text"), shown.suggestion);
}

static void texts_that_touch_one_paragraph__come_without(void **state)
{
    struct clash *clash = *state;
    const struct shown shown = show_clash(&clash->ada, &clash->record);
    assert_string_equal(shown.suggestion, "");
    assert_string_equal(shown.parts, "");
}

static void other_fields_and_more_values__come_without_a_suggestion(void **state)
{
    struct clash *clash = *state;
    const struct holdfast_id line = narrative(clash, "meeting", "place", "one\ntwo");
    edit_apart(clash, &line, "place", "One\ntwo", "one\nTwo");
    assert_int_equal(show_clash(&clash->ada, &line).seen.value_count, 2);
    assert_string_equal(show_clash(&clash->ada, &line).suggestion, "");
    struct third third = third_writer(clash, "need", "text");
    sync_in_memory(&third.cat, clash->office);
    sync_in_memory(&clash->ada, clash->office);
    assert_int_equal(show_clash(&clash->ada, &third.record).seen.value_count, 3);
    assert_string_equal(show_clash(&clash->ada, &third.record).suggestion, "");
    client_free(&third.cat);
}

/* Together they are longer than the field may be. */
static void suggestion_that_is_too_long__is_none(void **state)
{
    static char left[12100], right[12100];
    struct clash *clash = *state;
    const struct holdfast_id record = narrative(clash, "need", "text", "a\nb");
    memset(left, 'x', 12000);
    memcpy(left + 12000, "\nb", 3);
    memcpy(right, "a\n", 2);
    memset(right + 2, 'y', 12000);
    edit_apart(clash, &record, "text", left, right);
    const struct shown shown = show_clash(&clash->ada, &record);
    assert_int_equal(shown.seen.value_count, 2);
    assert_string_equal(shown.suggestion, "");
}

static void words_of_a_child__are_picked_and_never_rewritten(void **state)
{
    struct clash *clash = *state;
    const struct holdfast_id record = narrative(clash, "views", "by_role", "child_sw");
    edit_apart(clash, &record, "words", "I want to stay", "I like it here");
    const struct shown shown = show_clash(&clash->ada, &record);
    assert_int_equal(shown.seen.value_count, 2);
    assert_string_equal(shown.suggestion, "");
    refused(&clash->ada, settle(&clash->ada, &record, "words", &shown.seen, NULL, "Likes it, will stay", "shorter"),
            HOLDFAST_STATE, "own words");
    ok(&clash->ada, settle(&clash->ada, &record, "words", &shown.seen, &shown.seen.changes[0], NULL, "asked again"));
    assert_string_equal(field_text(&clash->ada, &record, "words"), shown.seen.values[0]);
}

static void clash_of_a_meeting__goes_to_its_chair_and_else_to_the_office(void **state)
{
    struct clash *clash = *state;
    struct holdfast_identity ben;
    char person[HOLDFAST_ID_TEXT_BYTES], parent[HOLDFAST_ID_TEXT_BYTES];
    assert_string_equal(show_clash(&clash->ada, &clash->record).decider, "the office");
    assert_int_equal(show_clash(&clash->ada, &clash->record).decider_count, 0);
    ok(&clash->ben, holdfast_get_identity(clash->ben.hf, &ben));
    holdfast_id_format(&ben.person, person);
    const struct holdfast_id meeting = narrative(clash, "meeting", "chair", person);
    holdfast_id_format(&meeting, parent);
    save(&clash->ada, &clash->record, "parent", parent);
    clash_sync(clash);
    const struct shown shown = show_clash(&clash->ada, &clash->record);
    assert_string_equal(shown.decider, "Ben Invented (chair), or else the office");
    assert_int_equal(shown.decider_count, 1);
    assert_memory_equal(&shown.decider_ids[0], &ben.person, sizeof ben.person);
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
        cmocka_unit_test_setup_teardown(a_clash__shows_both_values_their_authors_and_where_they_started, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(settle_by_picking__is_the_same_everywhere, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(settle_by_a_new_value__names_every_value, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(settle__needs_a_reason_one_answer_and_a_clash, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(settle__names_what_was_seen, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(value_that_comes_between_showing_and_settling__stays_open, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(code_of_a_clash__names_its_values, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(clash_that_somebody_else_settled__is_not_settled_as_it_was_seen, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(texts_that_touch_different_paragraphs__come_with_a_suggestion, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(texts_that_touch_one_paragraph__come_without, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(other_fields_and_more_values__come_without_a_suggestion, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(suggestion_that_is_too_long__is_none, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(words_of_a_child__are_picked_and_never_rewritten, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(clash_of_a_meeting__goes_to_its_chair_and_else_to_the_office, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(change_that_comes_after_the_decision__opens_the_clash_again, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(decided_clash__tells_whose_value_was_not_chosen_by_whom_and_why, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(equal_values__are_no_choice_for_the_next_edit, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(list__shows_titles_clashes_and_how_far_each_has_come, clash_setup,
                                        clash_teardown),
        cmocka_unit_test_setup_teardown(history__shows_who_changed_what_oldest_first, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(history_of_a_set__shows_what_went_in_and_out, clash_setup, clash_teardown),
        cmocka_unit_test_setup_teardown(cases__count_records_clashes_and_unsent, clash_setup, clash_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
