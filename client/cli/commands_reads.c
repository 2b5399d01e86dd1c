/* The second table of commands: what is read, restricted, put right, handed out and kept. */
#include "client/cli/cli.h"

const struct cli_command cli_reads_commands[] = {
    {.words = {"read", "why"},
     .usage = "read why CASE",
     .about = "whether a case is yours, which the read log asks about",
     .more =
         "The list of who read a case is for auditors: `holdfast-audit who-read`. --because TEXT, with any command,\n"
         "says in it why you read a case that is not yours.\n",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_read_why},
};
const size_t cli_reads_command_count = sizeof cli_reads_commands / sizeof cli_reads_commands[0];
