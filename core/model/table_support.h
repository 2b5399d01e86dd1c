/* Rows: needs, options, actions, the support plan, approvals and escalation. Included by core/model/table.c only. */
#ifndef HF_CORE_MODEL_TABLE_SUPPORT_H
#define HF_CORE_MODEL_TABLE_SUPPORT_H

#include "core/model/table_rows.h"

static const char *const horizon_codes[] = {"now", "future", NULL};
static const struct hf_field_spec need_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "subject", subject_codes, "Whose need", "PSM-12 PSM-41"),
    ROW_CODE(3, "horizon", horizon_codes, "Now or later", "PSM-12"),
    ROW_TEXT(4, "text", "Support need", "PSM-12 PSM-41"),
    ROW_TEXT(5, "no_action_reason", "No action, because", "PSM-13"),
};

static const struct hf_field_spec risk_factor_fields[] = {
    ROW_PARENT,
    ROW_TEXT(2, "text", "What could unsettle the home", "PSM-42"),
    ROW_DATE(3, "on", "Date, if it has one", "PSM-42"),
    ROW_TEXT(4, "response", "What could be done about it", "PSM-08 PSM-42"),
};

static const struct hf_field_spec support_tried_fields[] = {
    ROW_PARENT,
    ROW_TEXT(2, "what", "What was tried", "PSM-43"),
    ROW_CODE(3, "recipient", recipient_codes, "For whom", "PSM-43"),
    ROW_DATE(4, "from", "From", "PSM-43"),
    ROW_DATE(5, "until", "Until", "PSM-43"),
    ROW_CODE(6, "effect", effect_codes, "What it did", "PSM-43"),
    ROW_TEXT(7, "effect_note", "More about what it did", "PSM-43"),
};

static const char *const prompt_codes[] = {"7a", "7b", "7c", "7d", "7e", "7f", NULL};
static const char *const considered_codes[] = {"considered", "not_relevant", NULL};
static const char *const option_decision_codes[] = {"chosen", "not_chosen", "later", NULL};
static const struct hf_field_spec option_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "prompt", prompt_codes, "Prompt", "PSM-44"),
    ROW_CODE(3, "considered", considered_codes, "Considered", "PSM-44"),
    ROW_CODE(4, "decision", option_decision_codes, "Decision", "PSM-44"),
    ROW_TEXT(5, "text", "What was said", "PSM-44"),
    ROW_REFS(6, "actions", "Actions that follow", "PSM-44"),
};

static const char *const action_status_codes[] = {"open", "started", "done", "not_done", "cancelled", NULL};
static const char *const action_status_steps[] = {"open: started done not_done cancelled",
                                                  "started: done not_done cancelled; open",
                                                  "done:; open started",
                                                  "not_done:; open started",
                                                  "cancelled:; open",
                                                  NULL};
static const struct hf_field_spec action_fields[] = {
    ROW_PARENT,
    ROW_TEXT(2, "text", "Action", "PSM-50"),
    ROW_REF(3, "owner", "Who will do it", "PSM-50 FSM-67"),
    ROW_LINE(4, "owner_name", "Name, if not on file", "PSM-50 FSM-67"),
    ROW_CODE(5, "recipient", recipient_codes, "For whom", "FSM-38"),
    ROW_LINE(6, "provider", "Service that gives it", "FSM-38"),
    ROW_DATE(7, "due", "Due on", "PSM-50"),
    ROW_STEPS(8, "status", action_status, "Status", "PSM-50 FSM-68"),
    ROW_BOOL(9, "extra_resource", "Needs significant extra resources", "FSM-71"),
    ROW_REFS(10, "needs", "Needs it answers", "PSM-13"),
    ROW_DATE(11, "done_on", "Done on", "FSM-68"),
    ROW_TEXT(12, "reason", "Why it was not done, or was cancelled", "FSM-68"),
};

static const struct hf_field_spec action_update_fields[] = {
    ROW_PARENT,
    ROW_TIME(2, "at", "When", "FSM-68"),
    ROW_REF(3, "by", "Who", "FSM-67 FSM-68"),
    ROW_LOG(4, "text", "What has happened", "FSM-68"),
    ROW_CODE(5, "status_then", action_status_codes, "Status then", "FSM-68"),
};

static const char *const plan_status_codes[] = {"draft", "current", "replaced", NULL};
static const char *const plan_status_steps[] = {"draft: current replaced", "current: replaced; draft",
                                                "replaced:; current", NULL};
static const struct hf_field_spec support_plan_fields[] = {
    ROW_PARENT,
    ROW_INT(2, "version", "Number of this plan", "FSM-28 FSM-64"),
    ROW_STEPS(3, "status", plan_status, "Status", "FSM-64"),
    ROW_DATE(4, "on", "Date of the plan", "FSM-28"),
    ROW_REF(5, "by", "Drawn up by", "FSM-28"),
    ROW_CODE(6, "by_role", role_codes, "Role of that person", "FSM-28"),
    ROW_LINES(7, "shared_priorities", "Shared priorities", "PSM-09"),
    ROW_DATE(8, "review_date", "Review on", "FSM-57 FSM-69"),
    ROW_TEXT(9, "no_review_reason", "Why there is no review date", "FSM-69"),
    ROW_CODES(10, "nothing_needed_for", subject_codes, "Nothing needed for", "FSM-29"),
    ROW_REF(11, "meeting", "Meeting it came from", "FSM-64"),
};

static const char *const support_codes[] = {
    "activities",   "mockingbird",    "therapy",     "sleepover",    "education",
    "training",     "buddy",          "arc_support", "extra_visits", "telephone_advice",
    "support_care", "support_worker", "referral",    "other",        NULL};
static const char *const plan_item_status_codes[] = {"planned", "given", "ended", "not_given", NULL};
static const char *const plan_item_status_steps[] = {"planned: given not_given ended", "given: ended; planned",
                                                     "ended:; given", "not_given: given; planned", NULL};
static const struct hf_field_spec plan_item_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "need", "Need it answers", "PSM-13"),
    ROW_CODE(3, "recipient", recipient_codes, "For whom", "FSM-29 FSM-38"),
    ROW_CODE(4, "support", support_codes, "Kind of support", "FSM-30 FSM-31"),
    ROW_TEXT(5, "text", "Support", "PSM-13 FSM-29"),
    ROW_REF(6, "owner", "Who sees to it", "PSM-13"),
    ROW_LINE(7, "provider", "Service that gives it", "FSM-38"),
    ROW_DATE(8, "due", "Due on", "PSM-13 PSM-14"),
    ROW_STEPS(9, "status", plan_item_status, "Status", "PSM-14"),
    ROW_REF(10, "action", "Action", "PSM-13"),
    ROW_LINE(11, "reference", "Care plan or hub reference", "FSM-30"),
};

static const char *const review_context_codes[] = {"supervision", "cla_review", "meeting", "regular", "other", NULL};
static const struct hf_field_spec plan_review_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "context", review_context_codes, "Reviewed in", "FSM-32 FSM-33 FSM-65"),
    ROW_REF(3, "event", "That meeting, supervision or review", "FSM-32 FSM-33 FSM-65"),
    ROW_DATE(4, "on", "Reviewed on", "FSM-32 FSM-33 FSM-57"),
    ROW_REFS(5, "with", "Reviewed with", "FSM-57"),
    ROW_TEXT(6, "text", "What was found", "FSM-65"),
    ROW_CODE(7, "plan_changed", yes_no_codes, "Plan changed", "FSM-33"),
    ROW_DATE(8, "next_due", "Next review due", "FSM-57"),
};

static const struct hf_field_spec support_evaluation_fields[] = {
    ROW_PARENT,
    ROW_REF(2, "plan_item", "Support", "PSM-14"),
    ROW_DATE(3, "on", "Evaluated on", "PSM-14"),
    ROW_REF(4, "by", "Evaluated by", "PSM-14"),
    ROW_CODE(5, "effect", effect_codes, "What it did", "PSM-14"),
    ROW_TEXT(6, "text", "More about what it did", "PSM-14"),
};

static const struct hf_field_spec panel_consideration_fields[] = {
    ROW_PARENT,
    ROW_LINE(2, "panel", "Panel", "PSM-45"),
    ROW_CODE(3, "considered", yes_no_codes, "Considered", "PSM-45"),
    ROW_CODE(4, "booked", yes_no_codes, "Slot booked", "PSM-45"),
    ROW_DATE(5, "slot", "Date of the slot", "PSM-45"),
    ROW_TEXT(6, "reason", "Why, or why not", "PSM-45"),
    ROW_TEXT(7, "outcome", "What the panel said", "PSM-45"),
};

static const char *const panel_codes[] = {"parp_east", "parp_west", "other", NULL};
static const char *const approval_codes[] = {"requested", "approved", "approved_in_part", "refused", "deferred", NULL};
static const char *const approval_steps[] = {"requested: approved approved_in_part refused deferred",
                                             "deferred: approved approved_in_part refused",
                                             "approved:; requested",
                                             "approved_in_part:; requested",
                                             "refused:; requested",
                                             NULL};
static const struct hf_field_spec panel_approval_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "panel", panel_codes, "Panel", "FSM-71"),
    ROW_REF(3, "action", "Support asked for", "FSM-71"),
    ROW_TIME(4, "requested_at", "Asked at", "FSM-71"),
    ROW_STEPS(5, "decision", approval, "Decision", "FSM-71"),
    ROW_TIME(6, "decided_at", "Decided at", "FSM-71"),
    ROW_TEXT(7, "reason", "Reason", "FSM-71"),
    ROW_LINE(8, "cost_band", "Cost band", "FSM-71"),
};

static const char *const route_codes[] = {"fostering_manager", "parp", NULL};
static const struct hf_field_spec out_of_meeting_approval_fields[] = {
    ROW_PARENT,
    ROW_CODE(2, "route", route_codes, "Approved by", "FSM-39"),
    ROW_REF(3, "by", "Person", "FSM-39"),
    ROW_TIME(4, "at", "Approved at", "FSM-39"),
    ROW_TEXT(5, "what", "What was approved", "FSM-39"),
    ROW_TEXT(6, "reason", "Why it could not wait", "FSM-39"),
    ROW_REF(7, "plan", "Support plan", "FSM-39"),
};

static const struct hf_field_spec escalation_fields[] = {
    ROW_PARENT,
    ROW_INT(2, "level", "Level", "FSM-68 FSM-70"),
    ROW_REF(3, "action", "Outstanding action", "FSM-68"),
    ROW_REFS(4, "to", "Escalated to", "FSM-68 FSM-70"),
    ROW_CODES(5, "to_roles", role_codes, "Their roles", "FSM-68 FSM-70"),
    ROW_REF(6, "by", "Escalated by", "FSM-68 FSM-70"),
    ROW_TIME(7, "at", "Escalated at", "FSM-68 FSM-70"),
    ROW_TEXT(8, "reason", "Why", "FSM-68 FSM-70"),
    ROW_TEXT(9, "delay_effect", "What the delay does to the home", "FSM-70"),
    ROW_LOG(10, "responses", "Replies", "FSM-68"),
};

#endif
