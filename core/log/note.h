/* C2SP signed-note and tlog-checkpoint, byte for byte. Pure. */
#ifndef HF_CORE_LOG_NOTE_H
#define HF_CORE_LOG_NOTE_H

#include "core/log/tree.h"

#define HF_NOTE_BYTES_MAX            131072 /* room for 16 post-quantum signatures of other people, as the spec asks */
#define HF_NOTE_SIGNATURES_MAX       64     /* a log, 32 witnesses and keys in rotation */
#define HF_NOTE_SIGNATURE_KEPT_BYTES 72     /* the time of a cosignature and an Ed25519 signature */
#define HF_NOTE_NAME_BYTES_MAX       200
#define HF_VKEY_TEXT_BYTES_MAX       (HF_NOTE_NAME_BYTES_MAX + 64)

/* An Ed25519 note key: name + "+" + hash (8 hex) + "+" + base64(0x01 ‖ public key). */
struct hf_note_key {
    char name[HF_NOTE_NAME_BYTES_MAX + 1];
    uint32_t id; /* SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)[0..4) */
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES];
};

/* True for a key name: non-empty UTF-8 without control characters, Unicode spaces and '+'. */
bool hf_note_name_fits(struct hf_slice name);

/* HF_ERR_INVALID when hf_note_name_fits says no, HF_ERR_LIMIT for a name above HF_NOTE_NAME_BYTES_MAX. */
HF_CHECKED enum hf_status hf_note_key_init(struct hf_slice name, const uint8_t public_key[HF_SIGN_PUBLIC_BYTES],
                                           struct hf_note_key *out);
/* Reads a vkey of type 0x01. HF_ERR_INVALID form (the hash must be lower-case hex and fit the key), HF_ERR_LIMIT name
 * too long, HF_ERR_UNSUPPORTED another signature type. */
HF_CHECKED enum hf_status hf_note_key_parse(struct hf_slice vkey, struct hf_note_key *out);
/* Appends NAME+HASH+BASE64. */
void hf_note_key_format(const struct hf_note_key *key, struct hf_buf *out);

/* One signature line, not yet checked. The name borrows from the note. */
struct hf_note_line {
    struct hf_slice name;
    uint32_t key_id;
    size_t signature_bytes;                          /* without the key id; at least 1 */
    uint8_t signature[HF_NOTE_SIGNATURE_KEPT_BYTES]; /* as many of them as we can use, then zeros */
};
struct hf_note_form {
    struct hf_slice text; /* newline included */
    size_t count;         /* 1..HF_NOTE_SIGNATURES_MAX */
    struct hf_note_line line[HF_NOTE_SIGNATURES_MAX];
};
/* Takes a note apart without looking at any signature: UTF-8, no control characters but newline, text, blank line,
 * signature lines. *out borrows from note. HF_ERR_INVALID form, HF_ERR_LIMIT more than HF_NOTE_BYTES_MAX or
 * HF_NOTE_SIGNATURES_MAX, HF_ERR_NOMEM. Nothing of the text may be believed before a signature was checked. */
HF_CHECKED enum hf_status hf_note_parse(struct hf_slice note, struct hf_note_form *out);

/* Appends text (must end in newline), a blank line and one signature line. HF_ERR_INVALID when the text is not UTF-8,
 * has control characters or no final newline; HF_ERR_LIMIT above HF_NOTE_BYTES_MAX; out is as it was then. `secret`
 * must be the secret half of `key`. */
HF_CHECKED enum hf_status hf_note_sign(struct hf_slice text, const struct hf_note_key *key,
                                       const struct hf_sign_key *secret, struct hf_buf *out);
/* Appends one further signature line to a note (the same text signed by a second key, or a cosignature line received
 * from a witness, newline included). HF_ERR_INVALID when the result would not be a note. */
HF_CHECKED enum hf_status hf_note_add_line(struct hf_slice line, struct hf_buf *note);

/* What a note says about one key: no line of it, lines that all hold, or a line that does not. */
enum hf_note_finding { HF_NOTE_ABSENT, HF_NOTE_HOLDS, HF_NOTE_FORGED };
enum hf_note_finding hf_note_find(const struct hf_note_form *form, const struct hf_note_key *key);
/* Checks form and that at least one signature of `key` is there and every signature by `key` holds; unknown signers are
 * ignored. *out_text borrows from note (the signed text, newline included). HF_ERR_INVALID or HF_ERR_LIMIT form,
 * HF_ERR_AUTH signature. */
HF_CHECKED enum hf_status hf_note_open(struct hf_slice note, const struct hf_note_key *key, struct hf_slice *out_text);

/* tlog-checkpoint: origin line, size in decimal, base64 root, optional extension lines. */
struct hf_checkpoint {
    char origin[HF_NOTE_NAME_BYTES_MAX + 1];
    uint64_t size;
    struct hf_hash root;
};
/* Appends the three lines. */
void hf_checkpoint_text(const struct hf_checkpoint *checkpoint, struct hf_buf *out);
/* Reads the note text; extension lines are allowed and ignored. HF_ERR_INVALID form, HF_ERR_LIMIT origin too long. */
HF_CHECKED enum hf_status hf_checkpoint_parse(struct hf_slice text, struct hf_checkpoint *out);
/* Appends the signed note of a checkpoint. Errors as hf_note_sign, and HF_ERR_INVALID when the origin is not the name
 * of the key. */
HF_CHECKED enum hf_status hf_checkpoint_sign(const struct hf_checkpoint *checkpoint, const struct hf_note_key *key,
                                             const struct hf_sign_key *secret, struct hf_buf *out);
/* Opens a signed checkpoint: note signature, and origin equal to key->name (HF_ERR_AUTH when it is another). */
HF_CHECKED enum hf_status hf_checkpoint_open(struct hf_slice note, const struct hf_note_key *key,
                                             struct hf_checkpoint *out);
/* log id = SHA-256(origin line); the origin line is taken without its newline. */
void hf_log_id(struct hf_slice origin, uint8_t out[HF_HASH_BYTES]);

#endif
