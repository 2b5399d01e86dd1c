#include "core/model/item.h"

#include <string.h>

bool hf_hold_may_release(enum hf_hold hold)
{
    return hold == HF_HOLD_REVOKED || hold == HF_HOLD_RIGHT || hold == HF_HOLD_REFUSED || hold == HF_HOLD_ROLE ||
           hold == HF_HOLD_NEEDS;
}

enum hf_status hf_item_rebuild(const struct hf_item *outline, const struct hf_item_rebuild *with,
                               struct hf_leaf *out_leaf, uint8_t out[HF_LEAF_BYTES], struct hf_buf *out_payload)
{
    struct hf_leaf leaf;
    if (hf_leaf_decode(outline->leaf, &leaf) != HF_OK || (outline->follows && !with->prev))
        return HF_ERR_INVALID;
    memcpy(leaf.log_id, with->log_id, sizeof leaf.log_id);
    if (with->device)
        memcpy(leaf.device, with->device, sizeof leaf.device);
    if (outline->follows)
        memcpy(leaf.prev, with->prev, sizeof leaf.prev);
    enum hf_status status = hf_payload_seal(with->key, outline->body, &leaf, out_payload);
    if (status != HF_OK)
        return status;
    hf_leaf_encode(&leaf, out);
    *out_leaf = leaf;
    return HF_OK;
}

const char *hf_hold_text(enum hf_hold hold)
{
    switch (hold) {
    case HF_HOLD_NONE:
        return "This change counts.";
    case HF_HOLD_REVOKED:
        return "This change arrived after its device was taken out of use. It is kept, and waits for the office to "
               "look at it.";
    case HF_HOLD_ERASED:
        return "This change arrived after its case was erased. What it says was destroyed with the case; the log keeps "
               "that it was made, for the two officers who erased the case.";
    case HF_HOLD_RIGHT:
        return "The person who made this change could not change this record at that time. It is kept, and waits for "
               "the office to look at it.";
    case HF_HOLD_BASE:
        return "This change builds on another one that waits for the office. It is kept, and counts as soon as the "
               "other one does.";
    case HF_HOLD_FORM:
        return "This change is in a form that this program cannot use yet. It is kept as it was signed; tell the "
               "office, and update the program on the device that made it.";
    case HF_HOLD_KEY:
        return "This change is sealed under a key that the office does not hold. It is kept as it was signed, and "
               "waits for the office to look at it.";
    case HF_HOLD_WORDS:
        return "This change would have put other words in the place of a person's own. Those stand as they were said; "
               "it is kept, and waits for the office to look at it.";
    case HF_HOLD_REFUSED:
        return "The office has decided that this change does not count. It is kept as it was signed.";
    case HF_HOLD_ROLE:
        return "The procedure gives this to a role that the person who recorded it does not hold in this case. It is "
               "kept, and waits for the office to look at it.";
    case HF_HOLD_NEEDS:
        return "The procedure asks for more before this decision counts: a reason in writing, or enough people who "
               "decide it together. It is kept, and waits for the office to look at it. Whoever decides can also "
               "record it again with what was missing.";
    case HF_HOLD_FINAL:
        return "This change amends a record that was not final when it was made. It is kept, and waits for the office "
               "to "
               "look at it.";
    case HF_HOLD_OFFICER:
        return "Only a records officer may do this, and the person who recorded it was none at that time. It is kept "
               "without effect; a records officer can record it again.";
    case HF_HOLD_COUNT:
        break;
    }
    return "This change is kept, and waits for the office to look at it.";
}
