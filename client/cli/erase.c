/* holdfast erase, holdfast hold: erasing a case takes two officers; a legal hold keeps it. */
#include "client/cli/cli.h"

#include "core/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum cli_exit say(struct cli *cli, enum holdfast_status status, char *text)
{
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        cli_put(stdout, line);
        (void)fputc('\n', stdout);
    }
    holdfast_text_free(text);
    return CLI_DONE;
}

/* Everything but the two signatures is the office's to do. */
static enum cli_exit pass_on(struct cli *cli)
{
    char *words[CLI_WORDS_MAX + 2];
    char *text = NULL;
    size_t count = 0;
    words[count++] = cli_text(hf_slice_str(cli->command->words[0]));
    for (size_t i = 0; i < cli->word_count; i++)
        words[count++] = cli_text(cli->words[i]);
    if (cli->json)
        words[count++] = cli_text(hf_slice_str("--json"));
    enum holdfast_status status = holdfast_office(cli->hf, count, (const char *const *)words, NULL, &text);
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    return say(cli, status, text);
}

static enum cli_exit request(struct cli *cli, const struct holdfast_id *case_id, struct hf_slice basis)
{
    char *text = NULL;
    char *code = cli_text(basis);
    enum holdfast_status status = holdfast_erase_request(cli->hf, case_id, code, NULL, &text);
    free(code);
    if (status == HOLDFAST_OK && !cli->json)
        (void)printf("Asked for. A second officer confirms it from their own device: `holdfast erase confirm ID --case "
                     "CASE`, with this ID:\n");
    return say(cli, status, text);
}

static enum cli_exit confirm(struct cli *cli, const struct holdfast_id *case_id, struct hf_slice word)
{
    struct holdfast_id erasure;
    char *text = NULL;
    if (!cli_id(word, "erasure", &erasure))
        return CLI_FAILED;
    enum holdfast_status status = holdfast_erase_confirm(cli->hf, &erasure, case_id, NULL, &text);
    return say(cli, status, text);
}

/* --- due --- */

struct due {
    struct cli *cli;
    bool all;
    json_t *rows; /* NULL: text */
    size_t count;
};

static json_t *due_json(const struct holdfast_retention_row *row, const char *id)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:I, s:I, s:s, s:s, s:s, s:s, s:b, s:b}", "case", id, "reference",
                     row->reference, "until", row->until, "from", row->from, "from_day", row->from_day, "years",
                     (int)row->years, "days", (json_int_t)row->days, "days_left", (json_int_t)row->days_left, "source",
                     row->source, "policy", row->policy, "version", row->version, "missing", row->missing, "over",
                     row->is_over, "hold", row->on_hold);
}

/* The rule and the days, so that anybody can count them again. */
static void print_counted(const struct holdfast_retention_row *row)
{
    (void)printf("    counted from %s: %ld days, ", row->from_day, row->days);
    (void)printf(row->days_left < 0 ? "over for %ld" : "%ld left",
                 row->days_left < 0 ? -row->days_left : row->days_left);
    (void)fputs("; rule: ", stdout);
    cli_put(stdout, row->source[0] ? row->source : "of the procedure");
    (void)fputs(" (", stdout);
    cli_put(stdout, row->policy);
    (void)putchar(' ');
    cli_put(stdout, row->version);
    (void)fputs(")\n", stdout);
}

static bool show_due(void *ctx, const struct holdfast_retention_row *row)
{
    struct due *due = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    if (!row->is_over && !due->all)
        return true;
    due->count++;
    holdfast_id_format(&row->case_id, id);
    if (due->rows)
        return json_array_append_new(due->rows, due_json(row, id)) == 0;
    (void)printf("%s  ", id);
    cli_put_column(row->reference, 16, false);
    if (row->missing[0])
        (void)printf("  %s is not on record, or stands there twice: it is kept", row->missing);
    else if (!row->until[0])
        (void)printf("  nothing says until when it is kept: it is kept");
    else
        (void)printf("  kept until %s (%u years from %s)%s", row->until, row->years, row->from,
                     row->is_over ? ", over" : "");
    (void)printf("%s\n", row->on_hold ? "; a legal hold keeps it" : "");
    if (row->until[0])
        print_counted(row);
    return true;
}

/* The end of a day, in Unix ms; false when it is none. */
static bool end_of_day(struct hf_slice day, uint64_t *out_ms)
{
    char text[32];
    if (day.len != 10)
        return false;
    (void)snprintf(text, sizeof text, "%.10sT23:59:59Z", (const char *)day.data);
    return hf_text_parse_time(hf_slice_str(text), out_ms) == HF_OK;
}

static enum cli_exit list_due(struct cli *cli)
{
    struct hf_option options[] = {{.name = "--as-of", .has_value = true}, {.name = "--all"}};
    struct hf_slice words[1];
    struct due due = {.cli = cli, .rows = cli->json ? json_array() : NULL};
    uint64_t as_of_ms = 0;
    size_t count = 0;
    if (hf_options_parse(cli->words, cli->word_count, options, 2, words, 1, &count, NULL) != HF_OK || count != 1 ||
        (options[0].seen && !end_of_day(options[0].value, &as_of_ms))) {
        json_decref(due.rows);
        return cli_usage(cli);
    }
    due.all = options[1].seen;
    const enum holdfast_status status = holdfast_retention(cli->hf, as_of_ms, show_due, &due);
    if (status != HOLDFAST_OK) {
        json_decref(due.rows);
        return cli_fail(cli, status);
    }
    if (due.rows)
        return cli_print_json(due.rows);
    if (due.count == 0)
        (void)printf("No case on this device has been kept long enough.\n");
    return CLI_DONE;
}

static enum cli_exit close_copy(struct cli *cli)
{
    struct hf_option options[] = {{.name = "--case", .has_value = true},
                                  {.name = "--device", .has_value = true},
                                  {.name = "--what", .has_value = true},
                                  {.name = "--reason", .has_value = true}};
    struct hf_slice words[1];
    struct holdfast_id case_id;
    char *texts[3] = {NULL};
    size_t count = 0;
    if (hf_options_parse(cli->words, cli->word_count, options, 4, words, 1, &count, NULL) != HF_OK || count != 1 ||
        !options[0].seen || !options[1].seen || !options[2].seen || !options[3].seen)
        return cli_usage(cli);
    if (!cli_id(options[0].value, "case", &case_id))
        return CLI_FAILED;
    for (size_t i = 0; i < 3; i++)
        texts[i] = cli_text(options[i + 1].value);
    const enum holdfast_status status = holdfast_erase_close(cli->hf, &case_id, texts[0], texts[1], texts[2]);
    for (size_t i = 0; i < 3; i++)
        free(texts[i]);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:b}", "done", 1));
    (void)puts(
        "Saved here, with your signature. It goes to the office with the next sync. Nothing was destroyed by it.");
    return CLI_DONE;
}

enum cli_exit cli_erase(struct cli *cli)
{
    if (strcmp(cli->command->words[0], "erase") == 0 && hf_slice_equal(cli->words[0], hf_slice_str("close")))
        return close_copy(cli);
    if (strcmp(cli->command->words[0], "erase") == 0 && hf_slice_equal(cli->words[0], hf_slice_str("due")))
        return list_due(cli);
    struct hf_option options[] = {{.name = "--case", .has_value = true}, {.name = "--basis", .has_value = true}};
    struct hf_slice words[2];
    struct holdfast_id case_id;
    size_t count = 0;
    const bool asks = hf_slice_equal(cli->words[0], hf_slice_str("request"));
    const bool confirms = hf_slice_equal(cli->words[0], hf_slice_str("confirm"));
    if (strcmp(cli->command->words[0], "erase") != 0 || (!asks && !confirms))
        return pass_on(cli);
    if (hf_options_parse(cli->words, cli->word_count, options, 2, words, 2, &count, NULL) != HF_OK ||
        !options[0].seen || count != (asks ? 1u : 2u) || options[1].seen != (asks ? 1u : 0u))
        return cli_usage(cli);
    if (!cli_id(options[0].value, "case", &case_id))
        return CLI_FAILED;
    return asks ? request(cli, &case_id, options[1].value) : confirm(cli, &case_id, words[1]);
}
