#include "core/model/body_policy.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <string.h>

#define KEYS 7

bool hf_policy_may_release(enum hf_role role)
{
    return role == HF_ROLE_OFFICE || role == HF_ROLE_ADMIN;
}

static void write_text(struct hf_buf *out, uint64_t key, struct hf_slice text)
{
    hf_pack_uint(out, key);
    hf_pack_text(out, text);
}

void hf_policy_body_encode(const struct hf_policy_body *body, struct hf_buf *out)
{
    hf_pack_map(out, KEYS);
    write_text(out, 1, body->what);
    write_text(out, 2, body->name);
    write_text(out, 3, body->version);
    hf_pack_uint(out, 4);
    hf_pack_bytes(out, hf_slice_of(body->hash, sizeof body->hash));
    hf_pack_uint(out, 5);
    hf_pack_bytes(out, body->file);
    write_text(out, 6, body->effective_from);
    write_text(out, 7, body->supersedes);
}

static void expect_key(struct hf_cursor *cursor, uint64_t key)
{
    if (hf_cursor_uint(cursor) != key)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

static struct hf_slice read_text(struct hf_cursor *cursor, uint64_t key, bool needed)
{
    expect_key(cursor, key);
    struct hf_slice text = hf_cursor_text(cursor, HF_POLICY_NAME_TEXT_MAX);
    if (needed && text.len == 0)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return text;
}

enum hf_status hf_policy_body_decode(struct hf_slice bytes, struct hf_policy_body *out)
{
    struct hf_cursor cursor;
    struct hf_policy_body body = {0};
    uint8_t hash[HF_HASH_BYTES];
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_map(&cursor, KEYS) != KEYS)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    body.what = read_text(&cursor, 1, true);
    body.name = read_text(&cursor, 2, true);
    body.version = read_text(&cursor, 3, true);
    expect_key(&cursor, 4);
    const uint8_t *said = hf_cursor_fixed(&cursor, sizeof body.hash);
    if (said)
        memcpy(body.hash, said, sizeof body.hash);
    expect_key(&cursor, 5);
    body.file = hf_cursor_bytes(&cursor, HF_POLICY_FILE_BYTES_MAX);
    body.effective_from = read_text(&cursor, 6, false);
    body.supersedes = read_text(&cursor, 7, false);
    hf_cursor_leave(&cursor);
    enum hf_status status = hf_cursor_end(&cursor);
    if (status != HF_OK)
        return status;
    hf_sha256_of(body.file.data, body.file.len, hash);
    if (memcmp(hash, body.hash, sizeof hash) != 0)
        return HF_ERR_INVALID;
    *out = body;
    return HF_OK;
}
