#include "server/keys_check.h"

#include "server/keystore_erase.h"
#include "server/rotate.h"

#include <string.h>

static enum hf_status older(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_CONFLICT,
                        "keys.db is older than the log: it was put back from an older backup, and lacks keys made "
                        "since. Nothing was changed or signed. Put the newest keys.db back. If there is none, this "
                        "folder cannot go on: docs/keys.md, “When keys.db is older than the log”, says what to do.");
}

/* --- entries that no checkpoint was signed for yet: the guard cannot speak for them --------------------------------
 */

struct tail {
    struct hf_keystore *keystore;
    enum hf_status status;
    bool lacks;
};

static bool has_key(void *ctx, const struct hf_entry_row *row)
{
    struct tail *tail = ctx;
    struct hf_class_key key;
    bool erased = false;
    if (row->payload.len == 0)
        return true;
    tail->status = hf_keystore_get(tail->keystore, &row->key_id, &key);
    hf_wipe(&key, sizeof key);
    if (tail->status == HF_ERR_NOT_FOUND) {
        tail->status = hf_keystore_erased(tail->keystore, &row->case_id, &erased);
        tail->lacks = !erased;
    }
    return tail->status == HF_OK && !tail->lacks;
}

static enum hf_status check_tail(struct hf_office *office, uint64_t from, uint64_t size, struct hf_error *err)
{
    struct tail tail = {.keystore = office->keystore, .status = HF_OK};
    enum hf_status status = office->store->ops->entries(office->store, from, size - from, has_key, &tail);
    if (status == HF_OK)
        status = tail.status;
    return status == HF_OK && tail.lacks ? older(err) : status;
}

/* --- the server's own keys ---------------------------------------------------------------------------------------- */

/* A set comes into use when its entry is in the log, and never before. */
static enum hf_status check_serial(struct hf_office *office, struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    bool written = keys->serial == 0;
    enum hf_status status = HF_OK;
    if (!written)
        status = hf_rotate_written(office, keys->serial, keys->at_size, &written);
    if (status == HF_OK && !written)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "server.db is older than keys.db: the server's keys were changed with entry %llu of the "
                            "log, and this log does not have it. Nothing was changed, and nothing will be signed. Put "
                            "the newer server.db back (docs/keys.md, “Backups”).",
                            (unsigned long long)keys->at_size);
    return status;
}

/* A guard that was made anew took its count from this key store: what the log knows of it has to speak instead. */
static enum hf_status check_later_serial(struct hf_office *office, struct hf_error *err)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    struct hf_key_row next = {.certified = false};
    bool written = false;
    enum hf_status status = hf_keystore_has_next_keys(office->keystore, &next);
    if (status == HF_OK && next.certified)
        return HF_OK; /* cut off before it came into use: hf_rotate_settle */
    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        status = hf_rotate_written(office, keys->serial + 1, 0, &written);
    return status == HF_OK && written ? older(err) : status;
}

enum hf_status hf_keys_check(struct hf_office *office, const struct hf_guard_mark *mark, struct hf_error *err)
{
    uint64_t changes = 0;
    struct hf_store_head head;
    hf_store_head(office->store, &head);
    enum hf_status status = hf_keystore_changes(office->keystore, &changes);
    if (status == HF_OK && mark->keys > changes)
        return older(err);
    const uint64_t known = mark->anew ? 0 : mark->size;
    if (status == HF_OK && head.tree.size > known)
        status = check_tail(office, known, head.tree.size, err);
    if (status == HF_OK && mark->anew && head.tree.size > 0)
        status = check_later_serial(office, err);
    if (status == HF_OK && head.tree.size > 0 && head.tree.size >= mark->size)
        status = check_serial(office, err);
    return status == HF_OK || err->text[0] ? status
                                           : hf_error_set(err, status,
                                                          "The key store could not be held against the "
                                                          "log: %s",
                                                          hf_status_text(status));
}
