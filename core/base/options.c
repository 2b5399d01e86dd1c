#include "core/base/options.h"

#include <string.h>

struct given {
    struct hf_slice name;
    struct hf_slice value;
    bool has_value;
};

static struct given split(struct hf_slice arg)
{
    struct given given = {.name = arg};
    const uint8_t *equals = memchr(arg.data, '=', arg.len);
    if (equals) {
        given.name.len = (size_t)(equals - arg.data);
        given.value = hf_slice_of(equals + 1, arg.len - given.name.len - 1);
        given.has_value = true;
    }
    return given;
}

static struct hf_option *find(struct hf_option *options, size_t count, struct hf_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (hf_slice_equal(hf_slice_str(options[i].name), name))
            return &options[i];
    return NULL;
}

static enum hf_status keep(struct hf_option *option, struct hf_slice value, struct hf_error *err)
{
    if (option->seen > 0 && !option->values)
        return hf_error_set(err, HF_ERR_INVALID, "%s was given twice.", option->name);
    if (option->values && option->seen == option->values_max)
        return hf_error_set(err, HF_ERR_LIMIT, "%s can be given at most %zu times.", option->name, option->values_max);
    if (option->values)
        option->values[option->seen] = value;
    option->value = value;
    option->seen++;
    return HF_OK;
}

static enum hf_status take_option(const struct hf_slice *args, size_t count, size_t *at, struct hf_option *options,
                                  size_t option_count, struct hf_error *err)
{
    struct given given = split(args[*at]);
    struct hf_option *option = find(options, option_count, given.name);
    if (!option)
        return hf_error_set(err, HF_ERR_INVALID, "There is no option %.*s here. --help shows those there are.",
                            (int)given.name.len, (const char *)given.name.data);
    if (!option->has_value && given.has_value)
        return hf_error_set(err, HF_ERR_INVALID, "%s takes no value.", option->name);
    if (option->has_value && !given.has_value) {
        if (*at + 1 == count)
            return hf_error_set(err, HF_ERR_INVALID, "%s needs a value.", option->name);
        given.value = args[++*at];
    }
    return keep(option, given.value, err);
}

enum hf_status hf_options_parse(const struct hf_slice *args, size_t count, struct hf_option *options,
                                size_t option_count, struct hf_slice *words, size_t word_max, size_t *out_word_count,
                                struct hf_error *err)
{
    size_t word_count = 0;
    bool only_words = false;
    for (size_t i = 0; i < count; i++) {
        bool dashed = args[i].len > 2 && memcmp(args[i].data, "--", 2) == 0;
        if (!only_words && hf_slice_equal(args[i], hf_slice_str("--"))) {
            only_words = true;
        } else if (!only_words && dashed) {
            enum hf_status status = take_option(args, count, &i, options, option_count, err);
            if (status != HF_OK)
                return status;
        } else if (word_count == word_max) {
            return hf_error_set(err, HF_ERR_LIMIT, "“%.*s” is one word too many. --help shows what is expected.",
                                (int)args[i].len, (const char *)args[i].data);
        } else {
            words[word_count++] = args[i];
        }
    }
    *out_word_count = word_count;
    return HF_OK;
}
