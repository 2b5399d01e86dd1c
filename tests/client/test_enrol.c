/* Joining by an invitation: what is checked, what is kept when it does not go, and that asking again is safe. */
#include "protocol/channel.h"
#include "tests/client/support_client.h"

#include <nng/nng.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct door {
    struct office *office;
    struct client ada;
    char line[HF_LIMIT_INVITATION_TEXT_BYTES + 1];
    char code[HOLDFAST_SAFETY_CODE_TEXT_BYTES];
};

static void invite(struct door *door, enum hf_role role)
{
    (void)snprintf(door->line, sizeof door->line, "%s", office_invite(office_at_rest(door->office), role));
}

static int setup(void **state)
{
    struct door *door = calloc(1, sizeof *door);
    door->office = office_new();
    office_listen(door->office);
    door->ada = client_new();
    invite(door, HF_ROLE_WORKER);
    *state = door;
    return 0;
}

static int teardown(void **state)
{
    struct door *door = *state;
    client_free(&door->ada);
    office_free(door->office);
    free(door);
    return 0;
}

static enum holdfast_status enrol(struct door *door)
{
    return holdfast_enrol(door->ada.hf, door->line, PASSPHRASE, &weak, door->code);
}

static struct holdfast_identity identity(struct door *door)
{
    struct holdfast_identity out;
    ok(&door->ada, holdfast_get_identity(door->ada.hf, &out));
    return out;
}

/* The office and the device are both there: it can sync. */
static void assert_enrolled(struct door *door)
{
    assert_int_equal(holdfast_get_state(door->ada.hf), HOLDFAST_UNLOCKED);
    assert_true(identity(door).enrolled);
    (void)new_case(&door->ada, "C-17");
    ok(&door->ada, sync_over_tcp(&door->ada, NULL));
    assert_int_equal(counts(&door->ada).received, 2);
}

static void assert_not_enrolled(struct door *door)
{
    struct holdfast_id ignored;
    assert_int_equal(holdfast_get_state(door->ada.hf), HOLDFAST_UNLOCKED);
    assert_false(identity(door).enrolled);
    refused(&door->ada, holdfast_case_new(door->ada.hf, "C-1", &ignored), HOLDFAST_STATE, "not enrolled");
}

static void enrol__makes_the_replica_and_shows_the_code_that_the_office_sees(void **state)
{
    struct door *door = *state;
    char office_code[HF_SAFETY_CODE_TEXT_BYTES];
    ok(&door->ada, enrol(door));
    const struct holdfast_identity who = identity(door);
    assert_string_equal(who.person_name, "Ada Invented");
    assert_string_equal(who.role, "worker");
    assert_string_equal(who.authority, "Invented Council");
    hf_channel_safety_code(office_at_rest(door->office)->devices[0].handshake_hash, office_code);
    assert_string_equal(door->code, office_code);
    const struct hf_identity *kept = hf_replica_identity(door->ada.hf->replica);
    for (size_t i = 0; i < sizeof kept->token; i++)
        assert_int_equal(kept->token[i], 0);
    assert_enrolled(door);
    holdfast_lock(door->ada.hf);
    ok(&door->ada, holdfast_unlock(door->ada.hf, PASSPHRASE));
    assert_true(identity(door).enrolled);
}

/* Without anybody's doing: the key is the authority's word, in the certificate. */
static void the_recovery_key_of_the_authority__opens_the_folder_of_whoever_enrolled(void **state)
{
    struct door *door = *state;
    ok(&door->ada, enrol(door));
    holdfast_lock(door->ada.hf);
    struct hf_dh_key other = office_at_rest(door->office)->recovery;
    other.public_key[0] ^= 1;
    struct hf_error err;
    const struct hf_slice found = hf_slice_str("found again, invented");
    assert_int_equal(hf_vault_recover(door->ada.folder, HF_CLIENT_VAULT_NAME, &other, found, &err), HF_ERR_AUTH);
    assert_int_equal(
        hf_vault_recover(door->ada.folder, HF_CLIENT_VAULT_NAME, &office_at_rest(door->office)->recovery, found, &err),
        HF_OK);
    refused(&door->ada, holdfast_unlock(door->ada.hf, PASSPHRASE), HOLDFAST_AUTH, "passphrase");
    ok(&door->ada, holdfast_unlock(door->ada.hf, "found again, invented"));
    assert_enrolled(door);
}

static void a_device_that_waits_for_its_confirmation__has_the_recovery_key_too(void **state)
{
    struct door *door = *state;
    office_at_rest(door->office)->faults.pending = true;
    assert_int_equal(enrol(door), HOLDFAST_WAITING);
    holdfast_lock(door->ada.hf);
    assert_int_equal(hf_vault_recover(door->ada.folder, HF_CLIENT_VAULT_NAME, &office_at_rest(door->office)->recovery,
                                      hf_slice_str("found again, invented"), NULL),
                     HF_OK);
}

static void enrol_again__says_that_this_device_is_enrolled(void **state)
{
    struct door *door = *state;
    ok(&door->ada, enrol(door));
    refused(&door->ada, enrol(door), HOLDFAST_EXISTS, "enrolled already");
    invite(door, HF_ROLE_OFFICE);
    refused(&door->ada, enrol(door), HOLDFAST_EXISTS, "enrolled already");
    assert_string_equal(identity(door).role, "worker");
}

static void an_answer_that_was_cut_off__is_asked_for_again(void **state)
{
    struct door *door = *state;
    office_at_rest(door->office)->faults.drop_enrolled = true;
    refused(&door->ada, enrol(door), HOLDFAST_NETWORK, "same invitation");
    assert_int_equal(office_at_rest(door->office)->device_count, 1);
    assert_not_enrolled(door);
    /* What the office goes by from now on was here before the office knew it. */
    assert_memory_equal(hf_replica_identity(door->ada.hf->replica)->psk, office_at_rest(door->office)->devices[0].psk,
                        HF_KEY_BYTES);
    const struct holdfast_identity before = identity(door);
    holdfast_close(door->ada.hf);
    assert_int_equal(holdfast_open(door->ada.folder, &door->ada.hf), HOLDFAST_OK);
    office_at_rest(door->office)->faults.drop_enrolled = false;
    ok(&door->ada, enrol(door)); /* locked now: the passphrase opens it */
    assert_int_equal(office_at_rest(door->office)->device_count, 1);
    assert_string_equal(identity(door).device, before.device);
    assert_enrolled(door);
}

static void no_office_there__keeps_the_keys_for_the_next_time(void **state)
{
    struct door *door = *state;
    office_stop(door->office);
    refused(&door->ada, enrol(door), HOLDFAST_NETWORK, "could not be reached");
    const struct holdfast_identity before = identity(door);
    refused(&door->ada, enrol(door), HOLDFAST_NETWORK, "could not be reached");
    assert_string_equal(identity(door).device, before.device);
}

static void a_wrong_passphrase__does_not_continue(void **state)
{
    struct door *door = *state;
    office_at_rest(door->office)->faults.drop_enrolled = true;
    assert_int_equal(enrol(door), HOLDFAST_NETWORK);
    refused(&door->ada, holdfast_enrol(door->ada.hf, door->line, "another", &weak, door->code), HOLDFAST_AUTH,
            "passphrase");
    holdfast_lock(door->ada.hf);
    refused(&door->ada, holdfast_enrol(door->ada.hf, door->line, "another", &weak, door->code), HOLDFAST_AUTH,
            "passphrase");
    assert_int_equal(holdfast_get_state(door->ada.hf), HOLDFAST_IS_LOCKED);
}

static void an_unreadable_line__touches_nothing(void **state)
{
    struct door *door = *state;
    door->line[5] = '!';
    refused(&door->ada, enrol(door), HOLDFAST_INVALID, "invitation");
    assert_int_equal(holdfast_get_state(door->ada.hf), HOLDFAST_EMPTY);
    refused(&door->ada, holdfast_enrol(door->ada.hf, NULL, PASSPHRASE, &weak, door->code), HOLDFAST_INVALID, "");
    refused(&door->ada, holdfast_enrol(door->ada.hf, door->line, NULL, &weak, door->code), HOLDFAST_INVALID, "");
}

/* One letter of the token: it still reads, and the office cannot follow the handshake. */
static void a_mistyped_token__is_refused_and_the_right_line_works_after(void **state)
{
    struct door *door = *state;
    char right[sizeof door->line];
    memcpy(right, door->line, sizeof right);
    door->line[30] = door->line[30] == 'A' ? 'B' : 'A';
    refused(&door->ada, enrol(door), HOLDFAST_INVALID, "a letter in it is wrong");
    memcpy(door->line, right, sizeof right);
    ok(&door->ada, enrol(door));
    assert_enrolled(door);
}

static void a_used_invitation__says_so_and_a_new_one_works(void **state)
{
    struct door *door = *state;
    office_at_rest(door->office)->used = true; /* by somebody else */
    refused(&door->ada, enrol(door), HOLDFAST_USED, "has been used");
    assert_non_null(strstr(holdfast_error_text(door->ada.hf), "same passphrase"));
    assert_not_enrolled(door);
    const struct holdfast_identity before = identity(door);
    invite(door, HF_ROLE_OFFICE);
    ok(&door->ada, enrol(door));
    assert_string_not_equal(identity(door).device, before.device);
    assert_string_equal(identity(door).role, "office");
    assert_enrolled(door);
}

static void an_expired_invitation__says_so(void **state)
{
    struct door *door = *state;
    office_at_rest(door->office)->faults.refuse = HF_ERR_EXPIRED;
    refused(&door->ada, enrol(door), HOLDFAST_EXPIRED, "not good any more");
    assert_not_enrolled(door);
}

static void another_authority__is_not_joined(void **state)
{
    struct door *door = *state;
    office_at_rest(door->office)->faults.other_authority = true;
    refused(&door->ada, enrol(door), HOLDFAST_AUTH, "another authority");
    assert_not_enrolled(door);
    office_at_rest(door->office)->faults.other_authority = false;
    ok(&door->ada, enrol(door));
    assert_enrolled(door);
}

static void a_certificate_that_the_authority_did_not_sign__is_not_believed(void **state)
{
    struct door *door = *state;
    office_at_rest(door->office)->faults.other_certificate = true;
    refused(&door->ada, enrol(door), HOLDFAST_AUTH, "authority");
    assert_not_enrolled(door);
}

static void confirmation_by_an_administrator__is_waited_for(void **state)
{
    struct door *door = *state;
    char office_code[HF_SAFETY_CODE_TEXT_BYTES];
    struct holdfast_id ignored;
    office_at_rest(door->office)->faults.pending = true;
    refused(&door->ada, enrol(door), HOLDFAST_WAITING, "confirmed");
    hf_channel_safety_code(office_at_rest(door->office)->devices[0].handshake_hash, office_code);
    assert_string_equal(door->code, office_code);
    assert_string_equal(identity(door).person_name, "Ada Invented");
    assert_false(identity(door).enrolled);
    refused(&door->ada, sync_over_tcp(&door->ada, NULL), HOLDFAST_WAITING, "confirm");
    refused(&door->ada, holdfast_case_new(door->ada.hf, "C-1", &ignored), HOLDFAST_STATE, "enrolled");

    refused(&door->ada, enrol(door), HOLDFAST_WAITING, "confirmed"); /* asked again: the code of now */
    hf_channel_safety_code(office_at_rest(door->office)->devices[0].handshake_hash, office_code);
    assert_string_equal(door->code, office_code);

    office_at_rest(door->office)->devices[0].pending = false;
    ok(&door->ada, sync_over_tcp(&door->ada, NULL));
    assert_enrolled(door);
}

/* The office refused the new handshake, so it still goes by the one before. */
static void a_refusal_of_a_waiting_device__leaves_its_key_as_it_was(void **state)
{
    struct door *door = *state;
    office_at_rest(door->office)->faults.pending = true;
    refused(&door->ada, enrol(door), HOLDFAST_WAITING, "confirmed");
    office_at_rest(door->office)->faults.refuse = HF_ERR_IO;
    refused(&door->ada, enrol(door), HOLDFAST_IO, "not good");
    office_at_rest(door->office)->devices[0].pending = false;
    ok(&door->ada, sync_over_tcp(&door->ada, NULL));
    assert_enrolled(door);
}

static void a_weak_passphrase_setting__is_refused_without_the_test_flag(void **state)
{
    struct door *door = *state;
    const struct holdfast_options low = {.kdf_memory_bytes = 8192};
    refused(&door->ada, holdfast_enrol(door->ada.hf, door->line, PASSPHRASE, &low, door->code), HOLDFAST_INVALID,
            "64 MiB");
    assert_int_equal(holdfast_get_state(door->ada.hf), HOLDFAST_EMPTY);
}

/* The disk has the vault and not yet a replica in it. */
static void a_vault_without_a_replica__is_continued(void **state)
{
    struct door *door = *state;
    struct hf_vault *vault = NULL;
    const struct hf_vault_kdf kdf = {.memory_bytes = 8192, .passes = 1, .weak_for_tests = true};
    assert_int_equal(
        hf_vault_create(door->ada.folder, HF_CLIENT_VAULT_NAME, hf_slice_str(PASSPHRASE), &kdf, &vault, NULL), HF_OK);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    assert_int_equal(holdfast_get_state(door->ada.hf), HOLDFAST_IS_LOCKED);
    refused(&door->ada, holdfast_unlock(door->ada.hf, PASSPHRASE), HOLDFAST_NOT_FOUND, "");
    ok(&door->ada, enrol(door));
    assert_enrolled(door);
}

static int stop_network(void **state)
{
    (void)state;
    nng_fini();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(enrol__makes_the_replica_and_shows_the_code_that_the_office_sees, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_recovery_key_of_the_authority__opens_the_folder_of_whoever_enrolled, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_device_that_waits_for_its_confirmation__has_the_recovery_key_too, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(enrol_again__says_that_this_device_is_enrolled, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_that_was_cut_off__is_asked_for_again, setup, teardown),
        cmocka_unit_test_setup_teardown(no_office_there__keeps_the_keys_for_the_next_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_passphrase__does_not_continue, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unreadable_line__touches_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mistyped_token__is_refused_and_the_right_line_works_after, setup, teardown),
        cmocka_unit_test_setup_teardown(a_used_invitation__says_so_and_a_new_one_works, setup, teardown),
        cmocka_unit_test_setup_teardown(an_expired_invitation__says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(another_authority__is_not_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(a_certificate_that_the_authority_did_not_sign__is_not_believed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(confirmation_by_an_administrator__is_waited_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_of_a_waiting_device__leaves_its_key_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_weak_passphrase_setting__is_refused_without_the_test_flag, setup, teardown),
        cmocka_unit_test_setup_teardown(a_vault_without_a_replica__is_continued, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, stop_network);
}
