#include "tools/audit/witness.h"

#include "tools/audit/file.h"
#include "tools/audit/witness_serve.h"
#include "tools/audit/witness_state.h"

#include <string.h>
#include <time.h>

static const char help[] =
    "holdfast-audit witness init --state DIR --name NAME --log VKEY\n"
    "holdfast-audit witness log --state DIR --log VKEY\n"
    "holdfast-audit witness sign REQUEST --state DIR --out REPLY\n"
    "holdfast-audit witness serve --state DIR --listen ADDRESS:PORT\n"
    "\n"
    "A witness signs that a log only ever grew, as far as it saw. It needs no network: requests (C2SP\n"
    "tlog-witness, the body of add-checkpoint) and replies are files, or come over HTTP.\n"
    "\n"
    "  init   makes the folder DIR with a key of its own and prints the witness's verification key, for\n"
    "         the policy. NAME is a name like audit.example/witness; VKEY is that of the log\n"
    "         (`holdfastd witness vkey` prints it).\n"
    "  log    the log has a new key (VKEY, from the authority itself): it is asked for from now on, and\n"
    "         what it signs must continue what this witness signed before\n"
    "  sign   checks the request against what this witness signed before, remembers it on the disk, and\n"
    "         then writes the cosignature to REPLY. A log that was set back or forked is refused.\n"
    "  serve  answers POST /add-checkpoint until it is stopped (SIGTERM or Ctrl+C): 127.0.0.1:7460 or\n"
    "         [::1]:7460 for this machine, another address for others. It speaks no TLS: put a proxy that\n"
    "         does before an address that others reach.\n"
    "\n"
    "DIR is the witness: keep it in one place only. A copy of an older one would sign a fork.\n"
    "\n"
    "Exit status: 0 done, 1 refused, 2 wrong usage, or nothing was checked.\n";

struct options {
    const char *word, *state, *name, *log, *out, *listen;
    bool help;
};

static enum hf_status sign(const struct options *options, uint64_t *out_size, struct hf_error *err)
{
    struct hf_witness_state state;
    struct hf_buf file = {0}, reply = {0};
    enum hf_status status = hf_witness_state_open(options->state, &state, err);
    if (status != HF_OK)
        return status;
    status = hf_audit_file_read(options->word, HF_WITNESS_REQUEST_BYTES_MAX, &file, err);
    if (status == HF_OK)
        status = hf_witness_state_answer(&state, hf_buf_slice(&file), (uint64_t)time(NULL), &reply, err);
    if (status == HF_OK)
        status = hf_audit_file_replace(options->out, hf_buf_slice(&reply), 0644, err);
    *out_size = state.last.size;
    hf_witness_state_close(&state);
    hf_buf_clear(&file);
    hf_buf_clear(&reply);
    return status;
}

/* --- the command --- */

static bool parse(int argc, char *const *argv, struct options *out)
{
    const struct {
        const char *name;
        const char **value;
    } known[] = {{"--state", &out->state},
                 {"--name", &out->name},
                 {"--log", &out->log},
                 {"--out", &out->out},
                 {"--listen", &out->listen}};
    for (int i = 1; i < argc; i++) {
        size_t at = 0;
        while (at < sizeof known / sizeof known[0] && strcmp(argv[i], known[at].name) != 0)
            at++;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            out->help = true;
        else if (at < sizeof known / sizeof known[0] && i + 1 < argc)
            *known[at].value = argv[++i];
        else if (argv[i][0] == '-' || out->word)
            return false;
        else
            out->word = argv[i];
    }
    return true;
}

static enum hf_status run_init(const struct options *options, const struct hf_audit_streams *streams,
                               struct hf_error *err)
{
    struct hf_buf vkey = {0};
    enum hf_status status = hf_witness_state_make(options->state, options->name, options->log, &vkey, err);
    if (status == HF_OK)
        (void)fprintf(streams->out, "%.*s\n", (int)vkey.len, (const char *)vkey.data);
    hf_buf_clear(&vkey);
    return status;
}

static enum hf_status run_sign(const struct options *options, const struct hf_audit_streams *streams,
                               struct hf_error *err)
{
    uint64_t size = 0;
    enum hf_status status = sign(options, &size, err);
    if (status == HF_OK)
        (void)fprintf(streams->out, "Signed: the log has %llu entries. The reply is in %s.\n", (unsigned long long)size,
                      options->out);
    return status;
}

int hf_audit_witness(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    struct options options = {0};
    struct hf_error err = {0};
    enum hf_status status = HF_OK;
    const char *verb = argc > 0 ? argv[0] : "";
    bool usable = parse(argc, argv, &options) && !options.help && options.state;
    if (strcmp(verb, "init") == 0 && usable && options.name && options.log) {
        status = run_init(&options, streams, &err);
    } else if (strcmp(verb, "log") == 0 && usable && options.log) {
        status = hf_witness_state_follow(options.state, options.log, &err);
    } else if (strcmp(verb, "sign") == 0 && usable && options.word && options.out) {
        status = run_sign(&options, streams, &err);
    } else if (strcmp(verb, "serve") == 0 && usable && options.listen) {
        status = hf_witness_serve(options.state, options.listen, streams, &err);
    } else {
        bool asked = options.help || strcmp(verb, "--help") == 0;
        (void)fputs(help, asked ? streams->out : streams->errors);
        return asked ? HF_AUDIT_EXIT_GOOD : HF_AUDIT_EXIT_USAGE;
    }
    if (status != HF_OK)
        (void)fprintf(streams->errors, "holdfast-audit: %s\n", err.text[0] ? err.text : hf_status_text(status));
    return status == HF_OK ? HF_AUDIT_EXIT_GOOD : HF_AUDIT_EXIT_REFUSED;
}
