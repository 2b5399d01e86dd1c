#include "core/model/attachment.h"

#include "core/base/assert.h"
#include "core/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAGIC       "HFA1"
#define AAD_BYTES   (4 + HF_ID_BYTES + 8)
#define SIZE_DIGITS 10 /* of HF_ATTACH_BYTES_MAX */

/* --- the content field --- */

static void put_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

void hf_attach_content_encode(const struct hf_attach_content *content, char out[HF_ATTACH_CONTENT_TEXT_BYTES])
{
    char root[2 * HF_HASH_BYTES + 1], key[2 * HF_ID_BYTES + 1];
    put_hex(content->root, sizeof content->root, root);
    put_hex(content->key_id.bytes, sizeof content->key_id.bytes, key);
    (void)snprintf(out, HF_ATTACH_CONTENT_TEXT_BYTES, "1 %" PRIu64 " %s %s", content->size, root, key);
}

/* Decimal without a zero in front, followed by a space; false otherwise. */
static bool take_size(struct hf_slice *text, uint64_t *out)
{
    uint64_t value = 0;
    size_t at = 0;
    while (at < text->len && at < SIZE_DIGITS && text->data[at] >= '0' && text->data[at] <= '9')
        value = value * 10 + (uint64_t)(text->data[at++] - '0');
    if (at == 0 || text->data[0] == '0' || at == text->len || text->data[at] != ' ')
        return false;
    *text = hf_slice_of(text->data + at + 1, text->len - at - 1);
    *out = value;
    return value <= HF_ATTACH_BYTES_MAX;
}

static bool is_lower_hex(struct hf_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

enum hf_status hf_attach_content_decode(struct hf_slice text, struct hf_attach_content *out)
{
    struct hf_attach_content content = {0};
    const size_t root_len = (size_t)2 * HF_HASH_BYTES, key_len = (size_t)2 * HF_ID_BYTES;
    if (text.len < 2 || memcmp(text.data, "1 ", 2) != 0)
        return HF_ERR_INVALID;
    text = hf_slice_of(text.data + 2, text.len - 2);
    if (!take_size(&text, &content.size) || text.len != root_len + 1 + key_len || text.data[root_len] != ' ')
        return HF_ERR_INVALID;
    const struct hf_slice root = hf_slice_of(text.data, root_len);
    const struct hf_slice key = hf_slice_of(text.data + root_len + 1, key_len);
    if (!is_lower_hex(root) || !is_lower_hex(key) || hf_text_unhex(root, content.root, sizeof content.root) != HF_OK ||
        hf_text_unhex(key, content.key_id.bytes, sizeof content.key_id.bytes) != HF_OK ||
        hf_id_is_zero(&content.key_id))
        return HF_ERR_INVALID;
    *out = content;
    return HF_OK;
}

const char *hf_attach_result_text(enum hf_attach_result result)
{
    static const char *const texts[HF_ATTACH_RESULT_COUNT] = {
        [HF_ATTACH_KEPT] = "",
        [HF_ATTACH_UNKNOWN] = "The office does not know this attachment. It is kept here and offered again.",
        [HF_ATTACH_TOO_LARGE] = "The office does not take attachments of this size. It is kept here; ask the office.",
        [HF_ATTACH_FULL] = "The office has no room for it at the moment. It is kept here and offered again.",
        [HF_ATTACH_GONE] = "Its case was erased.",
        [HF_ATTACH_NOT_YET] = "The office does not have all of it yet. It is asked for again later.",
        [HF_ATTACH_DAMAGED] = "Its content does not fit what was signed. Tell the office.",
    };
    return (unsigned)result < HF_ATTACH_RESULT_COUNT ? texts[result] : texts[HF_ATTACH_UNKNOWN];
}

/* --- chunks --- */

uint64_t hf_attach_chunk_count(uint64_t size)
{
    return size / HF_ATTACH_CHUNK_BYTES + (size % HF_ATTACH_CHUNK_BYTES != 0);
}

size_t hf_attach_sealed_len(uint64_t size, uint64_t number)
{
    const uint64_t count = hf_attach_chunk_count(size);
    HF_ASSERT(number < count);
    if (number + 1 < count)
        return HF_ATTACH_SEALED_BYTES;
    return (size_t)(size - number * HF_ATTACH_CHUNK_BYTES) + HF_TAG_BYTES;
}

void hf_attach_key(const uint8_t class_key[HF_KEY_BYTES], const struct hf_id *attachment, uint8_t out[HF_KEY_BYTES])
{
    uint8_t purpose[HF_KEY_BYTES];
    const struct hf_slice id = hf_slice_of(attachment->bytes, sizeof attachment->bytes);
    hf_derive(class_key, "hf attachment v1", purpose);
    hf_blake2b(hf_slice_of(purpose, sizeof purpose), &id, 1, out, HF_KEY_BYTES);
    hf_wipe(purpose, sizeof purpose);
}

static struct hf_slice place(const struct hf_id *attachment, uint64_t number, uint8_t aad[AAD_BYTES],
                             uint8_t nonce[HF_XNONCE_BYTES])
{
    memcpy(aad, MAGIC, 4);
    memcpy(aad + 4, attachment->bytes, HF_ID_BYTES);
    hf_put_u64(aad + 4 + HF_ID_BYTES, number);
    memset(nonce, 0, HF_XNONCE_BYTES);
    hf_put_u64(nonce + HF_XNONCE_BYTES - 8, number);
    return hf_slice_of(aad, AAD_BYTES);
}

void hf_attach_seal(const uint8_t key[HF_KEY_BYTES], const struct hf_id *attachment, uint64_t number,
                    struct hf_slice plain, uint8_t *out)
{
    uint8_t aad[AAD_BYTES], nonce[HF_XNONCE_BYTES];
    HF_ASSERT(plain.len <= HF_ATTACH_CHUNK_BYTES);
    const struct hf_slice bound = place(attachment, number, aad, nonce);
    hf_seal(key, nonce, bound, plain.data, plain.len, out, out + plain.len);
}

bool hf_attach_unseal(const uint8_t key[HF_KEY_BYTES], const struct hf_id *attachment, uint64_t number,
                      struct hf_slice sealed, uint8_t *out)
{
    uint8_t aad[AAD_BYTES], nonce[HF_XNONCE_BYTES];
    if (sealed.len < HF_TAG_BYTES || sealed.len > HF_ATTACH_SEALED_BYTES)
        return false;
    const size_t len = sealed.len - HF_TAG_BYTES;
    const struct hf_slice bound = place(attachment, number, aad, nonce);
    return hf_unseal(key, nonce, bound, sealed.data, len, sealed.data + len, out);
}
