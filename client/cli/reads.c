/* Why somebody reads, for the read log. */
#include "client/cli/cli.h"

#include <stdlib.h>

enum cli_exit cli_because(struct cli *cli)
{
    char *reason = cli_option_text(cli, "--because");
    enum cli_exit code = CLI_DONE;
    if (reason && cli->hf && holdfast_get_state(cli->hf) == HOLDFAST_UNLOCKED) {
        const enum holdfast_status status = holdfast_reading_because(cli->hf, NULL, reason);
        if (status != HOLDFAST_OK && status != HOLDFAST_EXPIRED)
            code = cli_fail(cli, status);
    }
    free(reason);
    return code;
}

enum cli_exit cli_read_why(struct cli *cli)
{
    struct holdfast_id id;
    struct holdfast_case_reading reading;
    if (!cli_id(cli->words[0], "CASE", &id))
        return CLI_FAILED;
    const enum holdfast_status status = holdfast_get_case_reading(cli->hf, &id, &reading);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:b, s:s}", "own", reading.is_own, "reason", reading.reason));
    (void)printf(reading.is_own ? "This case is yours: its reading is noted, and no reason is asked for.\n"
                                : "This case is not yours. Say why you read it: --because TEXT.\n");
    return CLI_DONE;
}
