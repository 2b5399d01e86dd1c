/* Proof files beside the tiles: each must be about the entry it is named after, and of this very checkpoint. */
#include "tools/audit/internal.h"

#include <string.h>

static enum hf_status refuse(struct hf_audit *audit, uint64_t index, const char *name, const char *why)
{
    return hf_audit_refuse_range(audit, HF_AUDIT_PROOF, index, index, name, "Entry %llu: the file %s %s",
                                 (unsigned long long)index, name, why);
}

static bool same_checkpoint(const struct hf_checkpoint *a, const struct hf_checkpoint *b)
{
    return a->size == b->size && memcmp(a->root.bytes, b->root.bytes, sizeof a->root.bytes) == 0;
}

static enum hf_status check_parsed(struct hf_audit *audit, uint64_t index, const char *name,
                                   const struct hf_proof_file *proof)
{
    struct hf_checkpoint checkpoint;
    struct hf_hash leaf_hash;
    struct hf_hash extra_hash;
    if (index >= audit->checkpoint.size || proof->index != index)
        return refuse(audit, index, name, "is the proof of another entry.");
    if (!hf_audit_nodes_get(&audit->nodes, 0, index, &leaf_hash))
        return hf_audit_refuse_nodes(audit);
    if (hf_proof_file_verify(proof, &audit->policy.log[audit->log].key, &leaf_hash, &checkpoint) != HF_OK)
        return refuse(audit, index, name, "does not prove that the entry is in the log: it was changed.");
    if (!same_checkpoint(&checkpoint, &audit->checkpoint))
        return refuse(audit, index, name, "is a proof for another checkpoint.");
    if (!proof->has_extra)
        return HF_OK;
    hf_tree_leaf_hash(hf_buf_slice(&proof->extra), &extra_hash);
    if (memcmp(extra_hash.bytes, leaf_hash.bytes, sizeof leaf_hash.bytes) != 0)
        return refuse(audit, index, name, "holds another entry than the log.");
    return HF_OK;
}

static enum hf_status check_proof(void *ctx, uint64_t index)
{
    struct hf_audit *audit = ctx;
    struct hf_proof_file proof;
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    hf_bundle_name(HF_BUNDLE_PROOF, index, name);
    struct hf_audit_about about = {true, index, index};
    enum hf_status status = hf_audit_fetch(audit, name, HF_PROOF_FILE_BYTES_MAX, about, &audit->file);
    if (status == HF_ERR_NOT_FOUND)
        return hf_audit_refuse_missing(audit, name, about);
    if (status != HF_OK)
        return status;
    status = hf_proof_file_parse(hf_buf_slice(&audit->file), &proof);
    if (status == HF_ERR_NOMEM)
        return hf_audit_give_up(audit, status, "There is not enough memory to check this bundle.");
    if (status != HF_OK)
        return refuse(audit, index, name, "does not have the form of a proof.");
    status = check_parsed(audit, index, name, &proof);
    hf_proof_file_clear(&proof);
    audit->summary.proofs++;
    return status;
}

enum hf_status hf_audit_check_proofs(struct hf_audit *audit)
{
    enum hf_status status = audit->reader.list(audit->reader.ctx, HF_BUNDLE_PROOF, check_proof, audit);
    if (status != HF_OK && audit->finding.check == HF_AUDIT_NONE)
        return hf_audit_give_up(audit, status == HF_ERR_NOMEM ? status : HF_ERR_IO,
                                "The folder proof of the bundle could not be read.");
    return status;
}
