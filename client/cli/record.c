/* Cases and records. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        (void)printf("  %s  Saved here\n", reference);
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
    (void)printf("  %-16s %llu records", row->reference, (unsigned long long)row->records);
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

static bool show_record(void *ctx, const struct holdfast_record_row *row)
{
    struct rows *rows = ctx;
    rows->count++;
    if (rows->json)
        return add_row(rows, record_json(row));
    print_id(&row->id);
    (void)printf("  %-22s %-18s", row->type, cli_sent_words(row->sent));
    if (row->status[0])
        (void)printf("  [%s]", row->status);
    if (row->title[0])
        (void)printf("  %.60s", row->title);
    if (row->due[0])
        (void)printf("  due %s", row->due);
    if (row->conflicts)
        (void)printf("  %llu to settle", (unsigned long long)row->conflicts);
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
    enum cli_exit code = finish_rows(cli, &rows, status, "No records.");
    free(type);
    return code;
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
    return finish_rows(cli, &rows, holdfast_list(cli->hf, &filter, show_record, &rows),
                       "Nothing is recorded in this case.");
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
static void print_value(const char *value)
{
    if (strlen(value) <= 60 && !strchr(value, '\n')) {
        (void)printf("  %s\n", value);
        return;
    }
    (void)fputs("\n    ", stdout);
    for (const char *at = value; *at; at++) {
        (void)putchar(*at);
        if (*at == '\n')
            (void)fputs("    ", stdout);
    }
    (void)putchar('\n');
}

static bool show_field(void *ctx, const struct holdfast_field_row *field)
{
    struct shown *shown = ctx;
    if (shown->fields) {
        json_t *object = field_json(field);
        shown->failed = !object || json_object_set_new(shown->fields, field->name, object) != 0;
        return !shown->failed;
    }
    for (size_t i = 0; i < field->value_count; i++) {
        (void)printf("%s%s:", field->label, field->in_conflict ? " (two values, to settle)" : "");
        print_value(field->values[i]);
    }
    return true;
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
    enum holdfast_status status = holdfast_read(cli->hf, &id, &row, show_field, &shown);
    if (status != HOLDFAST_OK || shown.failed) {
        json_decref(shown.fields);
        return shown.failed ? cli_refuse("There is not enough memory.") : cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(json_pack("{s:o, s:o, s:s, s:I, s:s, s:o}", "record", cli_json_id(&row.id), "case",
                                        cli_json_id(&row.case_id), "type", row.type, "conflicts",
                                        (json_int_t)row.conflicts, "sent", row.sent, "fields", shown.fields));
    (void)printf("— %s, %s\n", row.label, cli_sent_words(row.sent));
    return CLI_DONE;
}

/* --- history
 * ---------------------------------------------------------------------------------------------------------------------
 */

static json_t *change_json(const struct holdfast_change_row *row)
{
    json_t *edits = json_array();
    for (size_t i = 0; edits && i < row->edit_count; i++)
        if (json_array_append_new(
                edits, json_pack("{s:s, s:s}", "field", row->edits[i].field, "value", row->edits[i].value)) != 0)
            return NULL;
    return json_pack("{s:o, s:o, s:s, s:s, s:b, s:s, s:I, s:s, s:b, s:s, s:o}", "change", cli_json_id(&row->id), "time",
                     cli_json_time(row->time_ms), "author", row->author, "device", row->device, "own", row->own, "sent",
                     row->sent, "entry", (json_int_t)row->log_index, "held", row->held, "waiting", row->waiting,
                     "reason", row->reason, "edits", edits);
}

static bool show_change(void *ctx, const struct holdfast_change_row *row)
{
    struct rows *rows = ctx;
    char when[CLI_TIME_BYTES];
    rows->count++;
    if (rows->json)
        return add_row(rows, change_json(row));
    cli_time(row->time_ms, when);
    (void)printf("%s  %s", when, row->author[0] ? row->author : "somebody unknown here");
    if (row->log_index >= 0)
        (void)printf("  (log entry %lld)", (long long)row->log_index);
    else
        (void)printf("  (%s)", cli_sent_words(row->sent));
    if (row->held[0])
        (void)printf("\n    without effect: %s", row->held);
    if (row->waiting)
        (void)printf("\n    waits for what it builds on");
    if (row->reason[0])
        (void)printf("\n    because: %s", row->reason);
    (void)putchar('\n');
    for (size_t i = 0; i < row->edit_count; i++) {
        (void)printf("    %s:", row->edits[i].label);
        print_value(row->edits[i].value);
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
    return finish_rows(cli, &rows, holdfast_history(cli->hf, &id, show_change, &rows), "No changes.");
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
