/* What the device knows about the signed log: its newest checked head, and the proofs of its own changes. */
#include "client/handle.h"
#include "core/replica/proofs.h"

#include <string.h>

enum holdfast_status holdfast_get_log_head(struct holdfast *hf, struct holdfast_log_head *out)
{
    struct hf_sync_facts facts;
    struct hf_replica_counts counts = {0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_facts(hf->replica, &facts);
    if (status == HF_OK)
        status = hf_replica_counts(hf->replica, &counts);
    if (status == HF_OK) {
        const char *origin = hf_identity_log_name(hf_replica_identity(hf->replica));
        struct holdfast_log_head head = {.size = facts.checkpoint_size, .checked_ms = counts.checkpoint_ms};
        _Static_assert(sizeof head.origin >= HF_NOTE_NAME_BYTES_MAX + 1, "an origin fits");
        memcpy(head.origin, origin, strlen(origin) + 1);
        memcpy(head.root, facts.checkpoint_root.bytes, sizeof head.root);
        *out = head;
    }
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_log_proof(struct holdfast *hf, const struct holdfast_id *change,
                                        void (*take)(void *ctx, const void *bytes, size_t len), void *ctx)
{
    const struct hf_id id = hf_id_in(change);
    struct hf_buf file = {0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_proof_file(hf->replica, &id, &file, &hf->err);
    if (status == HF_ERR_NOT_FOUND)
        status = hf_handle_fail(hf, status, "There is no such change on this device.");
    if (status == HF_OK)
        take(ctx, file.data, file.len);
    hf_buf_clear(&file);
    return hf_handle_leave(hf, status);
}
