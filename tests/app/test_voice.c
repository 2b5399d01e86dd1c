/* What a child has said, gathered from wherever in the case it was written down. */
#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_BYTES 300

static int setup(void **state)
{
    struct desk *desk = desk_new("Ada Invented", HF_ROLE_WORKER);
    sync_in_memory(&desk->client, desk->office);
    *state = desk;
    return 0;
}

static int teardown(void **state)
{
    desk_free(*state);
    return 0;
}

static void ask(struct desk *desk, const struct holdfast_id *case_id)
{
    char id[HOLDFAST_ID_TEXT_BYTES], path[TEXT_BYTES];
    holdfast_id_format(case_id, id);
    (void)snprintf(path, sizeof path, "/api/cases/%s/voice", id);
    assert_int_equal(desk_get(desk, path), 200);
}

/* Where this text stands in the answer; -1: it does not. */
static int place_of(const struct desk *desk, const char *text)
{
    char path[TEXT_BYTES];
    for (size_t i = 0; i < desk_count(desk, "voices"); i++) {
        (void)snprintf(path, sizeof path, "voices.%zu.text", i);
        if (strcmp(desk_text(desk, path), text) == 0)
            return (int)i;
    }
    return -1;
}

static const char *voice_text(const struct desk *desk, int place, const char *name)
{
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "voices.%d.%s", place, name);
    return desk_text(desk, path);
}

static void save_ref(struct client *client, const struct holdfast_id *record, const char *field,
                     const struct holdfast_id *value)
{
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(value, id);
    save(client, record, field, id);
}

static void what_the_child_said__is_gathered_from_every_place_newest_first(void **state)
{
    struct desk *desk = *state;
    struct client *client = &desk->client;
    char id[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(client, "CH-1");
    const struct holdfast_id child = new_record(client, &case_id, "child", "name", "Robin Invented");
    save(client, &child, "communication", "With drawings.");
    const struct holdfast_id meeting = new_record(client, &case_id, "meeting", "type", "psm");
    const struct holdfast_id views =
        new_part(client, &case_id, "views", &meeting, "words", "I want  it quiet.\nPlease.");
    save_ref(client, &views, "person", &child);
    save(client, &views, "obtained_at", "2026-11-20T10:00:00Z");
    save(client, &views, "how_considered", "Read out first.");
    const struct holdfast_id wishes =
        new_part(client, &case_id, "attendance_decision", &meeting, "factor_wishes", "To be there for the first half.");
    save_ref(client, &wishes, "person", &child);
    save(client, &wishes, "at", "2026-11-19T10:00:00Z");
    const struct holdfast_id told =
        new_part(client, &case_id, "child_explained", &meeting, "words", "Will Cleo be there?");
    save(client, &told, "at", "2026-11-21T10:00:00Z");
    const struct holdfast_id request = new_record(client, &case_id, "request", "words", "It is loud at tea.");
    save(client, &request, "said_on", "2026-11-10");
    const struct holdfast_id move = new_record(client, &case_id, "move", "child_words", "I say goodbye to the dog.");
    save(client, &move, "on", "2026-11-22");
    const struct holdfast_id action = new_part(client, &case_id, "action", &meeting, "text", "Find a quiet place");
    save(client, &action, "recipient", "child");

    ask(desk, &case_id);
    assert_int_equal(desk_number(desk, "total"), 6);
    assert_int_equal(place_of(desk, "I say goodbye to the dog."), 0);
    assert_int_equal(place_of(desk, "Will Cleo be there?"), 1);
    const int said = place_of(desk, "I want  it quiet.\nPlease."); /* as it was written, letter by letter */
    assert_int_equal(said, 2);
    assert_string_equal(voice_text(desk, said, "on"), "2026-11-20T10:00:00.000Z");
    assert_string_equal(voice_text(desk, said, "how_considered"), "Read out first.");
    holdfast_id_format(&views, id);
    assert_string_equal(voice_text(desk, said, "record"), id);
    holdfast_id_format(&meeting, id);
    assert_string_equal(voice_text(desk, said, "parent"), id);
    assert_int_equal(place_of(desk, "To be there for the first half."), 3);
    assert_int_equal(place_of(desk, "It is loud at tea."), 4);
    assert_int_equal(place_of(desk, "With drawings."), 5);
    assert_int_equal(desk_count(desk, "agreed"), 1);
    assert_string_equal(desk_text(desk, "agreed.0.fields.text"), "Find a quiet place");
}

static void what_others_said__is_not_the_childs(void **state)
{
    struct desk *desk = *state;
    struct client *client = &desk->client;
    const struct holdfast_id case_id = new_case(client, "CH-1");
    const struct holdfast_id other_case = new_case(client, "CH-2");
    const struct holdfast_id meeting = new_record(client, &case_id, "meeting", "type", "psm");
    const struct holdfast_id views = new_part(client, &case_id, "views", &meeting, "words", "We are tired.");
    save(client, &views, "role", "carer");
    const struct holdfast_id elsewhere = new_record(client, &other_case, "views", "words", "Another child's words.");
    save(client, &elsewhere, "role", "child");
    const struct holdfast_id action = new_part(client, &case_id, "action", &meeting, "text", "An evening off");
    save(client, &action, "recipient", "carer");
    ask(desk, &case_id);
    assert_int_equal(desk_number(desk, "total"), 0);
    assert_int_equal(desk_count(desk, "agreed"), 0);
    save(client, &views, "role", "child");
    save(client, &meeting, "start", "2026-11-20T15:00:00Z");
    ask(desk, &case_id);
    assert_int_equal(place_of(desk, "We are tired."), 0);
    assert_string_equal(voice_text(desk, 0, "on"),
                        "2026-11-20T15:00:00.000Z"); /* the meeting's, without one of its own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_child_said__is_gathered_from_every_place_newest_first, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_others_said__is_not_the_childs, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
