#include "core/replica/draft.h"

#include "core/base/text.h"
#include "core/model/value.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#define FORMAT      1
#define PARTS       12
#define FIELD_PARTS 3
#define SEEN_PARTS  2

/* --- what is seen ------------------------------------------------------------------------------------------------ */

void hf_draft_seen_encode(const struct hf_entry *entries, size_t count, bool is_set, struct hf_buf *out)
{
    if (count > HF_DRAFT_SEEN_MAX)
        count = HF_DRAFT_SEEN_MAX;
    hf_pack_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        hf_pack_array(out, SEEN_PARTS);
        hf_pack_id(out, &entries[i].change);
        if (is_set)
            hf_buf_append_slice(out, entries[i].value);
        else
            hf_pack_nil(out);
    }
}

static bool seen_rises(const struct hf_entry *before, const struct hf_entry *entry)
{
    const int order = hf_id_compare(&before->change, &entry->change);
    return order < 0 || (order == 0 && hf_slice_compare(before->value, entry->value) < 0);
}

static void read_seen_entry(struct hf_cursor *cursor, struct hf_entry *out)
{
    *out = (struct hf_entry){0};
    if (hf_cursor_array(cursor, SEEN_PARTS) != SEEN_PARTS)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    out->change = hf_cursor_id(cursor);
    if (hf_cursor_peek(cursor) == HF_PACK_NIL)
        hf_cursor_nil(cursor);
    else
        out->value = hf_cursor_skip(cursor);
    hf_cursor_leave(cursor);
}

static enum hf_status check_seen(const struct hf_record_spec *type, const struct hf_field_spec *spec,
                                 struct hf_slice seen)
{
    struct hf_cursor cursor;
    struct hf_entry last = {0};
    hf_cursor_init(&cursor, seen, HF_PACK_ELEMENTS_MAX);
    const uint32_t count = hf_cursor_array(&cursor, HF_DRAFT_SEEN_MAX);
    for (uint32_t i = 0; i < count && hf_cursor_status(&cursor) == HF_OK; i++) {
        struct hf_entry entry;
        read_seen_entry(&cursor, &entry);
        const bool is_set = spec->kind == HF_KIND_SET;
        if (hf_id_is_zero(&entry.change) || (i > 0 && !seen_rises(&last, &entry)) || is_set != (entry.value.len > 0) ||
            (is_set && hf_value_check(type, spec, entry.value, NULL) != HF_OK))
            hf_cursor_fail(&cursor, HF_ERR_INVALID);
        last = entry;
    }
    hf_cursor_leave(&cursor);
    return hf_cursor_end(&cursor);
}

size_t hf_draft_seen(const struct hf_draft_field *field, struct hf_entry *out, size_t max)
{
    struct hf_cursor cursor;
    size_t read = 0;
    hf_cursor_init(&cursor, field->seen, HF_PACK_ELEMENTS_MAX);
    const uint32_t count = hf_cursor_array(&cursor, HF_DRAFT_SEEN_MAX);
    while (read < count && read < max && hf_cursor_status(&cursor) == HF_OK)
        read_seen_entry(&cursor, &out[read++]);
    return read;
}

/* --- checking ---------------------------------------------------------------------------------------------------- */

static enum hf_status check_text(const char *what, struct hf_slice text, size_t bytes_max, struct hf_error *err)
{
    if (text.len > bytes_max)
        return hf_error_set(err, HF_ERR_LIMIT, "%s: a draft keeps at most %zu bytes here", what, bytes_max);
    if (!hf_text_is_utf8(text))
        return hf_error_set(err, HF_ERR_INVALID, "%s must be text (UTF-8)", what);
    return HF_OK;
}

static enum hf_status check_head(const struct hf_draft *draft, struct hf_error *err)
{
    if (hf_id_is_zero(&draft->case_id) || hf_id_is_zero(&draft->record_id))
        return hf_error_set(err, HF_ERR_INVALID, "A draft needs a case and the id of its record");
    if (draft->form.len == 0)
        return hf_error_set(err, HF_ERR_INVALID, "A draft needs the name of its form");
    enum hf_status status = check_text("slot", draft->slot, HF_DRAFT_SLOT_BYTES_MAX, err);
    if (status == HF_OK)
        status = check_text("form", draft->form, HF_DRAFT_FORM_BYTES_MAX, err);
    if (status == HF_OK)
        status = check_text("cursor", draft->cursor, HF_DRAFT_CURSOR_BYTES_MAX, err);
    if (status == HF_OK)
        status = check_text("reason", draft->reason, HF_REASON_BYTES_MAX, err);
    return status;
}

static enum hf_status check_field(const struct hf_draft *draft, const struct hf_record_spec *type, size_t at,
                                  struct hf_error *err)
{
    const struct hf_draft_field *field = &draft->fields[at];
    const struct hf_field_spec *spec = hf_model_field(type, field->field);
    if (!spec)
        return hf_error_set(err, HF_ERR_UNSUPPORTED, "%s has no field number %u", type->name, (unsigned)field->field);
    if (at > 0 && field[-1].field >= field->field)
        return hf_error_set(err, HF_ERR_INVALID, "The fields of a draft stand in order, each once");
    enum hf_status status = check_text(spec->name, field->text, HF_DRAFT_TEXT_BYTES_MAX, err);
    if (status == HF_OK && check_seen(type, spec, field->seen) != HF_OK)
        status = hf_error_set(err, HF_ERR_INVALID, "%s: what was seen has not the right form", spec->name);
    return status;
}

enum hf_status hf_draft_check(const struct hf_draft *draft, struct hf_error *err)
{
    size_t bytes = 0;
    enum hf_status status = check_head(draft, err);
    if (status != HF_OK)
        return status;
    const struct hf_record_spec *type = hf_model_type(draft->type);
    if (!type)
        return hf_error_set(err, HF_ERR_UNSUPPORTED, "There is no kind of record with the number %u",
                            (unsigned)draft->type);
    if (draft->field_count > HF_DRAFT_FIELDS_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "A draft holds at most %d fields", HF_DRAFT_FIELDS_MAX);
    for (size_t i = 0; status == HF_OK && i < draft->field_count; i++) {
        status = check_field(draft, type, i, err);
        bytes += draft->fields[i].text.len;
    }
    if (status == HF_OK && bytes > HF_DRAFT_TEXT_BYTES_MAX)
        status =
            hf_error_set(err, HF_ERR_LIMIT, "This draft is longer than %u bytes. Save a part of it first, then go on.",
                         HF_DRAFT_TEXT_BYTES_MAX);
    return status;
}

/* --- packed form ------------------------------------------------------------------------------------------------- */

void hf_draft_encode(const struct hf_draft *draft, struct hf_buf *out)
{
    hf_pack_array(out, PARTS);
    hf_pack_uint(out, FORMAT);
    hf_pack_id(out, &draft->case_id);
    hf_pack_id(out, &draft->record_id);
    hf_pack_uint(out, draft->type);
    if (hf_id_is_zero(&draft->parent))
        hf_pack_nil(out);
    else
        hf_pack_id(out, &draft->parent);
    hf_pack_text(out, draft->slot);
    hf_pack_text(out, draft->form);
    hf_pack_text(out, draft->cursor);
    hf_pack_text(out, draft->reason);
    hf_pack_uint(out, draft->created_ms);
    hf_pack_uint(out, draft->updated_ms);
    hf_pack_array(out, (uint32_t)draft->field_count);
    for (size_t i = 0; i < draft->field_count; i++) {
        hf_pack_array(out, FIELD_PARTS);
        hf_pack_uint(out, draft->fields[i].field);
        hf_pack_text(out, draft->fields[i].text);
        hf_buf_append_slice(out, draft->fields[i].seen);
    }
}

static uint16_t read_code(struct hf_cursor *cursor)
{
    const uint64_t code = hf_cursor_uint(cursor);
    if (code == 0 || code > UINT16_MAX)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return (uint16_t)code;
}

static struct hf_id read_parent(struct hf_cursor *cursor)
{
    if (hf_cursor_peek(cursor) == HF_PACK_NIL) {
        hf_cursor_nil(cursor);
        return hf_id_zero();
    }
    struct hf_id parent = hf_cursor_id(cursor);
    if (hf_id_is_zero(&parent))
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return parent;
}

static void read_field(struct hf_cursor *cursor, struct hf_draft_field *out)
{
    if (hf_cursor_array(cursor, FIELD_PARTS) != FIELD_PARTS)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    out->field = read_code(cursor);
    out->text = hf_cursor_text(cursor, HF_DRAFT_TEXT_BYTES_MAX);
    out->seen = hf_cursor_skip(cursor);
    hf_cursor_leave(cursor);
}

static void read_draft(struct hf_cursor *cursor, struct hf_draft *out)
{
    out->case_id = hf_cursor_id(cursor);
    out->record_id = hf_cursor_id(cursor);
    out->type = read_code(cursor);
    out->parent = read_parent(cursor);
    out->slot = hf_cursor_text(cursor, HF_DRAFT_SLOT_BYTES_MAX);
    out->form = hf_cursor_text(cursor, HF_DRAFT_FORM_BYTES_MAX);
    out->cursor = hf_cursor_text(cursor, HF_DRAFT_CURSOR_BYTES_MAX);
    out->reason = hf_cursor_text(cursor, HF_REASON_BYTES_MAX);
    out->created_ms = hf_cursor_uint(cursor);
    out->updated_ms = hf_cursor_uint(cursor);
    out->field_count = hf_cursor_array(cursor, HF_DRAFT_FIELDS_MAX);
    for (size_t i = 0; i < out->field_count && hf_cursor_status(cursor) == HF_OK; i++)
        read_field(cursor, &out->fields[i]);
    hf_cursor_leave(cursor);
}

enum hf_status hf_draft_decode(struct hf_slice bytes, struct hf_draft *out)
{
    struct hf_cursor cursor;
    if (bytes.len > HF_DRAFT_BYTES_MAX)
        return HF_ERR_LIMIT;
    *out = (struct hf_draft){0};
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_array(&cursor, PARTS) != PARTS)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    if (hf_cursor_uint(&cursor) != FORMAT)
        return hf_cursor_status(&cursor) == HF_OK ? HF_ERR_UNSUPPORTED : HF_ERR_INVALID;
    read_draft(&cursor, out);
    hf_cursor_leave(&cursor);
    enum hf_status status = hf_cursor_end(&cursor);
    return status == HF_OK ? hf_draft_check(out, NULL) : status;
}

struct hf_draft_field *hf_draft_field(struct hf_draft *draft, uint16_t field)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].field == field)
            return &draft->fields[i];
    return NULL;
}
