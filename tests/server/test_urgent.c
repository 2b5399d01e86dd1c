/* Urgent access: opened with a reason that others read, for a time, and no longer than that. All names are invented. */
#include "server/urgent.h"

#include "core/pack/writer.h"
#include "server/admin.h"

#include "tests/server/support_office.h"

#include <string.h>

#define OPEN_MS (HF_URGENT_HOURS * UINT64_C(3600000))
#define REASON  "The carer rang: the child is not home."

struct world {
    struct office *office;
    struct device holder, other, manager;
    struct hf_class_key key;
    char reference[HF_ID_TEXT_BYTES];
    struct hf_error err;
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.office = office_new();
    world.holder = device_enrolled(world.office, "Hana Holder", HF_ROLE_WORKER);
    world.other = device_enrolled(world.office, "Otto Other", HF_ROLE_WORKER);
    world.manager = device_enrolled(world.office, "Mia Manager", HF_ROLE_MANAGER);
    world.key = device_opens_case(&world.holder);
    hf_id_format(&world.key.case_id, world.reference);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static enum hf_status open_as(struct world *world, const struct device *device, const char *reference,
                              const char *reason)
{
    struct hf_id case_id;
    uint64_t until_ms = 0;
    world->err = (struct hf_error){0};
    enum hf_status status = hf_urgent_open(&world->office->office, &device->person, hf_slice_str(reference),
                                           hf_slice_str(reason), &case_id, &until_ms, &world->err);
    if (status == HF_OK) {
        assert_true(hf_id_equal(&case_id, &world->key.case_id));
        assert_int_equal(until_ms, world->office->now_ms + OPEN_MS);
    } else {
        assert_true(world->err.text[0] != '\0');
    }
    return status;
}

static bool holds(struct world *world, const struct device *device)
{
    return office_holds(world->office, &device->person, &world->key.case_id);
}

struct opening {
    size_t count;
    struct hf_id record;
};

static bool find_opening(void *ctx, const struct hf_record_write *row)
{
    struct opening *opening = ctx;
    struct hf_record_state state = {0};
    assert_int_equal(hf_record_state_decode(row->packed, &state), HF_OK);
    if (state.type == HF_RECORD_URGENT_ACCESS) {
        opening->count++;
        opening->record = state.record_id;
    }
    hf_record_state_clear(&state);
    return true;
}

static struct opening opening_of(struct world *world)
{
    struct opening opening = {.count = 0};
    struct hf_store *store = world->office->store;
    assert_int_equal(store->ops->records(store, &world->key.case_id, find_opening, &opening), HF_OK);
    return opening;
}

static void opened__is_theirs_and_says_why_in_the_case(void **state)
{
    struct world *world = *state;
    assert_int_equal(open_as(world, &world->other, world->reference, REASON), HF_OK);
    assert_true(holds(world, &world->other));
    const struct opening opening = opening_of(world);
    assert_int_equal(opening.count, 1);
    assert_string_equal(office_text(world->office, &opening.record, HF_FIELD_URGENT_REASON), REASON);
    assert_int_equal(open_as(world, &world->other, world->reference, REASON), HF_ERR_CONFLICT);
    assert_int_equal(opening_of(world).count, 1);
}

static void by_its_reference__but_only_the_whole_one(void **state)
{
    struct world *world = *state;
    struct hf_buf value = {0}, body = {0};
    hf_pack_text(&value, hf_slice_str("CH-1042"));
    const struct hf_edit_input edit = {.field = HF_FIELD_CASE_REFERENCE, .value = hf_buf_slice(&value)};
    const struct hf_data_body_input input = {.case_id = world->key.case_id,
                                             .record_id = world->key.case_id,
                                             .type = HF_RECORD_CASE,
                                             .edits = &edit,
                                             .edit_count = 1};
    assert_int_equal(hf_data_body_encode(&input, &body, NULL), HF_OK);
    const struct hf_item item = device_leaf(&world->holder, HF_LEAF_DATA, &world->key, hf_buf_slice(&body));
    assert_int_equal(device_push_one(&world->holder, item).hold, HF_HOLD_NONE);
    const uint64_t size = office_size(world->office);
    assert_int_equal(open_as(world, &world->other, "CH-104", REASON), HF_ERR_NOT_FOUND);
    assert_int_equal(open_as(world, &world->other, "", REASON), HF_ERR_NOT_FOUND);
    assert_int_equal(open_as(world, &world->other, "ch-1042", REASON), HF_ERR_NOT_FOUND);
    assert_int_equal(office_size(world->office), size);
    assert_int_equal(open_as(world, &world->other, "CH-1042", REASON), HF_OK);
    hf_buf_clear(&value);
    hf_buf_clear(&body);
}

static void no_reason_to_speak_of__changes_nothing(void **state)
{
    struct world *world = *state;
    const uint64_t size = office_size(world->office);
    assert_int_equal(open_as(world, &world->other, world->reference, "urgent"), HF_ERR_INVALID);
    assert_int_equal(open_as(world, &world->other, world->reference, "bad \xff\xfe\xfd bytes here"), HF_ERR_INVALID);
    assert_int_equal(office_size(world->office), size);
    assert_false(holds(world, &world->other));
}

static void when_it_is_over__the_case_is_gone_again(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    assert_int_equal(hf_urgent_wake_ms(office), 0);
    assert_int_equal(hf_urgent_step(office), HF_OK);
    assert_true(hf_urgent_wake_ms(office) == UINT64_MAX);
    assert_int_equal(open_as(world, &world->other, world->reference, REASON), HF_OK);
    const uint64_t until_ms = world->office->now_ms + OPEN_MS;
    assert_int_equal(hf_urgent_wake_ms(office), until_ms);
    world->office->now_ms = until_ms - 1;
    assert_int_equal(hf_urgent_step(office), HF_OK);
    assert_true(holds(world, &world->other));
    world->office->now_ms = until_ms;
    assert_int_equal(hf_urgent_step(office), HF_OK);
    assert_false(holds(world, &world->other));
    assert_true(holds(world, &world->holder));
    const uint64_t size = office_size(world->office);
    assert_int_equal(hf_urgent_step(office), HF_OK);
    assert_int_equal(office_size(world->office), size);
}

/* What is open is read from the log. */
static void after_a_restart__it_still_ends(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    assert_int_equal(open_as(world, &world->other, world->reference, REASON), HF_OK);
    const uint64_t wake_ms = hf_urgent_wake_ms(office);
    hf_urgent_forget(office);
    assert_int_equal(hf_urgent_step(office), HF_OK);
    assert_true(hf_urgent_wake_ms(office) <= wake_ms + 1000 && hf_urgent_wake_ms(office) + 1000 >= wake_ms);
    hf_urgent_forget(office);
    world->office->now_ms += OPEN_MS + 1000;
    assert_int_equal(hf_urgent_step(office), HF_OK);
    assert_false(holds(world, &world->other));
}

static void assigned_meanwhile__stays(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    bool urgent = false;
    assert_int_equal(open_as(world, &world->other, world->reference, REASON), HF_OK);
    assert_int_equal(hf_urgent_is(office, &world->key.case_id, &world->other.person, &urgent), HF_OK);
    assert_true(urgent);
    assert_int_equal(
        hf_enrol_assign(office, &world->key.case_id, &world->other.person, true, hf_slice_str("cover"), &world->err),
        HF_OK);
    assert_int_equal(hf_urgent_is(office, &world->key.case_id, &world->other.person, &urgent), HF_OK);
    assert_false(urgent);
    world->office->now_ms += OPEN_MS;
    assert_int_equal(hf_urgent_step(office), HF_OK);
    assert_true(holds(world, &world->other));
    assert_true(hf_urgent_wake_ms(office) == UINT64_MAX);
}

static void too_many_at_once__is_refused(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i <= HF_URGENT_OPEN_MAX; i++) {
        const struct hf_class_key key = device_opens_case(&world->holder);
        hf_id_format(&key.case_id, world->reference);
        world->key = key;
        assert_int_equal(open_as(world, &world->other, world->reference, REASON),
                         i < HF_URGENT_OPEN_MAX ? HF_OK : HF_ERR_LIMIT);
    }
}

static unsigned run_as(struct world *world, const struct device *device, enum hf_role role)
{
    const struct hf_slice args[] = {hf_slice_str("urgent"),         hf_slice_str("open"),     hf_slice_str("--case"),
                                    hf_slice_str(world->reference), hf_slice_str("--reason"), hf_slice_str(REASON)};
    struct hf_admin_result result = {0};
    struct hf_peer peer = device->peer;
    peer.role = role;
    assert_int_equal(hf_admin_run_for(&world->office->office, &peer, args, 6, &result), HF_OK);
    const unsigned code = result.exit_code;
    hf_admin_result_clear(&result);
    return code;
}

/* Managers and the office read every case; auditors and administrators read none. */
static void only_workers__open_cases_so(void **state)
{
    struct world *world = *state;
    for (enum hf_role role = HF_ROLE_WORKER; role <= HF_ROLE_SERVER; role++)
        assert_int_equal(run_as(world, &world->other, role), role == HF_ROLE_WORKER ? 0 : 3);
    assert_true(holds(world, &world->other));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(opened__is_theirs_and_says_why_in_the_case),
        TEST(by_its_reference__but_only_the_whole_one),
        TEST(no_reason_to_speak_of__changes_nothing),
        TEST(when_it_is_over__the_case_is_gone_again),
        TEST(after_a_restart__it_still_ends),
        TEST(assigned_meanwhile__stays),
        TEST(too_many_at_once__is_refused),
        TEST(only_workers__open_cases_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
