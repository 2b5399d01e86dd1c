#include "tests/replica/support_device.h"

#include <stdlib.h>
#include <string.h>

struct world {
    struct server *server;
    struct device *device;
    struct hf_id case_id;
    struct hf_id record_id;
};

/* Changes 0 and 1 open the case, 2 to 4 are edits of one record. */
static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->device = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    world->case_id = device_case(world->device, "INV-4821");
    world->record_id = device_id(world->device);
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_DUE, text_value("2026-12-01"));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->device);
    server_free(world->server);
    free(world);
    return 0;
}

static struct hf_sync_facts facts_of(struct device *device)
{
    struct hf_sync_facts facts;
    assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
    return facts;
}

static const char *text(struct world *world)
{
    return device_text(world->device, &world->record_id, ACTION_TEXT);
}

static const char *due(struct world *world)
{
    return device_text(world->device, &world->record_id, ACTION_DUE);
}

/* --- what is to be sent --- */

struct seqs {
    size_t count;
    size_t most;
    uint64_t seq[16];
};

static bool keep_seq(void *ctx, const struct hf_item *item)
{
    struct seqs *seqs = ctx;
    struct hf_leaf leaf;
    assert_int_equal(hf_leaf_decode(item->leaf, &leaf), HF_OK);
    seqs->seq[seqs->count++] = leaf.seq;
    return seqs->count < seqs->most;
}

static void outbox__gives_own_changes_in_order_until_told_to_stop(void **state)
{
    struct world *world = *state;
    struct seqs all = {.most = 16};
    struct seqs two = {.most = 2};
    assert_int_equal(hf_replica_outbox(world->device->replica, 0, keep_seq, &all), HF_OK);
    assert_int_equal(all.count, 5);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(all.seq[i], i);
    assert_int_equal(hf_replica_outbox(world->device->replica, 3, keep_seq, &two), HF_OK);
    assert_int_equal(two.count, 2);
    assert_int_equal(two.seq[0], 3);
    assert_int_equal(facts_of(world->device).unsent_seq, 0);
    assert_int_equal(facts_of(world->device).next_seq, 5);
}

/* --- the answer --- */

static void answers__move_changes_from_saved_here_to_sent(void **state)
{
    struct world *world = *state;
    const struct hf_pushed first[] = {{.seq = 0, .index = 2}, {.seq = 1, .index = 3}};
    assert_int_equal(device_counts(world->device).saved_here, 5);
    assert_int_equal(hf_replica_store_pushed(world->device->replica, first, 2, NULL), HF_OK);
    assert_int_equal(device_counts(world->device).saved_here, 3);
    assert_int_equal(device_counts(world->device).sent, 2);
    assert_int_equal(facts_of(world->device).unsent_seq, 2);
    assert_int_equal(facts_of(world->device).range_count, 1);
    assert_int_equal(facts_of(world->device).ranges[0].first, 2);
    assert_int_equal(facts_of(world->device).ranges[0].count, 2);
}

static void the_same_answer_twice__changes_nothing_more(void **state)
{
    struct world *world = *state;
    device_push(world->device);
    struct snapshot before = snapshot_of(world->device);
    const struct hf_pushed again[] = {{.seq = 0, .index = 2}, {.seq = 4, .index = 6}};
    assert_int_equal(hf_replica_store_pushed(world->device->replica, again, 2, NULL), HF_OK);
    assert_unchanged(world->device, &before);
    device_push(world->device);
    assert_unchanged(world->device, &before);
}

static void answer_about_another_change__is_refused_and_nothing_is_stored(void **state)
{
    struct world *world = *state;
    struct snapshot before = snapshot_of(world->device);
    const struct hf_pushed results[] = {{.seq = 0, .index = 2}, {.seq = 5, .index = 3}};
    assert_int_equal(hf_replica_store_pushed(world->device->replica, results, 2, &world->device->err), HF_ERR_PROTOCOL);
    assert_unchanged(world->device, &before);
}

static void answer_with_another_place_in_the_log__is_refused(void **state)
{
    struct world *world = *state;
    device_push(world->device);
    struct snapshot before = snapshot_of(world->device);
    const struct hf_pushed elsewhere = {.seq = 0, .index = 99};
    assert_int_equal(hf_replica_store_pushed(world->device->replica, &elsewhere, 1, &world->device->err), HF_ERR_AUTH);
    assert_unchanged(world->device, &before);
}

static void two_changes_in_one_place__are_refused(void **state)
{
    struct world *world = *state;
    struct snapshot before = snapshot_of(world->device);
    const struct hf_pushed results[] = {{.seq = 0, .index = 2}, {.seq = 1, .index = 2}};
    assert_int_equal(hf_replica_store_pushed(world->device->replica, results, 2, &world->device->err), HF_ERR_AUTH);
    assert_unchanged(world->device, &before);
}

static void gaps_in_the_log__make_separate_ranges(void **state)
{
    struct world *world = *state;
    const struct hf_pushed results[] = {{0, 10, 0}, {1, 11, 0}, {2, 20, 0}, {3, 21, 0}, {4, 30, 0}};
    assert_int_equal(hf_replica_store_pushed(world->device->replica, results, 5, NULL), HF_OK);
    struct hf_sync_facts facts = facts_of(world->device);
    assert_int_equal(facts.range_count, 3);
    assert_int_equal(facts.ranges[1].first, 20);
    assert_int_equal(facts.ranges[1].count, 2);
    assert_int_equal(facts.ranges[2].count, 1);
}

static void more_gaps_than_fit__leave_the_rest_for_later(void **state)
{
    struct world *world = *state;
    struct hf_pushed results[HF_FACT_RANGES_MAX + 10];
    const uint64_t count = sizeof results / sizeof results[0];
    for (uint64_t i = 5; i < count; i++)
        device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT,
                    text_value(i % 2 ? "Ring" : "Write"));
    for (uint64_t i = 0; i < count; i++)
        results[i] = (struct hf_pushed){.seq = i, .index = i * 2};
    assert_int_equal(hf_replica_store_pushed(world->device->replica, results, count, NULL), HF_OK);
    assert_int_equal(facts_of(world->device).range_count, HF_FACT_RANGES_MAX);
    assert_int_equal(facts_of(world->device).ranges[HF_FACT_RANGES_MAX - 1].first, (HF_FACT_RANGES_MAX - 1) * 2);
}

/* --- held --- */

static struct hf_pushed answer(uint64_t seq, enum hf_hold hold)
{
    return (struct hf_pushed){.seq = seq, .index = 100 + seq, .hold = hold};
}

static void own_change_that_is_held__loses_its_effect(void **state)
{
    struct world *world = *state;
    const struct hf_pushed held = answer(4, HF_HOLD_RIGHT);
    assert_int_equal(hf_replica_store_pushed(world->device->replica, &held, 1, NULL), HF_OK);
    assert_string_equal(due(world), "");
    assert_string_equal(text(world), "Ring twice");
    assert_int_equal(device_counts(world->device).held, 1);
    device_reopen(world->device);
    assert_string_equal(due(world), "");
}

static void what_builds_on_a_held_change__loses_its_effect_too(void **state)
{
    struct world *world = *state;
    const struct hf_pushed held = answer(2, HF_HOLD_RIGHT);
    assert_int_equal(hf_replica_store_pushed(world->device->replica, &held, 1, NULL), HF_OK);
    assert_string_equal(text(world), ""); /* "Ring twice" was an edit of "Ring" */
    assert_string_equal(due(world), "2026-12-01");
    assert_int_equal(device_counts(world->device).held, 2);
}

static bool keep_holds(void *ctx, const struct hf_change_row *row)
{
    enum hf_hold *holds = ctx;
    size_t at = row->leaf.seq;
    holds[at] = row->item.hold;
    return true;
}

static void held_changes__are_listed_with_their_reason(void **state)
{
    struct world *world = *state;
    enum hf_hold holds[8] = {0};
    const struct hf_pushed held = answer(2, HF_HOLD_RIGHT);
    assert_int_equal(hf_replica_store_pushed(world->device->replica, &held, 1, NULL), HF_OK);
    assert_int_equal(hf_replica_held(world->device->replica, keep_holds, holds), HF_OK);
    assert_int_equal(holds[2], HF_HOLD_RIGHT);
    assert_int_equal(holds[3], HF_HOLD_BASE);
    assert_int_equal(holds[4], HF_HOLD_NONE);
}

static void record_whose_only_change_is_held__is_gone_from_lists(void **state)
{
    struct world *world = *state;
    struct hf_record_state record = {0};
    const struct hf_pushed held[] = {answer(2, HF_HOLD_RIGHT), answer(4, HF_HOLD_RIGHT)};
    assert_int_equal(hf_replica_store_pushed(world->device->replica, held, 2, NULL), HF_OK);
    assert_int_equal(hf_replica_record(world->device->replica, &world->record_id, &record), HF_ERR_NOT_FOUND);
    assert_int_equal(device_counts(world->device).records, 1);
    assert_int_equal(device_counts(world->device).held, 3);
    device_reopen(world->device);
}

static void new_edit_of_a_record_with_held_changes__builds_on_what_has_effect(void **state)
{
    struct world *world = *state;
    const struct hf_pushed held = answer(3, HF_HOLD_RIGHT);
    assert_int_equal(hf_replica_store_pushed(world->device->replica, &held, 1, NULL), HF_OK);
    assert_string_equal(text(world), "Ring");
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Write"));
    assert_string_equal(text(world), "Write");
    assert_int_equal(device_counts(world->device).conflicts, 0);
}

static void base_that_is_held__cannot_be_built_on(void **state)
{
    struct world *world = *state;
    struct hf_id ignored;
    struct hf_id base = device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT,
                                    text_value("Ring a third time"));
    const struct hf_pushed held = answer(5, HF_HOLD_RIGHT);
    assert_int_equal(hf_replica_store_pushed(world->device->replica, &held, 1, NULL), HF_OK);
    const struct hf_save_edit edit = {
        .field = ACTION_TEXT, .value = text_value("Write"), .bases = &base, .base_count = 1};
    const struct hf_save save = {
        .case_id = world->case_id, .record_id = world->record_id, .type = TYPE_ACTION, .edits = &edit, .edit_count = 1};
    assert_int_equal(hf_replica_save(world->device->replica, &save, world->device->now_ms, &ignored, NULL),
                     HF_ERR_CONFLICT);
}

/* --- released --- */

static bool keep_change_id(void *ctx, const struct hf_item *item)
{
    *(struct hf_id *)ctx = hf_leaf_change_id(item->leaf.data);
    return false;
}

/* Pushes everything; the office holds the change with this number. */
static struct hf_id push_and_hold(struct world *world, uint64_t seq)
{
    struct hf_id id = hf_id_zero();
    world->server->hold_seq = seq;
    world->server->hold = HF_HOLD_RIGHT;
    device_push(world->device);
    assert_int_equal(hf_replica_outbox(world->device->replica, seq, keep_change_id, &id), HF_OK);
    return id;
}

static void released_change__takes_effect_with_what_builds_on_it(void **state)
{
    struct world *world = *state;
    struct hf_id held = push_and_hold(world, 2);
    assert_string_equal(text(world), "");
    assert_int_equal(device_counts(world->device).held, 2);
    server_release(world->server, &held, true);
    device_pull(world->device);
    assert_string_equal(text(world), "Ring twice");
    assert_int_equal(device_counts(world->device).held, 0);
    device_reopen(world->device);
    assert_string_equal(text(world), "Ring twice");
}

static void refused_change__never_takes_effect_and_needs_nobody_any_more(void **state)
{
    struct world *world = *state;
    struct hf_id held = push_and_hold(world, 4);
    assert_int_equal(device_counts(world->device).held, 1);
    server_release(world->server, &held, false);
    device_pull(world->device);
    assert_string_equal(due(world), "");
    assert_int_equal(device_counts(world->device).held, 0);
}

static bool keep_second_change(void *ctx, const struct hf_change_row *row)
{
    if (row->leaf.seq == 3)
        *(struct hf_id *)ctx = row->change_id;
    return true;
}

static void refused_change__stays_without_effect_when_its_base_is_released(void **state)
{
    struct world *world = *state;
    struct hf_id child = hf_id_zero();
    struct hf_id held = push_and_hold(world, 2);
    assert_int_equal(hf_replica_held(world->device->replica, keep_second_change, &child), HF_OK);
    server_release(world->server, &child, false);
    server_release(world->server, &held, true);
    device_pull(world->device);
    assert_string_equal(text(world), "Ring");
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Write"));
    assert_string_equal(text(world), "Write");
}

static void release_that_comes_before_its_change__is_remembered(void **state)
{
    struct world *world = *state;
    struct device *office = device_new(world->server, "Ben Office", HF_ROLE_OFFICE);
    struct hf_id held = push_and_hold(world, 2);
    server_release(world->server, &held, true);
    device_pull(world->device);

    struct hf_item items[64];
    struct hf_sync_facts facts = facts_of(office);
    size_t count = 0;
    assert_int_equal(facts.cursor, 0);
    for (uint64_t i = 0; i < world->server->size; i++)
        if (hf_id_equal(&world->server->entries[i].case_id, &world->server->office_case))
            items[count++] = server_item(world->server, i);
    assert_int_equal(device_feed(office, items, count, world->server->size), HF_OK);
    count = 0;
    for (uint64_t i = 0; i < world->server->size; i++)
        if (hf_id_equal(&world->server->entries[i].case_id, &world->case_id))
            items[count++] = server_item(world->server, i);
    assert_int_equal(device_feed(office, items, count, world->server->size), HF_OK);
    assert_same_state(world->device, office);
    assert_string_equal(device_text(office, &world->record_id, ACTION_TEXT), "Ring twice");
    device_free(office);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(outbox__gives_own_changes_in_order_until_told_to_stop),
        TEST(answers__move_changes_from_saved_here_to_sent),
        TEST(the_same_answer_twice__changes_nothing_more),
        TEST(answer_about_another_change__is_refused_and_nothing_is_stored),
        TEST(answer_with_another_place_in_the_log__is_refused),
        TEST(two_changes_in_one_place__are_refused),
        TEST(gaps_in_the_log__make_separate_ranges),
        TEST(more_gaps_than_fit__leave_the_rest_for_later),
        TEST(own_change_that_is_held__loses_its_effect),
        TEST(what_builds_on_a_held_change__loses_its_effect_too),
        TEST(held_changes__are_listed_with_their_reason),
        TEST(record_whose_only_change_is_held__is_gone_from_lists),
        TEST(new_edit_of_a_record_with_held_changes__builds_on_what_has_effect),
        TEST(base_that_is_held__cannot_be_built_on),
        TEST(released_change__takes_effect_with_what_builds_on_it),
        TEST(refused_change__never_takes_effect_and_needs_nobody_any_more),
        TEST(refused_change__stays_without_effect_when_its_base_is_released),
        TEST(release_that_comes_before_its_change__is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
