/* A part that exists once has an id that others can know before: somebody who begins another record under it takes no
 * word from anybody (core/replica/part.h, decision 0014). */
#include "client/handle.h"
#include "tests/client/support_town.h"

#include "core/pack/writer.h"
#include "core/replica/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTES 36

struct world {
    struct two two;
    struct holdfast_id other_case, meeting;
    struct hf_id first; /* the id that the notes of the meeting have */
};

static int setup(void **state)
{
    static struct world world;
    void *two = NULL;
    assert_int_equal(two_setup(&two), 0);
    world.two = *(struct two *)two;
    free(two);
    world.other_case = new_case(&world.two.ben, "C-99");
    world.meeting = new_record(&world.two.ada, &world.two.case_id, "meeting", "place", "Town hall");
    sync_both(&world.two);
    const struct hf_id meeting = hf_id_in(&world.meeting);
    world.first = hf_model_slot_id(&meeting, NOTES, hf_slice_str(""));
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    client_free(&world->two.ada);
    client_free(&world->two.ben);
    office_free(world->two.office);
    return 0;
}

/* As a changed program would: a record of another case or another type under the id of the notes. */
static void begin_something_else(struct client *client, const struct holdfast_id *case_id, uint16_t type,
                                 const struct hf_id *record)
{
    struct hf_buf value = {0};
    struct hf_id change;
    hf_pack_text(&value, hf_slice_str("in its place"));
    const struct hf_save_edit edit = {.field = HF_RECORD_ACTION == type ? 2 : 7, .value = hf_buf_slice(&value)};
    const struct hf_save save = {
        .case_id = hf_id_in(case_id), .record_id = *record, .type = type, .edits = &edit, .edit_count = 1};
    assert_int_equal(hf_replica_save(client->hf->replica, &save, hf_wall_ms(), &change, NULL), HF_OK);
    hf_buf_clear(&value);
}

static struct holdfast_edit *begin_notes(struct client *client, const struct world *world, const char *words)
{
    struct holdfast_edit *edit = NULL;
    ok(client, holdfast_edit_new(client->hf, &world->two.case_id, "notes", &world->meeting, NULL, &edit));
    ok(client, holdfast_edit_set(edit, "text", words));
    return edit;
}

static struct holdfast_id write_notes(struct client *client, const struct world *world, const char *words)
{
    struct holdfast_edit *edit = begin_notes(client, world, words);
    const struct holdfast_id record = holdfast_edit_id(edit);
    ok(client, holdfast_edit_commit(edit, NULL));
    return record;
}

static bool is_first(const struct world *world, const struct holdfast_id *record)
{
    const struct hf_id id = hf_id_in(record);
    return hf_id_equal(&id, &world->first);
}

static void another_record_in_its_place__the_part_goes_on_beside_it_for_everybody(void **state)
{
    struct world *world = *state;
    struct two *two = &world->two;
    begin_something_else(&two->ben, &world->other_case, HF_RECORD_ACTION, &world->first);
    sync_both(two);
    const struct holdfast_id record = write_notes(&two->ada, world, "what was agreed");
    assert_false(is_first(world, &record));
    const struct holdfast_id same = write_notes(&two->ben, world, "what was said"); /* before he has hers */
    assert_memory_equal(&record, &same, sizeof record);
    sync_both(two);
    assert_int_equal(counts(&two->ada).held + counts(&two->ben).held, 0);
    assert_int_equal(counts(&two->ada).conflicts, 1);
    assert_same_digest(&two->ada, &two->ben);
}

static void another_type_in_its_place__the_same(void **state)
{
    struct world *world = *state;
    struct two *two = &world->two;
    begin_something_else(&two->ben, &two->case_id, HF_RECORD_ACTION, &world->first);
    sync_both(two);
    const struct holdfast_id record = write_notes(&two->ada, world, "what was agreed");
    assert_false(is_first(world, &record));
    sync_both(two);
    assert_string_equal(field_text(&two->ben, &record, "text"), "what was agreed");
}

static void another_record_that_comes_while_the_form_is_open__stops_no_save(void **state)
{
    struct world *world = *state;
    struct two *two = &world->two;
    struct holdfast_edit *edit = begin_notes(&two->ada, world, "what was agreed");
    begin_something_else(&two->ben, &world->other_case, HF_RECORD_ACTION, &world->first);
    sync_both(two);
    ok(&two->ada, holdfast_edit_commit(edit, NULL));
    sync_both(two);
    const struct holdfast_id record = write_notes(&two->ben, world, "and what else");
    assert_false(is_first(world, &record));
    assert_string_equal(field_text(&two->ada, &record, "text"), "what was agreed");
}

struct held {
    size_t count;
    struct holdfast_id change;
    char text[300];
};

static bool keep_held(void *ctx, const struct holdfast_notice *notice)
{
    struct held *held = ctx;
    if (strcmp(notice->kind, "held") != 0)
        return true;
    held->count++;
    held->change = notice->change;
    (void)snprintf(held->text, sizeof held->text, "%s", notice->text);
    return true;
}

static void words_saved_before_the_other_record_was_known__are_said_again(void **state)
{
    struct world *world = *state;
    struct two *two = &world->two;
    struct held held = {0};
    struct holdfast_id again, ignored;
    struct hf_sync_facts facts;
    begin_something_else(&two->ben, &world->other_case, HF_RECORD_ACTION, &world->first);
    sync_in_memory(&two->ben, two->office);
    assert_int_equal(hf_replica_facts(two->ada.hf->replica, &facts), HF_OK);
    const struct holdfast_id record = write_notes(&two->ada, world, "what was agreed");
    assert_true(is_first(world, &record));
    two->office->server->hold_seq = facts.next_seq; /* as server/effect.c does */
    two->office->server->hold = HF_HOLD_FORM;
    sync_both(two);
    two->office->server->hold = HF_HOLD_NONE;
    assert_int_equal(counts(&two->ada).held, 1);
    ok(&two->ada, holdfast_attention(two->ada.hf, keep_held, &held));
    assert_int_equal(held.count, 1);
    assert_non_null(strstr(held.text, "held again"));
    ok(&two->ada, holdfast_say_again(two->ada.hf, &held.change, &again));
    sync_both(two);
    assert_string_equal(field_text(&two->ben, &again, "text"), "what was agreed");
    const struct holdfast_id met = write_notes(&two->ben, world, "and what else");
    assert_memory_equal(&met, &again, sizeof met);
    assert_int_equal(holdfast_say_again(two->ben.hf, &held.change, &ignored), HOLDFAST_STATE); /* not his */
}

/* --- drafts --- */

#define FORM "notes/1"

static struct holdfast_form notes_form(struct client *client, const struct world *world)
{
    struct holdfast_form form;
    ok(client, holdfast_form_new(client->hf, &world->two.case_id, "notes", &world->meeting, NULL, &form));
    return form;
}

static void type_notes(struct client *client, const struct world *world, const struct holdfast_form *form,
                       const char *words)
{
    const struct holdfast_draft_field field = {"text", words};
    const struct holdfast_draft_save save = {.about = *form,
                                             .type = "notes",
                                             .parent = &world->meeting,
                                             .form = FORM,
                                             .fields = &field,
                                             .field_count = 1,
                                             .cursor = "text:4"};
    ok(client, holdfast_draft_put(client->hf, &save, NULL));
}

static void commit_notes(struct client *client, const struct holdfast_form *form)
{
    const struct holdfast_draft_place place = {.record = form->record, .case_id = form->case_id, .form = FORM};
    ok(client, holdfast_draft_commit(client->hf, &place, NULL));
}

struct drafts {
    size_t count;
    bool shared, is_new;
    char preview[80], cursor[40];
};

static bool keep_draft(void *ctx, const struct holdfast_draft_row *row)
{
    struct drafts *drafts = ctx;
    drafts->count++;
    drafts->shared = row->shared;
    drafts->is_new = row->is_new;
    (void)snprintf(drafts->preview, sizeof drafts->preview, "%s", row->preview);
    (void)snprintf(drafts->cursor, sizeof drafts->cursor, "%s", row->cursor);
    return true;
}

static struct drafts drafts_of(struct client *client, const struct holdfast_id *record)
{
    struct drafts drafts = {0};
    ok(client, holdfast_draft_list(client->hf, record, keep_draft, &drafts));
    return drafts;
}

/* Ada has typed her notes when another record comes in their place. */
static struct holdfast_form type_then_lose_the_place(struct world *world, const struct holdfast_id *case_id)
{
    struct two *two = &world->two;
    const struct holdfast_form form = notes_form(&two->ada, world);
    assert_true(is_first(world, &form.record));
    type_notes(&two->ada, world, &form, "what was agreed");
    begin_something_else(&two->ben, case_id, HF_RECORD_ACTION, &world->first);
    sync_both(two);
    assert_int_equal(drafts_of(&two->ada, &form.record).count, 1);
    assert_true(drafts_of(&two->ada, &form.record).is_new); /* the other record is not its own */
    return form;
}

static void goes_along(struct world *world, const struct holdfast_id *case_id)
{
    struct two *two = &world->two;
    const struct holdfast_form old = type_then_lose_the_place(world, case_id);
    ok(&two->ada, holdfast_draft_share(two->ada.hf, &old.record, true));
    const struct holdfast_form form = notes_form(&two->ada, world);
    assert_false(is_first(world, &form.record));
    assert_int_equal(drafts_of(&two->ada, &old.record).count, 0);
    const struct drafts drafts = drafts_of(&two->ada, &form.record);
    assert_int_equal(drafts.count, 1);
    assert_true(drafts.shared);
    assert_string_equal(drafts.preview, "what was agreed");
    assert_string_equal(drafts.cursor, "text:4");
    type_notes(&two->ada, world, &form, "what was agreed, and by whom");
    commit_notes(&two->ada, &form);
    sync_both(two);
    assert_string_equal(field_text(&two->ben, &form.record, "text"), "what was agreed, and by whom");
    assert_string_equal(field_text(&two->ben, &form.record, "parent"), field_text(&two->ada, &form.record, "parent"));
    assert_int_equal(drafts_of(&two->ada, NULL).count, 0);
    assert_int_equal(counts(&two->ada).held + counts(&two->ada).conflicts, 0);
}

static void a_draft_whose_place_a_record_of_another_case_takes__goes_along(void **state)
{
    struct world *world = *state;
    goes_along(world, &world->other_case);
}

static void a_draft_whose_place_a_record_of_another_type_takes__goes_along(void **state)
{
    struct world *world = *state;
    goes_along(world, &world->two.case_id);
}

static void a_draft_that_goes_along__overwrites_nobody_who_was_there_before(void **state)
{
    struct world *world = *state;
    struct two *two = &world->two;
    (void)type_then_lose_the_place(world, &world->other_case);
    const struct holdfast_id record = write_notes(&two->ben, world, "what was said");
    sync_both(two);
    const struct holdfast_form form = notes_form(&two->ada, world);
    assert_memory_equal(&form.record, &record, sizeof record);
    commit_notes(&two->ada, &form);
    assert_int_equal(counts(&two->ada).conflicts, 1);
}

static void a_draft_under_the_next_id_already__leaves_the_old_one_where_it_is(void **state)
{
    struct world *world = *state;
    struct two *two = &world->two;
    const struct holdfast_form old = type_then_lose_the_place(world, &world->other_case);
    struct holdfast_form next = old;
    const struct hf_id id = hf_model_part_next(&world->first, NOTES);
    next.record = hf_id_out(&id);
    type_notes(&two->ada, world, &next, "typed again");
    const struct holdfast_form form = notes_form(&two->ada, world);
    assert_memory_equal(&form.record, &next.record, sizeof form.record);
    assert_string_equal(drafts_of(&two->ada, &next.record).preview, "typed again");
    assert_string_equal(drafts_of(&two->ada, &old.record).preview, "what was agreed");
}

static void a_draft_of_the_record_that_took_the_place__stays_with_it(void **state)
{
    struct world *world = *state;
    struct two *two = &world->two;
    struct holdfast_form theirs;
    begin_something_else(&two->ben, &two->case_id, HF_RECORD_ACTION, &world->first);
    sync_both(two);
    const struct holdfast_id first = hf_id_out(&world->first);
    ok(&two->ada, holdfast_form_record(two->ada.hf, &first, &theirs));
    const struct holdfast_draft_field field = {"text", "in its place, edited"};
    const struct holdfast_draft_save save = {
        .about = theirs, .type = "action", .form = FORM, .fields = &field, .field_count = 1};
    ok(&two->ada, holdfast_draft_put(two->ada.hf, &save, NULL));
    const struct holdfast_form form = notes_form(&two->ada, world);
    assert_int_equal(drafts_of(&two->ada, &form.record).count, 0);
    assert_int_equal(drafts_of(&two->ada, &first).count, 1);
    assert_false(drafts_of(&two->ada, &first).is_new);
}

/* The window still shows the form under the id that the part had when it was opened. */
static void committed_under_the_old_id(struct world *world, const struct holdfast_form *old)
{
    struct two *two = &world->two;
    commit_notes(&two->ada, old);
    sync_both(two);
    const struct hf_id id = hf_model_part_next(&world->first, NOTES);
    const struct holdfast_id next = hf_id_out(&id);
    assert_string_equal(field_text(&two->ben, &next, "text"), "what was agreed");
    assert_int_equal(drafts_of(&two->ada, NULL).count, 0);
    assert_int_equal(counts(&two->ada).held + counts(&two->ada).conflicts, 0);
}

static void a_draft_whose_place_was_taken__is_committed_where_the_part_goes_on(void **state)
{
    struct world *world = *state;
    const struct holdfast_form old = type_then_lose_the_place(world, &world->other_case);
    committed_under_the_old_id(world, &old);
}

static void a_draft_whose_place_a_record_of_its_case_took__is_committed_where_the_part_goes_on(void **state)
{
    struct world *world = *state;
    const struct holdfast_form old = type_then_lose_the_place(world, &world->two.case_id);
    committed_under_the_old_id(world, &old);
}

static void a_draft_that_went_along__is_committed_by_its_old_id_too(void **state)
{
    struct world *world = *state;
    const struct holdfast_form old = type_then_lose_the_place(world, &world->other_case);
    const struct holdfast_form form = notes_form(&world->two.ada, world); /* another window: the draft moves */
    assert_int_equal(drafts_of(&world->two.ada, &form.record).count, 1);
    committed_under_the_old_id(world, &old);
    const struct holdfast_draft_place place = {.record = old.record, .case_id = old.case_id, .form = FORM};
    assert_int_equal(holdfast_draft_commit(world->two.ada.hf, &place, NULL), HOLDFAST_NOT_FOUND); /* once */
}

static void two_drafts_of_a_part__are_not_taken_for_one(void **state)
{
    struct world *world = *state;
    struct two *two = &world->two;
    const struct holdfast_form old = type_then_lose_the_place(world, &world->other_case);
    struct holdfast_form next = old;
    const struct hf_id id = hf_model_part_next(&world->first, NOTES);
    const struct holdfast_draft_place place = {.record = old.record, .case_id = old.case_id, .form = FORM};
    next.record = hf_id_out(&id);
    type_notes(&two->ada, world, &next, "typed again");
    assert_int_equal(holdfast_draft_commit(two->ada.hf, &place, NULL), HOLDFAST_STATE);
    assert_int_equal(drafts_of(&two->ada, NULL).count, 2); /* nothing of either is lost */
    commit_notes(&two->ada, &next);
    commit_notes(&two->ada, &old);
    sync_both(two);
    assert_int_equal(drafts_of(&two->ada, NULL).count, 0);
    assert_int_equal(counts(&two->ada).conflicts, 1); /* both are there, side by side */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_record_in_its_place__the_part_goes_on_beside_it_for_everybody, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_type_in_its_place__the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(another_record_that_comes_while_the_form_is_open__stops_no_save, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(words_saved_before_the_other_record_was_known__are_said_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_draft_whose_place_a_record_of_another_case_takes__goes_along, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_draft_whose_place_a_record_of_another_type_takes__goes_along, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_draft_that_goes_along__overwrites_nobody_who_was_there_before, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_draft_under_the_next_id_already__leaves_the_old_one_where_it_is, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_draft_whose_place_was_taken__is_committed_where_the_part_goes_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_draft_whose_place_a_record_of_its_case_took__is_committed_where_the_part_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_draft_that_went_along__is_committed_by_its_old_id_too, setup, teardown),
        cmocka_unit_test_setup_teardown(two_drafts_of_a_part__are_not_taken_for_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_draft_of_the_record_that_took_the_place__stays_with_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
