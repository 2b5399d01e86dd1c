#include "server/keystore.h"

#include "server/keystore_erase.h"
#include "server/keystore_internal.h"

#include <stdlib.h>
#include <string.h>

enum statement {
    SERVER_PUT,
    SERVER_GET,
    KEY_PUT,
    KEY_PUT_HELD,
    KEY_GET,
    KEY_CURRENT,
    CASES,
    NEVER_IN_USE,
    CHANGES,
    STATEMENT_COUNT
};

static const char schema[] =
    "CREATE TABLE server(one INTEGER PRIMARY KEY CHECK(one = 1), origin BLOB NOT NULL, authority_name BLOB NOT NULL,"
    " authority_key BLOB NOT NULL, authority_signature BLOB NOT NULL, device_seed BLOB NOT NULL, log_seed BLOB NOT "
    "NULL,"
    " channel_secret BLOB NOT NULL, key_store_secret BLOB NOT NULL, recovery_key BLOB NOT NULL);"
    "CREATE TABLE class_keys(key_id BLOB PRIMARY KEY, case_id BLOB NOT NULL, epoch INTEGER NOT NULL, key BLOB NOT NULL,"
    " held INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX class_keys_in_use ON class_keys(case_id, epoch) WHERE held = 0;"
    "CREATE TABLE changes(one INTEGER PRIMARY KEY CHECK(one = 1), number INTEGER NOT NULL);"
    "INSERT INTO changes VALUES(1, 0);" HF_KEYSTORE_COUNTS(class_keys);

static const char *const texts[STATEMENT_COUNT] = {
    [SERVER_PUT] = "INSERT INTO server VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [SERVER_GET] = ("SELECT origin, authority_name, authority_key, authority_signature, device_seed, log_seed,"
                    " channel_secret, key_store_secret, recovery_key FROM server"),
    [KEY_PUT] = "INSERT INTO class_keys(key_id, case_id, epoch, key, held) VALUES(?1, ?2, ?3, ?4, 0)"
                " ON CONFLICT(key_id) DO UPDATE SET held = 0"
                " WHERE case_id = excluded.case_id AND epoch = excluded.epoch AND key = excluded.key",
    [KEY_PUT_HELD] = "INSERT INTO class_keys(key_id, case_id, epoch, key, held) VALUES(?1, ?2, ?3, ?4, 1)"
                     " ON CONFLICT(key_id) DO NOTHING",
    [KEY_GET] = "SELECT key_id, case_id, epoch, key FROM class_keys WHERE key_id = ?1",
    [KEY_CURRENT] = "SELECT key_id, case_id, epoch, key FROM class_keys WHERE case_id = ?1 AND held = 0"
                    " ORDER BY epoch DESC LIMIT 1",
    [CASES] = "SELECT DISTINCT case_id FROM class_keys WHERE held = 0 ORDER BY case_id",
    [NEVER_IN_USE] = "SELECT DISTINCT case_id FROM class_keys WHERE held = 1"
                     " AND case_id NOT IN (SELECT case_id FROM class_keys WHERE held = 0) ORDER BY case_id",
    [CHANGES] = "SELECT number FROM changes",
};

static enum hf_status keystore_new(struct hf_vault *vault, struct hf_keystore **out, struct hf_error *err)
{
    struct hf_keystore *store = calloc(1, sizeof *store);
    if (!store)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough memory.");
    enum hf_status status = hf_sql_open(&store->sql, vault, "server", schema, texts, STATEMENT_COUNT, err);
    if (status == HF_OK)
        status = hf_keystore_erasures_open(store, vault, err);
    if (status == HF_OK)
        status = hf_keystore_rotations_open(store, vault, err);
    if (status == HF_OK && !(store->keys = hf_secret_alloc(sizeof *store->keys)))
        status = hf_error_set(err, HF_ERR_NOMEM, "There is not enough locked memory for the server's keys.");
    if (status != HF_OK) {
        hf_keystore_close(store);
        return status;
    }
    memset(store->keys, 0, sizeof *store->keys);
    *out = store;
    return HF_OK;
}

enum hf_status hf_keystore_create(struct hf_vault *vault, const struct hf_server_keys *keys, struct hf_keystore **out,
                                  struct hf_error *err)
{
    struct hf_keystore *store = NULL;
    enum hf_status status = keystore_new(vault, &store, err);
    if (status != HF_OK)
        return status;
    struct hf_row row;
    hf_row_start(&row, &store->sql, SERVER_PUT);
    hf_row_bind_slice(&row, hf_slice_str(keys->origin));
    hf_row_bind_slice(&row, hf_slice_str(keys->authority_name));
    hf_row_bind_blob(&row, keys->authority_key, sizeof keys->authority_key);
    hf_row_bind_blob(&row, keys->authority_signature, sizeof keys->authority_signature);
    hf_row_bind_blob(&row, keys->device.secret_key, HF_SIGN_SEED_BYTES);
    hf_row_bind_blob(&row, keys->log.secret_key, HF_SIGN_SEED_BYTES);
    hf_row_bind_blob(&row, keys->channel.secret_key, HF_DH_BYTES);
    hf_row_bind_blob(&row, keys->key_store.secret_key, HF_DH_BYTES);
    hf_row_bind_blob(&row, keys->recovery_key, sizeof keys->recovery_key);
    status = hf_row_run(&row);
    if (status != HF_OK) {
        hf_keystore_close(store);
        return hf_error_set(err, status, "The server's keys could not be stored: %s", hf_status_text(status));
    }
    *store->keys = *keys;
    status = hf_keystore_rotations_load(store); /* the log's name joins the list of its names */
    if (status != HF_OK) {
        hf_keystore_close(store);
        return hf_error_set(err, status, "The name of the log cannot be used: %s", hf_status_text(status));
    }
    *out = store;
    return HF_OK;
}

static void read_text(struct hf_row *row, int column, char *out, size_t out_bytes)
{
    struct hf_slice text = hf_row_slice(row, column);
    size_t len = text.len < out_bytes ? text.len : out_bytes - 1;
    if (len)
        memcpy(out, text.data, len);
    out[len] = '\0';
}

static void read_server(struct hf_row *row, struct hf_server_keys *keys)
{
    uint8_t seed[HF_KEY_BYTES];
    read_text(row, 0, keys->origin, sizeof keys->origin);
    read_text(row, 1, keys->authority_name, sizeof keys->authority_name);
    hf_row_fixed(row, 2, keys->authority_key, sizeof keys->authority_key);
    hf_row_fixed(row, 3, keys->authority_signature, sizeof keys->authority_signature);
    hf_row_fixed(row, 4, seed, sizeof seed);
    hf_sign_key_from_seed(seed, &keys->device);
    hf_row_fixed(row, 5, seed, sizeof seed);
    hf_sign_key_from_seed(seed, &keys->log);
    hf_row_fixed(row, 6, seed, sizeof seed);
    hf_dh_key_from_seed(seed, &keys->channel);
    hf_row_fixed(row, 7, seed, sizeof seed);
    hf_dh_key_from_seed(seed, &keys->key_store);
    hf_row_fixed(row, 8, keys->recovery_key, sizeof keys->recovery_key);
    hf_wipe(seed, sizeof seed);
}

enum hf_status hf_keystore_open(struct hf_vault *vault, struct hf_keystore **out, struct hf_error *err)
{
    struct hf_keystore *store = NULL;
    enum hf_status status = keystore_new(vault, &store, err);
    if (status != HF_OK)
        return status;
    struct hf_row row;
    hf_row_start(&row, &store->sql, SERVER_GET);
    bool found = hf_row_next(&row);
    if (found)
        read_server(&row, store->keys);
    status = hf_row_end(&row);
    if (status == HF_OK && !found)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        status = hf_keystore_rotations_load(store);
    if (status != HF_OK) {
        hf_keystore_close(store);
        return hf_error_set(err, status, "The server's keys could not be read from keys.db: %s",
                            hf_status_text(status));
    }
    *out = store;
    return HF_OK;
}

void hf_keystore_close(struct hf_keystore *store)
{
    if (!store)
        return;
    hf_sql_close(&store->sql);
    hf_sql_close(&store->erasures);
    hf_sql_close(&store->rotations);
    hf_secret_free(store->keys);
    free(store);
}

const struct hf_server_keys *hf_keystore_server(const struct hf_keystore *store)
{
    return store->keys;
}

static void read_key(struct hf_row *row, struct hf_class_key *out)
{
    out->key_id = hf_row_id(row, 0);
    out->case_id = hf_row_id(row, 1);
    out->epoch = (uint32_t)hf_row_u64(row, 2);
    hf_row_fixed(row, 3, out->key, sizeof out->key);
}

static enum hf_status get_one(struct hf_keystore *store, enum statement statement, const struct hf_id *id,
                              struct hf_class_key *out)
{
    struct hf_class_key key;
    struct hf_row row;
    hf_row_start(&row, &store->sql, statement);
    hf_row_bind_id(&row, id);
    bool found = hf_row_next(&row);
    if (found)
        read_key(&row, &key);
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        *out = key;
    hf_wipe(&key, sizeof key);
    return status;
}

static bool key_equal(const struct hf_class_key *a, const struct hf_class_key *b)
{
    return hf_id_equal(&a->case_id, &b->case_id) && a->epoch == b->epoch &&
           hf_secret_equal(a->key, b->key, HF_KEY_BYTES);
}

static enum hf_status put_one(struct hf_keystore *store, enum statement statement, const struct hf_class_key *key)
{
    struct hf_row row;
    bool erased = true; /* a key that was destroyed never comes back */
    enum hf_status status = hf_keystore_erased(store, &key->case_id, &erased);
    if (status != HF_OK || erased)
        return status != HF_OK ? status : HF_ERR_STATE;
    hf_row_start(&row, &store->sql, statement);
    hf_row_bind_id(&row, &key->key_id);
    hf_row_bind_id(&row, &key->case_id);
    hf_row_bind_u64(&row, key->epoch);
    hf_row_bind_blob(&row, key->key, sizeof key->key);
    status = hf_row_run(&row);
    if (status != HF_OK)
        return status;
    struct hf_class_key stored;
    status = hf_keystore_get(store, &key->key_id, &stored);
    if (status == HF_OK && !key_equal(&stored, key))
        status = HF_ERR_EXISTS;
    hf_wipe(&stored, sizeof stored);
    return status;
}

enum hf_status hf_keystore_begin(struct hf_keystore *store)
{
    return hf_sql_begin(&store->sql);
}

enum hf_status hf_keystore_finish(struct hf_keystore *store, enum hf_status status)
{
    return hf_sql_finish(&store->sql, status);
}

enum hf_status hf_keystore_put(struct hf_keystore *store, const struct hf_class_key *key)
{
    return put_one(store, KEY_PUT, key);
}

enum hf_status hf_keystore_put_held(struct hf_keystore *store, const struct hf_class_key *key)
{
    return put_one(store, KEY_PUT_HELD, key);
}

enum hf_status hf_keystore_get(struct hf_keystore *store, const struct hf_id *key_id, struct hf_class_key *out)
{
    return get_one(store, KEY_GET, key_id, out);
}

enum hf_status hf_keystore_current(struct hf_keystore *store, const struct hf_id *case_id, struct hf_class_key *out)
{
    return get_one(store, KEY_CURRENT, case_id, out);
}

static enum hf_status each_case(struct hf_keystore *store, enum statement statement,
                                bool (*each)(void *ctx, const struct hf_id *case_id), void *ctx)
{
    struct hf_row row;
    bool go_on = true;
    hf_row_start(&row, &store->sql, statement);
    while (go_on && hf_row_next(&row)) {
        const struct hf_id case_id = hf_row_id(&row, 0);
        go_on = each(ctx, &case_id);
    }
    return hf_row_end(&row);
}

enum hf_status hf_keystore_cases(struct hf_keystore *store, bool (*each)(void *ctx, const struct hf_id *case_id),
                                 void *ctx)
{
    return each_case(store, CASES, each, ctx);
}

enum hf_status hf_keystore_never_in_use(struct hf_keystore *store, bool (*each)(void *ctx, const struct hf_id *case_id),
                                        void *ctx)
{
    return each_case(store, NEVER_IN_USE, each, ctx);
}

enum hf_status hf_keystore_changes(struct hf_keystore *store, uint64_t *out)
{
    struct hf_row row;
    uint64_t number = 0;
    hf_row_start(&row, &store->sql, CHANGES);
    const bool found = hf_row_next(&row);
    if (found)
        number = hf_row_u64(&row, 0);
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        status = HF_ERR_CORRUPT;
    if (status == HF_OK)
        *out = number;
    return status;
}
