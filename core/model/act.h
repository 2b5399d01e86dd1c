/* What a person did with a record as a whole: made it final, amended it, took it out of view. An act is the value of
 * one of the fields that every record type has beside its own (docs/merge.md): msgpack [act, [change …]], the changes
 * ascending, each once. Pure. */
#ifndef HF_CORE_MODEL_ACT_H
#define HF_CORE_MODEL_ACT_H

#include "core/model/table.h"

#define HF_ACT_IDS_MAX 8192 /* changes that one act names */

enum hf_act {
    HF_ACT_NONE = 0,
    /* of HF_FIELD_FINAL; the changes are */
    HF_ACT_FINALISE = 1, /* those whose entries its author saw */
    HF_ACT_AMEND = 2,    /* those that it answers: proposals accepted, or official values that clashed */
    HF_ACT_DECLINE = 3,  /* the proposals declined */
    /* of HF_FIELD_DELETED; the changes are */
    HF_ACT_DELETE = 1, /* those whose entries its author saw */
    HF_ACT_RESTORE = 2 /* none */
};
struct hf_act_value {
    enum hf_act act;
    uint32_t count;
    const uint8_t *ids_encoded; /* count times 0xc4 0x10 ‖ id; borrowed */
};
/* HF_ERR_INVALID, HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_act_decode(const struct hf_field_spec *field, struct hf_slice value,
                                        struct hf_act_value *out);
/* The same for a value that has been checked before, such as one in a state: does not look at the changes again. */
struct hf_act_value hf_act_read(struct hf_slice checked);
struct hf_id hf_act_id(const struct hf_act_value *act, uint32_t index);
bool hf_act_names(const struct hf_act_value *act, const struct hf_id *change);
/* ids in any order, also repeated; sorts them in place. */
void hf_act_encode(enum hf_act act, struct hf_id *ids, size_t count, struct hf_buf *out);

/* An element that a change took out of a set (HF_FIELD_TAKEN_OUT): msgpack [field, element]. */
struct hf_taken_out {
    uint16_t field;
    struct hf_slice element; /* encoded; borrowed */
};
/* The field is a set of this type and the element may stand in it. HF_ERR_INVALID, HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_taken_out_decode(const struct hf_record_spec *type, struct hf_slice value,
                                              struct hf_taken_out *out);
void hf_taken_out_encode(const struct hf_taken_out *taken, struct hf_buf *out);

#endif
