#include "server/guard.h"

#include "core/base/mutant.h"
#include "server/sql.h"

#include <stdlib.h>
#include <string.h>

enum statement { MARK_FIRST, MARK_GET, MARK_ADVANCE, MARK_SHARD, NOTE_PUT, NOTE_GET, NOTE_DONE, STATEMENT_COUNT };

static const char schema[] =
    "CREATE TABLE mark(one INTEGER PRIMARY KEY CHECK(one = 1), size INTEGER NOT NULL, root BLOB NOT NULL,"
    " shard INTEGER NOT NULL, keys INTEGER NOT NULL);"
    "CREATE TABLE note(one INTEGER PRIMARY KEY CHECK(one = 1), body BLOB NOT NULL);";

static const char *const texts[STATEMENT_COUNT] = {
    [MARK_FIRST] = "INSERT OR IGNORE INTO mark VALUES(1, ?1, ?2, ?3, ?4)",
    [MARK_GET] = "SELECT size, root, shard, keys, EXISTS(SELECT 1 FROM note) FROM mark",
    [MARK_ADVANCE] = ("UPDATE mark SET size = ?1, root = ?2, keys = max(keys, ?6)"
                      " WHERE size = ?3 AND root = ?4 AND shard = ?5"),
    [MARK_SHARD] = "UPDATE mark SET size = ?1, root = ?2, shard = ?3 WHERE shard < ?3",
    [NOTE_PUT] = "INSERT INTO note VALUES(1, ?1)",
    [NOTE_GET] = "SELECT body FROM note",
    [NOTE_DONE] = "DELETE FROM note",
};

struct hf_guard {
    struct hf_sql sql;
};

static enum hf_status guard_new(struct hf_vault *vault, struct hf_guard **out, struct hf_error *err)
{
    struct hf_guard *guard = calloc(1, sizeof *guard);
    if (!guard)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough memory.");
    enum hf_status status = hf_sql_open(&guard->sql, vault, "mark", schema, texts, STATEMENT_COUNT, err);
    if (status != HF_OK)
        hf_guard_close(guard);
    else
        *out = guard;
    return status;
}

static enum hf_status put_first(struct hf_guard *guard, const struct hf_guard_mark *mark)
{
    struct hf_row row;
    hf_row_start(&row, &guard->sql, MARK_FIRST);
    hf_row_bind_u64(&row, mark->size);
    hf_row_bind_blob(&row, mark->root.bytes, sizeof mark->root.bytes);
    hf_row_bind_u64(&row, mark->shard);
    hf_row_bind_u64(&row, mark->keys);
    return hf_row_run(&row);
}

static enum hf_status put_note(struct hf_guard *guard, struct hf_slice note)
{
    struct hf_row row;
    hf_row_start(&row, &guard->sql, NOTE_PUT);
    hf_row_bind_slice(&row, note);
    return hf_row_run(&row);
}

static enum hf_status create(struct hf_vault *vault, const struct hf_guard_mark *mark, struct hf_slice note,
                             struct hf_guard **out, struct hf_error *err)
{
    struct hf_guard *guard = NULL;
    enum hf_status status = guard_new(vault, &guard, err);
    if (status != HF_OK)
        return status;
    status = hf_sql_begin(&guard->sql);
    if (status == HF_OK) {
        status = put_first(guard, mark);
        if (status == HF_OK && note.len > 0)
            status = put_note(guard, note);
        status = hf_sql_finish(&guard->sql, status);
    }
    if (status != HF_OK) {
        hf_guard_close(guard);
        return hf_error_set(err, status, "The signing guard could not be made: %s", hf_status_text(status));
    }
    *out = guard;
    return HF_OK;
}

enum hf_status hf_guard_create(struct hf_vault *vault, struct hf_guard **out, struct hf_error *err)
{
    const struct hf_tree empty = {0};
    struct hf_guard_mark mark = {0};
    hf_tree_root(&empty, &mark.root);
    return create(vault, &mark, hf_slice_of(NULL, 0), out, err);
}

enum hf_status hf_guard_create_at(struct hf_vault *vault, const struct hf_guard_mark *mark, struct hf_slice note,
                                  struct hf_guard **out, struct hf_error *err)
{
    return create(vault, mark, note, out, err);
}

enum hf_status hf_guard_pending_note(struct hf_guard *guard, struct hf_buf *out)
{
    struct hf_row row;
    hf_row_start(&row, &guard->sql, NOTE_GET);
    const bool found = hf_row_next(&row);
    if (found)
        hf_buf_append_slice(out, hf_row_slice(&row, 0));
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        status = HF_ERR_NOT_FOUND;
    return status == HF_OK ? hf_buf_status(out) : status;
}

enum hf_status hf_guard_note_written(struct hf_guard *guard)
{
    struct hf_row row;
    hf_row_start(&row, &guard->sql, NOTE_DONE);
    return hf_row_run(&row);
}

enum hf_status hf_guard_open(struct hf_vault *vault, struct hf_guard **out, struct hf_error *err)
{
    struct hf_guard *guard = NULL;
    enum hf_status status = guard_new(vault, &guard, err);
    if (status != HF_OK)
        return status;
    struct hf_guard_mark mark;
    status = hf_guard_get(guard, &mark);
    if (status != HF_OK) {
        hf_guard_close(guard);
        return hf_error_set(err, status,
                            "The signing guard (guard.db) could not be read. Without it nothing can be signed.");
    }
    *out = guard;
    return HF_OK;
}

void hf_guard_close(struct hf_guard *guard)
{
    if (!guard)
        return;
    hf_sql_close(&guard->sql);
    free(guard);
}

enum hf_status hf_guard_get(struct hf_guard *guard, struct hf_guard_mark *out)
{
    struct hf_guard_mark mark = {0};
    struct hf_row row;
    hf_row_start(&row, &guard->sql, MARK_GET);
    bool found = hf_row_next(&row);
    if (found) {
        mark.size = hf_row_u64(&row, 0);
        hf_row_fixed(&row, 1, mark.root.bytes, sizeof mark.root.bytes);
        mark.shard = hf_row_u64(&row, 2);
        mark.keys = hf_row_u64(&row, 3);
        mark.anew = hf_row_u64(&row, 4) != 0;
    }
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        *out = mark;
    return status;
}

static bool same_root(const struct hf_guard_mark *a, const struct hf_guard_mark *b)
{
    return memcmp(a->root.bytes, b->root.bytes, sizeof a->root.bytes) == 0;
}

enum hf_status hf_guard_advance(struct hf_guard *guard, const struct hf_guard_mark *old,
                                const struct hf_guard_mark *next)
{
    if (!HF_MUTANT(GUARD_BLIND) &&
        (next->shard != old->shard || next->size < old->size || (next->size == old->size && !same_root(old, next))))
        return HF_ERR_CONFLICT;
    struct hf_row row;
    hf_row_start(&row, &guard->sql, MARK_ADVANCE);
    hf_row_bind_u64(&row, next->size);
    hf_row_bind_blob(&row, next->root.bytes, sizeof next->root.bytes);
    hf_row_bind_u64(&row, old->size);
    hf_row_bind_blob(&row, old->root.bytes, sizeof old->root.bytes);
    hf_row_bind_u64(&row, next->shard);
    hf_row_bind_u64(&row, next->keys);
    enum hf_status status = hf_row_run(&row);
    if (status != HF_OK)
        return status;
    return sqlite3_changes(hf_vault_db(guard->sql.vault)) == 1 ? HF_OK : HF_ERR_CONFLICT;
}

enum hf_status hf_guard_begin_shard(struct hf_guard *guard, const struct hf_guard_mark *from)
{
    struct hf_guard_mark now;
    struct hf_row row;
    enum hf_status status = hf_guard_get(guard, &now);
    if (status != HF_OK)
        return status;
    if (now.shard == from->shard && now.size == from->size && same_root(&now, from))
        return HF_OK;
    hf_row_start(&row, &guard->sql, MARK_SHARD);
    hf_row_bind_u64(&row, from->size);
    hf_row_bind_blob(&row, from->root.bytes, sizeof from->root.bytes);
    hf_row_bind_u64(&row, from->shard);
    status = hf_row_run(&row);
    if (status != HF_OK)
        return status;
    return sqlite3_changes(hf_vault_db(guard->sql.vault)) == 1 ? HF_OK : HF_ERR_CONFLICT;
}
