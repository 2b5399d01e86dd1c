/* Rows: what an authority decides about its own work: readings of a procedure, posts, cover, handover. The first three
 * live in the office case, a handover in the case it is about. Included by core/model/table.c only. */
#ifndef HF_CORE_MODEL_TABLE_POLICY_H
#define HF_CORE_MODEL_TABLE_POLICY_H

#include "core/model/table_rows.h"

/* One decision over one reading (domain 1.9). A later decision is a record of its own, so that the earlier one stays to
 * be read. */
static const struct hf_field_spec setting_fields[] = {
    ROW_PARENT,
    ROW_LINE(2, "policy", "Procedure", ""),
    ROW_LINE(3, "name", "Setting", ""),
    ROW_LINE(4, "value", "Decided value", ""),
    ROW_REF(5, "decided_by", "Decided by", ""),
    ROW_DATE(6, "decided_on", "Decided on", ""),
    ROW_DATE(7, "from", "In force from", ""),
    ROW_TEXT(8, "reason", "Why", ""),
};

/* Who holds a role of the procedures when no case names somebody for it. */
static const struct hf_field_spec post_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "person", "Person", ""),
    ROW_CODE(3, "role", role_codes, "Post", ""),
    ROW_LINE(4, "team", "Team", ""),
    ROW_DATE(5, "from", "From", ""),
    ROW_DATE(6, "until", "Until", ""),
    ROW_REF(7, "decided_by", "Decided by", ""),
    ROW_TEXT(8, "reason", "Why", ""),
};

static const char *const absence_codes[] = {"leave", "sick", "left", "reallocated", "other", NULL};
static const struct hf_field_spec cover_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "person", "Person who is away", ""),
    ROW_REF(3, "by", "Covered by", ""),
    ROW_DATE(4, "from", "From", ""),
    ROW_DATE(5, "until", "Until", ""),
    ROW_CODE(6, "cause", absence_codes, "Cause", ""),
    ROW_TEXT(7, "reason", "Why", ""),
    ROW_REF(8, "decided_by", "Decided by", ""),
};

static const struct hf_field_spec handover_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "role", role_codes, "Role handed over", ""),
    ROW_REF(3, "from_person", "Handed over by", ""),
    ROW_REF(4, "to_person", "Handed over to", ""),
    ROW_DATE(5, "on", "From", ""),
    ROW_CODE(6, "cause", absence_codes, "Cause", ""),
    ROW_TEXT(7, "reason", "Why", ""),
    ROW_REF(8, "decided_by", "Decided by", ""),
    ROW_TEXT(9, "passed_on", "What to know, and what is open", ""),
};

#endif
