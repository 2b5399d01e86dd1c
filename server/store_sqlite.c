/* The embedded driver: one SQLite file in a vault. Writing; reading is in store_sqlite_read.c. */
#include "server/store_sqlite.h"

#include <stdlib.h>

static const char schema[] =
    "CREATE TABLE head(one INTEGER PRIMARY KEY CHECK(one = 1), size INTEGER NOT NULL, published_size INTEGER NOT NULL,"
    " note BLOB NOT NULL);"
    "INSERT INTO head VALUES(1, 0, 0, x'');"
    "CREATE TABLE entries(idx INTEGER PRIMARY KEY, change_id BLOB NOT NULL UNIQUE, kind INTEGER NOT NULL,"
    " case_id BLOB NOT NULL, key_id BLOB NOT NULL, record_id BLOB NOT NULL, hold INTEGER NOT NULL,"
    " waiting INTEGER NOT NULL, leaf BLOB NOT NULL, payload BLOB NOT NULL);"
    "CREATE INDEX entries_of_case ON entries(case_id, idx);"
    "CREATE INDEX entries_of_record ON entries(record_id, idx);"
    "CREATE INDEX entries_held ON entries(idx) WHERE hold != 0;"
    "CREATE INDEX entries_erase_hold ON entries(kind, idx) WHERE kind IN (2, 5);"
    "CREATE INDEX entries_waiting ON entries(record_id, idx) WHERE waiting = 1;"
    "CREATE TABLE nodes(level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(level, idx))"
    " WITHOUT ROWID;"
    /* With a rowid: states lie in the order in which records began, and a push writes few pages instead of one for each
     * record. */
    "CREATE TABLE records(n INTEGER PRIMARY KEY, record_id BLOB NOT NULL UNIQUE, case_id BLOB NOT NULL,"
    " type INTEGER NOT NULL, conflicts INTEGER NOT NULL, packed BLOB NOT NULL);"
    "CREATE INDEX records_of_case ON records(case_id, record_id);"
    "CREATE TABLE devices(device BLOB PRIMARY KEY, channel_key BLOB NOT NULL UNIQUE, psk BLOB NOT NULL,"
    " state INTEGER NOT NULL, person BLOB NOT NULL, role INTEGER NOT NULL, invitation BLOB NOT NULL,"
    " handshake_hash BLOB NOT NULL, enrolled_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL,"
    " incarnation INTEGER NOT NULL, next_seq INTEGER NOT NULL, head BLOB NOT NULL, clock INTEGER NOT NULL,"
    " left_head BLOB NOT NULL, clock_office_ms INTEGER NOT NULL, clock_device_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE invitations(id BLOB PRIMARY KEY, token BLOB NOT NULL, person BLOB NOT NULL, role INTEGER NOT NULL,"
    " expiry_ms INTEGER NOT NULL, state INTEGER NOT NULL, used_by BLOB NOT NULL, cases BLOB NOT NULL,"
    " made_by BLOB NOT NULL, made_from BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE assignments(case_id BLOB NOT NULL, person BLOB NOT NULL, held INTEGER NOT NULL, idx INTEGER NOT NULL,"
    " PRIMARY KEY(person, case_id)) WITHOUT ROWID;"
    "CREATE TABLE drafts(record_id BLOB NOT NULL, device BLOB NOT NULL, person BLOB NOT NULL, case_id BLOB NOT NULL,"
    " key_id BLOB NOT NULL, version INTEGER NOT NULL, shared INTEGER NOT NULL, ended INTEGER NOT NULL,"
    " blob BLOB NOT NULL, UNIQUE(record_id, device));"
    "CREATE INDEX drafts_of_person ON drafts(person);"
    "CREATE INDEX drafts_shared ON drafts(shared) WHERE shared = 1;"
    "CREATE INDEX drafts_of_case ON drafts(case_id);"
    "CREATE TABLE texts(name BLOB PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE attachments(record_id BLOB PRIMARY KEY, case_id BLOB NOT NULL, device BLOB NOT NULL,"
    " key_id BLOB NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, have INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX attachments_of_case ON attachments(case_id);"
    "CREATE INDEX holders ON assignments(case_id, person) WHERE held = 1;";

static const char *const texts[HF_SQLITE_STATEMENT_COUNT] = {
    [HF_SQLITE_HEAD_GET] = "SELECT size, published_size, note FROM head",
    [HF_SQLITE_HEAD_SIZE] = "UPDATE head SET size = ?1 WHERE size = ?2",
    [HF_SQLITE_HEAD_PUBLISH] = "UPDATE head SET published_size = ?1, note = ?2",
    [HF_SQLITE_ENTRY_PUT] = "INSERT INTO entries VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [HF_SQLITE_ENTRY_EFFECT] = "UPDATE entries SET hold = ?1, waiting = ?2 WHERE change_id = ?3",
    [HF_SQLITE_ENTRY_RANGE] = HF_SQLITE_ENTRY_SELECT "WHERE idx >= ?1 AND idx < ?2 ORDER BY idx",
    [HF_SQLITE_ENTRY_FEED] =
        HF_SQLITE_ENTRY_SELECT "WHERE idx >= ?1 AND idx < ?2 AND (case_id = ?3 OR case_id IN"
                               " (SELECT case_id FROM assignments WHERE person = ?4 AND held = 1)) ORDER BY idx",
    [HF_SQLITE_ENTRY_CASE] = HF_SQLITE_ENTRY_SELECT "WHERE case_id = ?3 AND idx >= ?1 AND idx < ?2 ORDER BY idx",
    [HF_SQLITE_ENTRY_CHANGE] = HF_SQLITE_ENTRY_SELECT "WHERE change_id = ?1",
    [HF_SQLITE_ENTRY_RECORD] = HF_SQLITE_ENTRY_SELECT "WHERE record_id = ?1 ORDER BY idx",
    [HF_SQLITE_ENTRY_WAITING] = HF_SQLITE_ENTRY_SELECT "WHERE record_id = ?1 AND waiting = 1 ORDER BY idx",
    [HF_SQLITE_ENTRY_HELD] = HF_SQLITE_ENTRY_SELECT "WHERE hold != 0 AND hold != 9 ORDER BY idx", /* HF_HOLD_REFUSED */
    [HF_SQLITE_ENTRY_UNSETTLED] =
        "SELECT EXISTS(SELECT 1 FROM entries INDEXED BY entries_held WHERE hold != 0 AND case_id = ?1)"
        " OR EXISTS(SELECT 1 FROM entries INDEXED BY entries_waiting WHERE waiting = 1 AND case_id = ?1)",
    [HF_SQLITE_ENTRY_COUNTS] = "SELECT (SELECT count(*) FROM entries WHERE hold != 0 AND hold != 9),"
                               " (SELECT count(*) FROM entries WHERE waiting = 1)",
    /* Erasing: the planner takes entries_erase_hold only when the condition stands in the statement. */
    [HF_SQLITE_ENTRY_KIND] = HF_SQLITE_ENTRY_SELECT "WHERE kind = ?1 AND kind IN (2, 5) ORDER BY idx",
    [HF_SQLITE_ERASE_PAYLOADS] = "UPDATE entries SET payload = x'', waiting = 0 WHERE case_id = ?1 AND payload != x''",
    [HF_SQLITE_ERASE_RECORDS] = "DELETE FROM records WHERE case_id = ?1",
    [HF_SQLITE_NODE_PUT] = "INSERT INTO nodes VALUES(?1, ?2, ?3)",
    [HF_SQLITE_NODE_GET] = "SELECT hash FROM nodes WHERE level = ?1 AND idx = ?2",
    [HF_SQLITE_RECORD_PUT] =
        "INSERT INTO records(record_id, case_id, type, conflicts, packed) VALUES(?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT(record_id) DO UPDATE SET case_id = ?2, type = ?3, conflicts = ?4, packed = ?5",
    [HF_SQLITE_RECORD_GET] = "SELECT packed FROM records WHERE record_id = ?1",
    [HF_SQLITE_RECORD_CASE] =
        "SELECT record_id, case_id, type, conflicts, packed FROM records WHERE case_id = ?1 ORDER BY record_id",
    [HF_SQLITE_DEVICE_PUT] =
        /* Not OR REPLACE: that would throw out another device with this channel key. */
    "INSERT INTO devices VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
    " ON CONFLICT(device) DO UPDATE SET channel_key = ?2, psk = ?3, state = ?4, person = ?5, role = ?6,"
    " invitation = ?7, handshake_hash = ?8, enrolled_ms = ?9, last_seen_ms = ?10, incarnation = ?11,"
    " next_seq = ?12, head = ?13, clock = ?14, left_head = ?15, clock_office_ms = ?16,"
    " clock_device_ms = ?17",
    [HF_SQLITE_DEVICE_GET] = HF_SQLITE_DEVICE_SELECT "WHERE device = ?1",
    [HF_SQLITE_DEVICE_CHANNEL] = HF_SQLITE_DEVICE_SELECT "WHERE channel_key = ?1",
    [HF_SQLITE_DEVICE_ALL] = HF_SQLITE_DEVICE_SELECT "ORDER BY enrolled_ms, device",
    [HF_SQLITE_INVITATION_PUT] = "INSERT OR REPLACE INTO invitations VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [HF_SQLITE_INVITATION_GET] = "SELECT id, token, person, role, expiry_ms, state, used_by, cases, made_by, made_from "
                                 "FROM invitations WHERE id = ?1",
    [HF_SQLITE_ASSIGNMENT_PUT] =
        "INSERT OR REPLACE INTO assignments(case_id, person, held, idx) VALUES(?1, ?2, ?3, ?4)",
    [HF_SQLITE_ASSIGNMENT_PERSON] =
        "SELECT case_id, person, held, idx FROM assignments WHERE person = ?1 ORDER BY idx, case_id",
    [HF_SQLITE_DRAFT_PUT] =
        "INSERT INTO drafts VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8) ON CONFLICT(record_id, device) DO UPDATE SET"
        " person = ?3, case_id = ?4, key_id = ?5, version = ?6, shared = ?7, ended = 0, blob = ?8 WHERE version < ?6",
    [HF_SQLITE_DRAFT_END] =
        "UPDATE drafts SET ended = 1, blob = x'' WHERE record_id = ?1 AND device = ?2 AND version <= ?3",
    [HF_SQLITE_DRAFT_DROP] = "DELETE FROM drafts WHERE record_id = ?1 AND device = ?2 AND version <= ?3",
    [HF_SQLITE_DRAFT_PERSON] = "SELECT record_id, device, person, case_id, key_id, version, shared, ended, blob"
                               " FROM drafts WHERE person = ?1 OR shared = 1 ORDER BY record_id, device",
    [HF_SQLITE_ATTACH_PUT] = "INSERT OR REPLACE INTO attachments VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [HF_SQLITE_ATTACH_GET] = "SELECT case_id, device, key_id, size, root, have FROM attachments WHERE record_id = ?1",
    [HF_SQLITE_ATTACH_EACH] = "SELECT case_id, device, key_id, size, root, have, record_id FROM attachments",
    [HF_SQLITE_ATTACH_BYTES] = "SELECT coalesce(sum(size), 0) FROM attachments",
    [HF_SQLITE_ATTACH_PURGE] = "DELETE FROM attachments WHERE case_id = ?1",
    [HF_SQLITE_DRAFT_PURGE] = "DELETE FROM drafts WHERE case_id = ?1",
    [HF_SQLITE_ASSIGNMENT_ALL] = "SELECT case_id, person, held, idx FROM assignments ORDER BY idx, case_id, person",
    [HF_SQLITE_TEXT_PUT] = "INSERT OR REPLACE INTO texts VALUES(?1, ?2)",
    [HF_SQLITE_TEXT_GET] = "SELECT bytes FROM texts WHERE name = ?1",
    [HF_SQLITE_ASSIGNMENT_HELD] = "SELECT case_id, person, held, idx FROM assignments WHERE case_id = ?1 AND held = 1",
};

static enum hf_status put_entry(struct hf_sql *sql, const struct hf_entry_row *entry)
{
    struct hf_row row;
    hf_row_start(&row, sql, HF_SQLITE_ENTRY_PUT);
    hf_row_bind_u64(&row, entry->index);
    hf_row_bind_id(&row, &entry->change_id);
    hf_row_bind_u64(&row, entry->kind);
    hf_row_bind_id(&row, &entry->case_id);
    hf_row_bind_id(&row, &entry->key_id);
    hf_row_bind_id(&row, &entry->record_id);
    hf_row_bind_u64(&row, entry->hold);
    hf_row_bind_u64(&row, entry->waiting);
    hf_row_bind_slice(&row, entry->leaf);
    hf_row_bind_slice(&row, entry->payload);
    return hf_row_run(&row);
}

static enum hf_status put_effect(struct hf_sql *sql, const struct hf_effect_write *effect)
{
    struct hf_row row;
    hf_row_start(&row, sql, HF_SQLITE_ENTRY_EFFECT);
    hf_row_bind_u64(&row, effect->hold);
    hf_row_bind_u64(&row, effect->waiting);
    hf_row_bind_id(&row, &effect->change_id);
    enum hf_status status = hf_row_run(&row);
    if (status == HF_OK && sqlite3_changes(hf_vault_db(sql->vault)) != 1)
        status = HF_ERR_NOT_FOUND;
    return status;
}

static enum hf_status put_node(struct hf_sql *sql, const struct hf_node_write *node)
{
    struct hf_row row;
    hf_row_start(&row, sql, HF_SQLITE_NODE_PUT);
    hf_row_bind_u64(&row, node->level);
    hf_row_bind_u64(&row, node->index);
    hf_row_bind_blob(&row, node->hash.bytes, sizeof node->hash.bytes);
    return hf_row_run(&row);
}

static enum hf_status put_record(struct hf_sql *sql, const struct hf_record_write *record)
{
    struct hf_row row;
    hf_row_start(&row, sql, HF_SQLITE_RECORD_PUT);
    hf_row_bind_id(&row, &record->record_id);
    hf_row_bind_id(&row, &record->case_id);
    hf_row_bind_u64(&row, record->type);
    hf_row_bind_u64(&row, record->conflict_count);
    hf_row_bind_slice(&row, record->packed);
    return hf_row_run(&row);
}

static enum hf_status put_device(struct hf_sql *sql, const struct hf_device_row *device)
{
    struct hf_row row;
    hf_row_start(&row, sql, HF_SQLITE_DEVICE_PUT);
    hf_row_bind_blob(&row, device->device, sizeof device->device);
    hf_row_bind_blob(&row, device->channel_key, sizeof device->channel_key);
    hf_row_bind_blob(&row, device->psk, sizeof device->psk);
    hf_row_bind_u64(&row, device->state);
    hf_row_bind_id(&row, &device->person);
    hf_row_bind_u64(&row, device->role);
    hf_row_bind_id(&row, &device->invitation);
    hf_row_bind_blob(&row, device->handshake_hash, sizeof device->handshake_hash);
    hf_row_bind_u64(&row, device->enrolled_ms);
    hf_row_bind_u64(&row, device->last_seen_ms);
    hf_row_bind_u64(&row, device->incarnation);
    hf_row_bind_u64(&row, device->next_seq);
    hf_row_bind_blob(&row, device->head, sizeof device->head);
    hf_row_bind_u64(&row, device->clock);
    hf_row_bind_blob(&row, device->left_head, sizeof device->left_head);
    hf_row_bind_u64(&row, device->clock_office_ms);
    hf_row_bind_u64(&row, device->clock_device_ms);
    return hf_row_run(&row);
}

static enum hf_status put_invitation(struct hf_sql *sql, const struct hf_invitation_row *invitation)
{
    struct hf_row row;
    hf_row_start(&row, sql, HF_SQLITE_INVITATION_PUT);
    hf_row_bind_id(&row, &invitation->id);
    hf_row_bind_blob(&row, invitation->token, sizeof invitation->token);
    hf_row_bind_id(&row, &invitation->person);
    hf_row_bind_u64(&row, invitation->role);
    hf_row_bind_u64(&row, invitation->expiry_ms);
    hf_row_bind_u64(&row, invitation->state);
    hf_row_bind_blob(&row, invitation->used_by, sizeof invitation->used_by);
    hf_row_bind_blob(&row, invitation->cases, invitation->case_count * sizeof invitation->cases[0]);
    hf_row_bind_id(&row, &invitation->made_by);
    hf_row_bind_blob(&row, invitation->made_from, sizeof invitation->made_from);
    return hf_row_run(&row);
}

static enum hf_status put_assignment(struct hf_sql *sql, const struct hf_assignment_row *assignment)
{
    struct hf_row row;
    hf_row_start(&row, sql, HF_SQLITE_ASSIGNMENT_PUT);
    hf_row_bind_id(&row, &assignment->case_id);
    hf_row_bind_id(&row, &assignment->person);
    hf_row_bind_u64(&row, assignment->held);
    hf_row_bind_u64(&row, assignment->index);
    return hf_row_run(&row);
}

static enum hf_status put_size(struct hf_sql *sql, uint64_t size, uint64_t expected)
{
    struct hf_row row;
    hf_row_start(&row, sql, HF_SQLITE_HEAD_SIZE);
    hf_row_bind_u64(&row, size);
    hf_row_bind_u64(&row, expected);
    enum hf_status status = hf_row_run(&row);
    if (status == HF_OK && sqlite3_changes(hf_vault_db(sql->vault)) != 1)
        status = HF_ERR_CONFLICT;
    return status;
}

static enum hf_status put_log(struct hf_sql *sql, const struct hf_store_batch *batch, const struct hf_node_write *nodes,
                              size_t node_count)
{
    enum hf_status status = put_size(sql, batch->expected_size + batch->entry_count, batch->expected_size);
    for (size_t i = 0; status == HF_OK && i < batch->entry_count; i++)
        status = put_entry(sql, &batch->entries[i]);
    for (size_t i = 0; status == HF_OK && i < node_count; i++)
        status = put_node(sql, &nodes[i]);
    for (size_t i = 0; status == HF_OK && i < batch->effect_count; i++)
        status = put_effect(sql, &batch->effects[i]);
    return status;
}

static enum hf_status put_rest(struct hf_sql *sql, const struct hf_store_batch *batch)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < batch->record_count; i++)
        status = put_record(sql, &batch->records[i]);
    for (size_t i = 0; status == HF_OK && i < batch->device_count; i++)
        status = put_device(sql, &batch->devices[i]);
    for (size_t i = 0; status == HF_OK && i < batch->assignment_count; i++)
        status = put_assignment(sql, &batch->assignments[i]);
    for (size_t i = 0; status == HF_OK && i < batch->invitation_count; i++)
        status = put_invitation(sql, &batch->invitations[i]);
    return status;
}

enum hf_status hf_sqlite_commit(struct hf_store *store, const struct hf_store_batch *batch,
                                const struct hf_node_write *nodes, size_t node_count)
{
    struct hf_sql *sql = &((struct hf_store_sqlite *)store)->sql;
    enum hf_status status = store->is_grouped ? HF_OK : hf_sql_begin(sql);
    if (status != HF_OK)
        return status;
    status = put_log(sql, batch, nodes, node_count);
    if (status == HF_OK)
        status = put_rest(sql, batch);
    if (status == HF_OK && batch->erased_case)
        status = hf_sqlite_erase_case(sql, batch->erased_case);
    return store->is_grouped ? status : hf_sql_finish(sql, status);
}

static enum hf_status sqlite_group_begin(struct hf_store *store)
{
    return hf_sql_begin(&((struct hf_store_sqlite *)store)->sql);
}

static enum hf_status sqlite_group_end(struct hf_store *store, bool keep)
{
    return hf_sql_finish(&((struct hf_store_sqlite *)store)->sql, keep ? HF_OK : HF_ERR_STATE);
}

enum hf_status hf_sqlite_publish(struct hf_store *store, uint64_t size, struct hf_slice note)
{
    struct hf_row row;
    hf_row_start(&row, &((struct hf_store_sqlite *)store)->sql, HF_SQLITE_HEAD_PUBLISH);
    hf_row_bind_u64(&row, size);
    hf_row_bind_slice(&row, note);
    return hf_row_run(&row);
}

static void sqlite_close(struct hf_store *store)
{
    struct hf_store_sqlite *self = (struct hf_store_sqlite *)store;
    hf_sql_close(&self->sql);
    free(self);
}

static const struct hf_store_ops sqlite_ops = {
    .close = sqlite_close,
    .commit = hf_sqlite_commit,
    .group_begin = sqlite_group_begin,
    .group_end = sqlite_group_end,
    .publish = hf_sqlite_publish,
    .checkpoint = hf_sqlite_checkpoint,
    .node = hf_sqlite_node,
    .entries = hf_sqlite_entries,
    .feed = hf_sqlite_feed,
    .change = hf_sqlite_change,
    .changes_of = hf_sqlite_changes_of,
    .waiting = hf_sqlite_waiting,
    .held = hf_sqlite_held,
    .record = hf_sqlite_record,
    .records = hf_sqlite_records,
    .device = hf_sqlite_device,
    .devices = hf_sqlite_devices,
    .invitation = hf_sqlite_invitation,
    .unsettled = hf_sqlite_unsettled,
    .counts = hf_sqlite_counts,
    .assignments = hf_sqlite_assignments,
    .draft_put = hf_sqlite_draft_put,
    .draft_end = hf_sqlite_draft_end,
    .drafts = hf_sqlite_drafts,
    .drafts_purge = hf_sqlite_drafts_purge,
    .attach_put = hf_sqlite_attach_put,
    .attach = hf_sqlite_attach,
    .attach_bytes = hf_sqlite_attach_bytes,
    .attach_each = hf_sqlite_attach_each,
    .of_kind = hf_sqlite_of_kind,
    .destroy = hf_sqlite_destroy,
    .scrub = hf_sqlite_scrub,
    .holders = hf_sqlite_holders,
    .text_put = hf_sqlite_text_put,
    .text_get = hf_sqlite_text_get,
};

/* The tree is not stored as such: its right edge is among the nodes. */
static enum hf_status load_head(struct hf_store_sqlite *self)
{
    uint64_t size = 0;
    struct hf_row row;
    hf_row_start(&row, &self->sql, HF_SQLITE_HEAD_GET);
    bool found = hf_row_next(&row);
    if (found) {
        size = hf_row_u64(&row, 0);
        self->base.published_size = hf_row_u64(&row, 1);
    }
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        status = HF_ERR_CORRUPT;
    if (status == HF_OK)
        status = hf_tree_load(size, hf_store_node, &self->base, &self->base.tree);
    return status == HF_ERR_NOT_FOUND ? HF_ERR_CORRUPT : status;
}

enum hf_status hf_store_sqlite_open(struct hf_vault *vault, struct hf_store **out, struct hf_error *err)
{
    struct hf_store_sqlite *self = calloc(1, sizeof *self);
    if (!self)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough memory.");
    self->base.ops = &sqlite_ops;
    enum hf_status status = hf_sql_open(&self->sql, vault, "head", schema, texts, HF_SQLITE_STATEMENT_COUNT, err);
    /* A push touches leaves of a few indices at random; a larger cache is memory that every office pays for. */
    if (status == HF_OK)
        (void)sqlite3_exec(hf_vault_db(vault), "PRAGMA cache_size=-3000", NULL, NULL, NULL);
    if (status == HF_OK) {
        status = load_head(self);
        if (status != HF_OK)
            (void)hf_error_set(err, status, "The server's store could not be read: %s", hf_status_text(status));
    }
    if (status != HF_OK)
        sqlite_close(&self->base);
    else
        *out = &self->base;
    return status;
}
