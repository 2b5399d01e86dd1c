/* Invitations, enrolment, confirmation, revocation, assignments. */
#include "server/people_office.h"
#include "tests/server/support_office.h"

#include <string.h>

static int setup(void **state)
{
    *state = office_new();
    return 0;
}

static int teardown(void **state)
{
    office_free(*state);
    return 0;
}

static struct hf_device_row stored_device(struct device *device)
{
    struct hf_device_row row;
    struct hf_store *store = device->office->store;
    assert_int_equal(store->ops->device(store, device->sign.public_key, NULL, &row), HF_OK);
    return row;
}

static enum hf_status invite_with(struct office *office, const char *name, const char *address)
{
    struct hf_invite invite = {
        .person_name = hf_slice_str(name), .role = HF_ROLE_WORKER, .address = hf_slice_str(address)};
    struct hf_id person;
    uint64_t expiry_ms;
    struct hf_buf line = {0};
    memset(&office->err, 0, sizeof office->err);
    enum hf_status status = hf_enrol_invite(&office->office, &invite, &person, &expiry_ms, &line, &office->err);
    hf_buf_clear(&line);
    return status;
}

/* --- invitations --- */

static void invite__makes_one_person_record_for_one_name_and_role(void **state)
{
    struct office *office = *state;
    uint64_t size = office_size(office);
    assert_int_equal(invite_with(office, "Wanda Worker", OFFICE_ADDRESS), HF_OK);
    assert_int_equal(office_size(office), size + 1);
    assert_int_equal(office_last_kind(office), HF_LEAF_DATA);
    assert_int_equal(invite_with(office, "Wanda Worker", OFFICE_ADDRESS), HF_OK);
    assert_int_equal(office_size(office), size + 1);
    struct hf_id person;
    assert_int_equal(hf_enrol_find_person(&office->office, hf_slice_str("Wanda Worker"), &person, &office->err), HF_OK);
    struct hf_buf name = {0};
    hf_enrol_person_name(&office->office, &person, &name);
    assert_true(hf_slice_equal(hf_buf_slice(&name), hf_slice_str("Wanda Worker")));
    hf_buf_clear(&name);
}

static void invite__refuses_what_no_device_could_use(void **state)
{
    struct office *office = *state;
    static const char *const addresses[] = {"",
                                            "office.example",
                                            "tcp://",
                                            "tcp://:7450",
                                            "http://x:1",
                                            "tcp://host:",
                                            "tcp://ho st:1",
                                            "tcp://office.example",
                                            "tcp://h\xc3\xb6st:7450"};
    uint64_t size = office_size(office);
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        assert_int_equal(invite_with(office, "Wanda Worker", addresses[i]), HF_ERR_INVALID);
        assert_non_null(strstr(office->err.text, "tcp://"));
    }
    assert_int_equal(invite_with(office, "", OFFICE_ADDRESS), HF_ERR_INVALID);
    assert_int_equal(invite_with(office, "\xff", OFFICE_ADDRESS), HF_ERR_INVALID);
    assert_int_equal(office_size(office), size);
}

static void invite__for_an_unknown_case_is_refused(void **state)
{
    struct office *office = *state;
    struct hf_id cases[1] = {new_id()}, person;
    struct hf_invite invite = {.person_name = hf_slice_str("Wanda Worker"),
                               .role = HF_ROLE_WORKER,
                               .cases = cases,
                               .case_count = 1,
                               .address = hf_slice_str(OFFICE_ADDRESS)};
    uint64_t expiry_ms;
    struct hf_buf line = {0};
    assert_int_equal(hf_enrol_invite(&office->office, &invite, &person, &expiry_ms, &line, &office->err),
                     HF_ERR_NOT_FOUND);
    assert_int_equal(line.len, 0);
}

static void invite__with_cases_assigns_them_when_the_device_enrols(void **state)
{
    struct office *office = *state;
    struct device first = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    struct hf_class_key key = device_opens_case(&first);
    struct hf_invitation invitation = office_invite(office, "Olga Other", HF_ROLE_WORKER, &key.case_id, 1);
    struct device other = device_new(office);
    struct hf_peer peer = device_invited(&other, &invitation);
    struct hf_device_row row;
    struct hf_id person;
    assert_int_equal(hf_enrol_find_person(&office->office, hf_slice_str("Olga Other"), &person, &office->err), HF_OK);
    assert_false(office_holds(office, &person, &key.case_id));
    assert_int_equal(device_ask(&other, &peer, &row), HF_OK);
    assert_true(office_holds(office, &person, &key.case_id));
    assert_int_equal(office_last_kind(office), HF_LEAF_NOTE);
}

/* --- enrolling --- */

static void enrol__makes_the_device_known_by_its_new_key(void **state)
{
    struct office *office = *state;
    struct hf_invitation invitation = office_invite(office, "Wanda Worker", HF_ROLE_WORKER, NULL, 0);
    struct device device = device_new(office);
    struct hf_peer peer = device_invited(&device, &invitation);
    struct hf_device_row row;
    uint8_t psk[HF_KEY_BYTES];
    uint64_t size = office_size(office);
    assert_int_equal(device_ask(&device, &peer, &row), HF_OK);
    assert_int_equal(row.state, HF_DEVICE_ACTIVE);
    assert_int_equal(row.role, HF_ROLE_WORKER);
    assert_int_equal(office_size(office), size + 1);
    assert_int_equal(office_last_kind(office), HF_LEAF_ENROL);
    device_refresh(&device);
    assert_int_equal(device.peer.mode, HF_MODE_NORMAL);
    assert_memory_equal(device.peer.device, device.sign.public_key, HF_SIGN_PUBLIC_BYTES);
    hf_invitation_device_psk(invitation.token, peer.handshake_hash, psk);
    assert_memory_equal(device.psk, psk, sizeof psk);
}

/* An invitation is good for a quarter of an hour, and somebody may get another role meanwhile. */
static void enrol__gives_the_role_that_the_person_has_by_then(void **state)
{
    struct office *office = *state;
    struct device first = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    struct hf_class_key key = device_opens_case(&first);
    struct hf_invitation invitation = office_invite(office, "Olga Other", HF_ROLE_MANAGER, &key.case_id, 1);
    struct device other = device_new(office);
    struct hf_peer peer = device_invited(&other, &invitation);
    struct hf_device_row row;
    struct hf_id person;
    assert_int_equal(hf_enrol_find_person(&office->office, hf_slice_str("Olga Other"), &person, &office->err), HF_OK);
    assert_int_equal(hf_people_set_role(&office->office, &person, HF_ROLE_AUDITOR, &office->err), HF_OK);
    assert_int_equal(device_ask(&other, &peer, &row), HF_OK);
    assert_int_equal(row.role, HF_ROLE_AUDITOR);
    assert_int_equal(stored_device(&other).role, HF_ROLE_AUDITOR);
    assert_false(office_holds(office, &person, &key.case_id)); /* auditors hold none */
    assert_int_equal(office_last_kind(office), HF_LEAF_ENROL);
}

/* Whoever became an administrator is let in by another one, as ever. */
static void enrol__of_somebody_who_became_an_administrator_waits(void **state)
{
    struct office *office = *state;
    struct hf_invitation invitation = office_invite(office, "Wanda Worker", HF_ROLE_WORKER, NULL, 0);
    struct device device = device_new(office);
    struct hf_peer peer = device_invited(&device, &invitation);
    struct hf_device_row row;
    struct hf_id person;
    assert_int_equal(hf_enrol_find_person(&office->office, hf_slice_str("Wanda Worker"), &person, &office->err), HF_OK);
    assert_int_equal(hf_people_set_role(&office->office, &person, HF_ROLE_ADMIN, &office->err), HF_OK);
    assert_int_equal(device_ask(&device, &peer, &row), HF_OK);
    assert_int_equal(row.role, HF_ROLE_ADMIN);
    assert_int_equal(row.state, HF_DEVICE_PENDING);
}

static void enrol__asked_again_on_another_handshake_is_safe(void **state)
{
    struct office *office = *state;
    struct hf_invitation invitation = office_invite(office, "Wanda Worker", HF_ROLE_WORKER, NULL, 0);
    struct device device = device_new(office);
    struct hf_peer peer = device_invited(&device, &invitation), again = device_invited(&device, &invitation);
    struct hf_device_row row, second;
    uint8_t psk[HF_KEY_BYTES];
    assert_int_equal(device_ask(&device, &peer, &row), HF_OK);
    uint64_t size = office_size(office);
    office->now_ms += HF_LIMIT_INVITATION_MS + 1; /* too late to be new, not too late to ask again */
    assert_int_equal(device_ask(&device, &again, &second), HF_OK);
    assert_int_equal(office_size(office), size);
    assert_true(hf_id_equal(&row.person, &second.person));
    device_refresh(&device);
    hf_invitation_device_psk(invitation.token, again.handshake_hash, psk);
    assert_memory_equal(device.psk, psk, sizeof psk);
}

static void enrol__asked_again_with_another_channel_key_is_refused(void **state)
{
    struct office *office = *state;
    struct hf_invitation invitation = office_invite(office, "Wanda Worker", HF_ROLE_WORKER, NULL, 0);
    struct device device = device_new(office), thief = device_new(office);
    struct hf_peer peer = device_invited(&device, &invitation), other = device_invited(&thief, &invitation);
    struct hf_device_row row;
    assert_int_equal(device_ask(&device, &peer, &row), HF_OK);
    assert_int_equal(device_ask(&device, &other, &row), HF_ERR_USED);
    device_refresh(&device);
}

static void enrol__with_a_used_invitation_is_refused_with_the_reason(void **state)
{
    struct office *office = *state;
    struct hf_invitation invitation = office_invite(office, "Wanda Worker", HF_ROLE_WORKER, NULL, 0);
    struct device device = device_new(office), late = device_new(office);
    struct hf_peer peer = device_invited(&device, &invitation);
    struct hf_device_row row;
    assert_int_equal(device_ask(&device, &peer, &row), HF_OK);
    uint64_t size = office_size(office);
    peer = device_invited(&late, &invitation);
    assert_int_equal(device_ask(&late, &peer, &row), HF_ERR_USED);
    assert_non_null(strstr(office->err.text, "used by another device"));
    assert_int_equal(office_size(office), size);
}

static void enrol__with_an_expired_invitation_is_refused_with_the_reason(void **state)
{
    struct office *office = *state;
    struct hf_invitation invitation = office_invite(office, "Wanda Worker", HF_ROLE_WORKER, NULL, 0);
    struct device device = device_new(office);
    struct hf_peer peer;
    struct hf_device_row row;
    uint8_t psk[HF_KEY_BYTES];
    office->now_ms += HF_LIMIT_INVITATION_MS + 1;
    peer = device_invited(&device, &invitation);
    assert_int_equal(device_ask(&device, &peer, &row), HF_ERR_EXPIRED);
    assert_non_null(strstr(office->err.text, "15 minutes"));
    office->now_ms += HF_LIMIT_INVITATION_KEPT_MS; /* then nobody knows it any more */
    assert_int_equal(hf_office_peer(&office->office, device.channel.public_key, &invitation.id, &peer, psk),
                     HF_ERR_NOT_FOUND);
}

static void enrol__with_a_forged_signature_is_refused(void **state)
{
    struct office *office = *state;
    struct hf_invitation invitation = office_invite(office, "Wanda Worker", HF_ROLE_WORKER, NULL, 0);
    struct device device = device_new(office), thief = device_new(office);
    struct hf_peer peer = device_invited(&device, &invitation);
    struct hf_device_row row;
    uint8_t signature[HF_SIGN_BYTES], elsewhere[HF_HASH_BYTES] = {1};
    uint64_t size = office_size(office);
    hf_invitation_sign(&thief.sign, peer.handshake_hash, signature);
    assert_int_equal(hf_enrol_device(&office->office, &peer, device.sign.public_key, signature, &row, &office->err),
                     HF_ERR_AUTH);
    hf_invitation_sign(&device.sign, elsewhere, signature); /* of another channel */
    assert_int_equal(hf_enrol_device(&office->office, &peer, device.sign.public_key, signature, &row, &office->err),
                     HF_ERR_AUTH);
    assert_int_equal(office_size(office), size);
    assert_int_equal(device_ask(&device, &peer, &row), HF_OK); /* the invitation is still good */
}

static void enrol__of_keys_that_are_enrolled_already_is_refused(void **state)
{
    struct office *office = *state;
    struct device device = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER), half = device_new(office);
    struct hf_invitation invitation = office_invite(office, "Olga Other", HF_ROLE_WORKER, NULL, 0);
    struct hf_device_row row;
    struct hf_peer peer = device_invited(&device, &invitation);
    assert_int_equal(device_ask(&device, &peer, &row), HF_ERR_EXISTS);
    half.sign = device.sign;
    peer = device_invited(&half, &invitation);
    assert_int_equal(device_ask(&half, &peer, &row), HF_ERR_EXISTS);
    half = device_new(office);
    half.channel = device.channel;
    peer = device_invited(&half, &invitation);
    assert_int_equal(device_ask(&half, &peer, &row), HF_ERR_EXISTS);
}

static void enrol__of_an_unknown_invitation_is_a_stranger(void **state)
{
    struct office *office = *state;
    struct device device = device_new(office);
    struct hf_peer peer;
    uint8_t psk[HF_KEY_BYTES];
    struct hf_id id = new_id(), zero = hf_id_zero(), admin = hf_office_admin_id();
    assert_int_equal(hf_office_peer(&office->office, device.channel.public_key, &id, &peer, psk), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_office_peer(&office->office, device.channel.public_key, &zero, &peer, psk), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_office_peer(&office->office, device.channel.public_key, &admin, &peer, psk), HF_ERR_NOT_FOUND);
    /* The server's own channel key is no device. */
    assert_int_equal(
        hf_office_peer(&office->office, hf_keystore_server(office->keystore)->channel.public_key, &zero, &peer, psk),
        HF_ERR_NOT_FOUND);
}

/* --- administrators --- */

static void admin__waits_for_confirmation(void **state)
{
    struct office *office = *state;
    uint64_t size = office_size(office);
    struct device admin = device_enrolled(office, "Ada Admin", HF_ROLE_ADMIN);
    assert_int_equal(office_size(office), size + 1); /* the staff record; no enrolment */
    assert_int_equal(admin.peer.mode, HF_MODE_PENDING);
    assert_int_equal(stored_device(&admin).state, HF_DEVICE_PENDING);
    uint64_t standing = office->office.standing;
    assert_int_equal(hf_enrol_confirm(&office->office, admin.sign.public_key, &office->err), HF_OK);
    assert_true(office->office.standing > standing);
    assert_int_equal(office_entry(office, size + 1).kind, HF_LEAF_ENROL);
    assert_int_equal(stored_device(&admin).state, HF_DEVICE_ACTIVE);
    device_refresh(&admin);
    assert_int_equal(admin.peer.mode, HF_MODE_NORMAL);
    assert_int_equal(hf_enrol_confirm(&office->office, admin.sign.public_key, &office->err), HF_ERR_STATE);
}

static void confirm__of_what_does_not_wait_is_refused(void **state)
{
    struct office *office = *state;
    struct device worker = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER), nobody = device_new(office);
    assert_int_equal(hf_enrol_confirm(&office->office, worker.sign.public_key, &office->err), HF_ERR_STATE);
    assert_int_equal(hf_enrol_confirm(&office->office, nobody.sign.public_key, &office->err), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(office->err.text, "device list"));
}

/* Every signer of the log was enrolled in it, so a refusal is logged as both. */
static void revoke__of_a_device_that_waits_logs_who_it_was(void **state)
{
    struct office *office = *state;
    struct device admin = device_enrolled(office, "Ada Admin", HF_ROLE_ADMIN);
    uint64_t size = office_size(office);
    assert_int_equal(hf_enrol_revoke(&office->office, admin.sign.public_key, hf_slice_str("other"), &office->err),
                     HF_OK);
    assert_int_equal(office_size(office), size + 2);
    assert_int_equal(office_entry(office, size).kind, HF_LEAF_ENROL);
    assert_int_equal(office_entry(office, size + 1).kind, HF_LEAF_REVOKE);
    device_refresh(&admin);
    assert_int_equal(admin.peer.mode, HF_MODE_HAND_IN);
    assert_int_equal(hf_enrol_confirm(&office->office, admin.sign.public_key, &office->err), HF_ERR_STATE);
}

/* --- revoking --- */

static void revoke__is_a_leaf_once(void **state)
{
    struct office *office = *state;
    struct device worker = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    uint64_t size = office_size(office), standing = office->office.standing;
    assert_int_equal(hf_enrol_revoke(&office->office, worker.sign.public_key, hf_slice_str("lost"), &office->err),
                     HF_OK);
    assert_int_equal(office_size(office), size + 1);
    assert_int_equal(office_last_kind(office), HF_LEAF_REVOKE);
    assert_true(office->office.standing > standing);
    assert_int_equal(hf_enrol_revoke(&office->office, worker.sign.public_key, hf_slice_str("left"), &office->err),
                     HF_OK);
    assert_int_equal(office_size(office), size + 1);
    device_refresh(&worker);
    assert_int_equal(worker.peer.mode, HF_MODE_HAND_IN);
}

static void revoke__refuses_unknown_devices_reasons_and_the_server(void **state)
{
    struct office *office = *state;
    struct device worker = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER), nobody = device_new(office);
    uint64_t size = office_size(office);
    assert_int_equal(hf_enrol_revoke(&office->office, worker.sign.public_key, hf_slice_str("bored"), &office->err),
                     HF_ERR_INVALID);
    assert_int_equal(hf_enrol_revoke(&office->office, nobody.sign.public_key, hf_slice_str("lost"), &office->err),
                     HF_ERR_NOT_FOUND);
    assert_int_equal(hf_enrol_revoke(&office->office, hf_keystore_server(office->keystore)->device.public_key,
                                     hf_slice_str("lost"), &office->err),
                     HF_ERR_DENIED);
    assert_int_equal(office_size(office), size);
}

static void revoke__leaves_the_person_and_their_other_device(void **state)
{
    struct office *office = *state;
    struct device worker = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    struct hf_class_key key = device_opens_case(&worker);
    struct device tablet = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    struct hf_id record = new_id();
    assert_true(hf_id_equal(&tablet.person, &worker.person));
    assert_int_equal(hf_enrol_revoke(&office->office, worker.sign.public_key, hf_slice_str("lost"), &office->err),
                     HF_OK);
    (void)device_saves(&tablet, &key, &record, "Casey", NULL);
}

/* --- assignments --- */

static void assign__is_a_leaf_only_when_it_changes_something(void **state)
{
    struct office *office = *state;
    struct device worker = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    struct device other = device_enrolled(office, "Olga Other", HF_ROLE_WORKER);
    struct hf_class_key key = device_opens_case(&worker);
    uint64_t size = office_size(office);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(hf_enrol_assign(&office->office, &key.case_id, &other.person, true, hf_slice_str("allocated"),
                                         &office->err),
                         HF_OK);
        assert_int_equal(office_size(office), size + 1);
    }
    assert_true(office_holds(office, &other.person, &key.case_id));
    assert_int_equal(
        hf_enrol_assign(&office->office, &key.case_id, &other.person, false, hf_slice_str("reallocated"), &office->err),
        HF_OK);
    assert_int_equal(office_size(office), size + 3); /* and the case's new key */
    assert_false(office_holds(office, &other.person, &key.case_id));
    assert_true(office_holds(office, &worker.person, &key.case_id));
}

static void assign__refuses_unknown_cases_people_and_reasons(void **state)
{
    struct office *office = *state;
    struct device worker = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    struct hf_class_key key = device_opens_case(&worker);
    struct hf_id nobody = new_id(), nowhere = new_id();
    struct hf_slice reason = hf_slice_str("allocated");
    uint64_t size = office_size(office);
    assert_int_equal(hf_enrol_assign(&office->office, &nowhere, &worker.person, true, reason, &office->err),
                     HF_ERR_NOT_FOUND);
    assert_int_equal(
        hf_enrol_assign(&office->office, &office->office.office_case, &worker.person, true, reason, &office->err),
        HF_ERR_NOT_FOUND);
    assert_int_equal(hf_enrol_assign(&office->office, &key.case_id, &nobody, true, reason, &office->err),
                     HF_ERR_NOT_FOUND);
    assert_int_equal(
        hf_enrol_assign(&office->office, &key.case_id, &worker.person, false, hf_slice_str("opened"), &office->err),
        HF_ERR_INVALID);
    assert_int_equal(office_size(office), size);
}

static void assign__to_auditors_and_administrators_is_refused(void **state)
{
    struct office *office = *state;
    struct device worker = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    struct device auditor = device_enrolled(office, "Aud Itor", HF_ROLE_AUDITOR);
    struct hf_class_key key = device_opens_case(&worker);
    assert_int_equal(
        hf_enrol_assign(&office->office, &key.case_id, &auditor.person, true, hf_slice_str("allocated"), &office->err),
        HF_ERR_INVALID);
    struct hf_id person;
    struct hf_invite invite = {.person_name = hf_slice_str("Ada Admin"),
                               .role = HF_ROLE_ADMIN,
                               .cases = &key.case_id,
                               .case_count = 1,
                               .address = hf_slice_str(OFFICE_ADDRESS)};
    uint64_t expiry_ms;
    struct hf_buf line = {0};
    assert_int_equal(hf_enrol_invite(&office->office, &invite, &person, &expiry_ms, &line, &office->err),
                     HF_ERR_INVALID);
    assert_non_null(strstr(office->err.text, "do not hold cases"));
}

/* --- people --- */

static void person__is_found_by_name_or_id(void **state)
{
    struct office *office = *state;
    struct device worker = device_enrolled(office, "Sam Same", HF_ROLE_WORKER);
    struct hf_id found;
    char text[HF_ID_TEXT_BYTES];
    hf_id_format(&worker.person, text);
    assert_int_equal(hf_enrol_find_person(&office->office, hf_slice_str(text), &found, &office->err), HF_OK);
    assert_true(hf_id_equal(&found, &worker.person));
    assert_int_equal(hf_enrol_find_person(&office->office, hf_slice_str("Sam"), &found, &office->err),
                     HF_ERR_NOT_FOUND);
    (void)device_enrolled(office, "Sam Same", HF_ROLE_MANAGER);
    assert_int_equal(hf_enrol_find_person(&office->office, hf_slice_str("Sam Same"), &found, &office->err),
                     HF_ERR_CONFLICT);
    assert_non_null(strstr(office->err.text, "2 people"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(invite__makes_one_person_record_for_one_name_and_role),
        TEST(invite__refuses_what_no_device_could_use),
        TEST(invite__for_an_unknown_case_is_refused),
        TEST(invite__with_cases_assigns_them_when_the_device_enrols),
        TEST(enrol__makes_the_device_known_by_its_new_key),
        TEST(enrol__gives_the_role_that_the_person_has_by_then),
        TEST(enrol__of_somebody_who_became_an_administrator_waits),
        TEST(enrol__asked_again_on_another_handshake_is_safe),
        TEST(enrol__asked_again_with_another_channel_key_is_refused),
        TEST(enrol__with_a_used_invitation_is_refused_with_the_reason),
        TEST(enrol__with_an_expired_invitation_is_refused_with_the_reason),
        TEST(enrol__with_a_forged_signature_is_refused),
        TEST(enrol__of_keys_that_are_enrolled_already_is_refused),
        TEST(enrol__of_an_unknown_invitation_is_a_stranger),
        TEST(admin__waits_for_confirmation),
        TEST(confirm__of_what_does_not_wait_is_refused),
        TEST(revoke__of_a_device_that_waits_logs_who_it_was),
        TEST(revoke__is_a_leaf_once),
        TEST(revoke__refuses_unknown_devices_reasons_and_the_server),
        TEST(revoke__leaves_the_person_and_their_other_device),
        TEST(assign__is_a_leaf_only_when_it_changes_something),
        TEST(assign__refuses_unknown_cases_people_and_reasons),
        TEST(assign__to_auditors_and_administrators_is_refused),
        TEST(person__is_found_by_name_or_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
