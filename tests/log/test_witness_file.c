/* What a witness is asked, what it checks, and what it signs. */
#include "core/log/witness_file.h"
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES 12
#define ORIGIN  "example.com/log"
/* The line of another program for these keys, this checkpoint and this time: see test_cosignature.c. */
#define FOREIGN_LINE                                                                                                   \
    "\xE2\x80\x94 witness.example/w1 "                                                                                 \
    "JLXZ/gAAAABkGFDL8jKx5akxD9mNknBPD8fGAhm00khJENgCXOOy95blDW7wS4VxkZktvHB0s9rkGN5xgrFjF1IoefCtiAuO30EEAw==\n"
#define STATED_S 1679315147u

static struct hf_node_store store;
static struct hf_sign_key log_secret, witness_secret;
static struct hf_note_key log_key;
static struct hf_cosigner witness;

static int set_up(void **state)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    (void)state;
    support_fill(&store, ENTRIES);
    memset(seed, 5, sizeof seed);
    hf_sign_key_from_seed(seed, &log_secret);
    memset(seed, 9, sizeof seed);
    hf_sign_key_from_seed(seed, &witness_secret);
    assert_int_equal(hf_note_key_init(hf_slice_str(ORIGIN), log_secret.public_key, &log_key), HF_OK);
    assert_int_equal(hf_cosigner_init(hf_slice_str("witness.example/w1"), witness_secret.public_key, &witness), HF_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hf_node_store_clear(&store);
    return 0;
}

static struct hf_checkpoint head_at(uint64_t size)
{
    struct hf_checkpoint head = {.size = size};
    (void)snprintf(head.origin, sizeof head.origin, "%s", ORIGIN);
    assert_int_equal(hf_tree_root_at(size, hf_node_store_get, &store, &head.root), HF_OK);
    return head;
}

/* The honest request; *note owns what it borrows. */
static struct hf_witness_request ask(uint64_t old_size, const struct hf_checkpoint *head, struct hf_buf *note)
{
    struct hf_witness_request request = {.old_size = old_size};
    hf_buf_reset(note);
    assert_int_equal(hf_checkpoint_sign(head, &log_key, &log_secret, note), HF_OK);
    request.note = hf_buf_slice(note);
    if (old_size > 0 && old_size <= head->size)
        assert_int_equal(
            hf_tree_prove_consistency(old_size, head->size, hf_node_store_get, &store, &request.consistency), HF_OK);
    return request;
}

static void log_that_grows__may_be_signed_at_every_step(void **state)
{
    struct hf_buf note = {0}, file = {0};
    struct hf_checkpoint last, next;
    (void)state;
    for (uint64_t old_size = 0; old_size <= ENTRIES; old_size++)
        for (uint64_t size = old_size ? old_size : 1; size <= ENTRIES; size++) {
            const struct hf_checkpoint head = head_at(size);
            struct hf_witness_request request = ask(old_size, &head, &note), read;
            last = (struct hf_checkpoint){.size = 0};
            if (old_size)
                last = head_at(old_size);
            hf_buf_reset(&file);
            assert_int_equal(hf_witness_request_format(&request, &file), HF_OK);
            assert_int_equal(hf_witness_request_parse(hf_buf_slice(&file), &read), HF_OK);
            assert_int_equal(hf_witness_check(&read, &log_key, &last, &next, NULL), HF_OK);
            assert_int_equal(next.size, size);
            assert_memory_equal(next.root.bytes, head.root.bytes, HF_HASH_BYTES);
        }
    hf_buf_clear(&note);
    hf_buf_clear(&file);
}

static void rollback__is_refused(void **state)
{
    struct hf_buf note = {0};
    struct hf_checkpoint last = head_at(9), head = head_at(7), next;
    (void)state;
    struct hf_witness_request request = ask(7, &head, &note);
    request.consistency.count = 0;
    assert_int_equal(hf_witness_check(&request, &log_key, &last, &next, NULL), HF_ERR_DENIED);
    request.old_size = 9;
    assert_int_equal(hf_witness_check(&request, &log_key, &last, &next, NULL), HF_ERR_DENIED);
    hf_buf_clear(&note);
}

static void fork__is_refused(void **state)
{
    struct hf_buf note = {0};
    struct hf_checkpoint last = head_at(9), next;
    (void)state;
    for (uint64_t size = 9; size <= ENTRIES; size++) {
        struct hf_checkpoint head = head_at(size);
        head.root.bytes[3] ^= 1; /* signed by the log, and another history */
        struct hf_witness_request request = ask(9, &head, &note);
        assert_int_equal(hf_witness_check(&request, &log_key, &last, &next, NULL), HF_ERR_DENIED);
    }
    hf_buf_clear(&note);
}

static void request_from_another_size__is_sent_back(void **state)
{
    struct hf_buf note = {0};
    struct hf_checkpoint last = head_at(9), head = head_at(11), next;
    struct hf_error err = {0};
    (void)state;
    struct hf_witness_request request = ask(7, &head, &note);
    assert_int_equal(hf_witness_check(&request, &log_key, &last, &next, &err), HF_ERR_CONFLICT);
    assert_non_null(strstr(err.text, "signed 9"));
    request = ask(0, &head, &note);
    assert_int_equal(hf_witness_check(&request, &log_key, &last, &next, NULL), HF_ERR_CONFLICT);
    hf_buf_clear(&note);
}

static void checkpoint_of_another_log__is_refused(void **state)
{
    struct hf_buf note = {0};
    struct hf_checkpoint last = {.size = 0}, head = head_at(11), next;
    struct hf_note_key other;
    (void)state;
    struct hf_witness_request request = ask(0, &head, &note);
    assert_int_equal(hf_note_key_init(hf_slice_str(ORIGIN), witness_secret.public_key, &other), HF_OK);
    assert_int_equal(hf_witness_check(&request, &other, &last, &next, NULL), HF_ERR_AUTH);
    hf_buf_clear(&note);
}

static void request_of_another_form__is_not_read(void **state)
{
    static const char *const wrong[] = {"", "old 1", "old 01\n\nx", "new 1\n\n", "old 1\nAAAA\n\n", "old 1\n\n"};
    struct hf_witness_request request;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(hf_witness_request_parse(hf_slice_str(wrong[i]), &request), HF_ERR_INVALID);
}

static void our_line__is_that_of_another_program(void **state)
{
    struct hf_buf text = {0}, line = {0};
    struct hf_checkpoint head = head_at(ENTRIES);
    (void)state;
    hf_checkpoint_text(&head, &text);
    assert_int_equal(hf_cosigner_sign(&witness, &witness_secret, STATED_S, hf_buf_slice(&text), &line), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&line), hf_slice_str(FOREIGN_LINE)));
    assert_int_equal(hf_cosigner_sign(&witness, &witness_secret, 0, hf_buf_slice(&text), &line), HF_ERR_INVALID);
    assert_int_equal(hf_cosigner_sign(&witness, &witness_secret, STATED_S, hf_slice_str("x\n"), &line), HF_ERR_INVALID);
    hf_buf_clear(&text);
    hf_buf_clear(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_that_grows__may_be_signed_at_every_step),
        cmocka_unit_test(rollback__is_refused),
        cmocka_unit_test(fork__is_refused),
        cmocka_unit_test(request_from_another_size__is_sent_back),
        cmocka_unit_test(checkpoint_of_another_log__is_refused),
        cmocka_unit_test(request_of_another_form__is_not_read),
        cmocka_unit_test(our_line__is_that_of_another_program),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
