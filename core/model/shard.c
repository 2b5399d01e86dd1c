#include "core/model/shard.h"

#include "core/base/assert.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <string.h>

#define PAIRS      6 /* without the certificates that were lost */
#define LOST_PARTS 9

/* --- the certificates that were lost -------------------------------------------------------------------------------
 */

static void put_fixed(struct hf_buf *out, const uint8_t *bytes, size_t len)
{
    hf_pack_bytes(out, hf_slice_of(bytes, len));
}

void hf_shard_lost_encode(const struct hf_shard_lost_list *list, struct hf_buf *out)
{
    hf_pack_array(out, (uint32_t)list->count);
    for (size_t i = 0; i < list->count; i++) {
        const struct hf_shard_lost *lost = &list->at[i];
        hf_pack_array(out, LOST_PARTS);
        hf_pack_uint(out, lost->serial);
        hf_pack_uint(out, lost->at);
        hf_pack_uint(out, lost->old_until_ms);
        put_fixed(out, lost->device, sizeof lost->device);
        put_fixed(out, lost->log, sizeof lost->log);
        put_fixed(out, lost->channel, sizeof lost->channel);
        put_fixed(out, lost->key_store, sizeof lost->key_store);
        put_fixed(out, lost->authority_signature, sizeof lost->authority_signature);
        hf_pack_bytes(out, lost->shard);
    }
}

static void take_fixed(struct hf_cursor *cursor, uint8_t *out, size_t len)
{
    const uint8_t *bytes = hf_cursor_fixed(cursor, len);
    if (bytes)
        memcpy(out, bytes, len);
}

static void take_lost(struct hf_cursor *cursor, struct hf_shard_lost *out)
{
    if (hf_cursor_array(cursor, LOST_PARTS) != LOST_PARTS)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    out->serial = hf_cursor_uint(cursor);
    out->at = hf_cursor_uint(cursor);
    out->old_until_ms = hf_cursor_uint(cursor);
    take_fixed(cursor, out->device, sizeof out->device);
    take_fixed(cursor, out->log, sizeof out->log);
    take_fixed(cursor, out->channel, sizeof out->channel);
    take_fixed(cursor, out->key_store, sizeof out->key_store);
    take_fixed(cursor, out->authority_signature, sizeof out->authority_signature);
    out->shard = hf_cursor_bytes(cursor, HF_SHARD_BYTES_MAX);
    hf_cursor_leave(cursor);
}

enum hf_status hf_shard_lost_decode(struct hf_slice bytes, struct hf_shard_lost_list *out)
{
    struct hf_cursor cursor;
    out->count = 0;
    if (bytes.len == 0)
        return HF_OK;
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    const size_t count = hf_cursor_array(&cursor, HF_SHARD_LOST_MAX);
    if (count == 0)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    for (size_t i = 0; i < count && hf_cursor_status(&cursor) == HF_OK; i++) {
        take_lost(&cursor, &out->at[i]);
        if (i > 0 && (out->at[i].serial <= out->at[i - 1].serial || out->at[i].at <= out->at[i - 1].at))
            hf_cursor_fail(&cursor, HF_ERR_INVALID);
    }
    hf_cursor_leave(&cursor);
    const enum hf_status status = hf_cursor_end(&cursor);
    if (status == HF_OK)
        out->count = count;
    return status;
}

/* --- the shard -----------------------------------------------------------------------------------------------------
 */

void hf_shard_encode(const struct hf_shard *shard, struct hf_buf *out)
{
    hf_pack_map(out, PAIRS + (shard->lost.len > 0));
    hf_pack_uint(out, 1);
    hf_pack_uint(out, shard->number);
    hf_pack_uint(out, 2);
    hf_pack_text(out, shard->name);
    hf_pack_uint(out, 3);
    hf_pack_uint(out, shard->size);
    hf_pack_uint(out, 4);
    hf_pack_bytes(out, hf_slice_of(shard->root, sizeof shard->root));
    hf_pack_uint(out, 5);
    hf_pack_bytes(out, shard->note);
    hf_pack_uint(out, 6);
    hf_pack_text(out, shard->reason);
    if (shard->lost.len > 0) {
        hf_pack_uint(out, 7);
        hf_pack_bytes(out, shard->lost);
    }
}

static void expect_key(struct hf_cursor *cursor, uint64_t key)
{
    if (hf_cursor_uint(cursor) != key)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

enum hf_status hf_shard_decode(struct hf_slice bytes, struct hf_shard *out)
{
    struct hf_cursor cursor;
    struct hf_shard shard = {0};
    struct hf_shard_lost_list list;
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    const uint32_t pairs = hf_cursor_map(&cursor, PAIRS + 1);
    if (pairs < PAIRS)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    expect_key(&cursor, 1);
    shard.number = hf_cursor_uint(&cursor);
    expect_key(&cursor, 2);
    shard.name = hf_cursor_text(&cursor, HF_LOG_NAME_BYTES_MAX);
    expect_key(&cursor, 3);
    shard.size = hf_cursor_uint(&cursor);
    expect_key(&cursor, 4);
    const uint8_t *root = hf_cursor_fixed(&cursor, sizeof shard.root);
    if (root)
        memcpy(shard.root, root, sizeof shard.root);
    expect_key(&cursor, 5);
    shard.note = hf_cursor_bytes(&cursor, HF_SHARD_NOTE_BYTES_MAX);
    expect_key(&cursor, 6);
    shard.reason = hf_cursor_text(&cursor, HF_SHARD_REASON_BYTES_MAX);
    if (pairs > PAIRS) {
        expect_key(&cursor, 7);
        shard.lost = hf_cursor_bytes(&cursor, HF_SHARD_BYTES_MAX);
        if (shard.lost.len == 0 || hf_shard_lost_decode(shard.lost, &list) != HF_OK)
            hf_cursor_fail(&cursor, HF_ERR_INVALID);
    }
    hf_cursor_leave(&cursor);
    enum hf_status status = hf_cursor_end(&cursor);
    if (status == HF_OK && (shard.number == 0 || shard.number > HF_SHARDS_MAX || shard.name.len == 0 ||
                            shard.size == 0 || shard.note.len == 0 || shard.reason.len == 0))
        status = HF_ERR_INVALID;
    if (status == HF_OK)
        *out = shard;
    return status;
}

enum hf_status hf_log_names_add(struct hf_log_names *names, struct hf_slice name)
{
    uint8_t id[HF_HASH_BYTES];
    if (names->count > HF_SHARDS_MAX || name.len > HF_LOG_NAME_BYTES_MAX)
        return HF_ERR_LIMIT;
    hf_sha256_of(name.data, name.len, id);
    if (hf_log_names_find(names, id) < names->count)
        return HF_ERR_EXISTS;
    struct hf_log_name *at = &names->at[names->count++];
    if (name.len)
        memcpy(at->name, name.data, name.len);
    at->name[name.len] = '\0';
    memcpy(at->id, id, sizeof at->id);
    return HF_OK;
}

size_t hf_log_names_find(const struct hf_log_names *names, const uint8_t log_id[HF_HASH_BYTES])
{
    for (size_t i = names->count; i-- > 0;)
        if (memcmp(names->at[i].id, log_id, HF_HASH_BYTES) == 0)
            return i;
    return names->count;
}

const struct hf_log_name *hf_log_names_last(const struct hf_log_names *names)
{
    HF_ASSERT(names->count > 0);
    return &names->at[names->count - 1];
}
