#include "core/model/item.h"

bool hf_hold_may_release(enum hf_hold hold)
{
    return hold == HF_HOLD_REVOKED || hold == HF_HOLD_RIGHT || hold == HF_HOLD_REFUSED ||
           (unsigned)hold == 11 /* a role's right in the pack */;
}

const char *hf_hold_text(enum hf_hold hold)
{
    switch (hold) {
    case HF_HOLD_NONE:
        return "This change counts.";
    case HF_HOLD_REVOKED:
        return "This change arrived after its device was taken out of use. It is kept, and waits for the office to "
               "look at it.";
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
    case HF_HOLD_COUNT:
        break;
    }
    return "This change is kept, and waits for the office to look at it.";
}
