/* docs/policy-coverage.md says for every duty of the two procedures where the pack holds it and which scenarios show it
 * kept and broken. This test writes the table anew and compares; with HF_WRITE_COVERAGE=1 it replaces the page. */
#include "tests/policy/support_coverage.h"
#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char page[] = "docs/policy-coverage.md";

static const struct {
    const char *pack;
    const char *prefix;
    size_t duties;
    const char *title;
} procedures[] = {
    {"procedure-a-psm", "PSM", 51, "Procedure A: placement support meeting"},
    {"procedure-b-fsm", "FSM", 72, "Procedure B: fostering support meeting"},
};

/* The words of one side of a scenario; fails the test when it has none. */
static void add_side(struct hf_buf *out, const json_t *scenario, const char *side, const char *too)
{
    const char *is = json_string_value(json_object_get(json_object_get(scenario, side), "is"));
    const char *more = json_string_value(json_object_get(json_object_get(scenario, too), "is"));
    assert_non_null(is);
    hf_buf_append_fmt(out, " %s%s%s |", is, more ? "; " : "", more ? more : "");
}

static void add_rule(struct hf_buf *out, const struct hf_policy_rule *rule, const json_t *json)
{
    coverage_rule(json, out);
    if (rule->kind == HF_POLICY_HELP || rule->kind == HF_POLICY_SILENT) {
        hf_buf_append_fmt(out, " %s | | |\n",
                          rule->kind == HF_POLICY_HELP ? "definition, shown as help"
                                                       : "shown as \"not set by this procedure\"");
        return;
    }
    char path[160];
    (void)snprintf(path, sizeof path, "tests/policy/scenarios/%s.json", rule->id);
    json_t *scenario = load_tree_json(path);
    assert_string_equal(json_string_value(json_object_get(scenario, "rule")), rule->id);
    hf_buf_append_fmt(out, " [scenario](../%s) |", path);
    add_side(out, scenario, "kept", "kept_too");
    add_side(out, scenario, "broken", "broken_too");
    hf_buf_append_u8(out, '\n');
    json_decref(scenario);
}

static const json_t *rule_json(const struct hf_policy_pack *pack, const char *id)
{
    size_t index = 0;
    json_t *rule = NULL;
    json_array_foreach(json_object_get(hf_policy_pack_document(pack), "rules"), index,
                       rule) if (strcmp(json_string_value(json_object_get(rule, "id")), id) == 0) return rule;
    return NULL;
}

static void add_procedure(struct hf_buf *out, size_t which)
{
    struct hf_policy_pack *pack = load_pack(procedures[which].pack);
    hf_buf_append_fmt(out, "\n## %s\n\nPack: [policies/%s.json](../policies/%s.json), %s version %s.\n\n",
                      procedures[which].title, procedures[which].pack, procedures[which].pack,
                      hf_policy_pack_policy(pack), hf_policy_pack_version(pack));
    hf_buf_append_str(out, "| duty | in one line | rule | who | holds back | alert | test | kept | broken |\n"
                           "|---|---|---|---|---|---|---|---|---|\n");
    assert_int_equal(hf_policy_pack_rule_count(pack), procedures[which].duties);
    for (size_t i = 1; i <= procedures[which].duties; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%s-%02zu", procedures[which].prefix, i);
        const struct hf_policy_rule *rule = hf_policy_pack_rule_named(pack, id);
        if (!rule)
            fail_msg("the pack has no rule %s", id);
        add_rule(out, rule, rule_json(pack, id));
    }
    hf_policy_pack_free(pack);
}

static struct hf_buf write_page(void)
{
    struct hf_buf out = {0};
    hf_buf_append_str(
        &out, "# Coverage of the two procedures\n\n"
              "Written by tests/policy/test_coverage.c, which also fails when this page is out of date. Each\n"
              "scenario holds a case in which the rule is kept and one in which it is broken, and fails when any\n"
              "other rule is open or any other alert is raised than it names. The words are those of the engine.\n"
              "tests/policy/tables holds further cases, one change a column, and tests/policy/test_sweep.c takes\n"
              "every part of every rule away in turn: it fails when neither they nor this page notice.\n");
    for (size_t i = 0; i < sizeof procedures / sizeof procedures[0]; i++)
        add_procedure(&out, i);
    assert_ok(hf_buf_status(&out));
    return out;
}

static void coverage__every_duty_has_a_rule_and_the_page_is_up_to_date(void **state)
{
    (void)state;
    struct hf_buf wanted = write_page();
    if (getenv("HF_WRITE_COVERAGE")) {
        FILE *file = fopen(tree_path(page), "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(wanted.data, 1, wanted.len, file), wanted.len);
        assert_int_equal(fclose(file), 0);
    }
    struct hf_buf there = read_tree_file(page);
    if (!hf_slice_equal(hf_buf_slice(&wanted), hf_buf_slice(&there)))
        fail_msg("%s is out of date: run this test once with HF_WRITE_COVERAGE=1", page);
    hf_buf_clear(&there);
    hf_buf_clear(&wanted);
}

static void coverage__every_ambiguity_is_a_setting_with_a_default(void **state)
{
    (void)state;
    bool seen[19] = {false};
    for (size_t i = 0; i < sizeof procedures / sizeof procedures[0]; i++) {
        struct hf_policy_pack *pack = load_pack(procedures[i].pack);
        const char *name = NULL;
        json_t *setting = NULL;
        json_object_foreach(json_object_get(hf_policy_pack_document(pack), "settings"), name, setting)
        {
            const char *amb = json_string_value(json_object_get(setting, "amb"));
            assert_non_null(json_object_get(setting, "default"));
            if (amb)
                seen[strtoul(amb + 4, NULL, 10) % 19] = true;
        }
        hf_policy_pack_free(pack);
    }
    for (size_t i = 1; i <= 18; i++)
        if (!seen[i])
            fail_msg("no setting answers AMB-%02zu", i);
}

static void coverage__every_rule_says_why_and_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof procedures / sizeof procedures[0]; i++) {
        struct hf_policy_pack *pack = load_pack(procedures[i].pack);
        for (size_t j = 0; j < hf_policy_pack_rule_count(pack); j++) {
            const struct hf_policy_rule *rule = hf_policy_pack_rule(pack, j);
            const bool told = rule->kind == HF_POLICY_HELP || rule->kind == HF_POLICY_SILENT;
            if (rule->help[0] == '\0' || (rule->clears[0] == '\0' && !told))
                fail_msg("%s has no help, or does not say what clears it", rule->id);
        }
        hf_policy_pack_free(pack);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coverage__every_rule_says_why_and_what_to_do),
        cmocka_unit_test(coverage__every_duty_has_a_rule_and_the_page_is_up_to_date),
        cmocka_unit_test(coverage__every_ambiguity_is_a_setting_with_a_default),
    };
    return cmocka_run_group_tests(tests, support_start, NULL);
}
