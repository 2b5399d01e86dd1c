/* C2SP tlog-witness without HTTP: what a log asks (the body of add-checkpoint), what a witness checks before it signs,
 * and the line that it answers. Pure: the caller keeps what was signed, on the disk, before it gives the line away. */
#ifndef HF_CORE_LOG_WITNESS_FILE_H
#define HF_CORE_LOG_WITNESS_FILE_H

#include "core/log/cosignature.h"

#define HF_WITNESS_HASHES_MAX        63
#define HF_WITNESS_REQUEST_BYTES_MAX (HF_NOTE_BYTES_MAX + 64 * 45 + 64)

struct hf_witness_request {
    uint64_t old_size; /* that the log believes the witness signed last; 0: none */
    struct hf_proof consistency;
    struct hf_slice note; /* the signed checkpoint; borrows from the parsed bytes */
};
/* Appends the request; only the form of the note is looked at. HF_ERR_INVALID, HF_ERR_LIMIT, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_witness_request_format(const struct hf_witness_request *request, struct hf_buf *out);
/* HF_ERR_INVALID, HF_ERR_LIMIT, HF_ERR_NOMEM; *out is untouched then. Nothing is verified. */
HF_CHECKED enum hf_status hf_witness_request_parse(struct hf_slice bytes, struct hf_witness_request *out);

/* Whether a witness that signed `last` of this log (size 0: nothing yet) may sign this one. HF_OK with *out_next, what
 * it has to remember from then on; HF_ERR_AUTH: not signed by the log; HF_ERR_CONFLICT: old_size is not last->size, so
 * ask again from there; HF_ERR_DENIED: a rollback or a fork – the log does not continue what was signed; keep the
 * request, it is evidence. err (may be NULL) says which. */
HF_CHECKED enum hf_status hf_witness_check(const struct hf_witness_request *request, const struct hf_note_key *log,
                                           const struct hf_checkpoint *last, struct hf_checkpoint *out_next,
                                           struct hf_error *err);

/* Appends one signature line (cosignature/v1) over the text of a checkpoint. `secret` must be the secret half of
 * `cosigner`. HF_ERR_INVALID when the text is no checkpoint or the time is before 1970 or beyond 2^63 seconds. */
HF_CHECKED enum hf_status hf_cosigner_sign(const struct hf_cosigner *cosigner, const struct hf_sign_key *secret,
                                           uint64_t unix_s, struct hf_slice text, struct hf_buf *out);

#endif
