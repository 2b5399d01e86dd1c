/* Why somebody reads, for the read log. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALSO_MAX 64 /* names to mark that are given by hand */

enum cli_exit cli_because(struct cli *cli)
{
    char *reason = cli_option_text(cli, "--because");
    enum cli_exit code = CLI_DONE;
    if (reason && cli->hf && holdfast_get_state(cli->hf) == HOLDFAST_UNLOCKED) {
        const enum holdfast_status status = holdfast_reading_because(cli->hf, NULL, reason);
        if (status != HOLDFAST_OK && status != HOLDFAST_EXPIRED && status != HOLDFAST_REVOKED)
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

enum cli_exit cli_sar_export(struct cli *cli)
{
    struct holdfast_id id;
    char *out = cli_option_text(cli, "--out");
    char *reason = cli_option_text(cli, "--reason");
    char *names = cli_option_text(cli, "--also");
    const char *also[ALSO_MAX];
    struct holdfast_sar sar = {.reason = reason, .final = cli_option(cli, "--final") != NULL, .also = also};
    for (char *name = names ? strtok(names, ";") : NULL; name && sar.also_count < ALSO_MAX; name = strtok(NULL, ";"))
        also[sar.also_count++] = name + strspn(name, " ");
    enum cli_exit code = CLI_FAILED;
    if (!out || !reason) {
        code = cli_usage(cli);
    } else if (cli_id(cli->words[0], "CASE", &id)) {
        const enum holdfast_status status = holdfast_sar_export(cli->hf, &id, out, &sar);
        if (status != HOLDFAST_OK)
            code = cli_fail(cli, status);
        else if (cli->json)
            code = cli_print_json(json_pack("{s:s, s:b}", "folder", out, "final", sar.final));
        else
            code = CLI_DONE;
        if (code == CLI_DONE && !cli->json)
            (void)printf(
                "%s holds the copy: your-story.html opens in any browser.\n%s", out,
                sar.final ? "A person has to have read every line of it before it is given out.\n"
                          : "Not to be given out yet: a person has to read every line. The program marks the names "
                            "that it knows,\nand does not know all of them. Then a records officer makes it again with "
                            "--final.\n");
    }
    free(out);
    free(names);
    free(reason);
    return code;
}
