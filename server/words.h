/* A person's own words are never overwritten (core/merge/verbatim.h): what the server does with a change that would. */
#ifndef HF_SERVER_WORDS_H
#define HF_SERVER_WORDS_H

#include "server/batch.h"

/* Sets *out_hold to HF_HOLD_WORDS when the change would overwrite a person's own words, and leaves it otherwise. To be
 * asked when all bases of the change are in the log and count. Reads them only for edits of such fields. */
HF_CHECKED enum hf_status hf_words_decide(struct hf_batch *batch, const struct hf_data_body *body,
                                          enum hf_hold *out_hold);

#endif
