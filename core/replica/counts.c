#include "core/replica/fold.h"
#include "core/replica/indexed.h"
#include "core/replica/replica_internal.h"

/* --- counts --- */

static enum hf_status count_cases(struct hf_replica *replica, struct hf_replica_counts *out)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_COUNT_CASES);
    hf_rows_bind_id(&rows, &replica->office_case);
    if (hf_rows_next(&rows))
        out->cases = hf_rows_u64(&rows, 0);
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status != HF_OK)
        return status;
    hf_rows_begin(&rows, replica, HF_STATEMENT_COUNT_RECORDS);
    hf_rows_bind_id(&rows, &replica->office_case);
    if (hf_rows_next(&rows)) {
        out->records = hf_rows_u64(&rows, 0);
        out->conflicts = hf_rows_u64(&rows, 1);
    }
    return hf_rows_end(&rows, NULL);
}

static enum hf_status count_changes(struct hf_replica *replica, struct hf_replica_counts *out)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_COUNT_CHANGES);
    hf_rows_bind_bytes(&rows, hf_slice_of(replica->identity->sign.public_key, HF_SIGN_PUBLIC_BYTES));
    if (hf_rows_next(&rows)) {
        out->changes = hf_rows_u64(&rows, 0);
        out->saved_here = hf_rows_u64(&rows, 1);
        out->sent = hf_rows_u64(&rows, 2);
        out->received = hf_rows_u64(&rows, 3) - out->saved_here - out->sent; /* of all own ones */
        out->held = hf_rows_u64(&rows, 4);
        out->waiting = hf_rows_u64(&rows, 5);
    }
    return hf_rows_end(&rows, NULL);
}

static enum hf_status oldest_unsent(struct hf_replica *replica, struct hf_replica_counts *out)
{
    struct hf_rows rows;
    struct hf_leaf leaf;
    struct hf_stored stored;
    struct hf_buf bytes = {0};
    hf_rows_begin(&rows, replica, HF_STATEMENT_OLDEST_UNRECEIVED);
    if (hf_rows_next(&rows)) {
        hf_replica_stored_read_leaf(&rows, &stored, &bytes);
        if (rows.code == SQLITE_ROW && hf_leaf_decode(stored.leaf, &leaf) == HF_OK)
            out->oldest_unsent_ms = hf_clock_ms(leaf.clock);
    }
    hf_buf_clear(&bytes);
    return hf_rows_end(&rows, NULL);
}

static enum hf_status sync_times(struct hf_replica *replica, struct hf_replica_counts *out)
{
    struct hf_rows rows;
    struct hf_seen seen;
    hf_rows_begin(&rows, replica, HF_STATEMENT_SYNC_GET);
    if (hf_rows_next(&rows))
        out->last_sync_ms = hf_rows_u64(&rows, 1);
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        status = hf_replica_seen(replica, &seen, NULL);
    if (status != HF_OK)
        return status;
    out->checkpoint_size = seen.size;
    out->checkpoint_ms = seen.verified_ms;
    return HF_OK;
}

enum hf_status hf_replica_counts(struct hf_replica *replica, struct hf_replica_counts *out)
{
    struct hf_replica_counts counts = {0};
    enum hf_status status = count_cases(replica, &counts);
    if (status == HF_OK)
        status = count_changes(replica, &counts);
    if (status == HF_OK)
        status = oldest_unsent(replica, &counts);
    if (status == HF_OK)
        status = sync_times(replica, &counts);
    if (status == HF_OK)
        *out = counts;
    return status;
}

/* --- digests --- */

static enum hf_status digest_case(struct hf_replica *replica, const struct hf_id *case_id, uint8_t out[HF_HASH_BYTES])
{
    struct hf_rows rows;
    struct hf_digest digest;
    enum hf_status status = HF_OK;
    hf_digest_begin(&digest);
    hf_rows_begin_text(&rows, replica,
                       "SELECT " HF_STATE_COLUMNS
                       " FROM records WHERE " HF_RECORDS_OF_CASE("?1") " ORDER BY record_id");
    hf_rows_bind_id(&rows, case_id);
    while (status == HF_OK && hf_rows_next(&rows)) {
        struct hf_record_state state = {0};
        status = hf_replica_unfold_state(&rows, 0, &state);
        if (status != HF_OK)
            break;
        hf_digest_add(&digest, &state);
        hf_record_state_clear(&state);
    }
    enum hf_status ended = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        status = ended;
    if (status == HF_OK)
        hf_digest_end(&digest, out);
    return status;
}

/* SHA-256 over case id ‖ digest of the case, cases ascending. */
static enum hf_status digest_all(struct hf_replica *replica, uint8_t out[HF_HASH_BYTES])
{
    struct hf_rows rows;
    struct hf_sha256 hash;
    enum hf_status status = HF_OK;
    hf_sha256_begin(&hash);
    hf_rows_begin_text(&rows, replica,
                       "SELECT case_id FROM records WHERE indexed = 1 AND case_id <> ?1 UNION SELECT case_id FROM "
                       "records WHERE " HF_RECORDS_END " AND case_id <> ?1 ORDER BY case_id");
    hf_rows_bind_id(&rows, &replica->office_case);
    while (status == HF_OK && hf_rows_next(&rows)) {
        uint8_t digest[HF_HASH_BYTES];
        struct hf_id case_id = hf_rows_id(&rows, 0);
        status = digest_case(replica, &case_id, digest);
        if (status != HF_OK)
            break;
        hf_sha256_add(&hash, case_id.bytes, sizeof case_id.bytes);
        hf_sha256_add(&hash, digest, sizeof digest);
    }
    enum hf_status ended = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        status = ended;
    if (status == HF_OK)
        hf_sha256_end(&hash, out);
    return status;
}

enum hf_status hf_replica_digest(struct hf_replica *replica, const struct hf_id *case_id, uint8_t out[HF_HASH_BYTES])
{
    uint8_t digest[HF_HASH_BYTES];
    enum hf_status status = case_id ? digest_case(replica, case_id, digest) : digest_all(replica, digest);
    if (status == HF_OK)
        for (size_t i = 0; i < sizeof digest; i++)
            out[i] = digest[i];
    return status;
}
