#include "tools/audit/fork.h"

#include "core/base/text.h"
#include "core/log/bundle.h"
#include "core/log/evidence.h"
#include "core/model/leaf.h"
#include "tools/audit/file.h"
#include "tools/audit/folder.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "holdfast-audit fork FILE [--bundle DIR]\n"
    "\n"
    "Checks what a device wrote when it stopped trusting the office's log (`holdfast log evidence`): two\n"
    "checkpoints that the log signed and that cannot both be true. Of one size and with different roots\n"
    "they prove it by themselves. Of different sizes a bundle of the log decides: both must be beginnings\n"
    "of it. Compare the log's key that is shown with one that you have from elsewhere.\n"
    "Or: a change in the device's name that its key did not sign. A bundle decides whether the log has it.\n"
    "\n"
    "Exit status: 0 the log broke its word, 1 this does not show that it did, 2 nothing was checked.\n";

struct options {
    const char *file, *bundle;
    bool help;
};

static bool parse(int argc, char *const *argv, struct options *out)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            out->help = true;
        else if (strcmp(argv[i], "--bundle") == 0 && i + 1 < argc)
            out->bundle = argv[++i];
        else if (argv[i][0] == '-' || out->file)
            return false;
        else
            out->file = argv[i];
    }
    return out->help || out->file;
}

static void say_head(const struct hf_evidence *evidence, FILE *out)
{
    struct hf_buf text = {0};
    char time[HF_TIME_TEXT_BYTES];
    hf_text_time(evidence->found_ms, time);
    hf_buf_append_str(&text, "Log:    ");
    hf_note_key_format(&evidence->log, &text);
    hf_buf_append_str(&text, "\nDevice: ");
    hf_text_hex(&text, hf_slice_of(evidence->device, sizeof evidence->device));
    hf_buf_append_fmt(&text, "\nFound:  %s, by the device's clock\nIt says: ", time);
    hf_buf_append_slice(&text, evidence->says);
    hf_buf_append_str(&text, "\n\n");
    if (hf_buf_status(&text) == HF_OK)
        (void)fwrite(text.data, 1, text.len, out);
    hf_buf_clear(&text);
}

static void say_checkpoint(const char *name, const struct hf_checkpoint *checkpoint, FILE *out)
{
    struct hf_buf hex = {0};
    hf_text_hex(&hex, hf_slice_of(checkpoint->root.bytes, sizeof checkpoint->root.bytes));
    (void)fprintf(out, "%s: %llu entries, root %.*s\n", name, (unsigned long long)checkpoint->size, (int)hex.len,
                  (const char *)hex.data);
    hf_buf_clear(&hex);
}

/* --- against a bundle --- */

enum against { BOTH_FIT, ONE_DIFFERS, TOO_SHORT, UNUSABLE };

static enum hf_status load(struct hf_bundle *bundle, const struct hf_evidence *evidence)
{
    struct hf_buf policy = {0};
    hf_policy_file_format_log(&evidence->log, &policy);
    enum hf_status status = hf_buf_status(&policy);
    if (status == HF_OK)
        status = hf_bundle_set_policy(bundle, hf_buf_slice(&policy));
    if (status == HF_OK)
        status = hf_bundle_load_checkpoints(bundle);
    if (status == HF_OK)
        status = hf_bundle_load_tree(bundle);
    hf_buf_clear(&policy);
    return status;
}

/* What lies beyond the bundle is not looked at. */
static bool fits(struct hf_bundle *bundle, const struct hf_checkpoint *checkpoint)
{
    struct hf_hash root;
    return checkpoint->size > bundle->checkpoint.size ||
           (hf_bundle_root_at(bundle, checkpoint->size, &root) == HF_OK &&
            memcmp(root.bytes, checkpoint->root.bytes, sizeof root.bytes) == 0);
}

/* What the evidence is held against in a bundle of the log. */
struct claim {
    const struct hf_evidence *evidence;
    struct hf_checkpoint one, other;
};
typedef enum against compare_fn(struct hf_bundle *bundle, const struct claim *claim);

static enum against compare_checkpoints(struct hf_bundle *bundle, const struct claim *claim)
{
    if (!fits(bundle, &claim->one) || !fits(bundle, &claim->other))
        return ONE_DIFFERS;
    const uint64_t size = bundle->checkpoint.size;
    return claim->one.size > size || claim->other.size > size ? TOO_SHORT : BOTH_FIT;
}

/* BOTH_FIT: the log has this very entry there. */
static enum against compare_shown(struct hf_bundle *bundle, const struct claim *claim)
{
    struct hf_bundle_entries entries;
    struct hf_slice entry;
    uint64_t index = 0;
    if (claim->evidence->place >= bundle->checkpoint.size)
        return TOO_SHORT;
    hf_bundle_entries_begin(bundle, claim->evidence->place, &entries);
    const bool same = hf_bundle_entries_next(&entries, &index, &entry) && index == claim->evidence->place &&
                      hf_slice_equal(entry, claim->evidence->shown);
    hf_bundle_entries_end(&entries);
    return same ? BOTH_FIT : ONE_DIFFERS;
}

static enum against hold_against(const char *folder, const struct claim *claim, compare_fn *compare,
                                 const struct hf_audit_streams *streams)
{
    struct hf_audit_folder opened;
    enum against result = UNUSABLE;
    struct hf_bundle *bundle = malloc(sizeof *bundle);
    if (!bundle)
        return UNUSABLE;
    if (hf_audit_folder_open(folder, &opened) != HF_OK) {
        (void)fprintf(streams->errors, "holdfast-audit: the bundle %s could not be opened.\n", folder);
        free(bundle);
        return UNUSABLE;
    }
    struct hf_bundle_reader reader = hf_audit_folder_reader(&opened);
    hf_bundle_begin(bundle, &reader);
    if (load(bundle, claim->evidence) != HF_OK)
        (void)fprintf(streams->errors, "holdfast-audit: the bundle %s: %s\n", folder, bundle->error.text);
    else
        result = compare(bundle, claim);
    hf_bundle_end(bundle);
    free(bundle);
    hf_audit_folder_close(&opened);
    return result;
}

static int decide(const struct options *options, const struct claim *claim, const struct hf_audit_streams *streams)
{
    if (!options->bundle) {
        (void)fputs(
            "Not proved by this file alone: the sizes differ, and the proof that was shown does not lead from "
            "one to the other.\nAsk the office for a bundle with at least the larger number of entries, and check "
            "again with --bundle.\n",
            streams->out);
        return HF_AUDIT_EXIT_REFUSED;
    }
    switch (hold_against(options->bundle, claim, compare_checkpoints, streams)) {
    case ONE_DIFFERS:
        (void)fputs(
            "Proved: the log signed both, and the bundle, which it signed too, is not a continuation of both. The "
            "log was rewritten or shown in two versions.\n",
            streams->out);
        return HF_AUDIT_EXIT_GOOD;
    case BOTH_FIT:
        (void)fputs(
            "Refuted: both are beginnings of the log in the bundle. The device was shown a wrong proof, or wrote "
            "down another.\n",
            streams->out);
        return HF_AUDIT_EXIT_REFUSED;
    case TOO_SHORT:
        (void)fputs("Not decided: the bundle has fewer entries than the checkpoints. Ask for a newer one.\n",
                    streams->out);
        return HF_AUDIT_EXIT_REFUSED;
    default:
        return HF_AUDIT_EXIT_USAGE;
    }
}

/* --- a change that the device did not sign --- */

static bool device_signed(const struct hf_evidence *evidence)
{
    struct hf_leaf leaf;
    return evidence->shown.len == HF_LEAF_BYTES && hf_leaf_decode(evidence->shown, &leaf) == HF_OK &&
           memcmp(leaf.device, evidence->device, sizeof leaf.device) == 0 && hf_leaf_verify(evidence->shown.data);
}

static int judge_shown(const struct options *options, const struct hf_evidence *evidence,
                       const struct hf_audit_streams *streams)
{
    const struct claim claim = {.evidence = evidence};
    (void)fprintf(streams->out, "Shown:  a change of this device, said to be entry %llu\n\n",
                  (unsigned long long)evidence->place);
    if (device_signed(evidence)) {
        (void)fputs("Refuted: the device's key did sign this change.\n", streams->out);
        return HF_AUDIT_EXIT_REFUSED;
    }
    if (!options->bundle) {
        (void)fputs(
            "Not proved by this file alone: the change in it is not signed by the device's key, so anybody could "
            "have made it.\nAsk the office for a bundle, and check again with --bundle.\n",
            streams->out);
        return HF_AUDIT_EXIT_REFUSED;
    }
    switch (hold_against(options->bundle, &claim, compare_shown, streams)) {
    case BOTH_FIT:
        (void)fputs(
            "Proved: the log, which the office signed, has this change in the device's name, and the device's key "
            "did not sign it.\n",
            streams->out);
        return HF_AUDIT_EXIT_GOOD;
    case ONE_DIFFERS:
        (void)fputs(
            "Not proved: the log has another entry there. The office told the device what its log does not say, "
            "or the device wrote down another change.\n",
            streams->out);
        return HF_AUDIT_EXIT_REFUSED;
    case TOO_SHORT:
        (void)fputs("Not decided: the bundle has fewer entries. Ask for a newer one.\n", streams->out);
        return HF_AUDIT_EXIT_REFUSED;
    default:
        return HF_AUDIT_EXIT_USAGE;
    }
}

/* --- the command --- */

static int judge(const struct options *options, const struct hf_evidence *evidence,
                 const struct hf_audit_streams *streams)
{
    struct claim claim = {.evidence = evidence};
    say_head(evidence, streams->out);
    if (evidence->shown.len > 0)
        return judge_shown(options, evidence, streams);
    const enum hf_evidence_finding finding = hf_evidence_judge(evidence, &claim.one, &claim.other);
    if (finding == HF_EVIDENCE_UNSIGNED) {
        (void)fputs(
            "Not proved: the checkpoints in it do not both bear the signature of that log. Whoever wrote the file may "
            "have made them up.\n",
            streams->out);
        return HF_AUDIT_EXIT_REFUSED;
    }
    say_checkpoint("Earlier", &claim.one, streams->out);
    say_checkpoint("Later", &claim.other, streams->out);
    (void)fputc('\n', streams->out);
    if (finding == HF_EVIDENCE_PROVES) {
        (void)fputs("Proved: the log signed two different histories of the same length.\n", streams->out);
        return HF_AUDIT_EXIT_GOOD;
    }
    if (finding == HF_EVIDENCE_CONTINUES) {
        (void)fputs("Refuted: the later checkpoint continues the earlier one, and the file itself proves it.\n",
                    streams->out);
        return HF_AUDIT_EXIT_REFUSED;
    }
    return decide(options, &claim, streams);
}

int hf_audit_fork(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    struct options options = {0};
    struct hf_evidence evidence;
    struct hf_error err = {0};
    struct hf_buf file = {0};
    int code = HF_AUDIT_EXIT_USAGE;
    if (!parse(argc, argv, &options) || options.help) {
        (void)fputs(help, options.help ? streams->out : streams->errors);
        return options.help ? HF_AUDIT_EXIT_GOOD : HF_AUDIT_EXIT_USAGE;
    }
    if (hf_audit_file_read(options.file, HF_EVIDENCE_BYTES_MAX, &file, &err) != HF_OK)
        (void)fprintf(streams->errors, "holdfast-audit: %s\n", err.text);
    else if (hf_evidence_parse(hf_buf_slice(&file), &evidence) != HF_OK)
        (void)fprintf(streams->errors, "holdfast-audit: %s is not evidence as `holdfast log evidence` writes it.\n",
                      options.file);
    else
        code = judge(&options, &evidence, streams);
    hf_buf_clear(&file);
    return code;
}
