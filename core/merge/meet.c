#include "core/merge/meet.h"

#define ROW(edit, final)                                                                                               \
    {                                                                                                                  \
        HF_MEETING_##edit, HF_MEETING_EDITED_SINCE, HF_MEETING_##final, HF_MEETING_##final, HF_MEETING_HELD,           \
            HF_MEETING_HELD                                                                                            \
    }

/* Columns as in enum hf_against. */
static const enum hf_meeting table[][HF_AGAINST_COUNT] = {
    [HF_KIND_VALUE] = ROW(CLASH, PROPOSED),   [HF_KIND_TEXT] = ROW(CLASH, PROPOSED),
    [HF_KIND_STATUS] = ROW(FURTHER, FURTHER), [HF_KIND_VERBATIM] = ROW(CLASH, PROPOSED),
    [HF_KIND_SET] = ROW(BOTH, PROPOSED),      [HF_KIND_APPEND] = ROW(BOTH, PROPOSED),
};

enum hf_meeting hf_merge_meeting(enum hf_field_kind kind, enum hf_against against)
{
    return table[kind][against];
}

const char *hf_meeting_name(enum hf_meeting meeting)
{
    static const char *const names[HF_MEETING_COUNT] = {"clash", "both", "further", "edited since", "proposed", "held"};
    return names[meeting];
}

const char *hf_against_name(enum hf_against against)
{
    static const char *const names[HF_AGAINST_COUNT] = {"edit", "delete", "finalise", "amend", "erase", "reassign"};
    return names[against];
}
