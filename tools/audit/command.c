#include "tools/audit/command.h"

#include "tools/audit/report.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char general_help[] =
    "holdfast-audit checks an exported Holdfast log. It needs no database, no server, no\n"
    "network, and none of the keys that open children's records.\n"
    "\n"
    "  holdfast-audit verify DIR --authority-key FILE [--json]\n"
    "  holdfast-audit verify --help\n"
    "  holdfast-audit --version\n";

static const char verify_help[] =
    "holdfast-audit verify DIR --authority-key FILE [--json]\n"
    "\n"
    "Checks every signature, chain, entry, hash and checkpoint of the bundle in the folder DIR.\n"
    "\n"
    "  --authority-key FILE   the authority's public key: one line of 64 hex digits; lines that\n"
    "                         begin with # are passed over. `holdfastd init` writes it as\n"
    "                         authority.pub. Get it from the authority itself, not with the bundle.\n"
    "  --json                 one JSON object instead of text, for scripts\n"
    "\n"
    "Exit status: 0 everything holds, 1 something does not (the text says what and where),\n"
    "2 nothing was checked, because the command or a file it names cannot be used.\n";

struct options {
    const char *folder;
    const char *key_file;
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

static const char *why_not(enum hf_status status)
{
    switch (status) {
    case HF_ERR_NOT_FOUND:
        return "there is no such file or folder.";
    case HF_ERR_DENIED:
        return "you are not allowed to read it.";
    case HF_ERR_INVALID:
        return "it is not the kind of file that is expected here.";
    case HF_ERR_LIMIT:
        return "it is longer than such a file can be.";
    default:
        return "it could not be read.";
    }
}

static bool read_key(const char *path, const struct hf_audit_streams *streams, uint8_t out_key[HF_SIGN_PUBLIC_BYTES])
{
    struct hf_buf text = {0};
    struct hf_error error = {0};
    enum hf_status status = hf_audit_folder_read_file(path, HF_AUDIT_KEY_FILE_BYTES_MAX, &text);
    if (status != HF_OK) {
        (void)fprintf(streams->errors, "holdfast-audit: the key file %s: %s\n", path, why_not(status));
    } else {
        status = hf_audit_authority_parse(hf_buf_slice(&text), out_key, &error);
        if (status != HF_OK)
            (void)fprintf(streams->errors, "holdfast-audit: the key file %s: %s\n", path, error.text);
    }
    hf_buf_clear(&text);
    return status == HF_OK;
}

#define BAR_COLUMNS 30

struct progress {
    FILE *file;
    unsigned shown; /* percent */
};

/* [##########--------------------] 33 %, 66,048 of 200,000 entries */
static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct progress *progress = ctx;
    char bar[BAR_COLUMNS + 1];
    unsigned percent = (unsigned)(done * 100 / total);
    if (percent == progress->shown && done < total)
        return;
    progress->shown = percent;
    unsigned filled = percent * BAR_COLUMNS / 100;
    memset(bar, '#', filled);
    memset(bar + filled, '-', BAR_COLUMNS - filled);
    bar[BAR_COLUMNS] = '\0';
    (void)fprintf(progress->file, "\r[%s] %3u %%, %llu of %llu entries", bar, percent, (unsigned long long)done,
                  (unsigned long long)total);
    (void)fflush(progress->file);
}

static void wipe_progress(const struct hf_audit_streams *streams)
{
    if (streams->show_progress) {
        (void)fprintf(streams->errors, "\r%90s\r", "");
        (void)fflush(streams->errors);
    }
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

static int check(struct hf_audit_folder *folder, const struct options *options, const uint8_t *key,
                 const struct hf_audit_streams *streams)
{
    struct hf_bundle_reader reader = hf_audit_folder_reader(folder);
    struct hf_audit_strays strays;
    struct hf_audit *audit = malloc(sizeof *audit);
    if (!audit)
        return usage(streams, "there is not enough memory.", NULL);
    hf_audit_begin(audit, &reader, key);
    struct progress progress = {.file = streams->errors, .shown = UINT_MAX};
    if (streams->show_progress) {
        audit->progress = show_progress;
        audit->progress_ctx = &progress;
    }
    struct hf_audit_report report = {.audit = audit, .folder = options->folder};
    report.ok = hf_audit_run(audit) == HF_OK;
    if (report.ok && hf_audit_folder_strays(folder, audit->checkpoint.size, &strays) == HF_OK)
        report.strays = &strays;
    wipe_progress(streams);
    enum hf_status status = print(&report, options->json, streams->out);
    if (status != HF_OK)
        (void)fprintf(streams->errors, "holdfast-audit: the report could not be written: %s\n", hf_status_text(status));
    hf_audit_end(audit);
    free(audit);
    return report.ok && status == HF_OK ? HF_AUDIT_EXIT_GOOD : HF_AUDIT_EXIT_REFUSED;
}

static int verify(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    struct options options = {0};
    struct hf_audit_folder folder;
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    int exit_status;
    if (!parse(argc, argv, streams, &options, &exit_status))
        return exit_status;
    if (options.help) {
        (void)fputs(verify_help, streams->out);
        return HF_AUDIT_EXIT_GOOD;
    }
    if (!read_key(options.key_file, streams, key))
        return HF_AUDIT_EXIT_USAGE;
    enum hf_status status = hf_audit_folder_open(options.folder, &folder);
    if (status != HF_OK) {
        (void)fprintf(streams->errors, "holdfast-audit: the bundle %s: %s\n", options.folder, why_not(status));
        return HF_AUDIT_EXIT_USAGE;
    }
    exit_status = check(&folder, &options, key, streams);
    hf_audit_folder_close(&folder);
    return exit_status;
}

int hf_audit_command(int argc, char *const *argv, const char *version, const struct hf_audit_streams *streams)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "verify") == 0)
        return verify(argc, argv, streams);
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
