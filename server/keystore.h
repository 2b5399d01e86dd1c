/* The server's key store: a vault of its own (keys.db, backed up apart) with every class key and the server's own
 * secret keys (formats.md 1). One thread at a time. */
#ifndef HF_SERVER_KEYSTORE_H
#define HF_SERVER_KEYSTORE_H

#include "core/model/body.h"
#include "core/vault/vault.h"

struct hf_keystore;

#define HF_LOG_KEYS_MAX 16 /* certificates of one log, one after the other */

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
    uint64_t serial;                   /* of the certificate in use: how often keys were changed */
    uint64_t at_size;                  /* of the log when its entry was about to be written */
    size_t old_log_count;              /* public keys that signed the log before, the oldest first … */
    uint8_t old_log_keys[HF_LOG_KEYS_MAX][HF_SIGN_PUBLIC_BYTES];
    uint8_t old_log_shards[HF_LOG_KEYS_MAX]; /* … and which name of the log that was under */
    size_t old_device_count;                 /* public keys that signed the server's entries before */
    uint8_t old_devices[HF_LOG_KEYS_MAX][HF_SIGN_PUBLIC_BYTES];
    size_t old_channel_count; /* with which devices that were away may still come, each until its time */
    struct hf_old_channel {
        struct hf_dh_key key;
        uint64_t until_ms;
    } old_channels[HF_LOG_KEYS_MAX];
    size_t old_key_store_count; /* what was sealed to them before goes on being opened */
    struct hf_dh_key old_key_stores[HF_LOG_KEYS_MAX];
    uint64_t old_until_ms;     /* as the certificate in use says */
    struct hf_log_names names; /* of the log, the first is `origin`; the last is the one in use */
    uint8_t shard[HF_SHARD_BYTES_MAX];
    size_t shard_len; /* the newest shard (core/model/shard.h), encoded; 0: the log is the first */
};
/* Opens what was sealed to the key store's key, or to one before it. */
bool hf_keystore_open_box(const struct hf_keystore *store, const uint8_t *sealed, size_t sealed_len, uint8_t *out);
/* The name of the log: the origin line of its checkpoints. */
const char *hf_server_log_name(const struct hf_server_keys *keys);

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
/* Every id of which only held keys are here: cases whose opening is held, and journals. */
HF_CHECKED enum hf_status hf_keystore_never_in_use(struct hf_keystore *store,
                                                   bool (*each)(void *ctx, const struct hf_id *case_id), void *ctx);
/* How often anything in it was changed, ever: in a copy that is older than another of the same key store it is less.
 * The signing guard remembers it (keys_check.h). */
HF_CHECKED enum hf_status hf_keystore_changes(struct hf_keystore *store, uint64_t *out);

#endif
