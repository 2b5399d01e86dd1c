#include "tests/log/support_files.h"
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE      600 /* two full tiles and a partial one */
#define PREV_SIZE 300

/* A bundle in memory: policy, checkpoint, prev and tiles of the sample log. */
struct sample {
    struct support_files files;
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_bundle bundle;
};

static void put_checkpoint(struct sample *sample, const char *name, uint64_t size, const struct hf_hash *root)
{
    struct hf_checkpoint checkpoint = {.origin = "example.com/log", .size = size, .root = *root};
    struct hf_buf note = {.len = 0};
    assert_int_equal(hf_checkpoint_sign(&checkpoint, &sample->key, &sample->secret, &note), HF_OK);
    support_files_put(&sample->files, name, hf_buf_slice(&note));
    hf_buf_clear(&note);
}

static void put_policy(struct sample *sample)
{
    struct hf_buf text = {.len = 0};
    hf_policy_file_format_log(&sample->key, &text);
    support_files_put(&sample->files, HF_BUNDLE_POLICY, hf_buf_slice(&text));
    hf_buf_clear(&text);
}

static void put_tiles(struct sample *sample, uint64_t size)
{
    struct hf_tile_writer writer;
    struct hf_hash root;
    hf_tile_writer_begin(&writer, support_files_emit, &sample->files);
    for (uint64_t i = 0; i < size; i++) {
        struct hf_buf entry = {.len = 0};
        support_entry(i, &entry);
        assert_int_equal(hf_tile_writer_add(&writer, hf_buf_slice(&entry)), HF_OK);
        hf_buf_clear(&entry);
    }
    assert_int_equal(hf_tile_writer_finish(&writer, &root), HF_OK);
    hf_tile_writer_end(&writer);
}

static struct sample *make_sample(uint64_t size, uint64_t prev_size)
{
    struct sample *sample = calloc(1, sizeof *sample);
    struct hf_hash root;
    assert_non_null(sample);
    support_key("example.com/log", 5, &sample->key, &sample->secret);
    put_policy(sample);
    support_naive_root(0, size, &root);
    put_checkpoint(sample, HF_BUNDLE_CHECKPOINT, size, &root);
    support_naive_root(0, prev_size, &root);
    put_checkpoint(sample, HF_BUNDLE_PREV, prev_size, &root);
    put_tiles(sample, size);
    struct hf_bundle_reader reader = support_files_reader(&sample->files);
    hf_bundle_begin(&sample->bundle, &reader);
    return sample;
}

static void free_sample(struct sample *sample)
{
    hf_bundle_end(&sample->bundle);
    support_files_clear(&sample->files);
    free(sample);
}

static int set_up(void **state)
{
    *state = make_sample(SIZE, PREV_SIZE);
    return 0;
}

static int tear_down(void **state)
{
    free_sample(*state);
    return 0;
}

static enum hf_status load(struct sample *sample)
{
    enum hf_status status = hf_bundle_load_policy(&sample->bundle);
    if (status == HF_OK)
        status = hf_bundle_load_checkpoints(&sample->bundle);
    if (status == HF_OK)
        status = hf_bundle_load_tree(&sample->bundle);
    return status;
}

/* Reads all entries from `first`; returns how many were right. */
static uint64_t read_entries(struct sample *sample, uint64_t first, enum hf_status *out_status)
{
    struct hf_bundle_entries iter;
    struct hf_slice entry;
    uint64_t index;
    uint64_t count = 0;
    hf_bundle_entries_begin(&sample->bundle, first, &iter);
    while (hf_bundle_entries_next(&iter, &index, &entry)) {
        struct hf_buf wanted = {.len = 0};
        support_entry(first + count, &wanted);
        assert_int_equal(index, first + count);
        assert_true(hf_slice_equal(entry, hf_buf_slice(&wanted)));
        hf_buf_clear(&wanted);
        count++;
    }
    *out_status = iter.status;
    hf_bundle_entries_end(&iter);
    return count;
}

static void a_whole_bundle__loads_and_yields_every_entry(void **state)
{
    static const uint64_t sizes[] = {0, 1, 255, 256, 257, 512, 600};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sample *sample = make_sample(sizes[i], sizes[i] / 2);
        enum hf_status status;
        assert_int_equal(load(sample), HF_OK);
        assert_true(sample->bundle.has_prev);
        assert_int_equal(read_entries(sample, 0, &status), sizes[i]);
        assert_int_equal(status, HF_OK);
        free_sample(sample);
    }
}

static void entries__may_begin_anywhere(void **state)
{
    static const uint64_t firsts[] = {0, 1, 255, 256, 300, 511, 512, 599, 600};
    struct sample *sample = *state;
    enum hf_status status;
    assert_int_equal(load(sample), HF_OK);
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        assert_int_equal(read_entries(sample, firsts[i], &status), SIZE - firsts[i]);
        assert_int_equal(status, HF_OK);
    }
}

static void earlier_roots__are_those_of_the_definition(void **state)
{
    struct sample *sample = *state;
    struct hf_hash root;
    struct hf_hash naive;
    assert_int_equal(hf_bundle_root_at(&sample->bundle, 0, &root), HF_ERR_STATE);
    assert_int_equal(load(sample), HF_OK);
    for (uint64_t size = 0; size <= SIZE; size += 1 + size / 16) {
        assert_int_equal(hf_bundle_root_at(&sample->bundle, size, &root), HF_OK);
        support_naive_root(0, size, &naive);
        support_assert_same(&root, &naive);
    }
    assert_int_equal(hf_bundle_root_at(&sample->bundle, SIZE + 1, &root), HF_ERR_INVALID);
}

static void steps_out_of_order__are_refused(void **state)
{
    struct sample *sample = *state;
    struct hf_buf entry = {.len = 0};
    enum hf_status status;
    assert_int_equal(hf_bundle_load_checkpoints(&sample->bundle), HF_ERR_STATE);
    assert_int_equal(hf_bundle_load_tree(&sample->bundle), HF_ERR_STATE);
    assert_int_equal(hf_bundle_read_proof(&sample->bundle, 0, &entry), HF_ERR_STATE);
    assert_int_equal(read_entries(sample, 0, &status), 0);
    assert_int_equal(status, HF_ERR_STATE);
}

static void prev__may_be_missing(void **state)
{
    struct sample *sample = *state;
    support_files_remove(&sample->files, HF_BUNDLE_PREV);
    assert_int_equal(load(sample), HF_OK);
    assert_false(sample->bundle.has_prev);
}

static void a_prev_that_is_no_earlier_state__is_refused(void **state)
{
    struct sample *sample = *state;
    struct hf_hash root;
    support_naive_root(0, PREV_SIZE + 1, &root);
    put_checkpoint(sample, HF_BUNDLE_PREV, PREV_SIZE, &root); /* well signed, another history */
    assert_int_equal(load(sample), HF_ERR_AUTH);
    assert_false(sample->bundle.has_tree);
    put_checkpoint(sample, HF_BUNDLE_PREV, SIZE + 1, &root);
    assert_int_equal(load(sample), HF_ERR_INVALID);
    support_files_put(&sample->files, HF_BUNDLE_PREV, hf_slice_str("no note"));
    assert_int_equal(load(sample), HF_ERR_INVALID);
}

static void a_checkpoint_of_another_tree__is_refused(void **state)
{
    struct sample *sample = *state;
    struct hf_hash root;
    support_naive_root(0, SIZE - 1, &root);
    put_checkpoint(sample, HF_BUNDLE_CHECKPOINT, SIZE, &root);
    assert_int_equal(load(sample), HF_ERR_AUTH);
    assert_non_null(strstr(sample->bundle.error.text, "root differs"));
}

static void a_log_too_large__is_over_the_limit(void **state)
{
    struct sample *sample = *state;
    struct hf_hash root;
    support_naive_root(0, SIZE, &root);
    put_checkpoint(sample, HF_BUNDLE_CHECKPOINT, HF_NODE_STORE_LEAVES_MAX + 1, &root);
    assert_int_equal(load(sample), HF_ERR_LIMIT);
    put_checkpoint(sample, HF_BUNDLE_CHECKPOINT, UINT64_MAX, &root);
    assert_int_equal(load(sample), HF_ERR_LIMIT);
}

static void missing_files__are_named(void **state)
{
    static const struct {
        const char *name;
        enum hf_status status;
    } cases[] = {
        {"policy", HF_ERR_NOT_FOUND},   {"checkpoint", HF_ERR_NOT_FOUND},    {"tile/0/000", HF_ERR_NOT_FOUND},
        {"tile/0/001", HF_ERR_CORRUPT}, {"tile/0/002.p/88", HF_ERR_CORRUPT}, {"tile/1/000.p/2", HF_ERR_CORRUPT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sample *sample = make_sample(SIZE, PREV_SIZE);
        support_files_remove(&sample->files, cases[i].name);
        assert_int_equal(load(sample), cases[i].status);
        assert_int_equal(sample->bundle.error.status, cases[i].status);
        assert_true(sample->bundle.error.text[0] != '\0');
        free_sample(sample);
    }
}

static void every_altered_tile__is_noticed(void **state)
{
    static const char *const names[] = {"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"};
    uint64_t random = support_seed();
    struct sample *sample = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct support_file *file = support_files_find(&sample->files, names[i]);
        for (size_t t = 0; t < 8; t++) {
            size_t bit = support_random(&random) % (file->bytes.len * 8);
            file->bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            enum hf_status status = load(sample);
            assert_int_equal(status, i == 3 ? HF_ERR_CORRUPT : HF_ERR_AUTH);
            assert_false(sample->bundle.has_tree);
            file->bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
        file->bytes.len--;
        assert_int_equal(load(sample), HF_ERR_CORRUPT);
        file->bytes.len++;
        hf_buf_append_zeros(&file->bytes, 32);
        assert_int_equal(load(sample), HF_ERR_CORRUPT);
        file->bytes.len -= 32;
    }
    assert_int_equal(load(sample), HF_OK);
}

static void an_altered_entry__is_noticed_where_it_stands(void **state)
{
    struct sample *sample = *state;
    enum hf_status status;
    struct support_file *file = support_files_find(&sample->files, "tile/entries/001");
    assert_int_equal(load(sample), HF_OK);
    file->bytes.data[2] ^= 1; /* the first byte of entry 256 */
    assert_int_equal(read_entries(sample, 0, &status), 256);
    assert_int_equal(status, HF_ERR_CORRUPT);
    assert_non_null(strstr(sample->bundle.error.text, "256"));
    assert_int_equal(read_entries(sample, 512, &status), SIZE - 512);
    assert_int_equal(status, HF_OK);
}

static void entry_files_missing_cut_or_too_long__are_corrupt(void **state)
{
    struct sample *sample = *state;
    enum hf_status status;
    struct support_file *file = support_files_find(&sample->files, "tile/entries/002.p/88");
    assert_int_equal(load(sample), HF_OK);
    hf_buf_append_zeros(&file->bytes, 2); /* an 89th, empty entry */
    assert_int_equal(read_entries(sample, 0, &status), SIZE - 1);
    assert_int_equal(status, HF_ERR_CORRUPT);
    file->bytes.len -= 3;
    assert_int_equal(read_entries(sample, 0, &status), SIZE - 1);
    assert_int_equal(status, HF_ERR_CORRUPT);
    support_files_remove(&sample->files, "tile/entries/002.p/88");
    assert_int_equal(read_entries(sample, 0, &status), 512);
    assert_int_equal(status, HF_ERR_CORRUPT);
}

/* The log went on after the checkpoint and dropped its partial tiles. */
static void full_tiles__serve_where_partial_ones_are_gone(void **state)
{
    struct sample *sample = *state;
    enum hf_status status;
    support_files_clear(&sample->files);
    struct hf_hash root;
    put_policy(sample);
    support_naive_root(0, SIZE, &root);
    put_checkpoint(sample, HF_BUNDLE_CHECKPOINT, SIZE, &root);
    put_tiles(sample, 768);
    support_files_put(&sample->files, "tile/1/000.p/2",
                      hf_slice_of(support_files_find(&sample->files, "tile/1/000.p/3")->bytes.data, 64));
    assert_int_equal(load(sample), HF_OK);
    assert_int_equal(read_entries(sample, 0, &status), SIZE);
    assert_int_equal(status, HF_OK);
}

static void a_policy_from_elsewhere__counts_instead(void **state)
{
    struct sample *sample = *state;
    struct hf_note_key other;
    struct hf_sign_key secret;
    struct hf_buf text = {.len = 0};
    support_key("example.com/log", 6, &other, &secret);
    hf_policy_file_format_log(&other, &text);
    assert_int_equal(hf_bundle_set_policy(&sample->bundle, hf_buf_slice(&text)), HF_OK);
    assert_int_equal(hf_bundle_load_checkpoints(&sample->bundle), HF_ERR_AUTH);
    assert_int_equal(hf_bundle_set_policy(&sample->bundle, hf_slice_str("nonsense\n")), HF_ERR_INVALID);
    assert_int_equal(hf_bundle_load_checkpoints(&sample->bundle), HF_ERR_STATE);
    hf_buf_clear(&text);
}

/* --- the form without tiles --- */

static void put_proof(struct sample *sample, uint64_t index, uint64_t named, const char *extra)
{
    struct hf_node_store store;
    struct hf_proof proof;
    struct hf_buf bytes = {.len = 0};
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    support_fill(&store, SIZE);
    assert_int_equal(hf_tree_prove_inclusion(index, SIZE, hf_node_store_get, &store, &proof), HF_OK);
    struct hf_slice note = hf_buf_slice(&support_files_find(&sample->files, HF_BUNDLE_CHECKPOINT)->bytes);
    struct hf_slice entry = extra ? hf_slice_str(extra) : hf_slice_of(NULL, 0);
    assert_int_equal(hf_proof_file_format(index, &proof, entry, note, &bytes), HF_OK);
    hf_bundle_name(HF_BUNDLE_PROOF, named, name);
    support_files_put(&sample->files, name, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    hf_node_store_clear(&store);
}

static void single_entries__come_with_their_proofs(void **state)
{
    struct sample *sample = *state;
    struct hf_buf entry = {.len = 0};
    put_proof(sample, 17, 17, "entry 17");
    put_proof(sample, 18, 18, "entry 17");
    put_proof(sample, 19, 20, "entry 19");
    put_proof(sample, 21, 21, NULL);
    assert_int_equal(hf_bundle_load_policy(&sample->bundle), HF_OK);
    assert_int_equal(hf_bundle_load_checkpoints(&sample->bundle), HF_OK);
    hf_buf_append_str(&entry, "before");
    assert_int_equal(hf_bundle_read_proof(&sample->bundle, 18, &entry), HF_ERR_AUTH);    /* another entry */
    assert_int_equal(hf_bundle_read_proof(&sample->bundle, 20, &entry), HF_ERR_INVALID); /* another index */
    assert_int_equal(hf_bundle_read_proof(&sample->bundle, 21, &entry), HF_ERR_INVALID); /* no entry */
    assert_int_equal(hf_bundle_read_proof(&sample->bundle, 22, &entry), HF_ERR_NOT_FOUND);
    assert_true(hf_slice_equal(hf_buf_slice(&entry), hf_slice_str("before")));
    assert_int_equal(hf_bundle_read_proof(&sample->bundle, 17, &entry), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&entry), hf_slice_str("entry 17")));
    hf_buf_clear(&entry);
}

static void a_proof_for_another_checkpoint__is_refused(void **state)
{
    struct sample *sample = *state;
    struct hf_buf entry = {.len = 0};
    struct hf_hash root;
    put_proof(sample, 17, 17, "entry 17");
    support_naive_root(0, SIZE + 1, &root);
    put_checkpoint(sample, HF_BUNDLE_CHECKPOINT, SIZE + 1, &root);
    assert_int_equal(hf_bundle_load_policy(&sample->bundle), HF_OK);
    assert_int_equal(hf_bundle_load_checkpoints(&sample->bundle), HF_OK);
    assert_int_equal(hf_bundle_read_proof(&sample->bundle, 17, &entry), HF_ERR_AUTH);
    hf_buf_clear(&entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_bundle__loads_and_yields_every_entry),
        cmocka_unit_test_setup_teardown(entries__may_begin_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(earlier_roots__are_those_of_the_definition, set_up, tear_down),
        cmocka_unit_test_setup_teardown(steps_out_of_order__are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prev__may_be_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_prev_that_is_no_earlier_state__is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_checkpoint_of_another_tree__is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_too_large__is_over_the_limit, set_up, tear_down),
        cmocka_unit_test(missing_files__are_named),
        cmocka_unit_test_setup_teardown(every_altered_tile__is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_altered_entry__is_noticed_where_it_stands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(entry_files_missing_cut_or_too_long__are_corrupt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_tiles__serve_where_partial_ones_are_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_policy_from_elsewhere__counts_instead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(single_entries__come_with_their_proofs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_proof_for_another_checkpoint__is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
