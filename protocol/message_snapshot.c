#include "protocol/message_snapshot.h"

#include "core/base/assert.h"
#include "core/log/note.h"
#include "core/pack/squeeze.h"
#include "core/pack/writer.h"

#include <string.h>

#define OVERHEAD_BYTES 1024
#define KEY_BYTES      96
#define NOTE_BYTES     (2 * HF_PROOF_HASHES_MAX * (HF_HASH_BYTES + 2) + HF_LEAF_BYTES)
#define ID_BYTES       (HF_ID_BYTES + 2)
#define DEVICE_PARTS   2
#define CASE_PARTS     5
#define KEY_PARTS      4
#define NOTE_PARTS     7
#define AT_PARTS       3

static enum hf_status valid(bool holds)
{
    return holds ? HF_OK : HF_ERR_INVALID;
}

static enum hf_status within(size_t len, size_t max)
{
    return len > max ? HF_ERR_LIMIT : HF_OK;
}

/* --- rules --- */

/* Nothing yet; a whole case; or a record in the midst of a case. */
static bool at_fits(const struct hf_snapshot_at *at)
{
    const bool record = !hf_id_is_zero(&at->record_id);
    if (hf_id_is_zero(&at->case_id))
        return at->size == 0 && !record;
    return (at->size > 0) == record;
}

enum hf_status hf_snapshot_check(const struct hf_message *message)
{
    const struct hf_msg_snapshot *asked = &message->as.snapshot;
    if (!at_fits(&asked->at) || asked->one_case == hf_id_is_zero(&asked->case_id))
        return HF_ERR_INVALID;
    return valid(!asked->one_case || hf_id_is_zero(&asked->at.case_id) ||
                 hf_id_equal(&asked->at.case_id, &asked->case_id));
}

static enum hf_status check_note(const struct hf_snapshot_note *note)
{
    if (note->leaf.len != HF_LEAF_BYTES || note->index >= note->checkpoint_size || note->body.len == 0 ||
        note->checkpoint.len == 0 || !note->consistency || !note->inclusion)
        return HF_ERR_INVALID;
    if (note->body.len > HF_BODY_BYTES_MAX || note->checkpoint.len > HF_NOTE_BYTES_MAX)
        return HF_ERR_LIMIT;
    return within(note->consistency->count > note->inclusion->count ? note->consistency->count : note->inclusion->count,
                  HF_PROOF_HASHES_MAX);
}

static bool case_fits(const struct hf_snapshot_part *part, size_t i)
{
    const struct hf_snapshot_case *run = &part->cases[i];
    if (hf_id_is_zero(&run->case_id) || run->size == 0 || run->record_count == 0)
        return false;
    if ((!run->begins && i > 0) || (!run->ends && i + 1 < part->case_count))
        return false;
    return i == 0 || hf_id_compare(&part->cases[i - 1].case_id, &run->case_id) < 0;
}

static enum hf_status check_cases(const struct hf_snapshot_part *part)
{
    size_t records = 0;
    for (size_t i = 0; i < part->case_count; i++) {
        if (!case_fits(part, i))
            return HF_ERR_INVALID;
        if (part->cases[i].record_count > part->record_count - records)
            return HF_ERR_INVALID;
        records += part->cases[i].record_count;
    }
    return valid(records == part->record_count);
}

static enum hf_status check_records(const struct hf_snapshot_part *part)
{
    size_t bytes = 0, changes = 0;
    for (size_t i = 0; i < part->record_count; i++) {
        const struct hf_snapshot_record *record = &part->records[i];
        if (record->packed.len == 0 || record->change_count == 0)
            return HF_ERR_INVALID;
        if (record->packed.len > HF_LIMIT_SNAPSHOT_BYTES || record->change_count > HF_LIMIT_SNAPSHOT_CHANGES)
            return HF_ERR_LIMIT;
        bytes += record->packed.len;
        changes += record->change_count;
        for (size_t j = 0; j < record->change_count; j++)
            if (record->changes[j].device >= part->device_count)
                return HF_ERR_INVALID;
    }
    return within(bytes, HF_LIMIT_SNAPSHOT_BYTES) == HF_OK ? within(changes, HF_LIMIT_SNAPSHOT_CHANGES) : HF_ERR_LIMIT;
}

static enum hf_status check_counts(const struct hf_snapshot_part *part)
{
    if (part->key_count > HF_LIMIT_FEED_KEYS || part->device_count > HF_LIMIT_SNAPSHOT_DEVICES ||
        part->case_count > HF_LIMIT_SNAPSHOT_CASES || part->record_count > HF_LIMIT_SNAPSHOT_RECORDS ||
        part->left_count > HF_LIMIT_SNAPSHOT_CASES)
        return HF_ERR_LIMIT;
    const bool empty =
        part->key_count + part->device_count + part->case_count + part->record_count + part->left_count == 0;
    return valid(!part->few || (empty && !part->has_note && !part->more && hf_id_is_zero(&part->next.case_id)));
}

static enum hf_status check_left(const struct hf_snapshot_part *part)
{
    for (size_t i = 0; i < part->left_count; i++)
        if (hf_id_is_zero(&part->left[i]) || (i > 0 && hf_id_compare(&part->left[i - 1], &part->left[i]) >= 0))
            return HF_ERR_INVALID;
    return HF_OK;
}

enum hf_status hf_snapshot_is_check(const struct hf_message *message)
{
    const struct hf_snapshot_part *part = &message->as.snapshot_is;
    enum hf_status status = check_counts(part);
    if (status == HF_OK && part->has_note)
        status = check_note(&part->note);
    if (status == HF_OK)
        status = check_cases(part);
    if (status == HF_OK)
        status = check_records(part);
    if (status == HF_OK)
        status = check_left(part);
    return status == HF_OK ? valid(at_fits(&part->next)) : status;
}

/* --- writing --- */

static void put_id_or_nil(struct hf_buf *out, const struct hf_id *id)
{
    if (hf_id_is_zero(id))
        hf_pack_nil(out);
    else
        hf_pack_id(out, id);
}

static void put_at(struct hf_buf *out, const struct hf_snapshot_at *at)
{
    hf_pack_array(out, AT_PARTS);
    put_id_or_nil(out, &at->case_id);
    hf_pack_uint(out, at->size);
    put_id_or_nil(out, &at->record_id);
}

void hf_snapshot_put(struct hf_buf *out, const struct hf_message *message)
{
    const struct hf_msg_snapshot *asked = &message->as.snapshot;
    put_id_or_nil(out, &asked->case_id);
    hf_pack_uint(out, asked->least);
    hf_pack_uint(out, asked->checkpoint_size);
    hf_pack_uint(out, asked->noted);
    put_at(out, &asked->at);
}

static void put_proof(struct hf_buf *out, const struct hf_proof *proof)
{
    hf_pack_array(out, (uint32_t)proof->count);
    for (size_t i = 0; i < proof->count; i++)
        hf_pack_bytes(out, hf_slice_of(proof->hash[i].bytes, HF_HASH_BYTES));
}

static void put_note(struct hf_buf *out, const struct hf_snapshot_part *part)
{
    const struct hf_snapshot_note *note = &part->note;
    if (!part->has_note) {
        hf_pack_nil(out);
        return;
    }
    hf_pack_array(out, NOTE_PARTS);
    hf_pack_uint(out, note->index);
    hf_pack_bytes(out, note->leaf);
    hf_pack_bytes(out, note->body);
    hf_pack_bytes(out, note->checkpoint);
    hf_pack_uint(out, note->checkpoint_size);
    put_proof(out, note->consistency);
    put_proof(out, note->inclusion);
}

static void put_tables(struct hf_buf *out, const struct hf_snapshot_part *part)
{
    hf_pack_array(out, (uint32_t)part->device_count);
    for (size_t i = 0; i < part->device_count; i++) {
        hf_pack_array(out, DEVICE_PARTS);
        hf_pack_bytes(out, hf_slice_of(part->devices[i].device, HF_SIGN_PUBLIC_BYTES));
        hf_pack_uint(out, part->devices[i].incarnation);
    }
    hf_pack_array(out, (uint32_t)part->case_count);
    for (size_t i = 0; i < part->case_count; i++) {
        const struct hf_snapshot_case *run = &part->cases[i];
        hf_pack_array(out, CASE_PARTS);
        hf_pack_id(out, &run->case_id);
        hf_pack_uint(out, run->size);
        hf_pack_bool(out, run->begins);
        hf_pack_bool(out, run->ends);
        hf_pack_uint(out, run->record_count);
    }
}

/* 0, -1, 1, -2 … as 0, 1, 2, 3 …: neighbours in the log take one byte. */
static uint64_t fold(uint64_t difference)
{
    return (difference << 1) ^ (difference >> 63 ? UINT64_MAX : 0);
}

static uint64_t unfold(uint64_t folded)
{
    return (folded >> 1) ^ (folded & 1 ? UINT64_MAX : 0);
}

static void put_changes(struct hf_buf *out, const struct hf_snapshot_part *part)
{
    uint64_t before = 0;
    hf_pack_array(out, (uint32_t)part->record_count);
    for (size_t i = 0; i < part->record_count; i++) {
        const struct hf_snapshot_record *record = &part->records[i];
        hf_pack_array(out, (uint32_t)record->change_count * 2);
        for (size_t j = 0; j < record->change_count; j++) {
            hf_pack_uint(out, fold(record->changes[j].index - before));
            hf_pack_uint(out, record->changes[j].device);
            before = record->changes[j].index;
        }
    }
}

static void put_batch(struct hf_buf *out, const struct hf_snapshot_part *part)
{
    struct hf_buf plain;
    hf_buf_init(&plain, HF_LIMIT_BATCH_BYTES);
    put_tables(&plain, part);
    hf_pack_array(&plain, (uint32_t)part->record_count);
    for (size_t i = 0; i < part->record_count; i++)
        hf_pack_bytes(&plain, part->records[i].packed);
    put_changes(&plain, part);
    if (hf_buf_status(&plain) == HF_OK)
        hf_squeeze(hf_buf_slice(&plain), out);
    else if (out->status == HF_OK)
        out->status = hf_buf_status(&plain);
    hf_buf_wipe(&plain);
}

static void put_keys(struct hf_buf *out, const struct hf_snapshot_part *part)
{
    hf_pack_array(out, (uint32_t)part->key_count);
    for (size_t i = 0; i < part->key_count; i++) {
        const struct hf_class_key *key = &part->keys[i];
        hf_pack_array(out, KEY_PARTS);
        hf_pack_id(out, &key->case_id);
        hf_pack_id(out, &key->key_id);
        hf_pack_uint(out, key->epoch);
        hf_pack_bytes(out, hf_slice_of(key->key, sizeof key->key));
    }
}

/* Growing would leave class keys behind in storage that nobody wipes, so the room is taken first. */
void hf_snapshot_is_put(struct hf_buf *out, const struct hf_message *message)
{
    const struct hf_snapshot_part *part = &message->as.snapshot_is;
    struct hf_buf batch = {0};
    put_batch(&batch, part);
    if (hf_buf_status(&batch) != HF_OK && out->status == HF_OK)
        out->status = hf_buf_status(&batch);
    hf_buf_reserve(out, OVERHEAD_BYTES + part->key_count * KEY_BYTES + part->left_count * ID_BYTES + batch.len +
                            (part->has_note ? NOTE_BYTES + part->note.body.len + part->note.checkpoint.len : 0));
    const size_t cap = out->cap;
    hf_pack_bool(out, part->few);
    hf_pack_uint(out, part->log_size);
    put_keys(out, part);
    put_note(out, part);
    hf_pack_bytes(out, hf_buf_slice(&batch));
    hf_pack_array(out, (uint32_t)part->left_count);
    for (size_t i = 0; i < part->left_count; i++)
        hf_pack_id(out, &part->left[i]);
    put_at(out, &part->next);
    hf_pack_bool(out, part->more);
    HF_ASSERT(out->cap == cap);
    hf_buf_wipe(&batch);
}

/* --- reading --- */

struct reader {
    struct hf_cursor *cursor;
    hf_changes_own_fn *own;
    void *ctx;
    struct hf_snapshot_part *part;
};

static void enter(struct hf_cursor *cursor, uint32_t count)
{
    if (hf_cursor_array(cursor, UINT32_MAX) != count)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

static void take_fixed(struct hf_cursor *cursor, uint8_t *out, size_t len)
{
    const uint8_t *bytes = hf_cursor_fixed(cursor, len);
    if (bytes)
        memcpy(out, bytes, len);
}

static uint32_t take_u32(struct hf_cursor *cursor)
{
    const uint64_t value = hf_cursor_uint(cursor);
    if (value > UINT32_MAX)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return (uint32_t)value;
}

static struct hf_id take_id_or_nil(struct hf_cursor *cursor)
{
    if (hf_cursor_peek(cursor) == HF_PACK_NIL) {
        hf_cursor_nil(cursor);
        return hf_id_zero();
    }
    const struct hf_id id = hf_cursor_id(cursor);
    if (hf_id_is_zero(&id)) /* a second way to say nil */
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return id;
}

static void take_at(struct hf_cursor *cursor, struct hf_snapshot_at *out)
{
    enter(cursor, AT_PARTS);
    out->case_id = take_id_or_nil(cursor);
    out->size = hf_cursor_uint(cursor);
    out->record_id = take_id_or_nil(cursor);
    hf_cursor_leave(cursor);
}

void hf_snapshot_take(struct hf_cursor *cursor, struct hf_msg_snapshot *out)
{
    out->case_id = take_id_or_nil(cursor);
    out->one_case = !hf_id_is_zero(&out->case_id);
    out->least = hf_cursor_uint(cursor);
    out->checkpoint_size = hf_cursor_uint(cursor);
    out->noted = hf_cursor_uint(cursor);
    take_at(cursor, &out->at);
}

/* Room for an array whose count the cursor has checked. */
static void *room(struct reader *reader, size_t count, size_t size)
{
    if (hf_cursor_status(reader->cursor) != HF_OK || count == 0)
        return NULL;
    void *at = reader->own(reader->ctx, count * size);
    if (!at)
        hf_cursor_fail(reader->cursor, HF_ERR_NOMEM);
    return at;
}

static void take_keys(struct reader *reader)
{
    struct hf_cursor *cursor = reader->cursor;
    const uint32_t count = hf_cursor_array(cursor, HF_LIMIT_FEED_KEYS);
    struct hf_class_key *keys = room(reader, count, sizeof *keys);
    for (uint32_t i = 0; keys && i < count; i++) {
        enter(cursor, KEY_PARTS);
        keys[i].case_id = hf_cursor_id(cursor);
        keys[i].key_id = hf_cursor_id(cursor);
        keys[i].epoch = take_u32(cursor);
        take_fixed(cursor, keys[i].key, sizeof keys[i].key);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
    reader->part->keys = keys;
    reader->part->key_count = keys ? count : 0;
}

static const struct hf_proof *take_proof(struct reader *reader)
{
    struct hf_cursor *cursor = reader->cursor;
    const uint32_t count = hf_cursor_array(cursor, HF_PROOF_HASHES_MAX);
    struct hf_proof *proof = room(reader, 1, sizeof *proof);
    for (uint32_t i = 0; proof && i < count; i++)
        take_fixed(cursor, proof->hash[i].bytes, HF_HASH_BYTES);
    if (proof)
        proof->count = count;
    hf_cursor_leave(cursor);
    return proof;
}

static void take_note(struct reader *reader)
{
    struct hf_cursor *cursor = reader->cursor;
    struct hf_snapshot_note *note = &reader->part->note;
    reader->part->has_note = hf_cursor_peek(cursor) != HF_PACK_NIL;
    if (!reader->part->has_note) {
        hf_cursor_nil(cursor);
        return;
    }
    enter(cursor, NOTE_PARTS);
    note->index = hf_cursor_uint(cursor);
    const uint8_t *leaf = hf_cursor_fixed(cursor, HF_LEAF_BYTES);
    note->leaf = hf_slice_of(leaf, leaf ? HF_LEAF_BYTES : 0);
    note->body = hf_cursor_bytes(cursor, HF_BODY_BYTES_MAX);
    note->checkpoint = hf_cursor_bytes(cursor, HF_NOTE_BYTES_MAX);
    note->checkpoint_size = hf_cursor_uint(cursor);
    note->consistency = take_proof(reader);
    note->inclusion = take_proof(reader);
    hf_cursor_leave(cursor);
}

static void take_tables(struct reader *reader)
{
    struct hf_cursor *cursor = reader->cursor;
    struct hf_snapshot_part *part = reader->part;
    uint32_t count = hf_cursor_array(cursor, HF_LIMIT_SNAPSHOT_DEVICES);
    part->devices = room(reader, count, sizeof *part->devices);
    for (uint32_t i = 0; part->devices && i < count; i++) {
        enter(cursor, DEVICE_PARTS);
        take_fixed(cursor, part->devices[i].device, HF_SIGN_PUBLIC_BYTES);
        part->devices[i].incarnation = take_u32(cursor);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
    part->device_count = part->devices ? count : 0;
    count = hf_cursor_array(cursor, HF_LIMIT_SNAPSHOT_CASES);
    part->cases = room(reader, count, sizeof *part->cases);
    for (uint32_t i = 0; part->cases && i < count; i++) {
        struct hf_snapshot_case *run = &part->cases[i];
        enter(cursor, CASE_PARTS);
        run->case_id = hf_cursor_id(cursor);
        run->size = hf_cursor_uint(cursor);
        run->begins = hf_cursor_bool(cursor);
        run->ends = hf_cursor_bool(cursor);
        run->record_count = take_u32(cursor);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
    part->case_count = part->cases ? count : 0;
}

static void take_record_changes(struct reader *reader, struct hf_snapshot_record *record, uint64_t *before)
{
    struct hf_cursor *cursor = reader->cursor;
    const uint32_t count = hf_cursor_array(cursor, HF_LIMIT_SNAPSHOT_CHANGES * 2);
    if (count % 2 != 0)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    struct hf_snapshot_change *changes = room(reader, count / 2, sizeof *changes);
    for (uint32_t i = 0; changes && i < count / 2; i++) {
        changes[i].index = *before + unfold(hf_cursor_uint(cursor));
        changes[i].device = take_u32(cursor);
        *before = changes[i].index;
    }
    hf_cursor_leave(cursor);
    record->changes = changes;
    record->change_count = changes ? count / 2 : 0;
}

static void take_records(struct reader *reader)
{
    struct hf_cursor *cursor = reader->cursor;
    struct hf_snapshot_part *part = reader->part;
    uint64_t before = 0;
    const uint32_t count = hf_cursor_array(cursor, HF_LIMIT_SNAPSHOT_RECORDS);
    part->records = room(reader, count, sizeof *part->records);
    for (uint32_t i = 0; part->records && i < count; i++)
        part->records[i].packed = hf_cursor_bytes(cursor, HF_LIMIT_SNAPSHOT_BYTES);
    hf_cursor_leave(cursor);
    enter(cursor, count);
    for (uint32_t i = 0; part->records && i < count && hf_cursor_status(cursor) == HF_OK; i++)
        take_record_changes(reader, &part->records[i], &before);
    hf_cursor_leave(cursor);
    part->record_count = part->records ? count : 0;
}

static enum hf_status take_batch(struct reader *outer, struct hf_slice batch)
{
    struct hf_cursor cursor;
    struct reader reader = *outer;
    size_t len = 0;
    enum hf_status status = hf_unsqueeze_size(batch, HF_LIMIT_BATCH_BYTES, &len);
    if (status != HF_OK)
        return status;
    uint8_t *plain = reader.own(reader.ctx, len + 1);
    if (!plain)
        return HF_ERR_NOMEM;
    status = hf_unsqueeze(batch, plain, len);
    if (status != HF_OK)
        return status;
    hf_cursor_init(&cursor, hf_slice_of(plain, len), HF_LIMIT_MESSAGE_ELEMENTS);
    reader.cursor = &cursor;
    take_tables(&reader);
    take_records(&reader);
    return hf_cursor_end(&cursor);
}

static void take_left(struct reader *reader)
{
    const uint32_t count = hf_cursor_array(reader->cursor, HF_LIMIT_SNAPSHOT_CASES);
    struct hf_id *left = room(reader, count, sizeof *left);
    for (uint32_t i = 0; left && i < count; i++)
        left[i] = hf_cursor_id(reader->cursor);
    hf_cursor_leave(reader->cursor);
    reader->part->left = left;
    reader->part->left_count = left ? count : 0;
}

void hf_snapshot_is_take(struct hf_cursor *cursor, hf_changes_own_fn *own, void *ctx, struct hf_snapshot_part *out)
{
    struct reader reader = {.cursor = cursor, .own = own, .ctx = ctx, .part = out};
    out->few = hf_cursor_bool(cursor);
    out->log_size = hf_cursor_uint(cursor);
    take_keys(&reader);
    take_note(&reader);
    const struct hf_slice batch = hf_cursor_bytes(cursor, 0);
    if (hf_cursor_status(cursor) == HF_OK) {
        const enum hf_status status = take_batch(&reader, batch);
        if (status != HF_OK)
            hf_cursor_fail(cursor, status);
    }
    take_left(&reader);
    take_at(cursor, &out->next);
    out->more = hf_cursor_bool(cursor);
}
