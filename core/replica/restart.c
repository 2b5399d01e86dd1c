/* A new chain for this device, granted by the office because the old one could not go on: the store was put back,
 * copied or damaged. What is not in the log is signed again in the new chain, each change under the time that it had;
 * who built on it builds on the new name. What this device signed, and does not have, comes like the changes of others.
 */
#include "core/base/mutant.h"
#include "core/replica/distrust.h"
#include "core/replica/indexed.h"
#include "core/replica/reads.h"
#include "core/replica/rebase.h"
#include "core/replica/search.h"
#include "core/replica/snapshot.h"

#include <string.h>

struct restart {
    struct hf_replica *replica;
    const struct hf_identity *identity; /* with the new incarnation */
    uint64_t now_ms;
    struct hf_chain chain;
    struct hf_rebase rebase;
    struct hf_error *err;
};

static enum hf_status run(struct hf_replica *replica, const char *sql, uint64_t row, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    if (row)
        hf_rows_bind_u64(&rows, row);
    return hf_rows_run(&rows, err);
}

/* --- what is not in the log --- */

static enum hf_status write_again(struct restart *restart, const struct hf_stored *old, struct hf_slice body)
{
    struct hf_class_key key = {0};
    struct hf_leaf leaf;
    struct hf_id change_id;
    struct hf_chain_change change = {.kind = old->kind, .body = body, .again = true};
    enum hf_status status = hf_replica_key_find(restart->replica, &old->key_id, &key, restart->err);
    if (status == HF_ERR_NOT_FOUND && old->body.len == 0) { /* its case was erased */
        key = (struct hf_class_key){.case_id = old->case_id, .key_id = old->key_id};
        change.sealed = &leaf;
        status = HF_OK;
    } else if (status == HF_ERR_NOT_FOUND) {
        status = hf_error_set(restart->err, HF_ERR_CORRUPT,
                              "The key of a change that was not sent yet is missing on this device. Tell the office.");
    }
    if (status == HF_OK)
        status = hf_leaf_decode(old->leaf, &leaf);
    if (status == HF_OK) {
        change.key = &key;
        change.clock = leaf.clock;
        status = hf_replica_chain_write_change(restart->replica, &restart->chain, &change, restart->now_ms, &change_id,
                                               restart->err);
    }
    if (status == HF_OK)
        status = hf_rebase_add(&restart->rebase, &old->change_id, &change_id);
    hf_wipe(&key, sizeof key);
    return status;
}

static enum hf_status sign_again(struct restart *restart, uint64_t row)
{
    struct hf_stored old;
    struct hf_buf bytes = {0};
    struct hf_buf body = {0};
    enum hf_status status = hf_replica_stored_by_row(restart->replica, row, &old, &bytes, restart->err);
    if (status == HF_OK && old.kind == HF_LEAF_DATA)
        status = hf_rebase_body(&restart->rebase, old.body, &body, restart->err);
    if (status == HF_OK)
        status = run(restart->replica, "DELETE FROM changes WHERE seq = ?", row, restart->err);
    if (status == HF_OK && !hf_id_is_zero(&old.record_id))
        status = hf_replica_state_again(restart->replica, &old.record_id, restart->err);
    if (status == HF_OK && !HF_MUTANT(RESTART_DROPS))
        status = write_again(restart, &old, old.kind == HF_LEAF_DATA ? hf_buf_slice(&body) : old.body);
    hf_buf_wipe(&bytes);
    hf_buf_wipe(&body);
    return status;
}

static enum hf_status list_rows(struct restart *restart, const char *sql, struct hf_buf *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, restart->replica, sql);
    while (hf_rows_next(&rows)) {
        uint64_t row = hf_rows_u64(&rows, 0);
        hf_buf_append(out, &row, sizeof row);
    }
    enum hf_status status = hf_rows_end(&rows, restart->err);
    return status == HF_OK ? hf_buf_status(out) : status;
}

static enum hf_status sign_all_again(struct restart *restart)
{
    struct hf_buf list = {0};
    enum hf_status status = list_rows(restart,
                                      "SELECT seq FROM (SELECT seq, device, leaf_seq FROM " HF_UNSENT_BY_INDEX
                                      " UNION ALL SELECT seq, device, leaf_seq FROM changes WHERE " HF_UNSENT_END
                                      ") ORDER BY device, leaf_seq",
                                      &list);
    for (size_t at = 0; status == HF_OK && at < list.len; at += sizeof(uint64_t)) {
        uint64_t row;
        memcpy(&row, list.data + at, sizeof row);
        status = sign_again(restart, row);
    }
    hf_buf_clear(&list);
    return status;
}

/* --- a store that does not fit itself --- */

/* Changes are the truth; everything worked out from them is worked out again. */
static enum hf_status all_records_again(struct restart *restart)
{
    struct hf_rows rows;
    struct hf_buf list = {0};
    hf_rows_begin_text(&rows, restart->replica,
                       "SELECT record_id FROM changes WHERE record_id IS NOT NULL UNION SELECT record_id FROM records");
    while (hf_rows_next(&rows)) {
        struct hf_id id = hf_rows_id(&rows, 0);
        hf_buf_append(&list, id.bytes, sizeof id.bytes);
    }
    enum hf_status status = hf_rows_end(&rows, restart->err);
    if (status == HF_OK)
        status = hf_buf_status(&list);
    for (size_t at = 0; status == HF_OK && at < list.len; at += HF_ID_BYTES) {
        struct hf_id id = hf_id_from_bytes(list.data + at);
        status = hf_replica_state_again(restart->replica, &id, restart->err);
    }
    hf_buf_clear(&list);
    if (status == HF_OK) /* what came as a snapshot cannot be worked out here: its history comes */
        status = hf_replica_snapshot_again(restart->replica, NULL, restart->err);
    return status == HF_OK ? hf_replica_search_rebuild(restart->replica, restart->err) : status;
}

static enum hf_status last_row(struct restart *restart)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, restart->replica, "SELECT coalesce(max(seq), 0) FROM changes");
    restart->chain.change_count = hf_rows_next(&rows) ? hf_rows_u64(&rows, 0) : 0;
    return hf_rows_end(&rows, restart->err);
}

/* --- where to read on --- */

/* Behind what this device knows of its own chains nothing of them is missing: a chain is one, and what somebody else
 * signed under this key stands in it after what both had, or in a later one. A store that does not fit itself knows
 * nothing. */
static enum hf_status read_again(struct restart *restart, uint32_t left)
{
    struct hf_rows rows;
    if (restart->replica->damage.text[0])
        return run(restart->replica, "UPDATE sync SET cursor = 0", 0, restart->err);
    hf_rows_begin_text(&rows, restart->replica,
                       "UPDATE sync SET cursor = min(cursor, (SELECT coalesce(max(log_index) + 1, 0) FROM changes"
                       " JOIN devices ON number = changes.device WHERE own = 1 AND incarnation <= ?))");
    hf_rows_bind_u64(&rows, left);
    return hf_rows_run(&rows, restart->err);
}

/* --- the whole --- */

static enum hf_status begin_chain(struct restart *restart)
{
    struct hf_replica *replica = restart->replica;
    enum hf_status status = hf_replica_chain_start(replica, restart->identity, restart->err);
    if (status == HF_OK)
        status = hf_replica_identity_write(replica, restart->identity, restart->err);
    if (status == HF_OK)
        status = hf_replica_chain_load(replica, &restart->chain, restart->err);
    return status;
}

static enum hf_status restart_chain(struct restart *restart)
{
    struct hf_replica *replica = restart->replica;
    const uint32_t left = replica->identity->incarnation;
    enum hf_status status = begin_chain(restart);
    if (status == HF_OK && replica->damage.text[0])
        status = all_records_again(restart);
    if (status == HF_OK)
        status = sign_all_again(restart);
    if (status == HF_OK)
        status = hf_rebase_drafts(&restart->rebase, replica, restart->err);
    if (status == HF_OK)
        status = last_row(restart);
    if (status == HF_OK)
        status = hf_replica_chain_store(replica, &restart->chain, restart->err);
    return status == HF_OK ? read_again(restart, left) : status;
}

static enum hf_status take_grant(struct hf_replica *replica, const struct hf_identity *identity,
                                 const struct hf_pushed *results, size_t count, uint64_t now_ms, struct hf_error *err)
{
    struct restart restart = {.replica = replica, .identity = identity, .now_ms = now_ms, .err = err};
    enum hf_status status = HF_OK;
    if (replica->damage.text[0])
        status = run(replica, "REINDEX", 0, err);
    if (status == HF_OK)
        status = hf_replica_take_answers(replica, results, count, err);
    if (status == HF_OK && identity->incarnation != replica->identity->incarnation)
        status = restart_chain(&restart);
    hf_rebase_clear(&restart.rebase);
    return status;
}

/* What the office shows as the reason for a new chain was signed by this device's key: here, before its store was put
 * back, or in a copy of it. Nobody else can, so another leaf is the office's own invention. */
static bool shown_is_own(const struct hf_replica *replica, struct hf_slice shown)
{
    struct hf_leaf leaf;
    const struct hf_identity *identity = replica->identity;
    return shown.len == 0 || (hf_leaf_decode(shown, &leaf) == HF_OK &&
                              memcmp(leaf.device, identity->sign.public_key, sizeof leaf.device) == 0 &&
                              hf_identity_knows_log(identity, leaf.log_id) &&
                              leaf.incarnation >= identity->incarnation && hf_leaf_verify(shown.data));
}

static enum hf_status check_shown(struct hf_replica *replica, const struct hf_restart_answer *answer, uint64_t now_ms,
                                  struct hf_error *err)
{
    struct hf_buf note = {0}, before = {0};
    if (shown_is_own(replica, answer->shown))
        return HF_OK;
    (void)hf_error_set(err, HF_ERR_AUTH,
                       "The office shows a change in this device's name that this device never signed. Nothing was "
                       "stored and your records are safe on this device; tell the office, which has to find out why.");
    /* What it found stays found, even when that cannot be kept for want of a disk. */
    if (hf_replica_checkpoint(replica, &note, &before) == HF_OK) {
        const struct hf_finding finding = {.note = hf_buf_slice(&note),
                                           .consistency = &(struct hf_proof){0},
                                           .shown = answer->shown,
                                           .place = answer->place,
                                           .text = err->text};
        (void)!hf_replica_distrust_begin(replica, &finding, now_ms);
    }
    hf_buf_clear(&note);
    hf_buf_clear(&before);
    return HF_ERR_AUTH;
}

enum hf_status hf_replica_restart(struct hf_replica *replica, const struct hf_restart_answer *answer, uint64_t now_ms,
                                  struct hf_error *err)
{
    const uint32_t incarnation = answer->incarnation;
    enum hf_status status = check_shown(replica, answer, now_ms, err);
    if (status != HF_OK)
        return status;
    struct hf_identity *identity = hf_secret_alloc(sizeof *identity);
    if (!identity)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    const bool granted = incarnation != replica->identity->incarnation;
    *identity = *replica->identity;
    identity->incarnation = incarnation;
    status = hf_rows_transaction(replica, err);
    if (status == HF_OK) {
        /* What is signed inside names the new chain; after a failure the old one stands. */
        replica->signs_as = incarnation;
        replica->has_signs_as = true;
        status =
            hf_rows_finish(replica, take_grant(replica, identity, answer->results, answer->count, now_ms, err), err);
        replica->has_signs_as = false;
    }
    if (status == HF_OK)
        hf_replica_reads_scrub(replica);
    if (status == HF_OK && granted) {
        *replica->identity = *identity;
        replica->damage = (struct hf_error){0};
    }
    hf_secret_free(identity);
    if (status != HF_OK && err && err->text[0] == '\0')
        (void)hf_error_set(err, status, "%s", hf_status_text(status));
    return status;
}
