/* Reading commits back. They were written by this office and are sealed; they are read as strictly as anything. */
#include "core/pack/cursor.h"
#include "server/suffix_form.h"

#include <stdlib.h>
#include <string.h>

#define ELEMENTS_MAX (1u << 24)
#define ROWS_MAX     (1u << 16) /* of one kind in one commit */

struct arrays {
    struct hf_entry_row *entries;
    struct hf_record_write *records;
    struct hf_effect_write *effects;
    struct hf_device_row *devices;
    struct hf_assignment_row *assignments;
    struct hf_invitation_row *invitations;
    struct hf_buf states; /* opened states of records, which point into it */
};

struct reader {
    struct hf_cursor cursor;
    struct hf_keystore *keystore;
    struct hf_suffix_commit *commit;
    struct arrays *arrays;
};

/* Enters an array of rows and makes room for them: at least one, so that none is not taken for no memory. */
static void *rows(struct reader *reader, size_t row_bytes, size_t *out_count)
{
    *out_count = hf_cursor_array(&reader->cursor, ROWS_MAX);
    void *made = calloc(*out_count + 1, row_bytes);
    if (!made)
        hf_cursor_fail(&reader->cursor, HF_ERR_NOMEM);
    if (!made || hf_cursor_status(&reader->cursor) != HF_OK)
        *out_count = 0;
    return made;
}

static void enter(struct reader *reader, uint32_t parts)
{
    if (hf_cursor_array(&reader->cursor, parts) != parts)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
}

static void fixed(struct reader *reader, void *out, size_t len)
{
    const uint8_t *bytes = hf_cursor_fixed(&reader->cursor, len);
    if (bytes)
        memcpy(out, bytes, len);
}

static unsigned code(struct reader *reader)
{
    uint64_t value = hf_cursor_uint(&reader->cursor);
    if (value > UINT32_MAX)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    return (unsigned)(value & UINT32_MAX);
}

/* A number that stands for one of `count` words. */
static unsigned word(struct reader *reader, unsigned count)
{
    const unsigned value = code(reader);
    if (value >= count)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    return value < count ? value : 0;
}

static void take_entries(struct reader *reader)
{
    size_t count;
    struct hf_cursor *cursor = &reader->cursor;
    struct hf_entry_row *made = reader->arrays->entries = rows(reader, sizeof *made, &count);
    for (size_t i = 0; i < count; i++) {
        enter(reader, HF_SUFFIX_ENTRY_PARTS);
        made[i].index = reader->commit->batch.expected_size + i;
        made[i].change_id = hf_cursor_id(cursor);
        made[i].kind = (enum hf_leaf_kind)word(reader, HF_LEAF_KIND_COUNT);
        made[i].case_id = hf_cursor_id(cursor);
        made[i].key_id = hf_cursor_id(cursor);
        made[i].record_id = hf_cursor_id(cursor);
        made[i].hold = (enum hf_hold)word(reader, HF_HOLD_COUNT);
        made[i].waiting = hf_cursor_bool(cursor);
        made[i].leaf = hf_cursor_bytes(cursor, HF_LEAF_BYTES);
        made[i].payload = hf_cursor_bytes(cursor, 0);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
    reader->commit->batch.entries = made;
    reader->commit->batch.entry_count = count;
}

/* False: its key is gone, or it was left out. `states` was reserved for all of them: it does not move. */
static bool open_state(struct reader *reader, const struct hf_id *key_id, struct hf_slice sealed,
                       struct hf_record_write *record)
{
    struct hf_class_key key;
    uint8_t seal_key[HF_KEY_BYTES];
    struct hf_buf *states = &reader->arrays->states;
    if (sealed.len < HF_XNONCE_BYTES + HF_TAG_BYTES || !reader->keystore ||
        hf_keystore_get(reader->keystore, key_id, &key) != HF_OK)
        return false;
    const size_t len = sealed.len - HF_XNONCE_BYTES - HF_TAG_BYTES, at = states->len;
    hf_buf_append_zeros(states, len);
    hf_derive(key.key, HF_SUFFIX_STATE_CONTEXT, seal_key);
    bool fits =
        hf_buf_status(states) == HF_OK &&
        hf_unseal(seal_key, sealed.data, hf_slice_of(record->record_id.bytes, HF_ID_BYTES),
                  sealed.data + HF_XNONCE_BYTES, len, sealed.data + sealed.len - HF_TAG_BYTES, states->data + at);
    if (fits)
        record->packed = hf_slice_of(states->data + at, len);
    else
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    hf_wipe(&key, sizeof key);
    hf_wipe(seal_key, sizeof seal_key);
    return fits;
}

static void take_records(struct reader *reader)
{
    size_t count, kept = 0;
    struct hf_cursor *cursor = &reader->cursor;
    struct hf_record_write *made = reader->arrays->records = rows(reader, sizeof *made, &count);
    for (size_t i = 0; i < count; i++) {
        enter(reader, HF_SUFFIX_RECORD_PARTS);
        made[kept].record_id = hf_cursor_id(cursor);
        made[kept].case_id = hf_cursor_id(cursor);
        made[kept].type = (uint16_t)code(reader);
        made[kept].conflict_count = (uint32_t)code(reader);
        const struct hf_id key_id = hf_cursor_id(cursor);
        const struct hf_slice sealed = hf_cursor_bytes(cursor, 0);
        hf_cursor_leave(cursor);
        if (hf_cursor_status(cursor) == HF_OK && open_state(reader, &key_id, sealed, &made[kept]))
            kept++;
        else
            reader->commit->lost_records++;
    }
    hf_cursor_leave(cursor);
    reader->commit->batch.records = made;
    reader->commit->batch.record_count = kept;
}

static void take_effects(struct reader *reader)
{
    size_t count;
    struct hf_cursor *cursor = &reader->cursor;
    struct hf_effect_write *made = reader->arrays->effects = rows(reader, sizeof *made, &count);
    for (size_t i = 0; i < count; i++) {
        enter(reader, HF_SUFFIX_EFFECT_PARTS);
        made[i].change_id = hf_cursor_id(cursor);
        made[i].hold = (enum hf_hold)word(reader, HF_HOLD_COUNT);
        made[i].waiting = hf_cursor_bool(cursor);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
    reader->commit->batch.effects = made;
    reader->commit->batch.effect_count = count;
}

static void take_devices(struct reader *reader)
{
    size_t count;
    struct hf_cursor *cursor = &reader->cursor;
    struct hf_device_row *made = reader->arrays->devices = rows(reader, sizeof *made, &count);
    for (size_t i = 0; i < count; i++) {
        struct hf_device_row *row = &made[i];
        enter(reader, HF_SUFFIX_DEVICE_PARTS);
        fixed(reader, row->device, sizeof row->device);
        fixed(reader, row->channel_key, sizeof row->channel_key);
        fixed(reader, row->psk, sizeof row->psk);
        row->state = (enum hf_device_state)word(reader, HF_DEVICE_REVOKED + 1);
        row->person = hf_cursor_id(cursor);
        row->role = (enum hf_role)word(reader, HF_ROLE_SERVER + 1);
        row->invitation = hf_cursor_id(cursor);
        fixed(reader, row->handshake_hash, sizeof row->handshake_hash);
        row->enrolled_ms = hf_cursor_uint(cursor);
        row->last_seen_ms = hf_cursor_uint(cursor);
        row->incarnation = (uint32_t)code(reader);
        row->next_seq = hf_cursor_uint(cursor);
        fixed(reader, row->head, sizeof row->head);
        row->clock = hf_cursor_uint(cursor);
        fixed(reader, row->left_head, sizeof row->left_head);
        row->clock_office_ms = hf_cursor_uint(cursor);
        row->clock_device_ms = hf_cursor_uint(cursor);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
    reader->commit->batch.devices = made;
    reader->commit->batch.device_count = count;
}

static void take_assignments(struct reader *reader)
{
    size_t count;
    struct hf_cursor *cursor = &reader->cursor;
    struct hf_assignment_row *made = reader->arrays->assignments = rows(reader, sizeof *made, &count);
    for (size_t i = 0; i < count; i++) {
        enter(reader, HF_SUFFIX_ASSIGNMENT_PARTS);
        made[i].case_id = hf_cursor_id(cursor);
        made[i].person = hf_cursor_id(cursor);
        made[i].held = hf_cursor_bool(cursor);
        made[i].index = hf_cursor_uint(cursor);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
    reader->commit->batch.assignments = made;
    reader->commit->batch.assignment_count = count;
}

static void take_cases(struct reader *reader, struct hf_invitation_row *row)
{
    const struct hf_slice cases = hf_cursor_bytes(&reader->cursor, sizeof row->cases);
    if (cases.len % sizeof row->cases[0] != 0)
        hf_cursor_fail(&reader->cursor, HF_ERR_INVALID);
    else if (cases.len)
        memcpy(row->cases, cases.data, cases.len);
    row->case_count = cases.len / sizeof row->cases[0];
}

static void take_invitations(struct reader *reader)
{
    size_t count;
    struct hf_cursor *cursor = &reader->cursor;
    struct hf_invitation_row *made = reader->arrays->invitations = rows(reader, sizeof *made, &count);
    for (size_t i = 0; i < count; i++) {
        enter(reader, HF_SUFFIX_INVITATION_PARTS);
        made[i].id = hf_cursor_id(cursor);
        fixed(reader, made[i].token, sizeof made[i].token);
        made[i].person = hf_cursor_id(cursor);
        made[i].role = (enum hf_role)word(reader, HF_ROLE_SERVER + 1);
        made[i].expiry_ms = hf_cursor_uint(cursor);
        made[i].state = (enum hf_invitation_state)word(reader, HF_INVITATION_USED + 1);
        fixed(reader, made[i].used_by, sizeof made[i].used_by);
        take_cases(reader, &made[i]);
        made[i].made_by = hf_cursor_id(cursor);
        fixed(reader, made[i].made_from, sizeof made[i].made_from);
        hf_cursor_leave(cursor);
    }
    hf_cursor_leave(cursor);
    reader->commit->batch.invitations = made;
    reader->commit->batch.invitation_count = count;
}

static enum hf_status take_batch(struct reader *reader, struct hf_slice bytes, uint64_t size)
{
    struct hf_cursor *cursor = &reader->cursor;
    struct hf_suffix_commit *commit = reader->commit;
    hf_cursor_init(cursor, bytes, ELEMENTS_MAX);
    hf_buf_reserve(&reader->arrays->states, bytes.len); /* at once: states point into it */
    if (hf_buf_status(&reader->arrays->states) != HF_OK)
        return HF_ERR_NOMEM;
    enter(reader, HF_SUFFIX_PARTS);
    commit->batch.expected_size = hf_cursor_uint(cursor);
    commit->batch.now_ms = hf_cursor_uint(cursor);
    take_entries(reader);
    take_records(reader);
    take_effects(reader);
    take_devices(reader);
    take_assignments(reader);
    take_invitations(reader);
    commit->erased_case = hf_cursor_id(cursor);
    hf_cursor_leave(cursor);
    enum hf_status status = hf_cursor_end(cursor);
    if (status == HF_ERR_NOMEM)
        return status;
    return status == HF_OK && commit->batch.expected_size == size ? HF_OK : HF_ERR_CORRUPT;
}

void hf_suffix_commit_clear(struct hf_suffix_commit *commit)
{
    struct arrays *arrays = commit->arrays;
    if (arrays) {
        free(arrays->entries);
        free(arrays->records);
        free(arrays->effects);
        if (arrays->devices)
            hf_wipe(arrays->devices, commit->batch.device_count * sizeof *arrays->devices);
        free(arrays->devices);
        free(arrays->assignments);
        if (arrays->invitations)
            hf_wipe(arrays->invitations, commit->batch.invitation_count * sizeof *arrays->invitations);
        free(arrays->invitations);
        hf_buf_wipe(&arrays->states);
    }
    free(arrays);
    hf_buf_wipe(&commit->bytes);
    *commit = (struct hf_suffix_commit){.lost_records = 0};
}

static enum hf_status unseal(const struct hf_suffix *suffix, uint64_t size, const struct hf_buf *file,
                             struct hf_buf *out)
{
    const size_t head = sizeof HF_SUFFIX_HEAD - 1 + HF_XNONCE_BYTES;
    uint8_t aad[HF_SUFFIX_AAD_BYTES];
    if (file->len < head + HF_TAG_BYTES || memcmp(file->data, HF_SUFFIX_HEAD, sizeof HF_SUFFIX_HEAD - 1) != 0)
        return HF_ERR_CORRUPT;
    const size_t len = file->len - head - HF_TAG_BYTES;
    hf_suffix_aad(suffix, size, aad);
    hf_buf_append_zeros(out, len);
    if (hf_buf_status(out) != HF_OK)
        return HF_ERR_NOMEM;
    return hf_unseal(suffix->key, file->data + sizeof HF_SUFFIX_HEAD - 1, hf_slice_of(aad, sizeof aad),
                     file->data + head, len, file->data + head + len, out->data)
               ? HF_OK
               : HF_ERR_CORRUPT;
}

enum hf_status hf_suffix_decode(struct hf_keystore *keystore, uint64_t size, struct hf_buf *bytes,
                                struct hf_suffix_commit *out)
{
    struct hf_suffix_commit commit = {.lost_records = 0};
    struct reader reader = {.keystore = keystore, .commit = &commit};
    enum hf_status status = HF_ERR_NOMEM;
    if ((commit.arrays = reader.arrays = calloc(1, sizeof *reader.arrays)) != NULL)
        status = take_batch(&reader, hf_buf_slice(bytes), size);
    if (status != HF_OK) {
        hf_suffix_commit_clear(&commit);
        return status;
    }
    commit.bytes = *bytes;
    *bytes = (struct hf_buf){0};
    *out = commit;
    return HF_OK;
}

enum hf_status hf_suffix_read(struct hf_suffix *suffix, uint64_t size, struct hf_suffix_commit *out)
{
    char name[HF_WEB_PATH_BYTES];
    struct hf_buf file = {0}, bytes = {0};
    hf_suffix_name(suffix, size, name);
    enum hf_status status = hf_web_read(&suffix->web, name, HF_SUFFIX_BYTES_MAX, &file);
    if (status == HF_ERR_NOT_FOUND && suffix->aside_open)
        status = hf_web_read(&suffix->aside, name, HF_SUFFIX_BYTES_MAX, &file);
    if (status == HF_OK)
        status = unseal(suffix, size, &file, &bytes);
    if (status == HF_OK)
        status = hf_suffix_decode(suffix->keystore, size, &bytes, out);
    hf_buf_clear(&file);
    hf_buf_wipe(&bytes);
    return status;
}
