/* Contested entries: what a person says against one, and limiting its use meanwhile. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* --- shown with the entry --- */

static bool print_statement(void *ctx, const struct holdfast_statement_row *row)
{
    (void)ctx;
    (void)printf("  Statement of ");
    cli_put(stdout, row->said_by[0] ? row->said_by : "a person who is not named");
    (void)printf("%s%s (%s):\n", row->made_on[0] ? ", " : "", row->made_on, row->answer[0] ? row->answer : "open");
    cli_put_block(row->words, 4);
    return true;
}

enum holdfast_status cli_print_disputes(struct cli *cli, const struct holdfast_id *record)
{
    struct holdfast_restriction found;
    enum holdfast_status status = holdfast_statements(cli->hf, record, print_statement, NULL);
    if (status == HOLDFAST_OK)
        status = holdfast_get_restriction(cli->hf, record, &found);
    if (status == HOLDFAST_OK && found.in_force)
        (void)printf("  The use of this entry is restricted (%s)%s%s.\n", found.who, found.since[0] ? " since " : "",
                     found.since);
    return status;
}

static bool add_statement(void *ctx, const struct holdfast_statement_row *row)
{
    return json_array_append_new(ctx, json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s}", "id", cli_json_id(&row->id),
                                                "kind", row->kind, "said_by", row->said_by, "words", row->words,
                                                "made_on", row->made_on, "answer", row->answer, "answer_reason",
                                                row->answer_reason)) == 0;
}

json_t *cli_disputes_json(struct cli *cli, const struct holdfast_id *record)
{
    struct holdfast_restriction found;
    json_t *statements = json_array();
    if (statements && holdfast_statements(cli->hf, record, add_statement, statements) == HOLDFAST_OK &&
        holdfast_get_restriction(cli->hf, record, &found) == HOLDFAST_OK)
        return json_pack("{s:o, s:o}", "statements", statements, "restriction",
                         found.in_force ? json_pack("{s:s, s:s, s:s}", "who", found.who, "ground", found.ground,
                                                    "since", found.since)
                                        : json_null());
    json_decref(statements);
    return NULL;
}

/* --- writing --- */

static enum cli_exit failed(struct cli *cli, struct holdfast_edit *edit, enum holdfast_status status)
{
    enum cli_exit code = cli_fail(cli, status);
    holdfast_edit_cancel(edit);
    return code;
}

/* The value of an option into a field; nothing without it. */
static enum holdfast_status take(struct cli *cli, struct holdfast_edit *edit, const char *option, const char *field)
{
    char *text = cli_option_text(cli, option);
    enum holdfast_status status = text ? holdfast_edit_set(edit, field, text) : HOLDFAST_OK;
    free(text);
    return status;
}

static enum cli_exit commit(struct cli *cli, struct holdfast_edit *edit, enum holdfast_status status)
{
    const struct holdfast_id id = holdfast_edit_id(edit);
    char text[HOLDFAST_ID_TEXT_BYTES];
    if (status == HOLDFAST_OK)
        status = holdfast_edit_commit(edit, NULL);
    if (status != HOLDFAST_OK)
        return failed(cli, edit, status);
    holdfast_id_format(&id, text);
    if (cli->json)
        return cli_print_json(json_pack("{s:s}", "record", text));
    (void)printf("%s  Saved here. It goes to the office with the next sync.\n", text);
    return CLI_DONE;
}

static bool nothing(void *ctx, const struct holdfast_field_row *field)
{
    (void)ctx;
    (void)field;
    return false;
}

/* Before anything is saved: what is saved without the right is kept, and has no effect. */
static void tell_right(struct cli *cli)
{
    bool officer = false;
    if (!cli->json && holdfast_is_officer(cli->hf, NULL, &officer) == HOLDFAST_OK && !officer)
        (void)fputs("You are no records officer, as far as this device knows. Only they restrict the use of an entry: "
                    "what you save now will be kept by the office without effect.\n",
                    stderr);
}

/* A new record of `type` about the entry that the first word names. */
static enum cli_exit begin(struct cli *cli, const char *type, struct holdfast_edit **out)
{
    struct holdfast_record_row row;
    struct holdfast_id record;
    if (!cli_id(cli->words[0], "RECORD", &record))
        return CLI_FAILED;
    enum holdfast_status status = holdfast_read(cli->hf, &record, &row, nothing, NULL);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_new(cli->hf, &row.case_id, type, &record, NULL, out);
    return status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
}

enum cli_exit cli_statement_add(struct cli *cli)
{
    struct holdfast_edit *edit = NULL;
    if (!cli_option(cli, "--words"))
        return cli_usage(cli);
    enum cli_exit code = begin(cli, "statement", &edit);
    if (code != CLI_DONE)
        return code;
    enum holdfast_status status = holdfast_edit_set(edit, "kind", cli_option(cli, "--adds") ? "adds" : "disputes");
    if (status == HOLDFAST_OK)
        status = holdfast_edit_set(edit, "answer", "open");
    if (status == HOLDFAST_OK)
        status = take(cli, edit, "--by", "said_by");
    if (status == HOLDFAST_OK)
        status = take(cli, edit, "--role", "role");
    if (status == HOLDFAST_OK)
        status = take(cli, edit, "--on", "made_on");
    if (status == HOLDFAST_OK)
        status = take(cli, edit, "--words", "words");
    return commit(cli, edit, status);
}

enum cli_exit cli_restriction_place(struct cli *cli)
{
    struct holdfast_edit *edit = NULL;
    if (!cli_option(cli, "--ground") || !cli_option(cli, "--reason"))
        return cli_usage(cli);
    tell_right(cli);
    enum cli_exit code = begin(cli, "restriction", &edit);
    if (code != CLI_DONE)
        return code;
    enum holdfast_status status =
        holdfast_edit_set(edit, "status", cli_option(cli, "--managers") ? "managers_and_office" : "office_only");
    if (status == HOLDFAST_OK)
        status = take(cli, edit, "--ground", "ground");
    if (status == HOLDFAST_OK)
        status = take(cli, edit, "--reason", "reason");
    if (status == HOLDFAST_OK)
        status = take(cli, edit, "--on", "from");
    return commit(cli, edit, status);
}

enum cli_exit cli_restriction_lift(struct cli *cli)
{
    struct holdfast_restriction found;
    struct holdfast_edit *edit = NULL;
    struct holdfast_id record;
    char *reason = cli_option_text(cli, "--reason");
    if (!reason)
        return cli_usage(cli);
    enum cli_exit code = CLI_FAILED;
    tell_right(cli);
    if (cli_id(cli->words[0], "RECORD", &record)) {
        enum holdfast_status status = holdfast_get_restriction(cli->hf, &record, &found);
        if (status == HOLDFAST_OK && !found.in_force)
            code = cli_refuse("The use of this entry is not restricted.");
        else if (status == HOLDFAST_OK)
            status = holdfast_edit_record(cli->hf, &found.id, &edit);
        if (status == HOLDFAST_OK && edit)
            status = holdfast_edit_set(edit, "status", "lifted");
        if (status == HOLDFAST_OK && edit)
            status = holdfast_edit_reason(edit, reason);
        if (edit)
            code = commit(cli, edit, status);
        else if (status != HOLDFAST_OK)
            code = cli_fail(cli, status);
    }
    free(reason);
    return code;
}
