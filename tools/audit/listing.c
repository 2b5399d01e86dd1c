#include "tools/audit/listing.h"

#include "core/base/text.h"
#include "core/json/json.h"
#include "tools/audit/report.h"
#include "tools/audit/session.h"

#include <stdlib.h>
#include <string.h>

#define ARGS_MAX  64
#define DAY_MS    86400000ull
#define DATE_TEXT 10

/* --- rows ----------------------------------------------------------------------------------------------------------
 */

static void add_text_cell(const struct hf_audit_column *column, const char *text, bool first, struct hf_buf *out)
{
    size_t shown = hf_text_length(hf_slice_str(text));
    size_t width = (size_t)column->width;
    hf_buf_append_str(out, first ? "" : "  ");
    if (column->number)
        hf_buf_append_fmt(out, "%*s", (int)(width > shown ? width - shown : 0), "");
    hf_buf_append_str(out, text);
    if (!column->number && width > shown)
        hf_buf_append_fmt(out, "%*s", (int)(width - shown), "");
}

static enum hf_status add_object(struct hf_audit_listing *listing, const char *const *cells)
{
    json_t *object = json_object();
    int bad = object ? 0 : -1;
    for (size_t i = 0; bad == 0 && i < listing->column_count; i++) {
        const char *text = cells[i] ? cells[i] : "";
        json_t *value = !listing->columns[i].number ? json_string(text)
                        : *text                     ? json_integer((json_int_t)strtoull(text, NULL, 10))
                                                    : json_null();
        bad = json_object_set_new(object, listing->columns[i].name, value);
    }
    hf_buf_append_str(&listing->line, listing->count ? ",\n" : "\n");
    enum hf_status status = bad ? HF_ERR_NOMEM : hf_json_dump(object, HF_JSON_COMPACT, &listing->line);
    json_decref(object);
    return status;
}

enum hf_status hf_audit_listing_add(struct hf_audit_listing *listing, const char *const *cells)
{
    struct hf_buf *line = &listing->line;
    enum hf_status status = HF_OK;
    hf_buf_reset(line);
    if (listing->form == HF_AUDIT_AS_JSON)
        status = add_object(listing, cells);
    bool first = true;
    for (size_t i = 0; listing->form != HF_AUDIT_AS_JSON && i < listing->column_count; i++) {
        const char *text = cells[i] ? cells[i] : "";
        if (listing->form == HF_AUDIT_AS_TEXT && listing->columns[i].hidden)
            continue;
        if (listing->form == HF_AUDIT_AS_TEXT) {
            add_text_cell(&listing->columns[i], text, first, line);
        } else {
            hf_buf_append_str(line, first ? "" : ",");
            if (listing->columns[i].number)
                hf_buf_append_str(line, text);
            else
                hf_text_csv_cell(text, line);
        }
        first = false;
    }
    if (listing->form != HF_AUDIT_AS_JSON)
        hf_buf_append_str(line, listing->form == HF_AUDIT_AS_CSV ? "\r\n" : "\n");
    if (status == HF_OK)
        status = hf_buf_status(line);
    if (status == HF_OK && fwrite(line->data, 1, line->len, listing->rows) != line->len)
        status = HF_ERR_IO;
    listing->count += status == HF_OK;
    return status;
}

static enum hf_status copy_rows(struct hf_audit_listing *listing, const char *nothing, FILE *out)
{
    char bytes[65536];
    size_t len;
    rewind(listing->rows);
    if (listing->form == HF_AUDIT_AS_JSON)
        (void)fputs("[", out);
    for (size_t i = 0; listing->form == HF_AUDIT_AS_CSV && i < listing->column_count; i++)
        (void)fprintf(out, "%s%s%s", i ? "," : "", listing->columns[i].name,
                      i + 1 == listing->column_count ? "\r\n" : "");
    while ((len = fread(bytes, 1, sizeof bytes, listing->rows)) > 0) {
        if (fwrite(bytes, 1, len, out) != len)
            return HF_ERR_IO;
    }
    if (listing->form == HF_AUDIT_AS_JSON)
        (void)fputs("\n]\n", out);
    if (listing->form == HF_AUDIT_AS_TEXT && listing->count == 0)
        (void)fprintf(out, "%s\n", nothing);
    return ferror(out) || ferror(listing->rows) || fflush(out) != 0 ? HF_ERR_IO : HF_OK;
}

bool hf_audit_parse_moment(struct hf_slice text, bool end_of_day, uint64_t *out_ms)
{
    char whole[DATE_TEXT + 11] = {0};
    if (text.len != DATE_TEXT)
        return hf_text_parse_time(text, out_ms) == HF_OK;
    memcpy(whole, text.data, DATE_TEXT);
    memcpy(whole + DATE_TEXT, "T00:00:00Z", sizeof "T00:00:00Z");
    if (hf_text_parse_time(hf_slice_str(whole), out_ms) != HF_OK)
        return false;
    *out_ms += end_of_day ? DAY_MS - 1 : 0;
    return true;
}

/* --- the command ---------------------------------------------------------------------------------------------------
 */

static int refused(struct hf_audit_session *session, const char *folder, const struct hf_audit_streams *streams)
{
    struct hf_audit_report report = {.audit = session->audit, .folder = folder};
    struct hf_buf text = {0};
    hf_audit_report_text(&report, &text);
    (void)fwrite(text.data, 1, text.len, streams->errors);
    hf_buf_clear(&text);
    return HF_AUDIT_EXIT_REFUSED;
}

static int run(struct hf_audit_session *session, struct hf_audit_listing_call *call,
               const struct hf_audit_listing_report *report, void *ctx)
{
    call->audit = session->audit;
    if (report->begin && !report->begin(ctx, call))
        return HF_AUDIT_EXIT_USAGE;
    enum hf_status status = hf_audit_session_run(session, call->streams);
    if (status != HF_OK && session->audit->finding.check != HF_AUDIT_NONE)
        return refused(session, call->folder, call->streams);
    if (status == HF_OK && report->end)
        status = report->end(ctx, call);
    if (status == HF_ERR_INVALID) /* it said why */
        return HF_AUDIT_EXIT_REFUSED;
    if (status == HF_OK)
        status = copy_rows(call->listing, report->nothing, call->streams->out);
    if (status == HF_OK)
        return HF_AUDIT_EXIT_GOOD;
    (void)fprintf(call->streams->errors, "holdfast-audit: the report could not be written: %s\n",
                  hf_status_text(status));
    return HF_AUDIT_EXIT_REFUSED;
}

static int usage(const struct hf_audit_streams *streams, const char *name, const char *what)
{
    (void)fprintf(streams->errors, "holdfast-audit: %s\nTry: holdfast-audit %s --help\n", what, name);
    return HF_AUDIT_EXIT_USAGE;
}

static int open_and_run(struct hf_audit_listing_call *call, const char *key_file,
                        const struct hf_audit_listing_report *report, void *ctx)
{
    struct hf_audit_session session;
    if (!hf_audit_session_open(&session, call->folder, key_file, call->streams))
        return HF_AUDIT_EXIT_USAGE;
    int code = HF_AUDIT_EXIT_REFUSED;
    call->listing->rows = tmpfile();
    if (call->listing->rows)
        code = run(&session, call, report, ctx);
    else
        (void)fprintf(call->streams->errors, "holdfast-audit: there is no room for a temporary file.\n");
    if (call->listing->rows)
        (void)fclose(call->listing->rows);
    hf_buf_clear(&call->listing->line);
    hf_audit_session_close(&session);
    return code;
}

enum { OPT_KEY, OPT_JSON, OPT_CSV, OPT_HELP, OPT_COMMON };

int hf_audit_listing_run(int argc, char *const *argv, const struct hf_audit_streams *streams,
                         const struct hf_audit_listing_report *report, void *ctx)
{
    struct hf_option options[OPT_COMMON + HF_AUDIT_OPTIONS_MAX] = {
        [OPT_KEY] = {.name = "--authority-key", .has_value = true},
        [OPT_JSON] = {.name = "--json"},
        [OPT_CSV] = {.name = "--csv"},
        [OPT_HELP] = {.name = "--help"}};
    struct hf_slice args[ARGS_MAX], words[2];
    struct hf_audit_listing listing = {.columns = report->columns, .column_count = report->column_count};
    struct hf_audit_listing_call call = {.options = options + OPT_COMMON, .listing = &listing, .streams = streams};
    struct hf_error error = {0};
    size_t count = 0, wanted = report->takes_two ? 2 : 1;
    if (argc > ARGS_MAX)
        return usage(streams, report->name, "there are too many words on the command line.");
    for (size_t i = 0; i < report->option_count; i++)
        options[OPT_COMMON + i] = report->options[i];
    for (int i = 0; i < argc; i++)
        args[i] = hf_slice_str(argv[i]);
    if (hf_options_parse(args, (size_t)argc, options, OPT_COMMON + report->option_count, words, wanted, &count,
                         &error) != HF_OK)
        return usage(streams, report->name, error.text);
    if (options[OPT_HELP].seen) {
        (void)fputs(report->help, streams->out);
        return HF_AUDIT_EXIT_GOOD;
    }
    if (count < wanted)
        return usage(streams, report->name,
                     report->takes_two ? "an earlier checkpoint or bundle, and the folder of the bundle, are needed."
                                       : "the folder of the bundle is missing.");
    if (!options[OPT_KEY].seen)
        return usage(streams, report->name,
                     "--authority-key FILE is missing: without it a bundle could only vouch for itself.");
    if (options[OPT_JSON].seen && options[OPT_CSV].seen)
        return usage(streams, report->name, "--json and --csv exclude each other.");
    listing.form = options[OPT_JSON].seen  ? HF_AUDIT_AS_JSON
                   : options[OPT_CSV].seen ? HF_AUDIT_AS_CSV
                                           : HF_AUDIT_AS_TEXT;
    /* The slices end where the arguments end: they are strings. */
    call.folder = (const char *)words[wanted - 1].data;
    call.second = report->takes_two ? (const char *)words[0].data : NULL;
    return open_and_run(&call, (const char *)options[OPT_KEY].value.data, report, ctx);
}
