/* Encoded elements that an edit adds to a set or takes out, each once. Inside client/. */
#ifndef HF_CLIENT_ELEMENTS_H
#define HF_CLIENT_ELEMENTS_H

#include "core/model/set_edit.h"

/* Zero-initialised is empty. Owns its bytes. */
struct hf_elements {
    size_t count, room;
    struct hf_buf *element; /* grows with them, up to HF_SET_ELEMENTS_MAX: most fields are no sets */
};

/* HF_OK also when it was there; HF_ERR_LIMIT when full, HF_ERR_NOMEM: nothing has changed then. */
HF_CHECKED enum hf_status hf_elements_add(struct hf_elements *elements, struct hf_slice encoded);
/* True when it was there. */
bool hf_elements_drop(struct hf_elements *elements, struct hf_slice encoded);
bool hf_elements_have(const struct hf_elements *elements, struct hf_slice encoded);
/* Writes `count` slices, ascending bytewise as hf_set_edit_encode's readers want them; borrowed until the next change.
 */
void hf_elements_slices(const struct hf_elements *elements, struct hf_slice out[HF_SET_ELEMENTS_MAX]);
void hf_elements_clear(struct hf_elements *elements);

#endif
