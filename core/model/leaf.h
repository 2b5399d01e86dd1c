/* The leaf: the fixed 312 bytes of a change that a device signs and the log holds (formats.md 1). Pure. */
#ifndef HF_CORE_MODEL_LEAF_H
#define HF_CORE_MODEL_LEAF_H

#include "core/base/clock.h"
#include "core/base/id.h"
#include "core/crypto/crypto.h"

#define HF_LEAF_BYTES        312
#define HF_LEAF_AAD_BYTES    180 /* what binds the payload: everything before the payload's own length and hashes */
#define HF_LEAF_SIGNED_BYTES 248

enum hf_leaf_kind {
    HF_LEAF_DATA = 0,
    HF_LEAF_CASE = 1, /* new case or key epoch */
    HF_LEAF_ERASE = 2,
    HF_LEAF_ENROL = 3,
    HF_LEAF_REVOKE = 4,
    HF_LEAF_HOLD = 5, /* legal hold */
    HF_LEAF_CHAIN_END = 6,
    HF_LEAF_NOTE = 7, /* server note */
    HF_LEAF_READ = 8,
    HF_LEAF_POLICY = 9,
    HF_LEAF_KIND_COUNT
};

struct hf_leaf {
    enum hf_leaf_kind kind;
    hf_clock clock;
    uint8_t log_id[HF_HASH_BYTES];
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint32_t incarnation;
    uint64_t seq;
    uint8_t prev[HF_HASH_BYTES];
    uint64_t seen_size;
    uint8_t seen_root[HF_HASH_BYTES];
    uint8_t subject_tag[16];
    uint32_t payload_len; /* of the sealed payload: nonce 24 ‖ ciphertext ‖ tag 16 */
    uint8_t payload_hash[HF_HASH_BYTES];
    uint8_t commitment[HF_HASH_BYTES];
    uint8_t signature[HF_SIGN_BYTES];
};

/* Strict: magic, known kind, zero flags, prev zero exactly when seq is 0. HF_ERR_INVALID. Does not check the
 * signature. */
HF_CHECKED enum hf_status hf_leaf_decode(struct hf_slice bytes, struct hf_leaf *out);
void hf_leaf_encode(const struct hf_leaf *leaf, uint8_t out[HF_LEAF_BYTES]);
/* Fills leaf->signature. key must belong to leaf->device. */
void hf_leaf_sign(struct hf_leaf *leaf, const struct hf_sign_key *key);
/* Ed25519 over "holdfast change v1\0" ‖ bytes[0..248), under the key in the leaf. */
bool hf_leaf_verify(const uint8_t bytes[HF_LEAF_BYTES]);
/* Change id = SHA-256(leaf)[0..16). */
struct hf_id hf_leaf_change_id(const uint8_t bytes[HF_LEAF_BYTES]);
/* prev of the next leaf = SHA-256(leaf). */
void hf_leaf_hash(const uint8_t bytes[HF_LEAF_BYTES], uint8_t out[HF_HASH_BYTES]);
/* True when `next` continues the chain of `last` (same device and incarnation, seq + 1, prev fits, clock greater).
 * last NULL: next must have seq 0. */
bool hf_leaf_follows(const uint8_t *last, const uint8_t next[HF_LEAF_BYTES]);

#endif
