/* Checkpoints that witnesses were asked about, with the cosignatures that they got: a short list in one text of the
 * store, by size. Inside server/witness*.c. */
#ifndef HF_SERVER_WITNESS_KEPT_H
#define HF_SERVER_WITNESS_KEPT_H

#include "core/log/policy_file.h"
#include "server/store.h"
#include "server/witness.h"

struct hf_witness_kept_note {
    struct hf_buf note;
    struct hf_checkpoint checkpoint;
    bool as_file; /* given out as a file: the answer may take days */
};
struct hf_witness_kept {
    size_t count;
    struct hf_witness_kept_note note[HF_WITNESS_KEPT_MAX + 1]; /* ascending size */
};

/* An empty list when there is none yet. HF_ERR_CORRUPT. */
HF_CHECKED enum hf_status hf_witness_kept_load(struct hf_store *store, struct hf_witness_kept **out);
HF_CHECKED enum hf_status hf_witness_kept_save(struct hf_store *store, const struct hf_witness_kept *kept);
void hf_witness_kept_free(struct hf_witness_kept *kept);

/* Adds a signed checkpoint larger than those in the list; one of a size that is there changes nothing. When the list is
 * full the oldest goes that neither was given out as a file nor is the newest of a witness. */
HF_CHECKED enum hf_status hf_witness_kept_add(struct hf_witness_kept *kept, const struct hf_policy_file *policy,
                                              struct hf_slice note);
void hf_witness_kept_mark(struct hf_witness_kept *kept, struct hf_witness_kept_note *note);
/* True when the witness signed it; *out_unix_s (may be NULL) when. */
bool hf_witness_kept_signed(struct hf_slice note, const struct hf_cosigner *cosigner, uint64_t *out_unix_s);
/* The size of the newest that it signed; 0: none. out_unix_s may be NULL. */
uint64_t hf_witness_kept_newest(const struct hf_witness_kept *kept, const struct hf_cosigner *cosigner,
                                uint64_t *out_unix_s);
/* The note with the log's own signature only: what a witness is asked about. Borrowed. */
struct hf_slice hf_witness_kept_bare(const struct hf_witness_kept_note *note);
/* Adds the line when it is a signature of this witness over this checkpoint; one that is there stays as it is. */
bool hf_witness_kept_place(struct hf_witness_kept_note *note, const struct hf_cosigner *cosigner, struct hf_slice line);

#endif
