/* Decisions that must carry a reason, at the office: for each, somebody whose decision it is passes, somebody else is
 * held, and so is a decision without its reason or with too few people. What is held is kept, is told in words, and can
 * be let. One line each over the sample procedures; who may by role stands in tests/policy/test_rights.c. */
#include "core/model/body_policy.h"
#include "core/pack/writer.h"
#include "server/release.h"
#include "tests/policy/support_policy.h"
#include "tests/server/support_office.h"

#include <stdio.h>
#include <string.h>

#define POST_PERSON 2
#define POST_ROLE   3
#define EDITS_MAX   24
#define WRONG       "carer_new" /* a role that none of these decisions is for */

#define A        "procedure-a-psm"
#define B        "procedure-b-fsm"
#define PSM      "'m':{'record':'meeting','type':'psm','status':'held'}"
#define HELD_FSM "'r':{'record':'meeting','type':'fsm','status':'held'}"
#define HELD_PSM "'r':{'record':'meeting','type':'psm','status':'held'}"
#define FINAL    "{'record':'meeting','status':'final'}"
#define TWO      "'h':{'record':'contact','role':'health'},'e':{'record':'contact','role':'education'}"
#define LEFT_OUT "'d':{'record':'attendance_decision','parent':'@r','decision':'not_attend','reason':'Too ill'"
#define ANYBODY  NULL /* may save: only what is missing is held */

/* clang-format off */
static const struct line {
    const char *decision, *pack, *base; /* records that are there before, with ' for " */
    const char *role;                   /* of somebody whose decision it is */
    const char *good;                   /* record "r" as it is decided */
    const char *base_lacking, *lacking; /* without what the procedure asks for; NULL: it asks for nothing, or as base */
} lines[] = {
    {"child does not attend, A", A, PSM, "child_sw",
     "{'record':'attendance_decision','parent':'@m','decision':'not_attend'}", NULL, NULL},
    {"child does not attend, A: why", A, HELD_PSM "," LEFT_OUT ",'by':['@x']}", ANYBODY, FINAL,
     HELD_PSM "," LEFT_OUT "}", FINAL},
    {"child does not attend, B", B, "'m':{'record':'meeting','type':'fsm','status':'held'}", "ssw",
     "{'record':'attendance_decision','parent':'@m','decision':'not_attend'}", NULL, NULL},
    {"child does not attend, B: two professionals", B, HELD_FSM "," TWO "," LEFT_OUT ",'by':['@h','@e']}", ANYBODY, FINAL,
     HELD_FSM "," TWO "," LEFT_OUT ",'by':['@h','@x']}", FINAL},
    {"parent invited or not", A, PSM, "team_manager",
     "{'record':'parent_decision','parent':'@m','decision':'invited'}", NULL, NULL},
    {"parent invited or not: why", A,
     HELD_PSM ",'d':{'record':'parent_decision','parent':'@r','decision':'invited','reason':'x'}", ANYBODY, FINAL,
     HELD_PSM ",'d':{'record':'parent_decision','parent':'@r','decision':'invited'}", FINAL},
    {"no meeting, A", A, "", "team_manager", "{'record':'request','outcome':'no_meeting','outcome_reason':'x'}", "",
     "{'record':'request','outcome':'no_meeting'}"},
    {"no meeting, B", B, "", "fostering_manager", "{'record':'request','outcome':'no_meeting','outcome_reason':'x'}", "",
     "{'record':'request','outcome':'no_meeting'}"},
    {"another chair, A", A, "", "cla_manager", "{'record':'meeting','type':'psm','chair_role':'iro'}", NULL, NULL},
    {"another chair, A: why", A,
     "'r':{'record':'meeting','type':'psm','status':'held','chair_role':'iro','chair_reason':'x'}", ANYBODY, FINAL,
     "'r':{'record':'meeting','type':'psm','status':'held','chair_role':'iro'}", FINAL},
    {"another chair, B", B, "", "team_manager", "{'record':'meeting','type':'fsm','chair_role':'iro'}", NULL, NULL},
    {"another chair, B: why", B,
     "'r':{'record':'meeting','type':'fsm','status':'held','chair_role':'iro','chair_reason':'x'}", ANYBODY, FINAL,
     "'r':{'record':'meeting','type':'fsm','status':'held','chair_role':'iro'}", FINAL},
    {"papers missing", A, PSM, "child_sw", "{'record':'paper','parent':'@m','reason':'x'}", NULL, NULL},
    {"no written report", A, PSM, "child_sw", "{'record':'report','parent':'@m','no_report_reason':'x'}", NULL, NULL},
    {"urgency lowered", B, "'r':{'record':'request','urgency':'imminent'}", "fostering_manager",
     "{'record':'request','urgency':'soon','urgency_reasons':['x']}",
     "'r':{'record':'request','urgency':'imminent'}", "{'record':'request','urgency':'soon'}"},
    {"urgency raised to imminent: the clock never waits", B, "'r':{'record':'request','urgency':'soon'}", ANYBODY,
     "{'record':'request','urgency':'imminent'}", NULL, NULL},
    {"interim support", B, "'m':{'record':'request','urgency':'imminent'}", "team_manager",
     "{'record':'interim_support','parent':'@m','decision':'given'}", "'m':{'record':'request','urgency':'imminent'}",
     "{'record':'interim_support','parent':'@m','decision':'not_given'}"},
    {"panel slot", A, PSM, "team_manager", "{'record':'panel_consideration','parent':'@m','booked':'no'}", NULL, NULL},
    {"urgent approval, manager", B, "", "fostering_manager",
     "{'record':'out_of_meeting_approval','route':'fostering_manager','reason':'x'}", "",
     "{'record':'out_of_meeting_approval','route':'fostering_manager'}"},
    {"urgent approval, panel", B, "", "parp_east", "{'record':'out_of_meeting_approval','route':'parp','reason':'x'}", "",
     "{'record':'out_of_meeting_approval','route':'parp'}"},
    {"significant resources", B, "", "parp_west", "{'record':'panel_approval','decision':'approved','reason':'x'}", "",
     "{'record':'panel_approval','decision':'refused'}"},
    {"no review date", B, "", "ssw", "{'record':'support_plan','no_review_reason':'x'}", NULL, NULL},
    {"escalation, level 1", B, "", "ssw", "{'record':'escalation','level':1,'reason':'x'}", "",
     "{'record':'escalation','level':1}"},
    {"escalation, level 3", B, "", "fostering_service_manager",
     "{'record':'escalation','level':3,'reason':'x','delay_effect':'y'}", "", "{'record':'escalation','level':3,'reason':'x'}"},
    {"move", A, "", "team_manager", "{'record':'move','status':'planned','planned':'yes'}", "",
     "{'record':'move','status':'planned','planned':'no'}"},
    {"a move that happened is a fact", A, "", ANYBODY, "{'record':'move','status':'happened','planned':'no'}", NULL, NULL},
    {"information withheld from a parent", A, PSM, "child_sw",
     "{'record':'parent_informed','parent':'@m','told':'not_done','reason':'x'}", PSM,
     "{'record':'parent_informed','parent':'@m','told':'not_done'}"},
};
/* clang-format on */
#define LINES (sizeof lines / sizeof lines[0])

struct town {
    struct office *office;
    struct device right, wrong, clerk;
    struct hf_class_key key, office_key;
};

static json_t *json_of(const char *text)
{
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    json_t *json = NULL;
    for (const char *at = text; *at; at++)
        hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
    if (hf_json_load(hf_buf_slice(&bytes), &json, &err) != HF_OK)
        fail_msg("%s in %s", err.text, text);
    hf_buf_clear(&bytes);
    return json;
}

/* All fields of a record as one change, each built on what stands at the office. */
static struct hf_item change_of(struct town *town, struct device *device, const struct hf_record_state *record)
{
    struct hf_edit_input edits[EDITS_MAX];
    struct hf_buf sets[EDITS_MAX] = {{0}}, bytes = {0};
    struct hf_id bases[EDITS_MAX][HF_EDIT_BASES_MAX];
    struct hf_record_state before = office_state(town->office, &record->record_id);
    struct hf_error err = {0};
    for (size_t i = 0; i < record->field_count; i++) {
        const struct hf_field_state *field = &record->fields[i];
        const struct hf_field_spec *spec = hf_model_field(hf_model_type(record->type), field->field);
        struct hf_slice values[HF_SET_ELEMENTS_MAX];
        for (size_t j = 0; j < field->count; j++)
            values[j] = field->entries[j].value;
        if (spec->kind == HF_KIND_SET)
            hf_set_edit_encode(values, field->count, NULL, 0, &sets[i]);
        edits[i] = (struct hf_edit_input){.field = field->field,
                                          .value = spec->kind == HF_KIND_SET ? hf_buf_slice(&sets[i]) : values[0],
                                          .bases = bases[i]};
        if (spec->kind != HF_KIND_SET && spec->kind != HF_KIND_APPEND)
            edits[i].base_count =
                hf_merge_heads(hf_record_state_field(&before, field->field), bases[i], HF_EDIT_BASES_MAX);
    }
    const struct hf_data_body_input input = {.case_id = town->key.case_id,
                                             .record_id = record->record_id,
                                             .type = record->type,
                                             .edits = edits,
                                             .edit_count = record->field_count};
    if (hf_data_body_encode(&input, &bytes, &err) != HF_OK)
        fail_msg("%s", err.text);
    struct hf_item item =
        device_leaf(device, HF_LEAF_DATA, &town->key, scratch_copy(town->office, hf_buf_slice(&bytes)));
    hf_buf_clear(&bytes);
    for (size_t i = 0; i < record->field_count; i++)
        hf_buf_clear(&sets[i]);
    hf_record_state_clear(&before);
    return item;
}

static void release(struct town *town, const char *path, const char *what)
{
    struct hf_buf file = read_tree_file(path), bytes = {0};
    json_t *document = load_tree_json(path);
    struct hf_policy_body body = {
        .what = hf_slice_str(what),
        .name = hf_slice_str(json_string_value(json_object_get(document, what[0] == 'p' ? "policy" : "calendar"))),
        .version = hf_slice_str(json_string_value(json_object_get(document, "version"))),
        .file = hf_buf_slice(&file),
        .effective_from = hf_slice_str("")};
    hf_sha256_of(file.data, file.len, body.hash);
    hf_policy_body_encode(&body, &bytes);
    struct hf_item item =
        device_leaf(&town->clerk, HF_LEAF_POLICY, &town->office_key, scratch_copy(town->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(&town->clerk, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&file);
    hf_buf_clear(&bytes);
    json_decref(document);
}

static void give_post(struct town *town, const struct hf_id *person, const char *role)
{
    struct hf_buf values[2] = {{0}}, bytes = {0};
    hf_pack_id(&values[0], person);
    hf_pack_text(&values[1], hf_slice_str(role));
    const struct hf_edit_input edits[2] = {{.field = POST_PERSON, .value = hf_buf_slice(&values[0])},
                                           {.field = POST_ROLE, .value = hf_buf_slice(&values[1])}};
    const struct hf_data_body_input input = {.case_id = town->office_key.case_id,
                                             .record_id = new_id(),
                                             .type = HF_RECORD_POST,
                                             .edits = edits,
                                             .edit_count = 2};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    struct hf_item item =
        device_leaf(&town->clerk, HF_LEAF_DATA, &town->office_key, scratch_copy(town->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(&town->clerk, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&values[0]);
    hf_buf_clear(&values[1]);
    hf_buf_clear(&bytes);
}

/* Two managers of the program, one with the role; the records of the case are there before the procedure is. */
static struct town town_with(const char *base, const char *pack, const char *role)
{
    struct town town = {.office = office_new()};
    static struct a_case built;
    char text[2048], path[128];
    town.right = device_enrolled(town.office, "Rita Right", HF_ROLE_MANAGER);
    town.wrong = device_enrolled(town.office, "Wim Wrong", HF_ROLE_MANAGER);
    town.clerk = device_enrolled(town.office, "Olu Office", HF_ROLE_OFFICE);
    town.key = new_class_key();
    town.key.case_id = id_of("case");
    struct hf_item opening = device_case(&town.right, &town.key);
    assert_int_equal(device_push_one(&town.right, opening).hold, HF_HOLD_NONE);
    assert_int_equal(hf_keystore_current(town.office->keystore, &town.office->office.office_case, &town.office_key),
                     HF_OK);
    (void)snprintf(text, sizeof text, "{%s}", base);
    json_t *json = json_of(text);
    build_case(json, &built);
    for (size_t i = 0; i < built.count; i++)
        assert_int_equal(device_push_one(&town.right, change_of(&town, &town.right, &built.records[i])).hold,
                         HF_HOLD_NONE);
    clear_case(&built);
    json_decref(json);
    release(&town, "policies/calendars/england-and-wales-2027.json", "calendar");
    (void)snprintf(path, sizeof path, "policies/%s.json", pack);
    release(&town, path, "pack");
    give_post(&town, &town.right.person, role ? role : WRONG);
    give_post(&town, &town.wrong.person, WRONG);
    return town;
}

static struct hf_msg_pushed decide(struct town *town, struct device *device, const char *record)
{
    static struct a_case built;
    char text[1024];
    (void)snprintf(text, sizeof text, "{'r':%s}", record);
    json_t *json = json_of(text);
    build_case(json, &built);
    struct hf_msg_pushed pushed = device_push_one(device, change_of(town, device, &built.records[0]));
    clear_case(&built);
    json_decref(json);
    return pushed;
}

static void expect(const struct line *line, const char *who, enum hf_hold is, enum hf_hold wanted)
{
    if (is != wanted)
        fail_msg("%s, %s: hold %d instead of %d (%s)", line->decision, who, (int)is, (int)wanted, hf_hold_text(is));
}

static void decisions__count_from_whom_they_are_for_and_are_held_from_anybody_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        struct town town = town_with(lines[i].base, lines[i].pack, lines[i].role);
        if (lines[i].role)
            expect(&lines[i], "somebody else", decide(&town, &town.wrong, lines[i].good).hold, HF_HOLD_ROLE);
        expect(&lines[i], "whose it is", decide(&town, &town.right, lines[i].good).hold, HF_HOLD_NONE);
        office_free(town.office);
    }
}

static void decisions__without_their_reason_or_with_too_few_people_are_held(void **state)
{
    size_t looked = 0;
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        if (!lines[i].lacking)
            continue;
        struct town town = town_with(lines[i].base_lacking, lines[i].pack, lines[i].role);
        expect(&lines[i], "lacking", decide(&town, &town.right, lines[i].lacking).hold, HF_HOLD_NEEDS);
        office_free(town.office);
        looked++;
    }
    assert_true(looked >= 14);
}

/* Kept, told in words, and let by somebody in the office. */
static void decision__that_is_held_is_kept_and_can_be_let(void **state)
{
    static const char decision[] = "{'record':'escalation','level':1}";
    (void)state;
    struct town town = town_with("", B, "ssw");
    const struct hf_msg_pushed pushed = decide(&town, &town.right, decision);
    assert_int_equal(pushed.hold, HF_HOLD_NEEDS);
    assert_non_null(strstr(hf_hold_text(pushed.hold), "reason"));
    assert_true(hf_hold_may_release(HF_HOLD_NEEDS));
    const struct hf_entry_row row = office_entry(town.office, office_size(town.office) - 1);
    assert_int_equal(row.hold, HF_HOLD_NEEDS);
    assert_int_equal(hf_release_settle(&town.office->office, &row.change_id, true, hf_slice_str("Agreed by telephone"),
                                       &town.office->err),
                     HF_OK);
    assert_int_equal(office_standing(town.office, &row.change_id).hold, HF_HOLD_NONE);
    office_free(town.office);
}

/* --- what it costs ------------------------------------------------------------------------------------------------ */

static const struct hf_store_ops *plain_ops;
static size_t cases_read;

static enum hf_status counted_records(struct hf_store *store, const struct hf_id *case_id,
                                      bool (*each)(void *ctx, const struct hf_record_write *row), void *ctx)
{
    const struct hf_id the_case = id_of("case"); /* what the office itself has decided is read anyway, once */
    cases_read += hf_id_equal(case_id, &the_case) ? 1 : 0;
    return plain_ops->records(store, case_id, each, ctx);
}

/* The records of a case are read for a decision, not for everything that somebody saves. */
static void saving__reads_the_case_only_for_a_field_that_a_right_names(void **state)
{
    static const struct {
        const char *record;
        bool is_asked;
    } saves[] = {
        {"{'record':'action','text':'x','due':'2026-12-01','status':'started'}", false},
        {"{'record':'notes','parent':'@m','text':'x'}", false},
        {"{'record':'meeting','type':'fsm','place':'x'}", false},
        {"{'record':'meeting','type':'fsm','chair_role':'fostering_manager'}", true},
        {"{'record':'request','reason':'x'}", false},
        {"{'record':'request','urgency':'soon'}", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof saves / sizeof saves[0]; i++) {
        struct town town = town_with("'m':{'record':'meeting','type':'fsm'}", B, "ssw");
        struct hf_store *store = town.office->office.store;
        plain_ops = store->ops;
        struct hf_store_ops counting = *plain_ops;
        counting.records = counted_records;
        cases_read = 0;
        store->ops = &counting;
        const enum hf_hold hold = decide(&town, &town.right, saves[i].record).hold;
        store->ops = plain_ops;
        assert_int_equal(hold, HF_HOLD_NONE);
        if ((cases_read > 0) != saves[i].is_asked)
            fail_msg("%s: the case was read %zu times", saves[i].record, cases_read);
        office_free(town.office);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions__count_from_whom_they_are_for_and_are_held_from_anybody_else),
        cmocka_unit_test(decisions__without_their_reason_or_with_too_few_people_are_held),
        cmocka_unit_test(decision__that_is_held_is_kept_and_can_be_let),
        cmocka_unit_test(saving__reads_the_case_only_for_a_field_that_a_right_names),
    };
    return cmocka_run_group_tests(tests, support_start, NULL);
}
