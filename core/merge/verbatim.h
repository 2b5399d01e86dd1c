/* A person's own words (HF_KIND_VERBATIM) are never overwritten. The state of a record follows from what its changes
 * name, so the rule stands before merging: a change that would break it is not saved by a device, and is held by the
 * server (HF_HOLD_WORDS).
 *
 * An edit of such a field that names bases must carry, word for word, what one of them gave the field: it chooses among
 * words that clash, or repeats those that stand. Other words stand beside them, and name nothing. Pure: the answer is a
 * function of the change and its bases, in whatever order they arrive (docs/decisions/0004). */
#ifndef HF_CORE_MERGE_VERBATIM_H
#define HF_CORE_MERGE_VERBATIM_H

#include "core/model/body.h"

/* Appends the encoded value that a change gave a field; nothing when it gave none. */
typedef enum hf_status hf_merge_value_fn(void *ctx, const struct hf_id *change, uint16_t field, struct hf_buf *out);

/* *out_broken: the first field whose words the change would overwrite; NULL: none. The bases are known to value_of; its
 * errors are passed on. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_merge_check_words(const struct hf_data_body *body, hf_merge_value_fn *value_of, void *ctx,
                                               const struct hf_field_spec **out_broken);

#endif
