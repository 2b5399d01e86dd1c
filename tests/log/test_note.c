#include "core/base/text.h"
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DASH "\xE2\x80\x94 "
/* The example of the signed-note specification. */
#define SPEC_VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define SPEC_TEXT "This is an example message.\n"
#define SPEC_SIG  "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
#define SPEC_LINE DASH "example.com/foo " SPEC_SIG "\n"
#define SPEC_NOTE SPEC_TEXT "\n" SPEC_LINE
/* Five bytes: a key id of someone unknown and a signature of one byte. */
#define STRANGER_LINE DASH "stranger.example AAAAAAA=\n"

static struct hf_note_key spec_key(void)
{
    struct hf_note_key key;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    assert_int_equal(hf_note_key_parse(hf_slice_str(SPEC_VKEY), &key), HF_OK);
    return key;
}

static enum hf_status open_as(const char *note, const struct hf_note_key *key)
{
    struct hf_slice text = {.len = 0};
    enum hf_status status = hf_note_open(hf_slice_str(note), key, &text);
    assert_true(status == HF_OK || text.len == 0);
    return status;
}

static void the_example_of_the_spec__opens(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    struct hf_slice text;
    assert_int_equal(hf_note_open(hf_slice_str(SPEC_NOTE), &key, &text), HF_OK);
    assert_true(hf_slice_equal(text, hf_slice_str(SPEC_TEXT)));
}

static void a_published_checkpoint__opens_as_a_note(void **state)
{
    (void)state;
    static const char note[] =
        "go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n" DASH "sum.golang.org "
        "Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+"
        "o3GeoWwOoAw=\n";
    struct hf_note_key key;
    struct hf_checkpoint checkpoint;
    assert_int_equal(
        hf_note_key_parse(hf_slice_str("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"), &key),
        HF_OK);
    assert_int_equal(open_as(note, &key), HF_OK);
    /* As a checkpoint of ours it does not count: its origin is not the name of the key. */
    assert_int_equal(hf_checkpoint_open(hf_slice_str(note), &key, &checkpoint), HF_ERR_AUTH);
}

static void every_bit_of_the_text__is_signed(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    char note[] = SPEC_NOTE;
    size_t refused = 0;
    for (size_t bit = 0; bit < (sizeof SPEC_TEXT - 1) * 8; bit++) {
        note[bit / 8] = (char)(note[bit / 8] ^ (1 << (bit % 8)));
        enum hf_status status = open_as(note, &key);
        assert_true(status == HF_ERR_AUTH || status == HF_ERR_INVALID);
        refused++;
        note[bit / 8] = (char)(note[bit / 8] ^ (1 << (bit % 8)));
    }
    assert_int_equal(refused, (sizeof SPEC_TEXT - 1) * 8);
    assert_int_equal(open_as(note, &key), HF_OK);
}

static void every_bit_of_the_signature__counts(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    struct hf_buf signature;
    hf_buf_init(&signature, 0);
    assert_int_equal(hf_text_unbase64(hf_slice_str(SPEC_SIG), &signature), HF_OK);
    assert_int_equal(signature.len, 4 + HF_SIGN_BYTES);
    for (size_t bit = 0; bit < signature.len * 8; bit++) {
        struct hf_buf note;
        hf_buf_init(&note, 0);
        signature.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        hf_buf_append_str(&note, SPEC_TEXT "\n" DASH "example.com/foo ");
        hf_text_base64(&note, hf_buf_slice(&signature));
        hf_buf_append(&note, "\n", 2);
        assert_int_equal(open_as((const char *)note.data, &key), HF_ERR_AUTH);
        signature.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        hf_buf_clear(&note);
    }
    hf_buf_clear(&signature);
}

static void a_signature_of_another_length__does_not_hold(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    struct hf_buf signature = {.len = 0};
    assert_int_equal(hf_text_unbase64(hf_slice_str(SPEC_SIG), &signature), HF_OK);
    hf_buf_append_zeros(&signature, 8);
    for (size_t len = 5; len <= signature.len; len++) {
        struct hf_buf note = {.len = 0};
        hf_buf_append_str(&note, SPEC_TEXT "\n" DASH "example.com/foo ");
        hf_text_base64(&note, hf_slice_of(signature.data, len));
        hf_buf_append(&note, "\n", 2);
        assert_int_equal(open_as((const char *)note.data, &key), len == 4 + HF_SIGN_BYTES ? HF_OK : HF_ERR_AUTH);
        hf_buf_clear(&note);
    }
    hf_buf_clear(&signature);
}

static void strangers__are_ignored(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    assert_int_equal(open_as(SPEC_TEXT "\n" STRANGER_LINE SPEC_LINE, &key), HF_OK);
    assert_int_equal(open_as(SPEC_TEXT "\n" SPEC_LINE STRANGER_LINE, &key), HF_OK);
    assert_int_equal(open_as(SPEC_TEXT "\n" STRANGER_LINE, &key), HF_ERR_AUTH);
    /* The same name with another id, and the same id under another name, are strangers as well. */
    assert_int_equal(open_as(SPEC_TEXT "\n" DASH "example.com/foo AAAAAAA=\n" SPEC_LINE, &key), HF_OK);
    assert_int_equal(open_as(SPEC_TEXT "\n" DASH "example.com/bar Uw2QOgA=\n" SPEC_LINE, &key), HF_OK);
    assert_int_equal(open_as(SPEC_TEXT "\n" DASH "example.com/bar " SPEC_SIG "\n", &key), HF_ERR_AUTH);
}

static void one_forged_line__spoils_the_note(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    struct hf_note_form form;
    static const char forged_last[] = SPEC_TEXT "\n" SPEC_LINE DASH "example.com/foo Uw2QOgA=\n";
    static const char forged_first[] = SPEC_TEXT "\n" DASH "example.com/foo Uw2QOgA=\n" SPEC_LINE;
    assert_int_equal(open_as(forged_last, &key), HF_ERR_AUTH);
    assert_int_equal(open_as(forged_first, &key), HF_ERR_AUTH);
    assert_int_equal(hf_note_parse(hf_slice_str(forged_last), &form), HF_OK);
    assert_int_equal(hf_note_find(&form, &key), HF_NOTE_FORGED);
    assert_int_equal(open_as(SPEC_TEXT "\n" SPEC_LINE SPEC_LINE, &key), HF_OK);
}

static void text__ends_at_the_last_empty_line(void **state)
{
    (void)state;
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_buf note;
    struct hf_slice text;
    static const char with_gaps[] = "first\n\nsecond\n\n\nthird\n\n" DASH "not a signature\n";
    support_key("example.com/log", 5, &key, &secret);
    hf_buf_init(&note, 0);
    assert_int_equal(hf_note_sign(hf_slice_str(with_gaps), &key, &secret, &note), HF_OK);
    assert_int_equal(hf_note_open(hf_buf_slice(&note), &key, &text), HF_OK);
    assert_true(hf_slice_equal(text, hf_slice_str(with_gaps)));
    hf_buf_clear(&note);
}

static void malformed_notes__are_invalid(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    static const char *const notes[] = {
        "",
        "\n",
        "\n\n",
        SPEC_TEXT,
        SPEC_LINE,
        SPEC_TEXT SPEC_LINE,                             /* no blank line */
        SPEC_TEXT "\n",                                  /* no signature */
        SPEC_TEXT "\n\n" SPEC_LINE "\n",                 /* a blank line at the end */
        SPEC_TEXT "\n" DASH "example.com/foo " SPEC_SIG, /* no newline at the end */
        SPEC_TEXT "\n" SPEC_LINE "rest\n",               /* not a signature line */
        SPEC_TEXT "\n- example.com/foo " SPEC_SIG "\n",  /* a hyphen */
        SPEC_TEXT "\n\xE2\x80\x94"
                  "example.com/foo " SPEC_SIG "\n", /* no space after the dash */
        SPEC_TEXT "\n" DASH "  " SPEC_SIG "\n",     /* empty name */
        SPEC_TEXT "\n" DASH SPEC_SIG "\n",          /* no name */
        SPEC_TEXT "\n" DASH "a+b " SPEC_SIG "\n",
        SPEC_TEXT "\n" DASH "a\xC2\xA0"
                  "b " SPEC_SIG "\n",
        SPEC_TEXT "\n" DASH "example.com/foo  " SPEC_SIG "\n",
        SPEC_TEXT "\n" DASH "example.com/foo " SPEC_SIG " \n",
        SPEC_TEXT "\n" SPEC_LINE DASH "x AAAAAA==\n", /* a key id without a signature */
        SPEC_TEXT "\n" SPEC_LINE DASH "x AAAAAAA\n",  /* padding missing */
        SPEC_TEXT "\n" SPEC_LINE DASH "x AAAAAAB=\n", /* spare bits set */
        SPEC_TEXT "\n" SPEC_LINE DASH "x AAAA_AA=\n", /* the other alphabet */
        SPEC_TEXT "\n" SPEC_LINE DASH "x \n",
        SPEC_TEXT "\n" SPEC_LINE DASH "x\n",
        "tab\there\n\n" SPEC_LINE,
        "return\r\n\n" SPEC_LINE,
        "bell\x07\n\n" SPEC_LINE,
        "unit\x1F\n\n" SPEC_LINE,
        "bad \xC3\x28\n\n" SPEC_LINE,
        "half \xE2\x80\n\n" SPEC_LINE,
        "long \xC0\xAF\n\n" SPEC_LINE,
        "surrogate \xED\xA0\x80\n\n" SPEC_LINE,
    };
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        struct hf_note_form form = {.count = 99};
        assert_int_equal(open_as(notes[i], &key), HF_ERR_INVALID);
        assert_int_equal(hf_note_parse(hf_slice_str(notes[i]), &form), HF_ERR_INVALID);
        assert_int_equal(form.count, 99);
    }
}

static void a_nul_byte__is_invalid(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    struct hf_slice text;
    char note[] = SPEC_NOTE;
    note[4] = '\0';
    assert_int_equal(hf_note_open(hf_slice_of(note, sizeof note - 1), &key, &text), HF_ERR_INVALID);
}

static void other_scripts_and_del__are_fine(void **state)
{
    (void)state;
    struct hf_note_form form;
    assert_int_equal(hf_note_parse(hf_slice_str("\xC3\xA8 subito sera\x7F\n\n" SPEC_LINE), &form), HF_OK);
    assert_int_equal(form.count, 1);
}

static void signatures__are_limited(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    struct hf_buf note;
    struct hf_slice text;
    hf_buf_init(&note, 0);
    hf_buf_append_str(&note, SPEC_NOTE);
    for (size_t i = 1; i < HF_NOTE_SIGNATURES_MAX; i++)
        assert_int_equal(hf_note_add_line(hf_slice_str(STRANGER_LINE), &note), HF_OK);
    assert_int_equal(hf_note_open(hf_buf_slice(&note), &key, &text), HF_OK);

    size_t len = note.len;
    assert_int_equal(hf_note_add_line(hf_slice_str(STRANGER_LINE), &note), HF_ERR_LIMIT);
    assert_int_equal(note.len, len);
    hf_buf_append_str(&note, STRANGER_LINE);
    assert_int_equal(hf_note_open(hf_buf_slice(&note), &key, &text), HF_ERR_LIMIT);
    hf_buf_clear(&note);
}

static void sixteen_post_quantum_signatures__are_accepted(void **state)
{
    (void)state;
    struct hf_note_key key = spec_key();
    struct hf_buf note;
    struct hf_buf large;
    struct hf_slice text;
    hf_buf_init(&note, 0);
    hf_buf_init(&large, 0);
    hf_buf_append_zeros(&large, 4 + 8 + 4627);
    hf_buf_append_str(&note, SPEC_NOTE);
    for (size_t i = 0; i < 16; i++) {
        hf_buf_append_str(&note, DASH "stranger.example ");
        hf_text_base64(&note, hf_buf_slice(&large));
        hf_buf_append_str(&note, "\n");
    }
    assert_int_equal(hf_note_open(hf_buf_slice(&note), &key, &text), HF_OK);
    hf_buf_clear(&large);
    hf_buf_clear(&note);
}

static void a_note_too_long__is_over_the_limit(void **state)
{
    (void)state;
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_buf text;
    struct hf_buf note;
    struct hf_slice opened;
    support_key("example.com/log", 5, &key, &secret);
    hf_buf_init(&text, 0);
    hf_buf_init(&note, 0);
    while (text.len < HF_NOTE_BYTES_MAX)
        hf_buf_append_str(&text, "lines\n");
    assert_int_equal(hf_note_sign(hf_buf_slice(&text), &key, &secret, &note), HF_ERR_LIMIT);
    text.len = (HF_NOTE_BYTES_MAX / 6 - 1) * 6;
    assert_int_equal(hf_note_sign(hf_buf_slice(&text), &key, &secret, &note), HF_ERR_LIMIT);
    assert_int_equal(note.len, 0);
    hf_buf_append_slice(&note, hf_buf_slice(&text));
    hf_buf_append_str(&note, "lines\n\n" SPEC_LINE);
    assert_int_equal(hf_note_open(hf_buf_slice(&note), &key, &opened), HF_ERR_LIMIT);
    hf_buf_clear(&text);
    hf_buf_clear(&note);
}

static void signing__gives_the_line_that_the_key_opens(void **state)
{
    (void)state;
    struct hf_note_key key;
    struct hf_note_key other_key;
    struct hf_sign_key secret;
    struct hf_sign_key other_secret;
    struct hf_buf note;
    struct hf_slice text;
    support_key("example.com/log", 5, &key, &secret);
    support_key("example.com/log", 6, &other_key, &other_secret);
    hf_buf_init(&note, 0);
    hf_buf_append_str(&note, "before ");
    assert_int_equal(hf_note_sign(hf_slice_str("one\ntwo\n"), &key, &secret, &note), HF_OK);
    struct hf_slice made = hf_slice_of(note.data + 7, note.len - 7);
    assert_int_equal(hf_note_open(made, &key, &text), HF_OK);
    assert_true(hf_slice_equal(text, hf_slice_str("one\ntwo\n")));
    assert_int_equal(hf_note_open(made, &other_key, &text), HF_ERR_AUTH);
    hf_buf_clear(&note);
}

static void signing__refuses_what_is_no_note_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "no newline", "tab\t\n", "\xFF\n", "return\r\n"};
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_buf note;
    support_key("example.com/log", 5, &key, &secret);
    hf_buf_init(&note, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(hf_note_sign(hf_slice_str(texts[i]), &key, &secret, &note), HF_ERR_INVALID);
    assert_int_equal(note.len, 0);
    hf_buf_clear(&note);
}

static void adding_a_line__keeps_a_note_or_changes_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "\n", STRANGER_LINE STRANGER_LINE, DASH "x AAAAAAA=", "text\n", STRANGER_LINE "\n"};
    struct hf_note_key key = spec_key();
    struct hf_buf note;
    struct hf_note_form form;
    hf_buf_init(&note, 0);
    hf_buf_append_str(&note, SPEC_NOTE);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hf_note_add_line(hf_slice_str(bad[i]), &note), HF_ERR_INVALID);
        assert_true(hf_slice_equal(hf_buf_slice(&note), hf_slice_str(SPEC_NOTE)));
    }
    assert_int_equal(hf_note_add_line(hf_slice_str(STRANGER_LINE), &note), HF_OK);
    assert_int_equal(hf_note_parse(hf_buf_slice(&note), &form), HF_OK);
    assert_int_equal(form.count, 2);
    assert_int_equal(hf_note_find(&form, &key), HF_NOTE_HOLDS);
    hf_buf_clear(&note);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_spec__opens),
        cmocka_unit_test(a_published_checkpoint__opens_as_a_note),
        cmocka_unit_test(every_bit_of_the_text__is_signed),
        cmocka_unit_test(every_bit_of_the_signature__counts),
        cmocka_unit_test(a_signature_of_another_length__does_not_hold),
        cmocka_unit_test(strangers__are_ignored),
        cmocka_unit_test(one_forged_line__spoils_the_note),
        cmocka_unit_test(text__ends_at_the_last_empty_line),
        cmocka_unit_test(malformed_notes__are_invalid),
        cmocka_unit_test(a_nul_byte__is_invalid),
        cmocka_unit_test(other_scripts_and_del__are_fine),
        cmocka_unit_test(signatures__are_limited),
        cmocka_unit_test(sixteen_post_quantum_signatures__are_accepted),
        cmocka_unit_test(a_note_too_long__is_over_the_limit),
        cmocka_unit_test(signing__gives_the_line_that_the_key_opens),
        cmocka_unit_test(signing__refuses_what_is_no_note_text),
        cmocka_unit_test(adding_a_line__keeps_a_note_or_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
