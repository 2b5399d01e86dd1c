/* Drafts that are shown to others: as far as the authority decided for the procedure. Sample data is invented. */
#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_BYTES 200

static int setup(void **state)
{
    *state = desk_with_fostering_procedure("Una Invented");
    return 0;
}

static int teardown(void **state)
{
    desk_free(*state);
    return 0;
}

/* A draft of a new record in the case; its id. */
static void begin_draft(struct desk *desk, const char *parent, const char *case_id, const char *type, const char *field,
                        char record[HOLDFAST_ID_TEXT_BYTES])
{
    char path[TEXT_BYTES];
    assert_int_equal(desk_post_json(desk, "/api/forms",
                                    json_pack("{s:s, s:s, s:s}", "case", case_id, "type", type, "parent", parent)),
                     200);
    (void)snprintf(record, HOLDFAST_ID_TEXT_BYTES, "%s", desk_text(desk, "record"));
    (void)snprintf(path, sizeof path, "/api/forms/%s/draft", record);
    assert_int_equal(
        desk_post_json(desk, path,
                       json_pack("{s:s, s:s, s:s, s:I, s:{s:s}}", "case", case_id, "type", type, "parent", parent,
                                 "seen", desk_number(desk, "seen"), "fields", field, "Half a sen")),
        200);
}

static unsigned share(struct desk *desk, const char *record, bool shared)
{
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "/api/forms/%s/share", record);
    return desk_post_json(desk, path, json_pack("{s:b}", "shared", shared));
}

static void decide(struct desk *desk, const char *value)
{
    assert_int_equal(desk_post_json(desk, "/api/settings",
                                    json_pack("{s:s, s:s, s:s, s:s}", "policy", "sample.fsm", "name", "draft_sharing",
                                              "value", value, "reason", "As the panel agreed")),
                     200);
}

static void a_draft_of_a_meeting__is_shown_to_others_as_far_as_the_office_decided(void **state)
{
    struct desk *desk = *state;
    char case_text[HOLDFAST_ID_TEXT_BYTES], meeting_text[HOLDFAST_ID_TEXT_BYTES];
    char meeting_draft[HOLDFAST_ID_TEXT_BYTES], notes[HOLDFAST_ID_TEXT_BYTES], action[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-4821");
    const struct holdfast_id meeting = new_part(&desk->client, &case_id, "meeting", &case_id, "type", "fsm");
    holdfast_id_format(&case_id, case_text);
    holdfast_id_format(&meeting, meeting_text);
    begin_draft(desk, case_text, case_text, "meeting", "place", meeting_draft);
    begin_draft(desk, meeting_text, case_text, "notes", "text", notes);
    begin_draft(desk, case_text, case_text, "action", "text", action);
    assert_int_equal(share(desk, notes, true), 200);
    decide(desk, "not_shared");
    assert_int_equal(share(desk, meeting_draft, true), 403);
    assert_non_null(strstr(desk_text(desk, "text"), "The office decided"));
    assert_int_equal(share(desk, notes, false), 200);
    assert_int_equal(share(desk, notes, true), 403);
    assert_int_equal(share(desk, action, true), 200); /* of no meeting */
    decide(desk, "who_holds_the_case");
    assert_int_equal(share(desk, notes, true), 200);
}

static void a_meeting_of_another_procedure__is_not_held_back(void **state)
{
    struct desk *desk = *state;
    char case_text[HOLDFAST_ID_TEXT_BYTES], meeting_text[HOLDFAST_ID_TEXT_BYTES], notes[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-4822");
    const struct holdfast_id meeting = new_part(&desk->client, &case_id, "meeting", &case_id, "type", "psm");
    holdfast_id_format(&case_id, case_text);
    holdfast_id_format(&meeting, meeting_text);
    decide(desk, "not_shared");
    begin_draft(desk, meeting_text, case_text, "notes", "text", notes);
    assert_int_equal(share(desk, notes, true), 200);
}

/* --- what was shared before the decision -------------------------------------------------------------------------- */

static void type_on(struct client *client, const struct holdfast_form *form, const struct holdfast_id *meeting,
                    const char *words)
{
    const struct holdfast_draft_field field = {"text", words};
    const struct holdfast_draft_save save = {
        .about = *form, .type = "notes", .parent = meeting, .form = "notes/1", .fields = &field, .field_count = 1};
    ok(client, holdfast_draft_put(client->hf, &save, NULL));
}

struct seen {
    size_t count;
    bool shared, held_back;
    char preview[TEXT_BYTES];
};

static bool see(void *ctx, const struct holdfast_draft_row *row)
{
    struct seen *seen = ctx;
    seen->count++;
    seen->shared = row->shared;
    seen->held_back = row->held_back;
    (void)snprintf(seen->preview, sizeof seen->preview, "%s", row->preview);
    return true;
}

static struct seen drafts_of(struct client *client)
{
    struct seen seen = {0};
    ok(client, holdfast_draft_list(client->hf, NULL, see, &seen));
    return seen;
}

/* Who was shown a draft that is gone reads why. */
static bool told_why(struct desk *desk, const struct holdfast_id *case_id)
{
    char path[TEXT_BYTES], text[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(case_id, text);
    (void)snprintf(path, sizeof path, "/api/drafts?case=%s", text);
    assert_int_equal(desk_get(desk, path), 200);
    return json_is_true(json_object_get(desk->json, "held_back"));
}

static void what_was_shared_before_the_decision__goes_from_others_and_stays_the_authors(void **state)
{
    struct desk *desk = *state;
    struct client ben = client_enrolled(desk->office, "Ben Invented", HF_ROLE_OFFICE);
    const struct holdfast_id case_id = new_case(&desk->client, "CH-4823");
    const struct holdfast_id meeting = new_part(&desk->client, &case_id, "meeting", &case_id, "type", "fsm");
    struct holdfast_form form;
    sync_in_memory(&desk->client, desk->office);
    sync_in_memory(&ben, desk->office);
    ok(&ben, holdfast_form_new(ben.hf, &case_id, "notes", &meeting, NULL, &form));
    type_on(&ben, &form, &meeting, "Written together");
    ok(&ben, holdfast_draft_share(ben.hf, &form.record, true));
    sync_in_memory(&ben, desk->office);
    sync_in_memory(&desk->client, desk->office);
    assert_string_equal(drafts_of(&desk->client).preview, "Written together");
    assert_false(told_why(desk, &case_id));
    decide(desk, "not_shared");
    sync_in_memory(&desk->client, desk->office);
    type_on(&ben, &form, &meeting, "Written together, and this for nobody");
    sync_in_memory(&ben, desk->office); /* where the decision reaches its author */
    assert_true(drafts_of(&ben).held_back);
    assert_false(drafts_of(&ben).shared);
    assert_string_equal(drafts_of(&ben).preview, "Written together, and this for nobody");
    sync_in_memory(&desk->client, desk->office);
    assert_int_equal(drafts_of(&desk->client).count, 0);
    assert_true(told_why(desk, &case_id));
    decide(desk, "who_holds_the_case");
    sync_in_memory(&desk->client, desk->office);
    sync_in_memory(&ben, desk->office);
    sync_in_memory(&desk->client, desk->office);
    assert_int_equal(drafts_of(&desk->client).count, 0); /* not before its author asks again */
    ok(&ben, holdfast_draft_share(ben.hf, &form.record, true));
    assert_false(drafts_of(&ben).held_back);
    sync_in_memory(&ben, desk->office);
    sync_in_memory(&desk->client, desk->office);
    assert_string_equal(drafts_of(&desk->client).preview, "Written together, and this for nobody");
    client_free(&ben);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_draft_of_a_meeting__is_shown_to_others_as_far_as_the_office_decided),
        TEST(a_meeting_of_another_procedure__is_not_held_back),
        TEST(what_was_shared_before_the_decision__goes_from_others_and_stays_the_authors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
