/* How a change lies in its row: the leaf without what other columns and tables say, the body pressed. What is folded
 * unfolds to the same bytes; a leaf is believed only when its hash begins with the change's name.
 *
 * Leaf: 0 ‖ the 312 bytes, or 1 ‖ clock 8 ‖ prev 32 (not at seq 0) ‖ seen size (big-endian without leading zeros,
 * nothing for 0) ‖ bytes 164 to 311. Kind and seq stand in the row, device and incarnation in `devices`, the log in the
 * identity, the seen root in `roots_seen`. Empty: the change is known without its leaf.
 * Body of a data change: 0 ‖ pressed (core/pack/press.h), or 1 ‖ the same without its case and record, which stand in
 * the row. Bodies of other kinds lie as they are. Empty: what it said is gone. */
#ifndef HF_CORE_REPLICA_FOLD_H
#define HF_CORE_REPLICA_FOLD_H

#include "core/replica/replica_internal.h"

extern const char hf_replica_fold_tables[];

/* Append; the leaf's root is noted, so inside a transaction. */
HF_CHECKED enum hf_status hf_replica_fold_leaf(struct hf_replica *replica, const struct hf_stored *stored,
                                               struct hf_buf *out, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_fold_body(struct hf_replica *replica, const struct hf_stored *stored,
                                               struct hf_buf *out, struct hf_error *err);

/* The other way round. stored: as in its row; on HF_OK leaf and body point into *bytes, which is reset, and `whole`
 * says whether the leaf is the one that was signed. HF_ERR_CORRUPT with text: no such form. */
HF_CHECKED enum hf_status hf_replica_unfold(struct hf_replica *replica, struct hf_stored *stored, struct hf_buf *bytes,
                                            struct hf_error *err);
/* The leaf only; *stored keeps no body. */
HF_CHECKED enum hf_status hf_replica_unfold_leaf(struct hf_replica *replica, struct hf_stored *stored,
                                                 struct hf_buf *bytes, struct hf_error *err);

/* A record's state: place 2 ‖ pressed, without its case and record and, when place is not 0, without the bytes of its
 * title, which stood that many bytes behind case and record. All three stand in the row. */
HF_CHECKED enum hf_status hf_replica_fold_state(struct hf_replica *replica, const struct hf_record_state *state,
                                                struct hf_slice title, struct hf_buf *out);
/* Columns that hf_replica_unfold_state reads, in order, the first at `column`. */
#define HF_STATE_COLUMNS "record_id, case_id, title, packed"
/* As hf_record_state_decode, from the row at hand. */
HF_CHECKED enum hf_status hf_replica_unfold_state(struct hf_rows *rows, int column, struct hf_record_state *out);

/* A transaction was rolled back, or the store closes. */
void hf_replica_fold_forget(struct hf_replica *replica);
void hf_replica_fold_close(struct hf_replica *replica);

#endif
