/* Editing: what a person changes is collected beside what they saw, and saved as one signed change whose bases are what
 * they saw. So a sync in between shows as a clash and is never overwritten. */
#include "client/edit.h"

#include "client/elements.h"
#include "core/base/text.h"
#include "core/model/value.h"
#include "core/pack/writer.h"

#include <stdlib.h>
#include <string.h>

/* What changes in one field. */
struct field_edit {
    const struct hf_field_spec *spec;
    struct hf_buf value; /* encoded; not of a set */
    struct hf_elements added;
    struct hf_elements removed;
};

struct holdfast_edit {
    struct holdfast *hf;
    struct hf_id case_id;
    struct hf_id record_id;
    const struct hf_record_spec *type;
    struct hf_record_state seen; /* empty for a new record */
    struct hf_buf reason;
    size_t count;
    struct field_edit *fields[HF_EDITS_MAX];
};

static void field_edit_free(struct field_edit *field)
{
    if (!field)
        return;
    hf_buf_wipe(&field->value);
    hf_elements_clear(&field->added);
    hf_elements_clear(&field->removed);
    free(field);
}

void holdfast_edit_cancel(struct holdfast_edit *edit)
{
    if (!edit)
        return;
    for (size_t i = 0; i < edit->count; i++)
        field_edit_free(edit->fields[i]);
    hf_record_state_clear(&edit->seen);
    hf_buf_wipe(&edit->reason);
    free(edit);
}

static enum hf_status edit_alloc(struct holdfast *hf, struct holdfast_edit **out)
{
    struct holdfast_edit *edit = calloc(1, sizeof *edit);
    if (!edit)
        return HF_ERR_NOMEM;
    edit->hf = hf;
    *out = edit;
    return HF_OK;
}

/* --- fields of an edit --- */

static enum hf_status find_spec(struct holdfast_edit *edit, const char *name, const struct hf_field_spec **out)
{
    const struct hf_field_spec *spec = name ? hf_model_field_named(edit->type, hf_slice_str(name)) : NULL;
    if (!spec)
        return hf_handle_fail(edit->hf, HF_ERR_INVALID, "%s has no field called %.100s.", edit->type->name,
                              name ? name : "(nothing)");
    *out = spec;
    return HF_OK;
}

static struct field_edit *find_field(const struct holdfast_edit *edit, const struct hf_field_spec *spec)
{
    for (size_t i = 0; i < edit->count; i++) {
        if (edit->fields[i]->spec == spec)
            return edit->fields[i];
    }
    return NULL;
}

/* The part of the edit for this field, made when it is missing. */
static enum hf_status need_field(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct field_edit **out)
{
    struct field_edit *field = find_field(edit, spec);
    if (!field) {
        if (edit->count == HF_EDITS_MAX)
            return hf_handle_fail(edit->hf, HF_ERR_LIMIT,
                                  "%s: one save can change at most %d fields. Save these first, then go on.",
                                  spec->name, HF_EDITS_MAX);
        field = calloc(1, sizeof *field);
        if (!field)
            return HF_ERR_NOMEM;
        field->spec = spec;
        edit->fields[edit->count++] = field;
    }
    *out = field;
    return HF_OK;
}

/* The value replaces what this edit held for the field. */
static enum hf_status put_value(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_buf *value)
{
    struct field_edit *field = NULL;
    enum hf_status status = hf_buf_status(value);
    if (status == HF_OK)
        status = need_field(edit, spec, &field);
    if (status != HF_OK)
        return status;
    hf_buf_wipe(&field->value);
    field->value = *value;
    *value = (struct hf_buf){0};
    return HF_OK;
}

static enum hf_status encode(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice text,
                             struct hf_buf *out)
{
    return hf_value_from_text(edit->type, spec, text, out, &edit->hf->err);
}

static enum hf_status set_value(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice text)
{
    struct hf_buf value = {0};
    const struct field_edit *field = find_field(edit, spec);
    if (spec->kind == HF_KIND_APPEND && field)
        return hf_handle_fail(edit->hf, HF_ERR_LIMIT,
                              "%s: one save adds one entry. Save this one first, then add the next.", spec->name);
    enum hf_status status = encode(edit, spec, text, &value);
    if (status == HF_OK)
        status = put_value(edit, spec, &value);
    hf_buf_wipe(&value);
    return status;
}

/* --- sets --- */

static const struct hf_field_state *seen_field(const struct holdfast_edit *edit, const struct hf_field_spec *spec)
{
    return hf_record_state_field(&edit->seen, spec->code);
}

static bool seen_has(const struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice encoded)
{
    const struct hf_field_state *field = seen_field(edit, spec);
    for (size_t i = 0; field && i < field->count; i++) {
        if (hf_slice_equal(field->entries[i].value, encoded))
            return true;
    }
    return false;
}

static enum hf_status set_is_full(struct holdfast_edit *edit, const struct hf_field_spec *spec, enum hf_status status)
{
    if (status != HF_ERR_LIMIT)
        return status;
    return hf_handle_fail(edit->hf, status, "%s: one save can add or remove at most %d elements. Save these first.",
                          spec->name, HF_SET_ELEMENTS_MAX);
}

/* Also when it is there already: someone else may be taking it out meanwhile, and this person wants it in. */
static enum hf_status add_element(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice encoded)
{
    struct field_edit *field = NULL;
    enum hf_status status = need_field(edit, spec, &field);
    if (status != HF_OK)
        return status;
    status = hf_elements_add(&field->added, encoded);
    if (status == HF_OK)
        (void)hf_elements_drop(&field->removed, encoded);
    return set_is_full(edit, spec, status);
}

static enum hf_status remove_element(struct holdfast_edit *edit, const struct hf_field_spec *spec,
                                     struct hf_slice encoded)
{
    struct field_edit *field = find_field(edit, spec);
    const bool added = field && hf_elements_have(&field->added, encoded);
    if (!added && !seen_has(edit, spec, encoded))
        return hf_handle_fail(edit->hf, HF_ERR_NOT_FOUND, "%s does not hold this, so it cannot be taken out.",
                              spec->name);
    enum hf_status status = need_field(edit, spec, &field);
    if (status == HF_OK && seen_has(edit, spec, encoded))
        status = hf_elements_add(&field->removed, encoded);
    if (status == HF_OK)
        (void)hf_elements_drop(&field->added, encoded);
    return set_is_full(edit, spec, status);
}

static struct hf_slice trimmed(struct hf_slice text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = hf_slice_of(text.data + 1, text.len - 1);
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* Takes the piece up to the next comma off *rest. */
static struct hf_slice next_piece(struct hf_slice *rest)
{
    size_t len = 0;
    while (len < rest->len && rest->data[len] != ',')
        len++;
    struct hf_slice piece = hf_slice_of(rest->data, len);
    size_t taken = len < rest->len ? len + 1 : len;
    *rest = hf_slice_of(rest->data + taken, rest->len - taken);
    return trimmed(piece);
}

/* What the list should hold in the end; empty pieces do not count. */
static enum hf_status parse_list(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice text,
                                 struct hf_elements *out)
{
    enum hf_status status = HF_OK;
    while (status == HF_OK && text.len > 0) {
        struct hf_buf encoded = {0};
        struct hf_slice piece = next_piece(&text);
        if (piece.len > 0) {
            status = encode(edit, spec, piece, &encoded);
            if (status == HF_OK)
                status = set_is_full(edit, spec, hf_elements_add(out, hf_buf_slice(&encoded)));
        }
        hf_buf_wipe(&encoded);
    }
    return status;
}

/* Differences between what was seen and what is wanted. */
static enum hf_status differ(struct holdfast_edit *edit, const struct hf_field_spec *spec,
                             const struct hf_elements *wanted, struct field_edit *out)
{
    const struct hf_field_state *seen = seen_field(edit, spec);
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < wanted->count; i++) {
        struct hf_slice element = hf_buf_slice(&wanted->element[i]);
        if (!seen_has(edit, spec, element))
            status = hf_elements_add(&out->added, element);
    }
    for (size_t i = 0; status == HF_OK && seen && i < seen->count; i++) {
        if (!hf_elements_have(wanted, seen->entries[i].value))
            status = hf_elements_add(&out->removed, seen->entries[i].value);
    }
    return set_is_full(edit, spec, status);
}

static enum hf_status replace_set(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice text)
{
    struct hf_elements *wanted = calloc(1, sizeof *wanted);
    struct field_edit *made = calloc(1, sizeof *made);
    struct field_edit *field = NULL;
    enum hf_status status = wanted && made ? parse_list(edit, spec, text, wanted) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = differ(edit, spec, wanted, made);
    if (status == HF_OK)
        status = need_field(edit, spec, &field);
    if (status == HF_OK) {
        struct hf_elements added = field->added;
        struct hf_elements removed = field->removed;
        field->added = made->added;
        field->removed = made->removed;
        made->added = added;
        made->removed = removed;
    }
    if (wanted)
        hf_elements_clear(wanted);
    free(wanted);
    field_edit_free(made);
    return status;
}

/* --- public: changing an edit --- */

enum holdfast_status holdfast_edit_set(struct holdfast_edit *edit, const char *field, const char *value)
{
    const struct hf_field_spec *spec = NULL;
    const struct hf_slice text = hf_slice_str(value ? value : "");
    enum hf_status status = hf_handle_enter(edit->hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = find_spec(edit, field, &spec);
    if (status == HF_OK)
        status = spec->kind == HF_KIND_SET ? replace_set(edit, spec, text) : set_value(edit, spec, text);
    return hf_handle_leave(edit->hf, status);
}

static enum holdfast_status change_set(struct holdfast_edit *edit, const char *field, const char *element,
                                       enum hf_status (*change)(struct holdfast_edit *edit,
                                                                const struct hf_field_spec *spec,
                                                                struct hf_slice encoded))
{
    const struct hf_field_spec *spec = NULL;
    struct hf_buf encoded = {0};
    enum hf_status status = hf_handle_enter(edit->hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = find_spec(edit, field, &spec);
    if (status == HF_OK && spec->kind != HF_KIND_SET)
        status =
            hf_handle_fail(edit->hf, HF_ERR_INVALID, "%s holds one value and no list: set it instead.", spec->name);
    if (status == HF_OK)
        status = encode(edit, spec, hf_slice_str(element ? element : ""), &encoded);
    if (status == HF_OK)
        status = change(edit, spec, hf_buf_slice(&encoded));
    hf_buf_wipe(&encoded);
    return hf_handle_leave(edit->hf, status);
}

enum holdfast_status holdfast_edit_add(struct holdfast_edit *edit, const char *field, const char *element)
{
    return change_set(edit, field, element, add_element);
}

enum holdfast_status holdfast_edit_remove(struct holdfast_edit *edit, const char *field, const char *element)
{
    return change_set(edit, field, element, remove_element);
}

enum hf_status hf_edit_check_reason(struct holdfast *hf, struct hf_slice reason)
{
    if (!hf_text_is_utf8(reason))
        return hf_handle_fail(hf, HF_ERR_INVALID, "reason must be text.");
    if (reason.len > HF_REASON_BYTES_MAX)
        return hf_handle_fail(hf, HF_ERR_LIMIT, "reason can hold %d bytes of text and this has %zu: shorten it.",
                              HF_REASON_BYTES_MAX, reason.len);
    return HF_OK;
}

enum holdfast_status holdfast_edit_reason(struct holdfast_edit *edit, const char *reason)
{
    struct hf_buf copy = {0};
    const struct hf_slice text = hf_slice_str(reason ? reason : "");
    enum hf_status status = hf_handle_enter(edit->hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_edit_check_reason(edit->hf, text);
    hf_buf_append_slice(&copy, text);
    if (status == HF_OK)
        status = hf_buf_status(&copy);
    if (status == HF_OK) {
        hf_buf_wipe(&edit->reason);
        edit->reason = copy;
        copy = (struct hf_buf){0};
    }
    hf_buf_wipe(&copy);
    return hf_handle_leave(edit->hf, status);
}

struct holdfast_id holdfast_edit_id(const struct holdfast_edit *edit)
{
    return hf_id_out(&edit->record_id);
}

/* --- public: beginning --- */

static enum hf_status see(struct holdfast_edit *edit)
{
    enum hf_status status = hf_replica_record(edit->hf->replica, &edit->record_id, &edit->seen);
    if (status != HF_OK)
        return status;
    edit->case_id = edit->seen.case_id;
    edit->type = hf_model_type(edit->seen.type);
    return edit->type ? HF_OK : HF_ERR_UNSUPPORTED;
}

enum holdfast_status holdfast_edit_record(struct holdfast *hf, const struct holdfast_id *record,
                                          struct holdfast_edit **out)
{
    struct holdfast_edit *edit = NULL;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = edit_alloc(hf, &edit);
    if (status == HF_OK) {
        edit->record_id = hf_id_in(record);
        status = see(edit);
    }
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_handle_fail(hf, status, "This record is not on this device. Sync, or check its id.");
    if (status == HF_OK)
        *out = edit;
    else
        holdfast_edit_cancel(edit);
    return hf_handle_leave(hf, status);
}

struct new_record {
    const struct hf_record_spec *type;
    struct hf_id case_id;
    struct hf_id parent; /* zero: none */
    bool has_slot;
    struct hf_slice slot;
};

static enum hf_status check_type(struct holdfast *hf, const char *name, struct new_record *wanted)
{
    wanted->type = name ? hf_model_type_named(hf_slice_str(name)) : NULL;
    if (!wanted->type)
        return hf_handle_fail(hf, HF_ERR_NOT_FOUND, "There is no kind of record called %.100s.",
                              name ? name : "(nothing)");
    if (wanted->type->code == HF_RECORD_CASE)
        return hf_handle_fail(hf, HF_ERR_INVALID, "A case is opened as a new case, not as a record of one.");
    if (wanted->has_slot && !wanted->type->once_per_parent)
        return hf_handle_fail(hf, HF_ERR_INVALID, "%s can be there several times, so it has no slot.",
                              wanted->type->name);
    return HF_OK;
}

static enum hf_status check_parent(struct holdfast *hf, const struct new_record *wanted)
{
    struct hf_record_state parent = {0};
    if (hf_id_is_zero(&wanted->parent))
        return HF_OK;
    enum hf_status status = hf_replica_record(hf->replica, &wanted->parent, &parent);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_handle_fail(hf, status, "parent: that record is not on this device. Sync, or check its id.");
    else if (status == HF_OK && !hf_id_equal(&parent.case_id, &wanted->case_id))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "parent: that record belongs to another case.");
    hf_record_state_clear(&parent);
    return status;
}

/* Of a part without a parent the case itself stands for it. */
static struct hf_id new_id(const struct new_record *wanted)
{
    uint8_t random[HF_ID_RANDOM_BYTES];
    if (wanted->type->once_per_parent) {
        const struct hf_id *parent = hf_id_is_zero(&wanted->parent) ? &wanted->case_id : &wanted->parent;
        return hf_model_slot_id(parent, wanted->type->code, wanted->slot);
    }
    hf_random(random, sizeof random);
    return hf_id_v7(hf_wall_ms(), random);
}

static enum hf_status put_parent(struct holdfast_edit *edit, const struct hf_id *parent)
{
    struct hf_buf value = {0};
    if (hf_id_is_zero(parent) || hf_record_state_field(&edit->seen, HF_FIELD_PARENT))
        return HF_OK;
    hf_pack_id(&value, parent);
    enum hf_status status = put_value(edit, hf_model_field(edit->type, HF_FIELD_PARENT), &value);
    hf_buf_wipe(&value);
    return status;
}

static enum hf_status begin_new(struct holdfast_edit *edit, const struct new_record *wanted)
{
    edit->record_id = new_id(wanted);
    enum hf_status status = see(edit);
    if (status == HF_ERR_NOT_FOUND) {
        edit->case_id = wanted->case_id;
        edit->type = wanted->type;
        status = HF_OK;
    }
    if (status == HF_OK && !hf_id_equal(&edit->case_id, &wanted->case_id))
        status = hf_handle_fail(edit->hf, HF_ERR_INVALID, "That part is there already, and belongs to another case.");
    return status == HF_OK ? put_parent(edit, &wanted->parent) : status;
}

enum holdfast_status holdfast_edit_new(struct holdfast *hf, const struct holdfast_id *case_id, const char *type,
                                       const struct holdfast_id *parent, const char *slot, struct holdfast_edit **out)
{
    struct holdfast_edit *edit = NULL;
    struct new_record wanted = {.case_id = hf_id_in(case_id),
                                .parent = hf_id_in_or_zero(parent),
                                .has_slot = slot != NULL,
                                .slot = hf_slice_str(slot ? slot : "")};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = check_type(hf, type, &wanted);
    if (status == HF_OK)
        status = check_parent(hf, &wanted);
    if (status == HF_OK)
        status = edit_alloc(hf, &edit);
    if (status == HF_OK)
        status = begin_new(edit, &wanted);
    if (status == HF_OK)
        *out = edit;
    else
        holdfast_edit_cancel(edit);
    return hf_handle_leave(hf, status);
}

/* --- public: saving --- */

/* What the replica's save needs for one field, kept while it runs. */
struct save_part {
    struct hf_buf set_value;
    struct hf_id bases[HF_EDIT_BASES_MAX];
};

static enum hf_status too_many_bases(struct holdfast_edit *edit, const struct hf_field_spec *spec, size_t count)
{
    if (count <= HF_EDIT_BASES_MAX)
        return HF_OK;
    return hf_handle_fail(edit->hf, HF_ERR_LIMIT, "%s: one save can build on at most %d earlier changes.", spec->name,
                          HF_EDIT_BASES_MAX);
}

static void save_set(const struct holdfast_edit *edit, const struct field_edit *field, struct save_part *part,
                     struct hf_save_edit *out)
{
    struct hf_slice added[HF_SET_ELEMENTS_MAX];
    struct hf_slice removed[HF_SET_ELEMENTS_MAX];
    hf_elements_slices(&field->added, added);
    hf_elements_slices(&field->removed, removed);
    hf_set_edit_encode(added, field->added.count, removed, field->removed.count, &part->set_value);
    out->value = hf_buf_slice(&part->set_value);
    out->base_count = hf_merge_removed_heads(seen_field(edit, field->spec), removed, field->removed.count, part->bases,
                                             HF_EDIT_BASES_MAX);
}

/* bases is never NULL but for an append field: an edit names what its person saw, also when that was nothing. */
static enum hf_status save_field(struct holdfast_edit *edit, const struct field_edit *field, struct save_part *part,
                                 struct hf_save_edit *out)
{
    *out =
        (struct hf_save_edit){.field = field->spec->code, .value = hf_buf_slice(&field->value), .bases = part->bases};
    if (field->spec->kind == HF_KIND_APPEND)
        out->bases = NULL;
    else if (field->spec->kind == HF_KIND_SET)
        save_set(edit, field, part, out);
    else
        out->base_count = hf_merge_heads(seen_field(edit, field->spec), part->bases, HF_EDIT_BASES_MAX);
    enum hf_status status = hf_buf_status(&part->set_value);
    return status == HF_OK ? too_many_bases(edit, field->spec, out->base_count) : status;
}

static enum hf_status save(struct holdfast_edit *edit, struct save_part *parts, struct hf_id *out_change)
{
    struct hf_save_edit edits[HF_EDITS_MAX];
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < edit->count; i++)
        status = save_field(edit, edit->fields[i], &parts[i], &edits[i]);
    const struct hf_save request = {.case_id = edit->case_id,
                                    .record_id = edit->record_id,
                                    .type = edit->type->code,
                                    .edits = edits,
                                    .edit_count = edit->count,
                                    .reason = hf_buf_slice(&edit->reason)};
    if (status == HF_OK)
        status = hf_replica_save(edit->hf->replica, &request, hf_wall_ms(), out_change, &edit->hf->err);
    return status;
}

enum holdfast_status holdfast_edit_commit(struct holdfast_edit *edit, struct holdfast_id *out_change)
{
    struct holdfast *hf = edit->hf;
    struct hf_id change = hf_id_zero();
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct save_part *parts = calloc(HF_EDITS_MAX, sizeof *parts);
    status = parts ? save(edit, parts, &change) : HF_ERR_NOMEM;
    for (size_t i = 0; parts && i < HF_EDITS_MAX; i++)
        hf_buf_wipe(&parts[i].set_value);
    free(parts);
    if (status == HF_OK) {
        if (out_change)
            *out_change = hf_id_out(&change);
        if (!hf_id_is_zero(&change))
            hf_handle_tell(hf, &edit->case_id, &edit->record_id);
        holdfast_edit_cancel(edit);
    }
    return hf_handle_leave(hf, status);
}
