/* The server's key store: a vault of its own (keys.db, backed up apart) with every class key and the server's own
 * secret keys (formats.md 1). One thread at a time. */
#ifndef HF_SERVER_KEYSTORE_H
#define HF_SERVER_KEYSTORE_H

#include "core/model/body.h"
#include "core/vault/vault.h"

struct hf_keystore;

#define HF_LOG_KEYS_MAX 16 /* of one log, one after the other */

/* The server's own keys, made by `holdfastd init`. Wipe after use. */
struct hf_server_keys {
    char origin[201];
    char authority_name[201];
    uint8_t authority_key[HF_SIGN_PUBLIC_BYTES]; /* public only: the private half leaves the machine */
    uint8_t authority_signature[HF_SIGN_BYTES];
    struct hf_sign_key device; /* signs server leaves */
    struct hf_sign_key log;    /* signs checkpoints */
    struct hf_dh_key channel;
    struct hf_dh_key key_store;        /* devices seal new class keys to it */
    uint8_t recovery_key[HF_DH_BYTES]; /* public only: devices seal their vault's key to it */
    uint64_t serial;                   /* how often the log's key was changed */
    size_t old_log_count;              /* public keys that signed the log before, the oldest first */
    uint8_t old_log_keys[HF_LOG_KEYS_MAX][HF_SIGN_PUBLIC_BYTES];
};

HF_CHECKED enum hf_status hf_keystore_create(struct hf_vault *vault, const struct hf_server_keys *keys,
                                             struct hf_keystore **out, struct hf_error *err);
HF_CHECKED enum hf_status hf_keystore_open(struct hf_vault *vault, struct hf_keystore **out, struct hf_error *err);
void hf_keystore_close(struct hf_keystore *store);
/* Borrowed until close. */
const struct hf_server_keys *hf_keystore_server(const struct hf_keystore *store);
/* Durable when it returns; putting the same key again is fine. HF_ERR_EXISTS: another key has this id, or this case and
 * epoch; HF_ERR_STATE: the case was erased (keystore_erase.h). */
HF_CHECKED enum hf_status hf_keystore_put(struct hf_keystore *store, const struct hf_class_key *key);
/* Puts between the two become durable together, when finish returns HF_OK; with another status, which it passes on,
 * none is stored. Gets in between find them. Not nested. */
HF_CHECKED enum hf_status hf_keystore_begin(struct hf_keystore *store);
HF_CHECKED enum hf_status hf_keystore_finish(struct hf_keystore *store, enum hf_status status);
/* A key that came with a held case: kept, so that what is sealed under it can be read, but never the key of a case. Any
 * number for one case and epoch. A key in use stays in use. */
HF_CHECKED enum hf_status hf_keystore_put_held(struct hf_keystore *store, const struct hf_class_key *key);
HF_CHECKED enum hf_status hf_keystore_get(struct hf_keystore *store, const struct hf_id *key_id,
                                          struct hf_class_key *out);
/* The key in use of the newest epoch of a case. */
HF_CHECKED enum hf_status hf_keystore_current(struct hf_keystore *store, const struct hf_id *case_id,
                                              struct hf_class_key *out);
/* Every case with a key in use, each once; false stops. */
HF_CHECKED enum hf_status hf_keystore_cases(struct hf_keystore *store,
                                            bool (*each)(void *ctx, const struct hf_id *case_id), void *ctx);

#endif
