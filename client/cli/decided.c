/* Decisions about a clash that the person at this device is told of until they have seen them. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

json_t *cli_decided_json(const struct holdfast_decided *decided)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:s, s:s}", "decision",
                     cli_json_id(&decided->change), "about", decided->about, "record", cli_json_id(&decided->record),
                     "case", cli_json_id(&decided->case_id), "type", decided->type, "field", decided->field, "label",
                     decided->label, "author", decided->author, "time", cli_json_time(decided->time_ms), "reason",
                     decided->reason, "chosen", (int)decided->chosen, "own", decided->own, "taken", decided->taken);
}

struct told {
    json_t *json; /* NULL: text */
    size_t count;
    bool failed;
};

static bool show(void *ctx, const struct holdfast_decided *decided)
{
    struct told *told = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    told->count++;
    if (told->json) {
        told->failed = json_array_append_new(told->json, cli_decided_json(decided)) != 0;
        return !told->failed;
    }
    holdfast_id_format(&decided->record, id);
    (void)printf("%s  %s, %s (%s): decided by ", id, decided->type, decided->label, decided->field);
    cli_put(stdout, decided->author[0] ? decided->author : "somebody unknown here");
    (void)puts(decided->chosen ? "; what you wrote stands" : "; what you wrote was not chosen");
    return true;
}

enum holdfast_status cli_show_told(struct cli *cli, const struct holdfast_id *record, json_t *json, size_t *out_count)
{
    struct told told = {.json = json};
    enum holdfast_status status = holdfast_decisions_told(cli->hf, record, show, &told);
    *out_count = told.count;
    return told.failed ? HOLDFAST_NOMEM : status;
}

/* --- seen --- */

struct changes {
    struct holdfast_id *at;
    size_t count;
    bool failed;
};

static bool gather(void *ctx, const struct holdfast_decided *decided)
{
    struct changes *changes = ctx;
    struct holdfast_id *more = realloc(changes->at, (changes->count + 1) * sizeof *more);
    changes->failed = !more;
    if (!more)
        return false;
    changes->at = more;
    changes->at[changes->count++] = decided->change;
    return true;
}

enum holdfast_status cli_told_is_seen(struct cli *cli, const struct holdfast_id *record)
{
    struct changes changes = {0};
    enum holdfast_status status = holdfast_decisions_told(cli->hf, record, gather, &changes);
    if (changes.failed)
        status = HOLDFAST_NOMEM;
    for (size_t i = 0; status == HOLDFAST_OK && i < changes.count; i++)
        status = holdfast_decision_seen(cli->hf, &changes.at[i]);
    free(changes.at);
    return status;
}
