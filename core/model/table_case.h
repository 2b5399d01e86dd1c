/* Rows: the case, the people, the home and what happens around it. Included by core/model/table.c only. */
#ifndef HF_CORE_MODEL_TABLE_CASE_H
#define HF_CORE_MODEL_TABLE_CASE_H

#include "core/model/table_rows.h"

static const char *const case_status_codes[] = {"open", "closed", NULL};
static const char *const case_status_steps[] = {"open: closed", "closed: open", NULL};
static const struct hf_field_spec case_fields[] = {
    ROW_PARENT,
    ROW_LINE(HF_FIELD_CASE_REFERENCE, "reference", "Case reference", ""),
    ROW_STEPS(3, "status", case_status, "Case status", ""),
    ROW_DATE(4, "opened_on", "Opened on", ""),
    ROW_DATE(5, "closed_on", "Closed on", ""),
    ROW_LINE(6, "policy_id", "Procedure followed", "PSM-03 FSM-01"),
    ROW_LINE(7, "team", "Team", ""),
    ROW_REF(8, "child_sw", "Child's social worker", "PSM-19 FSM-44"),
    ROW_REF(9, "ssw", "Supervising social worker", "PSM-20 FSM-41"),
    ROW_REF(10, "iro", "Independent reviewing officer", "FSM-50"),
    ROW_REF(11, "team_manager", "Team manager", "PSM-18"),
    ROW_REF(12, "fostering_manager", "Fostering manager", "FSM-43"),
    ROW_TEXT(13, "family", "Background: family", "PSM-39"),
    ROW_TEXT(14, "why_looked_after", "Background: why the child is looked after", "PSM-39"),
    ROW_TEXT(15, "assessed_needs", "Background: assessed needs", "PSM-39"),
    ROW_TEXT(16, "care_plan", "Background: care plan", "PSM-39"),
    ROW_TEXT(17, "earlier_homes", "Background: earlier homes", "PSM-39"),
    ROW_CODE(18, "unstable", yes_no_codes, "Worried that the home may not last", "FSM-66"),
    ROW_REFS(19, "same_child_as", "Other cases about the same child", ""),
};

/* Staff. What a person may do in the system is the role of their device; `role` says the same for people to read. */
static const char *const staff_role_codes[] = {"worker", "manager", "office", "auditor", "admin", NULL};
static const struct hf_field_spec person_fields[] = {
    ROW_PARENT,
    ROW_LINE(HF_FIELD_PERSON_NAME, "name", "Name", ""),
    ROW_CODE(HF_FIELD_PERSON_ROLE, "role", staff_role_codes, "Role in the system", ""),
    ROW_CODES(4, "posts", role_codes, "Posts held", ""),
    ROW_LINE(5, "team", "Team", ""),
    ROW_LINE(6, "email", "Email", ""),
    ROW_LINE(7, "phone", "Telephone", ""),
    ROW_DATE(8, "left_on", "Left on", ""),
    ROW_CODE(HF_FIELD_PERSON_OFFICER, "records_officer", yes_no_codes, "Records officer", ""),
};

/* The child's name and what identifies the child, apart from the pseudonymous case. */
static const struct hf_field_spec child_fields[] = {
    ROW_PARENT,
    ROW_LINE(2, "name", "Child's name", ""),
    ROW_LINE(3, "known_as", "Likes to be called", ""),
    ROW_DATE(4, "date_of_birth", "Date of birth", ""),
    ROW_DATE(5, "date_of_death", "Date of death", ""),
    ROW_LINE(6, "pronouns", "Pronouns", ""),
    ROW_LINE(7, "language", "First language", ""),
    ROW_TEXT(8, "communication", "How the child likes to be told things", "PSM-27 PSM-29"),
    ROW_LINES(9, "identifiers", "Reference numbers elsewhere", ""),
};

static const char *const setting_codes[] = {"in_house_foster", "agency_foster", "kinship", "residential",
                                            "adoption",        "other",         NULL};
static const char *const provider_codes[] = {"in_house", "ifa", "other", NULL};
static const char *const placement_status_codes[] = {"planned", "current", "ended", NULL};
static const char *const placement_status_steps[] = {"planned: current ended", "current: ended; planned",
                                                     "ended:; current", NULL};
static const struct hf_field_spec placement_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "setting", setting_codes, "Kind of home", "PSM-01 PSM-20"),
    ROW_CODE(3, "provider", provider_codes, "Who provides it", "FSM-41 FSM-42 FSM-52"),
    ROW_STEPS(4, "status", placement_status, "Placement status", ""),
    ROW_DATE(5, "start", "Moved in on", "FSM-07 FSM-27"),
    ROW_DATE(6, "end", "Moved out on", "PSM-05"),
    ROW_BOOL(7, "emergency", "Emergency placement", "FSM-17"),
    ROW_REFS(8, "carers", "Carers", "PSM-21 FSM-44"),
    ROW_LINE(9, "home", "Home", ""),
    ROW_BOOL(10, "long_term", "Meant to last to 18", ""),
    ROW_TEXT(11, "history", "History of this home", "PSM-40"),
    ROW_LINE(12, "mockingbird_hub", "Mockingbird hub", "FSM-30"),
};

/* Anybody around the child who is not staff of the authority: carers, parents, partners, family. */
static const char *const contact_status_codes[] = {"involved", "no_longer_involved", NULL};
static const char *const contact_status_steps[] = {"involved: no_longer_involved", "no_longer_involved: involved",
                                                   NULL};
static const struct hf_field_spec contact_fields[] = {
    ROW_PARENT,
    ROW_LINE(2, "name", "Name", ""),
    ROW_CODE(3, "role", role_codes, "Role", "PSM-23 PSM-31"),
    ROW_LINE(4, "organisation", "Organisation", ""),
    ROW_LINE(5, "relationship", "Relationship to the child", ""),
    ROW_STEPS(6, "status", contact_status, "Involved now", "PSM-23"),
    ROW_LINE(7, "email", "Email", "FSM-63"),
    ROW_LINE(8, "phone", "Telephone", ""),
    ROW_TEXT(9, "address", "Address", ""),
    ROW_CODE(10, "parental_responsibility", yes_no_codes, "Has parental responsibility", "PSM-31"),
    ROW_TEXT(11, "risk", "Reason to be careful with information", "PSM-32"),
};

static const struct hf_field_spec warning_sign_fields[] = {
    ROW_PARENT,
    ROW_TEXT(2, "what", "What was noticed", "PSM-08 FSM-06"),
    ROW_DATE(3, "seen_on", "Seen on", "FSM-06"),
    ROW_REF(4, "by", "Noticed by", "FSM-06"),
    ROW_CODE(5, "by_role", role_codes, "Role of the person", "FSM-06"),
    ROW_TEXT(6, "meaning", "What it may mean", "PSM-08"),
};

static const char *const indicator_codes[] = {"exclusion",  "missing_episode", "school_change",
                                              "allegation", "other",           NULL};
static const struct hf_field_spec indicator_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "kind", indicator_codes, "What happened", "FSM-04 FSM-05"),
    ROW_DATE(3, "on", "Date", "FSM-04"),
    ROW_TEXT(4, "text", "Details", "FSM-04"),
};

static const struct hf_field_spec supervision_fields[] = {
    ROW_PARENT,
    ROW_DATE(2, "held_on", "Supervision held on", "FSM-32"),
    ROW_REFS(3, "carers", "Carers", "FSM-32"),
    ROW_REF(4, "by", "Supervised by", "FSM-32"),
    ROW_CODE(5, "plan_reviewed", done_codes, "Support plan reviewed", "FSM-32"),
    ROW_CODE(6, "tracker_reviewed", done_codes, "Trauma tracker reviewed", "FSM-19"),
    ROW_TEXT(7, "notes", "Notes", "FSM-32"),
};

static const char *const cla_review_codes[] = {"first", "second", "later", NULL};
static const struct hf_field_spec cla_review_fields[] = {
    ROW_PARENT,
    ROW_DATE(2, "held_on", "Review held on", "FSM-33"),
    ROW_CODE(3, "kind", cla_review_codes, "Which review", ""),
    ROW_REF(4, "iro", "Independent reviewing officer", "FSM-33"),
    ROW_CODE(5, "plan_reviewed", done_codes, "Support plan reviewed", "FSM-33"),
    ROW_DATE(6, "next_due", "Next review due", ""),
    ROW_TEXT(7, "decisions", "Decisions", ""),
};

static const struct hf_field_spec stability_notice_fields[] = {
    ROW_PARENT,
    ROW_REFS(2, "to", "Service managers told", "FSM-66"),
    ROW_CODES(3, "to_roles", role_codes, "Their roles", "FSM-66"),
    ROW_TIME(4, "at", "Told at", "FSM-66"),
    ROW_REF(5, "by", "Told by", "FSM-66"),
    ROW_CODE(6, "how", channel_codes, "How", "FSM-66"),
    ROW_TEXT(7, "summary", "What they were told", "FSM-66"),
};

/* Restricted: practice concerns about a carer never stand in, or leave with, the record of a meeting. */
static const char *const concern_status_codes[] = {"open", "being_looked_into", "settled", NULL};
static const char *const concern_status_steps[] = {
    "open: being_looked_into settled", "being_looked_into: settled; open", "settled:; open being_looked_into", NULL};
static const struct hf_field_spec practice_concern_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "carer", "Carer", "FSM-37"),
    ROW_DATE(3, "raised_on", "Raised on", "FSM-37"),
    ROW_REF(4, "raised_by", "Raised by", "FSM-37"),
    ROW_TEXT(5, "concern", "Practice concern", "FSM-37"),
    ROW_WORDS(6, "carer_words", "What the carer said", "FSM-37"),
    ROW_TEXT(7, "outcome", "Outcome", "FSM-37"),
    ROW_STEPS(8, "status", concern_status, "Status", "FSM-37"),
    ROW_REFS(9, "allowed", "People who may read this", "FSM-37"),
};

static const struct hf_field_spec policy_ack_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "person", "Read by", "PSM-03"),
    ROW_LINE(3, "policy_id", "Procedure", "PSM-03"),
    ROW_LINE(4, "policy_version", "Version", "PSM-03"),
    ROW_TIME(5, "at", "Read at", "PSM-03"),
};

static const char *const alert_status_codes[] = {"raised", "delivered", "failed", "acknowledged", "cleared", NULL};
static const char *const alert_status_steps[] = {
    "raised: delivered failed acknowledged cleared", "delivered: acknowledged cleared",
    "failed: delivered acknowledged cleared", "acknowledged: cleared", NULL};
static const struct hf_field_spec alert_fields[] = {
    ROW_PARENT,
    ROW_LINE(2, "kind", "Kind of alert", "FSM-62"),
    ROW_REF(3, "subject", "About", "FSM-62"),
    ROW_REFS(4, "to", "Sent to", "FSM-62"),
    ROW_LINE(5, "policy_version", "Rule and version", "FSM-62"),
    ROW_TIME(6, "raised_at", "Raised at", "FSM-62"),
    ROW_STEPS(7, "status", alert_status, "Status", "FSM-62"),
    ROW_REF(8, "acknowledged_by", "Acknowledged by", ""),
    ROW_TIME(9, "acknowledged_at", "Acknowledged at", ""),
    ROW_REF(10, "cleared_by", "Cleared by", ""),
};

#endif
