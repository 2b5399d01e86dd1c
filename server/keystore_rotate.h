/* The log's keys, one after the other (rotate.h). A key is made, then certified by the authority, then in use from the
 * entry that says so. Inside server/. */
#ifndef HF_SERVER_KEYSTORE_ROTATE_H
#define HF_SERVER_KEYSTORE_ROTATE_H

#include "server/keystore.h"

struct hf_log_key_row {
    uint64_t serial;
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES];
    bool certified;
    uint64_t at_size; /* certified: the log's size when its entry was about to be written */
};
/* The key that comes next; made when there is none yet. HF_ERR_LIMIT: the log had HF_LOG_KEYS_MAX. */
HF_CHECKED enum hf_status hf_keystore_next_log_key(struct hf_keystore *store, struct hf_log_key_row *out);
/* HF_ERR_NOT_FOUND: there is none. */
HF_CHECKED enum hf_status hf_keystore_has_next_log_key(struct hf_keystore *store, struct hf_log_key_row *out);
HF_CHECKED enum hf_status hf_keystore_certify_log_key(struct hf_keystore *store, uint64_t serial,
                                                      const uint8_t signature[HF_SIGN_BYTES], uint64_t at_size);
/* Its entry is in the log: hf_keystore_server shows it from now on. */
HF_CHECKED enum hf_status hf_keystore_use_log_key(struct hf_keystore *store, uint64_t serial);

#endif
