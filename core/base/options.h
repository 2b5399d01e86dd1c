/* Command lines of the programs: long options and the words between them. Pure; everything borrows from the arguments.
 */
#ifndef HF_CORE_BASE_OPTIONS_H
#define HF_CORE_BASE_OPTIONS_H

#include "core/base/bytes.h"

struct hf_option {
    const char *name; /* "--json" */
    bool has_value;
    /* filled by parsing */
    size_t seen;           /* how often it was given */
    struct hf_slice value; /* the last value */
    struct hf_slice
        *values; /* when not NULL: takes all values, at most values_max; an option without it may be given once */
    size_t values_max;
};

/* Takes "--name value", "--name=value" and "--name"; "--" ends the options. Other words go to
 * words[0..*out_word_count). HF_ERR_INVALID or HF_ERR_LIMIT with text that names the option and what is allowed. */
HF_CHECKED enum hf_status hf_options_parse(const struct hf_slice *args, size_t count, struct hf_option *options,
                                           size_t option_count, struct hf_slice *words, size_t word_max,
                                           size_t *out_word_count, struct hf_error *err);

#endif
