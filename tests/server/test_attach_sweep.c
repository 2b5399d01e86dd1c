/* What lies in the folder of attachments and what the store knows of it, when the store is older than the folder. */
#include "core/attach/chunks.h"
#include "server/attach.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIZE (3 * HF_ATTACH_CHUNK_BYTES - 5)

struct fixture {
    char folder[64];
    struct hf_store *store;
    struct hf_office office;
    struct hf_attach_kept row;
};

static struct fixture fix;
static uint8_t chunk[HF_ATTACH_SEALED_BYTES];

static void write_file(uint64_t count)
{
    struct hf_chunks chunks = {.fd = -1};
    struct hf_error err = {0};
    assert_int_equal(hf_chunks_open(fix.folder, &fix.row.record_id, SIZE, true, &chunks, &err), HF_OK);
    for (uint64_t i = 0; i < count; i++) {
        memset(chunk, (int)i + 1, sizeof chunk);
        assert_int_equal(hf_chunks_write(&chunks, i, hf_slice_of(chunk, hf_attach_sealed_len(SIZE, i)), &err), HF_OK);
    }
    if (count == chunks.count)
        assert_int_equal(hf_chunks_root(&chunks, fix.row.content.root), HF_OK);
    hf_chunks_close(&chunks);
}

static int setup(void **state)
{
    (void)state;
    memset(&fix, 0, sizeof fix);
    (void)snprintf(fix.folder, sizeof fix.folder, "/tmp/holdfast-sweep-XXXXXX");
    assert_non_null(mkdtemp(fix.folder));
    assert_int_equal(hf_store_memory_open(&fix.store), HF_OK);
    fix.office.store = fix.store;
    fix.office.attach_folder = fix.folder;
    memset(fix.row.record_id.bytes, 7, HF_ID_BYTES);
    fix.row.content.size = SIZE;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)hf_chunks_remove(fix.folder, &fix.row.record_id, NULL);
    (void)rmdir(fix.folder);
    hf_store_close(fix.store);
    return 0;
}

static uint64_t swept(void)
{
    struct hf_attach_kept now = {.have = 0};
    struct hf_error err = {0};
    assert_int_equal(fix.store->ops->attach_put(fix.store, &fix.row), HF_OK);
    assert_int_equal(hf_attach_sweep(&fix.office, &err), HF_OK);
    assert_int_equal(fix.store->ops->attach(fix.store, &fix.row.record_id, &now), HF_OK);
    return now.have;
}

static void a_row_older_than_its_whole_file__counts_all_of_it(void **state)
{
    (void)state;
    write_file(3);
    fix.row.have = 1;
    assert_int_equal(swept(), 3);
}

static void a_file_that_is_not_whole__counts_as_far_as_its_row_says(void **state)
{
    (void)state;
    write_file(2);
    fix.row.have = 1;
    assert_int_equal(swept(), 1);
}

static void a_chunk_that_was_changed__is_not_vouched_for_by_the_nodes_behind_it(void **state)
{
    (void)state;
    write_file(3);
    char path[128];
    size_t at = (size_t)snprintf(path, sizeof path, "%s/", fix.folder);
    for (size_t i = 0; i < HF_ID_BYTES; i++)
        at += (size_t)snprintf(path + at, sizeof path - at, "%02x", fix.row.record_id.bytes[i]);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fputc('x', file), 'x');
    assert_int_equal(fclose(file), 0);
    fix.row.have = 1;
    assert_int_equal(swept(), 1);
}

/* No chunk is taken before its record is in the log: the log has lost its end, and devices hand the record on. */
static void a_file_that_the_log_knows_nothing_of__stays(void **state)
{
    (void)state;
    struct hf_chunks chunks = {.fd = -1};
    struct hf_error err = {0};
    write_file(3);
    assert_int_equal(hf_attach_sweep(&fix.office, &err), HF_OK);
    assert_int_equal(hf_chunks_open(fix.folder, &fix.row.record_id, SIZE, false, &chunks, &err), HF_OK);
    hf_chunks_close(&chunks);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_older_than_its_whole_file__counts_all_of_it),
        TEST(a_file_that_is_not_whole__counts_as_far_as_its_row_says),
        TEST(a_chunk_that_was_changed__is_not_vouched_for_by_the_nodes_behind_it),
        TEST(a_file_that_the_log_knows_nothing_of__stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
