/* How long it is kept who read what: the journals of devices, year by year (core/model/body_read.h). A procedure in
 * force says so with the class "reads"; without one they are kept. A journal whose time is over is erased as a case is,
 * by two records officers (server/erase.h), under its own name. */
#ifndef HF_SERVER_JOURNAL_KEPT_H
#define HF_SERVER_JOURNAL_KEPT_H

#include "core/policy/day.h"
#include "server/office.h"

#define HF_JOURNAL_YEARS_MAX 100 /* before this one that are looked for */

struct hf_journal_row {
    struct hf_id journal; /* its name */
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    struct hf_id person; /* whose device it is */
    uint32_t year;
    bool known;   /* a procedure says until when it is kept … */
    hf_day until; /* … this is the last day */
    bool is_over;
};
/* Every journal with a key here, by device and year; false stops. HF_ERR_INVALID: a procedure's "retention". */
HF_CHECKED enum hf_status hf_journals(struct hf_office *office,
                                      bool (*each)(void *ctx, const struct hf_journal_row *row), void *ctx,
                                      struct hf_error *err);
/* The one of that name. HF_ERR_NOT_FOUND: it is none. */
HF_CHECKED enum hf_status hf_journal_named(struct hf_office *office, const struct hf_id *name,
                                           struct hf_journal_row *out, struct hf_error *err);

#endif
