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
/* Seconds that the rest takes if it goes on as it went so far, at least 1; 0: no guess, or nothing is left. */
uint64_t hf_estimate_left_s(uint64_t gone_ms, uint64_t thousandths);
/* "about 40 s left", "about 3 min left"; rounded to the nearest minute from one minute on, hours from two hours on. ""
 * for 0. */
#define HF_ESTIMATE_TEXT_BYTES 48
void hf_estimate_text(uint64_t left_s, char out[HF_ESTIMATE_TEXT_BYTES]);

#endif
