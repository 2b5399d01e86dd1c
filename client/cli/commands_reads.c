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
    {.words = {"statement", "add"},
     .usage = "statement add RECORD --by NAME --words TEXT [--on DAY] [--role ROLE] [--adds]",
     .about = "put beside an entry what a person says against it (--adds: to it)",
     .more =
         "Their own words, kept for ever with the entry and shown wherever it is. Nothing is taken out of the record.\n"
         "What became of it: `holdfast record set STATEMENT answer=entry_amended|entry_stands|in_part "
         "answer_reason=...`.\n",
     .options = {"--by=", "--words=", "--on=", "--role=", "--adds"},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_statement_add},
    {.words = {"restriction", "place"},
     .usage = "restriction place RECORD --ground GROUND --reason TEXT [--on DAY] [--managers]",
     .about = "limit who uses an entry while it is contested (records officers)",
     .more = "Only the office sees it then, with --managers also managers. It leaves lists and search for everybody "
             "else, and\n"
             "is erased nowhere. GROUND: accuracy_contested, unlawful_but_kept, needed_for_a_claim, objection.\n",
     .options = {"--ground=", "--reason=", "--on=", "--managers"},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_restriction_place},
    {.words = {"restriction", "lift"},
     .usage = "restriction lift RECORD --reason TEXT",
     .about = "let everybody use an entry again",
     .options = {"--reason="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_restriction_lift},
    {.words = {"sar", "export"},
     .usage = "sar export CASE --out DIR --reason TEXT [--also NAME;NAME...] [--final]",
     .about = "a copy of a case for the person that it is about (managers, office)",
     .more =
         "DIR must be empty or not there. your-story.html opens in any browser and prints. Names of other people are\n"
         "marked as far as this device knows them, and those after --also: a person has to read every line. Then a "
         "records\n"
         "officer makes the copy again with --final, without marks. TEXT says for which request and on what legal\n"
         "basis; with your name it stands in the read log.\n",
     .options = {"--out=", "--reason=", "--also=", "--final"},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_sar_export},
};
const size_t cli_reads_command_count = sizeof cli_reads_commands / sizeof cli_reads_commands[0];
