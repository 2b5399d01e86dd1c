#include "server/keystore_rotate.h"

#include "server/keystore_internal.h"

#include <string.h>

enum statement { ADD, GIVE_UP, GET, CERTIFY, USE, USED, STATEMENT_COUNT };
enum state { MADE = 0, CERTIFIED = 1, IN_USE = 2 };

/* Seeds are empty where the key stays as it was. */
static const char schema[] =
    "CREATE TABLE key_sets(serial INTEGER PRIMARY KEY, log_seed BLOB NOT NULL, device_seed BLOB NOT NULL,"
    " channel_secret BLOB NOT NULL, key_store_secret BLOB NOT NULL, old_until_ms INTEGER NOT NULL, shard BLOB NOT NULL,"
    " signature BLOB NOT NULL, at_size INTEGER NOT NULL, state INTEGER NOT NULL);" HF_KEYSTORE_COUNTS(key_sets);

#define COLUMNS                                                                                                        \
    "serial, log_seed, device_seed, channel_secret, key_store_secret, old_until_ms, shard, signature, at_size, state"

static const char *const texts[STATEMENT_COUNT] = {
    [ADD] = "INSERT INTO key_sets VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, zeroblob(64), 0, 0)",
    [GIVE_UP] = "DELETE FROM key_sets WHERE serial = ?1 AND state < 2",
    [GET] = "SELECT " COLUMNS " FROM key_sets WHERE serial = ?1",
    [CERTIFY] = "UPDATE key_sets SET signature = ?2, at_size = ?3, state = 1 WHERE serial = ?1 AND state < 2",
    [USE] = "UPDATE key_sets SET state = 2 WHERE serial = ?1 AND state = 1",
    [USED] = "SELECT " COLUMNS " FROM key_sets WHERE state = 2 ORDER BY serial",
};

/* A row as it is stored; secret. */
struct key_set {
    uint64_t serial, old_until_ms, at_size, state;
    bool has[4]; /* in the order of enum hf_key_part */
    uint8_t seed[4][HF_KEY_BYTES];
    uint8_t shard[HF_SHARD_BYTES_MAX];
    size_t shard_len;
    uint8_t signature[HF_SIGN_BYTES];
};
enum { LOG, DEVICE, CHANNEL, STORE };

enum hf_status hf_keystore_rotations_open(struct hf_keystore *store, struct hf_vault *vault, struct hf_error *err)
{
    return hf_sql_open(&store->rotations, vault, "key_sets", schema, texts, STATEMENT_COUNT, err);
}

static void read_set(struct hf_row *row, struct key_set *out)
{
    out->serial = hf_row_u64(row, 0);
    for (int i = 0; i < 4; i++) {
        out->has[i] = hf_row_slice(row, 1 + i).len > 0;
        if (out->has[i])
            hf_row_fixed(row, 1 + i, out->seed[i], sizeof out->seed[i]);
    }
    out->old_until_ms = hf_row_u64(row, 5);
    const struct hf_slice shard = hf_row_slice(row, 6);
    out->shard_len = shard.len < sizeof out->shard ? shard.len : 0;
    if (out->shard_len)
        memcpy(out->shard, shard.data, out->shard_len);
    hf_row_fixed(row, 7, out->signature, sizeof out->signature);
    out->at_size = hf_row_u64(row, 8);
    out->state = hf_row_u64(row, 9);
}

/* --- the sets in use, one after the other --------------------------------------------------------------------------
 */

static bool take_shard(struct hf_server_keys *keys, const struct key_set *set)
{
    struct hf_shard shard;
    if (set->shard_len == 0)
        return true;
    if (hf_shard_decode(hf_slice_of(set->shard, set->shard_len), &shard) != HF_OK ||
        hf_log_names_add(&keys->names, shard.name) != HF_OK)
        return false;
    memcpy(keys->shard, set->shard, set->shard_len);
    keys->shard_len = set->shard_len;
    return true;
}

/* What the set brings takes the place of what is in use, which joins the old ones. */
static bool take_used(struct hf_server_keys *keys, const struct key_set *set)
{
    if (set->serial != keys->serial + 1 || keys->serial + 1 >= HF_LOG_KEYS_MAX)
        return false;
    if (set->has[LOG]) {
        keys->old_log_shards[keys->old_log_count] = (uint8_t)(keys->names.count - 1);
        memcpy(keys->old_log_keys[keys->old_log_count++], keys->log.public_key, HF_SIGN_PUBLIC_BYTES);
        hf_sign_key_from_seed(set->seed[LOG], &keys->log);
    }
    if (set->has[DEVICE]) {
        memcpy(keys->old_devices[keys->old_device_count++], keys->device.public_key, HF_SIGN_PUBLIC_BYTES);
        hf_sign_key_from_seed(set->seed[DEVICE], &keys->device);
    }
    if (set->has[CHANNEL]) {
        keys->old_channels[keys->old_channel_count++] =
            (struct hf_old_channel){.key = keys->channel, .until_ms = set->old_until_ms};
        hf_dh_key_from_seed(set->seed[CHANNEL], &keys->channel);
    }
    if (set->has[STORE]) {
        keys->old_key_stores[keys->old_key_store_count++] = keys->key_store;
        hf_dh_key_from_seed(set->seed[STORE], &keys->key_store);
    }
    memcpy(keys->authority_signature, set->signature, sizeof keys->authority_signature);
    keys->old_until_ms = set->old_until_ms;
    keys->serial = set->serial;
    keys->at_size = set->at_size;
    return take_shard(keys, set);
}

enum hf_status hf_keystore_rotations_load(struct hf_keystore *store)
{
    struct hf_row row;
    bool fits = true;
    if (store->keys->names.count == 0 &&
        hf_log_names_add(&store->keys->names, hf_slice_str(store->keys->origin)) != HF_OK)
        return HF_ERR_CORRUPT;
    struct key_set *set = hf_secret_alloc(sizeof *set);
    if (!set)
        return HF_ERR_NOMEM;
    hf_row_start(&row, &store->rotations, USED);
    while (fits && hf_row_next(&row)) {
        read_set(&row, set);
        if (set->serial > store->keys->serial)
            fits = take_used(store->keys, set);
    }
    hf_secret_free(set);
    enum hf_status status = hf_row_end(&row);
    return status == HF_OK && !fits ? HF_ERR_CORRUPT : status;
}

/* --- the set that comes next ---------------------------------------------------------------------------------------
 */

static enum hf_status get_next(struct hf_keystore *store, struct key_set *out)
{
    struct hf_row row;
    hf_row_start(&row, &store->rotations, GET);
    hf_row_bind_u64(&row, store->keys->serial + 1);
    const bool found = hf_row_next(&row);
    if (found)
        read_set(&row, out);
    enum hf_status status = hf_row_end(&row);
    return status == HF_OK && !found ? HF_ERR_NOT_FOUND : status;
}

static void public_sign(bool has, const uint8_t seed[HF_KEY_BYTES], const struct hf_sign_key *now, uint8_t *out)
{
    struct hf_sign_key key = *now;
    if (has)
        hf_sign_key_from_seed(seed, &key);
    memcpy(out, key.public_key, sizeof key.public_key);
    hf_wipe(&key, sizeof key);
}

static void public_dh(bool has, const uint8_t seed[HF_KEY_BYTES], const struct hf_dh_key *now, uint8_t *out)
{
    struct hf_dh_key key = *now;
    if (has)
        hf_dh_key_from_seed(seed, &key);
    memcpy(out, key.public_key, sizeof key.public_key);
    hf_wipe(&key, sizeof key);
}

static void to_row(const struct hf_server_keys *keys, const struct key_set *set, struct hf_key_row *out)
{
    *out = (struct hf_key_row){.serial = set->serial,
                               .old_until_ms = set->old_until_ms,
                               .certified = set->state == CERTIFIED,
                               .at_size = set->at_size,
                               .shard_len = set->shard_len};
    for (unsigned i = 0; i < 4; i++)
        out->parts |= set->has[i] ? 1u << i : 0;
    public_sign(set->has[LOG], set->seed[LOG], &keys->log, out->log);
    public_sign(set->has[DEVICE], set->seed[DEVICE], &keys->device, out->device);
    public_dh(set->has[CHANNEL], set->seed[CHANNEL], &keys->channel, out->channel);
    public_dh(set->has[STORE], set->seed[STORE], &keys->key_store, out->key_store);
    memcpy(out->shard, set->shard, set->shard_len);
    memcpy(out->signature, set->signature, sizeof out->signature);
}

enum hf_status hf_keystore_has_next_keys(struct hf_keystore *store, struct hf_key_row *out)
{
    struct key_set *set = hf_secret_alloc(sizeof *set);
    if (!set)
        return HF_ERR_NOMEM;
    enum hf_status status = get_next(store, set);
    if (status == HF_OK)
        to_row(store->keys, set, out);
    hf_secret_free(set);
    return status;
}

static enum hf_status make(struct hf_keystore *store, const struct hf_key_wish *wish)
{
    uint8_t seed[4][HF_KEY_BYTES];
    struct hf_row row;
    hf_random(seed, sizeof seed);
    hf_row_start(&row, &store->rotations, ADD);
    hf_row_bind_u64(&row, store->keys->serial + 1);
    for (unsigned i = 0; i < 4; i++)
        hf_row_bind_blob(&row, seed[i], wish->parts & (1u << i) ? sizeof seed[i] : 0);
    hf_row_bind_u64(&row, wish->old_until_ms);
    hf_row_bind_slice(&row, wish->shard);
    enum hf_status status = hf_row_run(&row);
    hf_wipe(seed, sizeof seed);
    return status;
}

static enum hf_status give_up(struct hf_keystore *store, uint64_t serial)
{
    struct hf_row row;
    hf_row_start(&row, &store->rotations, GIVE_UP);
    hf_row_bind_u64(&row, serial);
    return hf_row_run(&row);
}

enum hf_status hf_keystore_next_keys(struct hf_keystore *store, const struct hf_key_wish *wish, struct hf_key_row *out)
{
    enum hf_status status = hf_keystore_has_next_keys(store, out);
    if (status == HF_OK && out->certified && !(out->shard_len == 0 && out->at_size >= wish->never_used_from))
        return HF_ERR_STATE;
    if (status == HF_OK && !out->certified && out->parts == wish->parts &&
        hf_slice_equal(hf_slice_of(out->shard, out->shard_len), wish->shard))
        return HF_OK;
    if (status == HF_OK)
        status = give_up(store, out->serial);
    else if (status == HF_ERR_NOT_FOUND)
        status = store->keys->serial + 2 >= HF_LOG_KEYS_MAX ? HF_ERR_LIMIT : HF_OK;
    if (status == HF_OK)
        status = make(store, wish);
    return status == HF_OK ? hf_keystore_has_next_keys(store, out) : status;
}

enum hf_status hf_keystore_next_device(struct hf_keystore *store, struct hf_sign_key *out)
{
    struct key_set *set = hf_secret_alloc(sizeof *set);
    if (!set)
        return HF_ERR_NOMEM;
    enum hf_status status = get_next(store, set);
    if (status == HF_OK && set->has[DEVICE])
        hf_sign_key_from_seed(set->seed[DEVICE], out);
    else if (status == HF_OK)
        *out = store->keys->device;
    hf_secret_free(set);
    return status;
}

static enum hf_status changed_one(const struct hf_keystore *store, enum hf_status status)
{
    if (status == HF_OK && sqlite3_changes(hf_vault_db(store->rotations.vault)) != 1)
        return HF_ERR_STATE;
    return status;
}

enum hf_status hf_keystore_certify_keys(struct hf_keystore *store, uint64_t serial,
                                        const uint8_t signature[HF_SIGN_BYTES], uint64_t at_size)
{
    struct hf_row row;
    hf_row_start(&row, &store->rotations, CERTIFY);
    hf_row_bind_u64(&row, serial);
    hf_row_bind_blob(&row, signature, HF_SIGN_BYTES);
    hf_row_bind_u64(&row, at_size);
    return changed_one(store, hf_row_run(&row));
}

enum hf_status hf_keystore_use_keys(struct hf_keystore *store, uint64_t serial)
{
    struct hf_row row;
    hf_row_start(&row, &store->rotations, USE);
    hf_row_bind_u64(&row, serial);
    enum hf_status status = changed_one(store, hf_row_run(&row));
    return status == HF_OK ? hf_keystore_rotations_load(store) : status;
}

/* --- what a log that was put back does not have -------------------------------------------------------------------
 */

struct used_sets {
    size_t count;
    struct used_set {
        struct hf_shard_lost keys; /* without its shard … */
        uint64_t shard_size;       /* … but where that began; 0: none began with it */
        bool is_lost;
    } at[HF_LOG_KEYS_MAX];
};

/* The public keys of `set`, with those before it where it brings none. */
static void follow(const struct key_set *set, struct hf_shard_lost *keys)
{
    struct hf_sign_key sign;
    struct hf_dh_key dh;
    for (int i = LOG; i <= DEVICE; i++)
        if (set->has[i]) {
            hf_sign_key_from_seed(set->seed[i], &sign);
            memcpy(i == LOG ? keys->log : keys->device, sign.public_key, sizeof sign.public_key);
        }
    for (int i = CHANNEL; i <= STORE; i++)
        if (set->has[i]) {
            hf_dh_key_from_seed(set->seed[i], &dh);
            memcpy(i == CHANNEL ? keys->channel : keys->key_store, dh.public_key, sizeof dh.public_key);
        }
    hf_wipe(&sign, sizeof sign);
    hf_wipe(&dh, sizeof dh);
    keys->serial = set->serial;
    keys->at = set->at_size;
    keys->old_until_ms = set->old_until_ms;
    memcpy(keys->authority_signature, set->signature, sizeof keys->authority_signature);
}

/* The keys that `holdfastd init` made. */
static void first_keys(const struct hf_server_keys *keys, struct hf_shard_lost *out)
{
    *out = (struct hf_shard_lost){.serial = 0};
    memcpy(out->log, keys->old_log_count ? keys->old_log_keys[0] : keys->log.public_key, sizeof out->log);
    memcpy(out->device, keys->old_device_count ? keys->old_devices[0] : keys->device.public_key, sizeof out->device);
    memcpy(out->channel, keys->old_channel_count ? keys->old_channels[0].key.public_key : keys->channel.public_key,
           sizeof out->channel);
    memcpy(out->key_store, keys->old_key_store_count ? keys->old_key_stores[0].public_key : keys->key_store.public_key,
           sizeof out->key_store);
}

static enum hf_status list_used(struct hf_keystore *store, struct used_sets *out)
{
    struct hf_row row;
    struct hf_shard_lost keys;
    struct key_set *set = hf_secret_alloc(sizeof *set);
    if (!set)
        return HF_ERR_NOMEM;
    first_keys(store->keys, &keys);
    out->count = 0;
    hf_row_start(&row, &store->rotations, USED);
    while (out->count < HF_LOG_KEYS_MAX && hf_row_next(&row)) {
        read_set(&row, set);
        follow(set, &keys);
        out->at[out->count++] = (struct used_set){.keys = keys, .shard_size = set->shard_len ? set->at_size : 0};
    }
    hf_secret_free(set);
    return hf_row_end(&row);
}

/* From the newest back to the one that the log has. What an earlier loss took, the shard that followed it brings. */
static void mark_lost(struct used_sets *sets, uint64_t size)
{
    uint64_t cut = UINT64_MAX;
    for (size_t i = sets->count; i-- > 0 && sets->at[i].keys.at >= size;) {
        sets->at[i].is_lost = sets->at[i].keys.at < cut;
        if (sets->at[i].is_lost && sets->at[i].shard_size > 0)
            cut = sets->at[i].shard_size;
    }
}

static enum hf_status get_shard(struct hf_keystore *store, uint64_t serial, struct hf_buf *out)
{
    struct hf_row row;
    hf_row_start(&row, &store->rotations, GET);
    hf_row_bind_u64(&row, serial);
    if (hf_row_next(&row))
        hf_buf_append_slice(out, hf_row_slice(&row, 6));
    const enum hf_status status = hf_row_end(&row);
    return status == HF_OK ? hf_buf_status(out) : status;
}

enum hf_status hf_keystore_lost_keys(struct hf_keystore *store, uint64_t size, struct hf_buf *out)
{
    struct used_sets sets;
    struct hf_shard_lost_list list = {.count = 0};
    struct hf_buf shards[HF_LOG_KEYS_MAX] = {{0}};
    enum hf_status status = list_used(store, &sets);
    if (status == HF_OK)
        mark_lost(&sets, size);
    for (size_t i = 0; status == HF_OK && i < sets.count; i++) {
        if (!sets.at[i].is_lost)
            continue;
        if (sets.at[i].shard_size > 0)
            status = get_shard(store, sets.at[i].keys.serial, &shards[i]);
        sets.at[i].keys.shard = hf_buf_slice(&shards[i]);
        list.at[list.count++] = sets.at[i].keys;
    }
    if (status == HF_OK && list.count > 0) {
        const size_t before = out->len;
        hf_shard_lost_encode(&list, out);
        status = out->len - before > HF_SHARD_BYTES_MAX ? HF_ERR_LIMIT : hf_buf_status(out);
    }
    for (size_t i = 0; i < HF_LOG_KEYS_MAX; i++)
        hf_buf_clear(&shards[i]);
    return status;
}
_Static_assert(HF_LOG_KEYS_MAX <= HF_SHARD_LOST_MAX, "all of them fit");

enum hf_status hf_keystore_shard_size(struct hf_keystore *store, uint64_t number, uint64_t *out)
{
    struct used_sets sets;
    enum hf_status status = list_used(store, &sets);
    if (status != HF_OK)
        return status;
    for (size_t i = 0; i < sets.count; i++)
        if (sets.at[i].shard_size > 0 && --number == 0) {
            *out = sets.at[i].shard_size;
            return HF_OK;
        }
    return HF_ERR_NOT_FOUND;
}

/* --- what was sealed to the key store ------------------------------------------------------------------------------
 */

bool hf_keystore_open_box(const struct hf_keystore *store, const uint8_t *sealed, size_t sealed_len, uint8_t *out)
{
    const struct hf_server_keys *keys = store->keys;
    bool opened = hf_box_open(&keys->key_store, sealed, sealed_len, out);
    for (size_t i = keys->old_key_store_count; !opened && i-- > 0;)
        opened = hf_box_open(&keys->old_key_stores[i], sealed, sealed_len, out);
    return opened;
}

const char *hf_server_log_name(const struct hf_server_keys *keys)
{
    return hf_log_names_last(&keys->names)->name;
}
