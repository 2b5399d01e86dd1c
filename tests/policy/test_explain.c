/* Why a duty has its limit: counted day by day, with the settings that were used; and what changed between two packs.
 */
#include "core/policy/explain.h"

#include "core/policy/diff.h"
#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <string.h>

static struct hf_calendar *calendar;
static struct hf_policy_pack *pack;
static struct a_case built;
static struct hf_policy_result result;
static struct hf_explanation explanation;

static int load(void **state)
{
    calendar = load_calendar();
    pack = load_pack("procedure-b-fsm");
    return support_start(state);
}

static int unload(void **state)
{
    (void)state;
    hf_calendar_free(calendar);
    hf_policy_pack_free(pack);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    hf_explanation_clear(&explanation);
    hf_policy_result_clear(&result);
    clear_case(&built);
    return 0;
}

static json_t *json_of(const char *text)
{
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    json_t *json = NULL;
    for (const char *at = text; *at; at++)
        hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
    if (hf_json_load(hf_buf_slice(&bytes), &json, &err) != HF_OK)
        fail_msg("%s", err.text);
    hf_buf_clear(&bytes);
    return json;
}

/* Evaluates these records under these settings (' for ") and explains the duty of a rule. */
static const struct hf_duty *explain(const char *records, const char *settings, const char *rule)
{
    json_t *case_json = json_of(records);
    json_t *values = json_of(settings);
    struct hf_policy_settings *local = NULL;
    struct hf_error err = {0};
    build_case(case_json, &built);
    assert_ok(hf_policy_settings_new(pack, values, &local, &err));
    const struct hf_policy_input input = {.pack = pack,
                                          .calendar = calendar,
                                          .settings = local,
                                          .records = built.records,
                                          .record_count = built.count,
                                          .now_ms = time_of("2026-12-24T12:00:00Z")};
    assert_ok(hf_policy_evaluate(&input, &result, &err));
    const struct hf_duty *duty = worst_duty(&result, rule, NULL);
    assert_non_null(duty);
    assert_ok(hf_policy_explain(&input, duty, &explanation));
    hf_policy_settings_free(local);
    json_decref(values);
    json_decref(case_json);
    return duty;
}

static void assert_days(const char *wanted)
{
    struct hf_buf told = {0};
    for (size_t i = 0; i < explanation.day_count; i++) {
        char date[HF_DATE_TEXT_BYTES];
        hf_day_format(explanation.days[i].day, date);
        hf_buf_append_fmt(&told, "%s %d%s%s\n", date, explanation.days[i].number, explanation.days[i].why[0] ? " " : "",
                          explanation.days[i].why);
    }
    hf_buf_append_u8(&told, '\0');
    assert_string_equal((const char *)told.data, wanted);
    hf_buf_clear(&told);
}

static void explain__counts_working_days_one_by_one(void **state)
{
    (void)state;
    const struct hf_duty *duty =
        explain("{'p':{'record':'placement','status':'current','start':'2026-12-24'}}", "{}", "FSM-27");
    assert_string_equal(explanation.deadline, "ppm");
    assert_true(explanation.is_counted);
    assert_int_equal(explanation.count.n, 5);
    assert_int_equal(explanation.count.unit, HF_UNIT_WORKING_DAY);
    assert_true(explanation.has_from && explanation.from.is_date);
    assert_days("2026-12-25 0 Christmas Day\n"
                "2026-12-26 0 Saturday\n"
                "2026-12-27 0 Sunday\n"
                "2026-12-28 0 Boxing Day (substitute day)\n"
                "2026-12-29 1\n2026-12-30 2\n2026-12-31 3\n"
                "2027-01-01 0 New Year's Day\n"
                "2027-01-02 0 Saturday\n"
                "2027-01-03 0 Sunday\n"
                "2027-01-04 4\n2027-01-05 5\n");
    assert_int_equal(hf_london_day(duty->due_ms), explanation.days[explanation.day_count - 1].day);
}

static void explain__counts_as_the_settings_say(void **state)
{
    (void)state;
    static const char records[] = "{'p':{'record':'placement','status':'current','start':'2026-12-24'}}";
    (void)explain(records, "{'ppm_unit':'calendar_day','first_day_counts':'yes'}", "FSM-27");
    assert_days("2026-12-24 1\n2026-12-25 2\n2026-12-26 3\n2026-12-27 4\n2026-12-28 5\n");
    assert_int_equal(explanation.setting_count, 2);
    for (size_t i = 0; i < explanation.setting_count; i++)
        assert_true(explanation.settings[i].local && strlen(explanation.settings[i].amb) == 6);
}

static void explain__a_request_late_in_the_evening_counts_from_the_next_day(void **state)
{
    (void)state;
    const struct hf_duty *duty = explain("{'r':{'record':'request','urgency':'imminent','at':'2026-12-23T19:30:00Z'}}",
                                         "{'cutoff_hour':17}", "FSM-55");
    assert_true(explanation.next_day);
    assert_days("2026-12-25 0 Christmas Day\n2026-12-26 0 Saturday\n2026-12-27 0 Sunday\n"
                "2026-12-28 0 Boxing Day (substitute day)\n2026-12-29 1\n2026-12-30 2\n");
    assert_int_equal(duty->due_ms, time_of("2026-12-30T23:59:59.999Z"));
}

static void explain__says_what_is_missing_and_what_comes_before(void **state)
{
    (void)state;
    (void)explain("{'p':{'record':'placement','status':'current'}}", "{}", "FSM-27");
    assert_false(explanation.has_from);
    assert_int_equal(explanation.day_count, 0);
    forget(NULL);
    (void)explain("{'m':{'record':'meeting','type':'fsm','start':'2026-12-29T10:00:00Z'}}", "{}", "FSM-47");
    assert_true(explanation.is_before && explanation.has_from && !explanation.is_counted);
    assert_string_equal(explanation.deadline, "");
    forget(NULL);
    (void)explain("{'a':{'record':'action','status':'open','due':'2026-12-01'}}", "{}", "FSM-68");
    assert_string_equal(explanation.deadline, "escalation");
    assert_true(explanation.has_from && !explanation.is_counted); /* null: the procedure sets no days */
    assert_string_equal(explanation.settings[explanation.setting_count - 1].value, "null");
}

/* Whatever is counted, the last day that counts is the limit. */
static void explain__ends_where_the_engine_does(void **state)
{
    (void)state;
    static const char *const starts[] = {"2026-12-24", "2027-03-25", "2028-02-29", "2027-10-30", "2026-05-02"};
    static const char *const settings[] = {"{}", "{'ppm_unit':'calendar_day'}", "{'first_day_counts':'yes'}"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        for (size_t j = 0; j < sizeof settings / sizeof settings[0]; j++) {
            char records[160];
            (void)snprintf(records, sizeof records, "{'p':{'record':'placement','status':'current','start':'%s'}}",
                           starts[i]);
            const struct hf_duty *duty = explain(records, settings[j], "FSM-27");
            assert_int_equal(hf_london_day(duty->due_ms), explanation.days[explanation.day_count - 1].day);
            assert_int_equal(explanation.days[explanation.day_count - 1].number, 5);
            forget(NULL);
        }
}

static void keep_change(void *ctx, const struct hf_policy_change *change)
{
    struct hf_buf *told = ctx;
    hf_buf_append_fmt(told, "%s%s %s\n", change->before ? "-" : "", change->after ? "+" : "", change->path);
}

static void diff__names_every_part_that_changed(void **state)
{
    (void)state;
    struct hf_buf told = {0};
    json_t *older = json_of("{'version':'1','settings':{'a':{'default':1},'b':{'default':2}},'names':['X'],"
                            "'rules':[{'id':'R-1','title':'t','when':['set','a.b']},{'id':'R-2','title':'u'}]}");
    json_t *newer = json_of("{'version':'2','settings':{'a':{'default':3},'c':{'default':2}},'names':['X'],"
                            "'rules':[{'id':'R-3','title':'v'},{'id':'R-1','title':'t','ready':true}],'panels':null}");
    assert_int_equal(hf_policy_diff(older, newer, keep_change, &told), 9);
    hf_buf_append_u8(&told, '\0');
    assert_string_equal((const char *)told.data, "-+ version\n-+ settings.a.default\n- settings.b\n+ settings.c\n"
                                                 "- R-1.when\n+ R-1.ready\n- R-2\n+ R-3\n+ panels\n");
    hf_buf_clear(&told);
    assert_int_equal(hf_policy_diff(older, older, keep_change, &told), 0);
    hf_buf_clear(&told);
    json_decref(older);
    json_decref(newer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(explain__counts_working_days_one_by_one, forget),
        cmocka_unit_test_teardown(explain__counts_as_the_settings_say, forget),
        cmocka_unit_test_teardown(explain__a_request_late_in_the_evening_counts_from_the_next_day, forget),
        cmocka_unit_test_teardown(explain__says_what_is_missing_and_what_comes_before, forget),
        cmocka_unit_test_teardown(explain__ends_where_the_engine_does, forget),
        cmocka_unit_test(diff__names_every_part_that_changed),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
