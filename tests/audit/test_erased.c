/* Erasures in a bundle: what they explain, and what is refused. */
#include "core/model/body_erase.h"
#include "tests/audit/support_bundle.h"
#include "tests/audit/support_check.h"
#include "tools/audit/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct support_log office;
static struct support_bundle bundle;
static struct hf_audit audit; /* large: not for the stack */

/* 0 certificate, 1 and 2 enrolments, 3 to 6 data, 7 and 8 the right of both officers */
static void begin(const struct support_inviter *first, const struct support_inviter *second)
{
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_log_begin(&office);
    (void)support_begin_server(&office);
    (void)support_enrol_invited(&office, 0, 1, 1, HF_ROLE_OFFICE, first);
    (void)support_enrol_invited(&office, 0, 2, 2, HF_ROLE_MANAGER, second);
    for (unsigned i = 0; i < 4; i++)
        (void)support_data(&office, 1 + i % 2);
    (void)support_officer(&office, 1, true);
    (void)support_officer(&office, 2, true);
}

static int setup(void **state)
{
    const struct support_inviter first = {.invitation = 1}, second = {.invitation = 2};
    (void)state;
    begin(&first, &second);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_log_end(&office);
    return 0;
}

static struct hf_id person_of(unsigned number)
{
    struct hf_enrol_body body;
    struct hf_slice opening = hf_buf_slice(&office.openings[number]);
    assert_int_equal(
        hf_enrol_body_decode(hf_slice_of(opening.data + HF_OPENING_BYTES, opening.len - HF_OPENING_BYTES), &body),
        HF_OK);
    return body.person;
}

/* Entries 3 and 5. `second`: the device that confirms; `says`: the device it says it is. */
static uint64_t erase(unsigned second, unsigned says)
{
    struct hf_buf ranges = {0}, request = {0}, bytes = {0};
    assert_int_equal(hf_erase_ranges_add(&ranges, 3), HF_OK);
    assert_int_equal(hf_erase_ranges_add(&ranges, 5), HF_OK);
    struct hf_erase_request asked = {.erasure = {.bytes = {1}},
                                     .case_id = {.bytes = {2}},
                                     .basis = hf_slice_str("retention"),
                                     .log_size = office.size,
                                     .entry_count = 2,
                                     .person = person_of(1)};
    memcpy(asked.device, office.device[1].key.public_key, sizeof asked.device);
    hf_sha256_of(ranges.data, ranges.len, asked.ranges_hash);
    hf_erase_request_encode(&asked, &request);
    struct hf_erase_body body = {
        .request = hf_buf_slice(&request), .ranges = hf_buf_slice(&ranges), .person = person_of(says)};
    memcpy(body.device, office.device[says].key.public_key, sizeof body.device);
    hf_erase_sign_request(&office.device[1].key, office.log_id, body.request, body.asked_signature);
    hf_erase_sign_confirm(&office.device[second].key, office.log_id, &body.person, body.request, body.signature);
    hf_erase_body_encode(&body, &bytes);
    uint64_t index = support_leaf(&office, 0, HF_LEAF_ERASE, hf_buf_slice(&bytes), true);
    hf_buf_clear(&ranges);
    hf_buf_clear(&request);
    hf_buf_clear(&bytes);
    return index;
}

static void drop_payload(uint64_t index)
{
    hf_buf_clear(&office.payloads[index]);
}

static enum hf_status check(void)
{
    support_bundle_make(&office, 0, &bundle);
    enum hf_status status = support_run(&bundle, &office.authority, &audit);
    support_bundle_end(&bundle);
    return status;
}

static void missing_contents__are_explained_by_an_erasure_that_two_officers_signed(void **state)
{
    (void)state;
    (void)erase(2, 2);
    drop_payload(3);
    drop_payload(4); /* nobody erased this one */
    drop_payload(5);
    assert_int_equal(check(), HF_OK);
    assert_int_equal(audit.summary.payloads_missing, 3);
    assert_int_equal(audit.summary.payloads_erased, 2);
    assert_int_equal(audit.summary.erased, 2);
    assert_int_equal(audit.summary.erasures, 1);
    hf_audit_end(&audit);
}

static void older_bundle__still_verifies_and_shows_what_was_kept(void **state)
{
    (void)state;
    assert_int_equal(check(), HF_OK); /* before */
    hf_audit_end(&audit);
    (void)erase(2, 2);
    assert_int_equal(check(), HF_OK); /* with contents that should be gone */
    assert_int_equal(audit.summary.erased - audit.summary.payloads_erased, 2);
    hf_audit_end(&audit);
}

static void erasure_by_one_person__is_refused(void **state)
{
    (void)state;
    uint64_t index = erase(1, 1);
    assert_int_equal(check(), HF_ERR_AUTH);
    assert_int_equal(audit.finding.check, HF_AUDIT_CONTENT);
    assert_int_equal(audit.finding.first, index);
    hf_audit_end(&audit);
}

static void erasure_signed_for_somebody_else__is_refused(void **state)
{
    (void)state;
    (void)erase(1, 2);
    assert_int_equal(check(), HF_ERR_AUTH);
    assert_int_equal(audit.finding.check, HF_AUDIT_CONTENT);
    hf_audit_end(&audit);
}

static void erasure_by_a_revoked_officer__is_refused(void **state)
{
    (void)state;
    (void)support_revoke(&office, 2);
    (void)erase(2, 2);
    assert_int_equal(check(), HF_ERR_AUTH);
    hf_audit_end(&audit);
}

static void refuses(void)
{
    const uint64_t index = erase(2, 2);
    assert_int_equal(check(), HF_ERR_AUTH);
    assert_int_equal(audit.finding.check, HF_AUDIT_CONTENT);
    assert_int_equal(audit.finding.first, index);
    assert_non_null(strstr(audit.finding.text, "no records officer"));
    hf_audit_end(&audit);
}

static void erasure_by_somebody_who_lost_the_right__is_refused(void **state)
{
    (void)state;
    (void)support_officer(&office, 2, false);
    refuses();
}

static void erasure_by_an_officer_of_another_role__is_refused(void **state)
{
    (void)state;
    (void)support_role(&office, 2, HF_ROLE_ADMIN);
    refuses();
}

static void erasure_on_two_devices_of_one_invitation__is_refused(void **state)
{
    const struct support_inviter both = {.invitation = 5};
    (void)teardown(state);
    begin(&both, &both);
    (void)erase(2, 2);
    assert_int_equal(check(), HF_ERR_AUTH);
    assert_non_null(strstr(audit.finding.text, "let in by one invitation"));
    hf_audit_end(&audit);
}

static const char *doubt_about(unsigned by_first, unsigned by_second)
{
    const struct support_inviter first = {.invitation = 1, .known = true, .by = by_first, .at_ms = 1000};
    const struct support_inviter second = {.invitation = 2, .known = true, .by = by_second, .at_ms = 2000};
    support_log_end(&office);
    begin(&first, &second);
    const uint64_t index = erase(2, 2);
    assert_int_equal(check(), HF_OK); /* a reason to ask, never one to refuse */
    const struct hf_slice opening = hf_buf_slice(&office.openings[index]);
    const char *text = hf_audit_officers_doubt(
        &audit.devices, hf_slice_of(opening.data + HF_OPENING_BYTES, opening.len - HF_OPENING_BYTES));
    hf_audit_end(&audit);
    return text;
}

static void officers_who_came_in_together__are_a_reason_to_ask(void **state)
{
    (void)state;
    assert_string_equal(doubt_about(7, 8), "");
    assert_non_null(strstr(doubt_about(7, 7), "by the same person"));
    assert_non_null(strstr(doubt_about(0, 0), "at the office's own machine"));
    assert_non_null(strstr(doubt_about(7, 1), "the second officer was let in by the first"));
    assert_non_null(strstr(doubt_about(2, 7), "the first officer was let in by the second"));
}

static void right_taken_back_later__leaves_the_erasure_good(void **state)
{
    (void)state;
    (void)erase(2, 2);
    (void)support_officer(&office, 1, false);
    (void)support_officer(&office, 2, false);
    assert_int_equal(check(), HF_OK);
    hf_audit_end(&audit);
}

#define ERASED_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ERASED_TEST(missing_contents__are_explained_by_an_erasure_that_two_officers_signed),
        ERASED_TEST(older_bundle__still_verifies_and_shows_what_was_kept),
        ERASED_TEST(erasure_by_one_person__is_refused),
        ERASED_TEST(erasure_signed_for_somebody_else__is_refused),
        ERASED_TEST(erasure_by_a_revoked_officer__is_refused),
        ERASED_TEST(erasure_by_somebody_who_lost_the_right__is_refused),
        ERASED_TEST(erasure_by_an_officer_of_another_role__is_refused),
        ERASED_TEST(erasure_on_two_devices_of_one_invitation__is_refused),
        ERASED_TEST(officers_who_came_in_together__are_a_reason_to_ask),
        ERASED_TEST(right_taken_back_later__leaves_the_erasure_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
