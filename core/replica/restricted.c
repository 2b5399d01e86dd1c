/* Restricted records on a device: whoever is named later fetches the case's history once more, in which the record's
 * earlier changes stand now; whoever is taken off the list keeps nothing of it but the leaves that this device signed.
 */
#include "core/policy/restricted.h"

#include "core/model/set_edit.h"
#include "core/pack/cursor.h"
#include "core/replica/indexed.h"
#include "core/replica/replica_internal.h"
#include "core/replica/search.h"

#include <stdlib.h>

static enum hf_status type_of(struct hf_replica *replica, struct hf_slice value, const struct hf_record_spec **out,
                              struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, value, 1);
    const struct hf_id id = hf_cursor_id(&cursor);
    *out = NULL;
    if (hf_cursor_end(&cursor) != HF_OK)
        return HF_OK; /* cleared */
    hf_rows_begin_text(&rows, replica, "SELECT type FROM records WHERE " HF_RECORD_NAMED("?1"));
    hf_rows_bind_id(&rows, &id);
    if (hf_rows_next(&rows))
        *out = hf_model_type((uint16_t)hf_rows_u64(&rows, 0));
    return hf_rows_end(&rows, err);
}

static enum hf_status check_reference(const struct hf_record_spec *type, const struct hf_record_spec *to,
                                      struct hf_error *err)
{
    if (to && to->restricted && !type->restricted)
        return hf_error_set(err, HF_ERR_INVALID,
                            "A %s stays apart: nothing that others read, sends or files may point to it or hang on it. "
                            "Write it in the %s itself.",
                            to->name, to->name);
    if (type->restricted && to && to->code == HF_RECORD_MEETING)
        return hf_error_set(err, HF_ERR_INVALID,
                            "A %s is never part of a meeting's record. Record it with the case, and name who may read "
                            "it.",
                            type->name);
    return HF_OK;
}

static enum hf_status check_value(struct hf_replica *replica, const struct hf_record_spec *type, struct hf_slice value,
                                  struct hf_error *err)
{
    const struct hf_record_spec *to = NULL;
    enum hf_status status = type_of(replica, value, &to, err);
    return status == HF_OK ? check_reference(type, to, err) : status;
}

/* Every element that is added. */
static enum hf_status check_set(struct hf_replica *replica, const struct hf_record_spec *type, struct hf_slice value,
                                struct hf_error *err)
{
    struct hf_set_edit *set = malloc(sizeof *set);
    enum hf_status status = set ? hf_set_edit_decode(value, set) : HF_ERR_NOMEM;
    for (size_t i = 0; status == HF_OK && i < set->added_count; i++)
        status = check_value(replica, type, set->added[i], err);
    free(set);
    return status;
}

enum hf_status hf_replica_restricted_check(struct hf_replica *replica, const struct hf_data_body *body,
                                           struct hf_error *err)
{
    enum hf_status status = HF_OK;
    const struct hf_record_spec *type = hf_model_type(body->type);
    const bool any = type && type->code != HF_RECORD_HELD_DECISION && type->code != HF_RECORD_ALERT;
    for (uint32_t i = 0; status == HF_OK && any && i < body->edit_count; i++) {
        const struct hf_field_spec *field = hf_model_field(type, body->edits[i].field);
        if (!field || field->type != HF_TYPE_REF)
            continue;
        status = field->kind == HF_KIND_SET ? check_set(replica, type, body->edits[i].value, err)
                                            : check_value(replica, type, body->edits[i].value, err);
    }
    return status;
}

enum hf_status hf_replica_restricted_take(struct hf_replica *replica, const struct hf_stored *stored, bool in_catchup,
                                          struct hf_error *err)
{
    if (stored->own || in_catchup || !hf_restricted_turns(stored->body, &replica->identity->person).adds)
        return HF_OK;
    return hf_replica_catchup_again(replica, &stored->case_id, stored->index, err);
}

/* A change that takes the person off the list, and nobody put them back. */
static enum hf_status is_lost(struct hf_replica *replica, const struct hf_id *record_id, bool *out,
                              struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_stored stored;
    struct hf_buf bytes = {0};
    struct hf_record_state state = {0};
    const struct hf_id *person = &replica->identity->person;
    bool removed = false, unsent = false;
    enum hf_status status = hf_replica_record_load(replica, record_id, &state, err);
    if (status != HF_OK)
        return status;
    const bool named = hf_restricted_names(&state, person);
    hf_record_state_clear(&state);
    hf_rows_begin_text(&rows, replica, "SELECT " HF_STORED_COLUMNS " FROM changes WHERE " HF_CHANGES_OF_RECORD("?1"));
    hf_rows_bind_id(&rows, record_id);
    while (hf_rows_next(&rows)) {
        hf_replica_stored_read(&rows, &stored, &bytes);
        if (rows.code != SQLITE_ROW)
            break;
        unsent = unsent || (stored.own && stored.sent == HF_SAVED_HERE);
        removed = removed || (!named && hf_restricted_turns(stored.body, person).removes);
    }
    status = hf_rows_end(&rows, err);
    hf_buf_wipe(&bytes);
    *out = removed && !named && !unsent;
    return status;
}

static enum hf_status next_lost(struct hf_replica *replica, struct hf_id *out_record, bool *out_found,
                                struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_buf ids = {0};
    size_t count;
    const struct hf_record_spec *types = hf_model_types(&count);
    for (size_t i = 0; i < count; i++) {
        if (!types[i].restricted)
            continue;
        hf_rows_begin_text(&rows, replica, "SELECT record_id FROM records WHERE " HF_RECORDS_OF_TYPE("?1"));
        hf_rows_bind_u64(&rows, types[i].code);
        while (hf_rows_next(&rows)) {
            const struct hf_id id = hf_rows_id(&rows, 0);
            hf_buf_append(&ids, id.bytes, sizeof id.bytes);
        }
        enum hf_status ended = hf_rows_end(&rows, err);
        if (ended != HF_OK) {
            hf_buf_clear(&ids);
            return ended;
        }
    }
    enum hf_status status = hf_buf_status(&ids);
    *out_found = false;
    for (size_t at = 0; status == HF_OK && at < ids.len && !*out_found; at += HF_ID_BYTES) {
        *out_record = hf_id_from_bytes(ids.data + at);
        status = is_lost(replica, out_record, out_found, err);
    }
    hf_buf_clear(&ids);
    return status;
}

static enum hf_status drop(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    static const char *const steps[] = {
        "DELETE FROM drafts WHERE record_id = ?1",
        "DELETE FROM records WHERE " HF_RECORD_NAMED("?1"),
        "DELETE FROM changes WHERE " HF_CHANGES_OF_RECORD("?1") " AND own = 0",
        ("UPDATE changes SET body = x'', record_id = NULL, effect = CASE effect WHEN 2 THEN 2 ELSE 4 END"
         " WHERE " HF_CHANGES_OF_RECORD("?1")),
    };
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < sizeof steps / sizeof steps[0]; i++) {
        struct hf_rows rows;
        hf_rows_begin_text(&rows, replica, steps[i]);
        hf_rows_bind_id(&rows, record_id);
        status = hf_rows_run(&rows, err);
    }
    if (status == HF_OK) {
        struct hf_rows rows;
        hf_rows_begin_text(&rows, replica,
                           "UPDATE chain SET change_count = (SELECT coalesce(max(seq), 0) FROM changes)");
        status = hf_rows_run(&rows, err);
    }
    return status == HF_OK ? hf_replica_search_rebuild(replica, err) : status;
}

enum hf_status hf_replica_restricted_drop(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_id record;
    bool found = false;
    enum hf_status status = next_lost(replica, &record, &found, err);
    while (status == HF_OK && found) {
        status = hf_rows_transaction(replica, err);
        if (status == HF_OK)
            status = hf_rows_finish(replica, drop(replica, &record, err), err);
        if (status == HF_OK)
            status = next_lost(replica, &record, &found, err);
    }
    return status;
}
