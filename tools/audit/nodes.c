#include "tools/audit/nodes.h"

#include <stdlib.h>
#include <string.h>

enum hf_status hf_audit_nodes_begin(struct hf_audit_nodes *nodes, const struct hf_bundle_reader *reader)
{
    *nodes = (struct hf_audit_nodes){.reader = reader};
    nodes->tile = calloc(HF_AUDIT_TILES_CACHED + 1, sizeof *nodes->tile);
    return nodes->tile ? HF_OK : HF_ERR_NOMEM;
}

void hf_audit_nodes_end(struct hf_audit_nodes *nodes)
{
    for (size_t i = 0; i < sizeof nodes->upper / sizeof nodes->upper[0]; i++)
        hf_buf_clear(&nodes->upper[i]);
    free(nodes->tile);
    *nodes = (struct hf_audit_nodes){.asked = 0};
}

/* --- the nodes of one tile -----------------------------------------------------------------------------------------
 */

static size_t place_in_tile(unsigned level, uint64_t index)
{
    size_t width = (size_t)HF_TILE_WIDTH >> level;
    return width + (size_t)(index % width);
}

static struct hf_audit_tile_nodes *growing(struct hf_audit_nodes *nodes)
{
    return &nodes->tile[HF_AUDIT_TILES_CACHED];
}

/* The full tile of this number, or the place of the one that was not asked for the longest. */
static struct hf_audit_tile_nodes *find(struct hf_audit_nodes *nodes, uint64_t number, bool *out_found)
{
    struct hf_audit_tile_nodes *oldest = &nodes->tile[0];
    *out_found = true;
    for (size_t i = 0; i < HF_AUDIT_TILES_CACHED; i++) {
        struct hf_audit_tile_nodes *tile = &nodes->tile[i];
        if (tile->used && tile->number == number) {
            tile->asked = ++nodes->asked;
            return tile;
        }
        if (!tile->used || (oldest->used && tile->asked < oldest->asked))
            oldest = tile;
    }
    *out_found = false;
    return oldest;
}

static void take(struct hf_audit_nodes *nodes, struct hf_audit_tile_nodes *tile, uint64_t number)
{
    tile->used = true;
    tile->number = number;
    tile->asked = ++nodes->asked;
}

static bool fill(struct hf_audit_tile_nodes *tile, const struct hf_buf *bytes, const struct hf_hash *root)
{
    if (bytes->len != HF_TILE_BYTES_MAX)
        return false;
    memcpy(tile->node[HF_TILE_WIDTH].bytes, bytes->data, bytes->len);
    for (size_t i = HF_TILE_WIDTH - 1; i > 0; i--)
        hf_tree_node_hash(&tile->node[2 * i], &tile->node[2 * i + 1], &tile->node[i]);
    return memcmp(tile->node[1].bytes, root->bytes, sizeof root->bytes) == 0;
}

/* A full tile that was checked before and is not at hand any more. */
static struct hf_audit_tile_nodes *load(struct hf_audit_nodes *nodes, struct hf_audit_tile_nodes *tile, uint64_t number)
{
    char name[HF_TILE_PATH_BYTES_MAX];
    struct hf_tile_id id = {.index = number, .width = HF_TILE_WIDTH};
    struct hf_hash root;
    struct hf_buf bytes = {0};
    tile->used = false;
    if (!hf_audit_nodes_get(nodes, HF_TILE_HEIGHT, number, &root))
        return NULL;
    (void)hf_tile_path(&id, name);
    enum hf_status status = nodes->reader->read(nodes->reader->ctx, name, HF_TILE_BYTES_MAX, &bytes);
    if (status == HF_OK)
        status = hf_buf_status(&bytes);
    if (status == HF_OK && fill(tile, &bytes, &root))
        take(nodes, tile, number);
    else
        nodes->status = status == HF_ERR_NOMEM ? status : HF_ERR_IO;
    hf_buf_clear(&bytes);
    return tile->used ? tile : NULL;
}

bool hf_audit_nodes_get(void *ctx, unsigned level, uint64_t index, struct hf_hash *out)
{
    struct hf_audit_nodes *nodes = ctx;
    if (level >= HF_TREE_LEVELS_MAX || index >= nodes->tree.size >> level)
        return false;
    if (level >= HF_TILE_HEIGHT) {
        memcpy(out->bytes, nodes->upper[level - HF_TILE_HEIGHT].data + index * sizeof out->bytes, sizeof out->bytes);
        return true;
    }
    bool found;
    uint64_t number = index >> (HF_TILE_HEIGHT - level);
    struct hf_audit_tile_nodes *tile = growing(nodes);
    if (number != nodes->tree.size / HF_TILE_WIDTH) {
        tile = find(nodes, number, &found);
        if (!found)
            tile = load(nodes, tile, number);
    }
    if (tile)
        *out = tile->node[place_in_tile(level, index)];
    return tile != NULL;
}

/* --- growing -------------------------------------------------------------------------------------------------------
 */

static void keep(void *ctx, unsigned level, uint64_t index, const struct hf_hash *hash)
{
    struct hf_audit_nodes *nodes = ctx;
    if (level >= HF_TILE_HEIGHT) {
        struct hf_buf *upper = &nodes->upper[level - HF_TILE_HEIGHT];
        hf_buf_append(upper, hash->bytes, sizeof hash->bytes);
        if (hf_buf_status(upper) != HF_OK)
            nodes->status = HF_ERR_NOMEM;
        if (level > HF_TILE_HEIGHT)
            return;
    }
    growing(nodes)->node[place_in_tile(level, index)] = *hash;
    if (level == HF_TILE_HEIGHT) {
        bool found;
        struct hf_audit_tile_nodes *full = find(nodes, index, &found);
        *full = *growing(nodes);
        take(nodes, full, index);
    }
}

enum hf_status hf_audit_nodes_append(struct hf_audit_nodes *nodes, const struct hf_hash *leaf_hash)
{
    hf_tree_append(&nodes->tree, leaf_hash, keep, nodes);
    return nodes->status == HF_ERR_NOMEM ? HF_ERR_NOMEM : HF_OK;
}
