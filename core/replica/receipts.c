#include "core/replica/distrust.h"
#include "core/replica/proofs.h"
#include "core/replica/replica_internal.h"

#include <inttypes.h>
#include <string.h>

enum hf_status hf_replica_seen(struct hf_replica *replica, struct hf_seen *out, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_seen seen = {0};
    struct hf_memo *memo = hf_replica_memo(replica);
    if (memo->has_seen) {
        *out = memo->seen;
        return HF_OK;
    }
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHECKPOINT_GET);
    if (hf_rows_next(&rows)) {
        seen.size = hf_rows_u64(&rows, 0);
        hf_rows_copy(&rows, 1, seen.root.bytes, sizeof seen.root.bytes);
        seen.verified_ms = hf_rows_u64(&rows, 2);
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status != HF_OK)
        return status;
    if (seen.size == 0)
        hf_sha256_of(NULL, 0, seen.root.bytes);
    *out = memo->seen = seen;
    memo->has_seen = true;
    return HF_OK;
}

/* --- checking --- */

static enum hf_status forged(struct hf_error *err, const char *what)
{
    return hf_error_set(err, HF_ERR_AUTH,
                        "%s Nothing was stored and your records are safe on this device; tell the office, which has to "
                        "find out why.",
                        what);
}

static enum hf_status open_note(const struct hf_replica *replica, struct hf_slice note, struct hf_checkpoint *out,
                                struct hf_error *err)
{
    struct hf_note_key key;
    const struct hf_identity *identity = replica->identity;
    if (hf_identity_log_key(identity, 0, &key) != HF_OK)
        return hf_error_set(err, HF_ERR_STATE, "This device is not enrolled yet, so it cannot check the office's log.");
    enum hf_status status = hf_checkpoint_open(note, &key, out);
    if (status == HF_ERR_NOMEM)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    if (status != HF_OK)
        return forged(err, "The office's log head is not signed with the key that this device trusts.");
    if (out->size > HF_LOG_INDEX_MAX)
        return forged(err, "The office's log head names a size that no log has.");
    return HF_OK;
}

static enum hf_status check_continues(const struct hf_seen *seen, const struct hf_checkpoint *now,
                                      const struct hf_proof *consistency, struct hf_error *err)
{
    if (now->size < seen->size)
        return forged(err, "The office's log is shorter than what this device saw: entries are missing.");
    if (seen->size == 0)
        return HF_OK;
    bool same = memcmp(seen->root.bytes, now->root.bytes, sizeof seen->root.bytes) == 0;
    if (now->size == seen->size)
        return same ? HF_OK : forged(err, "The office's log does not continue from what this device saw.");
    if (hf_tree_verify_consistency(seen->size, &seen->root, now->size, &now->root, consistency) != HF_OK)
        return forged(err, "The office's log does not continue from what this device saw.");
    return HF_OK;
}

enum hf_status hf_replica_own_hashes(struct hf_replica *replica, const struct hf_range *range, struct hf_buf *out,
                                     struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_hash hash;
    struct hf_stored stored;
    struct hf_buf bytes = {0};
    enum hf_status status = HF_OK;
    uint64_t next = range->first;
    hf_rows_begin(&rows, replica, HF_STATEMENT_OWN_LEAVES);
    hf_rows_bind_u64(&rows, range->first);
    hf_rows_bind_u64(&rows, range->first + range->count);
    while (status == HF_OK && hf_rows_next(&rows)) {
        hf_replica_stored_read_leaf(&rows, &stored, &bytes);
        if (rows.code != SQLITE_ROW || stored.index != next)
            break;
        status = hf_replica_stored_check(replica, &stored, err);
        hf_tree_leaf_hash(stored.leaf, &hash);
        hf_buf_append(out, hash.bytes, sizeof hash.bytes);
        next++;
    }
    const enum hf_status ended = hf_rows_end(&rows, status == HF_OK ? err : NULL);
    hf_buf_clear(&bytes);
    if (status == HF_OK)
        status = ended;
    if (status == HF_OK)
        status = hf_buf_status(out);
    if (status == HF_OK && next != range->first + range->count)
        status = forged(err, "The office sent receipts for changes that this device did not make.");
    return status;
}

static enum hf_status check_range(struct hf_replica *replica, const struct hf_range_proof *proof,
                                  const struct hf_checkpoint *now, struct hf_error *err)
{
    const struct hf_range *range = &proof->range;
    struct hf_buf hashes = {0};
    if (range->count == 0 || range->first >= now->size || range->count > now->size - range->first)
        return forged(err, "The office sent receipts for places that its log does not have.");
    enum hf_status status = hf_replica_own_hashes(replica, range, &hashes, err);
    if (status == HF_OK && hf_tree_verify_range(range->first, (const struct hf_hash *)hashes.data, range->count,
                                                now->size, &proof->proof, &now->root) != HF_OK)
        status = forged(err, "The office's receipts do not prove that your changes are in its log.");
    hf_buf_clear(&hashes);
    return status;
}

/* --- storing --- */

static enum hf_status store_checkpoint(struct hf_replica *replica, const struct hf_seen *seen,
                                       const struct hf_checkpoint *now, struct hf_slice note, uint64_t now_ms,
                                       struct hf_error *err)
{
    struct hf_rows rows;
    bool grown = now->size > seen->size;
    hf_rows_begin(&rows, replica, grown ? HF_STATEMENT_CHECKPOINT_PUT : HF_STATEMENT_CHECKPOINT_SEEN_AGAIN);
    if (grown) {
        hf_rows_bind_u64(&rows, now->size);
        hf_rows_bind_bytes(&rows, hf_slice_of(now->root.bytes, sizeof now->root.bytes));
    }
    hf_rows_bind_u64(&rows, now_ms);
    hf_rows_bind_bytes(&rows, note);
    enum hf_status status = hf_rows_run(&rows, err);
    if (status != HF_OK)
        return status;
    hf_rows_begin(&rows, replica, HF_STATEMENT_SYNCED_PUT);
    hf_rows_bind_u64(&rows, now_ms);
    return hf_rows_run(&rows, err);
}

static enum hf_status store_received(struct hf_replica *replica, const struct hf_range *range, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_SET_RECEIVED);
    hf_rows_bind_u64(&rows, range->first);
    hf_rows_bind_u64(&rows, range->first + range->count);
    return hf_rows_run(&rows, err);
}

struct head {
    struct hf_slice note;
    const struct hf_proof *consistency;
    const struct hf_range_proof *ranges;
    size_t range_count;
    uint64_t now_ms;
};

static enum hf_status take_head(struct hf_replica *replica, const struct head *head, struct hf_error *err)
{
    struct hf_checkpoint now;
    struct hf_seen seen;
    enum hf_status status = open_note(replica, head->note, &now, err);
    if (status == HF_OK)
        status = hf_replica_seen(replica, &seen, err);
    if (status == HF_OK)
        status = check_continues(&seen, &now, head->consistency, err);
    for (size_t i = 0; status == HF_OK && i < head->range_count; i++)
        status = check_range(replica, &head->ranges[i], &now, err);
    if (status == HF_OK)
        status = store_checkpoint(replica, &seen, &now, head->note, head->now_ms, err);
    for (size_t i = 0; status == HF_OK && i < head->range_count; i++)
        status = store_received(replica, &head->ranges[i].range, err);
    if (status == HF_OK && head->range_count > 0)
        status = hf_replica_proofs_keep(replica, now.size, head->note, head->now_ms, err);
    for (size_t i = 0; status == HF_OK && i < head->range_count; i++)
        status = hf_replica_proof_keep(replica, now.size, &head->ranges[i], err);
    return status;
}

enum hf_status hf_replica_store_head(struct hf_replica *replica, struct hf_slice note,
                                     const struct hf_proof *consistency, const struct hf_range_proof *ranges,
                                     size_t range_count, uint64_t now_ms, struct hf_error *err)
{
    const struct head head = {note, consistency, ranges, range_count, now_ms};
    struct hf_error why = {0};
    struct hf_checkpoint shown;
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status != HF_OK)
        return status;
    status = hf_rows_finish(replica, take_head(replica, &head, &why), &why);
    if (status != HF_OK)
        (void)hf_error_set(err, status, "%s", why.text);
    /* What it found stays found, even when that cannot be kept for want of a disk. What the log did not sign proves
     * nothing against it, and may be signed with a key that this device has not heard of yet. */
    const struct hf_finding finding = {.note = note, .consistency = consistency, .text = why.text};
    if (status == HF_ERR_AUTH && open_note(replica, note, &shown, NULL) == HF_OK)
        (void)!hf_replica_distrust_begin(replica, &finding, now_ms);
    return status;
}

enum hf_status hf_replica_checkpoint(struct hf_replica *replica, struct hf_buf *out_note, struct hf_buf *out_prev)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHECKPOINT_NOTES);
    if (hf_rows_next(&rows)) {
        hf_buf_append_slice(out_note, hf_rows_bytes(&rows, 0));
        hf_buf_append_slice(out_prev, hf_rows_bytes(&rows, 1));
    }
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        status = hf_buf_status(out_note);
    return status == HF_OK ? hf_buf_status(out_prev) : status;
}
