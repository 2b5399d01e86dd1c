#include "server/guard_new.h"

#include "core/base/text.h"
#include "core/log/note.h"
#include "core/model/body_caseload.h"
#include "server/batch.h"
#include "server/data_folder.h"
#include "server/keys_check.h"

#include <string.h>
#include <time.h>

struct making {
    struct hf_data_folder folder;
    struct hf_office office; /* what of one the checks need */
    struct hf_store_head head;
    struct hf_guard_mark mark;
    bool outside;
};

/* --- the checkpoint ------------------------------------------------------------------------------------------------
 */

/* Signed under this name with this key, when such a key could sign it. */
static bool signed_by(struct hf_slice note, const char *name, const uint8_t log_key[HF_SIGN_PUBLIC_BYTES],
                      struct hf_checkpoint *out)
{
    struct hf_note_key key;
    return hf_note_key_init(hf_slice_str(name), log_key, &key) == HF_OK && hf_checkpoint_open(note, &key, out) == HF_OK;
}

/* All keys of the log count, each up to where the next took its place. */
static enum hf_status open_checkpoint(const struct hf_server_keys *keys, struct hf_slice note,
                                      struct hf_checkpoint *out, struct hf_error *err)
{
    const uint8_t shard = (uint8_t)(keys->names.count - 1);
    if (signed_by(note, hf_server_log_name(keys), keys->log.public_key, out))
        return HF_OK;
    for (size_t i = keys->old_log_count; i-- > 0;) {
        const uint8_t of = keys->old_log_shards[i];
        if (!signed_by(note, keys->names.at[of].name, keys->old_log_keys[i], out))
            continue;
        if (of != shard)
            return hf_error_set(err, HF_ERR_STATE,
                                "The checkpoint is of the log before its newest shard began. Bring one of %s.",
                                hf_server_log_name(keys));
        if (out->size <= keys->at_size)
            return HF_OK;
    }
    return hf_error_set(err, HF_ERR_INVALID,
                        "The checkpoint was not signed by this log: not under its name, or with none of the keys that "
                        "keys.db knows for it. Bring one of this log, and the newest keys.db. Nothing was changed.");
}

static enum hf_status root_of(struct making *making, uint64_t size, struct hf_hash *out, struct hf_error *err)
{
    const enum hf_status status = hf_tree_root_at(size, hf_store_node, making->folder.store, out);
    return status == HF_OK ? HF_OK : hf_error_set(err, status, "The log could not be read: %s", hf_status_text(status));
}

static enum hf_status from_outside(struct making *making, struct hf_slice note, struct hf_error *err)
{
    struct hf_checkpoint checkpoint = {.size = 0};
    struct hf_hash root;
    enum hf_status status = open_checkpoint(hf_keystore_server(making->folder.keystore), note, &checkpoint, err);
    if (status != HF_OK)
        return status;
    if (making->head.tree.size >= checkpoint.size) {
        status = root_of(making, checkpoint.size, &root, err);
        if (status != HF_OK)
            return status;
        if (memcmp(root.bytes, checkpoint.root.bytes, sizeof root.bytes) != 0)
            return hf_error_set(
                err, HF_ERR_CONFLICT,
                "The checkpoint is of another history: the first %llu entries of this log are not those "
                "that it was signed for. The log's key signed two histories, or this server.db was "
                "changed. Nothing was done here. Keep both, and tell the auditors first of all.",
                (unsigned long long)checkpoint.size);
    }
    if (checkpoint.size < making->head.published_size)
        return hf_error_set(
            err, HF_ERR_STATE,
            "The checkpoint, for %llu entries, is older than the one in server.db, for %llu. Look for a "
            "newer one: the folder on the web, a witness, an auditor's bundle. When nobody has one, say "
            "so: --none-newer in its place. Nothing was changed.",
            (unsigned long long)checkpoint.size, (unsigned long long)making->head.published_size);
    making->mark.size = checkpoint.size;
    making->mark.root = checkpoint.root;
    making->outside = true;
    return HF_OK;
}

static enum hf_status from_store(struct making *making, struct hf_error *err)
{
    if (making->head.published_size == 0)
        return hf_error_set(
            err, HF_ERR_STATE,
            "There is no checkpoint in server.db. Put a backup of this office's server.db in its place, "
            "or bring a checkpoint that somebody else has.");
    making->mark.size = making->head.published_size;
    return root_of(making, making->mark.size, &making->mark.root, err);
}

/* --- the guard -----------------------------------------------------------------------------------------------------
 */

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static enum hf_status open_making(const char *folder, struct making *out, struct hf_error *err)
{
    *out = (struct making){.outside = false};
    enum hf_status status = hf_data_folder_open_unguarded(folder, &out->folder, err);
    if (status == HF_ERR_BUSY)
        return hf_error_set(err, status, "Stop the server on this folder first.");
    if (status != HF_OK)
        return status;
    const struct hf_server_keys *keys = hf_keystore_server(out->folder.keystore);
    hf_store_head(out->folder.store, &out->head);
    out->office = (struct hf_office){.store = out->folder.store, .keystore = out->folder.keystore};
    hf_log_id(hf_slice_str(keys->origin), out->office.log_id);
    out->office.office_case = hf_office_case_id(out->office.log_id);
    out->mark.shard = keys->names.count - 1;
    out->mark.anew = true;
    status = hf_keystore_changes(out->folder.keystore, &out->mark.keys);
    if (status != HF_OK) {
        hf_data_folder_close(&out->folder);
        return hf_error_set(err, status, "keys.db could not be read: %s", hf_status_text(status));
    }
    return HF_OK;
}

static enum hf_status make(const char *folder, struct making *making, struct hf_slice reason, struct hf_error *err)
{
    struct hf_caseload_note note = {.what = HF_CASELOAD_GUARD,
                                    .size = making->mark.size,
                                    .outside = making->outside,
                                    .count = making->head.tree.size,
                                    .made_ms = now_ms(),
                                    .reason = reason};
    struct hf_buf body = {0};
    memcpy(note.head, making->mark.root.bytes, sizeof note.head);
    hf_caseload_note_encode(&note, &body);
    enum hf_status status = hf_buf_status(&body);
    if (status == HF_OK)
        status = hf_data_folder_put_guard(folder, &making->folder, &making->mark, hf_buf_slice(&body), err);
    hf_buf_clear(&body);
    return status;
}

enum hf_status hf_guard_new(const char *folder, const struct hf_guard_new_wish *wish, struct hf_guard_made *out,
                            struct hf_error *err)
{
    struct making making;
    if (wish->reason.len == 0 || wish->reason.len > HF_GUARD_REASON_BYTES_MAX || !hf_text_is_utf8(wish->reason))
        return hf_error_set(err, HF_ERR_INVALID, "--because must say why, in 1 to %d bytes.",
                            HF_GUARD_REASON_BYTES_MAX);
    enum hf_status status = open_making(folder, &making, err);
    if (status != HF_OK)
        return status;
    status = wish->note.len > 0 ? from_outside(&making, wish->note, err) : from_store(&making, err);
    if (status == HF_OK)
        status = hf_keys_check(&making.office, &making.mark, err);
    if (status == HF_OK)
        status = make(folder, &making, wish->reason, err);
    if (status == HF_OK)
        *out = (struct hf_guard_made){.size = making.mark.size, .entries = making.head.tree.size};
    hf_data_folder_close(&making.folder);
    return status;
}

/* --- the note in the log -------------------------------------------------------------------------------------------
 */

struct search {
    struct hf_class_key key;
    struct hf_slice body;
    bool found;
};

static bool look(void *ctx, const struct hf_entry_row *row)
{
    struct search *search = ctx;
    struct hf_leaf leaf;
    struct hf_buf bytes = {0};
    if (row->kind == HF_LEAF_NOTE && hf_leaf_decode(row->leaf, &leaf) == HF_OK &&
        hf_payload_open(&search->key, row->payload, &leaf, &bytes) == HF_OK)
        search->found = hf_slice_equal(hf_buf_slice(&bytes), search->body);
    hf_buf_clear(&bytes);
    return !search->found;
}

/* Cut off after the entry was written, and before the guard knew. */
static enum hf_status is_written(struct hf_office *office, struct hf_slice body, bool *out)
{
    struct search search = {.body = body};
    struct hf_store_head head;
    hf_store_head(office->store, &head);
    enum hf_status status = hf_keystore_current(office->keystore, &office->office_case, &search.key);
    if (status == HF_OK)
        status = office->store->ops->entries(office->store, 0, head.tree.size, look, &search);
    hf_wipe(&search.key, sizeof search.key);
    *out = search.found;
    return status;
}

static enum hf_status write_note(struct hf_office *office, struct hf_slice body)
{
    struct hf_caseload_note note;
    struct hf_batch batch;
    enum hf_status status = hf_caseload_note_decode(body, &note);
    if (status != HF_OK)
        return HF_ERR_CORRUPT;
    hf_batch_begin(&batch, office);
    status = hf_batch_note(&batch, &note);
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_batch_clear(&batch);
    return status;
}

enum hf_status hf_guard_new_settle(struct hf_office *office, struct hf_error *err)
{
    struct hf_buf body = {0};
    bool written = false;
    enum hf_status status = hf_guard_pending_note(office->guard, &body);
    if (status == HF_ERR_NOT_FOUND) {
        hf_buf_clear(&body);
        return HF_OK;
    }
    if (status == HF_OK)
        status = is_written(office, hf_buf_slice(&body), &written);
    if (status == HF_OK && !written)
        status = write_note(office, hf_buf_slice(&body));
    if (status == HF_OK)
        status = hf_office_publish(office, err);
    if (status == HF_OK)
        status = hf_guard_note_written(office->guard);
    hf_buf_clear(&body);
    return status == HF_OK || err->text[0] ? status
                                           : hf_error_set(err, status,
                                                          "The log could not say that its signing guard was made anew: "
                                                          "%s",
                                                          hf_status_text(status));
}
