/* How a record stands as a whole, read off its state (docs/merge.md, Final and Deleted): whether it is final and what
 * of it is a proposed amendment, whether it is deleted and edited since. Nothing of this is stored: every state
 * computes it anew from its entries (hf_record_state_decode and hf_merge_apply do). Pure. */
#ifndef HF_CORE_MERGE_STANDING_H
#define HF_CORE_MERGE_STANDING_H

#include "core/merge/merge.h"
#include "core/merge/verbatim.h"

/* Works out is_final, deleted, and of every entry whether it stands aside. */
void hf_standing_compute(struct hf_record_state *state);

/* The act of field 991 that this change did; HF_ACT_NONE without one. */
enum hf_act hf_standing_act(const struct hf_record_state *state, const struct hf_id *change);
/* The finalising changes of the record, ascending: what an answer must name. As hf_merge_heads. */
size_t hf_standing_finals(const struct hf_record_state *state, struct hf_id *out, size_t max);

/* Changes, ascending, each once. Zero-initialised is none; free(at). */
struct hf_changes {
    struct hf_id *at;
    size_t count;
};
/* Changes that propose an amendment which nobody has answered and which would change something. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_standing_proposals(const struct hf_record_state *state, struct hf_changes *out);
/* Changes of all entries of the record: what somebody who looks at it sees. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_standing_seen(const struct hf_record_state *state, struct hf_changes *out);
/* Changes that an entry names, deletes too. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_standing_named(const struct hf_record_state *state, struct hf_changes *out);
/* Of a deleted record: those that the deleter did not see. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_standing_since(const struct hf_record_state *state, struct hf_changes *out);

/* What a proposal says of one field. */
struct hf_proposal {
    uint16_t field;
    struct hf_slice value; /* encoded: the value, the entry, the element */
    bool takes_out;        /* the element is to go */
};
/* Calls each for what an open proposal would change; until it returns false. Borrowed from the state. */
typedef bool hf_proposal_fn(void *ctx, const struct hf_proposal *proposal);
void hf_standing_proposal(const struct hf_record_state *state, const struct hf_id *change, hf_proposal_fn *each,
                          void *ctx);
/* True when the value is one of those that count in this field. */
bool hf_standing_holds(const struct hf_field_state *field, struct hf_slice value);

/* *out_holds: an amending or declining change names, in its act, a finalising change of the record; true for every
 * other change. Otherwise it is held (HF_HOLD_FINAL): what is not final is edited. As hf_merge_check_words. */
HF_CHECKED enum hf_status hf_merge_check_answer(const struct hf_data_body *body, hf_merge_value_fn *value_of, void *ctx,
                                                bool *out_holds);

#endif
