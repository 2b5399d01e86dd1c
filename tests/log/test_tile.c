#include "tests/log/support_files.h"
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void paths__are_spelled_as_the_spec_has_it(void **state)
{
    (void)state;
    static const struct {
        struct hf_tile_id id;
        const char *path;
    } cases[] = {
        {{.index = 0, .width = 256}, "tile/0/000"},
        {{.index = 0, .width = 1}, "tile/0/000.p/1"},
        {{.index = 255, .width = 256}, "tile/0/255"},
        {{.index = 256, .width = 255}, "tile/0/256.p/255"},
        {{.index = 999, .width = 256}, "tile/0/999"},
        {{.index = 1000, .width = 256}, "tile/0/x001/000"},
        {{.level = 2, .index = 1234067, .width = 256}, "tile/2/x001/x234/067"},
        {{.entries = true, .index = 1234067, .width = 17}, "tile/entries/x001/x234/067.p/17"},
        {{.entries = true, .index = 0, .width = 256}, "tile/entries/000"},
        {{.level = 63, .index = UINT64_MAX, .width = 255}, "tile/63/x018/x446/x744/x073/x709/x551/615.p/255"},
        {{.level = 10, .index = 1000000, .width = 100}, "tile/10/x001/x000/000.p/100"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[HF_TILE_PATH_BYTES_MAX];
        struct hf_tile_id id;
        assert_int_equal(hf_tile_path(&cases[i].id, path), strlen(cases[i].path));
        assert_string_equal(path, cases[i].path);
        assert_int_equal(hf_tile_path_parse(hf_slice_str(path), &id), HF_OK);
        assert_int_equal(id.entries, cases[i].id.entries);
        assert_int_equal(id.level, cases[i].id.level);
        assert_true(id.index == cases[i].id.index);
        assert_int_equal(id.width, cases[i].id.width);
    }
}

static void other_spellings__are_refused(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tiles/0/000",
        "tile//000",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/a/000",
        "tile/data/000",
        "tile/entries",
        "tile/entries/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/0/x001/x000",
        "tile/0/001/000",
        "tile/0/x01/000",
        "tile/0/x0001/000",
        "tile/0/X001/000",
        "tile/0/x001/00a",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/-1",
        "tile/0/000.p/1/",
        "tile/0/000.p/1 ",
        "tile/0/000/",
        "tile/0/000 ",
        "tile/0/000.q/1",
        "tile/0/../000",
        "tile/0/000.p/1.p/1",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct hf_tile_id id = {.width = 33};
        assert_int_equal(hf_tile_path_parse(hf_slice_str(paths[i]), &id), HF_ERR_INVALID);
        assert_int_equal(id.width, 33);
    }
}

static void random_paths__come_back(void **state)
{
    (void)state;
    uint64_t random = support_seed();
    for (size_t i = 0; i < 2000; i++) {
        char path[HF_TILE_PATH_BYTES_MAX];
        char again[HF_TILE_PATH_BYTES_MAX];
        struct hf_tile_id id = {.entries = support_random(&random) % 4 == 0};
        struct hf_tile_id parsed;
        id.level = id.entries ? 0 : (unsigned)(support_random(&random) % 64);
        id.index = support_random(&random) >> (support_random(&random) % 64);
        id.width = 1 + (unsigned)(support_random(&random) % 256);
        size_t len = hf_tile_path(&id, path);
        assert_int_equal(hf_tile_path_parse(hf_slice_of(path, len), &parsed), HF_OK);
        assert_true(parsed.index == id.index);
        assert_int_equal(hf_tile_path(&parsed, again), len);
        assert_string_equal(path, again);
    }
}

/* The worked example of the tlog-tiles specification: a tree of 70,000 leaves, and one of 256. */
static void widths__are_those_of_the_spec(void **state)
{
    (void)state;
    assert_int_equal(hf_tile_width_at(0, 0, 70000), 256);
    assert_int_equal(hf_tile_width_at(0, 272, 70000), 256);
    assert_int_equal(hf_tile_width_at(0, 273, 70000), 112);
    assert_int_equal(hf_tile_width_at(0, 274, 70000), 0);
    assert_int_equal(hf_tile_width_at(1, 0, 70000), 256);
    assert_int_equal(hf_tile_width_at(1, 1, 70000), 17);
    assert_int_equal(hf_tile_width_at(2, 0, 70000), 1);
    assert_int_equal(hf_tile_width_at(3, 0, 70000), 0);
    assert_int_equal(hf_tile_width_at(0, 0, 256), 256);
    assert_int_equal(hf_tile_width_at(0, 1, 256), 0);
    assert_int_equal(hf_tile_width_at(1, 0, 256), 1);
    assert_int_equal(hf_tile_width_at(0, 0, 255), 255);
    assert_int_equal(hf_tile_width_at(1, 0, 255), 0);
    assert_int_equal(hf_tile_width_at(0, 0, 0), 0);
    assert_int_equal(hf_tile_width_at(7, 0, UINT64_MAX), 255);
    assert_int_equal(hf_tile_width_at(8, 0, UINT64_MAX), 0);
    assert_int_equal(hf_tile_width_at(63, 0, UINT64_MAX), 0);
    assert_int_equal(hf_tile_width_at(0, UINT64_MAX / 256, UINT64_MAX), 255);
}

static void hash_tiles__have_exactly_their_length(void **state)
{
    (void)state;
    struct hf_hash hashes[HF_TILE_WIDTH];
    struct hf_hash again[HF_TILE_WIDTH];
    struct hf_buf bytes;
    hf_buf_init(&bytes, 0);
    for (unsigned i = 0; i < HF_TILE_WIDTH; i++)
        support_leaf_hash(i, &hashes[i]);
    hf_tile_encode(hashes, 256, &bytes);
    assert_int_equal(bytes.len, 8192);
    assert_int_equal(hf_tile_decode(hf_buf_slice(&bytes), 256, again), HF_OK);
    assert_memory_equal(again, hashes, sizeof hashes);
    assert_int_equal(hf_tile_decode(hf_buf_slice(&bytes), 255, again), HF_ERR_INVALID);
    assert_int_equal(hf_tile_decode(hf_slice_of(bytes.data, 31), 1, again), HF_ERR_INVALID);
    assert_int_equal(hf_tile_decode(hf_slice_of(bytes.data, 33), 1, again), HF_ERR_INVALID);
    assert_int_equal(hf_tile_decode(hf_slice_of(bytes.data, 0), 0, again), HF_ERR_INVALID);
    assert_int_equal(hf_tile_decode(hf_slice_of(bytes.data, 32), 1, again), HF_OK);
    hf_buf_clear(&bytes);
}

static void entries__carry_their_length(void **state)
{
    (void)state;
    static const uint8_t wanted[] = {0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd'};
    struct hf_buf bytes;
    struct hf_slice rest;
    struct hf_slice entry;
    hf_buf_init(&bytes, 0);
    assert_int_equal(hf_entry_append(hf_slice_str("abc"), &bytes), HF_OK);
    assert_int_equal(hf_entry_append(hf_slice_str(""), &bytes), HF_OK);
    assert_int_equal(hf_entry_append(hf_slice_str("d"), &bytes), HF_OK);
    assert_true(hf_slice_equal(hf_buf_slice(&bytes), hf_slice_of(wanted, sizeof wanted)));

    rest = hf_buf_slice(&bytes);
    assert_int_equal(hf_entry_next(&rest, &entry), HF_OK);
    assert_true(hf_slice_equal(entry, hf_slice_str("abc")));
    assert_int_equal(hf_entry_next(&rest, &entry), HF_OK);
    assert_int_equal(entry.len, 0);
    assert_int_equal(hf_entry_next(&rest, &entry), HF_OK);
    assert_true(hf_slice_equal(entry, hf_slice_str("d")));
    assert_int_equal(rest.len, 0);
    assert_int_equal(hf_entry_next(&rest, &entry), HF_ERR_INVALID);
    hf_buf_clear(&bytes);
}

static void entries_cut_short__are_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 3, 'a', 'b', 'c'};
    for (size_t len = 0; len < sizeof bytes; len++) {
        struct hf_slice rest = hf_slice_of(bytes, len);
        struct hf_slice entry;
        assert_int_equal(hf_entry_next(&rest, &entry), HF_ERR_INVALID);
        assert_int_equal(rest.len, len);
    }
}

static void an_entry_of_65535_bytes__is_the_longest(void **state)
{
    (void)state;
    struct hf_buf entry;
    struct hf_buf bytes;
    hf_buf_init(&entry, 0);
    hf_buf_init(&bytes, 0);
    hf_buf_append_zeros(&entry, HF_ENTRY_BYTES_MAX);
    assert_int_equal(hf_entry_append(hf_buf_slice(&entry), &bytes), HF_OK);
    assert_int_equal(bytes.len, 2 + HF_ENTRY_BYTES_MAX);
    hf_buf_append_zeros(&entry, 1);
    assert_int_equal(hf_entry_append(hf_buf_slice(&entry), &bytes), HF_ERR_LIMIT);
    assert_int_equal(bytes.len, 2 + HF_ENTRY_BYTES_MAX);
    hf_buf_clear(&entry);
    hf_buf_clear(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths__are_spelled_as_the_spec_has_it),
        cmocka_unit_test(other_spellings__are_refused),
        cmocka_unit_test(random_paths__come_back),
        cmocka_unit_test(widths__are_those_of_the_spec),
        cmocka_unit_test(hash_tiles__have_exactly_their_length),
        cmocka_unit_test(entries__carry_their_length),
        cmocka_unit_test(entries_cut_short__are_refused),
        cmocka_unit_test(an_entry_of_65535_bytes__is_the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
