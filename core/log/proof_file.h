/* C2SP tlog-proof: one entry's inclusion in a signed checkpoint as a small text file. Pure. */
#ifndef HF_CORE_LOG_PROOF_FILE_H
#define HF_CORE_LOG_PROOF_FILE_H

#include "core/log/note.h"

#define HF_PROOF_FILE_HEAD            "c2sp.org/tlog-proof@v1"
#define HF_PROOF_FILE_EXTRA_BYTES_MAX 65535 /* an entry at most: our bundles carry the entry here */
#define HF_PROOF_FILE_BYTES_MAX       (HF_NOTE_BYTES_MAX + 2 * HF_PROOF_FILE_EXTRA_BYTES_MAX + 8192)
#define HF_PROOF_FILE_HASHES_MAX      64

struct hf_proof_file {
    bool has_extra;
    struct hf_buf extra; /* owned; not authenticated by the proof itself */
    uint64_t index;
    struct hf_proof proof;
    struct hf_slice checkpoint; /* the signed note as it stood; borrows from the parsed bytes */
};

/* Appends the text form. extra with NULL data: no such line. `checkpoint` is a signed note; only its form is looked
 * at. HF_ERR_INVALID, HF_ERR_LIMIT or HF_ERR_NOMEM; out is as it was unless memory ran out. */
HF_CHECKED enum hf_status hf_proof_file_format(uint64_t index, const struct hf_proof *proof, struct hf_slice extra,
                                               struct hf_slice checkpoint, struct hf_buf *out);
/* Reads the text form; nothing is verified. HF_ERR_INVALID, HF_ERR_LIMIT, HF_ERR_NOMEM; *out is untouched then. After
 * HF_OK the caller clears it. */
HF_CHECKED enum hf_status hf_proof_file_parse(struct hf_slice bytes, struct hf_proof_file *out);
void hf_proof_file_clear(struct hf_proof_file *file);
/* Opens the checkpoint with the log's key and checks that the leaf is in its tree. *out_checkpoint may be NULL.
 * HF_ERR_AUTH when the signature or the proof does not hold, HF_ERR_INVALID for impossible sizes or form. */
HF_CHECKED enum hf_status hf_proof_file_verify(const struct hf_proof_file *file, const struct hf_note_key *key,
                                               const struct hf_hash *leaf_hash, struct hf_checkpoint *out_checkpoint);

#endif
