#include "core/replica/proofs.h"

#include "core/replica/replica_internal.h"

#include <string.h>

const char hf_replica_proof_tables[] =
    "CREATE TABLE proof_heads(size INTEGER PRIMARY KEY, verified_ms INTEGER NOT NULL, note BLOB NOT NULL);"
    "CREATE TABLE proofs(first INTEGER PRIMARY KEY, count INTEGER NOT NULL, size INTEGER NOT NULL,"
    " proof BLOB NOT NULL);";

enum hf_status hf_replica_proofs_keep(struct hf_replica *replica, uint64_t size, struct hf_slice note, uint64_t now_ms,
                                      struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_PROOF_HEAD_ADD);
    hf_rows_bind_u64(&rows, size);
    hf_rows_bind_u64(&rows, now_ms);
    hf_rows_bind_bytes(&rows, note);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_proof_keep(struct hf_replica *replica, uint64_t size, const struct hf_range_proof *proof,
                                     struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_PROOF_ADD);
    hf_rows_bind_u64(&rows, proof->range.first);
    hf_rows_bind_u64(&rows, proof->range.count);
    hf_rows_bind_u64(&rows, size);
    hf_rows_bind_bytes(&rows, hf_slice_of(proof->proof.hash[0].bytes, proof->proof.count * HF_HASH_BYTES));
    return hf_rows_run(&rows, err);
}

/* note may be NULL. */
static enum hf_status find(struct hf_replica *replica, uint64_t index, struct hf_receipt *out,
                           struct hf_range_proof *proof, struct hf_buf *note, struct hf_error *err)
{
    struct hf_rows rows;
    if (index > HF_LOG_INDEX_MAX)
        return HF_ERR_NOT_FOUND;
    hf_rows_begin(&rows, replica, HF_STATEMENT_PROOF_FIND);
    hf_rows_bind_u64(&rows, index);
    bool found = hf_rows_next(&rows);
    struct hf_slice hashes = {0};
    if (found) {
        *out = (struct hf_receipt){.index = index, .size = hf_rows_u64(&rows, 2), .verified_ms = hf_rows_u64(&rows, 3)};
        hashes = hf_rows_bytes(&rows, 4);
    }
    bool fits = hashes.len % HF_HASH_BYTES == 0 && hashes.len <= HF_PROOF_HASHES_MAX * HF_HASH_BYTES;
    if (found && proof && fits) {
        proof->range = (struct hf_range){.first = hf_rows_u64(&rows, 0), .count = hf_rows_u64(&rows, 1)};
        proof->proof.count = hashes.len / HF_HASH_BYTES;
        if (hashes.len)
            memcpy(proof->proof.hash, hashes.data, hashes.len);
        hf_buf_append_slice(note, hf_rows_bytes(&rows, 5));
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK && !found)
        return HF_ERR_NOT_FOUND;
    return status == HF_OK && !fits ? HF_ERR_CORRUPT : status;
}

enum hf_status hf_replica_receipt(struct hf_replica *replica, uint64_t index, struct hf_receipt *out)
{
    struct hf_receipt receipt;
    enum hf_status status = find(replica, index, &receipt, NULL, NULL, NULL);
    if (status == HF_OK)
        *out = receipt;
    return status;
}

static enum hf_status not_proved(const struct hf_stored *stored, struct hf_error *err)
{
    if (!stored->own)
        return hf_error_set(err, HF_ERR_STATE,
                            "This device keeps proofs of what it signed itself, and this change is somebody else's. "
                            "Their device has it, and so has an auditor's export.");
    return hf_error_set(err, HF_ERR_STATE,
                        "There is no proof yet that this change is in the office's log. Sync, then ask again.");
}

/* The checkpoint may be older than the key that the log has now. */
static enum hf_status verify_under_any_key(const struct hf_identity *identity, const struct hf_proof_file *file,
                                           const struct hf_hash *leaf_hash)
{
    struct hf_note_key key;
    enum hf_status status = HF_ERR_AUTH;
    for (size_t i = 0; status == HF_ERR_AUTH && i <= identity->old_log_count; i++) {
        status = hf_identity_log_key(identity, i, &key);
        if (status == HF_OK)
            status = hf_proof_file_verify(file, &key, leaf_hash, NULL);
    }
    return status;
}

/* From the kept range to the file. A file that does not hold is never given out. */
static enum hf_status write_file(struct hf_replica *replica, const struct hf_stored *stored,
                                 const struct hf_range_proof *range, uint64_t size, struct hf_slice note,
                                 struct hf_buf *out, struct hf_error *err)
{
    struct hf_buf hashes = {0};
    struct hf_proof proof;
    struct hf_proof_file file;
    struct hf_hash leaf_hash;
    size_t before = out->len;
    hf_tree_leaf_hash(stored->leaf, &leaf_hash);
    enum hf_status status = hf_replica_own_hashes(replica, &range->range, &hashes, err);
    if (status == HF_OK)
        status = hf_tree_narrow_range(range->range.first, (const struct hf_hash *)hashes.data, range->range.count, size,
                                      &range->proof, stored->index, &proof);
    if (status == HF_OK)
        status = hf_proof_file_format(stored->index, &proof, stored->leaf, note, out);
    if (status == HF_OK)
        status = hf_proof_file_parse(hf_slice_of(out->data + before, out->len - before), &file);
    if (status == HF_OK) {
        status = verify_under_any_key(replica->identity, &file, &leaf_hash);
        hf_proof_file_clear(&file);
    }
    hf_buf_clear(&hashes);
    return status;
}

enum hf_status hf_replica_proof_file(struct hf_replica *replica, const struct hf_id *change_id, struct hf_buf *out,
                                     struct hf_error *err)
{
    struct hf_stored stored;
    struct hf_receipt receipt;
    struct hf_range_proof range;
    struct hf_buf bytes = {0};
    struct hf_buf note = {0};
    struct hf_buf file = {0};
    enum hf_status status = hf_replica_stored_find(replica, change_id, &stored, &bytes, err);
    if (status == HF_OK && !stored.own)
        status = not_proved(&stored, err);
    if (status == HF_OK) {
        status = find(replica, stored.index, &receipt, &range, &note, err);
        if (status == HF_ERR_NOT_FOUND)
            status = not_proved(&stored, err);
    }
    if (status == HF_OK)
        status = hf_buf_status(&note);
    if (status == HF_OK)
        status = write_file(replica, &stored, &range, receipt.size, hf_buf_slice(&note), &file, err);
    if (status == HF_OK) {
        hf_buf_append_slice(out, hf_buf_slice(&file));
        status = hf_buf_status(out);
    }
    hf_buf_clear(&bytes);
    hf_buf_clear(&note);
    hf_buf_clear(&file);
    return status;
}
