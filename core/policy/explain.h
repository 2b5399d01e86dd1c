/* Why a duty has its limit: what it is counted from, how, and each day that was looked at, so that a person can count
 * along. A pure function of what the engine was given and the duty it answered. */
#ifndef HF_CORE_POLICY_EXPLAIN_H
#define HF_CORE_POLICY_EXPLAIN_H

#include "core/policy/policy.h"

#define HF_EXPLAIN_DAYS_MAX     4000
#define HF_EXPLAIN_SETTINGS_MAX 16
#define HF_EXPLAIN_VALUE_BYTES  80

struct hf_explained_day {
    hf_day day;
    int32_t number;  /* 1, 2, … of those that count; 0: it does not count */
    const char *why; /* why not: "Saturday", the name of a holiday; "" */
};
struct hf_explained_setting {
    const char *name;
    char value[HF_EXPLAIN_VALUE_BYTES]; /* "null": the procedure does not say */
    const char *amb;                    /* the ambiguity it answers, or "" */
    bool local;                         /* not the pack's default */
};
struct hf_explanation {
    const json_t *rule;      /* as it stands in the pack, borrowed */
    const char *deadline;    /* its entry in "deadlines", or "" */
    const char *unit_source; /* where the unit comes from, or "" */
    bool is_before;          /* it must come before `from`; otherwise it is counted from there */
    bool has_from;           /* false: what it hangs on is not on record */
    struct hf_moment from;
    bool is_counted; /* count holds; false: no limit is set */
    struct hf_count count;
    bool next_day; /* late in the day: counted as of the next */
    size_t day_count;
    struct hf_explained_day *days; /* of limits in days; NULL when there are none */
    bool has_done;
    struct hf_moment done; /* when it was done, as far as a time is on record */
    size_t setting_count;
    struct hf_explained_setting settings[HF_EXPLAIN_SETTINGS_MAX]; /* those that the rule and its limit ask for */
};

/* How a duty's limit is counted, in short. */
struct hf_limit {
    struct hf_count count;
    char from[HF_EXPLAIN_VALUE_BYTES]; /* type of the record that it is counted from, "request"; "" when it cannot be
                                          said */
};
/* False when the duty has no limit that is counted. Arguments as below. */
bool hf_policy_limit(const struct hf_policy_input *input, const struct hf_duty *duty, struct hf_limit *out);

/* `duty` is an answer of hf_policy_evaluate to this input. HF_ERR_NOMEM. *out is cleared by the caller. */
HF_CHECKED enum hf_status hf_policy_explain(const struct hf_policy_input *input, const struct hf_duty *duty,
                                            struct hf_explanation *out);
void hf_explanation_clear(struct hf_explanation *explanation);

#endif
