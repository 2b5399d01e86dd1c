/* Final records, their amendments, and deleted records: what people are shown, and what stands on every device. */
#include "tests/client/support_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct two {
    struct office *office;
    struct client ada, ben;
    struct holdfast_id case_id, meeting, item;
};

static void sync_both(struct two *two)
{
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&two->ben, two->office);
    sync_in_memory(&two->ada, two->office);
}

/* A part of a meeting: an agenda item with notes. */
static struct holdfast_id new_item(struct client *client, const struct two *two)
{
    struct holdfast_edit *edit = NULL;
    ok(client, holdfast_edit_new(client->hf, &two->case_id, "agenda_item", &two->meeting, "1", &edit));
    struct holdfast_id id = holdfast_edit_id(edit);
    ok(client, holdfast_edit_set(edit, "notes", "as it was said"));
    ok(client, holdfast_edit_commit(edit, NULL));
    return id;
}

static int setup(void **state)
{
    struct two *two = calloc(1, sizeof *two);
    two->office = office_new();
    two->ada = client_enrolled(two->office, "Ada Invented", HF_ROLE_OFFICE);
    two->ben = client_enrolled(two->office, "Ben Invented", HF_ROLE_OFFICE);
    two->case_id = new_case(&two->ada, "C-17");
    two->meeting = new_record(&two->ada, &two->case_id, "meeting", "place", "the library");
    save(&two->ada, &two->meeting, "status", "draft");
    save(&two->ada, &two->meeting, "status", "held");
    two->item = new_item(&two->ada, two);
    sync_both(two);
    *state = two;
    return 0;
}

static int teardown(void **state)
{
    struct two *two = *state;
    client_free(&two->ada);
    client_free(&two->ben);
    office_free(two->office);
    free(two);
    return 0;
}

struct amendments {
    size_t count, fields;
    struct holdfast_id id;
    char state[16], author[32], reason[64], original[64], proposed[64], decided_by[32], decision_reason[64];
};

static bool look(void *ctx, const struct holdfast_amendment_row *row)
{
    struct amendments *all = ctx;
    all->count++;
    all->id = row->id;
    all->fields = row->field_count;
    (void)snprintf(all->state, sizeof all->state, "%s", row->state);
    (void)snprintf(all->author, sizeof all->author, "%s", row->author);
    (void)snprintf(all->reason, sizeof all->reason, "%s", row->reason);
    (void)snprintf(all->decided_by, sizeof all->decided_by, "%s", row->decided_by);
    (void)snprintf(all->decision_reason, sizeof all->decision_reason, "%s", row->decision_reason);
    (void)snprintf(all->original, sizeof all->original, "%s", row->field_count ? row->fields[0].original : "");
    (void)snprintf(all->proposed, sizeof all->proposed, "%s", row->field_count ? row->fields[0].proposed : "");
    return true;
}

static struct amendments amendments(struct client *client, const struct holdfast_id *record, bool open_only)
{
    struct amendments all = {0};
    ok(client, holdfast_amendments(client->hf, record, open_only, look, &all));
    return all;
}

static struct holdfast_record_row row_of(struct client *client, const struct holdfast_id *record)
{
    struct holdfast_record_row row;
    ok(client, holdfast_read(client->hf, record, &row, NULL, NULL));
    return row;
}

static bool count_row(void *ctx, const struct holdfast_record_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return true;
}

static size_t listed(struct client *client, const char *type, bool with_deleted)
{
    size_t count = 0;
    const struct holdfast_filter filter = {.type = type, .with_deleted = with_deleted};
    ok(client, holdfast_list(client->hf, &filter, count_row, &count));
    return count;
}

static void finalising_a_meeting__makes_its_parts_final_and_moves_its_status(void **state)
{
    struct two *two = *state;
    ok(&two->ada, holdfast_finalise(two->ada.hf, &two->meeting, NULL, NULL));
    sync_both(two);
    assert_string_equal(field_text(&two->ben, &two->meeting, "status"), "final");
    assert_true(row_of(&two->ben, &two->meeting).is_final);
    assert_true(row_of(&two->ben, &two->item).is_final);
    assert_string_equal(field_text(&two->ben, &two->item, "notes"), "as it was said");
    save(&two->ben, &two->meeting, "status", "circulated"); /* goes on */
    refused(&two->ada, holdfast_finalise(two->ada.hf, &two->meeting, NULL, NULL), HOLDFAST_STATE, "final already");
    sync_both(two);
    assert_string_equal(field_text(&two->ada, &two->meeting, "status"), "circulated");
    assert_same_digest(&two->ada, &two->ben);
}

static void edit_made_without_knowing__stands_beside_the_original_until_accepted(void **state)
{
    struct two *two = *state;
    ok(&two->ada, holdfast_finalise(two->ada.hf, &two->meeting, NULL, NULL));
    save(&two->ben, &two->item, "notes", "as Ben heard it"); /* offline */
    sync_both(two);
    struct amendments open = amendments(&two->ada, NULL, true);
    assert_int_equal(open.count, 1);
    assert_string_equal(open.original, "as it was said");
    assert_string_equal(open.proposed, "as Ben heard it");
    assert_string_equal(open.author, "Ben Invented");
    assert_string_equal(field_text(&two->ben, &two->item, "notes"), "as it was said");
    assert_int_equal(conflict_count(&two->ada), 0);
    assert_int_equal(row_of(&two->ada, &two->item).amendments, 1);
    refused(&two->ada, holdfast_amendment_accept(two->ada.hf, &two->item, &open.id, "", NULL), HOLDFAST_INVALID,
            "reason");
    ok(&two->ada, holdfast_amendment_accept(two->ada.hf, &two->item, &open.id, "Ben is right", NULL));
    sync_both(two);
    assert_string_equal(field_text(&two->ben, &two->item, "notes"), "as Ben heard it");
    assert_int_equal(amendments(&two->ben, NULL, true).count, 0);
    struct amendments decided = amendments(&two->ben, &two->item, false);
    assert_int_equal(decided.count, 1);
    assert_string_equal(decided.state, "accepted");
    assert_string_equal(decided.original, "as it was said");
    assert_string_equal(decided.proposed, "as Ben heard it");
    assert_string_equal(decided.decided_by, "Ada Invented");
    assert_string_equal(decided.decision_reason, "Ben is right");
    assert_same_digest(&two->ada, &two->ben);
}

static void final_record__is_not_edited_but_amended_with_a_reason(void **state)
{
    struct two *two = *state;
    struct holdfast_edit *edit = NULL;
    ok(&two->ada, holdfast_finalise(two->ada.hf, &two->meeting, NULL, NULL));
    ok(&two->ada, holdfast_edit_record(two->ada.hf, &two->item, &edit));
    ok(&two->ada, holdfast_edit_set(edit, "notes", "better words"));
    refused(&two->ada, holdfast_edit_commit(edit, NULL), HOLDFAST_STATE, "Propose an amendment");
    refused(&two->ada, holdfast_edit_propose(edit, NULL), HOLDFAST_INVALID, "reason");
    ok(&two->ada, holdfast_edit_reason(edit, "a slip"));
    ok(&two->ada, holdfast_edit_propose(edit, NULL));
    struct amendments open = amendments(&two->ada, &two->item, true);
    assert_int_equal(open.count, 1);
    assert_string_equal(open.reason, "a slip");
    sync_both(two);
    ok(&two->ben, holdfast_amendment_decline(two->ben.hf, &two->item, &open.id, "it was said so", NULL));
    refused(&two->ben, holdfast_amendment_accept(two->ben.hf, &two->item, &open.id, "why not", NULL),
            HOLDFAST_NOT_FOUND, "no open amendment");
    sync_both(two);
    assert_string_equal(field_text(&two->ada, &two->item, "notes"), "as it was said");
    assert_int_equal(amendments(&two->ada, NULL, true).count, 0);
    assert_string_equal(amendments(&two->ada, &two->item, false).state, "declined");
    assert_same_digest(&two->ada, &two->ben);
}

/* --- what a list shows while an amendment waits --- */

struct line {
    struct holdfast_id record;
    size_t seen;
    char title[64];
    uint64_t amendments, conflicts;
};

static bool keep_line(void *ctx, const struct holdfast_record_row *row)
{
    struct line *line = ctx;
    if (memcmp(&row->id, &line->record, sizeof row->id) != 0)
        return true;
    line->seen++;
    line->amendments = row->amendments;
    line->conflicts = row->conflicts;
    (void)snprintf(line->title, sizeof line->title, "%s", row->title);
    return true;
}

static void assert_line(struct client *client, const struct two *two, const char *title, uint64_t amendments_open)
{
    struct line line = {.record = two->item};
    const struct holdfast_filter filter = {.case_id = &two->case_id, .type = "agenda_item"};
    ok(client, holdfast_list(client->hf, &filter, keep_line, &line));
    assert_int_equal(line.seen, 1);
    assert_string_equal(line.title, title);
    assert_int_equal(line.amendments, amendments_open);
    assert_int_equal(line.conflicts, 0); /* a proposal is no clash, nor are two */
}

static void list__shows_the_official_value_and_how_many_amendments_wait(void **state)
{
    struct two *two = *state;
    save(&two->ada, &two->item, "title", "Contact");
    sync_both(two);
    ok(&two->ada, holdfast_finalise(two->ada.hf, &two->meeting, NULL, NULL));
    save(&two->ben, &two->item, "title", "Contact with the grandparents"); /* offline */
    assert_line(&two->ben, two, "Contact with the grandparents", 0);       /* he does not know yet */
    sync_both(two);
    assert_line(&two->ada, two, "Contact", 1);
    assert_line(&two->ben, two, "Contact", 1);
    struct amendments open = amendments(&two->ada, &two->item, true);
    ok(&two->ada, holdfast_amendment_accept(two->ada.hf, &two->item, &open.id, "that was meant", NULL));
    sync_both(two);
    assert_line(&two->ada, two, "Contact with the grandparents", 0);
    assert_line(&two->ben, two, "Contact with the grandparents", 0);
}

static void list__shows_nothing_where_only_proposals_stand(void **state)
{
    struct two *two = *state;
    ok(&two->ada, holdfast_finalise(two->ada.hf, &two->meeting, NULL, NULL)); /* without a title */
    save(&two->ben, &two->item, "title", "Contact");
    sync_both(two);
    assert_line(&two->ada, two, "", 1);
    assert_line(&two->ben, two, "", 1);
    struct amendments open = amendments(&two->ada, &two->item, true);
    ok(&two->ada, holdfast_amendment_decline(two->ada.hf, &two->item, &open.id, "it had none", NULL));
    sync_both(two);
    assert_line(&two->ben, two, "", 0);
}

static void form_open_while_it_became_final__is_saved_as_a_proposal(void **state)
{
    struct two *two = *state;
    struct holdfast_edit *edit = NULL;
    ok(&two->ben, holdfast_edit_record(two->ben.hf, &two->item, &edit));
    ok(&two->ben, holdfast_edit_set(edit, "notes", "typed meanwhile"));
    ok(&two->ada, holdfast_finalise(two->ada.hf, &two->meeting, NULL, NULL));
    sync_both(two);
    ok(&two->ben, holdfast_edit_commit(edit, NULL));
    assert_string_equal(amendments(&two->ben, &two->item, true).proposed, "typed meanwhile");
    assert_string_equal(field_text(&two->ben, &two->item, "notes"), "as it was said");
}

static void deleted_record__is_out_of_view_and_comes_back_by_a_person_only(void **state)
{
    struct two *two = *state;
    refused(&two->ada, holdfast_delete(two->ada.hf, &two->item, NULL, NULL), HOLDFAST_INVALID, "reason");
    ok(&two->ada, holdfast_delete(two->ada.hf, &two->item, "made twice", NULL));
    assert_int_equal(listed(&two->ada, "agenda_item", false), 0);
    assert_int_equal(listed(&two->ada, "agenda_item", true), 1);
    save(&two->ben, &two->item, "notes", "Ben did not know"); /* offline */
    sync_both(two);
    assert_int_equal(listed(&two->ada, "agenda_item", false), 1);
    assert_string_equal(row_of(&two->ada, &two->item).deleted, "edited since");
    assert_int_equal(conflict_count(&two->ada), 1);
    ok(&two->ada, holdfast_delete(two->ada.hf, &two->item, "seen, and still made twice", NULL));
    sync_both(two);
    assert_string_equal(row_of(&two->ben, &two->item).deleted, "deleted");
    assert_int_equal(conflict_count(&two->ben), 0);
    ok(&two->ben, holdfast_restore(two->ben.hf, &two->item, "it is needed", NULL));
    sync_both(two);
    assert_string_equal(row_of(&two->ada, &two->item).deleted, "");
    assert_string_equal(field_text(&two->ada, &two->item, "notes"), "Ben did not know");
    assert_same_digest(&two->ada, &two->ben);
}

static void what_is_final__is_not_deleted(void **state)
{
    struct two *two = *state;
    ok(&two->ada, holdfast_finalise(two->ada.hf, &two->meeting, NULL, NULL));
    refused(&two->ada, holdfast_delete(two->ada.hf, &two->meeting, "oh", NULL), HOLDFAST_STATE, "final");
    refused(&two->ada, holdfast_delete(two->ada.hf, &two->case_id, "oh", NULL), HOLDFAST_STATE, "case");
}

static void status_steps__are_those_of_the_machine(void **state)
{
    struct two *two = *state;
    struct holdfast_edit *edit = NULL;
    struct holdfast_id action = new_record(&two->ada, &two->case_id, "action", "text", "Ring the school");
    save(&two->ada, &action, "status", "open");
    save(&two->ada, &action, "status", "done");
    ok(&two->ada, holdfast_edit_record(two->ada.hf, &action, &edit));
    ok(&two->ada, holdfast_edit_set(edit, "status", "cancelled"));
    refused(&two->ada, holdfast_edit_commit(edit, NULL), HOLDFAST_STATE, "what can follow is open or started");
    holdfast_edit_cancel(edit);
    ok(&two->ada, holdfast_edit_record(two->ada.hf, &two->meeting, &edit));
    ok(&two->ada, holdfast_edit_set(edit, "status", "final"));
    refused(&two->ada, holdfast_edit_commit(edit, NULL), HOLDFAST_STATE, "by being finalised");
    holdfast_edit_cancel(edit);
}

struct seen {
    size_t count;
    struct holdfast_id changes[4];
};

static bool keep_changes(void *ctx, const struct holdfast_conflict_row *row)
{
    struct seen *seen = ctx;
    for (size_t i = 0; strcmp(row->field, "status") == 0 && i < row->value_count && seen->count < 4; i++)
        seen->changes[seen->count++] = row->values[i].change;
    return true;
}

/* Settling a clash takes any value but this one: what finalising asks for would be passed by. */
static void status_that_clashes__does_not_become_final_by_being_settled(void **state)
{
    struct two *two = *state;
    struct seen seen = {0};
    struct holdfast_id meeting = new_record(&two->ada, &two->case_id, "meeting", "status", "draft");
    sync_both(two);
    save(&two->ada, &meeting, "status", "held");
    save(&two->ben, &meeting, "status", "cancelled");
    sync_both(two);
    ok(&two->ada, holdfast_conflicts(two->ada.hf, &meeting, keep_changes, &seen));
    assert_int_equal(seen.count, 2);
    struct holdfast_decision decision = {
        .seen = seen.changes, .seen_count = 2, .value = "final", .reason = "The meeting is over"};
    refused(&two->ada, holdfast_settle(two->ada.hf, &meeting, "status", &decision, NULL), HOLDFAST_STATE,
            "by being finalised");
    decision.value = "held";
    ok(&two->ada, holdfast_settle(two->ada.hf, &meeting, "status", &decision, NULL));
    ok(&two->ada, holdfast_finalise(two->ada.hf, &meeting, NULL, NULL));
}

static void two_who_complete_an_action__agree_and_one_who_cancels_does_not(void **state)
{
    struct two *two = *state;
    struct holdfast_id one = new_record(&two->ada, &two->case_id, "action", "text", "Ring the school");
    struct holdfast_id other = new_record(&two->ada, &two->case_id, "action", "text", "Ask for a bus pass");
    save(&two->ada, &one, "status", "open");
    save(&two->ada, &other, "status", "open");
    sync_both(two);
    save(&two->ada, &one, "status", "done");
    save(&two->ben, &one, "status", "done");
    save(&two->ada, &other, "status", "done");
    save(&two->ben, &other, "status", "cancelled");
    sync_both(two);
    assert_string_equal(field_text(&two->ada, &one, "status"), "done");
    assert_int_equal(conflict_count(&two->ada), 1);
    assert_int_equal(row_of(&two->ada, &other).conflicts, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- who is told of it --- */

struct told {
    size_t count;
    bool chosen;
    char about[20], field[20], own[40], taken[40], author[40], reason[40], text[300];
    struct holdfast_id change;
};

static bool keep_told(void *ctx, const struct holdfast_notice *notice)
{
    struct told *told = ctx;
    const struct holdfast_decided *decided = notice->decided;
    if (!decided)
        return true;
    told->count++;
    told->chosen = decided->chosen;
    told->change = decided->change;
    (void)snprintf(told->about, sizeof told->about, "%s", decided->about);
    (void)snprintf(told->field, sizeof told->field, "%s", decided->field);
    (void)snprintf(told->own, sizeof told->own, "%s", decided->own);
    (void)snprintf(told->taken, sizeof told->taken, "%s", decided->taken);
    (void)snprintf(told->author, sizeof told->author, "%s", decided->author);
    (void)snprintf(told->reason, sizeof told->reason, "%s", decided->reason);
    (void)snprintf(told->text, sizeof told->text, "%s", notice->text);
    return true;
}

static struct told told_to(struct client *client)
{
    struct told told = {0};
    ok(client, holdfast_attention(client->hf, keep_told, &told));
    return told;
}

static void answer_to_an_amendment__is_told_to_who_proposed_it(void **state)
{
    struct two *two = *state;
    struct holdfast_edit *edit = NULL;
    ok(&two->ada, holdfast_finalise(two->ada.hf, &two->meeting, NULL, NULL));
    save(&two->ben, &two->item, "notes", "as Ben heard it"); /* offline */
    sync_both(two);
    struct amendments open = amendments(&two->ada, NULL, true);
    ok(&two->ada, holdfast_amendment_decline(two->ada.hf, &two->item, &open.id, "it was said so", NULL));
    sync_both(two);
    struct told ben = told_to(&two->ben);
    assert_int_equal(told_to(&two->ada).count, 0);
    assert_int_equal(ben.count, 1);
    assert_false(ben.chosen);
    assert_string_equal(ben.about, "amendment");
    assert_string_equal(ben.field, "notes");
    assert_string_equal(ben.own, "as Ben heard it");
    assert_string_equal(ben.taken, "as it was said");
    assert_string_equal(ben.reason, "it was said so");
    assert_non_null(strstr(ben.text, "Ada Invented has answered your amendment"));
    assert_non_null(strstr(ben.text, "declined"));
    ok(&two->ben, holdfast_decision_seen(two->ben.hf, &ben.change));

    ok(&two->ben, holdfast_edit_record(two->ben.hf, &two->item, &edit));
    ok(&two->ben, holdfast_edit_set(edit, "notes", "as Ben heard it, truly"));
    ok(&two->ben, holdfast_edit_reason(edit, "asked again"));
    ok(&two->ben, holdfast_edit_propose(edit, NULL));
    sync_both(two);
    open = amendments(&two->ada, NULL, true);
    assert_int_equal(open.count, 1);
    ok(&two->ada, holdfast_amendment_accept(two->ada.hf, &two->item, &open.id, "Ben is right", NULL));
    sync_both(two);
    ben = told_to(&two->ben);
    assert_int_equal(ben.count, 1);
    assert_true(ben.chosen);
    assert_string_equal(ben.taken, "as Ben heard it, truly");
    assert_non_null(strstr(ben.text, "accepted"));
    assert_int_equal(told_to(&two->ada).count, 0);
}

/* Ada deletes, Ben writes without knowing, and each decides once. */
static void decision_about_a_deletion__is_told_to_who_deleted_and_to_who_wrote_since(void **state)
{
    struct two *two = *state;
    ok(&two->ada, holdfast_delete(two->ada.hf, &two->item, "made twice", NULL));
    save(&two->ben, &two->item, "notes", "written without knowing");
    sync_both(two);
    assert_int_equal(told_to(&two->ada).count + told_to(&two->ben).count, 0); /* nothing is decided yet */
    ok(&two->ben, holdfast_restore(two->ben.hf, &two->item, "it is needed", NULL));
    sync_both(two);
    struct told ada = told_to(&two->ada);
    assert_int_equal(ada.count, 1);
    assert_int_equal(told_to(&two->ben).count, 0);
    assert_string_equal(ada.about, "deletion");
    assert_string_equal(ada.own, "out of view");
    assert_string_equal(ada.taken, "in view");
    assert_false(ada.chosen);
    assert_non_null(strstr(ada.text, "Ben Invented has decided that this record is in view"));
    ok(&two->ada, holdfast_decision_seen(two->ada.hf, &ada.change));
    ok(&two->ada, holdfast_delete(two->ada.hf, &two->item, "twice all the same", NULL));
    sync_both(two);
    const struct told ben = told_to(&two->ben);
    assert_int_equal(ben.count, 1);
    assert_int_equal(told_to(&two->ada).count, 0);
    assert_string_equal(ben.own, "in view");
    assert_string_equal(ben.taken, "out of view");
    assert_string_equal(ben.reason, "twice all the same");
    assert_false(ben.chosen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finalising_a_meeting__makes_its_parts_final_and_moves_its_status),
        TEST(edit_made_without_knowing__stands_beside_the_original_until_accepted),
        TEST(final_record__is_not_edited_but_amended_with_a_reason),
        TEST(list__shows_the_official_value_and_how_many_amendments_wait),
        TEST(list__shows_nothing_where_only_proposals_stand),
        TEST(form_open_while_it_became_final__is_saved_as_a_proposal),
        TEST(deleted_record__is_out_of_view_and_comes_back_by_a_person_only),
        TEST(what_is_final__is_not_deleted),
        TEST(answer_to_an_amendment__is_told_to_who_proposed_it),
        TEST(decision_about_a_deletion__is_told_to_who_deleted_and_to_who_wrote_since),
        TEST(status_steps__are_those_of_the_machine),
        TEST(status_that_clashes__does_not_become_final_by_being_settled),
        TEST(two_who_complete_an_action__agree_and_one_who_cancels_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
