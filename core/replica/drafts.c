#include "core/replica/drafts_internal.h"

#include "core/model/value.h"

#include <stdlib.h>
#include <string.h>

/* `device` is empty for this device. `version` grows with every put; `sent` is the one that the office was told of,
 * `refused` its answer when it did not keep it. `shared` is 1 while a draft is shown to others, and 2 when it was until
 * the office decided that such drafts are not. A draft that was taken over remembers whose it was. `draft_drops` holds
 * what has to end at the office. */
const char hf_replica_drafts_tables[] =
    "CREATE TABLE drafts(seq INTEGER PRIMARY KEY, record_id BLOB NOT NULL, device BLOB NOT NULL,"
    " case_id BLOB NOT NULL, person BLOB, version INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0,"
    " refused INTEGER NOT NULL DEFAULT 0,"
    " shared INTEGER NOT NULL DEFAULT 0, updated_ms INTEGER NOT NULL, from_device BLOB,"
    " from_version INTEGER NOT NULL DEFAULT 0, content BLOB NOT NULL, UNIQUE(record_id, device));"
    "CREATE TABLE draft_drops(record_id BLOB NOT NULL, device BLOB NOT NULL, version INTEGER NOT NULL,"
    " PRIMARY KEY(record_id, device)) WITHOUT ROWID;"
    /* The highest version of a draft of this device that ended: the next one is above it, whatever the clock says. */
    "CREATE TABLE draft_highest(one INTEGER PRIMARY KEY CHECK(one = 1), version INTEGER NOT NULL);"
    "CREATE TRIGGER draft_ended AFTER DELETE ON drafts WHEN old.device = x'' BEGIN"
    " INSERT INTO draft_highest VALUES(1, old.version) ON CONFLICT(one) DO UPDATE"
    " SET version = max(version, excluded.version); END;";

enum hf_status hf_replica_seen_now(struct hf_replica *replica, uint64_t *out, struct hf_error *err)
{
    struct hf_chain chain;
    enum hf_status status = hf_replica_chain_load(replica, &chain, err);
    if (status == HF_OK)
        *out = chain.change_count;
    return status;
}

/* --- one row ----------------------------------------------------------------------------------------------------- */

static struct hf_slice device_slice(const uint8_t *device)
{
    return hf_slice_of(device, device ? HF_SIGN_PUBLIC_BYTES : 0);
}

/* Gives the row's version. HF_ERR_NOT_FOUND leaves err alone; HF_ERR_UNSUPPORTED has no text. */
static enum hf_status load(struct hf_replica *replica, const struct hf_id *record_id, const uint8_t *device,
                           struct hf_buf *bytes, struct hf_draft *out, uint64_t *out_version, struct hf_error *err)
{
    struct hf_rows rows;
    hf_buf_reset(bytes);
    hf_rows_begin_text(&rows, replica, "SELECT version, content FROM drafts WHERE record_id = ? AND device = ?");
    hf_rows_bind_id(&rows, record_id);
    hf_rows_bind_bytes(&rows, device_slice(device));
    const bool found = hf_rows_next(&rows);
    if (found) {
        *out_version = hf_rows_u64(&rows, 0);
        hf_buf_append_slice(bytes, hf_rows_bytes(&rows, 1));
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        status = found ? hf_buf_status(bytes) : HF_ERR_NOT_FOUND;
    if (status != HF_OK)
        return status;
    status = hf_draft_decode(hf_buf_slice(bytes), out);
    if (status == HF_OK || status == HF_ERR_UNSUPPORTED)
        return status;
    return hf_error_set(err, HF_ERR_CORRUPT, "A draft on this device cannot be read. Tell the office.");
}

enum hf_status hf_replica_draft(struct hf_replica *replica, const struct hf_id *record_id, const uint8_t *device,
                                struct hf_buf *bytes, struct hf_draft *out, struct hf_error *err)
{
    uint64_t version = 0;
    return load(replica, record_id, device, bytes, out, &version, err);
}

/* --- writing one ------------------------------------------------------------------------------------------------- */

struct putting {
    struct hf_replica *replica;
    const struct hf_draft_put *put;
    const struct hf_record_spec *type;
    bool is_new; /* no draft was there */
    uint64_t version;
    struct hf_record_state state;
    struct hf_draft draft;
    struct hf_buf old;
    struct hf_buf seen[HF_DRAFT_FIELDS_MAX];
    size_t seen_count;
    struct hf_error *err;
};

static enum hf_status refuse(struct putting *putting, const char *text)
{
    return hf_error_set(putting->err, HF_ERR_STATE, "%s", text);
}

static enum hf_status check_state(struct putting *putting)
{
    const struct hf_draft_put *put = putting->put;
    enum hf_status status = hf_replica_record_load(putting->replica, &put->record_id, &putting->state, putting->err);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status == HF_OK && !hf_id_equal(&putting->state.case_id, &put->case_id))
        return refuse(putting, "This record belongs to another case. Nothing was put into it.");
    if (status == HF_OK && putting->state.type != put->type)
        return refuse(putting, "This record is of another kind than the form. Nothing was put into it.");
    return status;
}

static enum hf_status check_draft(struct putting *putting)
{
    const struct hf_draft_put *put = putting->put;
    const struct hf_draft *draft = &putting->draft;
    if (!hf_id_equal(&draft->case_id, &put->case_id))
        return refuse(putting, "The draft of this record belongs to another case. It was left as it is.");
    if (!hf_slice_equal(draft->form, put->form))
        return refuse(putting, "There is a draft of this record from another form. Open that one, save it or discard "
                               "it first. It was left as it is.");
    if (draft->type != put->type || !hf_id_equal(&draft->parent, &put->parent) ||
        !hf_slice_equal(draft->slot, put->slot))
        return refuse(putting, "The draft of this record is of another kind than the form. It was left as it is.");
    return HF_OK;
}

static enum hf_status check_room(struct putting *putting)
{
    struct hf_rows rows;
    uint64_t count = 0;
    hf_rows_begin_text(&rows, putting->replica, "SELECT count(*) FROM drafts WHERE device = x''");
    if (hf_rows_next(&rows))
        count = hf_rows_u64(&rows, 0);
    enum hf_status status = hf_rows_end(&rows, putting->err);
    if (status == HF_OK && count >= HF_DRAFTS_MAX)
        return hf_error_set(putting->err, HF_ERR_LIMIT,
                            "There are %d drafts on this device already. Save or discard some of them.", HF_DRAFTS_MAX);
    return status;
}

static enum hf_status begin_new(struct putting *putting, uint64_t now_ms)
{
    const struct hf_draft_put *put = putting->put;
    struct hf_class_key key = {0};
    enum hf_status status = hf_replica_key_newest(putting->replica, &put->case_id, &key, putting->err);
    hf_wipe(&key, sizeof key);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(putting->err, status, "This case is not on this device. Sync, or ask the office for it.");
    if (status == HF_OK)
        status = check_room(putting);
    putting->is_new = true;
    putting->draft = (struct hf_draft){.case_id = put->case_id,
                                       .record_id = put->record_id,
                                       .type = put->type,
                                       .parent = put->parent,
                                       .slot = put->slot,
                                       .form = put->form,
                                       .created_ms = now_ms};
    return status;
}

static enum hf_status begin_put(struct putting *putting, uint64_t now_ms)
{
    const struct hf_draft_put *put = putting->put;
    enum hf_status status = check_state(putting);
    if (status != HF_OK)
        return status;
    status =
        load(putting->replica, &put->record_id, NULL, &putting->old, &putting->draft, &putting->version, putting->err);
    if (status == HF_ERR_NOT_FOUND)
        return begin_new(putting, now_ms);
    if (status == HF_ERR_UNSUPPORTED)
        return refuse(putting, "The draft of this record was written by a later Holdfast. Update Holdfast here first.");
    return status == HF_OK ? check_draft(putting) : status;
}

static void drop_field(struct hf_draft *draft, uint16_t code)
{
    size_t left = 0;
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].field != code)
            draft->fields[left++] = draft->fields[i];
    draft->field_count = left;
}

static enum hf_status add_field(struct putting *putting, const struct hf_field_spec *spec, struct hf_slice text)
{
    struct hf_draft *draft = &putting->draft;
    if (draft->field_count == HF_DRAFT_FIELDS_MAX || putting->seen_count == HF_DRAFT_FIELDS_MAX)
        return hf_error_set(putting->err, HF_ERR_LIMIT, "A draft holds at most %d fields", HF_DRAFT_FIELDS_MAX);
    struct hf_buf *seen = &putting->seen[putting->seen_count++];
    enum hf_status status =
        hf_replica_draft_saw(putting->replica, &putting->state, spec, putting->put->seen, seen, putting->err);
    if (status == HF_OK)
        status = hf_buf_status(seen);
    if (status != HF_OK)
        return status;
    size_t at = draft->field_count++;
    for (; at > 0 && draft->fields[at - 1].field > spec->code; at--)
        draft->fields[at] = draft->fields[at - 1];
    draft->fields[at] = (struct hf_draft_field){.field = spec->code, .text = text, .seen = hf_buf_slice(seen)};
    return HF_OK;
}

static enum hf_status put_field(struct putting *putting, const struct hf_draft_put_field *field)
{
    const struct hf_field_spec *spec = hf_model_field(putting->type, field->field);
    if (!spec)
        return hf_error_set(putting->err, HF_ERR_INVALID, "%s has no field number %u", putting->type->name,
                            (unsigned)field->field);
    if (field->drop) {
        drop_field(&putting->draft, field->field);
        return HF_OK;
    }
    struct hf_draft_field *there = hf_draft_field(&putting->draft, field->field);
    if (!there)
        return add_field(putting, spec, field->text);
    there->text = field->text;
    return HF_OK;
}

/* --- an autosave that comes after its form was saved --- */

static bool stands_there(const struct putting *putting, const struct hf_draft_field *field)
{
    const struct hf_field_spec *spec = hf_model_field(putting->type, field->field);
    const struct hf_field_state *state = hf_record_state_field(&putting->state, field->field);
    struct hf_buf value = {0};
    bool found = field->text.len == 0 && !state;
    if (spec->kind != HF_KIND_SET && field->text.len > 0 &&
        hf_value_from_text(putting->type, spec, field->text, &value, NULL) == HF_OK)
        for (size_t i = 0; state && i < state->count; i++)
            found = found || hf_slice_equal(state->entries[i].value, hf_buf_slice(&value));
    hf_buf_wipe(&value);
    return found;
}

/* Every field says what stands in the record, which was changed since the form was drawn: the same words once more,
 * on their way while the person pressed Save. */
static enum hf_status comes_late(struct putting *putting, bool *out)
{
    struct hf_rows rows;
    uint64_t changed = 0;
    *out = false;
    if (!putting->is_new)
        return HF_OK;
    hf_rows_begin(&rows, putting->replica, HF_STATEMENT_RECORD_CHANGED);
    hf_rows_bind_id(&rows, &putting->put->record_id);
    if (hf_rows_next(&rows))
        changed = hf_rows_u64(&rows, 0);
    enum hf_status status = hf_rows_end(&rows, putting->err);
    bool late = status == HF_OK && changed > putting->put->seen;
    for (size_t i = 0; late && i < putting->draft.field_count; i++)
        late = stands_there(putting, &putting->draft.fields[i]);
    *out = late;
    return status;
}

/* --- storing --- */

/* Above every one before, also when the clock was set back. The clock keeps a store that was put back from a copy from
 * giving a version twice. */
static enum hf_status next_version(struct putting *putting, uint64_t now_ms, uint64_t *out)
{
    struct hf_rows rows;
    uint64_t version = putting->version;
    if (version == 0) {
        hf_rows_begin_text(&rows, putting->replica, "SELECT version FROM draft_highest");
        if (hf_rows_next(&rows))
            version = hf_rows_u64(&rows, 0);
        enum hf_status status = hf_rows_end(&rows, putting->err);
        if (status != HF_OK)
            return status;
    }
    *out = version + 1 > now_ms ? version + 1 : now_ms;
    return HF_OK;
}

static enum hf_status store(struct putting *putting, uint64_t now_ms)
{
    struct hf_rows rows;
    struct hf_buf content = {0};
    const struct hf_draft *draft = &putting->draft;
    uint64_t version = 0;
    hf_draft_encode(draft, &content);
    enum hf_status status = hf_buf_status(&content);
    if (status == HF_OK)
        status = next_version(putting, now_ms, &version);
    if (status == HF_OK && content.len > HF_DRAFT_BYTES_MAX)
        status = hf_error_set(putting->err, HF_ERR_LIMIT, "This draft is too long. Save a part of it first.");
    if (status == HF_OK) {
        hf_rows_begin_text(&rows, putting->replica,
                           "INSERT INTO drafts(record_id, device, case_id, version, updated_ms, content)"
                           " VALUES(?, x'', ?, ?, ?, ?) ON CONFLICT(record_id, device) DO UPDATE SET"
                           " version = excluded.version, updated_ms = excluded.updated_ms, content = excluded.content");
        hf_rows_bind_id(&rows, &draft->record_id);
        hf_rows_bind_id(&rows, &draft->case_id);
        hf_rows_bind_u64(&rows, version);
        hf_rows_bind_u64(&rows, draft->updated_ms);
        hf_rows_bind_bytes(&rows, hf_buf_slice(&content));
        status = hf_rows_run(&rows, putting->err);
    }
    hf_buf_wipe(&content);
    return status;
}

static enum hf_status put_all(struct putting *putting, uint64_t now_ms)
{
    const struct hf_draft_put *put = putting->put;
    bool late = false;
    enum hf_status status = begin_put(putting, now_ms);
    for (size_t i = 0; status == HF_OK && i < put->field_count; i++)
        status = put_field(putting, &put->fields[i]);
    if (status != HF_OK)
        return status;
    if (put->reason)
        putting->draft.reason = *put->reason;
    if (put->cursor)
        putting->draft.cursor = *put->cursor;
    putting->draft.updated_ms = now_ms;
    status = hf_draft_check(&putting->draft, putting->err);
    if (status == HF_OK)
        status = comes_late(putting, &late);
    return status == HF_OK && !late ? store(putting, now_ms) : status;
}

enum hf_status hf_replica_draft_put_in(struct hf_replica *replica, const struct hf_draft_put *put, uint64_t now_ms,
                                       struct hf_error *err)
{
    const struct hf_record_spec *type = hf_model_type(put->type);
    if (!type)
        return hf_error_set(err, HF_ERR_INVALID, "There is no kind of record with the number %u", (unsigned)put->type);
    struct putting *putting = calloc(1, sizeof *putting);
    if (!putting)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    putting->replica = replica;
    putting->put = put;
    putting->type = type;
    putting->err = err;
    enum hf_status status = put_all(putting, now_ms);
    for (size_t i = 0; i < putting->seen_count; i++)
        hf_buf_wipe(&putting->seen[i]);
    hf_buf_wipe(&putting->old);
    hf_record_state_clear(&putting->state);
    free(putting);
    return status;
}

enum hf_status hf_replica_draft_put(struct hf_replica *replica, const struct hf_draft_put *put, uint64_t now_ms,
                                    struct hf_error *err)
{
    enum hf_status status = hf_rows_transaction(replica, err);
    return status == HF_OK ? hf_rows_finish(replica, hf_replica_draft_put_in(replica, put, now_ms, err), err) : status;
}
