#include "protocol/invitation.h"

#include "core/base/assert.h"
#include "core/base/text.h"

#include <string.h>

#define VERSION     1
#define FIXED_BYTES (1 + HF_ID_BYTES + HF_KEY_BYTES + HF_DH_BYTES + HF_HASH_BYTES + 8)
#define CHECK_BYTES HF_INVITATION_CHECK_BYTES
#define BYTES_MAX   (FIXED_BYTES + 2 + HF_INVITATION_ADDRESS_BYTES_MAX + 2 + HF_NOTE_NAME_BYTES_MAX + CHECK_BYTES)
/* base64url takes four characters for three bytes. */
_Static_assert((BYTES_MAX + 2) / 3 * 4 <= HF_LIMIT_INVITATION_TEXT_BYTES, "the longest invitation fits");

static const char scheme[] = "tcp://";
static const char psk_context[] = "hf-psk-v1";           /* without its NUL */
static const char enrol_context[] = "holdfast enrol v1"; /* its NUL is part of the context */

static const char check_context[] = "holdfast invitation v1"; /* its NUL is part of the context */

static const char not_whole[] = "This invitation is not complete, or a letter in it is wrong. It was not used up: copy "
                                "the whole line again, or ask "
                                "an administrator for a new one.";
static const char later_program[] = "This invitation was made by a later Holdfast. Update Holdfast on this device and "
                                    "try again.";
static const char wrong_address[] = "The server address in this invitation is not one that Holdfast can use. Ask an "
                                    "administrator for a new one.";

static bool is_printable(struct hf_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= 0x20 || text.data[i] >= 0x7F)
            return false;
    }
    return true;
}

bool hf_invitation_address_fits(struct hf_slice address)
{
    const size_t scheme_len = sizeof scheme - 1;
    if (address.len <= scheme_len || address.len > HF_INVITATION_ADDRESS_BYTES_MAX || !is_printable(address) ||
        memcmp(address.data, scheme, scheme_len) != 0)
        return false;
    const uint8_t *host = address.data + scheme_len;
    const size_t left = address.len - scheme_len;
    size_t colon = left;
    while (colon > 0 && host[colon - 1] != ':')
        colon--;
    return colon > 1 && colon < left;
}

static bool origin_fits(struct hf_slice origin)
{
    return origin.len <= HF_NOTE_NAME_BYTES_MAX && hf_note_name_fits(origin);
}

static void append_text(struct hf_buf *out, const char *text)
{
    hf_buf_append_u16(out, (uint16_t)strlen(text));
    hf_buf_append_str(out, text);
}

void hf_invitation_check(struct hf_slice bytes, uint8_t out[HF_INVITATION_CHECK_BYTES])
{
    struct hf_sha256 hash;
    uint8_t whole[HF_HASH_BYTES];
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, check_context, sizeof check_context);
    hf_sha256_add(&hash, bytes.data, bytes.len);
    hf_sha256_end(&hash, whole);
    memcpy(out, whole, HF_INVITATION_CHECK_BYTES);
    hf_wipe(whole, sizeof whole);
    hf_wipe(&hash, sizeof hash);
}

void hf_invitation_format(const struct hf_invitation *invitation, struct hf_buf *out)
{
    HF_ASSERT(hf_invitation_address_fits(hf_slice_str(invitation->address)) &&
              origin_fits(hf_slice_str(invitation->origin)));
    uint8_t check[CHECK_BYTES];
    struct hf_buf bytes;
    hf_buf_init(&bytes, 0);
    hf_buf_reserve(&bytes, BYTES_MAX); /* growing would leave the token behind */
    hf_buf_reserve(out, HF_LIMIT_INVITATION_TEXT_BYTES);
    hf_buf_append_u8(&bytes, VERSION);
    hf_buf_append_slice(&bytes, hf_id_slice(&invitation->id));
    hf_buf_append(&bytes, invitation->token, sizeof invitation->token);
    hf_buf_append(&bytes, invitation->server_key, sizeof invitation->server_key);
    hf_buf_append(&bytes, invitation->authority_hash, sizeof invitation->authority_hash);
    hf_buf_append_u64(&bytes, invitation->expiry_ms);
    append_text(&bytes, invitation->address);
    append_text(&bytes, invitation->origin);
    hf_invitation_check(hf_buf_slice(&bytes), check);
    hf_buf_append(&bytes, check, sizeof check);
    if (bytes.status == HF_OK)
        hf_text_base64url(out, hf_buf_slice(&bytes));
    else if (out->status == HF_OK)
        out->status = bytes.status;
    hf_buf_wipe(&bytes);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct hf_slice trim(struct hf_slice text)
{
    while (text.len > 0 && is_space(text.data[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_space(text.data[0])) {
        text.data++;
        text.len--;
    }
    return text;
}

/* Takes `len` bytes off the front; empty when there are fewer. */
static struct hf_slice take(struct hf_slice *rest, size_t len)
{
    if (rest->len < len) {
        rest->len = 0;
        return *rest;
    }
    struct hf_slice taken = hf_slice_of(rest->data, len);
    rest->data += len;
    rest->len -= len;
    return taken;
}

static struct hf_slice take_text(struct hf_slice *rest)
{
    struct hf_slice len = take(rest, 2);
    return take(rest, len.len == 2 ? hf_get_u16(len.data) : 0);
}

static void read_fixed(const uint8_t *at, struct hf_invitation *out)
{
    at += 1; /* version */
    out->id = hf_id_from_bytes(at);
    at += HF_ID_BYTES;
    memcpy(out->token, at, HF_KEY_BYTES);
    at += HF_KEY_BYTES;
    memcpy(out->server_key, at, HF_DH_BYTES);
    at += HF_DH_BYTES;
    memcpy(out->authority_hash, at, HF_HASH_BYTES);
    at += HF_HASH_BYTES;
    out->expiry_ms = hf_get_u64(at);
}

static enum hf_status read_bytes(struct hf_slice bytes, struct hf_invitation *out, struct hf_error *err)
{
    struct hf_slice rest = bytes;
    if (rest.len > 0 && rest.data[0] > VERSION)
        return hf_error_set(err, HF_ERR_INVALID, "%s", later_program);
    uint8_t check[CHECK_BYTES];
    if (rest.len < CHECK_BYTES)
        return hf_error_set(err, HF_ERR_INVALID, "%s", not_whole);
    rest.len -= CHECK_BYTES;
    hf_invitation_check(rest, check);
    if (memcmp(check, rest.data + rest.len, sizeof check) != 0)
        return hf_error_set(err, HF_ERR_INVALID, "%s", not_whole);
    struct hf_slice fixed = take(&rest, FIXED_BYTES);
    struct hf_slice address = take_text(&rest);
    struct hf_slice origin = take_text(&rest);
    if (fixed.len != FIXED_BYTES || fixed.data[0] != VERSION || rest.len != 0 || !origin_fits(origin))
        return hf_error_set(err, HF_ERR_INVALID, "%s", not_whole);
    if (!hf_invitation_address_fits(address))
        return hf_error_set(err, HF_ERR_INVALID, "%s", wrong_address);

    *out = (struct hf_invitation){0};
    read_fixed(fixed.data, out);
    memcpy(out->address, address.data, address.len);
    memcpy(out->origin, origin.data, origin.len);
    return HF_OK;
}

enum hf_status hf_invitation_parse(struct hf_slice text, struct hf_invitation *out, struct hf_error *err)
{
    text = trim(text);
    if (text.len == 0 || text.len > HF_LIMIT_INVITATION_TEXT_BYTES)
        return hf_error_set(err, HF_ERR_INVALID, "%s", not_whole);
    struct hf_buf bytes;
    hf_buf_init(&bytes, 0);
    hf_buf_reserve(&bytes, HF_LIMIT_INVITATION_TEXT_BYTES);
    enum hf_status status = hf_buf_status(&bytes);
    if (status != HF_OK)
        hf_error_set(err, status, "%s", hf_status_text(status));
    else if (hf_text_unbase64url(text, &bytes) != HF_OK)
        status = hf_error_set(err, HF_ERR_INVALID, "%s", not_whole);
    else
        status = read_bytes(hf_buf_slice(&bytes), out, err);
    hf_buf_wipe(&bytes);
    return status;
}

void hf_invitation_device_psk(const uint8_t token[HF_KEY_BYTES], const uint8_t handshake_hash[HF_HASH_BYTES],
                              uint8_t out[HF_KEY_BYTES])
{
    const struct hf_slice parts[] = {hf_slice_of(psk_context, sizeof psk_context - 1),
                                     hf_slice_of(handshake_hash, HF_HASH_BYTES)};
    hf_hmac_sha256(hf_slice_of(token, HF_KEY_BYTES), parts, sizeof parts / sizeof parts[0], out);
}

void hf_invitation_sign(const struct hf_sign_key *device, const uint8_t handshake_hash[HF_HASH_BYTES],
                        uint8_t out_signature[HF_SIGN_BYTES])
{
    hf_sign(device, hf_slice_of(enrol_context, sizeof enrol_context), hf_slice_of(handshake_hash, HF_HASH_BYTES),
            out_signature);
}

bool hf_invitation_signature_fits(const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                  const uint8_t handshake_hash[HF_HASH_BYTES], const uint8_t signature[HF_SIGN_BYTES])
{
    return hf_verify(device, hf_slice_of(enrol_context, sizeof enrol_context),
                     hf_slice_of(handshake_hash, HF_HASH_BYTES), signature);
}
