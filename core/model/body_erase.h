/* Erasure (kind 2) and legal hold (kind 5): both written by the server, both without names or free text, so that they
 * stand open in every bundle. Ids of people, devices and cases only.
 *
 * erase (kind 2): { 1 request bin, 2 ranges bin, 3 signature of who asked bin64, 4 second officer bin16, 5 their device
 *   bin32, 6 their signature bin64, 7 here bin? }
 *   request: { 1 erasure bin16, 2 case bin16, 3 legal basis text, 4 log size uint, 5 entries uint, 6 SHA-256(ranges)
 *     bin32, 7 asked at uint (Unix ms), 8 first officer bin16, 9 their device bin32 }
 *   ranges: first u64 ‖ count u32 each, ascending, with a gap between two: every entry of the case.
 *   here: in a new shard only (docs/decisions/0017): the erasure was carried out in the part of a log before that was
 *     lost. Request and ranges speak of that log; the contents of these entries of this one, perhaps none, went with
 * it. Two different people sign: "holdfast erase request v1\0" ‖ log id ‖ request, and "holdfast erase confirm v1\0" ‖
 * log id ‖ second officer ‖ request.
 *
 * legal hold (kind 5): { 1 case bin16, 2 placed bool, 3 reason code text }
 *
 * Encoders append; errors show in the buffer. Decoders are strict and borrow. Pure. */
#ifndef HF_CORE_MODEL_BODY_ERASE_H
#define HF_CORE_MODEL_BODY_ERASE_H

#include "core/model/body.h"

#define HF_ERASE_RANGE_BYTES       12
#define HF_ERASE_RANGES_MAX        16384
#define HF_ERASE_REQUEST_BYTES_MAX 512

struct hf_erase_request {
    struct hf_id erasure;
    struct hf_id case_id;
    struct hf_slice basis; /* hf_erase_basis_known */
    uint64_t log_size;     /* when it was asked for */
    uint64_t entry_count;
    uint8_t ranges_hash[HF_HASH_BYTES];
    uint64_t asked_ms;
    struct hf_id person;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
};
struct hf_erase_body {
    struct hf_slice request; /* encoded: what both sign */
    struct hf_erase_request asked;
    struct hf_slice ranges;
    uint8_t asked_signature[HF_SIGN_BYTES];
    struct hf_id person; /* the second officer; zero in a request that waits for one */
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint8_t signature[HF_SIGN_BYTES];
    bool is_carried;      /* here is in it */
    struct hf_slice here; /* as ranges */
};

#define HF_ERASE_BASIS_READS "reads" /* what goes is no case but the journal of one device and year (body_read.h) */
/* "retention", "never_recorded", "court_order", "duplicate", "reads", "other" */
bool hf_erase_basis_known(struct hf_slice basis);
/* For people; never NULL. */
const char *hf_erase_basis_text(struct hf_slice basis);

void hf_erase_request_encode(const struct hf_erase_request *request, struct hf_buf *out);
HF_CHECKED enum hf_status hf_erase_request_decode(struct hf_slice bytes, struct hf_erase_request *out);
void hf_erase_body_encode(const struct hf_erase_body *body, struct hf_buf *out);
/* Also checks that ranges are in order, fit their hash, and hold the number of entries that was asked for. */
HF_CHECKED enum hf_status hf_erase_body_decode(struct hf_slice bytes, struct hf_erase_body *out);

/* What of this log went with it: ranges, or here. */
struct hf_slice hf_erase_gone(const struct hf_erase_body *body);
/* One more entry, in ascending order: lengthens the last range, or begins one. HF_ERR_LIMIT: too many ranges. */
HF_CHECKED enum hf_status hf_erase_ranges_add(struct hf_buf *ranges, uint64_t index);
size_t hf_erase_range_count(struct hf_slice ranges);
void hf_erase_range_at(struct hf_slice ranges, size_t at, uint64_t *out_first, uint64_t *out_count);

void hf_erase_sign_request(const struct hf_sign_key *key, const uint8_t log_id[HF_HASH_BYTES], struct hf_slice request,
                           uint8_t out[HF_SIGN_BYTES]);
void hf_erase_sign_confirm(const struct hf_sign_key *key, const uint8_t log_id[HF_HASH_BYTES],
                           const struct hf_id *person, struct hf_slice request, uint8_t out[HF_SIGN_BYTES]);
/* The signature of who asked. */
bool hf_erase_asked(const uint8_t log_id[HF_HASH_BYTES], const struct hf_erase_body *body);
/* The signature of the second officer, who is another person with another device. */
bool hf_erase_confirmed(const uint8_t log_id[HF_HASH_BYTES], const struct hf_erase_body *body);

struct hf_hold_body {
    struct hf_id case_id;
    bool placed;
    struct hf_slice reason_code; /* "litigation", "inquiry", "police", "complaint", "other" */
};
bool hf_hold_reason_known(struct hf_slice code);
void hf_hold_body_encode(const struct hf_hold_body *body, struct hf_buf *out);
HF_CHECKED enum hf_status hf_hold_body_decode(struct hf_slice bytes, struct hf_hold_body *out);

#endif
