/* What changed between two versions of a pack, part by part, for people who release or approve one. Pure. */
#ifndef HF_CORE_POLICY_DIFF_H
#define HF_CORE_POLICY_DIFF_H

#include "core/policy/pack.h"

#define HF_POLICY_DIFF_PATH_BYTES 400

struct hf_policy_change {
    const char *path;     /* "deadlines.minutes.n", "FSM-63.deadline" */
    const json_t *before; /* NULL: new */
    const json_t *after;  /* NULL: gone */
};
typedef void hf_policy_change_fn(void *ctx, const struct hf_policy_change *change);

/* Calls each for every change, in the order of the older document and then what is new; returns their number. Objects
 * are gone through to their parts; rules are matched by id, whatever their order; other lists and conditions count as
 * one. The documents are those of packs that can be read. */
size_t hf_policy_diff(const json_t *older, const json_t *newer, hf_policy_change_fn *each, void *ctx);

#endif
