#include "server/recover_log.h"

#include "core/log/note.h"
#include "server/attach_mark.h"
#include "server/data_folder.h"
#include "server/keys_check.h"

#include <string.h>

struct recovery {
    struct hf_data_folder folder;
    struct hf_suffix suffix;
    struct hf_guard_mark mark;
    struct hf_recovered result;
};

static enum hf_status bad_file(enum hf_status status, uint64_t size, struct hf_error *err)
{
    if (status != HF_ERR_CORRUPT)
        return hf_error_set(err, status, "The mirror could not be read: %s", hf_status_text(status));
    return hf_error_set(err, status,
                        "The file %020llu.commit of the mirror was changed, or is another office's. Nothing was "
                        "changed here.",
                        (unsigned long long)size);
}

static void ignore_node(void *ctx, unsigned level, uint64_t index, const struct hf_hash *hash)
{
    (void)ctx;
    (void)level;
    (void)index;
    (void)hash;
}

static void add_leaves(const struct hf_store_batch *batch, struct hf_tree *tree)
{
    for (size_t i = 0; i < batch->entry_count; i++) {
        struct hf_hash hash;
        hf_tree_leaf_hash(batch->entries[i].leaf, &hash);
        hf_tree_append(tree, &hash, ignore_node, NULL);
    }
}

static enum hf_status ends_early(const struct recovery *recovery, uint64_t size, struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_CONFLICT,
                        "The mirror leads up to entry %llu, but a checkpoint for %llu entries was signed. Nothing was "
                        "changed here. Put a newer backup back, or look for the rest of the mirror.",
                        (unsigned long long)size, (unsigned long long)recovery->mark.size);
}

static enum hf_status another_log(struct hf_error *err)
{
    return hf_error_set(
        err, HF_ERR_CONFLICT,
        "The entries in the mirror are not those that were signed. Nothing was changed here. Keep both as "
        "they are, and find out why.");
}

/* The whole way, without changing anything: the checkpoint that was signed must lie on it, with its root. */
static enum hf_status check(struct recovery *recovery, struct hf_error *err)
{
    struct hf_tree tree = recovery->folder.store->tree;
    struct hf_hash root;
    bool passed = tree.size == recovery->mark.size;
    enum hf_status status = HF_OK;
    while (status == HF_OK && !passed) {
        struct hf_suffix_commit commit;
        const uint64_t size = tree.size;
        status = hf_suffix_read(&recovery->suffix, size, &commit);
        if (status == HF_ERR_NOT_FOUND)
            return ends_early(recovery, size, err);
        if (status != HF_OK)
            return bad_file(status, size, err);
        add_leaves(&commit.batch, &tree);
        hf_suffix_commit_clear(&commit);
        passed = tree.size >= recovery->mark.size;
    }
    if (tree.size > recovery->mark.size) /* signed between two commits: it was not, here */
        return another_log(err);
    hf_tree_root(&tree, &root);
    return memcmp(root.bytes, recovery->mark.root.bytes, sizeof root.bytes) == 0 ? HF_OK : another_log(err);
}

/* What was committed after the last signature comes back too. */
static enum hf_status replay(struct recovery *recovery, struct hf_error *err)
{
    struct hf_store *store = recovery->folder.store;
    enum hf_status status = HF_OK;
    while (status == HF_OK) {
        struct hf_suffix_commit commit;
        const struct hf_id none = hf_id_zero();
        const uint64_t size = store->tree.size;
        status = hf_suffix_read(&recovery->suffix, size, &commit);
        if (status == HF_ERR_NOT_FOUND)
            break;
        if (status != HF_OK)
            return bad_file(status, size, err);
        if (!hf_id_equal(&commit.erased_case, &none))
            commit.batch.erased_case = &commit.erased_case;
        status = commit.batch.entry_count ? hf_store_commit(store, &commit.batch) : HF_ERR_CORRUPT;
        if (status != HF_OK)
            (void)hf_error_set(err, status, "The commit at entry %llu could not be made again: %s",
                               (unsigned long long)size, hf_status_text(status));
        recovery->result.commits += status == HF_OK;
        recovery->result.lost_records += commit.lost_records;
        hf_suffix_commit_clear(&commit);
    }
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

/* An older key store would leave records out, and could not take what is sealed under the keys it lacks. */
static enum hf_status check_keys(const struct recovery *recovery, struct hf_error *err)
{
    struct hf_office parts = {.store = recovery->folder.store, .keystore = recovery->folder.keystore};
    hf_log_id(hf_slice_str(hf_keystore_server(parts.keystore)->origin), parts.log_id);
    parts.office_case = hf_office_case_id(parts.log_id);
    return hf_keys_check(&parts, &recovery->mark, err);
}

enum hf_status hf_recover_log(const char *folder, const char *mirror, struct hf_recovered *out, struct hf_error *err)
{
    struct recovery recovery = {.result = {.before = 0}};
    uint8_t key[HF_KEY_BYTES];
    enum hf_status status = hf_data_folder_open_parts(folder, &recovery.folder, key, err);
    if (status != HF_OK)
        return status;
    status = hf_suffix_open(mirror, key, recovery.folder.keystore, &recovery.suffix);
    hf_wipe(key, sizeof key);
    if (status != HF_OK)
        (void)hf_error_set(err, status, "The mirror %s cannot be used: %s", mirror, hf_status_text(status));
    else
        status = hf_guard_get(recovery.folder.guard, &recovery.mark);
    if (status == HF_OK)
        hf_suffix_read_waiting(&recovery.suffix, folder);
    if (status == HF_OK)
        status = check_keys(&recovery, err);
    recovery.result.before = recovery.folder.store->tree.size;
    if (status == HF_OK && recovery.mark.size > recovery.result.before)
        status = check(&recovery, err);
    if (status == HF_OK)
        status = replay(&recovery, err);
    if (status == HF_OK) /* which attachments were whole is not in the mirror */
        status = hf_attach_mark_forget(folder, err);
    recovery.result.after = recovery.folder.store->tree.size;
    hf_suffix_close(&recovery.suffix);
    hf_data_folder_close(&recovery.folder);
    if (status == HF_OK)
        *out = recovery.result;
    return status;
}
