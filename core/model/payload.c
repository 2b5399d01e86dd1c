#include "core/model/payload.h"

#include "core/base/assert.h"

#include <string.h>

#define LENGTH_BYTES   4
#define OVERHEAD_BYTES (HF_XNONCE_BYTES + HF_TAG_BYTES)

static const char commitment_context[] = "HFC1 open"; /* its NUL is part of the context */
static const uint8_t zeros[HF_PAYLOAD_PAD_BYTES];

/* What a class key is used for: one subkey per purpose, wiped by every function that makes them. */
struct subkeys {
    uint8_t seal[HF_KEY_BYTES];
    uint8_t nonce[HF_KEY_BYTES];
    uint8_t opening[HF_KEY_BYTES];
    uint8_t tag[HF_KEY_BYTES];
};

static void subkeys_derive(const struct hf_class_key *key, struct subkeys *out)
{
    hf_derive(key->key, "hf class seal v1", out->seal);
    hf_derive(key->key, "hf class nonce v1", out->nonce);
    hf_derive(key->key, "hf class opening v1", out->opening);
    hf_derive(key->key, "hf class tag v1", out->tag);
}

static size_t padded_bytes(size_t body_len)
{
    size_t bare = LENGTH_BYTES + body_len;
    return (bare + HF_PAYLOAD_PAD_BYTES - 1) / HF_PAYLOAD_PAD_BYTES * HF_PAYLOAD_PAD_BYTES;
}

static void derive_subject_tag(const struct subkeys *keys, const struct hf_leaf *leaf, uint8_t out[16])
{
    uint8_t number[12];
    uint8_t hash[HF_HASH_BYTES];
    hf_put_u32(number, leaf->incarnation);
    hf_put_u64(number + 4, leaf->seq);
    const struct hf_slice parts[] = {hf_slice_of(leaf->device, sizeof leaf->device),
                                     hf_slice_of(number, sizeof number)};
    hf_hmac_sha256(hf_slice_of(keys->tag, sizeof keys->tag), parts, 2, hash);
    memcpy(out, hash, 16);
}

static void derive_nonce(const struct subkeys *keys, const uint8_t *leaf_bytes, struct hf_slice body,
                         uint8_t out[HF_XNONCE_BYTES])
{
    uint8_t length[LENGTH_BYTES];
    hf_put_u32(length, (uint32_t)body.len);
    const struct hf_slice parts[] = {hf_slice_of(leaf_bytes, HF_LEAF_AAD_BYTES), hf_slice_of(length, sizeof length),
                                     body, hf_slice_of(zeros, padded_bytes(body.len) - LENGTH_BYTES - body.len)};
    hf_blake2b(hf_slice_of(keys->nonce, sizeof keys->nonce), parts, 4, out, HF_XNONCE_BYTES);
}

static void derive_opening(const struct subkeys *keys, const uint8_t *leaf_bytes, struct hf_slice body,
                           uint8_t out[HF_OPENING_BYTES])
{
    const struct hf_slice parts[] = {hf_slice_of(leaf_bytes, HF_LEAF_AAD_BYTES), body};
    hf_blake2b(hf_slice_of(keys->opening, sizeof keys->opening), parts, 2, out, HF_OPENING_BYTES);
}

static void commit_to(const uint8_t r[HF_OPENING_BYTES], struct hf_slice body, uint8_t out[HF_HASH_BYTES])
{
    struct hf_sha256 hash;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, commitment_context, sizeof commitment_context);
    hf_sha256_add(&hash, r, HF_OPENING_BYTES);
    hf_sha256_add(&hash, body.data, body.len);
    hf_sha256_end(&hash, out);
}

/* Appends nonce ‖ ciphertext ‖ tag; the caller has reserved the room, so that no plaintext is left in storage that a
 * growing buffer gives back. */
static void append_sealed(const struct subkeys *keys, const uint8_t *leaf_bytes, struct hf_slice body,
                          struct hf_buf *out)
{
    uint8_t nonce[HF_XNONCE_BYTES];
    uint8_t tag[HF_TAG_BYTES];
    size_t data_len = padded_bytes(body.len);
    derive_nonce(keys, leaf_bytes, body, nonce);
    hf_buf_append(out, nonce, sizeof nonce);
    size_t at = out->len;
    hf_buf_append_u32(out, (uint32_t)body.len);
    hf_buf_append_slice(out, body);
    hf_buf_append_zeros(out, data_len - LENGTH_BYTES - body.len);
    HF_ASSERT(hf_buf_status(out) == HF_OK);
    hf_seal(keys->seal, nonce, hf_slice_of(leaf_bytes, HF_LEAF_AAD_BYTES), out->data + at, data_len, out->data + at,
            tag);
    hf_buf_append(out, tag, sizeof tag);
    HF_ASSERT(hf_buf_status(out) == HF_OK);
}

/* Seals into `out`, which has room, and fills the four fields of `leaf`. */
static void seal_into(const struct subkeys *keys, struct hf_slice body, struct hf_leaf *leaf, struct hf_buf *out)
{
    uint8_t bytes[HF_LEAF_BYTES];
    uint8_t r[HF_OPENING_BYTES];
    size_t at = out->len;
    derive_subject_tag(keys, leaf, leaf->subject_tag);
    hf_leaf_encode(leaf, bytes);
    append_sealed(keys, bytes, body, out);
    leaf->payload_len = (uint32_t)(out->len - at);
    hf_sha256_of(out->data + at, out->len - at, leaf->payload_hash);
    derive_opening(keys, bytes, body, r);
    commit_to(r, body, leaf->commitment);
    hf_wipe(r, sizeof r);
}

enum hf_status hf_payload_seal(const struct hf_class_key *key, struct hf_slice body, struct hf_leaf *leaf,
                               struct hf_buf *out_payload)
{
    if (body.len > HF_BODY_BYTES_MAX)
        return HF_ERR_LIMIT;
    struct hf_buf own = {0};
    struct hf_buf *out = out_payload ? out_payload : &own;
    hf_buf_reserve(out, padded_bytes(body.len) + OVERHEAD_BYTES);
    enum hf_status status = hf_buf_status(out);
    if (status == HF_OK) {
        struct subkeys keys;
        subkeys_derive(key, &keys);
        seal_into(&keys, body, leaf, out);
        hf_wipe(&keys, sizeof keys);
    }
    hf_buf_clear(&own);
    return status;
}

static bool sealed_alike(const struct hf_leaf *a, const struct hf_leaf *b)
{
    return hf_secret_equal(a->subject_tag, b->subject_tag, sizeof a->subject_tag) && a->payload_len == b->payload_len &&
           hf_secret_equal(a->payload_hash, b->payload_hash, sizeof a->payload_hash) &&
           hf_secret_equal(a->commitment, b->commitment, sizeof a->commitment);
}

enum hf_status hf_payload_check_opened(const struct hf_class_key *key, struct hf_slice body, const struct hf_leaf *leaf,
                                       struct hf_buf *out_payload)
{
    struct hf_leaf again = *leaf;
    size_t before = out_payload ? out_payload->len : 0;
    enum hf_status status = hf_payload_seal(key, body, &again, out_payload);
    if (status == HF_ERR_LIMIT && body.len > HF_BODY_BYTES_MAX)
        return HF_ERR_AUTH; /* no leaf commits to a body that cannot be sealed */
    if (status == HF_OK && !sealed_alike(&again, leaf)) {
        if (out_payload)
            out_payload->len = before;
        return HF_ERR_AUTH;
    }
    return status;
}

/* The body inside opened data: length, and zeros to the next multiple, no more. */
static bool unpad(const struct hf_buf *data, struct hf_slice *out_body)
{
    size_t len = hf_get_u32(data->data);
    if (len > HF_BODY_BYTES_MAX || padded_bytes(len) != data->len)
        return false;
    uint8_t any = 0;
    for (size_t i = LENGTH_BYTES + len; i < data->len; i++)
        any |= data->data[i];
    *out_body = hf_slice_of(data->data + LENGTH_BYTES, len);
    return any == 0;
}

/* Whoever holds the key must be able to seal the body again to the same bytes, or the change could not travel opened:
 * so the nonce and the subject tag are checked here as well. */
static bool derived_parts_fit(const struct subkeys *keys, const uint8_t *leaf_bytes, struct hf_slice payload,
                              struct hf_slice body, const struct hf_leaf *leaf)
{
    uint8_t tag[16];
    uint8_t nonce[HF_XNONCE_BYTES];
    uint8_t r[HF_OPENING_BYTES];
    derive_subject_tag(keys, leaf, tag);
    derive_nonce(keys, leaf_bytes, body, nonce);
    derive_opening(keys, leaf_bytes, body, r);
    bool fit = hf_secret_equal(tag, leaf->subject_tag, sizeof tag) &&
               hf_secret_equal(nonce, payload.data, sizeof nonce) && hf_payload_commitment_fits(r, body, leaf);
    hf_wipe(r, sizeof r);
    return fit;
}

/* `data` has room for the plaintext and is wiped by the caller. */
static enum hf_status open_into(const struct subkeys *keys, struct hf_slice payload, const struct hf_leaf *leaf,
                                struct hf_buf *data, struct hf_buf *out_body)
{
    uint8_t bytes[HF_LEAF_BYTES];
    struct hf_slice body;
    size_t len = payload.len - OVERHEAD_BYTES;
    hf_leaf_encode(leaf, bytes);
    hf_buf_append_zeros(data, len);
    HF_ASSERT(hf_buf_status(data) == HF_OK);
    if (!hf_unseal(keys->seal, payload.data, hf_slice_of(bytes, HF_LEAF_AAD_BYTES), payload.data + HF_XNONCE_BYTES, len,
                   payload.data + payload.len - HF_TAG_BYTES, data->data))
        return HF_ERR_AUTH;
    if (!unpad(data, &body) || !derived_parts_fit(keys, bytes, payload, body, leaf))
        return HF_ERR_AUTH;
    hf_buf_append_slice(out_body, body);
    return hf_buf_status(out_body);
}

static bool length_is_possible(size_t payload_len)
{
    return payload_len >= OVERHEAD_BYTES + HF_PAYLOAD_PAD_BYTES && payload_len <= HF_PAYLOAD_BYTES_MAX &&
           (payload_len - OVERHEAD_BYTES) % HF_PAYLOAD_PAD_BYTES == 0;
}

enum hf_status hf_payload_open(const struct hf_class_key *key, struct hf_slice payload, const struct hf_leaf *leaf,
                               struct hf_buf *out_body)
{
    if (!length_is_possible(payload.len) || !hf_payload_hash_fits(payload, leaf))
        return HF_ERR_AUTH;
    struct hf_buf data = {0};
    hf_buf_reserve(&data, payload.len);
    enum hf_status status = hf_buf_status(&data);
    if (status == HF_OK) {
        struct subkeys keys;
        subkeys_derive(key, &keys);
        status = open_into(&keys, payload, leaf, &data, out_body);
        hf_wipe(&keys, sizeof keys);
    }
    hf_buf_wipe(&data);
    return status;
}

void hf_payload_opening(const struct hf_class_key *key, struct hf_slice body, const struct hf_leaf *leaf,
                        uint8_t out_r[HF_OPENING_BYTES])
{
    struct subkeys keys;
    uint8_t bytes[HF_LEAF_BYTES];
    subkeys_derive(key, &keys);
    hf_leaf_encode(leaf, bytes);
    derive_opening(&keys, bytes, body, out_r);
    hf_wipe(&keys, sizeof keys);
}

bool hf_payload_hash_fits(struct hf_slice payload, const struct hf_leaf *leaf)
{
    uint8_t hash[HF_HASH_BYTES];
    if (payload.len != leaf->payload_len)
        return false;
    hf_sha256_of(payload.data, payload.len, hash);
    return hf_secret_equal(hash, leaf->payload_hash, sizeof hash);
}

bool hf_payload_commitment_fits(const uint8_t r[HF_OPENING_BYTES], struct hf_slice body, const struct hf_leaf *leaf)
{
    uint8_t commitment[HF_HASH_BYTES];
    commit_to(r, body, commitment);
    return hf_secret_equal(commitment, leaf->commitment, sizeof commitment);
}
