/* The table of docs/merge.md: what becomes of an edit of a field when something else happened that its author did not
 * know of. Merging and what is shown of a record ask it. Static data, pure. */
#ifndef HF_CORE_MERGE_MEET_H
#define HF_CORE_MERGE_MEET_H

#include "core/model/table.h"

enum hf_against {
    HF_AGAINST_EDIT,
    HF_AGAINST_DELETE,
    HF_AGAINST_FINALISE,
    HF_AGAINST_AMEND,
    HF_AGAINST_ERASE,
    HF_AGAINST_REASSIGN,
    HF_AGAINST_COUNT
};
enum hf_meeting {
    HF_MEETING_CLASH,        /* different values stay until a person decides */
    HF_MEETING_BOTH,         /* both stand, no clash */
    HF_MEETING_FURTHER,      /* the value further along stands; a clash where neither is */
    HF_MEETING_EDITED_SINCE, /* the record stays deleted and shows as a clash */
    HF_MEETING_PROPOSED,     /* the official value stands, the edit beside it as a proposed amendment */
    HF_MEETING_HELD,         /* logged, without effect, with its reason */
    HF_MEETING_COUNT
};
enum hf_meeting hf_merge_meeting(enum hf_field_kind kind, enum hf_against against);
/* As the table writes it: "clash", "edited since". */
const char *hf_meeting_name(enum hf_meeting meeting);
const char *hf_against_name(enum hf_against against);

#endif
