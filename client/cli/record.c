/* Cases and records. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE_COLUMNS 60
#define LABEL_COLUMNS 28
#define LINE_COLUMNS  48  /* longer values stand below their label */
#define WIDE_COLUMNS  120 /* a list takes one line a record from here on */

/* --- cases
 * --------------------------------------------------------------------------------------------------------------------
 */

static void print_id(const struct holdfast_id *id)
{
    char text[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(id, text);
    (void)fputs(text, stdout);
}

enum cli_exit cli_case_new(struct cli *cli)
{
    struct holdfast_id id;
    char *reference = cli_text(cli->words[0]);
    enum holdfast_status status = holdfast_case_new(cli->hf, reference, &id);
    enum cli_exit code = CLI_DONE;
    if (status != HOLDFAST_OK) {
        code = cli_fail(cli, status);
    } else if (cli->json) {
        code = cli_print_json(json_pack("{s:o, s:s}", "case", cli_json_id(&id), "reference", reference));
    } else {
        print_id(&id);
        (void)fputs("  ", stdout);
        cli_put(stdout, reference);
        (void)puts("  Saved here");
    }
    free(reference);
    return code;
}

struct rows {
    json_t *json; /* NULL: text */
    size_t count;
    bool failed;
};

static bool add_row(struct rows *rows, json_t *object)
{
    rows->failed = !object || json_array_append_new(rows->json, object) != 0;
    return !rows->failed;
}

static bool show_case(void *ctx, const struct holdfast_case_row *row)
{
    struct rows *rows = ctx;
    rows->count++;
    if (rows->json)
        return add_row(rows, json_pack("{s:o, s:s, s:I, s:I, s:I}", "case", cli_json_id(&row->id), "reference",
                                       row->reference, "records", (json_int_t)row->records, "conflicts",
                                       (json_int_t)row->conflicts, "unsent", (json_int_t)row->unsent));
    print_id(&row->id);
    (void)fputs("  ", stdout);
    cli_put_column(row->reference, 16, false);
    (void)printf("  %llu record%s", (unsigned long long)row->records, row->records == 1 ? "" : "s");
    if (row->conflicts)
        (void)printf(", %llu to settle", (unsigned long long)row->conflicts);
    if (row->unsent)
        (void)printf(", %llu not sent", (unsigned long long)row->unsent);
    (void)putchar('\n');
    return true;
}

static enum cli_exit finish_rows(struct cli *cli, struct rows *rows, enum holdfast_status status, const char *none)
{
    if (status != HOLDFAST_OK || rows->failed) {
        json_decref(rows->json);
        return rows->failed ? cli_refuse("There is not enough memory.") : cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(rows->json);
    if (rows->count == 0)
        (void)puts(none);
    return CLI_DONE;
}

enum cli_exit cli_case_list(struct cli *cli)
{
    struct rows rows = {.json = cli->json ? json_array() : NULL};
    return finish_rows(cli, &rows, holdfast_cases(cli->hf, show_case, &rows), "No cases on this device.");
}

/* --- lists
 * ----------------------------------------------------------------------------------------------------------------------
 */

static json_t *record_json(const struct holdfast_record_row *row)
{
    static const struct holdfast_id none;
    bool has_parent = memcmp(&row->parent, &none, sizeof none) != 0;
    return json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:I, s:s}", "record", cli_json_id(&row->id), "case",
                     cli_json_id(&row->case_id), "parent", has_parent ? cli_json_id(&row->parent) : json_null(), "type",
                     row->type, "title", row->title, "due", row->due, "status", row->status, "conflicts",
                     (json_int_t)row->conflicts, "sent", row->sent);
}

/* What a person looks for after the type: one line, or the second of two when the terminal is narrow. */
static void print_record_rest(const struct holdfast_record_row *row)
{
    if (row->status[0]) {
        (void)fputs("  [", stdout);
        cli_put(stdout, row->status);
        (void)putchar(']');
    }
    if (row->title[0]) {
        (void)fputs("  ", stdout);
        cli_put_column(row->title, strlen(row->title) < TITLE_COLUMNS ? 0 : TITLE_COLUMNS,
                       strlen(row->title) >= TITLE_COLUMNS);
    }
    if (row->due[0]) {
        (void)fputs("  due ", stdout);
        cli_put(stdout, row->due);
    }
    if (row->conflicts)
        (void)printf("  %llu to settle", (unsigned long long)row->conflicts);
}

static bool show_record(void *ctx, const struct holdfast_record_row *row)
{
    struct rows *rows = ctx;
    const size_t columns = cli_columns();
    const bool narrow = columns > 0 && columns < WIDE_COLUMNS;
    rows->count++;
    if (rows->json)
        return add_row(rows, record_json(row));
    print_id(&row->id);
    (void)printf(narrow ? "  %s, %s" : "  %-22s %-18s", row->type, cli_sent_words(row->sent));
    if (narrow && (row->status[0] || row->title[0] || row->due[0] || row->conflicts))
        (void)fputs("\n  ", stdout);
    print_record_rest(row);
    (void)putchar('\n');
    return true;
}

static bool optional_id(const struct cli *cli, const char *name, struct holdfast_id *id, const struct holdfast_id **out)
{
    const struct hf_option *option = cli_option(cli, name);
    *out = NULL;
    if (!option)
        return true;
    if (!cli_id(option->value, name, id))
        return false;
    *out = id;
    return true;
}

static const char see_cases[] = "`holdfast case list` shows the cases on this device.";
static const char see_types[] = "`holdfast record types` shows those there are.";

enum cli_exit cli_record_list(struct cli *cli)
{
    struct rows rows = {.json = cli->json ? json_array() : NULL};
    struct holdfast_filter filter = {.conflicts_only = cli_option(cli, "--conflicts") != NULL};
    struct holdfast_id case_id, parent;
    if (!optional_id(cli, "--case", &case_id, &filter.case_id) ||
        !optional_id(cli, "--parent", &parent, &filter.parent)) {
        json_decref(rows.json);
        return CLI_FAILED;
    }
    char *type = cli_option_text(cli, "--type");
    filter.type = type;
    enum holdfast_status status = holdfast_list(cli->hf, &filter, show_record, &rows);
    enum cli_exit code;
    if (type && !cli_is_type(type)) {
        json_decref(rows.json);
        code = cli_fail_with(cli, status, see_types);
    } else {
        code = finish_rows(cli, &rows, status, "No records.");
    }
    free(type);
    return code;
}

static bool show_nothing(void *ctx, const struct holdfast_field_row *field)
{
    (void)ctx;
    (void)field;
    return false;
}

static enum cli_exit need_case(struct cli *cli, const struct holdfast_id *id)
{
    struct holdfast_record_row row;
    enum holdfast_status status = holdfast_read(cli->hf, id, &row, show_nothing, NULL);
    if (status != HOLDFAST_OK)
        return cli_fail_with(cli, status, see_cases);
    return strcmp(row.type, "case") == 0 ? CLI_DONE : cli_refuse("This is the id of another record. %s", see_cases);
}

enum cli_exit cli_case_show(struct cli *cli)
{
    struct rows rows = {.json = cli->json ? json_array() : NULL};
    struct holdfast_id case_id;
    struct holdfast_filter filter = {.case_id = &case_id};
    if (!cli_id(cli->words[0], "CASE", &case_id)) {
        json_decref(rows.json);
        return CLI_FAILED;
    }
    enum cli_exit code = need_case(cli, &case_id);
    if (code == CLI_DONE)
        return finish_rows(cli, &rows, holdfast_list(cli->hf, &filter, show_record, &rows),
                           "Nothing is recorded in this case.");
    json_decref(rows.json);
    return code;
}

/* --- one record
 * ------------------------------------------------------------------------------------------------------------------ */

struct shown {
    json_t *fields; /* NULL: text */
    bool failed;
};

static json_t *field_json(const struct holdfast_field_row *field)
{
    json_t *values = json_array();
    for (size_t i = 0; values && i < field->value_count; i++)
        if (json_array_append_new(values, json_string(field->values[i])) != 0)
            return NULL;
    return json_pack("{s:s, s:s, s:b, s:o}", "label", field->label, "kind", field->kind, "conflict", field->in_conflict,
                     "values", values);
}

/* Long text stands below its label, indented. */
static void print_value(const char *label, const char *value, size_t indent)
{
    for (size_t i = 0; i < indent; i++)
        (void)putchar(' ');
    cli_put_column(label, LABEL_COLUMNS, false);
    if (strlen(value) <= LINE_COLUMNS && !strchr(value, '\n')) {
        (void)fputs("  ", stdout);
        cli_put(stdout, value);
        (void)putchar('\n');
        return;
    }
    (void)putchar('\n');
    cli_put_block(value, indent + 4);
}

static bool show_field(void *ctx, const struct holdfast_field_row *field)
{
    struct shown *shown = ctx;
    if (shown->fields) {
        json_t *object = field_json(field);
        shown->failed = !object || json_object_set_new(shown->fields, field->name, object) != 0;
        return !shown->failed;
    }
    for (size_t i = 0; i < field->value_count; i++)
        print_value(i == 0 ? field->label : "", field->values[i], 2);
    if (field->in_conflict)
        (void)printf("    %zu values that a person has to settle: `holdfast conflict show`\n", field->value_count);
    return true;
}

/* The line above the fields. */
static enum holdfast_status print_head(struct cli *cli, const struct holdfast_id *id)
{
    struct holdfast_record_row row;
    enum holdfast_status status = holdfast_read(cli->hf, id, &row, show_nothing, NULL);
    if (status != HOLDFAST_OK)
        return status;
    print_id(id);
    (void)printf("  %s, %s\n", row.label, cli_sent_words(row.sent));
    return HOLDFAST_OK;
}

enum cli_exit cli_record_show(struct cli *cli)
{
    struct shown shown = {.fields = cli->json ? json_object() : NULL};
    struct holdfast_record_row row;
    struct holdfast_id id;
    if (!cli_id(cli->words[0], "RECORD", &id)) {
        json_decref(shown.fields);
        return CLI_FAILED;
    }
    enum holdfast_status status = cli->json ? HOLDFAST_OK : print_head(cli, &id);
    if (status == HOLDFAST_OK)
        status = holdfast_read(cli->hf, &id, &row, show_field, &shown);
    if (status != HOLDFAST_OK || shown.failed) {
        json_decref(shown.fields);
        return shown.failed ? cli_refuse("There is not enough memory.") : cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(json_pack("{s:o, s:o, s:s, s:I, s:s, s:b, s:o, s:o}", "record", cli_json_id(&row.id),
                                        "case", cli_json_id(&row.case_id), "type", row.type, "conflicts",
                                        (json_int_t)row.conflicts, "sent", row.sent, "unverified", (int)row.unverified,
                                        "fields", shown.fields, "disputes", cli_disputes_json(cli, &id)));
    if (row.unverified)
        (void)printf("Not yet verified back to its signatures: this is what the office says. `holdfast record history` "
                     "fetches the changes and checks them.\n");
    status = cli_print_disputes(cli, &id);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    return CLI_DONE;
}

/* --- history
 * ---------------------------------------------------------------------------------------------------------------------
 */

static json_t *passed_over_json(const struct holdfast_change_edit *edit)
{
    json_t *all = json_array();
    for (size_t i = 0; all && i < edit->passed_over_count; i++) {
        const struct holdfast_passed_over *row = &edit->passed_over[i];
        if (json_array_append_new(all, json_pack("{s:o, s:s, s:s, s:b}", "change", cli_json_id(&row->change), "author",
                                                 row->author, "value", row->value, "own", (int)row->own)) != 0)
            return NULL;
    }
    return all;
}

static json_t *change_json(const struct holdfast_change_row *row)
{
    json_t *edits = json_array();
    for (size_t i = 0; edits && i < row->edit_count; i++)
        if (json_array_append_new(edits,
                                  json_pack("{s:s, s:s, s:o}", "field", row->edits[i].field, "value",
                                            row->edits[i].value, "passed_over", passed_over_json(&row->edits[i]))) != 0)
            return NULL;
    return json_pack("{s:o, s:o, s:I, s:s, s:s, s:b, s:s, s:I, s:s, s:b, s:s, s:I, s:o, s:o}", "change",
                     cli_json_id(&row->id), "time", cli_json_time(row->time_ms), "clock_offset_ms",
                     (json_int_t)row->clock_offset_ms, "author", row->author, "device", row->device, "own", row->own,
                     "sent", row->sent, "entry", (json_int_t)row->log_index, "held", row->held, "waiting", row->waiting,
                     "reason", row->reason, "proof_size", (json_int_t)row->proof_size, "proof_time",
                     cli_json_time(row->proof_ms), "edits", edits);
}

/* Whose value a decision did not choose is told so, by whom and why, with the words. */
static void print_passed_over(const struct holdfast_change_row *row, const struct holdfast_change_edit *edit)
{
    for (size_t i = 0; i < edit->passed_over_count; i++) {
        const struct holdfast_passed_over *value = &edit->passed_over[i];
        (void)fputs(value->own ? "    Your value was not chosen, decided by " : "    Not chosen, decided by ", stdout);
        cli_put(stdout, row->author[0] ? row->author : "somebody unknown here");
        (void)fputs(", because: ", stdout);
        cli_put(stdout, row->reason[0] ? row->reason : "(no reason given)");
        (void)fputs(value->own ? "\n    You had written:\n" : "\n    Written by ", stdout);
        if (!value->own) {
            cli_put(stdout, value->author[0] ? value->author : "somebody unknown here");
            (void)puts(":");
        }
        cli_put_block(value->value[0] ? value->value : "(cleared)", 6);
    }
}

static bool show_decided(void *ctx, const struct holdfast_change_row *row)
{
    (void)ctx;
    for (size_t i = 0; i < row->edit_count; i++) {
        if (row->edits[i].passed_over_count == 0)
            continue;
        print_value(row->edits[i].label, row->edits[i].value[0] ? row->edits[i].value : "(cleared)", 2);
        print_passed_over(row, &row->edits[i]);
    }
    return true;
}

enum holdfast_status cli_print_decided(struct cli *cli, const struct holdfast_id *record)
{
    const enum holdfast_status status = holdfast_history(cli->hf, record, show_decided, NULL);
    return status == HOLDFAST_WAITING ? HOLDFAST_OK : status; /* its history comes with the next sync */
}

static bool show_change(void *ctx, const struct holdfast_change_row *row)
{
    struct rows *rows = ctx;
    char when[CLI_TIME_BYTES], proved[CLI_TIME_BYTES];
    rows->count++;
    if (rows->json)
        return add_row(rows, change_json(row));
    cli_time(row->proof_ms, proved);
    cli_time(row->time_ms, when);
    (void)printf("%s  ", when);
    cli_put(stdout, row->author[0] ? row->author : "somebody unknown here");
    if (row->log_index >= 0 && row->proof_size > 0)
        (void)printf("  (in the log at entry %lld, checkpoint of %s)\n", (long long)row->log_index, proved);
    else if (row->log_index >= 0)
        (void)printf("  (log entry %lld)\n", (long long)row->log_index);
    else
        (void)printf("  (%s)\n", cli_sent_words(row->sent));
    if (row->clock_text[0])
        print_value("device's clock:", row->clock_text, 2);
    if (row->held[0])
        print_value("without effect:", row->held, 2);
    if (row->waiting)
        (void)puts("  waits for what it builds on");
    if (row->reason[0])
        print_value("because:", row->reason, 2);
    for (size_t i = 0; i < row->edit_count; i++) {
        print_value(row->edits[i].label, row->edits[i].value[0] ? row->edits[i].value : "(cleared)", 2);
        print_passed_over(row, &row->edits[i]);
    }
    return true;
}

enum cli_exit cli_record_history(struct cli *cli)
{
    struct rows rows = {.json = cli->json ? json_array() : NULL};
    struct holdfast_id id;
    if (!cli_id(cli->words[0], "RECORD", &id)) {
        json_decref(rows.json);
        return CLI_FAILED;
    }
    enum holdfast_status status = holdfast_history(cli->hf, &id, show_change, &rows);
    if (status == HOLDFAST_WAITING && cli_sync_for_history(cli) == HOLDFAST_OK)
        status = holdfast_history(cli->hf, &id, show_change, &rows);
    return finish_rows(cli, &rows, status, "No changes.");
}

/* --- what can be recorded
 * -------------------------------------------------------------------------------------------------------- */

static bool show_type(void *ctx, const char *name, const char *label)
{
    struct rows *rows = ctx;
    if (rows->json)
        return add_row(rows, json_pack("{s:s, s:s}", "type", name, "label", label));
    (void)printf("  %-26s %s\n", name, label);
    return true;
}

static json_t *codes_json(const char *const *codes)
{
    json_t *array = json_array();
    for (; array && codes && *codes; codes++)
        if (json_array_append_new(array, json_string(*codes)) != 0)
            return NULL;
    return array;
}

static bool show_field_info(void *ctx, const struct holdfast_field_info *field)
{
    struct rows *rows = ctx;
    if (rows->json)
        return add_row(rows,
                       json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:s}", "field", field->name, "label", field->label,
                                 "kind", field->kind, "type", field->type, "bytes_max", (json_int_t)field->bytes_max,
                                 "codes", codes_json(field->codes), "duty", field->duty));
    (void)printf("  %-26s %-8s %-5s %s", field->name, field->kind, field->type, field->label);
    if (field->bytes_max)
        (void)printf(" (up to %zu bytes)", field->bytes_max);
    for (const char *const *code = field->codes; code && *code; code++)
        (void)printf("%s%s", code == field->codes ? " — " : ", ", *code);
    (void)putchar('\n');
    return true;
}

enum cli_exit cli_record_types(struct cli *cli)
{
    struct rows rows = {.json = cli->json ? json_array() : NULL};
    if (cli->word_count == 0) {
        holdfast_types(show_type, &rows);
        return finish_rows(cli, &rows, HOLDFAST_OK, "");
    }
    char *type = cli_text(cli->words[0]);
    rows.count = 1;
    enum holdfast_status status = holdfast_fields(type, show_field_info, &rows);
    enum cli_exit code;
    if (status != HOLDFAST_OK) {
        json_decref(rows.json);
        code = cli_refuse("There is no record type “%s”. `holdfast record types` shows those there are.", type);
    } else {
        code = finish_rows(cli, &rows, status, "");
    }
    free(type);
    return code;
}
