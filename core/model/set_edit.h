/* The value of an edit of a set: [[added …], [removed …]], each element as the field's type says. Pure. */
#ifndef HF_CORE_MODEL_SET_EDIT_H
#define HF_CORE_MODEL_SET_EDIT_H

#include "core/base/bytes.h"

#define HF_SET_ELEMENTS_MAX 256 /* of each of the two lists */

struct hf_set_edit {
    size_t added_count;
    size_t removed_count;
    struct hf_slice added[HF_SET_ELEMENTS_MAX]; /* encoded elements, distinct, ascending bytewise; borrowed */
    struct hf_slice removed[HF_SET_ELEMENTS_MAX];
};

/* Checks the form and that no element stands twice in one list; does not check the elements themselves
 * (hf_value_check). The written order is free, *out is sorted. HF_ERR_INVALID, HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_set_edit_decode(struct hf_slice value, struct hf_set_edit *out);

/* Appends the value. Elements are encoded msgpack, such as hf_value_from_text writes. */
void hf_set_edit_encode(const struct hf_slice *added, size_t added_count, const struct hf_slice *removed,
                        size_t removed_count, struct hf_buf *out);

/* True when `element` is one of `count` ascending elements. */
bool hf_set_edit_has(const struct hf_slice *elements, size_t count, struct hf_slice element);

#endif
