/* The office's figures, each with its records; procedures released, compared and read; settings; calendars. */
#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_BYTES 300
/* desk's clock says 2026-11-25T09:46:40Z, a Wednesday */

static int setup(void **state)
{
    *state = desk_with_fostering_procedure("Ada Invented");
    return 0;
}

static int teardown(void **state)
{
    desk_free(*state);
    return 0;
}

static const char *text_at(const struct desk *desk, const char *list, size_t number, const char *name)
{
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "%s.%zu.%s", list, number, name);
    return desk_text(desk, path);
}

static void an_urgent_request__is_counted_with_the_time_that_is_left(void **state)
{
    struct desk *desk = *state;
    char id[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id request = new_record(&desk->client, &case_id, "request", "reason", "Nobody sleeps.");
    save(&desk->client, &request, "urgency", "imminent");
    save(&desk->client, &request, "at", "2026-11-24T10:00:00Z");
    holdfast_id_format(&request, id);
    assert_int_equal(desk_get(desk, "/api/dashboard"), 200);
    assert_int_equal(desk_number(desk, "urgent.count"), 1);
    assert_string_equal(desk_text(desk, "urgent.rows.0.record"), id);
    /* due 2026-11-26T23:59:59.999Z */
    assert_int_equal(desk_number(desk, "urgent.rows.0.left_ms"), 137599999);
    save(&desk->client, &request, "outcome", "withdrawn");
    assert_int_equal(desk_get(desk, "/api/dashboard"), 200);
    assert_int_equal(desk_number(desk, "urgent.count"), 1); /* without a reason the clock goes on */
    save(&desk->client, &request, "outcome_reason", "The carers asked for another day.");
    assert_int_equal(desk_get(desk, "/api/dashboard"), 200);
    assert_int_equal(desk_number(desk, "urgent.count"), 0);
}

static struct holdfast_id held_meeting(struct desk *desk, const struct holdfast_id *case_id)
{
    const struct holdfast_id meeting = new_record(&desk->client, case_id, "meeting", "type", "fsm");
    save(&desk->client, &meeting, "start", "2026-11-20T10:00:00Z");
    save(&desk->client, &meeting, "end", "2026-11-20T11:00:00Z");
    save(&desk->client, &meeting, "status", "held");
    return meeting;
}

static void minutes_and_the_childs_views__are_counted_from_the_meetings(void **state)
{
    struct desk *desk = *state;
    char id[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id meeting = held_meeting(desk, &case_id);
    holdfast_id_format(&meeting, id);
    const struct holdfast_id there = new_part(&desk->client, &case_id, "attendance", &meeting, "role", "carer");
    save(&desk->client, &there, "attended", "attended");
    assert_int_equal(desk_get(desk, "/api/dashboard"), 200);
    assert_int_equal(desk_number(desk, "minutes.count"), 1);
    assert_string_equal(desk_text(desk, "minutes.rows.0.record"), id);
    assert_int_equal(desk_number(desk, "voice.held"), 1);
    assert_int_equal(desk_number(desk, "voice.heard"), 0);
    assert_string_equal(desk_text(desk, "voice.rows.0.id"), id);
    const struct holdfast_id views = new_part(&desk->client, &case_id, "views", &meeting, "role", "child");
    save(&desk->client, &views, "no_views_reason", "The child was asleep.");
    assert_int_equal(desk_get(desk, "/api/dashboard"), 200);
    assert_int_equal(desk_number(desk, "voice.heard"), 0); /* a reason is no view */
    save(&desk->client, &views, "words", "I want to stay.");
    assert_int_equal(desk_get(desk, "/api/dashboard"), 200);
    assert_int_equal(desk_number(desk, "voice.heard"), 1);
    assert_int_equal(desk_count(desk, "voice.rows"), 0);
}

static void a_plan_that_nobody_reviewed__is_counted(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id seen = new_record(&desk->client, &case_id, "supervision", "held_on", "2026-11-18");
    (void)seen;
    assert_int_equal(desk_get(desk, "/api/dashboard"), 200);
    assert_int_equal(desk_number(desk, "plans.count"), 1);
    assert_string_equal(desk_text(desk, "plans.rows.0.duty"), "FSM-32");
}

static void escalations__are_counted_by_level_until_somebody_replies(void **state)
{
    struct desk *desk = *state;
    char path[TEXT_BYTES], id[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id action = new_record(&desk->client, &case_id, "action", "text", "Ring the school");
    holdfast_id_format(&action, id);
    (void)snprintf(path, sizeof path, "/api/records/%s/escalate", id);
    assert_int_equal(desk_post(desk, path, "{\"level\":2,\"reason\":\"Nobody rang\"}"), 200);
    (void)snprintf(id, sizeof id, "%s", desk_text(desk, "change"));
    assert_int_equal(desk_get(desk, "/api/dashboard"), 200);
    assert_int_equal(desk_number(desk, "escalations.levels.0"), 0);
    assert_int_equal(desk_number(desk, "escalations.levels.1"), 1);
    assert_string_equal(desk_text(desk, "escalations.rows.0.fields.reason"), "Nobody rang");
    (void)snprintf(path, sizeof path, "/api/records/%s/reply", id);
    assert_int_equal(desk_post(desk, path, "{\"text\":\"I ring today\"}"), 200);
    assert_int_equal(desk_get(desk, "/api/dashboard"), 200);
    assert_int_equal(desk_number(desk, "escalations.levels.1"), 0);
    assert_int_equal(desk_count(desk, "escalations.rows"), 1);
}

static void oversight__tells_the_officer_and_the_managers_what_is_theirs(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    save(&desk->client, &case_id, "unstable", "yes");
    assert_int_equal(desk_get(desk, "/api/oversight?who=managers"), 200);
    assert_int_equal(desk_number(desk, "unstable.count"), 1);
    assert_int_equal(desk_count(desk, "notices"), 0);
    const struct holdfast_id notice =
        new_record(&desk->client, &case_id, "stability_notice", "summary", "The carers are tired.");
    save(&desk->client, &notice, "at", "2026-11-25T09:00:00Z");
    const struct holdfast_id to = notice;
    add_element(&desk->client, &to, "to_roles", "sm_cla");
    assert_int_equal(desk_get(desk, "/api/oversight?who=managers"), 200);
    assert_int_equal(desk_number(desk, "unstable.count"), 0);
    assert_string_equal(desk_text(desk, "notices.0.fields.to_roles.0"), "sm_cla");
    const struct holdfast_id meeting = held_meeting(desk, &case_id);
    const struct holdfast_id away = new_part(&desk->client, &case_id, "attendance", &meeting, "role", "child");
    save(&desk->client, &away, "attended", "absent");
    assert_int_equal(desk_get(desk, "/api/oversight?who=iro"), 200);
    assert_true(desk_number(desk, "views.count") >= 1);
    assert_string_equal(desk_text(desk, "views.rows.0.duty"), "FSM-49");
    assert_int_equal(desk_get(desk, "/api/oversight?who=everybody"), 400);
    assert_int_equal(desk_get(desk, "/api/oversight"), 400);
}

/* --- procedures --- */

/* The sample pack with another version, and other days for the minutes. */
static json_t *later_pack(void)
{
    struct hf_buf file = read_tree_file("policies/procedure-b-fsm.json");
    struct hf_buf text = {0};
    json_t *pack = NULL;
    assert_int_equal(hf_json_load(hf_buf_slice(&file), &pack, NULL), HF_OK);
    assert_int_equal(json_object_set_new(pack, "version", json_string("2026-12")), 0);
    assert_int_equal(json_object_set_new(pack, "effective_from", json_string("2026-11-01")), 0);
    assert_int_equal(json_object_set_new(pack, "reread_required", json_true()), 0);
    json_t *minutes = json_object_get(json_object_get(pack, "deadlines"), "minutes");
    assert_int_equal(json_object_set_new(minutes, "n", json_integer(7)), 0);
    assert_int_equal(hf_json_dump(pack, HF_JSON_INDENTED, &text), HF_OK);
    json_decref(pack);
    hf_buf_clear(&file);
    json_t *body = json_pack("{s:s%}", "file", text.data, text.len);
    hf_buf_clear(&text);
    return body;
}

static size_t find_path(const struct desk *desk, const char *list, const char *wanted)
{
    for (size_t i = 0; i < desk_count(desk, list); i++)
        if (strcmp(text_at(desk, list, i, "path"), wanted) == 0)
            return i;
    fail_msg("%s is not among the changes", wanted);
    return 0;
}

static void a_new_version__is_looked_at_released_and_compared(void **state)
{
    struct desk *desk = *state;
    char path[TEXT_BYTES];
    json_t *body = later_pack();
    assert_int_equal(desk_post_json(desk, "/api/policies/check", json_incref(body)), 200);
    assert_string_equal(desk_text(desk, "name"), "sample.fsm");
    assert_string_equal(desk_text(desk, "version"), "2026-12");
    (void)find_path(desk, "diff.changes", "deadlines.minutes.n");
    assert_int_equal(desk_get(desk, "/api/policies/released"), 200);
    assert_int_equal(desk_count(desk, "released"), 2); /* looking releases nothing */
    assert_int_equal(desk_post_json(desk, "/api/policies/release", body), 200);
    assert_int_equal(desk_get(desk, "/api/policies/released"), 200);
    assert_int_equal(desk_count(desk, "released"), 3);
    assert_string_equal(desk_text(desk, "released.2.version"), "2026-12");
    assert_int_equal(strlen(desk_text(desk, "released.2.sha256")), 64);
    assert_int_equal(desk_get(desk, "/api/policies/compare?name=sample.fsm&from=2024-11&to=2026-12"), 200);
    const size_t at = find_path(desk, "changes", "deadlines.minutes.n");
    (void)snprintf(path, sizeof path, "changes.%zu.before", at);
    assert_int_equal(desk_number(desk, path), 5);
    (void)snprintf(path, sizeof path, "changes.%zu.after", at);
    assert_int_equal(desk_number(desk, path), 7);
    assert_true(strlen(desk_text(desk, "titles.FSM-63")) > 0);
    assert_int_equal(desk_get(desk, "/api/policies/compare?name=sample.fsm&from=2024-11&to=none"), 404);
    assert_int_equal(desk_get(desk, "/api/policies/compare?name=sample.fsm"), 400);
}

static void a_file_that_is_no_pack__is_refused_with_the_line(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_post(desk, "/api/policies/check", "{\"file\":\"{\\\"policy\\\":1}\"}"), 400);
    assert_int_equal(desk_post(desk, "/api/policies/check", "{\"file\":\"no\"}"), 400);
    assert_int_equal(desk_post(desk, "/api/policies/check", "{}"), 400);
    assert_int_equal(desk_post(desk, "/api/policies/release", "{\"file\":\"{}\"}"), 400);
}

static void releasing_and_deciding__are_for_the_office_alone(void **state)
{
    struct desk *desk = desk_new("Wil Invented", HF_ROLE_WORKER);
    (void)state;
    assert_int_equal(desk_post_json(desk, "/api/policies/release", later_pack()), 403);
    assert_int_equal(desk_post(desk, "/api/settings",
                               "{\"policy\":\"sample.fsm\",\"name\":\"minutes_unit\",\"value\":\"working_day\","
                               "\"reason\":\"So decided\"}"),
                     403);
    desk_free(desk);
}

static void acknowledgements__tell_who_has_read_a_version(void **state)
{
    struct desk *desk = *state;
    const char *path = "/api/policies/acknowledgements?name=sample.fsm&version=2024-11";
    assert_int_equal(desk_get(desk, path), 200);
    assert_int_equal(desk_count(desk, "people"), 1);
    assert_string_equal(desk_text(desk, "people.0.at"), "");
    assert_int_equal(desk_post(desk, "/api/policies/acknowledge", "{\"name\":\"sample.fsm\"}"), 200);
    assert_int_equal(desk_get(desk, path), 200);
    assert_string_not_equal(desk_text(desk, "people.0.at"), "");
    assert_int_equal(desk_get(desk, "/api/policies/acknowledgements?name=sample.fsm&version=2019-01"), 200);
    assert_string_equal(desk_text(desk, "people.0.at"), "");
    assert_int_equal(desk_get(desk, "/api/policies/acknowledgements"), 400);
}

static size_t find_setting(const struct desk *desk, const char *name)
{
    for (size_t i = 0; i < desk_count(desk, "settings"); i++)
        if (strcmp(text_at(desk, "settings", i, "name"), name) == 0)
            return i;
    fail_msg("%s is not among the settings", name);
    return 0;
}

static void a_setting__tells_who_chose_what_when_and_from_when(void **state)
{
    struct desk *desk = *state;
    struct holdfast_identity own;
    char id[HOLDFAST_ID_TEXT_BYTES];
    ok(&desk->client, holdfast_get_identity(desk->client.hf, &own));
    holdfast_id_format(&own.person, id);
    assert_int_equal(desk_get(desk, "/api/settings"), 200);
    size_t at = find_setting(desk, "minutes_unit");
    assert_string_equal(text_at(desk, "settings", at, "value"), "calendar_day");
    assert_string_equal(text_at(desk, "settings", at, "decided_on"), "");
    assert_string_equal(text_at(desk, "settings", at, "allowed.choices.1"), "working_day");
    assert_int_equal(desk_post(desk, "/api/settings",
                               "{\"policy\":\"sample.fsm\",\"name\":\"minutes_unit\",\"value\":\"working_day\","
                               "\"from\":\"2020-01-01\",\"reason\":\"As the panel agreed\"}"),
                     200);
    assert_int_equal(desk_get(desk, "/api/settings"), 200);
    at = find_setting(desk, "minutes_unit");
    assert_string_equal(text_at(desk, "settings", at, "value"), "working_day");
    assert_string_equal(text_at(desk, "settings", at, "decided_by"), id);
    assert_string_equal(text_at(desk, "settings", at, "from"), "2020-01-01");
    assert_string_equal(text_at(desk, "settings", at, "reason"), "As the panel agreed");
    assert_int_equal(desk_count(desk, "decisions"), 1);
    assert_int_equal(desk_post(desk, "/api/settings",
                               "{\"policy\":\"sample.fsm\",\"name\":\"minutes_unit\",\"value\":\"lunch\","
                               "\"reason\":\"Why not\"}"),
                     400);
}

static void a_day_beyond_the_calendar__is_told_of(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    assert_int_equal(desk_get(desk, "/api/calendars"), 200);
    assert_int_equal(desk_count(desk, "calendars"), 1);
    assert_string_equal(desk_text(desk, "calendars.0.covers_until"), "2027-12-31");
    assert_string_equal(desk_text(desk, "calendars.0.holidays.0.name"), "New Year's Day");
    assert_int_equal(desk_number(desk, "beyond"), 0);
    const struct holdfast_id home = new_record(&desk->client, &case_id, "placement", "status", "current");
    save(&desk->client, &home, "start", "2027-12-30");
    assert_int_equal(desk_get(desk, "/api/calendars"), 200);
    assert_true(desk_number(desk, "beyond") >= 1);
    assert_string_equal(desk_text(desk, "duties.0.duty"), "FSM-27");
}

static void a_procedure__is_called_as_its_file_says(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_get(desk, "/api/policies/names"), 200);
    const json_t *names = json_object_get(desk->json, "names");
    assert_string_equal(json_string_value(json_object_get(names, "sample.fsm")), "Fostering Support Meeting");
    assert_int_equal(json_object_size(names), 1); /* a calendar is none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_procedure__is_called_as_its_file_says, setup, teardown),
        cmocka_unit_test_setup_teardown(an_urgent_request__is_counted_with_the_time_that_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(minutes_and_the_childs_views__are_counted_from_the_meetings, setup, teardown),
        cmocka_unit_test_setup_teardown(a_plan_that_nobody_reviewed__is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(escalations__are_counted_by_level_until_somebody_replies, setup, teardown),
        cmocka_unit_test_setup_teardown(oversight__tells_the_officer_and_the_managers_what_is_theirs, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_version__is_looked_at_released_and_compared, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_no_pack__is_refused_with_the_line, setup, teardown),
        cmocka_unit_test(releasing_and_deciding__are_for_the_office_alone),
        cmocka_unit_test_setup_teardown(acknowledgements__tell_who_has_read_a_version, setup, teardown),
        cmocka_unit_test_setup_teardown(a_setting__tells_who_chose_what_when_and_from_when, setup, teardown),
        cmocka_unit_test_setup_teardown(a_day_beyond_the_calendar__is_told_of, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
