/* Rows: what the office decides about held changes, and urgent access. Included by core/model/table.c only. */
#ifndef HF_CORE_MODEL_TABLE_CASELOAD_H
#define HF_CORE_MODEL_TABLE_CASELOAD_H

#include "core/model/table_rows.h"

static const char *const held_verdict_codes[] = {"release", "refuse", NULL};
static const struct hf_field_spec held_decision_fields[] = {
    ROW_PARENT,
    ROW_REF(HF_FIELD_HELD_CHANGE, "change", "The held change", ""),
    ROW_CODE(HF_FIELD_HELD_VERDICT, "verdict", held_verdict_codes, "Decision", ""),
    ROW_TEXT(HF_FIELD_HELD_REASON, "reason", "Why", ""),
    ROW_REF(HF_FIELD_HELD_BY, "by", "Decided by", ""),
};

static const struct hf_field_spec urgent_access_fields[] = {
    ROW_PARENT,
    ROW_REF(HF_FIELD_URGENT_PERSON, "person", "Who opened it", ""),
    ROW_TEXT(HF_FIELD_URGENT_REASON, "reason", "Why it was urgent", ""),
    ROW_TIME(HF_FIELD_URGENT_FROM, "from", "Opened at", ""),
    ROW_TIME(HF_FIELD_URGENT_UNTIL, "until", "Open until", ""),
    ROW_REF(6, "reviewed_by", "Looked at by", ""),
    ROW_TEXT(7, "review", "What the manager says", ""),
};

#endif
