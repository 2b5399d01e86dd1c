#include "protocol/keys_text.h"

#include "core/base/text.h"
#include "core/log/note.h"

#include <string.h>

#define HEAD "holdfast server keys v1\n"

/* --- writing -------------------------------------------------------------------------------------------------------
 */

static void add_hex(struct hf_buf *out, const char *name, const uint8_t *bytes, size_t len)
{
    hf_buf_append_fmt(out, "%s ", name);
    hf_text_hex(out, hf_slice_of(bytes, len));
    hf_buf_append_u8(out, '\n');
}

static void add_text(struct hf_buf *out, const char *name, struct hf_slice text)
{
    hf_buf_append_fmt(out, "%s ", name);
    for (size_t i = 0; i < text.len; i++) /* one line */
        hf_buf_append_u8(out, text.data[i] < 0x20 ? ' ' : text.data[i]);
    hf_buf_append_u8(out, '\n');
}

/* The second line of a checkpoint. */
static struct hf_slice size_line(struct hf_slice note)
{
    const uint8_t *first = memchr(note.data, '\n', note.len);
    const size_t at = first ? (size_t)(first - note.data) + 1 : note.len;
    const uint8_t *second = at < note.len ? memchr(note.data + at, '\n', note.len - at) : NULL;
    return second ? hf_slice_of(note.data + at, (size_t)(second - note.data) - at) : hf_slice_of(NULL, 0);
}

static void add_shard(struct hf_buf *out, struct hf_slice bytes)
{
    struct hf_shard shard;
    struct hf_shard_lost_list lost;
    if (hf_shard_decode(bytes, &shard) != HF_OK || hf_shard_lost_decode(shard.lost, &lost) != HF_OK)
        return;
    add_hex(out, "shard", bytes.data, bytes.len);
    hf_buf_append_fmt(out, "shard-number %llu\n", (unsigned long long)shard.number);
    add_text(out, "shard-name", shard.name);
    hf_buf_append_fmt(out, "shard-size %llu\n", (unsigned long long)shard.size);
    add_hex(out, "shard-root", shard.root, sizeof shard.root);
    add_text(out, "shard-checkpoint-size", size_line(shard.note));
    add_text(out, "shard-reason", shard.reason);
    hf_buf_append_fmt(out, "shard-certificates-lost %llu\n", (unsigned long long)lost.count);
}

void hf_keys_text_write(const struct hf_keys_text *keys, struct hf_buf *out)
{
    const struct hf_note_body *body = &keys->body;
    hf_buf_append_str(out, HEAD);
    add_text(out, "authority", body->authority_name);
    add_text(out, "origin", keys->origin);
    hf_buf_append_fmt(out, "serial %llu\n", (unsigned long long)body->serial);
    add_hex(out, "device", body->server_device, sizeof body->server_device);
    add_hex(out, "log", body->log_key, sizeof body->log_key);
    add_hex(out, "channel", body->channel_key, sizeof body->channel_key);
    add_hex(out, "keystore", body->key_store_key, sizeof body->key_store_key);
    add_hex(out, "recovery", body->recovery_key, sizeof body->recovery_key);
    hf_buf_append_fmt(out, "until %llu\n", (unsigned long long)body->old_until_ms);
    if (body->shard.len)
        add_shard(out, body->shard);
    if (keys->is_signed)
        add_hex(out, "signature", body->authority_signature, sizeof body->authority_signature);
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */

/* The rest of the next line, which begins with `name` and a space. */
static bool take_line(struct hf_slice *rest, const char *name, struct hf_slice *out)
{
    const size_t len = strlen(name);
    const uint8_t *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    if (!end || (size_t)(end - rest->data) <= len || memcmp(rest->data, name, len) != 0 || rest->data[len] != ' ')
        return false;
    *out = hf_slice_of(rest->data + len + 1, (size_t)(end - rest->data) - len - 1);
    *rest = hf_slice_of(end + 1, rest->len - (size_t)(end - rest->data) - 1);
    return true;
}

static bool take_hex(struct hf_slice *rest, const char *name, uint8_t *out, size_t len)
{
    struct hf_slice hex;
    return take_line(rest, name, &hex) && hf_text_unhex(hex, out, len) == HF_OK;
}

static bool take_number(struct hf_slice *rest, const char *name, size_t digits_max, uint64_t *out)
{
    struct hf_slice text;
    *out = 0;
    if (!take_line(rest, name, &text) || text.len == 0 || text.len > digits_max)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(text.data[i] - '0');
    }
    return true;
}

/* The lines in words are passed over here: they are held against what they stand for when all is read. */
static bool take_shard(struct hf_slice *rest, struct hf_keys_text *keys)
{
    struct hf_slice hex, words;
    if (!take_line(rest, "shard", &hex))
        return true;
    if (hex.len % 2 != 0 || hex.len / 2 > sizeof keys->shard || hf_text_unhex(hex, keys->shard, hex.len / 2) != HF_OK)
        return false;
    keys->body.shard = hf_slice_of(keys->shard, hex.len / 2);
    return take_line(rest, "shard-number", &words) && take_line(rest, "shard-name", &words) &&
           take_line(rest, "shard-size", &words) && take_line(rest, "shard-root", &words) &&
           take_line(rest, "shard-checkpoint-size", &words) && take_line(rest, "shard-reason", &words) &&
           take_line(rest, "shard-certificates-lost", &words);
}

static bool read_all(struct hf_slice text, struct hf_keys_text *out)
{
    struct hf_note_body *body = &out->body;
    struct hf_slice rest = text;
    if (text.len <= sizeof HEAD || text.len > HF_KEYS_TEXT_BYTES_MAX || !hf_text_is_utf8(text) ||
        memcmp(text.data, HEAD, sizeof HEAD - 1) != 0)
        return false;
    rest = hf_slice_of(text.data + sizeof HEAD - 1, text.len - (sizeof HEAD - 1));
    if (!take_line(&rest, "authority", &body->authority_name) || !take_line(&rest, "origin", &out->origin) ||
        out->origin.len > HF_NOTE_NAME_BYTES_MAX || !take_number(&rest, "serial", 9, &body->serial) ||
        !take_hex(&rest, "device", body->server_device, sizeof body->server_device) ||
        !take_hex(&rest, "log", body->log_key, sizeof body->log_key) ||
        !take_hex(&rest, "channel", body->channel_key, sizeof body->channel_key) ||
        !take_hex(&rest, "keystore", body->key_store_key, sizeof body->key_store_key) ||
        !take_hex(&rest, "recovery", body->recovery_key, sizeof body->recovery_key) ||
        !take_number(&rest, "until", 15, &body->old_until_ms) || !take_shard(&rest, out))
        return false;
    out->is_signed = rest.len > 0;
    return !out->is_signed ||
           (take_hex(&rest, "signature", body->authority_signature, sizeof body->authority_signature) && rest.len == 0);
}

enum hf_status hf_keys_text_read(struct hf_slice text, struct hf_keys_text *out, struct hf_error *err)
{
    struct hf_buf again = {0};
    *out = (struct hf_keys_text){.body = {.what = HF_NOTE_SERVER}};
    bool fits = read_all(text, out);
    if (fits) {
        hf_keys_text_write(out, &again);
        fits = hf_buf_status(&again) == HF_OK && hf_slice_equal(hf_buf_slice(&again), text);
    }
    hf_buf_clear(&again);
    return fits ? HF_OK
                : hf_error_set(err, HF_ERR_INVALID,
                               "This is neither a request for a key nor a certificate, or it is damaged.");
}
