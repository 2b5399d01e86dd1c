#include "core/model/table.h"

#include "core/crypto/crypto.h"
#include "core/model/table_attach.h"
#include "core/model/table_case.h"
#include "core/model/table_caseload.h"
#include "core/model/table_dispute.h"
#include "core/model/table_meeting.h"
#include "core/model/table_move.h"
#include "core/model/table_policy.h"
#include "core/model/table_support.h"

#define FIELDS(name) name##_fields, sizeof name##_fields / sizeof name##_fields[0]
#define NONE         0
#define ONCE         true, false /* once per parent and slot */
#define MANY         false, false
#define CLOSED       false, true /* restricted to named people */

/* code, name, label, fields, title field, due field, status field, how often and for whom. Ascending codes; a gap in
 * the numbers is room for what comes later. */
static const struct hf_record_spec types[] = {
    {HF_RECORD_CASE, "case", "Case", FIELDS(case), HF_FIELD_CASE_REFERENCE, NONE, 3, MANY},
    {HF_RECORD_PERSON, "person", "Member of staff", FIELDS(person), HF_FIELD_PERSON_NAME, NONE, NONE, MANY},
    {3, "child", "Child", FIELDS(child), 2, NONE, NONE, ONCE},
    {4, "placement", "Placement", FIELDS(placement), 9, NONE, 4, MANY},
    {5, "contact", "Person around the child", FIELDS(contact), 2, NONE, 6, MANY},
    {6, "warning_sign", "Warning sign", FIELDS(warning_sign), 2, NONE, NONE, MANY},
    {7, "indicator", "Event that affects stability", FIELDS(indicator), 2, NONE, NONE, MANY},
    {8, "supervision", "Supervision of the carers", FIELDS(supervision), NONE, NONE, NONE, MANY},
    {9, "cla_review", "Review of the child's care", FIELDS(cla_review), 3, 6, NONE, MANY},
    {10, "stability_notice", "Notice to service managers", FIELDS(stability_notice), 7, NONE, NONE, MANY},
    {11, "practice_concern", "Practice concern", FIELDS(practice_concern), NONE, NONE, 8, CLOSED},
    {12, "policy_ack", "Procedure read", FIELDS(policy_ack), 3, NONE, NONE, MANY},
    {13, "alert", "Alert", FIELDS(alert), 2, NONE, 7, MANY},

    {20, "request", "Request for a meeting", FIELDS(request), 7, 17, 18, MANY},
    {21, "interim_support", "Support until the meeting", FIELDS(interim_support), 3, NONE, NONE, MANY},
    {22, "meeting", "Meeting", FIELDS(meeting), 3, NONE, 4, MANY},
    {23, "invite", "Invitation", FIELDS(invite), 3, NONE, NONE, MANY},
    {24, "attendance", "Attendance", FIELDS(attendance), 3, NONE, NONE, MANY},
    {25, "attendance_decision", "Attendance decision", FIELDS(attendance_decision), 3, NONE, NONE, ONCE},
    {26, "views", "Views", FIELDS(views), 3, NONE, NONE, MANY},
    {27, "parent_decision", "Decision about inviting a parent", FIELDS(parent_decision), 3, NONE, NONE, ONCE},
    {28, "parent_informed", "Parent told what is happening", FIELDS(parent_informed), 3, NONE, NONE, ONCE},
    {29, "child_explained", "Explained to the child", FIELDS(child_explained), 2, NONE, NONE, MANY},
    {30, "briefing", "Briefing of the chair", FIELDS(briefing), 6, NONE, NONE, MANY},
    {31, "paper", "Background paper", FIELDS(paper), 3, NONE, NONE, MANY},
    {32, "report", "Report for the meeting", FIELDS(report), 4, NONE, NONE, MANY},
    {33, "agenda_item", "Agenda item", FIELDS(agenda_item), 3, NONE, NONE, ONCE},
    {34, "discussion", "Discussion", FIELDS(discussion), NONE, NONE, NONE, ONCE},
    {35, "issue", "Issue", FIELDS(issue), 2, NONE, NONE, MANY},
    {36, "notes", "Notes of the meeting", FIELDS(notes), 2, NONE, 7, ONCE},
    {37, "circulation", "Circulation of the notes", FIELDS(circulation), 3, NONE, 9, MANY},
    {38, "filing", "Filing of the notes", FIELDS(filing), 2, NONE, 3, MANY},

    {50, "need", "Support need", FIELDS(need), 4, NONE, NONE, MANY},
    {51, "risk_factor", "What could unsettle the home", FIELDS(risk_factor), 2, NONE, NONE, MANY},
    {52, "support_tried", "Support tried so far", FIELDS(support_tried), 2, NONE, NONE, MANY},
    {53, "option", "Option", FIELDS(option), 5, NONE, NONE, ONCE},
    {54, "action", "Action", FIELDS(action), 2, 7, 8, MANY},
    {55, "action_update", "Update on an action", FIELDS(action_update), NONE, NONE, NONE, MANY},
    {56, "support_plan", "Support plan", FIELDS(support_plan), 2, 8, 3, MANY},
    {57, "plan_item", "Support in the plan", FIELDS(plan_item), 5, 8, 9, MANY},
    {58, "plan_review", "Review of the support plan", FIELDS(plan_review), 6, 8, NONE, MANY},
    {59, "support_evaluation", "Evaluation of support", FIELDS(support_evaluation), 6, NONE, NONE, MANY},
    {60, "panel_consideration", "Panel slot considered", FIELDS(panel_consideration), 2, NONE, NONE, MANY},
    {61, "panel_approval", "Approval by a panel", FIELDS(panel_approval), 7, NONE, 5, MANY},
    {62, "out_of_meeting_approval", "Approval outside the meeting", FIELDS(out_of_meeting_approval), 5, NONE, NONE,
     MANY},
    {63, "escalation", "Escalation", FIELDS(escalation), 8, NONE, NONE, MANY},

    {70, "support_consideration", "Support considered", FIELDS(support_consideration), 5, NONE, NONE, MANY},
    {71, "match", "Match", FIELDS(match), 6, NONE, 3, MANY},
    {72, "info_share", "Information shared with carers", FIELDS(info_share), 7, NONE, NONE, MANY},
    {73, "ppm", "Placement planning meeting", FIELDS(ppm), NONE, NONE, NONE, MANY},
    {74, "move", "Move", FIELDS(move), 5, NONE, 2, MANY},
    {75, "learning_review", "Learning from a move", FIELDS(learning_review), 5, NONE, NONE, MANY},
    {76, "transition_meeting", "Transition planning meeting", FIELDS(transition_meeting), NONE, NONE, NONE, MANY},
    {77, "transition_plan", "Transition plan", FIELDS(transition_plan), 2, NONE, NONE, MANY},
    {78, "document", "Document", FIELDS(document), 3, NONE, NONE, MANY},
    {79, "doc_review", "Review of a document", FIELDS(doc_review), 6, NONE, NONE, MANY},

    {80, "setting", "Reading decided by the authority", FIELDS(setting), 3, NONE, NONE, MANY},
    {81, "post", "Post held", FIELDS(post), 3, NONE, NONE, MANY},
    {82, "cover", "Cover for somebody who is away", FIELDS(cover), 7, NONE, NONE, MANY},
    {83, "handover", "Handover", FIELDS(handover), 2, NONE, NONE, MANY},

    {HF_RECORD_COPY_CLOSED, "copy_closed", "What became of an erased case on a device", FIELDS(copy_closed),
     HF_FIELD_CLOSED_DEVICE, NONE, NONE, MANY},

    {HF_RECORD_HELD_DECISION, "held_decision", "Decision about a held change", FIELDS(held_decision), 4, NONE, NONE,
     ONCE},
    {HF_RECORD_URGENT_ACCESS, "urgent_access", "Urgent access to the case", FIELDS(urgent_access), 3, NONE, NONE, MANY},
    {HF_RECORD_STATEMENT, "statement", "Statement about an entry", FIELDS(statement), HF_FIELD_STATEMENT_SAID_BY, NONE,
     7, MANY},
    {HF_RECORD_RESTRICTION, "restriction", "Restriction of an entry", FIELDS(restriction), NONE, NONE,
     HF_FIELD_RESTRICTION_STATUS, MANY},
    {HF_RECORD_CARER_APPROVAL, "carer_approval", "Approval of a carer", FIELDS(carer_approval), NONE, NONE, NONE, MANY},

    {HF_RECORD_ATTACHMENT, "attachment", "Attachment", FIELDS(attachment), HF_FIELD_ATTACH_TITLE, NONE, NONE, MANY},
};

static const size_t type_count = sizeof types / sizeof types[0];

const struct hf_record_spec *hf_model_types(size_t *out_count)
{
    *out_count = type_count;
    return types;
}

const struct hf_record_spec *hf_model_type(uint16_t code)
{
    size_t low = 0;
    size_t high = type_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (types[middle].code == code)
            return &types[middle];
        if (types[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct hf_record_spec *hf_model_type_named(struct hf_slice name)
{
    for (size_t i = 0; i < type_count; i++)
        if (hf_slice_equal(hf_slice_str(types[i].name), name))
            return &types[i];
    return NULL;
}

static const struct hf_field_spec common_fields[] = {
    {HF_FIELD_DELETED, "deleted", HF_KIND_VALUE, HF_TYPE_ACT, 0, NULL, "Deleted", "", NULL},
    {HF_FIELD_FINAL, "final", HF_KIND_APPEND, HF_TYPE_ACT, 0, NULL, "Final", "", NULL},
    {HF_FIELD_TAKEN_OUT, "taken_out", HF_KIND_SET, HF_TYPE_TAKEN_OUT, 0, NULL, "Taken out", "", NULL},
};

const struct hf_field_spec *hf_model_field(const struct hf_record_spec *type, uint16_t code)
{
    if (code >= HF_FIELD_COMMON)
        return code <= HF_FIELD_TAKEN_OUT ? &common_fields[code - HF_FIELD_COMMON] : NULL;
    for (size_t i = 0; i < type->field_count; i++)
        if (type->fields[i].code == code)
            return &type->fields[i];
    return NULL;
}

const struct hf_field_spec *hf_model_field_named(const struct hf_record_spec *type, struct hf_slice name)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (hf_slice_equal(hf_slice_str(type->fields[i].name), name))
            return &type->fields[i];
    return NULL;
}

/* attendance, attendance_decision, views, parent_decision; agenda_item, discussion, issue, notes; need, risk_factor,
 * support_tried, option */
static const uint16_t parts_of_meeting[] = {24, 25, 26, 27, 33, 34, 35, 36, 50, 51, 52, 53};

bool hf_model_is_part(uint16_t parent_type, uint16_t type)
{
    for (size_t i = 0; parent_type == HF_RECORD_MEETING && i < sizeof parts_of_meeting / sizeof parts_of_meeting[0];
         i++)
        if (parts_of_meeting[i] == type)
            return true;
    return false;
}

struct hf_id hf_model_slot_id(const struct hf_id *parent, uint16_t type, struct hf_slice slot)
{
    static const char context[] = "holdfast slot v1"; /* its NUL is part of the context */
    struct hf_sha256 hash;
    uint8_t type_bytes[2];
    uint8_t out[HF_HASH_BYTES];
    hf_put_u16(type_bytes, type);
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, context, sizeof context);
    hf_sha256_add(&hash, parent->bytes, sizeof parent->bytes);
    hf_sha256_add(&hash, type_bytes, sizeof type_bytes);
    if (slot.len > 0)
        hf_sha256_add(&hash, slot.data, slot.len);
    hf_sha256_end(&hash, out);
    return hf_id_from_bytes(out);
}

struct hf_id hf_model_part_next(const struct hf_id *id, uint16_t type)
{
    return hf_model_slot_id(id, type, hf_slice_str("again"));
}
