/* Several cores: the same answers, however many threads there are, and nothing that two of them touch at once. */
#include "tests/audit/support_check.h"
#include "tools/audit/pool.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES 2500

static struct support_log office;
static struct support_bundle bundle;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, ENTRIES);
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

static struct hf_audit *run_with(unsigned threads, enum hf_status wanted)
{
    struct hf_audit *audit = malloc(sizeof *audit);
    struct hf_bundle_reader reader = support_bundle_reader(&bundle);
    assert_non_null(audit);
    hf_audit_begin(audit, &reader, office.authority.public_key);
    audit->threads = threads;
    if (hf_audit_run(audit) != wanted)
        fail_msg("with %u threads: %s", threads, audit->finding.text);
    return audit;
}

static void end(struct hf_audit *audit)
{
    hf_audit_end(audit);
    free(audit);
}

static void any_number_of_threads__finds_the_same(void **state)
{
    (void)state;
    struct hf_audit *one = run_with(1, HF_OK);
    for (unsigned threads = 0; threads <= 8; threads++) {
        struct hf_audit *audit = run_with(threads, HF_OK);
        assert_memory_equal(&audit->summary, &one->summary, sizeof one->summary);
        assert_int_equal(audit->devices.count, one->devices.count);
        end(audit);
    }
    end(one);
}

/* The bytes of entry `index` in its tile. */
static uint8_t *entry_in_tile(uint64_t index)
{
    char name[HF_TILE_PATH_BYTES_MAX];
    struct hf_tile_id id = {.entries = true,
                            .index = index / HF_TILE_WIDTH,
                            .width = hf_tile_width_at(0, index / HF_TILE_WIDTH, office.size)};
    (void)hf_tile_path(&id, name);
    struct hf_buf *bytes = support_bundle_find(&bundle, name);
    assert_non_null(bytes);
    return bytes->data + (index % HF_TILE_WIDTH) * (2 + HF_LEAF_BYTES) + 2;
}

static void of_many_bad_entries__the_first_is_named(void **state)
{
    (void)state;
    uint64_t random = 7;
    uint64_t first = UINT64_MAX;
    for (unsigned round = 0; round < 6; round++) {
        uint64_t index = 20 + support_random(&random) % (office.size - 20);
        entry_in_tile(index)[HF_LEAF_BYTES - 40] ^= 1; /* in the signature */
        first = index < first ? index : first;
        for (unsigned threads = 1; threads <= 8; threads *= 2) {
            struct hf_audit *audit = run_with(threads, HF_ERR_AUTH);
            assert_int_equal(audit->finding.check, HF_AUDIT_SIGNATURE);
            assert_int_equal(audit->finding.first, first);
            end(audit);
        }
    }
}

static void a_missing_tile_ahead__does_not_hide_a_bad_entry_before_it(void **state)
{
    (void)state;
    support_bundle_drop(&bundle, "tile/entries/002");
    struct hf_audit *audit = run_with(4, HF_ERR_AUTH);
    assert_int_equal(audit->finding.check, HF_AUDIT_FILE);
    assert_string_equal(audit->finding.file, "tile/entries/002");
    end(audit);
    entry_in_tile(300)[100] ^= 1;
    audit = run_with(4, HF_ERR_AUTH);
    assert_int_equal(audit->finding.first, 300);
    assert_int_equal(audit->finding.check, HF_AUDIT_SIGNATURE);
    end(audit);
}

/* --- the pool alone --- */

struct counted {
    unsigned looked;
};

static void count(void *items, size_t i)
{
    struct counted *counted = items;
    counted[i].looked++;
}

static void pool__looks_at_every_item_once_and_finishes_in_order(void **state)
{
    (void)state;
    static struct counted items[HF_AUDIT_AHEAD][500];
    struct hf_audit_batch batches[HF_AUDIT_AHEAD];
    for (unsigned threads = 1; threads <= 5; threads++) {
        struct hf_audit_pool *pool = hf_audit_pool_start(threads, count);
        assert_non_null(pool);
        memset(items, 0, sizeof items);
        for (size_t i = 0; i < HF_AUDIT_AHEAD; i++) {
            batches[i] = (struct hf_audit_batch){.items = items[i], .count = i * 71};
            hf_audit_pool_add(pool, &batches[i]);
        }
        for (size_t i = 0; i < HF_AUDIT_AHEAD; i++) {
            hf_audit_pool_finish(pool);
            for (size_t j = 0; j < 500; j++)
                assert_int_equal(items[i][j].looked, j < i * 71);
        }
        hf_audit_pool_stop(pool);
    }
}

static void pool__stopped_with_work_left__ends(void **state)
{
    (void)state;
    static struct counted items[HF_AUDIT_AHEAD][5000];
    struct hf_audit_batch batches[HF_AUDIT_AHEAD];
    struct hf_audit_pool *pool = hf_audit_pool_start(3, count);
    assert_non_null(pool);
    for (size_t i = 0; i < HF_AUDIT_AHEAD; i++) {
        batches[i] = (struct hf_audit_batch){.items = items[i], .count = 5000};
        hf_audit_pool_add(pool, &batches[i]);
    }
    hf_audit_pool_stop(pool);
    hf_audit_pool_stop(NULL);
}

static void *audit_twice(void *ctx)
{
    (void)ctx;
    for (int i = 0; i < 2; i++)
        end(run_with(2, HF_OK));
    return NULL;
}

static void two_audits_at_once__do_not_meet(void **state)
{
    (void)state;
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, audit_twice, NULL), 0);
    (void)audit_twice(NULL);
    assert_int_equal(pthread_join(other, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_number_of_threads__finds_the_same),
        TEST(of_many_bad_entries__the_first_is_named),
        TEST(a_missing_tile_ahead__does_not_hide_a_bad_entry_before_it),
        cmocka_unit_test(pool__looks_at_every_item_once_and_finishes_in_order),
        cmocka_unit_test(pool__stopped_with_work_left__ends),
        TEST(two_audits_at_once__do_not_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
