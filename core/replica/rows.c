#include "core/replica/rows.h"

#include "core/base/assert.h"
#include "core/replica/fold.h"
#include "core/replica/indexed.h"
#include "core/replica/replica_internal.h"

#include <string.h>

#define DEVICE_COLUMNS "number, device, incarnation, person, enrolled_at, revoked_at"

static const char *const texts[HF_STATEMENT_COUNT] = {
    [HF_STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [HF_STATEMENT_COMMIT] = "COMMIT",
    [HF_STATEMENT_ROLLBACK] = "ROLLBACK",

    [HF_STATEMENT_IDENTITY_GET] = "SELECT schema, identity FROM replica",
    [HF_STATEMENT_IDENTITY_PUT] = "UPDATE replica SET identity = ?",
    [HF_STATEMENT_CHAIN_GET] =
        "SELECT device, next_seq, head, clock, change_count, coalesce(changes_end, 0) FROM chain",
    [HF_STATEMENT_CHAIN_PUT] = "UPDATE chain SET device = ?, next_seq = ?, head = ?, clock = ?, change_count = ?",
    [HF_STATEMENT_SYNC_GET] = "SELECT cursor, synced_ms FROM sync",
    [HF_STATEMENT_CURSOR_PUT] = "UPDATE sync SET cursor = max(cursor, ?)",
    [HF_STATEMENT_SYNCED_PUT] = "UPDATE sync SET synced_ms = ?",
    [HF_STATEMENT_CHECKPOINT_GET] = "SELECT size, root, verified_ms FROM checkpoint",
    [HF_STATEMENT_CHECKPOINT_NOTES] = "SELECT note, prev FROM checkpoint",
    [HF_STATEMENT_CHECKPOINT_PUT] = "UPDATE checkpoint SET prev = note, size = ?, root = ?, verified_ms = ?, note = ?",
    [HF_STATEMENT_CHECKPOINT_SEEN_AGAIN] = "UPDATE checkpoint SET verified_ms = ?, note = ?",

    [HF_STATEMENT_DEVICE_FIND] = "SELECT " DEVICE_COLUMNS " FROM devices WHERE device = ? AND incarnation = ?",
    [HF_STATEMENT_DEVICE_BY_NUMBER] = "SELECT " DEVICE_COLUMNS " FROM devices WHERE number = ?",
    [HF_STATEMENT_DEVICE_ADD] = "INSERT INTO devices(device, incarnation) VALUES(?, ?) ON CONFLICT DO NOTHING",
    [HF_STATEMENT_DEVICE_ENROL] =
        "INSERT INTO devices(device, incarnation, person, role, enrolled_at) VALUES(?, ?, ?, ?, ?)"
        " ON CONFLICT(device, incarnation) DO UPDATE SET person = excluded.person, role = excluded.role,"
        " enrolled_at = min(coalesce(enrolled_at, excluded.enrolled_at), excluded.enrolled_at), revoked_at = NULL",
    [HF_STATEMENT_DEVICE_REVOKE] = "UPDATE devices SET revoked_at = ?2 WHERE device = ?1 AND enrolled_at < ?2"
                                   " AND revoked_at IS NULL",

    [HF_STATEMENT_KEY_FIND] = "SELECT case_id, key_id, epoch, key FROM keys WHERE key_id = ?",
    [HF_STATEMENT_KEY_NEWEST] = "SELECT case_id, key_id, epoch, key FROM keys WHERE case_id = ?"
                                " ORDER BY epoch DESC, key_id DESC LIMIT 1",
    [HF_STATEMENT_KEY_ADD] = "INSERT INTO keys(case_id, key_id, epoch, key) VALUES(?, ?, ?, ?)",
    [HF_STATEMENT_CASE_ADD] = "INSERT INTO cases(case_id) VALUES(?) ON CONFLICT DO NOTHING",
    [HF_STATEMENT_CASE_OPENED] = "UPDATE cases SET opened_here = 1 WHERE case_id = ?",
    [HF_STATEMENT_CASE_OPENED_HERE] = "SELECT opened_here FROM cases WHERE case_id = ?",
    [HF_STATEMENT_CASE_ASSIGNED] = "INSERT INTO cases(case_id, assigned) VALUES(?, ?)"
                                   " ON CONFLICT DO UPDATE SET assigned = excluded.assigned,"
                                   " opened_here = opened_here AND excluded.assigned",
    [HF_STATEMENT_CATCHUP_FIRST] = "SELECT case_id, start, until, refused FROM catchups ORDER BY refused, seq LIMIT 1",
    [HF_STATEMENT_CATCHUP_ADD] =
        "INSERT INTO catchups(case_id, start, until) VALUES(?, 0, max(?, (SELECT past FROM snapshot_run)))"
        " ON CONFLICT(case_id) DO UPDATE SET until = max(until, excluded.until), refused = 0",
    [HF_STATEMENT_CATCHUP_MOVE] = "UPDATE catchups SET start = max(start, ?2) WHERE case_id = ?1",
    [HF_STATEMENT_CATCHUP_DROP] = "DELETE FROM catchups WHERE case_id = ?1 AND (?2 OR start >= until)",

    [HF_STATEMENT_FOLD_DEVICE] = "SELECT device, incarnation FROM devices WHERE number = ?",
    [HF_STATEMENT_FOLD_ROOT] = "SELECT root FROM roots_seen WHERE size = ?",
    [HF_STATEMENT_FOLD_ROOT_ADD] = "INSERT INTO roots_seen(size, root) VALUES(?, ?)",

    [HF_STATEMENT_CHANGE_ADD] =
        "INSERT INTO changes(change_id, record_id, case_id, key_id, kind, device, leaf_seq, log_index, own, sent, hold,"
        " refused, effect, indexed, leaf, body) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [HF_STATEMENT_CHANGE_FIND] = "SELECT " HF_STORED_COLUMNS " FROM changes WHERE " HF_CHANGE_NAMED("?1"),
    [HF_STATEMENT_CHANGE_BY_ROW] = "SELECT " HF_STORED_COLUMNS " FROM changes WHERE seq = ?",
    [HF_STATEMENT_CHANGE_OF_CHAIN] = "SELECT " HF_STORED_COLUMNS " FROM changes WHERE " HF_CHANGE_OF_CHAIN("?1", "?2"),
    [HF_STATEMENT_CHANGE_AT_INDEX] = "SELECT change_id FROM changes WHERE log_index = ?",
    [HF_STATEMENT_CHANGE_BASE] = "SELECT effect, record_id FROM changes WHERE " HF_CHANGE_NAMED("?1"),
    [HF_STATEMENT_CHANGE_SET_EFFECT] = "UPDATE changes SET effect = ?2 WHERE seq = ?1",
    [HF_STATEMENT_CHANGE_SET_LOGGED] = "UPDATE changes SET log_index = ?2, sent = max(sent, 1) WHERE seq = ?1",
    [HF_STATEMENT_CHANGE_SET_HOLD] = "UPDATE changes SET hold = ?2, refused = ?3 WHERE seq = ?1",
    [HF_STATEMENT_CHANGE_SET_RECEIVED] =
        "UPDATE changes SET sent = 2 WHERE own = 1 AND log_index >= ? AND log_index < ?",
    [HF_STATEMENT_WAITING_ROWS] = "SELECT seq FROM changes WHERE record_id = ? AND effect = 1"
                                  " ORDER BY log_index IS NULL, log_index, seq",
    [HF_STATEMENT_WAITING_AGAIN] = "UPDATE changes SET effect = 1 WHERE " HF_CHANGES_OF_RECORD("?1") " AND effect <> 5",
    [HF_STATEMENT_NOT_UNDERSTOOD] = "SELECT seq FROM changes WHERE effect = 3 ORDER BY record_id, seq",

    [HF_STATEMENT_RECORD_GET] = "SELECT " HF_STATE_COLUMNS ", changed FROM records WHERE " HF_RECORD_NAMED("?1"),
    [HF_STATEMENT_RECORD_CHANGED] = "SELECT changed FROM records WHERE " HF_RECORD_NAMED("?1"),
    [HF_STATEMENT_RECORD_NEWEST] =
        "SELECT max(coalesce((SELECT max(seq) FROM changes WHERE indexed = 1 AND record_id = ?1 AND effect = 0), 0),"
        " coalesce((SELECT max(seq) FROM changes_end e JOIN changes ON seq = e.row"
        "  WHERE e.record_id = ?1 AND effect = 0), 0))",
    [HF_STATEMENT_RECORD_ADD] =
        "INSERT INTO records(conflicts, is_final, amendments, deleted, changed, parent, title, due, status, packed,"
        " record_id, case_id, type, indexed) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [HF_STATEMENT_RECORD_UPDATE] =
        "UPDATE records SET conflicts = ?1, is_final = ?2, amendments = ?3, deleted = ?4,"
        " changed = ?5, parent = ?6, title = ?7, due = ?8, status = ?9,"
        " base_title = CASE WHEN stubs IS NOT NULL AND base IS NULL THEN title ELSE base_title END,"
        " base = CASE WHEN stubs IS NOT NULL THEN coalesce(base, packed) END, packed = ?10 WHERE " HF_RECORD_NAMED(
            "?11"),
    [HF_STATEMENT_SNAPSHOT_ADD] =
        "INSERT INTO records(conflicts, is_final, amendments, deleted, changed, parent, title, due, status, packed,"
        " record_id, case_id, type, stubs) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [HF_STATEMENT_SNAPSHOT_STAGE] = "INSERT INTO snapshot_parts(packed, stubs) VALUES(?, ?)",
    [HF_STATEMENT_SNAPSHOT_STATE] =
        "SELECT record_id, case_id, CASE WHEN base IS NULL THEN title ELSE base_title END, coalesce(base, packed)"
        " FROM records WHERE " HF_RECORD_NAMED("?1") " AND stubs IS NOT NULL",
    [HF_STATEMENT_SNAPSHOT_SIZE] = "SELECT size FROM snapshots WHERE case_id = ?",
    [HF_STATEMENT_BEHIND_ROWS] =
        "SELECT seq FROM changes WHERE " HF_CHANGES_OF_RECORD("?1") " AND effect = 5 ORDER BY log_index",
    [HF_STATEMENT_RECORD_DELETE] = "DELETE FROM records WHERE " HF_RECORD_NAMED("?1"),
    [HF_STATEMENT_RELEASE_GET] = "SELECT released FROM releases WHERE change_id = ?",
    [HF_STATEMENT_RELEASE_PUT] = "INSERT INTO releases(change_id, released) VALUES(?, ?)"
                                 " ON CONFLICT DO UPDATE SET released = excluded.released",
    [HF_STATEMENT_DECIDED_ADD] =
        "INSERT OR IGNORE INTO decided(change_id, seen) SELECT ?1, 0 WHERE EXISTS(SELECT 1"
        " FROM changes JOIN devices ON number = changes.device WHERE " HF_CHANGE_NAMED("?2") " AND person = ?3)",

    [HF_STATEMENT_UNSENT_FIRST] =
        "SELECT min(place) FROM (SELECT min(leaf_seq) AS place FROM changes INDEXED BY changes_unsent WHERE"
        " " HF_UNSENT_INDEXED " AND device = ?1 UNION ALL"
        " SELECT min(leaf_seq) FROM changes WHERE " HF_UNSENT_END " AND device = ?1)",
    [HF_STATEMENT_UNSENT_ANY] =
        "SELECT (SELECT count(*) FROM " HF_UNSENT_BY_INDEX ") + (SELECT count(*) FROM changes WHERE " HF_UNSENT_END ")",
    [HF_STATEMENT_UNPROVED_INDICES] = "SELECT log_index FROM changes WHERE own = 1 AND sent = 1 ORDER BY log_index",
    [HF_STATEMENT_OWN_LEAVES] = "SELECT " HF_STORED_COLUMNS " FROM changes WHERE own = 1 AND log_index >= ?"
                                " AND log_index < ? ORDER BY log_index",
    [HF_STATEMENT_COUNT_CASES] =
        "SELECT count(*) FROM cases WHERE case_id <> ? AND EXISTS(SELECT 1 FROM keys WHERE case_id = cases.case_id)",
    [HF_STATEMENT_COUNT_RECORDS] =
        "SELECT (SELECT count(*) FROM records) - (SELECT count(*) FROM records WHERE " HF_RECORDS_OF_CASE(
            "?1") " ),"
                  " (SELECT coalesce(sum(conflicts), 0) FROM records WHERE conflicts > 0)",
    [HF_STATEMENT_COUNT_CHANGES] =
        "SELECT (SELECT coalesce(max(seq), 0) FROM changes),"
        " (SELECT count(*) FROM " HF_UNSENT_BY_INDEX " AND kind <> 8)"
        " + (SELECT count(*) FROM changes WHERE " HF_UNSENT_END " AND kind <> 8),"
        " (SELECT count(*) FROM changes WHERE own = 1 AND sent = 1 AND kind <> 8),"
        " (SELECT count(*) FROM changes WHERE indexed = 1 AND device IN (SELECT number FROM devices WHERE device = ?1)"
        "  AND kind <> 8) + (SELECT count(*) FROM changes WHERE " HF_CHANGES_END
        "  AND device IN (SELECT number FROM devices WHERE device = ?1) AND kind <> 8),"
        " (SELECT count(*) FROM changes WHERE effect = 2 AND refused = 0),"
        " (SELECT count(*) FROM changes WHERE effect = 1)",
    [HF_STATEMENT_BOOK_MARK] =
        "SELECT coalesce((SELECT sum(seq * 8 + effect + refused * 4) FROM changes WHERE kind = 9), 0)"
        " + (SELECT coalesce(sum(changed), 0) FROM records WHERE " HF_RECORDS_OF_CASE(
            "?1") " AND type IN (12, 80, 81, 82)) + 1",
    [HF_STATEMENT_PURGE_READY] = "SELECT case_id FROM cases WHERE assigned = 0 AND case_id <> ?1"
                                 " AND EXISTS(SELECT 1 FROM keys WHERE keys.case_id = cases.case_id)"
                                 " AND NOT EXISTS(SELECT 1 FROM changes WHERE changes.case_id = cases.case_id"
                                 "  AND " HF_UNSENT_INDEXED ")"
                                 " AND NOT EXISTS(SELECT 1 FROM changes WHERE changes.case_id = cases.case_id"
                                 "  AND " HF_UNSENT_END ")"
                                 " AND NOT EXISTS(SELECT 1 FROM drafts WHERE drafts.case_id = cases.case_id"
                                 "  AND drafts.device = x'' AND (sent <> version OR refused <> 0))"
                                 " AND NOT EXISTS(SELECT 1 FROM attachments WHERE attachments.case_id = cases.case_id"
                                 "  AND own = 1 AND sent < count AND NOT (have = 0 AND answer = 6)) LIMIT 1",
    [HF_STATEMENT_PURGE_RECEIPT] = "SELECT case_id, changes FROM purges ORDER BY case_id LIMIT 1",
    [HF_STATEMENT_INDEX_CHANGES] = "UPDATE changes SET indexed = 1 WHERE " HF_CHANGES_END,
    [HF_STATEMENT_INDEX_RECORDS] = "UPDATE records SET indexed = 1 WHERE " HF_RECORDS_END,
    [HF_STATEMENT_INDEX_WAITS] = "SELECT changes_end IS NOT NULL OR records_end IS NOT NULL FROM chain",
    [HF_STATEMENT_INDEX_NONE_WAITS] = "UPDATE chain SET changes_end = NULL, records_end = NULL",
    [HF_STATEMENT_INDEX_CHANGE_WAITS] =
        "UPDATE chain SET changes_end = ?1 WHERE changes_end IS NULL OR changes_end > ?1",
    [HF_STATEMENT_INDEX_RECORD_WAITS] =
        "UPDATE chain SET records_end = ?1 WHERE records_end IS NULL OR records_end > ?1",
    [HF_STATEMENT_LEASE_GET] = "SELECT days, running, spent_ms, wall_ms, machine_ms FROM lease",
    [HF_STATEMENT_LEASE_PUT] = "UPDATE lease SET days = ?, running = ?, spent_ms = ?, wall_ms = ?, machine_ms = ?",
    [HF_STATEMENT_PROOF_ADD] =
        "INSERT INTO proofs(first, count, size, proof) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
    [HF_STATEMENT_PROOF_HEAD_ADD] = "INSERT INTO proof_heads(size, verified_ms, note) VALUES(?, ?, ?)"
                                    " ON CONFLICT DO NOTHING",
    [HF_STATEMENT_PROOF_FIND] = "SELECT first, count, size, verified_ms, proof, note FROM proofs"
                                " JOIN proof_heads USING(size) WHERE first <= ?1 AND first + count > ?1"
                                " ORDER BY first DESC LIMIT 1",
    [HF_STATEMENT_OLDEST_UNRECEIVED] =
        "SELECT " HF_STORED_COLUMNS " FROM changes WHERE seq = (SELECT min(first) FROM ("
        "SELECT min(seq) AS first FROM " HF_UNSENT_BY_INDEX " AND kind <> 8"
        " UNION ALL SELECT min(seq) FROM changes WHERE " HF_UNSENT_END " AND kind <> 8"
        " UNION ALL SELECT min(seq) FROM changes INDEXED BY changes_unproved WHERE own = 1 AND sent = 1"
        "  AND kind <> 8))",
};

/* --- begin and end --- */

void hf_rows_begin(struct hf_rows *rows, struct hf_replica *replica, enum hf_statement which)
{
    *rows = (struct hf_rows){.replica = replica, .kept = true, .code = SQLITE_OK};
    sqlite3_stmt **kept = &replica->statements[which];
    if (!*kept)
        rows->code = sqlite3_prepare_v3(replica->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, kept, NULL);
    HF_ASSERT(!*kept || !sqlite3_stmt_busy(*kept));
    rows->stmt = *kept;
}

/* The place of this text, or the one that was at work longest ago; NULL when all are at work. */
static struct hf_rows_text *place_for(struct hf_replica *replica, const char *sql, bool *out_found)
{
    struct hf_rows_text *oldest = NULL;
    *out_found = true;
    for (size_t i = 0; i < HF_ROWS_TEXTS; i++) {
        struct hf_rows_text *text = &replica->texts[i];
        if (text->at_work)
            continue;
        if (text->stmt && strcmp(sqlite3_sql(text->stmt), sql) == 0)
            return text;
        if (!oldest || text->used < oldest->used)
            oldest = text;
    }
    *out_found = false;
    return oldest;
}

void hf_rows_begin_text(struct hf_rows *rows, struct hf_replica *replica, const char *sql)
{
    bool found;
    struct hf_rows_text *text = place_for(replica, sql, &found);
    *rows = (struct hf_rows){.replica = replica, .text = text, .kept = text != NULL, .code = SQLITE_OK};
    if (!found) {
        rows->code = sqlite3_prepare_v3(replica->db, sql, -1, text ? SQLITE_PREPARE_PERSISTENT : 0, &rows->stmt, NULL);
        if (text) {
            sqlite3_finalize(text->stmt);
            text->stmt = rows->stmt;
        }
    }
    if (!text)
        return;
    rows->stmt = text->stmt;
    text->used = ++replica->texts_used;
    text->at_work = true;
}

enum hf_status hf_rows_end(struct hf_rows *rows, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    if (rows->code != SQLITE_OK && rows->code != SQLITE_ROW && rows->code != SQLITE_DONE)
        status = hf_vault_status(rows->replica->vault, rows->code, err);
    if (rows->kept && rows->stmt) {
        sqlite3_reset(rows->stmt);
        sqlite3_clear_bindings(rows->stmt);
    } else {
        sqlite3_finalize(rows->stmt);
    }
    rows->stmt = NULL;
    if (rows->text)
        rows->text->at_work = false;
    rows->text = NULL;
    return status;
}

enum hf_status hf_rows_run(struct hf_rows *rows, struct hf_error *err)
{
    while (hf_rows_next(rows))
        ;
    return hf_rows_end(rows, err);
}

bool hf_rows_next(struct hf_rows *rows)
{
    if (rows->code != SQLITE_OK && rows->code != SQLITE_ROW)
        return false;
    rows->code = sqlite3_step(rows->stmt);
    return rows->code == SQLITE_ROW;
}

void hf_rows_forget(struct hf_replica *replica)
{
    for (size_t i = 0; i < HF_STATEMENT_COUNT; i++) {
        sqlite3_finalize(replica->statements[i]);
        replica->statements[i] = NULL;
    }
    for (size_t i = 0; i < HF_ROWS_TEXTS; i++) {
        sqlite3_finalize(replica->texts[i].stmt);
        replica->texts[i] = (struct hf_rows_text){0};
    }
}

/* --- parameters --- */

static void bound(struct hf_rows *rows, int code)
{
    if (rows->code == SQLITE_OK)
        rows->code = code;
}

static int next_parameter(struct hf_rows *rows)
{
    return ++rows->bound;
}

void hf_rows_bind_u64(struct hf_rows *rows, uint64_t value)
{
    bound(rows, sqlite3_bind_int64(rows->stmt, next_parameter(rows), (sqlite3_int64)value));
}

void hf_rows_bind_index(struct hf_rows *rows, uint64_t index)
{
    if (index == HF_INDEX_NONE)
        bound(rows, sqlite3_bind_null(rows->stmt, next_parameter(rows)));
    else
        hf_rows_bind_u64(rows, index);
}

void hf_rows_bind_bytes(struct hf_rows *rows, struct hf_slice bytes)
{
    /* A NULL pointer would bind NULL, which is not the same as no bytes. */
    const void *data = bytes.len ? (const void *)bytes.data : (const void *)"";
    bound(rows, sqlite3_bind_blob64(rows->stmt, next_parameter(rows), data, bytes.len, SQLITE_STATIC));
}

void hf_rows_bind_text(struct hf_rows *rows, struct hf_slice text)
{
    if (text.len == 0)
        bound(rows, sqlite3_bind_null(rows->stmt, next_parameter(rows)));
    else
        bound(rows, sqlite3_bind_text64(rows->stmt, next_parameter(rows), (const char *)text.data, text.len,
                                        SQLITE_STATIC, SQLITE_UTF8));
}

void hf_rows_bind_id(struct hf_rows *rows, const struct hf_id *id)
{
    if (hf_id_is_zero(id))
        bound(rows, sqlite3_bind_null(rows->stmt, next_parameter(rows)));
    else
        hf_rows_bind_bytes(rows, hf_id_slice(id));
}

/* --- columns --- */

uint64_t hf_rows_u64(struct hf_rows *rows, int column)
{
    return (uint64_t)sqlite3_column_int64(rows->stmt, column);
}

bool hf_rows_is_null(struct hf_rows *rows, int column)
{
    return sqlite3_column_type(rows->stmt, column) == SQLITE_NULL;
}

uint64_t hf_rows_index(struct hf_rows *rows, int column)
{
    return hf_rows_is_null(rows, column) ? HF_INDEX_NONE : hf_rows_u64(rows, column);
}

struct hf_slice hf_rows_bytes(struct hf_rows *rows, int column)
{
    const void *data = sqlite3_column_blob(rows->stmt, column);
    if (!data && sqlite3_errcode(sqlite3_db_handle(rows->stmt)) == SQLITE_NOMEM)
        rows->code = SQLITE_NOMEM; /* which is not the same as no bytes */
    return hf_slice_of(data, data ? (size_t)sqlite3_column_bytes(rows->stmt, column) : 0);
}

void hf_rows_copy(struct hf_rows *rows, int column, void *out, size_t len)
{
    struct hf_slice bytes = hf_rows_bytes(rows, column);
    memset(out, 0, len);
    if (bytes.len == len)
        memcpy(out, bytes.data, len);
    else if (rows->code != SQLITE_NOMEM)
        rows->code = SQLITE_CORRUPT;
}

struct hf_id hf_rows_id(struct hf_rows *rows, int column)
{
    struct hf_id id = hf_id_zero();
    if (!hf_rows_is_null(rows, column))
        hf_rows_copy(rows, column, id.bytes, sizeof id.bytes);
    return id;
}

/* --- transactions --- */

/* SQLite has rolled back by itself after some errors (disk full, I/O). */
static void roll_back(struct hf_replica *replica)
{
    struct hf_rows rows;
    hf_replica_fold_forget(replica);
    hf_replica_memo_forget(replica);
    if (sqlite3_get_autocommit(replica->db))
        return;
    hf_rows_begin(&rows, replica, HF_STATEMENT_ROLLBACK);
    (void)!hf_rows_run(&rows, NULL);
}

enum hf_status hf_rows_transaction(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_rows rows;
    const bool is_outermost = sqlite3_get_autocommit(replica->db) != 0;
    hf_rows_begin(&rows, replica, HF_STATEMENT_ROLLBACK); /* made ready: undoing needs no memory then */
    enum hf_status status = hf_rows_end(&rows, err);
    if (status != HF_OK)
        return status;
    hf_rows_begin(&rows, replica, HF_STATEMENT_BEGIN);
    status = hf_rows_run(&rows, err);
    if (status != HF_OK && is_outermost)
        roll_back(replica); /* it may have begun all the same when memory ran out */
    return status;
}

enum hf_status hf_rows_finish(struct hf_replica *replica, enum hf_status status, struct hf_error *err)
{
    struct hf_rows rows;
    if (status == HF_OK) {
        hf_rows_begin(&rows, replica, HF_STATEMENT_COMMIT);
        status = hf_rows_run(&rows, err);
    }
    if (status != HF_OK)
        roll_back(replica);
    return status;
}
