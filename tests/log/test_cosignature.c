#include "core/base/text.h"
#include "core/log/cosignature.h"
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DASH "\xE2\x80\x94 "
/* The first twelve leaves of the sample log, signed and cosigned by another program (Go's crypto/ed25519 and
 * x/mod/sumdb) with keys of one repeated byte: 5 the log, 9 the witness. */
#define TEXT         "example.com/log\n12\nZ1ITGNKsIBtsb/ynvfF/2RfXgAasM93eLJ2J5p4Di5E=\n"
#define LOG_VKEY     "example.com/log+5d2653e3+AW56HN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFvx"
#define WITNESS_VKEY "witness.example/w1+24b5d9fe+BP0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY"
#define LOG_LINE                                                                                                       \
    DASH "example.com/log "                                                                                            \
         "XSZT47cJS+IIjYjWvaFC8Z4AYL3Mgn0r5sKW9mKMoJVmEQT3XWayJCLeo0KC5EdsKd4uzvVVtjY/v2/9BVJl80RgxQo=\n"
#define WITNESS_LINE                                                                                                   \
    DASH "witness.example/w1 "                                                                                         \
         "JLXZ/gAAAABkGFDL8jKx5akxD9mNknBPD8fGAhm00khJENgCXOOy95blDW7wS4VxkZktvHB0s9rkGN5xgrFjF1IoefCtiAuO30EEAw==\n"
#define NOTE         TEXT "\n" LOG_LINE WITNESS_LINE
#define STATED_S     1679315147u
#define WITNESS_SEED 9

static struct hf_cosigner witness(void)
{
    struct hf_cosigner cosigner;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    assert_int_equal(hf_cosigner_parse(hf_slice_str(WITNESS_VKEY), &cosigner), HF_OK);
    return cosigner;
}

static enum hf_note_finding find_in(struct hf_slice note, uint64_t *out_unix_s)
{
    struct hf_cosigner cosigner = witness();
    struct hf_note_form form;
    assert_int_equal(hf_note_parse(note, &form), HF_OK);
    return hf_cosigner_find(&form, &cosigner, out_unix_s);
}

/* A cosignature line for `text` made here, with any time and any message. */
static void append_line(struct hf_buf *note, uint64_t unix_s, const char *message)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    uint8_t bytes[4 + 8 + HF_SIGN_BYTES];
    struct hf_sign_key secret;
    struct hf_cosigner cosigner = witness();
    memset(seed, WITNESS_SEED, sizeof seed);
    hf_sign_key_from_seed(seed, &secret);
    hf_put_u32(bytes, cosigner.id);
    hf_put_u64(bytes + 4, unix_s);
    hf_sign(&secret, hf_slice_of(NULL, 0), hf_slice_str(message), bytes + 12);
    hf_buf_append_str(note, DASH "witness.example/w1 ");
    hf_text_base64(note, hf_slice_of(bytes, sizeof bytes));
    hf_buf_append_str(note, "\n");
}

static void a_cosignature_of_another_program__holds(void **state)
{
    (void)state;
    uint64_t unix_s = 0;
    struct hf_note_key key;
    struct hf_checkpoint checkpoint;
    struct hf_hash naive;
    assert_int_equal(find_in(hf_slice_str(NOTE), &unix_s), HF_NOTE_HOLDS);
    assert_int_equal(unix_s, STATED_S);
    assert_int_equal(find_in(hf_slice_str(NOTE), NULL), HF_NOTE_HOLDS);

    assert_int_equal(hf_note_key_parse(hf_slice_str(LOG_VKEY), &key), HF_OK);
    assert_int_equal(hf_checkpoint_open(hf_slice_str(NOTE), &key, &checkpoint), HF_OK);
    support_naive_root(0, 12, &naive);
    support_assert_same(&checkpoint.root, &naive);
}

static void our_signature__is_that_of_another_program(void **state)
{
    (void)state;
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_buf note;
    support_key("example.com/log", 5, &key, &secret);
    hf_buf_init(&note, 0);
    assert_int_equal(hf_note_sign(hf_slice_str(TEXT), &key, &secret, &note), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&note), hf_slice_str(TEXT "\n" LOG_LINE)));
    hf_buf_clear(&note);
}

static void without_its_line__the_witness_is_absent(void **state)
{
    (void)state;
    uint64_t unix_s = 1;
    assert_int_equal(find_in(hf_slice_str(TEXT "\n" LOG_LINE), &unix_s), HF_NOTE_ABSENT);
    assert_int_equal(unix_s, 1);
}

static void every_bit_of_time_and_signature__counts(void **state)
{
    (void)state;
    struct hf_note_form form;
    struct hf_cosigner cosigner = witness();
    uint64_t unix_s = 1;
    assert_int_equal(hf_note_parse(hf_slice_str(NOTE), &form), HF_OK);
    assert_int_equal(form.line[1].signature_bytes, 72);
    for (size_t bit = 0; bit < 72 * 8; bit++) {
        form.line[1].signature[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(hf_cosigner_find(&form, &cosigner, &unix_s), HF_NOTE_FORGED);
        assert_int_equal(unix_s, 1);
        form.line[1].signature[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    assert_int_equal(hf_cosigner_find(&form, &cosigner, &unix_s), HF_NOTE_HOLDS);
}

static void a_line_under_the_witness_name_with_another_id__is_ignored(void **state)
{
    (void)state;
    assert_int_equal(find_in(hf_slice_str(NOTE DASH "witness.example/w1 AAAAAAA=\n"), NULL), HF_NOTE_HOLDS);
    assert_int_equal(find_in(hf_slice_str(NOTE DASH "witness.example/w2 JLXZ/gA=\n"), NULL), HF_NOTE_HOLDS);
    assert_int_equal(find_in(hf_slice_str(NOTE DASH "witness.example/w1 JLXZ/gA=\n"), NULL), HF_NOTE_FORGED);
}

static void a_cosignature_of_another_length__is_forged(void **state)
{
    (void)state;
    struct hf_note_form form;
    struct hf_cosigner cosigner = witness();
    assert_int_equal(hf_note_parse(hf_slice_str(NOTE), &form), HF_OK);
    form.line[1].signature_bytes = 71;
    assert_int_equal(hf_cosigner_find(&form, &cosigner, NULL), HF_NOTE_FORGED);
    form.line[1].signature_bytes = 73;
    assert_int_equal(hf_cosigner_find(&form, &cosigner, NULL), HF_NOTE_FORGED);
}

static void a_cosignature_of_another_text__is_forged(void **state)
{
    (void)state;
    assert_int_equal(
        find_in(hf_slice_str("example.com/log\n13\nZ1ITGNKsIBtsb/ynvfF/2RfXgAasM93eLJ2J5p4Di5E=\n\n" WITNESS_LINE),
                NULL),
        HF_NOTE_FORGED);
}

static void the_latest_of_several_times__is_told(void **state)
{
    (void)state;
    struct hf_buf note;
    uint64_t unix_s = 0;
    hf_buf_init(&note, 0);
    hf_buf_append_str(&note, TEXT "\n" LOG_LINE);
    append_line(&note, 1700000000, "cosignature/v1\ntime 1700000000\n" TEXT);
    hf_buf_append_str(&note, WITNESS_LINE);
    assert_int_equal(find_in(hf_buf_slice(&note), &unix_s), HF_NOTE_HOLDS);
    assert_int_equal(unix_s, 1700000000);
    hf_buf_clear(&note);
}

static void other_messages_by_the_witness__are_forged(void **state)
{
    (void)state;
    static const struct {
        uint64_t unix_s;
        const char *message;
    } cases[] = {
        {5, TEXT},                                                       /* a plain note signature */
        {5, "cosignature/v1\ntime 6\n" TEXT},                            /* another time */
        {5, "cosignature/v1\ntime 05\n" TEXT},                           /* a leading zero */
        {5, "cosignature/v1\n" TEXT},                                    /* no time */
        {5, "cosignature/v2\ntime 5\n" TEXT},                            /* another version */
        {5, "cosignature/v1\ntime 5\n" NOTE},                            /* the signatures as well */
        {1ull << 63, "cosignature/v1\ntime 9223372036854775808\n" TEXT}, /* beyond 2^63-1 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hf_buf note;
        hf_buf_init(&note, 0);
        hf_buf_append_str(&note, TEXT "\n" LOG_LINE);
        append_line(&note, cases[i].unix_s, cases[i].message);
        assert_int_equal(find_in(hf_buf_slice(&note), NULL), HF_NOTE_FORGED);
        hf_buf_clear(&note);
    }
}

static void extension_lines__are_covered(void **state)
{
    (void)state;
    struct hf_buf note;
    hf_buf_init(&note, 0);
    hf_buf_append_str(&note, TEXT "an extension\n\n");
    append_line(&note, INT64_MAX, "cosignature/v1\ntime 9223372036854775807\n" TEXT "an extension\n");
    assert_int_equal(find_in(hf_buf_slice(&note), NULL), HF_NOTE_HOLDS);
    hf_buf_reset(&note);
    hf_buf_append_str(&note, TEXT "an extension\n\n");
    append_line(&note, 5, "cosignature/v1\ntime 5\n" TEXT);
    assert_int_equal(find_in(hf_buf_slice(&note), NULL), HF_NOTE_FORGED);
    hf_buf_clear(&note);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cosignature_of_another_program__holds),
        cmocka_unit_test(our_signature__is_that_of_another_program),
        cmocka_unit_test(without_its_line__the_witness_is_absent),
        cmocka_unit_test(every_bit_of_time_and_signature__counts),
        cmocka_unit_test(a_line_under_the_witness_name_with_another_id__is_ignored),
        cmocka_unit_test(a_cosignature_of_another_length__is_forged),
        cmocka_unit_test(a_cosignature_of_another_text__is_forged),
        cmocka_unit_test(the_latest_of_several_times__is_told),
        cmocka_unit_test(other_messages_by_the_witness__are_forged),
        cmocka_unit_test(extension_lines__are_covered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
