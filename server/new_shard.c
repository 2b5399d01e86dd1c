#include "server/new_shard.h"

#include "core/base/text.h"
#include "core/log/note.h"
#include "server/data_folder.h"
#include "server/keys_check.h"
#include "server/rotate.h"

#include <string.h>
#include <time.h>

/* The folder without an office, and what of one a certificate needs. */
struct parts {
    struct hf_data_folder folder;
    struct hf_office office;
    struct hf_guard_mark mark;
    struct hf_guard_mark left; /* the log as it was put back */
};

static uint64_t wall_ms(void *ctx)
{
    struct timespec now;
    (void)ctx;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static enum hf_status open_parts(const char *folder, struct parts *out, struct hf_error *err)
{
    uint8_t suffix_key[HF_KEY_BYTES];
    struct hf_store_head head;
    *out = (struct parts){.left = {.size = 0}};
    enum hf_status status = hf_data_folder_open_parts(folder, &out->folder, suffix_key, err);
    hf_wipe(suffix_key, sizeof suffix_key);
    if (status == HF_ERR_BUSY)
        return hf_error_set(err, status, "Stop the server on this folder first.");
    if (status != HF_OK)
        return status;
    status = hf_guard_get(out->folder.guard, &out->mark);
    hf_store_head(out->folder.store, &head);
    out->left.size = head.tree.size;
    hf_tree_root(&head.tree, &out->left.root);
    out->office = (struct hf_office){.store = out->folder.store,
                                     .keystore = out->folder.keystore,
                                     .guard = out->folder.guard,
                                     .wall_ms = wall_ms,
                                     .mark = out->left};
    const struct hf_server_keys *keys = hf_keystore_server(out->folder.keystore);
    hf_log_id(hf_slice_str(keys->origin), out->office.log_id);
    out->office.office_case = hf_office_case_id(out->office.log_id);
    if (status != HF_OK)
        (void)hf_error_set(err, status, "The signing guard could not be read.");
    else
        status = hf_keys_check(&out->office, &out->mark, err);
    if (status != HF_OK)
        hf_data_folder_close(&out->folder);
    return status;
}

/* --- the request ---------------------------------------------------------------------------------------------------
 */

/* The checkpoint that the guard remembers, signed once more with the key that had signed it. */
static enum hf_status sign_again(const struct parts *parts, const struct hf_note_key *key, struct hf_buf *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(parts->folder.keystore);
    struct hf_checkpoint checkpoint = {.size = parts->mark.size, .root = parts->mark.root};
    memcpy(checkpoint.origin, key->name, sizeof checkpoint.origin);
    return hf_checkpoint_sign(&checkpoint, key, &keys->log, out);
}

static enum hf_status not_ours(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_INVALID,
                        "The checkpoint was not signed by this log, under the name it had last and with a key of it.");
}

/* One that somebody brought: *out_newer when it counts more than the guard remembers. A key that was given up signed
 * only what came before the guard's newest. */
static enum hf_status look_at_given(const struct parts *parts, struct hf_slice given, const struct hf_note_key *key,
                                    bool *out_newer, struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(parts->folder.keystore);
    const struct hf_hash *mark = &parts->mark.root;
    struct hf_note_key old;
    struct hf_checkpoint checkpoint;
    bool ours = hf_checkpoint_open(given, key, &checkpoint) == HF_OK, newest = ours;
    for (size_t i = keys->old_log_count; !ours && i-- > 0;)
        ours = keys->old_log_shards[i] == keys->names.count - 1 &&
               hf_note_key_init(hf_slice_str(hf_server_log_name(keys)), keys->old_log_keys[i], &old) == HF_OK &&
               hf_checkpoint_open(given, &old, &checkpoint) == HF_OK;
    if (!ours || (!newest && checkpoint.size > parts->mark.size))
        return not_ours(err);
    if (checkpoint.size == parts->mark.size && memcmp(checkpoint.root.bytes, mark->bytes, sizeof mark->bytes) != 0)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "The checkpoint and the one that the guard remembers are of one size and differ: the log's "
                            "key signed two histories. Keep both, and tell the auditors before anything else.");
    *out_newer = checkpoint.size > parts->mark.size;
    return HF_OK;
}

/* The newer of what somebody brought and what the guard remembers. */
static enum hf_status choose_note(const struct parts *parts, struct hf_slice given, uint64_t *out_size,
                                  struct hf_buf *out, struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(parts->folder.keystore);
    struct hf_note_key key;
    struct hf_checkpoint checkpoint = {.size = parts->mark.size};
    bool theirs = false;
    enum hf_status status = hf_note_key_init(hf_slice_str(hf_server_log_name(keys)), keys->log.public_key, &key);
    if (status == HF_OK && given.len > 0)
        status = look_at_given(parts, given, &key, &theirs, err);
    if (status == HF_OK && theirs) {
        hf_buf_append_slice(out, given);
        status = hf_checkpoint_open(given, &key, &checkpoint);
    } else if (status == HF_OK) {
        status = sign_again(parts, &key, out);
    }
    *out_size = checkpoint.size;
    if (status == HF_OK)
        status = hf_buf_status(out);
    return status == HF_OK || err->text[0] ? status : hf_error_set(err, status, "%s", hf_status_text(status));
}

static enum hf_status check_wish(const struct parts *parts, const struct hf_new_shard_wish *wish, struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(parts->folder.keystore);
    struct hf_log_names names = keys->names;
    struct hf_note_key key;
    if (wish->name.len == 0 || hf_note_key_init(wish->name, keys->log.public_key, &key) != HF_OK)
        return hf_error_set(err, HF_ERR_INVALID,
                            "--name must be a name like example.gov.uk/holdfast/2, without spaces or “+”.");
    if (hf_log_names_add(&names, wish->name) != HF_OK)
        return hf_error_set(err, HF_ERR_INVALID,
                            "The log has had this name, or %d others: choose another. A name is never used twice.",
                            HF_SHARDS_MAX);
    if (wish->reason.len == 0 || wish->reason.len > HF_SHARD_REASON_BYTES_MAX || !hf_text_is_utf8(wish->reason))
        return hf_error_set(err, HF_ERR_INVALID, "--because must say why, in 1 to %d bytes.",
                            HF_SHARD_REASON_BYTES_MAX);
    if (parts->left.size == 0)
        return hf_error_set(err, HF_ERR_STATE,
                            "The store is empty: there is nothing that a log could go on from. Put the newest backup "
                            "of server.db in its place first.");
    return HF_OK;
}

static enum hf_status write_request(struct parts *parts, const struct hf_new_shard_wish *wish, struct hf_slice note,
                                    struct hf_buf *out, struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(parts->folder.keystore);
    struct hf_keys_text text = {.origin = hf_slice_str(keys->origin)};
    struct hf_shard shard = {.number = keys->names.count,
                             .name = wish->name,
                             .size = parts->left.size,
                             .note = note,
                             .reason = wish->reason};
    struct hf_buf bytes = {0}, lost = {0};
    struct hf_key_row next;
    memcpy(shard.root, parts->left.root.bytes, sizeof shard.root);
    enum hf_status status = hf_keystore_lost_keys(parts->folder.keystore, parts->left.size, &lost);
    shard.lost = hf_buf_slice(&lost);
    hf_shard_encode(&shard, &bytes);
    if (status == HF_OK)
        status = hf_buf_status(&bytes);
    if (status == HF_ERR_LIMIT || (status == HF_OK && bytes.len > HF_SHARD_BYTES_MAX))
        status = hf_error_set(
            err, HF_ERR_LIMIT,
            "Too many shards and changes of the server's keys were lost for one entry to name. Put a newer backup of "
            "server.db back.");
    if (status == HF_OK && hf_shard_decode(hf_buf_slice(&bytes), &shard) != HF_OK)
        status =
            hf_error_set(err, HF_ERR_LIMIT, "The checkpoint is too long. Bring one without witnesses' signatures.");
    const struct hf_key_wish keys_wish = {.parts = HF_KEYS_LOG | HF_KEYS_DEVICE,
                                          .old_until_ms = keys->old_until_ms,
                                          .shard = hf_buf_slice(&bytes),
                                          .never_used_from = parts->left.size};
    if (status == HF_OK)
        status = hf_keystore_next_keys(parts->folder.keystore, &keys_wish, &next);
    if (status == HF_OK) {
        hf_rotate_body(keys, &next, &text.body);
        hf_keys_text_write(&text, out);
        status = hf_buf_status(out);
    }
    hf_buf_clear(&bytes);
    hf_buf_clear(&lost);
    return status == HF_OK || err->text[0]
               ? status
               : hf_error_set(err, status, "The new keys could not be made: %s", hf_status_text(status));
}

enum hf_status hf_new_shard_request(const char *folder, const struct hf_new_shard_wish *wish, struct hf_buf *out,
                                    struct hf_error *err)
{
    struct parts parts;
    struct hf_buf note = {0};
    uint64_t promised = 0;
    enum hf_status status = open_parts(folder, &parts, err);
    if (status != HF_OK)
        return status;
    status = check_wish(&parts, wish, err);
    if (status == HF_OK)
        status = choose_note(&parts, wish->note, &promised, &note, err);
    if (status == HF_OK && promised <= parts.left.size)
        status = hf_error_set(err, HF_ERR_STATE,
                              "The log has every entry that a checkpoint was signed for (%llu). Nothing is missing, so "
                              "there is nothing to begin anew.",
                              (unsigned long long)promised);
    if (status == HF_OK)
        status = write_request(&parts, wish, hf_buf_slice(&note), out, err);
    hf_buf_clear(&note);
    hf_data_folder_close(&parts.folder);
    return status;
}

/* --- the certificate -----------------------------------------------------------------------------------------------
 */

static enum hf_status check_left(const struct parts *parts, const struct hf_shard *shard, uint64_t at_size,
                                 struct hf_error *err)
{
    if (parts->left.size == shard->size && memcmp(parts->left.root.bytes, shard->root, sizeof shard->root) == 0)
        return HF_OK;
    if (parts->left.size > at_size && at_size == shard->size)
        return HF_OK; /* its first entry is written: cut off behind that */
    return hf_error_set(err, HF_ERR_STATE,
                        "The log has %llu entries, and the certificate is for a shard that begins with %llu: the store "
                        "was exchanged since the request. Ask again.",
                        (unsigned long long)parts->left.size, (unsigned long long)shard->size);
}

static enum hf_status begin(struct parts *parts, const struct hf_key_row *next, const struct hf_note_body *body,
                            const struct hf_shard *shard, struct hf_error *err)
{
    struct hf_keystore *keystore = parts->folder.keystore;
    struct hf_guard_mark from = {.size = shard->size, .shard = shard->number};
    bool written = false;
    memcpy(from.root.bytes, shard->root, sizeof from.root.bytes);
    hf_sha256_of(shard->name.data, shard->name.len, parts->office.leaf_log_id);
    enum hf_status status = hf_keystore_certify_keys(keystore, next->serial, body->authority_signature, shard->size);
    if (status == HF_OK)
        status = hf_guard_begin_shard(parts->folder.guard, &from);
    if (status == HF_OK)
        status = hf_rotate_written(&parts->office, next->serial, shard->size, &written);
    if (status == HF_OK && !written)
        status = hf_rotate_write(&parts->office, body);
    if (status == HF_OK)
        status = hf_keystore_use_keys(keystore, next->serial);
    return status == HF_OK ? HF_OK
                           : hf_error_set(err, status,
                                          "The new shard could not be begun: %s Run the command again when that is "
                                          "mended.",
                                          hf_status_text(status));
}

static enum hf_status take(struct parts *parts, struct hf_slice text, struct hf_new_shard *out, struct hf_error *err)
{
    struct hf_keys_text given;
    struct hf_key_row next;
    struct hf_note_body asked;
    struct hf_shard shard;
    struct hf_checkpoint promised = {.size = 0};
    struct hf_note_key before;
    enum hf_status status = hf_keys_text_read(text, &given, err);
    if (status == HF_OK)
        status = hf_keystore_has_next_keys(parts->folder.keystore, &next);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && next.shard_len == 0))
        return hf_error_set(err, HF_ERR_STATE,
                            "No new shard was asked for, or its certificate was taken before. `holdfastd shard "
                            "request` asks.");
    if (status != HF_OK)
        return status;
    hf_rotate_body(hf_keystore_server(parts->folder.keystore), &next, &asked);
    status = hf_rotate_check(&parts->office, &asked, &given, err);
    if (status == HF_OK)
        status = hf_shard_decode(asked.shard, &shard);
    if (status == HF_OK)
        status = check_left(parts, &shard, next.certified ? next.at_size : UINT64_MAX, err);
    const struct hf_server_keys *keys = hf_keystore_server(parts->folder.keystore);
    if (status == HF_OK)
        status = hf_note_key_init(hf_slice_str(hf_server_log_name(keys)), keys->log.public_key, &before);
    if (status == HF_OK && hf_checkpoint_open(shard.note, &before, &promised) != HF_OK)
        status = hf_error_set(err, HF_ERR_INVALID, "The checkpoint in it is not one of the log before.");
    memcpy(asked.authority_signature, given.body.authority_signature, sizeof asked.authority_signature);
    if (status == HF_OK)
        status = begin(parts, &next, &asked, &shard, err);
    if (status == HF_OK) {
        *out = (struct hf_new_shard){.number = shard.number,
                                     .size = shard.size,
                                     .lost = promised.size > shard.size ? promised.size - shard.size : 0};
    }
    return status;
}

enum hf_status hf_new_shard_take(const char *folder, struct hf_slice text, struct hf_new_shard *out,
                                 struct hf_error *err)
{
    struct parts parts;
    enum hf_status status = open_parts(folder, &parts, err);
    if (status != HF_OK)
        return status;
    status = take(&parts, text, out, err);
    hf_data_folder_close(&parts.folder);
    return status;
}
