/* Rights of the sample packs and of the invented authorities: who may record what, role by role. Every right stands in
 * the table below; taking one away, or a condition, a field or a role of it, makes a line of it fail. */
#include "core/policy/rights.h"
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

struct line {
    const char *pack, *record, *fields; /* the record "r", with ' for "; the fields that the change touches */
    const char *may;                    /* roles that may, with spaces around each; every other role may not */
};

#define A         "policies/procedure-a-psm.json"
#define B         "policies/procedure-b-fsm.json"
#define N         "tests/policy/packs/northvale.json"
#define S         "tests/policy/packs/southmere.json"
#define EVERYBODY "*"
#define IFA       ",'p':{'record':'placement','provider':'ifa','setting':'agency_foster','status':'current'}"

/* clang-format off */
static const struct line lines[] = {
    {A, "{'record':'request','at':'2026-11-20T10:00:00Z'}",               "at",               EVERYBODY},
    {A, "{'record':'request','outcome':'no_meeting'}",                    "outcome",          " team_manager "},
    {A, "{'record':'request','outcome':'no_meeting'}",                    "outcome_reason",   " team_manager "},
    {A, "{'record':'request','outcome':'no_meeting'}",                    "outcome_by",       " team_manager "},
    {A, "{'record':'request','outcome':'no_meeting'}",                    "words",            EVERYBODY},
    {A, "{'record':'request','outcome':'meeting_arranged'}",              "outcome",          EVERYBODY},
    {A, "{'record':'attendance_decision','decision':'attend'}",          "decision",         EVERYBODY},
    {A, "{'record':'panel_consideration','considered':'yes'}",            "considered",       EVERYBODY},
    {A, "{'record':'escalation','level':1}",                              "level",            EVERYBODY},
    {B, "{'record':'request','at':'2026-11-20T10:00:00Z'}",               "at",               EVERYBODY},
    {B, "{'record':'request','outcome':'no_meeting'}",                    "outcome",          " fostering_manager team_manager "},
    {B, "{'record':'request','outcome':'no_meeting'}",                    "outcome_by",       " fostering_manager team_manager "},
    {B, "{'record':'request','outcome':'no_meeting'}",                    "outcome_reason",   " fostering_manager team_manager "},
    {B, "{'record':'request','outcome':'withdrawn'}",                     "outcome",          EVERYBODY},
    {B, "{'record':'attendance_decision','decision':'not_attend'}",      "decision",         EVERYBODY},
    {B, "{'record':'out_of_meeting_approval','route':'fostering_manager'}", "route",          " fostering_manager "},
    {B, "{'record':'out_of_meeting_approval','route':'fostering_manager'}", "by",             " fostering_manager "},
    {B, "{'record':'out_of_meeting_approval','route':'fostering_manager'}", "at",             " fostering_manager "},
    {B, "{'record':'out_of_meeting_approval','route':'fostering_manager'}", "what",           EVERYBODY},
    {B, "{'record':'out_of_meeting_approval','route':'parp'}",            "route",            " parp_east parp_west "},
    {B, "{'record':'out_of_meeting_approval','route':'parp'}",            "by",               " parp_east parp_west "},
    {B, "{'record':'out_of_meeting_approval','route':'parp'}",            "at",               " parp_east parp_west "},
    {B, "{'record':'panel_approval','decision':'approved'}",              "decision",         " parp_east parp_west "},
    {B, "{'record':'panel_approval','decision':'approved_in_part'}",      "decided_at",       " parp_east parp_west "},
    {B, "{'record':'panel_approval','decision':'refused'}",               "decision",         " parp_east parp_west "},
    {B, "{'record':'panel_approval','decision':'requested'}",             "decision",         EVERYBODY},
    {B, "{'record':'escalation','level':1}",                              "level",            " ssw "},
    {B, "{'record':'escalation','level':2}",                              "reason",           " ssw "},
    {B, "{'record':'escalation','level':2}" IFA,                          "level",            " team_manager "},
    {B, "{'record':'escalation','level':2}",                              "responses",        EVERYBODY},
    {B, "{'record':'escalation','level':3}",                              "level",            " fostering_service_manager "},
    {B, "{'record':'escalation','level':3}",                              "reason",           " fostering_service_manager "},
    {B, "{'record':'escalation','level':3}",                              "delay_effect",     " fostering_service_manager "},
    {N, "{'record':'request','at':'2026-11-20T10:00:00Z'}",               "at",               " child_sw ssw "},
    {N, "{'record':'request','at':'2026-11-20T10:00:00Z'}",               "reason",           EVERYBODY},
    {S, "{'record':'request','outcome':'meeting_arranged'}",              "outcome",          " team_manager "},
    {S, "{'record':'request','outcome':'no_meeting'}",                    "outcome",          " team_manager "},
    {S, "{'record':'request','outcome':'open'}",                          "outcome",          EVERYBODY},
};
/* clang-format on */
#define LINES (sizeof lines / sizeof lines[0])

static const char *const *all_roles(void)
{
    return hf_model_field_named(hf_model_type_named(hf_slice_str("invite")), hf_slice_str("role"))->codes;
}

static void build(const char *record)
{
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    json_t *json = NULL;
    hf_buf_append_str(&bytes, "{\"r\":");
    for (const char *at = record; *at; at++)
        hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
    hf_buf_append_str(&bytes, "}");
    if (hf_json_load(hf_buf_slice(&bytes), &json, &err) != HF_OK)
        fail_msg("%s", err.text);
    build_case(json, &built);
    json_decref(json);
    hf_buf_clear(&bytes);
}

static const struct hf_record_state *record_r(void)
{
    const struct hf_id id = id_of("r");
    for (size_t i = 0; i < built.count; i++)
        if (hf_id_equal(&built.records[i].record_id, &id))
            return &built.records[i];
    fail_msg("no record r");
    return NULL;
}

/* False, and what is wrong in `says`, when a role is let that may not, or held that may. */
static bool holds(const struct hf_policy_pack *pack, const struct line *line, char says[256])
{
    bool fine = true;
    build(line->record);
    const struct hf_record_state *record = record_r();
    const struct hf_field_spec *field = hf_model_field_named(hf_model_type(record->type), hf_slice_str(line->fields));
    assert_non_null(field);
    const struct hf_policy_input input = {.pack = pack,
                                          .calendar = calendar,
                                          .records = built.records,
                                          .record_count = built.count,
                                          .now_ms = time_of("2026-11-22T12:00:00Z")};
    for (const char *const *role = all_roles(); *role && fine; role++) {
        const struct hf_policy_right *broken = NULL;
        const struct hf_right_question question = {.input = &input,
                                                   .record = id_of("r"),
                                                   .fields = &field->code,
                                                   .field_count = 1,
                                                   .roles = role,
                                                   .role_count = 1};
        char word[80];
        (void)snprintf(word, sizeof word, " %s ", *role);
        assert_ok(hf_policy_may(&question, &broken, NULL));
        const bool wanted = strcmp(line->may, EVERYBODY) == 0 || strstr(line->may, word);
        fine = wanted == (broken == NULL);
        (void)snprintf(says, 256, "%s, %s, %s: %s %s", line->pack, line->record, line->fields, *role,
                       wanted ? "may, and is held" : "may not, and is let");
    }
    clear_case(&built);
    return fine;
}

/* The table over one pack as it stands in `document`. */
static bool table_holds(const char *path, const json_t *document, char says[256])
{
    struct hf_error err = {0};
    struct hf_policy_pack *pack = NULL;
    struct hf_buf bytes = {0};
    bool fine = true;
    assert_ok(hf_json_dump(document, 0, &bytes));
    if (hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err) != HF_OK) {
        (void)snprintf(says, 256, "%.200s", err.text);
        fine = false;
    }
    hf_buf_clear(&bytes);
    for (size_t i = 0; pack && i < LINES && fine; i++)
        fine = strcmp(lines[i].pack, path) != 0 || holds(pack, &lines[i], says);
    hf_policy_pack_free(pack);
    return fine;
}

static const char *const packs[] = {A, B, N, S};

static void rights__are_those_of_the_table(void **state)
{
    char says[256];
    (void)state;
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++) {
        json_t *document = load_tree_json(packs[i]);
        if (!table_holds(packs[i], document, says))
            fail_msg("%s", says);
        json_decref(document);
    }
}

static void expect_noticed(const char *path, const json_t *document, const char *what)
{
    char says[256];
    if (table_holds(path, document, says))
        fail_msg("%s: nothing notices that %s is gone", path, what);
}

/* `part` of `right` without its elements one after the other; all of it last. */
static void take_elements(const char *path, json_t *document, json_t *right, const char *part)
{
    json_t *list = json_object_get(right, part);
    char what[160];
    for (size_t i = 0; json_array_size(list) > 1 && i < json_array_size(list); i++) {
        json_t *taken = json_incref(json_array_get(list, i));
        (void)snprintf(what, sizeof what, "%s.%s[%zu]", json_string_value(json_object_get(right, "id")), part, i);
        (void)json_array_remove(list, i);
        expect_noticed(path, document, what);
        (void)json_array_insert_new(list, i, taken);
    }
}

/* Rights that hold nobody back are there to be read, and not asked about here. */
static void rights__each_part_of_one_matters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++) {
        json_t *document = load_tree_json(packs[i]);
        json_t *rights = json_object_get(document, "rights");
        for (size_t j = 0; j < json_array_size(rights); j++) {
            json_t *right = json_incref(json_array_get(rights, j));
            json_t *when = json_incref(json_object_get(right, "when"));
            const char *first = json_string_value(json_array_get(json_object_get(right, "by"), 0));
            if (first && strcmp(first, "anybody") != 0) {
                take_elements(packs[i], document, right, "fields");
                take_elements(packs[i], document, right, "by");
                if (when) {
                    (void)json_object_del(right, "when");
                    expect_noticed(packs[i], document, "a condition");
                    (void)json_object_set(right, "when", when);
                }
                (void)json_array_remove(rights, j);
                expect_noticed(packs[i], document, json_string_value(json_object_get(right, "id")));
                (void)json_array_insert(rights, j, right);
            }
            json_decref(when);
            json_decref(right);
        }
        json_decref(document);
    }
}

static void rights__that_no_pack_can_mean_are_refused(void **state)
{
    static const char *const wrong[] = {"'for':'request'", "'for':'request','by':[]",
                                        "'for':'request','by':['everyone']", "'for':'requests','by':null",
                                        "'for':'request','by':null,'fields':['colour']"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char json[512];
        struct hf_buf bytes = {0};
        struct hf_policy_pack *pack = NULL;
        struct hf_error err = {0};
        (void)snprintf(json, sizeof json,
                       "{'format':1,'policy':'t','version':'1','authority':'t','effective_from':'2026-01-01',"
                       "'calendar':'c','names':['T'],\n'rights':[{'id':'x',%s}],'rules':[]}",
                       wrong[i]);
        for (const char *at = json; *at; at++)
            hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
        assert_int_equal(hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err), HF_ERR_INVALID);
        assert_non_null(strstr(err.text, "line 2, rights[0]"));
        hf_buf_clear(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights__are_those_of_the_table),
        cmocka_unit_test(rights__each_part_of_one_matters),
        cmocka_unit_test(rights__that_no_pack_can_mean_are_refused),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
