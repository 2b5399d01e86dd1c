/* One change as it moves between rooms and machines: leaf, where it belongs, and its opened body. Slices borrow. */
#ifndef HF_CORE_MODEL_ITEM_H
#define HF_CORE_MODEL_ITEM_H

#include "core/model/payload.h"

/* Why a logged change has no effect (formats.md 1, "Held, not dropped"). Codes travel and are stored: stable. */
enum hf_hold {
    HF_HOLD_NONE = 0,
    HF_HOLD_REVOKED = 1, /* arrived after its device was revoked */
    HF_HOLD_RIGHT = 2,   /* its author may not change this case or record */
    HF_HOLD_BASE = 3,    /* builds on a held change */
    HF_HOLD_FORM = 4,    /* signed and chained, but its body is not of a form that can take effect */
    HF_HOLD_KEY = 5,     /* sealed under a key that the server does not hold or has destroyed */
    HF_HOLD_WORDS = 6,   /* would overwrite a person's own words */
    HF_HOLD_FINAL = 7,   /* answers an amendment of what was never made final */
    /* caseload */
    HF_HOLD_REFUSED = 9, /* a person in the office decided that it never takes effect */
    HF_HOLD_NEEDS = 10,  /* a decision without what the procedure asks for it: a reason, or enough people */
    HF_HOLD_ROLE = 11,   /* the procedure gives this to a role that its author does not have */
    /* erasure */
    HF_HOLD_ERASED = 12, /* arrived after its case was erased: what it says is gone */
    /* records officers */
    HF_HOLD_OFFICER = 14, /* only a records officer may; its author was none */
    HF_HOLD_COUNT
};
/* Plain sentence: what happened and what comes next; never NULL. */
const char *hf_hold_text(enum hf_hold hold);

/* True when a person in the office may let a change with this hold take effect. The others can only be refused: their
 * form, key or base stands in the way, or somebody's own words. */
bool hf_hold_may_release(enum hf_hold hold);

#define HF_INDEX_NONE UINT64_MAX

/* How much of the leaf an item carries (formats.md 1, "On the wire"). */
enum hf_item_form {
    HF_ITEM_WHOLE = 0, /* all of it; whoever passes it on leaves nothing out */
    HF_ITEM_DERIVABLE, /* all of it, and subject tag, length and hashes follow from the body and its class key */
    HF_ITEM_OUTLINE    /* came without what can be derived: hf_item_rebuild before anything else */
};

struct hf_item {
    uint64_t index;       /* in the log; HF_INDEX_NONE before it is logged */
    struct hf_slice leaf; /* HF_LEAF_BYTES */
    struct hf_id case_id;
    struct hf_id key_id;
    struct hf_slice body; /* opened */
    enum hf_hold hold;
    enum hf_item_form form;
    bool follows;   /* outline: prev is the hash of the leaf before it in `chain` of the same batch */
    uint16_t chain; /* outline: number of its device and incarnation in the batch */
};

/* In an outline, prev that is to be derived (a real one is a hash, or zero at seq 0). */
#define HF_ITEM_PREV_BYTE 0xff

/* What an outline leaves to the receiver. */
struct hf_item_rebuild {
    const uint8_t *log_id;
    const uint8_t *device; /* NULL: as the outline says */
    const uint8_t *prev;   /* for an item that follows; NULL: it is not here */
    const struct hf_class_key *key;
};
/* Makes the whole leaf again, as it must have been when it was signed; the signature shows whether it is. Appends the
 * sealed payload (may be NULL). HF_ERR_INVALID: not of a leaf's form, or prev is not here; HF_ERR_LIMIT, HF_ERR_NOMEM.
 */
HF_CHECKED enum hf_status hf_item_rebuild(const struct hf_item *outline, const struct hf_item_rebuild *with,
                                          struct hf_leaf *out_leaf, uint8_t out[HF_LEAF_BYTES],
                                          struct hf_buf *out_payload);

#endif
