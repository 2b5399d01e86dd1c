/* holdfast attention: what waits for a person on this device. */
#include "client/cli/cli.h"

#include <string.h>

struct attention_show {
    json_t *json;
    size_t count;
};

static bool show_notice(void *ctx, const struct holdfast_notice *notice)
{
    static const struct holdfast_id none;
    struct attention_show *show = ctx;
    show->count++;
    if (show->json) {
        json_t *object = json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o*}", "kind", notice->kind, "text",
                                   notice->text, "count", (json_int_t)notice->count, "since",
                                   cli_json_time(notice->since_ms), "case", cli_json_id(&notice->case_id), "record",
                                   cli_json_id(&notice->record), "change", cli_json_id(&notice->change), "decided",
                                   notice->decided ? cli_decided_json(notice->decided) : NULL);
        return object && json_array_append_new(show->json, object) == 0;
    }
    (void)printf("%s\n", notice->kind);
    cli_put_block(notice->text, 2);
    if (memcmp(&notice->record, &none, sizeof none) != 0) {
        char record[HOLDFAST_ID_TEXT_BYTES];
        holdfast_id_format(&notice->record, record);
        (void)printf("  record %s\n", record);
    }
    return true;
}

enum cli_exit cli_attention(struct cli *cli)
{
    struct attention_show show = {.json = cli->json ? json_array() : NULL};
    enum holdfast_status status = holdfast_attention(cli->hf, show_notice, &show);
    if (status != HOLDFAST_OK) {
        json_decref(show.json);
        return cli_fail(cli, status);
    }
    const enum cli_exit code = show.count > 0 ? CLI_ATTENTION : CLI_DONE;
    if (show.json)
        return cli_print_json(show.json) == CLI_DONE ? code : CLI_FAILED;
    if (show.count == 0)
        (void)printf("Nothing needs your attention.\n");
    return code;
}
