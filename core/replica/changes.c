#include "core/base/mutant.h"
#include "core/replica/fold.h"
#include "core/replica/snapshot.h"

#include <inttypes.h>

static void read_columns(struct hf_rows *rows, struct hf_stored *out)
{
    out->row = hf_rows_u64(rows, 0);
    out->change_id = hf_rows_id(rows, 1);
    out->record_id = hf_rows_id(rows, 2);
    out->case_id = hf_rows_id(rows, 3);
    out->key_id = hf_rows_id(rows, 4);
    out->kind = (enum hf_leaf_kind)hf_rows_u64(rows, 5);
    out->device = hf_rows_u64(rows, 6);
    out->leaf_seq = hf_rows_u64(rows, 7);
    out->index = hf_rows_index(rows, 8);
    out->own = hf_rows_u64(rows, 9) != 0;
    out->sent = (enum hf_sent_state)hf_rows_u64(rows, 10);
    out->hold = (enum hf_hold)hf_rows_u64(rows, 11);
    out->refused = hf_rows_u64(rows, 12) != 0;
    out->effect = (enum hf_effect)hf_rows_u64(rows, 13);
    out->leaf = hf_rows_bytes(rows, 14);
    out->body = hf_rows_bytes(rows, 15);
    out->whole = false;
}

static void note_status(struct hf_rows *rows, enum hf_status status)
{
    if (status != HF_OK && rows->code == SQLITE_ROW)
        rows->code = status == HF_ERR_NOMEM ? SQLITE_NOMEM : status == HF_ERR_IO ? SQLITE_IOERR : SQLITE_CORRUPT;
}

void hf_replica_stored_read(struct hf_rows *rows, struct hf_stored *out, struct hf_buf *bytes)
{
    read_columns(rows, out);
    note_status(rows, hf_replica_unfold(rows->replica, out, bytes, NULL));
}

void hf_replica_stored_read_leaf(struct hf_rows *rows, struct hf_stored *out, struct hf_buf *bytes)
{
    read_columns(rows, out);
    note_status(rows, hf_replica_unfold_leaf(rows->replica, out, bytes, NULL));
}

enum hf_status hf_replica_stored_check(struct hf_replica *replica, const struct hf_stored *stored, struct hf_error *err)
{
    return stored->whole ? HF_OK : hf_replica_chain_older_copy(replica, err);
}

enum hf_status hf_replica_stored_mend(struct hf_replica *replica, const struct hf_stored *stored, struct hf_slice leaf,
                                      struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_buf folded = {0};
    struct hf_stored whole = *stored;
    whole.leaf = leaf;
    enum hf_status status = hf_replica_fold_leaf(replica, &whole, &folded, err);
    if (status == HF_OK) {
        hf_rows_begin_text(&rows, replica, "UPDATE changes SET leaf = ? WHERE seq = ?");
        hf_rows_bind_bytes(&rows, hf_buf_slice(&folded));
        hf_rows_bind_u64(&rows, stored->row);
        status = hf_rows_run(&rows, err);
    }
    hf_buf_wipe(&folded);
    return status;
}

static enum hf_status add_row(struct hf_replica *replica, struct hf_stored *stored, struct hf_slice leaf,
                              struct hf_slice body, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_ADD);
    hf_rows_bind_id(&rows, &stored->change_id);
    hf_rows_bind_id(&rows, &stored->record_id);
    hf_rows_bind_id(&rows, &stored->case_id);
    hf_rows_bind_id(&rows, &stored->key_id);
    hf_rows_bind_u64(&rows, (uint64_t)stored->kind);
    hf_rows_bind_u64(&rows, stored->device);
    hf_rows_bind_u64(&rows, stored->leaf_seq);
    hf_rows_bind_index(&rows, stored->index);
    hf_rows_bind_u64(&rows, stored->own ? 1 : 0);
    hf_rows_bind_u64(&rows, (uint64_t)stored->sent);
    hf_rows_bind_u64(&rows, (uint64_t)stored->hold);
    hf_rows_bind_u64(&rows, stored->refused ? 1 : 0);
    hf_rows_bind_u64(&rows, (uint64_t)stored->effect);
    hf_rows_bind_u64(&rows, stored->at_end ? 0 : 1);
    hf_rows_bind_bytes(&rows, leaf);
    hf_rows_bind_bytes(&rows, body);
    enum hf_status status = hf_rows_run(&rows, err);
    if (status == HF_OK)
        stored->row = (uint64_t)sqlite3_last_insert_rowid(replica->db);
    return status;
}

enum hf_status hf_replica_stored_add(struct hf_replica *replica, struct hf_stored *stored, struct hf_error *err)
{
    struct hf_buf leaf = {0}, body = {0};
    enum hf_status status = hf_replica_fold_leaf(replica, stored, &leaf, err);
    if (status == HF_OK)
        status = hf_replica_fold_body(replica, stored, &body, err);
    if (status == HF_OK)
        status = add_row(replica, stored, hf_buf_slice(&leaf), hf_buf_slice(&body), err);
    hf_buf_wipe(&leaf);
    hf_buf_wipe(&body);
    return status;
}

/* Takes the row of a begun statement out of SQLite's hands. */
static enum hf_status take_copy(struct hf_rows *rows, struct hf_stored *out, struct hf_buf *bytes, struct hf_error *err)
{
    struct hf_stored stored;
    bool found = hf_rows_next(rows);
    if (found && bytes) {
        hf_replica_stored_read(rows, &stored, bytes);
    } else if (found) {
        read_columns(rows, &stored);
        stored.leaf = stored.body = hf_slice_of(NULL, 0);
    }
    enum hf_status status = hf_rows_end(rows, err);
    if (status == HF_OK && found)
        *out = stored;
    return status == HF_OK && !found ? HF_ERR_NOT_FOUND : status;
}

enum hf_status hf_replica_stored_find(struct hf_replica *replica, const struct hf_id *change_id, struct hf_stored *out,
                                      struct hf_buf *bytes, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_FIND);
    hf_rows_bind_id(&rows, change_id);
    return take_copy(&rows, out, bytes, err);
}

enum hf_status hf_replica_stored_by_row(struct hf_replica *replica, uint64_t row, struct hf_stored *out,
                                        struct hf_buf *bytes, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_BY_ROW);
    hf_rows_bind_u64(&rows, row);
    return take_copy(&rows, out, bytes, err);
}

enum hf_status hf_replica_stored_of_chain(struct hf_replica *replica, uint64_t device, uint64_t leaf_seq,
                                          struct hf_stored *out, struct hf_buf *bytes, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_OF_CHAIN);
    hf_rows_bind_u64(&rows, device);
    hf_rows_bind_u64(&rows, leaf_seq);
    return take_copy(&rows, out, bytes, err);
}

/* --- where it stands in the log, and whether it is held --- */

static enum hf_status index_is_free(struct hf_replica *replica, uint64_t index, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_AT_INDEX);
    hf_rows_bind_u64(&rows, index);
    bool taken = hf_rows_next(&rows);
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK && taken)
        status = hf_error_set(err, HF_ERR_AUTH,
                              "Entry %" PRIu64 " of the office's log was another change before. Nothing was stored; "
                              "tell the office.",
                              index);
    return status;
}

static enum hf_status note_index(struct hf_replica *replica, const struct hf_stored *stored, uint64_t index,
                                 struct hf_error *err)
{
    struct hf_rows rows;
    if (stored->index == index || HF_MUTANT(ANSWER_UNKEPT))
        return HF_OK;
    if (stored->index != HF_INDEX_NONE || index > HF_LOG_INDEX_MAX)
        return hf_error_set(err, HF_ERR_AUTH,
                            "A change that the office had logged as entry %" PRIu64 " is now said to be entry %" PRIu64
                            ". Nothing was stored; tell the office.",
                            stored->index, index);
    enum hf_status status = index_is_free(replica, index, err);
    if (status != HF_OK)
        return status;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_SET_LOGGED);
    hf_rows_bind_u64(&rows, stored->row);
    hf_rows_bind_u64(&rows, index);
    return hf_rows_run(&rows, err);
}

/* Sets the hold of a stored change and lets its record follow. */
static enum hf_status set_hold(struct hf_replica *replica, const struct hf_stored *stored, enum hf_hold hold,
                               bool refused, struct hf_error *err)
{
    struct hf_rows rows;
    if (stored->hold == hold && stored->refused == refused)
        return HF_OK;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_SET_HOLD);
    hf_rows_bind_u64(&rows, stored->row);
    hf_rows_bind_u64(&rows, (uint64_t)hold);
    hf_rows_bind_u64(&rows, refused ? 1 : 0);
    enum hf_status status = hf_rows_run(&rows, err);
    if (status != HF_OK)
        return status;
    if (!hf_id_is_zero(&stored->record_id))
        return hf_replica_state_again(replica, &stored->record_id, err);
    hf_rows_begin(&rows, replica, HF_STATEMENT_CHANGE_SET_EFFECT);
    hf_rows_bind_u64(&rows, stored->row);
    hf_rows_bind_u64(&rows, hold != HF_HOLD_NONE || refused ? HF_EFFECT_HELD : HF_EFFECT_NONE);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_stored_logged(struct hf_replica *replica, const struct hf_stored *stored, uint64_t index,
                                        enum hf_hold hold, struct hf_error *err)
{
    enum hf_release release;
    bool news = stored->index == HF_INDEX_NONE;
    enum hf_status status = note_index(replica, stored, index, err);
    if (status != HF_OK || !news)
        return status;
    status = hf_replica_release_of(replica, &stored->change_id, &release, err);
    if (status != HF_OK || release != HF_RELEASE_NONE)
        return status; /* a person's decision stands above the server's first answer */
    return set_hold(replica, stored, hold, stored->refused, err);
}

/* --- releases --- */

enum hf_status hf_replica_release_of(struct hf_replica *replica, const struct hf_id *change_id, enum hf_release *out,
                                     struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_release release = HF_RELEASE_NONE;
    hf_rows_begin(&rows, replica, HF_STATEMENT_RELEASE_GET);
    hf_rows_bind_id(&rows, change_id);
    if (hf_rows_next(&rows))
        release = hf_rows_u64(&rows, 0) ? HF_RELEASE_RELEASED : HF_RELEASE_REFUSED;
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        *out = release;
    return status;
}

enum hf_status hf_replica_release_take(struct hf_replica *replica, const struct hf_id *change_id, bool released,
                                       struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_stored stored;
    struct hf_buf bytes = {0};
    hf_rows_begin(&rows, replica, HF_STATEMENT_RELEASE_PUT);
    hf_rows_bind_id(&rows, change_id);
    hf_rows_bind_u64(&rows, released ? 1 : 0);
    enum hf_status status = hf_rows_run(&rows, err);
    if (status == HF_OK)
        status = hf_replica_stored_find(replica, change_id, &stored, &bytes, err);
    if (status == HF_OK)
        status = set_hold(replica, &stored, released ? HF_HOLD_NONE : stored.hold, !released, err);
    else if (status == HF_ERR_NOT_FOUND)
        status = HF_OK; /* of a case that this device does not hold, or not yet */
    hf_buf_wipe(&bytes);
    return status;
}

enum hf_status hf_replica_hold_take(struct hf_replica *replica, const struct hf_id *change_id, enum hf_hold hold,
                                    struct hf_error *err)
{
    struct hf_stored stored;
    struct hf_buf bytes = {0};
    enum hf_release release = HF_RELEASE_NONE;
    enum hf_status status = hf_replica_release_of(replica, change_id, &release, err);
    if (status != HF_OK || release != HF_RELEASE_NONE)
        return status;
    status = hf_replica_stored_find(replica, change_id, &stored, &bytes, err);
    if (status == HF_OK)
        status = set_hold(replica, &stored, hold, stored.refused, err);
    else if (status == HF_ERR_NOT_FOUND)
        status = HF_OK; /* of a case that this device does not hold, or not yet: then it comes with its hold */
    hf_buf_wipe(&bytes);
    return status;
}

/* --- what a change said --- */

enum hf_status hf_replica_stored_value(struct hf_replica *replica, const struct hf_id *change_id, uint16_t field,
                                       struct hf_buf *out, struct hf_error *err)
{
    struct hf_stored stored;
    struct hf_data_body body;
    struct hf_buf bytes = {0};
    enum hf_status status = hf_replica_stored_find(replica, change_id, &stored, &bytes, err);
    if (status == HF_OK && stored.kind == HF_LEAF_DATA && hf_data_body_decode(stored.body, &body, NULL) == HF_OK) {
        for (uint32_t i = 0; i < body.edit_count; i++)
            if (body.edits[i].field == field)
                hf_buf_append_slice(out, body.edits[i].value);
        status = hf_buf_status(out);
    }
    hf_buf_wipe(&bytes);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

static void append_entry_value(const struct hf_record_state *state, const struct hf_id *change_id, uint16_t code,
                               struct hf_buf *out)
{
    const struct hf_field_state *field = hf_record_state_field(state, code);
    for (size_t i = 0; field && i < field->count; i++)
        if (hf_id_equal(&field->entries[i].change, change_id)) {
            hf_buf_append_slice(out, field->entries[i].value);
            return;
        }
}

enum hf_status hf_replica_given_value(struct hf_replica *replica, const struct hf_id *record_id,
                                      const struct hf_id *change_id, uint16_t field, struct hf_buf *out,
                                      struct hf_error *err)
{
    struct hf_record_state came = {0};
    bool found = false;
    const size_t before = out->len;
    enum hf_status status = hf_replica_stored_value(replica, change_id, field, out, err);
    if (status != HF_OK || out->len > before)
        return status;
    status = hf_replica_snapshot_state(replica, record_id, &came, &found, err);
    if (status == HF_OK)
        append_entry_value(&came, change_id, field, out);
    hf_record_state_clear(&came);
    return status == HF_OK ? hf_buf_status(out) : status;
}
