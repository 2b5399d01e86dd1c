#include "core/replica/replica_internal.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <string.h>

#define IDENTITY_VERSION   1
#define IDENTITY_PARTS     24
#define IDENTITY_BYTES_MAX 8192 /* reserved at once, so that growing leaves no copies of keys behind */

static size_t bounded_len(const char *text, size_t max)
{
    const char *end = memchr(text, '\0', max);
    return end ? (size_t)(end - text) : max;
}

static void pack_fixed(struct hf_buf *out, const void *data, size_t len)
{
    hf_pack_bytes(out, hf_slice_of(data, len));
}

static void pack_string(struct hf_buf *out, const char *text, size_t max)
{
    pack_fixed(out, text, bounded_len(text, max));
}

static void encode(const struct hf_identity *id, struct hf_buf *out)
{
    hf_pack_array(out, IDENTITY_PARTS);
    hf_pack_uint(out, IDENTITY_VERSION);
    hf_pack_uint(out, (uint64_t)id->state);
    pack_string(out, id->origin, sizeof id->origin - 1);
    pack_string(out, id->address, sizeof id->address - 1);
    pack_fixed(out, id->log_id, sizeof id->log_id);
    pack_fixed(out, id->server_channel_key, sizeof id->server_channel_key);
    pack_fixed(out, id->authority_hash, sizeof id->authority_hash);
    hf_pack_id(out, &id->invitation);
    pack_fixed(out, id->token, sizeof id->token);
    pack_fixed(out, id->sign.public_key, sizeof id->sign.public_key);
    pack_fixed(out, id->sign.secret_key, sizeof id->sign.secret_key);
    pack_fixed(out, id->channel.public_key, sizeof id->channel.public_key);
    pack_fixed(out, id->channel.secret_key, sizeof id->channel.secret_key);
    pack_fixed(out, id->psk, sizeof id->psk);
    hf_pack_uint(out, id->incarnation);
    hf_pack_id(out, &id->person);
    hf_pack_uint(out, (uint64_t)id->role);
    pack_string(out, id->person_name, sizeof id->person_name - 1);
    pack_string(out, id->authority_name, sizeof id->authority_name - 1);
    pack_fixed(out, id->authority_key, sizeof id->authority_key);
    pack_fixed(out, id->server_device, sizeof id->server_device);
    pack_fixed(out, id->log_key, sizeof id->log_key);
    pack_fixed(out, id->key_store_key, sizeof id->key_store_key);
    hf_identity_pack_certificates(id, out);
}

static void read_fixed(struct hf_cursor *cursor, uint8_t *out, size_t len)
{
    const uint8_t *bytes = hf_cursor_fixed(cursor, len);
    if (bytes)
        memcpy(out, bytes, len);
}

static void read_string(struct hf_cursor *cursor, char *out, size_t size)
{
    struct hf_slice text = hf_cursor_bytes(cursor, size - 1);
    if (text.len > 0)
        memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

static enum hf_status decode(struct hf_slice bytes, struct hf_identity *out)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_array(&cursor, IDENTITY_PARTS) != IDENTITY_PARTS || hf_cursor_uint(&cursor) != IDENTITY_VERSION)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    uint64_t state = hf_cursor_uint(&cursor);
    read_string(&cursor, out->origin, sizeof out->origin);
    read_string(&cursor, out->address, sizeof out->address);
    read_fixed(&cursor, out->log_id, sizeof out->log_id);
    read_fixed(&cursor, out->server_channel_key, sizeof out->server_channel_key);
    read_fixed(&cursor, out->authority_hash, sizeof out->authority_hash);
    out->invitation = hf_cursor_id(&cursor);
    read_fixed(&cursor, out->token, sizeof out->token);
    read_fixed(&cursor, out->sign.public_key, sizeof out->sign.public_key);
    read_fixed(&cursor, out->sign.secret_key, sizeof out->sign.secret_key);
    read_fixed(&cursor, out->channel.public_key, sizeof out->channel.public_key);
    read_fixed(&cursor, out->channel.secret_key, sizeof out->channel.secret_key);
    read_fixed(&cursor, out->psk, sizeof out->psk);
    out->incarnation = (uint32_t)hf_cursor_uint(&cursor);
    out->person = hf_cursor_id(&cursor);
    uint64_t role = hf_cursor_uint(&cursor);
    read_string(&cursor, out->person_name, sizeof out->person_name);
    read_string(&cursor, out->authority_name, sizeof out->authority_name);
    read_fixed(&cursor, out->authority_key, sizeof out->authority_key);
    read_fixed(&cursor, out->server_device, sizeof out->server_device);
    read_fixed(&cursor, out->log_key, sizeof out->log_key);
    read_fixed(&cursor, out->key_store_key, sizeof out->key_store_key);
    hf_identity_read_certificates(&cursor, out);
    hf_cursor_leave(&cursor);
    if (state > HF_IDENTITY_REVOKED || role > HF_ROLE_SERVER)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    out->state = (enum hf_identity_state)state;
    out->role = (enum hf_role)role;
    return hf_cursor_end(&cursor);
}

static enum hf_status write_row(struct hf_replica *replica, struct hf_slice identity, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_IDENTITY_PUT);
    hf_rows_bind_bytes(&rows, identity);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_identity_write(struct hf_replica *replica, const struct hf_identity *identity,
                                         struct hf_error *err)
{
    struct hf_buf bytes;
    hf_buf_init(&bytes, IDENTITY_BYTES_MAX);
    hf_buf_reserve(&bytes, IDENTITY_BYTES_MAX);
    encode(identity, &bytes);
    enum hf_status status = hf_buf_status(&bytes);
    if (status == HF_OK)
        status = write_row(replica, hf_buf_slice(&bytes), err);
    else
        status = hf_error_set(err, status, "%s", hf_status_text(status));
    hf_buf_wipe(&bytes);
    return status;
}

enum hf_status hf_replica_identity_read(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_rows rows;
    uint64_t schema = 0;
    enum hf_status decoded = HF_ERR_CORRUPT;
    hf_rows_begin(&rows, replica, HF_STATEMENT_IDENTITY_GET);
    if (hf_rows_next(&rows)) {
        schema = hf_rows_u64(&rows, 0);
        if (schema == HF_REPLICA_SCHEMA)
            decoded = decode(hf_rows_bytes(&rows, 1), replica->identity);
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status != HF_OK)
        return status;
    if (schema > HF_REPLICA_SCHEMA)
        return hf_error_set(err, HF_ERR_UNSUPPORTED,
                            "These records were last opened by a newer version of Holdfast. Update the program on this "
                            "device, then open them again.");
    if (schema > 0 && schema < HF_REPLICA_SCHEMA)
        return hf_error_set(err, HF_ERR_UNSUPPORTED,
                            "These records were written by an older version of Holdfast, which keeps them in another "
                            "way. Nothing was changed. Open and sync them with that version, then ask the office to "
                            "enrol this device again with this one.");
    if (decoded != HF_OK)
        return hf_error_set(err, HF_ERR_CORRUPT,
                            "The part of the store that says whose device this is cannot be read. Do not delete "
                            "anything; ask the office to enrol this device again.");
    return HF_OK;
}

const struct hf_identity *hf_replica_identity(const struct hf_replica *replica)
{
    return replica->identity;
}

/* The keys that sign and count the chain. */
static bool same_chain(const struct hf_identity *a, const struct hf_identity *b)
{
    return a->incarnation == b->incarnation &&
           memcmp(a->sign.public_key, b->sign.public_key, sizeof a->sign.public_key) == 0;
}

static enum hf_status may_replace(struct hf_replica *replica, const struct hf_identity *identity, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_chain chain;
    enum hf_status status = hf_replica_chain_load(replica, &chain, err);
    if (status != HF_OK)
        return status;
    if (chain.change_count > 0 && memcmp(identity->log_id, replica->identity->log_id, HF_HASH_BYTES) != 0)
        return hf_error_set(err, HF_ERR_STATE,
                            "This store holds records of another authority. Enrol with an empty store.");
    if (same_chain(identity, replica->identity))
        return HF_OK;
    hf_rows_begin(&rows, replica, HF_STATEMENT_UNSENT_ANY);
    uint64_t unsent = hf_rows_next(&rows) ? hf_rows_u64(&rows, 0) : 0;
    status = hf_rows_end(&rows, err);
    if (status == HF_OK && unsent > 0)
        status = hf_error_set(err, HF_ERR_STATE,
                              "This device has changes that were not sent yet. Send them before it is enrolled anew.");
    return status;
}

enum hf_status hf_replica_identity_put(struct hf_replica *replica, const struct hf_identity *identity,
                                       struct hf_error *err)
{
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status != HF_OK)
        return status;
    status = may_replace(replica, identity, err);
    if (status == HF_OK && !same_chain(identity, replica->identity))
        status = hf_replica_chain_start(replica, identity, err);
    if (status == HF_OK)
        status = hf_replica_identity_write(replica, identity, err);
    status = hf_rows_finish(replica, status, err);
    if (status == HF_OK) {
        *replica->identity = *identity;
        replica->office_case = hf_office_case_id(identity->log_id);
    }
    return status;
}
