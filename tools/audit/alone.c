/* The part of the check that looks at one entry alone, and costs most of the time. */
#include "tools/audit/internal.h"

void hf_audit_look(struct hf_audit_alone *alone)
{
    hf_tree_leaf_hash(alone->bytes, &alone->leaf_hash);
    if (alone->bytes.len != HF_LEAF_BYTES) {
        alone->verdict = HF_AUDIT_OTHER_LENGTH;
        return;
    }
    hf_leaf_hash(alone->bytes.data, alone->chain_hash);
    if (hf_leaf_decode(alone->bytes, &alone->leaf) != HF_OK)
        alone->verdict = HF_AUDIT_OTHER_FORM;
    else if (!hf_leaf_verify(alone->bytes.data))
        alone->verdict = HF_AUDIT_OTHER_SIGNATURE;
    else
        alone->verdict = HF_AUDIT_FITS;
}
