/* The engine: what one case owes, as a pure function of its records, a pack, a calendar, local settings and the time.
 * It reads no clock and no file, uses no floating point and remembers nothing, so a phone, the office and an auditor's
 * replay reach the same answer. It never says that something may not be saved; open duties with a gate hold back that
 * gate only (domain: finalise).
 *
 * How a duty gets its status, in this order:
 *   the rule does not apply to the record            no duty
 *   the condition holds                              done (late: after its limit; by_reason: a reason stands instead)
 *   the rule is not ready yet                        not yet due
 *   it has a limit: passed                           overdue, or not recorded where only the record can be missing
 *                   near (warn)                      due
 *                   otherwise                        not yet due
 *   it has none:    the moment for it has gone by    not recorded
 *                   otherwise                        due
 * A field with rival values counts as filled when all of them are, and equals nothing until it is settled. */
#ifndef HF_CORE_POLICY_POLICY_H
#define HF_CORE_POLICY_POLICY_H

#include "core/merge/merge.h"
#include "core/policy/calendar.h"
#include "core/policy/pack.h"

#define HF_POLICY_RECORDS_MAX     20000
#define HF_POLICY_DUTIES_MAX      65536
#define HF_POLICY_STEPS_MAX       8000000u /* conditions looked at for one case */
#define HF_POLICY_ALERT_ROLES_MAX 8

enum hf_duty_status {
    HF_DUTY_NOT_YET_DUE,
    HF_DUTY_DUE,
    HF_DUTY_OVERDUE,
    HF_DUTY_DONE,
    HF_DUTY_NOT_RECORDED,
    HF_DUTY_NOT_SET, /* the procedure does not set this */
    HF_DUTY_HELP,
    HF_DUTY_STATUS_COUNT
};
const char *hf_duty_status_name(enum hf_duty_status status); /* "not_yet_due"; never NULL */

struct hf_duty {
    const struct hf_policy_rule *rule;
    uint16_t subject_type; /* record type and record the duty is about */
    struct hf_id subject;
    enum hf_duty_status status;
    bool late;      /* done, after its limit */
    bool by_reason; /* done, because a reason stands in its place */
    bool has_due;
    bool beyond_calendar;  /* due_ms counted working days beyond the loaded calendar */
    uint64_t due_ms;       /* limit, when has_due */
    uint64_t first_due_ms; /* the limit that was first set, where the record keeps it; 0: none */
    const char *owner;     /* role code of who sees to it, or "" where the procedure names nobody */
    bool has_from;         /* what the limit hangs on is on record: */
    struct hf_moment from; /* counted from there, or it must come before it */
    bool has_done_at;      /* a time of doing is on record: */
    struct hf_moment done_at;
};
struct hf_policy_alert {
    const char *code; /* "AL-URG" */
    size_t duty;      /* its place among the duties */
    const char *to[HF_POLICY_ALERT_ROLES_MAX];
    size_t to_count;
    uint64_t raised_ms; /* when it began: the limit or its warning; 0 where there is no such time */
    bool acknowledged;  /* an alert record about this subject and code says so */
};
/* Zero-initialised is valid and empty. Storage is kept from one case to the next. */
struct hf_policy_result {
    struct hf_duty *duties; /* in the order of the rules, then of subject ids */
    size_t duty_count;
    size_t duty_cap;
    struct hf_policy_alert *alerts; /* in the order of their duties */
    size_t alert_count;
    size_t alert_cap;
    uint64_t next_ms; /* the first moment after now when the answer can change by time alone; 0: never */
    void *index;      /* working storage of the engine */
    size_t index_cap;
};
void hf_policy_result_clear(struct hf_policy_result *result);

struct hf_policy_input {
    const struct hf_policy_pack *pack;
    const struct hf_calendar *calendar;
    const struct hf_policy_settings *settings; /* NULL: the pack's defaults */
    const struct hf_record_state *records; /* of one case, any order, each record once; policy_ack records of the office
                                              case may stand among them */
    size_t record_count;
    uint64_t now_ms;
    bool with_help; /* also the duties that are help only or not set */
};
/* Replaces what is in *result, which borrows from pack, not from records. HF_ERR_INVALID: the settings belong to
 * another pack or a record type is unknown; HF_ERR_LIMIT; HF_ERR_NOMEM. After an error *result is empty. */
HF_CHECKED enum hf_status hf_policy_evaluate(const struct hf_policy_input *input, struct hf_policy_result *result,
                                             struct hf_error *err);

/* True when the duty holds back this gate: it names the gate and is not done. */
bool hf_duty_holds_back(const struct hf_duty *duty, const char *gate);

#endif
