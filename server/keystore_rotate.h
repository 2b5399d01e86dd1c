/* The server's keys, one set after the other (rotate.h, shard.h). A set is made, then certified by the authority, then
 * in use from the entry that says so. Inside server/. */
#ifndef HF_SERVER_KEYSTORE_ROTATE_H
#define HF_SERVER_KEYSTORE_ROTATE_H

#include "server/keystore.h"

enum hf_key_part { /* of a set: made anew, or as before */
                   HF_KEYS_LOG = 1,
                   HF_KEYS_DEVICE = 2,
                   HF_KEYS_CHANNEL = 4,
                   HF_KEYS_STORE = 8,
                   HF_KEYS_ALL = 15
};
#define HF_OLD_KEYS_DAYS     90
#define HF_OLD_KEYS_DAYS_MAX 3650

/* What is wished for. */
struct hf_key_wish {
    unsigned parts;        /* of enum hf_key_part */
    uint64_t old_until_ms; /* until when the channel key before is answered */
    struct hf_slice shard; /* encoded; empty: the log goes on as it is */
    /* A certificate that was taken, never came into use, and whose entry would stand at this place or later is given
     * up: the log was lost before that, and nothing was ever signed with its keys. */
    uint64_t never_used_from;
};
/* The set that comes next; what is not made anew is the key in use. */
struct hf_key_row {
    uint64_t serial;
    unsigned parts;
    uint64_t old_until_ms;
    uint8_t log[HF_SIGN_PUBLIC_BYTES], device[HF_SIGN_PUBLIC_BYTES];
    uint8_t channel[HF_DH_BYTES], key_store[HF_DH_BYTES];
    uint8_t shard[HF_SHARD_BYTES_MAX];
    size_t shard_len; /* 0: no new shard begins with it */
    bool certified;
    uint64_t at_size; /* certified: the log's size when its entry was about to be written */
    uint8_t signature[HF_SIGN_BYTES];
};
/* Made when there is none yet. One that was made for the same parts and the same shard and not certified yet is given
 * again, as it was; any other that is not certified is given up. HF_ERR_STATE: one is certified, and not in use yet;
 * HF_ERR_LIMIT: the log had HF_LOG_KEYS_MAX. */
HF_CHECKED enum hf_status hf_keystore_next_keys(struct hf_keystore *store, const struct hf_key_wish *wish,
                                                struct hf_key_row *out);
/* HF_ERR_NOT_FOUND: there is none. */
HF_CHECKED enum hf_status hf_keystore_has_next_keys(struct hf_keystore *store, struct hf_key_row *out);
HF_CHECKED enum hf_status hf_keystore_certify_keys(struct hf_keystore *store, uint64_t serial,
                                                   const uint8_t signature[HF_SIGN_BYTES], uint64_t at_size);
/* Its entry is in the log: hf_keystore_server shows it from now on. */
HF_CHECKED enum hf_status hf_keystore_use_keys(struct hf_keystore *store, uint64_t serial);
/* The certificates in use whose entries a log of `size` entries does not have, in order: what a new shard that begins
 * there has to bring (core/model/shard.h). Appended as hf_shard_lost_encode does; nothing when there is none.
 * HF_ERR_LIMIT: too many, or too long. */
HF_CHECKED enum hf_status hf_keystore_lost_keys(struct hf_keystore *store, uint64_t size, struct hf_buf *out);
/* Where the entry that began shard `number` (1 …) stood: so many entries it had of the log before. HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_keystore_shard_size(struct hf_keystore *store, uint64_t number, uint64_t *out);
/* The secret half of the device key that comes next: it signs the entry that says so. */
HF_CHECKED enum hf_status hf_keystore_next_device(struct hf_keystore *store, struct hf_sign_key *out);

#endif
