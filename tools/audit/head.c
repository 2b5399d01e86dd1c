/* The three single files at the head of a bundle. */
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

static enum hf_status read_checkpoint(struct hf_audit *audit)
{
    struct hf_error error = {0};
    enum hf_status status = fetch_required(audit, HF_BUNDLE_CHECKPOINT, HF_NOTE_BYTES_MAX, &audit->file);
    if (status != HF_OK)
        return status;
    status = hf_policy_file_open(&audit->policy, hf_buf_slice(&audit->file), &audit->checkpoint, &audit->log, &error);
    if (status == HF_ERR_NOMEM)
        return out_of_memory(audit);
    if (status != HF_OK)
        return hf_audit_refuse_file(audit, HF_AUDIT_CHECKPOINT, HF_BUNDLE_CHECKPOINT, "The file checkpoint: %s",
                                    error.text);
    hf_log_id(hf_slice_str(audit->checkpoint.origin), audit->log_id);
    if (audit->checkpoint.size == 0)
        return hf_audit_refuse_file(audit, HF_AUDIT_CHECKPOINT, HF_BUNDLE_CHECKPOINT,
                                    "The checkpoint is of an empty log. Without entry 0, the server's certificate, "
                                    "there is nothing to check.");
    if (audit->checkpoint.size > HF_AUDIT_ENTRIES_MAX)
        return hf_audit_give_up(audit, HF_ERR_LIMIT,
                                "The checkpoint counts %llu entries; this program checks up to %llu.",
                                (unsigned long long)audit->checkpoint.size, HF_AUDIT_ENTRIES_MAX);
    return HF_OK;
}

static enum hf_status refuse_prev(struct hf_audit *audit, const char *why)
{
    return hf_audit_refuse_file(audit, HF_AUDIT_PREV, HF_BUNDLE_PREV, "The file prev, the earlier checkpoint: %s", why);
}

/* A policy may list several logs. The earlier checkpoint has to be of the very key that signed the later one. */
static enum hf_status read_prev(struct hf_audit *audit)
{
    struct hf_error error = {0};
    struct hf_checkpoint same;
    enum hf_status status = hf_audit_fetch(audit, HF_BUNDLE_PREV, HF_NOTE_BYTES_MAX, no_entry, &audit->file);
    if (status != HF_OK)
        return status == HF_ERR_NOT_FOUND ? HF_OK : status;
    struct hf_slice note = hf_buf_slice(&audit->file);
    status = hf_policy_file_open(&audit->policy, note, &audit->prev, NULL, &error);
    if (status == HF_ERR_NOMEM)
        return out_of_memory(audit);
    if (status != HF_OK)
        return refuse_prev(audit, error.text);
    if (hf_checkpoint_open(note, &audit->policy.log[audit->log].key, &same) != HF_OK)
        return refuse_prev(audit, "it was not signed by the log that signed the checkpoint.");
    if (audit->prev.size > audit->checkpoint.size)
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
    return status == HF_OK ? read_prev(audit) : status;
}
