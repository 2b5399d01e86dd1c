// Forms in the order in which a duty is done, with a word of help for each part: what goes before a match, the planning meeting, a
// move. What the procedure asks for, and by when, comes from its pack ("Why is this asked?"); nothing here decides anything.
import { FieldRow } from "./api";
import { Key } from "./strings";

type After<P extends string> = { [K in Key]: K extends `${P}${infer N}` ? N : never }[Key];
export type GuideName = After<"guide.form.">;
export type PartName = After<"guide.part.">;

export interface Part {
    name: PartName;
    fields: string[];
}
export interface Guide {
    name: GuideName;
    type: string;
    /** Filled in with the first thing that is typed; a guide is known again by those of `is`. */
    is?: Record<string, string>;
    fill?: Record<string, string>;
    parts: Part[];
    /** There is one in a case: no other is offered. */
    once?: boolean;
    /** The field that names the record under which it is begun. */
    names?: string;
    /** Offered first, where a field has many to choose from. */
    first?: Record<string, string[]>;
    /** The duties that this form does its part for, by the ids of the procedures' requirements. */
    duties: string[];
}

const part = (name: PartName, ...fields: string[]): Part => ({ name, fields });

export const guides: Guide[] = [
    { name: "before", type: "support_consideration", fill: { stage: "pre_placement" }, duties: ["FSM-07"], parts: [part("considered", "text", "on", "by", "stage")] },
    {
        name: "match",
        type: "match",
        duties: ["FSM-14", "FSM-16"],
        parts: [part("match_who", "carers"), part("match_decision", "status", "decided_at", "decided_by", "reason")],
    },
    {
        name: "prf",
        type: "document",
        is: { type: "prf" },
        fill: { sent_by_role: "fostering_service" },
        duties: ["FSM-14", "FSM-15"],
        parts: [part("prf_form", "title", "attachment", "author", "author_role", "written_on"), part("prf_sent", "sent_to", "sent_at", "sent_by_role")],
    },
    {
        name: "share",
        type: "info_share",
        duties: ["FSM-16", "FSM-17"],
        first: { from_role: ["child_sw", "carer_previous", "ssw", "fostering_service"] },
        parts: [part("share_who", "from", "from_role", "to"), part("share_how", "mode", "at"), part("share_what", "summary")],
    },
    {
        name: "profile",
        type: "document",
        is: { type: "family_profile" },
        duties: ["FSM-20"],
        parts: [part("profile_paper", "title", "attachment"), part("profile_given", "given_to_child_at", "not_given_reason")],
    },
    { name: "video", type: "document", is: { type: "welcome_video" }, duties: ["FSM-21"], parts: [part("video", "title", "attachment", "channel")] },
    {
        name: "ppm",
        type: "ppm",
        duties: ["FSM-11", "FSM-12", "FSM-26", "FSM-27", "FSM-28"],
        parts: [part("ppm_held", "held_on", "by", "attendees"), part("ppm_authority", "delegated_authority", "delegated_authority_recorded"), part("ppm_needs", "carer_support_needs", "no_needs_reason"), part("ppm_plan", "placement_plan")],
    },
    {
        name: "placement_plan",
        type: "document",
        is: { type: "placement_plan" },
        fill: { author_role: "child_sw" },
        duties: ["FSM-26"],
        parts: [part("plan_paper", "title", "attachment", "author", "author_role", "written_on")],
    },
    {
        name: "first_plan",
        type: "support_plan",
        is: { version: "1" },
        once: true,
        fill: { by_role: "ssw" },
        duties: ["FSM-28", "FSM-29"],
        parts: [part("first_plan", "on", "by", "by_role", "status"), part("first_plan_for", "nothing_needed_for", "shared_priorities"), part("first_plan_review", "review_date", "no_review_reason")],
    },
    {
        name: "tracker",
        type: "document",
        is: { type: "trauma_tracker" },
        duties: ["FSM-18", "FSM-19"],
        parts: [part("tracker_paper", "title", "version", "attachment", "pilot"), part("tracker_use", "strategies")],
    },
    {
        name: "move",
        type: "move",
        duties: ["PSM-05", "PSM-06", "PSM-07", "PSM-11", "FSM-22", "FSM-23", "FSM-24"],
        parts: [part("move_what", "status", "planned", "on", "from_placement", "to_placement", "meeting"), part("move_together", "child_involved", "child_words", "carer_involved", "reason", "plan_document"), part("move_after", "difficult_for", "avoidable")],
    },
    {
        name: "transition_meeting",
        type: "transition_meeting",
        duties: ["FSM-22"],
        first: { attendee_roles: ["carer", "carer_new", "child_sw", "fostering_manager_new", "ssw_new", "child"] },
        parts: [part("transition_held", "held_on", "attendee_roles", "attendees", "missing_reason"), part("transition_notes", "notes")],
    },
    {
        name: "transition_plan",
        type: "transition_plan",
        duties: ["FSM-23", "FSM-24"],
        parts: [part("transition_parts", "introductions", "home_visits", "contact", "not_applicable"), part("transition_model", "model_ref"), part("transition_other", "other")],
    },
    {
        name: "learning",
        type: "learning_review",
        names: "move",
        duties: ["PSM-07"],
        parts: [part("learning_how", "move", "difficult_for", "avoidable"), part("learning_what", "lessons", "changes"), part("learning_who", "reviewed_by", "on")],
    },
];

export function guideNamed(name: string): Guide | undefined {
    return guides.find((guide) => guide.name === name);
}

/** The guide of a record, by its type and what tells it from others of that type. */
export function guideOf(type: string, valueOf: (field: string) => string | undefined): Guide | undefined {
    return guides.find((guide) => guide.type === type && Object.entries(guide.is ?? {}).every(([field, value]) => valueOf(field) === value));
}

export function guideOfFields(type: string, fields: FieldRow[]): Guide | undefined {
    return guideOf(type, (name) => fields.find((row) => row.name === name)?.values[0]);
}
