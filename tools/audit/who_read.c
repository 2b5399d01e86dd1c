/* holdfast-audit who-read: who opened the records of one case, on which device, when, and why. */
#include "tools/audit/who_read.h"

#include "core/base/text.h"
#include "tools/audit/report.h"
#include "tools/audit/show.h"

#include <stdio.h>
#include <string.h>

static const char help[] = "holdfast-audit who-read CASE DIR --authority-key FILE [--person NAME|ID] [--device KEY]\n"
                           "                        [--from TIME] [--to TIME] [--json | --csv]\n"
                           "\n"
                           "Verifies the bundle in the folder DIR and lists who opened the case (its id, or its "
                           "reference), on which device, when\n"
                           "and for how long, whether the case was theirs then, and the reason they gave. Exports of "
                           "the whole log are among them.\n"
                           "Contents have to stand open in the bundle (`holdfast audit export --contents`).\n"
                           "\n"
                           "Exit status: 0 shown, 1 the bundle does not hold, 2 the command cannot be used.\n";

const struct hf_audit_column hf_audit_read_columns[HF_AUDIT_READ_COLUMNS] = {
    {.name = "entry", .width = 8, .number = true},
    {.name = "time", .width = 24},
    {.name = "person", .hidden = true},
    {.name = "name", .width = 24},
    {.name = "device", .hidden = true},
    {.name = "case", .hidden = true},
    {.name = "record", .hidden = true},
    {.name = "what", .hidden = true},
    {.name = "own_case", .hidden = true},
    {.name = "by_right", .hidden = true},
    {.name = "reason", .hidden = true},
    {.name = "text"}};

/* --- one row --- */

static void add_length(const struct hf_audit_read *read, struct hf_buf *out)
{
    const uint64_t minutes = (read->until_ms - read->from_ms) / 60000;
    if (read->times > 1)
        hf_buf_append_fmt(out, ", %llu times", (unsigned long long)read->times);
    if (minutes > 0)
        hf_buf_append_fmt(out, " in %llu min", (unsigned long long)minutes);
}

static void add_why(const struct hf_audit_read *read, struct hf_buf *out)
{
    const bool every = hf_id_is_zero(&read->case_id);
    if (hf_read_what_needs_officer(read->what))
        hf_buf_append_str(out, read->officer ? ", as a records officer"
                                             : "; WITHOUT THE RIGHT: no records officer when this reached the log");
    if (!every && !read->own)
        hf_buf_append_str(out, read->holders ? "; not their case" : "; a case that nobody held");
    if (read->reason.len) {
        hf_buf_append_str(out, ", because: ");
        hf_audit_plain(read->reason, out);
    } else if (every || !read->own) {
        hf_buf_append_str(out, ", no reason given");
    }
}

static void read_words(const struct hf_audit_read *read, const struct hf_audit_names *names, bool with_case,
                       struct hf_buf *out)
{
    if (with_case && !hf_id_is_zero(&read->case_id)) {
        hf_buf_append_str(out, "case ");
        hf_audit_name_append(names, &read->case_id, out);
        hf_buf_append_str(out, ": ");
    }
    hf_buf_append_str(out, hf_read_what_text(read->what));
    if (!hf_id_is_zero(&read->record_id)) {
        hf_buf_append_u8(out, ' ');
        hf_audit_name_append(names, &read->record_id, out);
    }
    add_length(read, out);
    add_why(read, out);
    hf_buf_append_u8(out, 0);
}

/* Of what only records officers do. */
static const char *right_of(const struct hf_audit_read *read)
{
    if (!hf_read_what_needs_officer(read->what))
        return "";
    return read->officer ? "records officer" : "none";
}

struct cells {
    char index[24], time[HF_TIME_TEXT_BYTES], person[HF_ID_TEXT_BYTES], case_id[HF_ID_TEXT_BYTES],
        record[HF_ID_TEXT_BYTES];
    struct hf_buf device, reason, words;
};

static void fill(struct cells *cells, const struct hf_audit_read *read, const struct hf_audit_names *names,
                 bool with_case)
{
    const struct hf_audit_entry *entry = read->entry;
    (void)snprintf(cells->index, sizeof cells->index, "%llu", (unsigned long long)entry->index);
    hf_text_time(read->from_ms, cells->time);
    hf_id_format(&entry->device->person, cells->person);
    if (!hf_id_is_zero(&read->case_id))
        hf_id_format(&read->case_id, cells->case_id);
    if (!hf_id_is_zero(&read->record_id))
        hf_id_format(&read->record_id, cells->record);
    hf_text_hex(&cells->device, hf_slice_of(entry->leaf->device, HF_AUDIT_DEVICE_DIGITS / 2));
    hf_buf_append_u8(&cells->device, 0);
    hf_audit_plain(read->reason, &cells->reason);
    hf_buf_append_u8(&cells->reason, 0);
    read_words(read, names, with_case, &cells->words);
}

enum hf_status hf_audit_read_row(struct hf_audit_listing *listing, const struct hf_audit_read *read,
                                 const struct hf_audit_names *names, bool with_case)
{
    struct cells cells = {.case_id = "", .record = ""};
    const char *name = hf_audit_name(names, &read->entry->device->person);
    fill(&cells, read, names, with_case);
    enum hf_status status = hf_buf_status(&cells.words);
    if (status == HF_OK)
        status = hf_buf_status(&cells.device);
    if (status == HF_OK)
        status = hf_buf_status(&cells.reason);
    const char *const texts[HF_AUDIT_READ_COLUMNS] = {cells.index,
                                                      cells.time,
                                                      cells.person,
                                                      name ? name : cells.person,
                                                      (const char *)cells.device.data,
                                                      cells.case_id,
                                                      cells.record,
                                                      hf_read_what_name(read->what),
                                                      hf_id_is_zero(&read->case_id) ? ""
                                                      : read->own                   ? "yes"
                                                      : read->holders               ? "no"
                                                                                    : "nobody's",
                                                      right_of(read),
                                                      (const char *)cells.reason.data,
                                                      (const char *)cells.words.data};
    if (status == HF_OK)
        status = hf_audit_listing_add(listing, texts);
    hf_buf_clear(&cells.device);
    hf_buf_clear(&cells.reason);
    hf_buf_clear(&cells.words);
    return status;
}

static enum hf_status last_row(struct hf_audit_listing *listing, size_t columns, const char *text)
{
    const char *cells[HF_AUDIT_COLUMNS_MAX] = {0};
    cells[columns - 1] = text;
    return hf_audit_listing_add(listing, cells);
}

enum hf_status hf_audit_reads_rest(const struct hf_audit_reads *reads, struct hf_audit_listing *listing, size_t columns)
{
    char text[160];
    enum hf_status status = HF_OK;
    if (reads->sealed) {
        (void)snprintf(text, sizeof text, "%llu pages of the read log stay sealed in this bundle",
                       (unsigned long long)reads->sealed);
        status = last_row(listing, columns, text);
    }
    if (status == HF_OK && reads->lost) {
        (void)snprintf(text, sizeof text, "%llu openings could not be noted on their devices (full disk, most likely)",
                       (unsigned long long)reads->lost);
        status = last_row(listing, columns, text);
    }
    return status;
}

/* --- what is chosen --- */

static bool moment(const struct hf_option *option, bool end, uint64_t *out, const struct hf_audit_streams *streams)
{
    if (!option->seen || hf_audit_parse_moment(option->value, end, out))
        return true;
    (void)fprintf(streams->errors, "holdfast-audit: %s needs a day or a time: 2026-11-21 or 2026-11-21T21:58:00Z.\n",
                  option->name);
    return false;
}

bool hf_audit_read_filter_take(struct hf_audit_read_filter *filter, const struct hf_option *options,
                               const struct hf_audit_streams *streams)
{
    if (options[0].seen)
        filter->person = options[0].value;
    if (options[1].seen)
        filter->device = options[1].value;
    filter->has_to = options[3].seen;
    return moment(&options[2], false, &filter->from_ms, streams) && moment(&options[3], true, &filter->to_ms, streams);
}

static bool person_fits(struct hf_slice wanted, const struct hf_id *person, const struct hf_audit_names *names)
{
    char id[HF_ID_TEXT_BYTES];
    const char *name = hf_audit_name(names, person);
    hf_id_format(person, id);
    return wanted.len == 0 || hf_slice_equal(wanted, hf_slice_str(id)) ||
           (name && hf_slice_equal(wanted, hf_slice_str(name)));
}

bool hf_audit_read_chosen(const struct hf_audit_read_filter *filter, const struct hf_audit_read *read,
                          const struct hf_audit_names *names)
{
    char hex[2 * HF_SIGN_PUBLIC_BYTES + 1];
    struct hf_buf text = {0};
    if (read->until_ms < filter->from_ms || (filter->has_to && read->from_ms > filter->to_ms) ||
        !person_fits(filter->person, &read->entry->device->person, names))
        return false;
    if (filter->device.len == 0)
        return true;
    hf_text_hex(&text, hf_slice_of(read->entry->leaf->device, HF_SIGN_PUBLIC_BYTES));
    const bool whole = text.len == sizeof hex - 1;
    if (whole)
        memcpy(hex, text.data, sizeof hex - 1);
    hf_buf_clear(&text);
    return whole && filter->device.len < sizeof hex && memcmp(hex, filter->device.data, filter->device.len) == 0;
}

/* --- who-read --- */

struct who {
    struct hf_audit_listing *listing;
    struct hf_audit_reads reads;
    struct hf_audit_read_filter filter;
    struct hf_slice wanted; /* id or reference */
};

static enum hf_status take_read(void *ctx, const struct hf_audit_read *read)
{
    struct who *who = ctx;
    if (!hf_id_is_zero(&read->case_id) && !person_fits(who->wanted, &read->case_id, &who->reads.names))
        return HF_OK;
    return hf_audit_read_chosen(&who->filter, read, &who->reads.names)
               ? hf_audit_read_row(who->listing, read, &who->reads.names, false)
               : HF_OK;
}

static enum hf_status take_entry(void *ctx, const struct hf_audit_entry *entry)
{
    return hf_audit_reads_take(&((struct who *)ctx)->reads, entry);
}

static bool begin(void *ctx, const struct hf_audit_listing_call *call)
{
    struct who *who = ctx;
    who->listing = call->listing;
    who->wanted = hf_slice_str(call->second);
    who->reads.audit = call->audit;
    who->reads.each = take_read;
    who->reads.ctx = who;
    call->audit->each = take_entry;
    call->audit->each_ctx = who;
    return hf_audit_read_filter_take(&who->filter, call->options, call->streams);
}

static enum hf_status end(void *ctx, const struct hf_audit_listing_call *call)
{
    return hf_audit_reads_rest(&((struct who *)ctx)->reads, call->listing, HF_AUDIT_READ_COLUMNS);
}

int hf_audit_who_read(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    static const struct hf_option options[] = {HF_AUDIT_READ_OPTIONS};
    static const struct hf_audit_listing_report report = {.name = "who-read",
                                                          .help = help,
                                                          .columns = hf_audit_read_columns,
                                                          .column_count = HF_AUDIT_READ_COLUMNS,
                                                          .options = options,
                                                          .option_count = HF_AUDIT_READ_OPTION_COUNT,
                                                          .takes_two = true,
                                                          .nothing =
                                                              "Nobody opened this case, as far as this log says.",
                                                          .begin = begin,
                                                          .end = end};
    struct who who = {.listing = NULL};
    int code = hf_audit_listing_run(argc, argv, streams, &report, &who);
    hf_audit_reads_clear(&who.reads);
    return code;
}
