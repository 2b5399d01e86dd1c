/* Clocks of law beside the duties: until when records are kept, and when the next review or visit is due. The values
 * are data (policies/statutory-england.json, or "retention" of a pack); these are pure functions of them and of dates.
 * Whoever erases asks hf_policy_retention_due and keeps what has no answer. */
#ifndef HF_CORE_POLICY_RETENTION_H
#define HF_CORE_POLICY_RETENTION_H

#include "core/json/json.h"
#include "core/policy/calendar.h"

#define HF_RETENTION_YEARS_MAX 200

/* Dates that are on record. */
struct hf_retention_dates {
    bool has_birth, has_death, has_approval_ended, has_read;
    hf_day birth;          /* of the child; before 1970 it is negative */
    hf_day death;          /* of the child */
    hf_day approval_ended; /* of the carer */
    hf_day read;           /* of the newest line of a page of readings */
};
struct hf_retention {
    hf_day until;     /* the last day on which the record is kept at least */
    const char *from; /* what it was counted from: "birth", "death", "approval_ended", "read" */
    hf_day from_day;  /* and the day that is */
    int32_t years;
    const char *source; /* borrowed from the document; "" */
};
/* `document` is the file as it was read; `class` is "child" or "carer" in the file shipped. An entry for a child who
 * died before an age stands before one without that. The anniversary of 29 February is 1 March in a common year: the
 * longer reading. HF_ERR_NOT_FOUND: no entry of this class has its date on record, so nothing may be erased by it;
 * HF_ERR_INVALID with text that names the key; HF_ERR_LIMIT beyond HF_DAY_LAST. */
HF_CHECKED enum hf_status hf_policy_retention_due(const json_t *document, const char *class,
                                                  const struct hf_retention_dates *dates, struct hf_retention *out,
                                                  struct hf_error *err);

/* Whether the document has an entry of this class at all: without one it says nothing about such records. */
bool hf_policy_retention_speaks(const json_t *document, const char *class);
/* YYYY-MM-DD from 1880 on: who is 75 today was born before hf_day_parse begins. HF_ERR_INVALID. */
HF_CHECKED enum hf_status hf_policy_retention_day(struct hf_slice text, hf_day *out);

struct hf_review_state {
    hf_day start;   /* of being looked after, or of the placement */
    size_t done;    /* how many there were */
    hf_day last;    /* day of the last of them, when done > 0 */
    bool long_term; /* the placement is meant to last to 18 */
};
/* When the next of `what` ("cla_review", "visit") is due: the last millisecond of its day. *out_beyond as in
 * hf_calendar_due. HF_ERR_NOT_FOUND: the document has no such cycle; HF_ERR_INVALID, HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_policy_review_due(const json_t *document, const struct hf_calendar *calendar,
                                               const char *what, const struct hf_review_state *state,
                                               uint64_t *out_due_ms, bool *out_beyond, struct hf_error *err);

#endif
