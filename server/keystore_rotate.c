#include "server/keystore_rotate.h"

#include "server/keystore_internal.h"

#include <string.h>

enum statement { ADD, GET, CERTIFY, USE, USED, STATEMENT_COUNT };
enum state { MADE = 0, CERTIFIED = 1, IN_USE = 2 };

static const char schema[] =
    "CREATE TABLE log_keys(serial INTEGER PRIMARY KEY, seed BLOB NOT NULL, signature BLOB NOT NULL,"
    " at_size INTEGER NOT NULL, state INTEGER NOT NULL);";

static const char *const texts[STATEMENT_COUNT] = {
    [ADD] = "INSERT INTO log_keys VALUES(?1, ?2, zeroblob(64), 0, 0)",
    [GET] = "SELECT seed, state, at_size FROM log_keys WHERE serial = ?1",
    [CERTIFY] = "UPDATE log_keys SET signature = ?2, at_size = ?3, state = 1 WHERE serial = ?1 AND state < 2",
    [USE] = "UPDATE log_keys SET state = 2 WHERE serial = ?1 AND state = 1",
    [USED] = "SELECT serial, seed, signature FROM log_keys WHERE state = 2 ORDER BY serial",
};

enum hf_status hf_keystore_rotations_open(struct hf_keystore *store, struct hf_vault *vault, struct hf_error *err)
{
    return hf_sql_open(&store->rotations, vault, "log_keys", schema, texts, STATEMENT_COUNT, err);
}

/* The next key takes the place of the one in use, which joins the old ones. */
static bool take_used(struct hf_server_keys *keys, uint64_t serial, const uint8_t seed[HF_SIGN_SEED_BYTES],
                      const uint8_t *signature)
{
    if (serial != keys->serial + 1 || keys->old_log_count == HF_LOG_KEYS_MAX)
        return false;
    memcpy(keys->old_log_keys[keys->old_log_count++], keys->log.public_key, HF_SIGN_PUBLIC_BYTES);
    hf_sign_key_from_seed(seed, &keys->log);
    memcpy(keys->authority_signature, signature, sizeof keys->authority_signature);
    keys->serial = serial;
    return true;
}

enum hf_status hf_keystore_rotations_load(struct hf_keystore *store)
{
    struct hf_row row;
    bool fits = true;
    hf_row_start(&row, &store->rotations, USED);
    while (fits && hf_row_next(&row)) {
        uint8_t seed[HF_SIGN_SEED_BYTES], signature[HF_SIGN_BYTES];
        const uint64_t serial = hf_row_u64(&row, 0);
        hf_row_fixed(&row, 1, seed, sizeof seed);
        hf_row_fixed(&row, 2, signature, sizeof signature);
        if (serial > store->keys->serial)
            fits = take_used(store->keys, serial, seed, signature);
        hf_wipe(seed, sizeof seed);
    }
    enum hf_status status = hf_row_end(&row);
    return status == HF_OK && !fits ? HF_ERR_CORRUPT : status;
}

enum hf_status hf_keystore_has_next_log_key(struct hf_keystore *store, struct hf_log_key_row *out)
{
    struct hf_row row;
    struct hf_sign_key key;
    uint8_t seed[HF_SIGN_SEED_BYTES];
    struct hf_log_key_row next = {.serial = store->keys->serial + 1};
    hf_row_start(&row, &store->rotations, GET);
    hf_row_bind_u64(&row, next.serial);
    const bool found = hf_row_next(&row);
    if (found) {
        hf_row_fixed(&row, 0, seed, sizeof seed);
        hf_sign_key_from_seed(seed, &key);
        memcpy(next.public_key, key.public_key, sizeof next.public_key);
        next.certified = hf_row_u64(&row, 1) == CERTIFIED;
        next.at_size = hf_row_u64(&row, 2);
        hf_wipe(seed, sizeof seed);
        hf_wipe(&key, sizeof key);
    }
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        *out = next;
    return status;
}

enum hf_status hf_keystore_next_log_key(struct hf_keystore *store, struct hf_log_key_row *out)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    struct hf_row row;
    enum hf_status status = hf_keystore_has_next_log_key(store, out);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    if (store->keys->old_log_count + 1 >= HF_LOG_KEYS_MAX)
        return HF_ERR_LIMIT;
    hf_random(seed, sizeof seed);
    hf_row_start(&row, &store->rotations, ADD);
    hf_row_bind_u64(&row, store->keys->serial + 1);
    hf_row_bind_blob(&row, seed, sizeof seed);
    status = hf_row_run(&row);
    hf_wipe(seed, sizeof seed);
    return status == HF_OK ? hf_keystore_has_next_log_key(store, out) : status;
}

static enum hf_status changed_one(const struct hf_keystore *store, enum hf_status status)
{
    if (status == HF_OK && sqlite3_changes(hf_vault_db(store->rotations.vault)) != 1)
        return HF_ERR_STATE;
    return status;
}

enum hf_status hf_keystore_certify_log_key(struct hf_keystore *store, uint64_t serial,
                                           const uint8_t signature[HF_SIGN_BYTES], uint64_t at_size)
{
    struct hf_row row;
    hf_row_start(&row, &store->rotations, CERTIFY);
    hf_row_bind_u64(&row, serial);
    hf_row_bind_blob(&row, signature, HF_SIGN_BYTES);
    hf_row_bind_u64(&row, at_size);
    return changed_one(store, hf_row_run(&row));
}

enum hf_status hf_keystore_use_log_key(struct hf_keystore *store, uint64_t serial)
{
    struct hf_row row;
    hf_row_start(&row, &store->rotations, USE);
    hf_row_bind_u64(&row, serial);
    enum hf_status status = changed_one(store, hf_row_run(&row));
    return status == HF_OK ? hf_keystore_rotations_load(store) : status;
}
