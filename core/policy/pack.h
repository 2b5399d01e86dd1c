/* A policy pack: one authority's reading of one procedure in one version, as data (docs/policy.md describes the file,
 * policies/pack.schema.json its form). Nothing of a procedure stands in code: the engine knows kinds of rule, the pack
 * holds the rules. Immutable after loading: thread-safe. */
#ifndef HF_CORE_POLICY_PACK_H
#define HF_CORE_POLICY_PACK_H

#include "core/json/json.h"

#define HF_PACK_RULES_MAX      512
#define HF_PACK_DEADLINES_MAX  128
#define HF_PACK_SETTINGS_MAX   128
#define HF_PACK_ROLES_MAX      64    /* choosers such as "arranger" */
#define HF_PACK_CONTEXT_MAX    8     /* named selections such as the present placement */
#define HF_PACK_NODES_MAX      32768 /* of all conditions together */
#define HF_PACK_EXPR_DEPTH_MAX 12
#define HF_PACK_TEXT_BYTES_MAX 4000
#define HF_PACK_NAME_BYTES_MAX 64

enum hf_policy_kind {
    HF_POLICY_HELP,     /* a definition, aim or principle: shown, never checked */
    HF_POLICY_SILENT,   /* the procedure does not say: shown as "not set by this procedure" */
    HF_POLICY_EXISTS,   /* a record of a type with conditions */
    HF_POLICY_COUNT,    /* at least n of them */
    HF_POLICY_EACH,     /* every record of one type meets a condition */
    HF_POLICY_EVENT,    /* every event is followed by a record that points back to it */
    HF_POLICY_BEFORE,   /* something is on record with a time before another time */
    HF_POLICY_DEADLINE, /* done within n units of something */
    HF_POLICY_ROLE,     /* a role is the normal one, or one of a list */
    HF_POLICY_CHECK,    /* a condition holds */
    HF_POLICY_CYCLE,    /* the next review of a cycle in "review_cycles" */
    HF_POLICY_KIND_COUNT
};
enum hf_policy_strength {
    HF_POLICY_REQUIRED,
    HF_POLICY_EXPECTED,
    HF_POLICY_CONSIDERED,
    HF_POLICY_DEFINITION,
    HF_POLICY_STRENGTH_COUNT
};
const char *hf_policy_kind_name(enum hf_policy_kind kind);             /* "exists"; never NULL */
const char *hf_policy_strength_name(enum hf_policy_strength strength); /* "required"; never NULL */

/* What people see of a rule. Texts are borrowed from the pack; "" where the pack says nothing. */
struct hf_policy_rule {
    const char *id; /* "PSM-35" */
    enum hf_policy_kind kind;
    enum hf_policy_strength strength;
    const char *title;  /* the duty in one line */
    const char *help;   /* why it is asked */
    const char *clears; /* what to do, so that it is done */
    const char *gate;   /* "finalise": open duties hold this back; "" */
    const char *alert;  /* code of the alert; "" */
    bool alert_stays;   /* a note to somebody: it stands until they have acknowledged it, also when the duty is done */
    bool information;   /* late or missing is told, and is no breach */
    uint16_t first_due_field; /* of the subject: where its first limit is kept when that changes; 0: nowhere */
};

struct hf_policy_pack;

/* HF_ERR_INVALID or HF_ERR_LIMIT with the line and the key of the first problem; HF_ERR_UNSUPPORTED for a format that
 * only a later version knows; HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_policy_pack_load(struct hf_slice bytes, struct hf_policy_pack **out, struct hf_error *err);
void hf_policy_pack_free(struct hf_policy_pack *pack);

/* Calls `problem` for every problem of a pack, at most one per rule, deadline, setting or role; returns their number.
 * Each text names line and key and says what is allowed. `warning` (may be NULL) is told what is no problem and perhaps
 * not meant: keys that this version does not know, parts that are missing instead of null, settings that no rule asks
 * for. */
typedef void hf_policy_problem_fn(void *ctx, const char *text);
size_t hf_policy_pack_lint(struct hf_slice bytes, hf_policy_problem_fn *problem, hf_policy_problem_fn *warning,
                           void *ctx);

const char *hf_policy_pack_policy(const struct hf_policy_pack *pack);  /* "sample.psm" */
const char *hf_policy_pack_version(const struct hf_policy_pack *pack); /* "2025-07" */
const char *hf_policy_pack_calendar(const struct hf_policy_pack *pack);
size_t hf_policy_pack_rule_count(const struct hf_policy_pack *pack);
/* In the order of the file; index below the count. */
const struct hf_policy_rule *hf_policy_pack_rule(const struct hf_policy_pack *pack, size_t index);
/* True when a rule over records of this type keeps its first limit in a field of them. */
bool hf_policy_keeps_first_due(const struct hf_policy_pack *pack, uint16_t type);
const struct hf_policy_rule *hf_policy_pack_rule_named(const struct hf_policy_pack *pack, const char *id); /* or NULL */
/* The whole document, unknown keys included: names, agenda, help. Borrowed; read only, and take no reference. */
const json_t *hf_policy_pack_document(const struct hf_policy_pack *pack);

/* Local readings: the pack's settings with some values of the authority's own in their place. */
struct hf_policy_settings;
/* `values` is an object of setting names, or NULL for the defaults alone. HF_ERR_INVALID with text that names the
 * setting and what it may be; HF_ERR_NOMEM. Belongs to the pack that made it; freed before it. */
HF_CHECKED enum hf_status hf_policy_settings_new(const struct hf_policy_pack *pack, const json_t *values,
                                                 struct hf_policy_settings **out, struct hf_error *err);
void hf_policy_settings_free(struct hf_policy_settings *settings);

#endif
