/* What a device writes when the log that it is shown cannot be the one it saw before: enough for somebody who trusts
 * neither the device nor the office. A text file:
 *
 *   holdfast evidence v1
 *   found <Unix ms>            by the device's clock
 *   device <hex>               who says so
 *   log <vkey>                 as the device knows the log
 *   says <sentence>
 *   earlier <bytes>            then the signed checkpoint that the device had verified, and a newline; 0: none
 *   later <bytes>              then the signed checkpoint that it was shown, and a newline
 *   proof <count>              then so many base64 hashes, one a line: the consistency proof that it was shown
 *   shown <place> <hex>        only when the office showed a change in the device's name that the device did not sign:
 *                              where in the log it is said to stand, and its leaf. A bundle decides.
 *
 * Two checkpoints of one size and different roots, both signed by the log, prove themselves. Of different sizes they
 * are proved by a bundle of the log (`holdfast-audit fork FILE --bundle DIR`). Pure. */
#ifndef HF_CORE_LOG_EVIDENCE_H
#define HF_CORE_LOG_EVIDENCE_H

#include "core/log/note.h"

#define HF_EVIDENCE_BYTES_MAX (3 * HF_NOTE_BYTES_MAX)
#define HF_EVIDENCE_SAYS_MAX  512
#define HF_EVIDENCE_SHOWN_MAX 512 /* bytes; a leaf is shorter */

struct hf_evidence {
    uint64_t found_ms;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    struct hf_note_key log;
    struct hf_slice says;           /* borrowed, as are the notes; no control characters */
    struct hf_slice earlier, later; /* signed notes, not yet checked; earlier may be empty */
    struct hf_proof proof;
    struct hf_slice shown; /* a leaf; empty: it is not about that */
    uint64_t place;
    uint8_t leaf[HF_EVIDENCE_SHOWN_MAX]; /* what `shown` points to after parsing */
};
/* Appends the text. HF_ERR_INVALID when `says` has a control character, HF_ERR_LIMIT, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_evidence_format(const struct hf_evidence *evidence, struct hf_buf *out);
/* HF_ERR_INVALID, HF_ERR_LIMIT, HF_ERR_NOMEM. Nothing is verified. *out must not be copied: `shown` points into it. */
HF_CHECKED enum hf_status hf_evidence_parse(struct hf_slice bytes, struct hf_evidence *out);

enum hf_evidence_finding {
    HF_EVIDENCE_PROVES,    /* both are signed by the log, of one size, and differ */
    HF_EVIDENCE_ACCUSES,   /* both are signed, and the proof shown does not lead from one to the other: a bundle decides
                            */
    HF_EVIDENCE_CONTINUES, /* both are signed, and the later continues the earlier: nothing is wrong */
    HF_EVIDENCE_UNSIGNED   /* one of them is not signed by the log: the device may have made it up */
};
/* Judges what stands in the file alone. out_earlier and out_later are filled unless UNSIGNED. */
enum hf_evidence_finding hf_evidence_judge(const struct hf_evidence *evidence, struct hf_checkpoint *out_earlier,
                                           struct hf_checkpoint *out_later);

#endif
