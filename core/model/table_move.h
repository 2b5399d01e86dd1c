/* Rows: before and at the start of a placement, moves, what is learnt from them, documents. Included by
 * core/model/table.c only. */
#ifndef HF_CORE_MODEL_TABLE_MOVE_H
#define HF_CORE_MODEL_TABLE_MOVE_H

#include "core/model/table_rows.h"

static const char *const stage_codes[] = {"pre_placement", "later", NULL};
static const struct hf_field_spec support_consideration_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "stage", stage_codes, "When in the placement", "FSM-07"),
    ROW_DATE(3, "on", "Considered on", "FSM-07"),
    ROW_REF(4, "by", "Considered by", "FSM-07"),
    ROW_TEXT(5, "text", "What was considered", "FSM-07"),
};

static const char *const match_codes[] = {"proposed", "agreed", "not_agreed", NULL};
static const char *const match_steps[] = {"proposed: agreed not_agreed", "agreed:; proposed", "not_agreed:; proposed",
                                          NULL};
static const struct hf_field_spec match_fields[] = {
    ROW_PARENT,
    ROW_REFS(2, "carers", "Carers", "FSM-14"),
    ROW_STEPS(3, "status", match, "Status", "FSM-14"),
    ROW_TIME(4, "decided_at", "Decided at", "FSM-14"),
    ROW_REF(5, "decided_by", "Decided by", "FSM-14"),
    ROW_TEXT(6, "reason", "Why", "FSM-14"),
};

static const char *const share_codes[] = {"spoken", "written", NULL};
static const struct hf_field_spec info_share_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "from", "From", "FSM-16 FSM-17"),
    ROW_CODE(3, "from_role", role_codes, "Role of that person", "FSM-16 FSM-17"),
    ROW_REFS(4, "to", "To", "FSM-16 FSM-17"),
    ROW_CODE(5, "mode", share_codes, "Spoken or written", "FSM-16 FSM-17"),
    ROW_TIME(6, "at", "When", "FSM-16 FSM-17"),
    ROW_TEXT(7, "summary", "What was shared", "FSM-16 FSM-17"),
};

static const struct hf_field_spec ppm_fields[] = {
    ROW_PARENT,
    ROW_DATE(2, "held_on", "Held on", "FSM-11 FSM-27"),
    ROW_REF(3, "by", "Led by", "FSM-11"),
    ROW_REFS(4, "attendees", "Who was there", "FSM-11"),
    ROW_CODE(5, "delegated_authority_recorded", done_codes, "Delegated authority recorded", "FSM-11"),
    ROW_TEXT(6, "delegated_authority", "Delegated authority", "FSM-11"),
    ROW_TEXT(7, "carer_support_needs", "The carers' support needs", "FSM-12"),
    ROW_TEXT(8, "no_needs_reason", "Why none are recorded", "FSM-12"),
    ROW_REF(9, "placement_plan", "Placement plan", "FSM-26"),
};

static const char *const move_status_codes[] = {"considered", "planned", "happened", "called_off", NULL};
static const char *const move_status_steps[] = {"considered: planned happened called_off",
                                                "planned: happened called_off; considered",
                                                "called_off:; considered planned", "happened:; planned", NULL};
static const char *const move_reason_codes[] = {"CARPL", "CLOSE", "ALLEG", "STAND",  "APPRR", "CREQB", "CREQO",
                                                "CHILD", "LAREQ", "PLACE", "CUSTOD", "OTHER", NULL};
static const struct hf_field_spec move_fields[] = {
    ROW_PARENT,
    ROW_STEPS(2, "status", move_status, "Status", "PSM-06"),
    ROW_CODE(3, "planned", yes_no_codes, "Planned", "PSM-06 PSM-11"),
    ROW_DATE(4, "on", "Date of the move", "PSM-05 PSM-06"),
    ROW_TEXT(5, "reason", "Why", "PSM-06 PSM-11"),
    ROW_CODE(6, "reason_code", move_reason_codes, "Reason code for the national return", ""),
    ROW_CODE(7, "child_involved", yes_no_codes, "Child involved in planning", "PSM-06"),
    ROW_CODE(8, "carer_involved", yes_no_codes, "Carers involved in planning", "PSM-06"),
    ROW_REF(9, "plan_document", "Plan", "PSM-06"),
    ROW_REF(10, "from_placement", "From", "PSM-05"),
    ROW_REF(11, "to_placement", "To", "PSM-05"),
    ROW_REF(12, "meeting", "Meeting that came before", "PSM-05"),
    ROW_WORDS(13, "child_words", "What the child said", "PSM-06"),
    ROW_CODE(14, "avoidable", yes_no_codes, "Could have been avoided", "PSM-07"),
    ROW_CODES(15, "difficult_for", subject_codes, "Hard for", "PSM-07"),
};

static const struct hf_field_spec learning_review_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "move", "Move", "PSM-07"),
    ROW_CODES(3, "difficult_for", subject_codes, "Hard for", "PSM-07"),
    ROW_CODE(4, "avoidable", yes_no_codes, "Could have been avoided", "PSM-07"),
    ROW_TEXT(5, "lessons", "What we learnt", "PSM-07"),
    ROW_TEXT(6, "changes", "What will be done differently", "PSM-07"),
    ROW_REFS(7, "reviewed_by", "Reviewed by", "PSM-07"),
    ROW_DATE(8, "on", "Reviewed on", "PSM-07"),
};

static const struct hf_field_spec transition_meeting_fields[] = {
    ROW_PARENT,
    ROW_DATE(2, "held_on", "Held on", "FSM-22"),
    ROW_REFS(3, "attendees", "Who was there", "FSM-22"),
    ROW_CODES(4, "attendee_roles", role_codes, "Their roles", "FSM-22"),
    ROW_TEXT(5, "missing_reason", "Why somebody was missing", "FSM-22"),
    ROW_TEXT(6, "notes", "Notes", "FSM-22"),
};

static const char *const part_codes[] = {"introductions", "home_visits", "contact", NULL};
static const struct hf_field_spec transition_plan_fields[] = {
    ROW_PARENT,
    ROW_TEXT(2, "introductions", "Introductions", "FSM-23"),
    ROW_TEXT(3, "home_visits", "Visits to the new home", "FSM-23"),
    ROW_TEXT(4, "contact", "How contact goes on afterwards", "FSM-23"),
    ROW_CODES(5, "not_applicable", part_codes, "Does not apply", "FSM-23"),
    ROW_TEXT(6, "other", "Anything else", "FSM-23"),
    ROW_LINE(7, "model_ref", "Transition model followed", "FSM-24"),
};

static const char *const document_codes[] = {
    "prf",    "trauma_tracker", "family_profile", "welcome_video", "placement_plan", "care_plan", "assessment",
    "review", "report",         "notes",          "photo",         "drawing",        "other",     NULL};
static const struct hf_field_spec document_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "type", document_codes, "Kind of document", "FSM-14 FSM-18 FSM-20 FSM-21 FSM-26"),
    ROW_LINE(3, "title", "Title", ""),
    ROW_LINE(4, "version", "Version", "FSM-18"),
    ROW_REF(5, "attachment", "File", ""),
    ROW_REF(6, "author", "Written by", "FSM-26"),
    ROW_CODE(7, "author_role", role_codes, "Role of the author", "FSM-26"),
    ROW_DATE(8, "written_on", "Written on", ""),
    ROW_REFS(9, "sent_to", "Sent to", "FSM-14"),
    ROW_TIME(10, "sent_at", "Sent at", "FSM-14 FSM-15"),
    ROW_CODE(11, "sent_by_role", role_codes, "Sent by", "FSM-15"),
    ROW_TIME(12, "given_to_child_at", "Given to the child at", "FSM-20"),
    ROW_TEXT(13, "not_given_reason", "Why it was not given", "FSM-20"),
    ROW_CODE(14, "channel", channel_codes, "Passed on by", "FSM-21"),
    ROW_BOOL(15, "pilot", "On trial", "FSM-18"),
    ROW_LOG(16, "strategies", "Strategies worked out from it", "FSM-18"),
};

static const char *const doc_review_codes[] = {"supervision", "sw_meeting", "other", NULL};
static const struct hf_field_spec doc_review_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "document", "Document", "FSM-19"),
    ROW_CODE(3, "context", doc_review_codes, "Reviewed in", "FSM-19"),
    ROW_REF(4, "event", "That supervision or meeting", "FSM-19"),
    ROW_DATE(5, "on", "Reviewed on", "FSM-19"),
    ROW_TEXT(6, "text", "What was found", "FSM-19"),
};

#endif
