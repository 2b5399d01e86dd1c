/* holdfast-audit evidence: timeliness, the child's voice, what was decided against a rule and why, and a sample of
 * cases that anybody can draw again. */
#include "tools/audit/evidence.h"

#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "core/model/value.h"
#include "tools/audit/listing.h"
#include "tools/audit/names.h"
#include "tools/audit/replay.h"
#include "tools/audit/report.h"
#include "tools/audit/show.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_DEFAULT 5

static const char help[] =
    "holdfast-audit evidence DIR --authority-key FILE [--as-of TIME] [--seed TEXT] [--sample N] [--json | --csv]\n"
    "\n"
    "Verifies the bundle in the folder DIR, which has to be one exported with --contents, and lists what an "
    "inspection\n"
    "asks for, as it was known at TIME (the end of the log unless said):\n"
    "\n"
    "  timeliness  every duty with a limit that was done or ran out, by rule and version; then the count for each "
    "rule\n"
    "  voice       every meeting that was held, and whether the child's own views stand in it\n"
    "  override    duties that a reason stands in for, and every change that carries a reason\n"
    "  sample      N cases (5 unless said) drawn by a seed: all cases in the order of SHA-256(TEXT followed by the\n"
    "              16 bytes of the case's id), and the first N of them. Without --seed the TEXT is the root hash of "
    "the\n"
    "              checkpoint in hex, which nobody could choose. The same log and seed always give the same sample\n"
    "\n"
    "Exit status: 0 shown, 1 the bundle does not hold, 2 the command cannot be used.\n";

static const struct hf_audit_column columns[] = {{.name = "part", .width = 10},      {.name = "case", .hidden = true},
                                                 {.name = "reference", .width = 12}, {.name = "type", .width = 12},
                                                 {.name = "id", .hidden = true},     {.name = "what", .width = 14},
                                                 {.name = "result", .width = 16},    {.name = "text"}};
enum { OPT_AS_OF, OPT_SEED, OPT_SAMPLE, OPT_COUNT };
static const struct hf_option own_options[OPT_COUNT] = {[OPT_AS_OF] = {.name = "--as-of", .has_value = true},
                                                        [OPT_SEED] = {.name = "--seed", .has_value = true},
                                                        [OPT_SAMPLE] = {.name = "--sample", .has_value = true}};

enum outcome { IN_TIME, LATE, OVERDUE, NOT_RECORDED, OUTCOMES };
static const char *const outcome_names[OUTCOMES] = {"in_time", "late", "overdue", "not_recorded"};

struct rule_count {
    char policy[HF_PACK_NAME_BYTES_MAX + 1], rule[HF_PACK_NAME_BYTES_MAX + 1];
    uint64_t counts[OUTCOMES];
};
struct drawn {
    uint8_t hash[HF_HASH_BYTES];
    struct hf_id case_id;
};
struct evidence {
    struct hf_audit_listing *listing;
    struct hf_audit_names names;
    struct hf_audit_replay *replay;
    struct hf_id office_case;
    uint64_t as_of_ms, sample;
    struct rule_count *rules;
    size_t rule_count, rule_cap;
    struct drawn *cases;
    size_t case_count, case_cap;
    uint64_t held, heard;
    struct hf_buf seed, text;
    enum hf_status status;
};

static enum hf_status add(struct evidence *evidence, const struct hf_id *case_id, const char *part, const char *type,
                          const struct hf_id *id, const char *what, const char *result, const char *words)
{
    char case_text[HF_ID_TEXT_BYTES] = "", id_text[HF_ID_TEXT_BYTES] = "";
    const char *reference = case_id ? hf_audit_name(&evidence->names, case_id) : NULL;
    if (case_id)
        hf_id_format(case_id, case_text);
    if (id)
        hf_id_format(id, id_text);
    const char *const cells[] = {part, case_text, reference ? reference : "", type, id_text, what, result, words};
    return hf_audit_listing_add(evidence->listing, cells);
}

static const char *finish_text(struct evidence *evidence)
{
    hf_buf_append_u8(&evidence->text, 0);
    if (hf_buf_status(&evidence->text) == HF_OK)
        return (const char *)evidence->text.data;
    evidence->status = hf_buf_status(&evidence->text);
    return "";
}

/* Appends what a field plainly says; nothing when it says nothing, or two things. False then. */
static bool add_field(const struct hf_record_state *state, const char *name, struct hf_buf *out)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_spec *field = hf_model_field_named(type, hf_slice_str(name));
    const struct hf_field_state *entries = field ? hf_record_state_field(state, field->code) : NULL;
    const struct hf_slice value = entries ? hf_merge_plain_value(type, entries) : (struct hf_slice){0};
    const size_t before = out->len;
    if (value.len > 0)
        hf_value_to_text(field, value, out);
    return out->len > before;
}

static bool field_is(const struct hf_record_state *state, const char *name, const char *wanted)
{
    struct hf_buf text = {0};
    const bool same = add_field(state, name, &text) && hf_buf_status(&text) == HF_OK &&
                      hf_slice_equal(hf_buf_slice(&text), hf_slice_str(wanted));
    hf_buf_clear(&text);
    return same;
}

static bool field_set(const struct hf_record_state *state, const char *name)
{
    struct hf_buf text = {0};
    const bool set = add_field(state, name, &text);
    hf_buf_clear(&text);
    return set;
}

/* --- timeliness --- */

static bool outcome_of(const struct hf_duty *duty, enum outcome *out)
{
    if (!duty->has_due)
        return false;
    if (duty->status == HF_DUTY_DONE)
        *out = duty->late ? LATE : IN_TIME;
    else if (duty->status == HF_DUTY_OVERDUE || duty->status == HF_DUTY_NOT_RECORDED)
        *out = duty->status == HF_DUTY_OVERDUE ? OVERDUE : NOT_RECORDED;
    else
        return false;
    return true;
}

static enum hf_status count_rule(struct evidence *evidence, const char *policy, const char *rule, enum outcome outcome)
{
    struct rule_count *found = NULL;
    for (size_t i = 0; !found && i < evidence->rule_count; i++)
        if (strcmp(evidence->rules[i].policy, policy) == 0 && strcmp(evidence->rules[i].rule, rule) == 0)
            found = &evidence->rules[i];
    if (!found && evidence->rule_count == evidence->rule_cap) {
        const size_t cap = evidence->rule_cap ? 2 * evidence->rule_cap : 32;
        struct rule_count *grown = realloc(evidence->rules, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        evidence->rules = grown;
        evidence->rule_cap = cap;
    }
    if (!found) {
        found = &evidence->rules[evidence->rule_count++];
        *found = (struct rule_count){.counts = {0}};
        (void)snprintf(found->policy, sizeof found->policy, "%s", policy);
        (void)snprintf(found->rule, sizeof found->rule, "%s", rule);
    }
    found->counts[outcome]++;
    return HF_OK;
}

static void add_duty(struct evidence *evidence, const struct hf_book_view *view, const struct hf_duty *duty)
{
    const struct hf_id *case_id = &view->input->records[0].case_id;
    const struct hf_record_spec *type = hf_model_type(duty->subject_type);
    const char *type_name = type ? type->name : "";
    char due[HF_TIME_TEXT_BYTES];
    enum outcome outcome;
    hf_buf_reset(&evidence->text);
    if (outcome_of(duty, &outcome)) {
        hf_text_time(duty->due_ms, due);
        hf_buf_append_fmt(&evidence->text, "%s; limit %s (%s %s, calendar %s)", duty->rule->title, due,
                          view->pack->name, view->pack->version, view->calendar ? view->calendar->version : "none");
        evidence->status = add(evidence, case_id, "timeliness", type_name, &duty->subject, duty->rule->id,
                               outcome_names[outcome], finish_text(evidence));
        if (evidence->status == HF_OK)
            evidence->status = count_rule(evidence, view->pack->name, duty->rule->id, outcome);
    }
    hf_buf_reset(&evidence->text);
    if (evidence->status == HF_OK && duty->status == HF_DUTY_DONE && duty->by_reason) {
        hf_buf_append_fmt(&evidence->text, "%s; a reason stands in its place", duty->rule->title);
        evidence->status = add(evidence, case_id, "override", type_name, &duty->subject, duty->rule->id, "by_reason",
                               finish_text(evidence));
    }
}

static bool add_duties(void *ctx, const struct hf_book_view *view)
{
    struct evidence *evidence = ctx;
    for (size_t i = 0; evidence->status == HF_OK && i < view->result->duty_count; i++)
        add_duty(evidence, view, &view->result->duties[i]);
    return evidence->status == HF_OK;
}

static enum hf_status add_counts(struct evidence *evidence)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < evidence->rule_count; i++) {
        const struct rule_count *rule = &evidence->rules[i];
        hf_buf_reset(&evidence->text);
        hf_buf_append_fmt(&evidence->text, "%s: %llu in time, %llu late, %llu overdue, %llu not recorded", rule->policy,
                          (unsigned long long)rule->counts[IN_TIME], (unsigned long long)rule->counts[LATE],
                          (unsigned long long)rule->counts[OVERDUE], (unsigned long long)rule->counts[NOT_RECORDED]);
        status = add(evidence, NULL, "timeliness", "", NULL, rule->rule, "count", finish_text(evidence));
    }
    return status;
}

/* --- the child's voice --- */

static bool is_view_of_child(const struct hf_record_state *views, const struct hf_record_state *records, size_t count,
                             const struct hf_id *meeting)
{
    char id[HF_ID_TEXT_BYTES];
    hf_id_format(meeting, id);
    if (strcmp(hf_model_type(views->type)->name, "views") != 0 || !field_is(views, "parent", id))
        return false;
    bool of_child = field_is(views, "role", "child");
    for (size_t i = 0; !of_child && i < count; i++) {
        hf_id_format(&records[i].record_id, id);
        of_child = strcmp(hf_model_type(records[i].type)->name, "child") == 0 && field_is(views, "person", id);
    }
    return of_child && (field_set(views, "words") || field_set(views, "text") || field_set(views, "document"));
}

static bool was_held(const struct hf_record_state *state)
{
    static const char *const after[] = {"held", "notes_draft", "final", "circulated", "filed"};
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++)
        if (field_is(state, "status", after[i]))
            return true;
    return false;
}

static enum hf_status add_voice(struct evidence *evidence, const struct hf_record_state *records, size_t count)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        bool heard = false;
        if (records[i].type != HF_RECORD_MEETING || !was_held(&records[i]))
            continue;
        for (size_t j = 0; !heard && j < count; j++)
            heard = is_view_of_child(&records[j], records, count, &records[i].record_id);
        evidence->held++;
        evidence->heard += heard;
        hf_buf_reset(&evidence->text);
        hf_buf_append_str(&evidence->text, "meeting of ");
        if (!add_field(&records[i], "start", &evidence->text))
            hf_buf_append_str(&evidence->text, "an unknown time");
        status = add(evidence, &records[i].case_id, "voice", "meeting", &records[i].record_id, "child's views",
                     heard ? "heard" : "not_heard", finish_text(evidence));
    }
    return status;
}

/* --- the sample --- */

static int by_hash(const void *a, const void *b)
{
    const struct drawn *one = a, *other = b;
    return memcmp(one->hash, other->hash, sizeof one->hash);
}

static enum hf_status take_case(struct evidence *evidence, const struct hf_id *case_id)
{
    struct hf_sha256 hash;
    if (evidence->case_count == evidence->case_cap) {
        const size_t cap = evidence->case_cap ? 2 * evidence->case_cap : 64;
        struct drawn *grown = realloc(evidence->cases, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        evidence->cases = grown;
        evidence->case_cap = cap;
    }
    struct drawn *drawn = &evidence->cases[evidence->case_count++];
    drawn->case_id = *case_id;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, evidence->seed.data, evidence->seed.len);
    hf_sha256_add(&hash, case_id->bytes, sizeof case_id->bytes);
    hf_sha256_end(&hash, drawn->hash);
    return HF_OK;
}

static enum hf_status add_sample(struct evidence *evidence)
{
    enum hf_status status = HF_OK;
    if (evidence->case_count > 0)
        qsort(evidence->cases, evidence->case_count, sizeof *evidence->cases, by_hash);
    for (size_t i = 0; status == HF_OK && i < evidence->case_count && i < evidence->sample; i++) {
        char number[48];
        struct hf_buf hex = {0};
        (void)snprintf(number, sizeof number, "%zu of %zu", i + 1, evidence->case_count);
        hf_text_hex(&hex, hf_slice_of(evidence->cases[i].hash, 8));
        hf_buf_append_u8(&hex, 0);
        hf_buf_reset(&evidence->text);
        hf_buf_append_str(&evidence->text, "seed ");
        hf_audit_plain(hf_buf_slice(&evidence->seed), &evidence->text);
        status = hf_buf_status(&hex);
        if (status == HF_OK)
            status = add(evidence, &evidence->cases[i].case_id, "sample", "case", &evidence->cases[i].case_id, number,
                         (const char *)hex.data, finish_text(evidence));
        hf_buf_clear(&hex);
    }
    return status == HF_OK ? evidence->status : status;
}

/* --- the command --- */

static enum hf_status add_case(struct evidence *evidence, const struct hf_record_state *records, size_t count)
{
    const struct hf_book_case input = {.records = records, .record_count = count, .now_ms = evidence->as_of_ms};
    if (hf_id_equal(&records[0].case_id, &evidence->office_case))
        return HF_OK;
    enum hf_status status = take_case(evidence, &records[0].case_id);
    if (status == HF_OK)
        status = hf_book_evaluate(hf_audit_replay_book(evidence->replay), &input, add_duties, evidence, NULL, NULL);
    if (status == HF_ERR_NOT_FOUND) /* the calendar of a procedure was not released yet */
        status = HF_OK;
    if (status == HF_OK)
        status = evidence->status;
    return status == HF_OK ? add_voice(evidence, records, count) : status;
}

static enum hf_status add_cases(struct evidence *evidence)
{
    const size_t count = hf_audit_replay_records(evidence->replay);
    enum hf_status status = HF_OK;
    for (size_t first = 0, end; status == HF_OK && first < count; first = end) {
        const struct hf_record_state *start = hf_audit_replay_record(evidence->replay, first);
        size_t filled = first;
        end = first;
        while (end < count && hf_id_equal(&hf_audit_replay_record(evidence->replay, end)->case_id, &start->case_id)) {
            filled += hf_audit_replay_record(evidence->replay, end)->type != 0;
            end++;
        }
        if (start->type != 0)
            status = add_case(evidence, start, filled - first);
    }
    return status;
}

/* A change that carries a reason: a clash settled, an amendment, an urgency set otherwise. */
static enum hf_status take_reason(struct evidence *evidence, const struct hf_audit_entry *entry)
{
    struct hf_audit_subject subject = {0};
    struct hf_data_body *body = malloc(sizeof *body);
    char what[40];
    if (!body)
        return HF_ERR_NOMEM;
    const bool has_reason = hf_data_body_decode(entry->body, body, NULL) == HF_OK && body->reason.len > 0;
    free(body);
    if (!has_reason)
        return HF_OK;
    hf_buf_reset(&evidence->text);
    hf_audit_entry_words(entry, &evidence->names, &evidence->text, &subject);
    (void)snprintf(what, sizeof what, "entry %llu", (unsigned long long)entry->index);
    return add(evidence, &subject.case_id, "override", subject.record_type ? subject.record_type : "",
               &subject.record_id, what, "with_reason", finish_text(evidence));
}

static enum hf_status take_entry(void *ctx, const struct hf_audit_entry *entry)
{
    struct evidence *evidence = ctx;
    enum hf_status status = hf_audit_names_take(&evidence->names, entry);
    if (status == HF_OK && entry->opened && entry->leaf->kind == HF_LEAF_DATA)
        status = take_reason(evidence, entry);
    return status == HF_OK ? hf_audit_replay_take(evidence->replay, entry) : status;
}

static bool read_options(struct evidence *evidence, const struct hf_audit_listing_call *call)
{
    const struct hf_option *as_of = &call->options[OPT_AS_OF], *sample = &call->options[OPT_SAMPLE];
    evidence->as_of_ms = UINT64_MAX;
    evidence->sample = SAMPLE_DEFAULT;
    hf_buf_append(&evidence->seed, call->options[OPT_SEED].value.data, call->options[OPT_SEED].value.len);
    if (as_of->seen && !hf_audit_parse_moment(as_of->value, true, &evidence->as_of_ms)) {
        (void)fprintf(call->streams->errors, "holdfast-audit: --as-of must be a date or a time, such as 2026-11-21 or "
                                             "2026-11-21T21:58:00Z.\n");
        return false;
    }
    if (!sample->seen)
        return true;
    evidence->sample = 0;
    for (size_t i = 0; i < sample->value.len && evidence->sample <= HF_AUDIT_SAMPLE_MAX; i++) {
        const uint8_t digit = sample->value.data[i];
        evidence->sample = digit < '0' || digit > '9' ? HF_AUDIT_SAMPLE_MAX + 1 : evidence->sample * 10 + digit - '0';
    }
    if (evidence->sample > 0 && evidence->sample <= HF_AUDIT_SAMPLE_MAX)
        return true;
    (void)fprintf(call->streams->errors, "holdfast-audit: --sample must be a number from 1 to %d.\n",
                  HF_AUDIT_SAMPLE_MAX);
    return false;
}

static bool begin(void *ctx, const struct hf_audit_listing_call *call)
{
    struct evidence *evidence = ctx;
    if (!read_options(evidence, call))
        return false;
    if (hf_audit_replay_new(&evidence->replay) != HF_OK) {
        (void)fprintf(call->streams->errors, "holdfast-audit: there is not enough memory.\n");
        return false;
    }
    evidence->listing = call->listing;
    call->audit->each = take_entry;
    call->audit->each_ctx = evidence;
    return true;
}

static enum hf_status add_rates(struct evidence *evidence)
{
    hf_buf_reset(&evidence->text);
    hf_buf_append_fmt(&evidence->text, "%llu of %llu meetings that were held", (unsigned long long)evidence->heard,
                      (unsigned long long)evidence->held);
    return add(evidence, NULL, "voice", "", NULL, "child's views", "count", finish_text(evidence));
}

static enum hf_status end(void *ctx, const struct hf_audit_listing_call *call)
{
    struct evidence *evidence = ctx;
    uint64_t known, sealed;
    evidence->office_case = hf_office_case_id(call->audit->log_id);
    if (evidence->seed.len == 0)
        hf_text_hex(&evidence->seed,
                    hf_slice_of(call->audit->checkpoint.root.bytes, sizeof call->audit->checkpoint.root.bytes));
    enum hf_status status = hf_audit_replay_run(evidence->replay, call->audit->log_id, evidence->as_of_ms);
    if (evidence->as_of_ms == UINT64_MAX)
        evidence->as_of_ms = hf_clock_ms(call->audit->summary.last_clock);
    if (status == HF_OK)
        status = add_cases(evidence);
    if (status == HF_OK)
        status = add_counts(evidence);
    if (status == HF_OK)
        status = add_rates(evidence);
    if (status == HF_OK)
        status = add_sample(evidence);
    hf_audit_replay_counts(evidence->replay, &known, &sealed);
    if (status == HF_OK && sealed)
        (void)fprintf(call->streams->errors,
                      "%llu entries are sealed in this bundle: what they say is missing here. Export it with "
                      "--contents.\n",
                      (unsigned long long)sealed);
    return status;
}

int hf_audit_evidence(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    static const struct hf_audit_listing_report spec = {.name = "evidence",
                                                        .help = help,
                                                        .columns = columns,
                                                        .column_count = sizeof columns / sizeof columns[0],
                                                        .options = own_options,
                                                        .option_count = OPT_COUNT,
                                                        .nothing = "Nothing was known then.",
                                                        .begin = begin,
                                                        .end = end};
    struct evidence evidence = {.status = HF_OK};
    const int code = hf_audit_listing_run(argc, argv, streams, &spec, &evidence);
    hf_audit_replay_free(evidence.replay);
    hf_audit_names_clear(&evidence.names);
    free(evidence.rules);
    free(evidence.cases);
    hf_buf_clear(&evidence.seed);
    hf_buf_wipe(&evidence.text);
    return code;
}
