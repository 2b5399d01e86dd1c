/* The header first, alone: it needs nothing before it. */
#include <holdfast/holdfast.h>

#include "tests/client/support_client.h"

#include <string.h>

static void status_names__are_those_of_core(void **state)
{
    (void)state;
    assert_string_equal(holdfast_status_name(HOLDFAST_OK), "ok");
    assert_string_equal(holdfast_status_name(HOLDFAST_NOT_FOUND), "not_found");
    assert_string_equal(holdfast_status_name(HOLDFAST_NOMEM), "nomem");
    for (int i = 0; i < HF_STATUS_COUNT; i++)
        assert_string_equal(holdfast_status_name((enum holdfast_status)i), hf_status_name((enum hf_status)i));
    assert_string_equal(holdfast_status_name((enum holdfast_status)999), "unknown");
}

static void ids__go_to_text_and_back(void **state)
{
    (void)state;
    struct holdfast_id id = {{0}};
    char text[HOLDFAST_ID_TEXT_BYTES];
    assert_int_equal(holdfast_id_parse("01939b2e-7c10-7a55-9f00-3c2d5e6f7a8b", &id), HOLDFAST_OK);
    holdfast_id_format(&id, text);
    assert_string_equal(text, "01939b2e-7c10-7a55-9f00-3c2d5e6f7a8b");
    assert_int_equal(holdfast_id_parse("01939b2e", &id), HOLDFAST_INVALID);
    assert_int_equal(holdfast_id_parse(NULL, &id), HOLDFAST_INVALID);
    holdfast_id_format(&id, text);
    assert_string_equal(text, "01939b2e-7c10-7a55-9f00-3c2d5e6f7a8b");
}

static bool find_action(void *ctx, const char *name, const char *label)
{
    *(bool *)ctx = strcmp(name, "action") == 0 && strcmp(label, "Action") == 0;
    return !*(bool *)ctx;
}

static void types__are_listed_until_the_callback_has_enough(void **state)
{
    (void)state;
    bool found = false;
    holdfast_types(find_action, &found);
    assert_true(found);
}

struct fields {
    size_t count;
    bool reference, status;
};

static bool look_at_field(void *ctx, const struct holdfast_field_info *field)
{
    struct fields *fields = ctx;
    fields->count++;
    if (strcmp(field->name, "reference") == 0)
        fields->reference =
            strcmp(field->kind, "value") == 0 && strcmp(field->type, "text") == 0 && field->bytes_max == 200;
    if (strcmp(field->name, "status") == 0)
        fields->status = strcmp(field->kind, "status") == 0 && strcmp(field->type, "code") == 0 &&
                         strcmp(field->codes[0], "open") == 0 && strcmp(field->label, "Case status") == 0;
    return true;
}

static void fields__say_kind_type_limits_and_codes(void **state)
{
    (void)state;
    struct fields fields = {0};
    size_t count = 0;
    assert_non_null(hf_model_types(&count));
    assert_int_equal(holdfast_fields("case", look_at_field, &fields), HOLDFAST_OK);
    assert_int_equal(fields.count, hf_model_type(HF_RECORD_CASE)->field_count);
    assert_true(fields.reference);
    assert_true(fields.status);
    assert_int_equal(holdfast_fields("no such", look_at_field, &fields), HOLDFAST_NOT_FOUND);
    assert_int_equal(holdfast_fields(NULL, look_at_field, &fields), HOLDFAST_NOT_FOUND);
}

static void version__is_a_number(void **state)
{
    (void)state;
    assert_non_null(strchr(holdfast_version(), '.'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_names__are_those_of_core),
        cmocka_unit_test(ids__go_to_text_and_back),
        cmocka_unit_test(types__are_listed_until_the_callback_has_enough),
        cmocka_unit_test(fields__say_kind_type_limits_and_codes),
        cmocka_unit_test(version__is_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
