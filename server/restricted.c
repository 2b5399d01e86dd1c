#include "server/restricted.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"
#include "core/policy/book.h"

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

static bool is_named(const struct hf_record_state *record, const struct hf_id *person)
{
    const struct hf_record_spec *type = hf_model_type(record->type);
    const struct hf_field_spec *spec = type ? hf_model_field_named(type, hf_slice_str("allowed")) : NULL;
    const struct hf_field_state *allowed = spec ? hf_record_state_field(record, spec->code) : NULL;
    struct hf_buf packed = {0};
    bool named = hf_book_names(record, "raised_by", person);
    hf_pack_id(&packed, person);
    for (size_t i = 0; allowed && i < allowed->count && !named; i++)
        named = hf_slice_equal(allowed->entries[i].value, hf_buf_slice(&packed));
    hf_buf_clear(&packed);
    return named;
}

enum hf_status hf_restricted_may_read(struct hf_office *office, const struct hf_id *person, const struct hf_id *record,
                                      bool *out)
{
    struct hf_buf packed = {0};
    struct hf_record_state state = {0};
    enum hf_status status = office->store->ops->record(office->store, record, &packed);
    if (status == HF_OK)
        status = hf_record_state_decode(hf_buf_slice(&packed), &state);
    if (status == HF_OK)
        *out = is_named(&state, person);
    else if (status == HF_ERR_NOT_FOUND) {
        *out = false;
        status = HF_OK;
    }
    hf_record_state_clear(&state);
    hf_buf_wipe(&packed);
    return status;
}
