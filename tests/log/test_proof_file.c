#include "core/log/proof_file.h"
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 7

struct sample {
    struct hf_node_store store;
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_buf note; /* the checkpoint of SIZE sample leaves */
};

static int set_up(void **state)
{
    static struct sample sample;
    struct hf_checkpoint checkpoint = {.origin = "example.com/log", .size = SIZE};
    memset(&sample, 0, sizeof sample);
    support_key("example.com/log", 5, &sample.key, &sample.secret);
    support_fill(&sample.store, SIZE);
    support_naive_root(0, SIZE, &checkpoint.root);
    assert_int_equal(hf_checkpoint_sign(&checkpoint, &sample.key, &sample.secret, &sample.note), HF_OK);
    *state = &sample;
    return 0;
}

static int tear_down(void **state)
{
    struct sample *sample = *state;
    hf_node_store_clear(&sample->store);
    hf_buf_clear(&sample->note);
    return 0;
}

static void make(struct sample *sample, uint64_t index, struct hf_slice extra, struct hf_buf *out)
{
    struct hf_proof proof;
    assert_int_equal(hf_tree_prove_inclusion(index, SIZE, hf_node_store_get, &sample->store, &proof), HF_OK);
    assert_int_equal(hf_proof_file_format(index, &proof, extra, hf_buf_slice(&sample->note), out), HF_OK);
}

static void every_entry__has_a_file_that_verifies(void **state)
{
    struct sample *sample = *state;
    for (uint64_t index = 0; index < SIZE; index++) {
        struct hf_buf bytes = {.len = 0};
        struct hf_proof_file file;
        struct hf_hash leaf;
        struct hf_checkpoint checkpoint = {.size = 0};
        make(sample, index, hf_slice_of(NULL, 0), &bytes);
        assert_int_equal(hf_proof_file_parse(hf_buf_slice(&bytes), &file), HF_OK);
        assert_false(file.has_extra);
        assert_int_equal(file.index, index);
        assert_true(hf_slice_equal(file.checkpoint, hf_buf_slice(&sample->note)));
        support_leaf_hash(index, &leaf);
        assert_int_equal(hf_proof_file_verify(&file, &sample->key, &leaf, &checkpoint), HF_OK);
        assert_int_equal(checkpoint.size, SIZE);
        assert_int_equal(hf_proof_file_verify(&file, &sample->key, &leaf, NULL), HF_OK);
        support_flip(&leaf, 9);
        assert_int_equal(hf_proof_file_verify(&file, &sample->key, &leaf, NULL), HF_ERR_AUTH);
        hf_proof_file_clear(&file);
        hf_buf_clear(&bytes);
    }
}

static void the_text__reads_as_the_spec_has_it(void **state)
{
    struct sample *sample = *state;
    struct hf_buf bytes = {.len = 0};
    struct hf_buf wanted = {.len = 0};
    struct hf_hash hash;
    make(sample, 6, hf_slice_str("abc"), &bytes);
    /* Entry 6 of 7 stands alone on the right: [4,6), then [0,4). */
    hf_buf_append_str(&wanted, "c2sp.org/tlog-proof@v1\nextra YWJj\nindex 6\n");
    support_naive_root(4, 6, &hash);
    support_append_base64(&hash, &wanted);
    support_naive_root(0, 4, &hash);
    support_append_base64(&hash, &wanted);
    hf_buf_append_str(&wanted, "\n");
    hf_buf_append_slice(&wanted, hf_buf_slice(&sample->note));
    assert_true(hf_slice_equal(hf_buf_slice(&bytes), hf_buf_slice(&wanted)));
    hf_buf_clear(&bytes);
    hf_buf_clear(&wanted);
}

static void extra__comes_back(void **state)
{
    struct sample *sample = *state;
    struct hf_buf bytes = {.len = 0};
    struct hf_proof_file file;
    make(sample, 2, hf_slice_str("entry 2"), &bytes);
    assert_int_equal(hf_proof_file_parse(hf_buf_slice(&bytes), &file), HF_OK);
    assert_true(file.has_extra);
    assert_true(hf_slice_equal(hf_buf_slice(&file.extra), hf_slice_str("entry 2")));
    hf_proof_file_clear(&file);
    hf_buf_reset(&bytes);

    make(sample, 2, hf_slice_str(""), &bytes);
    assert_int_equal(hf_proof_file_parse(hf_buf_slice(&bytes), &file), HF_OK);
    assert_true(file.has_extra);
    assert_int_equal(file.extra.len, 0);
    hf_proof_file_clear(&file);
    hf_buf_clear(&bytes);
}

static void a_single_entry__needs_no_hash_lines(void **state)
{
    struct sample *sample = *state;
    struct hf_buf bytes = {.len = 0};
    struct hf_proof proof = {.count = 0};
    struct hf_proof_file file;
    assert_int_equal(hf_proof_file_format(0, &proof, hf_slice_of(NULL, 0), hf_buf_slice(&sample->note), &bytes), HF_OK);
    assert_int_equal(hf_proof_file_parse(hf_buf_slice(&bytes), &file), HF_OK);
    assert_int_equal(file.proof.count, 0);
    hf_proof_file_clear(&file);
    hf_buf_clear(&bytes);
}

static void another_log_or_index__does_not_verify(void **state)
{
    struct sample *sample = *state;
    struct hf_buf bytes = {.len = 0};
    struct hf_proof_file file;
    struct hf_note_key other;
    struct hf_sign_key secret;
    struct hf_hash leaf;
    support_key("example.com/log", 6, &other, &secret);
    support_leaf_hash(2, &leaf);
    make(sample, 2, hf_slice_of(NULL, 0), &bytes);
    assert_int_equal(hf_proof_file_parse(hf_buf_slice(&bytes), &file), HF_OK);
    assert_int_equal(hf_proof_file_verify(&file, &other, &leaf, NULL), HF_ERR_AUTH);
    file.index = 3;
    assert_int_equal(hf_proof_file_verify(&file, &sample->key, &leaf, NULL), HF_ERR_AUTH);
    file.index = SIZE;
    assert_int_equal(hf_proof_file_verify(&file, &sample->key, &leaf, NULL), HF_ERR_INVALID);
    hf_proof_file_clear(&file);
    hf_buf_clear(&bytes);
}

#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

static void malformed_files__are_invalid(void **state)
{
    struct sample *sample = *state;
    static const char *const heads[] = {
        "",
        "c2sp.org/tlog-proof@v2\nindex 2\n\n",
        " " HEAD "index 2\n\n",
        HEAD "\n",
        HEAD HASH "\n",
        HEAD "index 2\n",
        HEAD "index 2\n" HASH,
        HEAD "index 02\n\n",
        HEAD "index -2\n\n",
        HEAD "index 2 \n\n",
        HEAD "index  2\n\n",
        HEAD "index\n\n",
        HEAD "index \n\n",
        HEAD "index 18446744073709551616\n\n",
        HEAD "Index 2\n\n",
        HEAD "extra\nindex 2\n\n",
        HEAD "extra YWJ\nindex 2\n\n",
        HEAD "extra YWJ!\nindex 2\n\n",
        HEAD "extra YWJj\nextra YWJj\nindex 2\n\n",
        HEAD "index 2\nextra YWJj\n\n",
        HEAD "extra YWJj\n\nindex 2\n\n",
        HEAD "index 2\n CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        HEAD "index 2\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n\n",
        HEAD "index 2\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n\n",
        HEAD "index 2\r\n\n",
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct hf_buf bytes = {.len = 0};
        struct hf_proof_file file = {.index = 55};
        hf_buf_append_str(&bytes, heads[i]);
        hf_buf_append_slice(&bytes, hf_buf_slice(&sample->note));
        assert_int_equal(hf_proof_file_parse(hf_buf_slice(&bytes), &file), HF_ERR_INVALID);
        assert_int_equal(file.index, 55);
        hf_buf_clear(&bytes);
    }
}

static void every_cut__is_refused(void **state)
{
    struct sample *sample = *state;
    struct hf_buf bytes = {.len = 0};
    make(sample, 2, hf_slice_str("entry 2"), &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        struct hf_proof_file file;
        assert_int_equal(hf_proof_file_parse(hf_slice_of(bytes.data, len), &file), HF_ERR_INVALID);
    }
    hf_buf_clear(&bytes);
}

static void limits__are_kept(void **state)
{
    struct sample *sample = *state;
    struct hf_buf bytes = {.len = 0};
    struct hf_buf extra = {.len = 0};
    struct hf_proof proof = {.count = HF_PROOF_FILE_HASHES_MAX + 1};
    struct hf_proof_file file;
    struct hf_slice none = hf_slice_of(NULL, 0);
    assert_int_equal(hf_proof_file_format(0, &proof, none, hf_buf_slice(&sample->note), &bytes), HF_ERR_LIMIT);
    proof.count = 0;
    assert_int_equal(hf_proof_file_format(0, &proof, none, hf_slice_str("no note\n"), &bytes), HF_ERR_INVALID);
    hf_buf_append_zeros(&extra, HF_PROOF_FILE_EXTRA_BYTES_MAX + 1);
    assert_int_equal(hf_proof_file_format(0, &proof, hf_buf_slice(&extra), hf_buf_slice(&sample->note), &bytes),
                     HF_ERR_LIMIT);
    assert_int_equal(bytes.len, 0);

    hf_buf_append_str(&bytes, HEAD "index 2\n");
    for (size_t i = 0; i <= HF_PROOF_FILE_HASHES_MAX; i++)
        hf_buf_append_str(&bytes, HASH);
    hf_buf_append_str(&bytes, "\n");
    hf_buf_append_slice(&bytes, hf_buf_slice(&sample->note));
    assert_int_equal(hf_proof_file_parse(hf_buf_slice(&bytes), &file), HF_ERR_LIMIT);
    hf_buf_reset(&bytes);
    hf_buf_append_zeros(&bytes, HF_PROOF_FILE_BYTES_MAX + 1);
    assert_int_equal(hf_proof_file_parse(hf_buf_slice(&bytes), &file), HF_ERR_LIMIT);
    hf_buf_clear(&bytes);
    hf_buf_clear(&extra);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry__has_a_file_that_verifies),
        cmocka_unit_test(the_text__reads_as_the_spec_has_it),
        cmocka_unit_test(extra__comes_back),
        cmocka_unit_test(a_single_entry__needs_no_hash_lines),
        cmocka_unit_test(another_log_or_index__does_not_verify),
        cmocka_unit_test(malformed_files__are_invalid),
        cmocka_unit_test(every_cut__is_refused),
        cmocka_unit_test(limits__are_kept),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
