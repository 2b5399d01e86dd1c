#include "server/publish.h"

#include "core/log/note.h"
#include "core/log/tile.h"
#include "core/model/leaf.h"
#include "server/web_folder.h"
#include "server/witness.h"

#include <stdio.h>
#include <string.h>

#define CHECKPOINT_FILE  "checkpoint"
#define ENTRY_TILE_BYTES (2 + HF_LEAF_BYTES) /* for each entry */

struct publishing {
    struct hf_office *office;
    struct hf_web_folder web;
    struct hf_checkpoint checkpoint; /* that is published now */
    struct hf_publish_result result;
    struct hf_buf tile;
};

/* --- what stands in the folder -------------------------------------------------------------------------------------
 */

static enum hf_status log_key(const struct hf_office *office, struct hf_note_key *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    return hf_note_key_init(hf_slice_str(hf_server_log_name(keys)), keys->log.public_key, out);
}

/* Signed with the key in use, or with one before it. */
static enum hf_status open_old(const struct publishing *p, struct hf_slice note, const struct hf_note_key *key,
                               struct hf_checkpoint *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(p->office->keystore);
    struct hf_note_key old;
    enum hf_status status = hf_checkpoint_open(note, key, out);
    for (size_t i = keys->old_log_count; status != HF_OK && i-- > 0;) {
        status =
            hf_note_key_init(hf_slice_str(keys->names.at[keys->old_log_shards[i]].name), keys->old_log_keys[i], &old);
        if (status == HF_OK)
            status = hf_checkpoint_open(note, &old, out);
    }
    return status;
}

static enum hf_status check_continues(struct publishing *p, const struct hf_checkpoint *old, struct hf_error *err)
{
    struct hf_hash root;
    if (old->size > p->checkpoint.size)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "The folder holds a checkpoint for %llu entries, but this log has %llu: it was restored "
                            "from an older backup. Nothing was written. Put the newer store back.",
                            (unsigned long long)old->size, (unsigned long long)p->checkpoint.size);
    enum hf_status status = hf_tree_root_at(old->size, hf_store_node, p->office->store, &root);
    if (status != HF_OK)
        return hf_error_set(err, status, "The log could not be read: %s", hf_status_text(status));
    if (memcmp(root.bytes, old->root.bytes, sizeof root.bytes) != 0)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "The first %llu entries of this log are not those that the folder's checkpoint was signed "
                            "for. Nothing was written. Keep both as they are and find out why.",
                            (unsigned long long)old->size);
    p->result.old_size = old->size;
    return HF_OK;
}

static enum hf_status check_folder(struct publishing *p, const struct hf_note_key *key, struct hf_error *err)
{
    struct hf_checkpoint old;
    struct hf_buf note = {0};
    enum hf_status status = hf_web_read(&p->web, CHECKPOINT_FILE, HF_NOTE_BYTES_MAX, &note);
    if (status == HF_ERR_NOT_FOUND) {
        status = HF_OK;
    } else if (status == HF_OK) {
        if (open_old(p, hf_buf_slice(&note), key, &old) != HF_OK)
            status = hf_error_set(err, HF_ERR_CONFLICT,
                                  "The folder holds a checkpoint that this log did not sign. Nothing was written. "
                                  "Choose an empty folder.");
        else
            status = check_continues(p, &old, err);
    }
    hf_buf_clear(&note);
    return status;
}

/* --- tiles ---------------------------------------------------------------------------------------------------------
 */

static bool take_leaf(void *ctx, const struct hf_entry_row *row)
{
    struct hf_buf *tile = ctx;
    return hf_entry_append(row->leaf, tile) == HF_OK;
}

static enum hf_status fill_tile(struct publishing *p, const struct hf_tile_id *id)
{
    struct hf_store *store = p->office->store;
    uint64_t first = id->index * HF_TILE_WIDTH;
    hf_buf_reset(&p->tile);
    if (id->entries) {
        enum hf_status status = store->ops->entries(store, first, id->width, take_leaf, &p->tile);
        if (status != HF_OK)
            return status;
        if (hf_buf_status(&p->tile) == HF_OK && p->tile.len != (size_t)id->width * ENTRY_TILE_BYTES)
            return HF_ERR_CORRUPT;
        return hf_buf_status(&p->tile);
    }
    for (unsigned i = 0; i < id->width; i++) {
        struct hf_hash hash;
        if (!hf_store_node(store, id->level * HF_TILE_HEIGHT, first + i, &hash))
            return HF_ERR_CORRUPT;
        hf_buf_append(&p->tile, hash.bytes, sizeof hash.bytes);
    }
    return hf_buf_status(&p->tile);
}

static enum hf_status put_tile(struct publishing *p, const struct hf_tile_id *id)
{
    char path[HF_TILE_PATH_BYTES_MAX];
    size_t bytes = (size_t)id->width * (id->entries ? ENTRY_TILE_BYTES : HF_HASH_BYTES);
    (void)hf_tile_path(id, path);
    if (hf_web_has(&p->web, path, bytes)) {
        p->result.kept++;
        return HF_OK;
    }
    enum hf_status status = fill_tile(p, id);
    if (status == HF_OK)
        status = hf_web_put(&p->web, path, hf_buf_slice(&p->tile));
    p->result.written += status == HF_OK;
    return status;
}

/* Readers of an older checkpoint are told to take the full tile where a partial one is gone. */
static void drop_partial(struct publishing *p, const struct hf_tile_id *id)
{
    char path[HF_TILE_PATH_BYTES_MAX];
    char partial[HF_TILE_PATH_BYTES_MAX + 2];
    (void)hf_tile_path(id, path);
    (void)snprintf(partial, sizeof partial, "%s.p", path);
    hf_web_drop(&p->web, partial);
}

static enum hf_status put_tiles(struct publishing *p, bool entries, unsigned level)
{
    struct hf_tile_id id = {.entries = entries, .level = level};
    uint64_t was_full = (p->result.old_size >> (HF_TILE_HEIGHT * level)) / HF_TILE_WIDTH;
    enum hf_status status = HF_OK;
    while (status == HF_OK && (id.width = hf_tile_width_at(level, id.index, p->checkpoint.size)) > 0) {
        status = put_tile(p, &id);
        if (status == HF_OK && id.width == HF_TILE_WIDTH && id.index >= was_full)
            drop_partial(p, &id);
        id.index++;
    }
    return status;
}

static enum hf_status put_all(struct publishing *p, struct hf_slice note)
{
    enum hf_status status = put_tiles(p, true, 0);
    for (unsigned level = 0; status == HF_OK && level < HF_TILE_LEVELS; level++)
        status = put_tiles(p, false, level);
    if (status == HF_OK)
        status = hf_web_sync(&p->web);
    if (status == HF_OK)
        status = hf_web_put(&p->web, CHECKPOINT_FILE, note);
    return status == HF_OK ? hf_web_sync(&p->web) : status;
}

/* With a policy, the newest checkpoint that has its quorum, once there is one and unless the folder is past it. */
static enum hf_status choose_note(struct hf_office *office, const char *folder, const struct hf_note_key *key,
                                  struct hf_buf *note, struct hf_checkpoint *out)
{
    struct hf_buf witnessed = {0}, there = {0};
    struct hf_web_folder web;
    struct hf_checkpoint old = {.size = 0}, chosen;
    uint64_t size = 0;
    enum hf_status status = hf_witness_newest(office, &witnessed, &size);
    if (status == HF_OK)
        status = hf_checkpoint_open(hf_buf_slice(&witnessed), key, &chosen) == HF_OK ? HF_OK : HF_ERR_NOT_FOUND;
    if (status == HF_OK && hf_web_open(folder, &web) == HF_OK) {
        if (hf_web_read(&web, CHECKPOINT_FILE, HF_NOTE_BYTES_MAX, &there) == HF_OK &&
            hf_checkpoint_open(hf_buf_slice(&there), key, &old) != HF_OK)
            old.size = 0; /* another log's: check_folder says so */
        hf_web_close(&web);
    }
    if (status == HF_OK && chosen.size >= old.size) {
        hf_buf_reset(note);
        hf_buf_append_slice(note, hf_buf_slice(&witnessed));
        *out = chosen;
        status = hf_buf_status(note);
    }
    hf_buf_clear(&witnessed);
    hf_buf_clear(&there);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

/* --- all of it -----------------------------------------------------------------------------------------------------
 */

static enum hf_status publish_into(struct publishing *p, const char *folder, struct hf_slice note,
                                   const struct hf_note_key *key, struct hf_error *err)
{
    enum hf_status status = hf_web_open(folder, &p->web);
    if (status != HF_OK)
        return hf_error_set(err, status, "The folder %s cannot be used: %s", folder, hf_status_text(status));
    status = check_folder(p, key, err);
    if (status == HF_OK) {
        status = put_all(p, note);
        if (status != HF_OK)
            (void)hf_error_set(err, status,
                               "The log could not be written to %s: %s. The checkpoint there is still the one before; "
                               "run the command again.",
                               folder, hf_status_text(status));
    } else if (!err->text[0]) {
        (void)hf_error_set(err, status, "The checkpoint in %s could not be read: %s", folder, hf_status_text(status));
    }
    hf_web_close(&p->web);
    return status;
}

enum hf_status hf_publish_tiles(struct hf_office *office, const char *folder, struct hf_publish_result *out,
                                struct hf_error *err)
{
    struct publishing p = {.office = office};
    struct hf_note_key key;
    struct hf_buf note = {0};
    if (folder[0] != '/')
        return hf_error_set(err, HF_ERR_INVALID,
                            "Name the folder by its whole path, from / on: a running server writes it.");
    enum hf_status status = hf_office_publish(office, err);
    if (status != HF_OK)
        return status;
    status = hf_store_checkpoint(office->store, &note);
    if (status == HF_OK)
        status = log_key(office, &key);
    if (status == HF_OK)
        status = hf_checkpoint_open(hf_buf_slice(&note), &key, &p.checkpoint);
    if (status == HF_OK)
        status = choose_note(office, folder, &key, &note, &p.checkpoint);
    if (status != HF_OK)
        (void)hf_error_set(err, status, "The signed checkpoint could not be read: %s", hf_status_text(status));
    else
        status = publish_into(&p, folder, hf_buf_slice(&note), &key, err);
    p.result.size = p.checkpoint.size;
    if (status == HF_OK)
        *out = p.result;
    hf_buf_clear(&p.tile);
    hf_buf_clear(&note);
    return status;
}
