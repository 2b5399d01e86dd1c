#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
/* The three lines of the example in the tlog-checkpoint specification. */
#define SPEC_TEXT "example.com/behind-the-sofa\n20852163\n" ROOT "\n"

static void the_example_of_the_spec__is_read_and_written_back(void **state)
{
    (void)state;
    struct hf_checkpoint checkpoint;
    struct hf_buf text;
    hf_buf_init(&text, 0);
    assert_int_equal(hf_checkpoint_parse(hf_slice_str(SPEC_TEXT), &checkpoint), HF_OK);
    assert_string_equal(checkpoint.origin, "example.com/behind-the-sofa");
    assert_int_equal(checkpoint.size, 20852163);
    assert_int_equal(checkpoint.root.bytes[0], 0x0A);
    assert_int_equal(checkpoint.root.bytes[31], 0x62);
    hf_checkpoint_text(&checkpoint, &text);
    assert_true(hf_slice_equal(hf_buf_slice(&text), hf_slice_str(SPEC_TEXT)));
    hf_buf_clear(&text);
}

static void forms_the_spec_allows__are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t size;
    } cases[] = {
        {"o\n0\n" ROOT "\n", 0},
        {"o\n18446744073709551615\n" ROOT "\n", UINT64_MAX},
        {"two words+plus\n7\n" ROOT "\n", 7},
        {"o\n7\n" ROOT "\nextension\nanother one\n", 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hf_checkpoint checkpoint;
        assert_int_equal(hf_checkpoint_parse(hf_slice_str(cases[i].text), &checkpoint), HF_OK);
        assert_true(checkpoint.size == cases[i].size);
    }
}

static void malformed_texts__are_invalid(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "o\n",
        "o\n7\n",
        "o\n7\n" ROOT,
        "\n7\n" ROOT "\n",
        "o\n\n" ROOT "\n",
        "o\n07\n" ROOT "\n",
        "o\n+7\n" ROOT "\n",
        "o\n-7\n" ROOT "\n",
        "o\n7 \n" ROOT "\n",
        "o\n 7\n" ROOT "\n",
        "o\n0x7\n" ROOT "\n",
        "o\n18446744073709551616\n" ROOT "\n",
        "o\n99999999999999999999\n" ROOT "\n",
        "o\n7\n\n",
        "o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
        "o\n7\nAAAA" ROOT "\n",
        "o\n7\n" ROOT " \n",
        "o\n7\n" ROOT "\n\n",
        "o\n7\n" ROOT "\next\n\nmore\n",
        "o\n7\n" ROOT "\next",
        "o\n7\n" ROOT "\nbad\x01\n",
        "o\xFF\n7\n" ROOT "\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct hf_checkpoint checkpoint = {.size = 5};
        assert_int_equal(hf_checkpoint_parse(hf_slice_str(texts[i]), &checkpoint), HF_ERR_INVALID);
        assert_int_equal(checkpoint.size, 5);
    }
}

static void an_origin_too_long__is_over_the_limit(void **state)
{
    (void)state;
    struct hf_buf text;
    struct hf_checkpoint checkpoint;
    hf_buf_init(&text, 0);
    for (size_t i = 0; i < HF_NOTE_NAME_BYTES_MAX; i++)
        hf_buf_append_str(&text, "o");
    hf_buf_append_str(&text, "\n7\n" ROOT "\n");
    assert_int_equal(hf_checkpoint_parse(hf_buf_slice(&text), &checkpoint), HF_OK);
    hf_buf_reset(&text);
    for (size_t i = 0; i <= HF_NOTE_NAME_BYTES_MAX; i++)
        hf_buf_append_str(&text, "o");
    hf_buf_append_str(&text, "\n7\n" ROOT "\n");
    assert_int_equal(hf_checkpoint_parse(hf_buf_slice(&text), &checkpoint), HF_ERR_LIMIT);
    hf_buf_clear(&text);
}

static struct hf_checkpoint sample(const char *origin, uint64_t size)
{
    struct hf_checkpoint checkpoint = {.size = size};
    memcpy(checkpoint.origin, origin, strlen(origin));
    support_naive_root(0, size, &checkpoint.root);
    return checkpoint;
}

static void signed_checkpoint__opens_for_its_own_log_only(void **state)
{
    (void)state;
    struct hf_note_key key;
    struct hf_note_key other;
    struct hf_sign_key secret;
    struct hf_sign_key other_secret;
    struct hf_checkpoint made = sample("example.com/log", 12);
    struct hf_checkpoint opened;
    struct hf_buf note;
    hf_buf_init(&note, 0);
    support_key("example.com/log", 5, &key, &secret);
    support_key("example.com/other", 5, &other, &other_secret);
    assert_int_equal(hf_checkpoint_sign(&made, &key, &secret, &note), HF_OK);
    assert_int_equal(hf_checkpoint_open(hf_buf_slice(&note), &key, &opened), HF_OK);
    assert_string_equal(opened.origin, made.origin);
    assert_int_equal(opened.size, 12);
    support_assert_same(&opened.root, &made.root);
    assert_int_equal(hf_checkpoint_open(hf_buf_slice(&note), &other, &opened), HF_ERR_AUTH);
    hf_buf_clear(&note);
}

static void a_key_signing_for_another_origin__is_refused(void **state)
{
    (void)state;
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_checkpoint made = sample("example.com/other", 12);
    struct hf_checkpoint opened;
    struct hf_buf text;
    struct hf_buf note;
    hf_buf_init(&text, 0);
    hf_buf_init(&note, 0);
    support_key("example.com/log", 5, &key, &secret);
    assert_int_equal(hf_checkpoint_sign(&made, &key, &secret, &note), HF_ERR_INVALID);
    assert_int_equal(note.len, 0);
    hf_checkpoint_text(&made, &text);
    assert_int_equal(hf_note_sign(hf_buf_slice(&text), &key, &secret, &note), HF_OK);
    assert_int_equal(hf_checkpoint_open(hf_buf_slice(&note), &key, &opened), HF_ERR_AUTH);
    hf_buf_clear(&text);
    hf_buf_clear(&note);
}

static void a_signed_text_that_is_no_checkpoint__is_invalid(void **state)
{
    (void)state;
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_checkpoint opened;
    struct hf_buf note;
    hf_buf_init(&note, 0);
    support_key("example.com/log", 5, &key, &secret);
    assert_int_equal(hf_note_sign(hf_slice_str("example.com/log\nhello\n"), &key, &secret, &note), HF_OK);
    assert_int_equal(hf_checkpoint_open(hf_buf_slice(&note), &key, &opened), HF_ERR_INVALID);
    hf_buf_clear(&note);
}

static void log_id__is_the_hash_of_the_origin_without_newline(void **state)
{
    (void)state;
    struct hf_hash id;
    struct hf_hash wanted;
    hf_log_id(hf_slice_str("abc"), id.bytes);
    support_unhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", &wanted);
    support_assert_same(&id, &wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_spec__is_read_and_written_back),
        cmocka_unit_test(forms_the_spec_allows__are_read),
        cmocka_unit_test(malformed_texts__are_invalid),
        cmocka_unit_test(an_origin_too_long__is_over_the_limit),
        cmocka_unit_test(signed_checkpoint__opens_for_its_own_log_only),
        cmocka_unit_test(a_key_signing_for_another_origin__is_refused),
        cmocka_unit_test(a_signed_text_that_is_no_checkpoint__is_invalid),
        cmocka_unit_test(log_id__is_the_hash_of_the_origin_without_newline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
