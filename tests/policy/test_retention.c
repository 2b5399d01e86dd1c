/* How long records are kept, when reviews and visits are due, and the national code list, from the file that ships. */
#include "core/policy/retention.h"

#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <string.h>

static json_t *statutory;
static struct hf_calendar *calendar;

static int load(void **state)
{
    statutory = load_tree_json("policies/statutory-england.json");
    calendar = load_calendar();
    return support_start(state);
}

static int unload(void **state)
{
    (void)state;
    json_decref(statutory);
    hf_calendar_free(calendar);
    return 0;
}

static hf_day day_of(const char *text)
{
    hf_day day = 0;
    assert_ok(hf_day_parse(hf_slice_str(text), &day));
    return day;
}

static void assert_until(const char *class, const char *birth, const char *death, const char *ended, const char *wanted)
{
    struct hf_retention_dates dates = {.has_birth = birth, .has_death = death, .has_approval_ended = ended};
    struct hf_retention out = {0};
    struct hf_error err = {0};
    char date[HF_DATE_TEXT_BYTES] = "none";
    if (birth)
        assert_ok(hf_policy_retention_day(hf_slice_str(birth), &dates.birth));
    if (death)
        dates.death = day_of(death);
    if (ended)
        dates.approval_ended = day_of(ended);
    const enum hf_status status = hf_policy_retention_due(statutory, class, &dates, &out, &err);
    if (status == HF_OK)
        hf_day_format(out.until, date);
    else
        assert_int_equal(status, HF_ERR_NOT_FOUND);
    assert_string_equal(date, wanted);
    assert_true(status != HF_OK || strlen(out.source) > 10);
}

static void retention__of_a_child_ends_with_the_75th_birthday(void **state)
{
    (void)state;
    assert_until("child", "2012-05-04", NULL, NULL, "2087-05-04");
    assert_until("child", "2012-02-29", NULL, NULL, "2087-03-01"); /* 2087 has no 29 February */
    assert_until("child", "2013-02-28", NULL, NULL, "2088-02-28");
    assert_until("child", "1951-11-20", NULL, NULL, "2026-11-20"); /* born before the calendar of the rules begins */
    assert_until("child", "1948-02-29", NULL, NULL, "2023-03-01");
    assert_until("child", "1899-12-31", NULL, NULL, "1974-12-31");
    assert_until("child", NULL, NULL, NULL, "none"); /* not known: nothing may go */
    assert_until("child", NULL, "2020-01-01", NULL, "none");
    assert_until("child", "2012-05-04", NULL, "2020-01-01", "2087-05-04");
}

static void retention__of_a_child_who_died_ends_15_years_later(void **state)
{
    (void)state;
    assert_until("child", "2012-05-04", "2026-11-20", NULL, "2041-11-20");
    assert_until("child", "2012-05-04", "2030-05-03", NULL, "2045-05-03"); /* the day before 18 */
    assert_until("child", "2012-05-04", "2030-05-04", NULL, "2087-05-04");
    assert_until("child", "2012-05-04", "2028-02-29", NULL, "2043-03-01");
}

static void retention__of_a_carer_ends_10_years_after_approval(void **state)
{
    (void)state;
    assert_until("carer", NULL, NULL, "2026-11-20", "2036-11-20");
    assert_until("carer", NULL, NULL, "2024-02-29", "2034-03-01");
    assert_until("carer", "1970-01-02", NULL, NULL, "none"); /* still approved */
    assert_until("neighbour", "1970-01-02", NULL, "2026-11-20", "none");
}

static void early_days__are_days_of_the_calendar(void **state)
{
    (void)state;
    static const char *const wrong[] = {"1951-02-29", "1900-02-29", "1879-12-31", "1951-13-01",
                                        "195a-01-01", "",           "0951-01-01"};
    hf_day day = 0;
    assert_ok(hf_policy_retention_day(hf_slice_str("1969-12-31"), &day));
    assert_int_equal(day, -1);
    assert_ok(hf_policy_retention_day(hf_slice_str("1952-02-29"), &day));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(hf_policy_retention_day(hf_slice_str(wrong[i]), &day), HF_ERR_INVALID);
}

/* Both procedures say all three clocks of law, as the file beside them does. */
static void samples__say_all_three_clocks(void **state)
{
    (void)state;
    static const char *const packs[] = {"policies/procedure-a-psm.json", "policies/procedure-b-fsm.json",
                                        "policies/statutory-england.json"};
    json_t *before = statutory;
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++) {
        statutory = load_tree_json(packs[i]);
        assert_until("child", "2012-05-04", NULL, NULL, "2087-05-04");
        assert_until("child", "2012-05-04", "2026-11-20", NULL, "2041-11-20");
        assert_until("carer", NULL, NULL, "2026-11-20", "2036-11-20");
        json_decref(statutory);
    }
    statutory = before;
}

static void retention__refuses_entries_it_cannot_mean(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{\"retention\":[{\"class\":\"child\",\"years\":0,\"from\":\"birth\"}]}",
                                        "{\"retention\":[{\"class\":\"child\",\"years\":75,\"from\":\"moon\"}]}",
                                        ("{\"retention\":[{\"class\":\"child\",\"years\":7,\"from\":\"death\","
                                         "\"died_before\":0}]}")};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct hf_retention_dates dates = {.has_birth = true, .has_death = true};
        struct hf_retention out;
        struct hf_error err = {0};
        json_t *document = NULL;
        assert_ok(hf_json_load(hf_slice_str(wrong[i]), &document, &err));
        assert_int_equal(hf_policy_retention_due(document, "child", &dates, &out, &err), HF_ERR_INVALID);
        assert_non_null(strstr(err.text, "retention"));
        json_decref(document);
    }
}

static void assert_next(const char *what, const char *start, size_t done, const char *last, bool long_term,
                        const char *wanted)
{
    const struct hf_review_state review = {
        .start = day_of(start), .done = done, .last = last ? day_of(last) : 0, .long_term = long_term};
    uint64_t due_ms = 0;
    bool beyond = false;
    struct hf_error err = {0};
    char date[HF_DATE_TEXT_BYTES];
    assert_ok(hf_policy_review_due(statutory, calendar, what, &review, &due_ms, &beyond, &err));
    hf_day_format(hf_london_day(due_ms), date);
    assert_string_equal(date, wanted);
    assert_int_equal(due_ms + 1, hf_london_day_start(hf_london_day(due_ms) + 1));
}

static void reviews__come_after_20_working_days_3_and_6_months(void **state)
{
    (void)state;
    assert_next("cla_review", "2026-12-01", 0, NULL, false, "2026-12-31"); /* Christmas Day, 28 December and weekends */
    assert_next("cla_review", "2026-12-01", 1, "2026-11-30", false, "2027-02-28");
    assert_next("cla_review", "2026-12-01", 2, "2027-02-28", false, "2027-08-28");
    assert_next("cla_review", "2026-12-01", 9, "2027-08-31", true, "2028-02-29");
}

static void visits__follow_the_age_of_the_placement(void **state)
{
    (void)state;
    assert_next("visit", "2026-11-20", 0, NULL, false, "2026-11-27");
    assert_next("visit", "2026-11-20", 1, "2026-11-25", true, "2027-01-06");
    assert_next("visit", "2026-11-20", 9, "2027-11-19", true, "2027-12-31"); /* the last day of the first year */
    assert_next("visit", "2026-11-20", 9, "2027-11-20", true, "2028-02-20");
    assert_next("visit", "2026-11-20", 9, "2027-11-20", false, "2028-01-01");
}

static void reviews__warn_beyond_the_calendar(void **state)
{
    (void)state;
    const struct hf_review_state review = {.start = day_of("2027-12-20")};
    uint64_t due_ms = 0;
    bool beyond = false;
    assert_ok(hf_policy_review_due(statutory, calendar, "cla_review", &review, &due_ms, &beyond, NULL));
    assert_true(beyond);
    assert_int_equal(hf_policy_review_due(statutory, calendar, "tea", &review, &due_ms, &beyond, NULL),
                     HF_ERR_NOT_FOUND);
}

/* --- the same as a duty: the file is a pack ------------------------------------------------------------------------
 */

static void assert_review_duty(const char *records, const char *now, const char *wanted, const char *due)
{
    static struct a_case built;
    struct hf_buf bytes = {0};
    struct hf_policy_result result = {0};
    struct hf_error err = {0};
    json_t *json = NULL;
    char word[32] = "no duty", date[HF_DATE_TEXT_BYTES] = "";
    struct hf_policy_pack *pack = load_pack("statutory-england");
    for (const char *at = records; *at; at++)
        hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
    assert_ok(hf_json_load(hf_buf_slice(&bytes), &json, &err));
    build_case(json, &built);
    evaluate(pack, calendar, NULL, &built, time_of(now), &result);
    const struct hf_duty *duty = worst_duty(&result, "B-01", NULL);
    if (duty)
        duty_word(duty, word);
    if (duty && duty->has_due)
        hf_day_format(hf_london_day(duty->due_ms), date);
    assert_string_equal(word, wanted);
    assert_string_equal(date, due);
    hf_policy_result_clear(&result);
    clear_case(&built);
    json_decref(json);
    hf_buf_clear(&bytes);
    hf_policy_pack_free(pack);
}

#define HOME "'p':{'record':'placement','status':'current','start':'2026-12-01'}"
#define OLD  "'q':{'record':'placement','status':'ended','start':'2026-11-20'}"
#define ONE  "'a':{'record':'cla_review','held_on':'2026-11-30'}"
#define TWO  "'b':{'record':'cla_review','held_on':'2027-02-28'}"
#define PLAN "'c':{'record':'cla_review','next_due':'2027-08-01'}"

static void reviews__are_a_duty_that_goes_on(void **state)
{
    (void)state;
    assert_review_duty("{}", "2026-12-02T09:00:00Z", "not_yet_due", "");
    assert_review_duty("{" HOME "}", "2026-12-02T09:00:00Z", "not_yet_due", "2026-12-31");
    assert_review_duty("{" HOME "}", "2026-12-20T09:00:00Z", "due", "2026-12-31");
    assert_review_duty("{" HOME "}", "2027-01-01T09:00:00Z", "overdue", "2026-12-31");
    assert_review_duty("{" HOME "," OLD "}", "2026-12-02T09:00:00Z", "not_yet_due", "2026-12-18");
    assert_review_duty("{" HOME "," ONE "}", "2027-01-01T09:00:00Z", "not_yet_due", "2027-02-28");
    assert_review_duty("{" HOME "," ONE "," TWO "}", "2027-08-29T09:00:00Z", "overdue", "2027-08-28");
    assert_review_duty("{" HOME "," ONE "," PLAN "}", "2027-01-01T09:00:00Z", "not_yet_due", "2027-02-28");
    assert_review_duty("{'x':{'record':'case','status':'closed'}," HOME "}", "2027-01-01T09:00:00Z", "no duty", "");
}

static void lint__names_what_is_wrong_in_retention_and_cycles(void **state)
{
    static const struct {
        const char *part, *says;
    } wrong[] = {
        {"'retention':[{'class':'child','years':0,'from':'birth'}]", "retention[0]: \"years\""},
        {"'retention':[{'class':'child','years':75,'from':'moon'}]", "birth, death, approval_ended or read"},
        {"'retention':[{'class':'child','years':75,'from':'birth','died_befor':18}]", "\"died_before\" is"},
        {"'retention':{'class':'child'}", "retention: is a list"},
        {"'review_cycles':[{'steps':[]}]", "review_cycles[0]"},
        {"'review_cycles':[{'what':'r','steps':[{'n':6,'unit':'week','from':'last'}]}]", "steps[0]: \"unit\""},
        {"'review_cycles':[{'what':'r','steps':[{'n':6,'unit':'month','from':'now'}]}]",
         "\"from\" must be start or last"},
        {"'review_cycles':[{'what':'r','steps':[{'number':1,'n':6,'unit':'month','from':'last'}]}]", "the last of"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char json[512];
        struct hf_buf bytes = {0};
        struct hf_policy_pack *pack = NULL;
        struct hf_error err = {0};
        (void)snprintf(json, sizeof json,
                       "{'format':1,'policy':'t','version':'1','authority':'t','effective_from':'2026-01-01',"
                       "'calendar':'c','names':['T'],\n%s,'rules':[]}",
                       wrong[i].part);
        for (const char *at = json; *at; at++)
            hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
        assert_int_equal(hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err), HF_ERR_INVALID);
        if (!strstr(err.text, wrong[i].says) || !strstr(err.text, "line 2"))
            fail_msg("\"%s\" does not say \"%s\"", err.text, wrong[i].says);
        hf_buf_clear(&bytes);
    }
}

/* What can be recorded and what ships are one list. */
static void code_list__is_that_of_the_model(void **state)
{
    (void)state;
    const json_t *list = json_array_get(json_object_get(statutory, "code_lists"), 0);
    const json_t *codes = json_object_get(list, "codes");
    const struct hf_record_spec *type =
        hf_model_type_named(hf_slice_str(json_string_value(json_object_get(list, "record"))));
    const struct hf_field_spec *field =
        hf_model_field_named(type, hf_slice_str(json_string_value(json_object_get(list, "field"))));
    size_t count = 0;
    for (; field->codes[count]; count++)
        assert_string_equal(field->codes[count],
                            json_string_value(json_object_get(json_array_get(codes, count), "code")));
    assert_int_equal(count, json_array_size(codes));
    assert_int_equal(count, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retention__of_a_child_ends_with_the_75th_birthday),
        cmocka_unit_test(retention__of_a_child_who_died_ends_15_years_later),
        cmocka_unit_test(retention__of_a_carer_ends_10_years_after_approval),
        cmocka_unit_test(early_days__are_days_of_the_calendar),
        cmocka_unit_test(samples__say_all_three_clocks),
        cmocka_unit_test(retention__refuses_entries_it_cannot_mean),
        cmocka_unit_test(reviews__come_after_20_working_days_3_and_6_months),
        cmocka_unit_test(visits__follow_the_age_of_the_placement),
        cmocka_unit_test(reviews__warn_beyond_the_calendar),
        cmocka_unit_test(reviews__are_a_duty_that_goes_on),
        cmocka_unit_test(lint__names_what_is_wrong_in_retention_and_cycles),
        cmocka_unit_test(code_list__is_that_of_the_model),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
