/* Sealing the body of a change under its class key (formats.md 1). Pure and deterministic: whoever holds the key can
 * seal the same body again and get the same bytes. */
#ifndef HF_CORE_MODEL_PAYLOAD_H
#define HF_CORE_MODEL_PAYLOAD_H

#include "core/model/leaf.h"

#define HF_BODY_BYTES_MAX    (256u * 1024)
#define HF_PAYLOAD_BYTES_MAX (HF_BODY_BYTES_MAX + 64 + 4 + 40)
#define HF_PAYLOAD_PAD_BYTES 64
#define HF_OPENING_BYTES     32

/* One per child × retention class × epoch. Subkeys are derived from it, one per purpose. */
struct hf_class_key {
    struct hf_id case_id;
    struct hf_id key_id; /* 16 random bytes */
    uint32_t epoch;
    uint8_t key[HF_KEY_BYTES];
};

/* Fills subject_tag, payload_len, payload_hash and commitment of a leaf whose fields before offset 164 are final, and
 * appends the sealed payload (nonce ‖ ciphertext ‖ tag) to out_payload (may be NULL). HF_ERR_LIMIT: body too long. */
HF_CHECKED enum hf_status hf_payload_seal(const struct hf_class_key *key, struct hf_slice body, struct hf_leaf *leaf,
                                          struct hf_buf *out_payload);
/* Seals again and checks tag, length, both hashes against the leaf; appends the payload to out_payload (may be NULL).
 * HF_ERR_AUTH when anything differs. The signature is checked by hf_leaf_verify. */
HF_CHECKED enum hf_status hf_payload_check_opened(const struct hf_class_key *key, struct hf_slice body,
                                                  const struct hf_leaf *leaf, struct hf_buf *out_payload);
/* Opens a sealed payload: hash, tag, padding, commitment; appends the body. HF_ERR_AUTH otherwise. */
HF_CHECKED enum hf_status hf_payload_open(const struct hf_class_key *key, struct hf_slice payload,
                                          const struct hf_leaf *leaf, struct hf_buf *out_body);
/* r of the commitment, for disclosing one body alone. */
void hf_payload_opening(const struct hf_class_key *key, struct hf_slice body, const struct hf_leaf *leaf,
                        uint8_t out_r[HF_OPENING_BYTES]);
/* Checks SHA-256(payload) against the leaf, without a key. */
bool hf_payload_hash_fits(struct hf_slice payload, const struct hf_leaf *leaf);
/* Checks the commitment against r and body, without a key. */
bool hf_payload_commitment_fits(const uint8_t r[HF_OPENING_BYTES], struct hf_slice body, const struct hf_leaf *leaf);

#endif
