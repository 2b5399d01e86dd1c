/* One change as it moves between rooms and machines: leaf, where it belongs, and its opened body. Slices borrow. */
#ifndef HF_CORE_MODEL_ITEM_H
#define HF_CORE_MODEL_ITEM_H

#include "core/model/leaf.h"

/* Why a logged change has no effect (formats.md 1, "Held, not dropped"). Codes travel and are stored: stable. */
enum hf_hold {
    HF_HOLD_NONE = 0,
    HF_HOLD_REVOKED = 1, /* arrived after its device was revoked */
    HF_HOLD_RIGHT = 2,   /* its author may not change this case or record */
    HF_HOLD_BASE = 3,    /* builds on a held change */
    HF_HOLD_FORM = 4,    /* signed and chained, but its body is not of a form that can take effect */
    HF_HOLD_KEY = 5,     /* sealed under a key that the server does not hold or has destroyed */
    HF_HOLD_WORDS = 6,   /* would overwrite a person's own words */
    /* caseload */
    HF_HOLD_REFUSED = 9, /* a person in the office decided that it never takes effect */
    HF_HOLD_ROLE = 11,   /* the procedure gives this to a role that its author does not have */
    HF_HOLD_COUNT
};
/* Plain sentence: what happened and what comes next; never NULL. */
const char *hf_hold_text(enum hf_hold hold);

/* True when a person in the office may let a change with this hold take effect. The others can only be refused: their
 * form, key or base stands in the way, or somebody's own words. */
bool hf_hold_may_release(enum hf_hold hold);

#define HF_INDEX_NONE UINT64_MAX

struct hf_item {
    uint64_t index;       /* in the log; HF_INDEX_NONE before it is logged */
    struct hf_slice leaf; /* HF_LEAF_BYTES */
    struct hf_id case_id;
    struct hf_id key_id;
    struct hf_slice body; /* opened */
    enum hf_hold hold;
};

#endif
