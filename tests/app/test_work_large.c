/* My work over a large caseload: every duty counted, and how long it takes from handler to bytes; and what one autosave
 * costs there, with the question whom it waits for by the rights of the procedure. With HF_LONG_TESTS=1 10,000 records;
 * the figure is printed, and stands in docs/benchmarks.md. Sample data is invented. */
#include "tests/app/support_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define RECORDS_EACH 40 /* of a case, with the case itself */
#define CASES_LONG   250
#define CASES_SHORT  6
#define ROUNDS       7

static struct holdfast_id put(struct desk *desk, const struct holdfast_id *case_id, const char *type,
                              const struct holdfast_id *parent, const char *const *fields)
{
    struct holdfast_edit *edit = NULL;
    ok(&desk->client, holdfast_edit_new(desk->client.hf, case_id, type, parent, NULL, &edit));
    for (; fields[0]; fields += 2)
        ok(&desk->client, holdfast_edit_set(edit, fields[0], fields[1]));
    const struct holdfast_id id = holdfast_edit_id(edit);
    ok(&desk->client, holdfast_edit_commit(edit, NULL));
    return id;
}

#define PUT(type, parent, ...) put(desk, &case_id, type, parent, (const char *const[]){__VA_ARGS__, NULL})

/* One in ten has an urgent request that is due today. */
static void fill_case(struct desk *desk, size_t number)
{
    char reference[32];
    (void)snprintf(reference, sizeof reference, "CH-%04zu", number);
    const struct holdfast_id case_id = new_case(&desk->client, reference);
    (void)PUT("child", &case_id, "name", "Robin Invented");
    const struct holdfast_id home =
        PUT("placement", &case_id, "setting", "in_house_foster", "status", "current", "start", "2026-11-02");
    (void)PUT("ppm", &home, "held_on", "2026-11-06", "carer_support_needs", "Rest");
    (void)PUT("request", &case_id, "urgency", number % 10 == 0 ? "imminent" : "soon", "at", "2026-11-23T10:00:00Z",
              "reason", "Nobody sleeps.");
    const struct holdfast_id meeting = PUT("meeting", &case_id, "type", "fsm", "kind", "responsive", "status", "held",
                                           "start", "2026-11-19T10:00:00Z", "end", "2026-11-19T11:00:00Z");
    const struct holdfast_id plan =
        PUT("support_plan", &case_id, "status", "current", "on", "2026-11-06", "by_role", "ssw");
    for (size_t i = 7; i < RECORDS_EACH; i++) {
        if (i % 3 == 0)
            (void)PUT("action", &meeting, "text", "Ask the school about a quiet room at lunch", "due", "2026-11-20",
                      "status", "open");
        else if (i % 3 == 1)
            (void)PUT("plan_item", &plan, "recipient", "both", "text", "A night away each month", "status", "planned");
        else
            (void)PUT("warning_sign", &case_id, "what", "Late home from school twice", "seen_on", "2026-11-12");
    }
}

static double ms_of(struct timespec a, struct timespec b)
{
    return (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
}

static int by_size(const void *a, const void *b)
{
    const double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

/* anew: everything worked out each time; otherwise as it is kept until something changes. */
static void measure(struct desk *desk, size_t cases, bool anew)
{
    double wall[ROUNDS], cpu[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        struct timespec from, to, cpu_from, cpu_to;
        (void)clock_gettime(CLOCK_MONOTONIC, &from);
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_from);
        assert_int_equal(desk_get(desk, "/api/work"), 200);
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_to);
        (void)clock_gettime(CLOCK_MONOTONIC, &to);
        wall[i] = ms_of(from, to);
        cpu[i] = ms_of(cpu_from, cpu_to);
        desk->now_ms += anew ? 60000 : 0; /* another minute: what was kept is worked out again */
    }
    assert_int_equal(desk_number(desk, "counts.today"), 2 * ((cases + 9) / 10)); /* and support until the meeting */
    print_message("%zu records in %zu cases, %s: %.1f ms by the clock, %.1f ms of processor, %zu bytes\n",
                  cases * RECORDS_EACH, cases, anew ? "worked out anew" : "as it was kept", median(wall), median(cpu),
                  hf_app_response_body(&desk->response).len);
}

/* --- typing --- */

#define KEYS_ROUNDS 41

static double median_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

/* Autosaves of a form, as the page sends them while somebody types. A form that is new has a parent. */
static void type_into(struct desk *desk, json_t *form_of, const char *field, const char *what)
{
    double cpu[KEYS_ROUNDS];
    char path[100], text[KEYS_ROUNDS + 1] = "";
    assert_int_equal(desk_post_json(desk, "/api/forms", form_of), 200);
    json_t *form = json_incref(desk->json);
    (void)snprintf(path, sizeof path, "/api/forms/%s/draft", json_string_value(json_object_get(form, "record")));
    for (size_t i = 0; i < KEYS_ROUNDS; i++) {
        struct timespec from, to;
        text[i] = (char)('a' + i % 26);
        json_t *body = json_pack("{s:O, s:O, s:O, s:O, s:O, s:{s:s}, s:s}", "case", json_object_get(form, "case"),
                                 "type", json_object_get(form, "type"), "parent", json_object_get(form, "parent"),
                                 "slot", json_object_get(form, "slot"), "seen", json_object_get(form, "seen"), "fields",
                                 field, text, "cursor", "field-text:1");
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        assert_int_equal(desk_post_json(desk, path, body), 200);
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        cpu[i] = ms_of(from, to);
        desk->now_ms += 1200;
    }
    const double first = cpu[0];
    const double middle = median_of(cpu, KEYS_ROUNDS);
    print_message("an autosave of %s: the first %.2f, the middle one %.2f, the longest %.2f ms of processor\n", what,
                  first, middle, cpu[KEYS_ROUNDS - 1]);
    json_decref(form);
}

static void measure_typing(struct desk *desk)
{
    char id[HOLDFAST_ID_TEXT_BYTES], in_meeting[HOLDFAST_ID_TEXT_BYTES];
    const struct holdfast_id case_id = new_case(&desk->client, "CH-TYPING");
    const struct holdfast_id meeting = PUT("meeting", &case_id, "type", "fsm", "kind", "responsive", "status", "held",
                                           "start", "2026-11-19T10:00:00Z");
    for (size_t i = 0; i < RECORDS_EACH; i++)
        (void)PUT("action", &meeting, "text", "Ask the school about a quiet room at lunch", "status", "open");
    holdfast_id_format(&case_id, id);
    holdfast_id_format(&meeting, in_meeting);
    type_into(desk, json_pack("{s:s, s:s, s:s}", "case", id, "type", "action", "parent", in_meeting), "text",
              "a new action");
    type_into(desk, json_pack("{s:s, s:s, s:s}", "case", id, "type", "escalation", "parent", in_meeting), "reason",
              "a new escalation, which waits");
    type_into(desk, json_pack("{s:s}", "record", in_meeting), "place", "the meeting");
    type_into(desk, json_pack("{s:s, s:s, s:s}", "case", id, "type", "notes", "parent", in_meeting), "text",
              "the notes");
}

static void my_work__over_many_cases(void **state)
{
    struct desk *desk = desk_new("Ada Invented", HF_ROLE_OFFICE);
    const size_t cases = getenv("HF_LONG_TESTS") ? CASES_LONG : CASES_SHORT;
    (void)state;
    sync_in_memory(&desk->client, desk->office);
    desk_release(desk, "policies/calendars/england-and-wales-2027.json");
    desk_release(desk, "policies/procedure-b-fsm.json");
    for (size_t i = 0; i < cases; i++)
        fill_case(desk, i);
    measure(desk, cases, true);
    measure(desk, cases, false);
    measure_typing(desk);
    desk_free(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(my_work__over_many_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
