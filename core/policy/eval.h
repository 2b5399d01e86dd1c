/* Evaluating conditions over the records of one case. Private to this room. */
#ifndef HF_CORE_POLICY_EVAL_H
#define HF_CORE_POLICY_EVAL_H

#include "core/policy/node.h"
#include "core/policy/policy.h"

#define HF_TYPE_CODES 1000

/* One record, with what is asked most often read beforehand. */
struct hf_indexed {
    const struct hf_record_state *state;
    struct hf_id parent; /* zero: none */
    bool left_out;       /* the pack is not about this record */
};

struct hf_eval {
    const struct hf_policy_pack *pack;
    const struct hf_calendar *calendar;
    const struct hf_policy_value *settings; /* values by place */
    uint64_t now_ms;
    struct hf_indexed *index;          /* by type, then record id */
    uint32_t first[HF_TYPE_CODES + 1]; /* where a type begins */
    const struct hf_record_state *frame[HF_SLOTS_MAX];
    uint32_t steps;
    uint64_t next_ms;                       /* the first moment after now that an answer hung on; 0: none */
    const struct hf_right_question *asking; /* while a right is asked about */
    enum hf_status status;
};

/* False as well when eval->status is not HF_OK any more. HF_NODE_NONE gives `missing`. */
bool hf_eval_test(struct hf_eval *eval, int32_t node, bool missing);
struct hf_policy_value hf_eval_value(struct hf_eval *eval, int32_t node);
/* How many records of a relation (HF_OP_FIRST, HF_OP_LAST) have a time, and the first or last of them. */
size_t hf_eval_times(struct hf_eval *eval, int32_t node, struct hf_policy_value *out);
/* An answer changes at this moment. */
void hf_eval_depends(struct hf_eval *eval, uint64_t moment_ms);
/* How a deadline is counted under the settings; false: its n is null. Asks for pack and settings only. */
bool hf_eval_count(const struct hf_eval *eval, const struct hf_deadline *deadline, struct hf_count *out);
/* The role a chooser comes to; "" when none of its conditions holds. */
const char *hf_eval_choose(struct hf_eval *eval, int32_t chooser);
/* Lets `work` evaluate conditions over one case; not called when the pack is not about it. What it leaves in
 * eval->status is the answer; otherwise as hf_policy_evaluate. */
typedef void hf_engine_fn(struct hf_eval *eval, void *ctx);
HF_CHECKED enum hf_status hf_engine_with(const struct hf_policy_input *input, hf_engine_fn *work, void *ctx,
                                         struct hf_error *err);
/* While a right is asked about: the person has this role, or the role that this name comes to. */
bool hf_right_counts(struct hf_eval *eval, const struct hf_id *person, const char *name);
/* The one value of a field; NONE when it is empty, cleared, in conflict, or holds several. */
struct hf_policy_value hf_eval_field(const struct hf_record_state *state, const struct hf_field_spec *field);

#endif
