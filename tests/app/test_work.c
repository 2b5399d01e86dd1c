/* What the cases owe, as the page asks for it. */
#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_BYTES 300
#define PACK       "policies/procedure-b-fsm.json"
#define CALENDAR   "policies/calendars/england-and-wales-2027.json"
/* desk's clock says 2026-11-25T09:46:40Z, a Wednesday */

static int setup(void **state)
{
    struct desk *desk = desk_new("Ada Invented", HF_ROLE_OFFICE);
    sync_in_memory(&desk->client, desk->office);
    desk_release(desk, CALENDAR);
    desk_release(desk, PACK);
    *state = desk;
    return 0;
}

static int teardown(void **state)
{
    desk_free(*state);
    return 0;
}

static struct holdfast_id request_in(struct desk *desk, const struct holdfast_id *case_id, const char *urgency,
                                     const char *at)
{
    const struct holdfast_id request = new_record(&desk->client, case_id, "request", "reason", "Nobody sleeps.");
    save(&desk->client, &request, "urgency", urgency);
    save(&desk->client, &request, "at", at);
    return request;
}

/* The place in the answer of a duty about this record; fails when it is not there. */
static size_t find_duty(const struct desk *desk, const char *duty, const struct holdfast_id *record)
{
    char id[HOLDFAST_ID_TEXT_BYTES], path[TEXT_BYTES];
    holdfast_id_format(record, id);
    for (size_t i = 0; i < desk_count(desk, "duties"); i++) {
        (void)snprintf(path, sizeof path, "duties.%zu.record", i);
        const bool about = strcmp(desk_text(desk, path), id) == 0;
        (void)snprintf(path, sizeof path, "duties.%zu.duty", i);
        if (about && strcmp(desk_text(desk, path), duty) == 0)
            return i;
    }
    fail_msg("%s is not in the answer", duty);
    return 0;
}

static const char *duty_text(const struct desk *desk, size_t at, const char *name)
{
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "duties.%zu.%s", at, name);
    return desk_text(desk, path);
}

static void my_work__tells_due_day_rule_and_group(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id late = request_in(desk, &case_id, "imminent", "2026-11-19T10:00:00Z");
    const struct holdfast_id today = request_in(desk, &case_id, "imminent", "2026-11-23T10:00:00Z");
    const struct holdfast_id soon = request_in(desk, &case_id, "imminent", "2026-11-24T10:00:00Z");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    const size_t one = find_duty(desk, "FSM-55", &late), two = find_duty(desk, "FSM-55", &today),
                 three = find_duty(desk, "FSM-55", &soon);
    assert_string_equal(duty_text(desk, one, "group"), "overdue");
    assert_string_equal(duty_text(desk, two, "group"), "today");
    assert_string_equal(duty_text(desk, three, "group"), "soon");
    assert_true(one < two && two < three);
    assert_string_equal(duty_text(desk, two, "due"), "2026-11-25T23:59:59.999Z");
    assert_int_equal(desk_number(desk, "duties.0.limit.n"), 2);
    assert_string_equal(duty_text(desk, two, "limit.unit"), "working_day");
    assert_string_equal(duty_text(desk, two, "limit.from"), "request");
    assert_string_equal(duty_text(desk, two, "policy"), "sample.fsm");
    assert_string_equal(duty_text(desk, two, "version"), "2024-11");
    assert_true(desk_number(desk, "counts.overdue") >= 1);
}

/* What has no limit of its own and is told by an alert is no later than what has one. */
static void my_work__lists_an_action_whose_day_has_gone_by(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id action = new_record(&desk->client, &case_id, "action", "text", "Ring the school");
    save(&desk->client, &action, "status", "open");
    save(&desk->client, &action, "due", "2026-11-20");
    assert_int_equal(desk_get(desk, "/api/work?who=all"), 200);
    assert_string_equal(duty_text(desk, find_duty(desk, "FSM-68", &action), "group"), "overdue");
    save(&desk->client, &action, "due", "2027-11-20");
    assert_int_equal(desk_get(desk, "/api/work?who=all"), 200);
    for (size_t i = 0; i < desk_count(desk, "duties"); i++)
        assert_string_not_equal(duty_text(desk, i, "duty"), "FSM-68");
}

/* An urgent request says at once that nobody has decided about support until the meeting: that has no day of its own.
 */
static void my_work__lists_support_that_is_not_decided_on_an_urgent_request(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id request = request_in(desk, &case_id, "imminent", "2026-11-24T10:00:00Z");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    const size_t at = find_duty(desk, "FSM-54", &request);
    assert_string_equal(duty_text(desk, at, "group"), "today");
    const struct holdfast_id support =
        new_record(&desk->client, &case_id, "interim_support", "what", "A visit each evening");
    char parent[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&request, parent);
    save(&desk->client, &support, "parent", parent);
    save(&desk->client, &support, "decision", "given");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    for (size_t i = 0; i < desk_count(desk, "duties"); i++)
        assert_string_not_equal(duty_text(desk, i, "duty"), "FSM-54");
}

/* Two late actions are told apart by what they say, which is cut at a whole character; a practice concern says nothing.
 */
static void a_duty__says_which_record_it_is_about(void **state)
{
    struct desk *desk = *state;
    char words[2 * 81 + 1] = {0}, cut[2 * 80 + 4] = {0};
    for (size_t i = 0; i < 81; i++)
        memcpy(words + 2 * i, "\xc3\xa9", 2);
    memcpy(cut, words, 2 * 80);
    memcpy(cut + 2 * 80, "\xe2\x80\xa6", 3);
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id one = new_record(&desk->client, &case_id, "action", "text", "Ring the school");
    const struct holdfast_id two = new_record(&desk->client, &case_id, "action", "text", words);
    const struct holdfast_id concern = new_record(&desk->client, &case_id, "practice_concern", "concern", "Invented");
    const struct holdfast_id *actions[] = {&one, &two};
    for (size_t i = 0; i < 2; i++) {
        save(&desk->client, actions[i], "status", "open");
        save(&desk->client, actions[i], "due", "2026-11-20");
    }
    assert_int_equal(desk_get(desk, "/api/work?who=all"), 200);
    assert_string_equal(duty_text(desk, find_duty(desk, "FSM-68", &one), "about"), "Ring the school");
    assert_string_equal(duty_text(desk, find_duty(desk, "FSM-68", &two), "about"), cut);
    char path[TEXT_BYTES], id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&case_id, id);
    (void)snprintf(path, sizeof path, "/api/duties?case=%s", id);
    assert_int_equal(desk_get(desk, path), 200);
    assert_string_equal(duty_text(desk, find_duty(desk, "FSM-68", &one), "about"), "Ring the school");
    assert_string_equal(duty_text(desk, find_duty(desk, "FSM-37", &concern), "about"), "");
}

/* UX-11: urgency, then due date. */
static void my_work__puts_the_urgent_case_first(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id calm = new_case(&desk->client, "CH-1"), urgent = new_case(&desk->client, "CH-2");
    const struct holdfast_id home = new_record(&desk->client, &calm, "placement", "status", "current");
    save(&desk->client, &home, "start", "2026-11-02");
    const struct holdfast_id request = request_in(desk, &urgent, "imminent", "2026-11-20T10:00:00Z");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_true(find_duty(desk, "FSM-55", &request) < find_duty(desk, "FSM-27", &home));
    save(&desk->client, &request, "urgency", "soon");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_string_equal(duty_text(desk, 0, "case"), duty_text(desk, find_duty(desk, "FSM-27", &home), "case"));
}

/* What is kept is never older than the records, nor than a minute of the clock; and goes when it is locked. */
static void my_work__that_is_kept_follows_every_change_and_the_clock(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id request = request_in(desk, &case_id, "imminent", "2026-11-23T10:00:00Z");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_int_equal(desk_number(desk, "counts.today"), 2);
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_int_equal(desk_number(desk, "counts.today"), 2);
    assert_int_equal(desk_get(desk, "/api/work?who=all"), 200);
    const json_int_t all = desk_number(desk, "counts.later");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_true(desk_number(desk, "counts.later") <= all);
    save(&desk->client, &request, "outcome_reason", "The carer took it back");
    save(&desk->client, &request, "outcome", "withdrawn");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_int_equal(desk_number(desk, "counts.today"), 0);
    save(&desk->client, &request, "outcome", "open");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_int_equal(desk_number(desk, "counts.today"), 2);
    desk->now_ms += 15 * 3600 * 1000; /* past the end of the day */
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_int_equal(desk_number(desk, "counts.today"), 1); /* support until the meeting has no day of its own */
    assert_true(desk_number(desk, "counts.overdue") >= 1);
    assert_int_equal(desk_post(desk, "/api/session/lock", "{}"), 200);
    assert_int_equal(desk_get(desk, "/api/work"), 423);
}

static size_t count_duty(const struct desk *desk, const char *duty)
{
    size_t count = 0;
    for (size_t i = 0; i < desk_count(desk, "duties"); i++)
        count += strcmp(duty_text(desk, i, "duty"), duty) == 0;
    return count;
}

static void my_work__leaves_out_what_others_see_to(void **state)
{
    struct desk *desk = *state;
    struct holdfast_identity own;
    char id[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id request = request_in(desk, &case_id, "imminent", "2026-11-23T10:00:00Z");
    save(&desk->client, &request, "arranger_role", "child_sw");
    save(&desk->client, &case_id, "child_sw", "01010101-0101-0101-0101-010101010101");
    save(&desk->client, &case_id, "ssw", "01010101-0101-0101-0101-010101010101");
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_int_equal(count_duty(desk, "FSM-55"), 0);
    assert_int_equal(desk_get(desk, "/api/work?who=all"), 200);
    assert_int_equal(count_duty(desk, "FSM-55"), 1);
    ok(&desk->client, holdfast_get_identity(desk->client.hf, &own));
    holdfast_id_format(&own.person, id);
    save(&desk->client, &case_id, "child_sw", id);
    save(&desk->client, &case_id, "ssw", id);
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    assert_int_equal(count_duty(desk, "FSM-55"), 1);
    assert_string_equal(duty_text(desk, find_duty(desk, "FSM-55", &request), "person_name"), "Ada Invented");
}

static void a_duty__is_explained_with_its_days_counted(void **state)
{
    struct desk *desk = *state;
    char path[TEXT_BYTES], case_text[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id request = request_in(desk, &case_id, "imminent", "2026-11-20T10:00:00Z");
    holdfast_id_format(&case_id, case_text);
    assert_int_equal(desk_get(desk, "/api/work"), 200);
    (void)snprintf(path, sizeof path, "/api/duties/explain?case=%s&duty=%s", case_text,
                   duty_text(desk, find_duty(desk, "FSM-55", &request), "id"));
    assert_int_equal(desk_get(desk, path), 200);
    assert_string_equal(desk_text(desk, "duty.duty"), "FSM-55");
    assert_int_equal(desk_count(desk, "days"), 4);
    assert_string_equal(desk_text(desk, "days.0.why"), "Saturday");
    assert_int_equal(desk_number(desk, "days.3.number"), 2);
    assert_string_equal(desk_text(desk, "days.3.date"), "2026-11-24");
    (void)snprintf(path, sizeof path, "/api/duties/explain?case=%s", case_text);
    assert_int_equal(desk_get(desk, path), 400);
    (void)snprintf(path, sizeof path, "/api/duties/explain?case=%s&duty=FSM-999", case_text);
    assert_int_equal(desk_get(desk, path), 404);
}

static void duties_of_a_record__are_those_about_it(void **state)
{
    struct desk *desk = *state;
    char path[TEXT_BYTES], case_text[HOLDFAST_ID_TEXT_BYTES], id[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id request = request_in(desk, &case_id, "imminent", "2026-11-20T10:00:00Z");
    holdfast_id_format(&case_id, case_text);
    holdfast_id_format(&request, id);
    (void)snprintf(path, sizeof path, "/api/duties?case=%s&record=%s", case_text, id);
    assert_int_equal(desk_get(desk, path), 200);
    assert_true(desk_count(desk, "duties") > 0);
    for (size_t i = 0; i < desk_count(desk, "duties"); i++)
        assert_string_equal(duty_text(desk, i, "record"), id);
    assert_int_equal(desk_get(desk, "/api/duties"), 400);
}

static void what_holds_a_meeting_back__is_listed_and_finalising_says_so(void **state)
{
    struct desk *desk = *state;
    char path[TEXT_BYTES], id[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    const struct holdfast_id meeting = new_record(&desk->client, &case_id, "meeting", "type", "fsm");
    save(&desk->client, &meeting, "status", "held");
    save(&desk->client, &meeting, "start", "2026-11-24T10:00:00Z");
    holdfast_id_format(&meeting, id);
    (void)snprintf(path, sizeof path, "/api/records/%s/missing", id);
    assert_int_equal(desk_get(desk, path), 200);
    assert_true(desk_count(desk, "duties") > 0);
    assert_string_equal(duty_text(desk, 0, "gate"), "finalise");
    (void)snprintf(path, sizeof path, "/api/records/%s/finalise", id);
    assert_int_equal(desk_post(desk, path, "{}"), 409);
    assert_non_null(strstr(desk_text(desk, "text"), "missing"));
}

static void a_procedure__is_read_in_plain_words_and_acknowledged(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_get(desk, "/api/policies"), 200);
    assert_int_equal(desk_count(desk, "policies"), 1); /* a calendar is none */
    assert_string_equal(desk_text(desk, "policies.0.name"), "sample.fsm");
    assert_int_equal(desk_get(desk, "/api/policies/rules?name=sample.fsm"), 200);
    assert_int_equal(desk_count(desk, "rules"), 72);
    assert_string_equal(desk_text(desk, "rules.0.id"), "FSM-01");
    assert_true(strlen(desk_text(desk, "rules.0.help")) > 0);
    assert_int_equal(desk_get(desk, "/api/policies/rules?name=none"), 404);
    assert_int_equal(desk_post(desk, "/api/policies/acknowledge", "{\"name\":\"sample.fsm\"}"), 200);
    assert_int_equal(desk_post(desk, "/api/policies/acknowledge", "{\"name\":\"none\"}"), 404);
}

static void search__says_how_many_cases_it_looked_through(void **state)
{
    struct desk *desk = *state;
    const struct holdfast_id case_id = new_case(&desk->client, "CH-1");
    (void)new_case(&desk->client, "CH-2");
    (void)new_record(&desk->client, &case_id, "action", "text", "Ask the school about a quiet room");
    assert_int_equal(desk_get(desk, "/api/search?q=quiet%20room"), 200);
    assert_int_equal(desk_number(desk, "cases"), 2);
    assert_int_equal(desk_count(desk, "found"), 1);
    assert_string_equal(desk_text(desk, "found.0.reference"), "CH-1");
    assert_string_equal(desk_text(desk, "found.0.type"), "action");
    assert_int_equal(desk_get(desk, "/api/search"), 200);
    assert_int_equal(desk_count(desk, "found"), 0);
}

static void the_person_of_the_device__is_among_the_staff(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_get(desk, "/api/people"), 200);
    assert_string_equal(desk_text(desk, "people.0.name"), "Ada Invented");
    assert_int_equal(desk_get(desk, "/api/lease"), 200);
    assert_true(desk_number(desk, "days") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(my_work__tells_due_day_rule_and_group, setup, teardown),
        cmocka_unit_test_setup_teardown(my_work__lists_an_action_whose_day_has_gone_by, setup, teardown),
        cmocka_unit_test_setup_teardown(my_work__lists_support_that_is_not_decided_on_an_urgent_request, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_duty__says_which_record_it_is_about, setup, teardown),
        cmocka_unit_test_setup_teardown(my_work__puts_the_urgent_case_first, setup, teardown),
        cmocka_unit_test_setup_teardown(my_work__that_is_kept_follows_every_change_and_the_clock, setup, teardown),
        cmocka_unit_test_setup_teardown(my_work__leaves_out_what_others_see_to, setup, teardown),
        cmocka_unit_test_setup_teardown(a_duty__is_explained_with_its_days_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(duties_of_a_record__are_those_about_it, setup, teardown),
        cmocka_unit_test_setup_teardown(what_holds_a_meeting_back__is_listed_and_finalising_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_procedure__is_read_in_plain_words_and_acknowledged, setup, teardown),
        cmocka_unit_test_setup_teardown(search__says_how_many_cases_it_looked_through, setup, teardown),
        cmocka_unit_test_setup_teardown(the_person_of_the_device__is_among_the_staff, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
