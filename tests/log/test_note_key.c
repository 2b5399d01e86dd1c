#include "core/log/cosignature.h"
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The example key of the signed-note specification, and the published key of the Go checksum database. */
#define SPEC_VKEY  "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define SUMDB_VKEY "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
/* The published key of a public witness. */
#define WITNESS_VKEY "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"

static void published_keys__are_read_and_written_back(void **state)
{
    (void)state;
    static const char *const vkeys[] = {SPEC_VKEY, SUMDB_VKEY};
    for (size_t i = 0; i < 2; i++) {
        struct hf_note_key key;
        struct hf_buf text;
        hf_buf_init(&text, 0);
        assert_int_equal(hf_note_key_parse(hf_slice_str(vkeys[i]), &key), HF_OK);
        hf_note_key_format(&key, &text);
        assert_true(hf_slice_equal(hf_buf_slice(&text), hf_slice_str(vkeys[i])));
        hf_buf_clear(&text);
    }
}

static void spec_key__has_the_name_and_id_it_says(void **state)
{
    (void)state;
    struct hf_note_key key;
    struct hf_note_key made;
    assert_int_equal(hf_note_key_parse(hf_slice_str(SPEC_VKEY), &key), HF_OK);
    assert_string_equal(key.name, "example.com/foo");
    assert_int_equal(key.id, 0x530D903A);
    assert_int_equal(hf_note_key_init(hf_slice_str("example.com/foo"), key.public_key, &made), HF_OK);
    assert_int_equal(made.id, key.id);
}

static void witness_key__is_read_as_a_cosigner_only(void **state)
{
    (void)state;
    struct hf_cosigner cosigner;
    struct hf_note_key key;
    struct hf_buf text;
    hf_buf_init(&text, 0);
    assert_int_equal(hf_cosigner_parse(hf_slice_str(WITNESS_VKEY), &cosigner), HF_OK);
    assert_string_equal(cosigner.name, "remora.n621.de");
    assert_int_equal(cosigner.id, 0xDA77ADE7);
    hf_cosigner_format(&cosigner, &text);
    assert_true(hf_slice_equal(hf_buf_slice(&text), hf_slice_str(WITNESS_VKEY)));
    hf_buf_clear(&text);

    assert_int_equal(hf_note_key_parse(hf_slice_str(WITNESS_VKEY), &key), HF_ERR_UNSUPPORTED);
    assert_int_equal(hf_cosigner_parse(hf_slice_str(SPEC_VKEY), &cosigner), HF_ERR_UNSUPPORTED);
}

static void one_key_under_two_types__has_two_ids(void **state)
{
    (void)state;
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_cosigner cosigner;
    support_key("example.com/log", 3, &key, &secret);
    assert_int_equal(hf_cosigner_init(hf_slice_str("example.com/log"), secret.public_key, &cosigner), HF_OK);
    assert_int_not_equal(key.id, cosigner.id);
}

static void malformed_keys__are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *vkey;
        enum hf_status status;
    } cases[] = {
        {"", HF_ERR_INVALID},
        {"example.com/foo", HF_ERR_INVALID},
        {"example.com/foo+530d903a", HF_ERR_INVALID},
        {"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", HF_ERR_INVALID},
        {"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", HF_ERR_INVALID},
        {"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", HF_ERR_INVALID},
        {"example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", HF_ERR_INVALID},
        {"example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", HF_ERR_INVALID},
        {"example.com/foo+0530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", HF_ERR_INVALID},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2", HF_ERR_INVALID},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n", HF_ERR_INVALID},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAAAA", HF_ERR_INVALID},
        {"example.com/foo+530d903a+AQ==", HF_ERR_INVALID},
        {"example.com/foo+530d903a+", HF_ERR_INVALID},
        {"exam ple.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", HF_ERR_INVALID},
        {"example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", HF_ERR_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hf_note_key key = {.id = 77};
        assert_int_equal(hf_note_key_parse(hf_slice_str(cases[i].vkey), &key), cases[i].status);
        assert_int_equal(key.id, 77);
    }
}

static void names__follow_the_rule_of_the_spec(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "example.com/log42", "\xC3\xA9t\xC3\xA9", "\xE2\x80\x94", "\x7F"};
    static const char *const bad[] = {
        "",
        "a b",
        "a+b",
        "+",
        " a",
        "a\n",
        "a\tb",
        "\x01",
        "a\xC2\xA0",
        "\xFF",
        "\xC3",
        "\xC2\x85",
        "\xE1\x9A\x80",
        "a\xE2\x80\x83z",
        "\xE2\x80\xA8",
        "\xE2\x80\xAF",
        "\xE2\x81\x9F",
        "\xE3\x80\x80",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(hf_note_name_fits(hf_slice_str(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(hf_note_name_fits(hf_slice_str(bad[i])));
}

static void a_name_too_long__is_over_the_limit(void **state)
{
    (void)state;
    char name[HF_NOTE_NAME_BYTES_MAX + 2];
    struct hf_note_key key;
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES] = {1};
    memset(name, 'n', sizeof name);
    assert_int_equal(hf_note_key_init(hf_slice_of(name, HF_NOTE_NAME_BYTES_MAX), public_key, &key), HF_OK);
    assert_int_equal(strlen(key.name), HF_NOTE_NAME_BYTES_MAX);
    assert_int_equal(hf_note_key_init(hf_slice_of(name, HF_NOTE_NAME_BYTES_MAX + 1), public_key, &key), HF_ERR_LIMIT);
    assert_int_equal(hf_note_key_init(hf_slice_str("a b"), public_key, &key), HF_ERR_INVALID);

    struct hf_buf text;
    struct hf_note_key again;
    hf_buf_init(&text, HF_VKEY_TEXT_BYTES_MAX);
    hf_note_key_format(&key, &text);
    assert_int_equal(hf_buf_status(&text), HF_OK);
    assert_int_equal(hf_note_key_parse(hf_buf_slice(&text), &again), HF_OK);
    hf_buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_keys__are_read_and_written_back),
        cmocka_unit_test(spec_key__has_the_name_and_id_it_says),
        cmocka_unit_test(witness_key__is_read_as_a_cosigner_only),
        cmocka_unit_test(one_key_under_two_types__has_two_ids),
        cmocka_unit_test(malformed_keys__are_refused),
        cmocka_unit_test(names__follow_the_rule_of_the_spec),
        cmocka_unit_test(a_name_too_long__is_over_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
