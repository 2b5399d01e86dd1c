/* Good bundles are accepted, and the summary says what is in them. */
#include "core/model/body_erase.h"
#include "tests/audit/support_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct support_log office;
static struct support_bundle bundle;
static struct hf_audit audit;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, 4);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_log_end(&office);
    return 0;
}

static void small_log__is_accepted_and_counted(void **state)
{
    (void)state;
    size_t people = 0;
    support_bundle_make(&office, 5, &bundle);
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_OK);
    assert_int_equal(audit.checkpoint.size, 11);
    assert_true(audit.has_prev);
    assert_int_equal(audit.prev.size, 5);
    assert_int_equal(audit.summary.kind[HF_LEAF_DATA], 6);
    assert_int_equal(audit.summary.kind[HF_LEAF_ENROL], 2);
    assert_int_equal(audit.summary.kind[HF_LEAF_REVOKE], 1);
    assert_int_equal(audit.summary.kind[HF_LEAF_NOTE], 2);
    assert_int_equal(audit.devices.count, 3);
    assert_int_equal(hf_audit_devices_revoked(&audit.devices), 1);
    assert_int_equal(hf_audit_devices_people(&audit.devices, &people), HF_OK);
    assert_int_equal(people, 2);
    assert_int_equal(audit.summary.payloads, 11);
    assert_int_equal(audit.summary.payloads_missing, 0);
    assert_int_equal(audit.summary.openings, 5);
    assert_string_equal(audit.summary.authority_name, "Invented Council");
    assert_true(audit.summary.first_clock < audit.summary.last_clock);
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

static void changes_after_the_revocation__are_listed_as_handed_in(void **state)
{
    (void)state;
    support_bundle_make(&office, 0, &bundle);
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_OK);
    assert_int_equal(audit.summary.handed_in, 1);
    assert_int_equal(audit.summary.handed_in_index[0], 9); /* after the revocation, entry 8 */
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

static void a_long_hand_in__is_counted_and_the_first_ones_listed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HF_AUDIT_LISTED_MAX + 5; i++)
        (void)support_data(&office, 2);
    support_bundle_make(&office, 0, &bundle);
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_OK);
    assert_int_equal(audit.summary.handed_in, HF_AUDIT_LISTED_MAX + 6);
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

static void without_an_earlier_checkpoint__is_accepted(void **state)
{
    (void)state;
    support_bundle_make(&office, 0, &bundle);
    support_accepted(&bundle, &office);
    support_bundle_end(&bundle);
}

static void missing_payloads__are_counted(void **state)
{
    (void)state;
    support_bundle_make(&office, 0, &bundle);
    support_bundle_drop(&bundle, "ct/5");
    support_bundle_drop(&bundle, "ct/0");
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_OK);
    assert_int_equal(audit.summary.payloads_missing, 2);
    assert_int_equal(audit.summary.payloads, 9);
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

static void a_log_of_the_certificate_alone__is_accepted(void **state)
{
    (void)state;
    struct support_log log;
    support_log_begin(&log);
    (void)support_begin_server(&log);
    support_log_accepted(&log);
    support_log_end(&log);
}

static void an_opened_record_change__is_accepted(void **state)
{
    (void)state;
    (void)support_leaf(&office, 1, HF_LEAF_DATA, hf_slice_str("disclosed alone"), true);
    support_log_accepted(&office);
}

static void other_kinds_of_devices__are_accepted(void **state)
{
    (void)state;
    (void)support_leaf(&office, 1, HF_LEAF_CASE, hf_slice_str("sealed"), false);
    (void)support_leaf(&office, 1, HF_LEAF_READ, hf_slice_str("sealed"), false);
    const struct hf_hold_body hold = {.case_id = {.bytes = {1}}, .placed = true, .reason_code = hf_slice_str("police")};
    struct hf_buf body = {0};
    hf_hold_body_encode(&hold, &body);
    (void)support_leaf(&office, 0, HF_LEAF_HOLD, hf_buf_slice(&body), true);
    hf_buf_clear(&body);
    (void)support_leaf(&office, 0, HF_LEAF_POLICY, hf_slice_str("open"), true);
    (void)support_leaf(&office, 1, HF_LEAF_CHAIN_END, hf_slice_str("sealed"), false);
    support_log_accepted(&office);
}

static void a_note_of_a_later_version__is_accepted(void **state)
{
    (void)state;
    const uint8_t note[] = {0x82, 1, 0xA5, 'l', 'a', 't', 'e', 'r', 2, 7}; /* {1: "later", 2: 7} */
    (void)support_leaf(&office, 0, HF_LEAF_NOTE, hf_slice_of(note, sizeof note), true);
    support_log_accepted(&office);
}

static void a_device_enrolled_again__begins_a_new_chain(void **state)
{
    (void)state;
    struct support_device *device = &office.device[2];
    device->incarnation = 3;
    device->next_seq = 0;
    memset(device->head, 0, sizeof device->head);
    (void)support_enrol(&office, 2, 2);
    (void)support_data(&office, 2);
    (void)support_data(&office, 2);
    support_bundle_make(&office, 0, &bundle);
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_OK);
    assert_int_equal(audit.summary.handed_in, 1); /* the one before; its new chain is not revoked */
    assert_int_equal(hf_audit_devices_revoked(&audit.devices), 0);
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

static void a_device_revoked_before_it_was_enrolled__is_accepted(void **state)
{
    (void)state;
    (void)support_revoke(&office, 5);
    support_log_accepted(&office);
}

static void sizes_around_a_full_tile__are_accepted(void **state)
{
    (void)state;
    struct support_log log;
    support_log_begin(&log);
    (void)support_begin_server(&log);
    (void)support_enrol(&log, 1, 1);
    while (log.size < 258) {
        (void)support_data(&log, 1);
        if (log.size >= 255)
            support_log_accepted(&log);
    }
    support_log_end(&log);
}

static void count_progress(void *ctx, uint64_t done, uint64_t total)
{
    uint64_t *last = ctx;
    assert_true(done > *last && done <= total);
    *last = done;
}

static void ten_thousand_changes__are_accepted(void **state)
{
    (void)state;
    struct support_log log;
    uint64_t done = 0;
    support_log_begin(&log);
    (void)support_begin_server(&log);
    for (unsigned i = 1; i < SUPPORT_DEVICES_MAX; i++)
        (void)support_enrol(&log, i, i);
    for (unsigned i = 0; i < 10000; i++)
        (void)support_data(&log, 1 + (unsigned)(support_random(&log.random) % (SUPPORT_DEVICES_MAX - 1)));
    support_bundle_make(&log, 4321, &bundle);

    struct hf_bundle_reader reader = support_bundle_reader(&bundle);
    hf_audit_begin(&audit, &reader, log.authority.public_key);
    audit.progress = count_progress;
    audit.progress_ctx = &done;
    assert_int_equal(hf_audit_run(&audit), HF_OK);
    assert_int_equal(done, log.size);
    assert_int_equal(audit.summary.kind[HF_LEAF_DATA], 10000);
    hf_audit_end(&audit);

    struct hf_buf *tile = support_bundle_find(&bundle, "tile/entries/039.p/24");
    assert_non_null(tile);
    tile->data[(size_t)(9999 - 39 * 256) * (2 + HF_LEAF_BYTES) + 100] ^= 4;
    support_refused(&bundle, &log, HF_AUDIT_SIGNATURE, 9999);
    support_bundle_end(&bundle);
    support_log_end(&log);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(small_log__is_accepted_and_counted),
        TEST(changes_after_the_revocation__are_listed_as_handed_in),
        TEST(a_long_hand_in__is_counted_and_the_first_ones_listed),
        TEST(without_an_earlier_checkpoint__is_accepted),
        TEST(missing_payloads__are_counted),
        TEST(a_log_of_the_certificate_alone__is_accepted),
        TEST(an_opened_record_change__is_accepted),
        TEST(other_kinds_of_devices__are_accepted),
        TEST(a_note_of_a_later_version__is_accepted),
        TEST(a_device_enrolled_again__begins_a_new_chain),
        TEST(a_device_revoked_before_it_was_enrolled__is_accepted),
        TEST(sizes_around_a_full_tile__are_accepted),
        TEST(ten_thousand_changes__are_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
