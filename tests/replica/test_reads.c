/* Who reads what: noted before it is shown, signed once for a visit, and no state. */
#include "tests/replica/support_world.h"

#include "core/replica/reads.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000ull

static void note(struct world *world, enum hf_read_what what, const char *reason)
{
    const struct hf_read read = {
        .case_id = world->case_id,
        .record_id = what == HF_READ_RECORD ? world->record_id : hf_id_zero(),
        .what = what,
        .reason = hf_slice_str(reason),
    };
    assert_int_equal(hf_replica_read_note(world->device->replica, &read, world->device->now_ms, &world->device->err),
                     HF_OK);
}

static size_t sign(struct world *world, enum hf_reads_which which)
{
    size_t leaves = 0;
    assert_int_equal(
        hf_replica_reads_sign(world->device->replica, which, world->device->now_ms, &leaves, &world->device->err),
        HF_OK);
    return leaves;
}

static uint64_t pending(struct world *world)
{
    uint64_t count = 0;
    assert_int_equal(hf_replica_reads_pending(world->device->replica, &count), HF_OK);
    return count;
}

struct last {
    size_t count;
    struct hf_id case_id;
    struct hf_read_body body;
    struct hf_buf bytes; /* what the body's texts point into */
};

static bool keep(void *ctx, const struct hf_item *item)
{
    struct last *last = ctx;
    struct hf_leaf leaf;
    assert_int_equal(hf_leaf_decode(item->leaf, &leaf), HF_OK);
    if (leaf.kind != HF_LEAF_READ)
        return true;
    last->count++;
    last->case_id = item->case_id;
    hf_buf_reset(&last->bytes);
    hf_buf_append_slice(&last->bytes, item->body);
    assert_int_equal(hf_read_body_decode(hf_buf_slice(&last->bytes), &last->body), HF_OK);
    return true;
}

/* The pages in the outbox; the newest of them, to be freed. */
static struct last *pages(struct world *world)
{
    struct last *last = calloc(1, sizeof *last);
    assert_int_equal(hf_replica_outbox(world->device->replica, 0, keep, last), HF_OK);
    return last;
}

static void pages_free(struct last *last)
{
    hf_buf_clear(&last->bytes);
    free(last);
}

static void what_is_opened__stands_in_the_vault_before_it_is_shown(void **state)
{
    struct world *world = *state;
    note(world, HF_READ_RECORD, "");
    assert_int_equal(pending(world), 1);
    device_reopen(world->device); /* killed in the middle of a visit: nothing was signed, nothing is lost */
    assert_int_equal(pending(world), 1);
    assert_int_equal(sign(world, HF_READS_ENDED), 1);
    assert_int_equal(pending(world), 0);
    struct last *last = pages(world);
    assert_int_equal(last->count, 1);
    assert_int_equal(last->body.line_count, 1);
    assert_true(hf_id_equal(&last->body.cases[0], &world->case_id));
    assert_true(hf_id_equal(&last->body.lines[0].record_id, &world->record_id));
    pages_free(last);
}

static void a_visit__is_one_leaf(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 5; i++) {
        note(world, HF_READ_RECORD, "");
        note(world, HF_READ_LIST, "");
        world->device->now_ms += 10000;
    }
    assert_int_equal(pending(world), 2); /* again within a minute: the same line */
    assert_false(hf_replica_reads_due(world->device->replica, world->device->now_ms));
    assert_int_equal(sign(world, HF_READS_ENDED), 0); /* it goes on */
    world->device->now_ms += HF_READS_QUIET_MS;
    assert_true(hf_replica_reads_due(world->device->replica, world->device->now_ms));
    assert_int_equal(sign(world, HF_READS_ENDED), 1);
    assert_false(hf_replica_reads_due(world->device->replica, world->device->now_ms));
    struct last *last = pages(world);
    assert_int_equal(last->count, 1);
    assert_int_equal(last->body.line_count, 2);
    pages_free(last);
}

static void opened_again_after_a_minute__is_counted_and_lasts(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 3; i++) {
        note(world, HF_READ_RECORD, "");
        world->device->now_ms += 2 * MINUTE_MS;
    }
    (void)sign(world, HF_READS_ALL);
    struct last *last = pages(world);
    assert_int_equal(last->body.lines[0].times, 3);
    assert_int_equal(last->body.lines[0].lasted_s, 240);
    pages_free(last);
}

/* A page with a reason is about one case and brings its own key: it goes with that case at the office. */
static void reasons__stand_once_in_a_page_of_their_case(void **state)
{
    struct world *world = *state;
    struct hf_id about;
    note(world, HF_READ_RECORD, "");
    note(world, HF_READ_RECORD, "Asked by the team manager");
    note(world, HF_READ_LIST, "Asked by the team manager");
    const struct hf_read other = {.case_id = {.bytes = {9}}, .what = HF_READ_LIST, .reason = hf_slice_str("Another")};
    assert_int_equal(hf_replica_read_note(world->device->replica, &other, world->device->now_ms, &world->device->err),
                     HF_OK);
    assert_int_equal(sign(world, HF_READS_ALL), 3);
    struct last *last = pages(world);
    assert_int_equal(last->count, 3);
    assert_true(hf_read_body_is_about(&last->body, &about));
    assert_true(hf_id_equal(&about, &other.case_id));
    assert_true(last->body.has_key);
    assert_int_equal(last->body.line_count, 1);
    pages_free(last);
    device_push(world->device); /* the office takes all three */
    assert_int_equal(device_number(world->device, "SELECT count(*) FROM changes WHERE kind = 8 AND sent = 0"), 0);
}

static void the_first_page__brings_the_journal_key_sealed_for_the_office(void **state)
{
    struct world *world = *state;
    note(world, HF_READ_RECORD, "");
    (void)sign(world, HF_READS_ALL);
    struct last *first = pages(world);
    assert_true(first->body.has_key);
    const struct hf_id journal = hf_journal_id(world->device->identity.log_id, world->device->identity.sign.public_key,
                                               hf_journal_year(first->body.began_ms));
    assert_true(hf_id_equal(&first->case_id, &journal));
    pages_free(first);
    note(world, HF_READ_LIST, "");
    (void)sign(world, HF_READS_ALL);
    struct last *second = pages(world);
    assert_int_equal(second->count, 2);
    assert_false(second->body.has_key);
    pages_free(second);
}

static void reading__is_no_state_and_no_work_that_waits(void **state)
{
    struct world *world = *state;
    uint8_t before[HF_HASH_BYTES], after[HF_HASH_BYTES];
    device_digest(world->device, before);
    const struct hf_replica_counts counts = device_counts(world->device);
    note(world, HF_READ_RECORD, "");
    (void)sign(world, HF_READS_ALL);
    device_digest(world->device, after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(device_counts(world->device).saved_here, counts.saved_here);
    assert_int_equal(device_counts(world->device).cases, counts.cases); /* the journal is no case */
}

static void the_office_case__is_nobodys(void **state)
{
    struct world *world = *state;
    const struct hf_read read = {.case_id = hf_office_case_id(world->device->identity.log_id), .what = HF_READ_LIST};
    assert_int_equal(hf_replica_read_note(world->device->replica, &read, world->device->now_ms, &world->device->err),
                     HF_OK);
    assert_int_equal(pending(world), 0);
}

static void a_page__holds_so_many_lines_and_the_rest_follows(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < HF_READ_CASES_MAX + 10; i++) {
        world->case_id = device_id(world->device);
        note(world, HF_READ_LIST, "");
    }
    assert_int_equal(sign(world, HF_READS_ALL), 2);
    assert_int_equal(pending(world), 0);
    struct last *last = pages(world);
    assert_int_equal(last->body.case_count, 10);
    pages_free(last);
}

static void what_could_not_be_noted__is_counted(void **state)
{
    struct world *world = *state;
    const struct hf_read read = {.case_id = world->case_id, .what = HF_READ_LIST};
    device_sql(world->device, "CREATE TRIGGER full BEFORE INSERT ON reads BEGIN SELECT RAISE(ABORT, 'full'); END");
    assert_int_not_equal(
        hf_replica_read_note(world->device->replica, &read, world->device->now_ms, &world->device->err), HF_OK);
    device_sql(world->device, "DROP TRIGGER full");
    note(world, HF_READ_RECORD, "");
    (void)sign(world, HF_READS_ALL);
    struct last *last = pages(world);
    assert_int_equal(last->body.lost, 1);
    pages_free(last);
}

static void received_pages__leave_only_their_leaf(void **state)
{
    struct world *world = *state;
    note(world, HF_READ_RECORD, "");
    (void)sign(world, HF_READS_ALL);
    device_sync(world->device);
    assert_int_equal(device_number(world->device, "SELECT count(*) FROM changes WHERE kind = 8 AND sent = 2"), 1);
    note(world, HF_READ_LIST, "");
    (void)sign(world, HF_READS_ALL);
    assert_int_equal(
        device_number(world->device, "SELECT count(*) FROM changes WHERE kind = 8 AND sent = 2 AND length(body) = 0"),
        1);
}

static void whose_case_it_is__follows_the_office(void **state)
{
    struct world *world = *state;
    struct device *manager = device_new(world->server, "Bo Field", HF_ROLE_MANAGER);
    bool own = false;
    assert_int_equal(hf_replica_case_is_own(world->device->replica, &world->case_id, &own), HF_OK);
    assert_true(own); /* opened here */
    device_sync(world->device);
    device_sync(manager);
    assert_int_equal(hf_replica_case_is_own(manager->replica, &world->case_id, &own), HF_OK);
    assert_false(own); /* there, and not hers */
    server_assign(world->server, &world->case_id, &manager->identity.person, true);
    device_sync(manager);
    assert_int_equal(hf_replica_case_is_own(manager->replica, &world->case_id, &own), HF_OK);
    assert_true(own);
    server_assign(world->server, &world->case_id, &manager->identity.person, false);
    device_sync(manager);
    assert_int_equal(hf_replica_case_is_own(manager->replica, &world->case_id, &own), HF_OK);
    assert_false(own);
    device_free(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_opened__stands_in_the_vault_before_it_is_shown, world_setup_action,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_visit__is_one_leaf, world_setup_action, world_teardown),
        cmocka_unit_test_setup_teardown(opened_again_after_a_minute__is_counted_and_lasts, world_setup_action,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(reasons__stand_once_in_a_page_of_their_case, world_setup_action,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(the_first_page__brings_the_journal_key_sealed_for_the_office,
                                        world_setup_action, world_teardown),
        cmocka_unit_test_setup_teardown(reading__is_no_state_and_no_work_that_waits, world_setup_action,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(the_office_case__is_nobodys, world_setup_action, world_teardown),
        cmocka_unit_test_setup_teardown(a_page__holds_so_many_lines_and_the_rest_follows, world_setup_action,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(what_could_not_be_noted__is_counted, world_setup_action, world_teardown),
        cmocka_unit_test_setup_teardown(received_pages__leave_only_their_leaf, world_setup_action, world_teardown),
        cmocka_unit_test_setup_teardown(whose_case_it_is__follows_the_office, world_setup_action, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
