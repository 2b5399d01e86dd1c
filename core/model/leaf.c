#include "core/model/leaf.h"

#include "core/base/assert.h"

#include <string.h>

enum {
    AT_MAGIC = 0,
    AT_KIND = 4,
    AT_FLAGS = 5,
    AT_CLOCK = 8,
    AT_LOG_ID = 16,
    AT_DEVICE = 48,
    AT_INCARNATION = 80,
    AT_SEQ = 84,
    AT_PREV = 92,
    AT_SEEN_SIZE = 124,
    AT_SEEN_ROOT = 132,
    AT_SUBJECT_TAG = 164,
    AT_PAYLOAD_LEN = 180,
    AT_PAYLOAD_HASH = 184,
    AT_COMMITMENT = 216,
    AT_SIGNATURE = 248
};

static const uint8_t magic[4] = {'H', 'F', 'C', '1'};
static const char sign_context[] = "holdfast change v1"; /* its NUL is part of the context */

static bool all_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

static bool form_is_right(const uint8_t *at)
{
    return memcmp(at + AT_MAGIC, magic, sizeof magic) == 0 && at[AT_KIND] < HF_LEAF_KIND_COUNT &&
           all_zero(at + AT_FLAGS, AT_CLOCK - AT_FLAGS) &&
           all_zero(at + AT_PREV, HF_HASH_BYTES) == (hf_get_u64(at + AT_SEQ) == 0);
}

enum hf_status hf_leaf_decode(struct hf_slice bytes, struct hf_leaf *out)
{
    if (bytes.len != HF_LEAF_BYTES || !form_is_right(bytes.data))
        return HF_ERR_INVALID;
    const uint8_t *at = bytes.data;
    out->kind = (enum hf_leaf_kind)at[AT_KIND];
    out->clock = hf_get_u64(at + AT_CLOCK);
    memcpy(out->log_id, at + AT_LOG_ID, sizeof out->log_id);
    memcpy(out->device, at + AT_DEVICE, sizeof out->device);
    out->incarnation = hf_get_u32(at + AT_INCARNATION);
    out->seq = hf_get_u64(at + AT_SEQ);
    memcpy(out->prev, at + AT_PREV, sizeof out->prev);
    out->seen_size = hf_get_u64(at + AT_SEEN_SIZE);
    memcpy(out->seen_root, at + AT_SEEN_ROOT, sizeof out->seen_root);
    memcpy(out->subject_tag, at + AT_SUBJECT_TAG, sizeof out->subject_tag);
    out->payload_len = hf_get_u32(at + AT_PAYLOAD_LEN);
    memcpy(out->payload_hash, at + AT_PAYLOAD_HASH, sizeof out->payload_hash);
    memcpy(out->commitment, at + AT_COMMITMENT, sizeof out->commitment);
    memcpy(out->signature, at + AT_SIGNATURE, sizeof out->signature);
    return HF_OK;
}

void hf_leaf_encode(const struct hf_leaf *leaf, uint8_t out[HF_LEAF_BYTES])
{
    HF_ASSERT((unsigned)leaf->kind < HF_LEAF_KIND_COUNT);
    memcpy(out + AT_MAGIC, magic, sizeof magic);
    out[AT_KIND] = (uint8_t)leaf->kind;
    memset(out + AT_FLAGS, 0, AT_CLOCK - AT_FLAGS);
    hf_put_u64(out + AT_CLOCK, leaf->clock);
    memcpy(out + AT_LOG_ID, leaf->log_id, sizeof leaf->log_id);
    memcpy(out + AT_DEVICE, leaf->device, sizeof leaf->device);
    hf_put_u32(out + AT_INCARNATION, leaf->incarnation);
    hf_put_u64(out + AT_SEQ, leaf->seq);
    memcpy(out + AT_PREV, leaf->prev, sizeof leaf->prev);
    hf_put_u64(out + AT_SEEN_SIZE, leaf->seen_size);
    memcpy(out + AT_SEEN_ROOT, leaf->seen_root, sizeof leaf->seen_root);
    memcpy(out + AT_SUBJECT_TAG, leaf->subject_tag, sizeof leaf->subject_tag);
    hf_put_u32(out + AT_PAYLOAD_LEN, leaf->payload_len);
    memcpy(out + AT_PAYLOAD_HASH, leaf->payload_hash, sizeof leaf->payload_hash);
    memcpy(out + AT_COMMITMENT, leaf->commitment, sizeof leaf->commitment);
    memcpy(out + AT_SIGNATURE, leaf->signature, sizeof leaf->signature);
}

void hf_leaf_sign(struct hf_leaf *leaf, const struct hf_sign_key *key)
{
    HF_ASSERT(memcmp(leaf->device, key->public_key, sizeof leaf->device) == 0);
    uint8_t bytes[HF_LEAF_BYTES];
    hf_leaf_encode(leaf, bytes);
    hf_sign(key, hf_slice_of(sign_context, sizeof sign_context), hf_slice_of(bytes, HF_LEAF_SIGNED_BYTES),
            leaf->signature);
}

bool hf_leaf_verify(const uint8_t bytes[HF_LEAF_BYTES])
{
    return hf_verify(bytes + AT_DEVICE, hf_slice_of(sign_context, sizeof sign_context),
                     hf_slice_of(bytes, HF_LEAF_SIGNED_BYTES), bytes + AT_SIGNATURE);
}

struct hf_id hf_leaf_change_id(const uint8_t bytes[HF_LEAF_BYTES])
{
    uint8_t hash[HF_HASH_BYTES];
    hf_leaf_hash(bytes, hash);
    return hf_id_from_bytes(hash);
}

void hf_leaf_hash(const uint8_t bytes[HF_LEAF_BYTES], uint8_t out[HF_HASH_BYTES])
{
    hf_sha256_of(bytes, HF_LEAF_BYTES, out);
}

static bool continues(const struct hf_leaf *last, const uint8_t *last_bytes, const struct hf_leaf *next)
{
    uint8_t hash[HF_HASH_BYTES];
    hf_leaf_hash(last_bytes, hash);
    return memcmp(last->log_id, next->log_id, sizeof last->log_id) == 0 &&
           memcmp(last->device, next->device, sizeof last->device) == 0 && last->incarnation == next->incarnation &&
           last->seq != UINT64_MAX && last->seq + 1 == next->seq && memcmp(hash, next->prev, sizeof hash) == 0 &&
           next->clock > last->clock;
}

bool hf_leaf_follows(const uint8_t *last, const uint8_t next[HF_LEAF_BYTES])
{
    struct hf_leaf before;
    struct hf_leaf after;
    if (hf_leaf_decode(hf_slice_of(next, HF_LEAF_BYTES), &after) != HF_OK)
        return false;
    if (!last)
        return after.seq == 0;
    if (hf_leaf_decode(hf_slice_of(last, HF_LEAF_BYTES), &before) != HF_OK)
        return false;
    return continues(&before, last, &after);
}
