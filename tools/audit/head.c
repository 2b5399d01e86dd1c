/* The four single files at the head of a bundle. */
#include "tools/audit/internal.h"

#include <string.h>

static const struct hf_audit_about no_entry = {.has_entry = false};

static enum hf_status fetch_required(struct hf_audit *audit, const char *name, size_t limit_bytes, struct hf_buf *out)
{
    enum hf_status status = hf_audit_fetch(audit, name, limit_bytes, no_entry, out);
    return status == HF_ERR_NOT_FOUND ? hf_audit_refuse_missing(audit, name, no_entry) : status;
}

static enum hf_status out_of_memory(struct hf_audit *audit)
{
    return hf_audit_give_up(audit, HF_ERR_NOMEM, "There is not enough memory to check this bundle.");
}

static enum hf_status read_policy(struct hf_audit *audit)
{
    struct hf_error error = {0};
    enum hf_status status = fetch_required(audit, HF_BUNDLE_POLICY, HF_LOG_POLICY_BYTES_MAX, &audit->policy_text);
    if (status != HF_OK)
        return status;
    status = hf_policy_file_parse(hf_buf_slice(&audit->policy_text), &audit->policy, &error);
    if (status == HF_ERR_NOMEM)
        return out_of_memory(audit);
    if (status != HF_OK)
        return hf_audit_refuse_file(audit, HF_AUDIT_POLICY, HF_BUNDLE_POLICY, "The file policy cannot be used. %s",
                                    error.text);
    return HF_OK;
}

/* --- witnesses: a quorum may stand below `checkpoint` itself, or below an older one in `witnessed` --- */

static enum hf_status refuse_witness(struct hf_audit *audit, const char *file, const char *why)
{
    return hf_audit_refuse_file(audit, HF_AUDIT_WITNESS, file, "The file %s: %s", file, why);
}

/* Takes a signed checkpoint when it has the quorum. Whether it is a beginning of this log shows at the end. */
static enum hf_status take_witnessed(struct hf_audit *audit, struct hf_slice note, const char *file)
{
    const struct hf_policy_file *policy = audit->demanded ? audit->demanded : &audit->policy;
    struct hf_error error = {0};
    struct hf_checkpoint checkpoint;
    bool met = false;
    audit->has_quorum = policy->quorum != HF_POLICY_NONE;
    if (!audit->has_quorum)
        return HF_OK;
    enum hf_status status = hf_policy_file_look(policy, note, &checkpoint, NULL, &met, &error);
    if (status == HF_ERR_NOMEM)
        return out_of_memory(audit);
    if (status != HF_OK)
        return refuse_witness(audit, file, error.text);
    if (met && checkpoint.size > audit->witnessed.size)
        audit->witnessed = checkpoint;
    return HF_OK;
}

static enum hf_status read_witnessed(struct hf_audit *audit)
{
    struct hf_checkpoint same;
    struct hf_error error = {0};
    size_t log = 0;
    bool met = false;
    enum hf_status status = hf_audit_fetch(audit, HF_BUNDLE_WITNESSED, HF_NOTE_BYTES_MAX, no_entry, &audit->file);
    if (status == HF_OK) {
        struct hf_slice note = hf_buf_slice(&audit->file);
        if (hf_policy_file_look(&audit->policy, note, &same, &log, &met, &error) != HF_OK)
            return refuse_witness(audit, HF_BUNDLE_WITNESSED,
                                  "it was not signed by the log that signed the checkpoint.");
        if (same.size > audit->checkpoint.size)
            return refuse_witness(audit, HF_BUNDLE_WITNESSED, "it counts more entries than the checkpoint.");
        status = take_witnessed(audit, note, HF_BUNDLE_WITNESSED);
        if (audit->witnessed.size == same.size)
            memcpy(audit->witnessed_key, audit->policy.log[log].key.public_key, sizeof audit->witnessed_key);
    } else if (status == HF_ERR_NOT_FOUND) {
        status = HF_OK;
    }
    if (status == HF_OK && audit->demanded && audit->has_quorum && audit->witnessed.size == 0)
        return refuse_witness(
            audit, HF_BUNDLE_CHECKPOINT,
            "fewer witnesses signed it, or any earlier one in the bundle, than your policy asks for.");
    return status;
}

static enum hf_status read_checkpoint(struct hf_audit *audit)
{
    struct hf_error error = {0};
    bool met = false;
    enum hf_status status = fetch_required(audit, HF_BUNDLE_CHECKPOINT, HF_NOTE_BYTES_MAX, &audit->file);
    if (status != HF_OK)
        return status;
    status =
        hf_policy_file_look(&audit->policy, hf_buf_slice(&audit->file), &audit->checkpoint, &audit->log, &met, &error);
    if (status == HF_ERR_NOMEM)
        return out_of_memory(audit);
    if (status != HF_OK)
        return hf_audit_refuse_file(audit, HF_AUDIT_CHECKPOINT, HF_BUNDLE_CHECKPOINT, "The file checkpoint: %s",
                                    error.text);
    if (audit->checkpoint.size == 0)
        return hf_audit_refuse_file(audit, HF_AUDIT_CHECKPOINT, HF_BUNDLE_CHECKPOINT,
                                    "The checkpoint is of an empty log. Without entry 0, the server's certificate, "
                                    "there is nothing to check.");
    if (audit->checkpoint.size > HF_AUDIT_ENTRIES_MAX)
        return hf_audit_give_up(audit, HF_ERR_LIMIT,
                                "The checkpoint counts %llu entries; this program checks up to %llu.",
                                (unsigned long long)audit->checkpoint.size, HF_AUDIT_ENTRIES_MAX);
    memcpy(audit->witnessed_key, audit->policy.log[audit->log].key.public_key, sizeof audit->witnessed_key);
    return take_witnessed(audit, hf_buf_slice(&audit->file), HF_BUNDLE_CHECKPOINT);
}

static enum hf_status refuse_prev(struct hf_audit *audit, const char *why)
{
    return hf_audit_refuse_file(audit, HF_AUDIT_PREV, HF_BUNDLE_PREV, "The file prev, the earlier checkpoint: %s", why);
}

/* A policy may list several logs. The earlier checkpoint has to be of the very key that signed the later one. */
static enum hf_status read_prev(struct hf_audit *audit)
{
    struct hf_error error = {0};
    size_t log = 0;
    bool met = false;
    enum hf_status status = hf_audit_fetch(audit, HF_BUNDLE_PREV, HF_NOTE_BYTES_MAX, no_entry, &audit->file);
    if (status != HF_OK)
        return status == HF_ERR_NOT_FOUND ? HF_OK : status;
    struct hf_slice note = hf_buf_slice(&audit->file);
    status = hf_policy_file_look(&audit->policy, note, &audit->prev, &log, &met, &error);
    if (status == HF_ERR_NOMEM)
        return out_of_memory(audit);
    if (status != HF_OK)
        return refuse_prev(audit, error.text);
    memcpy(audit->prev_key, audit->policy.log[log].key.public_key, sizeof audit->prev_key);
    const bool same_name = strcmp(audit->prev.origin, audit->checkpoint.origin) == 0; /* else: shards.c */
    if (same_name && audit->prev.size > audit->checkpoint.size)
        return refuse_prev(audit,
                           "it counts more entries than the later one. The log became shorter, or the files were "
                           "exchanged.");
    audit->has_prev = true;
    return HF_OK;
}

enum hf_status hf_audit_read_head(struct hf_audit *audit)
{
    enum hf_status status = read_policy(audit);
    if (status == HF_OK)
        status = read_checkpoint(audit);
    if (status == HF_OK)
        status = read_witnessed(audit);
    return status == HF_OK ? read_prev(audit) : status;
}
