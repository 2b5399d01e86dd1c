#include "core/base/id.h"

#include "core/base/text.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

struct hf_id hf_id_v7(uint64_t unix_ms, const uint8_t random[HF_ID_RANDOM_BYTES])
{
    struct hf_id id;
    hf_put_u16(id.bytes, (uint16_t)(unix_ms >> 32));
    hf_put_u32(id.bytes + 2, (uint32_t)unix_ms);
    memcpy(id.bytes + 6, random, HF_ID_RANDOM_BYTES);
    id.bytes[6] = (uint8_t)(0x70u | (id.bytes[6] & 0x0Fu)); /* version 7 */
    id.bytes[8] = (uint8_t)(0x80u | (id.bytes[8] & 0x3Fu)); /* variant 10 */
    return id;
}

struct hf_id hf_id_zero(void)
{
    return (struct hf_id){.bytes = {0}};
}

struct hf_id hf_id_from_bytes(const uint8_t bytes[HF_ID_BYTES])
{
    struct hf_id id;
    memcpy(id.bytes, bytes, HF_ID_BYTES);
    return id;
}

bool hf_id_is_zero(const struct hf_id *id)
{
    struct hf_id zero = hf_id_zero();
    return hf_id_equal(id, &zero);
}

bool hf_id_equal(const struct hf_id *a, const struct hf_id *b)
{
    return hf_id_compare(a, b) == 0;
}

int hf_id_compare(const struct hf_id *a, const struct hf_id *b)
{
    return memcmp(a->bytes, b->bytes, HF_ID_BYTES);
}

struct hf_slice hf_id_slice(const struct hf_id *id)
{
    return hf_slice_of(id->bytes, HF_ID_BYTES);
}

/* A dash stands before bytes 4, 6, 8 and 10. */
static bool dash_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void hf_id_format(const struct hf_id *id, char out[HF_ID_TEXT_BYTES])
{
    char *at = out;
    for (size_t i = 0; i < HF_ID_BYTES; i++) {
        if (dash_before(i))
            *at++ = '-';
        *at++ = hex_digits[id->bytes[i] >> 4];
        *at++ = hex_digits[id->bytes[i] & 0x0Fu];
    }
    *at = '\0';
}

enum hf_status hf_id_parse(struct hf_slice text, struct hf_id *out_id)
{
    const bool dashed = text.len == HF_ID_TEXT_BYTES - 1;
    if (!dashed && text.len != HF_ID_HEX_TEXT_BYTES - 1)
        return HF_ERR_INVALID;

    struct hf_id id;
    const uint8_t *at = text.data;
    for (size_t i = 0; i < HF_ID_BYTES; i++, at += 2) {
        if (dashed && dash_before(i) && *at++ != '-')
            return HF_ERR_INVALID;
        if (hf_text_unhex(hf_slice_of(at, 2), &id.bytes[i], 1) != HF_OK)
            return HF_ERR_INVALID;
    }
    *out_id = id;
    return HF_OK;
}
