/* The body of a read (kind 8): who opened which records during a visit. One leaf for each device and visit, sealed
 * under the journal key of the device, which only that device and the server hold (docs/decisions/0008). No state:
 * merge never looks at it.
 *
 * { 1 began uint (Unix ms), 2 cases [bin16 …], 3 reasons [text …],
 *   4 lines [[case uint, record bin16 or nil, what uint, at uint, lasted uint, times uint, reason uint?] …],
 *   5 journal key sealed to the key store bin80?, 6 lost uint? }
 * A line names its case and its reason by their places in the lists. `at` is seconds after `began`, `lasted` seconds
 * from the first to the last opening. Key 5 stands in the first leaf under a key; key 6 counts openings that could not
 * be noted. The case of zeros stands for every case.
 *
 * Encoders append; errors show in the buffer. The decoder is strict and borrows. Pure. */
#ifndef HF_CORE_MODEL_BODY_READ_H
#define HF_CORE_MODEL_BODY_READ_H

#include "core/model/body.h"

#define HF_READ_CASES_MAX        64
#define HF_READ_REASONS_MAX      32
#define HF_READ_LINES_MAX        512
#define HF_READ_REASON_BYTES_MAX 500

/* What was done. Stored and signed: stable. */
enum hf_read_what {
    HF_READ_RECORD = 1,  /* a record was opened */
    HF_READ_HISTORY = 2, /* who changed it, and how it was before */
    HF_READ_LIST = 3,    /* the list of a case's records */
    HF_READ_SEARCH = 4,  /* a search showed a piece of the case */
    HF_READ_DRAFT = 5,   /* what is being typed about a record */
    HF_READ_SAR = 6,     /* a copy of the case was made for the person that it is about */
    HF_READ_AUDIT = 7,   /* the log was exported with contents */
    HF_READ_CHRONOLOGY = 8,
    HF_READ_PAPER = 9,    /* a paper of it was made for others */
    HF_READ_FILE = 10,    /* it was written into a file that leaves the device */
    HF_READ_RELEASE = 11, /* a copy for the person was released: names of others are not marked; for records officers */
    HF_READ_WHAT_COUNT
};
/* Whether it is for records officers alone (officer.h). */
bool hf_read_what_needs_officer(enum hf_read_what what);
/* "opened the record"; never NULL. */
const char *hf_read_what_text(enum hf_read_what what);
/* "record"; never NULL. */
const char *hf_read_what_name(enum hf_read_what what);

#define HF_READ_NO_REASON UINT32_MAX
struct hf_read_line {
    uint32_t case_at;
    struct hf_id record_id; /* zero: the case as a whole */
    enum hf_read_what what;
    uint64_t at_s, lasted_s;
    uint64_t times;
    uint32_t reason_at; /* HF_READ_NO_REASON: none was given */
};
struct hf_read_body {
    uint64_t began_ms;
    uint32_t case_count, reason_count, line_count;
    struct hf_id cases[HF_READ_CASES_MAX];
    struct hf_slice reasons[HF_READ_REASONS_MAX];
    struct hf_read_line lines[HF_READ_LINES_MAX];
    bool has_key;
    uint8_t sealed_key[HF_SEALED_CLASS_KEY_BYTES];
    uint64_t lost;
};
void hf_read_body_encode(const struct hf_read_body *body, struct hf_buf *out);
/* HF_ERR_INVALID, HF_ERR_LIMIT. About 40 kB: not for the stack of a small thread. */
HF_CHECKED enum hf_status hf_read_body_decode(struct hf_slice bytes, struct hf_read_body *out);

/* Under which name the key of a device's journal of one year is kept: SHA-256("holdfast journal v1\0" ‖ log id ‖ device
 * ‖ year u32)[0..16). The year is the one in UTC in which the page began, so that a journal can be erased year by year.
 */
struct hf_id hf_journal_id(const uint8_t log_id[HF_HASH_BYTES], const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                           uint32_t year);
uint32_t hf_journal_year(uint64_t began_ms);
#define HF_JOURNAL_SINGLE 0 /* in place of a year: pages that are about one case, each with a key of its own */

/* Reasons are a person's words, and go with their case. A page with a reason about a case is about that case alone, and
 * belongs to it at the office. True: so it is, the case; false: the page belongs to the journal of its year. */
bool hf_read_body_is_about(const struct hf_read_body *body, struct hf_id *out_case);
/* False: it gives a reason about a case and is about others too, or does not bring its own key. */
bool hf_read_body_stands_alone(const struct hf_read_body *body);
/* A line of it is about something that only records officers do. */
bool hf_read_body_needs_officer(const struct hf_read_body *body);

#endif
