/* Rows: from the request for a meeting to its notes and who received them. Included by core/model/table.c only. */
#ifndef HF_CORE_MODEL_TABLE_MEETING_H
#define HF_CORE_MODEL_TABLE_MEETING_H

#include "core/model/table_rows.h"

static const char *const trigger_codes[] = {
    "child_unsettled", "carer_difficulty", "early_sign", "regular", "other", NULL};
static const char *const basis_codes[] = {"early_sign", "current_difficulty", "crisis", NULL};
static const char *const urgency_codes[] = {"routine", "soon", "imminent", NULL};
static const char *const fragility_codes[] = {"settled", "strained", "fragile", "about_to_break", NULL};
static const char *const request_outcome_codes[] = {"open", "meeting_arranged", "no_meeting", "withdrawn", NULL};
static const char *const request_outcome_steps[] = {"open: meeting_arranged no_meeting withdrawn",
                                                    "meeting_arranged:; open", "no_meeting:; open", "withdrawn:; open",
                                                    NULL};
static const struct hf_field_spec request_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "trigger", trigger_codes, "What led to it", "PSM-15 PSM-16"),
    ROW_CODE(3, "basis", basis_codes, "How far things have gone", "PSM-08"),
    ROW_REF(4, "by", "Asked for by", "FSM-40"),
    ROW_CODE(5, "by_role", role_codes, "Role of the person asking", "FSM-40"),
    ROW_TIME(6, "at", "Asked at", "FSM-09 FSM-55"),
    ROW_TEXT(7, "reason", "Why a meeting is needed", "FSM-40"),
    ROW_DATE(8, "said_on", "The child said so on", "PSM-15"),
    ROW_REF(9, "said_to", "The child said so to", "PSM-15"),
    ROW_WORDS(10, "words", "What the child said", "PSM-15"),
    ROW_DATE(11, "reported_on", "The carer reported it on", "PSM-16"),
    ROW_REF(12, "reported_by", "Reported by", "PSM-16"),
    ROW_CODE(13, "urgency", urgency_codes, "How urgent", "FSM-55 FSM-56"),
    ROW_CODE(14, "fragility", fragility_codes, "How fragile the home is", "FSM-56"),
    ROW_REF(15, "urgency_set_by", "Urgency set by", "FSM-56"),
    ROW_LOG(16, "urgency_reasons", "Why the urgency was set or changed", "FSM-56"),
    ROW_TIME(17, "first_due", "First due at", "FSM-55"),
    ROW_STEPS(18, "outcome", request_outcome, "Outcome of the request", "PSM-15 PSM-16 FSM-40"),
    ROW_TEXT(19, "outcome_reason", "Why, if there is no meeting", "PSM-15 PSM-16 FSM-40"),
    ROW_REF(20, "outcome_by", "Decided by", "PSM-15 FSM-40"),
    ROW_TIME(21, "outcome_at", "Decided at", "PSM-15 FSM-40"),
    ROW_REF(22, "arranger", "Arranged by", "FSM-41 FSM-42"),
    ROW_CODE(23, "arranger_role", role_codes, "Role of the arranger", "FSM-41 FSM-42 FSM-52"),
};

static const char *const interim_codes[] = {"given", "not_given", NULL};
static const struct hf_field_spec interim_support_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "decision", interim_codes, "Support until the meeting", "FSM-54"),
    ROW_TEXT(3, "what", "What is given", "FSM-54"),
    ROW_TEXT(4, "reason", "Why, or why not", "FSM-54"),
    ROW_DATE(5, "from", "From", "FSM-54"),
    ROW_REF(6, "by", "Given by", "FSM-54"),
    ROW_REF(7, "decided_by", "Decided by", "FSM-54"),
    ROW_TIME(8, "at", "Decided at", "FSM-54"),
};

static const char *const meeting_type_codes[] = {"psm", "fsm", NULL};
static const char *const meeting_kind_codes[] = {"responsive", "regular", "urgent", "informal", NULL};
static const char *const mode_codes[] = {"in_person", "video", "telephone", "mixed", NULL};
static const char *const meeting_status_codes[] = {"draft",      "held",  "notes_draft", "final",
                                                   "circulated", "filed", "cancelled",   NULL};
static const char *const meeting_status_steps[] = {"draft: held cancelled",
                                                   "held: notes_draft final; draft",
                                                   "notes_draft: final; held",
                                                   "final: circulated filed",
                                                   "circulated: filed",
                                                   "cancelled:; draft",
                                                   NULL};
static const char *const stay_codes[] = {"stay", "planned_move", "unplanned_move", "undecided", NULL};
static const char *const agreed_codes[] = {"agreed", "none_agreed", NULL};
static const char *const found_codes[] = {"found", "none_found", NULL};
static const struct hf_field_spec meeting_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "type", meeting_type_codes, "Which meeting", "PSM-01 FSM-02"),
    ROW_CODE(3, "kind", meeting_kind_codes, "Kind of meeting", "FSM-10 FSM-58"),
    ROW_STEPS(4, "status", meeting_status, "Status", "PSM-48 FSM-60"),
    ROW_TIME(5, "start", "Starts", "FSM-09 FSM-55"),
    ROW_TIME(6, "end", "Ended", "FSM-63"),
    ROW_LINE(7, "place", "Place", ""),
    ROW_CODE(8, "mode", mode_codes, "How people meet", ""),
    ROW_REF(9, "chair", "Chair", "PSM-18 FSM-43"),
    ROW_CODE(10, "chair_role", role_codes, "Role of the chair", "PSM-18 FSM-43 FSM-52"),
    ROW_TEXT(11, "chair_reason", "Why someone else chairs", "PSM-18 FSM-43"),
    ROW_REF(12, "arranger", "Arranged by", "FSM-41 FSM-42"),
    ROW_CODE(13, "arranger_role", role_codes, "Role of the arranger", "FSM-41 FSM-42 FSM-52"),
    ROW_REF(14, "minuter", "Notes taken by", "PSM-48 FSM-59"),
    ROW_CODE(15, "minuter_role", role_codes, "Role of the note taker", "FSM-52 FSM-59"),
    ROW_LINE(16, "policy_id", "Procedure", "PSM-03 FSM-01"),
    ROW_LINE(17, "policy_version", "Version of the procedure", "PSM-03 FSM-01"),
    ROW_TEXT(18, "purpose", "Purpose", "PSM-04 PSM-38 FSM-34"),
    ROW_CODE(19, "outcome", stay_codes, "Outcome for the home", "PSM-04"),
    ROW_TEXT(20, "outcome_reason", "Why", "PSM-04"),
    ROW_CODE(21, "needs", found_codes, "Support needs", "PSM-12"),
    ROW_CODE(22, "actions", agreed_codes, "Actions", "PSM-50"),
    ROW_TEXT(23, "no_plan_reason", "Why there is no plan, or no change to it", "PSM-17 FSM-64"),
    ROW_TEXT(24, "no_views_link_reason", "Why the child's views are not linked to the agenda", "PSM-47"),
    ROW_REF(25, "request", "Request that led to it", "FSM-09 FSM-40"),
    ROW_REF(26, "earlier_meeting", "Earlier meeting in the series", "FSM-10 FSM-65"),
    ROW_REF(27, "ppm", "Placement planning meeting it follows", "FSM-13"),
    ROW_REFS(28, "other_children", "Cases of other children discussed", ""),
    ROW_TIME(29, "finalised_at", "Finalised at", "PSM-48"),
    ROW_REF(30, "finalised_by", "Finalised by", "PSM-48"),
    ROW_LOG(31, "amendments", "Amendments after the record was final", ""),
};

static const char *const invite_decision_codes[] = {"invited", "not_invited", "not_needed", NULL};
static const char *const reply_codes[] = {"coming", "not_coming", "perhaps", NULL};
static const struct hf_field_spec invite_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "person", "Person", "PSM-19 FSM-44"),
    ROW_LINE(3, "name", "Name, if not on file", "PSM-25"),
    ROW_CODE(4, "role", role_codes, "Role", "PSM-19 PSM-20 PSM-21 PSM-23 FSM-44 FSM-45 FSM-53"),
    ROW_CODE(5, "decision", invite_decision_codes, "Invited", "PSM-22 PSM-24 FSM-44 FSM-45"),
    ROW_TEXT(6, "reason", "Why, or why not", "PSM-22 PSM-24 FSM-44"),
    ROW_TEXT(7, "why_useful", "How they can help", "PSM-25"),
    ROW_TIME(8, "sent_at", "Invitation sent at", "PSM-19 FSM-50"),
    ROW_CODE(9, "channel", channel_codes, "Sent by", "PSM-19"),
    ROW_CODE(10, "reply", reply_codes, "Reply", "PSM-19"),
    ROW_TIME(11, "informed_at", "Informed at", "FSM-50"),
};

static const char *const attended_codes[] = {"attended", "part", "absent", NULL};
static const struct hf_field_spec attendance_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "person", "Person", "FSM-46"),
    ROW_LINE(3, "name", "Name, if not on file", ""),
    ROW_CODE(4, "role", role_codes, "Role", "FSM-63"),
    ROW_CODE(5, "attended", attended_codes, "Was there", "FSM-46 FSM-63"),
    ROW_CODE(6, "mode", mode_codes, "How they took part", ""),
    ROW_TEXT(7, "prepared_note", "How they prepared", "PSM-37"),
    ROW_TEXT(8, "reason", "Why they were absent", "FSM-46"),
};

static const char *const attend_codes[] = {"attend", "part", "not_attend", NULL};
static const char *const factor_codes[] = {"wishes", "age_understanding_disability", "conduct_impact", NULL};
static const struct hf_field_spec attendance_decision_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "person", "Person", "PSM-26 FSM-47"),
    ROW_CODE(3, "decision", attend_codes, "Decision", "PSM-22 PSM-26 FSM-47"),
    ROW_REFS(4, "by", "Decided by", "PSM-26 FSM-48"),
    ROW_TIME(5, "at", "Decided at", "PSM-26"),
    ROW_TEXT(6, "reason", "Why", "PSM-28 FSM-48"),
    ROW_TEXT(7, "factor_wishes", "The child's wishes and feelings", "PSM-27"),
    ROW_TEXT(8, "factor_age_understanding_disability", "Age, understanding, needs and disability", "PSM-27 FSM-44"),
    ROW_TEXT(9, "factor_conduct_impact", "How the meeting may go and what it may do to the child", "PSM-27"),
    ROW_CODES(10, "factors_not_known", factor_codes, "Not known", "PSM-27"),
};

static const char *const form_codes[] = {"words", "drawing", "photo", "recording", "other", NULL};
static const struct hf_field_spec views_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "person", "Whose views", "PSM-10 PSM-30 PSM-33 FSM-49 FSM-51"),
    ROW_CODE(3, "role", role_codes, "Role", "PSM-10 PSM-30 PSM-33 FSM-49 FSM-51"),
    ROW_WORDS(4, "words", "In their own words", "PSM-30 FSM-49"),
    ROW_TEXT(5, "text", "Views as written down by someone else", "PSM-10 PSM-30 PSM-33 FSM-51"),
    ROW_TIME(6, "obtained_at", "Obtained at", "PSM-30 FSM-49 FSM-51"),
    ROW_REF(7, "by", "Obtained by", "PSM-30 FSM-49 FSM-51"),
    ROW_CODE(8, "by_role", role_codes, "Role of that person", "FSM-49 FSM-51"),
    ROW_CODE(9, "form", form_codes, "Given as", "PSM-30"),
    ROW_REF(10, "document", "Drawing, photo or recording", "PSM-30"),
    ROW_TEXT(11, "how_considered", "How they were taken into account", "PSM-10 PSM-30 PSM-33 FSM-49 FSM-51"),
    ROW_REFS(12, "agenda_items", "Agenda items they were weighed in", "PSM-47"),
    ROW_TEXT(13, "no_views_reason", "Why there are none", "PSM-10 PSM-30 PSM-33 FSM-49"),
};

static const struct hf_field_spec parent_decision_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "person", "Parent", "PSM-24 PSM-31"),
    ROW_CODE(3, "decision", invite_decision_codes, "Invited", "PSM-24 PSM-31"),
    ROW_CODE(4, "helps_goals", yes_no_codes, "Would help the goals of the meeting", "PSM-31"),
    ROW_TEXT(5, "reason", "Why", "PSM-31"),
    ROW_REF(6, "by", "Decided by", "PSM-31"),
    ROW_TIME(7, "at", "Decided at", "PSM-31"),
};

static const struct hf_field_spec parent_informed_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "person", "Parent", "PSM-32"),
    ROW_CODE(3, "told", done_codes, "Told what is happening", "PSM-32"),
    ROW_REF(4, "by", "Told by", "PSM-32"),
    ROW_TIME(5, "at", "Told at", "PSM-32"),
    ROW_CODE(6, "how", channel_codes, "How", "PSM-32"),
    ROW_TEXT(7, "what", "What they were told", "PSM-32"),
    ROW_TEXT(8, "reason", "Why not, or what was held back", "PSM-32"),
};

static const struct hf_field_spec child_explained_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "explained", done_codes, "Explained to the child", "PSM-29"),
    ROW_REF(3, "by", "Explained by", "PSM-29"),
    ROW_TIME(4, "at", "Explained at", "PSM-29"),
    ROW_CODE(5, "how", channel_codes, "How", "PSM-29"),
    ROW_LINE(6, "format", "Words, pictures or other form used", "PSM-29"),
    ROW_WORDS(7, "words", "What the child said", "PSM-29"),
    ROW_TEXT(8, "reason", "Why not", "PSM-29"),
};

static const struct hf_field_spec briefing_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "by", "Briefing given by", "PSM-35"),
    ROW_REF(3, "to", "Given to", "PSM-35"),
    ROW_TIME(4, "at", "Given at", "PSM-35"),
    ROW_CODE(5, "how", channel_codes, "How", "PSM-35"),
    ROW_TEXT(6, "summary", "What the chair was told", "PSM-35"),
};

static const char *const paper_codes[] = {"care_plan", "assessment", "latest_review", "other", NULL};
static const struct hf_field_spec paper_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "type", paper_codes, "Kind of paper", "PSM-36"),
    ROW_LINE(3, "title", "Title", "PSM-36"),
    ROW_REF(4, "document", "Document", "PSM-36"),
    ROW_REF(5, "given_to", "Given to", "PSM-36"),
    ROW_TIME(6, "at", "Given at", "PSM-36"),
    ROW_TEXT(7, "reason", "Why it was not given", "PSM-36"),
};

static const struct hf_field_spec report_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "by", "Written by", "PSM-34"),
    ROW_DATE(3, "written_on", "Written on", "PSM-34"),
    ROW_TEXT(4, "text", "Report", "PSM-34"),
    ROW_REF(5, "document", "Document", "PSM-34"),
    ROW_TEXT(6, "no_report_reason", "Why there is no report", "PSM-34"),
};

static const char *const covered_codes[] = {"covered", "not_covered", NULL};
static const struct hf_field_spec agenda_item_fields[] = {
    ROW_PARENT,
    ROW_LINE(2, "number", "Agenda number", "PSM-38 PSM-39 PSM-46"),
    ROW_LINE(3, "title", "Title", "PSM-38 PSM-39 PSM-40 PSM-41 PSM-42 PSM-43 PSM-44 PSM-45"),
    ROW_CODE(4, "covered", covered_codes, "Covered", "PSM-38 PSM-46"),
    ROW_TEXT(5, "notes", "Notes", "PSM-38 PSM-39 PSM-40"),
    ROW_TEXT(6, "why_not", "Why it was not covered", "PSM-38 PSM-46"),
};

static const struct hf_field_spec discussion_fields[] = {
    ROW_PARENT,
    ROW_TEXT(2, "child", "The child's situation", "FSM-35"),
    ROW_TEXT(3, "carers", "The carers' situation", "FSM-35"),
    ROW_CODE(4, "trauma_considered", yes_no_codes, "Trauma history considered", "FSM-36"),
    ROW_TEXT(5, "trauma_note", "What it means for behaviour and support", "FSM-36"),
    ROW_TEXT(6, "reason", "Why a part was left out", "FSM-35"),
};

static const struct hf_field_spec issue_fields[] = {
    ROW_PARENT,
    ROW_TEXT(2, "text", "Issue", "PSM-17"),
    ROW_TEXT(3, "analysis", "How the meeting sees it", "PSM-17"),
    ROW_REF(4, "raised_by", "Raised by", "PSM-17"),
};

static const char *const notes_status_codes[] = {"draft", "final", "circulated", "filed", NULL};
static const char *const notes_status_steps[] = {"draft: final", "final: circulated filed", "circulated: filed", NULL};
static const struct hf_field_spec notes_fields[] = {
    ROW_PARENT,
    ROW_TEXT(2, "text", "Notes of the meeting", "PSM-48 FSM-59"),
    ROW_REF(3, "taken_by", "Taken by", "PSM-48 FSM-59"),
    ROW_CODE(4, "taken_by_role", role_codes, "Role of the note taker", "FSM-52 FSM-59"),
    ROW_REF(5, "assured_by", "Checked by the chair", "PSM-48"),
    ROW_LINE(6, "template_id", "Template and version", "FSM-60"),
    ROW_STEPS(7, "status", notes_status, "Status of the notes", "PSM-48 PSM-49"),
    ROW_TIME(8, "final_at", "Final at", "PSM-49"),
    ROW_LOG(9, "amendments", "Amendments after the notes were final", ""),
};

static const char *const delivery_codes[] = {"to_send", "sent", "bounced", "collected", NULL};
static const char *const delivery_steps[] = {"to_send: sent", "sent: bounced collected", "bounced:; to_send sent",
                                             NULL};
static const struct hf_field_spec circulation_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "recipient", "Recipient", "PSM-49 FSM-63"),
    ROW_LINE(3, "name", "Name, if not on file", ""),
    ROW_CODE(4, "role", role_codes, "Role", "FSM-63"),
    ROW_LINE(5, "address", "Address used", "PSM-49"),
    ROW_CODE(6, "confirmed", yes_no_codes, "Recipient and address confirmed", "PSM-49"),
    ROW_CODE(7, "channel", channel_codes, "Sent by", "PSM-49 FSM-63"),
    ROW_TIME(8, "sent_at", "Sent at", "PSM-49 FSM-63"),
    ROW_STEPS(9, "status", delivery, "Status", "PSM-49"),
    ROW_TEXT(10, "left_out", "What this recipient's version leaves out", "PSM-49"),
    ROW_REF(11, "document", "Version sent", "FSM-63"),
};

static const char *const filing_codes[] = {"child_record", "carer_record", NULL};
static const char *const filing_status_codes[] = {"to_file", "filed", "failed", NULL};
static const char *const filing_status_steps[] = {"to_file: filed failed", "failed: filed; to_file", NULL};
static const struct hf_field_spec filing_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "where", filing_codes, "Filed on", "FSM-60 FSM-61"),
    ROW_STEPS(3, "status", filing_status, "Status", "FSM-61"),
    ROW_TIME(4, "at", "Filed at", "FSM-61"),
    ROW_LINE(5, "reference", "Reference there", "FSM-61"),
    ROW_TEXT(6, "problem", "What went wrong", "FSM-61"),
};

#endif
