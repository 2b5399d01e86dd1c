#include "server/rotate.h"

#include "core/base/text.h"
#include "core/log/note.h"
#include "server/batch.h"
#include "server/keystore_rotate.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "holdfast server keys v1\n"

/* --- the text ------------------------------------------------------------------------------------------------------
 */

struct keys_text {
    struct hf_note_body body; /* its authority's name borrows from the text */
    struct hf_slice origin;
    bool signed_; /* it has a signature */
};

static void add_hex(struct hf_buf *out, const char *name, const uint8_t *bytes, size_t len)
{
    hf_buf_append_fmt(out, "%s ", name);
    hf_text_hex(out, hf_slice_of(bytes, len));
    hf_buf_append_u8(out, '\n');
}

static void write_text(const struct keys_text *keys, struct hf_buf *out)
{
    const struct hf_note_body *body = &keys->body;
    hf_buf_append_str(out, HEAD "authority ");
    hf_buf_append_slice(out, body->authority_name);
    hf_buf_append_str(out, "\norigin ");
    hf_buf_append_slice(out, keys->origin);
    hf_buf_append_fmt(out, "\nserial %llu\n", (unsigned long long)body->serial);
    add_hex(out, "device", body->server_device, sizeof body->server_device);
    add_hex(out, "log", body->log_key, sizeof body->log_key);
    add_hex(out, "channel", body->channel_key, sizeof body->channel_key);
    add_hex(out, "keystore", body->key_store_key, sizeof body->key_store_key);
    add_hex(out, "recovery", body->recovery_key, sizeof body->recovery_key);
    if (keys->signed_)
        add_hex(out, "signature", body->authority_signature, sizeof body->authority_signature);
}

/* The rest of the next line, which begins with `name` and a space. */
static bool take_line(struct hf_slice *rest, const char *name, struct hf_slice *out)
{
    const size_t len = strlen(name);
    const uint8_t *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    if (!end || (size_t)(end - rest->data) <= len || memcmp(rest->data, name, len) != 0 || rest->data[len] != ' ')
        return false;
    *out = hf_slice_of(rest->data + len + 1, (size_t)(end - rest->data) - len - 1);
    *rest = hf_slice_of(end + 1, rest->len - (size_t)(end - rest->data) - 1);
    return true;
}

static bool take_hex(struct hf_slice *rest, const char *name, uint8_t *out, size_t len)
{
    struct hf_slice hex;
    return take_line(rest, name, &hex) && hf_text_unhex(hex, out, len) == HF_OK;
}

static bool take_serial(struct hf_slice *rest, uint64_t *out)
{
    struct hf_slice text;
    *out = 0;
    if (!take_line(rest, "serial", &text) || text.len > 9)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(text.data[i] - '0');
    }
    return true;
}

static enum hf_status read_text(struct hf_slice text, struct keys_text *out, struct hf_error *err)
{
    struct keys_text keys = {.body = {.what = HF_NOTE_SERVER}};
    struct hf_note_body *body = &keys.body;
    struct hf_slice rest = text;
    bool fits = text.len > sizeof HEAD && text.len <= HF_ROTATE_TEXT_BYTES_MAX && hf_text_is_utf8(text) &&
                memcmp(text.data, HEAD, sizeof HEAD - 1) == 0;
    if (fits)
        rest = hf_slice_of(text.data + sizeof HEAD - 1, text.len - (sizeof HEAD - 1));
    fits = fits && take_line(&rest, "authority", &body->authority_name) && take_line(&rest, "origin", &keys.origin) &&
           keys.origin.len <= HF_NOTE_NAME_BYTES_MAX && take_serial(&rest, &body->serial) &&
           take_hex(&rest, "device", body->server_device, sizeof body->server_device) &&
           take_hex(&rest, "log", body->log_key, sizeof body->log_key) &&
           take_hex(&rest, "channel", body->channel_key, sizeof body->channel_key) &&
           take_hex(&rest, "keystore", body->key_store_key, sizeof body->key_store_key) &&
           take_hex(&rest, "recovery", body->recovery_key, sizeof body->recovery_key);
    if (fits && rest.len > 0) {
        keys.signed_ = true;
        fits =
            take_hex(&rest, "signature", body->authority_signature, sizeof body->authority_signature) && rest.len == 0;
    }
    if (!fits)
        return hf_error_set(err, HF_ERR_INVALID,
                            "This is neither a request for a key nor a certificate, or it is damaged.");
    *out = keys;
    return HF_OK;
}

/* --- the ceremony --------------------------------------------------------------------------------------------------
 */

enum hf_status hf_rotate_sign(struct hf_slice request, const struct hf_sign_key *authority, struct hf_buf *out,
                              struct hf_error *err)
{
    struct keys_text keys;
    uint8_t log_id[HF_HASH_BYTES];
    enum hf_status status = read_text(request, &keys, err);
    if (status == HF_OK && keys.signed_)
        status = hf_error_set(err, HF_ERR_INVALID, "This is a certificate already. The server takes it.");
    if (status != HF_OK)
        return status;
    hf_log_id(keys.origin, log_id);
    hf_server_certify(authority, log_id, &keys.body);
    keys.signed_ = true;
    write_text(&keys, out);
    return hf_buf_status(out);
}

/* --- the office ----------------------------------------------------------------------------------------------------
 */

static void fill_body(const struct hf_server_keys *keys, const struct hf_log_key_row *next, struct hf_note_body *out)
{
    *out = (struct hf_note_body){
        .what = HF_NOTE_SERVER, .serial = next->serial, .authority_name = hf_slice_str(keys->authority_name)};
    memcpy(out->server_device, keys->device.public_key, sizeof out->server_device);
    memcpy(out->log_key, next->public_key, sizeof out->log_key);
    memcpy(out->channel_key, keys->channel.public_key, sizeof out->channel_key);
    memcpy(out->key_store_key, keys->key_store.public_key, sizeof out->key_store_key);
    memcpy(out->recovery_key, keys->recovery_key, sizeof out->recovery_key);
}

enum hf_status hf_rotate_request(struct hf_office *office, struct hf_buf *out, struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    struct keys_text text = {.origin = hf_slice_str(keys->origin)};
    struct hf_log_key_row next;
    enum hf_status status = hf_keystore_next_log_key(office->keystore, &next);
    if (status != HF_OK)
        return hf_error_set(err, status, "The new key could not be made: %s", hf_status_text(status));
    fill_body(keys, &next, &text.body);
    write_text(&text, out);
    return hf_buf_status(out);
}

static enum hf_status write_note(struct hf_office *office, const struct hf_note_body *body)
{
    struct hf_class_key key;
    struct hf_batch batch;
    struct hf_buf bytes = {0};
    hf_note_body_encode(body, &bytes);
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_buf_status(&bytes);
    if (status == HF_OK)
        status = hf_batch_office_key(&batch, &key);
    if (status == HF_OK)
        status = hf_batch_server_leaf(&batch, HF_LEAF_NOTE, &key, hf_buf_slice(&bytes));
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_batch_clear(&batch);
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&bytes);
    return status;
}

/* What is asked for and what was certified differ in nothing but the signature. */
static enum hf_status check_certificate(const struct hf_office *office, const struct hf_note_body *asked,
                                        const struct keys_text *given, struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    const struct hf_note_body *body = &given->body;
    if (!given->signed_)
        return hf_error_set(err, HF_ERR_INVALID,
                            "This is the request. The authority signs it (`holdfastd key sign`), and the server takes "
                            "what comes back.");
    if (!hf_slice_equal(given->origin, hf_slice_str(keys->origin)) || body->serial != asked->serial ||
        !hf_slice_equal(body->authority_name, asked->authority_name) ||
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
    enum hf_status status = hf_keystore_use_log_key(office->keystore, serial);
    return status == HF_OK ? hf_office_certificate(office) : status;
}

enum hf_status hf_rotate_take(struct hf_office *office, struct hf_slice text, struct hf_error *err)
{
    struct keys_text given;
    struct hf_log_key_row next;
    struct hf_note_body asked;
    struct hf_store_head head;
    enum hf_status status = read_text(text, &given, err);
    if (status != HF_OK)
        return status;
    status = hf_keystore_has_next_log_key(office->keystore, &next);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(
            err, HF_ERR_STATE,
            "No new key was asked for, or the certificate was taken before. `holdfastd key request` asks.");
    if (status != HF_OK)
        return status;
    fill_body(hf_keystore_server(office->keystore), &next, &asked);
    status = check_certificate(office, &asked, &given, err);
    if (status == HF_OK)
        status = hf_office_publish(office, err); /* what came before is signed with the old key */
    hf_store_head(office->store, &head);
    if (status == HF_OK)
        status =
            hf_keystore_certify_log_key(office->keystore, next.serial, given.body.authority_signature, head.tree.size);
    memcpy(asked.authority_signature, given.body.authority_signature, sizeof asked.authority_signature);
    if (status == HF_OK)
        status = write_note(office, &asked);
    if (status == HF_OK)
        status = use(office, next.serial);
    if (status == HF_OK)
        status = hf_office_publish(office, err);
    return status;
}

/* --- after a cut ---------------------------------------------------------------------------------------------------
 */

struct search {
    struct hf_office *office;
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

enum hf_status hf_rotate_settle(struct hf_office *office, struct hf_error *err)
{
    struct hf_log_key_row next;
    struct hf_store_head head;
    struct search search = {.office = office};
    enum hf_status status = hf_keystore_has_next_log_key(office->keystore, &next);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && !next.certified))
        return HF_OK;
    hf_store_head(office->store, &head);
    search.serial = next.serial;
    if (status == HF_OK)
        status = hf_keystore_current(office->keystore, &office->office_case, &search.key);
    if (status == HF_OK && head.tree.size > next.at_size)
        status = office->store->ops->entries(office->store, next.at_size, head.tree.size - next.at_size, look, &search);
    if (status == HF_OK && search.found)
        status = use(office, next.serial);
    hf_wipe(&search.key, sizeof search.key);
    return status == HF_OK
               ? HF_OK
               : hf_error_set(err, status, "The change of the log's key could not be brought to its end: %s",
                              hf_status_text(status));
}
