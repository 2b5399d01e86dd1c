#include "core/vault/checksum.h"

#define WAL_MAGIC         0x377f0682u /* low bit set: words are big-endian */
#define WAL_VERSION       3007000u
#define HEADER_SUMMED     24 /* bytes of the WAL header before its own sum */
#define FRAME_HEAD_SUMMED 8  /* page number and database size */

static uint32_t big_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[3] | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[0] << 24;
}

static uint32_t little_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* `len` is a multiple of 8. One loop for each order of bytes: a log that is recovered is summed whole. */
static void add(struct hf_vault_checksum *checksum, const uint8_t *bytes, size_t len)
{
    uint32_t first = checksum->sum[0], second = checksum->sum[1];

    if (checksum->is_big_endian) {
        for (size_t at = 0; at < len; at += 8) {
            first += big_at(bytes + at) + second;
            second += big_at(bytes + at + 4) + first;
        }
    } else {
        for (size_t at = 0; at < len; at += 8) {
            first += little_at(bytes + at) + second;
            second += little_at(bytes + at + 4) + first;
        }
    }
    checksum->sum[0] = first;
    checksum->sum[1] = second;
}

bool hf_vault_checksum_begin(struct hf_vault_checksum *checksum, const uint8_t header[HF_VAULT_WAL_HEADER_BYTES])
{
    uint32_t magic = hf_get_u32(header);

    checksum->is_big_endian = magic & 1;
    checksum->sum[0] = checksum->sum[1] = 0;
    add(checksum, header, HEADER_SUMMED);
    return (magic & ~1u) == WAL_MAGIC && hf_get_u32(header + 4) == WAL_VERSION &&
           hf_get_u32(header + 8) == HF_VAULT_PAGE_BYTES && hf_vault_checksum_is(checksum, header + HEADER_SUMMED);
}

void hf_vault_checksum_resume(struct hf_vault_checksum *checksum, const uint8_t stored[8])
{
    checksum->sum[0] = hf_get_u32(stored);
    checksum->sum[1] = hf_get_u32(stored + 4);
}

void hf_vault_checksum_add_frame(struct hf_vault_checksum *checksum, const uint8_t frame[HF_VAULT_FRAME_BYTES])
{
    add(checksum, frame, FRAME_HEAD_SUMMED);
    add(checksum, frame + HF_VAULT_FRAME_HEADER_BYTES, HF_VAULT_PAGE_BYTES);
}

bool hf_vault_checksum_is(const struct hf_vault_checksum *checksum, const uint8_t stored[8])
{
    return checksum->sum[0] == hf_get_u32(stored) && checksum->sum[1] == hf_get_u32(stored + 4);
}

void hf_vault_checksum_put(const struct hf_vault_checksum *checksum, uint8_t out_stored[8])
{
    hf_put_u32(out_stored, checksum->sum[0]);
    hf_put_u32(out_stored + 4, checksum->sum[1]);
}
