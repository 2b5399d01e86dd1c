#include "core/log/vkey.h"

#include "core/base/text.h"
#include "core/log/note.h"

#include <string.h>

#define ID_HEX_DIGITS      8
#define KEY_MATERIAL_BYTES (1 + HF_SIGN_PUBLIC_BYTES)
#define VKEY_BYTES_MAX     8192 /* a post-quantum key must be told apart from nonsense */

/* White_Space of Unicode 15 beyond ASCII, in UTF-8. */
static const char *const wide_spaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83",
    "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A",
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
};

static bool begins_with_wide_space(struct hf_slice text)
{
    for (size_t i = 0; i < sizeof wide_spaces / sizeof wide_spaces[0]; i++) {
        size_t len = strlen(wide_spaces[i]);
        if (text.len >= len && memcmp(text.data, wide_spaces[i], len) == 0)
            return true;
    }
    return false;
}

bool hf_note_name_fits(struct hf_slice name)
{
    if (name.len == 0 || !hf_text_is_utf8(name))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] <= ' ' || name.data[i] == '+')
            return false;
        if (name.data[i] >= 0x80 && begins_with_wide_space(hf_slice_of(name.data + i, name.len - i)))
            return false;
    }
    return true;
}

static uint32_t id_of(struct hf_slice name, uint8_t type, const uint8_t public_key[HF_SIGN_PUBLIC_BYTES])
{
    const uint8_t between[2] = {'\n', type};
    uint8_t digest[HF_HASH_BYTES];
    struct hf_sha256 hash;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, name.data, name.len);
    hf_sha256_add(&hash, between, sizeof between);
    hf_sha256_add(&hash, public_key, HF_SIGN_PUBLIC_BYTES);
    hf_sha256_end(&hash, digest);
    return hf_get_u32(digest);
}

enum hf_status hf_vkey_make(struct hf_slice name, uint8_t type, const uint8_t public_key[HF_SIGN_PUBLIC_BYTES],
                            struct hf_vkey *out)
{
    if (name.len > HF_NOTE_NAME_BYTES_MAX)
        return HF_ERR_LIMIT;
    if (!hf_note_name_fits(name))
        return HF_ERR_INVALID;
    *out = (struct hf_vkey){.name = name, .id = id_of(name, type, public_key), .type = type};
    memcpy(out->public_key, public_key, HF_SIGN_PUBLIC_BYTES);
    return HF_OK;
}

/* Lower-case hex only: one spelling per key. */
static bool parse_id(struct hf_slice hex, uint32_t *out)
{
    uint8_t bytes[4];
    for (size_t i = 0; i < hex.len; i++) {
        if (hex.data[i] >= 'A' && hex.data[i] <= 'F')
            return false;
    }
    if (hex.len != ID_HEX_DIGITS || hf_text_unhex(hex, bytes, sizeof bytes) != HF_OK)
        return false;
    *out = hf_get_u32(bytes);
    return true;
}

/* Splits at the first '+'; false when there is none. */
static bool take_part(struct hf_slice *rest, struct hf_slice *out_part)
{
    const uint8_t *plus = rest->len ? memchr(rest->data, '+', rest->len) : NULL;
    if (!plus)
        return false;
    size_t len = (size_t)(plus - rest->data);
    *out_part = hf_slice_of(rest->data, len);
    *rest = hf_slice_of(plus + 1, rest->len - len - 1);
    return true;
}

static enum hf_status check_material(struct hf_slice name, uint32_t id, uint8_t type, struct hf_slice material,
                                     struct hf_vkey *out)
{
    struct hf_vkey vkey;
    if (material.len < 2)
        return HF_ERR_INVALID;
    if (material.data[0] != type)
        return HF_ERR_UNSUPPORTED;
    if (material.len != KEY_MATERIAL_BYTES)
        return HF_ERR_INVALID;
    enum hf_status status = hf_vkey_make(name, type, material.data + 1, &vkey);
    if (status == HF_OK && vkey.id != id)
        status = HF_ERR_INVALID;
    if (status == HF_OK)
        *out = vkey;
    return status;
}

enum hf_status hf_vkey_parse(struct hf_slice text, uint8_t type, struct hf_vkey *out)
{
    struct hf_slice rest = text;
    struct hf_slice name;
    struct hf_slice hex;
    uint32_t id;
    if (text.len > VKEY_BYTES_MAX)
        return HF_ERR_LIMIT;
    if (!take_part(&rest, &name) || !take_part(&rest, &hex) || !parse_id(hex, &id) || !hf_note_name_fits(name))
        return HF_ERR_INVALID;

    struct hf_buf material;
    hf_buf_init(&material, VKEY_BYTES_MAX);
    enum hf_status status = hf_text_unbase64(rest, &material);
    if (status == HF_OK)
        status = hf_buf_status(&material);
    if (status == HF_OK)
        status = check_material(name, id, type, hf_buf_slice(&material), out);
    hf_buf_clear(&material);
    return status;
}

void hf_vkey_format(const struct hf_vkey *vkey, struct hf_buf *out)
{
    uint8_t material[KEY_MATERIAL_BYTES] = {vkey->type};
    memcpy(material + 1, vkey->public_key, sizeof vkey->public_key);
    hf_buf_append_slice(out, vkey->name);
    hf_buf_append_fmt(out, "+%08lx+", (unsigned long)vkey->id);
    hf_text_base64(out, hf_slice_of(material, sizeof material));
}
