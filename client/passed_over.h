/* What a decision about a clash did not choose. Inside client/. */
#ifndef HF_CLIENT_PASSED_OVER_H
#define HF_CLIENT_PASSED_OVER_H

#include "client/handle.h"
#include "client/texts.h"

/* Fills passed_over of the edits that settled a clash: the values that the change names and did not take. An edit that
 * only builds on what stood there, equal values or a status that was further along, chose between nothing; nor does an
 * accepted amendment. edits: as many as body->edits, in its order, NULL where there is nothing to fill. *out_all owns
 * the rows until free(); their texts go to `texts`. HF_ERR_NOMEM; errors of the replica. */
HF_CHECKED enum hf_status hf_passed_over_fill(struct hf_replica *replica, const struct hf_data_body *body,
                                              struct holdfast_change_edit *const *edits, struct hf_texts *texts,
                                              struct holdfast_passed_over **out_all);

/* What one edit decided about the values of the person of this device; zero-initialised, and left so when it decided
 * about none. */
struct hf_passed_over_mine {
    const char *own; /* the text of the value, in `texts`; NULL: none was theirs */
    bool chosen;     /* theirs, or an equal one */
};
HF_CHECKED enum hf_status hf_passed_over_mine(struct hf_replica *replica, const struct hf_data_body *body,
                                              const struct hf_edit *edit, struct hf_texts *texts,
                                              struct hf_passed_over_mine *out);

#endif
