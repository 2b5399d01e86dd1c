/* Releases of procedures (kind 9): which of them count, by whose role and when. */
#include "core/model/body_caseload.h"
#include "tests/audit/support_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct support_log office;
static struct support_bundle bundle;
static struct hf_audit audit;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, 8);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_log_end(&office);
    return 0;
}

/* Runs over the log so far: how many releases count, how many entries have no effect. */
static void releases_are(unsigned counted, unsigned without_effect)
{
    support_bundle_make(&office, 0, &bundle);
    if (support_run(&bundle, &office.authority, &audit) != HF_OK)
        fail_msg("refused: %s", audit.finding.text);
    assert_int_equal(audit.summary.kind[HF_LEAF_POLICY], counted);
    assert_int_equal(audit.summary.without_effect, without_effect);
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

static void a_release__counts_by_the_office_and_administrators_only(void **state)
{
    static const enum hf_role roles[] = {HF_ROLE_WORKER, HF_ROLE_MANAGER, HF_ROLE_OFFICE, HF_ROLE_AUDITOR,
                                         HF_ROLE_ADMIN};
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        (void)support_enrol_as(&office, 0, 3 + i, 3 + i, roles[i]);
        (void)support_release(&office, 3 + i);
    }
    releases_are(2, 3);
    (void)support_release(&office, 0); /* the server signs none */
    releases_are(2, 4);
}

static void a_release__counts_by_the_role_of_its_moment(void **state)
{
    (void)state;
    (void)support_release(&office, 1);
    releases_are(0, 1);
    (void)support_role(&office, 1, HF_ROLE_OFFICE);
    (void)support_release(&office, 1);
    (void)support_release(&office, 1);
    releases_are(2, 1);
    (void)support_role(&office, 1, HF_ROLE_MANAGER);
    (void)support_release(&office, 1);
    releases_are(2, 2);
    (void)support_enrol_as(&office, 0, 3, 1, HF_ROLE_ADMIN); /* the same person, another device */
    (void)support_release(&office, 3);
    (void)support_release(&office, 1);
    releases_are(3, 3);
}

static void a_role_given_by_another_than_the_server__gives_none(void **state)
{
    (void)state;
    struct hf_caseload_note note = {.what = HF_CASELOAD_ROLE, .role = HF_ROLE_ADMIN};
    struct hf_buf bytes = {0};
    support_bundle_make(&office, 0, &bundle);
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_OK);
    note.person = hf_audit_devices_find(&audit.devices, office.device[1].key.public_key)->person;
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
    hf_caseload_note_encode(&note, &bytes);
    (void)support_leaf(&office, 1, HF_LEAF_NOTE, hf_buf_slice(&bytes), true);
    (void)support_release(&office, 1);
    releases_are(0, 2);
    hf_buf_clear(&bytes);
}

/* A person's device may sign nonsense; it must not spoil every later bundle. */
static void a_release_that_says_nothing_or_stays_sealed__is_accepted(void **state)
{
    (void)state;
    (void)support_enrol_as(&office, 0, 3, 3, HF_ROLE_ADMIN);
    (void)support_leaf(&office, 3, HF_LEAF_POLICY, hf_slice_str("x"), true);
    (void)support_leaf(&office, 3, HF_LEAF_POLICY, hf_slice_str("x"), false);
    support_log_accepted(&office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_release__counts_by_the_office_and_administrators_only, setup, teardown),
        cmocka_unit_test_setup_teardown(a_release__counts_by_the_role_of_its_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(a_role_given_by_another_than_the_server__gives_none, setup, teardown),
        cmocka_unit_test_setup_teardown(a_release_that_says_nothing_or_stays_sealed__is_accepted, setup, teardown),
    };
    return cmocka_run_group_tests_name("audit/releases", tests, NULL, NULL);
}
