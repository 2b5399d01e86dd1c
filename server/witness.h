/* The log's side of C2SP tlog-witness: what each witness of the policy is asked, and what it answered. Checkpoints that
 * were asked about are kept with the cosignatures they got; the newest one with a quorum is what `publish` and bundles
 * show. Nothing here waits for a witness: how requests travel is the caller's (HTTP, or a file on a stick). */
#ifndef HF_SERVER_WITNESS_H
#define HF_SERVER_WITNESS_H

#include "core/log/policy_file.h"
#include "server/office.h"

#define HF_WITNESS_KEPT_MAX        32 /* checkpoints with cosignatures, or asked about */
#define HF_WITNESS_KEPT_FILE_MAX   8  /* of them, given out as files and not answered yet */
#define HF_WITNESS_REPLY_BYTES_MAX 4000

/* Takes a tlog-policy: it must list this log by its key. The text is kept as it stands; an empty one takes the policy
 * away. HF_ERR_INVALID, HF_ERR_LIMIT with text. */
HF_CHECKED enum hf_status hf_witness_policy_set(struct hf_office *office, struct hf_slice text, struct hf_error *err);

/* The policy in use, with the text that it borrows from. Large: not for the stack. */
struct hf_witness_policy {
    struct hf_buf text;
    struct hf_policy_file file;
};
/* HF_ERR_NOT_FOUND: there is none. Free with hf_witness_policy_free. */
HF_CHECKED enum hf_status hf_witness_policy_get(struct hf_office *office, struct hf_witness_policy **out);
void hf_witness_policy_free(struct hf_witness_policy *policy);

/* What one witness is to be asked now, appended to out: the newest checkpoint that others signed and that has no quorum
 * yet, else the newest. `from`: the size to start at, when the witness said another than is known here (NULL: what is
 * known). Nothing is appended when it has signed that one. HF_ERR_NOT_FOUND: no such witness, or no policy.
 * HF_ERR_CONFLICT: the witness has signed more than this log holds, so the log was set back. */
HF_CHECKED enum hf_status hf_witness_request(struct hf_office *office, struct hf_slice name, const uint64_t *from,
                                             struct hf_buf *out, struct hf_error *err);

/* What witnesses answered: signature lines. Each has to hold over a checkpoint that was asked about. *out_size is the
 * largest of them, *out_met whether it now has the quorum. HF_ERR_AUTH: a line that is of no witness of the policy, or
 * does not hold; those before it stay taken. */
HF_CHECKED enum hf_status hf_witness_take(struct hf_office *office, struct hf_slice reply, uint64_t *out_size,
                                          bool *out_met, struct hf_error *err);

/* What is known of one witness: the newest checkpoint that it signed, and when by its own clock. Zero: none. */
HF_CHECKED enum hf_status hf_witness_known(struct hf_office *office, const struct hf_cosigner *cosigner,
                                           uint64_t *out_size, uint64_t *out_unix_s);

/* Appends the newest checkpoint with a quorum, and its size. HF_ERR_NOT_FOUND: there is none (or no policy). */
HF_CHECKED enum hf_status hf_witness_newest(struct hf_office *office, struct hf_buf *out_note, uint64_t *out_size);

/* Answers WITNESSED. */
HF_CHECKED enum hf_status hf_witness_answer(struct hf_office *office, struct hf_reply *reply);

#endif
