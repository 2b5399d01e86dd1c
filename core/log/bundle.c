/* The single files of a bundle: policy, checkpoints, proofs, payloads. */
#include "core/log/bundle.h"

#include "core/base/assert.h"
#include "core/log/bundle_fetch.h"

#include <string.h>

void hf_bundle_begin(struct hf_bundle *bundle, const struct hf_bundle_reader *reader)
{
    memset(bundle, 0, sizeof *bundle);
    bundle->reader = *reader;
}

void hf_bundle_end(struct hf_bundle *bundle)
{
    hf_buf_clear(&bundle->policy_text);
    hf_buf_clear(&bundle->checkpoint_note);
    hf_buf_clear(&bundle->prev_note);
    hf_node_store_clear(&bundle->nodes);
    bundle->has_policy = bundle->has_checkpoint = bundle->has_prev = bundle->has_tree = false;
}

static enum hf_status explain(struct hf_bundle *bundle, enum hf_status status, const char *name)
{
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(&bundle->error, status, "The bundle has no file %s.", name);
    if (status == HF_ERR_LIMIT)
        return hf_error_set(&bundle->error, status, "The file %s is longer than such a file can be.", name);
    return hf_error_set(&bundle->error, status, "The file %s could not be read: %s", name, hf_status_text(status));
}

enum hf_status hf_bundle_fetch(struct hf_bundle *bundle, const char *name, size_t limit_bytes, struct hf_buf *out)
{
    hf_buf_reset(out);
    enum hf_status status = bundle->reader.read(bundle->reader.ctx, name, limit_bytes, out);
    if (status == HF_OK)
        status = hf_buf_status(out);
    if (status == HF_OK && out->len > limit_bytes)
        status = HF_ERR_LIMIT;
    if (status == HF_OK)
        return HF_OK;
    hf_buf_reset(out);
    return explain(bundle, status, name);
}

/* Parses policy_text into place. */
static enum hf_status adopt_policy(struct hf_bundle *bundle)
{
    enum hf_status status = hf_policy_file_parse(hf_buf_slice(&bundle->policy_text), &bundle->policy, &bundle->error);
    bundle->has_policy = status == HF_OK;
    return status;
}

enum hf_status hf_bundle_load_policy(struct hf_bundle *bundle)
{
    bundle->has_policy = false;
    enum hf_status status = hf_bundle_fetch(bundle, HF_BUNDLE_POLICY, HF_LOG_POLICY_BYTES_MAX, &bundle->policy_text);
    return status == HF_OK ? adopt_policy(bundle) : status;
}

enum hf_status hf_bundle_set_policy(struct hf_bundle *bundle, struct hf_slice text)
{
    bundle->has_policy = false;
    hf_buf_reset(&bundle->policy_text);
    hf_buf_append_slice(&bundle->policy_text, text);
    enum hf_status status = hf_buf_status(&bundle->policy_text);
    if (status != HF_OK)
        return hf_error_set(&bundle->error, status, "%s", hf_status_text(status));
    return adopt_policy(bundle);
}

static enum hf_status load_prev(struct hf_bundle *bundle)
{
    enum hf_status status = hf_bundle_fetch(bundle, HF_BUNDLE_PREV, HF_NOTE_BYTES_MAX, &bundle->prev_note);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status == HF_OK)
        status =
            hf_policy_file_open(&bundle->policy, hf_buf_slice(&bundle->prev_note), &bundle->prev, NULL, &bundle->error);
    if (status != HF_OK)
        return status;
    if (strcmp(bundle->prev.origin, bundle->checkpoint.origin) != 0)
        return hf_error_set(&bundle->error, HF_ERR_INVALID, "The earlier checkpoint is of another log.");
    if (bundle->prev.size > bundle->checkpoint.size)
        return hf_error_set(&bundle->error, HF_ERR_INVALID,
                            "The earlier checkpoint counts more entries than the later one.");
    bundle->has_prev = true;
    return HF_OK;
}

enum hf_status hf_bundle_load_checkpoints(struct hf_bundle *bundle)
{
    bundle->has_checkpoint = bundle->has_prev = false;
    if (!bundle->has_policy)
        return hf_error_set(&bundle->error, HF_ERR_STATE, "The policy has to be read before the checkpoint.");
    enum hf_status status = hf_bundle_fetch(bundle, HF_BUNDLE_CHECKPOINT, HF_NOTE_BYTES_MAX, &bundle->checkpoint_note);
    if (status == HF_OK)
        status = hf_policy_file_open(&bundle->policy, hf_buf_slice(&bundle->checkpoint_note), &bundle->checkpoint,
                                     &bundle->log, &bundle->error);
    if (status == HF_OK)
        status = load_prev(bundle);
    bundle->has_checkpoint = status == HF_OK;
    return status;
}

void hf_bundle_set_checkpoint(struct hf_bundle *bundle, const struct hf_checkpoint *checkpoint)
{
    bundle->checkpoint = *checkpoint;
    bundle->has_checkpoint = true;
    bundle->has_prev = bundle->has_tree = false;
}

static bool same_checkpoint(const struct hf_checkpoint *a, const struct hf_checkpoint *b)
{
    return strcmp(a->origin, b->origin) == 0 && a->size == b->size &&
           memcmp(a->root.bytes, b->root.bytes, sizeof a->root.bytes) == 0;
}

static enum hf_status check_proof(struct hf_bundle *bundle, uint64_t index, const struct hf_proof_file *file)
{
    struct hf_checkpoint checkpoint;
    struct hf_hash leaf_hash;
    enum hf_status status = hf_policy_file_open(&bundle->policy, file->checkpoint, &checkpoint, NULL, &bundle->error);
    if (status != HF_OK)
        return status;
    if (!file->has_extra || file->index != index)
        return hf_error_set(&bundle->error, HF_ERR_INVALID,
                            "The proof of entry %llu is of another entry, or does not hold the entry.",
                            (unsigned long long)index);
    if (!same_checkpoint(&checkpoint, &bundle->checkpoint))
        return hf_error_set(&bundle->error, HF_ERR_AUTH, "The proof of entry %llu is for another checkpoint.",
                            (unsigned long long)index);
    hf_tree_leaf_hash(hf_buf_slice(&file->extra), &leaf_hash);
    status = hf_tree_verify_inclusion(index, checkpoint.size, &leaf_hash, &file->proof, &checkpoint.root);
    if (status != HF_OK)
        return hf_error_set(&bundle->error, status, "Entry %llu is not in the tree of the checkpoint.",
                            (unsigned long long)index);
    return HF_OK;
}

static enum hf_status take_proof(struct hf_bundle *bundle, uint64_t index, struct hf_slice bytes,
                                 struct hf_buf *out_entry)
{
    struct hf_proof_file file;
    enum hf_status status = hf_proof_file_parse(bytes, &file);
    if (status != HF_OK)
        return hf_error_set(&bundle->error, status, "The proof of entry %llu is not of the form of a tlog-proof.",
                            (unsigned long long)index);
    status = check_proof(bundle, index, &file);
    if (status == HF_OK) {
        hf_buf_reset(out_entry);
        hf_buf_append_slice(out_entry, hf_buf_slice(&file.extra));
        status = hf_buf_status(out_entry);
    }
    hf_proof_file_clear(&file);
    return status;
}

enum hf_status hf_bundle_read_proof(struct hf_bundle *bundle, uint64_t index, struct hf_buf *out_entry)
{
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    struct hf_buf bytes;
    if (!bundle->has_policy || !bundle->has_checkpoint)
        return hf_error_set(&bundle->error, HF_ERR_STATE, "Policy and checkpoint have to be read before a proof.");
    hf_bundle_name(HF_BUNDLE_PROOF, index, name);
    hf_buf_init(&bytes, 0);
    enum hf_status status = hf_bundle_fetch(bundle, name, HF_PROOF_FILE_BYTES_MAX, &bytes);
    if (status == HF_OK)
        status = take_proof(bundle, index, hf_buf_slice(&bytes), out_entry);
    hf_buf_clear(&bytes);
    return status;
}

enum hf_status hf_bundle_read_ct(struct hf_bundle *bundle, uint64_t index, struct hf_buf *out)
{
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    hf_bundle_name(HF_BUNDLE_CT, index, name);
    return hf_bundle_fetch(bundle, name, HF_BUNDLE_CT_BYTES_MAX, out);
}

enum hf_status hf_bundle_read_opening(struct hf_bundle *bundle, uint64_t index, struct hf_buf *out)
{
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    hf_bundle_name(HF_BUNDLE_OPEN, index, name);
    return hf_bundle_fetch(bundle, name, HF_BUNDLE_OPEN_BYTES_MAX, out);
}

enum hf_status hf_bundle_list(struct hf_bundle *bundle, enum hf_bundle_kind kind, hf_bundle_index_fn *each,
                              void *each_ctx)
{
    enum hf_status status = bundle->reader.list(bundle->reader.ctx, kind, each, each_ctx);
    if (status != HF_OK)
        return hf_error_set(&bundle->error, status, "The files of the bundle could not be listed: %s",
                            hf_status_text(status));
    return HF_OK;
}
