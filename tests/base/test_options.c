#include "core/base/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define WORDS 4

struct parsed {
    struct hf_option options[3];
    struct hf_slice many[2];
    struct hf_slice words[WORDS];
    size_t word_count;
    struct hf_error err;
    enum hf_status status;
};

static void parse(struct parsed *out, const char *const *texts, size_t count)
{
    struct hf_slice args[16];
    memset(out, 0, sizeof *out);
    out->options[0] = (struct hf_option){.name = "--json"};
    out->options[1] = (struct hf_option){.name = "--role", .has_value = true};
    out->options[2] = (struct hf_option){.name = "--case", .has_value = true, .values = out->many, .values_max = 2};
    for (size_t i = 0; i < count; i++)
        args[i] = hf_slice_str(texts[i]);
    out->status = hf_options_parse(args, count, out->options, 3, out->words, WORDS, &out->word_count, &out->err);
}

#define PARSE(out, ...)                                                                                                \
    do {                                                                                                               \
        const char *const texts[] = {__VA_ARGS__};                                                                     \
        parse(out, texts, sizeof texts / sizeof *texts);                                                               \
    } while (0)

static void assert_text(struct hf_slice slice, const char *text)
{
    assert_int_equal(slice.len, strlen(text));
    assert_memory_equal(slice.data, text, slice.len);
}

static void options__are_taken_in_any_order_and_both_forms(void **state)
{
    (void)state;
    struct parsed p;
    PARSE(&p, "new", "--role=worker", "what=a=b", "--json", "--case", "1", "--case=2");
    assert_int_equal(p.status, HF_OK);
    assert_int_equal(p.options[0].seen, 1);
    assert_text(p.options[1].value, "worker");
    assert_text(p.many[0], "1");
    assert_text(p.many[1], "2");
    assert_int_equal(p.word_count, 2);
    assert_text(p.words[1], "what=a=b");
}

static void words_after_two_dashes__are_not_options(void **state)
{
    (void)state;
    struct parsed p;
    PARSE(&p, "--", "--json", "-");
    assert_int_equal(p.status, HF_OK);
    assert_int_equal(p.options[0].seen, 0);
    assert_int_equal(p.word_count, 2);
    assert_text(p.words[0], "--json");
}

static void empty_value__is_a_value(void **state)
{
    (void)state;
    struct parsed p;
    PARSE(&p, "--role=");
    assert_int_equal(p.status, HF_OK);
    assert_int_equal(p.options[1].seen, 1);
    assert_int_equal(p.options[1].value.len, 0);
}

static void wrong_options__are_refused_by_name(void **state)
{
    (void)state;
    struct parsed p;
    PARSE(&p, "--rolle", "worker");
    assert_int_equal(p.status, HF_ERR_INVALID);
    assert_non_null(strstr(p.err.text, "--rolle"));
    PARSE(&p, "--role");
    assert_int_equal(p.status, HF_ERR_INVALID);
    assert_non_null(strstr(p.err.text, "--role needs a value"));
    PARSE(&p, "--json=yes");
    assert_int_equal(p.status, HF_ERR_INVALID);
    PARSE(&p, "--role", "a", "--role", "b");
    assert_int_equal(p.status, HF_ERR_INVALID);
    PARSE(&p, "--case=1", "--case=2", "--case=3");
    assert_int_equal(p.status, HF_ERR_LIMIT);
    PARSE(&p, "1", "2", "3", "4", "5");
    assert_int_equal(p.status, HF_ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options__are_taken_in_any_order_and_both_forms),
        cmocka_unit_test(words_after_two_dashes__are_not_options),
        cmocka_unit_test(empty_value__is_a_value),
        cmocka_unit_test(wrong_options__are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
