/* What the files of the policy book share. Private to this room. */
#ifndef HF_CORE_POLICY_BOOK_INTERNAL_H
#define HF_CORE_POLICY_BOOK_INTERNAL_H

#include "core/policy/book.h"
#include "core/policy/eval.h"

struct hf_book {
    struct hf_book_file *files;
    size_t file_count, file_cap;
    struct hf_record_state *records; /* of the office case, in the order they were given */
    size_t record_count, record_cap;
    struct hf_record_state *joined; /* scratch: the records of a case, then the acknowledgements */
    size_t joined_cap;
    struct hf_policy_result result;
};

/* The one value of a field by name; NONE when it is empty, cleared, in conflict or unknown. */
struct hf_policy_value hf_book_value(const struct hf_record_state *record, const char *field);
bool hf_book_value_is_text(const struct hf_record_state *record, const char *field, struct hf_slice text);
/* `from` is not after the day, and `until` not before it; an end that is not set is open. */
bool hf_book_in_force(const struct hf_record_state *record, hf_day day);

#endif
