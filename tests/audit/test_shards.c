/* A new shard whose first entry brings what the part that was lost had said: changes of keys, and erasures. The first
 * log has eight entries left; of the lost part only the certificate of a second log key is known, and its newest
 * checkpoint. */
#include "core/log/note.h"
#include "core/model/body_erase.h"
#include "tests/audit/support_bundle.h"
#include "tests/audit/support_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NEW_NAME "office.example/log/2"

static struct support_log office;
static struct support_bundle bundle;
static struct hf_audit audit; /* large: not for the stack */
static uint8_t first_log[HF_HASH_BYTES];
static struct hf_sign_key lost_key, new_key;
static uint64_t left; /* entries of the first log */

/* 0 certificate, 1 and 2 enrolments, 3 to 5 data, 6 and 7 the right of both officers */
static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_log_begin(&office);
    (void)support_begin_server(&office);
    (void)support_enrol_as(&office, 0, 1, 1, HF_ROLE_OFFICE);
    (void)support_enrol_as(&office, 0, 2, 2, HF_ROLE_MANAGER);
    for (unsigned i = 0; i < 3; i++)
        (void)support_data(&office, 1 + i % 2);
    (void)support_officer(&office, 1, true);
    (void)support_officer(&office, 2, true);
    memcpy(first_log, office.log_id, sizeof first_log);
    lost_key = support_sign_key(81);
    new_key = support_sign_key(82);
    left = office.size;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_log_end(&office);
    return 0;
}

static void note_of(uint64_t size, const struct hf_sign_key *secret, struct hf_buf *out)
{
    struct hf_checkpoint checkpoint = {.size = size};
    struct hf_note_key key;
    memset(checkpoint.root.bytes, 5, sizeof checkpoint.root.bytes);
    assert_int_equal(hf_note_key_init(hf_slice_str(SUPPORT_ORIGIN), secret->public_key, &key), HF_OK);
    memcpy(checkpoint.origin, key.name, sizeof checkpoint.origin);
    assert_int_equal(hf_checkpoint_sign(&checkpoint, &key, secret, out), HF_OK);
}

/* The certificate whose entry stood at `at` in the part that was lost. */
static struct hf_shard_lost lost_certificate(const struct hf_sign_key *authority, uint64_t serial, uint64_t at)
{
    struct hf_note_body body;
    struct hf_shard_lost lost = {.serial = serial, .at = at};
    support_certificate(&office, &body);
    body.serial = serial;
    memcpy(body.log_key, lost_key.public_key, sizeof body.log_key);
    hf_server_certify(authority, first_log, &body);
    memcpy(lost.device, body.server_device, sizeof lost.device);
    memcpy(lost.log, body.log_key, sizeof lost.log);
    memcpy(lost.channel, body.channel_key, sizeof lost.channel);
    memcpy(lost.key_store, body.key_store_key, sizeof lost.key_store);
    memcpy(lost.authority_signature, body.authority_signature, sizeof lost.authority_signature);
    return lost;
}

/* From here on the log has another name, another log key and another device key. `lost` NULL: nothing is brought. */
static uint64_t begin_shard(const struct hf_shard_lost *lost, uint64_t serial)
{
    struct hf_shard_lost_list list = {.count = lost != NULL};
    struct hf_shard shard = {.number = 1,
                             .name = hf_slice_str(NEW_NAME),
                             .size = left,
                             .reason = hf_slice_str("The disk failed (invented).")};
    struct hf_buf bytes = {0}, note = {0}, brought = {0};
    struct hf_note_body body;
    struct hf_hash root;
    support_root(&office, left, &root);
    memcpy(shard.root, root.bytes, sizeof shard.root);
    note_of(left + 9, &lost_key, &note);
    shard.note = hf_buf_slice(&note);
    if (lost) {
        list.at[0] = *lost;
        hf_shard_lost_encode(&list, &brought);
    }
    shard.lost = hf_buf_slice(&brought);
    hf_shard_encode(&shard, &bytes);
    office.device[0] = (struct support_device){.key = support_sign_key(83)};
    support_certificate(&office, &body);
    body.serial = serial;
    body.shard = hf_buf_slice(&bytes);
    memcpy(body.log_key, new_key.public_key, sizeof body.log_key);
    hf_server_certify(&office.authority, first_log, &body);
    hf_log_id(hf_slice_str(NEW_NAME), office.log_id);
    const uint64_t at = support_note(&office, &body);
    hf_buf_clear(&bytes);
    hf_buf_clear(&note);
    hf_buf_clear(&brought);
    return at;
}

static void make_bundle(void)
{
    struct hf_checkpoint checkpoint = {.size = office.size};
    struct hf_note_key key;
    support_bundle_make(&office, 0, &bundle);
    assert_int_equal(hf_note_key_init(hf_slice_str(NEW_NAME), new_key.public_key, &key), HF_OK);
    memcpy(checkpoint.origin, key.name, sizeof checkpoint.origin);
    support_root(&office, office.size, &checkpoint.root);
    struct hf_buf *policy = support_bundle_find(&bundle, HF_BUNDLE_POLICY);
    hf_buf_reset(policy);
    hf_policy_file_format_log(&key, policy);
    support_bundle_sign(&bundle, HF_BUNDLE_CHECKPOINT, &checkpoint, &key, &new_key);
}

static void accepted(void)
{
    make_bundle();
    support_accepted(&bundle, &office);
    support_bundle_end(&bundle);
}

static void refused_saying(const char *part)
{
    make_bundle();
    support_refused_saying(&bundle, &office, HF_AUDIT_CERTIFICATE, part);
    support_bundle_end(&bundle);
}

/* --- changes of keys ------------------------------------------------------------------------------------------------
 */

static void a_change_of_keys_that_was_lost__is_followed_when_the_shard_brings_it(void **state)
{
    (void)state;
    const struct hf_shard_lost lost = lost_certificate(&office.authority, 1, left + 2);
    (void)begin_shard(&lost, 2);
    (void)support_data(&office, 1);
    accepted();
}

static void a_shard_that_leaves_a_lost_change_of_keys_out__is_refused(void **state)
{
    (void)state;
    (void)begin_shard(NULL, 2); /* its checkpoint bears a key that nothing names */
    make_bundle();
    support_refused_saying(&bundle, &office, HF_AUDIT_CONTENT, "not as the next change");
    support_bundle_end(&bundle);
}

static void a_shard_that_takes_the_number_of_a_lost_change__is_refused(void **state)
{
    (void)state;
    (void)begin_shard(NULL, 1);
    refused_saying("not signed by the log before");
}

static void a_lost_change_of_keys_that_the_authority_did_not_sign__is_refused(void **state)
{
    (void)state;
    const struct hf_sign_key other = support_sign_key(99);
    const struct hf_shard_lost lost = lost_certificate(&other, 1, left + 2);
    (void)begin_shard(&lost, 2);
    refused_saying("did not sign a change");
}

static void a_lost_change_of_keys_out_of_its_order_or_place__is_refused(void **state)
{
    (void)state;
    const struct hf_shard_lost lost = lost_certificate(&office.authority, 2, left + 2);
    (void)begin_shard(&lost, 3);
    refused_saying("do not follow on each other");
    teardown(NULL);
    setup(NULL);
    const struct hf_shard_lost inside = lost_certificate(&office.authority, 1, left - 1);
    (void)begin_shard(&inside, 2);
    refused_saying("do not follow on each other");
}

/* --- erasures
 * --------------------------------------------------------------------------------------------------------- */

static struct hf_id person_of(unsigned number)
{
    struct hf_enrol_body body;
    const struct hf_slice opening = hf_buf_slice(&office.openings[number]);
    assert_int_equal(
        hf_enrol_body_decode(hf_slice_of(opening.data + HF_OPENING_BYTES, opening.len - HF_OPENING_BYTES), &body),
        HF_OK);
    return body.person;
}

/* As the log before had it: asked for when that had `log_size` entries, of which two are of the case. Entry `here` of
 * this log went with it. */
static uint64_t erase(uint64_t log_size, bool carried, uint64_t here)
{
    struct hf_buf ranges = {0}, gone = {0}, request = {0}, bytes = {0};
    assert_int_equal(hf_erase_ranges_add(&ranges, 4), HF_OK);
    assert_int_equal(hf_erase_ranges_add(&ranges, log_size - 1), HF_OK);
    assert_int_equal(hf_erase_ranges_add(&gone, here), HF_OK);
    struct hf_erase_request asked = {.erasure = {.bytes = {1}},
                                     .case_id = {.bytes = {2}},
                                     .basis = hf_slice_str("court_order"),
                                     .log_size = log_size,
                                     .entry_count = 2,
                                     .person = person_of(1)};
    memcpy(asked.device, office.device[1].key.public_key, sizeof asked.device);
    hf_sha256_of(ranges.data, ranges.len, asked.ranges_hash);
    hf_erase_request_encode(&asked, &request);
    struct hf_erase_body body = {.request = hf_buf_slice(&request),
                                 .ranges = hf_buf_slice(&ranges),
                                 .person = person_of(2),
                                 .is_carried = carried,
                                 .here = hf_buf_slice(&gone)};
    memcpy(body.device, office.device[2].key.public_key, sizeof body.device);
    hf_erase_sign_request(&office.device[1].key, first_log, body.request, body.asked_signature);
    hf_erase_sign_confirm(&office.device[2].key, first_log, &body.person, body.request, body.signature);
    hf_erase_body_encode(&body, &bytes);
    const uint64_t index = support_leaf(&office, 0, HF_LEAF_ERASE, hf_buf_slice(&bytes), true);
    hf_buf_clear(&ranges);
    hf_buf_clear(&gone);
    hf_buf_clear(&request);
    hf_buf_clear(&bytes);
    return index;
}

static void shard_with_lost_key(void)
{
    const struct hf_shard_lost lost = lost_certificate(&office.authority, 1, left + 2);
    (void)begin_shard(&lost, 2);
}

static enum hf_status check(void)
{
    make_bundle();
    const enum hf_status status = support_run(&bundle, &office.authority, &audit);
    support_bundle_end(&bundle);
    return status;
}

static void an_erasure_that_was_lost__is_proved_when_this_log_knows_both_officers(void **state)
{
    struct hf_audit_carried carried;
    (void)state;
    shard_with_lost_key();
    (void)erase(left + 5, true, 4);
    hf_buf_clear(&office.payloads[4]);
    assert_int_equal(check(), HF_OK);
    assert_int_equal(audit.summary.payloads_erased, 1);
    assert_int_equal(audit.summary.payloads_unproved, 0);
    assert_int_equal(audit.carried.len, sizeof carried);
    memcpy(&carried, audit.carried.data, sizeof carried);
    assert_true(carried.proved);
    hf_audit_end(&audit);
}

static void an_erasure_that_was_lost__is_said_to_be_unproved_until_two_officers_sign_again(void **state)
{
    struct hf_audit_carried carried;
    (void)state;
    (void)support_officer(&office, 2, false);
    left = office.size;
    shard_with_lost_key();
    (void)erase(left + 5, true, 4);
    hf_buf_clear(&office.payloads[4]);
    assert_int_equal(check(), HF_OK);
    assert_int_equal(audit.summary.payloads_erased, 0);
    assert_int_equal(audit.summary.payloads_unproved, 1);
    hf_audit_end(&audit);
    (void)support_officer(&office, 2, true);
    (void)erase(office.size, false, 4); /* the ordinary one names entry 4 and one that has its contents */
    assert_int_equal(check(), HF_OK);
    assert_int_equal(audit.summary.payloads_unproved, 0);
    assert_int_equal(audit.summary.payloads_erased, 1);
    memcpy(&carried, audit.carried.data, sizeof carried);
    assert_false(carried.proved);
    assert_true(carried.again);
    hf_audit_end(&audit);
}

static void an_erasure_of_a_log_before__is_refused_where_it_cannot_stand(void **state)
{
    (void)state;
    uint64_t index = erase(left + 5, true, 4); /* in the first log, where nothing was lost */
    support_bundle_make(&office, 0, &bundle);
    support_refused(&bundle, &office, HF_AUDIT_CONTENT, index);
    support_bundle_end(&bundle);
    teardown(NULL);
    setup(NULL);
    shard_with_lost_key();
    index = erase(left + 50, false, 4); /* asked for behind an entry that is lost, as if it were of this log */
    make_bundle();
    support_refused(&bundle, &office, HF_AUDIT_CONTENT, index);
    support_bundle_end(&bundle);
    teardown(NULL);
    setup(NULL);
    shard_with_lost_key();
    index = erase(left + 5, true, office.size); /* what it says is gone is not there yet */
    make_bundle();
    support_refused(&bundle, &office, HF_AUDIT_CONTENT, index);
    support_bundle_end(&bundle);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_change_of_keys_that_was_lost__is_followed_when_the_shard_brings_it),
        CASE(a_shard_that_leaves_a_lost_change_of_keys_out__is_refused),
        CASE(a_shard_that_takes_the_number_of_a_lost_change__is_refused),
        CASE(a_lost_change_of_keys_that_the_authority_did_not_sign__is_refused),
        CASE(a_lost_change_of_keys_out_of_its_order_or_place__is_refused),
        CASE(an_erasure_that_was_lost__is_proved_when_this_log_knows_both_officers),
        CASE(an_erasure_that_was_lost__is_said_to_be_unproved_until_two_officers_sign_again),
        CASE(an_erasure_of_a_log_before__is_refused_where_it_cannot_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
