#include "core/replica/indexed.h"

#include <string.h>

/* --- what holds from one save to the next --- */

struct hf_memo *hf_replica_memo(struct hf_replica *replica)
{
    struct hf_memo *memo = &replica->memo;
    const int64_t writes = sqlite3_total_changes64(replica->db);
    if (memo->writes != writes)
        *memo = (struct hf_memo){.writes = writes};
    return memo;
}

void hf_replica_memo_kept(struct hf_replica *replica, int64_t writes_before, bool office_case)
{
    const int64_t writes = sqlite3_total_changes64(replica->db);
    if (replica->memo.writes == writes_before)
        replica->memo.writes = writes;
    if (replica->book_writes == writes_before && !office_case)
        replica->book_writes = writes;
}

void hf_replica_memo_forget(struct hf_replica *replica)
{
    replica->memo = (struct hf_memo){.writes = -1};
    replica->book_writes = -1;
}

/* --- its row --- */

enum hf_status hf_replica_chain_load(struct hf_replica *replica, struct hf_chain *out, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_chain chain = {0};
    struct hf_memo *memo = hf_replica_memo(replica);
    if (memo->has_chain) {
        *out = memo->chain;
        return HF_OK;
    }
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHAIN_GET);
    bool found = hf_rows_next(&rows);
    if (found) {
        chain.device = hf_rows_u64(&rows, 0);
        chain.next_seq = hf_rows_u64(&rows, 1);
        hf_rows_copy(&rows, 2, chain.head, sizeof chain.head);
        chain.clock = hf_rows_u64(&rows, 3);
        chain.change_count = hf_rows_u64(&rows, 4);
        chain.changes_end = hf_rows_u64(&rows, 5);
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK && !found)
        status = hf_error_set(err, HF_ERR_CORRUPT, "%s", hf_status_text(HF_ERR_CORRUPT));
    if (status == HF_OK) {
        *out = memo->chain = chain;
        memo->has_chain = true;
    }
    return status;
}

enum hf_status hf_replica_chain_store(struct hf_replica *replica, const struct hf_chain *chain, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHAIN_PUT);
    hf_rows_bind_u64(&rows, chain->device);
    hf_rows_bind_u64(&rows, chain->next_seq);
    hf_rows_bind_bytes(&rows, hf_slice_of(chain->head, sizeof chain->head));
    hf_rows_bind_u64(&rows, chain->clock);
    hf_rows_bind_u64(&rows, chain->change_count);
    enum hf_status status = hf_rows_run(&rows, err);
    replica->memo.chain = *chain;
    if (status == HF_OK && chain->changes_end > 0 && chain->change_count >= chain->changes_end + HF_UNINDEXED_MAX) {
        status = hf_replica_index_all(replica, err);
        replica->memo.chain.changes_end = 0;
    }
    return status;
}

enum hf_status hf_replica_chain_start(struct hf_replica *replica, const struct hf_identity *identity,
                                      struct hf_error *err)
{
    struct hf_chain chain;
    struct hf_device device;
    struct hf_stored first;
    struct hf_buf bytes = {0};
    enum hf_status status = hf_replica_chain_load(replica, &chain, err);
    if (status == HF_OK)
        status = hf_replica_device_need(replica, identity->sign.public_key, identity->incarnation, &device, err);
    if (status == HF_OK)
        status = hf_replica_stored_of_chain(replica, device.number, 0, &first, &bytes, err);
    hf_buf_wipe(&bytes);
    if (status == HF_OK)
        return hf_error_set(err, HF_ERR_STATE,
                            "This device has been enrolled like this before. Ask the office for a "
                            "new invitation.");
    if (status != HF_ERR_NOT_FOUND)
        return status;
    chain.device = device.number;
    chain.next_seq = 0;
    memset(chain.head, 0, sizeof chain.head);
    return hf_replica_chain_store(replica, &chain, err);
}

/* --- does the store fit its own chain? --- */

static enum hf_status older_copy(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_STATE,
                        "The records on this device do not fit the last change that was saved here: a part of them is "
                        "an older copy or damaged. Nothing new can be saved until this device has synced with the "
                        "office, which puts it right and is told.");
}

enum hf_status hf_replica_chain_older_copy(struct hf_replica *replica, struct hf_error *err)
{
    const enum hf_status status = older_copy(&replica->damage);
    if (err)
        *err = replica->damage;
    return status;
}

static enum hf_status check_count(struct hf_replica *replica, const struct hf_chain *chain, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT coalesce(max(seq), 0) FROM changes");
    uint64_t count = hf_rows_next(&rows) ? hf_rows_u64(&rows, 0) : 0;
    enum hf_status status = hf_rows_end(&rows, err);
    if (status != HF_OK)
        return status;
    return count == chain->change_count ? HF_OK : older_copy(err);
}

/* Nothing of this chain beyond its head. */
static enum hf_status check_end(struct hf_replica *replica, const struct hf_chain *chain, struct hf_error *err)
{
    struct hf_stored beyond;
    struct hf_buf bytes = {0};
    enum hf_status status = hf_replica_stored_of_chain(replica, chain->device, chain->next_seq, &beyond, &bytes, err);
    hf_buf_wipe(&bytes);
    if (status == HF_OK)
        return older_copy(err);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

static enum hf_status check_record(struct hf_replica *replica, const struct hf_stored *head, struct hf_error *err)
{
    struct hf_rows rows;
    if (head->kind != HF_LEAF_DATA || head->effect != HF_EFFECT_APPLIED)
        return HF_OK;
    hf_rows_begin(&rows, replica, HF_STATEMENT_RECORD_CHANGED);
    hf_rows_bind_id(&rows, &head->record_id);
    bool fits = hf_rows_next(&rows) && hf_rows_u64(&rows, 0) >= head->row;
    enum hf_status status = hf_rows_end(&rows, err);
    return status == HF_OK && !fits ? older_copy(err) : status;
}

static enum hf_status check_head(struct hf_replica *replica, const struct hf_chain *chain, struct hf_error *err)
{
    struct hf_stored head;
    struct hf_buf bytes = {0};
    uint8_t hash[HF_HASH_BYTES];
    if (chain->next_seq == 0)
        return HF_OK;
    enum hf_status status = hf_replica_stored_of_chain(replica, chain->device, chain->next_seq - 1, &head, &bytes, err);
    if (status == HF_OK) {
        if (head.whole)
            hf_leaf_hash(head.leaf.data, hash);
        status = head.whole && memcmp(hash, chain->head, sizeof hash) == 0 ? check_record(replica, &head, err)
                                                                           : older_copy(err);
    } else if (status == HF_ERR_NOT_FOUND) {
        status = older_copy(err);
    }
    hf_buf_wipe(&bytes);
    return status;
}

enum hf_status hf_replica_chain_check(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_chain chain;
    enum hf_status status = hf_replica_chain_load(replica, &chain, err);
    if (status == HF_OK)
        status = check_count(replica, &chain, err);
    if (status == HF_OK)
        status = check_end(replica, &chain, err);
    if (status == HF_OK)
        status = check_head(replica, &chain, err);
    return status;
}

/* A page of the store that was put back shows here, whoever wrote what was on it: the record is older than the newest
 * change that it holds. */
enum hf_status hf_replica_chain_check_record(struct hf_replica *replica, const struct hf_id *record_id,
                                             uint64_t changed, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_RECORD_NEWEST);
    hf_rows_bind_id(&rows, record_id);
    const bool fits = !hf_rows_next(&rows) || hf_rows_u64(&rows, 0) <= changed;
    enum hf_status status = hf_rows_end(&rows, err);
    if (status != HF_OK || fits)
        return status;
    return hf_replica_chain_older_copy(replica, err);
}

static enum hf_status finds(struct hf_replica *replica, const char *sql, bool *found, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    *found = hf_rows_next(&rows);
    return hf_rows_end(&rows, err);
}

/* Records that nobody has looked at since the store was opened, but in lists. */
enum hf_status hf_replica_chain_check_records(struct hf_replica *replica, struct hf_error *err)
{
    static const char older[] = "SELECT 1 FROM records r WHERE changed < (SELECT max(seq) FROM changes c"
                                " WHERE c." HF_CHANGES_OF_RECORD("r.record_id") " AND c.effect = 0) LIMIT 1";
    static const char gone[] =
        "SELECT 1 FROM changes c WHERE c.record_id IS NOT NULL AND c.effect = 0"
        " AND NOT EXISTS (SELECT 1 FROM records r WHERE r." HF_RECORD_NAMED("c.record_id") ") LIMIT 1";
    bool found = false;
    if (replica->records_checked || replica->damage.text[0])
        return HF_OK;
    enum hf_status status = finds(replica, older, &found, err);
    if (status == HF_OK && !found)
        status = finds(replica, gone, &found, err);
    if (status == HF_OK && found)
        (void)older_copy(&replica->damage);
    replica->records_checked = status == HF_OK;
    return status;
}

/* --- the next own change --- */

/* Everything of the leaf that stands before what the payload fills in. */
static void begin_leaf(const struct hf_replica *replica, const struct hf_chain *chain, const struct hf_seen *seen,
                       const struct hf_chain_change *change, uint64_t now_ms, struct hf_leaf *out)
{
    const struct hf_identity *identity = replica->identity;
    *out = (struct hf_leaf){.kind = change->kind,
                            .clock = change->clock ? change->clock : hf_clock_tick(chain->clock, now_ms),
                            .incarnation = replica->has_signs_as ? replica->signs_as : identity->incarnation,
                            .seq = chain->next_seq,
                            .seen_size = seen->size};
    memcpy(out->log_id, hf_identity_leaf_log(identity), sizeof out->log_id);
    memcpy(out->device, identity->sign.public_key, sizeof out->device);
    memcpy(out->prev, chain->head, sizeof out->prev);
    memcpy(out->seen_root, seen->root.bytes, sizeof out->seen_root);
}

/* Nobody can seal again what was erased, and nobody can open it: the new leaf vouches for the same bytes. */
static void keep_seal(const struct hf_leaf *old, struct hf_leaf *leaf)
{
    memcpy(leaf->subject_tag, old->subject_tag, sizeof leaf->subject_tag);
    leaf->payload_len = old->payload_len;
    memcpy(leaf->payload_hash, old->payload_hash, sizeof leaf->payload_hash);
    memcpy(leaf->commitment, old->commitment, sizeof leaf->commitment);
}

static enum hf_status sign_leaf(struct hf_replica *replica, const struct hf_chain *chain,
                                const struct hf_chain_change *change, uint64_t now_ms, struct hf_leaf *leaf,
                                struct hf_error *err)
{
    struct hf_seen seen;
    enum hf_status status = hf_replica_seen(replica, &seen, err);
    if (status != HF_OK)
        return status;
    begin_leaf(replica, chain, &seen, change, now_ms, leaf);
    if (change->sealed)
        keep_seal(change->sealed, leaf);
    else
        status = hf_payload_seal(change->key, change->body, leaf, NULL);
    if (status == HF_ERR_LIMIT)
        return hf_error_set(err, status, "This is more than one save can hold: save it in parts.");
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    hf_leaf_sign(leaf, &replica->identity->sign);
    return HF_OK;
}

static enum hf_status take_effect(struct hf_replica *replica, struct hf_stored *stored,
                                  const struct hf_chain_change *change, struct hf_error *err)
{
    if (stored->kind != HF_LEAF_DATA) {
        stored->effect = HF_EFFECT_NONE;
        return hf_replica_stored_add(replica, stored, err);
    }
    struct hf_id body_case;
    if (!hf_replica_body_subject(stored->body, &body_case, &stored->record_id)) {
        /* Nobody saves such a change here. One that is here all the same keeps nobody from beginning a new chain. */
        if (!change->again)
            return hf_error_set(err, HF_ERR_INVALID, "%s", hf_status_text(HF_ERR_INVALID));
        stored->effect = HF_EFFECT_NONE;
        return hf_replica_stored_add(replica, stored, err);
    }
    enum hf_status status = hf_replica_state_take(replica, stored, change->known, err);
    /* What a person saves must show: it is refused, never stored without effect. */
    if (status == HF_OK && stored->effect != HF_EFFECT_APPLIED && !change->again)
        status = hf_error_set(err, HF_ERR_LIMIT,
                              "This record cannot take any more entries. Begin a new record and go on there.");
    return status;
}

enum hf_status hf_replica_chain_write(struct hf_replica *replica, struct hf_chain *chain, enum hf_leaf_kind kind,
                                      const struct hf_class_key *key, struct hf_slice body, uint64_t now_ms,
                                      struct hf_id *out_change_id, struct hf_error *err)
{
    const struct hf_chain_change change = {.kind = kind, .key = key, .body = body};
    return hf_replica_chain_write_change(replica, chain, &change, now_ms, out_change_id, err);
}

enum hf_status hf_replica_chain_write_change(struct hf_replica *replica, struct hf_chain *chain,
                                             const struct hf_chain_change *change, uint64_t now_ms,
                                             struct hf_id *out_change_id, struct hf_error *err)
{
    struct hf_leaf leaf;
    uint8_t bytes[HF_LEAF_BYTES], hash[HF_HASH_BYTES];
    enum hf_status status = sign_leaf(replica, chain, change, now_ms, &leaf, err);
    if (status != HF_OK)
        return status;
    hf_leaf_encode(&leaf, bytes);
    hf_leaf_hash(bytes, hash);
    struct hf_stored stored = {.change_id = hf_id_from_bytes(hash), /* as hf_leaf_change_id */
                               .case_id = change->key->case_id,
                               .key_id = change->key->key_id,
                               .kind = change->kind,
                               .device = chain->device,
                               .leaf_seq = leaf.seq,
                               .index = HF_INDEX_NONE,
                               .own = true,
                               .sent = HF_SAVED_HERE,
                               .at_end = true,
                               .leaf = hf_slice_of(bytes, sizeof bytes),
                               .body = change->body};
    status = take_effect(replica, &stored, change, err);
    if (status == HF_OK && (chain->changes_end == 0 || stored.row < chain->changes_end)) {
        status = hf_replica_end_of_changes(replica, stored.row, err);
        chain->changes_end = stored.row;
    }
    if (status != HF_OK)
        return status;
    memcpy(chain->head, hash, sizeof chain->head);
    if (leaf.clock > chain->clock)
        chain->clock = leaf.clock;
    chain->next_seq++;
    chain->change_count = stored.row;
    *out_change_id = stored.change_id;
    return HF_OK;
}
