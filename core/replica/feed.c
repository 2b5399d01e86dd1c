#include "core/replica/feed.h"

#include "core/base/mutant.h"
#include "core/replica/indexed.h"
#include "core/replica/kept.h"
#include "core/replica/snapshot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum hf_status hf_replica_bad_entry(struct hf_error *err, uint64_t index, const char *what)
{
    return hf_error_set(err, HF_ERR_AUTH,
                        "Entry %" PRIu64 " of the office's log does not hold: %s. Nothing of this delivery was stored; "
                        "tell the office.",
                        index, what);
}

/* --- who signed it --- */

static bool only_from_server(enum hf_leaf_kind kind)
{
    return kind == HF_LEAF_ENROL || kind == HF_LEAF_REVOKE || kind == HF_LEAF_NOTE || kind == HF_LEAF_ERASE ||
           kind == HF_LEAF_HOLD;
}

static enum hf_status check_device(struct hf_intake *intake, struct hf_entry_at *at)
{
    const uint64_t index = at->item->index;
    enum hf_status status = hf_intake_signer(intake, &at->leaf, index, &at->device, &at->server);
    if (status != HF_OK)
        return status;
    const bool server = at->server;
    if (only_from_server(at->leaf.kind)) {
        /* A changed program may sign one; the office keeps it as evidence, and it has no effect for anybody. */
        if (!server && at->item->hold == HF_HOLD_NONE)
            return hf_replica_bad_entry(intake->err, index, "only the office's server may write entries of this kind");
        if (server && !hf_id_equal(&at->item->case_id, &intake->replica->office_case))
            return hf_replica_bad_entry(intake->err, index, "it stands in the wrong case");
    }
    if (!server && (at->device.enrolled_at == HF_INDEX_NONE || at->device.enrolled_at >= index))
        return hf_replica_bad_entry(intake->err, index, "the device that signed it was not enrolled before");
    return HF_OK;
}

static enum hf_status fork_found(struct hf_intake *intake, const struct hf_entry_at *at, const struct hf_stored *other)
{
    char mine[HF_ID_TEXT_BYTES];
    char theirs[HF_ID_TEXT_BYTES];
    hf_id_format(&other->change_id, mine);
    hf_id_format(&at->change_id, theirs);
    return hf_error_set(intake->err, HF_ERR_AUTH,
                        "Entry %" PRIu64 " of the office's log is a second change number %" PRIu64
                        " of device %02x%02x%02x%02x (changes %s and %s): its store was copied or put back. Nothing of "
                        "this delivery was stored; tell the office.",
                        at->item->index, at->leaf.seq, at->leaf.device[0], at->leaf.device[1], at->leaf.device[2],
                        at->leaf.device[3], mine, theirs);
}

/* Another change with the same number of the same device, or one of ours that we do not remember. */
static enum hf_status check_chain_place(struct hf_intake *intake, const struct hf_entry_at *at)
{
    struct hf_stored other;
    enum hf_status status = hf_replica_stored_of_chain(intake->replica, at->device.number, at->leaf.seq, &other,
                                                       &intake->bytes, intake->err);
    if (status == HF_OK)
        return fork_found(intake, at, &other);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    if (at->device.number == intake->chain.device)
        return hf_replica_bad_entry(intake->err, at->item->index,
                                    "it is a change of this device that is not in its store, which seems to be an "
                                    "older copy");
    return HF_OK;
}

static enum hf_status check_index(struct hf_intake *intake, uint64_t index)
{
    bool taken = false;
    enum hf_status status = hf_intake_is_taken(intake, index, &taken);
    if (status == HF_OK && taken)
        status = hf_replica_bad_entry(intake->err, index, "another change stood there before");
    return status;
}

/* --- what it says --- */

static bool sealed_for_nobody(const struct hf_item *item)
{
    return item->hold == HF_HOLD_KEY && item->body.len == 0;
}

static enum hf_status check_sealed(struct hf_intake *intake, const struct hf_entry_at *at)
{
    const struct hf_item *item = at->item;
    struct hf_class_key key = {0};
    if (sealed_for_nobody(item) && at->leaf.kind == HF_LEAF_DATA)
        return HF_OK; /* no one can open it: kept as it is, without effect */
    enum hf_status status = hf_intake_key(intake, &item->key_id, &key);
    if (status == HF_ERR_NOT_FOUND)
        status = hf_replica_bad_entry(intake->err, item->index, "its key did not come with it");
    else if (status == HF_OK && !hf_id_equal(&key.case_id, &item->case_id))
        status = hf_replica_bad_entry(intake->err, item->index, "its key belongs to another case");
    else if (status == HF_OK && !at->rebuilt) {
        status = hf_payload_check_opened(&key, item->body, &at->leaf, NULL);
        if (status == HF_ERR_AUTH || status == HF_ERR_LIMIT)
            status = hf_replica_bad_entry(intake->err, item->index, "its content is not what was signed");
        else if (status != HF_OK)
            (void)hf_error_set(intake->err, status, "%s", hf_status_text(status));
    }
    hf_wipe(&key, sizeof key);
    return status;
}

/* --- one entry --- */

static enum hf_status check_form(struct hf_intake *intake, struct hf_entry_at *at)
{
    const struct hf_item *item = at->item;
    const struct hf_identity *own = intake->replica->identity;
    if (item->index > HF_LOG_INDEX_MAX || item->index >= intake->feed->next_cursor ||
        (intake->any && item->index <= intake->last_index))
        return hf_replica_bad_entry(intake->err, item->index, "the entries are not in the order of the log");
    intake->any = true;
    intake->last_index = item->index;
    if (hf_id_is_zero(&item->case_id) || (intake->feed->catchup && !hf_id_equal(&item->case_id, &intake->catchup_case)))
        return hf_replica_bad_entry(intake->err, item->index, "it belongs to a case that was not asked for");
    if (item->leaf.len != HF_LEAF_BYTES || hf_leaf_decode(item->leaf, &at->leaf) != HF_OK ||
        at->leaf.seq > HF_LOG_INDEX_MAX)
        return hf_replica_bad_entry(intake->err, item->index, "it has not the form of a change");
    if (!hf_identity_knows_log(own, at->leaf.log_id))
        return hf_replica_bad_entry(intake->err, item->index, "it was signed for another log");
    /* what was made here was hashed already, for the next of its chain */
    at->change_id = at->rebuilt ? hf_id_from_bytes(intake->heads[item->chain]) : hf_leaf_change_id(item->leaf.data);
    return HF_OK;
}

/* Signature, device, chain, place in the log, content. */
static enum hf_status check_new(struct hf_intake *intake, struct hf_entry_at *at)
{
    if (!hf_leaf_verify(at->item->leaf.data))
        return hf_replica_bad_entry(intake->err, at->item->index, "its signature does not fit");
    enum hf_status status = check_device(intake, at);
    if (status == HF_OK)
        status = check_chain_place(intake, at);
    if (status == HF_OK)
        status = check_index(intake, at->item->index);
    if (status == HF_OK)
        status = check_sealed(intake, at);
    return status;
}

/* An outline becomes the leaf that must have been signed. What it holds is checked by its signature. */
static enum hf_status rebuild(struct hf_intake *intake, const struct hf_item *outline, struct hf_item *out,
                              uint8_t bytes[HF_LEAF_BYTES])
{
    struct hf_class_key key = {0};
    struct hf_leaf leaf;
    *out = *outline;
    if (outline->form != HF_ITEM_OUTLINE)
        return HF_OK;
    if (outline->chain >= intake->feed->item_count)
        return hf_replica_bad_entry(intake->err, outline->index, "it has not the form of a change");
    enum hf_status status = hf_intake_key(intake, &outline->key_id, &key);
    if (status == HF_ERR_NOT_FOUND)
        return hf_replica_bad_entry(intake->err, outline->index, "its key did not come with it");
    if (status != HF_OK)
        return status;
    const struct hf_item_rebuild with = {
        .log_id = hf_identity_leaf_log(intake->replica->identity), .prev = intake->heads[outline->chain], .key = &key};
    status = hf_item_rebuild(outline, &with, &leaf, bytes, NULL);
    hf_wipe(&key, sizeof key);
    if (status == HF_ERR_INVALID || status == HF_ERR_LIMIT)
        return hf_replica_bad_entry(intake->err, outline->index, "it has not the form of a change");
    if (status != HF_OK)
        return hf_error_set(intake->err, status, "%s", hf_status_text(status));
    hf_leaf_hash(bytes, intake->heads[outline->chain]);
    out->leaf = hf_slice_of(bytes, HF_LEAF_BYTES);
    return HF_OK;
}

static enum hf_status take_item(struct hf_intake *intake, const struct hf_item *given)
{
    struct hf_item whole;
    uint8_t bytes[HF_LEAF_BYTES];
    enum hf_status made = rebuild(intake, given, &whole, bytes);
    if (made != HF_OK)
        return made;
    const struct hf_item *item = &whole;
    struct hf_entry_at at = {.item = item, .rebuilt = item->form == HF_ITEM_OUTLINE};
    struct hf_stored known;
    enum hf_status status = hf_replica_server_learn(intake, item);
    if (status == HF_OK)
        status = check_form(intake, &at);
    if (status != HF_OK)
        return status;
    status = hf_replica_stored_find(intake->replica, &at.change_id, &known, &intake->bytes, intake->err);
    if (status == HF_OK) {
        const bool purged = known.body.len == 0 && item->body.len > 0;
        status = hf_replica_kept_write(intake->replica, intake->err);
        if (status == HF_OK && !known.whole)
            status = hf_replica_stored_mend(intake->replica, &known, item->leaf, intake->err);
        if (status == HF_OK)
            status = hf_replica_stored_logged(intake->replica, &known, item->index, item->hold, intake->err);
        if (status == HF_OK)
            status = hf_replica_entry_again(intake, &at, &known);
        if (status == HF_OK && purged)
            status = check_sealed(intake, &at);
        if (purged)
            hf_intake_forget(intake);
        return status == HF_OK && purged ? hf_replica_purge_undo(intake->replica, &known, item, intake->err) : status;
    }
    if (status != HF_ERR_NOT_FOUND)
        return status;
    status = check_new(intake, &at);
    if (status == HF_OK)
        status = hf_replica_entry_store(intake, &at);
    return status;
}

/* --- the whole delivery --- */

static enum hf_status find_catchup(struct hf_intake *intake)
{
    struct hf_rows rows;
    if (!intake->feed->catchup)
        return HF_OK;
    hf_rows_begin(&rows, intake->replica, HF_STATEMENT_CATCHUP_FIRST);
    bool found = hf_rows_next(&rows) && hf_rows_u64(&rows, 3) == 0;
    if (found)
        intake->catchup_case = hf_rows_id(&rows, 0);
    enum hf_status status = hf_rows_end(&rows, intake->err);
    if (status == HF_OK && !found)
        status = hf_error_set(intake->err, HF_ERR_STATE, "No case's history is being fetched. Sync again.");
    return status;
}

/* The history of a case that came as a snapshot is here. */
static enum hf_status settle_case(struct hf_intake *intake)
{
    uint64_t size = 0;
    enum hf_status status = hf_replica_snapshot_size(intake->replica, &intake->catchup_case, &size, intake->err);
    if (status != HF_OK || size == 0 || intake->feed->next_cursor < size)
        return status;
    status = hf_replica_snapshot_settle(intake->replica, &intake->catchup_case, intake->err);
    if (status == HF_ERR_AUTH)
        intake->lied = intake->catchup_case;
    return status;
}

static enum hf_status move_catchup(struct hf_intake *intake)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, intake->replica, HF_STATEMENT_CATCHUP_MOVE);
    hf_rows_bind_id(&rows, &intake->catchup_case);
    hf_rows_bind_u64(&rows, intake->feed->next_cursor);
    enum hf_status status = hf_rows_run(&rows, intake->err);
    if (status != HF_OK)
        return status;
    hf_rows_begin(&rows, intake->replica, HF_STATEMENT_CATCHUP_DROP);
    hf_rows_bind_id(&rows, &intake->catchup_case);
    hf_rows_bind_u64(&rows, 0);
    status = hf_rows_run(&rows, intake->err);
    return status == HF_OK && sqlite3_changes(intake->replica->db) > 0 ? settle_case(intake) : status;
}

static enum hf_status move_cursor(struct hf_intake *intake)
{
    struct hf_rows rows;
    if (intake->feed->next_cursor > HF_LOG_INDEX_MAX)
        return hf_error_set(intake->err, HF_ERR_PROTOCOL, "The office named a place that no log has. Tell the office.");
    if (intake->feed->catchup)
        return move_catchup(intake);
    if (intake->from_the_start) {
        hf_rows_begin_text(&rows, intake->replica, "UPDATE sync SET cursor = 0");
        return hf_rows_run(&rows, intake->err);
    }
    hf_rows_begin(&rows, intake->replica, HF_STATEMENT_CURSOR_PUT);
    hf_rows_bind_u64(&rows, intake->feed->next_cursor + (HF_MUTANT(SKIP_CURSOR) ? 1 : 0));
    return hf_rows_run(&rows, intake->err);
}

static enum hf_status take_all(struct hf_intake *intake)
{
    const struct hf_feed *feed = intake->feed;
    enum hf_status status = find_catchup(intake);
    if (status == HF_OK)
        status = hf_replica_index_all(intake->replica, intake->err);
    if (status == HF_OK)
        status = hf_replica_chain_load(intake->replica, &intake->chain, intake->err);
    for (size_t i = 0; status == HF_OK && i < feed->key_count; i++)
        status = hf_replica_key_store(intake->replica, &feed->keys[i], intake->err);
    for (size_t i = 0; status == HF_OK && i < feed->item_count; i++)
        status = take_item(intake, &feed->items[i]);
    if (status == HF_OK)
        status = hf_replica_kept_write(intake->replica, intake->err);
    if (status == HF_OK)
        status = move_cursor(intake);
    if (status == HF_OK)
        status = hf_replica_chain_store(intake->replica, &intake->chain, intake->err);
    return status;
}

enum hf_status hf_replica_store_feed(struct hf_replica *replica, const struct hf_feed *feed, uint64_t now_ms,
                                     struct hf_error *err)
{
    struct hf_intake intake = {.replica = replica, .feed = feed, .now_ms = now_ms, .err = err};
    if (replica->identity->state != HF_IDENTITY_ENROLLED && replica->identity->state != HF_IDENTITY_REVOKED)
        return hf_error_set(err, HF_ERR_STATE, "This device is not enrolled yet, so it cannot check what it is sent.");
    intake.heads = calloc(feed->item_count + 1, sizeof *intake.heads);
    if (!intake.heads)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    struct hf_kept kept;
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status == HF_OK) {
        hf_replica_kept_begin(replica, &kept);
        status = take_all(&intake);
        hf_replica_kept_end(replica);
        hf_intake_forget(&intake);
        status = hf_rows_finish(replica, status, err);
    }
    free(intake.heads);
    hf_buf_wipe(&intake.bytes);
    if (status == HF_ERR_AUTH && !hf_id_is_zero(&intake.lied))
        hf_replica_snapshot_convict(replica, &intake.lied, now_ms, err ? err->text : "");
    if (status == HF_OK && intake.erased) /* what was deleted does not stay in the write-ahead log */
        (void)!hf_vault_scrub(replica->vault);
    if (status == HF_OK && intake.erased) /* a file that stays opens for nobody, and is swept later */
        (void)hf_replica_attach_sweep(replica, NULL);
    if (status == HF_OK && intake.rotated)
        status = hf_identity_take_certificate(replica->identity, &intake.certificate);
    if (status == HF_OK && intake.revoked)
        replica->identity->state = HF_IDENTITY_REVOKED;
    if (status == HF_OK && intake.role_changed)
        replica->identity->role = intake.role;
    return status;
}
