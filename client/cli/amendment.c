/* Final, amended, deleted: commands about a record as a whole. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

typedef enum holdfast_status act_fn(struct holdfast *hf, const struct holdfast_id *record, const char *reason,
                                    struct holdfast_id *out_change);

static enum cli_exit done(struct cli *cli, const struct holdfast_id *record, const struct holdfast_id *change,
                          const char *text)
{
    if (cli->json)
        return cli_print_json(json_pack("{s:o, s:o}", "record", cli_json_id(record), "change", cli_json_id(change)));
    (void)puts(text);
    return CLI_DONE;
}

static enum cli_exit act(struct cli *cli, act_fn *run, bool needs_reason, const char *text)
{
    struct holdfast_id record, change;
    if (!cli_id(cli->words[0], "RECORD", &record))
        return CLI_FAILED;
    if (needs_reason && !cli_option(cli, "--reason"))
        return cli_usage(cli);
    char *reason = cli_option_text(cli, "--reason");
    enum holdfast_status status = run(cli->hf, &record, reason, &change);
    free(reason);
    return status == HOLDFAST_OK ? done(cli, &record, &change, text) : cli_fail(cli, status);
}

enum cli_exit cli_record_finalise(struct cli *cli)
{
    return act(cli, holdfast_finalise, false, "Final. Saved here; from now on it is amended, not edited.");
}

enum cli_exit cli_record_delete(struct cli *cli)
{
    return act(cli, holdfast_delete, true, "Deleted. Saved here; its words stay in the history.");
}

enum cli_exit cli_record_restore(struct cli *cli)
{
    return act(cli, holdfast_restore, true, "Restored. Saved here.");
}

/* --- amendments --- */

struct amendments {
    json_t *json; /* NULL: text */
    size_t count;
    bool failed;
};

static json_t *fields_json(const struct holdfast_amendment_row *row)
{
    json_t *fields = json_array();
    for (size_t i = 0; fields && i < row->field_count; i++) {
        const struct holdfast_amendment_field *field = &row->fields[i];
        json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "field", field->field, "label", field->label, "original",
                                   field->original, "proposed", field->proposed);
        if (!object || json_array_append_new(fields, object) != 0)
            return NULL;
    }
    return fields;
}

static bool row_json(struct amendments *all, const struct holdfast_amendment_row *row)
{
    json_t *object =
        json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:o}", "amendment",
                  cli_json_id(&row->id), "record", cli_json_id(&row->record), "case", cli_json_id(&row->case_id),
                  "type", row->type, "state", row->state, "author", row->author, "device", row->device, "reason",
                  row->reason, "time", cli_json_time(row->time_ms), "fields", fields_json(row), "decided_by",
                  row->decided_by, "decision_reason", row->decision_reason, "decided", cli_json_time(row->decided_ms));
    all->failed = !object || json_array_append_new(all->json, object) != 0;
    return !all->failed;
}

static void put_line(const char *what, const char *text)
{
    (void)printf("  %s ", what);
    cli_put(stdout, text);
    (void)putchar('\n');
}

static bool show(void *ctx, const struct holdfast_amendment_row *row)
{
    struct amendments *all = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES], record[HOLDFAST_ID_TEXT_BYTES], when[CLI_TIME_BYTES];
    all->count++;
    if (all->json)
        return row_json(all, row);
    holdfast_id_format(&row->id, id);
    holdfast_id_format(&row->record, record);
    cli_time(row->time_ms, when);
    (void)printf("%s  %s of %s %s, proposed by ", id, row->state, row->type, record);
    cli_put(stdout, row->author[0] ? row->author : "somebody unknown here");
    (void)printf(", %s\n", when);
    put_line("why:",
             row->reason[0] ? row->reason : "(no reason given: made without knowing that the record was final)");
    for (size_t i = 0; i < row->field_count; i++) {
        put_line("field:", row->fields[i].label);
        (void)puts("    original");
        cli_put_block(row->fields[i].original[0] ? row->fields[i].original : "(nothing)", 6);
        (void)puts("    proposed");
        cli_put_block(row->fields[i].proposed[0] ? row->fields[i].proposed : "(cleared)", 6);
    }
    if (row->decided_ms) {
        put_line("decided by:", row->decided_by);
        put_line("because:", row->decision_reason);
    }
    return true;
}

enum cli_exit cli_amendment_list(struct cli *cli)
{
    struct holdfast_id record;
    struct amendments all = {.json = cli->json ? json_array() : NULL};
    const struct hf_option *option = cli_option(cli, "--record");
    if (option && !cli_id(option->value, "--record", &record))
        return CLI_FAILED;
    enum holdfast_status status =
        holdfast_amendments(cli->hf, option ? &record : NULL, cli_option(cli, "--open") != NULL, show, &all);
    if (status != HOLDFAST_OK || all.failed) {
        json_decref(all.json);
        return all.failed ? cli_refuse("There is not enough memory.") : cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(all.json);
    if (all.count == 0)
        (void)puts("No amendments.");
    return CLI_DONE;
}

static enum cli_exit answer(struct cli *cli, bool accept)
{
    struct holdfast_id record, amendment, change;
    if (!cli_id(cli->words[0], "RECORD", &record) || !cli_id(cli->words[1], "AMENDMENT", &amendment))
        return CLI_FAILED;
    if (!cli_option(cli, "--reason"))
        return cli_usage(cli);
    char *reason = cli_option_text(cli, "--reason");
    enum holdfast_status status = (accept ? holdfast_amendment_accept
                                          : holdfast_amendment_decline)(cli->hf, &record, &amendment, reason, &change);
    free(reason);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    return done(cli, &record, &change,
                accept ? "Accepted. Saved here; the original stays in the history."
                       : "Declined. Saved here; the proposal stays in the list.");
}

enum cli_exit cli_amendment_accept(struct cli *cli)
{
    return answer(cli, true);
}

enum cli_exit cli_amendment_decline(struct cli *cli)
{
    return answer(cli, false);
}
