/* What waits for somebody else once it is saved is said before: for a draft, for finalising, for escalating. */
#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    struct desk *desk = desk_with_fostering_procedure("Amira Sample"); /* who has no role in a case */
    desk_release(desk, "policies/procedure-a-psm.json");
    *state = desk;
    return 0;
}

static int teardown(void **state)
{
    desk_free(*state);
    return 0;
}

static void text_of(const struct holdfast_id *id, char out[HOLDFAST_ID_TEXT_BYTES])
{
    holdfast_id_format(id, out);
}

/* Types one draft of a new record of the case, as the page does. */
static void type_draft(struct desk *desk, const struct holdfast_id *case_id, const char *type, json_t *fields)
{
    char id[HOLDFAST_ID_TEXT_BYTES], path[128];
    text_of(case_id, id);
    assert_int_equal(
        desk_post_json(desk, "/api/forms", json_pack("{s:s, s:s, s:s}", "case", id, "type", type, "parent", id)), 200);
    assert_true(json_is_null(json_object_get(desk->json, "waits"))); /* nothing is typed yet */
    (void)snprintf(path, sizeof path, "/api/forms/%s/draft", desk_text(desk, "record"));
    assert_int_equal(desk_post_json(desk, path,
                                    json_pack("{s:s, s:s, s:s, s:I, s:o}", "case", id, "type", type, "parent", id,
                                              "seen", desk_number(desk, "seen"), "fields", fields)),
                     200);
}

static void a_planned_move__says_whom_it_waits_for(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    type_draft(desk, &case_id, "move", json_pack("{s:s}", "status", "considered"));
    assert_true(json_is_null(json_object_get(desk->json, "waits")));
    type_draft(desk, &case_id, "move", json_pack("{s:s}", "planned", "yes"));
    assert_string_equal(desk_text(desk, "waits.id"), "move");
    assert_true(strncmp(desk_text(desk, "waits.about"), "Decide that the child moves.", 28) == 0);
    assert_false(json_is_true(json_object_get(json_object_get(desk->json, "waits"), "lacks")));
    assert_string_equal(desk_text(desk, "waits.roles.0"), "team_manager");
}

static void whoever_has_the_role__is_told_what_the_decision_needs(void **state)
{
    struct desk *desk = *state;
    char me[HOLDFAST_ID_TEXT_BYTES];
    struct holdfast_identity own;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    ok(&desk->client, holdfast_get_identity(desk->client.hf, &own));
    text_of(&own.person, me);
    save(&desk->client, &case_id, "team_manager", me);
    type_draft(desk, &case_id, "request", json_pack("{s:s}", "outcome", "no_meeting"));
    assert_string_equal(desk_text(desk, "waits.asks"), "Say why there is no meeting.");
    assert_true(json_is_true(json_object_get(json_object_get(desk->json, "waits"), "lacks")));
    type_draft(desk, &case_id, "request",
               json_pack("{s:s, s:s}", "outcome", "no_meeting", "outcome_reason", "It was settled by telephone."));
    assert_true(json_is_null(json_object_get(desk->json, "waits")));
}

static void nothing_is_written__by_asking(void **state)
{
    struct desk *desk = *state;
    struct holdfast_counts before, after;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    ok(&desk->client, holdfast_get_counts(desk->client.hf, &before));
    type_draft(desk, &case_id, "move", json_pack("{s:s}", "planned", "yes"));
    assert_string_equal(desk_text(desk, "waits.id"), "move");
    ok(&desk->client, holdfast_get_counts(desk->client.hf, &after));
    assert_int_equal(before.saved_here, after.saved_here);
}

static void making_final__says_what_it_needs(void **state)
{
    struct desk *desk = *state;
    char id[HOLDFAST_ID_TEXT_BYTES], path[128];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id meeting = new_record(&desk->client, &case_id, "meeting", "type", "psm");
    save(&desk->client, &meeting, "status", "held");
    save(&desk->client, &meeting, "chair_role", "ssw");
    text_of(&meeting, id);
    (void)snprintf(path, sizeof path, "/api/records/%s/missing", id);
    assert_int_equal(desk_get(desk, path), 200);
    assert_string_equal(desk_text(desk, "waits.asks"), "Say why somebody else chaired.");
    save(&desk->client, &meeting, "chair_reason", "The team manager was ill.");
    assert_int_equal(desk_get(desk, path), 200);
    assert_true(json_is_null(json_object_get(desk->json, "waits")));
}

static void escalating__says_whose_it_is_and_what_comes_next(void **state)
{
    struct desk *desk = *state;
    char id[HOLDFAST_ID_TEXT_BYTES], path[128];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id action = new_record(&desk->client, &case_id, "action", "text", "Ring the school");
    text_of(&action, id);
    (void)snprintf(path, sizeof path, "/api/records/%s/ladder?level=3", id);
    assert_int_equal(desk_get(desk, path), 200);
    assert_int_equal(desk_number(desk, "next"), 1);
    assert_string_equal(desk_text(desk, "role"), "fostering_manager");
    assert_string_equal(desk_text(desk, "waits.roles.0"), "fostering_service_manager");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_planned_move__says_whom_it_waits_for, setup, teardown),
        cmocka_unit_test_setup_teardown(whoever_has_the_role__is_told_what_the_decision_needs, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_written__by_asking, setup, teardown),
        cmocka_unit_test_setup_teardown(making_final__says_what_it_needs, setup, teardown),
        cmocka_unit_test_setup_teardown(escalating__says_whose_it_is_and_what_comes_next, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
