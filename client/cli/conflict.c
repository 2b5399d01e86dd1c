/* Clashes: list, side by side, settle. */
#include "client/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CLASH_VALUES_MAX 64

struct clashes {
    json_t *json; /* NULL: text */
    bool whole;   /* with every value */
    size_t count;
    bool failed;
};

static json_t *values_json(const struct holdfast_conflict_row *row)
{
    json_t *values = json_array();
    for (size_t i = 0; values && i < row->value_count; i++) {
        const struct holdfast_conflict_value *value = &row->values[i];
        json_t *object =
            json_pack("{s:o, s:s, s:s, s:s, s:I, s:b, s:o, s:I}", "change", cli_json_id(&value->change), "value",
                      value->value, "author", value->author, "device", value->device, "device_number",
                      (json_int_t)value->device_number, "this_device", (int)value->this_device, "time",
                      cli_json_time(value->time_ms), "clock_offset_ms", (json_int_t)value->clock_offset_ms);
        if (!object || json_array_append_new(values, object) != 0)
            return NULL;
    }
    return values;
}

static json_t *suggestion_json(const struct holdfast_conflict_row *row)
{
    static const char *const by[] = {"nobody", "first", "second", "both"};
    if (row->suggestion[0] == '\0')
        return json_null();
    json_t *parts = json_array();
    for (size_t i = 0; parts && i < row->suggestion_part_count; i++) {
        const struct holdfast_suggestion_part *part = &row->suggestion_parts[i];
        json_t *object =
            json_pack("{s:s, s:s, s:b}", "text", part->text, "by", by[part->by], "removed", (int)part->removed);
        if (!object || json_array_append_new(parts, object) != 0)
            return NULL;
    }
    return json_pack("{s:s, s:o}", "value", row->suggestion, "parts", parts);
}

static bool clash_json(struct clashes *clashes, const struct holdfast_conflict_row *row)
{
    json_t *object = json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "record",
                               cli_json_id(&row->record), "case", cli_json_id(&row->case_id), "type", row->type,
                               "field", row->field, "label", row->label, "clash", row->code, "base", row->base,
                               "decider", row->decider, "values", values_json(row), "merged", suggestion_json(row));
    clashes->failed = !object || json_array_append_new(clashes->json, object) != 0;
    return !clashes->failed;
}

static void print_text(const char *text, const char *none)
{
    cli_put_block(text[0] ? text : none, 5);
}

/* Each paragraph with whose it is: what one side changed shows as taken out and put in. */
static void print_suggestion(const struct holdfast_conflict_row *row)
{
    static const char *const marks[] = {"  ", "1 ", "2 ", "12"};
    if (row->suggestion[0] == '\0')
        return;
    (void)puts(
        "  m  both together: they changed different paragraphs (+ put in, - taken out, by 1 or 2). Read it first.");
    for (size_t i = 0; i < row->suggestion_part_count; i++) {
        const struct holdfast_suggestion_part *part = &row->suggestion_parts[i];
        bool same = part->by == HOLDFAST_BY_NOBODY;
        (void)printf("      %s%s", same ? " " : part->removed ? "-" : "+", marks[part->by]);
        (void)putchar(' ');
        cli_put(stdout, part->text);
        (void)putchar('\n');
    }
}

/* "device 2 (its clock was 3 hours fast)" */
static void print_device(const struct holdfast_conflict_value *value)
{
    if (value->this_device)
        (void)fputs("this device", stdout);
    else if (value->device_number > 0)
        (void)printf("device %" PRIu64, value->device_number);
    else
        (void)printf("device %.16s", value->device);
    if (value->clock_text[0])
        (void)printf(" (its clock was %s)", value->clock_text);
    (void)putchar('\n');
}

static void print_values(const struct holdfast_conflict_row *row)
{
    char when[CLI_TIME_BYTES];
    (void)printf("  clash %s; both started from\n", row->code);
    print_text(row->base, "(nothing)");
    for (size_t i = 0; i < row->value_count; i++) {
        const struct holdfast_conflict_value *value = &row->values[i];
        cli_time(value->time_ms, when);
        (void)printf("  %zu  ", i + 1);
        cli_put(stdout, value->author[0] ? value->author : "somebody unknown here");
        (void)printf(", %s, ", when);
        print_device(value);
        print_text(value->value, "(cleared)");
    }
    print_suggestion(row);
    (void)fputs("  to be decided by ", stdout);
    cli_put(stdout, row->decider);
    (void)putchar('\n');
}

static bool show_clash(void *ctx, const struct holdfast_conflict_row *row)
{
    struct clashes *clashes = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    clashes->count++;
    if (clashes->json)
        return clash_json(clashes, row);
    holdfast_id_format(&row->record, id);
    (void)printf("%s  %s, %s (%s): %zu values\n", id, row->type, row->label, row->field, row->value_count);
    if (clashes->whole)
        print_values(row);
    return true;
}

static enum cli_exit show_clashes(struct cli *cli, const struct holdfast_id *record, bool whole)
{
    struct clashes clashes = {.json = cli->json ? json_array() : NULL, .whole = whole};
    enum holdfast_status status = holdfast_conflicts(cli->hf, record, show_clash, &clashes);
    if (status != HOLDFAST_OK || clashes.failed) {
        json_decref(clashes.json);
        return clashes.failed ? cli_refuse("There is not enough memory.") : cli_fail(cli, status);
    }
    size_t told = 0;
    if (!whole || cli->json)
        status = cli_show_told(cli, record, clashes.json, &told);
    if (status != HOLDFAST_OK) {
        json_decref(clashes.json);
        return cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(clashes.json);
    if (clashes.count == 0)
        (void)puts("Nothing to settle.");
    if (whole && record) /* those whose value was not chosen are told, here too */
        status = cli_print_decided(cli, record);
    if (status == HOLDFAST_OK && whole && record)
        status = cli_told_is_seen(cli, record);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (told > 0)
        (void)puts("Look at a decision with: holdfast conflict show RECORD");
    if (clashes.count > 0 && whole)
        (void)puts("Settle each with: holdfast conflict settle RECORD FIELD --clash CODE --pick NUMBER --reason TEXT");
    return CLI_DONE;
}

enum cli_exit cli_conflict_list(struct cli *cli)
{
    struct holdfast_id record;
    const struct hf_option *option = cli_option(cli, "--record");
    if (option && !cli_id(option->value, "--record", &record))
        return CLI_FAILED;
    return show_clashes(cli, option ? &record : NULL, false);
}

enum cli_exit cli_conflict_show(struct cli *cli)
{
    struct holdfast_id record;
    if (!cli_id(cli->words[0], "RECORD", &record))
        return CLI_FAILED;
    return show_clashes(cli, &record, true);
}

/* --- settle
 * ------------------------------------------------------------------------------------------------------------------------
 */

/* The clash that the person means: it must have the code that they were shown. */
struct shown {
    const char *field;
    const char *code;
    bool found;
    bool same;
    size_t count;
    struct holdfast_id seen[CLASH_VALUES_MAX];
    char *merged; /* owned; NULL: there is no suggestion */
};

static bool find_shown(void *ctx, const struct holdfast_conflict_row *row)
{
    struct shown *shown = ctx;
    if (strcmp(row->field, shown->field) != 0)
        return true;
    shown->found = true;
    shown->same = strcasecmp(row->code, shown->code) == 0 && row->value_count <= CLASH_VALUES_MAX;
    for (size_t i = 0; shown->same && i < row->value_count; i++)
        shown->seen[shown->count++] = row->values[i].change;
    if (shown->same && row->suggestion[0])
        shown->merged = cli_text(hf_slice_str(row->suggestion));
    return false;
}

static enum cli_exit check_shown(struct cli *cli, const struct holdfast_id *record, struct shown *shown)
{
    enum holdfast_status status = holdfast_conflicts(cli->hf, record, find_shown, shown);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (!shown->found)
        return cli_refuse("There is no clash in %s: it was settled, or the name is not right. Nothing was settled; "
                          "`holdfast conflict show` and `holdfast record history` say more.",
                          shown->field);
    if (!shown->same)
        return cli_refuse("The clash in %s is not the one with the code %s: a value came or went since. Nothing was "
                          "settled. Look again with `holdfast conflict show`, then decide with the code it prints.",
                          shown->field, shown->code);
    return CLI_DONE;
}

static bool is_merged(const char *pick)
{
    return pick && (strcmp(pick, "merged") == 0 || strcmp(pick, "m") == 0);
}

/* --pick takes the number that `conflict show` prints, or the id of the change. */
static enum cli_exit find_pick(const struct shown *shown, const char *pick, struct holdfast_id *out)
{
    char *end = NULL;
    if (holdfast_id_parse(pick, out) == HOLDFAST_OK)
        return CLI_DONE;
    unsigned long number = strtoul(pick, &end, 10);
    if (!end || *end || number == 0)
        return cli_refuse(
            "--pick takes the number of a value as `holdfast conflict show` prints it, or the id of a change.");
    if (number > shown->count)
        return cli_refuse("There is no value %lu to pick in %s. `holdfast conflict show` prints them.", number,
                          shown->field);
    *out = shown->seen[number - 1];
    return CLI_DONE;
}

static enum cli_exit settle(struct cli *cli, const struct holdfast_id *record, const struct shown *shown,
                            const struct holdfast_decision *decision)
{
    struct holdfast_id change;
    enum holdfast_status status = holdfast_settle(cli->hf, record, shown->field, decision, &change);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:o, s:o}", "record", cli_json_id(record), "change", cli_json_id(&change)));
    (void)puts("Settled. Saved here; everybody sees it after the next sync.");
    return CLI_DONE;
}

enum cli_exit cli_conflict_settle(struct cli *cli)
{
    struct holdfast_id record, picked;
    if (!cli_id(cli->words[0], "RECORD", &record))
        return CLI_FAILED;
    if (!cli_option(cli, "--clash") || !cli_option(cli, "--reason") ||
        !cli_option(cli, "--pick") == !cli_option(cli, "--value"))
        return cli_usage(cli);
    char *field = cli_text(cli->words[1]);
    char *clash = cli_option_text(cli, "--clash");
    char *pick = cli_option_text(cli, "--pick");
    char *value = cli_option_text(cli, "--value");
    char *reason = cli_option_text(cli, "--reason");
    struct shown shown = {.field = field, .code = clash};
    enum cli_exit code = check_shown(cli, &record, &shown);
    bool merged = is_merged(pick);
    if (code == CLI_DONE && merged && !shown.merged)
        code = cli_refuse("There is no merged text of the clash in %s: both changed the same paragraph, or it is no "
                          "clash of two texts. Pick one, or write one with --value.",
                          field);
    else if (code == CLI_DONE && pick && !merged)
        code = find_pick(&shown, pick, &picked);
    if (code == CLI_DONE)
        code = settle(cli, &record, &shown,
                      &(struct holdfast_decision){.seen = shown.seen,
                                                  .seen_count = shown.count,
                                                  .pick = pick && !merged ? &picked : NULL,
                                                  .value = merged ? shown.merged : value,
                                                  .reason = reason});
    free(shown.merged);
    free(field);
    free(clash);
    free(pick);
    free(value);
    free(reason);
    return code;
}
