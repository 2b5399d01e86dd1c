/* A file of sealed chunks, FOLDER/ID, ID in hexadecimal digits: the same on a device and at the office. First the
 * chunks, one behind the other, then the nodes of the Merkle tree over them, level by level, so that a proof is read
 * and not worked out. Chunks are written in order. Nothing in it is secret without the key of its case; how many of its
 * chunks count says the database beside it, which is written after hf_chunks_sync.
 *
 * Memory: one run of chunks. One thread per struct. */
#ifndef HF_CORE_ATTACH_CHUNKS_H
#define HF_CORE_ATTACH_CHUNKS_H

#include "core/log/tree.h"
#include "core/model/attachment.h"

struct hf_chunks {
    int fd;
    uint64_t size; /* of the file that is inside */
    uint64_t count;
};

/* make: the file and the folder (0700) are made when they are not there, durable. HF_ERR_NOT_FOUND, HF_ERR_INVALID (a
 * size that no attachment has), HF_ERR_FULL, HF_ERR_IO; texts in err. */
HF_CHECKED enum hf_status hf_chunks_open(const char *folder, const struct hf_id *id, uint64_t size, bool make,
                                         struct hf_chunks *out, struct hf_error *err);
void hf_chunks_close(struct hf_chunks *chunks); /* fine after a failed open of a zeroed struct with fd -1 */
/* Before writing number `count`: that the chunk before it is in the file. HF_ERR_CORRUPT: it is not – the file was
 * taken away, or one from an older copy lies in its place. A chunk behind a hole would make a file that looks whole. */
HF_CHECKED enum hf_status hf_chunks_holds(const struct hf_chunks *chunks, uint64_t count, struct hf_error *err);
/* Writes a chunk and the nodes that it completes; the chunks before it are there. HF_ERR_INVALID: of another length. */
HF_CHECKED enum hf_status hf_chunks_write(struct hf_chunks *chunks, uint64_t number, struct hf_slice sealed,
                                          struct hf_error *err);
/* What was written is durable. */
HF_CHECKED enum hf_status hf_chunks_sync(struct hf_chunks *chunks, struct hf_error *err);
/* Appends one chunk. HF_ERR_CORRUPT: the file is too short. */
HF_CHECKED enum hf_status hf_chunks_read(const struct hf_chunks *chunks, uint64_t number, struct hf_buf *out,
                                         struct hf_error *err);
/* Of a whole file. */
HF_CHECKED enum hf_status hf_chunks_prove(const struct hf_chunks *chunks, uint64_t first, uint64_t count,
                                          struct hf_proof *out);
HF_CHECKED enum hf_status hf_chunks_root(const struct hf_chunks *chunks, uint8_t out[HF_HASH_BYTES]);

/* Whether these chunks stand at `first` in the tree of that root. HF_ERR_AUTH, HF_ERR_INVALID. Pure. */
HF_CHECKED enum hf_status hf_chunks_verify(uint64_t size, const uint8_t root[HF_HASH_BYTES], uint64_t first,
                                           const struct hf_slice *chunks, size_t count, const struct hf_proof *proof);

/* HF_OK also when it was not there. */
enum hf_status hf_chunks_remove(const char *folder, const struct hf_id *id, struct hf_error *err);
/* Removes every file that `keep` does not want, and what is no file of chunks. A folder that is not there is fine. */
typedef enum hf_status hf_chunks_keep_fn(void *ctx, const struct hf_id *id, bool *out_keep);
HF_CHECKED enum hf_status hf_chunks_sweep(const char *folder, hf_chunks_keep_fn *keep, void *ctx, struct hf_error *err);

#define HF_CHUNKS_RUN_MAX 20 /* in one message */

#endif
