/* Whether a logged change takes effect, and the effect: rights, bases, state. Pure decisions over a batch. */
#ifndef HF_SERVER_EFFECT_H
#define HF_SERVER_EFFECT_H

#include "server/batch.h"

struct hf_effect {
    enum hf_hold hold;
    bool waiting;           /* a base has not arrived: the change waits, which is no clash */
    struct hf_id record_id; /* zero unless the kind is data and the body could be read */
};

HF_CHECKED enum hf_status hf_effect_decide(struct hf_batch *batch, const struct hf_peer *peer,
                                           const struct hf_leaf *leaf, const struct hf_class_key *key,
                                           struct hf_slice body, struct hf_effect *out);

/* The class key that the body of a kind 1 leaf brings, sealed to the key store. HF_ERR_INVALID: the body is not of that
 * form or cannot be opened. Wipe *out after use. */
HF_CHECKED enum hf_status hf_effect_case_key(const struct hf_office *office, struct hf_slice body,
                                             struct hf_class_key *out);

/* Applies what was decided: merges a data change and whatever waited for it; a new case is put into the key store and
 * assigned to its author. Call after the entry was added. A change that the state has no room for becomes
 * held: effect->hold then says so. */
HF_CHECKED enum hf_status hf_effect_apply(struct hf_batch *batch, const struct hf_peer *peer,
                                          const struct hf_leaf *leaf, const struct hf_id *change_id,
                                          const struct hf_class_key *key, struct hf_slice body,
                                          struct hf_effect *effect);

/* --- what a release (release.h) needs of it ------------------------------------------------------------------------
 */
/* Hold and waiting that follow from the bases, and from a person's own words. */
HF_CHECKED enum hf_status hf_effect_of_bases(struct hf_batch *batch, const struct hf_data_body *body,
                                             struct hf_effect *out);
/* Merges a change. HF_ERR_LIMIT, HF_ERR_INVALID: the state has no room for it and is as it was. */
HF_CHECKED enum hf_status hf_effect_merge(struct hf_batch *batch, struct hf_slice body, const struct hf_id *change_id,
                                          hf_clock clock);
HF_CHECKED enum hf_status hf_effect_set(struct hf_batch *batch, const struct hf_id *change_id, enum hf_hold hold,
                                        bool waiting);
/* A "held" note for the devices that have the change already. */
HF_CHECKED enum hf_status hf_effect_tell_held(struct hf_batch *batch, const struct hf_id *change_id, enum hf_hold hold);
HF_CHECKED enum hf_status hf_effect_apply_waiting(struct hf_batch *batch, const struct hf_id *record_id);

#endif
