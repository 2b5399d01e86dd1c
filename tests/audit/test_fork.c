/* A device says that it was shown a change in its name which it never signed: what a third party makes of it. */
#include "core/log/evidence.h"
#include "tests/audit/support_bundle.h"
#include "tests/audit/support_command.h"
#include "tests/audit/support_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define FORGED 4 /* an entry of device 1 */

static struct support_log office;
static struct support_bundle bundle;
static char path[SUPPORT_PATH_BYTES];
static char folder[SUPPORT_PATH_BYTES];
static char file[SUPPORT_PATH_BYTES];

static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, 4);
    support_folder_make(path);
    (void)snprintf(folder, sizeof folder, "%s", support_path(path, "bundle"));
    (void)snprintf(file, sizeof file, "%s", support_path(path, "evidence"));
    assert_int_equal(mkdir(folder, 0700), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_folder_remove(path);
    support_log_end(&office);
    return 0;
}

static void write_bundle(void)
{
    support_bundle_make(&office, 0, &bundle);
    support_bundle_write(&bundle, folder);
    support_bundle_end(&bundle);
}

/* What device 1 wrote down of entry FORGED as it was shown it. */
static void write_evidence(const uint8_t *leaf, uint64_t place)
{
    struct hf_buf text = {0};
    struct hf_evidence evidence = {.found_ms = 1795600000000ull,
                                   .says = hf_slice_str("A change that this device never signed."),
                                   .log = office.log_key,
                                   .shown = hf_slice_of(leaf, HF_LEAF_BYTES),
                                   .place = place};
    memcpy(evidence.device, office.device[1].key.public_key, sizeof evidence.device);
    assert_int_equal(hf_evidence_format(&evidence, &text), HF_OK);
    support_write_file(path, "evidence", hf_buf_slice(&text));
    hf_buf_clear(&text);
}

#define FORK()        support_command((const char *const[]){"fork", file, NULL})
#define FORK_BUNDLE() support_command((const char *const[]){"fork", file, "--bundle", folder, NULL})

static void says(const char *part)
{
    if (!strstr(out, part))
        fail_msg("“%s” is missing from:\n%s%s", part, out, errors);
}

static void change_in_the_log_without_the_signature__is_proved_by_the_bundle(void **state)
{
    (void)state;
    uint8_t forged[HF_LEAF_BYTES];
    memcpy(forged, support_entry(&office, FORGED), sizeof forged);
    forged[HF_LEAF_BYTES - 1] ^= 1;
    support_log_insert(&office, FORGED, forged);
    write_evidence(forged, FORGED);
    write_bundle();
    assert_int_equal(FORK(), 1);
    says("Not proved by this file alone");
    assert_int_equal(FORK_BUNDLE(), 0);
    says("Proved: the log, which the office signed, has this change");
}

static void change_that_the_log_does_not_have__is_not_proved(void **state)
{
    (void)state;
    uint8_t made_up[HF_LEAF_BYTES];
    write_bundle();
    memcpy(made_up, support_entry(&office, FORGED), sizeof made_up);
    made_up[HF_LEAF_BYTES - 1] ^= 1;
    write_evidence(made_up, FORGED);
    assert_int_equal(FORK_BUNDLE(), 1);
    says("Not proved: the log has another entry there");
    write_evidence(made_up, office.size);
    assert_int_equal(FORK_BUNDLE(), 1);
    says("Not decided");
}

static void change_that_the_device_did_sign__is_refuted(void **state)
{
    (void)state;
    write_bundle();
    write_evidence(support_entry(&office, FORGED), FORGED);
    assert_int_equal(FORK_BUNDLE(), 1);
    says("Refuted: the device's key did sign this change");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(change_in_the_log_without_the_signature__is_proved_by_the_bundle),
        TEST(change_that_the_log_does_not_have__is_not_proved),
        TEST(change_that_the_device_did_sign__is_refuted),
    };
    return cmocka_run_group_tests_name("audit/fork", tests, NULL, NULL);
}
