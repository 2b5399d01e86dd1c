#include "tools/audit/command.h"

#include "tools/audit/evidence.h"
#include "tools/audit/fork.h"
#include "tools/audit/listing.h"
#include "tools/audit/proof.h"
#include "tools/audit/replay.h"
#include "tools/audit/report.h"
#include "tools/audit/session.h"
#include "tools/audit/show.h"
#include "tools/audit/who_read.h"
#include "tools/audit/witness.h"

#include <string.h>

static const char general_help[] =
    "holdfast-audit checks an exported Holdfast log. It needs no database, no server, no network (but for\n"
    "`witness serve`), and none of the keys that open children's records.\n"
    "\n"
    "  holdfast-audit verify DIR --authority-key FILE [--policy FILE] [--json]\n"
    "  holdfast-audit show DIR --authority-key FILE [--person ID] [--device KEY] [--case ID]\n"
    "                      [--kind KIND] [--from TIME] [--to TIME] [--json | --csv]\n"
    "  holdfast-audit who-changed CASE DIR --authority-key FILE [--json | --csv]\n"
    "  holdfast-audit who-read CASE DIR --authority-key FILE [--person NAME] [--from TIME] [--to TIME]\n"
    "  holdfast-audit report known|unallocated|others|all|leavers|unused DIR --authority-key FILE ...\n"
    "  holdfast-audit gaps DIR --authority-key FILE [--late DAYS] [--json | --csv]\n"
    "  holdfast-audit compare OLD NEW --authority-key FILE [--json | --csv]\n"
    "  holdfast-audit replay DIR --authority-key FILE [--as-of TIME] [--case ID] [--days] [--json | --csv]\n"
    "  holdfast-audit evidence DIR --authority-key FILE [--seed TEXT] [--sample N] [--json | --csv]\n"
    "  holdfast-audit proof FILE --policy FILE [--json]\n"
    "  holdfast-audit fork FILE [--bundle DIR]\n"
    "  holdfast-audit witness init|sign|serve ...\n"
    "  holdfast-audit COMMAND --help\n"
    "  holdfast-audit --progress COMMAND ...   tells programs how far it is, line by line on standard error\n"
    "  holdfast-audit --version\n";

static const char verify_help[] =
    "holdfast-audit verify DIR --authority-key FILE [--policy FILE] [--json]\n"
    "\n"
    "Checks every signature, chain, entry, hash and checkpoint of the bundle in the folder DIR.\n"
    "\n"
    "  --authority-key FILE   the authority's public key: one line of 64 hex digits; lines that\n"
    "                         begin with # are passed over. `holdfastd init` writes it as\n"
    "                         authority.pub. Get it from the authority itself, not with the bundle.\n"
    "  --policy FILE          the witnesses that you trust, and how many of them must have signed (C2SP\n"
    "                         tlog-policy): without them the bundle is refused\n"
    "  --json                 one JSON object instead of text, for scripts\n"
    "\n"
    "Exit status: 0 everything holds, 1 something does not (the text says what and where),\n"
    "2 nothing was checked, because the command or a file it names cannot be used.\n";

struct options {
    const char *folder;
    const char *key_file;
    const char *policy_file; /* NULL: no witness is demanded */
    bool json;
    bool help;
};

static int usage(const struct hf_audit_streams *streams, const char *what, const char *which)
{
    (void)fprintf(streams->errors, "holdfast-audit: %s%s%s\nTry: holdfast-audit verify --help\n", what,
                  which ? " " : "", which ? which : "");
    return HF_AUDIT_EXIT_USAGE;
}

/* True when the arguments can be used; else *out_exit. */
static bool parse(int argc, char *const *argv, const struct hf_audit_streams *streams, struct options *out,
                  int *out_exit)
{
    *out_exit = HF_AUDIT_EXIT_USAGE;
    bool only_names = false;
    for (int i = 2; i < argc; i++) {
        const char *arg = argv[i];
        if (!only_names && strcmp(arg, "--") == 0) {
            only_names = true;
        } else if (!only_names && (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)) {
            out->help = true;
        } else if (!only_names && strcmp(arg, "--json") == 0) {
            out->json = true;
        } else if (!only_names && strncmp(arg, "--authority-key=", 16) == 0) {
            out->key_file = arg + 16;
        } else if (!only_names && strcmp(arg, "--authority-key") == 0) {
            if (++i == argc)
                return usage(streams, "--authority-key needs the name of a file.", NULL), false;
            out->key_file = argv[i];
        } else if (!only_names && strncmp(arg, "--policy=", 9) == 0) {
            out->policy_file = arg + 9;
        } else if (!only_names && strcmp(arg, "--policy") == 0) {
            if (++i == argc)
                return usage(streams, "--policy needs the name of a file.", NULL), false;
            out->policy_file = argv[i];
        } else if (!only_names && arg[0] == '-') {
            return usage(streams, "there is no option", arg), false;
        } else if (out->folder) {
            return usage(streams, "one folder is expected; this is one too many:", arg), false;
        } else {
            out->folder = arg;
        }
    }
    if (out->help)
        return true;
    if (!out->folder)
        return usage(streams, "the folder of the bundle is missing.", NULL), false;
    if (!out->key_file)
        return usage(streams, "--authority-key FILE is missing: without it a bundle could only vouch for itself.",
                     NULL),
               false;
    return true;
}

/* HF_ERR_IO when the report could not be written down to the last byte: a script must not take half of one for good. */
static enum hf_status print(const struct hf_audit_report *report, bool json, FILE *out)
{
    struct hf_buf text = {0};
    enum hf_status status = HF_OK;
    if (json)
        status = hf_audit_report_json(report, &text);
    else
        hf_audit_report_text(report, &text);
    if (status == HF_OK)
        status = hf_buf_status(&text);
    if (status == HF_OK && (fwrite(text.data, 1, text.len, out) != text.len || fflush(out) != 0))
        status = HF_ERR_IO;
    hf_buf_clear(&text);
    return status;
}

static int check(struct hf_audit_session *session, const struct options *options,
                 const struct hf_audit_streams *streams)
{
    struct hf_audit_strays strays;
    struct hf_audit_report report = {.audit = session->audit, .folder = options->folder};
    report.ok = hf_audit_session_run(session, streams) == HF_OK;
    if (report.ok && hf_audit_folder_strays(&session->folder, session->audit->checkpoint.size, &strays) == HF_OK)
        report.strays = &strays;
    enum hf_status status = print(&report, options->json, streams->out);
    if (status != HF_OK)
        (void)fprintf(streams->errors, "holdfast-audit: the report could not be written: %s\n", hf_status_text(status));
    return report.ok && status == HF_OK ? HF_AUDIT_EXIT_GOOD : HF_AUDIT_EXIT_REFUSED;
}

static int verify(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    struct options options = {0};
    struct hf_audit_session session;
    int exit_status;
    if (!parse(argc, argv, streams, &options, &exit_status))
        return exit_status;
    if (options.help) {
        (void)fputs(verify_help, streams->out);
        return HF_AUDIT_EXIT_GOOD;
    }
    if (!hf_audit_session_open(&session, options.folder, options.key_file, streams))
        return HF_AUDIT_EXIT_USAGE;
    exit_status = HF_AUDIT_EXIT_USAGE;
    if (!options.policy_file || hf_audit_session_demand(&session, options.policy_file, streams))
        exit_status = check(&session, &options, streams);
    hf_audit_session_close(&session);
    return exit_status;
}

static int run_command(int argc, char *const *argv, const char *version, const struct hf_audit_streams *streams)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "verify") == 0)
        return verify(argc, argv, streams);
    if (strcmp(command, "show") == 0)
        return hf_audit_show(argc - 2, argv + 2, streams);
    if (strcmp(command, "who-changed") == 0)
        return hf_audit_who_changed(argc - 2, argv + 2, streams);
    if (strcmp(command, "who-read") == 0)
        return hf_audit_who_read(argc - 2, argv + 2, streams);
    if (strcmp(command, "report") == 0)
        return hf_audit_access_report(argc - 2, argv + 2, streams);
    if (strcmp(command, "gaps") == 0)
        return hf_audit_gaps(argc - 2, argv + 2, streams);
    if (strcmp(command, "replay") == 0)
        return hf_audit_replay_report(argc - 2, argv + 2, streams);
    if (strcmp(command, "evidence") == 0)
        return hf_audit_evidence(argc - 2, argv + 2, streams);
    if (strcmp(command, "proof") == 0)
        return hf_audit_proof(argc - 2, argv + 2, streams);
    if (strcmp(command, "witness") == 0)
        return hf_audit_witness(argc - 2, argv + 2, streams);
    if (strcmp(command, "fork") == 0)
        return hf_audit_fork(argc - 2, argv + 2, streams);
    if (strcmp(command, "compare") == 0)
        return hf_audit_compare(argc - 2, argv + 2, streams);
    if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0 || strcmp(command, "help") == 0) {
        (void)fputs(general_help, streams->out);
        return HF_AUDIT_EXIT_GOOD;
    }
    if (strcmp(command, "--version") == 0) {
        (void)fprintf(streams->out, "holdfast-audit %s\n", version);
        return HF_AUDIT_EXIT_GOOD;
    }
    if (argc > 1)
        return usage(streams, "there is no command", command);
    (void)fputs(general_help, streams->errors);
    return HF_AUDIT_EXIT_USAGE;
}

int hf_audit_command(int argc, char *const *argv, const char *version, const struct hf_audit_streams *streams)
{
    struct hf_audit_streams lines = *streams;
    if (argc < 2 || strcmp(argv[1], "--progress") != 0)
        return run_command(argc, argv, version, streams);
    lines.progress = HF_AUDIT_PROGRESS_LINES;
    return run_command(argc - 1, argv + 1, version, &lines);
}
