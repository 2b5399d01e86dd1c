/* Inside core/log: verifier keys of the signed-note form, NAME+HASH+BASE64(type ‖ public key), for the Ed25519 types.
 */
#ifndef HF_CORE_LOG_VKEY_H
#define HF_CORE_LOG_VKEY_H

#include "core/base/bytes.h"
#include "core/crypto/crypto.h"

#define HF_VKEY_TYPE_NOTE        0x01
#define HF_VKEY_TYPE_COSIGNATURE 0x04

struct hf_vkey {
    struct hf_slice name; /* borrowed */
    uint32_t id;
    uint8_t type;
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES];
};

/* Checks the name and computes the id. HF_ERR_INVALID, HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_vkey_make(struct hf_slice name, uint8_t type,
                                       const uint8_t public_key[HF_SIGN_PUBLIC_BYTES], struct hf_vkey *out);
/* HF_ERR_INVALID form or id that does not fit, HF_ERR_LIMIT, HF_ERR_UNSUPPORTED another type, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_vkey_parse(struct hf_slice text, uint8_t type, struct hf_vkey *out);
void hf_vkey_format(const struct hf_vkey *vkey, struct hf_buf *out);

#endif
