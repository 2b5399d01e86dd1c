#include "tests/policy/support_policy.h"

#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "core/model/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EDITS_MAX 48

int support_start(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

json_t *load_tree_json(const char *path)
{
    struct hf_error err = {0};
    struct hf_buf bytes = read_tree_file(path);
    json_t *json = NULL;
    if (hf_json_load(hf_buf_slice(&bytes), &json, &err) != HF_OK)
        fail_msg("%s: %s", path, err.text);
    hf_buf_clear(&bytes);
    return json;
}

struct hf_policy_pack *load_pack(const char *name)
{
    char path[160];
    struct hf_error err = {0};
    struct hf_policy_pack *pack = NULL;
    (void)snprintf(path, sizeof path, "policies/%s.json", name);
    struct hf_buf bytes = read_tree_file(path);
    if (hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err) != HF_OK)
        fail_msg("%s: %s", path, err.text);
    hf_buf_clear(&bytes);
    return pack;
}

struct hf_policy_pack *pack_of(const char *json)
{
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    struct hf_policy_pack *pack = NULL;
    for (const char *at = json; *at; at++)
        hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
    if (hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err) != HF_OK)
        fail_msg("%s", err.text);
    hf_buf_clear(&bytes);
    return pack;
}

struct hf_calendar *load_calendar(void)
{
    struct hf_error err = {0};
    struct hf_calendar *calendar = NULL;
    struct hf_buf bytes = read_tree_file("policies/calendars/england-and-wales-2027.json");
    if (hf_calendar_load(hf_buf_slice(&bytes), &calendar, &err) != HF_OK)
        fail_msg("%s", err.text);
    hf_buf_clear(&bytes);
    return calendar;
}

struct hf_id id_of(const char *label)
{
    const struct hf_id none = hf_id_zero();
    return hf_model_slot_id(&none, 1, hf_slice_str(label));
}

uint64_t time_of(const char *text)
{
    uint64_t ms = 0;
    if (hf_text_parse_time(hf_slice_str(text), &ms) != HF_OK)
        fail_msg("%s is no time", text);
    return ms;
}

/* --- worlds ----------------------------------------------------------------------------------------------------- */

static void lay_record(json_t *records, const char *label, json_t *over)
{
    json_t *record = json_object_get(records, label);
    const char *field = NULL;
    json_t *value = NULL;
    if (json_is_null(over)) {
        if (json_object_del(records, label) != 0)
            fail_msg("there is no record \"%s\" to take away", label);
        return;
    }
    if (!record) {
        assert_int_equal(json_object_set_new(records, label, json_deep_copy(over)), 0);
        return;
    }
    json_object_foreach(over, field, value)
    {
        if (!json_is_null(value))
            assert_int_equal(json_object_set_new(record, field, json_deep_copy(value)), 0);
        else if (json_object_del(record, field) != 0)
            fail_msg("\"%s\" has no \"%s\" to take away", label, field);
    }
}

json_t *world_with(const json_t *world, const json_t *change)
{
    json_t *laid = json_deep_copy(world);
    const char *label = NULL;
    json_t *over = NULL;
    json_object_foreach(json_object_get(change, "records"), label, over)
        lay_record(json_object_get(laid, "records"), label, over);
    if (json_object_get(change, "now"))
        assert_int_equal(json_object_set(laid, "now", json_object_get(change, "now")), 0);
    if (json_object_get(change, "settings"))
        assert_int_equal(json_object_set(laid, "settings", json_object_get(change, "settings")), 0);
    return laid;
}

static struct hf_buf encode_value(const struct hf_record_spec *type, const struct hf_field_spec *field,
                                  const json_t *value)
{
    struct hf_buf out = {0};
    struct hf_error err = {0};
    char text[2048];
    if (json_is_integer(value))
        (void)snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        (void)snprintf(text, sizeof text, "%s", json_is_true(value) ? "true" : "false");
    else if (json_is_string(value) && json_string_value(value)[0] == '@') {
        const struct hf_id id = id_of(json_string_value(value) + 1);
        hf_id_format(&id, text);
    } else if (json_is_string(value))
        (void)snprintf(text, sizeof text, "%s", json_string_value(value));
    else
        fail_msg("%s.%s: no value of a world", type->name, field->name);
    if (hf_value_from_text(type, field, hf_slice_str(text), &out, &err) != HF_OK)
        fail_msg("%s.%s: %s", type->name, field->name, err.text);
    return out;
}

static struct hf_buf encode_set(const struct hf_record_spec *type, const struct hf_field_spec *field,
                                const json_t *list)
{
    struct hf_buf elements[16] = {{0}};
    struct hf_slice slices[16];
    struct hf_buf out = {0};
    const size_t count = json_array_size(list);
    assert_in_range(count, 0, 16);
    for (size_t i = 0; i < count; i++) {
        elements[i] = encode_value(type, field, json_array_get(list, i));
        slices[i] = hf_buf_slice(&elements[i]);
    }
    hf_set_edit_encode(slices, count, NULL, 0, &out);
    for (size_t i = 0; i < count; i++)
        hf_buf_clear(&elements[i]);
    return out;
}

static void apply(struct hf_record_state *state, const struct hf_data_body_input *input, uint8_t change)
{
    static struct hf_data_body body;
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    const struct hf_id id = hf_id_v7(change, (const uint8_t[HF_ID_RANDOM_BYTES]){change});
    if (hf_data_body_encode(input, &bytes, &err) != HF_OK ||
        hf_data_body_decode(hf_buf_slice(&bytes), &body, &err) != HF_OK)
        fail_msg("%s", err.text);
    assert_ok(hf_merge_apply(state, &body, &id, hf_clock_make(change, 0)));
    hf_buf_clear(&bytes);
}

static void apply_edit(struct hf_record_state *state, struct hf_data_body_input *input, uint16_t field,
                       struct hf_buf *value, uint8_t change)
{
    const struct hf_edit_input edit = {.field = field, .value = hf_buf_slice(value)};
    input->edits = &edit;
    input->edit_count = 1;
    apply(state, input, change);
    hf_buf_clear(value);
}

static void build_record(const char *label, const json_t *json, struct hf_record_state *out)
{
    const char *type_name = json_string_value(json_object_get(json, "record"));
    const struct hf_record_spec *type = type_name ? hf_model_type_named(hf_slice_str(type_name)) : NULL;
    if (!type)
        fail_msg("\"%s\" is of no known type", label);
    struct hf_data_body_input input = {.case_id = id_of("case"), .record_id = id_of(label), .type = type->code};
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        if (strcmp(name, "record") == 0)
            continue;
        const struct hf_field_spec *field = hf_model_field_named(type, hf_slice_str(name));
        if (!field)
            fail_msg("a %s has no field \"%s\"", type->name, name);
        const bool appends = field->kind == HF_KIND_APPEND && json_is_array(value);
        const json_t *rivals = appends ? value : json_object_get(value, "rivals");
        struct hf_buf encoded = {0};
        for (size_t i = 0; i < json_array_size(rivals); i++) {
            encoded = encode_value(type, field, json_array_get(rivals, i));
            apply_edit(out, &input, field->code, &encoded, (uint8_t)(i + 2));
        }
        if (rivals)
            continue;
        encoded = json_is_array(value) ? encode_set(type, field, value) : encode_value(type, field, value);
        apply_edit(out, &input, field->code, &encoded, 1);
    }
}

void build_case(const json_t *records, struct a_case *out)
{
    const char *label = NULL;
    json_t *record = NULL;
    out->count = 0;
    json_object_foreach((json_t *)(uintptr_t)records, label, record)
    {
        assert_in_range(out->count, 0, RECORDS_MAX - 1);
        out->records[out->count] = (struct hf_record_state){0};
        build_record(label, record, &out->records[out->count]);
        if (out->records[out->count].field_count == 0)
            fail_msg("\"%s\" has no fields", label);
        out->count++;
    }
}

void clear_case(struct a_case *built)
{
    for (size_t i = 0; i < built->count; i++)
        hf_record_state_clear(&built->records[i]);
    built->count = 0;
}

void evaluate(const struct hf_policy_pack *pack, const struct hf_calendar *calendar, const json_t *settings,
              const struct a_case *built, uint64_t now_ms, struct hf_policy_result *result)
{
    struct hf_error err = {0};
    struct hf_policy_settings *local = NULL;
    if (hf_policy_settings_new(pack, settings, &local, &err) != HF_OK)
        fail_msg("%s", err.text);
    const struct hf_policy_input input = {.pack = pack,
                                          .calendar = calendar,
                                          .settings = local,
                                          .records = built->records,
                                          .record_count = built->count,
                                          .now_ms = now_ms,
                                          .with_help = true};
    if (hf_policy_evaluate(&input, result, &err) != HF_OK)
        fail_msg("%s", err.text);
    hf_policy_settings_free(local);
}

void duty_word(const struct hf_duty *duty, char out[32])
{
    (void)snprintf(out, 32, "%s%s%s", hf_duty_status_name(duty->status), duty->late ? " late" : "",
                   duty->by_reason ? " by_reason" : "");
}

bool duty_is_open(const struct hf_duty *duty)
{
    return duty->status == HF_DUTY_DUE || duty->status == HF_DUTY_OVERDUE || duty->status == HF_DUTY_NOT_RECORDED ||
           duty->late;
}

static int rank(const struct hf_duty *duty)
{
    if (duty_is_open(duty))
        return 3;
    return duty->status == HF_DUTY_DONE ? duty->by_reason : 2;
}

const struct hf_duty *worst_duty(const struct hf_policy_result *result, const char *rule, const char *subject)
{
    const struct hf_id wanted = subject ? id_of(subject) : hf_id_zero();
    const struct hf_duty *found = NULL;
    for (size_t i = 0; i < result->duty_count; i++) {
        const struct hf_duty *duty = &result->duties[i];
        if (strcmp(duty->rule->id, rule) != 0 || (subject && !hf_id_equal(&duty->subject, &wanted)))
            continue;
        if (!found || rank(duty) > rank(found))
            found = duty;
    }
    return found;
}
