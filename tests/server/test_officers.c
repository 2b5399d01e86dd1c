/* Records officers: who gives the right, who can have it, and what is refused or held without it. */
#include "server/officers.h"

#include "tests/server/support_office.h"

#include "core/model/body_erase.h"
#include "core/pack/writer.h"
#include "server/admin.h"
#include "server/erase.h"
#include "server/release.h"

#include <stdio.h>
#include <string.h>

struct world {
    struct office *office;
    struct device admin, worker, first, second, clerk;
    struct hf_class_key key;
    struct hf_id child;
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.office = office_new();
    world.admin = device_enrolled(world.office, "Abe Admin", HF_ROLE_ADMIN);
    assert_int_equal(hf_enrol_confirm(&world.office->office, world.admin.sign.public_key, &world.office->err), HF_OK);
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.first = device_officer(world.office, "Ada Officer", HF_ROLE_OFFICE);
    world.second = device_officer(world.office, "Bede Officer", HF_ROLE_MANAGER);
    world.clerk = device_enrolled(world.office, "Cora Clerk", HF_ROLE_OFFICE);
    world.key = device_opens_case(&world.worker);
    world.child = new_id();
    (void)device_saves(&world.worker, &world.key, &world.child, "Robin (invented)", NULL);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static struct hf_acting acting(const struct device *device)
{
    struct hf_acting who = {.person = device->person, .command = "erase"};
    memcpy(who.device, device->sign.public_key, sizeof who.device);
    return who;
}

static bool is_officer(struct world *world, const struct device *device)
{
    struct hf_batch batch;
    bool officer = false;
    hf_batch_begin(&batch, &world->office->office);
    assert_int_equal(hf_officers_is(&batch, &device->person, &officer), HF_OK);
    hf_batch_clear(&batch);
    return officer;
}

/* One of the office's commands over a device; its exit code. */
static int command(struct world *world, struct device *device, const char *line, char *out_errors)
{
    struct hf_slice args[8];
    struct hf_admin_result result = {0};
    size_t count = 0;
    device_refresh(device);
    for (const char *at = line; *at && count < 8; count++) {
        size_t len = strcspn(at, "|");
        args[count] = hf_slice_of((const uint8_t *)at, len);
        at += len + (at[len] == '|');
    }
    assert_int_equal(hf_admin_run_for(&world->office->office, &device->peer, args, count, &result), HF_OK);
    if (out_errors)
        (void)snprintf(out_errors, 300, "%.*s", (int)result.errors.len,
                       result.errors.data ? (const char *)result.errors.data : "");
    const int code = (int)result.exit_code;
    hf_admin_result_clear(&result);
    return code;
}

/* --- giving --- */

static void right__is_given_by_an_administrator_to_people_who_read_every_case(void **state)
{
    struct world *world = *state;
    char said[300];
    assert_false(is_officer(world, &world->clerk));
    assert_int_not_equal(command(world, &world->clerk, "person|officer|Cora Clerk|--give", NULL), 0);
    assert_int_not_equal(command(world, &world->first, "person|officer|Cora Clerk|--give", NULL), 0);
    assert_false(is_officer(world, &world->clerk));
    assert_int_equal(command(world, &world->admin, "person|officer|Cora Clerk|--give", NULL), 0);
    assert_true(is_officer(world, &world->clerk));
    assert_int_not_equal(command(world, &world->admin, "person|officer|Wanda Worker|--give", said), 0);
    assert_non_null(strstr(said, "only people of the office and managers"));
    assert_int_not_equal(command(world, &world->admin, "person|officer|Abe Admin|--give", said), 0);
    assert_non_null(strstr(said, "to themselves"));
    assert_int_equal(command(world, &world->admin, "person|officer|Cora Clerk|--take", NULL), 0);
    assert_false(is_officer(world, &world->clerk));
}

static void right__goes_with_the_role(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    assert_int_equal(hf_people_set_role(office, &world->first.person, HF_ROLE_ADMIN, &world->office->err), HF_OK);
    assert_false(is_officer(world, &world->first));
    assert_int_equal(hf_people_set_role(office, &world->first.person, HF_ROLE_OFFICE, &world->office->err), HF_OK);
    assert_false(is_officer(world, &world->first)); /* and does not come back with it */
}

/* One human with two staff records: two roles, two devices, one name. */
static void second_staff_record_of_one_name__cannot_be_the_other_officer(void **state)
{
    struct world *world = *state;
    struct device twin = device_enrolled(world->office, "ADA  officer", HF_ROLE_MANAGER);
    assert_false(hf_id_equal(&twin.person, &world->first.person));
    assert_int_equal(hf_officers_set(&world->office->office, &twin.person, true, &world->office->err), HF_ERR_CONFLICT);
    assert_false(is_officer(world, &twin));
}

/* --- erasing --- */

static enum hf_status ask(struct world *world, const struct device *device, struct hf_id *out)
{
    struct hf_buf request = {0};
    uint8_t signature[HF_SIGN_BYTES];
    struct hf_office *office = &world->office->office;
    struct hf_acting who = acting(device);
    enum hf_status status = hf_erase_draft(office, &who, &world->key.case_id, hf_slice_str("never_recorded"), &request,
                                           &world->office->err);
    if (status == HF_OK) {
        hf_erase_sign_request(&device->sign, office->log_id, hf_buf_slice(&request), signature);
        status = hf_erase_ask(office, &who, hf_buf_slice(&request), signature, out, &world->office->err);
    }
    hf_buf_clear(&request);
    return status;
}

static enum hf_status confirm(struct world *world, const struct device *device, const struct hf_id *erasure)
{
    struct hf_buf request = {0};
    uint8_t signature[HF_SIGN_BYTES];
    struct hf_office *office = &world->office->office;
    struct hf_acting who = acting(device);
    assert_int_equal(hf_erase_request(office, erasure, &request, &world->office->err), HF_OK);
    hf_erase_sign_confirm(&device->sign, office->log_id, &device->person, hf_buf_slice(&request), signature);
    hf_buf_clear(&request);
    return hf_erase_confirm(office, &who, erasure, signature, &world->office->err);
}

static void erasure__takes_two_people_with_the_right(void **state)
{
    struct world *world = *state;
    struct hf_id erasure;
    assert_int_equal(ask(world, &world->clerk, &erasure), HF_ERR_DENIED);
    assert_int_equal(ask(world, &world->worker, &erasure), HF_ERR_DENIED);
    assert_int_equal(ask(world, &world->first, &erasure), HF_OK);
    assert_int_equal(confirm(world, &world->clerk, &erasure), HF_ERR_DENIED);
    assert_int_equal(confirm(world, &world->worker, &erasure), HF_ERR_DENIED);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_OK);
}

static void one_officer_with_two_devices__is_one_officer(void **state)
{
    struct world *world = *state;
    struct device again = device_enrolled(world->office, "Ada Officer", HF_ROLE_OFFICE);
    struct hf_id erasure;
    assert_true(hf_id_equal(&again.person, &world->first.person));
    assert_int_equal(ask(world, &world->first, &erasure), HF_OK);
    assert_int_equal(confirm(world, &again, &erasure), HF_ERR_DENIED);
}

static void officer_who_lost_the_right_after_asking__erases_nothing(void **state)
{
    struct world *world = *state;
    struct hf_id erasure;
    assert_int_equal(ask(world, &world->first, &erasure), HF_OK);
    assert_int_equal(hf_officers_set(&world->office->office, &world->first.person, false, &world->office->err), HF_OK);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_ERR_DENIED);
}

/* Otherwise the log would hold an erasure that no verifier takes. */
static void officer_whose_device_is_out_of_use_after_asking__erases_nothing(void **state)
{
    struct world *world = *state;
    struct hf_id erasure;
    assert_int_equal(ask(world, &world->first, &erasure), HF_OK);
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->first.sign.public_key, hf_slice_str("lost"),
                                     &world->office->err),
                     HF_OK);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_ERR_DENIED);
    assert_non_null(strstr(world->office->err.text, "not in use"));
}

static void legal_hold__is_placed_and_lifted_by_officers(void **state)
{
    struct world *world = *state;
    char line[120], id[HF_ID_TEXT_BYTES];
    hf_id_format(&world->key.case_id, id);
    (void)snprintf(line, sizeof line, "hold|place|--case|%s|--reason|inquiry", id);
    assert_int_not_equal(command(world, &world->clerk, line, NULL), 0);
    assert_int_not_equal(command(world, &world->admin, line, NULL), 0);
    assert_int_equal(command(world, &world->second, line, NULL), 0);
    (void)snprintf(line, sizeof line, "hold|lift|--case|%s", id);
    assert_int_not_equal(command(world, &world->clerk, line, NULL), 0);
    assert_int_equal(command(world, &world->first, line, NULL), 0);
}

/* --- restricting --- */

static struct hf_item restriction(struct world *world, struct device *device, const struct hf_id *entry,
                                  struct hf_id *out_record)
{
    struct hf_buf parent = {0}, status = {0}, body = {0};
    *out_record = new_id();
    hf_pack_id(&parent, entry);
    hf_pack_text(&status, hf_slice_str("office_only"));
    const struct hf_edit_input edits[] = {
        {.field = HF_FIELD_PARENT, .value = hf_buf_slice(&parent)},
        {.field = HF_FIELD_RESTRICTION_STATUS, .value = hf_buf_slice(&status)},
    };
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = *out_record,
                                             .type = HF_RECORD_RESTRICTION,
                                             .edits = edits,
                                             .edit_count = 2};
    assert_int_equal(hf_data_body_encode(&input, &body, NULL), HF_OK);
    const struct hf_item item = device_leaf(device, HF_LEAF_DATA, &world->key, hf_buf_slice(&body));
    hf_buf_clear(&parent);
    hf_buf_clear(&status);
    hf_buf_clear(&body);
    return item;
}

static enum hf_hold restrict_by(struct world *world, struct device *device, const struct hf_id *entry)
{
    struct hf_id record;
    return device_push_one(device, restriction(world, device, entry, &record)).hold;
}

static void restriction__counts_from_an_officer_only(void **state)
{
    struct world *world = *state;
    assert_int_equal(restrict_by(world, &world->clerk, &world->child), HF_HOLD_OFFICER);
    assert_int_equal(restrict_by(world, &world->worker, &world->child), HF_HOLD_OFFICER);
    assert_int_equal(restrict_by(world, &world->first, &world->child), HF_HOLD_NONE);
}

static void officer__does_not_restrict_an_entry_of_their_own(void **state)
{
    struct world *world = *state;
    const struct hf_id entry = new_id();
    (void)device_saves(&world->first, &world->key, &entry, "Ada's own entry", NULL);
    assert_int_equal(restrict_by(world, &world->first, &entry), HF_HOLD_OFFICER);
    assert_int_equal(restrict_by(world, &world->second, &entry), HF_HOLD_NONE);
}

static void held_restriction__is_made_to_count_by_nobody(void **state)
{
    struct world *world = *state;
    struct hf_id record;
    const struct hf_item item = restriction(world, &world->clerk, &world->child, &record);
    const struct hf_id change = item_id(&item);
    assert_int_equal(device_push_one(&world->clerk, item).hold, HF_HOLD_OFFICER);
    assert_int_equal(
        hf_release_settle(&world->office->office, &change, true, hf_slice_str("Let it count"), &world->office->err),
        HF_ERR_STATE);
}

/* Held for its device, it would still be no officer's. */
static void restriction_of_a_revoked_device__is_made_to_count_by_nobody(void **state)
{
    struct world *world = *state;
    struct hf_id record;
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->clerk.sign.public_key, hf_slice_str("lost"),
                                     &world->office->err),
                     HF_OK);
    device_refresh(&world->clerk);
    const struct hf_item item = restriction(world, &world->clerk, &world->child, &record);
    const struct hf_id change = item_id(&item);
    assert_int_equal(device_push_one(&world->clerk, item).hold, HF_HOLD_REVOKED);
    assert_int_equal(
        hf_release_settle(&world->office->office, &change, true, hf_slice_str("Let it count"), &world->office->err),
        HF_ERR_STATE);
}

#define OFFICERS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OFFICERS_TEST(right__is_given_by_an_administrator_to_people_who_read_every_case),
        OFFICERS_TEST(right__goes_with_the_role),
        OFFICERS_TEST(second_staff_record_of_one_name__cannot_be_the_other_officer),
        OFFICERS_TEST(erasure__takes_two_people_with_the_right),
        OFFICERS_TEST(one_officer_with_two_devices__is_one_officer),
        OFFICERS_TEST(officer_who_lost_the_right_after_asking__erases_nothing),
        OFFICERS_TEST(officer_whose_device_is_out_of_use_after_asking__erases_nothing),
        OFFICERS_TEST(legal_hold__is_placed_and_lifted_by_officers),
        OFFICERS_TEST(restriction__counts_from_an_officer_only),
        OFFICERS_TEST(officer__does_not_restrict_an_entry_of_their_own),
        OFFICERS_TEST(held_restriction__is_made_to_count_by_nobody),
        OFFICERS_TEST(restriction_of_a_revoked_device__is_made_to_count_by_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
