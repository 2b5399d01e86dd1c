/* holdfast: the command for field workers, the office and auditors. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char field_help[] =
    "field=value sets a field, field= clears it, field+=element and field-=element change a list.\n"
    "--from takes {\"field\": \"value\", \"list\": [\"element\"], …} from a file, or from standard input when FILE is "
    "-.\n"
    "One command is one signed change: all of it is saved, or nothing. `holdfast record types TYPE` shows the "
    "fields.\n";

const struct cli_command cli_commands[] = {
    {.words = {"enrol"},
     .usage = "enrol --replica DIR [--keyring] INVITATION",
     .about = "join an office with an invitation line",
     .more =
         "The invitation comes from the office (`holdfastd invite`), works once and for 15 minutes. A passphrase is\n"
         "asked for: it locks this device's folder. Should it be lost, two officers of the authority together can "
         "open\n"
         "the folder with their recovery key, and nobody else. Asking again after a cut is safe.\n"
         "--keyring lets the desktop's keyring open the folder too.\n"
         "--weak-kdf-for-tests makes the lock quick to open and quick to break: never for real records.\n",
     .options = {"--weak-kdf-for-tests", "--keyring"},
     .words_min = 1,
     .words_max = 1,
     .run = cli_enrol},
    {.words = {"case", "new"},
     .usage = "case new REFERENCE",
     .about = "open a case; prints its id first",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_case_new},
    {.words = {"case", "list"},
     .usage = "case list",
     .about = "the cases on this device",
     .unlocked = true,
     .run = cli_case_list},
    {.words = {"case", "show"},
     .usage = "case show CASE",
     .about = "everything recorded in a case",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_case_show},
    {.words = {"record", "new"},
     .usage =
         "record new TYPE --case ID [--parent ID] [--slot SLOT] [--from FILE.json] [--reason TEXT] [field=value ...]",
     .about = "record something; prints its id first",
     .more = field_help,
     .options = {"--case=", "--parent=", "--slot=", "--from=", "--reason="},
     .unlocked = true,
     .words_min = 1,
     .words_max = CLI_WORDS_MAX,
     .run = cli_record_new},
    {.words = {"record", "set"},
     .usage = "record set RECORD [--from FILE.json] [--reason TEXT] [--propose] [field=value | field+=element | "
              "field-=element ...]",
     .about = "change a record; --propose an amendment to one that is final",
     .more = field_help,
     .options = {"--from=", "--reason=", "--propose"},
     .unlocked = true,
     .words_min = 1,
     .words_max = CLI_WORDS_MAX,
     .run = cli_record_set},
    {.words = {"record", "show"},
     .usage = "record show RECORD",
     .about = "what a record holds now",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_record_show},
    {.words = {"record", "list"},
     .usage = "record list [--case ID] [--parent ID] [--type TYPE] [--conflicts]",
     .about = "records, in the order they reached this device",
     .options = {"--case=", "--parent=", "--type=", "--conflicts"},
     .unlocked = true,
     .run = cli_record_list},
    {.words = {"record", "history"},
     .usage = "record history RECORD",
     .about = "who changed what, and when",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_record_history},
    {.words = {"record", "types"},
     .usage = "record types [TYPE]",
     .about = "what can be recorded; with a type, its fields",
     .words_max = 1,
     .run = cli_record_types},
    {.words = {"draft", "list"},
     .usage = "draft list",
     .about = "what was typed and not saved yet: here, on your other devices, and shared by others",
     .unlocked = true,
     .run = cli_draft_list},
    {.words = {"draft", "show"},
     .usage = "draft show RECORD [--device DEVICE]",
     .about = "everything in one draft",
     .options = {"--device="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_draft_show},
    {.words = {"draft", "put"},
     .usage = "draft put (--record RECORD | --case CASE --type TYPE [--parent RECORD]) field=text ...",
     .about = "keep something as a draft, unchecked; prints the id of its record",
     .options = {"--record=", "--case=", "--type=", "--parent="},
     .unlocked = true,
     .words_min = 1,
     .words_max = HOLDFAST_DRAFT_FIELDS_MAX,
     .run = cli_draft_put},
    {.words = {"draft", "commit"},
     .usage = "draft commit RECORD",
     .about = "save a draft as one signed change",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_draft_commit},
    {.words = {"draft", "discard"},
     .usage = "draft discard RECORD",
     .about = "throw a draft of this device away",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_draft_discard},
    {.words = {"draft", "take"},
     .usage = "draft take RECORD --device DEVICE",
     .about = "go on here with a draft of another device",
     .options = {"--device="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_draft_take},
    {.words = {"draft", "share"},
     .usage = "draft share RECORD [--off]",
     .about = "show a draft to the others who hold the case, or no longer",
     .options = {"--off"},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_draft_share},
    {.words = {"search"},
     .usage = "search WORD ...",
     .about = "find records on this device by the words in them, also without a network",
     .more = "Every word has to be in the record, at least as the beginning of a word. Capitals and accents do not "
             "matter.\n",
     .unlocked = true,
     .words_min = 1,
     .words_max = CLI_WORDS_MAX,
     .run = cli_search},
    {.words = {"record", "finalise"},
     .usage = "record finalise RECORD [--reason TEXT]",
     .about = "make a record final, with its parts",
     .options = {"--reason="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_record_finalise},
    {.words = {"record", "delete"},
     .usage = "record delete RECORD --reason TEXT",
     .about = "take a record out of view; its words stay in the history",
     .options = {"--reason="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_record_delete},
    {.words = {"record", "restore"},
     .usage = "record restore RECORD --reason TEXT",
     .about = "bring a deleted record back",
     .options = {"--reason="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_record_restore},
    {.words = {"amendment", "list"},
     .usage = "amendment list [--record ID] [--open]",
     .about = "amendments of final records: the original, what is proposed, who, why",
     .options = {"--record=", "--open"},
     .unlocked = true,
     .run = cli_amendment_list},
    {.words = {"amendment", "accept"},
     .usage = "amendment accept RECORD AMENDMENT --reason TEXT",
     .about = "make what is proposed official; signed, with the reason",
     .options = {"--reason="},
     .unlocked = true,
     .words_min = 2,
     .words_max = 2,
     .run = cli_amendment_accept},
    {.words = {"amendment", "decline"},
     .usage = "amendment decline RECORD AMENDMENT --reason TEXT",
     .about = "leave the original as it is; signed, with the reason",
     .options = {"--reason="},
     .unlocked = true,
     .words_min = 2,
     .words_max = 2,
     .run = cli_amendment_decline},
    {.words = {"conflict", "list"},
     .usage = "conflict list [--record ID]",
     .about = "fields with two values that a person has to settle",
     .options = {"--record="},
     .unlocked = true,
     .run = cli_conflict_list},
    {.words = {"conflict", "show"},
     .usage = "conflict show RECORD",
     .about = "the values side by side, with what both started from",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_conflict_show},
    {.words = {"conflict", "settle"},
     .usage = "conflict settle RECORD FIELD --clash CODE (--pick NUMBER|CHANGE|merged | --value TEXT) --reason TEXT",
     .about = "decide; signed, with the reason, for everybody to see",
     .more =
         "--pick takes the number of a value as `holdfast conflict show` prints it, or the id of its change; merged\n"
         "takes the text that it offers as m. --value writes a new one. All values stay in the history. --clash takes\n"
         "the code that `conflict show` prints: nothing is settled that came after you looked.\n",
     .options = {"--clash=", "--pick=", "--value=", "--reason="},
     .unlocked = true,
     .words_min = 2,
     .words_max = 2,
     .run = cli_conflict_settle},
    {.words = {"rights"},
     .usage = "rights [--case CASE] [--person PERSON]",
     .about = "who may request, decide, approve, escalate and release",
     .more = "What the program asks a role for, and what the procedures in force say; for you, or for PERSON. With "
             "--case\nroles that the case names count too. Saving is never refused: what somebody has no right to "
             "waits at the\noffice until a person there lets it count.\n",
     .options = {"--case=", "--person="},
     .unlocked = true,
     .run = cli_rights},
    {.words = {"duty", "list"},
     .usage = "duty list [--case ID] [--mine | --person PERSON] [--overdue] [--all] [--as-of DAY|TIME]",
     .about = "what the cases here owe, by the procedures the office released",
     .more =
         "--overdue: what is overdue or not recorded. --all: also what is done, not set by the procedure, or help.\n"
         "--as-of: as it stands at the end of a day, or at a time, with what is on this device now.\n",
     .options = {"--case=", "--mine", "--person=", "--overdue", "--all", "--as-of="},
     .unlocked = true,
     .run = cli_duty_list},
    {.words = {"duty", "explain"},
     .usage = "duty explain ID [--case ID] [--as-of DAY|TIME]",
     .about = "why: the rule, the dates, each day counted, the settings it was read with",
     .more = "ID is that of a duty as `duty list` prints it (FSM-55.3fa2c1d09b12), or of a rule (FSM-55).\n",
     .options = {"--case=", "--as-of="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_duty_explain},
    {.words = {"policy", "lint"},
     .usage = "policy lint FILE",
     .about = "check a pack before it is released; needs no device folder",
     .more =
         "Each problem names file, line and key. Warnings are told and hold nothing back. Exit code 1: a problem.\n",
     .without_replica = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_policy_lint},
    {.words = {"policy", "diff"},
     .usage = "policy diff OLDER NEWER",
     .about = "what changed between two packs; needs no device folder",
     .without_replica = true,
     .words_min = 2,
     .words_max = 2,
     .run = cli_policy_diff},
    {.words = {"policy", "show"},
     .usage = "policy show FILE|NAME [--version VERSION] [--rule ID]",
     .about = "a pack to read: its settings and duties, or one rule",
     .more =
         "A word with a slash or .json is a file and needs no device folder; otherwise the name of a released pack.\n",
     .options = {"--version=", "--rule="},
     .unlocked = true,
     .without_replica = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_policy_show},
    {.words = {"policy", "list"},
     .usage = "policy list",
     .about = "the procedures and calendars that were released",
     .unlocked = true,
     .run = cli_policy_list},
    {.words = {"policy", "release"},
     .usage = "policy release FILE",
     .about = "release a pack or calendar to everybody, signed, for good",
     .more =
         "FILE is a pack or a calendar in JSON. It is signed by this device and travels to every other one with the\n"
         "log; a version that was released never changes: a change is a new version. Release the calendar that a\n"
         "pack counts by first.\n",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_policy_release},
    {.words = {"policy", "ack"},
     .usage = "policy ack NAME",
     .about = "say that you have read the version in force",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_policy_ack},
    {.words = {"setting", "list"},
     .usage = "setting list [--policy NAME]",
     .about = "how the authority reads its procedures",
     .options = {"--policy="},
     .unlocked = true,
     .run = cli_setting_list},
    {.words = {"setting", "set"},
     .usage = "setting set POLICY NAME VALUE [--from DATE] [--reason TEXT]",
     .about = "decide over a reading (office)",
     .more =
         "The decision is a signed record: who, when, from when. Earlier decisions stay to be read. VALUE null: the\n"
         "procedure stays silent.\n",
     .options = {"--from=", "--reason="},
     .unlocked = true,
     .words_min = 3,
     .words_max = 3,
     .run = cli_setting_set},
    {.words = {"post", "give"},
     .usage = "post give PERSON ROLE [--team TEAM] [--from DATE] [--until DATE] [--reason TEXT]",
     .about = "say who holds a role of the procedures (office)",
     .options = {"--team=", "--from=", "--until=", "--reason="},
     .unlocked = true,
     .words_min = 2,
     .words_max = 2,
     .run = cli_post_give},
    {.words = {"cover"},
     .usage = "cover PERSON --by PERSON --reason TEXT [--from DATE] [--until DATE] [--cause CAUSE]",
     .about = "somebody stands in for a person who is away",
     .options = {"--by=", "--reason=", "--from=", "--until=", "--cause="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_cover},
    {.words = {"handover"},
     .usage = "handover CASE --role ROLE --to PERSON --reason TEXT [--cause CAUSE] [--passed-on TEXT]",
     .about = "a case goes from one person to another",
     .options = {"--role=", "--to=", "--reason=", "--cause=", "--passed-on="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_handover},
    {.words = {"leaver"},
     .usage = "leaver PERSON [--to PERSON --reason TEXT] [--cause CAUSE]",
     .about = "what somebody who leaves has: cases, actions, posts; and who takes over",
     .more = "Without --to nothing changes: a list. With it each role in a case is handed over, open actions get the "
             "new\nowner, and posts end and begin anew (office): each a signed change with the reason.\n",
     .options = {"--to=", "--reason=", "--cause="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_leaver},
    {.words = {"escalation", "next"},
     .usage = "escalation next ACTION",
     .about = "the step that the procedure's ladder proposes",
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_escalation_next},
    {.words = {"escalate"},
     .usage = "escalate ACTION --reason TEXT [--level 1|2|3] [--to PERSON] [--to-role ROLE] [--delay-effect TEXT]",
     .about = "take an outstanding action further, with a reason",
     .more =
         "Without --to it goes to whom the procedure's ladder names for the level. Level 3 needs --delay-effect: what\n"
         "the delay does to the home.\n",
     .options = {"--reason=", "--level=", "--to=", "--to-role=", "--delay-effect="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_escalate},
    {.words = {"escalation", "reply"},
     .usage = "escalation reply ESCALATION TEXT",
     .about = "answer an escalation",
     .unlocked = true,
     .words_min = 2,
     .words_max = 2,
     .run = cli_escalation_reply},
    {.words = {"sync"},
     .usage = "sync [--watch]",
     .about = "send what is saved here, fetch what is new",
     .options = {"--watch"},
     .more = "Stopped at any moment (Ctrl+C), the next sync goes on from there; --watch stays connected until then.\n"
             "On a terminal one line with a bar shows how far it is, otherwise each step is a line.\n",
     .unlocked = true,
     .run = cli_sync},
    {.words = {"status"},
     .usage = "status",
     .about = "what is sent, received, waiting; state digests",
     .unlocked = true,
     .run = cli_status},
    {.words = {"passphrase", "change"},
     .usage = "passphrase change [--new-passphrase-file F]",
     .about = "a new passphrase for this device",
     .options = {"--new-passphrase-file="},
     .run = cli_passphrase_change},
    {.words = {"key", "rotate"},
     .usage = "key rotate",
     .about = "seal this device's folder under a new key",
     .more = "For when somebody may have had the key, such as after the folder was opened on a machine that is not\n"
             "trusted. Passphrase and recovery key stay. Safe to cut short: it can be asked for again.\n",
     .run = cli_key_rotate},
    {.words = {"held", "list"},
     .usage = "held list",
     .about = "changes that do not count until the office has settled them",
     .unlocked = true,
     .run = cli_held_list},
    {.words = {"held", "release"},
     .usage = "held release CHANGE [CHANGE ...] --reason TEXT",
     .about = "let a held change count (office)",
     .options = {"--reason="},
     .unlocked = true,
     .words_min = 1,
     .words_max = CLI_WORDS_MAX,
     .run = cli_held_release},
    {.words = {"held", "refuse"},
     .usage = "held refuse CHANGE [CHANGE ...] --reason TEXT",
     .about = "decide that a held change never counts (office)",
     .options = {"--reason="},
     .unlocked = true,
     .words_min = 1,
     .words_max = CLI_WORDS_MAX,
     .run = cli_held_refuse},
    {.words = {"erase"},
     .usage = "erase preview|request|list|confirm|cancel [WORDS ...]",
     .about = "destroy a case for good: two officers do it together (office, administrators)",
     .more =
         "  preview --case CASE                     what would go, and which devices may hold it\n"
         "  request --case CASE --basis BASIS       the first officer asks, and signs\n"
         "  confirm ERASURE --case CASE             the second erases: another person, another device; no way back\n"
         "  list | cancel ERASURE                   what was asked for and done, and who has not answered yet\n"
         "BASIS: retention (its time is over), never_recorded (it should not have been), court_order, duplicate, "
         "other\n",
     .unlocked = true,
     .passes_on = true,
     .words_min = 1,
     .words_max = CLI_WORDS_MAX,
     .run = cli_erase},
    {.words = {"hold"},
     .usage = "hold place --case CASE --reason litigation|inquiry|police|complaint|other | hold lift --case CASE",
     .about = "a legal hold: nothing of the case can be erased (office, administrators)",
     .unlocked = true,
     .passes_on = true,
     .words_min = 1,
     .words_max = CLI_WORDS_MAX,
     .run = cli_erase},
    {.words = {"office"},
     .usage = "office COMMAND [WORDS ...]",
     .about = "run one of the office's commands (administrators, office)",
     .more = "Asks the office's server, over this device's own channel, for one of these; the log says who asked.\n"
             "  invite --person NAME --role ROLE [--case ID ...] [--address tcp://HOST:PORT]   administrators\n"
             "  enrol list | enrol confirm DEVICE                                              administrators\n"
             "  device list | device revoke DEVICE --reason lost|left|replaced|other           administrators\n"
             "  person list | person add --person NAME --role ROLE\n"
             "  person role PERSON --role worker|manager|office|auditor|admin                  administrators\n"
             "  case list | case holders CASE                                                  who holds it, and why\n"
             "  case assign --case ID --person NAME|ID [--remove] [--reason CODE]\n"
             "  held list [--case ID] | held release CHANGE ... --reason TEXT | held refuse CHANGE ... --reason TEXT\n"
             "  status\n"
             "Roles other than admin and office may run none of them; the office's role may look and assign.\n",
     .unlocked = true,
     .passes_on = true,
     .words_min = 1,
     .words_max = CLI_WORDS_MAX,
     .run = cli_office},
    {.words = {"app"},
     .usage = "app [--port N] [--no-browser] [--idle-minutes N]",
     .about = "the page for people: opens it in the browser",
     .more =
         "Serves the page to this computer only and prints an address that works once; ends with Ctrl+C. The page\n"
         "asks for the passphrase, and locks again after 10 minutes without a sign of a person. Without --replica it\n"
         "takes the folder holdfast of a person's own data (~/.local/share/holdfast).\n",
     .options = {"--port=", "--no-browser", "--idle-minutes="},
     .without_replica = true,
     .run = cli_app},
    {.words = {"keyring", "add"},
     .usage = "keyring add",
     .about = "let the desktop's keyring open this device's folder",
     .more = "Commands then ask for no passphrase while the keyring is unlocked, unless --passphrase-file is given.\n",
     .run = cli_keyring_add},
    {.words = {"keyring", "remove"},
     .usage = "keyring remove",
     .about = "only the passphrase opens this device's folder",
     .run = cli_keyring_remove},
    {.words = {"wipe"},
     .usage = "wipe [--even-unsent]",
     .about = "destroy everything that this device's folder holds",
     .more = "First the keys, then the files: nothing of it can be opened afterwards. Refused while something was not\n"
             "sent, unless --even-unsent says that it is to go too; then no passphrase is asked for.\n",
     .options = {"--even-unsent"},
     .run = cli_wipe_device},
    {.words = {"log", "proof"},
     .usage = "log proof CHANGE --out FILE",
     .about = "write the proof that a change of yours is in the signed log",
     .more = "CHANGE is an id as `holdfast record history --json` prints it. Anybody can check the file, without this\n"
             "device and without a network: `holdfast-audit proof FILE --policy FILE`.\n",
     .options = {"--out="},
     .unlocked = true,
     .words_min = 1,
     .words_max = 1,
     .run = cli_log_proof},
    {.words = {"audit", "export"},
     .usage = "audit export --out DIR [--contents]",
     .about = "fetch the signed log as a bundle (auditors)",
     .more = "DIR must be empty or not there. Check it with `holdfast-audit verify DIR --authority-key FILE`.\n"
             "  --contents   with what was written, opened, so that `holdfast-audit` can show and replay it; the log\n"
             "               says who asked for it. Without, contents stay sealed.\n",
     .options = {"--out=", "--contents"},
     .unlocked = true,
     .run = cli_audit_export},
};
const size_t cli_command_count = sizeof cli_commands / sizeof cli_commands[0];

static const char *const common_options[] = {"--replica=", "--passphrase-file=", "--read-only", "--json", "--help",
                                             NULL};

/* --- help
 * ----------------------------------------------------------------------------------------------------------------- */

static const char common_help[] =
    "Options of every command:\n"
    "  --replica DIR          the device's folder (or HOLDFAST_REPLICA)\n"
    "  --passphrase-file F    its first line is the passphrase (or HOLDFAST_PASSPHRASE_FILE); else it is asked for\n"
    "  --read-only            changes nothing in the folder, which may be on a disk that cannot be written\n"
    "  --json                 data as JSON; an error is then one object on standard error, {\"error\", \"text\"}\n"
    "  --help                 with a command: how to use it\n"
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.\n";

/* All commands, or those that begin with a word. */
static void print_commands(FILE *file, const char *group)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct cli_command *command = &cli_commands[i];
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
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct cli_command *command = &cli_commands[i];
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
        code = cli->command->run(cli);
    holdfast_close(cli->hf);
    return code;
}

/* `holdfast record` and the like show their commands. */
static int no_command(const struct hf_slice *args, size_t count)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        const char *group = cli_commands[i].words[0];
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
