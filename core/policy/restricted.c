#include "core/policy/restricted.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"
#include "core/policy/book.h"

#include <stdlib.h>

bool hf_restricted_body(struct hf_slice body, struct hf_id *out_record)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, body, HF_PACK_ELEMENTS_MAX);
    const uint32_t pairs = hf_cursor_map(&cursor, UINT32_MAX);
    const bool first = pairs >= 3 && hf_cursor_uint(&cursor) == 1;
    (void)hf_cursor_id(&cursor);
    const bool second = hf_cursor_uint(&cursor) == 2;
    const struct hf_id record = hf_cursor_id(&cursor);
    const bool third = hf_cursor_uint(&cursor) == 3;
    const uint64_t code = hf_cursor_uint(&cursor);
    if (!first || !second || !third || hf_cursor_status(&cursor) != HF_OK || code > UINT16_MAX)
        return false;
    const struct hf_record_spec *type = hf_model_type((uint16_t)code);
    if (!type || !type->restricted)
        return false;
    *out_record = record;
    return true;
}

static const struct hf_field_spec *allowed_of(uint16_t type_code)
{
    const struct hf_record_spec *type = hf_model_type(type_code);
    return type && type->restricted ? hf_model_field_named(type, hf_slice_str("allowed")) : NULL;
}

bool hf_restricted_names(const struct hf_record_state *record, const struct hf_id *person)
{
    const struct hf_field_spec *spec = allowed_of(record->type);
    const struct hf_field_state *allowed = spec ? hf_record_state_field(record, spec->code) : NULL;
    struct hf_buf packed = {0};
    bool named = hf_book_names(record, "raised_by", person);
    hf_pack_id(&packed, person);
    for (size_t i = 0; allowed && i < allowed->count && !named; i++)
        named = hf_slice_equal(allowed->entries[i].value, hf_buf_slice(&packed));
    hf_buf_clear(&packed);
    return named;
}

struct hf_restricted_turn hf_restricted_turns(struct hf_slice bytes, const struct hf_id *person)
{
    struct hf_restricted_turn turn = {0};
    struct hf_id record;
    struct hf_buf packed = {0};
    struct hf_data_body *body = hf_restricted_body(bytes, &record) ? malloc(sizeof *body) : NULL;
    struct hf_set_edit *set = body ? malloc(sizeof *set) : NULL;
    hf_pack_id(&packed, person);
    if (set && hf_data_body_decode(bytes, body, NULL) == HF_OK) {
        const struct hf_field_spec *spec = allowed_of(body->type);
        for (uint32_t i = 0; spec && i < body->edit_count; i++) {
            if (body->edits[i].field != spec->code || hf_set_edit_decode(body->edits[i].value, set) != HF_OK)
                continue;
            turn.adds = hf_set_edit_has(set->added, set->added_count, hf_buf_slice(&packed));
            turn.removes = hf_set_edit_has(set->removed, set->removed_count, hf_buf_slice(&packed));
            turn.alone = body->edit_count == 1 && body->reason.len == 0;
        }
    }
    hf_buf_clear(&packed);
    free(set);
    free(body);
    return turn;
}
