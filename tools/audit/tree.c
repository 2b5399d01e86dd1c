/* The tiles: every entry once, in order, and the tree that grows from them. */
#include "core/base/assert.h"
#include "tools/audit/internal.h"

#include <string.h>

#define ENTRY_BYTES (2 + HF_LEAF_BYTES) /* with its length */

struct tile {
    char entries_name[HF_TILE_PATH_BYTES_MAX];
    char hashes_name[HF_TILE_PATH_BYTES_MAX];
    uint64_t first;
    unsigned width;
};

static struct hf_audit_about entries_of(const struct tile *tile)
{
    return (struct hf_audit_about){true, tile->first, tile->first + tile->width - 1};
}

static enum hf_status fetch_tile(struct hf_audit *audit, const char *name, size_t limit_bytes,
                                 struct hf_audit_about about, struct hf_buf *out)
{
    enum hf_status status = hf_audit_fetch(audit, name, limit_bytes, about, out);
    return status == HF_ERR_NOT_FOUND ? hf_audit_refuse_missing(audit, name, about) : status;
}

/* Reads a tile of entries and the tile of their hashes. */
static enum hf_status open_tile(struct hf_audit *audit, uint64_t number, struct tile *tile)
{
    struct hf_tile_id id = {.index = number, .width = hf_tile_width_at(0, number, audit->checkpoint.size)};
    tile->first = number * HF_TILE_WIDTH;
    tile->width = id.width;
    (void)hf_tile_path(&id, tile->hashes_name);
    id.entries = true;
    (void)hf_tile_path(&id, tile->entries_name);

    struct hf_audit_about about = entries_of(tile);
    enum hf_status status =
        fetch_tile(audit, tile->entries_name, (size_t)id.width * ENTRY_BYTES, about, &audit->entry_tile);
    if (status == HF_OK)
        status = fetch_tile(audit, tile->hashes_name, HF_TILE_BYTES_MAX, about, &audit->hash_tile);
    if (status == HF_OK && audit->hash_tile.len != (size_t)id.width * HF_HASH_BYTES)
        return hf_audit_refuse_range(audit, HF_AUDIT_HASH_TILE, about.first, about.last, tile->hashes_name,
                                     "The file %s, the hashes of entries %llu to %llu, has a wrong length.",
                                     tile->hashes_name, (unsigned long long)about.first,
                                     (unsigned long long)about.last);
    return status;
}

static enum hf_status take_entry(struct hf_audit *audit, const struct tile *tile, unsigned i, struct hf_slice *rest)
{
    struct hf_slice entry;
    struct hf_hash leaf_hash;
    struct hf_hash stored;
    uint64_t index = tile->first + i;
    if (hf_entry_next(rest, &entry) != HF_OK)
        return hf_audit_refuse_entry(audit, HF_AUDIT_FORM, index, "Entry %llu is cut short or missing in the file %s.",
                                     (unsigned long long)index, tile->entries_name);
    hf_tree_leaf_hash(entry, &leaf_hash);
    memcpy(stored.bytes, audit->hash_tile.data + (size_t)i * HF_HASH_BYTES, sizeof stored.bytes);
    enum hf_status status = hf_audit_check_entry(audit, index, entry, &leaf_hash, &stored, tile->hashes_name);
    if (status != HF_OK)
        return status;
    status = hf_node_store_append(&audit->nodes, &leaf_hash);
    return status == HF_OK ? HF_OK
                           : hf_audit_give_up(audit, status, "There is not enough memory for a log of this size.");
}

static enum hf_status check_entries(struct hf_audit *audit)
{
    uint64_t size = audit->checkpoint.size;
    for (uint64_t number = 0; number * HF_TILE_WIDTH < size; number++) {
        struct tile tile;
        enum hf_status status = open_tile(audit, number, &tile);
        struct hf_slice rest = hf_buf_slice(&audit->entry_tile);
        for (unsigned i = 0; status == HF_OK && i < tile.width; i++)
            status = take_entry(audit, &tile, i, &rest);
        if (status != HF_OK)
            return status;
        HF_ASSERT(rest.len == 0); /* no file longer than its entries was read, and each had its full length */
        if (audit->progress)
            audit->progress(audit->progress_ctx, tile.first + tile.width, size);
    }
    return HF_OK;
}

/* --- above the entries ---------------------------------------------------------------------------------------------
 */

/* Entries below hash `i` of an upper tile. */
static struct hf_audit_about entries_below(const struct hf_audit *audit, const struct hf_tile_id *id, unsigned first,
                                           unsigned count)
{
    unsigned shift = id->level * HF_TILE_HEIGHT;
    uint64_t begin = (id->index * HF_TILE_WIDTH + first) << shift;
    uint64_t end = (id->index * HF_TILE_WIDTH + first + count) << shift;
    uint64_t size = audit->checkpoint.size;
    return (struct hf_audit_about){true, begin, (end < size ? end : size) - 1};
}

static enum hf_status check_upper_tile(struct hf_audit *audit, const struct hf_tile_id *id)
{
    char name[HF_TILE_PATH_BYTES_MAX];
    (void)hf_tile_path(id, name);
    struct hf_audit_about about = entries_below(audit, id, 0, id->width);
    enum hf_status status = fetch_tile(audit, name, HF_TILE_BYTES_MAX, about, &audit->hash_tile);
    if (status != HF_OK)
        return status;
    unsigned i = 0;
    if (audit->hash_tile.len == (size_t)id->width * HF_HASH_BYTES) {
        struct hf_hash node;
        while (i < id->width &&
               hf_node_store_get(&audit->nodes, id->level * HF_TILE_HEIGHT, id->index * HF_TILE_WIDTH + i, &node) &&
               memcmp(node.bytes, audit->hash_tile.data + (size_t)i * HF_HASH_BYTES, sizeof node.bytes) == 0)
            i++;
        if (i == id->width)
            return HF_OK;
        about = entries_below(audit, id, i, 1);
    }
    return hf_audit_refuse_range(audit, HF_AUDIT_HASH_TILE, about.first, about.last, name,
                                 "The file %s does not fit entries %llu to %llu, whose hash it holds: it was changed.",
                                 name, (unsigned long long)about.first, (unsigned long long)about.last);
}

static enum hf_status check_upper_tiles(struct hf_audit *audit)
{
    for (unsigned level = 1; level < HF_TILE_LEVELS; level++) {
        struct hf_tile_id id = {.level = level};
        while ((id.width = hf_tile_width_at(level, id.index, audit->checkpoint.size)) > 0) {
            enum hf_status status = check_upper_tile(audit, &id);
            if (status != HF_OK)
                return status;
            id.index++;
        }
    }
    return HF_OK;
}

static bool root_fits(struct hf_audit *audit, const struct hf_checkpoint *checkpoint)
{
    struct hf_hash root;
    return hf_tree_root_at(checkpoint->size, hf_node_store_get, &audit->nodes, &root) == HF_OK &&
           memcmp(root.bytes, checkpoint->root.bytes, sizeof root.bytes) == 0;
}

static enum hf_status check_roots(struct hf_audit *audit)
{
    if (!root_fits(audit, &audit->checkpoint))
        return hf_audit_refuse_file(
            audit, HF_AUDIT_ROOT, HF_BUNDLE_CHECKPOINT,
            "The %llu entries are not those that the log signed in its checkpoint: at least one "
            "was changed, removed, added or moved.",
            (unsigned long long)audit->checkpoint.size);
    if (audit->has_prev && !root_fits(audit, &audit->prev))
        return hf_audit_refuse_file(
            audit, HF_AUDIT_PREV, HF_BUNDLE_PREV,
            "The file prev, the earlier checkpoint: the first %llu entries are not those it was "
            "signed for. The log was rewritten in between.",
            (unsigned long long)audit->prev.size);
    return HF_OK;
}

enum hf_status hf_audit_walk(struct hf_audit *audit)
{
    enum hf_status status = check_entries(audit);
    if (status == HF_OK)
        status = check_upper_tiles(audit);
    return status == HF_OK ? check_roots(audit) : status;
}
