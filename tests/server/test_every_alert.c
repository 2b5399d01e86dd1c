/* Every alert that the sample procedures know, on the server: the cases of tests/policy/scenarios come to an office as
 * changes of a device, and what the server then raises by itself is what a device works out from the same case
 * (core/policy), neither more nor less. The table is the catalogue of alerts; a code without a line fails. */
#include "core/model/body_policy.h"
#include "core/pack/writer.h"
#include "core/policy/book.h"
#include "server/alerts.h"
#include "tests/policy/support_frames.h"
#include "tests/server/support_office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALERT_KIND    2
#define ALERT_SUBJECT 3
#define ALERT_STATUS  7
#define DAY_MS        (24ull * 60 * 60 * 1000)
#define STEPS_MAX     16

/* The catalogue, with the procedure that raises each. AL-IRO-NOTE is the case note itself. */
static struct line {
    const char *code;
    bool seen;
} catalogue[] = {
    {"AL-URG", false},
    {"AL-INTERIM", false},
    {"AL-PPM-LATE", false},
    {"AL-ISP", false},
    {"AL-PRF", false},
    {"AL-PREPLACE", false},
    {"AL-BRIEF", false},
    {"AL-CHILD-DECISION", false},
    {"AL-CHILD-VIEWS", false},
    {"AL-CHILD-EXPLAIN", false},
    {"AL-PARENT-INFORM", false},
    {"AL-IRO-INVITE", false},
    {"AL-IRO-VIEWS", false},
    {"AL-NOTES", false},
    {"AL-CIRC", false},
    {"AL-FILE", false},
    {"AL-PLAN-REV", false},
    {"AL-EVAL", false},
    {"AL-SM-NOTIFY", false},
    {"AL-ESC", false},
    {"AL-MOVE-UNPLANNED", false},
    {"AL-LEARN-DUE", false},
    {"AL-RISK", false},
    {"AL-POL-ACK", false},
    {"AL-IRO-NOTE", false},
};
#define LINES (sizeof catalogue / sizeof catalogue[0])

struct town {
    struct office *office;
    struct device worker, clerk;
    struct hf_class_key key, office_key;
};

/* --- a case on the server ----------------------------------------------------------------------------------------- */

static void release(struct town *town, const char *path, const char *name, const char *version, const char *what)
{
    struct hf_buf file = read_tree_file(path), bytes = {0};
    struct hf_policy_body body = {.what = hf_slice_str(what),
                                  .name = hf_slice_str(name),
                                  .version = hf_slice_str(version),
                                  .file = hf_buf_slice(&file),
                                  .effective_from = hf_slice_str("")};
    hf_sha256_of(file.data, file.len, body.hash);
    hf_policy_body_encode(&body, &bytes);
    struct hf_item item =
        device_leaf(&town->clerk, HF_LEAF_POLICY, &town->office_key, scratch_copy(town->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(&town->clerk, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&file);
    hf_buf_clear(&bytes);
}

static void push(struct device *device, const struct hf_class_key *key, const struct hf_data_body_input *input)
{
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    if (hf_data_body_encode(input, &bytes, &err) != HF_OK)
        fail_msg("%s", err.text);
    struct hf_item item = device_leaf(device, HF_LEAF_DATA, key, scratch_copy(device->office, hf_buf_slice(&bytes)));
    assert_int_equal(device_push_one(device, item).hold, HF_HOLD_NONE);
    hf_buf_clear(&bytes);
}

/* One record as one change: all elements of a set in one edit, the first entry of a log; later entries of a log come in
 * changes of their own. */
static void save_record(struct town *town, const struct hf_record_state *record)
{
    struct hf_slice values[HF_SET_ELEMENTS_MAX];
    struct hf_edit_input edits[HF_EDITS_MAX];
    struct hf_buf sets[HF_EDITS_MAX] = {{0}};
    struct hf_data_body_input input = {
        .case_id = town->key.case_id, .record_id = record->record_id, .type = record->type, .edits = edits};
    assert_true(record->field_count <= HF_EDITS_MAX);
    for (size_t i = 0; i < record->field_count; i++) {
        const struct hf_field_state *field = &record->fields[i];
        const bool is_set = hf_model_field(hf_model_type(record->type), field->field)->kind == HF_KIND_SET;
        for (size_t j = 0; j < field->count && is_set; j++)
            values[j] = field->entries[j].value;
        if (is_set)
            hf_set_edit_encode(values, field->count, NULL, 0, &sets[i]);
        if (field->count > 0)
            edits[input.edit_count++] = (struct hf_edit_input){
                .field = field->field, .value = is_set ? hf_buf_slice(&sets[i]) : field->entries[0].value};
    }
    push(&town->worker, &town->key, &input);
    input.edit_count = 1;
    for (size_t i = 0; i < record->field_count; i++)
        for (size_t j = 1; j < record->fields[i].count && sets[i].len == 0; j++) {
            edits[0] =
                (struct hf_edit_input){.field = record->fields[i].field, .value = record->fields[i].entries[j].value};
            push(&town->worker, &town->key, &input);
        }
    for (size_t i = 0; i < HF_EDITS_MAX; i++)
        hf_buf_clear(&sets[i]);
}

static void decide_settings(struct town *town, const char *policy, const json_t *settings)
{
    static const char *const fields[] = {"policy", "name", "value", "from"};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)settings, name, value)
    {
        char text[64];
        const char *words[] = {policy, name, text, "2020-01-01"};
        struct hf_edit_input edits[4];
        struct hf_buf packed[4] = {{0}};
        if (json_is_integer(value))
            (void)snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
        else
            (void)snprintf(text, sizeof text, "%s", json_is_null(value) ? "null" : json_string_value(value));
        for (size_t i = 0; i < 4; i++) {
            const struct hf_field_spec *spec =
                hf_model_field_named(hf_model_type(HF_RECORD_SETTING), hf_slice_str(fields[i]));
            hf_pack_text(&packed[i], hf_slice_str(words[i]));
            edits[i] = (struct hf_edit_input){.field = spec->code, .value = hf_buf_slice(&packed[i])};
        }
        const struct hf_data_body_input input = {.case_id = town->office_key.case_id,
                                                 .record_id = new_id(),
                                                 .type = HF_RECORD_SETTING,
                                                 .edits = edits,
                                                 .edit_count = 4};
        push(&town->clerk, &town->office_key, &input);
        for (size_t i = 0; i < 4; i++)
            hf_buf_clear(&packed[i]);
    }
}

/* The packs come last, so that whose role it was plays no part here. */
static struct town town_of(const struct frame *frame, const struct hf_policy_pack *pack)
{
    struct town town = {.office = office_new()};
    const bool is_b = strcmp(frame->pack, "procedure-b-fsm") == 0;
    town.office->now_ms = frame->now_ms;
    town.worker = device_enrolled(town.office, "Wanda Worker", HF_ROLE_WORKER);
    town.clerk = device_enrolled(town.office, "Olu Office", HF_ROLE_OFFICE);
    town.key = new_class_key();
    town.key.case_id = frame->built->records[0].case_id;
    struct hf_item opening = device_case(&town.worker, &town.key);
    assert_int_equal(device_push_one(&town.worker, opening).hold, HF_HOLD_NONE);
    assert_int_equal(hf_keystore_current(town.office->keystore, &town.office->office.office_case, &town.office_key),
                     HF_OK);
    for (size_t i = 0; i < frame->built->count; i++)
        save_record(&town, &frame->built->records[i]);
    release(&town, "policies/calendars/england-and-wales-2027.json", "england-and-wales", "2024-2027", "calendar");
    decide_settings(&town, hf_policy_pack_policy(pack), frame->settings);
    release(&town, is_b ? "policies/procedure-b-fsm.json" : "policies/procedure-a-psm.json",
            hf_policy_pack_policy(pack), hf_policy_pack_version(pack), "pack");
    for (int i = 0; i < STEPS_MAX; i++)
        assert_int_equal(hf_alerts_step(&town.office->office), HF_OK);
    return town;
}

/* --- what it raised ----------------------------------------------------------------------------------------------- */

struct raised {
    struct town *town;
    size_t count;
    struct {
        char code[32];
        struct hf_id subject;
    } alerts[RAISED_MAX];
};

static bool take_record(void *ctx, const struct hf_record_write *row)
{
    struct raised *raised = ctx;
    if (row->type != HF_RECORD_ALERT ||
        strcmp(office_text(raised->town->office, &row->record_id, ALERT_STATUS), "raised") != 0 ||
        office_text(raised->town->office, &row->record_id, 5)[0] == '\0') /* without a cause: a person's own */
        return true;
    struct hf_record_state state = office_state(raised->town->office, &row->record_id);
    assert_true(raised->count < RAISED_MAX);
    (void)snprintf(raised->alerts[raised->count].code, sizeof raised->alerts[0].code, "%s",
                   office_text(raised->town->office, &row->record_id, ALERT_KIND));
    raised->alerts[raised->count++].subject = hf_book_reference(&state, "subject");
    hf_record_state_clear(&state);
    return true;
}

static struct raised raised_in(struct town *town, const struct hf_id *case_id)
{
    struct raised raised = {.town = town};
    struct hf_store *store = town->office->store;
    assert_int_equal(store->ops->records(store, case_id, take_record, &raised), HF_OK);
    return raised;
}

static bool has(const struct raised *raised, const char *code, const struct hf_id *subject)
{
    for (size_t i = 0; i < raised->count; i++)
        if (strcmp(raised->alerts[i].code, code) == 0 && hf_id_equal(&raised->alerts[i].subject, subject))
            return true;
    return false;
}

static bool same(const struct frame *frame, const struct hf_policy_result *device, const struct raised *server)
{
    bool fine = true;
    for (size_t i = 0; i < device->alert_count; i++) {
        const struct hf_policy_alert *alert = &device->alerts[i];
        if (!has(server, alert->code, &device->duties[alert->duty].subject)) {
            print_message("%s: the device says %s, the server does not\n", frame->place, alert->code);
            fine = false;
        }
        for (size_t j = 0; j < LINES; j++)
            catalogue[j].seen = catalogue[j].seen || strcmp(catalogue[j].code, alert->code) == 0;
    }
    if (fine && server->count != device->alert_count) {
        print_message("%s: the server raises %zu alerts, the device %zu\n", frame->place, server->count,
                      device->alert_count);
        fine = false;
    }
    return fine;
}

/* --- tests -------------------------------------------------------------------------------------------------------- */

static void alerts__of_every_scenario_are_the_same_on_the_server_and_on_a_device(void **state)
{
    static struct frames frames;
    struct hf_policy_result result = {0};
    struct hf_calendar *calendar = load_calendar();
    struct hf_policy_pack *packs[2] = {load_pack("procedure-a-psm"), load_pack("procedure-b-fsm")};
    size_t looked = 0, failed = 0;
    (void)state;
    frames_load(&frames);
    for (size_t i = 0; i < frames.count; i++) {
        const struct frame *frame = frames.items[i];
        const struct hf_policy_pack *pack = packs[strcmp(frame->pack, "procedure-b-fsm") == 0];
        if (!frame->closed)
            continue;
        frame_run(frame, pack, calendar, &result);
        if (result.alert_count == 0)
            continue;
        struct town town = town_of(frame, pack);
        const struct raised raised = raised_in(&town, &town.key.case_id);
        failed += same(frame, &result, &raised) ? 0 : 1;
        looked++;
        office_free(town.office);
    }
    print_message("%zu cases with alerts\n", looked);
    assert_true(looked > 40);
    assert_int_equal(failed, 0);
    for (size_t i = 0; i < LINES; i++)
        if (!catalogue[i].seen)
            fail_msg("no case raises %s", catalogue[i].code);
    hf_policy_result_clear(&result);
    frames_free(&frames);
    hf_policy_pack_free(packs[0]);
    hf_policy_pack_free(packs[1]);
    hf_calendar_free(calendar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts__of_every_scenario_are_the_same_on_the_server_and_on_a_device)};
    return cmocka_run_group_tests(tests, support_start, NULL);
}
