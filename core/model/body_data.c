#include "core/base/assert.h"
#include "core/model/act.h"
#include "core/model/body.h"
#include "core/model/value.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <stdlib.h>
#include <string.h>

#define ENCODED_ID_BYTES (2 + HF_ID_BYTES) /* 0xc4 0x10 ‖ id */
#define KEYS_MAX         16 /* of the map; more than today's seven, so that a later version can be told apart */
#define EDIT_PARTS       3

enum { KEY_CASE = 1, KEY_RECORD, KEY_TYPE, KEY_EDITS, KEY_GROUP, KEY_REASON, KEY_POLICY };

struct hf_id hf_edit_base(const struct hf_edit *edit, uint32_t index)
{
    HF_ASSERT(index < edit->base_count);
    return hf_id_from_bytes(edit->bases_encoded + (size_t)index * ENCODED_ID_BYTES + 2);
}

/* One reading: the first rule broken beyond msgpack's own stays in `status`, its text in err. */
struct reader {
    struct hf_cursor cursor;
    const struct hf_record_spec *type;
    bool later_version;
    enum hf_status status;
    struct hf_error *err;
};

static void refuse(struct reader *reader, enum hf_status status, const char *text)
{
    if (reader->status == HF_OK && hf_cursor_status(&reader->cursor) == HF_OK)
        reader->status = hf_error_set(reader->err, status, "%s", text);
}

static struct hf_id read_id(struct reader *reader)
{
    struct hf_id id = hf_cursor_id(&reader->cursor);
    if (hf_id_is_zero(&id))
        refuse(reader, HF_ERR_INVALID, "An id in this change is all zeros");
    return id;
}

static void check_value(struct reader *reader, const struct hf_field_spec *field, struct hf_slice value)
{
    if (reader->status == HF_OK)
        reader->status = hf_value_check(reader->type, field, value, reader->err);
}

static void check_set(struct reader *reader, const struct hf_field_spec *field, struct hf_slice value)
{
    struct hf_set_edit set;
    enum hf_status status = hf_set_edit_decode(value, &set);
    if (status != HF_OK) {
        if (reader->status == HF_OK)
            reader->status = hf_error_set(reader->err, status,
                                          "%s must be a list of what is added and a list of what is removed, each "
                                          "thing once and at most %d in a list",
                                          field->name, HF_SET_ELEMENTS_MAX);
        return;
    }
    for (size_t i = 0; i < set.added_count; i++)
        check_value(reader, field, set.added[i]);
    for (size_t i = 0; i < set.removed_count; i++)
        check_value(reader, field, set.removed[i]);
}

static void check_field(struct reader *reader, uint64_t code, struct hf_slice value)
{
    const struct hf_field_spec *field = NULL;
    if (reader->type && code <= UINT16_MAX)
        field = hf_model_field(reader->type, (uint16_t)code);
    if (!field)
        reader->later_version = true;
    else if (field->code == HF_FIELD_TAKEN_OUT)
        refuse(reader, HF_ERR_INVALID, "What was taken out is worked out, and cannot be written");
    else if (field->kind == HF_KIND_SET)
        check_set(reader, field, value);
    else
        check_value(reader, field, value);
}

static void read_bases(struct reader *reader, struct hf_edit *edit)
{
    struct hf_id last = hf_id_zero();
    edit->base_count = hf_cursor_array(&reader->cursor, HF_EDIT_BASES_MAX);
    edit->bases_encoded = reader->cursor.at;
    for (uint32_t i = 0; i < edit->base_count; i++) {
        struct hf_id base = hf_cursor_id(&reader->cursor);
        if (hf_id_compare(&base, &last) <= 0) /* also refuses zero */
            refuse(reader, HF_ERR_INVALID, "The changes that an edit builds on must be in order, each once");
        last = base;
    }
    hf_cursor_leave(&reader->cursor);
}

static void read_edit(struct reader *reader, uint64_t *last_field, struct hf_edit *out)
{
    if (hf_cursor_array(&reader->cursor, EDIT_PARTS) != EDIT_PARTS)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    uint64_t field = hf_cursor_uint(&reader->cursor);
    if (field <= *last_field || field > UINT16_MAX)
        refuse(reader, HF_ERR_INVALID, "The fields of a change must be in order, each once");
    *last_field = field;
    out->field = (uint16_t)field;
    out->value = hf_cursor_skip(&reader->cursor);
    read_bases(reader, out);
    hf_cursor_leave(&reader->cursor);
    if (hf_cursor_status(&reader->cursor) == HF_OK)
        check_field(reader, field, out->value);
}

/* An act says why, but for finalising; an answer names the finalising that it follows (core/model/act.h). */
static void check_act(struct reader *reader, const struct hf_data_body *body, const struct hf_edit *edit)
{
    struct hf_act_value act;
    const struct hf_field_spec *field = hf_model_field(reader->type, edit->field);
    if (hf_act_decode(field, edit->value, &act) != HF_OK)
        return; /* refused already */
    if (field->code == HF_FIELD_DELETED && (body->type == HF_RECORD_CASE || body->type == HF_RECORD_PERSON))
        refuse(reader, HF_ERR_INVALID, "A case or a member of staff cannot be deleted");
    else if (field->code == HF_FIELD_FINAL && act.act == HF_ACT_FINALISE)
        return;
    else if (body->reason.len == 0)
        refuse(reader, HF_ERR_INVALID, "reason: say why, so that others can follow the decision");
    else if (field->code == HF_FIELD_FINAL && edit->base_count == 0)
        refuse(reader, HF_ERR_INVALID, "An amendment must name what was made final");
}

static void check_acts(struct reader *reader, const struct hf_data_body *body)
{
    for (uint32_t i = 0; reader->type && reader->status == HF_OK && i < body->edit_count; i++)
        if (body->edits[i].field == HF_FIELD_DELETED || body->edits[i].field == HF_FIELD_FINAL)
            check_act(reader, body, &body->edits[i]);
}

static void read_edits(struct reader *reader, struct hf_data_body *out)
{
    uint64_t last_field = 0;
    out->edit_count = hf_cursor_array(&reader->cursor, HF_EDITS_MAX);
    if (out->edit_count == 0)
        refuse(reader, HF_ERR_INVALID, "A change must change at least one field");
    for (uint32_t i = 0; i < out->edit_count; i++)
        read_edit(reader, &last_field, &out->edits[i]);
    hf_cursor_leave(&reader->cursor);
}

static void read_type(struct reader *reader, struct hf_data_body *out)
{
    uint64_t code = hf_cursor_uint(&reader->cursor);
    if (code == 0 || code > UINT16_MAX) {
        refuse(reader, HF_ERR_INVALID, "The type of this record is not a number that types have");
        return;
    }
    out->type = (uint16_t)code;
    reader->type = hf_model_type(out->type);
    if (!reader->type)
        reader->later_version = true;
}

static struct hf_slice read_text(struct reader *reader, size_t bytes_max)
{
    struct hf_slice text = hf_cursor_text(&reader->cursor, bytes_max);
    if (text.len == 0)
        refuse(reader, HF_ERR_INVALID, "An empty text in this change should have been left out");
    return text;
}

static void read_key(struct reader *reader, uint64_t key, struct hf_data_body *out)
{
    switch (key) {
    case KEY_CASE:
        out->case_id = read_id(reader);
        return;
    case KEY_RECORD:
        out->record_id = read_id(reader);
        return;
    case KEY_TYPE:
        read_type(reader, out);
        return;
    case KEY_EDITS:
        read_edits(reader, out);
        return;
    case KEY_GROUP:
        out->group_id = read_id(reader);
        return;
    case KEY_REASON:
        out->reason = read_text(reader, HF_REASON_BYTES_MAX);
        return;
    case KEY_POLICY:
        out->policy = read_text(reader, HF_POLICY_NAME_BYTES_MAX);
        return;
    default:
        (void)hf_cursor_skip(&reader->cursor);
        reader->later_version = true;
        return;
    }
}

static void read_map(struct reader *reader, struct hf_data_body *out)
{
    uint32_t pairs = hf_cursor_map(&reader->cursor, KEYS_MAX);
    for (uint32_t i = 0; i < pairs && hf_cursor_status(&reader->cursor) == HF_OK; i++) {
        uint64_t key = hf_cursor_uint(&reader->cursor);
        if (i < KEY_EDITS && key != i + 1) /* the first four are always there; the cursor keeps the order */
            hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
        read_key(reader, key, out);
    }
    if (pairs < KEY_EDITS)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    hf_cursor_leave(&reader->cursor);
}

static enum hf_status verdict(const struct reader *reader)
{
    enum hf_status status = hf_cursor_end(&reader->cursor);
    if (status == HF_ERR_LIMIT)
        return hf_error_set(reader->err, status,
                            "This change is larger than a change may be: save it in smaller parts");
    if (status != HF_OK)
        return hf_error_set(reader->err, status, "This change is not in the form that Holdfast writes");
    if (reader->status != HF_OK)
        return reader->status;
    if (reader->later_version)
        return hf_error_set(reader->err, HF_ERR_UNSUPPORTED,
                            "This change was written by a later version of Holdfast: update this program to read it");
    return HF_OK;
}

enum hf_status hf_data_body_decode(struct hf_slice bytes, struct hf_data_body *out, struct hf_error *err)
{
    struct reader reader = {.err = err};
    if (bytes.len > HF_BODY_BYTES_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "This change is larger than a change may be: save it in smaller parts");
    out->edit_count = 0;
    out->group_id = hf_id_zero();
    out->reason = hf_slice_of(NULL, 0);
    out->policy = hf_slice_of(NULL, 0);
    hf_cursor_init(&reader.cursor, bytes, HF_PACK_ELEMENTS_MAX);
    read_map(&reader, out);
    if (hf_cursor_status(&reader.cursor) == HF_OK)
        check_acts(&reader, out);
    return verdict(&reader);
}

static int by_field(const void *a, const void *b)
{
    const struct hf_edit_input *left = *(const struct hf_edit_input *const *)a;
    const struct hf_edit_input *right = *(const struct hf_edit_input *const *)b;
    return (left->field > right->field) - (left->field < right->field);
}

static int by_id(const void *a, const void *b)
{
    return hf_id_compare(a, b);
}

static void write_bases(const struct hf_edit_input *edit, struct hf_buf *out)
{
    struct hf_id sorted[HF_EDIT_BASES_MAX];
    size_t count = 0;
    if (edit->base_count > 0) {
        memcpy(sorted, edit->bases, edit->base_count * sizeof sorted[0]);
        qsort(sorted, edit->base_count, sizeof sorted[0], by_id);
    }
    for (size_t i = 0; i < edit->base_count; i++)
        if (i == 0 || !hf_id_equal(&sorted[i], &sorted[count - 1]))
            sorted[count++] = sorted[i];
    hf_pack_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        hf_pack_id(out, &sorted[i]);
}

static void write_edits(const struct hf_data_body_input *input, struct hf_buf *out)
{
    const struct hf_edit_input *sorted[HF_EDITS_MAX];
    for (size_t i = 0; i < input->edit_count; i++)
        sorted[i] = &input->edits[i];
    if (input->edit_count > 0)
        qsort(sorted, input->edit_count, sizeof sorted[0], by_field);
    hf_pack_array(out, (uint32_t)input->edit_count);
    for (size_t i = 0; i < input->edit_count; i++) {
        hf_pack_array(out, EDIT_PARTS);
        hf_pack_uint(out, sorted[i]->field);
        hf_buf_append_slice(out, sorted[i]->value);
        write_bases(sorted[i], out);
    }
}

static void write_body(const struct hf_data_body_input *input, struct hf_buf *out)
{
    bool grouped = !hf_id_is_zero(&input->group_id);
    hf_pack_map(out, KEY_EDITS + (grouped ? 1u : 0u) + (input->reason.len ? 1u : 0u) + (input->policy.len ? 1u : 0u));
    hf_pack_uint(out, KEY_CASE);
    hf_pack_id(out, &input->case_id);
    hf_pack_uint(out, KEY_RECORD);
    hf_pack_id(out, &input->record_id);
    hf_pack_uint(out, KEY_TYPE);
    hf_pack_uint(out, input->type);
    hf_pack_uint(out, KEY_EDITS);
    write_edits(input, out);
    if (grouped) {
        hf_pack_uint(out, KEY_GROUP);
        hf_pack_id(out, &input->group_id);
    }
    if (input->reason.len > 0) {
        hf_pack_uint(out, KEY_REASON);
        hf_pack_text(out, input->reason);
    }
    if (input->policy.len > 0) {
        hf_pack_uint(out, KEY_POLICY);
        hf_pack_text(out, input->policy);
    }
}

static enum hf_status counts_fit(const struct hf_data_body_input *input, struct hf_error *err)
{
    if (input->edit_count > HF_EDITS_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "One save can change at most %d fields: save in smaller parts",
                            HF_EDITS_MAX);
    for (size_t i = 0; i < input->edit_count; i++)
        if (input->edits[i].base_count > HF_EDIT_BASES_MAX)
            return hf_error_set(err, HF_ERR_LIMIT, "One edit can settle at most %d versions at once: do it in steps",
                                HF_EDIT_BASES_MAX);
    return HF_OK;
}

enum hf_status hf_data_body_encode(const struct hf_data_body_input *input, struct hf_buf *out, struct hf_error *err)
{
    struct hf_buf body;
    struct hf_data_body check;
    enum hf_status status = counts_fit(input, err);
    if (status != HF_OK)
        return status;
    hf_buf_init(&body, HF_BODY_BYTES_MAX);
    write_body(input, &body);
    status = hf_buf_status(&body);
    if (status != HF_OK)
        (void)hf_error_set(err, status,
                           status == HF_ERR_LIMIT ? "This is more than one save can hold: save it in parts"
                                                  : "There is not enough memory to save this change");
    else /* what is signed must read again, here and everywhere */
        status = hf_data_body_decode(hf_buf_slice(&body), &check, err);
    if (status == HF_OK) {
        hf_buf_append_slice(out, hf_buf_slice(&body));
        status = hf_buf_status(out);
        if (status != HF_OK)
            (void)hf_error_set(err, status, "%s", hf_status_text(status));
    }
    hf_buf_clear(&body);
    return status;
}
