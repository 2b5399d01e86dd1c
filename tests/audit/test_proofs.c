/* Proof files beside the tiles. */
#include "tests/audit/support_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHOWN 2 /* the entry that the proof is about */
#define NAME  "proof/2.tlog-proof"

static struct support_log office;
static struct support_bundle bundle;
static struct hf_audit audit;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, 4);
    support_bundle_make(&office, 5, &bundle);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_bundle_end(&bundle);
    support_log_end(&office);
    return 0;
}

/* The proof of entry `index` in the tree of `size` entries, with the checkpoint that stands in `note_file`, as the
 * proof file of entry SHOWN. */
static void put_proof(uint64_t index, uint64_t size, const char *note_file, struct hf_slice extra)
{
    struct hf_proof proof;
    const struct hf_buf *note = support_bundle_find(&bundle, note_file);
    assert_non_null(note);
    if (!support_bundle_find(&bundle, NAME))
        memcpy(bundle.file[bundle.count++].name, NAME, sizeof NAME);
    struct hf_buf *file = support_bundle_find(&bundle, NAME);
    hf_buf_reset(file);
    assert_int_equal(hf_tree_prove_inclusion(index, size, hf_node_store_get, &office.nodes, &proof), HF_OK);
    assert_int_equal(hf_proof_file_format(index, &proof, extra, hf_buf_slice(note), file), HF_OK);
}

static struct hf_slice shown(uint64_t index)
{
    return hf_slice_of(support_entry(&office, index), HF_LEAF_BYTES);
}

static void proofs_that_hold__are_counted(void **state)
{
    (void)state;
    put_proof(SHOWN, office.size, HF_BUNDLE_CHECKPOINT, hf_slice_of(NULL, 0));
    support_accepted(&bundle, &office);
    put_proof(SHOWN, office.size, HF_BUNDLE_CHECKPOINT, shown(SHOWN));
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_OK);
    assert_int_equal(audit.summary.proofs, 1);
    hf_audit_end(&audit);
}

static void a_flipped_bit_in_a_proof__is_refused_and_named(void **state)
{
    (void)state;
    put_proof(SHOWN, office.size, HF_BUNDLE_CHECKPOINT, shown(SHOWN));
    struct hf_buf *file = support_bundle_find(&bundle, NAME);
    for (size_t i = 0; i < file->len; i++) {
        file->data[i] ^= (uint8_t)(1u << i % 8);
        support_refused(&bundle, &office, HF_AUDIT_PROOF, SHOWN);
        file->data[i] ^= (uint8_t)(1u << i % 8);
    }
}

static void proofs_of_something_else__are_refused(void **state)
{
    (void)state;
    put_proof(3, office.size, HF_BUNDLE_CHECKPOINT, shown(3));
    support_refused_saying(&bundle, &office, HF_AUDIT_PROOF, "proof of another entry");
    put_proof(SHOWN, 5, HF_BUNDLE_PREV, shown(SHOWN));
    support_refused_saying(&bundle, &office, HF_AUDIT_PROOF, "for another checkpoint");
    put_proof(SHOWN, 5, HF_BUNDLE_CHECKPOINT, shown(SHOWN));
    support_refused_saying(&bundle, &office, HF_AUDIT_PROOF, "does not prove");
    put_proof(SHOWN, office.size, HF_BUNDLE_CHECKPOINT, shown(3));
    support_refused_saying(&bundle, &office, HF_AUDIT_PROOF, "holds another entry");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(proofs_that_hold__are_counted),
        TEST(a_flipped_bit_in_a_proof__is_refused_and_named),
        TEST(proofs_of_something_else__are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
