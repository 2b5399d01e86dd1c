#include "core/base/assert.h"
#include "core/model/body.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <string.h>

#define NOTE_KEYS_MAX 16

static const char *const role_names[] = {
    [HF_ROLE_WORKER] = "worker",   [HF_ROLE_MANAGER] = "manager", [HF_ROLE_OFFICE] = "office",
    [HF_ROLE_AUDITOR] = "auditor", [HF_ROLE_ADMIN] = "admin",     [HF_ROLE_SERVER] = "server"};

const char *hf_role_name(enum hf_role role)
{
    return role >= HF_ROLE_WORKER && role <= HF_ROLE_SERVER ? role_names[role] : "unknown";
}

enum hf_status hf_role_parse(struct hf_slice name, enum hf_role *out)
{
    for (unsigned role = HF_ROLE_WORKER; role <= HF_ROLE_ADMIN; role++) {
        if (hf_slice_equal(hf_slice_str(role_names[role]), name)) {
            *out = (enum hf_role)role;
            return HF_OK;
        }
    }
    return HF_ERR_INVALID;
}

/* --- reading and writing maps whose keys are 1, 2, 3 … ---------------------------------------------------------- */

/* One of two sizes; the one that it is. */
static uint32_t begin_either_map(struct hf_cursor *cursor, struct hf_slice bytes, uint32_t few, uint32_t many)
{
    hf_cursor_init(cursor, bytes, HF_PACK_ELEMENTS_MAX);
    const uint32_t pairs = (uint32_t)hf_cursor_map(cursor, many);
    if (pairs != few && pairs != many)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return pairs;
}

static void begin_map(struct hf_cursor *cursor, struct hf_slice bytes, uint32_t pairs)
{
    hf_cursor_init(cursor, bytes, HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_map(cursor, pairs) != pairs)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

static void expect_key(struct hf_cursor *cursor, uint64_t key)
{
    if (hf_cursor_uint(cursor) != key)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

static void read_fixed(struct hf_cursor *cursor, uint64_t key, uint8_t *out, size_t len)
{
    expect_key(cursor, key);
    const uint8_t *bytes = hf_cursor_fixed(cursor, len);
    if (bytes)
        memcpy(out, bytes, len);
}

static struct hf_id read_id(struct hf_cursor *cursor, uint64_t key)
{
    expect_key(cursor, key);
    return hf_cursor_id(cursor);
}

static struct hf_slice read_code(struct hf_cursor *cursor, uint64_t key, size_t bytes_max)
{
    expect_key(cursor, key);
    struct hf_slice text = hf_cursor_text(cursor, bytes_max);
    if (text.len == 0)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return text;
}

static uint32_t read_u32(struct hf_cursor *cursor, uint64_t key)
{
    expect_key(cursor, key);
    uint64_t value = hf_cursor_uint(cursor);
    if (value > UINT32_MAX)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return (uint32_t)value;
}

static bool read_bool(struct hf_cursor *cursor, uint64_t key)
{
    expect_key(cursor, key);
    return hf_cursor_bool(cursor);
}

static enum hf_status end_map(struct hf_cursor *cursor)
{
    hf_cursor_leave(cursor);
    return hf_cursor_end(cursor);
}

static void write_bytes(struct hf_buf *out, uint64_t key, const uint8_t *bytes, size_t len)
{
    hf_pack_uint(out, key);
    hf_pack_bytes(out, hf_slice_of(bytes, len));
}

static void write_id(struct hf_buf *out, uint64_t key, const struct hf_id *id)
{
    hf_pack_uint(out, key);
    hf_pack_id(out, id);
}

static void write_uint(struct hf_buf *out, uint64_t key, uint64_t value)
{
    hf_pack_uint(out, key);
    hf_pack_uint(out, value);
}

static void write_text(struct hf_buf *out, uint64_t key, struct hf_slice text)
{
    hf_pack_uint(out, key);
    hf_pack_text(out, text);
}

static void write_bool(struct hf_buf *out, uint64_t key, bool value)
{
    hf_pack_uint(out, key);
    hf_pack_bool(out, value);
}

/* --- new case or key epoch -----------------------------------------------------------------------------------------
 */

void hf_case_body_encode(const struct hf_case_body *body, struct hf_buf *out)
{
    hf_pack_map(out, 5);
    write_id(out, 1, &body->case_id);
    write_id(out, 2, &body->key_id);
    write_uint(out, 3, body->epoch);
    write_text(out, 4, body->retention_class);
    write_bytes(out, 5, body->sealed_key, sizeof body->sealed_key);
}

enum hf_status hf_case_body_decode(struct hf_slice bytes, struct hf_case_body *out)
{
    struct hf_cursor cursor;
    struct hf_case_body body = {0};
    begin_map(&cursor, bytes, 5);
    body.case_id = read_id(&cursor, 1);
    body.key_id = read_id(&cursor, 2);
    body.epoch = read_u32(&cursor, 3);
    body.retention_class = read_code(&cursor, 4, HF_BODY_CODE_BYTES_MAX);
    read_fixed(&cursor, 5, body.sealed_key, sizeof body.sealed_key);
    enum hf_status status = end_map(&cursor);
    if (status == HF_OK && (hf_id_is_zero(&body.case_id) || hf_id_is_zero(&body.key_id)))
        status = HF_ERR_INVALID;
    if (status == HF_OK)
        *out = body;
    return status;
}

/* --- enrol
 * ------------------------------------------------------------------------------------------------------------ */

#define ENROL_KEYS         6
#define ENROL_KEYS_INVITED 9

void hf_enrol_body_encode(const struct hf_enrol_body *body, struct hf_buf *out)
{
    hf_pack_map(out, body->says_inviter ? ENROL_KEYS_INVITED : ENROL_KEYS);
    write_bytes(out, 1, body->device, sizeof body->device);
    write_bytes(out, 2, body->channel_key, sizeof body->channel_key);
    write_uint(out, 3, body->incarnation);
    write_id(out, 4, &body->person);
    write_uint(out, 5, (uint64_t)body->role);
    write_id(out, 6, &body->invitation);
    if (!body->says_inviter)
        return;
    write_id(out, 7, &body->invited_by);
    write_bytes(out, 8, body->invited_from, sizeof body->invited_from);
    write_uint(out, 9, body->invited_ms);
}

enum hf_status hf_enrol_body_decode(struct hf_slice bytes, struct hf_enrol_body *out)
{
    struct hf_cursor cursor;
    struct hf_enrol_body body = {0};
    const uint32_t pairs = begin_either_map(&cursor, bytes, ENROL_KEYS, ENROL_KEYS_INVITED);
    read_fixed(&cursor, 1, body.device, sizeof body.device);
    read_fixed(&cursor, 2, body.channel_key, sizeof body.channel_key);
    body.incarnation = read_u32(&cursor, 3);
    body.person = read_id(&cursor, 4);
    uint32_t role = read_u32(&cursor, 5);
    body.invitation = read_id(&cursor, 6);
    if (pairs == ENROL_KEYS_INVITED) {
        body.says_inviter = true;
        body.invited_by = read_id(&cursor, 7);
        read_fixed(&cursor, 8, body.invited_from, sizeof body.invited_from);
        expect_key(&cursor, 9);
        body.invited_ms = hf_cursor_uint(&cursor);
    }
    enum hf_status status = end_map(&cursor);
    if (status == HF_OK && (role < HF_ROLE_WORKER || role > HF_ROLE_ADMIN || hf_id_is_zero(&body.person)))
        status = HF_ERR_INVALID;
    if (status == HF_OK) {
        body.role = (enum hf_role)role;
        *out = body;
    }
    return status;
}

/* --- revoke
 * ----------------------------------------------------------------------------------------------------------- */

void hf_revoke_body_encode(const struct hf_revoke_body *body, struct hf_buf *out)
{
    hf_pack_map(out, 2);
    write_bytes(out, 1, body->device, sizeof body->device);
    write_text(out, 2, body->reason_code);
}

enum hf_status hf_revoke_body_decode(struct hf_slice bytes, struct hf_revoke_body *out)
{
    struct hf_cursor cursor;
    struct hf_revoke_body body = {0};
    begin_map(&cursor, bytes, 2);
    read_fixed(&cursor, 1, body.device, sizeof body.device);
    body.reason_code = read_code(&cursor, 2, HF_BODY_CODE_BYTES_MAX);
    enum hf_status status = end_map(&cursor);
    if (status == HF_OK)
        *out = body;
    return status;
}

/* --- server notes
 * ----------------------------------------------------------------------------------------------------- */

static void encode_server_note(const struct hf_note_body *body, struct hf_buf *out)
{
    hf_pack_map(out, 11);
    write_text(out, 1, hf_slice_str("server"));
    write_bytes(out, 2, body->server_device, sizeof body->server_device);
    write_bytes(out, 3, body->log_key, sizeof body->log_key);
    write_bytes(out, 4, body->channel_key, sizeof body->channel_key);
    write_bytes(out, 5, body->key_store_key, sizeof body->key_store_key);
    write_bytes(out, 6, body->authority_signature, sizeof body->authority_signature);
    write_text(out, 7, body->authority_name);
    write_bytes(out, 8, body->recovery_key, sizeof body->recovery_key);
    write_uint(out, 9, body->serial);
    write_uint(out, 10, body->old_until_ms);
    write_bytes(out, 11, body->shard.data, body->shard.len);
}

static void encode_assign_note(const struct hf_note_body *body, struct hf_buf *out)
{
    hf_pack_map(out, 5);
    write_text(out, 1, hf_slice_str("assign"));
    write_id(out, 2, &body->case_id);
    write_id(out, 3, &body->person);
    write_bool(out, 4, body->held);
    write_text(out, 5, body->reason_code);
}

static void encode_release_note(const struct hf_note_body *body, struct hf_buf *out)
{
    hf_pack_map(out, 3);
    write_text(out, 1, hf_slice_str("release"));
    write_id(out, 2, &body->change_id);
    write_bool(out, 3, body->released);
}

void hf_note_body_encode(const struct hf_note_body *body, struct hf_buf *out)
{
    switch (body->what) {
    case HF_NOTE_SERVER:
        encode_server_note(body, out);
        return;
    case HF_NOTE_ASSIGN:
        encode_assign_note(body, out);
        return;
    case HF_NOTE_RELEASE:
        encode_release_note(body, out);
        return;
    case HF_NOTE_OTHER:
        break;
    }
    HF_ASSERT(body->what != HF_NOTE_OTHER); /* only notes of a known kind can be written */
}

static void read_server_note(struct hf_cursor *cursor, struct hf_note_body *out)
{
    out->what = HF_NOTE_SERVER;
    read_fixed(cursor, 2, out->server_device, sizeof out->server_device);
    read_fixed(cursor, 3, out->log_key, sizeof out->log_key);
    read_fixed(cursor, 4, out->channel_key, sizeof out->channel_key);
    read_fixed(cursor, 5, out->key_store_key, sizeof out->key_store_key);
    read_fixed(cursor, 6, out->authority_signature, sizeof out->authority_signature);
    out->authority_name = read_code(cursor, 7, HF_AUTHORITY_NAME_BYTES_MAX);
    read_fixed(cursor, 8, out->recovery_key, sizeof out->recovery_key);
    expect_key(cursor, 9);
    out->serial = hf_cursor_uint(cursor);
    expect_key(cursor, 10);
    out->old_until_ms = hf_cursor_uint(cursor);
    expect_key(cursor, 11);
    out->shard = hf_cursor_bytes(cursor, HF_SHARD_BYTES_MAX);
    struct hf_shard shard;
    if (out->shard.len > 0 && hf_shard_decode(out->shard, &shard) != HF_OK)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

static void read_assign_note(struct hf_cursor *cursor, struct hf_note_body *out)
{
    out->what = HF_NOTE_ASSIGN;
    out->case_id = read_id(cursor, 2);
    out->person = read_id(cursor, 3);
    out->held = read_bool(cursor, 4);
    out->reason_code = read_code(cursor, 5, HF_BODY_CODE_BYTES_MAX);
    if (hf_id_is_zero(&out->case_id) || hf_id_is_zero(&out->person))
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

static void read_release_note(struct hf_cursor *cursor, struct hf_note_body *out)
{
    out->what = HF_NOTE_RELEASE;
    out->change_id = read_id(cursor, 2);
    out->released = read_bool(cursor, 3);
    if (hf_id_is_zero(&out->change_id))
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

/* A note of a later version: its form is checked, its content means nothing here. */
static void skip_note(struct hf_cursor *cursor, uint32_t pairs)
{
    for (uint32_t i = 1; i < pairs; i++) {
        (void)hf_cursor_uint(cursor);
        (void)hf_cursor_skip(cursor);
    }
}

enum hf_status hf_note_body_decode(struct hf_slice bytes, struct hf_note_body *out)
{
    struct hf_cursor cursor;
    struct hf_note_body body = {0};
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    uint32_t pairs = hf_cursor_map(&cursor, NOTE_KEYS_MAX);
    struct hf_slice what = read_code(&cursor, 1, HF_BODY_CODE_BYTES_MAX);
    if (hf_slice_equal(what, hf_slice_str("server")))
        read_server_note(&cursor, &body);
    else if (hf_slice_equal(what, hf_slice_str("assign")))
        read_assign_note(&cursor, &body);
    else if (hf_slice_equal(what, hf_slice_str("release")))
        read_release_note(&cursor, &body);
    else
        skip_note(&cursor, pairs);
    enum hf_status status = end_map(&cursor); /* refuses keys beyond those read */
    if (status == HF_OK)
        *out = body;
    return status;
}

/* --- what the authority signs, and the office case
 * --------------------------------------------------------------------- */

static const char server_context[] = "holdfast server v1"; /* its NUL is part of the context */

#define SERVER_MESSAGE_BYTES (HF_HASH_BYTES + 2 * HF_SIGN_PUBLIC_BYTES + 3 * HF_DH_BYTES + 16 + HF_HASH_BYTES)

static void server_message(const uint8_t *log_id, const struct hf_note_body *body, uint8_t out[SERVER_MESSAGE_BYTES])
{
    uint8_t *at = out;
    memcpy(at, log_id, HF_HASH_BYTES);
    at += HF_HASH_BYTES;
    memcpy(at, body->server_device, sizeof body->server_device);
    at += sizeof body->server_device;
    memcpy(at, body->log_key, sizeof body->log_key);
    at += sizeof body->log_key;
    memcpy(at, body->channel_key, sizeof body->channel_key);
    at += sizeof body->channel_key;
    memcpy(at, body->key_store_key, sizeof body->key_store_key);
    at += sizeof body->key_store_key;
    memcpy(at, body->recovery_key, sizeof body->recovery_key);
    at += sizeof body->recovery_key;
    hf_put_u64(at, body->serial);
    hf_put_u64(at + 8, body->old_until_ms);
    hf_sha256_of(body->shard.data, body->shard.len, at + 16);
}

void hf_server_certify(const struct hf_sign_key *authority, const uint8_t log_id[HF_HASH_BYTES],
                       struct hf_note_body *body)
{
    uint8_t message[SERVER_MESSAGE_BYTES];
    server_message(log_id, body, message);
    hf_sign(authority, hf_slice_of(server_context, sizeof server_context), hf_slice_of(message, sizeof message),
            body->authority_signature);
}

bool hf_server_certified(const uint8_t authority_key[HF_SIGN_PUBLIC_BYTES], const uint8_t log_id[HF_HASH_BYTES],
                         const struct hf_note_body *body)
{
    uint8_t message[SERVER_MESSAGE_BYTES];
    server_message(log_id, body, message);
    return hf_verify(authority_key, hf_slice_of(server_context, sizeof server_context),
                     hf_slice_of(message, sizeof message), body->authority_signature);
}

struct hf_id hf_office_case_id(const uint8_t log_id[HF_HASH_BYTES])
{
    static const char context[] = "holdfast office case v1"; /* its NUL is part of the context */
    struct hf_sha256 hash;
    uint8_t out[HF_HASH_BYTES];
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, context, sizeof context);
    hf_sha256_add(&hash, log_id, HF_HASH_BYTES);
    hf_sha256_end(&hash, out);
    return hf_id_from_bytes(out);
}

uint64_t hf_server_keys_mark(const struct hf_note_body *server, uint64_t shard)
{
    static const char label[] = "holdfast server keys v1";
    uint8_t numbers[16], hash[HF_HASH_BYTES];
    struct hf_sha256 sha;
    hf_put_u64(numbers, server->serial);
    hf_put_u64(numbers + 8, shard);
    hf_sha256_begin(&sha);
    hf_sha256_add(&sha, label, sizeof label);
    hf_sha256_add(&sha, numbers, sizeof numbers);
    hf_sha256_add(&sha, server->server_device, sizeof server->server_device);
    hf_sha256_add(&sha, server->log_key, sizeof server->log_key);
    hf_sha256_add(&sha, server->channel_key, sizeof server->channel_key);
    hf_sha256_add(&sha, server->key_store_key, sizeof server->key_store_key);
    hf_sha256_end(&sha, hash);
    const uint64_t mark = hf_get_u64(hash);
    return mark ? mark : 1;
}
