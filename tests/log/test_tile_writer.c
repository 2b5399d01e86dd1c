#include "tests/log/support_files.h"
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add_entries(struct hf_tile_writer *writer, uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++) {
        struct hf_buf entry;
        hf_buf_init(&entry, 0);
        support_entry(i, &entry);
        assert_int_equal(hf_tile_writer_add(writer, hf_buf_slice(&entry)), HF_OK);
        hf_buf_clear(&entry);
    }
}

static void write_log(uint64_t size, struct support_files *files, struct hf_hash *out_root)
{
    struct hf_tile_writer writer;
    files->count = 0;
    hf_tile_writer_begin(&writer, support_files_emit, files);
    add_entries(&writer, 0, size);
    assert_int_equal(hf_tile_writer_finish(&writer, out_root), HF_OK);
    hf_tile_writer_end(&writer);
}

static void assert_names(struct support_files *files, const char *const *names)
{
    size_t count = 0;
    for (; names[count]; count++)
        assert_non_null(support_files_find(files, names[count]));
    assert_int_equal(files->count, count);
}

static void files_of_small_logs__are_those_of_the_spec(void **state)
{
    (void)state;
    static const struct {
        uint64_t size;
        const char *names[8];
    } cases[] = {
        {0, {NULL}},
        {1, {"tile/0/000.p/1", "tile/entries/000.p/1", NULL}},
        {255, {"tile/0/000.p/255", "tile/entries/000.p/255", NULL}},
        {256, {"tile/0/000", "tile/entries/000", "tile/1/000.p/1", NULL}},
        {257, {"tile/0/000", "tile/entries/000", "tile/0/001.p/1", "tile/entries/001.p/1", "tile/1/000.p/1", NULL}},
        {600,
         {"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/entries/000", "tile/entries/001",
          "tile/entries/002.p/88", "tile/1/000.p/2", NULL}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct support_files files;
        struct hf_hash root;
        struct hf_hash naive;
        write_log(cases[i].size, &files, &root);
        assert_names(&files, cases[i].names);
        support_naive_root(0, cases[i].size, &naive);
        support_assert_same(&root, &naive);
        support_files_clear(&files);
    }
}

static void tiles__hold_hashes_and_entries_in_order(void **state)
{
    (void)state;
    struct support_files files;
    struct hf_hash hash[HF_TILE_WIDTH];
    struct hf_hash root;
    struct hf_hash naive;
    write_log(600, &files, &root);

    const struct support_file *leaves = support_files_find(&files, "tile/0/002.p/88");
    const struct support_file *upper = support_files_find(&files, "tile/1/000.p/2");
    const struct support_file *entries = support_files_find(&files, "tile/entries/002.p/88");
    assert_int_equal(hf_tile_decode(hf_buf_slice(&leaves->bytes), 88, hash), HF_OK);
    for (uint64_t i = 0; i < 88; i++) {
        support_leaf_hash(512 + i, &naive);
        support_assert_same(&hash[i], &naive);
    }
    assert_int_equal(hf_tile_decode(hf_buf_slice(&upper->bytes), 2, hash), HF_OK);
    for (uint64_t i = 0; i < 2; i++) {
        support_naive_root(i * 256, (i + 1) * 256, &naive);
        support_assert_same(&hash[i], &naive);
    }
    struct hf_slice rest = hf_buf_slice(&entries->bytes);
    for (unsigned i = 512; i < 600; i++) {
        struct hf_slice entry;
        char text[32];
        (void)snprintf(text, sizeof text, "entry %u", i);
        assert_int_equal(hf_entry_next(&rest, &entry), HF_OK);
        assert_true(hf_slice_equal(entry, hf_slice_str(text)));
    }
    assert_int_equal(rest.len, 0);
    support_files_clear(&files);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct support_file *)a)->name, ((const struct support_file *)b)->name);
}

/* SHA-256 over name, newline and bytes of every file in the order of the names, as another program (Go's
 * x/mod/sumdb/tlog, tests/interop/log.go) writes them. */
static void files__are_byte_for_byte_those_of_another_program(void **state)
{
    (void)state;
    static const struct {
        uint64_t size;
        const char *digest;
    } cases[] = {
        {1, "850a23e57a774320ad8ee74206338c4d030d38dd0c0b0384225cf91187a7f057"},
        {255, "5fc021e60415b97f7bcf006f5717ac7c18c3319baab3874f52a72064fd4d7405"},
        {256, "4d67e22581b507232b75e52c5bed94d72b11939421d2cc5e8417f4211940ef92"},
        {257, "62794adbd2b3a65a4f71f2774ccf224ca2a2bc14594b441f2956307903e58a63"},
        {600, "0b28d0e71a4bcc71bd57ce853954df16ac8beb49f46b095e5599d6046f8c9da2"},
        {5000, "6e9124bf45596fae190e096e81b62e233f51790311c8eec2aa1316eba8cfbe22"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct support_files files;
        struct hf_hash root;
        struct hf_hash digest;
        struct hf_hash wanted;
        struct hf_sha256 hash;
        write_log(cases[i].size, &files, &root);
        qsort(files.file, files.count, sizeof files.file[0], by_name);
        hf_sha256_begin(&hash);
        for (size_t f = 0; f < files.count; f++) {
            hf_sha256_add(&hash, files.file[f].name, strlen(files.file[f].name));
            hf_sha256_add(&hash, "\n", 1);
            hf_sha256_add(&hash, files.file[f].bytes.data, files.file[f].bytes.len);
        }
        hf_sha256_end(&hash, digest.bytes);
        support_unhex(cases[i].digest, &wanted);
        support_assert_same(&digest, &wanted);
        support_files_clear(&files);
    }
}

static enum hf_status count_only(void *ctx, struct hf_slice path, struct hf_slice bytes)
{
    size_t *counts = ctx;
    struct hf_tile_id id;
    assert_int_equal(hf_tile_path_parse(path, &id), HF_OK);
    assert_true(id.entries || bytes.len == (size_t)id.width * HF_HASH_BYTES);
    if (!id.entries) {
        assert_true(id.level < 3);
        counts[id.level * 2 + (id.width == HF_TILE_WIDTH)]++;
    }
    return HF_OK;
}

/* The worked example of the specification: 273 full tiles and one of 112 on level 0, one full and one of 17 on level 1,
 * one of 1 on level 2. */
static void seventy_thousand_entries__make_the_tiles_of_the_spec(void **state)
{
    (void)state;
    size_t counts[6] = {0};
    struct hf_tile_writer writer;
    struct hf_hash root;
    hf_tile_writer_begin(&writer, count_only, counts);
    add_entries(&writer, 0, 70000);
    assert_int_equal(hf_tile_writer_finish(&writer, &root), HF_OK);
    hf_tile_writer_end(&writer);
    static const size_t wanted[6] = {1, 273, 1, 1, 1, 0};
    assert_memory_equal(counts, wanted, sizeof wanted);
}

static void going_on_after_finish__gives_the_same_files(void **state)
{
    (void)state;
    struct support_files files = {.count = 0};
    struct support_files straight;
    struct hf_tile_writer writer;
    struct hf_hash root;
    struct hf_hash straight_root;
    hf_tile_writer_begin(&writer, support_files_emit, &files);
    add_entries(&writer, 0, 300);
    assert_int_equal(hf_tile_writer_finish(&writer, &root), HF_OK);
    add_entries(&writer, 300, 230);
    assert_int_equal(hf_tile_writer_finish(&writer, &root), HF_OK);
    hf_tile_writer_end(&writer);

    write_log(530, &straight, &straight_root);
    support_assert_same(&root, &straight_root);
    for (size_t i = 0; i < straight.count; i++) {
        const struct support_file *file = support_files_find(&files, straight.file[i].name);
        assert_non_null(file);
        assert_true(hf_slice_equal(hf_buf_slice(&file->bytes), hf_buf_slice(&straight.file[i].bytes)));
    }
    support_files_clear(&files);
    support_files_clear(&straight);
}

static enum hf_status refuse_second(void *ctx, struct hf_slice path, struct hf_slice bytes)
{
    int *calls = ctx;
    (void)path;
    (void)bytes;
    return ++*calls == 2 ? HF_ERR_FULL : HF_OK;
}

static void a_refusal__stops_the_writer_for_good(void **state)
{
    (void)state;
    int calls = 0;
    struct hf_tile_writer writer;
    struct hf_hash root = {.bytes = {9}};
    hf_tile_writer_begin(&writer, refuse_second, &calls);
    add_entries(&writer, 0, 255);
    assert_int_equal(calls, 0);
    assert_int_equal(hf_tile_writer_add(&writer, hf_slice_str("entry 255")), HF_ERR_FULL);
    assert_int_equal(hf_tile_writer_add(&writer, hf_slice_str("entry 256")), HF_ERR_FULL);
    assert_int_equal(hf_tile_writer_finish(&writer, &root), HF_ERR_FULL);
    assert_int_equal(calls, 2);
    assert_int_equal(root.bytes[0], 9);
    hf_tile_writer_end(&writer);
}

static void an_entry_too_long__is_over_the_limit(void **state)
{
    (void)state;
    struct support_files files = {.count = 0};
    struct hf_tile_writer writer;
    struct hf_buf entry;
    hf_buf_init(&entry, 0);
    hf_buf_append_zeros(&entry, HF_ENTRY_BYTES_MAX + 1);
    hf_tile_writer_begin(&writer, support_files_emit, &files);
    assert_int_equal(hf_tile_writer_add(&writer, hf_buf_slice(&entry)), HF_ERR_LIMIT);
    hf_tile_writer_end(&writer);
    hf_buf_clear(&entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_small_logs__are_those_of_the_spec),
        cmocka_unit_test(files__are_byte_for_byte_those_of_another_program),
        cmocka_unit_test(tiles__hold_hashes_and_entries_in_order),
        cmocka_unit_test(seventy_thousand_entries__make_the_tiles_of_the_spec),
        cmocka_unit_test(going_on_after_finish__gives_the_same_files),
        cmocka_unit_test(a_refusal__stops_the_writer_for_good),
        cmocka_unit_test(an_entry_too_long__is_over_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
