/* Texts of two people woven together, by paragraphs. All texts are invented. HF_TEST_SEED=<number> runs one seed
 * again. */
#include "core/merge/text_merge.h"
#include "tests/merge/support_merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 400

static enum hf_status weave(const char *base, const char *left, const char *right, struct hf_text_merge *out)
{
    return hf_text_merge(hf_slice_str(base), hf_slice_str(left), hf_slice_str(right), out);
}

static void say(const char *base, const char *left, const char *right, const char *wanted)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        struct hf_text_merge merge = {0};
        assert_ok(swapped ? weave(base, right, left, &merge) : weave(base, left, right, &merge));
        hf_buf_append_u8(&merge.text, 0);
        assert_string_equal((const char *)merge.text.data, wanted);
        hf_text_merge_clear(&merge);
    }
}

static void say_nothing(const char *base, const char *left, const char *right)
{
    struct hf_text_merge merge = {0};
    assert_status(weave(base, left, right, &merge), HF_ERR_CONFLICT);
    assert_status(weave(base, right, left, &merge), HF_ERR_CONFLICT);
    assert_null(merge.parts);
    assert_null(merge.text.data);
}

/* --- by hand --- */

static void changes_of_different_paragraphs__are_both_there(void **state)
{
    (void)state;
    say("a\n\nb\n\nc", "A\n\nb\n\nc", "a\n\nb\n\nC", "A\n\nb\n\nC");
    say("a\nb", "A\nb", "a\nB", "A\nB"); /* side by side */
    say("a\nb\nc", "A\nb\nC", "a\nB\nc", "A\nB\nC");
}

static void paragraphs_put_in_at_different_places__are_both_there(void **state)
{
    (void)state;
    say("a\n\nb", "x\n\na\n\nb", "a\n\nb\n\ny", "x\n\na\n\nb\n\ny");
    say("a\n\nb", "a\n\nx\n\nb", "a\n\nb\n\ny", "a\n\nx\n\nb\n\ny");
    say("a\nb\nc", "a\nx\nb\nc", "a\nb\nC", "a\nx\nb\nC");
    say("a", "a\nx", "A", "A\nx");
    say("a", "x\na", "A", "x\nA");
}

static void paragraphs_taken_out__stay_out(void **state)
{
    (void)state;
    say("a\nb\nc", "b\nc", "a\nb\nC", "b\nC");
    say("a\nb\nc", "a\nc", "A\nb\nc", "A\nc");
    say("a\nb\nc", "b\nc", "a\nb", "b");
    say("a\nb", "b", "a\nB", "B"); /* the first paragraph goes, and with it the space before the second */
}

static void same_change_on_both_sides__is_there_once(void **state)
{
    (void)state;
    say("a\nb\nc\nd", "A\nb\nc\nd\nx", "A\nb\nC\nd\nx", "A\nb\nC\nd\nx");
    say("a\nb\nc", "a\nc\nx", "a\nc", "a\nc\nx");
    say("a\nb", "a\nb\n\nx", "a\nb\nx", "a\nb\n\nx"); /* but for the space */
}

static void changes_of_one_paragraph__give_no_suggestion(void **state)
{
    (void)state;
    say_nothing("a", "b", "c");
    say_nothing("a\nb", "A\nb", "x\nb");
    say_nothing("a\nb\nc", "a\nc", "a\nB\nc");              /* taken out, and changed */
    say_nothing("a\nb\nc\nd", "a\nB\nC\nd", "a\nb\nc!\nd"); /* changed with its neighbour */
    say_nothing("", "a", "b");
    say_nothing("a", "", "b");
}

static void unclear_places__give_no_suggestion(void **state)
{
    (void)state;
    say_nothing("a\nb", "a\nx\nb", "a\ny\nb");       /* both put in at one place */
    say_nothing("a\nb", "a\nb\nx", "a\nb\ny");       /* at the end as well */
    say_nothing("a\nb\nc", "a\nx\ny", "a\nb\nz\nc"); /* between two that were changed together */
    say_nothing("a\nb", "a\nx\ny", "a\nb\nz");       /* which of x and y is b? */
    say_nothing("a\nb\nc", "x\na\nb\nc", "a\nb\nc\nx");
    say_nothing("a\nb\nc", "b\nc\na", "b\nc");       /* moved, and taken out */
    say_nothing("a\nb\nc", "b\nc\na", "A\nb\nc");    /* moved, and changed */
    say_nothing("a\nb\na", "a\nb\na\na", "A\nb\na"); /* which of the two is new? */
    say_nothing("a\nb", "b\na", "a\nb\nc");          /* which of the two was moved? */
}

static void one_side_or_none__is_taken_to_the_byte(void **state)
{
    (void)state;
    say("a\nb\na", "a\nb\na", " \nb\na\n\n x \r\n\n", " \nb\na\n\n x \r\n\n");
    say("a\nb", "b\na\n", "b\na\n", "b\na\n");
    say("", "", "a\n\n", "a\n\n");
    say("a", "a", "", "");
    say("", "", "", "");
}

static void white_space_between_paragraphs__is_followed_where_it_can_be(void **state)
{
    (void)state;
    say("a\nb\nc", "a\n\nb\nc", "a\nb\nC", "a\n\nb\nC");
    say("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC");
    say("a\nb\nc", "a\n \nb\nc", "a\n\t\nb\nC", "a\n \nb\nC");
    say("a\r\nb", "A\r\nb", "a\r\nB", "A\r\nB");
}

static void parts__say_who_did_what(void **state)
{
    struct hf_text_merge merge = {0};
    static const struct {
        const char *text;
        enum hf_text_from from;
        bool removed;
    } want[] = {
        {"a", HF_TEXT_FROM_LEFT, true},  {"A", HF_TEXT_FROM_LEFT, false}, {"b", HF_TEXT_FROM_BASE, false},
        {"c", HF_TEXT_FROM_RIGHT, true}, {"d", HF_TEXT_FROM_BASE, false}, {"x", HF_TEXT_FROM_RIGHT, false},
        {"e", HF_TEXT_FROM_BASE, false}, {"f", HF_TEXT_FROM_BOTH, true},  {"F", HF_TEXT_FROM_BOTH, false},
    };
    (void)state;
    assert_ok(weave("a\nb\nc\nd\ne\nf", "A\nb\nc\nd\ne\nF", "a\nb\nd\nx\ne\nF", &merge));
    assert_int_equal(merge.part_count, sizeof want / sizeof want[0]);
    for (size_t i = 0; i < merge.part_count; i++) {
        assert_true(hf_slice_equal(merge.parts[i].text, hf_slice_str(want[i].text)));
        assert_int_equal(merge.parts[i].from, want[i].from);
        assert_int_equal(merge.parts[i].removed, want[i].removed);
    }
    hf_text_merge_clear(&merge);
    assert_null(merge.parts);
}

static void long_texts__are_refused(void **state)
{
    static char lines[2 * (HF_TEXT_MERGE_PARAGRAPHS_MAX + 1) + 1];
    static char bytes[HF_TEXT_MERGE_BYTES_MAX + 2];
    struct hf_text_merge merge = {0};
    (void)state;
    for (size_t i = 0; i < HF_TEXT_MERGE_PARAGRAPHS_MAX; i++)
        memcpy(lines + 2 * i, i % 2 ? "a\n" : "b\n", 2);
    assert_ok(weave("x", lines, "x", &merge));
    hf_text_merge_clear(&merge);
    memcpy(lines + 2 * HF_TEXT_MERGE_PARAGRAPHS_MAX, "c\n", 2);
    assert_status(weave("x", lines, "x", &merge), HF_ERR_LIMIT);
    assert_status(weave("x", "x", lines, &merge), HF_ERR_LIMIT);
    assert_status(weave(lines, "x", "x", &merge), HF_ERR_LIMIT);
    memset(bytes, 'a', HF_TEXT_MERGE_BYTES_MAX);
    assert_ok(weave("x", bytes, "x", &merge));
    hf_text_merge_clear(&merge);
    bytes[HF_TEXT_MERGE_BYTES_MAX] = 'a';
    assert_status(weave("x", bytes, "x", &merge), HF_ERR_LIMIT);
}

/* --- generated --- */

#define LINES_MAX 24
#define LINE_SIZE 40
#define PAGE_SIZE (LINES_MAX * (LINE_SIZE + 2))
struct page {
    size_t count;
    char lines[LINES_MAX][LINE_SIZE];
};

static uint64_t seed;

static void put_line(struct page *page, const char *line)
{
    assert_true(page->count < LINES_MAX);
    (void)snprintf(page->lines[page->count++], LINE_SIZE, "%s", line);
}

static char *text_of_page(const struct page *page, char out[PAGE_SIZE])
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < page->count; i++)
        len += (size_t)snprintf(out + len, LINE_SIZE + 2, "%s%s", i ? "\n\n" : "", page->lines[i]);
    return out;
}

/* Each paragraph and each gap belongs to one side at most; nothing is put in beside a change of the other. The answer
 * is known by construction. */
static void disjoint_changes(void)
{
    struct page base = {0}, left = {0}, right = {0}, wanted = {0};
    size_t count = 1 + random_below(&seed, 9);
    bool put_in = false, changed = false; /* by the step before */
    char base_text[PAGE_SIZE], left_text[PAGE_SIZE], right_text[PAGE_SIZE], wanted_text[PAGE_SIZE];
    for (size_t i = 0; i < count; i++) {
        char line[LINE_SIZE], other[LINE_SIZE];
        bool by_left = random_below(&seed, 2) == 0;
        struct page *doer = by_left ? &left : &right, *bystander = by_left ? &right : &left;
        (void)snprintf(line, sizeof line, "paragraph %zu", i);
        (void)snprintf(other, sizeof other, "%s %zu", by_left ? "left" : "right", i);
        put_line(&base, line);
        size_t what = random_below(&seed, 5);
        if (what == 0 && !changed && !put_in) { /* put in before an unchanged one */
            put_line(doer, other);
            put_line(&wanted, other);
            put_in = true;
        } else {
            put_in = false;
        }
        changed = !put_in && (what == 1 || what == 2);
        if (changed)
            put_line(bystander, line);
        if (changed && what == 1) {
            put_line(doer, other);
            put_line(&wanted, other);
        }
        if (!changed) {
            put_line(&left, line);
            put_line(&right, line);
            put_line(&wanted, line);
        }
    }
    say(text_of_page(&base, base_text), text_of_page(&left, left_text), text_of_page(&right, right_text),
        text_of_page(&wanted, wanted_text));
}

static struct page random_page(void)
{
    struct page page = {0};
    size_t count = random_below(&seed, 9);
    for (size_t i = 0; i < count; i++) {
        char line[LINE_SIZE];
        (void)snprintf(line, sizeof line, "word%zu", random_below(&seed, 16));
        put_line(&page, line);
    }
    return page;
}

static struct page changed_page(const struct page *base)
{
    struct page page = {0};
    for (size_t i = 0; i < base->count; i++) {
        char line[LINE_SIZE];
        size_t what = random_below(&seed, 8);
        (void)snprintf(line, sizeof line, "word%zu", random_below(&seed, 32));
        if (what == 0 || what == 1)
            put_line(&page, line);
        if (what > 1 || what == 0)
            put_line(&page, base->lines[i]);
    }
    return page;
}

static size_t count_line(const struct page *page, const char *line)
{
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++)
        count += strcmp(page->lines[i], line) == 0;
    return count;
}

static void read_page(const struct hf_text_merge *merge, struct page *out)
{
    out->count = 0;
    for (size_t i = 0; i < merge->part_count; i++) {
        char line[LINE_SIZE];
        struct hf_slice text = merge->parts[i].text;
        (void)snprintf(line, sizeof line, "%.*s", (int)text.len, (const char *)text.data);
        if (!merge->parts[i].removed)
            put_line(out, line);
    }
}

/* What the parts say that a side took out and put in makes that side of the base; all of it makes the merged text. */
static void check_counts(const struct page *base, const struct page *left, const struct page *right,
                         const struct page *merged, const struct hf_text_merge *merge)
{
    for (size_t word = 0; word < 32; word++) {
        char line[LINE_SIZE];
        (void)snprintf(line, sizeof line, "word%zu", word);
        size_t put_in[4] = {0}, taken_out[4] = {0};
        for (size_t i = 0; i < merge->part_count; i++)
            if (hf_slice_equal(merge->parts[i].text, hf_slice_str(line)))
                (merge->parts[i].removed ? taken_out : put_in)[merge->parts[i].from]++;
        const size_t *in = put_in, *out = taken_out;
        size_t was = count_line(base, line);
        assert_int_equal(count_line(left, line) + out[HF_TEXT_FROM_LEFT] + out[HF_TEXT_FROM_BOTH],
                         was + in[HF_TEXT_FROM_LEFT] + in[HF_TEXT_FROM_BOTH]);
        assert_int_equal(count_line(right, line) + out[HF_TEXT_FROM_RIGHT] + out[HF_TEXT_FROM_BOTH],
                         was + in[HF_TEXT_FROM_RIGHT] + in[HF_TEXT_FROM_BOTH]);
        assert_int_equal(count_line(merged, line) + out[HF_TEXT_FROM_LEFT] + out[HF_TEXT_FROM_RIGHT] +
                             out[HF_TEXT_FROM_BOTH],
                         was + in[HF_TEXT_FROM_LEFT] + in[HF_TEXT_FROM_RIGHT] + in[HF_TEXT_FROM_BOTH]);
        assert_int_equal(out[HF_TEXT_FROM_BASE], 0);
    }
}

static bool random_changes(void)
{
    const struct page base = random_page();
    const struct page left = changed_page(&base), right = changed_page(&base);
    struct page merged;
    char base_text[PAGE_SIZE], left_text[PAGE_SIZE], right_text[PAGE_SIZE], merged_text[PAGE_SIZE];
    struct hf_text_merge merge = {0}, swapped = {0};
    text_of_page(&base, base_text);
    text_of_page(&left, left_text);
    text_of_page(&right, right_text);
    say(base_text, left_text, left_text, left_text);
    say(base_text, base_text, right_text, right_text);
    enum hf_status status = weave(base_text, left_text, right_text, &merge);
    assert_status(weave(base_text, right_text, left_text, &swapped), status);
    if (status != HF_OK) {
        assert_status(status, HF_ERR_CONFLICT);
        return false;
    }
    assert_true(hf_slice_equal(hf_buf_slice(&merge.text), hf_buf_slice(&swapped.text)));
    read_page(&merge, &merged);
    text_of_page(&merged, merged_text);
    assert_true(hf_slice_equal(hf_buf_slice(&merge.text), hf_slice_str(merged_text)));
    check_counts(&base, &left, &right, &merged, &merge);
    hf_text_merge_clear(&merge);
    hf_text_merge_clear(&swapped);
    return true;
}

static uint64_t first_seed, running_seed;
static size_t rounds = ROUNDS;

/* Runs after each test; a test that came to its end leaves 0. */
static int say_seed(void **state)
{
    (void)state;
    if (running_seed)
        (void)printf("stopped at HF_TEST_SEED=%" PRIu64 "\n", running_seed);
    running_seed = 0;
    return 0;
}

static void disjoint_changes__are_woven_as_they_were_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < rounds; i++) {
        running_seed = seed = first_seed + i;
        disjoint_changes();
    }
    running_seed = 0;
}

static void random_texts__lose_no_word_and_gain_none(void **state)
{
    size_t woven = 0;
    (void)state;
    for (size_t i = 0; i < rounds; i++) {
        running_seed = seed = first_seed + i;
        woven += random_changes();
    }
    running_seed = 0;
    if (rounds == ROUNDS)
        assert_true(woven > ROUNDS / 20); /* they are no use if all of them are refused */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_of_different_paragraphs__are_both_there),
        cmocka_unit_test(paragraphs_put_in_at_different_places__are_both_there),
        cmocka_unit_test(paragraphs_taken_out__stay_out),
        cmocka_unit_test(same_change_on_both_sides__is_there_once),
        cmocka_unit_test(changes_of_one_paragraph__give_no_suggestion),
        cmocka_unit_test(unclear_places__give_no_suggestion),
        cmocka_unit_test(one_side_or_none__is_taken_to_the_byte),
        cmocka_unit_test(white_space_between_paragraphs__is_followed_where_it_can_be),
        cmocka_unit_test(parts__say_who_did_what),
        cmocka_unit_test(long_texts__are_refused),
        cmocka_unit_test_teardown(disjoint_changes__are_woven_as_they_were_made, say_seed),
        cmocka_unit_test_teardown(random_texts__lose_no_word_and_gain_none, say_seed),
    };
    const char *fixed = getenv("HF_TEST_SEED");
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    if (fixed)
        first_seed = strtoull(fixed, NULL, 10);
    else
        hf_random(&first_seed, sizeof first_seed);
    rounds = fixed ? 1 : ROUNDS;
    (void)printf("seeds %" PRIu64 " to %" PRIu64 "\n", first_seed, first_seed + rounds - 1);
    return cmocka_run_group_tests_name("text_merge", tests, NULL, NULL);
}
