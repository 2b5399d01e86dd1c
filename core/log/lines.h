/* Inside core/log: the small parts that all the text forms share. */
#ifndef HF_CORE_LOG_LINES_H
#define HF_CORE_LOG_LINES_H

#include "core/log/tree.h"

/* Takes the next line off *rest, without its newline; false when *rest is empty or has no newline. */
bool hf_lines_take(struct hf_slice *rest, struct hf_slice *out_line);
/* Takes `prefix` off the front of *text; false and untouched when it does not begin so. */
bool hf_lines_skip(struct hf_slice *text, const char *prefix);

/* Decimal without sign and leading zeros. HF_ERR_INVALID otherwise or above 2^64-1. */
HF_CHECKED enum hf_status hf_lines_decimal(struct hf_slice text, uint64_t *out);
/* Base64 of exactly 32 bytes. HF_ERR_INVALID, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_lines_hash(struct hf_slice text, struct hf_hash *out);
/* Appends base64 of the hash and a newline. */
void hf_lines_add_hash(struct hf_buf *out, const struct hf_hash *hash);

/* UTF-8 without control characters other than newline (signed-note). */
bool hf_lines_is_text(struct hf_slice text);

/* Appends all of `made` to out, or nothing. HF_ERR_NOMEM, HF_ERR_LIMIT, or what went wrong in `made`. */
HF_CHECKED enum hf_status hf_lines_hand_over(const struct hf_buf *made, struct hf_buf *out);

#endif
