/* Duties of many cases: every case is unpacked from its rows and worked out from the beginning (cold), then one case
 * again and again as after a change (one). The case is invented; its rows are copied for every case, so that memory is
 * read as it would be. One thread. */
#include "core/crypto/crypto.h"
#include "core/model/value.h"
#include "core/policy/policy.h"
#include "tools/benchmarks/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CASES        10000
#define CASES_MAX    200000
#define ROUNDS       5
#define RECORDS_MAX  96
#define FIELDS_MAX   10
#define NOW_MS       UINT64_C(1795608000000) /* 2026-11-25T12:00:00Z */
#define PEOPLE       7
#define FILE_MAX     (1u << 20)
#define NS_OF_SECOND 1000000000ull

struct record {
    const char *type;
    const char *label;
    const char *parent;
    const char *fields[FIELDS_MAX]; /* "name=value"; "@label" is an id */
};

static const struct record records[] = {
    {"case", "case", NULL, {"status=open", "unstable=yes"}},
    {"child", "child", "case", {"name=Sam (invented)"}},
    {"placement",
     "home",
     "case",
     {"setting=in_house_foster", "provider=in_house", "status=current", "start=2026-11-02"}},
    {"ppm", "ppm", "home", {"held_on=2026-11-06", "delegated_authority_recorded=done", "carer_support_needs=Rest"}},
    {"match", "match", "case", {"status=agreed", "decided_at=2026-10-30T12:00:00Z"}},
    {"document", "prf", "match", {"type=prf", "sent_at=2026-10-29T09:00:00Z", "sent_by_role=fostering_service"}},
    {"info_share", "told", "match", {"mode=spoken", "at=2026-10-30T15:00:00Z", "from_role=child_sw", "summary=All"}},
    {"request",
     "request",
     "case",
     {"urgency=imminent", "at=2026-11-17T10:00:00Z", "by_role=carer", "outcome=meeting_arranged", "arranger_role=ssw"}},
    {"interim_support", "interim", "request", {"decision=given"}},
    {"meeting",
     "meeting",
     "case",
     {"type=fsm", "kind=urgent", "status=final", "start=2026-11-19T10:00:00Z", "end=2026-11-19T11:30:00Z",
      "request=@request", "chair_role=fostering_manager"}},
    {"attendance_decision",
     "decision",
     "meeting",
     {"person=@child", "decision=not_attend", "by=@p1", "at=2026-11-18T09:00:00Z", "reason=Asked not to come"}},
    {"views",
     "views",
     "meeting",
     {"role=child", "by_role=child_sw", "words=I like it here", "obtained_at=2026-11-18T15:00:00Z"}},
    {"discussion", "talk", "meeting", {"child=Cannot sleep", "carers=Tired", "trauma_considered=yes"}},
    {"notes", "notes", "meeting", {"text=Minutes", "taken_by=@p1", "status=final", "template_id=7"}},
    {"support_plan", "plan", "case", {"version=1", "status=current", "on=2026-11-06", "by_role=ssw"}},
    {"plan_item", "item", "plan", {"recipient=both", "support=therapy", "text=Weekly", "status=planned"}},
    {"plan_review", "reviewed", "plan", {"context=supervision", "event=@supervision", "on=2026-11-12"}},
    {"supervision", "supervision", "case", {"held_on=2026-11-12"}},
    {"cla_review", "review", "case", {"held_on=2026-11-24"}},
    {"action", "action1", "meeting", {"text=Visits", "owner=@p1", "due=2026-11-20", "status=started"}},
    {"action", "action2", "meeting", {"text=School", "owner=@p2", "due=2026-12-20", "status=open"}},
};
static const char *const roles[PEOPLE] = {"carer",        "child_sw", "ssw", "iro", "fostering_manager",
                                          "team_manager", "health"};

struct packed {
    struct hf_buf bytes;
    size_t at[RECORDS_MAX + 1];
    size_t count;
};

static _Noreturn void stop(const char *what)
{
    (void)fprintf(stderr, "holdfast-bench: %s\n", what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec at;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at) != 0)
        stop("no clock of this process");
    return (uint64_t)at.tv_sec * NS_OF_SECOND + (uint64_t)at.tv_nsec;
}

static struct hf_id id_of(const char *label)
{
    const struct hf_id none = hf_id_zero();
    return hf_model_slot_id(&none, 1, hf_slice_str(label));
}

/* --- the invented case ---------------------------------------------------------------------------------------------
 */

static void set_field(struct hf_record_state *state, const struct hf_record_spec *type, const char *label,
                      const char *name, const char *value)
{
    static struct hf_data_body body;
    const struct hf_field_spec *field = hf_model_field_named(type, hf_slice_str(name));
    const struct hf_id change = id_of(name);
    char id_text[HF_ID_TEXT_BYTES];
    struct hf_buf element = {0};
    struct hf_buf set = {0};
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    if (value[0] == '@') {
        const struct hf_id id = id_of(value + 1);
        hf_id_format(&id, id_text);
        value = id_text;
    }
    if (!field || hf_value_from_text(type, field, hf_slice_str(value), &element, &err) != HF_OK)
        stop(field ? err.text : name);
    struct hf_slice encoded = hf_buf_slice(&element);
    if (field->kind == HF_KIND_SET) {
        hf_set_edit_encode(&encoded, 1, NULL, 0, &set);
        encoded = hf_buf_slice(&set);
    }
    const struct hf_edit_input edit = {.field = field->code, .value = encoded};
    const struct hf_data_body_input input = {
        .case_id = id_of("case"), .record_id = id_of(label), .type = type->code, .edits = &edit, .edit_count = 1};
    if (hf_data_body_encode(&input, &bytes, &err) != HF_OK ||
        hf_data_body_decode(hf_buf_slice(&bytes), &body, &err) != HF_OK ||
        hf_merge_apply(state, &body, &change, hf_clock_make(NOW_MS, 0)) != HF_OK)
        stop("an invented record does not fit");
    hf_buf_clear(&bytes);
    hf_buf_clear(&set);
    hf_buf_clear(&element);
}

static void add_record(struct packed *out, const struct record *record)
{
    const struct hf_record_spec *type = hf_model_type_named(hf_slice_str(record->type));
    struct hf_record_state state = {0};
    char name[64];
    if (record->parent) {
        (void)snprintf(name, sizeof name, "@%s", record->parent);
        set_field(&state, type, record->label, "parent", name);
    }
    for (size_t i = 0; i < FIELDS_MAX && record->fields[i]; i++) {
        const char *sign = strchr(record->fields[i], '=');
        (void)snprintf(name, sizeof name, "%.*s", (int)(sign - record->fields[i]), record->fields[i]);
        set_field(&state, type, record->label, name, sign + 1);
    }
    out->at[out->count++] = out->bytes.len;
    hf_record_state_encode(&state, &out->bytes);
    out->at[out->count] = out->bytes.len;
    hf_record_state_clear(&state);
}

static void add_people(struct packed *out)
{
    static const char *const types[] = {"invite", "attendance", "circulation"};
    for (size_t i = 0; i < PEOPLE; i++) {
        char role[48];
        char person[8];
        (void)snprintf(role, sizeof role, "role=%s", roles[i]);
        (void)snprintf(person, sizeof person, "@p%zu", i);
        for (size_t j = 0; j < sizeof types / sizeof types[0]; j++) {
            char label[24];
            char ref[24];
            (void)snprintf(label, sizeof label, "%s%zu", types[j], i);
            (void)snprintf(ref, sizeof ref, "%s=%s", j == 2 ? "recipient" : "person", person);
            struct record record = {types[j], label, "meeting", {role, ref}};
            record.fields[2] = j == 0   ? "decision=invited"
                               : j == 1 ? "attended=attended"
                                        : "sent_at=2026-11-22T09:00:00Z";
            add_record(out, &record);
        }
    }
}

static struct hf_slice read_file(const char *root, const char *name)
{
    char path[512];
    uint8_t *bytes = malloc(FILE_MAX);
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "rb");
    if (!file || !bytes)
        stop("policies cannot be read: give the root of the repository with --root");
    const size_t len = fread(bytes, 1, FILE_MAX, file);
    (void)fclose(file);
    return hf_slice_of(bytes, len);
}

/* --- measuring -----------------------------------------------------------------------------------------------------
 */

static void unpack(const struct packed *packed, const uint8_t *bytes, struct hf_record_state *states)
{
    for (size_t i = 0; i < packed->count; i++)
        if (hf_record_state_decode(hf_slice_of(bytes + packed->at[i], packed->at[i + 1] - packed->at[i]), &states[i]) !=
            HF_OK)
            stop("an invented record cannot be unpacked");
}

static size_t work_out(struct hf_policy_input *input, struct hf_policy_result *result)
{
    struct hf_error err = {0};
    if (hf_policy_evaluate(input, result, &err) != HF_OK)
        stop(err.text);
    return result->duty_count;
}

static void measure(struct hf_policy_input *input, const struct packed *packed, const uint8_t *copies, size_t cases)
{
    static struct hf_record_state states[RECORDS_MAX];
    struct hf_policy_result result = {0};
    size_t duties = 0;
    input->records = states;
    input->record_count = packed->count;
    const uint64_t start = now_ns();
    for (size_t i = 0; i < cases; i++) {
        unpack(packed, copies + i * packed->bytes.len, states);
        duties = work_out(input, &result);
        for (size_t j = 0; j < packed->count; j++)
            hf_record_state_clear(&states[j]);
    }
    const uint64_t cold = now_ns() - start;
    unpack(packed, copies, states);
    const uint64_t again = now_ns();
    for (size_t i = 0; i < cases; i++)
        duties = work_out(input, &result);
    const uint64_t one = now_ns() - again;
    for (size_t j = 0; j < packed->count; j++)
        hf_record_state_clear(&states[j]);
    printf("%zu cases, %zu records and %zu duties each: cold %.3f s, %.1f us a case; one case again %.1f us\n", cases,
           packed->count, duties, (double)cold / 1e9, (double)cold / 1e3 / (double)cases,
           (double)one / 1e3 / (double)cases);
    hf_policy_result_clear(&result);
}

static void load(const char *root, struct hf_policy_pack **pack, struct hf_calendar **calendar)
{
    struct hf_error err = {0};
    const struct hf_slice rules = read_file(root, "policies/procedure-b-fsm.json");
    const struct hf_slice days = read_file(root, "policies/calendars/england-and-wales-2027.json");
    if (hf_policy_pack_load(rules, pack, &err) != HF_OK || hf_calendar_load(days, calendar, &err) != HF_OK)
        stop(err.text);
    free((void *)(uintptr_t)rules.data);
    free((void *)(uintptr_t)days.data);
}

int bench_duties(int argc, char **argv)
{
    struct packed packed = {0};
    struct hf_policy_pack *pack = NULL;
    struct hf_calendar *calendar = NULL;
    const char *root = ".";
    size_t cases = CASES;
    for (int i = 0; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--root") == 0)
            root = argv[i + 1];
        else if (strcmp(argv[i], "--cases") == 0)
            cases = strtoul(argv[i + 1], NULL, 10);
    }
    if (cases < 1 || cases > CASES_MAX || hf_crypto_init(false) != HF_OK)
        stop("--cases is a number from 1 to 200000");
    load(root, &pack, &calendar);
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        add_record(&packed, &records[i]);
    add_people(&packed);
    uint8_t *copies = malloc(cases * packed.bytes.len);
    if (!copies || hf_buf_status(&packed.bytes) != HF_OK)
        stop("out of memory");
    for (size_t i = 0; i < cases; i++)
        memcpy(copies + i * packed.bytes.len, packed.bytes.data, packed.bytes.len);
    struct hf_policy_input input = {.pack = pack, .calendar = calendar, .now_ms = NOW_MS};
    for (int i = 0; i < ROUNDS; i++)
        measure(&input, &packed, copies, cases);
    free(copies);
    hf_buf_clear(&packed.bytes);
    hf_policy_pack_free(pack);
    hf_calendar_free(calendar);
    return 0;
}
