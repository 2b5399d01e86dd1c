#include "core/merge/state.h"

#include "core/base/assert.h"
#include "core/crypto/crypto.h"
#include "core/merge/standing.h"
#include "core/model/value.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <stdlib.h>
#include <string.h>

#define STATE_PARTS      4
#define FIELD_PARTS      2
#define ENTRY_PARTS      3 /* change, clock, value … */
#define AGAIN_PARTS      2 /* … or how many changes back it stands, and value: most fields come from few changes */
#define RECENT_MAX       16
#define PACKED_ID_BYTES  (2 + HF_ID_BYTES)
#define FIELDS_MAX       999 /* field codes run from 1 to 999 */
#define HEAD_BYTES_SMALL 1   /* of an array of at most 15 */

/* --- arena ------------------------------------------------------------------------------------------------------- */

struct hf_value_block *hf_value_block_new(size_t cap)
{
    struct hf_value_block *block = malloc(sizeof *block + cap);
    if (block)
        *block = (struct hf_value_block){.next = NULL, .used = 0, .cap = cap};
    return block;
}

void hf_value_blocks_free(struct hf_value_block *first)
{
    while (first) {
        struct hf_value_block *next = first->next;
        hf_wipe(first->bytes, first->used); /* a lock leaves no words in memory */
        free(first);
        first = next;
    }
}

struct hf_slice hf_value_block_copy(struct hf_value_block *block, struct hf_slice value)
{
    HF_ASSERT(value.len <= block->cap - block->used);
    uint8_t *at = block->bytes + block->used;
    memcpy(at, value.data, value.len);
    block->used += value.len;
    return hf_slice_of(at, value.len);
}

/* --- state ------------------------------------------------------------------------------------------------------- */

void hf_record_state_clear(struct hf_record_state *state)
{
    for (size_t i = 0; i < state->field_count; i++)
        free(state->fields[i].entries);
    free(state->fields);
    hf_value_blocks_free(state->arena);
    memset(state, 0, sizeof *state);
}

const struct hf_field_state *hf_record_state_field(const struct hf_record_state *state, uint16_t field)
{
    for (size_t i = 0; i < state->field_count; i++)
        if (state->fields[i].field == field)
            return &state->fields[i];
    return NULL;
}

int hf_entry_compare(const struct hf_entry *a, const struct hf_entry *b)
{
    int order = hf_id_compare(&a->change, &b->change);
    return order != 0 ? order : hf_slice_compare(a->value, b->value);
}

bool hf_kind_is_single(enum hf_field_kind kind)
{
    return kind != HF_KIND_SET && kind != HF_KIND_APPEND;
}

/* --- packed form ---------------------------------------------------------------------------------------------------
 */

static size_t uint_bytes(uint64_t value)
{
    if (value < 128)
        return 1;
    if (value <= UINT8_MAX)
        return 2;
    if (value <= UINT16_MAX)
        return 3;
    return value <= UINT32_MAX ? 5 : 9;
}

static size_t array_bytes(size_t count)
{
    if (count < 16)
        return 1;
    return count <= UINT16_MAX ? 3 : 5;
}

size_t hf_state_packed_bytes(uint16_t type, const struct hf_field_state *fields, size_t count)
{
    size_t bytes = HEAD_BYTES_SMALL + PACKED_ID_BYTES + PACKED_ID_BYTES + uint_bytes(type) + array_bytes(count);
    for (size_t i = 0; i < count; i++) {
        const struct hf_field_state *field = &fields[i];
        bytes += HEAD_BYTES_SMALL + uint_bytes(field->field) + array_bytes(field->count);
        for (size_t j = 0; j < field->count; j++)
            bytes +=
                HEAD_BYTES_SMALL + PACKED_ID_BYTES + uint_bytes(field->entries[j].clock) + field->entries[j].value.len;
    }
    return bytes;
}

size_t hf_state_value_bytes(const struct hf_field_state *fields, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < fields[i].count; j++)
            bytes += fields[i].entries[j].value.len;
    return bytes;
}

/* The changes that were written out last. */
struct recent {
    size_t count; /* ever */
    struct {
        struct hf_id change;
        hf_clock clock;
    } at[RECENT_MAX];
};

/* How many changes back this one stands; RECENT_MAX: not there. */
static size_t recent_find(const struct recent *recent, const struct hf_id *change, hf_clock clock)
{
    const size_t kept = recent->count < RECENT_MAX ? recent->count : RECENT_MAX;
    for (size_t back = 0; back < kept; back++) {
        const size_t i = (recent->count - 1 - back) % RECENT_MAX;
        if (recent->at[i].clock == clock && hf_id_equal(&recent->at[i].change, change))
            return back;
    }
    return RECENT_MAX;
}

static void recent_add(struct recent *recent, const struct hf_id *change, hf_clock clock)
{
    const size_t i = recent->count++ % RECENT_MAX;
    recent->at[i].change = *change;
    recent->at[i].clock = clock;
}

static void encode_entry(struct recent *recent, const struct hf_entry *entry, struct hf_buf *out)
{
    const size_t back = recent_find(recent, &entry->change, entry->clock);
    if (back < RECENT_MAX) {
        hf_pack_array(out, AGAIN_PARTS);
        hf_pack_uint(out, back);
    } else {
        hf_pack_array(out, ENTRY_PARTS);
        hf_pack_id(out, &entry->change);
        hf_pack_uint(out, entry->clock);
        recent_add(recent, &entry->change, entry->clock);
    }
    hf_buf_append_slice(out, entry->value);
}

void hf_record_state_encode(const struct hf_record_state *state, struct hf_buf *out)
{
    struct recent recent = {.count = 0};
    HF_ASSERT(state->type != 0);
    hf_pack_array(out, STATE_PARTS);
    hf_pack_id(out, &state->case_id);
    hf_pack_id(out, &state->record_id);
    hf_pack_uint(out, state->type);
    hf_pack_array(out, (uint32_t)state->field_count);
    for (size_t i = 0; i < state->field_count; i++) {
        const struct hf_field_state *field = &state->fields[i];
        hf_pack_array(out, FIELD_PARTS);
        hf_pack_uint(out, field->field);
        hf_pack_array(out, (uint32_t)field->count);
        for (size_t j = 0; j < field->count; j++)
            encode_entry(&recent, &field->entries[j], out);
    }
}

/* Reading: `failed` holds what the cursor cannot say. */
struct reader {
    struct hf_cursor cursor;
    struct hf_record_state state;
    const struct hf_record_spec *type;
    struct recent recent;
    enum hf_status failed;
};

static bool reading(const struct reader *reader)
{
    return reader->failed == HF_OK && hf_cursor_status(&reader->cursor) == HF_OK;
}

static void stop(struct reader *reader, enum hf_status status)
{
    if (reading(reader))
        reader->failed = status;
}

static void expect_array(struct reader *reader, uint32_t count)
{
    if (hf_cursor_array(&reader->cursor, count) != count)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
}

/* Entries stand in order, each once; a change gives a field of a single value one entry at most. */
static bool in_order(const struct hf_field_spec *spec, const struct hf_entry *before, const struct hf_entry *entry)
{
    if (spec->kind == HF_KIND_SET)
        return hf_entry_compare(before, entry) < 0;
    return hf_id_compare(&before->change, &entry->change) < 0;
}

static void read_change(struct reader *reader, struct hf_entry *entry)
{
    entry->change = hf_cursor_id(&reader->cursor);
    entry->clock = hf_cursor_uint(&reader->cursor);
    if (recent_find(&reader->recent, &entry->change, entry->clock) < RECENT_MAX)
        stop(reader, HF_ERR_CORRUPT); /* one form only */
    recent_add(&reader->recent, &entry->change, entry->clock);
}

static void read_again(struct reader *reader, struct hf_entry *entry)
{
    const struct recent *recent = &reader->recent;
    const uint64_t back = hf_cursor_uint(&reader->cursor);
    if (back >= RECENT_MAX || back >= recent->count) {
        stop(reader, HF_ERR_CORRUPT);
        return;
    }
    const size_t i = (recent->count - 1 - (size_t)back) % RECENT_MAX;
    entry->change = recent->at[i].change;
    entry->clock = recent->at[i].clock;
}

static void read_entry(struct reader *reader, const struct hf_field_spec *spec, struct hf_field_state *field)
{
    struct hf_entry *entry = &field->entries[field->count];
    const uint32_t parts = hf_cursor_array(&reader->cursor, ENTRY_PARTS);
    if (parts == ENTRY_PARTS)
        read_change(reader, entry);
    else if (parts == AGAIN_PARTS)
        read_again(reader, entry);
    else
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    entry->value = hf_cursor_skip(&reader->cursor);
    hf_cursor_leave(&reader->cursor);
    if (!reading(reader))
        return;
    if (hf_id_is_zero(&entry->change) || (field->count > 0 && !in_order(spec, entry - 1, entry)) ||
        hf_value_check(reader->type, spec, entry->value, NULL) != HF_OK)
        stop(reader, HF_ERR_CORRUPT);
    field->count++;
}

static void read_entries(struct reader *reader, const struct hf_field_spec *spec, struct hf_field_state *field)
{
    uint32_t count = hf_cursor_array(&reader->cursor, HF_FIELD_ENTRIES_MAX);
    if (count == 0) { /* a field without entries is absent */
        stop(reader, HF_ERR_CORRUPT);
        return;
    }
    field->entries = calloc(count, sizeof *field->entries);
    field->cap = count;
    if (!field->entries)
        stop(reader, HF_ERR_NOMEM);
    for (uint32_t i = 0; i < count && reading(reader); i++)
        read_entry(reader, spec, field);
    if (reading(reader))
        hf_cursor_leave(&reader->cursor);
}

static void read_field(struct reader *reader)
{
    struct hf_field_state *field = &reader->state.fields[reader->state.field_count];
    uint16_t last = reader->state.field_count > 0 ? field[-1].field : 0;
    expect_array(reader, FIELD_PARTS);
    uint64_t code = hf_cursor_uint(&reader->cursor);
    if (code <= last || code > FIELDS_MAX) {
        stop(reader, HF_ERR_CORRUPT);
        return;
    }
    const struct hf_field_spec *spec = hf_model_field(reader->type, (uint16_t)code);
    if (!spec) {
        stop(reader, HF_ERR_UNSUPPORTED);
        return;
    }
    field->field = (uint16_t)code;
    reader->state.field_count++; /* from here on hf_record_state_clear frees its entries */
    read_entries(reader, spec, field);
    if (reading(reader))
        hf_cursor_leave(&reader->cursor);
}

static void read_fields(struct reader *reader)
{
    uint32_t count = hf_cursor_array(&reader->cursor, FIELDS_MAX);
    if (!reading(reader))
        return;
    reader->state.fields = calloc(count ? count : 1, sizeof *reader->state.fields);
    if (!reader->state.fields)
        stop(reader, HF_ERR_NOMEM);
    for (uint32_t i = 0; i < count && reading(reader); i++)
        read_field(reader);
    if (reading(reader))
        hf_cursor_leave(&reader->cursor);
}

static void read_state(struct reader *reader)
{
    expect_array(reader, STATE_PARTS);
    reader->state.case_id = hf_cursor_id(&reader->cursor);
    reader->state.record_id = hf_cursor_id(&reader->cursor);
    uint64_t type = hf_cursor_uint(&reader->cursor);
    if (hf_id_is_zero(&reader->state.case_id) || hf_id_is_zero(&reader->state.record_id) || type == 0 ||
        type > UINT16_MAX)
        stop(reader, HF_ERR_CORRUPT);
    reader->state.type = (uint16_t)type;
    reader->type = hf_model_type(reader->state.type);
    if (!reader->type)
        stop(reader, HF_ERR_UNSUPPORTED);
    if (reading(reader))
        read_fields(reader);
    if (reading(reader))
        hf_cursor_leave(&reader->cursor);
}

static enum hf_status verdict(const struct reader *reader)
{
    if (reader->failed != HF_OK)
        return reader->failed;
    enum hf_status status = hf_cursor_end(&reader->cursor);
    return status == HF_ERR_INVALID ? HF_ERR_CORRUPT : status;
}

enum hf_status hf_record_state_decode(struct hf_slice packed, struct hf_record_state *out)
{
    struct reader reader = {0};
    if (packed.len > HF_STATE_BYTES_MAX)
        return HF_ERR_LIMIT;
    if (packed.len == 0)
        return HF_ERR_CORRUPT;
    reader.state.arena = hf_value_block_new(packed.len);
    if (!reader.state.arena)
        return HF_ERR_NOMEM;
    hf_cursor_init(&reader.cursor, hf_value_block_copy(reader.state.arena, packed), HF_PACK_ELEMENTS_MAX);
    read_state(&reader);
    enum hf_status status = verdict(&reader);
    if (status == HF_OK) {
        *out = reader.state;
        hf_standing_compute(out);
    } else {
        hf_record_state_clear(&reader.state);
    }
    return status;
}
