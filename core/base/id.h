/* Sixteen-byte ids: UUIDv7 (RFC 9562) for records, cases, people; change ids; ids derived from a parent. */
#ifndef HF_CORE_BASE_ID_H
#define HF_CORE_BASE_ID_H

#include "core/base/bytes.h"

#define HF_ID_BYTES          16
#define HF_ID_TEXT_BYTES     37 /* 8-4-4-4-12 hex and a NUL */
#define HF_ID_RANDOM_BYTES   10
#define HF_ID_HEX_TEXT_BYTES 33

struct hf_id {
    uint8_t bytes[HF_ID_BYTES];
};

/* UUIDv7 from Unix milliseconds (48 bits used) and ten random bytes. Pure. */
struct hf_id hf_id_v7(uint64_t unix_ms, const uint8_t random[HF_ID_RANDOM_BYTES]);
struct hf_id hf_id_zero(void);
struct hf_id hf_id_from_bytes(const uint8_t bytes[HF_ID_BYTES]);
bool hf_id_is_zero(const struct hf_id *id);
bool hf_id_equal(const struct hf_id *a, const struct hf_id *b);
int hf_id_compare(const struct hf_id *a, const struct hf_id *b);
struct hf_slice hf_id_slice(const struct hf_id *id);
/* Lower-case 8-4-4-4-12. */
void hf_id_format(const struct hf_id *id, char out[HF_ID_TEXT_BYTES]);
/* Accepts 8-4-4-4-12 or 32 hex digits, either case. HF_ERR_INVALID otherwise; *out_id untouched then. */
HF_CHECKED enum hf_status hf_id_parse(struct hf_slice text, struct hf_id *out_id);

#endif
