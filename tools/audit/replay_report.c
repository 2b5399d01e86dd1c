/* holdfast-audit replay: records, duties and held changes as they were known at a moment. */
#include "core/base/text.h"
#include "core/model/value.h"
#include "core/policy/explain.h"
#include "tools/audit/listing.h"
#include "tools/audit/names.h"
#include "tools/audit/replay.h"
#include "tools/audit/report.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "holdfast-audit replay DIR --authority-key FILE [--as-of TIME] [--case ID] [--days] [--json | --csv]\n"
    "\n"
    "Verifies the bundle in the folder DIR, which has to be one exported with --contents, and works out again what "
    "the\n"
    "office knew at TIME (2026-11-21, which means its end, or 2026-11-21T21:58:00Z; the end of the log unless said):\n"
    "each record field by field, what the procedures then in force asked for, and changes without effect. Which "
    "changes\n"
    "take effect is decided by this program's own rules, not by the office's word; the digest of a case is the one "
    "that\n"
    "`holdfast status` and the devices show when they hold the same.\n"
    "\n"
    "  --case ID   only this case: an id, or its reference\n"
    "  --days      behind each duty with a limit: what it is counted from, and the days one by one\n"
    "\n"
    "Exit status: 0 shown, 1 the bundle does not hold, 2 the command cannot be used.\n";

static const struct hf_audit_column columns[] = {{.name = "case", .hidden = true},
                                                 {.name = "reference", .width = 12},
                                                 {.name = "part", .width = 7},
                                                 {.name = "type", .width = 22},
                                                 {.name = "id", .width = 36},
                                                 {.name = "field", .width = 18},
                                                 {.name = "value"}};
enum { OPT_AS_OF, OPT_CASE, OPT_DAYS, OPT_COUNT };
static const struct hf_option own_options[OPT_COUNT] = {[OPT_AS_OF] = {.name = "--as-of", .has_value = true},
                                                        [OPT_CASE] = {.name = "--case", .has_value = true},
                                                        [OPT_DAYS] = {.name = "--days"}};

struct report {
    struct hf_audit_listing *listing;
    struct hf_audit_names names;
    struct hf_audit_replay *replay;
    struct hf_id office_case;
    uint64_t as_of_ms;
    struct hf_slice wanted; /* empty: all */
    bool days;              /* count them out */
    struct hf_id case_id;   /* zero: all */
    struct hf_sha256 whole;
    struct hf_buf text;
    enum hf_status status;
};

static enum hf_status add(struct report *report, const struct hf_id *case_id, const char *part, const char *type,
                          const char *id, const char *field, const char *value)
{
    char text[HF_ID_TEXT_BYTES];
    const char *reference = hf_audit_name(&report->names, case_id);
    hf_id_format(case_id, text);
    if (hf_id_equal(case_id, &report->office_case))
        reference = "(office)";
    const char *const cells[] = {text, reference ? reference : "", part, type, id, field, value};
    return hf_audit_listing_add(report->listing, cells);
}

/* --- records --- */

static enum hf_status add_entry(struct report *report, const struct hf_record_state *state, const char *type,
                                const char *id, const struct hf_field_spec *field, const struct hf_entry *entry)
{
    struct hf_buf *text = &report->text;
    struct hf_buf value = {0};
    struct hf_id named;
    hf_buf_reset(text);
    hf_value_to_text(field, entry->value, &value);
    if (entry->is_aside)
        hf_buf_append_str(text, "proposed: ");
    if (value.len == 0)
        hf_buf_append_str(text, "(cleared)");
    else if (field->type == HF_TYPE_REF && hf_id_parse(hf_buf_slice(&value), &named) == HF_OK)
        hf_audit_name_append(&report->names, &named, text);
    else
        hf_audit_plain(hf_buf_slice(&value), text);
    hf_buf_append_u8(text, 0);
    enum hf_status status = hf_buf_status(text);
    if (status == HF_OK)
        status = add(report, &state->case_id, "record", type, id, field->name, (const char *)text->data);
    hf_buf_clear(&value);
    return status;
}

static enum hf_status add_record(struct report *report, const struct hf_record_state *state)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    char id[HF_ID_TEXT_BYTES];
    enum hf_status status = HF_OK;
    hf_id_format(&state->record_id, id);
    for (size_t i = 0; status == HF_OK && i < state->field_count; i++) {
        const struct hf_field_spec *field = hf_model_field(type, state->fields[i].field);
        for (size_t j = 0; status == HF_OK && field && j < state->fields[i].count; j++)
            status = add_entry(report, state, type->name, id, field, &state->fields[i].entries[j]);
    }
    return status;
}

/* --- what is said against a record --- */

static void append_field(struct report *report, const struct hf_record_state *state, const char *name,
                         const char *before)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_spec *field = hf_model_field_named(type, hf_slice_str(name));
    const struct hf_field_state *held = field ? hf_record_state_field(state, field->code) : NULL;
    const struct hf_slice plain = held ? hf_merge_plain_value(type, held) : hf_slice_of(NULL, 0);
    struct hf_buf value = {0};
    if (plain.len)
        hf_value_to_text(field, plain, &value);
    if (value.len) {
        hf_buf_append_str(&report->text, report->text.len ? before : "");
        hf_audit_plain(hf_buf_slice(&value), &report->text);
    }
    hf_buf_clear(&value);
}

static bool is_about(const struct hf_record_state *state, const struct hf_id *record)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_state *parent = hf_record_state_field(state, HF_FIELD_PARENT);
    const struct hf_slice plain = type && parent ? hf_merge_plain_value(type, parent) : hf_slice_of(NULL, 0);
    const struct hf_field_spec *field = type ? hf_model_field(type, HF_FIELD_PARENT) : NULL;
    struct hf_buf text = {0};
    struct hf_id named;
    if (plain.len && field)
        hf_value_to_text(field, plain, &text);
    const bool about = hf_id_parse(hf_buf_slice(&text), &named) == HF_OK && hf_id_equal(&named, record);
    hf_buf_clear(&text);
    return about;
}

/* One row of the record that it is about. A restriction that was lifted says so: it stood beside the record once. */
static enum hf_status add_dispute(struct report *report, const struct hf_record_state *record,
                                  const struct hf_record_state *dispute)
{
    const bool statement = dispute->type == HF_RECORD_STATEMENT;
    static const char *const of_statement[] = {"said_by", "made_on", "answer", "answer_reason"};
    static const char *const of_restriction[] = {"status", "ground", "from", "reason"};
    char id[HF_ID_TEXT_BYTES];
    hf_id_format(&record->record_id, id);
    hf_buf_reset(&report->text);
    for (size_t i = 0; i < sizeof of_statement / sizeof of_statement[0]; i++)
        append_field(report, dispute, statement ? of_statement[i] : of_restriction[i], ", ");
    if (statement)
        append_field(report, dispute, "words", ": ");
    hf_buf_append_u8(&report->text, 0);
    const enum hf_status status = hf_buf_status(&report->text);
    return status != HF_OK ? status
                           : add(report, &record->case_id, "beside", hf_model_type(record->type)->name, id,
                                 statement ? "statement" : "restriction", (const char *)report->text.data);
}

/* Records of the case from `first` to `end`. */
static enum hf_status add_disputes(struct report *report, const struct hf_record_state *record, size_t first,
                                   size_t end)
{
    enum hf_status status = HF_OK;
    for (size_t i = first; status == HF_OK && record->type != 0 && i < end; i++) {
        const struct hf_record_state *other = hf_audit_replay_record(report->replay, i);
        if ((other->type == HF_RECORD_STATEMENT || other->type == HF_RECORD_RESTRICTION) &&
            is_about(other, &record->record_id))
            status = add_dispute(report, record, other);
    }
    return status;
}

/* --- duties --- */

/* Where rows about one duty stand. */
struct duty_place {
    const struct hf_id *case_id;
    const char *type, *subject, *name;
};

static enum hf_status add_counted(struct report *report, const struct duty_place *place)
{
    hf_buf_append_u8(&report->text, 0);
    enum hf_status status = hf_buf_status(&report->text);
    if (status == HF_OK)
        status = add(report, place->case_id, "counted", place->type, place->subject, place->name,
                     (const char *)report->text.data);
    hf_buf_reset(&report->text);
    return status;
}

static void append_limit(const struct hf_explanation *told, struct hf_buf *out)
{
    static const char *const units[] = {[HF_UNIT_HOUR] = "hour",
                                        [HF_UNIT_CALENDAR_DAY] = "calendar day",
                                        [HF_UNIT_WORKING_DAY] = "working day",
                                        [HF_UNIT_MONTH] = "month"};
    char from[HF_TIME_TEXT_BYTES];
    if (told->from.is_date)
        hf_day_format(told->from.day, from);
    else
        hf_text_time(told->from.ms, from);
    hf_buf_append_fmt(out, "%d %s%s from %s%s", told->count.n, units[told->count.unit],
                      told->count.n == 1 || told->count.n == -1 ? "" : "s", from,
                      told->next_day ? ", late in its day: as of the next" : "");
}

/* What the limit is counted from, and each day with its number or why it does not count. */
static enum hf_status add_days(struct report *report, const struct hf_book_view *view, const struct hf_duty *duty,
                               const struct duty_place *place)
{
    static const char *const weekdays[] = {"", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    struct hf_explanation told = {0};
    enum hf_status status = hf_policy_explain(view->input, duty, &told);
    hf_buf_reset(&report->text);
    if (status == HF_OK && told.is_counted && told.has_from) {
        append_limit(&told, &report->text);
        status = add_counted(report, place);
        for (size_t i = 0; status == HF_OK && i < told.day_count; i++) {
            const struct hf_explained_day *day = &told.days[i];
            char date[HF_DATE_TEXT_BYTES];
            hf_day_format(day->day, date);
            hf_buf_append_fmt(&report->text, "%s %s: ", weekdays[hf_day_weekday(day->day)], date);
            if (day->number)
                hf_buf_append_fmt(&report->text, "%d", day->number);
            else
                hf_buf_append_fmt(&report->text, "does not count%s%s", day->why[0] ? ", " : "", day->why);
            status = add_counted(report, place);
        }
    }
    hf_explanation_clear(&told);
    return status;
}

static bool add_duties(void *ctx, const struct hf_book_view *view)
{
    struct report *report = ctx;
    for (size_t i = 0; report->status == HF_OK && i < view->result->duty_count; i++) {
        const struct hf_duty *duty = &view->result->duties[i];
        char subject[HF_ID_TEXT_BYTES], name[HF_DUTY_ID_TEXT_BYTES], due[HF_TIME_TEXT_BYTES] = "";
        struct hf_buf *text = &report->text;
        hf_id_format(&duty->subject, subject);
        hf_book_duty_id(view->pack, duty, name);
        if (duty->has_due)
            hf_text_time(duty->due_ms, due);
        hf_buf_reset(text);
        hf_buf_append_fmt(text, "%s%s%s%s (%s %s, calendar %s)", hf_duty_status_name(duty->status),
                          duty->late ? ", late" : "", due[0] ? ", due " : "", due, view->pack->name,
                          view->pack->version, view->calendar ? view->calendar->version : "none");
        hf_buf_append_u8(text, 0);
        report->status = hf_buf_status(text);
        const struct hf_record_spec *type = hf_model_type(duty->subject_type);
        if (report->status == HF_OK)
            report->status = add(report, &view->input->records[0].case_id, "duty", type ? type->name : "", subject,
                                 name, (const char *)text->data);
        const struct duty_place place = {&view->input->records[0].case_id, type ? type->name : "", subject, name};
        if (report->status == HF_OK && report->days)
            report->status = add_days(report, view, duty, &place);
    }
    return report->status == HF_OK;
}

static enum hf_status add_case_end(struct report *report, const struct hf_record_state *records, size_t count)
{
    struct hf_digest digest;
    struct hf_buf hex = {0};
    uint8_t hash[HF_HASH_BYTES];
    hf_digest_begin(&digest);
    for (size_t i = 0; i < count; i++)
        hf_digest_add(&digest, &records[i]);
    hf_digest_end(&digest, hash);
    if (!hf_id_equal(&records[0].case_id, &report->office_case)) {
        hf_sha256_add(&report->whole, records[0].case_id.bytes, sizeof records[0].case_id.bytes);
        hf_sha256_add(&report->whole, hash, sizeof hash);
    }
    hf_text_hex(&hex, hf_slice_of(hash, sizeof hash));
    hf_buf_append_u8(&hex, 0);
    enum hf_status status = hf_buf_status(&hex);
    if (status == HF_OK)
        status = add(report, &records[0].case_id, "digest", "", "", "", (const char *)hex.data);
    hf_buf_clear(&hex);
    if (status != HF_OK || hf_id_equal(&records[0].case_id, &report->office_case))
        return status;
    const struct hf_book_case input = {.records = records, .record_count = count, .now_ms = report->as_of_ms};
    status = hf_book_evaluate(hf_audit_replay_book(report->replay), &input, add_duties, report, NULL, NULL);
    if (status == HF_ERR_NOT_FOUND) /* the calendar of a procedure was not released yet */
        status = HF_OK;
    return status == HF_OK ? report->status : status;
}

static enum hf_status add_cases(struct report *report)
{
    size_t count = hf_audit_replay_records(report->replay);
    enum hf_status status = HF_OK;
    for (size_t first = 0, end; status == HF_OK && first < count; first = end) {
        const struct hf_record_state *start = hf_audit_replay_record(report->replay, first);
        size_t filled = first;
        end = first;
        while (end < count && hf_id_equal(&hf_audit_replay_record(report->replay, end)->case_id, &start->case_id)) {
            filled += hf_audit_replay_record(report->replay, end)->type != 0;
            end++;
        }
        if (start->type == 0 || (!hf_id_is_zero(&report->case_id) && !hf_id_equal(&report->case_id, &start->case_id)))
            continue;
        for (size_t i = first; status == HF_OK && i < end; i++) {
            status = add_record(report, hf_audit_replay_record(report->replay, i));
            if (status == HF_OK)
                status = add_disputes(report, hf_audit_replay_record(report->replay, i), first, end);
        }
        if (status == HF_OK)
            status = add_case_end(report, start, filled - first);
    }
    return status;
}

/* Of all cases together, as `holdfast status` shows it: SHA-256 over case id ‖ digest of the case, cases ascending. */
static enum hf_status add_whole_digest(struct report *report)
{
    struct hf_buf hex = {0};
    uint8_t hash[HF_HASH_BYTES];
    hf_sha256_end(&report->whole, hash);
    hf_text_hex(&hex, hf_slice_of(hash, sizeof hash));
    hf_buf_append_u8(&hex, 0);
    const char *const cells[] = {"", "(all)", "digest", "", "", "", (const char *)hex.data};
    enum hf_status status = hf_buf_status(&hex);
    if (status == HF_OK)
        status = hf_audit_listing_add(report->listing, cells);
    hf_buf_clear(&hex);
    return status;
}

static enum hf_status add_held(struct report *report)
{
    enum hf_status status = HF_OK;
    size_t count = hf_audit_replay_held(report->replay);
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        struct hf_audit_held held = hf_audit_replay_held_at(report->replay, i);
        char id[HF_ID_TEXT_BYTES], entry[40];
        if (!hf_id_is_zero(&report->case_id) && !hf_id_equal(&report->case_id, &held.case_id))
            continue;
        hf_id_format(&held.record_id, id);
        (void)snprintf(entry, sizeof entry, "entry %llu", (unsigned long long)held.index);
        status = add(report, &held.case_id, "held", "", id, entry,
                     held.hold == HF_HOLD_NONE ? "It waits for a change that had not come." : hf_hold_text(held.hold));
    }
    return status;
}

/* --- the command --- */

static enum hf_status take_entry(void *ctx, const struct hf_audit_entry *entry)
{
    struct report *report = ctx;
    enum hf_status status = hf_audit_names_take(&report->names, entry);
    return status == HF_OK ? hf_audit_replay_take(report->replay, entry) : status;
}

static bool begin(void *ctx, const struct hf_audit_listing_call *call)
{
    struct report *report = ctx;
    const struct hf_option *as_of = &call->options[OPT_AS_OF];
    report->as_of_ms = UINT64_MAX;
    if (as_of->seen && !hf_audit_parse_moment(as_of->value, true, &report->as_of_ms)) {
        (void)fprintf(call->streams->errors, "holdfast-audit: --as-of must be a date or a time, such as 2026-11-21 or "
                                             "2026-11-21T21:58:00Z.\n");
        return false;
    }
    if (hf_audit_replay_new(&report->replay) != HF_OK) {
        (void)fprintf(call->streams->errors, "holdfast-audit: there is not enough memory.\n");
        return false;
    }
    report->wanted = call->options[OPT_CASE].value;
    report->days = call->options[OPT_DAYS].seen;
    report->listing = call->listing;
    call->audit->each = take_entry;
    call->audit->each_ctx = report;
    return true;
}

static enum hf_status end(void *ctx, const struct hf_audit_listing_call *call)
{
    struct report *report = ctx;
    uint64_t known, sealed;
    if (report->wanted.len && hf_audit_name_find(&report->names, report->wanted, &report->case_id) != HF_OK) {
        (void)fprintf(call->streams->errors, "holdfast-audit: nothing in this bundle is called “%.*s”.\n",
                      (int)report->wanted.len, (const char *)report->wanted.data);
        return HF_ERR_INVALID;
    }
    hf_sha256_begin(&report->whole);
    report->office_case = hf_office_case_id(call->audit->log_id);
    enum hf_status status = hf_audit_replay_run(report->replay, call->audit->log_id, report->as_of_ms);
    if (report->as_of_ms == UINT64_MAX)
        report->as_of_ms = hf_clock_ms(call->audit->summary.last_clock);
    if (status == HF_OK)
        status = add_cases(report);
    if (status == HF_OK && hf_id_is_zero(&report->case_id) && call->listing->count)
        status = add_whole_digest(report);
    if (status == HF_OK)
        status = add_held(report);
    hf_audit_replay_counts(report->replay, &known, &sealed);
    if (status == HF_OK && call->listing->form == HF_AUDIT_AS_TEXT) {
        char time[HF_TIME_TEXT_BYTES];
        hf_text_time(report->as_of_ms, time);
        (void)fprintf(call->streams->out, "As known at %s, from %llu of %llu entries, verified.\n", time,
                      (unsigned long long)known, (unsigned long long)call->audit->checkpoint.size);
        if (sealed)
            (void)fprintf(call->streams->out,
                          "%llu of them are sealed in this bundle: what they say is missing here. Export it with "
                          "--contents.\n",
                          (unsigned long long)sealed);
    }
    return status;
}

int hf_audit_replay_report(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    static const struct hf_audit_listing_report spec = {.name = "replay",
                                                        .help = help,
                                                        .columns = columns,
                                                        .column_count = sizeof columns / sizeof columns[0],
                                                        .options = own_options,
                                                        .option_count = OPT_COUNT,
                                                        .nothing = "Nothing was known then.",
                                                        .begin = begin,
                                                        .end = end};
    struct report report = {0};
    int code = hf_audit_listing_run(argc, argv, streams, &spec, &report);
    hf_audit_replay_free(report.replay);
    hf_audit_names_clear(&report.names);
    hf_buf_wipe(&report.text);
    return code;
}
