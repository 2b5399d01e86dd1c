/* holdfast: the command for field workers, the office and auditors. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const common_options[] = {
    "--replica=", "--passphrase-file=", "--read-only", "--because=", "--json", "--help", NULL};

/* --- help
 * ----------------------------------------------------------------------------------------------------------------- */

static const char common_help[] =
    "Options of every command:\n"
    "  --replica DIR          the device's folder (or HOLDFAST_REPLICA)\n"
    "  --passphrase-file F    its first line is the passphrase (or HOLDFAST_PASSPHRASE_FILE); else it is asked for\n"
    "  --read-only            changes nothing in the folder, which may be on a disk that cannot be written\n"
    "  --because TEXT         why you read a case that is not yours; it stands in the read log\n"
    "  --json                 data as JSON; an error is then one object on standard error, {\"error\", \"text\"}\n"
    "  --help                 with a command: how to use it\n"
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.\n";

/* The commands of both tables, one after another; NULL behind the last. */
static const struct cli_command *command_at(size_t i)
{
    if (i < cli_command_count)
        return &cli_commands[i];
    i -= cli_command_count;
    return i < cli_reads_command_count ? &cli_reads_commands[i] : NULL;
}

/* All commands, or those that begin with a word. */
static void print_commands(FILE *file, const char *group)
{
    for (size_t i = 0; command_at(i); i++) {
        const struct cli_command *command = command_at(i);
        char words[40];
        if (group && strcmp(group, command->words[0]) != 0)
            continue;
        (void)snprintf(words, sizeof words, "%s %s", command->words[0], command->words[1] ? command->words[1] : "");
        (void)fprintf(file, "  %-18s  %s\n", words, command->about);
    }
}

static void print_help(FILE *file)
{
    (void)fprintf(file, "holdfast %s: record offline, sync, never lose a word\n\n", holdfast_version());
    print_commands(file, NULL);
    (void)fprintf(file, "\n%s", common_help);
}

static void print_command_help(const struct cli_command *command)
{
    (void)printf("holdfast %s\n    %s\n", command->usage, command->about);
    if (command->more)
        (void)printf("\n%s", command->more);
    (void)printf("\n%s", common_help);
}

enum cli_exit cli_usage(const struct cli *cli)
{
    (void)fprintf(stderr, "Usage: holdfast %s\n`holdfast %s%s%s --help` says more.\n", cli->command->usage,
                  cli->command->words[0], cli->command->words[1] ? " " : "",
                  cli->command->words[1] ? cli->command->words[1] : "");
    return CLI_USAGE;
}

/* --- options
 * --------------------------------------------------------------------------------------------------------------- */

static void add_option(struct cli *cli, const char *text, char names[CLI_OPTIONS_MAX][40])
{
    size_t len = strlen(text);
    bool has_value = text[len - 1] == '=';
    char *name = names[cli->option_count];
    (void)snprintf(name, 40, "%.*s", (int)(has_value ? len - 1 : len), text);
    cli->options[cli->option_count++] = (struct hf_option){.name = name, .has_value = has_value};
}

const struct hf_option *cli_option(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->option_count; i++)
        if (strcmp(cli->options[i].name, name) == 0)
            return cli->options[i].seen ? &cli->options[i] : NULL;
    return NULL;
}

static const struct cli_command *find_command(const struct hf_slice *args, size_t count, size_t *out_words)
{
    for (size_t i = 0; command_at(i); i++) {
        const struct cli_command *command = command_at(i);
        size_t words = command->words[1] ? 2 : 1;
        bool fits = count >= words;
        for (size_t w = 0; fits && w < words; w++)
            fits = hf_slice_equal(args[w], hf_slice_str(command->words[w]));
        if (fits) {
            *out_words = words;
            return command;
        }
    }
    return NULL;
}

/* --- running
 * ------------------------------------------------------------------------------------------------------------------ */

/* Options of every command are taken out; everything else, as it stands, is a word. */
static size_t split_common(const struct hf_slice *args, size_t count, struct cli *cli,
                           struct hf_slice common[CLI_WORDS_MAX])
{
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_common = false;
        for (const char *const *option = common_options; *option && !is_common; option++) {
            size_t len = strlen(*option);
            bool has_value = (*option)[len - 1] == '=';
            bool joined = has_value && args[i].len >= len && memcmp(args[i].data, *option, len) == 0;
            bool apart = hf_slice_equal(args[i], hf_slice_of(*option, has_value ? len - 1 : len));
            is_common = joined || apart;
            if (is_common)
                common[taken++] = args[i];
            if (apart && has_value && i + 1 < count)
                common[taken++] = args[++i];
        }
        if (!is_common)
            cli->words[cli->word_count++] = args[i];
    }
    return taken;
}

static enum cli_exit run_command(struct cli *cli, const struct hf_slice *args, size_t count)
{
    char names[CLI_OPTIONS_MAX][40];
    struct hf_slice common[CLI_WORDS_MAX];
    struct hf_slice *words = cli->words;
    size_t word_count = 0;
    struct hf_error err = {0};
    if (cli->command->passes_on) {
        count = split_common(args, count, cli, common);
        args = common;
        words = NULL;
    }
    for (const char *const *option = common_options; *option; option++)
        add_option(cli, *option, names);
    for (const char *const *option = cli->command->options; *option; option++)
        add_option(cli, *option, names);
    if (hf_options_parse(args, count, cli->options, cli->option_count, words, words ? CLI_WORDS_MAX : 0, &word_count,
                         &err) != HF_OK) {
        (void)fputs("holdfast: ", stderr);
        cli_put(stderr, err.text);
        (void)fputc('\n', stderr);
        return cli_usage(cli);
    }
    cli->word_count += word_count;
    if (cli_option(cli, "--help")) {
        print_command_help(cli->command);
        return CLI_DONE;
    }
    if (cli->word_count < cli->command->words_min || cli->word_count > cli->command->words_max)
        return cli_usage(cli);
    cli->json = cli_option(cli, "--json") != NULL;
    if (cli->json)
        cli_errors_as_json();
    enum cli_exit code =
        cli->command->run == cli_record_types || cli->command->without_replica ? CLI_DONE : cli_open(cli);
    if (code == CLI_DONE)
        code = cli_because(cli);
    if (code == CLI_DONE)
        code = cli->command->run(cli);
    holdfast_close(cli->hf);
    return code;
}

/* `holdfast record` and the like show their commands. */
static int no_command(const struct hf_slice *args, size_t count)
{
    for (size_t i = 0; command_at(i); i++) {
        const char *group = command_at(i)->words[0];
        if (!hf_slice_equal(args[0], hf_slice_str(group)))
            continue;
        bool asked = count > 1 && hf_slice_equal(args[1], hf_slice_str("--help"));
        print_commands(asked ? stdout : stderr, group);
        return asked ? CLI_DONE : CLI_USAGE;
    }
    (void)fprintf(stderr, "holdfast: there is no such command. `holdfast --help` shows those there are.\n");
    return CLI_USAGE;
}

int main(int argc, char **argv)
{
    struct hf_slice args[CLI_WORDS_MAX];
    size_t count = 0, words = 0;
    if (argc > CLI_WORDS_MAX) {
        (void)fprintf(stderr,
                      "holdfast: there are too many words on the command line. --from FILE.json takes many fields.\n");
        return CLI_USAGE;
    }
    for (int i = 1; i < argc; i++)
        args[count++] = hf_slice_str(argv[i]);
    if (count > 0 && hf_slice_equal(args[0], hf_slice_str("--version"))) {
        (void)printf("holdfast %s\n", holdfast_version());
        return CLI_DONE;
    }
    if (count == 0 || hf_slice_equal(args[0], hf_slice_str("--help"))) {
        print_help(count == 0 ? stderr : stdout);
        return count == 0 ? CLI_USAGE : CLI_DONE;
    }
    struct cli cli = {.command = find_command(args, count, &words)};
    if (!cli.command)
        return no_command(args, count);
    return (int)run_command(&cli, args + words, count - words);
}
