/* holdfast office: one of the office's commands, asked from a device. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* What the office's server said is text of somebody else: line by line, made harmless. */
static void put_lines(char *text)
{
    for (char *line = text; *line;) {
        char *end = line + strcspn(line, "\n");
        const bool last = *end == '\0';
        *end = '\0';
        cli_put(stdout, line);
        (void)fputc('\n', stdout);
        line = last ? end : end + 1;
    }
}

enum cli_exit cli_office(struct cli *cli)
{
    char *words[CLI_WORDS_MAX + 1];
    char *text = NULL;
    size_t count = 0;
    for (; count < cli->word_count; count++)
        words[count] = cli_text(cli->words[count]);
    if (cli->json && count < CLI_WORDS_MAX)
        words[count++] = cli_text(hf_slice_str("--json"));
    enum holdfast_status status = holdfast_office(cli->hf, count, (const char *const *)words, NULL, &text);
    enum cli_exit code = CLI_DONE;
    if (status == HOLDFAST_OK)
        put_lines(text);
    else
        code = cli_fail(cli, status);
    if (status == HOLDFAST_INVALID)
        code = CLI_USAGE;
    holdfast_text_free(text);
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    return code;
}
