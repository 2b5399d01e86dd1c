/* What the files of core/policy share: a pack after reading it. Conditions are trees of nodes in one array, with every
 * record type, field, code and setting looked up beforehand. Private to this room. */
#ifndef HF_CORE_POLICY_NODE_H
#define HF_CORE_POLICY_NODE_H

#include "core/model/table.h"
#include "core/policy/calendar.h"
#include "core/policy/pack.h"
#include "core/policy/rights.h"

#define HF_NODE_NONE   (-1)
#define HF_SLOTS_MAX   24 /* records that a condition can name at once */
#define HF_SLOT_NONE   (-1)
#define HF_SLOT_CASE   0
#define HF_CHOICES_MAX 32

enum hf_op {
    /* true or false */
    HF_OP_AND,
    HF_OP_OR,
    HF_OP_NOT,
    HF_OP_TRUE,
    HF_OP_FALSE,
    HF_OP_SET,
    HF_OP_EQ,
    HF_OP_LT,
    HF_OP_LE,
    HF_OP_IN,     /* first child in one of the others */
    HF_OP_HAS,    /* set field, element */
    HF_OP_HOLDS,  /* set or append field with at least n elements */
    HF_OP_BEFORE, /* strictly */
    HF_OP_NOT_AFTER,
    HF_OP_PAST,    /* a moment has gone by; of a date: its day is over */
    HF_OP_EXISTS,  /* relation, condition */
    HF_OP_EACH,    /* relation, condition */
    HF_OP_COUNT,   /* relation, condition, n */
    HF_OP_IS_ROLE, /* path, chooser */
    HF_OP_PEOPLE,  /* field of people, at least n different ones, with one of the roles (literals) when there are any */
    /* values */
    HF_OP_PATH,
    HF_OP_FIRST, /* earliest moment in records of a relation */
    HF_OP_LAST,
    HF_OP_EITHER, /* the first child that gives something */
    HF_OP_LATEST, /* the latest of the children that give something */
    HF_OP_LITERAL,
    HF_OP_SETTING,
    HF_OP_VERSION, /* of the pack */
    HF_OP_POLICY,
    HF_OP_AUTHOR /* of the change that a right is asked about */
};

enum hf_value_kind { HF_VALUE_NONE, HF_VALUE_BOOL, HF_VALUE_INT, HF_VALUE_TEXT, HF_VALUE_REF, HF_VALUE_MOMENT };

/* A value in flight; text borrows from the pack, the settings or a record. */
struct hf_policy_value {
    enum hf_value_kind kind;
    int64_t number; /* bool and int */
    struct hf_slice text;
    struct hf_id ref;
    struct hf_moment moment;
};

struct hf_node {
    enum hf_op op;
    int32_t child;                     /* first child, or HF_NODE_NONE */
    int32_t next;                      /* next sibling, or HF_NODE_NONE */
    int32_t slot;                      /* path: the record; relation: where its record goes */
    int32_t of;                        /* relation: slot of the parent record, or HF_SLOT_NONE */
    int32_t n;                         /* count and holds; place of a setting or chooser */
    const struct hf_record_spec *type; /* path and relation */
    const struct hf_field_spec *field; /* path; NULL: the record's id */
    struct hf_policy_value value;      /* literal */
};

struct hf_setting {
    const char *name;
    struct hf_policy_value initial; /* NONE: null, the procedure does not say */
    bool is_int;
    bool may_be_null;
    int64_t min, max;
    size_t choice_count;
    const char *choices[HF_CHOICES_MAX];
};

/* A number or word of a deadline: literal, or taken from a setting. */
struct hf_knob {
    int32_t setting; /* HF_NODE_NONE: literal */
    int64_t number;
    const char *word;
    bool silent; /* literal null */
};
struct hf_deadline {
    const char *id;
    const json_t *json; /* from, to and when are read where a rule uses them: they name its records */
    struct hf_knob n;
    struct hf_knob unit;
    struct hf_knob first_day_counts;
    struct hf_knob cutoff_hour;
    struct hf_knob warn_hours; /* how long before the limit "due" begins; null: at once */
    bool information;
};

struct hf_choice_rule {
    int32_t when; /* HF_NODE_NONE: otherwise */
    const char *role;
};
struct hf_chooser {
    const char *name;
    size_t count;
    struct hf_choice_rule rules[HF_CHOICES_MAX];
};

struct hf_context {
    const char *name;
    const struct hf_record_spec *type;
    int32_t where;
    int32_t latest_by; /* path node, or HF_NODE_NONE: the first record by id */
};

struct hf_rule {
    struct hf_policy_rule seen;
    const struct hf_record_spec *subject; /* the case, or a type with a duty for each of its records */
    int32_t subject_slot;
    int32_t when;
    int32_t ready;
    int32_t passed;
    int32_t done;
    int32_t reason;
    int32_t at;     /* value: when it was done, for lateness */
    int32_t from;   /* deadline: counted from */
    int32_t before; /* before: the moment it must come before */
    int32_t first_due;
    int32_t deadline; /* place of the deadline, or HF_NODE_NONE */
    int32_t owner_chooser;
    const char *cycle;         /* of "review_cycles", or NULL: the next of its reviews is due */
    int32_t cycle_events;      /* relation with the time of each review that was held */
    int32_t cycle_start;       /* moment: from when there are reviews */
    int32_t cycle_long_term;   /* condition */
    struct hf_knob warn_hours; /* silent: as the deadline says */
    const char *owner;
    bool missed_is_not_recorded;
    bool alert_when_due;
    bool alert_when_reason;
    size_t alert_role_count;
    const char *alert_roles[8];
};

struct hf_applies {
    const struct hf_record_spec *type;
    int32_t where;
};

struct hf_policy_pack {
    json_t *document;
    const char *policy;
    const char *version;
    const char *calendar;
    struct hf_node *nodes;
    size_t node_count;
    size_t node_cap;
    size_t setting_count;
    struct hf_setting settings[HF_PACK_SETTINGS_MAX];
    size_t deadline_count;
    struct hf_deadline deadlines[HF_PACK_DEADLINES_MAX];
    size_t chooser_count;
    struct hf_chooser choosers[HF_PACK_ROLES_MAX];
    size_t context_count;
    struct hf_context context[HF_PACK_CONTEXT_MAX]; /* in slots 1 … */
    size_t applies_count;
    struct hf_applies applies[HF_PACK_CONTEXT_MAX];
    size_t right_count;
    struct hf_policy_right rights[HF_RIGHTS_MAX];
    size_t rule_count;
    struct hf_rule *rules;
};

struct hf_policy_settings {
    const struct hf_policy_pack *pack;
    json_t *held; /* keeps the texts */
    struct hf_policy_value values[HF_PACK_SETTINGS_MAX];
};

/* The place of a setting, deadline or chooser by name, or HF_NODE_NONE. */
int32_t hf_pack_setting(const struct hf_policy_pack *pack, const char *name);
int32_t hf_pack_deadline(const struct hf_policy_pack *pack, const char *id);
int32_t hf_pack_chooser(const struct hf_policy_pack *pack, const char *name);
/* True for a role code of the model. */
bool hf_pack_is_role(const char *word);

#endif
