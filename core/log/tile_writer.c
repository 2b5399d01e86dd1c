/* Entries in, tiles out. */
#include "core/log/tile.h"

void hf_tile_writer_begin(struct hf_tile_writer *writer, hf_tile_emit_fn *emit, void *ctx)
{
    *writer = (struct hf_tile_writer){.emit = emit, .ctx = ctx};
    for (unsigned level = 0; level < HF_TILE_LEVELS; level++)
        hf_buf_init(&writer->level[level], HF_TILE_BYTES_MAX);
    hf_buf_init(&writer->entries, HF_ENTRY_BUNDLE_BYTES_MAX);
}

void hf_tile_writer_end(struct hf_tile_writer *writer)
{
    for (unsigned level = 0; level < HF_TILE_LEVELS; level++)
        hf_buf_clear(&writer->level[level]);
    hf_buf_clear(&writer->entries);
}

static void emit(struct hf_tile_writer *writer, const struct hf_tile_id *id, const struct hf_buf *bytes)
{
    char path[HF_TILE_PATH_BYTES_MAX];
    if (writer->status == HF_OK)
        writer->status = hf_buf_status(bytes);
    if (writer->status == HF_OK)
        writer->status = writer->emit(writer->ctx, hf_slice_of(path, hf_tile_path(id, path)), hf_buf_slice(bytes));
}

/* Told of every new node; the tiles hold those whose level is a multiple of the tile height. */
static void take_node(void *ctx, unsigned level, uint64_t index, const struct hf_hash *hash)
{
    struct hf_tile_writer *writer = ctx;
    if (level % HF_TILE_HEIGHT != 0)
        return;

    unsigned tile_level = level / HF_TILE_HEIGHT;
    struct hf_buf *tile = &writer->level[tile_level];
    hf_buf_append(tile, hash->bytes, sizeof hash->bytes);
    if (tile->len == HF_TILE_BYTES_MAX) {
        struct hf_tile_id id = {.level = tile_level, .index = index / HF_TILE_WIDTH, .width = HF_TILE_WIDTH};
        emit(writer, &id, tile);
        hf_buf_reset(tile);
    } else if (writer->status == HF_OK) {
        writer->status = hf_buf_status(tile);
    }
}

enum hf_status hf_tile_writer_add(struct hf_tile_writer *writer, struct hf_slice entry)
{
    struct hf_hash hash;
    if (writer->status != HF_OK)
        return writer->status;
    writer->status = hf_entry_append(entry, &writer->entries);
    if (writer->status != HF_OK)
        return writer->status;

    if (writer->tree.size % HF_TILE_WIDTH == HF_TILE_WIDTH - 1) {
        struct hf_tile_id id = {.entries = true, .index = writer->tree.size / HF_TILE_WIDTH, .width = HF_TILE_WIDTH};
        emit(writer, &id, &writer->entries);
        hf_buf_reset(&writer->entries);
    }
    hf_tree_leaf_hash(entry, &hash);
    hf_tree_append(&writer->tree, &hash, take_node, writer);
    return writer->status;
}

enum hf_status hf_tile_writer_finish(struct hf_tile_writer *writer, struct hf_hash *out_root)
{
    uint64_t size = writer->tree.size;
    struct hf_tile_id entries = {.entries = true, .index = size / HF_TILE_WIDTH, .width = size % HF_TILE_WIDTH};
    if (entries.width > 0)
        emit(writer, &entries, &writer->entries);
    for (unsigned level = 0; level < HF_TILE_LEVELS; level++) {
        struct hf_tile_id id = {.level = level, .index = (size >> (HF_TILE_HEIGHT * level)) / HF_TILE_WIDTH};
        id.width = hf_tile_width_at(level, id.index, size);
        if (id.width > 0)
            emit(writer, &id, &writer->level[level]);
    }
    if (writer->status == HF_OK)
        hf_tree_root(&writer->tree, out_root);
    return writer->status;
}
