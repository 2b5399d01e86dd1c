#include "core/vault/keyfile.h"

#include "core/base/assert.h"

#include <string.h>

/* Offsets in the header; the bytes between them are reserved and zero. */
enum header_at { AT_MAGIC = 0, AT_FLAGS = 4, AT_SUITE = 6, AT_SLOTS = 7, AT_DB_ID = 8, AT_RESERVED = 24 };
/* Offsets in front of a slot's body. */
enum slot_at { AT_TYPE = 0, AT_SLOT_FLAGS = 1, AT_BODY_LEN = 2, AT_SLOT_ID = 4 };

#define MAGIC_FAMILY       "HFK"
#define MAGIC_FAMILY_BYTES 3
#define FORMAT             '1'
#define KNOWN_FLAGS        HF_KEYFILE_WEAK_FOR_TESTS
#define TRAILER_BYTES      (HF_KEYFILE_MAC_BYTES + HF_KEYFILE_CHECKSUM_BYTES)

static enum hf_status damaged(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_CORRUPT,
                        "The key file is damaged. Nothing was changed. Restore the key file from a backup, or ask the "
                        "office to set up this device again.");
}

static enum hf_status newer(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_UNSUPPORTED,
                        "The key file was made by a newer version of Holdfast. Update this program and try again.");
}

/* --- writing -------------------------------------------------------------------------------------------------------
 */

static void append_slot(const struct hf_keyfile_slot *slot, struct hf_buf *out)
{
    hf_buf_append_u8(out, slot->type);
    hf_buf_append_u8(out, slot->flags);
    hf_buf_append_u16(out, slot->body_len);
    hf_buf_append_slice(out, hf_id_slice(&slot->id));
    hf_buf_append(out, slot->body, slot->body_len);
}

static void append_content(const struct hf_keyfile *keyfile, struct hf_buf *out)
{
    HF_ASSERT(keyfile->slot_count >= 1 && keyfile->slot_count <= HF_KEYFILE_SLOTS_MAX);
    hf_buf_append_str(out, MAGIC_FAMILY);
    hf_buf_append_u8(out, FORMAT);
    hf_buf_append_u16(out, keyfile->flags);
    hf_buf_append_u8(out, keyfile->suite);
    hf_buf_append_u8(out, (uint8_t)keyfile->slot_count);
    hf_buf_append_slice(out, hf_id_slice(&keyfile->db_id));
    hf_buf_append_zeros(out, HF_KEYFILE_HEADER_BYTES - AT_RESERVED);
    for (size_t i = 0; i < keyfile->slot_count; i++)
        append_slot(&keyfile->slots[i], out);
}

static void mac_of(struct hf_slice content, const uint8_t data_key[HF_KEY_BYTES], uint8_t out[HF_KEYFILE_MAC_BYTES])
{
    uint8_t key[HF_KEY_BYTES];

    hf_derive(data_key, "hf vault key file v1", key);
    hf_blake2b(hf_slice_of(key, sizeof(key)), &content, 1, out, HF_KEYFILE_MAC_BYTES);
    hf_wipe(key, sizeof(key));
}

static void checksum_of(struct hf_slice bytes, uint8_t out[HF_KEYFILE_CHECKSUM_BYTES])
{
    const struct hf_slice parts[] = {hf_slice_str("hf vault key file checksum v1"), bytes};

    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, out, HF_KEYFILE_CHECKSUM_BYTES);
}

void hf_keyfile_encode(const struct hf_keyfile *keyfile, const uint8_t data_key[HF_KEY_BYTES], struct hf_buf *out)
{
    uint8_t mac[HF_KEYFILE_MAC_BYTES];
    uint8_t checksum[HF_KEYFILE_CHECKSUM_BYTES];

    HF_ASSERT(out->len == 0);
    append_content(keyfile, out);
    mac_of(hf_buf_slice(out), data_key, mac);
    hf_buf_append(out, mac, sizeof(mac));
    checksum_of(hf_buf_slice(out), checksum);
    hf_buf_append(out, checksum, sizeof(checksum));
}

bool hf_keyfile_mac_fits(const struct hf_keyfile *keyfile, const uint8_t data_key[HF_KEY_BYTES])
{
    uint8_t mac[HF_KEYFILE_MAC_BYTES];
    uint8_t storage[HF_KEYFILE_BYTES_MAX]; /* want of memory is not to look like a file that was changed */
    struct hf_buf content = {.data = storage, .cap = sizeof(storage), .limit = sizeof(storage)};

    append_content(keyfile, &content);
    mac_of(hf_buf_slice(&content), data_key, mac);
    return hf_buf_status(&content) == HF_OK && hf_secret_equal(mac, keyfile->mac, sizeof(mac));
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */

static bool take(struct hf_slice *rest, size_t len, struct hf_slice *out_taken)
{
    if (rest->len < len)
        return false;
    *out_taken = hf_slice_of(rest->data, len);
    *rest = hf_slice_of(rest->data + len, rest->len - len);
    return true;
}

static bool read_slot(struct hf_slice *rest, struct hf_keyfile_slot *slot)
{
    struct hf_slice front;
    struct hf_slice body;

    if (!take(rest, HF_KEYFILE_SLOT_BYTES, &front))
        return false;
    slot->type = front.data[AT_TYPE];
    slot->flags = front.data[AT_SLOT_FLAGS];
    slot->body_len = hf_get_u16(front.data + AT_BODY_LEN);
    slot->id = hf_id_from_bytes(front.data + AT_SLOT_ID);
    if (slot->body_len > HF_KEYFILE_BODY_BYTES_MAX || !take(rest, slot->body_len, &body))
        return false;
    if (body.len > 0)
        memcpy(slot->body, body.data, body.len);
    return true;
}

static bool read_content(struct hf_slice rest, struct hf_keyfile *keyfile)
{
    static const uint8_t zeros[HF_KEYFILE_HEADER_BYTES - AT_RESERVED];
    struct hf_slice header;

    if (!take(&rest, HF_KEYFILE_HEADER_BYTES, &header))
        return false;
    keyfile->flags = hf_get_u16(header.data + AT_FLAGS);
    keyfile->suite = header.data[AT_SUITE];
    keyfile->slot_count = header.data[AT_SLOTS];
    keyfile->db_id = hf_id_from_bytes(header.data + AT_DB_ID);
    if (memcmp(header.data + AT_RESERVED, zeros, sizeof(zeros)) != 0 || keyfile->slot_count == 0 ||
        keyfile->slot_count > HF_KEYFILE_SLOTS_MAX)
        return false;
    for (size_t i = 0; i < keyfile->slot_count; i++) {
        if (!read_slot(&rest, &keyfile->slots[i]))
            return false;
    }
    return rest.len == 0;
}

static bool is_known_suite(uint8_t suite)
{
    return suite == HF_KEYFILE_XCHACHA20_POLY1305 || suite == HF_KEYFILE_XAES_256_GCM;
}

enum hf_status hf_keyfile_decode(struct hf_slice bytes, struct hf_keyfile *out_keyfile, struct hf_error *err)
{
    struct hf_keyfile keyfile = {0};
    uint8_t checksum[HF_KEYFILE_CHECKSUM_BYTES];
    size_t content_len;

    if (bytes.len < HF_KEYFILE_HEADER_BYTES + TRAILER_BYTES || bytes.len > HF_KEYFILE_BYTES_MAX)
        return damaged(err);
    content_len = bytes.len - TRAILER_BYTES;
    checksum_of(hf_slice_of(bytes.data, bytes.len - HF_KEYFILE_CHECKSUM_BYTES), checksum);
    if (memcmp(checksum, bytes.data + bytes.len - HF_KEYFILE_CHECKSUM_BYTES, sizeof(checksum)) != 0 ||
        memcmp(bytes.data, MAGIC_FAMILY, MAGIC_FAMILY_BYTES) != 0)
        return damaged(err);
    if (bytes.data[MAGIC_FAMILY_BYTES] != FORMAT)
        return newer(err);
    if (!read_content(hf_slice_of(bytes.data, content_len), &keyfile))
        return damaged(err);
    if (!is_known_suite(keyfile.suite) || (keyfile.flags & ~KNOWN_FLAGS) != 0)
        return newer(err);
    memcpy(keyfile.mac, bytes.data + content_len, sizeof(keyfile.mac));
    *out_keyfile = keyfile;
    return HF_OK;
}

struct hf_keyfile_slot *hf_keyfile_find(struct hf_keyfile *keyfile, enum hf_keyfile_slot_type type,
                                        const struct hf_keyfile_slot *after)
{
    size_t first = after ? (size_t)(after - keyfile->slots) + 1 : 0;

    for (size_t i = first; i < keyfile->slot_count; i++) {
        if (keyfile->slots[i].type == type)
            return &keyfile->slots[i];
    }
    return NULL;
}
