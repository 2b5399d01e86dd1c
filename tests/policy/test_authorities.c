/* Procedures that nobody had in mind: other limits and days, a manager's gate, two levels of meeting. Data only. */
#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <string.h>

static struct hf_calendar *calendar;
static struct a_case built;

static int load(void **state)
{
    calendar = load_calendar();
    return support_start(state);
}

static int unload(void **state)
{
    (void)state;
    hf_calendar_free(calendar);
    return 0;
}

static struct hf_policy_pack *invented(const char *name)
{
    char path[160];
    struct hf_error err = {0};
    struct hf_policy_pack *pack = NULL;
    (void)snprintf(path, sizeof path, "tests/policy/packs/%s.json", name);
    struct hf_buf bytes = read_tree_file(path);
    if (hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err) != HF_OK)
        fail_msg("%s", err.text);
    hf_buf_clear(&bytes);
    return pack;
}

/* `records` with ' for "; `rule` of `subject` comes to `wanted` at `now`. */
static void assert_duty(const struct hf_policy_pack *pack, const char *records, const char *now, const char *rule,
                        const char *subject, const char *wanted)
{
    struct hf_buf bytes = {0};
    struct hf_policy_result result = {0};
    struct hf_error err = {0};
    json_t *json = NULL;
    char word[32] = "no duty";
    for (const char *at = records; *at; at++)
        hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
    if (hf_json_load(hf_buf_slice(&bytes), &json, &err) != HF_OK)
        fail_msg("%s", err.text);
    build_case(json, &built);
    evaluate(pack, calendar, NULL, &built, time_of(now), &result);
    const struct hf_duty *duty = worst_duty(&result, rule, subject);
    if (duty)
        duty_word(duty, word);
    assert_string_equal(word, wanted);
    hf_policy_result_clear(&result);
    clear_case(&built);
    json_decref(json);
    hf_buf_clear(&bytes);
}

static void third_authority__counts_hours_and_days_before_the_meeting(void **state)
{
    (void)state;
    static const char records[] = "{'r':{'record':'request','at':'2026-11-20T18:00:00Z'},"
                                  "'m':{'record':'meeting','type':'psm','start':'2026-11-23T18:00:00Z','request':'@r'},"
                                  "'p':{'record':'paper','parent':'@m','at':'2026-11-18T09:00:00Z'}}";
    struct hf_policy_pack *pack = invented("northvale");
    assert_duty(pack, records, "2026-11-25T12:00:00Z", "NV-MEET", NULL, "done");
    assert_duty(pack, records, "2026-11-25T12:00:00Z", "NV-PAPERS", NULL, "done");
    assert_duty(pack, records, "2026-11-25T12:00:00Z", "NV-THREE", NULL, "due");
    assert_duty(pack, "{'r':{'record':'request','at':'2026-11-20T18:00:00Z'}}", "2026-11-23T18:00:00Z", "NV-MEET", NULL,
                "due");
    assert_duty(pack, "{'r':{'record':'request','at':'2026-11-20T18:00:00Z'}}", "2026-11-23T18:00:00.001Z", "NV-MEET",
                NULL, "overdue");
    assert_duty(pack,
                "{'m':{'record':'meeting','type':'psm','start':'2026-11-23T18:00:00Z'},"
                "'p':{'record':'paper','parent':'@m','at':'2026-11-19T09:00:00Z'}}",
                "2026-11-25T12:00:00Z", "NV-PAPERS", NULL, "done late");
    assert_duty(
        pack,
        "{'m':{'record':'meeting','type':'psm'},'a':{'record':'attendance','parent':'@m','attended':'attended'},"
        "'b':{'record':'attendance','parent':'@m','attended':'attended'},"
        "'c':{'record':'attendance','parent':'@m','attended':'attended'}}",
        "2026-11-25T12:00:00Z", "NV-THREE", NULL, "done");
    hf_policy_pack_free(pack);
}

static void fourth_authority__has_a_managers_gate_and_two_levels(void **state)
{
    (void)state;
    static const char agreed[] =
        "{'r':{'record':'request','outcome_by':'@boss','outcome_at':'2026-11-18T09:00:00Z'},"
        "'m':{'record':'meeting','type':'psm','start':'2026-11-20T10:00:00Z','request':'@r'},"
        "'n':{'record':'meeting','type':'psm','start':'2026-12-18T10:00:00Z','earlier_meeting':'@m','request':'@r',"
        "'chair_role':'sm_cla'}}";
    static const char not_agreed[] =
        "{'r':{'record':'request','by_role':'ssw'},'m':{'record':'meeting','type':'psm','start':'2026-11-20T10:00:00Z',"
        "'request':'@r'},'n':{'record':'meeting','start':'2026-12-21T10:00:00Z','earlier_meeting':'@m',"
        "'chair_role':'ssw'}}";
    struct hf_policy_pack *pack = invented("southmere");
    assert_duty(pack, agreed, "2026-12-22T12:00:00Z", "SM-GATE", NULL, "done");
    assert_duty(pack, agreed, "2026-12-22T12:00:00Z", "SM-SECOND", "m", "done");
    assert_duty(pack, agreed, "2026-12-22T12:00:00Z", "SM-SECOND", "n", "no duty");
    assert_duty(pack, agreed, "2026-12-22T12:00:00Z", "SM-CHAIR", NULL, "done");
    assert_duty(pack, not_agreed, "2026-11-19T12:00:00Z", "SM-GATE", "m", "due");
    assert_duty(pack, not_agreed, "2026-11-20T12:00:00Z", "SM-GATE", "m", "not_recorded");
    assert_duty(pack, not_agreed, "2026-12-22T12:00:00Z", "SM-SECOND", "m", "done late");
    assert_duty(pack, not_agreed, "2026-12-22T12:00:00Z", "SM-CHAIR", NULL, "due");
    hf_policy_pack_free(pack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(third_authority__counts_hours_and_days_before_the_meeting),
        cmocka_unit_test(fourth_authority__has_a_managers_gate_and_two_levels),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
