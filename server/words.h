/* What only the bases of a change can tell: whether it would overwrite a person's own words (core/merge/verbatim.h),
 * and whether what it amends was ever made final (core/merge/standing.h). */
#ifndef HF_SERVER_WORDS_H
#define HF_SERVER_WORDS_H

#include "server/batch.h"

/* Sets *out_hold to HF_HOLD_WORDS or HF_HOLD_FINAL where the change breaks one of the two, and leaves it otherwise. To
 * be asked when all bases of the change are in the log and count. Reads them only for edits of such fields. */
HF_CHECKED enum hf_status hf_words_decide(struct hf_batch *batch, const struct hf_data_body *body,
                                          enum hf_hold *out_hold);

#endif
