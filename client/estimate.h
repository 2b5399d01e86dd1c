/* How far a sync has come, and how long the rest of it takes: guesses for a progress bar. Pure. */
#ifndef HF_CLIENT_ESTIMATE_H
#define HF_CLIENT_ESTIMATE_H

#include <stddef.h>
#include <stdint.h>

#define HF_ESTIMATE_RECORD_BYTES 700  /* what a record counts, beside bytes of attachments */
#define HF_ESTIMATE_GONE_MIN_MS  2000 /* that are gone before a guess is worth anything … */
#define HF_ESTIMATE_DONE_MIN     20   /* … and thousandths that are done */

struct hf_estimate {
    uint64_t push, read;             /* changes to send, entries to read */
    uint64_t send_bytes, want_bytes; /* of attachments */
};
/* In thousandths, of all there was to do when it began; what is done beyond that does not count. Nothing to do: 1000.
 */
uint64_t hf_estimate_thousandths(const struct hf_estimate *all, const struct hf_estimate *done);
/* What a bar shows of it: it never goes back, and what is left of it is shared out anew when there turns out to be more
 * to do. 1000 only when it is over. All zero: nothing yet. */
struct hf_estimate_bar {
    uint64_t shown;
    uint64_t from, done, whole; /* shown and done before the whole became this one */
    uint64_t last;              /* done when it was shown last */
};
uint64_t hf_estimate_bar(struct hf_estimate_bar *bar, const struct hf_estimate *all, const struct hf_estimate *done);
#define HF_ESTIMATE_NOT_OVER 999
/* Seconds that the rest takes if it goes on as it went so far, at least 1; 0: no guess, or nothing is left. */
uint64_t hf_estimate_left_s(uint64_t gone_ms, uint64_t thousandths);
/* "about 40 s left", "about 3 min left"; rounded to the nearest minute from one minute on, hours from two hours on. ""
 * for 0. */
#define HF_ESTIMATE_TEXT_BYTES 48
void hf_estimate_text(uint64_t left_s, char out[HF_ESTIMATE_TEXT_BYTES]);

#endif
