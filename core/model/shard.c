#include "core/model/shard.h"

#include "core/base/assert.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <string.h>

#define PAIRS 6

void hf_shard_encode(const struct hf_shard *shard, struct hf_buf *out)
{
    hf_pack_map(out, PAIRS);
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
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_map(&cursor, PAIRS) != PAIRS)
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
