/* The table of record types and their fields (domain.md 1.4): what a record may hold, field by field. One table; the
 * merge rule of a field follows from its kind (docs/merge.md). Codes are stable for ever: they are signed into changes.
 * Read-only static data: thread-safe. */
#ifndef HF_CORE_MODEL_TABLE_H
#define HF_CORE_MODEL_TABLE_H

#include "core/base/bytes.h"
#include "core/base/id.h"

/* How concurrent edits of a field meet. */
enum hf_field_kind {
    HF_KIND_VALUE,    /* one value; two different heads are a conflict */
    HF_KIND_TEXT,     /* narrative; two different heads are a conflict, both kept */
    HF_KIND_STATUS,   /* a code that follows a state machine; two different heads are a conflict */
    HF_KIND_VERBATIM, /* a person's own words; never merged or overwritten */
    HF_KIND_SET,      /* elements added and removed; no conflict */
    HF_KIND_APPEND    /* entries added, never changed; no conflict */
};

/* What one value (or one element or entry) is. How it is written in msgpack stands behind it. */
enum hf_value_type {
    HF_TYPE_TEXT, /* text */
    HF_TYPE_INT,  /* integer */
    HF_TYPE_BOOL, /* bool */
    HF_TYPE_DATE, /* text YYYY-MM-DD */
    HF_TYPE_TIME, /* uint, Unix ms UTC */
    HF_TYPE_CODE, /* text, one of field->codes */
    HF_TYPE_REF,  /* bin 16: id of a record or person */
    /* of the fields that every record type has (core/model/act.h) */
    HF_TYPE_ACT,      /* [act, [change …]] */
    HF_TYPE_TAKEN_OUT /* [field, element] */
};

struct hf_field_spec {
    uint16_t code; /* 1..999, stable within the record type */
    const char *name;
    enum hf_field_kind kind;
    enum hf_value_type type;
    uint32_t bytes_max;       /* of text; 0: the type has a fixed size */
    const char *const *codes; /* NULL-terminated; HF_TYPE_CODE only */
    const char *label;        /* for people: "What the child said" */
    const char *duty;         /* ids of the duties that ask for it, such as "PSM-30 FSM-49"; "" for none */
    const char *const
        *steps; /* of a status, NULL-terminated: what may follow what (core/model/steps.h); NULL: anything */
};

struct hf_record_spec {
    uint16_t code;     /* 1..999, stable */
    const char *name;  /* as on the command line: "attendance_decision" */
    const char *label; /* for people: "Attendance decision" */
    const struct hf_field_spec *fields;
    size_t field_count;
    uint16_t title_field;  /* field code shown in lists; 0: none */
    uint16_t due_field;    /* field code of the due date or time; 0: none */
    uint16_t status_field; /* field code of the status; 0: none */
    bool once_per_parent;  /* exists once per parent and slot: id = hf_model_slot_id(parent, type, slot) */
    bool restricted;       /* only for named people (FSM-37) */
};

/* All record types, in ascending code. */
const struct hf_record_spec *hf_model_types(size_t *out_count);
const struct hf_record_spec *hf_model_type(uint16_t code);              /* NULL: unknown */
const struct hf_record_spec *hf_model_type_named(struct hf_slice name); /* NULL: unknown */
/* Also finds the fields that every type has (990 to 992), which do not stand in type->fields; by name they are not
 * found. */
const struct hf_field_spec *hf_model_field(const struct hf_record_spec *type, uint16_t code);
const struct hf_field_spec *hf_model_field_named(const struct hf_record_spec *type, struct hf_slice name);

/* True for records that become final together with the record they belong to: the notes of a meeting, its agenda items
 * and what was said and decided in it; not its actions, circulation or filing. */
bool hf_model_is_part(uint16_t parent_type, uint16_t type);

/* Id of a part that exists once (an agenda section, the child's attendance decision): first 16 bytes of
 * SHA-256("holdfast slot v1\0" ‖ parent ‖ type u16 ‖ slot), so that two devices that fill one in offline meet in one
 * record (formats.md 1). slot: the agenda number, a person id, or empty. */
struct hf_id hf_model_slot_id(const struct hf_id *parent, uint16_t type, struct hf_slice slot);
/* Where such a part goes on when a record of another case or type stands under its id: the same for everybody who sees
 * that record (decision 0014). The slot is in the id already. */
struct hf_id hf_model_part_next(const struct hf_id *id, uint16_t type);
#define HF_PART_IDS_MAX 16 /* that are tried one after the other */

/* Fields of every record type, above its own (docs/merge.md). */
#define HF_FIELD_COMMON    990 /* and above */
#define HF_FIELD_DELETED   990 /* value: was it taken out of view, and what was seen then */
#define HF_FIELD_FINAL     991 /* append: finalising, amending and declining */
#define HF_FIELD_TAKEN_OUT 992 /* set: what changes took out of sets; merging writes it, no change does */

/* Codes that other rooms know by name. */
#define HF_RECORD_CASE       1  /* one per case; its record id is the case id */
#define HF_RECORD_PERSON     2  /* staff: lives in the office case; its record id is the person id; fields name, role */
#define HF_RECORD_CONCERN    11 /* practice concern, restricted; see server/restricted.h */
#define HF_RECORD_POLICY_ACK 12
#define HF_RECORD_ALERT      13
#define HF_RECORD_ACTION     54
#define HF_RECORD_ESCALATION 63
#define HF_RECORD_SETTING    80 /* of the office case */
#define HF_RECORD_POST       81 /* of the office case */
#define HF_RECORD_COVER      82 /* of the office case */
#define HF_RECORD_HANDOVER   83
/* erasure: what became of a copy on a device that was taken out of use (server/erase_closed.h); of the office case */
#define HF_RECORD_COPY_CLOSED  84
#define HF_FIELD_CLOSED_CASE   2 /* as text: the case is gone */
#define HF_FIELD_CLOSED_DEVICE 3 /* hex of its key */
#define HF_FIELD_CLOSED_WHAT   4
#define HF_FIELD_CLOSED_REASON 5
#define HF_FIELD_CLOSED_ON     6
#define HF_FIELD_CLOSED_BY     7
/* caseload: what the office decided about a held change (slot: the change's id; parent: its record, or the case), and
 * who opened a case that is not theirs, written by the server */
#define HF_RECORD_HELD_DECISION 90
#define HF_FIELD_HELD_CHANGE    2
#define HF_FIELD_HELD_VERDICT   3
#define HF_FIELD_HELD_REASON    4
#define HF_FIELD_HELD_BY        5 /* who asked the server for it; a decision signed by its author's device has none */
#define HF_RECORD_URGENT_ACCESS 91
#define HF_FIELD_URGENT_PERSON  2
#define HF_FIELD_URGENT_REASON  3
#define HF_FIELD_URGENT_FROM    4
#define HF_FIELD_URGENT_UNTIL   5
/* reads: contested entries, and how long records are kept */
#define HF_RECORD_STATEMENT         95
#define HF_FIELD_STATEMENT_SAID_BY  3
#define HF_FIELD_STATEMENT_WORDS    5
#define HF_RECORD_RESTRICTION       96 /* server/release.h: only managers and the office place and lift one */
#define HF_FIELD_RESTRICTION_STATUS 2
#define HF_RECORD_CARER_APPROVAL    97
#define HF_FIELD_APPROVAL_ENDED_ON  4
/* attachments (core/model/attachment.h) */
#define HF_RECORD_ATTACHMENT    100
#define HF_FIELD_ATTACH_TITLE   2
#define HF_FIELD_ATTACH_NAME    3
#define HF_FIELD_ATTACH_MEDIA   4
#define HF_FIELD_ATTACH_CONTENT 5
#define HF_RECORD_MEETING       22
#define HF_FIELD_PARENT         1 /* HF_TYPE_REF, on every record type: the record it belongs to */
#define HF_FIELD_PERSON_NAME    2
#define HF_FIELD_PERSON_ROLE    3
#define HF_FIELD_PERSON_OFFICER 9 /* core/model/officer.h */
#define HF_FIELD_CASE_REFERENCE 2

#endif
