/* Evidence of a fork: what proves itself, what needs a bundle, and what proves nothing. */
#include "core/log/evidence.h"
#include "core/log/node_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES 12
#define ORIGIN  "northshire.example/holdfast"

static struct hf_node_store store;
static struct hf_sign_key secret;
static struct hf_evidence evidence;
static struct hf_buf earlier, later;

static int set_up(void **state)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    for (uint8_t i = 0; i < ENTRIES; i++) {
        struct hf_hash hash;
        hf_tree_leaf_hash(hf_slice_of(&i, 1), &hash);
        assert_int_equal(hf_node_store_append(&store, &hash), HF_OK);
    }
    memset(seed, 7, sizeof seed);
    hf_sign_key_from_seed(seed, &secret);
    evidence = (struct hf_evidence){.found_ms = 1795600000000ull, .says = hf_slice_str("It does not continue.")};
    assert_int_equal(hf_note_key_init(hf_slice_str(ORIGIN), secret.public_key, &evidence.log), HF_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hf_node_store_clear(&store);
    hf_buf_clear(&earlier);
    hf_buf_clear(&later);
    return 0;
}

static void sign(uint64_t size, uint8_t mark, struct hf_buf *out)
{
    struct hf_checkpoint head = {.size = size};
    memcpy(head.origin, ORIGIN, sizeof ORIGIN);
    assert_int_equal(hf_tree_root_at(size, hf_node_store_get, &store, &head.root), HF_OK);
    head.root.bytes[0] ^= mark;
    hf_buf_clear(out);
    assert_int_equal(hf_checkpoint_sign(&head, &evidence.log, &secret, out), HF_OK);
}

/* Through the file, as a third party gets it. */
static enum hf_evidence_finding judged(uint64_t one, uint64_t other, uint8_t mark)
{
    struct hf_buf file = {0};
    struct hf_evidence read;
    struct hf_checkpoint a, b;
    sign(one, 0, &earlier);
    sign(other, mark, &later);
    evidence.earlier = hf_buf_slice(&earlier);
    evidence.later = hf_buf_slice(&later);
    evidence.proof.count = 0;
    if (one < other)
        assert_int_equal(hf_tree_prove_consistency(one, other, hf_node_store_get, &store, &evidence.proof), HF_OK);
    assert_int_equal(hf_evidence_format(&evidence, &file), HF_OK);
    assert_int_equal(hf_evidence_parse(hf_buf_slice(&file), &read), HF_OK);
    enum hf_evidence_finding finding = hf_evidence_judge(&read, &a, &b);
    hf_buf_clear(&file);
    return finding;
}

static void evidence__says_what_two_checkpoints_show(void **state)
{
    (void)state;
    assert_int_equal(judged(7, 7, 1), HF_EVIDENCE_PROVES);
    assert_int_equal(judged(7, 7, 0), HF_EVIDENCE_CONTINUES);
    assert_int_equal(judged(7, 11, 0), HF_EVIDENCE_CONTINUES);
    assert_int_equal(judged(7, 11, 1), HF_EVIDENCE_ACCUSES);
    assert_int_equal(judged(11, 7, 0), HF_EVIDENCE_ACCUSES);
}

static void checkpoint_that_the_log_did_not_sign__proves_nothing(void **state)
{
    struct hf_checkpoint a, b;
    (void)state;
    assert_int_equal(judged(7, 7, 1), HF_EVIDENCE_PROVES);
    later.data[later.len - 30] ^= 1;
    assert_int_equal(hf_evidence_judge(&evidence, &a, &b), HF_EVIDENCE_UNSIGNED);
    evidence.earlier = hf_slice_of(NULL, 0);
    assert_int_equal(hf_evidence_judge(&evidence, &a, &b), HF_EVIDENCE_UNSIGNED);
}

static void every_truncation_of_the_file__is_refused(void **state)
{
    struct hf_buf file = {0};
    struct hf_evidence read;
    (void)state;
    (void)judged(7, 11, 1);
    assert_int_equal(hf_evidence_format(&evidence, &file), HF_OK);
    for (size_t len = 0; len < file.len; len++)
        assert_int_equal(hf_evidence_parse(hf_slice_of(file.data, len), &read), HF_ERR_INVALID);
    hf_buf_append_u8(&file, '\n');
    assert_int_equal(hf_evidence_parse(hf_buf_slice(&file), &read), HF_ERR_INVALID);
    hf_buf_clear(&file);
}

/* A shown change is a line more; what is not one is refused. */
static void shown_change__comes_back_as_it_was(void **state)
{
    struct hf_buf file = {0};
    struct hf_evidence read;
    static const uint8_t leaf[] = {0, 1, 2, 0xFF};
    static const char *const bad[] = {"shown 7 \n",    "shown 7 0\n", "shown 7 0g\n", "shown  00\n",
                                      "shown 07 00\n", "shown 00\n",  "shown 7 00",   "more\n"};
    (void)state;
    (void)judged(7, 11, 1);
    assert_int_equal(hf_evidence_format(&evidence, &file), HF_OK);
    const size_t plain = file.len;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hf_buf_append_str(&file, bad[i]);
        assert_int_equal(hf_evidence_parse(hf_buf_slice(&file), &read), HF_ERR_INVALID);
        file.len = plain;
    }
    hf_buf_clear(&file);
    evidence.shown = hf_slice_of(leaf, sizeof leaf);
    evidence.place = 302;
    assert_int_equal(hf_evidence_format(&evidence, &file), HF_OK);
    assert_int_equal(hf_evidence_parse(hf_buf_slice(&file), &read), HF_OK);
    assert_int_equal(read.place, 302);
    assert_true(hf_slice_equal(read.shown, evidence.shown));
    evidence.shown = hf_slice_of(NULL, 0);
    hf_buf_clear(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence__says_what_two_checkpoints_show),
        cmocka_unit_test(checkpoint_that_the_log_did_not_sign__proves_nothing),
        cmocka_unit_test(shown_change__comes_back_as_it_was),
        cmocka_unit_test(every_truncation_of_the_file__is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
