/* Rows: what a person says against an entry about them, entries whose use is limited meanwhile, and until when a carer
 * was approved (how long records are kept). Included by core/model/table.c only. */
#ifndef HF_CORE_MODEL_TABLE_DISPUTE_H
#define HF_CORE_MODEL_TABLE_DISPUTE_H

#include "core/model/table_rows.h"

/* A statement stands beside the entry (its parent) for ever; nothing is taken out of the record for it. */
static const char *const statement_kind_codes[] = {"disputes", "adds", "explains", NULL};
static const char *const statement_answer_codes[] = {"open", "entry_amended", "entry_stands", "in_part", NULL};
static const char *const statement_answer_steps[] = {"open: entry_amended entry_stands in_part",
                                                     "entry_stands: in_part entry_amended",
                                                     "in_part: entry_amended entry_stands", "entry_amended:", NULL};
static const struct hf_field_spec statement_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "kind", statement_kind_codes, "What the statement does", ""),
    ROW_LINE(HF_FIELD_STATEMENT_SAID_BY, "said_by", "Who says so", ""),
    ROW_CODE(4, "role", role_codes, "Who they are", ""),
    ROW_WORDS(HF_FIELD_STATEMENT_WORDS, "words", "In their words", ""),
    ROW_DATE(6, "made_on", "Made on", ""),
    ROW_STEPS(7, "answer", statement_answer, "What became of it", ""),
    ROW_TEXT(8, "answer_reason", "Why", ""),
    ROW_DATE(9, "answered_on", "Answered on", ""),
};

/* While one is in force, its entry (the parent) is for those named in `status` only; it stays in the log. */
static const char *const restriction_codes[] = {"office_only", "managers_and_office", "lifted", NULL};
static const char *const restriction_steps[] = {"office_only: managers_and_office lifted",
                                                "managers_and_office: office_only lifted",
                                                "lifted: office_only managers_and_office", NULL};
static const char *const restriction_ground_codes[] = {"accuracy_contested", "unlawful_but_kept", "needed_for_a_claim",
                                                       "objection", NULL};
static const struct hf_field_spec restriction_fields[] = {
    ROW_PARENT,
    ROW_STEPS(HF_FIELD_RESTRICTION_STATUS, "status", restriction, "Who may still see it", ""),
    ROW_CODE(3, "ground", restriction_ground_codes, "Ground", ""),
    ROW_TEXT(4, "reason", "Why", ""),
    ROW_DATE(5, "from", "Since", ""),
    ROW_DATE(6, "review_on", "To be looked at again on", ""),
    ROW_LINE(7, "asked_by", "Asked for by", ""),
};

/* A statement of a records officer; it destroys nothing. */
static const char *const copy_closed_codes[] = {"destroyed", "returned", "lost", "unreachable", "other", NULL};
static const struct hf_field_spec copy_closed_fields[] = {
    ROW_PARENT,
    ROW_LINE(HF_FIELD_CLOSED_CASE, "erased_case", "Case that was erased", ""),
    ROW_LINE(HF_FIELD_CLOSED_DEVICE, "device", "Device", ""),
    ROW_CODE(HF_FIELD_CLOSED_WHAT, "what", copy_closed_codes, "What became of the copy", ""),
    ROW_TEXT(HF_FIELD_CLOSED_REASON, "reason", "How that is known", ""),
    ROW_DATE(HF_FIELD_CLOSED_ON, "on", "Said on", ""),
    ROW_REF(HF_FIELD_CLOSED_BY, "by", "Said by", ""),
};

static const struct hf_field_spec carer_approval_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "carer", "Carer", ""),
    ROW_DATE(3, "approved_on", "Approved on", ""),
    ROW_DATE(HF_FIELD_APPROVAL_ENDED_ON, "ended_on", "Approval ended on", ""),
};

#endif
