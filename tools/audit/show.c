#include "tools/audit/show.h"

#include "core/base/options.h"
#include "core/base/text.h"
#include "core/json/json.h"
#include "tools/audit/listing.h"
#include "tools/audit/report.h"
#include "tools/audit/session.h"

#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 64

static const char help[] =
    "holdfast-audit show DIR --authority-key FILE [filters] [--json | --csv]\n"
    "\n"
    "Verifies the bundle in the folder DIR and shows its entries. Nothing is shown of a bundle that is refused.\n"
    "\n"
    "  --person ID     entries signed by, or about, this person: an id, or a name\n"
    "  --device KEY    entries signed by, or about, the device whose key begins with these hex digits\n"
    "  --case ID       entries about this case: an id, or its reference. Which case a sealed entry is about\n"
    "                  cannot be known; names and contents stand only in a bundle that was exported with them\n"
    "  --kind KIND     data, case, erase, enrol, revoke, hold, end, note, read or policy\n"
    "  --from, --to    by the device's clock: 2026-11-21 or 2026-11-21T21:58:00Z, both included\n"
    "  --json, --csv   for scripts: one JSON array, or a line for each entry\n"
    "\n"
    "Exit status: 0 shown, 1 the bundle does not hold, 2 the command cannot be used.\n";

enum { OPT_KEY, OPT_PERSON, OPT_DEVICE, OPT_CASE, OPT_KIND, OPT_FROM, OPT_TO, OPT_JSON, OPT_CSV, OPT_HELP, OPT_COUNT };

struct filter {
    struct hf_id person;
    struct hf_id case_id;
    struct hf_slice person_text; /* a name, until it is known whose */
    struct hf_slice case_text;
    char device[2 * HF_SIGN_PUBLIC_BYTES + 1]; /* how its hex begins */
    bool has_kind;
    enum hf_leaf_kind kind;
    uint64_t from_ms;
    uint64_t to_ms;
};

enum form { AS_TEXT, AS_JSON, AS_CSV };

struct showing {
    struct filter filter;
    enum form form;
    FILE *rows; /* kept back until the bundle as a whole holds */
    uint64_t count;
    struct hf_audit_names names;
    struct hf_buf words;
    struct hf_buf row;
};

/* --- filters -------------------------------------------------------------------------------------------------------
 */

static bool parse_device(struct hf_slice text, char *out)
{
    if (text.len < 8 || text.len > 2 * HF_SIGN_PUBLIC_BYTES)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char digit = (char)text.data[i];
        out[i] = (char)(digit >= 'A' && digit <= 'F' ? digit + ('a' - 'A') : digit);
        if (!strchr("0123456789abcdef", out[i]) || out[i] == '\0')
            return false;
    }
    out[text.len] = '\0';
    return true;
}

/* NULL, or what cannot be used. */
static const char *read_filter(const struct hf_option *options, struct filter *out)
{
    *out = (struct filter){.to_ms = UINT64_MAX};
    if (options[OPT_PERSON].seen && hf_id_parse(options[OPT_PERSON].value, &out->person) != HF_OK)
        out->person_text = options[OPT_PERSON].value;
    if (options[OPT_CASE].seen && hf_id_parse(options[OPT_CASE].value, &out->case_id) != HF_OK)
        out->case_text = options[OPT_CASE].value;
    if ((options[OPT_PERSON].seen && options[OPT_PERSON].value.len == 0) ||
        (options[OPT_CASE].seen && options[OPT_CASE].value.len == 0))
        return "--person and --case need an id, or a name that the bundle's contents tell.";
    if (options[OPT_DEVICE].seen && !parse_device(options[OPT_DEVICE].value, out->device))
        return "--device must be at least 8 hex digits of the device's key.";
    out->has_kind = options[OPT_KIND].seen > 0;
    if (out->has_kind && hf_audit_kind_parse(options[OPT_KIND].value, &out->kind) != HF_OK)
        return "--kind must be one of data, case, erase, enrol, revoke, hold, end, note, read, policy.";
    if (options[OPT_FROM].seen && !hf_audit_parse_moment(options[OPT_FROM].value, false, &out->from_ms))
        return "--from must be a date or a time, such as 2026-11-21 or 2026-11-21T21:58:00Z.";
    if (options[OPT_TO].seen && !hf_audit_parse_moment(options[OPT_TO].value, true, &out->to_ms))
        return "--to must be a date or a time, such as 2026-11-21 or 2026-11-21T21:58:00Z.";
    return NULL;
}

static bool device_begins(const uint8_t *device, const char *digits)
{
    struct hf_buf hex = {0};
    hf_text_hex(&hex, hf_slice_of(device, HF_SIGN_PUBLIC_BYTES));
    bool begins = hf_buf_status(&hex) == HF_OK && memcmp(hex.data, digits, strlen(digits)) == 0;
    hf_buf_clear(&hex);
    return begins;
}

/* Nothing asked for passes everything. */
static bool is_one_of(const struct hf_audit_names *names, const struct hf_id *wanted, struct hf_slice wanted_name,
                      const struct hf_id *a, const struct hf_id *b)
{
    if (wanted_name.len) {
        const char *name_a = hf_audit_name(names, a), *name_b = hf_audit_name(names, b);
        return (name_a && hf_slice_equal(wanted_name, hf_slice_str(name_a))) ||
               (name_b && hf_slice_equal(wanted_name, hf_slice_str(name_b)));
    }
    return hf_id_is_zero(wanted) || hf_id_equal(wanted, a) || hf_id_equal(wanted, b);
}

static bool passes(const struct filter *filter, const struct hf_audit_names *names, const struct hf_audit_entry *entry,
                   const struct hf_audit_subject *subject)
{
    uint64_t ms = hf_clock_ms(entry->leaf->clock);
    if (ms < filter->from_ms || ms > filter->to_ms || (filter->has_kind && entry->leaf->kind != filter->kind))
        return false;
    if (!is_one_of(names, &filter->person, filter->person_text, &entry->device->person, &subject->person) ||
        !is_one_of(names, &filter->case_id, filter->case_text, &subject->case_id, &subject->case_id))
        return false;
    return !filter->device[0] || device_begins(entry->leaf->device, filter->device) ||
           (subject->has_device && device_begins(subject->device, filter->device));
}

/* --- rows ----------------------------------------------------------------------------------------------------------
 */

struct row {
    unsigned long long index;
    char time[HF_TIME_TEXT_BYTES];
    char device[2 * HF_SIGN_PUBLIC_BYTES + 1];
    char person[HF_ID_TEXT_BYTES]; /* "server" for the server */
    const char *name;              /* "" when the bundle does not tell */
    const char *role;
    const char *kind;
    const char *words;
    int64_t clock_offset_ms; /* as measured when the device handed the entry in; 0: less than five minutes, or never */
    char clock[HF_CLOCK_OFF_BYTES];
};

static enum hf_status fill_row(const struct hf_audit_entry *entry, const struct hf_audit_names *names,
                               struct hf_buf *words, struct row *out)
{
    struct hf_buf hex = {0};
    hf_text_hex(&hex, hf_slice_of(entry->leaf->device, HF_SIGN_PUBLIC_BYTES));
    hf_buf_append_u8(words, 0);
    enum hf_status status = hf_buf_status(&hex) == HF_OK ? hf_buf_status(words) : HF_ERR_NOMEM;
    if (status == HF_OK)
        memcpy(out->device, hex.data, 2 * HF_SIGN_PUBLIC_BYTES);
    hf_buf_clear(&hex);
    if (status != HF_OK)
        return status;
    out->device[2 * HF_SIGN_PUBLIC_BYTES] = '\0';
    out->index = entry->index;
    hf_text_time(hf_clock_ms(entry->leaf->clock), out->time);
    out->role = hf_role_name(entry->device->role);
    if (entry->device->role == HF_ROLE_SERVER)
        memcpy(out->person, "server", sizeof "server");
    else
        hf_id_format(&entry->device->person, out->person);
    const char *name = hf_audit_name(names, &entry->device->person);
    out->name = name ? name : "";
    out->kind = hf_audit_kind_name(entry->leaf->kind);
    out->words = (const char *)words->data;
    hf_clock_off_text(entry->device->clock_offset_ms, out->clock);
    out->clock_offset_ms = out->clock[0] ? entry->device->clock_offset_ms : 0;
    return HF_OK;
}

#define SHOWN_BYTES 400 /* of one entry on a terminal; --json and --csv have all of it */

static void add_shortened(const char *text, struct hf_buf *out)
{
    size_t len = strlen(text);
    if (len <= SHOWN_BYTES) {
        hf_buf_append_str(out, text);
        return;
    }
    for (len = SHOWN_BYTES; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80; len--)
        ;
    hf_buf_append(out, text, len);
    hf_buf_append_str(out, "…");
}

static enum hf_status format_row(const struct row *row, enum form form, bool first, struct hf_buf *out)
{
    if (form == AS_TEXT) {
        hf_buf_append_fmt(out, "%8llu  %.10s %.8s  %.16s  %-36s  ", row->index, row->time, row->time + 11, row->device,
                          row->name[0] ? row->name : row->person);
        add_shortened(row->words, out);
        if (row->clock[0])
            hf_buf_append_fmt(out, " (its device's clock was %s)", row->clock);
        hf_buf_append_u8(out, '\n');
        return hf_buf_status(out);
    }
    if (form == AS_CSV) {
        hf_buf_append_fmt(out, "%llu,%s,%s,%s,", row->index, row->time, row->device, row->person);
        hf_text_csv_cell(row->name, out);
        hf_buf_append_fmt(out, ",%s,%s,", row->role, row->kind);
        hf_text_csv_cell(row->words, out);
        hf_buf_append_fmt(out, ",%lld\r\n", (long long)row->clock_offset_ms);
        return hf_buf_status(out);
    }
    json_t *object =
        json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "entry", (json_int_t)row->index, "time", row->time,
                  "device", row->device, "person", row->person, "name", row->name, "role", row->role, "kind", row->kind,
                  "text", row->words, "clock_offset_ms", (json_int_t)row->clock_offset_ms);
    hf_buf_append_str(out, first ? "\n" : ",\n");
    enum hf_status status = object ? hf_json_dump(object, HF_JSON_COMPACT, out) : HF_ERR_NOMEM;
    json_decref(object);
    return status == HF_OK ? hf_buf_status(out) : status;
}

static enum hf_status put(struct showing *showing, struct hf_slice bytes)
{
    return fwrite(bytes.data, 1, bytes.len, showing->rows) == bytes.len ? HF_OK : HF_ERR_IO;
}

static enum hf_status take_entry(void *ctx, const struct hf_audit_entry *entry)
{
    struct showing *showing = ctx;
    struct hf_audit_subject subject;
    struct row row;
    hf_buf_reset(&showing->words);
    hf_buf_reset(&showing->row);
    enum hf_status status = hf_audit_names_take(&showing->names, entry);
    if (status != HF_OK)
        return status;
    hf_audit_entry_words(entry, &showing->names, &showing->words, &subject);
    if (!passes(&showing->filter, &showing->names, entry, &subject))
        return HF_OK;
    status = fill_row(entry, &showing->names, &showing->words, &row);
    if (status == HF_OK)
        status = format_row(&row, showing->form, showing->count++ == 0, &showing->row);
    return status == HF_OK ? put(showing, hf_buf_slice(&showing->row)) : status;
}

/* --- the command ---------------------------------------------------------------------------------------------------
 */

static enum hf_status copy_rows(struct showing *showing, FILE *out)
{
    char bytes[65536];
    size_t len;
    rewind(showing->rows);
    if (showing->form == AS_JSON && fputs("[", out) == EOF)
        return HF_ERR_IO;
    if (showing->form == AS_CSV &&
        fputs("entry,time,device,person,name,role,kind,text,clock_offset_ms\r\n", out) == EOF)
        return HF_ERR_IO;
    while ((len = fread(bytes, 1, sizeof bytes, showing->rows)) > 0) {
        if (fwrite(bytes, 1, len, out) != len)
            return HF_ERR_IO;
    }
    if (showing->form == AS_JSON && fputs("\n]\n", out) == EOF)
        return HF_ERR_IO;
    return ferror(showing->rows) || fflush(out) != 0 ? HF_ERR_IO : HF_OK;
}

/* A name that nothing in the log bears is a slip, not an empty answer. */
static bool is_known(const struct hf_audit_names *names, struct hf_slice text, const struct hf_audit_streams *streams)
{
    struct hf_id id;
    if (text.len == 0 || hf_audit_name_find(names, text, &id) == HF_OK)
        return true;
    (void)fprintf(streams->errors, "holdfast-audit: nothing in this bundle is called “%.*s”.%s\n", (int)text.len,
                  (const char *)text.data,
                  names->contents ? "" : " It holds no names: export it with --contents, or give an id.");
    return false;
}

static int run(struct showing *showing, struct hf_audit_session *session, const char *folder,
               const struct hf_audit_streams *streams)
{
    session->audit->each = take_entry;
    session->audit->each_ctx = showing;
    enum hf_status status = hf_audit_session_run(session, streams);
    if (status != HF_OK && session->audit->finding.check != HF_AUDIT_NONE) {
        struct hf_audit_report report = {.audit = session->audit, .folder = folder};
        struct hf_buf text = {0};
        hf_audit_report_text(&report, &text);
        (void)fwrite(text.data, 1, text.len, streams->errors);
        hf_buf_clear(&text);
        return HF_AUDIT_EXIT_REFUSED;
    }
    if (status == HF_OK && (!is_known(&showing->names, showing->filter.person_text, streams) ||
                            !is_known(&showing->names, showing->filter.case_text, streams)))
        return HF_AUDIT_EXIT_USAGE;
    if (status == HF_OK)
        status = copy_rows(showing, streams->out);
    if (status != HF_OK) {
        (void)fprintf(streams->errors, "holdfast-audit: the entries could not be written: %s\n",
                      hf_status_text(status));
        return HF_AUDIT_EXIT_REFUSED;
    }
    if (showing->form == AS_TEXT)
        (void)fprintf(streams->out, "%llu of %llu entries, verified\n", (unsigned long long)showing->count,
                      (unsigned long long)session->audit->checkpoint.size);
    return HF_AUDIT_EXIT_GOOD;
}

static int usage(const struct hf_audit_streams *streams, const char *what)
{
    (void)fprintf(streams->errors, "holdfast-audit: %s\nTry: holdfast-audit show --help\n", what);
    return HF_AUDIT_EXIT_USAGE;
}

static int show(const char *folder, const char *key_file, struct showing *showing,
                const struct hf_audit_streams *streams)
{
    struct hf_audit_session session;
    if (!hf_audit_session_open(&session, folder, key_file, streams))
        return HF_AUDIT_EXIT_USAGE;
    int code = HF_AUDIT_EXIT_REFUSED;
    showing->rows = tmpfile();
    if (showing->rows)
        code = run(showing, &session, folder, streams);
    else
        (void)fprintf(streams->errors, "holdfast-audit: there is no room for a temporary file.\n");
    if (showing->rows)
        (void)fclose(showing->rows);
    hf_audit_names_clear(&showing->names);
    hf_buf_clear(&showing->words);
    hf_buf_clear(&showing->row);
    hf_audit_session_close(&session);
    return code;
}

int hf_audit_show(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    struct hf_option options[OPT_COUNT] = {[OPT_KEY] = {.name = "--authority-key", .has_value = true},
                                           [OPT_PERSON] = {.name = "--person", .has_value = true},
                                           [OPT_DEVICE] = {.name = "--device", .has_value = true},
                                           [OPT_CASE] = {.name = "--case", .has_value = true},
                                           [OPT_KIND] = {.name = "--kind", .has_value = true},
                                           [OPT_FROM] = {.name = "--from", .has_value = true},
                                           [OPT_TO] = {.name = "--to", .has_value = true},
                                           [OPT_JSON] = {.name = "--json"},
                                           [OPT_CSV] = {.name = "--csv"},
                                           [OPT_HELP] = {.name = "--help"}};
    struct hf_slice args[ARGS_MAX], folder;
    struct showing showing = {.form = AS_TEXT};
    struct hf_error error = {0};
    size_t words = 0;
    if (argc > ARGS_MAX)
        return usage(streams, "there are too many words on the command line.");
    for (int i = 0; i < argc; i++)
        args[i] = hf_slice_str(argv[i]);
    if (hf_options_parse(args, (size_t)argc, options, OPT_COUNT, &folder, 1, &words, &error) != HF_OK)
        return usage(streams, error.text);
    if (options[OPT_HELP].seen) {
        (void)fputs(help, streams->out);
        return HF_AUDIT_EXIT_GOOD;
    }
    if (words == 0)
        return usage(streams, "the folder of the bundle is missing.");
    if (!options[OPT_KEY].seen)
        return usage(streams, "--authority-key FILE is missing: without it a bundle could only vouch for itself.");
    if (options[OPT_JSON].seen && options[OPT_CSV].seen)
        return usage(streams, "--json and --csv exclude each other.");
    const char *wrong = read_filter(options, &showing.filter);
    if (wrong)
        return usage(streams, wrong);
    showing.form = options[OPT_JSON].seen ? AS_JSON : options[OPT_CSV].seen ? AS_CSV : AS_TEXT;
    /* The slices end where the arguments end: they are strings. */
    return show((const char *)folder.data, (const char *)options[OPT_KEY].value.data, &showing, streams);
}
