/* Recording: new records, changed fields, values from files. One command is one save: one signed change, or nothing. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 32

/* --- field=value
 * ---------------------------------------------------------------------------------------------------------------- */

typedef enum holdfast_status edit_fn(struct holdfast_edit *edit, const char *field, const char *value);

/* What is edited. */
struct editing {
    struct cli *cli;
    struct holdfast_edit *edit;
    const char *type;
};

struct field_search {
    const char *name;
    bool found;
};

static bool find_field(void *ctx, const struct holdfast_field_info *field)
{
    struct field_search *search = ctx;
    search->found = search->found || strcmp(field->name, search->name) == 0;
    return !search->found;
}

/* A mistyped field is told where the right ones stand. */
static enum cli_exit edit_field(const struct editing *editing, edit_fn *set, const char *field, const char *value)
{
    struct field_search search = {.name = field};
    char next[160];
    enum holdfast_status status = set(editing->edit, field, value);
    if (status == HOLDFAST_OK)
        return CLI_DONE;
    bool looked = holdfast_fields(editing->type, find_field, &search) == HOLDFAST_OK;
    (void)snprintf(next, sizeof next, "`holdfast record types %s` shows those there are.", editing->type);
    return cli_fail_with(editing->cli, status, looked && !search.found ? next : NULL);
}

static enum cli_exit edit_word(const struct editing *editing, struct hf_slice word)
{
    char *text = cli_text(word);
    char *equals = strchr(text, '=');
    edit_fn *set = holdfast_edit_set;
    enum cli_exit code;
    if (!equals || equals == text) {
        code = cli_refuse("“%s” is not of the form field=value.", text);
        free(text);
        return code;
    }
    *equals = '\0';
    if (equals[-1] == '+' || equals[-1] == '-') {
        set = equals[-1] == '+' ? holdfast_edit_add : holdfast_edit_remove;
        equals[-1] = '\0';
    }
    code = edit_field(editing, set, text, equals + 1);
    free(text);
    return code;
}

/* --- --from FILE.json
 * ------------------------------------------------------------------------------------------------------------- */

/* Text of one JSON value, as holdfast_edit_set takes it; NULL for a kind that no field holds. `number` is scratch. */
static const char *value_text(const json_t *value, char number[NUMBER_BYTES])
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_null(value))
        return "";
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (!json_is_integer(value))
        return NULL;
    (void)snprintf(number, NUMBER_BYTES, "%lld", (long long)json_integer_value(value));
    return number;
}

static enum cli_exit edit_value(const struct editing *editing, const char *field, const json_t *value, edit_fn *set)
{
    char number[NUMBER_BYTES];
    const char *text = value_text(value, number);
    if (!text)
        return cli_refuse("%s: only texts, whole numbers, true, false, null and lists of them can be recorded.", field);
    return edit_field(editing, set, field, text);
}

static enum cli_exit edit_from_object(const struct editing *editing, json_t *object)
{
    enum cli_exit code = CLI_DONE;
    const char *field;
    json_t *value;
    json_object_foreach(object, field, value)
    {
        if (!json_is_array(value)) {
            code = edit_value(editing, field, value, holdfast_edit_set);
        } else {
            for (size_t i = 0; code == CLI_DONE && i < json_array_size(value); i++)
                code = edit_value(editing, field, json_array_get(value, i), holdfast_edit_add);
        }
        if (code != CLI_DONE)
            break;
    }
    return code;
}

static enum cli_exit edit_from_file(const struct editing *editing)
{
    struct hf_error err = {0};
    json_t *object = NULL;
    char *path = cli_option_text(editing->cli, "--from");
    if (!path)
        return CLI_DONE;
    enum cli_exit code;
    if (hf_json_load_file(path, &object, &err) != HF_OK)
        code = cli_refuse("%s", err.text);
    else if (!json_is_object(object))
        code = cli_refuse("%s must hold one object: {\"field\": \"value\", …}.", path);
    else
        code = edit_from_object(editing, object);
    json_decref(object);
    free(path);
    return code;
}

/* --- commit
 * --------------------------------------------------------------------------------------------------------------------------
 */

static enum cli_exit fill(const struct editing *editing)
{
    struct cli *cli = editing->cli;
    enum cli_exit code = edit_from_file(editing);
    for (size_t i = 1; code == CLI_DONE && i < cli->word_count; i++)
        code = edit_word(editing, cli->words[i]);
    char *reason = cli_option_text(cli, "--reason");
    if (code == CLI_DONE && reason) {
        enum holdfast_status status = holdfast_edit_reason(editing->edit, reason);
        code = status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
    }
    free(reason);
    return code;
}

static bool keep_nothing(void *ctx, const struct holdfast_field_row *field)
{
    (void)ctx;
    (void)field;
    return false;
}

/* Takes the edit over. */
static enum cli_exit finish(struct cli *cli, struct holdfast_edit *edit, const char *type)
{
    const struct editing editing = {.cli = cli, .edit = edit, .type = type};
    static const struct holdfast_id none;
    struct holdfast_id record = holdfast_edit_id(edit), change;
    char text[HOLDFAST_ID_TEXT_BYTES];
    enum cli_exit code = fill(&editing);
    enum holdfast_status status = HOLDFAST_OK;
    if (code == CLI_DONE)
        status =
            cli_option(cli, "--propose") ? holdfast_edit_propose(edit, &change) : holdfast_edit_commit(edit, &change);
    if (code != CLI_DONE || status != HOLDFAST_OK) {
        code = code != CLI_DONE ? code : cli_fail(cli, status);
        holdfast_edit_cancel(edit);
        return code;
    }
    bool changed = memcmp(&change, &none, sizeof none) != 0;
    if (!changed && holdfast_read(cli->hf, &record, NULL, keep_nothing, NULL) == HOLDFAST_NOT_FOUND)
        return cli_refuse("Nothing is recorded yet: give at least one field=value. `holdfast record types %s` shows "
                          "the fields.",
                          type);
    if (cli->json)
        return cli_print_json(json_pack("{s:o, s:o}", "record", cli_json_id(&record), "change",
                                        changed ? cli_json_id(&change) : json_null()));
    holdfast_id_format(&record, text);
    (void)printf("%s  %s\n", text, changed ? "Saved here" : "Nothing to change");
    if (changed)
        cli_tell_rights(cli, &change);
    return CLI_DONE;
}

static bool find_type(void *ctx, const char *name, const char *label)
{
    struct field_search *search = ctx;
    (void)label;
    search->found = search->found || strcmp(name, search->name) == 0;
    return !search->found;
}

bool cli_is_type(const char *name)
{
    struct field_search search = {.name = name};
    holdfast_types(find_type, &search);
    return search.found;
}

enum cli_exit cli_record_new(struct cli *cli)
{
    struct holdfast_edit *edit = NULL;
    struct holdfast_id case_id, parent;
    const struct hf_option *case_option = cli_option(cli, "--case"), *parent_option = cli_option(cli, "--parent");
    if (!case_option)
        return cli_usage(cli);
    if (!cli_id(case_option->value, "--case", &case_id) ||
        (parent_option && !cli_id(parent_option->value, "--parent", &parent)))
        return CLI_FAILED;
    char *type = cli_text(cli->words[0]);
    char *slot = cli_option_text(cli, "--slot");
    enum holdfast_status status =
        holdfast_edit_new(cli->hf, &case_id, type, parent_option ? &parent : NULL, slot, &edit);
    enum cli_exit code;
    if (status == HOLDFAST_OK)
        code = finish(cli, edit, type);
    else
        code = cli_fail_with(cli, status, cli_is_type(type) ? NULL : "`holdfast record types` shows those there are.");
    free(type);
    free(slot);
    return code;
}

enum cli_exit cli_record_set(struct cli *cli)
{
    struct holdfast_edit *edit = NULL;
    struct holdfast_record_row row;
    struct holdfast_id record;
    if (!cli_id(cli->words[0], "RECORD", &record))
        return CLI_FAILED;
    if (cli->word_count == 1 && !cli_option(cli, "--from"))
        return cli_usage(cli);
    enum holdfast_status status = holdfast_edit_record(cli->hf, &record, &edit);
    if (status == HOLDFAST_OK)
        status = holdfast_read(cli->hf, &record, &row, keep_nothing, NULL);
    if (status == HOLDFAST_OK)
        return finish(cli, edit, row.type);
    enum cli_exit code = cli_fail(cli, status);
    holdfast_edit_cancel(edit);
    return code;
}
