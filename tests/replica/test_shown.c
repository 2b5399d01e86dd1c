/* A new chain is taken only for a change that this device's key signed: an office cannot invent one. */
#include "core/replica/distrust.h"
#include "core/replica/replica_internal.h"
#include "tests/replica/support_world.h"

#include <stdlib.h>
#include <string.h>

static bool keep_newest(void *ctx, const struct hf_item *item)
{
    memcpy(ctx, item->leaf.data, HF_LEAF_BYTES);
    return true;
}

/* The newest change that waits on a device. */
static void newest_leaf(struct device *device, uint8_t out[HF_LEAF_BYTES])
{
    assert_int_equal(hf_replica_outbox(device->replica, 0, keep_newest, out), HF_OK);
}

static enum hf_status answer(struct device *device, const uint8_t *leaf, uint32_t incarnation)
{
    const struct hf_restart_answer answer = {
        .incarnation = incarnation, .shown = hf_slice_of(leaf, leaf ? HF_LEAF_BYTES : 0), .place = 17};
    return hf_replica_restart(device->replica, &answer, device->now_ms, &device->err);
}

static bool trusts(struct device *device)
{
    struct hf_distrust distrust;
    assert_int_equal(hf_replica_distrust(device->replica, &distrust, &device->err), HF_OK);
    return !distrust.found;
}

static void change_that_this_device_signed__is_a_reason(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    newest_leaf(world->device, leaf);
    assert_int_equal(answer(world->device, leaf, 1), HF_OK);
    assert_int_equal(hf_replica_identity(world->device->replica)->incarnation, 1);
    assert_true(trusts(world->device));
}

static void no_change__is_left_to_the_session(void **state)
{
    struct world *world = *state;
    assert_int_equal(answer(world->device, NULL, 1), HF_OK);
    assert_true(trusts(world->device));
}

/* Refused, kept as evidence, and the device works on as before. */
static void expect_refused(struct world *world, const uint8_t *leaf)
{
    struct device *device = world->device;
    struct hf_buf file = {0};
    struct hf_evidence evidence;
    const uint64_t unsent = device_counts(device).saved_here;
    assert_int_equal(answer(device, leaf, 1), HF_ERR_AUTH);
    assert_non_null(strstr(device->err.text, "never signed"));
    assert_false(trusts(device));
    assert_int_equal(hf_replica_identity(device->replica)->incarnation, 0);
    assert_int_equal(hf_replica_evidence(device->replica, &file, &device->err), HF_OK);
    assert_int_equal(hf_evidence_parse(hf_buf_slice(&file), &evidence), HF_OK);
    assert_int_equal(evidence.place, 17);
    assert_int_equal(evidence.shown.len, HF_LEAF_BYTES);
    assert_memory_equal(evidence.shown.data, leaf, HF_LEAF_BYTES);
    hf_buf_clear(&file);
    assert_int_equal(device_counts(device).saved_here, unsent);
    device_save(device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Offline since"));
    device_reopen(device);
    assert_false(trusts(device));
    assert_string_equal(device_text(device, &world->record_id, ACTION_TEXT), "Offline since");
}

static void change_with_a_false_signature__ends_the_trust(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    newest_leaf(world->device, leaf);
    leaf[HF_LEAF_BYTES - 1] ^= 1;
    expect_refused(world, leaf);
}

static void change_of_another_device__ends_the_trust(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    struct device *other = device_new(world->server, "Bo Field", HF_ROLE_WORKER);
    (void)device_case(other, "INV-4822");
    newest_leaf(other, leaf);
    expect_refused(world, leaf);
    device_free(other);
}

static void change_of_an_earlier_chain__ends_the_trust(void **state)
{
    struct world *world = *state;
    uint8_t leaf[HF_LEAF_BYTES];
    newest_leaf(world->device, leaf);
    assert_int_equal(answer(world->device, leaf, 1), HF_OK);
    assert_int_equal(answer(world->device, leaf, 2), HF_ERR_AUTH);
    assert_int_equal(hf_replica_identity(world->device->replica)->incarnation, 1);
    assert_false(trusts(world->device));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup_action, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(change_that_this_device_signed__is_a_reason),   TEST(no_change__is_left_to_the_session),
        TEST(change_with_a_false_signature__ends_the_trust), TEST(change_of_another_device__ends_the_trust),
        TEST(change_of_an_earlier_chain__ends_the_trust),
    };
    return cmocka_run_group_tests_name("replica/shown", tests, NULL, NULL);
}
