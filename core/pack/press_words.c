#include "core/pack/press_words.h"

/* The labels of the model as they stood when this was frozen, each once. They go on being these words when the model
 * changes: what was pressed against them is read by them. The bytes before them are zstd's tables for the same text
 * (magic, number, entropy tables, three offsets), made once by ZDICT_finalizeDictionary of zstd 1.5.4. */
const uint8_t hf_press_tables[HF_PRESS_TABLES_BYTES] = {
    0x37, 0xa4, 0x30, 0xec, 0xb7, 0x3f, 0x5b, 0x38, 0x2b, 0x10, 0xc8, 0x92, 0x24, 0x1d, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0x0f, 0x16, 0xb1, 0xbb, 0x6d, 0x69, 0x87, 0xbd, 0x37, 0x69, 0xcd, 0x26, 0x8d, 0xc8, 0xbd, 0xa5, 0xde, 0xae,
    0xfe, 0xaf, 0x50, 0xdd, 0x39, 0x84, 0xfe, 0x46, 0x67, 0xea, 0x4c, 0x8b, 0x98, 0x01, 0x73, 0x00, 0x18, 0x30, 0x3c,
    0x20, 0x06, 0x87, 0x03, 0xe3, 0x3a, 0xe9, 0x01, 0x00, 0x04, 0xa0, 0x4b, 0x10, 0xd7, 0xc7, 0x4f, 0xca, 0xc1, 0x49,
    0x12, 0x83, 0x30, 0x8e, 0xc3, 0x10, 0x42, 0xc6, 0x10, 0x63, 0x00, 0x08, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0xe4, 0x2b, 0xb1, 0x85, 0x92, 0xb2, 0xe4, 0x30, 0xac, 0x8c, 0x02, 0x00, 0x00, 0x00, 0x20, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
};

const char hf_press_words[HF_PRESS_WORDS_BYTES + 1] =
    "Size, root and key of its sealed content Kind of file Name of the file What it is Belongs to Attachment "
    "Approval ended on Approved on Carer Approval of a carer Asked for by To be looked at again on Since Why Ground "
    "Who may still see it Restriction of an entry Answered on What became of it Made on In their words Who they are "
    "Who says so What the statement does Statement about an entry What the manager says Looked at by Open until "
    "Opened at Why it was urgent Who opened it Urgent access to the case Decided by Decision The held change "
    "Decision about a held change What to know, and what is open Cause From Handed over to Handed over by Role "
    "handed over Handover Until Covered by Person who is away Cover for somebody who is away Team Post Person Post "
    "held In force from Decided on Decided value Setting Procedure Reading decided by the authority What was found "
    "Reviewed on That supervision or meeting Reviewed in Document Review of a document Strategies worked out from it "
    "On trial Passed on by Why it was not given Given to the child at Sent by Sent at Sent to Written on Role of the "
    "author Written by File Version Title Kind of document Transition model followed Anything else Does not apply "
    "How contact goes on afterwards Visits to the new home Introductions Transition plan Notes Why somebody was "
    "missing Their roles Who was there Held on Transition planning meeting Reviewed by What will be done differently "
    "What we learnt Could have been avoided Hard for Move Learning from a move What the child said Meeting that came "
    "before To Plan Carers involved in planning Child involved in planning Reason code for the national return Date "
    "of the move Planned Status Placement plan Why none are recorded The carers' support needs Delegated authority "
    "Delegated authority recorded Led by Placement planning meeting What was shared When Spoken or written Role of "
    "that person Information shared with carers Decided at Carers Match What was considered Considered by Considered "
    "on When in the placement Support considered Replies What the delay does to the home Escalated at Escalated by "
    "Escalated to Outstanding action Level Escalation Support plan Why it could not wait What was approved Approved "
    "at Approved by Approval outside the meeting Cost band Reason Asked at Support asked for Panel Approval by a "
    "panel What the panel said Why, or why not Date of the slot Slot booked Considered Panel slot considered More "
    "about what it did What it did Evaluated by Evaluated on Support Evaluation of support Next review due Plan "
    "changed Reviewed with That meeting, supervision or review Review of the support plan Care plan or hub reference "
    "Action Due on Service that gives it Who sees to it Kind of support For whom Need it answers Support in the plan "
    "Meeting it came from Nothing needed for Why there is no review date Review on Shared priorities Drawn up by "
    "Date of the plan Number of this plan Status then What has happened Who Update on an action Why it was not done, "
    "or was cancelled Done on Needs it answers Needs significant extra resources Name, if not on file Who will do it "
    "Actions that follow What was said Prompt Option What was tried Support tried so far What could be done about it "
    "Date, if it has one What could unsettle the home No action, because Support need Now or later Whose need What "
    "went wrong Reference there Filed at Filed on Filing of the notes Version sent What this recipient's version "
    "leaves out Recipient and address confirmed Address used Role Recipient Circulation of the notes Amendments "
    "after the notes were final Final at Status of the notes Template and version Checked by the chair Role of the "
    "note taker Taken by Notes of the meeting Raised by How the meeting sees it Issue Why a part was left out What "
    "it means for behaviour and support Trauma history considered The carers' situation The child's situation "
    "Discussion Why it was not covered Covered Agenda number Agenda item Why there is no report Report Report for "
    "the meeting Given at Given to Kind of paper Background paper What the chair was told How Briefing given by "
    "Briefing of the chair Why not Words, pictures or other form used Explained at Explained by Explained to the "
    "child Why not, or what was held back What they were told Told at Told by Told what is happening Parent Parent "
    "told what is happening Would help the goals of the meeting Invited Decision about inviting a parent Why there "
    "are none Agenda items they were weighed in How they were taken into account Drawing, photo or recording Given "
    "as Obtained by Obtained at Views as written down by someone else In their own words Whose views Views Not known "
    "How the meeting may go and what it may do to the child Age, understanding, needs and disability The child's "
    "wishes and feelings Attendance decision Why they were absent How they prepared How they took part Was there "
    "Attendance Informed at Reply Invitation sent at How they can help Invitation Amendments after the record was "
    "final Finalised by Finalised at Cases of other children discussed Placement planning meeting it follows Earlier "
    "meeting in the series Request that led to it Why the child's views are not linked to the agenda Why there is no "
    "plan, or no change to it Actions Support needs Outcome for the home Purpose Version of the procedure Notes "
    "taken by Role of the arranger Arranged by Why someone else chairs Role of the chair Chair How people meet Place "
    "Ended Starts Kind of meeting Which meeting Meeting Given by What is given Support until the meeting Why, if "
    "there is no meeting Outcome of the request First due at Why the urgency was set or changed Urgency set by How "
    "fragile the home is How urgent Reported by The carer reported it on The child said so to The child said so on "
    "Why a meeting is needed Role of the person asking How far things have gone What led to it Request for a meeting "
    "Cleared by Acknowledged at Acknowledged by Raised at Rule and version About Kind of alert Alert Read at Read by "
    "Procedure read People who may read this Outcome What the carer said Practice concern Raised on Service managers "
    "told Notice to service managers Decisions Support plan reviewed Independent reviewing officer Which review "
    "Review held on Review of the child's care Trauma tracker reviewed Supervised by Supervision held on Supervision "
    "of the carers Details Date What happened Event that affects stability What it may mean Role of the person "
    "Noticed by Seen on What was noticed Warning sign Reason to be careful with information Has parental "
    "responsibility Address Telephone Email Involved now Relationship to the child Organisation Name Person around "
    "the child Mockingbird hub History of this home Meant to last to 18 Home Emergency placement Moved out on Moved "
    "in on Placement status Who provides it Kind of home Placement Reference numbers elsewhere How the child likes "
    "to be told things First language Pronouns Date of death Date of birth Likes to be called Child's name Child "
    "Left on Posts held Role in the system Member of staff Other cases about the same child Worried that the home "
    "may not last Background: earlier homes Background: care plan Background: assessed needs Background: why the "
    "child is looked after Background: family Fostering manager Team manager Supervising social worker Child's "
    "social worker Procedure followed Closed on Opened on Case status Case reference Case ";
