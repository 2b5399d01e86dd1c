/* C2SP tlog-tiles: the tree and its entries as files of 256 hashes or 256 entries. Names, byte forms, and a writer that
 * turns entries into files. Pure: the files go to a callback. */
#ifndef HF_CORE_LOG_TILE_H
#define HF_CORE_LOG_TILE_H

#include "core/log/tree.h"

#define HF_TILE_HEIGHT            8   /* tree levels in one tile */
#define HF_TILE_WIDTH             256 /* hashes or entries in a full tile */
#define HF_TILE_LEVEL_MAX         63  /* highest level a path may name */
#define HF_TILE_LEVELS            8   /* levels a tree of fewer than 2^64 leaves can have: 0..7 */
#define HF_TILE_PATH_BYTES_MAX    64
#define HF_TILE_BYTES_MAX         (HF_TILE_WIDTH * HF_HASH_BYTES)
#define HF_ENTRY_BYTES_MAX        65535 /* its length is a u16 */
#define HF_ENTRY_BUNDLE_BYTES_MAX (HF_TILE_WIDTH * (2 + HF_ENTRY_BYTES_MAX))

/* Names one tile. */
struct hf_tile_id {
    bool entries;   /* tile/entries/…: level is 0 then */
    unsigned level; /* 0..HF_TILE_LEVEL_MAX */
    uint64_t index; /* within the level */
    unsigned width; /* 1..256; 256 is a full tile, less is written .p/<width> */
};

/* Writes the path and a NUL: tile/0/x001/x234/067.p/12, tile/entries/000. Returns its length without the NUL. */
size_t hf_tile_path(const struct hf_tile_id *id, char out[HF_TILE_PATH_BYTES_MAX]);
/* Strict: one spelling per tile. HF_ERR_INVALID for anything else, an index above 2^64-1 included. */
HF_CHECKED enum hf_status hf_tile_path_parse(struct hf_slice path, struct hf_tile_id *out);

/* How many hashes the tile (level, index) has in a tree of `size` leaves: 0 (no such tile) to 256. */
unsigned hf_tile_width_at(unsigned level, uint64_t index, uint64_t size);

/* Reads a hash tile: exactly 32 * width bytes, else HF_ERR_INVALID. Writes `width` hashes. */
HF_CHECKED enum hf_status hf_tile_decode(struct hf_slice bytes, unsigned width, struct hf_hash out[HF_TILE_WIDTH]);
/* Appends the hashes of a tile, 1..256 of them. */
void hf_tile_encode(const struct hf_hash *hashes, unsigned width, struct hf_buf *out);

/* Appends length u16 ‖ entry. HF_ERR_LIMIT above HF_ENTRY_BYTES_MAX, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_entry_append(struct hf_slice entry, struct hf_buf *out);
/* Takes the next entry off *rest; *out_entry borrows from it. HF_ERR_INVALID when it is cut short or *rest is empty;
 * both are untouched then. */
HF_CHECKED enum hf_status hf_entry_next(struct hf_slice *rest, struct hf_slice *out_entry);

/* Takes a finished tile. path has no NUL in it and one after it; both are borrowed for the call. Anything but HF_OK
 * stops the writer and is handed on. */
typedef enum hf_status hf_tile_emit_fn(void *ctx, struct hf_slice path, struct hf_slice bytes);

/* Entries in, tiles out. Holds at most one unfinished tile per level in memory. */
struct hf_tile_writer {
    struct hf_tree tree;
    struct hf_buf level[HF_TILE_LEVELS]; /* hashes of the unfinished tile of each level */
    struct hf_buf entries;               /* the unfinished entry bundle */
    hf_tile_emit_fn *emit;
    void *ctx;
    enum hf_status status; /* first error; every later call answers it */
};

/* An empty log. */
void hf_tile_writer_begin(struct hf_tile_writer *writer, hf_tile_emit_fn *emit, void *ctx);
/* Adds one entry; emits every tile it fills, entry bundle first. HF_ERR_LIMIT entry too long, HF_ERR_NOMEM, or what
 * emit said. */
HF_CHECKED enum hf_status hf_tile_writer_add(struct hf_tile_writer *writer, struct hf_slice entry);
/* Emits the partial tiles of the present size and tells the root. The writer may go on: a later finish emits the wider
 * partial tiles of the later size. */
HF_CHECKED enum hf_status hf_tile_writer_finish(struct hf_tile_writer *writer, struct hf_hash *out_root);
/* Frees what the writer holds. */
void hf_tile_writer_end(struct hf_tile_writer *writer);

#endif
