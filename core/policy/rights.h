/* Rights: which roles of the procedure may record or decide what, and what a decision needs before it counts. A pack's
 * "rights" name a kind of record, what must hold of it, and the roles; a change after which that holds, and that
 * touches one of the named fields, needs one of the roles, and what the right "needs": a reason, or enough people who
 * decided it together. Devices ask for help to people, before they save; the server asks for real. Pure. */
#ifndef HF_CORE_POLICY_RIGHTS_H
#define HF_CORE_POLICY_RIGHTS_H

#include "core/model/body.h"
#include "core/policy/policy.h"

#define HF_RIGHTS_MAX       32
#define HF_RIGHT_ROLES_MAX  12
#define HF_RIGHT_FIELDS_MAX 16

struct hf_policy_right {
    const char *id;                        /* "urgent_approval" */
    const char *about;                     /* one sentence for people; "" */
    const char *asks;                      /* one sentence for people: what "needs" asks for; "" */
    const struct hf_record_spec *type;     /* the kind of record */
    size_t field_count;                    /* 0: every field */
    uint16_t fields[HF_RIGHT_FIELDS_MAX];  /* HF_FIELD_FINAL: the record becomes final ("final") */
    bool changes;                          /* only when a field of these held another value before */
    bool silent;                           /* "by" is null: the procedure does not say who, and nobody is held back */
    bool anybody;                          /* "by" is ["anybody"]: the procedure leaves it open */
    size_t role_count;                     /* 0 when silent or anybody */
    const char *roles[HF_RIGHT_ROLES_MAX]; /* codes of roles, or names of the pack's "roles" */
    int32_t slot, when, also, needs;       /* of the engine; also: who may without a role */
};
enum hf_right_answer {
    HF_RIGHT_MAY,
    HF_RIGHT_OTHERS, /* it is for other roles */
    HF_RIGHT_LACKS   /* a role that may; but what the right needs is not on record */
};
/* A field that a change touches. */
struct hf_right_touch {
    uint16_t field;
    bool replaces; /* it held another value before */
};
/* What a change does to a record: fields that say something else afterwards. Saying again what stands (as finalising
 * does) touches nothing. before may be empty. Returns the count, at most HF_EDITS_MAX. HF_FIELD_FINAL stands for
 * becoming final. */
size_t hf_right_touched(const struct hf_record_state *before, const struct hf_record_state *after,
                        const struct hf_data_body *body, struct hf_right_touch out[HF_EDITS_MAX]);

/* The records of a case as they would be after a change: the one that it is about is changed in place, or added (the
 * array grows by realloc, *cap with it). *out_count fields are touched. HF_ERR_NOMEM; as hf_merge_apply. */
HF_CHECKED enum hf_status hf_right_rehearse(struct hf_record_state **records, size_t *count, size_t *cap,
                                            const struct hf_data_body *body, struct hf_right_touch out[HF_EDITS_MAX],
                                            size_t *out_count);

/* True when a pack has a right that can hold somebody back, over records of this type and over a field that the change
 * names: then the records of the case are worth reading. A change of other fields never asks for one. */
bool hf_policy_has_rights(const struct hf_policy_pack *pack, const struct hf_data_body *body);

/* Whether a person has a role in the case. */
typedef bool hf_right_has_role_fn(void *ctx, const struct hf_id *person, const char *role);

struct hf_right_question {
    const struct hf_policy_input *input; /* the case as it would be after the change */
    struct hf_id record;
    const struct hf_right_touch *fields; /* that the change touches; ascending or not */
    size_t field_count;
    const char *const *roles; /* that the author has in the case */
    size_t role_count;
    struct hf_id author;
    hf_right_has_role_fn *has_role; /* for counting who decided; NULL: nobody has any */
    void *has_role_ctx;
};
/* *out_broken: the first right that does not let the change count, and why; NULL: none. It lives as long as the pack.
 * Errors as hf_policy_evaluate. */
HF_CHECKED enum hf_status hf_policy_may(const struct hf_right_question *question,
                                        const struct hf_policy_right **out_broken, enum hf_right_answer *out_answer,
                                        struct hf_error *err);
/* What a right's roles come to in one case: names of the pack's "roles" are resolved. */
struct hf_right_roles {
    size_t count;
    const char *names[HF_RIGHT_ROLES_MAX];
};
/* Calls each for every right over this record as it is. */
typedef bool hf_policy_right_fn(void *ctx, const struct hf_policy_right *right, const struct hf_right_roles *by,
                                enum hf_right_answer answer);
HF_CHECKED enum hf_status hf_policy_rights_over(const struct hf_right_question *question, hf_policy_right_fn *each,
                                                void *ctx, struct hf_error *err);
/* Calls each for every right of the pack, in this case (which may have no records). */
typedef bool hf_policy_right_roles_fn(void *ctx, const struct hf_policy_right *right, const struct hf_right_roles *by);
HF_CHECKED enum hf_status hf_policy_rights_list(const struct hf_policy_input *input, hf_policy_right_roles_fn *each,
                                                void *ctx, struct hf_error *err);

#endif
