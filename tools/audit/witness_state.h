/* The folder of a witness: its key, the log that it watches, and the newest checkpoint that it signed. One process at a
 * time works on a folder; what was signed is on the disk before anybody can see the signature. */
#ifndef HF_TOOLS_AUDIT_WITNESS_STATE_H
#define HF_TOOLS_AUDIT_WITNESS_STATE_H

#include "core/log/witness_file.h"

struct hf_witness_state {
    const char *folder; /* borrowed */
    int lock;
    struct hf_note_key log;
    struct hf_cosigner cosigner;
    struct hf_sign_key secret;
    struct hf_checkpoint last; /* size 0: nothing signed yet */
};

/* Makes the folder with a key of its own and appends the witness's verification key. HF_ERR_EXISTS, HF_ERR_INVALID,
 * HF_ERR_IO. */
HF_CHECKED enum hf_status hf_witness_state_make(const char *folder, const char *name, const char *log_vkey,
                                                struct hf_buf *vkey, struct hf_error *err);
/* HF_ERR_BUSY: another process works on it. HF_ERR_CORRUPT: damaged; nothing is signed then. Close it after HF_OK. */
HF_CHECKED enum hf_status hf_witness_state_open(const char *folder, struct hf_witness_state *out, struct hf_error *err);
void hf_witness_state_close(struct hf_witness_state *state);
/* From now on the log signs with another key (docs/keys.md): what it signs has to continue what was signed before, as
 * ever. HF_ERR_INVALID: no verification key, or of a log with another name; then as hf_witness_state_open. */
HF_CHECKED enum hf_status hf_witness_state_follow(const char *folder, const char *log_vkey, struct hf_error *err);

/* Checks a request (hf_witness_check), remembers it on the disk, and appends the cosignature. HF_ERR_INVALID or
 * HF_ERR_LIMIT: it is none; then as hf_witness_check, and HF_ERR_IO when it could not be remembered: reply is untouched
 * after any error. */
HF_CHECKED enum hf_status hf_witness_state_answer(struct hf_witness_state *state, struct hf_slice request,
                                                  uint64_t unix_s, struct hf_buf *reply, struct hf_error *err);

#endif
