#include "tools/audit/proof.h"

#include "core/log/policy_file.h"
#include "core/log/proof_file.h"
#include "core/model/leaf.h"
#include "tools/audit/file.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "holdfast-audit proof FILE --policy FILE [--json]\n"
    "\n"
    "Checks the proof of one entry (a C2SP tlog-proof), as `holdfast log proof` writes it: that the\n"
    "entry in it is signed by the device it names and stands in the log that the policy names.\n"
    "\n"
    "  --policy FILE   the log's key, its witnesses and how many of them are needed (a C2SP\n"
    "                  tlog-policy). Every exported bundle holds it as its file `policy`.\n"
    "                  Get it from the authority itself, not with the proof.\n"
    "  --json          one JSON object instead of text\n"
    "\n"
    "Exit status: 0 it holds, 1 it does not, 2 nothing was checked.\n";

struct proved {
    struct hf_checkpoint checkpoint;
    struct hf_leaf leaf;
    uint64_t index;
};

static enum hf_status refuse(struct hf_error *err, const char *why)
{
    return hf_error_set(err, HF_ERR_AUTH, "%s", why);
}

static enum hf_status check(const struct hf_policy_file *policy, const struct hf_proof_file *file, struct proved *out,
                            struct hf_error *err)
{
    struct hf_hash leaf_hash;
    struct hf_slice entry = hf_buf_slice(&file->extra);
    if (!file->has_extra || entry.len != HF_LEAF_BYTES || hf_leaf_decode(entry, &out->leaf) != HF_OK)
        return refuse(err, "The file holds no entry, so there is nothing whose place could be proved.");
    if (!hf_leaf_verify(entry.data))
        return refuse(err, "The entry is not signed by the device that it names.");
    enum hf_status status = hf_policy_file_open(policy, file->checkpoint, &out->checkpoint, NULL, err);
    if (status != HF_OK)
        return status;
    hf_tree_leaf_hash(entry, &leaf_hash);
    if (hf_tree_verify_inclusion(file->index, out->checkpoint.size, &leaf_hash, &file->proof, &out->checkpoint.root) !=
        HF_OK)
        return refuse(err, "The entry is not in the log at that place: the file was changed, or was never true.");
    out->index = file->index;
    return HF_OK;
}

static enum hf_status check_bytes(struct hf_slice policy_text, struct hf_slice bytes, struct proved *out,
                                  struct hf_error *err)
{
    struct hf_policy_file policy;
    struct hf_proof_file file;
    enum hf_status status = hf_policy_file_parse(policy_text, &policy, err);
    if (status != HF_OK)
        return status;
    status = hf_proof_file_parse(bytes, &file);
    if (status != HF_OK)
        return refuse(err, "The file does not have the form of a proof.");
    status = check(&policy, &file, out, err);
    hf_proof_file_clear(&file);
    return status;
}

static void when(uint64_t unix_ms, char out[32])
{
    struct tm parts;
    time_t seconds = (time_t)(unix_ms / 1000);
    out[0] = 0;
    if (gmtime_r(&seconds, &parts))
        (void)strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &parts);
}

static void print(const struct proved *proved, bool json, FILE *out)
{
    char device[2 * HF_SIGN_PUBLIC_BYTES + 1], time[32];
    for (size_t i = 0; i < HF_SIGN_PUBLIC_BYTES; i++)
        (void)snprintf(device + 2 * i, 3, "%02x", proved->leaf.device[i]);
    when(hf_clock_ms(proved->leaf.clock), time);
    /* An origin has no quotation mark, no backslash and no control character: it is the name of a key. */
    if (json)
        (void)fprintf(out,
                      "{\"ok\": true, \"origin\": \"%s\", \"entry\": %" PRIu64 ", \"size\": %" PRIu64
                      ", \"device\": \"%s\", \"time\": \"%s\"}\n",
                      proved->checkpoint.origin, proved->index, proved->checkpoint.size, device, time);
    else
        (void)fprintf(out,
                      "The proof holds: the entry is in the log %s at entry %" PRIu64 ", in a checkpoint of %" PRIu64
                      " entries.\nSigned by device %s, whose clock said %s.\n",
                      proved->checkpoint.origin, proved->index, proved->checkpoint.size, device, time);
}

struct options {
    const char *file;
    const char *policy;
    bool json, help;
};

static bool parse(int argc, char *const *argv, struct options *out)
{
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
            out->help = true;
        else if (strcmp(arg, "--json") == 0)
            out->json = true;
        else if (strncmp(arg, "--policy=", 9) == 0)
            out->policy = arg + 9;
        else if (strcmp(arg, "--policy") == 0 && i + 1 < argc)
            out->policy = argv[++i];
        else if (arg[0] == '-' || out->file)
            return false;
        else
            out->file = arg;
    }
    return out->help || (out->file && out->policy);
}

int hf_audit_proof(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    struct options options = {0};
    struct hf_error err = {0};
    struct proved proved = {0};
    struct hf_buf policy = {0};
    struct hf_buf file = {0};
    if (!parse(argc, argv, &options) || options.help) {
        (void)fputs(help, options.help ? streams->out : streams->errors);
        return options.help ? HF_AUDIT_EXIT_GOOD : HF_AUDIT_EXIT_USAGE;
    }
    int code = HF_AUDIT_EXIT_USAGE;
    if (hf_audit_file_read(options.policy, HF_LOG_POLICY_BYTES_MAX, &policy, &err) == HF_OK &&
        hf_audit_file_read(options.file, HF_PROOF_FILE_BYTES_MAX, &file, &err) == HF_OK) {
        enum hf_status status = check_bytes(hf_buf_slice(&policy), hf_buf_slice(&file), &proved, &err);
        code = status == HF_OK ? HF_AUDIT_EXIT_GOOD : HF_AUDIT_EXIT_REFUSED;
    }
    if (code == HF_AUDIT_EXIT_GOOD)
        print(&proved, options.json, streams->out);
    else
        (void)fprintf(streams->errors, "holdfast-audit: %s\n", err.text);
    hf_buf_clear(&policy);
    hf_buf_clear(&file);
    return code;
}
