#include "tests/model/support_model.h"

#include <ctype.h>
#include <string.h>

#define LINE_BYTES      200
#define NARRATIVE_BYTES 20000

/* Calls `check` for every field of every type. */
typedef void check_field(const struct hf_record_spec *type, const struct hf_field_spec *field);

static void each_field(check_field *check)
{
    size_t count;
    const struct hf_record_spec *types = hf_model_types(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < types[i].field_count; j++)
            check(&types[i], &types[i].fields[j]);
}

static bool is_name(const char *name)
{
    if (!islower((unsigned char)name[0]))
        return false;
    for (; *name; name++)
        if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) && *name != '_')
            return false;
    return true;
}

static void types__have_ascending_codes_and_names_of_their_own(void **state)
{
    (void)state;
    size_t count;
    const struct hf_record_spec *types = hf_model_types(&count);
    assert_true(count >= 50);
    for (size_t i = 0; i < count; i++) {
        assert_in_range(types[i].code, 1, 999);
        assert_true(i == 0 || types[i - 1].code < types[i].code);
        assert_true(is_name(types[i].name));
        assert_true(strlen(types[i].label) > 0);
        assert_ptr_equal(hf_model_type(types[i].code), &types[i]);
        assert_ptr_equal(hf_model_type_named(hf_slice_str(types[i].name)), &types[i]);
    }
}

static void types__include_everything_the_procedures_record(void **state)
{
    (void)state;
    static const char *const names[] = {"case",
                                        "child",
                                        "person",
                                        "placement",
                                        "warning_sign",
                                        "request",
                                        "interim_support",
                                        "meeting",
                                        "invite",
                                        "attendance",
                                        "attendance_decision",
                                        "views",
                                        "briefing",
                                        "paper",
                                        "report",
                                        "agenda_item",
                                        "discussion",
                                        "need",
                                        "risk_factor",
                                        "support_tried",
                                        "option",
                                        "action",
                                        "action_update",
                                        "support_plan",
                                        "plan_item",
                                        "plan_review",
                                        "support_evaluation",
                                        "panel_consideration",
                                        "panel_approval",
                                        "out_of_meeting_approval",
                                        "escalation",
                                        "stability_notice",
                                        "circulation",
                                        "filing",
                                        "alert",
                                        "document",
                                        "transition_meeting",
                                        "transition_plan",
                                        "ppm",
                                        "learning_review",
                                        "move",
                                        "practice_concern",
                                        "parent_decision",
                                        "parent_informed",
                                        "child_explained",
                                        "policy_ack",
                                        "match",
                                        "info_share",
                                        "support_consideration",
                                        "doc_review",
                                        "issue",
                                        "notes",
                                        "supervision",
                                        "cla_review"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!hf_model_type_named(hf_slice_str(names[i])))
            fail_msg("there is no record type %s", names[i]);
}

/* Codes are signed into changes: these may grow, but none of them may ever change. */
static void codes__are_what_they_were(void **state)
{
    (void)state;
    static const struct {
        uint16_t type;
        const char *name;
        uint16_t field;
        const char *field_name;
    } known[] = {{1, "case", 2, "reference"},      {2, "person", 2, "name"},
                 {2, "person", 3, "role"},         {3, "child", 4, "date_of_birth"},
                 {4, "placement", 5, "start"},     {11, "practice_concern", 5, "concern"},
                 {20, "request", 6, "at"},         {20, "request", 10, "words"},
                 {20, "request", 13, "urgency"},   {22, "meeting", 5, "start"},
                 {22, "meeting", 4, "status"},     {25, "attendance_decision", 4, "by"},
                 {26, "views", 4, "words"},        {33, "agenda_item", 5, "notes"},
                 {36, "notes", 2, "text"},         {53, "option", 2, "prompt"},
                 {54, "action", 7, "due"},         {54, "action", 8, "status"},
                 {55, "action_update", 4, "text"}, {56, "support_plan", 8, "review_date"},
                 {63, "escalation", 2, "level"},   {74, "move", 13, "child_words"},
                 {78, "document", 2, "type"},      {79, "doc_review", 5, "on"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct hf_record_spec *type = hf_model_type(known[i].type);
        assert_non_null(type);
        assert_string_equal(type->name, known[i].name);
        const struct hf_field_spec *field = hf_model_field(type, known[i].field);
        assert_non_null(field);
        assert_string_equal(field->name, known[i].field_name);
    }
}

static void fields__begin_with_parent_and_have_ascending_codes_and_names_of_their_own(void **state)
{
    (void)state;
    size_t count;
    const struct hf_record_spec *types = hf_model_types(&count);
    for (size_t i = 0; i < count; i++) {
        const struct hf_record_spec *type = &types[i];
        assert_true(type->field_count > 1 && type->field_count <= HF_EDITS_MAX); /* one save can fill every field */
        assert_int_equal(type->fields[0].code, HF_FIELD_PARENT);
        assert_string_equal(type->fields[0].name, "parent");
        assert_int_equal(type->fields[0].type, HF_TYPE_REF);
        for (size_t j = 0; j < type->field_count; j++) {
            const struct hf_field_spec *field = &type->fields[j];
            assert_in_range(field->code, 1, 999);
            assert_true(j == 0 || type->fields[j - 1].code < field->code);
            if (!is_name(field->name))
                fail_msg("%s.%s is not a name", type->name, field->name);
            assert_true(strlen(field->label) > 0 && field->duty != NULL);
            assert_ptr_equal(hf_model_field(type, field->code), field);
            assert_ptr_equal(hf_model_field_named(type, hf_slice_str(field->name)), field); /* also: no name twice */
        }
    }
}

static void one_text_limit(const struct hf_record_spec *type, const struct hf_field_spec *field)
{
    bool narrative = field->kind == HF_KIND_TEXT || field->kind == HF_KIND_VERBATIM || field->kind == HF_KIND_APPEND;
    uint32_t want = field->type != HF_TYPE_TEXT ? 0 : narrative ? NARRATIVE_BYTES : LINE_BYTES;
    if (field->bytes_max != want)
        fail_msg("%s.%s may hold %u bytes, not %u", type->name, field->name, field->bytes_max, want);
    if (narrative && field->type != HF_TYPE_TEXT)
        fail_msg("%s.%s is a narrative and not text", type->name, field->name);
}

static void fields__limit_lines_to_200_and_narratives_to_20000_bytes(void **state)
{
    (void)state;
    each_field(one_text_limit);
}

static void one_code_list(const struct hf_record_spec *type, const struct hf_field_spec *field)
{
    if ((field->type == HF_TYPE_CODE) != (field->codes != NULL))
        fail_msg("%s.%s: a list of codes belongs to a code and to nothing else", type->name, field->name);
    if (field->kind == HF_KIND_STATUS && field->type != HF_TYPE_CODE)
        fail_msg("%s.%s is a status without codes", type->name, field->name);
    for (size_t i = 0; field->codes && field->codes[i]; i++) {
        assert_true(strlen(field->codes[i]) > 0);
        for (size_t j = 0; j < i; j++)
            if (strcmp(field->codes[i], field->codes[j]) == 0)
                fail_msg("%s.%s has %s twice", type->name, field->name, field->codes[i]);
    }
    if (field->codes && (!field->codes[0] || !field->codes[1]))
        fail_msg("%s.%s leaves no choice", type->name, field->name);
}

static void fields__have_codes_exactly_where_a_code_is_asked_for(void **state)
{
    (void)state;
    each_field(one_code_list);
}

/* "PSM-30 FSM-49": ids of the catalogue, one space between. */
static void one_duty(const struct hf_record_spec *type, const struct hf_field_spec *field)
{
    const char *at = field->duty;
    while (*at) {
        bool known = strncmp(at, "PSM-", 4) == 0 || strncmp(at, "FSM-", 4) == 0;
        if (!known || !isdigit((unsigned char)at[4]) || !isdigit((unsigned char)at[5]))
            fail_msg("%s.%s: \"%s\" is not a list of duties", type->name, field->name, field->duty);
        int number = (at[4] - '0') * 10 + (at[5] - '0');
        assert_in_range(number, 1, at[0] == 'P' ? 51 : 72);
        at += 6;
        if (*at == ' ' && at[1])
            at++;
    }
}

static void fields__name_duties_of_the_catalogue(void **state)
{
    (void)state;
    each_field(one_duty);
}

static bool seen_duty[2][100];

static void mark_duty(const struct hf_record_spec *type, const struct hf_field_spec *field)
{
    (void)type;
    for (const char *at = field->duty; *at; at += at[6] ? 7 : 6)
        seen_duty[at[0] == 'P' ? 0 : 1][(at[4] - '0') * 10 + (at[5] - '0')] = true;
}

/* Duties that a field can answer. The others are about the policy pack, a display, or what somebody is like. */
static void duties__that_ask_for_a_field_have_one(void **state)
{
    (void)state;
    static const int without_psm[] = {2, 51};
    static const int without_fsm[] = {3, 8, 25, 72};
    each_field(mark_duty);
    for (int i = 0; i < 2; i++)
        seen_duty[0][without_psm[i]] = true;
    for (int i = 0; i < 4; i++)
        seen_duty[1][without_fsm[i]] = true;
    for (int i = 1; i <= 51; i++)
        if (!seen_duty[0][i])
            fail_msg("no field answers PSM-%02d", i);
    for (int i = 1; i <= 72; i++)
        if (!seen_duty[1][i])
            fail_msg("no field answers FSM-%02d", i);
}

static void types__point_to_title_due_and_status_fields_that_exist(void **state)
{
    (void)state;
    size_t count;
    const struct hf_record_spec *types = hf_model_types(&count);
    for (size_t i = 0; i < count; i++) {
        const struct hf_record_spec *type = &types[i];
        const struct hf_field_spec *title = hf_model_field(type, type->title_field);
        const struct hf_field_spec *due = hf_model_field(type, type->due_field);
        const struct hf_field_spec *status = hf_model_field(type, type->status_field);
        assert_true(type->title_field == 0 || (title && title->kind != HF_KIND_SET && title->kind != HF_KIND_APPEND));
        assert_true(type->due_field == 0 || (due && (due->type == HF_TYPE_DATE || due->type == HF_TYPE_TIME)));
        assert_true(type->status_field == 0 || (status && status->kind == HF_KIND_STATUS));
        for (size_t j = 0; j < type->field_count; j++) /* and no status is left out of lists */
            assert_true(type->fields[j].kind != HF_KIND_STATUS || type->fields[j].code == type->status_field);
    }
}

static void types__once_per_parent_and_restricted_are_the_ones_meant(void **state)
{
    (void)state;
    static const char *const once[] = {"agenda_item", "option", "attendance_decision", "parent_decision"};
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        assert_true(hf_model_type_named(hf_slice_str(once[i]))->once_per_parent);
    assert_false(hf_model_type_named(hf_slice_str("action"))->once_per_parent);
    assert_false(hf_model_type_named(hf_slice_str("views"))->once_per_parent);
    size_t count;
    const struct hf_record_spec *types = hf_model_types(&count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(types[i].restricted, strcmp(types[i].name, "practice_concern") == 0);
}

static void case__holds_no_name_and_child_does(void **state)
{
    (void)state;
    const struct hf_record_spec *record = hf_model_type(HF_RECORD_CASE);
    assert_null(hf_model_field_named(record, hf_slice_str("name")));
    assert_null(hf_model_field_named(record, hf_slice_str("date_of_birth")));
    assert_non_null(hf_model_field_named(hf_model_type_named(hf_slice_str("child")), hf_slice_str("name")));
}

static void lookups__of_what_is_not_there_give_null(void **state)
{
    (void)state;
    assert_null(hf_model_type(0));
    assert_null(hf_model_type(14));
    assert_null(hf_model_type(999));
    assert_null(hf_model_type(UINT16_MAX));
    assert_null(hf_model_type_named(hf_slice_str("")));
    assert_null(hf_model_type_named(hf_slice_str("cas")));
    assert_null(hf_model_type_named(hf_slice_str("cases")));
    const struct hf_record_spec *type = hf_model_type(HF_RECORD_CASE);
    assert_null(hf_model_field(type, 0));
    assert_null(hf_model_field(type, 999));
    assert_null(hf_model_field_named(type, hf_slice_str("parents")));
}

/* SHA-256("holdfast slot v1\0" ‖ parent ‖ type u16 ‖ slot), checked with another program:
 * printf 'holdfast slot v1\0\252\252\252\252\252\252\252\252\252\252\252\252\252\252\252\252\0\0412a' | sha256sum */
static void slot_id__is_the_hash_that_formats_says(void **state)
{
    (void)state;
    static const uint8_t want[HF_ID_BYTES] = {0x26, 0xaa, 0x35, 0x2c, 0xa5, 0x3b, 0x53, 0xc2,
                                              0x2d, 0x9b, 0xe1, 0x8f, 0xd1, 0x38, 0xef, 0xc6};
    struct hf_id parent = id_of(0xAA);
    struct hf_id id = hf_model_slot_id(&parent, 33, hf_slice_str("2a"));
    assert_memory_equal(id.bytes, want, sizeof want);
}

static void slot_id__differs_by_parent_type_and_slot(void **state)
{
    (void)state;
    struct hf_id one = id_of(1);
    struct hf_id two = id_of(2);
    struct hf_id ids[] = {
        hf_model_slot_id(&one, 33, hf_slice_str("2a")), hf_model_slot_id(&two, 33, hf_slice_str("2a")),
        hf_model_slot_id(&one, 34, hf_slice_str("2a")), hf_model_slot_id(&one, 33, hf_slice_str("2b")),
        hf_model_slot_id(&one, 33, hf_slice_of(NULL, 0))};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(hf_id_equal(&ids[i], &ids[j]));
    struct hf_id again = hf_model_slot_id(&one, 33, hf_slice_str("2a"));
    assert_true(hf_id_equal(&again, &ids[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types__have_ascending_codes_and_names_of_their_own),
        cmocka_unit_test(types__include_everything_the_procedures_record),
        cmocka_unit_test(codes__are_what_they_were),
        cmocka_unit_test(fields__begin_with_parent_and_have_ascending_codes_and_names_of_their_own),
        cmocka_unit_test(fields__limit_lines_to_200_and_narratives_to_20000_bytes),
        cmocka_unit_test(fields__have_codes_exactly_where_a_code_is_asked_for),
        cmocka_unit_test(fields__name_duties_of_the_catalogue),
        cmocka_unit_test(duties__that_ask_for_a_field_have_one),
        cmocka_unit_test(types__point_to_title_due_and_status_fields_that_exist),
        cmocka_unit_test(types__once_per_parent_and_restricted_are_the_ones_meant),
        cmocka_unit_test(case__holds_no_name_and_child_does),
        cmocka_unit_test(lookups__of_what_is_not_there_give_null),
        cmocka_unit_test(slot_id__is_the_hash_that_formats_says),
        cmocka_unit_test(slot_id__differs_by_parent_type_and_slot),
    };
    return cmocka_run_group_tests_name("table", tests, support_start, NULL);
}
