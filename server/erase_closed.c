#include "server/erase_closed.h"

#include "core/base/text.h"
#include "core/merge/merge.h"
#include "core/pack/cursor.h"

#include <stdio.h>
#include <string.h>

struct closed_search {
    char case_id[HF_ID_TEXT_BYTES];
    char device[2 * HF_SIGN_PUBLIC_BYTES + 1];
    struct hf_id newest;
    struct hf_closed *out;
    bool found;
    enum hf_status status;
};

static struct hf_slice text_of(const struct hf_record_state *state, uint16_t field)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, hf_merge_plain_value(hf_model_type(state->type), hf_record_state_field(state, field)), 1);
    return hf_cursor_text(&cursor, 0);
}

static void copy(char *out, size_t cap, struct hf_slice text)
{
    (void)snprintf(out, cap, "%.*s", (int)text.len, text.len ? (const char *)text.data : "");
}

static void take(struct closed_search *search, const struct hf_record_state *state)
{
    struct hf_closed *out = search->out;
    struct hf_cursor cursor;
    copy(out->what, sizeof out->what, text_of(state, HF_FIELD_CLOSED_WHAT));
    hf_buf_reset(&out->reason);
    hf_buf_append_slice(&out->reason, text_of(state, HF_FIELD_CLOSED_REASON));
    copy(out->on, sizeof out->on, text_of(state, HF_FIELD_CLOSED_ON));
    out->by[0] = '\0';
    hf_cursor_init(
        &cursor, hf_merge_plain_value(hf_model_type(state->type), hf_record_state_field(state, HF_FIELD_CLOSED_BY)), 1);
    const struct hf_id by = hf_cursor_id(&cursor);
    if (hf_cursor_end(&cursor) == HF_OK)
        hf_id_format(&by, out->by);
    search->found = true;
}

static bool look(void *ctx, const struct hf_record_write *row)
{
    struct closed_search *search = ctx;
    struct hf_record_state state = {0};
    if (row->type != HF_RECORD_COPY_CLOSED)
        return true;
    search->status = hf_record_state_decode(row->packed, &state);
    if (search->status == HF_OK &&
        hf_slice_equal(text_of(&state, HF_FIELD_CLOSED_CASE), hf_slice_str(search->case_id)) &&
        hf_slice_equal(text_of(&state, HF_FIELD_CLOSED_DEVICE), hf_slice_str(search->device)) &&
        (!search->found || hf_id_compare(&row->record_id, &search->newest) > 0)) {
        search->newest = row->record_id;
        take(search, &state);
    }
    hf_record_state_clear(&state);
    return search->status == HF_OK;
}

enum hf_status hf_erase_closed(struct hf_office *office, const struct hf_id *case_id,
                               const uint8_t device[HF_SIGN_PUBLIC_BYTES], struct hf_closed *out)
{
    struct closed_search search = {.out = out};
    hf_id_format(case_id, search.case_id);
    for (size_t i = 0; i < HF_SIGN_PUBLIC_BYTES; i++)
        (void)snprintf(search.device + 2 * i, 3, "%02x", device[i]);
    enum hf_status status = office->store->ops->records(office->store, &office->office_case, look, &search);
    if (status == HF_OK)
        status = search.status;
    if (status == HF_OK)
        status = hf_buf_status(&out->reason);
    return status == HF_OK && !search.found ? HF_ERR_NOT_FOUND : status;
}
