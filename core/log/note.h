/* C2SP signed-note and tlog-checkpoint, byte for byte. Pure. */
#ifndef HF_CORE_LOG_NOTE_H
#define HF_CORE_LOG_NOTE_H

#include "core/log/tree.h"

#define HF_NOTE_BYTES_MAX       16384
#define HF_NOTE_SIGNATURES_MAX  16
#define HF_NOTE_NAME_BYTES_MAX  200
#define HF_VKEY_TEXT_BYTES_MAX  (HF_NOTE_NAME_BYTES_MAX + 64)

/* An Ed25519 note key: name + "+" + hash (8 hex) + "+" + base64(0x01 ‖ public key). */
struct hf_note_key {
    char name[HF_NOTE_NAME_BYTES_MAX + 1];
    uint32_t id; /* SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)[0..4) */
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES];
};

/* name: non-empty UTF-8 without Unicode spaces or '+'. HF_ERR_INVALID otherwise. */
HF_CHECKED enum hf_status hf_note_key_init(struct hf_slice name, const uint8_t public_key[HF_SIGN_PUBLIC_BYTES],
                                           struct hf_note_key *out);
HF_CHECKED enum hf_status hf_note_key_parse(struct hf_slice vkey, struct hf_note_key *out);
/* Appends NAME+HASH+BASE64. */
void hf_note_key_format(const struct hf_note_key *key, struct hf_buf *out);

/* Appends text (must end in newline), a blank line and one signature line. */
HF_CHECKED enum hf_status hf_note_sign(struct hf_slice text, const struct hf_note_key *key,
                                       const struct hf_sign_key *secret, struct hf_buf *out);
/* Checks form and that at least one signature of `key` is there and every signature by `key` holds; unknown signers are
 * ignored. *out_text borrows from note (the signed text, newline included). HF_ERR_INVALID form, HF_ERR_AUTH signature. */
HF_CHECKED enum hf_status hf_note_open(struct hf_slice note, const struct hf_note_key *key,
                                       struct hf_slice *out_text);

/* tlog-checkpoint: origin line, size in decimal, base64 root, optional extension lines. */
struct hf_checkpoint {
    char origin[HF_NOTE_NAME_BYTES_MAX + 1];
    uint64_t size;
    struct hf_hash root;
};
void hf_checkpoint_text(const struct hf_checkpoint *checkpoint, struct hf_buf *out);
HF_CHECKED enum hf_status hf_checkpoint_parse(struct hf_slice text, struct hf_checkpoint *out);
/* Opens a signed checkpoint: note signature, and origin equal to key->name. */
HF_CHECKED enum hf_status hf_checkpoint_open(struct hf_slice note, const struct hf_note_key *key,
                                             struct hf_checkpoint *out);
/* log id = SHA-256(origin line); the origin line is taken without its newline. */
void hf_log_id(struct hf_slice origin, uint8_t out[HF_HASH_BYTES]);

#endif
