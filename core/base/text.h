/* Text: UTF-8 checks, hex, base64, RFC 3339 times, cells of CSV. Pure. */
#ifndef HF_CORE_BASE_TEXT_H
#define HF_CORE_BASE_TEXT_H

#include "core/base/bytes.h"

#define HF_TIME_TEXT_BYTES 25 /* 2026-11-21T21:58:35.123Z and a NUL */

/* True for well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF, no NUL byte. */
bool hf_text_is_utf8(struct hf_slice text);
/* Number of code points of well-formed UTF-8. */
size_t hf_text_length(struct hf_slice text);

/* Appends lower-case hex. */
void hf_text_hex(struct hf_buf *out, struct hf_slice bytes);
/* Decodes exactly out_len bytes of hex, either case. HF_ERR_INVALID otherwise. */
HF_CHECKED enum hf_status hf_text_unhex(struct hf_slice hex, uint8_t *out, size_t out_len);

/* Base64 with padding (RFC 4648 section 4), and base64url without (section 5). Decoding is strict: canonical
 * padding, zero spare bits, no white space. Decoded bytes are appended to out; HF_ERR_INVALID leaves out as it was. */
void hf_text_base64(struct hf_buf *out, struct hf_slice bytes);
HF_CHECKED enum hf_status hf_text_unbase64(struct hf_slice text, struct hf_buf *out);
void hf_text_base64url(struct hf_buf *out, struct hf_slice bytes);
HF_CHECKED enum hf_status hf_text_unbase64url(struct hf_slice text, struct hf_buf *out);

/* UTC, milliseconds: 2026-11-21T21:58:35.123Z. Years 0000 to 9999; later times are shown as 9999-12-31T23:59:59.999Z.
 */
void hf_text_time(uint64_t unix_ms, char out[HF_TIME_TEXT_BYTES]);
/* YYYY-MM-DDThh:mm[:ss[.mmm]](Z|±hh:mm) to Unix ms; HF_ERR_INVALID for anything else or a day that does not exist. */
HF_CHECKED enum hf_status hf_text_parse_time(struct hf_slice text, uint64_t *out_unix_ms);
/* True for YYYY-MM-DD naming a day that exists. */
bool hf_text_is_date(struct hf_slice text);

/* "3 years 2 months", "5 hours", "1 minute": the two largest units, rounded down. */
void hf_text_span(uint64_t span_ms, char *out, size_t size);

/* One cell of a CSV row: quotes are doubled, and what a spreadsheet would take for a formula becomes text. */
void hf_text_csv_cell(const char *text, struct hf_buf *out);

#endif
