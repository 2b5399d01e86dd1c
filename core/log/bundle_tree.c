/* The tiles of a bundle: the tree, and the entries one by one. */
#include "core/log/bundle.h"
#include "core/log/bundle_fetch.h"

#include "core/base/assert.h"

#include <string.h>

/* Reads the tile (kind, level, index) as the tree of the checkpoint has it: width tells how much of it counts. A log
 * may drop a partial tile once it has the full one. *out_exact: there is nothing beyond what counts. */
static enum hf_status fetch_tile(struct hf_bundle *bundle, struct hf_tile_id id, struct hf_buf *out, bool *out_exact)
{
    char path[HF_TILE_PATH_BYTES_MAX];
    size_t limit_bytes = id.entries ? HF_ENTRY_BUNDLE_BYTES_MAX : HF_TILE_BYTES_MAX;
    (void)hf_tile_path(&id, path);
    enum hf_status status = hf_bundle_fetch(bundle, path, limit_bytes, out);
    bool exact = true;
    if (status == HF_ERR_NOT_FOUND && id.width < HF_TILE_WIDTH) {
        struct hf_error first_error = bundle->error;
        id.width = HF_TILE_WIDTH;
        (void)hf_tile_path(&id, path);
        status = hf_bundle_fetch(bundle, path, limit_bytes, out);
        exact = false;
        if (status == HF_ERR_NOT_FOUND)
            bundle->error = first_error;
    }
    if (status == HF_OK)
        *out_exact = exact;
    return status;
}

static enum hf_status corrupt(struct hf_bundle *bundle, const char *what, unsigned level, uint64_t index)
{
    return hf_error_set(&bundle->error, HF_ERR_CORRUPT, "Tile %llu of level %u %s.", (unsigned long long)index, level,
                        what);
}

/* Reads a hash tile into hashes. HF_ERR_NOT_FOUND when it is missing. */
static enum hf_status read_hashes(struct hf_bundle *bundle, unsigned level, uint64_t index, unsigned width,
                                  struct hf_buf *scratch, struct hf_hash hashes[HF_TILE_WIDTH])
{
    struct hf_tile_id id = {.level = level, .index = index, .width = width};
    bool exact;
    enum hf_status status = fetch_tile(bundle, id, scratch, &exact);
    if (status == HF_OK)
        status = hf_tile_decode(hf_buf_slice(scratch), exact ? width : HF_TILE_WIDTH, hashes);
    if (status == HF_ERR_INVALID || status == HF_ERR_LIMIT)
        return corrupt(bundle, "has a wrong length", level, index);
    return status;
}

static enum hf_status load_leaves(struct hf_bundle *bundle, struct hf_buf *scratch,
                                  struct hf_hash hashes[HF_TILE_WIDTH])
{
    for (uint64_t index = 0; bundle->nodes.tree.size < bundle->checkpoint.size; index++) {
        unsigned width = hf_tile_width_at(0, index, bundle->checkpoint.size);
        enum hf_status status = read_hashes(bundle, 0, index, width, scratch, hashes);
        if (status == HF_ERR_NOT_FOUND && index > 0)
            return corrupt(bundle, "is missing", 0, index);
        for (unsigned i = 0; status == HF_OK && i < width; i++)
            status = hf_node_store_append(&bundle->nodes, &hashes[i]);
        if (status == HF_ERR_NOMEM)
            return hf_error_set(&bundle->error, status, "%s", hf_status_text(status));
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

/* Compares one tile above level 0 with what the leaves say. */
static enum hf_status check_tile(struct hf_bundle *bundle, unsigned level, uint64_t index, unsigned width,
                                 struct hf_buf *scratch, struct hf_hash hashes[HF_TILE_WIDTH])
{
    enum hf_status status = read_hashes(bundle, level, index, width, scratch, hashes);
    if (status == HF_ERR_NOT_FOUND)
        return corrupt(bundle, "is missing", level, index);
    if (status != HF_OK)
        return status;
    for (unsigned i = 0; i < width; i++) {
        struct hf_hash node;
        bool known = hf_node_store_get(&bundle->nodes, level * HF_TILE_HEIGHT, index * HF_TILE_WIDTH + i, &node);
        HF_ASSERT(known); /* the width was computed from the same size */
        if (memcmp(node.bytes, hashes[i].bytes, sizeof node.bytes) != 0)
            return corrupt(bundle, "does not agree with the tiles below it", level, index);
    }
    return HF_OK;
}

static enum hf_status check_upper_tiles(struct hf_bundle *bundle, struct hf_buf *scratch,
                                        struct hf_hash hashes[HF_TILE_WIDTH])
{
    for (unsigned level = 1; level < HF_TILE_LEVELS; level++) {
        unsigned width;
        for (uint64_t index = 0; (width = hf_tile_width_at(level, index, bundle->checkpoint.size)) > 0; index++) {
            enum hf_status status = check_tile(bundle, level, index, width, scratch, hashes);
            if (status != HF_OK)
                return status;
        }
    }
    return HF_OK;
}

static enum hf_status check_root(struct hf_bundle *bundle, const struct hf_checkpoint *checkpoint, const char *which)
{
    struct hf_hash root;
    enum hf_status status = hf_tree_root_at(checkpoint->size, hf_node_store_get, &bundle->nodes, &root);
    if (status != HF_OK)
        return hf_error_set(&bundle->error, status, "%s", hf_status_text(status));
    if (memcmp(root.bytes, checkpoint->root.bytes, sizeof root.bytes) != 0)
        return hf_error_set(&bundle->error, HF_ERR_AUTH,
                            "The tiles are not those that the %s was signed for: the root differs.", which);
    return HF_OK;
}

static enum hf_status load_tree(struct hf_bundle *bundle, struct hf_buf *scratch)
{
    struct hf_hash hashes[HF_TILE_WIDTH];
    enum hf_status status = load_leaves(bundle, scratch, hashes);
    if (status == HF_OK)
        status = check_root(bundle, &bundle->checkpoint, "checkpoint");
    if (status == HF_OK)
        status = check_upper_tiles(bundle, scratch, hashes);
    if (status == HF_OK && bundle->has_prev)
        status = check_root(bundle, &bundle->prev, "earlier checkpoint");
    return status;
}

enum hf_status hf_bundle_load_tree(struct hf_bundle *bundle)
{
    bundle->has_tree = false;
    hf_node_store_clear(&bundle->nodes);
    if (!bundle->has_checkpoint)
        return hf_error_set(&bundle->error, HF_ERR_STATE, "The checkpoint has to be read before the tiles.");
    if (bundle->checkpoint.size > HF_NODE_STORE_LEAVES_MAX)
        return hf_error_set(&bundle->error, HF_ERR_LIMIT, "The log has more entries than this program can hold.");

    struct hf_buf scratch;
    hf_buf_init(&scratch, 0);
    enum hf_status status = load_tree(bundle, &scratch);
    hf_buf_clear(&scratch);
    bundle->has_tree = status == HF_OK;
    if (status != HF_OK)
        hf_node_store_clear(&bundle->nodes);
    return status;
}

enum hf_status hf_bundle_root_at(struct hf_bundle *bundle, uint64_t size, struct hf_hash *out)
{
    if (!bundle->has_tree)
        return HF_ERR_STATE;
    if (size > bundle->checkpoint.size)
        return HF_ERR_INVALID;
    return hf_tree_root_at(size, hf_node_store_get, &bundle->nodes, out);
}

/* --- entries ----------------------------------------------------------------------------------------------------- */

void hf_bundle_entries_begin(struct hf_bundle *bundle, uint64_t first, struct hf_bundle_entries *iter)
{
    HF_ASSERT(!bundle->has_tree || first <= bundle->checkpoint.size);
    *iter = (struct hf_bundle_entries){.bundle = bundle, .first = first, .next = first - first % HF_TILE_WIDTH};
    iter->status = bundle->has_tree ? HF_OK : HF_ERR_STATE;
}

void hf_bundle_entries_end(struct hf_bundle_entries *iter)
{
    hf_buf_clear(&iter->tile);
    iter->rest = hf_slice_of(NULL, 0);
}

static bool fail(struct hf_bundle_entries *iter, enum hf_status status, const char *what)
{
    iter->status = hf_error_set(&iter->bundle->error, status, "Entry %llu %s.", (unsigned long long)iter->next, what);
    return false;
}

static bool load_entries(struct hf_bundle_entries *iter)
{
    struct hf_tile_id id = {.entries = true, .index = iter->next / HF_TILE_WIDTH};
    id.width = hf_tile_width_at(0, id.index, iter->bundle->checkpoint.size);
    enum hf_status status = fetch_tile(iter->bundle, id, &iter->tile, &iter->exact);
    if (status == HF_ERR_NOT_FOUND)
        return fail(iter, HF_ERR_CORRUPT, "and those next to it are missing from the bundle");
    if (status == HF_ERR_LIMIT)
        return fail(iter, HF_ERR_CORRUPT, "stands in a file that is too long");
    iter->status = status;
    iter->rest = hf_buf_slice(&iter->tile);
    return status == HF_OK;
}

/* Takes the next entry off the tile and compares it with its leaf hash. */
static bool take_entry(struct hf_bundle_entries *iter, struct hf_slice *out_entry)
{
    struct hf_hash hash;
    struct hf_hash wanted;
    if (hf_entry_next(&iter->rest, out_entry) != HF_OK)
        return fail(iter, HF_ERR_CORRUPT, "is cut short");
    bool known = hf_node_store_get(&iter->bundle->nodes, 0, iter->next, &wanted);
    HF_ASSERT(known);
    hf_tree_leaf_hash(*out_entry, &hash);
    if (memcmp(hash.bytes, wanted.bytes, sizeof hash.bytes) != 0)
        return fail(iter, HF_ERR_CORRUPT, "was altered: its hash is not the one in the tree");
    bool last = iter->next % HF_TILE_WIDTH == HF_TILE_WIDTH - 1 || iter->next + 1 == iter->bundle->checkpoint.size;
    if (last && iter->exact && iter->rest.len > 0)
        return fail(iter, HF_ERR_CORRUPT, "is followed by bytes that belong to no entry");
    return true;
}

bool hf_bundle_entries_next(struct hf_bundle_entries *iter, uint64_t *out_index, struct hf_slice *out_entry)
{
    struct hf_slice entry;
    while (iter->status == HF_OK && iter->next < iter->bundle->checkpoint.size) {
        if (iter->next % HF_TILE_WIDTH == 0 && !load_entries(iter))
            return false;
        if (!take_entry(iter, &entry))
            return false;
        uint64_t index = iter->next++;
        if (index >= iter->first) {
            *out_index = index;
            *out_entry = entry;
            return true;
        }
    }
    return false;
}
