/* Whoever kept the key that signed the log before its change: nothing counts that it signs for later entries. */
#include "tests/audit/support_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct support_log office;
static struct support_bundle bundle;

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

static struct hf_note_key name_key(const char *name, const struct hf_sign_key *secret)
{
    struct hf_note_key key;
    assert_int_equal(hf_note_key_init(hf_slice_str(name), secret->public_key, &key), HF_OK);
    return key;
}

static void sign_root(uint64_t size, const char *file, const struct hf_note_key *key, const struct hf_sign_key *secret)
{
    struct hf_checkpoint checkpoint = {.size = size};
    memcpy(checkpoint.origin, key->name, sizeof checkpoint.origin);
    support_root(&office, size, &checkpoint.root);
    support_bundle_sign(&bundle, file, &checkpoint, key, secret);
}

/* The log's key is changed by an entry; then two more changes. Returns the index of that entry. */
static uint64_t rotate(const struct hf_sign_key *next)
{
    struct hf_note_body body;
    support_certificate(&office, &body);
    body.serial = 1;
    memcpy(body.log_key, next->public_key, sizeof body.log_key);
    hf_server_certify(&office.authority, office.log_id, &body);
    const uint64_t at = support_note(&office, &body);
    (void)support_data(&office, 1);
    (void)support_data(&office, 1);
    return at;
}

/* A policy that lists both keys, as it does for auditors who have been here before the change. */
static void list_both(const struct hf_note_key *next)
{
    struct hf_buf *policy = support_bundle_find(&bundle, HF_BUNDLE_POLICY);
    hf_buf_reset(policy);
    hf_buf_append_str(policy, "log ");
    hf_note_key_format(&office.log_key, policy);
    hf_buf_append_str(policy, "\n");
    hf_policy_file_format_log(next, policy);
}

static void a_checkpoint_of_a_given_up_log_key_for_later_entries__is_refused(void **state)
{
    (void)state;
    const struct hf_sign_key next = support_sign_key(88);
    const struct hf_note_key key = name_key(SUPPORT_ORIGIN, &next);
    const uint64_t at = rotate(&next);
    support_bundle_make(&office, 3, &bundle);
    list_both(&key);
    sign_root(office.size, HF_BUNDLE_CHECKPOINT, &key, &next);
    support_accepted(&bundle, &office);

    sign_root(office.size, HF_BUNDLE_CHECKPOINT, &office.log_key, &office.log_secret);
    support_refused(&bundle, &office, HF_AUDIT_CERTIFICATE, at);
    support_refused_saying(&bundle, &office, HF_AUDIT_CERTIFICATE, "names another log key");

    /* an earlier checkpoint: up to the change the old key is right, with the change only the new one */
    sign_root(office.size, HF_BUNDLE_CHECKPOINT, &key, &next);
    sign_root(at, HF_BUNDLE_PREV, &office.log_key, &office.log_secret);
    support_accepted(&bundle, &office);
    sign_root(at, HF_BUNDLE_PREV, &key, &next);
    support_refused_saying(&bundle, &office, HF_AUDIT_PREV, "not signed with the key that the log had then");
    sign_root(at + 1, HF_BUNDLE_PREV, &key, &next);
    support_accepted(&bundle, &office);
    sign_root(at + 1, HF_BUNDLE_PREV, &office.log_key, &office.log_secret);
    support_refused_saying(&bundle, &office, HF_AUDIT_PREV, "not signed with the key that the log had then");
    support_bundle_end(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_checkpoint_of_a_given_up_log_key_for_later_entries__is_refused, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
