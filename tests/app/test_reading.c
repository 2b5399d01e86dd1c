/* Why somebody reads a case; whom a ladder means; an action's updates by their words. Sample data is invented. */
#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = desk_with_fostering_procedure("Una Tester");
    return 0;
}

static int teardown(void **state)
{
    desk_free(*state);
    return 0;
}

static void a_case__is_read_with_the_reason_that_was_given_since_it_was_unlocked(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    char id[HOLDFAST_ID_TEXT_BYTES], path[100];
    holdfast_id_format(&case_id, id);
    (void)snprintf(path, sizeof path, "/api/cases/%s/reading", id);
    assert_int_equal(desk_get(desk, path), 200);
    assert_true(json_is_true(json_object_get(desk->json, "own"))); /* opened on this device */
    assert_string_equal(desk_text(desk, "reason"), "");
    assert_int_equal(desk_post(desk, path, "{\"reason\": \"\"}"), 400);
    assert_int_equal(desk_post(desk, path, "{}"), 400);
    assert_int_equal(desk_post(desk, path, "{\"reason\": \"Supervision on Monday\"}"), 200);
    assert_int_equal(desk_get(desk, path), 200);
    assert_string_equal(desk_text(desk, "reason"), "Supervision on Monday");
    assert_int_equal(desk_get(desk, "/api/cases/01900000-0000-7000-8000-000000000000/reading"), 200);
    assert_false(json_is_true(json_object_get(desk->json, "own")));
}

static void the_ladder__says_whom_it_means_at_each_level(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id action = new_record(&desk->client, &case_id, "action", "text", "Ring the school");
    char id[HOLDFAST_ID_TEXT_BYTES], path[100];
    holdfast_id_format(&action, id);
    (void)snprintf(path, sizeof path, "/api/records/%s/ladder", id);
    assert_int_equal(desk_get(desk, path), 200);
    assert_int_equal(desk_number(desk, "next"), 1);
    assert_int_equal(desk_count(desk, "levels"), 3);
    assert_string_equal(desk_text(desk, "levels.0.role"), "fostering_manager");
    assert_string_equal(desk_text(desk, "levels.1.role"), "fostering_service_manager");
    assert_string_not_equal(desk_text(desk, "levels.2.role"), "");
}

static void updates_of_an_action__are_listed_by_their_words(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id action = new_record(&desk->client, &case_id, "action", "text", "Ring the school");
    char id[HOLDFAST_ID_TEXT_BYTES], in_case[HOLDFAST_ID_TEXT_BYTES], path[200];
    const struct holdfast_id update =
        new_part(&desk->client, &case_id, "action_update", &action, "text", "I rang the school.");
    holdfast_id_format(&action, id);
    holdfast_id_format(&case_id, in_case);
    (void)snprintf(path, sizeof path, "/api/records?case=%s&parent=%s&type=action_update&with=text", in_case, id);
    assert_int_equal(desk_get(desk, path), 200);
    assert_string_equal(desk_text(desk, "records.0.with"), "I rang the school.");
    save(&desk->client, &update, "text", "Nobody was there.");
    assert_int_equal(desk_get(desk, path), 200);
    assert_string_equal(desk_text(desk, "records.0.with"), "I rang the school.\nNobody was there.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_case__is_read_with_the_reason_that_was_given_since_it_was_unlocked, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_ladder__says_whom_it_means_at_each_level, setup, teardown),
        cmocka_unit_test_setup_teardown(updates_of_an_action__are_listed_by_their_words, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
