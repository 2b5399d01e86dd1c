#include "server/rotate.h"

#include "core/log/note.h"
#include "server/batch.h"

#include <string.h>

#define DAY_MS (24ull * 60 * 60 * 1000)

/* --- the ceremony --------------------------------------------------------------------------------------------------
 */

enum hf_status hf_rotate_sign(struct hf_slice request, const struct hf_sign_key *authority, struct hf_buf *out,
                              struct hf_error *err)
{
    struct hf_keys_text keys;
    uint8_t log_id[HF_HASH_BYTES];
    enum hf_status status = hf_keys_text_read(request, &keys, err);
    if (status == HF_OK && keys.is_signed)
        status = hf_error_set(err, HF_ERR_INVALID, "This is a certificate already. The server takes it.");
    if (status != HF_OK)
        return status;
    hf_log_id(keys.origin, log_id);
    hf_server_certify(authority, log_id, &keys.body);
    keys.is_signed = true;
    hf_keys_text_write(&keys, out);
    return hf_buf_status(out);
}

/* --- the office ----------------------------------------------------------------------------------------------------
 */

void hf_rotate_body(const struct hf_server_keys *keys, const struct hf_key_row *next, struct hf_note_body *out)
{
    *out = (struct hf_note_body){.what = HF_NOTE_SERVER,
                                 .serial = next->serial,
                                 .old_until_ms = next->old_until_ms,
                                 .authority_name = hf_slice_str(keys->authority_name),
                                 .shard = next->shard_len ? hf_slice_of(next->shard, next->shard_len)
                                                          : hf_slice_of(keys->shard, keys->shard_len)};
    memcpy(out->server_device, next->device, sizeof out->server_device);
    memcpy(out->log_key, next->log, sizeof out->log_key);
    memcpy(out->channel_key, next->channel, sizeof out->channel_key);
    memcpy(out->key_store_key, next->key_store, sizeof out->key_store_key);
    memcpy(out->recovery_key, keys->recovery_key, sizeof out->recovery_key);
}

enum hf_status hf_rotate_request(struct hf_office *office, unsigned parts, unsigned old_days, struct hf_buf *out,
                                 struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    struct hf_keys_text text = {.origin = hf_slice_str(keys->origin)};
    struct hf_key_row next;
    struct hf_key_wish wish = {.parts = parts, .old_until_ms = keys->old_until_ms, .never_used_from = UINT64_MAX};
    if (parts & HF_KEYS_CHANNEL)
        wish.old_until_ms = office->wall_ms(office->clock_ctx) + old_days * DAY_MS;
    enum hf_status status = hf_keystore_next_keys(office->keystore, &wish, &next);
    if (status == HF_ERR_STATE)
        return hf_error_set(err, status, "A certificate was taken and is not in use yet. Start the server once.");
    if (status != HF_OK)
        return hf_error_set(err, status, "The new key could not be made: %s", hf_status_text(status));
    hf_rotate_body(keys, &next, &text.body);
    hf_keys_text_write(&text, out);
    return hf_buf_status(out);
}

enum hf_status hf_rotate_write(struct hf_office *office, const struct hf_note_body *body)
{
    struct hf_class_key key;
    struct hf_sign_key device;
    struct hf_batch batch;
    struct hf_buf bytes = {0};
    hf_note_body_encode(body, &bytes);
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_buf_status(&bytes);
    if (status == HF_OK)
        status = hf_batch_office_key(&batch, &key);
    if (status == HF_OK)
        status = hf_keystore_next_device(office->keystore, &device);
    if (status == HF_OK)
        status = hf_batch_server_leaf_by(&batch, &device, HF_LEAF_NOTE, &key, hf_buf_slice(&bytes));
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_batch_clear(&batch);
    hf_wipe(&key, sizeof key);
    hf_wipe(&device, sizeof device);
    hf_buf_clear(&bytes);
    return status;
}

enum hf_status hf_rotate_check(const struct hf_office *office, const struct hf_note_body *asked,
                               const struct hf_keys_text *given, struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    const struct hf_note_body *body = &given->body;
    if (!given->is_signed)
        return hf_error_set(err, HF_ERR_INVALID,
                            "This is the request. The authority signs it (`holdfastd key sign`), and the server takes "
                            "what comes back.");
    if (!hf_slice_equal(given->origin, hf_slice_str(keys->origin)) || body->serial != asked->serial ||
        !hf_slice_equal(body->authority_name, asked->authority_name) || body->old_until_ms != asked->old_until_ms ||
        !hf_slice_equal(body->shard, asked->shard) ||
        memcmp(body->server_device, asked->server_device, sizeof body->server_device) != 0 ||
        memcmp(body->log_key, asked->log_key, sizeof body->log_key) != 0 ||
        memcmp(body->channel_key, asked->channel_key, sizeof body->channel_key) != 0 ||
        memcmp(body->key_store_key, asked->key_store_key, sizeof body->key_store_key) != 0 ||
        memcmp(body->recovery_key, asked->recovery_key, sizeof body->recovery_key) != 0)
        return hf_error_set(err, HF_ERR_INVALID, "This certificate is for other keys than this server asked about.");
    if (!hf_server_certified(keys->authority_key, office->log_id, body))
        return hf_error_set(err, HF_ERR_AUTH, "This certificate was not signed by the authority of this server.");
    return HF_OK;
}

/* Checkpoints from here on hold the entry, and bear the new key's signature. */
static enum hf_status use(struct hf_office *office, uint64_t serial)
{
    enum hf_status status = hf_keystore_use_keys(office->keystore, serial);
    return status == HF_OK ? hf_office_certificate(office) : status;
}

static enum hf_status next_of_this_log(struct hf_office *office, struct hf_key_row *next, struct hf_error *err)
{
    enum hf_status status = hf_keystore_has_next_keys(office->keystore, next);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(
            err, HF_ERR_STATE,
            "No new key was asked for, or the certificate was taken before. `holdfastd key request` asks.");
    if (status == HF_OK && next->shard_len)
        return hf_error_set(err, HF_ERR_STATE,
                            "What was asked for is a new shard of the log. `holdfastd shard take` takes its "
                            "certificate, with the server stopped.");
    return status;
}

enum hf_status hf_rotate_take(struct hf_office *office, struct hf_slice text, struct hf_error *err)
{
    struct hf_keys_text given;
    struct hf_key_row next;
    struct hf_note_body asked;
    struct hf_store_head head;
    enum hf_status status = hf_keys_text_read(text, &given, err);
    if (status == HF_OK)
        status = next_of_this_log(office, &next, err);
    if (status != HF_OK)
        return status;
    hf_rotate_body(hf_keystore_server(office->keystore), &next, &asked);
    status = hf_rotate_check(office, &asked, &given, err);
    if (status == HF_OK)
        status = hf_office_publish(office, err); /* what came before is signed with the old key */
    hf_store_head(office->store, &head);
    if (status == HF_OK)
        status =
            hf_keystore_certify_keys(office->keystore, next.serial, given.body.authority_signature, head.tree.size);
    memcpy(asked.authority_signature, given.body.authority_signature, sizeof asked.authority_signature);
    if (status == HF_OK)
        status = hf_rotate_write(office, &asked);
    if (status == HF_OK)
        status = use(office, next.serial);
    if (status == HF_OK)
        status = hf_office_publish(office, err);
    return status;
}

enum hf_status hf_rotate_show(struct hf_office *office, struct hf_buf *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    struct hf_keys_text text = {.origin = hf_slice_str(keys->origin), .is_signed = true};
    enum hf_status status = hf_note_body_decode(hf_buf_slice(&office->certificate), &text.body);
    if (status == HF_OK)
        hf_keys_text_write(&text, out);
    return status == HF_OK ? hf_buf_status(out) : status;
}

/* --- after a cut ---------------------------------------------------------------------------------------------------
 */

struct search {
    struct hf_class_key key;
    uint64_t serial;
    bool found;
};

static bool look(void *ctx, const struct hf_entry_row *row)
{
    struct search *search = ctx;
    struct hf_note_body body;
    struct hf_leaf leaf;
    struct hf_buf bytes = {0};
    if (row->kind == HF_LEAF_NOTE && hf_leaf_decode(row->leaf, &leaf) == HF_OK &&
        hf_payload_open(&search->key, row->payload, &leaf, &bytes) == HF_OK &&
        hf_note_body_decode(hf_buf_slice(&bytes), &body) == HF_OK && body.what == HF_NOTE_SERVER)
        search->found = body.serial == search->serial;
    hf_buf_clear(&bytes);
    return !search->found;
}

enum hf_status hf_rotate_written(struct hf_office *office, uint64_t serial, uint64_t from, bool *out)
{
    struct hf_store_head head;
    struct search search = {.serial = serial};
    hf_store_head(office->store, &head);
    enum hf_status status = hf_keystore_current(office->keystore, &office->office_case, &search.key);
    if (status == HF_OK && head.tree.size > from)
        status = office->store->ops->entries(office->store, from, head.tree.size - from, look, &search);
    hf_wipe(&search.key, sizeof search.key);
    *out = search.found;
    return status;
}

enum hf_status hf_rotate_settle(struct hf_office *office, struct hf_error *err)
{
    struct hf_key_row next;
    bool written = false;
    enum hf_status status = hf_keystore_has_next_keys(office->keystore, &next);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && !next.certified))
        return HF_OK;
    if (status == HF_OK)
        status = hf_rotate_written(office, next.serial, next.at_size, &written);
    if (status == HF_OK && written)
        status = use(office, next.serial);
    return status == HF_OK
               ? HF_OK
               : hf_error_set(err, status, "The change of the server's keys could not be brought to its end: %s",
                              hf_status_text(status));
}
