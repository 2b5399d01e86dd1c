/* The audit bundle (formats.md 2): a folder of files that anyone can check without a database.
 *
 *   policy                      tlog-policy text
 *   checkpoint                  the signed checkpoint the bundle ends at
 *   prev                        an earlier signed checkpoint (may be missing)
 *   witnessed                   the newest checkpoint with the quorum of the office's witnesses, which may be smaller
 *                               than `checkpoint` (may be missing)
 *   tile/<L>/<N>, tile/entries  the whole log up to the checkpoint, tlog-tiles
 *   proof/<index>.tlog-proof    instead of tiles: single entries; the entry itself is the file's `extra`
 *   ct/<index>                  a payload: nonce 24 ‖ ciphertext ‖ tag 16
 *   open/<index>                an opening: r 32 ‖ body
 *
 * Pure: files come through a reader of three functions, so a folder, an archive or a test in memory serve alike. What
 * an entry means is not known here. One thread at a time. */
#ifndef HF_CORE_LOG_BUNDLE_H
#define HF_CORE_LOG_BUNDLE_H

#include "core/log/node_store.h"
#include "core/log/policy_file.h"
#include "core/log/proof_file.h"
#include "core/log/tile.h"

#define HF_BUNDLE_POLICY         "policy"
#define HF_BUNDLE_CHECKPOINT     "checkpoint"
#define HF_BUNDLE_PREV           "prev"
#define HF_BUNDLE_WITNESSED      "witnessed"
#define HF_BUNDLE_NAME_BYTES_MAX 64
#define HF_BUNDLE_CT_BYTES_MAX   (1u << 20)
#define HF_BUNDLE_OPEN_BYTES_MAX (1u << 20)
#define HF_OPENING_R_BYTES       32

/* --- names of files with an index; written with a NUL ------------------------------------------------------------ */
enum hf_bundle_kind { HF_BUNDLE_PROOF, HF_BUNDLE_CT, HF_BUNDLE_OPEN };
void hf_bundle_name(enum hf_bundle_kind kind, uint64_t index, char out[HF_BUNDLE_NAME_BYTES_MAX]);
/* HF_ERR_INVALID for any other spelling. */
HF_CHECKED enum hf_status hf_bundle_name_parse(struct hf_slice name, enum hf_bundle_kind *out_kind,
                                               uint64_t *out_index);

/* --- ct and open ---------------------------------------------------------------------------------------------------
 */
/* Borrow from the parsed bytes. */
struct hf_bundle_ct {
    const uint8_t *nonce; /* HF_XNONCE_BYTES */
    struct hf_slice ciphertext;
    const uint8_t *tag; /* HF_TAG_BYTES */
};
struct hf_bundle_opening {
    const uint8_t *r; /* HF_OPENING_R_BYTES */
    struct hf_slice body;
};
/* HF_ERR_INVALID too short, HF_ERR_LIMIT too long. */
HF_CHECKED enum hf_status hf_bundle_ct_parse(struct hf_slice bytes, struct hf_bundle_ct *out);
HF_CHECKED enum hf_status hf_bundle_opening_parse(struct hf_slice bytes, struct hf_bundle_opening *out);
void hf_bundle_ct_format(const struct hf_bundle_ct *ct, struct hf_buf *out);
void hf_bundle_opening_format(const struct hf_bundle_opening *opening, struct hf_buf *out);

/* --- reading a bundle ------------------------------------------------------------------------------------------------
 */
/* Told of one index; anything but HF_OK stops the listing and is handed on. */
typedef enum hf_status hf_bundle_index_fn(void *ctx, uint64_t index);
struct hf_bundle_reader {
    void *ctx;
    /* Appends the whole file `name` (relative, '/' between parts, made here, never taken from a file) to out.
     * HF_ERR_NOT_FOUND no such file, HF_ERR_LIMIT longer than limit_bytes, HF_ERR_IO, HF_ERR_NOMEM. */
    enum hf_status (*read)(void *ctx, const char *name, size_t limit_bytes, struct hf_buf *out);
    /* Tells each index of which there is a file of this kind, in any order; files with other names are passed over.
     * A kind without files is HF_OK. */
    enum hf_status (*list)(void *ctx, enum hf_bundle_kind kind, hf_bundle_index_fn *each, void *each_ctx);
};

struct hf_bundle {
    struct hf_bundle_reader reader;
    bool has_policy;
    struct hf_buf policy_text; /* policy borrows from it */
    struct hf_policy_file policy;
    bool has_checkpoint;
    struct hf_buf checkpoint_note; /* as it stood in the file */
    struct hf_checkpoint checkpoint;
    size_t log; /* which log of the policy signed it */
    bool has_prev;
    struct hf_buf prev_note;
    struct hf_checkpoint prev;
    bool has_tree; /* false: entries come one by one with proofs */
    struct hf_node_store nodes;
    struct hf_error error; /* text of the last failure: which file and what is wrong */
};

/* Begin, then policy, checkpoints, tree in this order; end frees everything. Large (about 60 kB): not for the stack. */
void hf_bundle_begin(struct hf_bundle *bundle, const struct hf_bundle_reader *reader);
void hf_bundle_end(struct hf_bundle *bundle);
/* Reads `policy` from the bundle. A bundle cannot vouch for itself: whoever audits compares the log's key with one he
 * has from elsewhere, or loads his own policy with hf_bundle_set_policy. */
HF_CHECKED enum hf_status hf_bundle_load_policy(struct hf_bundle *bundle);
/* Uses this text instead of the file; copies it. */
HF_CHECKED enum hf_status hf_bundle_set_policy(struct hf_bundle *bundle, struct hf_slice text);
/* Opens `checkpoint`, and `prev` when it is there, under the policy; prev must be of the same origin and not larger.
 * Errors as hf_policy_file_open; HF_ERR_STATE without a policy. */
HF_CHECKED enum hf_status hf_bundle_load_checkpoints(struct hf_bundle *bundle);
/* Takes a checkpoint that the caller has verified in his own way, instead of the files. */
void hf_bundle_set_checkpoint(struct hf_bundle *bundle, const struct hf_checkpoint *checkpoint);
/* Reads every hash tile up to the checkpoint's size, checks the tiles against each other and against both roots (so
 * prev is a true earlier state of checkpoint), and fills the node store. HF_ERR_NOT_FOUND when there are no tiles at
 * all (then use hf_bundle_read_proof), HF_ERR_CORRUPT when a tile is missing, of a wrong length or disagrees,
 * HF_ERR_AUTH when a root differs, HF_ERR_LIMIT above HF_NODE_STORE_LEAVES_MAX leaves. Where a partial tile is missing,
 * the full one is read in its place, as tlog-tiles has it. */
HF_CHECKED enum hf_status hf_bundle_load_tree(struct hf_bundle *bundle);

/* Root at an earlier size, O(log size) hashes. HF_ERR_INVALID above the checkpoint's size, HF_ERR_STATE without tree.
 */
HF_CHECKED enum hf_status hf_bundle_root_at(struct hf_bundle *bundle, uint64_t size, struct hf_hash *out);

/* Entries in order, each compared with its leaf hash before it is handed out. */
struct hf_bundle_entries {
    struct hf_bundle *bundle;
    struct hf_buf tile;
    struct hf_slice rest; /* of the tile */
    bool exact;           /* the tile holds no entries beyond the checkpoint */
    uint64_t first;
    uint64_t next;
    enum hf_status status;
};
/* Needs the tree; status is HF_ERR_STATE otherwise. `first` <= checkpoint size. */
void hf_bundle_entries_begin(struct hf_bundle *bundle, uint64_t first, struct hf_bundle_entries *iter);
/* True and the next entry (borrowed until the next call), or false at the end and after an error: look at
 * iter->status then (HF_OK at the end; HF_ERR_CORRUPT for a missing, malformed or altered entry). */
bool hf_bundle_entries_next(struct hf_bundle_entries *iter, uint64_t *out_index, struct hf_slice *out_entry);
void hf_bundle_entries_end(struct hf_bundle_entries *iter);

/* The bundle without tiles: reads proof/<index>.tlog-proof, opens its checkpoint under the policy, demands that it is
 * the bundle's checkpoint, takes the entry from `extra` and checks its place. The entry replaces what is in out_entry.
 * HF_ERR_NOT_FOUND no such file, HF_ERR_INVALID form, HF_ERR_AUTH does not hold, HF_ERR_STATE without policy. */
HF_CHECKED enum hf_status hf_bundle_read_proof(struct hf_bundle *bundle, uint64_t index, struct hf_buf *out_entry);

/* Reads ct/<index> or open/<index> as it stands, replacing what is in out. HF_ERR_NOT_FOUND when it is not there; out
 * is empty after a failure. */
HF_CHECKED enum hf_status hf_bundle_read_ct(struct hf_bundle *bundle, uint64_t index, struct hf_buf *out);
HF_CHECKED enum hf_status hf_bundle_read_opening(struct hf_bundle *bundle, uint64_t index, struct hf_buf *out);

/* Tells each index of which the bundle has a file of this kind, in any order. */
HF_CHECKED enum hf_status hf_bundle_list(struct hf_bundle *bundle, enum hf_bundle_kind kind, hf_bundle_index_fn *each,
                                         void *each_ctx);

#endif
