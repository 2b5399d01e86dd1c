#include "core/model/act.h"

#include "core/model/value.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <stdlib.h>
#include <string.h>

#define PARTS           2
#define PACKED_ID_BYTES (2 + HF_ID_BYTES)
#define ELEMENTS_MAX    (HF_ACT_IDS_MAX + 4)
#define ARRAY_FIX       0x90 /* the only forms in which msgpack may say how many */
#define ARRAY_FIX_MAX   0x0f
#define ARRAY_16        0xdc

static bool is_act_of(const struct hf_field_spec *field, uint64_t act)
{
    return act >= 1 && act <= (field->code == HF_FIELD_FINAL ? HF_ACT_DECLINE : HF_ACT_RESTORE);
}

/* What restores names nothing; an answer names what it answers. */
static bool count_fits(const struct hf_field_spec *field, const struct hf_act_value *act)
{
    if (field->code == HF_FIELD_DELETED && act->act == HF_ACT_RESTORE)
        return act->count == 0;
    if (field->code == HF_FIELD_FINAL && act->act != HF_ACT_FINALISE)
        return act->count > 0;
    return true;
}

static void read_ids(struct hf_cursor *cursor, struct hf_act_value *out)
{
    struct hf_id last = hf_id_zero();
    out->count = hf_cursor_array(cursor, HF_ACT_IDS_MAX);
    out->ids_encoded = cursor->at;
    for (uint32_t i = 0; i < out->count && hf_cursor_status(cursor) == HF_OK; i++) {
        struct hf_id id = hf_cursor_id(cursor);
        if (hf_id_compare(&id, &last) <= 0) /* also refuses zero */
            hf_cursor_fail(cursor, HF_ERR_INVALID);
        last = id;
    }
    hf_cursor_leave(cursor);
}

enum hf_status hf_act_decode(const struct hf_field_spec *field, struct hf_slice value, struct hf_act_value *out)
{
    struct hf_cursor cursor;
    struct hf_act_value act = {0};
    hf_cursor_init(&cursor, value, ELEMENTS_MAX);
    if (hf_cursor_array(&cursor, PARTS) != PARTS)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    uint64_t code = hf_cursor_uint(&cursor);
    read_ids(&cursor, &act);
    hf_cursor_leave(&cursor);
    enum hf_status status = hf_cursor_end(&cursor);
    if (status != HF_OK)
        return status;
    if (!is_act_of(field, code))
        return HF_ERR_INVALID;
    act.act = (enum hf_act)code;
    if (!count_fits(field, &act))
        return HF_ERR_INVALID;
    *out = act;
    return HF_OK;
}

/* Not by the cursor: merge asks this of every act for every entry of a record that is final. */
struct hf_act_value hf_act_read(struct hf_slice checked)
{
    const uint8_t *at = checked.data;
    struct hf_act_value act = {.act = HF_ACT_NONE};
    if (checked.len < 3 || at[0] != (ARRAY_FIX | PARTS) || at[1] > HF_ACT_DECLINE)
        return act;
    const size_t head = at[2] == ARRAY_16 ? 5 : 3;
    if (checked.len < head || (head == 3 && (at[2] & ~ARRAY_FIX_MAX) != ARRAY_FIX))
        return act;
    const size_t count = head == 5 ? (size_t)at[3] << 8 | at[4] : at[2] & ARRAY_FIX_MAX;
    if (checked.len != head + count * PACKED_ID_BYTES)
        return act;
    return (struct hf_act_value){
        .act = (enum hf_act)at[1], .count = (uint32_t)count, .ids_encoded = checked.data + head};
}

struct hf_id hf_act_id(const struct hf_act_value *act, uint32_t index)
{
    return hf_id_from_bytes(act->ids_encoded + (size_t)index * PACKED_ID_BYTES + 2);
}

bool hf_act_names(const struct hf_act_value *act, const struct hf_id *change)
{
    uint32_t low = 0;
    uint32_t high = act->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(act->ids_encoded + (size_t)middle * PACKED_ID_BYTES + 2, change->bytes, HF_ID_BYTES);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static int by_id(const void *a, const void *b)
{
    return hf_id_compare(a, b);
}

void hf_act_encode(enum hf_act act, struct hf_id *ids, size_t count, struct hf_buf *out)
{
    size_t distinct = 0;
    if (count > 0)
        qsort(ids, count, sizeof *ids, by_id);
    for (size_t i = 0; i < count; i++)
        if (distinct == 0 || !hf_id_equal(&ids[i], &ids[distinct - 1]))
            ids[distinct++] = ids[i];
    hf_pack_array(out, PARTS);
    hf_pack_uint(out, (uint64_t)act);
    hf_pack_array(out, (uint32_t)distinct);
    for (size_t i = 0; i < distinct; i++)
        hf_pack_id(out, &ids[i]);
}

enum hf_status hf_taken_out_decode(const struct hf_record_spec *type, struct hf_slice value, struct hf_taken_out *out)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, value, ELEMENTS_MAX);
    if (hf_cursor_array(&cursor, PARTS) != PARTS)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    uint64_t code = hf_cursor_uint(&cursor);
    struct hf_slice element = hf_cursor_skip(&cursor);
    hf_cursor_leave(&cursor);
    enum hf_status status = hf_cursor_end(&cursor);
    if (status != HF_OK)
        return status;
    const struct hf_field_spec *field =
        code < HF_FIELD_DELETED ? hf_model_field(type, (uint16_t)code) : NULL; /* its own fields only */
    if (!field || field->kind != HF_KIND_SET)
        return HF_ERR_INVALID;
    status = hf_value_check(type, field, element, NULL);
    if (status == HF_OK)
        *out = (struct hf_taken_out){.field = (uint16_t)code, .element = element};
    return status;
}

void hf_taken_out_encode(const struct hf_taken_out *taken, struct hf_buf *out)
{
    hf_pack_array(out, PARTS);
    hf_pack_uint(out, taken->field);
    hf_buf_append_slice(out, taken->element);
}
