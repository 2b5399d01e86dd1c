/* What this device knows of the server's certificates: the keys before the present ones, the names that the log had,
 * and with which device keys the server signed its entries, from where in the log. */
#include "core/pack/cursor.h"
#include "core/pack/writer.h"
#include "core/replica/feed.h"

#include <string.h>

const char hf_replica_certificate_tables[] =
    "CREATE TABLE servers(serial INTEGER PRIMARY KEY, device BLOB NOT NULL, from_index INTEGER);";

/* --- the identity's part -------------------------------------------------------------------------------------------
 */

const char *hf_identity_log_name(const struct hf_identity *identity)
{
    return identity->names.count > 0 ? identity->names.at[identity->name_now].name : identity->origin;
}

const uint8_t *hf_identity_leaf_log(const struct hf_identity *identity)
{
    return identity->names.count > 0 ? identity->names.at[identity->name_now].id : identity->log_id;
}

bool hf_identity_knows_log(const struct hf_identity *identity, const uint8_t log_id[HF_HASH_BYTES])
{
    return memcmp(identity->log_id, log_id, HF_HASH_BYTES) == 0 ||
           hf_log_names_find(&identity->names, log_id) < identity->names.count;
}

enum hf_status hf_identity_log_key(const struct hf_identity *identity, size_t number, struct hf_note_key *out)
{
    if (number == 0)
        return hf_note_key_init(hf_slice_str(hf_identity_log_name(identity)), identity->log_key, out);
    if (number > identity->old_log_count)
        return HF_ERR_NOT_FOUND;
    const size_t at = identity->old_log_count - number;
    const char *name =
        identity->names.count > 0 ? identity->names.at[identity->old_log_names[at]].name : identity->origin;
    return hf_note_key_init(hf_slice_str(name), identity->old_log_keys[at], out);
}

static enum hf_status add_name(struct hf_identity *identity, struct hf_slice name)
{
    enum hf_status status = HF_OK;
    if (identity->names.count == 0)
        status = hf_log_names_add(&identity->names, hf_slice_str(identity->origin));
    if (status == HF_OK)
        status = hf_log_names_add(&identity->names, name);
    return status == HF_ERR_EXISTS ? HF_OK : status;
}

static size_t place_of(const struct hf_identity *identity, struct hf_slice name)
{
    size_t at = identity->names.count;
    while (at-- > 0)
        if (hf_slice_equal(hf_slice_str(identity->names.at[at].name), name))
            return at;
    return 0;
}

static enum hf_status add_old_key(struct hf_identity *identity, const uint8_t key[HF_SIGN_PUBLIC_BYTES], size_t name)
{
    if (identity->old_log_count == HF_OLD_LOG_KEYS_MAX)
        return HF_ERR_LIMIT;
    identity->old_log_names[identity->old_log_count] = (uint8_t)name;
    memcpy(identity->old_log_keys[identity->old_log_count++], key, HF_SIGN_PUBLIC_BYTES);
    return HF_OK;
}

static bool knows_key(const struct hf_identity *identity, const uint8_t key[HF_SIGN_PUBLIC_BYTES])
{
    bool known = memcmp(identity->log_key, key, HF_SIGN_PUBLIC_BYTES) == 0;
    for (size_t i = 0; !known && i < identity->old_log_count; i++)
        known = memcmp(identity->old_log_keys[i], key, HF_SIGN_PUBLIC_BYTES) == 0;
    return known;
}

/* Keys and names that a log before had while this device was away: what bears them can be recognised. */
static enum hf_status take_lost(struct hf_identity *identity, const struct hf_shard *shard, size_t *name)
{
    struct hf_shard_lost_list list;
    enum hf_status status = hf_shard_lost_decode(shard->lost, &list);
    for (size_t i = 0; status == HF_OK && i < list.count; i++) {
        struct hf_shard inner = {.number = 0};
        if (list.at[i].shard.len > 0)
            status = hf_shard_decode(list.at[i].shard, &inner);
        if (status == HF_OK && inner.number >= shard->number)
            status = HF_ERR_INVALID;
        if (status == HF_OK && inner.number > 0)
            status = take_lost(identity, &inner, name);
        if (status == HF_OK && inner.number > 0) {
            status = add_name(identity, inner.name);
            *name = place_of(identity, inner.name);
        }
        if (status == HF_OK && !knows_key(identity, list.at[i].log))
            status = add_old_key(identity, list.at[i].log, *name);
    }
    return status;
}

enum hf_status hf_identity_take_certificate(struct hf_identity *identity, const struct hf_note_body *certificate)
{
    struct hf_shard shard = {.number = 0};
    size_t name = identity->name_now;
    enum hf_status status = HF_OK;
    if (certificate->shard.len > 0)
        status = hf_shard_decode(certificate->shard, &shard);
    if (status == HF_OK && memcmp(identity->log_key, certificate->log_key, sizeof identity->log_key) != 0) {
        status = add_old_key(identity, identity->log_key, identity->name_now);
        if (status == HF_OK && shard.number > identity->shard)
            status = take_lost(identity, &shard, &name);
        memcpy(identity->log_key, certificate->log_key, sizeof identity->log_key);
    }
    if (status == HF_OK && shard.number > identity->shard) {
        status = add_name(identity, shard.name);
        identity->name_now = place_of(identity, shard.name);
        identity->shard = shard.number;
    }
    if (status != HF_OK)
        return status;
    memcpy(identity->server_device, certificate->server_device, sizeof identity->server_device);
    memcpy(identity->server_channel_key, certificate->channel_key, sizeof identity->server_channel_key);
    memcpy(identity->key_store_key, certificate->key_store_key, sizeof identity->key_store_key);
    identity->serial = certificate->serial;
    return HF_OK;
}

#define CERTIFICATES_BYTES_MAX 4096 /* room for every name and key that the limits allow */
_Static_assert(18 + HF_OLD_LOG_KEYS_MAX * (HF_SIGN_PUBLIC_BYTES + 1) +
                       (HF_SHARDS_MAX + 1) * (HF_LOG_NAME_BYTES_MAX + 1) <
                   CERTIFICATES_BYTES_MAX,
               "all of it fits");

/* serial u64 ‖ shard u64 ‖ name in use u8 ‖ keys u8 ‖ (key 32 ‖ name u8) … ‖ names u8 ‖ (length u8 ‖ name) …; empty
 * while the first certificate is in use. */
void hf_identity_pack_certificates(const struct hf_identity *identity, struct hf_buf *out)
{
    uint8_t space[CERTIFICATES_BYTES_MAX];
    struct hf_buf bytes = {.data = space, .cap = sizeof space, .limit = sizeof space};
    if (identity->serial > 0) {
        hf_buf_append_u64(&bytes, identity->serial);
        hf_buf_append_u64(&bytes, identity->shard);
        hf_buf_append_u8(&bytes, (uint8_t)identity->name_now);
        hf_buf_append_u8(&bytes, (uint8_t)identity->old_log_count);
        for (size_t i = 0; i < identity->old_log_count; i++) {
            hf_buf_append(&bytes, identity->old_log_keys[i], sizeof identity->old_log_keys[i]);
            hf_buf_append_u8(&bytes, identity->old_log_names[i]);
        }
        hf_buf_append_u8(&bytes, (uint8_t)identity->names.count);
        for (size_t i = 0; i < identity->names.count; i++) {
            const struct hf_slice name = hf_slice_str(identity->names.at[i].name);
            hf_buf_append_u8(&bytes, (uint8_t)name.len);
            hf_buf_append_slice(&bytes, name);
        }
    }
    hf_pack_bytes(out, hf_buf_slice(&bytes));
}

static bool take(struct hf_slice *rest, void *out, size_t len)
{
    if (rest->len < len)
        return false;
    if (len > 0)
        memcpy(out, rest->data, len);
    *rest = hf_slice_of(rest->data + len, rest->len - len);
    return true;
}

static bool read_names(struct hf_slice *rest, struct hf_identity *out)
{
    uint8_t count = 0, len = 0;
    if (!take(rest, &count, 1))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!take(rest, &len, 1) || rest->len < len ||
            hf_log_names_add(&out->names, hf_slice_of(rest->data, len)) != HF_OK)
            return false;
        *rest = hf_slice_of(rest->data + len, rest->len - len);
    }
    return out->names.count > 0 ? out->name_now < out->names.count : out->name_now == 0;
}

static bool read_all(struct hf_slice rest, struct hf_identity *out)
{
    uint8_t serial[8], shard[8], name = 0, count = 0;
    if (!take(&rest, serial, sizeof serial) || !take(&rest, shard, sizeof shard) || !take(&rest, &name, 1) ||
        !take(&rest, &count, 1) || count > HF_OLD_LOG_KEYS_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!take(&rest, out->old_log_keys[i], sizeof out->old_log_keys[i]) || !take(&rest, &out->old_log_names[i], 1))
            return false;
    out->serial = hf_get_u64(serial);
    out->shard = hf_get_u64(shard);
    out->name_now = name;
    out->old_log_count = count;
    if (!read_names(&rest, out) || rest.len > 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (out->old_log_names[i] >= (out->names.count ? out->names.count : 1))
            return false;
    return true;
}

void hf_identity_read_certificates(struct hf_cursor *cursor, struct hf_identity *out)
{
    const struct hf_slice bytes = hf_cursor_bytes(cursor, CERTIFICATES_BYTES_MAX);
    if (bytes.len > 0 && !read_all(bytes, out))
        hf_cursor_fail(cursor, HF_ERR_INVALID);
}

/* --- the device keys of the server ---------------------------------------------------------------------------------
 */

/* The first key was the server's from the beginning; one that took its place, from the entry that says so. */
static enum hf_status put_server(struct hf_replica *replica, uint64_t serial, const uint8_t *device, uint64_t index,
                                 struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "INSERT OR REPLACE INTO servers VALUES(?1, ?2, ?3)");
    hf_rows_bind_u64(&rows, serial);
    hf_rows_bind_bytes(&rows, hf_slice_of(device, HF_SIGN_PUBLIC_BYTES));
    hf_rows_bind_u64(&rows, index);
    return hf_rows_run(&rows, err);
}

/* The names and keys that the log had before this device came, or while it was away. */
static enum hf_status learn_into(struct hf_identity *next, const struct hf_note_body *body)
{
    struct hf_shard shard = {.number = 0};
    size_t name = 0;
    if (body->shard.len > 0 && hf_shard_decode(body->shard, &shard) != HF_OK)
        return HF_OK;
    enum hf_status status = shard.number > 0 ? take_lost(next, &shard, &name) : HF_OK;
    if (status == HF_OK && shard.number > 0) {
        status = add_name(next, shard.name);
        name = place_of(next, shard.name);
    }
    return status == HF_OK && !knows_key(next, body->log_key) ? add_old_key(next, body->log_key, name) : status;
}

static enum hf_status learn(struct hf_intake *intake, const struct hf_note_body *body)
{
    struct hf_identity *identity = intake->replica->identity;
    if (body->serial > identity->serial)
        return HF_OK; /* hf_identity_take_certificate */
    struct hf_identity *next = hf_secret_alloc(sizeof *next);
    if (!next)
        return hf_error_set(intake->err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    *next = *identity;
    enum hf_status status = learn_into(next, body);
    const bool more = next->names.count != identity->names.count || next->old_log_count != identity->old_log_count;
    if (status == HF_ERR_LIMIT) /* more than the limits allow: what came first stays known */
        status = HF_OK;
    else if (status == HF_OK && more)
        status = hf_replica_identity_write(intake->replica, next, intake->err);
    if (status == HF_OK && more) { /* a name too many does no harm when this delivery is rolled back */
        identity->names = next->names;
        identity->old_log_count = next->old_log_count;
        memcpy(identity->old_log_keys, next->old_log_keys, sizeof identity->old_log_keys);
        memcpy(identity->old_log_names, next->old_log_names, sizeof identity->old_log_names);
    }
    hf_secret_free(next);
    return status;
}

enum hf_status hf_replica_server_learn(struct hf_intake *intake, const struct hf_item *item)
{
    const struct hf_identity *own = intake->replica->identity;
    struct hf_note_body body;
    struct hf_leaf leaf;
    if (hf_leaf_decode(item->leaf, &leaf) != HF_OK || leaf.kind != HF_LEAF_NOTE ||
        !hf_id_equal(&item->case_id, &intake->replica->office_case) ||
        hf_note_body_decode(item->body, &body) != HF_OK || body.what != HF_NOTE_SERVER ||
        memcmp(body.server_device, leaf.device, sizeof leaf.device) != 0 ||
        !hf_server_certified(own->authority_key, own->log_id, &body) || !hf_leaf_verify(item->leaf.data))
        return HF_OK; /* then it has to hold like every other entry */
    hf_intake_forget(intake);
    enum hf_status status = put_server(intake->replica, body.serial, body.server_device, item->index, intake->err);
    return status == HF_OK ? learn(intake, &body) : status;
}

enum hf_status hf_replica_server_known(struct hf_replica *replica, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                       uint64_t index, bool *out, struct hf_error *err)
{
    struct hf_rows rows;
    *out = memcmp(device, replica->identity->server_device, HF_SIGN_PUBLIC_BYTES) == 0;
    if (*out)
        return HF_OK;
    hf_rows_begin_text(&rows, replica,
                       "SELECT (SELECT min(n.from_index) FROM servers n WHERE n.serial > s.serial AND"
                       " n.device <> s.device) FROM servers s WHERE s.device = ? ORDER BY s.serial LIMIT 1");
    hf_rows_bind_bytes(&rows, hf_slice_of(device, HF_SIGN_PUBLIC_BYTES));
    if (hf_rows_next(&rows))
        *out = hf_rows_is_null(&rows, 0) || index < hf_rows_u64(&rows, 0);
    return hf_rows_end(&rows, err);
}
