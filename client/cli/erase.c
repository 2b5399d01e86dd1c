/* holdfast erase, holdfast hold: erasing a case takes two officers; a legal hold keeps it. */
#include "client/cli/cli.h"

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

enum cli_exit cli_erase_pass(struct cli *cli)
{
    char *words[CLI_WORDS_MAX + 3];
    char *text = NULL;
    size_t count = 0;
    words[count++] = cli_text(hf_slice_str(cli->command->words[0]));
    words[count++] = cli_text(hf_slice_str(cli->command->words[1]));
    for (size_t i = 0; i < cli->word_count; i++)
        words[count++] = cli_text(cli->words[i]);
    if (cli->json)
        words[count++] = cli_text(hf_slice_str("--json"));
    enum holdfast_status status = holdfast_office(cli->hf, count, (const char *const *)words, NULL, &text);
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    return say(cli, status, text);
}

enum cli_exit cli_erase_request(struct cli *cli)
{
    const struct hf_option *case_option = cli_option(cli, "--case");
    struct holdfast_id case_id;
    char *text = NULL;
    char *basis = cli_option_text(cli, "--basis");
    if (!case_option || !basis) {
        free(basis);
        return cli_usage(cli);
    }
    if (!cli_id(case_option->value, "case", &case_id)) {
        free(basis);
        return CLI_FAILED;
    }
    enum holdfast_status status = holdfast_erase_request(cli->hf, &case_id, basis, NULL, &text);
    free(basis);
    if (status == HOLDFAST_OK && !cli->json)
        (void)printf("Asked for. A second officer confirms it from their own device: `holdfast erase confirm ID --case "
                     "CASE`, with this ID:\n");
    return say(cli, status, text);
}

enum cli_exit cli_erase_confirm(struct cli *cli)
{
    const struct hf_option *case_option = cli_option(cli, "--case");
    struct holdfast_id erasure, case_id;
    char *text = NULL;
    if (!case_option)
        return cli_usage(cli);
    if (!cli_id(cli->words[0], "erasure", &erasure) || !cli_id(case_option->value, "case", &case_id))
        return CLI_FAILED;
    enum holdfast_status status = holdfast_erase_confirm(cli->hf, &erasure, &case_id, NULL, &text);
    return say(cli, status, text);
}
