/* Loading and linting: what is wrong is told with its line and key. */
#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <string.h>

#define HEAD                                                                                                           \
    "{'format':1,\n'policy':'t','version':'1','authority':'t','effective_from':'2026-01-01','calendar':'c',\n"         \
    "'names':['T'],\n"

static struct hf_buf quoted(const char *json)
{
    struct hf_buf bytes = {0};
    for (const char *at = json; *at; at++)
        hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
    assert_ok(hf_buf_status(&bytes));
    return bytes;
}

static void assert_refused(const char *json, const char *says)
{
    struct hf_buf bytes = quoted(json);
    struct hf_policy_pack *pack = NULL;
    struct hf_error err = {0};
    assert_int_not_equal(hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err), HF_OK);
    assert_null(pack);
    if (!strstr(err.text, says))
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
    hf_buf_clear(&bytes);
}

/* One rule with these keys after its texts, on line 5. */
static void assert_rule_refused(const char *keys, const char *says)
{
    char json[1024];
    (void)snprintf(json, sizeof json, HEAD "'rules':[\n{'id':'R-1','strength':'required','title':'t',%s}]}", keys);
    assert_refused(json, says);
}

static void pack__says_line_and_key_of_what_is_wrong(void **state)
{
    (void)state;
    assert_rule_refused("'kind':'check','for':'meeting',\n'holds':['set','meeting.begin']",
                        "line 6, rules[0].holds (R-1): a meeting has no field \"begin\"");
    assert_rule_refused("'kind':'check','holds':['and',true,\n['eq','case.status','opened']]",
                        "line 6, rules[0].holds[2] (R-1): \"opened\" is no value of status");
    assert_refused(HEAD "'rules':[{'id':'A','strength':'required','title':'t','kind':'help'},\n"
                        "{'id':'A','strength':'required','title':'t','kind':'help'}]}",
                   "line 5, rules[1]: two rules have the id \"A\"");
}

static void pack__refuses_what_it_cannot_mean(void **state)
{
    (void)state;
    assert_refused("[1]", "a pack is an object");
    assert_refused("{", "Line 1");
    assert_refused("{'format':2}", "format");
    assert_refused("{'policy':'x'}", "\"format\" is missing");
    assert_refused(HEAD "'settings':{'s':{'about':'a','choices':['x'],'default':'y'}},'rules':[]}", "default");
    assert_refused(HEAD "'settings':{'s':{'about':'a','from':1,'to':3,'default':null}},'rules':[]}", "default");
    assert_refused(HEAD "'roles':{'chair':[{'role':'king'}]},'rules':[]}", "\"king\" is no role");
    assert_refused(HEAD "'roles':{'ssw':[{'role':'ssw'}]},'rules':[]}", "name of a role already");
    assert_refused(HEAD "'context':{'home':{'record':'house'}},'rules':[]}", "no type of record");
    assert_refused(HEAD "'deadlines':{'d':{'n':5,'unit':'fortnight','severity':'breach'}},'rules':[]}", "unit");
    assert_refused(HEAD "'deadlines':{'d':{'n':5,'unit':'month','severity':'bad'}},'rules':[]}", "severity");
    assert_refused(HEAD "'deadlines':{'d':{'n':{'setting':'x'},'unit':'month','severity':'info'}},'rules':[]}",
                   "\"n\" must be");
    assert_refused(HEAD "'agenda':{'items':[{'number':'1'}]},'rules':[]}", "agenda.items[0]");
    assert_refused(HEAD "'rules':{}}", "a list of rules");
    assert_refused("{'format':1,\n'policy':'t','version':'1','authority':'t','effective_from':'1 May','calendar':'c'}",
                   "line 2, effective_from: must be a date");
}

static void rules__refuse_what_they_cannot_mean(void **state)
{
    (void)state;
    assert_rule_refused("'kind':'wish'", "cannot be \"wish\"");
    assert_rule_refused("'kind':'help','wehn':true", "no key that belongs here; \"when\" is");
    assert_rule_refused("'kind':'help','redy':true", "\"ready\" is");
    assert_rule_refused("'kind':'help','warn_hour':1", "\"warn_hours\" is");
    assert_rule_refused("'kind':'check'", "\"holds\" is missing");
    assert_rule_refused("'kind':'check','holds':['maybe',true]", "\"maybe\" is no condition");
    assert_rule_refused("'kind':'check','holds':['set','meeting.start']", "names no record");
    assert_rule_refused("'kind':'check','holds':['eq','case.opened_on','open']", "different kinds");
    assert_rule_refused("'kind':'check','holds':['eq','case.opened_on',1.5]", "whole numbers");
    assert_rule_refused("'kind':'check','holds':['before','case.status','case.opened_on']", "date or time");
    assert_rule_refused("'kind':'check','holds':['has','case.status','open']", "holds one value");
    assert_rule_refused("'kind':'check','holds':['eq','case.same_child_as','open']", "several values");
    assert_rule_refused("'kind':'check','holds':['exists','meeting of table']", "after \"of\"");
    assert_rule_refused("'kind':'check','holds':['exists','meeting  of case']", "write \"type\"");
    assert_rule_refused("'kind':'check','holds':['count','meeting',0]", "how many");
    assert_rule_refused("'kind':'check','holds':['and']", "takes 1 to");
    assert_rule_refused("'kind':'check','holds':['eq',['setting','x'],'y']", "no setting of that name");
    assert_rule_refused("'kind':'check','holds':['before',null,'case.opened_on']", "not null");
    assert_rule_refused("'kind':'deadline','deadline':'d'", "no entry \"d\"");
    assert_rule_refused("'kind':'deadline'", "must name an entry");
    assert_rule_refused("'kind':'help','owner':'king'", "\"king\" is neither");
    assert_rule_refused("'kind':'help','alert':{'code':'X'}", "needs \"to\"");
    assert_rule_refused("'kind':'help','gate':'finalise'", "has no \"finalise\"");
    assert_rule_refused("'kind':'role','role':'case.status','normal':['ssw']", "\"ssw\" is no value of status");
    assert_rule_refused("'kind':'event','record':'plan_review','link':'plan_review.text'", "different kinds");
}

static void gates__are_for_what_is_required(void **state)
{
    (void)state;
    assert_refused(HEAD
                   "'gates':{'finalise':{'record':'meeting'}},'rules':[{'id':'R','strength':'expected','title':'t',"
                   "'kind':'check','for':'meeting','gate':'finalise','holds':['set','meeting.start']}]}",
                   "only what is required");
}

static void conditions__stand_only_so_deep(void **state)
{
    (void)state;
    char keys[400] = "'kind':'check','holds':";
    for (int i = 0; i < HF_PACK_EXPR_DEPTH_MAX; i++)
        strncat(keys, "['not',", sizeof keys - strlen(keys) - 1);
    strncat(keys, "true", sizeof keys - strlen(keys) - 1);
    for (int i = 0; i < HF_PACK_EXPR_DEPTH_MAX; i++)
        strncat(keys, "]", sizeof keys - strlen(keys) - 1);
    char json[1024];
    (void)snprintf(json, sizeof json, HEAD "'rules':[{'id':'R','strength':'required','title':'t',%s}]}", keys);
    hf_policy_pack_free(pack_of(json));
    (void)snprintf(keys, sizeof keys, "'kind':'check','holds':");
    for (int i = 0; i <= HF_PACK_EXPR_DEPTH_MAX; i++)
        strncat(keys, "['not',", sizeof keys - strlen(keys) - 1);
    strncat(keys, "true", sizeof keys - strlen(keys) - 1);
    for (int i = 0; i <= HF_PACK_EXPR_DEPTH_MAX; i++)
        strncat(keys, "]", sizeof keys - strlen(keys) - 1);
    assert_rule_refused(keys, "at most 12 deep");
}

static void pack__keeps_unknown_keys_and_null(void **state)
{
    (void)state;
    struct hf_policy_pack *pack =
        pack_of(HEAD "'tea':{'sugar':2},'escalation':null,'rules':[{'id':'R','strength':'required','title':'t',"
                     "'kind':'help','x-note':'ours','colour':'blue'}]}");
    const json_t *document = hf_policy_pack_document(pack);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(document, "tea"), "sugar")), 2);
    assert_true(json_is_null(json_object_get(document, "escalation")));
    assert_string_equal(hf_policy_pack_policy(pack), "t");
    assert_string_equal(hf_policy_pack_version(pack), "1");
    assert_null(hf_policy_pack_rule_named(pack, "S"));
    assert_string_equal(hf_policy_pack_rule_named(pack, "R")->title, "t");
    hf_policy_pack_free(pack);
}

static void count_problem(void *ctx, const char *text)
{
    size_t *count = ctx;
    assert_non_null(strstr(text, "line "));
    (*count)++;
}

static void lint__tells_one_problem_of_every_rule(void **state)
{
    (void)state;
    size_t told = 0;
    struct hf_buf bytes =
        quoted(HEAD "'rules':[{'id':'A','strength':'required','title':'t','kind':'check'},\n"
                    "{'id':'B','strength':'required','title':'t','kind':'help'},\n"
                    "{'id':'C','strength':'required','title':'t','kind':'check','holds':['set','x.y']}]}");
    assert_int_equal(hf_policy_pack_lint(hf_buf_slice(&bytes), count_problem, NULL, &told), 2);
    assert_int_equal(told, 2);
    hf_buf_clear(&bytes);
}

struct warned {
    size_t count;
    char text[4000];
};

static void keep_warning(void *ctx, const char *text)
{
    struct warned *warned = ctx;
    warned->count++;
    (void)strncat(warned->text, text, sizeof warned->text - strlen(warned->text) - 1);
    (void)strncat(warned->text, "\n", sizeof warned->text - strlen(warned->text) - 1);
}

static void lint__warns_of_what_is_kept_and_not_understood(void **state)
{
    (void)state;
    struct warned warned = {0};
    struct hf_buf bytes =
        quoted(HEAD "'settings':{'idle':{'about':'a','choices':['x','y'],'default':'x'}},\n'rules':[{'id':'A',"
                    "'strength':'required','title':'t','kind':'help',\n'colour':'blue'}]}");
    assert_int_equal(hf_policy_pack_lint(hf_buf_slice(&bytes), keep_warning, keep_warning, &warned), 0);
    assert_non_null(strstr(warned.text, "line 6, rules[0].colour (A): is no key that this version knows"));
    assert_non_null(strstr(warned.text, "line 4, settings.idle: no rule asks for this setting"));
    assert_non_null(strstr(warned.text, "line 1: \"escalation\" is missing: write null"));
    hf_buf_clear(&bytes);
}

static void lint__has_nothing_to_say_of_the_samples(void **state)
{
    (void)state;
    static const char *const files[] = {"policies/procedure-a-psm.json", "policies/procedure-b-fsm.json",
                                        "tests/policy/packs/northvale.json", "tests/policy/packs/southmere.json"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct warned warned = {0};
        struct hf_buf bytes = read_tree_file(files[i]);
        const size_t problems = hf_policy_pack_lint(hf_buf_slice(&bytes), keep_warning, keep_warning, &warned);
        if (problems > 0 || warned.count > 0)
            fail_msg("%s: %s", files[i], warned.text);
        hf_buf_clear(&bytes);
    }
}

/* The pack that docs/policy.md begins with. */
static void pack__of_the_handbook_can_be_released(void **state)
{
    (void)state;
    struct hf_error err = {0};
    struct hf_policy_pack *pack = NULL;
    struct hf_buf page = read_tree_file("docs/policy.md");
    hf_buf_append_u8(&page, '\0');
    const char *start = strstr((const char *)page.data, "```json\n");
    assert_non_null(start);
    start += strlen("```json\n");
    const char *end = strstr(start, "```");
    assert_non_null(end);
    if (hf_policy_pack_load(hf_slice_of(start, (size_t)(end - start)), &pack, &err) != HF_OK)
        fail_msg("%s", err.text);
    hf_policy_pack_free(pack);
    hf_buf_clear(&page);
}

static void assert_setting(const struct hf_policy_pack *pack, const char *json, enum hf_status wanted)
{
    struct hf_buf bytes = quoted(json);
    struct hf_policy_settings *settings = NULL;
    json_t *values = NULL;
    assert_ok(hf_json_load(hf_buf_slice(&bytes), &values, NULL));
    assert_int_equal(hf_policy_settings_new(pack, values, &settings, NULL), wanted);
    hf_policy_settings_free(settings);
    json_decref(values);
    hf_buf_clear(&bytes);
}

static void settings__take_only_what_the_pack_allows(void **state)
{
    (void)state;
    struct hf_policy_pack *pack = load_pack("procedure-b-fsm");
    assert_setting(pack, "{'ppm_unit':'calendar_day','cutoff_hour':17}", HF_OK);
    assert_setting(pack, "{'cutoff_hour':null}", HF_OK);
    assert_setting(pack, "{'ppm_unit':'month'}", HF_ERR_INVALID);
    assert_setting(pack, "{'cutoff_hour':24}", HF_ERR_INVALID);
    assert_setting(pack, "{'warn_before_meeting':null}", HF_ERR_INVALID);
    assert_setting(pack, "{'no_such_setting':1}", HF_ERR_INVALID);
    hf_policy_pack_free(pack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pack__says_line_and_key_of_what_is_wrong),
        cmocka_unit_test(pack__refuses_what_it_cannot_mean),
        cmocka_unit_test(rules__refuse_what_they_cannot_mean),
        cmocka_unit_test(gates__are_for_what_is_required),
        cmocka_unit_test(conditions__stand_only_so_deep),
        cmocka_unit_test(pack__keeps_unknown_keys_and_null),
        cmocka_unit_test(lint__tells_one_problem_of_every_rule),
        cmocka_unit_test(lint__warns_of_what_is_kept_and_not_understood),
        cmocka_unit_test(lint__has_nothing_to_say_of_the_samples),
        cmocka_unit_test(pack__of_the_handbook_can_be_released),
        cmocka_unit_test(settings__take_only_what_the_pack_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
