#include "core/replica/draft_done.h"
#include "core/replica/indexed.h"

#include "core/model/value.h"
#include "core/replica/replica_internal.h"

#include <stdlib.h>

#define CHANGES_MAX 64 /* of one device about one record; older ones finished older drafts */

static const struct hf_edit *edit_of(const struct hf_data_body *body, uint16_t field)
{
    for (uint32_t i = 0; i < body->edit_count; i++)
        if (body->edits[i].field == field)
            return &body->edits[i];
    return NULL;
}

static bool names(const struct hf_edit *edit, const struct hf_id *change)
{
    for (uint32_t i = 0; i < edit->base_count; i++) {
        const struct hf_id base = hf_edit_base(edit, i);
        if (hf_id_equal(&base, change))
            return true;
    }
    return false;
}

/* What an entry says, or nothing at all, is no base: the words decide. */
static bool same_words(const struct hf_field_spec *spec, const struct hf_draft_field *field, const struct hf_edit *edit)
{
    struct hf_buf text = {0};
    hf_value_to_text(spec, edit->value, &text);
    const bool same = hf_buf_status(&text) == HF_OK && hf_slice_equal(hf_buf_slice(&text), field->text);
    hf_buf_wipe(&text);
    return same;
}

static bool made_from(const struct hf_field_spec *spec, const struct hf_draft_field *field, const struct hf_edit *edit,
                      struct hf_entry *seen)
{
    const size_t count = hf_draft_seen(field, seen, HF_DRAFT_SEEN_MAX);
    if (spec->kind == HF_KIND_APPEND)
        return same_words(spec, field, edit);
    if (count != edit->base_count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!names(edit, &seen[i].change))
            return false;
    return true;
}

/* Every field of the draft that the change has was made from what the draft shows, and it has one of them. */
static bool finishes(const struct hf_draft *draft, const struct hf_data_body *body, struct hf_entry *seen)
{
    const struct hf_record_spec *type = hf_model_type(draft->type);
    bool any = false;
    if (!type || body->type != draft->type)
        return false;
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct hf_draft_field *field = &draft->fields[i];
        const struct hf_field_spec *spec = hf_model_field(type, field->field);
        const struct hf_edit *edit = edit_of(body, field->field);
        if (!spec || (edit && spec->kind != HF_KIND_SET && !made_from(spec, field, edit, seen)))
            return false;
        any = any || (edit && spec->kind != HF_KIND_SET);
    }
    return any;
}

/* What is worked with, too large for a stack. */
struct looking {
    struct hf_id changes[CHANGES_MAX]; /* of the device, about the record; newest first */
    size_t count;
    struct hf_data_body body;
    struct hf_entry seen[HF_DRAFT_SEEN_MAX];
    struct hf_buf bytes;
};

static enum hf_status find_changes(struct hf_replica *replica, const struct hf_id *record_id,
                                   const uint8_t device[HF_SIGN_PUBLIC_BYTES], struct looking *looking,
                                   struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "SELECT changes.change_id FROM changes JOIN devices ON devices.number = changes.device"
                       " WHERE changes." HF_CHANGES_OF_RECORD("?1") " AND changes.kind = ?2 AND devices.device = ?3"
                                                                    " ORDER BY changes.seq DESC LIMIT ?4");
    hf_rows_bind_id(&rows, record_id);
    hf_rows_bind_u64(&rows, HF_LEAF_DATA);
    hf_rows_bind_bytes(&rows, hf_slice_of(device, HF_SIGN_PUBLIC_BYTES));
    hf_rows_bind_u64(&rows, CHANGES_MAX);
    while (looking->count < CHANGES_MAX && hf_rows_next(&rows))
        looking->changes[looking->count++] = hf_rows_id(&rows, 0);
    return hf_rows_end(&rows, err);
}

/* *out_ms: of this change, when it finishes the draft. */
static enum hf_status look_at(struct hf_replica *replica, const struct hf_draft *draft, const struct hf_id *change,
                              struct looking *looking, uint64_t *out_ms, struct hf_error *err)
{
    struct hf_leaf leaf;
    struct hf_stored stored;
    enum hf_status status = hf_replica_stored_find(replica, change, &stored, &looking->bytes, err);
    if (status != HF_OK)
        return status == HF_ERR_NOT_FOUND ? HF_OK : status;
    if (hf_leaf_decode(stored.leaf, &leaf) == HF_OK && hf_clock_ms(leaf.clock) >= draft->updated_ms &&
        hf_data_body_decode(stored.body, &looking->body, NULL) == HF_OK &&
        finishes(draft, &looking->body, looking->seen))
        *out_ms = hf_clock_ms(leaf.clock);
    return HF_OK;
}

enum hf_status hf_replica_draft_done(struct hf_replica *replica, const struct hf_draft *draft,
                                     const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t *out_ms, struct hf_error *err)
{
    uint64_t found_ms = 0;
    struct looking *looking = calloc(1, sizeof *looking);
    if (!looking)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    enum hf_status status = find_changes(replica, &draft->record_id, device, looking, err);
    for (size_t i = 0; status == HF_OK && found_ms == 0 && i < looking->count; i++)
        status = look_at(replica, draft, &looking->changes[i], looking, &found_ms, err);
    hf_buf_wipe(&looking->bytes);
    free(looking);
    if (status == HF_OK)
        *out_ms = found_ms;
    return status;
}
