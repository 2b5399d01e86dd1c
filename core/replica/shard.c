#include "core/replica/shard.h"

#include "core/model/body_caseload.h"
#include "core/replica/replica_internal.h"

#include <string.h>

/* `old_proofs` and `old_heads` keep what was proved in a log before; nothing but evidence is read from them. */
const char hf_replica_shard_tables[] =
    "CREATE TABLE shards(number INTEGER PRIMARY KEY, name BLOB NOT NULL, reason BLOB NOT NULL, began_ms INTEGER NOT "
    "NULL,"
    " size INTEGER NOT NULL, known_size INTEGER NOT NULL, note BLOB NOT NULL, handed_on INTEGER NOT NULL DEFAULT 0,"
    " not_taken INTEGER NOT NULL DEFAULT 0, not_here INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE hand_on(place INTEGER PRIMARY KEY, change INTEGER NOT NULL UNIQUE);"
    "CREATE TABLE old_heads(shard INTEGER NOT NULL, size INTEGER NOT NULL, verified_ms INTEGER NOT NULL,"
    " note BLOB NOT NULL, PRIMARY KEY(shard, size)) WITHOUT ROWID;"
    "CREATE TABLE old_proofs(shard INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL,"
    " size INTEGER NOT NULL, proof BLOB NOT NULL, PRIMARY KEY(shard, first)) WITHOUT ROWID;";

/* One change of log on its way. */
struct change {
    struct hf_replica *replica;
    struct hf_shard shard;
    uint64_t size; /* from here on the log before and the new one may differ */
    uint64_t cursor;
    uint64_t now_ms;
    struct hf_buf roles; /* rows of notes about roles in the part that was lost */
    struct hf_error *err;
};

/* ?1 is the size, ?2 the shard's number. */
static enum hf_status run(const struct change *change, const char *sql)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, change->replica, sql);
    const int parameters = rows.stmt ? sqlite3_bind_parameter_count(rows.stmt) : 0;
    if (parameters > 0)
        hf_rows_bind_u64(&rows, change->size);
    if (parameters > 1)
        hf_rows_bind_u64(&rows, change->shard.number);
    return hf_rows_run(&rows, change->err);
}

static enum hf_status run_all(const struct change *change, const char *const *texts, size_t count)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = run(change, texts[i]);
    return status;
}

/* --- what the office decided in the part that was lost -------------------------------------------------------------
 */

static enum hf_status forget_decision(struct change *change, const struct hf_id *decided)
{
    struct hf_rows rows;
    struct hf_stored stored;
    struct hf_buf bytes = {0};
    hf_rows_begin_text(&rows, change->replica, "DELETE FROM releases WHERE change_id = ?");
    hf_rows_bind_id(&rows, decided);
    enum hf_status status = hf_rows_run(&rows, change->err);
    if (status == HF_OK)
        status = hf_replica_stored_find(change->replica, decided, &stored, &bytes, change->err);
    hf_buf_wipe(&bytes);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status != HF_OK || stored.index == HF_INDEX_NONE)
        return status;
    /* The office says again what it is: others' with the feed, own ones when they are handed on. */
    hf_rows_begin_text(&rows, change->replica,
                       "UPDATE changes SET log_index = NULL, sent = CASE own WHEN 1 THEN 0 ELSE sent END"
                       " WHERE seq = ?");
    hf_rows_bind_u64(&rows, stored.row);
    if (!stored.own && stored.index < change->cursor)
        change->cursor = stored.index;
    return hf_rows_run(&rows, change->err);
}

static enum hf_status forget_note(struct change *change, const struct hf_stored *stored)
{
    struct hf_note_body note;
    struct hf_caseload_note caseload;
    if (hf_note_body_decode(stored->body, &note) != HF_OK)
        return HF_OK;
    if (note.what == HF_NOTE_RELEASE)
        return forget_decision(change, &note.change_id);
    if (note.what == HF_NOTE_OTHER && hf_caseload_note_decode(stored->body, &caseload) == HF_OK &&
        caseload.what == HF_CASELOAD_HELD)
        return forget_decision(change, &caseload.change_id);
    if (note.what == HF_NOTE_OTHER && hf_caseload_note_decode(stored->body, &caseload) == HF_OK &&
        caseload.what == HF_CASELOAD_ROLE)
        hf_buf_append(&change->roles, &stored->row, sizeof stored->row);
    return hf_buf_status(&change->roles);
}

static enum hf_status list_rows(const struct change *change, const char *sql, struct hf_buf *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, change->replica, sql);
    hf_rows_bind_u64(&rows, change->size);
    while (hf_rows_next(&rows)) {
        const uint64_t row = hf_rows_u64(&rows, 0);
        hf_buf_append(out, &row, sizeof row);
    }
    enum hf_status status = hf_rows_end(&rows, change->err);
    return status == HF_OK ? hf_buf_status(out) : status;
}

static enum hf_status forget_decisions(struct change *change)
{
    struct hf_buf list = {0}, bytes = {0};
    enum hf_status status = list_rows(change, "SELECT seq FROM changes WHERE kind = 7 AND log_index >= ?1", &list);
    for (size_t at = 0; status == HF_OK && at < list.len; at += sizeof(uint64_t)) {
        struct hf_stored stored;
        uint64_t row;
        memcpy(&row, list.data + at, sizeof row);
        status = hf_replica_stored_by_row(change->replica, row, &stored, &bytes, change->err);
        if (status == HF_OK)
            status = forget_note(change, &stored);
    }
    hf_buf_clear(&list);
    hf_buf_wipe(&bytes);
    return status;
}

/* --- what is handed on ---------------------------------------------------------------------------------------------
 */

/* Everything that devices signed, and of the office's own entries erasures, which come first, enrolments, revocations,
 * legal holds and, last, roles: the office can redo these from its own signature. What went from here with its case
 * cannot be handed on by this device. */
static const char *const marking[] = {
    "UPDATE changes SET sent = 0 WHERE own = 1 AND log_index >= ?1",
    "INSERT OR IGNORE INTO hand_on(change) SELECT c.seq FROM changes c JOIN devices d ON d.number = c.device"
    " WHERE (length(c.body) > 0 OR (c.own = 1 AND c.case_id IN (SELECT case_id FROM erased)))"
    " AND ((c.own = 1 AND c.sent = 0) OR (c.log_index >= ?1 AND"
    " (c.kind IN (2, 3, 4, 5) OR d.device NOT IN (SELECT device FROM servers))))"
    " ORDER BY c.kind <> 2, c.log_index IS NULL, c.log_index, c.device, c.leaf_seq",
    ("UPDATE shards SET not_here = (SELECT count(*) FROM changes WHERE own = 1 AND sent = 0"
     " AND seq NOT IN (SELECT change FROM hand_on)) WHERE number = ?2 AND ?1 >= 0"),
    "UPDATE changes SET sent = 2 WHERE own = 1 AND sent = 0 AND seq NOT IN (SELECT change FROM hand_on)",
    "UPDATE changes SET log_index = NULL WHERE log_index >= ?1",
};

/* Behind everything else: who joined in that part comes first. What the role is now, the office says. */
static enum hf_status mark_roles(const struct change *change)
{
    enum hf_status status = HF_OK;
    for (size_t at = 0; status == HF_OK && at < change->roles.len; at += sizeof(uint64_t)) {
        struct hf_rows rows;
        uint64_t row;
        memcpy(&row, change->roles.data + at, sizeof row);
        hf_rows_begin_text(&rows, change->replica, "INSERT OR IGNORE INTO hand_on(change) VALUES(?)");
        hf_rows_bind_u64(&rows, row);
        status = hf_rows_run(&rows, change->err);
    }
    return status;
}

/* --- what was proved in the log before -----------------------------------------------------------------------------
 */

static const char *const leaving[] = {
    /* How much of an attachment the office has is asked again: what it says of the new log is another matter. */
    "UPDATE attachments SET sent = 0, asked = 0 WHERE own = 1 AND answer <> 4",
    "INSERT OR IGNORE INTO old_heads SELECT ?2, size, verified_ms, note FROM proof_heads WHERE size > ?1",
    "INSERT OR IGNORE INTO old_proofs SELECT ?2, first, count, size, proof FROM proofs WHERE size > ?1",
    "DELETE FROM proofs WHERE size > ?1",
    "DELETE FROM proof_heads WHERE size > ?1",
    /* What stands in both logs is proved again in the new one. */
    ("UPDATE changes SET sent = 1 WHERE own = 1 AND sent = 2 AND log_index < ?1 AND NOT EXISTS (SELECT 1 FROM proofs p"
     " WHERE changes.log_index BETWEEN p.first AND p.first + p.count - 1)"),
    "UPDATE devices SET enrolled_at = NULL WHERE enrolled_at >= ?1",
    "UPDATE devices SET revoked_at = NULL WHERE revoked_at >= ?1",
    "DELETE FROM officers WHERE log_index >= ?1",
    "DELETE FROM given WHERE log_index >= ?1",
    "UPDATE servers SET from_index = NULL WHERE from_index >= ?1",
    "DELETE FROM catchups WHERE start >= ?1",
    /* What came as a snapshot of the log before is of the part that both have in common, as far as anybody can tell;
     * its history decides. The note is not in the new log. */
    "UPDATE snapshots SET size = ?1 WHERE size > ?1",
    "UPDATE snapshot_run SET past = min(past, ?1), noted = 0",
    "UPDATE catchups SET until = ?1 WHERE until > ?1",
};

static enum hf_status note_shard(const struct change *change, const struct hf_seen *seen)
{
    struct hf_rows rows;
    struct hf_buf note = {0}, before = {0};
    enum hf_status status = hf_replica_checkpoint(change->replica, &note, &before);
    if (status == HF_OK) {
        hf_rows_begin_text(&rows, change->replica,
                           "INSERT INTO shards(number, name, reason, began_ms, size, known_size, note)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        hf_rows_bind_u64(&rows, change->shard.number);
        hf_rows_bind_bytes(&rows, change->shard.name);
        hf_rows_bind_bytes(&rows, change->shard.reason);
        hf_rows_bind_u64(&rows, change->now_ms);
        hf_rows_bind_u64(&rows, change->shard.size);
        hf_rows_bind_u64(&rows, seen->size);
        hf_rows_bind_bytes(&rows, hf_buf_slice(&note));
        status = hf_rows_run(&rows, change->err);
    }
    hf_buf_clear(&note);
    hf_buf_clear(&before);
    return status;
}

/* The root at which the two logs part comes from the authority. */
static enum hf_status put_checkpoint(const struct change *change)
{
    struct hf_rows rows;
    static const uint8_t nothing[HF_HASH_BYTES];
    const uint8_t *root = change->size > 0 ? change->shard.root : nothing;
    hf_rows_begin_text(&rows, change->replica,
                       "UPDATE checkpoint SET size = ?1, root = ?2, verified_ms = ?3, note = x'', prev = x''");
    hf_rows_bind_u64(&rows, change->size);
    hf_rows_bind_bytes(&rows, hf_slice_of(root, HF_HASH_BYTES));
    hf_rows_bind_u64(&rows, change->now_ms);
    return hf_rows_run(&rows, change->err);
}

static enum hf_status put_cursor(const struct change *change)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, change->replica, "UPDATE sync SET cursor = min(cursor, ?)");
    hf_rows_bind_u64(&rows, change->cursor);
    return hf_rows_run(&rows, change->err);
}

/* The server's key of the log before, which the table may not name. */
static enum hf_status keep_server(const struct change *change)
{
    struct hf_rows rows;
    const struct hf_identity *identity = change->replica->identity;
    hf_rows_begin_text(&rows, change->replica, "INSERT OR IGNORE INTO servers VALUES(?1, ?2, NULL)");
    hf_rows_bind_u64(&rows, identity->serial);
    hf_rows_bind_bytes(&rows, hf_slice_of(identity->server_device, sizeof identity->server_device));
    return hf_rows_run(&rows, change->err);
}

static enum hf_status take(struct change *change, const struct hf_identity *next)
{
    struct hf_seen seen;
    enum hf_status status = hf_replica_seen(change->replica, &seen, change->err);
    if (status == HF_OK)
        status = keep_server(change);
    if (status == HF_OK)
        status = note_shard(change, &seen);
    if (status == HF_OK)
        status = forget_decisions(change);
    if (status == HF_OK)
        status = run_all(change, marking, sizeof marking / sizeof marking[0]);
    if (status == HF_OK)
        status = mark_roles(change);
    if (status == HF_OK)
        status = run_all(change, leaving, sizeof leaving / sizeof leaving[0]);
    if (status == HF_OK && seen.size > change->size)
        status = put_checkpoint(change);
    if (status == HF_OK)
        status = put_cursor(change);
    return status == HF_OK ? hf_replica_identity_write(change->replica, next, change->err) : status;
}

enum hf_status hf_replica_shard_take(struct hf_replica *replica, const struct hf_note_body *certificate,
                                     uint64_t now_ms, struct hf_error *err)
{
    struct change change = {.replica = replica, .now_ms = now_ms, .err = err};
    const struct hf_identity *now = replica->identity;
    if (certificate->shard.len == 0 || hf_shard_decode(certificate->shard, &change.shard) != HF_OK ||
        change.shard.number <= now->shard)
        return HF_ERR_INVALID;
    /* Of a shard between that it has not heard of, this device does not know where it parted. */
    change.size = change.shard.number == now->shard + 1 ? change.shard.size : 0;
    change.cursor = change.size;
    struct hf_identity *next = hf_secret_alloc(sizeof *next);
    if (!next)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    *next = *now;
    enum hf_status status = hf_identity_take_certificate(next, certificate);
    if (status != HF_OK)
        (void)hf_error_set(err, status, "The office's new log cannot be followed: %s", hf_status_text(status));
    if (status == HF_OK)
        status = hf_rows_transaction(replica, err);
    if (status == HF_OK)
        status = hf_rows_finish(replica, take(&change, next), err);
    if (status == HF_OK)
        *replica->identity = *next;
    hf_secret_free(next);
    hf_buf_clear(&change.roles);
    return status;
}

/* --- handing on ----------------------------------------------------------------------------------------------------
 */

enum hf_status hf_replica_hand_on_left(struct hf_replica *replica, uint64_t *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT count(*) FROM hand_on");
    *out = hf_rows_next(&rows) ? hf_rows_u64(&rows, 0) : 0;
    return hf_rows_end(&rows, NULL);
}

/* Rows first: reading one asks other tables. */
static enum hf_status next_rows(struct hf_replica *replica, size_t most, struct hf_buf *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT change FROM hand_on ORDER BY place LIMIT ?");
    hf_rows_bind_u64(&rows, most);
    while (hf_rows_next(&rows)) {
        const uint64_t row = hf_rows_u64(&rows, 0);
        hf_buf_append(out, &row, sizeof row);
    }
    enum hf_status status = hf_rows_end(&rows, NULL);
    return status == HF_OK ? hf_buf_status(out) : status;
}

#define HAND_ON_AT_ONCE 1024

enum hf_status hf_replica_hand_on(struct hf_replica *replica, hf_item_fn *each, void *ctx)
{
    static const uint8_t nothing = 0xc0; /* of an erased case only the leaf is left, as in the outbox */
    struct hf_buf list = {0}, bytes = {0};
    bool more = true;
    enum hf_status status = next_rows(replica, HAND_ON_AT_ONCE, &list);
    for (size_t at = 0; status == HF_OK && more && at < list.len; at += sizeof(uint64_t)) {
        struct hf_stored stored;
        uint64_t row;
        memcpy(&row, list.data + at, sizeof row);
        status = hf_replica_stored_by_row(replica, row, &stored, &bytes, NULL);
        if (status != HF_OK)
            break;
        const struct hf_item item = {.index = HF_INDEX_NONE,
                                     .leaf = stored.leaf,
                                     .case_id = stored.case_id,
                                     .key_id = stored.key_id,
                                     .body = stored.body.len ? stored.body : hf_slice_of(&nothing, 1),
                                     .form = HF_ITEM_WHOLE};
        more = each(ctx, &item);
    }
    hf_buf_clear(&list);
    hf_buf_wipe(&bytes);
    return status;
}

static bool is_redone(enum hf_leaf_kind kind)
{
    return kind == HF_LEAF_NOTE || kind == HF_LEAF_ENROL || kind == HF_LEAF_REVOKE || kind == HF_LEAF_ERASE ||
           kind == HF_LEAF_HOLD;
}

static enum hf_status store_one(struct hf_replica *replica, uint64_t row, const struct hf_pushed *result,
                                struct hf_buf *bytes, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_stored stored;
    const bool taken = result->index > 0;
    enum hf_status status = hf_replica_stored_by_row(replica, row, &stored, bytes, err);
    if (status == HF_OK && taken)
        status = hf_replica_stored_logged(replica, &stored, result->index, result->hold, err);
    if (status == HF_OK && stored.own) {
        hf_rows_begin_text(&rows, replica, "UPDATE changes SET sent = ?2 WHERE seq = ?1");
        hf_rows_bind_u64(&rows, row);
        hf_rows_bind_u64(&rows, taken ? HF_SENT : HF_RECEIVED);
        status = hf_rows_run(&rows, err);
    }
    if (status == HF_OK) {
        hf_rows_begin_text(&rows, replica, "DELETE FROM hand_on WHERE change = ?");
        hf_rows_bind_u64(&rows, row);
        status = hf_rows_run(&rows, err);
    }
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica,
                       "UPDATE shards SET handed_on = handed_on + ?1, not_taken = not_taken + ?2"
                       " WHERE number = (SELECT max(number) FROM shards)");
    hf_rows_bind_u64(&rows, taken ? 1 : 0);
    /* What is redone by the office itself stays out as its old entry. */
    hf_rows_bind_u64(&rows, taken || is_redone(stored.kind) ? 0 : 1);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_store_handed_on(struct hf_replica *replica, const struct hf_pushed *results, size_t count,
                                          struct hf_error *err)
{
    struct hf_buf list = {0}, bytes = {0};
    enum hf_status status = next_rows(replica, count, &list);
    if (status == HF_OK && list.len != count * sizeof(uint64_t))
        status = hf_error_set(err, HF_ERR_PROTOCOL, "The office answered for changes that it was not given.");
    if (status == HF_OK)
        status = hf_rows_transaction(replica, err);
    if (status == HF_OK) {
        for (size_t i = 0; status == HF_OK && i < count; i++) {
            uint64_t row;
            memcpy(&row, list.data + i * sizeof row, sizeof row);
            status = store_one(replica, row, &results[i], &bytes, err);
        }
        status = hf_rows_finish(replica, status, err);
    }
    hf_buf_clear(&list);
    hf_buf_wipe(&bytes);
    return status;
}

/* --- what it says --------------------------------------------------------------------------------------------------
 */

static void copy_text(struct hf_slice text, char *out, size_t out_bytes)
{
    const size_t len = text.len < out_bytes ? text.len : out_bytes - 1;
    if (len > 0)
        memcpy(out, text.data, len);
    out[len] = '\0';
}

enum hf_status hf_replica_shard_seen(struct hf_replica *replica, struct hf_shard_seen *out, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_shard_seen seen = {.any = false};
    hf_rows_begin_text(&rows, replica,
                       "SELECT number, name, reason, began_ms, size, known_size, handed_on, not_taken, not_here,"
                       " (SELECT count(*) FROM hand_on) FROM shards ORDER BY number DESC LIMIT 1");
    seen.any = hf_rows_next(&rows);
    if (seen.any) {
        seen.number = hf_rows_u64(&rows, 0);
        copy_text(hf_rows_bytes(&rows, 1), seen.name, sizeof seen.name);
        copy_text(hf_rows_bytes(&rows, 2), seen.reason, sizeof seen.reason);
        seen.began_ms = hf_rows_u64(&rows, 3);
        seen.size = hf_rows_u64(&rows, 4);
        seen.known_size = hf_rows_u64(&rows, 5);
        seen.handed_on = hf_rows_u64(&rows, 6);
        seen.not_taken = hf_rows_u64(&rows, 7);
        seen.not_here = hf_rows_u64(&rows, 8);
        seen.left = hf_rows_u64(&rows, 9);
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        *out = seen;
    return status;
}

enum hf_status hf_replica_shard_evidence(struct hf_replica *replica, struct hf_buf *out, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT note FROM shards ORDER BY number DESC LIMIT 1");
    if (hf_rows_next(&rows))
        hf_buf_append_slice(out, hf_rows_bytes(&rows, 0));
    enum hf_status status = hf_rows_end(&rows, err);
    return status == HF_OK ? hf_buf_status(out) : status;
}
