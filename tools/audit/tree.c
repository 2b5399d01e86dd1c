/* The tiles: every entry once, in order, and the tree that grows from them. */
#include "tools/audit/internal.h"
#include "tools/audit/pool.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY_BYTES (2 + HF_LEAF_BYTES) /* with its length */

/* A tile on its way: read, looked at in threads, then checked in order. */
struct tile {
    char entries_name[HF_TILE_PATH_BYTES_MAX];
    char hashes_name[HF_TILE_PATH_BYTES_MAX];
    uint64_t first;
    unsigned width;
    struct hf_buf entries;
    struct hf_buf hashes;
    enum hf_status status; /* of the reading; the finding waits until its turn comes */
    struct hf_audit_finding finding;
    struct hf_audit_batch batch; /* of as many entries as the file holds in full */
    struct hf_audit_alone alone[HF_TILE_WIDTH];
};

struct walk {
    struct hf_audit *audit;
    struct hf_audit_pool *pool;
    struct tile *tile; /* HF_AUDIT_AHEAD, tile n in place n modulo that */
    uint64_t tiles;
    uint64_t read;
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
        fetch_tile(audit, tile->entries_name, (size_t)id.width * ENTRY_BYTES, about, &tile->entries);
    if (status == HF_OK)
        status = fetch_tile(audit, tile->hashes_name, HF_TILE_BYTES_MAX, about, &tile->hashes);
    if (status == HF_OK && tile->hashes.len != (size_t)id.width * HF_HASH_BYTES)
        return hf_audit_refuse_range(audit, HF_AUDIT_HASH_TILE, about.first, about.last, tile->hashes_name,
                                     "The file %s, the hashes of entries %llu to %llu, has a wrong length.",
                                     tile->hashes_name, (unsigned long long)about.first,
                                     (unsigned long long)about.last);
    return status;
}

static void look(void *items, size_t i)
{
    hf_audit_look((struct hf_audit_alone *)items + i);
}

/* Reads the next tile and lends it to the threads. One that cannot be read is refused when its turn comes, not before:
 * an entry further up may be worse. */
static void read_ahead(struct walk *walk)
{
    struct hf_audit *audit = walk->audit;
    struct tile *tile = &walk->tile[walk->read % HF_AUDIT_AHEAD];
    tile->status = open_tile(audit, walk->read, tile);
    tile->finding = audit->finding;
    audit->finding = (struct hf_audit_finding){.check = HF_AUDIT_NONE};
    tile->batch = (struct hf_audit_batch){.items = tile->alone};
    struct hf_slice rest = hf_buf_slice(&tile->entries);
    while (tile->status == HF_OK && tile->batch.count < tile->width &&
           hf_entry_next(&rest, &tile->alone[tile->batch.count].bytes) == HF_OK)
        tile->batch.count++;
    hf_audit_pool_add(walk->pool, &tile->batch);
    walk->read = tile->status == HF_OK ? walk->read + 1 : walk->tiles;
}

static enum hf_status take_entry(struct hf_audit *audit, const struct tile *tile, size_t i)
{
    struct hf_hash stored;
    uint64_t index = tile->first + i;
    if (i >= tile->batch.count)
        return hf_audit_refuse_entry(audit, HF_AUDIT_FORM, index, "Entry %llu is cut short or missing in the file %s.",
                                     (unsigned long long)index, tile->entries_name);
    memcpy(stored.bytes, tile->hashes.data + i * HF_HASH_BYTES, sizeof stored.bytes);
    enum hf_status status = hf_audit_check_entry(audit, index, &tile->alone[i], &stored, tile->hashes_name);
    if (status != HF_OK)
        return status;
    status = hf_audit_nodes_append(&audit->nodes, &tile->alone[i].leaf_hash);
    return status == HF_OK ? HF_OK
                           : hf_audit_give_up(audit, status, "There is not enough memory for a log of this size.");
}

/* Every entry has its full length and the file was read under that limit, so nothing is left behind the last. */
static enum hf_status take_tile(struct walk *walk, uint64_t number)
{
    struct hf_audit *audit = walk->audit;
    const struct tile *tile = &walk->tile[number % HF_AUDIT_AHEAD];
    hf_audit_pool_finish(walk->pool);
    if (tile->status != HF_OK) {
        audit->finding = tile->finding;
        return tile->status;
    }
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < tile->width; i++)
        status = take_entry(audit, tile, i);
    if (status == HF_OK && audit->progress)
        audit->progress(audit->progress_ctx, tile->first + tile->width, audit->checkpoint.size);
    return status;
}

static enum hf_status check_in_order(struct walk *walk)
{
    enum hf_status status = HF_OK;
    for (uint64_t number = 0; status == HF_OK && number < walk->tiles; number++) {
        while (walk->read < walk->tiles && walk->read - number < HF_AUDIT_AHEAD)
            read_ahead(walk);
        status = take_tile(walk, number);
    }
    return status;
}

static enum hf_status check_entries(struct hf_audit *audit)
{
    struct walk walk = {.audit = audit, .tiles = (audit->checkpoint.size + HF_TILE_WIDTH - 1) / HF_TILE_WIDTH};
    enum hf_status status = hf_audit_nodes_begin(&audit->nodes, &audit->reader);
    walk.tile = calloc(HF_AUDIT_AHEAD, sizeof *walk.tile);
    walk.pool = hf_audit_pool_start(audit->threads, look);
    if (status == HF_OK && walk.tile && walk.pool)
        status = check_in_order(&walk);
    else
        status = hf_audit_give_up(audit, HF_ERR_NOMEM, "There is not enough memory to check this bundle.");
    hf_audit_pool_stop(walk.pool);
    for (size_t i = 0; walk.tile && i < HF_AUDIT_AHEAD; i++) {
        hf_buf_clear(&walk.tile[i].entries);
        hf_buf_clear(&walk.tile[i].hashes);
    }
    free(walk.tile);
    return status;
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
               hf_audit_nodes_get(&audit->nodes, id->level * HF_TILE_HEIGHT, id->index * HF_TILE_WIDTH + i, &node) &&
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
    return hf_tree_root_at(checkpoint->size, hf_audit_nodes_get, &audit->nodes, &root) == HF_OK &&
           memcmp(root.bytes, checkpoint->root.bytes, sizeof root.bytes) == 0;
}

static enum hf_status check_keys(struct hf_audit *audit)
{
    uint8_t id[HF_HASH_BYTES];
    hf_log_id(hf_slice_str(audit->checkpoint.origin), id);
    if (memcmp(id, hf_audit_log_at(audit, audit->shard_count), sizeof id) != 0)
        return hf_audit_refuse_entry(audit, HF_AUDIT_LOG, 0, "Entry 0 was signed for another log, not for %s.",
                                     audit->checkpoint.origin);
    if (!hf_audit_of_last_log(audit, &audit->checkpoint, audit->policy.log[audit->log].key.public_key))
        return hf_audit_refuse_entry(audit, HF_AUDIT_CERTIFICATE, audit->log_keys[audit->log_key_count - 1].from,
                                     "Entry %llu, the server's certificate, names another log key than the one that "
                                     "signed the checkpoint.",
                                     (unsigned long long)audit->log_keys[audit->log_key_count - 1].from);
    if (audit->has_prev && audit->prev.size > 0 && !hf_audit_key_fits(audit, &audit->prev, audit->prev_key))
        return hf_audit_refuse_file(
            audit, HF_AUDIT_PREV, HF_BUNDLE_PREV,
            "The file prev, the earlier checkpoint: it was not signed with the key that the log "
            "had then.");
    if (audit->witnessed.size > 0 && !hf_audit_key_fits(audit, &audit->witnessed, audit->witnessed_key))
        return hf_audit_refuse_file(audit, HF_AUDIT_WITNESS, HF_BUNDLE_WITNESSED,
                                    "The file witnessed: it was not signed with the key that the log had then.");
    return HF_OK;
}

static enum hf_status check_roots(struct hf_audit *audit)
{
    bool fits = root_fits(audit, &audit->checkpoint);
    bool prev_fits = !audit->has_prev || audit->prev_parted || root_fits(audit, &audit->prev);
    bool witnessed_fits = audit->witnessed.size == 0 || root_fits(audit, &audit->witnessed);
    if (audit->nodes.status != HF_OK)
        return hf_audit_refuse_nodes(audit);
    if (!fits)
        return hf_audit_refuse_file(
            audit, HF_AUDIT_ROOT, HF_BUNDLE_CHECKPOINT,
            "The %llu entries are not those that the log signed in its checkpoint: at least one "
            "was changed, removed, added or moved.",
            (unsigned long long)audit->checkpoint.size);
    if (!prev_fits)
        return hf_audit_refuse_file(
            audit, HF_AUDIT_PREV, HF_BUNDLE_PREV,
            "The file prev, the earlier checkpoint: the first %llu entries are not those it was "
            "signed for. The log was rewritten in between.",
            (unsigned long long)audit->prev.size);
    if (!witnessed_fits)
        return hf_audit_refuse_file(audit, HF_AUDIT_WITNESS, HF_BUNDLE_WITNESSED,
                                    "The first %llu entries are not those that the witnesses signed: they saw another "
                                    "history of this log.",
                                    (unsigned long long)audit->witnessed.size);
    return HF_OK;
}

enum hf_status hf_audit_walk(struct hf_audit *audit)
{
    enum hf_status status = check_entries(audit);
    if (status == HF_OK)
        status = check_upper_tiles(audit);
    if (status == HF_OK)
        status = hf_audit_check_parted(audit);
    if (status == HF_OK)
        status = check_roots(audit);
    return status == HF_OK ? check_keys(audit) : status;
}
