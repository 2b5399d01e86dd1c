/* holdfast held: changes that are logged without effect, and what the office decides about them. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* --- list --- */

struct held_show {
    json_t *json;
    size_t count;
};

static bool show_held(void *ctx, const struct holdfast_held_row *row)
{
    struct held_show *show = ctx;
    char change[HOLDFAST_ID_TEXT_BYTES], time[CLI_TIME_BYTES];
    show->count++;
    if (show->json) {
        json_t *object = json_pack("{s:o, s:o, s:o, s:s, s:o, s:s, s:s, s:b, s:b}", "change", cli_json_id(&row->change),
                                   "case", cli_json_id(&row->case_id), "record", cli_json_id(&row->record), "kind",
                                   row->type, "time", cli_json_time(row->time_ms), "author", row->author, "why",
                                   row->why, "own", row->own, "releasable", row->releasable);
        return object && json_array_append_new(show->json, object) == 0;
    }
    holdfast_id_format(&row->change, change);
    cli_time(row->time_ms, time);
    (void)printf("%s  %s by ", change, time);
    cli_put(stdout, row->author[0] ? row->author : "somebody unknown here");
    (void)fputs(row->type[0] ? ": " : "", stdout);
    cli_put(stdout, row->type);
    (void)fputs("\n", stdout);
    cli_put_block(row->why, 2);
    return true;
}

enum cli_exit cli_held_list(struct cli *cli)
{
    struct held_show show = {.json = cli->json ? json_array() : NULL};
    enum holdfast_status status = holdfast_held(cli->hf, show_held, &show);
    if (status != HOLDFAST_OK) {
        json_decref(show.json);
        return cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(show.json);
    if (show.count == 0)
        (void)printf("Nothing is held.\n");
    return CLI_DONE;
}

/* --- release, refuse --- */

static enum cli_exit settle(struct cli *cli, bool release)
{
    struct holdfast_id change;
    char *reason = cli_option_text(cli, "--reason");
    enum cli_exit code = reason ? CLI_DONE : cli_usage(cli);
    size_t done = 0;
    for (; code == CLI_DONE && done < cli->word_count; done++) {
        if (!cli_id(cli->words[done], "change", &change)) {
            code = CLI_FAILED;
            break;
        }
        enum holdfast_status status = holdfast_settle_held(cli->hf, &change, release, reason);
        if (status != HOLDFAST_OK) {
            code = cli_fail(cli, status);
            break;
        }
    }
    free(reason);
    if (code != CLI_DONE)
        return code;
    if (cli->json)
        return cli_print_json(json_pack("{s:I, s:b}", "settled", (json_int_t)done, "released", release));
    (void)printf(release ? "Signed. It counts when this device has synced; everybody's devices follow.\n"
                         : "Signed. It never counts, and stays in the log; everybody is told at their next sync.\n");
    return CLI_DONE;
}

enum cli_exit cli_held_release(struct cli *cli)
{
    return settle(cli, true);
}

enum cli_exit cli_held_refuse(struct cli *cli)
{
    return settle(cli, false);
}

/* --- again --- */

enum cli_exit cli_held_again(struct cli *cli)
{
    struct holdfast_id change, record;
    char text[HOLDFAST_ID_TEXT_BYTES];
    if (!cli_id(cli->words[0], "CHANGE", &change))
        return CLI_FAILED;
    enum holdfast_status status = holdfast_say_again(cli->hf, &change, &record);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:o}", "record", cli_json_id(&record)));
    holdfast_id_format(&record, text);
    (void)printf("Saved here again, as record %s.\n", text);
    return CLI_DONE;
}
