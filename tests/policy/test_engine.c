/* What the engine promises apart from single rules: the same answer everywhere, conflicts, alerts, gates, limits. */
#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_DEFAULT 20261121
#define ROUNDS       40

static struct hf_calendar *calendar;
static struct hf_policy_pack *pack_a;
static struct hf_policy_pack *pack_b;
static json_t *world_a;
static json_t *world_b;
static struct a_case built;
static struct hf_policy_result result;

static int load(void **state)
{
    calendar = load_calendar();
    pack_a = load_pack("procedure-a-psm");
    pack_b = load_pack("procedure-b-fsm");
    world_a = load_tree_json("tests/policy/worlds/a-final.json");
    world_b = load_tree_json("tests/policy/worlds/b-filed.json");
    return support_start(state);
}

static int unload(void **state)
{
    (void)state;
    hf_calendar_free(calendar);
    hf_policy_pack_free(pack_a);
    hf_policy_pack_free(pack_b);
    json_decref(world_a);
    json_decref(world_b);
    return 0;
}

static int forget(void **state)
{
    (void)state;
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

/* The world with this change (' for "), evaluated; built stays for the test. */
static void run(const struct hf_policy_pack *pack, const json_t *world, const char *change)
{
    json_t *over = json_of(change);
    json_t *laid = world_with(world, over);
    clear_case(&built);
    build_case(json_object_get(laid, "records"), &built);
    evaluate(pack, calendar, json_object_get(laid, "settings"), &built,
             time_of(json_string_value(json_object_get(laid, "now"))), &result);
    json_decref(laid);
    json_decref(over);
}

static void assert_word(const char *rule, const char *subject, const char *wanted)
{
    char word[32] = "no duty";
    const struct hf_duty *duty = worst_duty(&result, rule, subject);
    if (duty)
        duty_word(duty, word);
    assert_string_equal(word, wanted);
}

static const struct hf_policy_alert *alert_of(const char *code)
{
    for (size_t i = 0; i < result.alert_count; i++)
        if (strcmp(result.alerts[i].code, code) == 0)
            return &result.alerts[i];
    return NULL;
}

static uint64_t random_next(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t first_seed(void)
{
    const char *text = getenv("HF_TEST_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 10) : SEED_DEFAULT;
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}

static bool same_duty(const struct hf_duty *a, const struct hf_duty *b)
{
    return a->rule == b->rule && hf_id_equal(&a->subject, &b->subject) && a->status == b->status &&
           a->late == b->late && a->by_reason == b->by_reason && a->has_due == b->has_due && a->due_ms == b->due_ms &&
           a->first_due_ms == b->first_due_ms && strcmp(a->owner, b->owner) == 0;
}

static void assert_same(const struct hf_policy_result *a, const struct hf_policy_result *b)
{
    assert_int_equal(a->duty_count, b->duty_count);
    for (size_t i = 0; i < a->duty_count; i++)
        assert_true(same_duty(&a->duties[i], &b->duties[i]));
    assert_int_equal(a->alert_count, b->alert_count);
    for (size_t i = 0; i < a->alert_count; i++) {
        assert_string_equal(a->alerts[i].code, b->alerts[i].code);
        assert_int_equal(a->alerts[i].duty, b->alerts[i].duty);
    }
    assert_int_equal(a->next_ms, b->next_ms);
}

static void evaluate__gives_the_same_answer_for_records_in_any_order(void **state)
{
    (void)state;
    uint64_t seed = first_seed();
    struct hf_policy_result again = {0};
    run(pack_b, world_b, "{'records':{'v_child':null,'c_sw':null,'reviewed_m':null}}");
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = built.count; i > 1; i--) {
            const size_t j = (size_t)(random_next(&seed) % i);
            const struct hf_record_state moved = built.records[i - 1];
            built.records[i - 1] = built.records[j];
            built.records[j] = moved;
        }
        evaluate(pack_b, calendar, NULL, &built, time_of("2026-11-25T12:00:00Z"), &again);
        assert_same(&result, &again);
    }
    hf_policy_result_clear(&again);
}

/* Between now and next_ms nothing changes by time alone; at next_ms the answer is asked anew. */
static void evaluate__tells_the_next_moment_that_can_change_the_answer(void **state)
{
    (void)state;
    uint64_t seed = first_seed();
    struct hf_policy_result later = {0};
    run(pack_b, world_b,
        "{'now':'2026-11-01T00:00:00Z','records':{'meeting':{'status':'draft'},'decision':null,'v_iro':null}}");
    uint64_t now = time_of("2026-11-01T00:00:00Z");
    size_t moments = 0;
    while (result.next_ms != 0 && moments < 100) {
        const uint64_t next = result.next_ms;
        const uint64_t between = now + random_next(&seed) % (next - now);
        assert_true(next > now);
        evaluate(pack_b, calendar, NULL, &built, between, &later);
        for (size_t i = 0; i < result.duty_count; i++)
            assert_true(same_duty(&result.duties[i], &later.duties[i]));
        evaluate(pack_b, calendar, NULL, &built, next - 1, &later);
        assert_int_equal(later.alert_count, result.alert_count);
        now = next;
        evaluate(pack_b, calendar, NULL, &built, now, &result);
        moments++;
    }
    assert_in_range(moments, 5, 99);
    hf_policy_result_clear(&later);
}

static void urgent_meeting__is_due_a_day_before_and_overdue_after(void **state)
{
    (void)state;
    static const char records[] =
        "{'now':'%s','records':{'meeting':{'status':'draft'},'request':{'at':'2026-12-23T10:00:00Z'}}}";
    static const struct {
        const char *now;
        const char *wanted;
    } steps[] = {{"2026-12-23T10:00:00Z", "not_yet_due"},
                 {"2026-12-28T23:59:59.998Z", "not_yet_due"},
                 {"2026-12-28T23:59:59.999Z", "due"},
                 {"2026-12-29T23:59:59.999Z", "due"},
                 {"2026-12-30T00:00:00Z", "overdue"}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        char change[256];
        (void)snprintf(change, sizeof change, records, steps[i].now);
        run(pack_b, world_b, change);
        assert_word("FSM-55", "request", steps[i].wanted);
        const struct hf_duty *duty = worst_duty(&result, "FSM-55", "request");
        assert_int_equal(duty->due_ms, time_of("2026-12-29T23:59:59.999Z"));
        assert_int_equal(duty->first_due_ms, time_of("2026-11-19T23:59:59Z"));
        assert_string_equal(duty->owner, "ssw");
        assert_int_equal(alert_of("AL-URG") != NULL, i >= 2);
    }
    assert_string_equal(alert_of("AL-URG")->to[0], "ssw");
    assert_string_equal(alert_of("AL-URG")->to[1], "fostering_manager");
    assert_int_equal(alert_of("AL-URG")->raised_ms, time_of("2026-12-30T00:00:00Z"));
}

static void limits__beyond_the_calendar_warn(void **state)
{
    (void)state;
    run(pack_b, world_b, "{'records':{'request':{'at':'2027-12-30T10:00:00Z'}}}");
    assert_true(worst_duty(&result, "FSM-55", "request")->beyond_calendar);
    run(pack_b, world_b, "{}");
    assert_false(worst_duty(&result, "FSM-55", "request")->beyond_calendar);
}

static void conflict__counts_as_filled_but_equals_nothing(void **state)
{
    (void)state;
    /* Two outcomes: something is on record. Two statuses: the meeting is neither held nor final until it is settled. */
    run(pack_a, world_a, "{'records':{'meeting':{'outcome':{'rivals':['stay','undecided']}}}}");
    assert_word("PSM-04", NULL, "done");
    run(pack_a, world_a, "{'records':{'meeting':{'chair_role':{'rivals':['team_manager','ssw']}}}}");
    assert_word("PSM-18", NULL, "not_recorded");
    run(pack_a, world_a, "{'records':{'meeting':{'outcome':{'rivals':['stay','stay']}}}}");
    assert_word("PSM-04", NULL, "done");
    run(pack_a, world_a,
        "{'records':{'meeting':{'start':{'rivals':['2026-11-20T10:00:00Z','2026-11-20T11:00:00Z']}}}}");
    assert_word("PSM-35", NULL, "done");
    assert_false(worst_duty(&result, "PSM-35", NULL)->has_due);
}

static void gate__is_held_back_by_required_duties_only(void **state)
{
    (void)state;
    size_t held = 0;
    run(pack_a, world_a,
        "{'records':{'meeting':{'status':'notes_draft','outcome':null},'decision':{'reason':null},'report':null,"
        "'g1':null}}");
    for (size_t i = 0; i < result.duty_count; i++)
        if (hf_duty_holds_back(&result.duties[i], "finalise")) {
            assert_string_equal(result.duties[i].rule->id, "PSM-28");
            assert_int_equal(result.duties[i].status, HF_DUTY_DUE);
            held++;
        }
    assert_int_equal(held, 1);
    assert_word("PSM-04", NULL, "due");
}

static void alert__is_acknowledged_by_an_alert_record(void **state)
{
    (void)state;
    static const char change[] = "{'records':{'briefing':null,'seen':{'record':'alert','kind':'%s','subject':'@%s',"
                                 "'status':'%s'}}}";
    static const struct {
        const char *kind, *subject, *status;
        bool acknowledged;
    } cases[] = {{"AL-BRIEF", "meeting", "acknowledged", true},
                 {"AL-BRIEF", "meeting", "delivered", false},
                 {"AL-NOTES", "meeting", "acknowledged", false},
                 {"AL-BRIEF", "request", "acknowledged", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, change, cases[i].kind, cases[i].subject, cases[i].status);
        run(pack_a, world_a, text);
        assert_non_null(alert_of("AL-BRIEF"));
        assert_int_equal(alert_of("AL-BRIEF")->acknowledged, cases[i].acknowledged);
        assert_string_equal(result.duties[alert_of("AL-BRIEF")->duty].rule->id, "PSM-35");
    }
}

static void evaluate__leaves_out_what_the_pack_is_not_about(void **state)
{
    (void)state;
    run(pack_a, world_a, "{'records':{'case':{'status':'closed'}}}");
    assert_int_equal(result.duty_count, 0);
    run(pack_a, world_a, "{'records':{'meeting':{'type':'fsm'}}}");
    assert_word("PSM-35", NULL, "no duty");
    run(pack_a, world_a, "{'records':{'meeting':{'status':'cancelled'}}}");
    assert_word("PSM-35", NULL, "no duty");
    assert_word("PSM-15", NULL, "due"); /* the request has no meeting any more */
    assert_word("PSM-51", NULL, "not_set");
    assert_word("PSM-46", NULL, "help");
}

static void duties__are_not_asked_before_their_time(void **state)
{
    (void)state;
    static const char *const not_yet[] = {"PSM-04", "PSM-09", "PSM-10", "PSM-12", "PSM-13", "PSM-17",
                                          "PSM-29", "PSM-32", "PSM-37", "PSM-47", "PSM-48"};
    run(pack_a, world_a,
        "{'now':'2026-11-01T00:00:00Z','records':{'meeting':{'status':'draft','outcome':null},"
        "'plan':{'shared_priorities':null},'v_carer':null,'need':{'subject':'carer'},'action':null,"
        "'item':{'need':null},'explained':null,'mum_told':null,'t_teacher':{'prepared_note':null},"
        "'v_child':{'agenda_items':null},'notes':{'text':null}}}");
    for (size_t i = 0; i < sizeof not_yet / sizeof not_yet[0]; i++)
        assert_word(not_yet[i], NULL, "not_yet_due");
    run(pack_a, world_a, "{'records':{'meeting':{'chair':null},'ack':null}}");
    assert_word("PSM-03", NULL, "not_yet_due");
    run(pack_a, world_a, "{'records':{'item':{'due':'2026-12-01'},'evaluation':null}}");
    assert_word("PSM-14", NULL, "not_yet_due");
    run(pack_a, world_a, "{'records':{'move':{'status':'planned','child_involved':'no'}}}");
    assert_word("PSM-06", NULL, "not_yet_due");
    assert_word("PSM-11", NULL, "no duty");
}

static void duties__are_asked_only_where_they_apply(void **state)
{
    (void)state;
    run(pack_a, world_a, "{'records':{'move':{'status':'considered','child_involved':'no'},'learning':null}}");
    assert_word("PSM-06", NULL, "no duty");
    assert_word("PSM-07", NULL, "no duty");
    run(pack_a, world_a, "{'records':{'move':{'avoidable':'no','difficult_for':null},'learning':null}}");
    assert_word("PSM-07", NULL, "no duty");
    run(pack_a, world_a, "{'records':{'item':{'status':'not_given'},'evaluation':null}}");
    assert_word("PSM-14", NULL, "no duty");
    /* The review or evaluation of something else does not count, nor an empty one. */
    run(pack_a, world_a, "{'records':{'learning':{'move':'@old_placement'},'evaluation':{'plan_item':'@need'}}}");
    assert_word("PSM-07", NULL, "due");
    assert_word("PSM-14", NULL, "due");
    run(pack_a, world_a, "{'records':{'learning':{'lessons':null},'evaluation':{'effect':null}}}");
    assert_word("PSM-07", NULL, "due");
    assert_word("PSM-14", NULL, "due");
}

static void reasons__stand_in_place_of_an_invitation(void **state)
{
    (void)state;
    run(pack_a, world_a,
        "{'records':{'i_ssw':{'decision':'not_invited','reason':'New in post'},"
        "'i_carer':{'decision':'not_invited','reason':'Asked not to come'},'move':{'planned':'no','reason':'In one "
        "night'}}}");
    assert_word("PSM-20", NULL, "done by_reason");
    assert_word("PSM-21", NULL, "done by_reason");
    assert_word("PSM-11", NULL, "done by_reason");
}

static void evaluate__can_leave_help_out(void **state)
{
    (void)state;
    struct hf_error err = {0};
    run(pack_b, world_b, "{}");
    const size_t all = result.duty_count;
    const struct hf_policy_input input = {.pack = pack_b,
                                          .calendar = calendar,
                                          .records = built.records,
                                          .record_count = built.count,
                                          .now_ms = time_of("2026-11-25T12:00:00Z")};
    assert_ok(hf_policy_evaluate(&input, &result, &err));
    assert_int_equal(result.duty_count, all - 10);
}

static void evaluate__works_on_an_empty_case(void **state)
{
    (void)state;
    struct hf_error err = {0};
    const struct hf_policy_input input = {.pack = pack_b, .calendar = calendar, .now_ms = 0};
    assert_ok(hf_policy_evaluate(&input, &result, &err));
    assert_int_equal(result.duty_count, 0);
    assert_int_equal(result.next_ms, 0);
}

static void assert_input_refused(struct hf_policy_input input, enum hf_status wanted)
{
    struct hf_error err = {0};
    assert_int_equal(hf_policy_evaluate(&input, &result, &err), wanted);
    assert_int_equal(result.duty_count, 0);
    assert_true(strlen(err.text) > 0);
}

static void evaluate__refuses_input_that_does_not_fit(void **state)
{
    (void)state;
    struct hf_policy_settings *settings = NULL;
    struct hf_error err = {0};
    struct hf_policy_pack *other =
        pack_of("{'format':1,'policy':'t','version':'1','authority':'t','effective_from':'2026-01-01',"
                "'calendar':'elsewhere','names':['T'],'rules':[]}");
    struct hf_record_state strange = {.type = 998};
    assert_ok(hf_policy_settings_new(pack_b, NULL, &settings, &err));
    assert_input_refused((struct hf_policy_input){.pack = pack_a, .calendar = calendar, .settings = settings},
                         HF_ERR_INVALID);
    assert_input_refused((struct hf_policy_input){.pack = other, .calendar = calendar}, HF_ERR_INVALID);
    assert_input_refused((struct hf_policy_input){.pack = pack_a, .calendar = calendar, .now_ms = UINT64_MAX},
                         HF_ERR_INVALID);
    assert_input_refused(
        (struct hf_policy_input){.pack = pack_a, .calendar = calendar, .records = &strange, .record_count = 1},
        HF_ERR_INVALID);
    assert_input_refused(
        (struct hf_policy_input){
            .pack = pack_a, .calendar = calendar, .records = &strange, .record_count = HF_POLICY_RECORDS_MAX + 1},
        HF_ERR_LIMIT);
    hf_policy_settings_free(settings);
    hf_policy_pack_free(other);
}

/* A pack that asks every record about every record about every record ends with a limit, not with the day. */
static void evaluate__stops_at_its_limit_of_steps(void **state)
{
    (void)state;
    struct hf_policy_pack *greedy =
        pack_of("{'format':1,'policy':'t','version':'1','authority':'t','effective_from':'2026-01-01',"
                "'calendar':'england-and-wales','names':['T'],'rules':[{'id':'R','strength':'expected','title':'t',"
                "'kind':'check','holds':['exists','invite as a',['exists','invite as b',['exists','invite as c',"
                "['exists','invite as d',['and',['eq','a.id','b.id'],['eq','c.id','d.id'],"
                "['not',['eq','a.id','d.id']],['eq','b.id','c.id']]]]]]}]}");
    json_t *records = json_object();
    for (int i = 0; i < 60; i++) {
        char label[16];
        (void)snprintf(label, sizeof label, "i%d", i);
        assert_int_equal(json_object_set_new(records, label, json_pack("{s:s,s:s}", "record", "invite", "name", "x")),
                         0);
    }
    build_case(records, &built);
    assert_input_refused(
        (struct hf_policy_input){
            .pack = greedy, .calendar = calendar, .records = built.records, .record_count = built.count},
        HF_ERR_LIMIT);
    json_decref(records);
    hf_policy_pack_free(greedy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(evaluate__gives_the_same_answer_for_records_in_any_order, forget),
        cmocka_unit_test_teardown(evaluate__tells_the_next_moment_that_can_change_the_answer, forget),
        cmocka_unit_test_teardown(urgent_meeting__is_due_a_day_before_and_overdue_after, forget),
        cmocka_unit_test_teardown(limits__beyond_the_calendar_warn, forget),
        cmocka_unit_test_teardown(conflict__counts_as_filled_but_equals_nothing, forget),
        cmocka_unit_test_teardown(gate__is_held_back_by_required_duties_only, forget),
        cmocka_unit_test_teardown(alert__is_acknowledged_by_an_alert_record, forget),
        cmocka_unit_test_teardown(evaluate__leaves_out_what_the_pack_is_not_about, forget),
        cmocka_unit_test_teardown(duties__are_not_asked_before_their_time, forget),
        cmocka_unit_test_teardown(duties__are_asked_only_where_they_apply, forget),
        cmocka_unit_test_teardown(reasons__stand_in_place_of_an_invitation, forget),
        cmocka_unit_test_teardown(evaluate__can_leave_help_out, forget),
        cmocka_unit_test_teardown(evaluate__works_on_an_empty_case, forget),
        cmocka_unit_test_teardown(evaluate__refuses_input_that_does_not_fit, forget),
        cmocka_unit_test_teardown(evaluate__stops_at_its_limit_of_steps, forget),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
