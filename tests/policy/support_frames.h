/* Frames: cases at a moment, with what the engine must say of them. They come from tests/policy/scenarios (every rule
 * kept and broken; nothing else may be open or raised) and from tests/policy/tables (the same case under several
 * changes, one column each, with the words of some rules).
 *
 * A file of tables: {"world": …, "tables": [{"about", "records", "now", "settings": a change over the world,
 * "columns": {name: change, …}, or "vary": {"record", "field", "values"} (null takes the field away), or
 * "settings_vary": {"name", "values"} or "nows": [time, …]; "expect": {row: word for all columns, or [word, …]}}]}.
 * A row is RULE, RULE@subject, with .owner, .due or .first_due behind it for these in place of the status. A status is
 * followed by the alert that it raises, and "(beyond)" when the calendar ends before the limit. */
#ifndef HF_TESTS_POLICY_SUPPORT_FRAMES_H
#define HF_TESTS_POLICY_SUPPORT_FRAMES_H

#include "tests/policy/support_policy.h"

#define FRAMES_MAX  2000
#define ROWS_MAX    80
#define RAISED_MAX  40
#define WORD_BYTES  96
#define PLACE_BYTES 160

struct row {
    const char *name; /* as written: RULE[@subject][.owner] */
    char rule[24];
    char subject[48]; /* "" : the duty that stands worst */
    const char *wanted;
};
struct frame {
    char place[PLACE_BYTES]; /* for messages: file and part */
    const char *pack;        /* name of the pack */
    const json_t *settings;  /* or NULL */
    uint64_t now_ms;
    struct a_case *built;
    size_t row_count;
    struct row rows[ROWS_MAX];
    const json_t *closed; /* of a scenario: its part, with "also_open" and "alerts"; NULL for tables */
    size_t raised_count;  /* what the whole pack raises: rule and code; filled by frames_note */
    struct {
        const char *rule, *code;
    } raised[RAISED_MAX];
};
struct frames {
    size_t count;
    struct frame *items[FRAMES_MAX];
    json_t *held; /* documents that the frames borrow from */
    size_t files;
};

/* Reads all files; fails the test on a malformed one. */
void frames_load(struct frames *frames);
void frames_free(struct frames *frames);
/* Evaluates a frame with this pack. */
void frame_run(const struct frame *frame, const struct hf_policy_pack *pack, const struct hf_calendar *calendar,
               struct hf_policy_result *result);
/* Keeps which rule raised what, from the result of the whole pack. The pack must stay. */
void frame_note(struct frame *frame, const struct hf_policy_result *result);
/* Whether the result is what the frame wants. With `only`, of this rule alone: result comes from a pack with no other
 * rule, and alerts of the others are those noted. Prints differences when `loud`. */
bool frame_fits(const struct frame *frame, const struct hf_policy_result *result, const char *only, bool loud);
bool frame_names(const struct frame *frame, const char *rule);
/* What the engine says, in the words of a row. */
void row_word(const struct row *row, const struct hf_policy_result *result, char out[WORD_BYTES]);

#endif
