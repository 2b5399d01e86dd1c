/* C2SP tlog-cosignature, the Ed25519 form cosignature/v1: a witness says that a checkpoint is consistent with all it
 * saw of that log before. Checking only; this program is not a witness. Pure. */
#ifndef HF_CORE_LOG_COSIGNATURE_H
#define HF_CORE_LOG_COSIGNATURE_H

#include "core/log/note.h"

/* A vkey of type 0x04. Never mixed up with a log's key: the id is made over another type byte. */
struct hf_cosigner {
    char name[HF_NOTE_NAME_BYTES_MAX + 1];
    uint32_t id; /* SHA-256(name ‖ 0x0A ‖ 0x04 ‖ public key)[0..4) */
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES];
};

/* Errors as hf_note_key_init and hf_note_key_parse. */
HF_CHECKED enum hf_status hf_cosigner_init(struct hf_slice name, const uint8_t public_key[HF_SIGN_PUBLIC_BYTES],
                                           struct hf_cosigner *out);
HF_CHECKED enum hf_status hf_cosigner_parse(struct hf_slice vkey, struct hf_cosigner *out);
/* Appends NAME+HASH+BASE64. */
void hf_cosigner_format(const struct hf_cosigner *cosigner, struct hf_buf *out);

/* Looks for the witness in a note whose text is a checkpoint; every line of it must hold. When the finding is
 * HF_NOTE_HOLDS, *out_unix_s (may be NULL) is the latest time it stated, seconds since 1970; else it is untouched. */
enum hf_note_finding hf_cosigner_find(const struct hf_note_form *form, const struct hf_cosigner *cosigner,
                                      uint64_t *out_unix_s);

#endif
