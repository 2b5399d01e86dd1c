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

enum cli_exit cli_erase(struct cli *cli)
{
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
