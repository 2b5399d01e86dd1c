/* What a device does when its person gets another role: what it holds afterwards is what that role reads, and what was
 * written under the old one is handed in. */
#include "server/people_office.h"
#include "tests/snapshot/support_rig.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS     3
#define ANSWER_FULL (HF_LIMIT_FEED_ITEMS + 2)

struct town {
    struct office *office;
    struct rig_device *wanda, *wilma; /* who opened both cases, and who gets roles */
    struct hf_id first, second;       /* cases; wilma holds the first one */
    struct hf_id records[RECORDS], others[RECORDS];
};

static void assign(struct town *town, struct rig_device *device, const struct hf_id *case_id, bool held)
{
    assert_int_equal(hf_enrol_assign(&town->office->office, case_id, &device->device.person, held,
                                     hf_slice_str("allocated"), &town->office->err),
                     HF_OK);
}

static void set_role(struct town *town, struct rig_device *device, enum hf_role role)
{
    assert_int_equal(hf_people_set_role(&town->office->office, &device->device.person, role, &town->office->err),
                     HF_OK);
}

static int setup(void **state)
{
    struct town *town = calloc(1, sizeof *town);
    assert_non_null(town);
    town->office = office_new();
    town->wanda = rig_device_new(town->office, "Wanda Worker", HF_ROLE_WORKER);
    town->first = rig_case(town->wanda, RECORDS, town->records);
    town->second = rig_case(town->wanda, RECORDS, town->others);
    rig_must_sync(town->wanda);
    town->wilma = rig_device_new(town->office, "Wilma Worker", HF_ROLE_WORKER);
    assign(town, town->wilma, &town->first, true);
    *state = town;
    return 0;
}

static int teardown(void **state)
{
    struct town *town = *state;
    rig_device_free(town->wanda);
    rig_device_free(town->wilma);
    office_free(town->office);
    free(town);
    return 0;
}

static bool has(struct rig_device *device, const struct hf_id *record)
{
    struct hf_record_state state = {0};
    const enum hf_status status = hf_replica_record(device->replica, record, &state);
    hf_record_state_clear(&state);
    assert_true(status == HF_OK || status == HF_ERR_NOT_FOUND);
    return status == HF_OK;
}

static uint64_t held_here(struct rig_device *device)
{
    struct hf_replica_counts counts;
    assert_int_equal(hf_replica_counts(device->replica, &counts), HF_OK);
    assert_int_equal(counts.saved_here, 0);
    return counts.records;
}

static void role_that_reads_no_case__leaves_none_on_the_device(void **state)
{
    static const enum hf_role roles[] = {HF_ROLE_AUDITOR, HF_ROLE_ADMIN};
    struct town *town = *state;
    for (size_t i = 0; i < 2; i++) {
        rig_must_sync(town->wilma);
        assert_true(has(town->wilma, &town->records[0]));
        const struct hf_id late = rig_save(town->wilma, &town->first, &town->records[1], "Written before", NULL);
        set_role(town, town->wilma, roles[i]);
        rig_must_sync(town->wilma);
        rig_must_sync(town->wilma);
        assert_int_equal(office_standing(town->office, &late).hold, HF_HOLD_RIGHT); /* logged, with its reason */
        assert_int_equal(held_here(town->wilma), 0);
        struct hf_id none;
        assert_int_equal(
            hf_replica_case_new(town->wilma->replica, hf_slice_str("C-9"), OFFICE_NOW_MS, &none, &town->wilma->err),
            HF_ERR_DENIED);
        set_role(town, town->wilma, HF_ROLE_WORKER);
    }
}

static void who_works_with_cases_again__has_those_they_hold(void **state)
{
    struct town *town = *state;
    rig_must_sync(town->wilma);
    set_role(town, town->wilma, HF_ROLE_AUDITOR);
    rig_must_sync(town->wilma);
    rig_must_sync(town->wilma);
    (void)rig_save(town->wanda, &town->first, &town->records[2], "Written meanwhile", NULL);
    rig_must_sync(town->wanda);
    set_role(town, town->wilma, HF_ROLE_WORKER);
    rig_must_sync(town->wilma);
    rig_must_sync(town->wilma);
    assert_string_equal(rig_text(town->wilma, &town->records[2]), "Written meanwhile");
    assert_false(has(town->wilma, &town->others[0]));
    set_role(town, town->wilma, HF_ROLE_ADMIN);
    rig_must_sync(town->wilma);
    set_role(town, town->wilma, HF_ROLE_MANAGER);
    rig_must_sync(town->wilma);
    rig_must_sync(town->wilma);
    rig_assert_same(town->wanda, town->wilma);
}

/* The note stands in the first answer that this device ever gets. */
static void role_changed_before_the_first_sync__is_followed(void **state)
{
    struct town *town = *state;
    for (int snapshot = 0; snapshot < 2; snapshot++) {
        struct rig_device *device =
            rig_device_new(town->office, snapshot ? "Sia Invented" : "Fay Invented", HF_ROLE_WORKER);
        hf_replica_snapshot_least(device->replica, snapshot ? 1 : UINT64_MAX);
        assign(town, device, &town->first, true);
        set_role(town, device, HF_ROLE_MANAGER);
        for (size_t i = 0; i < ANSWER_FULL; i++) /* more than one answer holds */
            assign(town, town->wanda, &town->second, i % 2 == 1);
        rig_must_sync(device);
        rig_must_sync(device);
        rig_assert_same(town->wanda, device);
        rig_device_free(device);
    }
}

/* An auditor gets no snapshot, and this device does not know yet that it is one's. */
static void role_without_cases_before_the_first_sync__is_followed(void **state)
{
    static const enum hf_role roles[] = {HF_ROLE_AUDITOR, HF_ROLE_ADMIN};
    struct town *town = *state;
    for (size_t i = 0; i < 2; i++) {
        struct rig_device *device =
            rig_device_new(town->office, i ? "Ada Invented" : "Una Invented", i ? HF_ROLE_MANAGER : HF_ROLE_WORKER);
        assign(town, device, &town->first, true);
        set_role(town, device, roles[i]);
        rig_must_sync(device);
        rig_must_sync(device);
        assert_int_equal(held_here(device), 0);
        assert_int_equal(hf_replica_identity(device->replica)->role, roles[i]);
        rig_device_free(device);
    }
}

/* What they were before stands in the log before this device joined. */
static void new_device_of_somebody_who_changed_roles__has_the_role_of_now(void **state)
{
    struct town *town = *state;
    set_role(town, town->wilma, HF_ROLE_MANAGER);
    set_role(town, town->wilma, HF_ROLE_AUDITOR);
    for (size_t i = 0; i < ANSWER_FULL; i++) /* more than one answer holds */
        assign(town, town->wanda, &town->second, i % 2 == 1);
    set_role(town, town->wilma, HF_ROLE_WORKER);
    struct rig_device *second = rig_device_new(town->office, "Wilma Worker", HF_ROLE_WORKER);
    assert_true(hf_id_equal(&second->device.person, &town->wilma->device.person));
    hf_replica_snapshot_least(second->replica, UINT64_MAX);
    enum hf_status status = HF_ERR_CLOSED;
    for (size_t cut = 1; status == HF_ERR_CLOSED; cut++) { /* after every message of the office */
        second->cut_after = cut;
        status = rig_sync(second, NULL, NULL);
        assert_int_equal(hf_replica_identity(second->replica)->role, HF_ROLE_WORKER);
    }
    assert_int_equal(status, HF_OK);
    second->cut_after = 0;
    rig_must_sync(second);
    assert_int_equal(hf_replica_identity(second->replica)->role, HF_ROLE_WORKER);
    assert_true(has(second, &town->records[0]));
    assert_false(has(second, &town->others[0]));
    rig_device_free(second);
}

static void manager_from_whom_a_case_is_taken__goes_on_reading_it(void **state)
{
    struct town *town = *state;
    struct rig_device *mia = rig_device_new(town->office, "Mia Manager", HF_ROLE_MANAGER);
    assign(town, mia, &town->first, true);
    rig_must_sync(mia);
    assign(town, mia, &town->first, false);
    rig_must_sync(mia);
    rig_must_sync(mia);
    rig_assert_same(town->wanda, mia);
    set_role(town, mia, HF_ROLE_WORKER);
    rig_must_sync(mia);
    rig_must_sync(mia);
    assert_int_equal(held_here(mia), 0);
    rig_device_free(mia);
}

/* Both notes come in one answer: the case is fetched as for any field worker. */
static void case_given_after_a_role__is_fetched_in_the_same_sync(void **state)
{
    struct town *town = *state;
    struct rig_device *mia = rig_device_new(town->office, "Mia Manager", HF_ROLE_MANAGER);
    rig_must_sync(mia);
    set_role(town, mia, HF_ROLE_WORKER);
    rig_must_sync(mia);
    rig_must_sync(mia);
    assert_int_equal(held_here(mia), 0);
    set_role(town, mia, HF_ROLE_MANAGER);
    set_role(town, mia, HF_ROLE_WORKER);
    assign(town, mia, &town->second, true);
    rig_must_sync(mia);
    rig_must_sync(mia);
    assert_true(has(mia, &town->others[0]));
    assert_false(has(mia, &town->records[0]));
    rig_device_free(mia);
}

/* An entry of it that is held is no part of a snapshot: the case is left to its history, of which the device knows
 * nothing when the note about the role comes. */
static void case_left_to_its_history_by_a_first_sync__comes_also_when_the_role_was_another(void **state)
{
    struct town *town = *state;
    rig_must_sync(town->wilma);
    assign(town, town->wilma, &town->first, false);
    const struct hf_id late = rig_save(town->wilma, &town->first, &town->records[1], "Too late", NULL);
    rig_must_sync(town->wilma);
    assert_int_equal(office_standing(town->office, &late).hold, HF_HOLD_RIGHT);
    struct rig_device *mia = rig_device_new(town->office, "Mia Manager", HF_ROLE_MANAGER);
    assign(town, mia, &town->first, true);
    set_role(town, mia, HF_ROLE_WORKER);
    rig_must_sync(mia);
    assert_true(mia->snapshots > 0);
    assert_true(has(mia, &town->records[0]));
    assert_false(has(mia, &town->others[0]));
    rig_device_free(mia);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(role_that_reads_no_case__leaves_none_on_the_device),
        TEST(who_works_with_cases_again__has_those_they_hold),
        TEST(role_changed_before_the_first_sync__is_followed),
        TEST(role_without_cases_before_the_first_sync__is_followed),
        TEST(new_device_of_somebody_who_changed_roles__has_the_role_of_now),
        TEST(manager_from_whom_a_case_is_taken__goes_on_reading_it),
        TEST(case_given_after_a_role__is_fetched_in_the_same_sync),
        TEST(case_left_to_its_history_by_a_first_sync__comes_also_when_the_role_was_another),
    };
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
