/* Several pushes, one commit: no answer leaves before it, none that left is lost, whenever the disk stops or fails. */
#include "server/batch.h"
#include "tests/server/support_client.h"
#include "tools/simulator/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS   4
#define EACH      2
#define CALLS_MAX 500

struct person {
    struct device device;
    struct client client;
    struct hf_class_key key;
    struct hf_item items[EACH];
    bool answered; /* with PUSHED */
    uint64_t first;
};
struct world {
    struct disk *disk;
    struct office *office;
    struct person people[CLIENTS];
};

static void lay(void *ctx, const uint8_t *page, size_t len)
{
    disk_put(ctx, OFFICE_VFS_DB, page, len);
}

static void prepare(struct person *person)
{
    struct hf_id record = new_id(), base;
    const char *const texts[EACH] = {"Casey", "Kasey"};
    for (size_t i = 0; i < EACH; i++) {
        person->items[i] =
            device_edit(&person->device, &person->key, &record, CHILD_NAME, texts[i], &base, i > 0 ? 1 : 0);
        base = item_id(&person->items[i]);
    }
}

static struct world *world_new(void)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->disk = disk_new(1);
    assert_non_null(world->disk);
    world->office = office_new_on_vfs(disk_vfs(world->disk), world->disk, lay);
    for (size_t i = 0; i < CLIENTS; i++) {
        struct person *person = &world->people[i];
        person->device = device_enrolled(world->office, "Wanda Worker", HF_ROLE_WORKER);
        person->key = device_opens_case(&person->device);
        struct caller caller = caller_device(&person->device);
        client_open_link(&person->client, world->office, &caller);
        client_greet(&person->client, &person->device);
        prepare(person);
    }
    world->office->office.group.allowed = true;
    return world;
}

static void world_free(struct world *world)
{
    for (size_t i = 0; i < CLIENTS; i++)
        client_free(&world->people[i].client);
    office_free(world->office);
    disk_free(world->disk);
    free(world);
}

static void say_push(struct person *person)
{
    struct hf_message push = {.type = HF_MSG_PUSH, .request = 7};
    push.as.push.items = person->items;
    push.as.push.count = EACH;
    client_say(&person->client, &push);
}

static bool nothing_to_hear(const struct person *person)
{
    return hf_link_output(person->client.link).len == 0;
}

/* As the listener does. */
static enum hf_status let_go(struct world *world)
{
    enum hf_status status = hf_group_take(&world->office->office);
    for (size_t i = 0; i < CLIENTS; i++)
        hf_link_let_go(world->people[i].client.link, status, CLIENT_START_MS);
    return status;
}

/* What came back; PUSHED is noted. */
static void hear(struct person *person)
{
    struct hf_message answer;
    assert_true(client_hear(&person->client));
    assert_int_equal(hf_message_decode(hf_buf_slice(&person->client.message), &answer), HF_OK);
    assert_int_equal(answer.request, 7);
    person->answered = answer.type == HF_MSG_PUSHED;
    if (person->answered)
        person->first = answer.as.pushed.results[0].index;
    else
        assert_int_equal(answer.type, HF_MSG_ERROR);
    hf_message_clear(&answer);
}

static bool is_logged(struct world *world, const struct person *person)
{
    size_t found = 0;
    for (size_t i = 0; i < EACH; i++) {
        const struct hf_id id = item_id(&person->items[i]);
        struct hf_batch batch;
        struct hf_change_standing standing;
        hf_batch_begin(&batch, &world->office->office);
        const enum hf_status status = hf_batch_standing(&batch, &id, &standing);
        hf_batch_clear(&batch);
        if (status == HF_OK && person->answered)
            assert_int_equal(standing.index, person->first + i);
        found += status == HF_OK;
    }
    assert_true(found == 0 || found == EACH); /* a push is stored whole or not at all */
    return found == EACH;
}

/* --- one after the other --- */

static void answers__wait_for_the_one_commit(void **state)
{
    struct world *world = world_new();
    (void)state;
    const uint64_t size = office_size(world->office);
    for (size_t i = 0; i < CLIENTS; i++) {
        say_push(&world->people[i]);
        assert_true(hf_link_holds(world->people[i].client.link));
        assert_true(nothing_to_hear(&world->people[i]));
    }
    assert_int_equal(let_go(world), HF_OK);
    for (size_t i = 0; i < CLIENTS; i++) {
        hear(&world->people[i]);
        assert_true(world->people[i].answered);
        assert_int_equal(world->people[i].first, size + i * EACH);
        assert_true(is_logged(world, &world->people[i]));
    }
    assert_int_equal(office_reopen(world->office), HF_OK);
    world_free(world);
}

static void while_an_answer_is_held__nothing_else_of_that_device_is_worked_on(void **state)
{
    struct world *world = world_new();
    struct person *person = &world->people[0];
    struct hf_message ping = {.type = HF_MSG_PING, .request = 8};
    (void)state;
    say_push(person);
    client_say(&person->client, &ping);
    assert_true(nothing_to_hear(person));
    assert_int_equal(let_go(world), HF_OK);
    hear(person);
    assert_true(person->answered);
    assert_true(hf_link_work(person->client.link, CLIENT_START_MS));
    assert_true(client_hear(&person->client));
    world_free(world);
}

static void a_refused_push__leaves_the_others_of_its_group(void **state)
{
    struct world *world = world_new();
    uint8_t leaf[HF_LEAF_BYTES];
    (void)state;
    memcpy(leaf, world->people[1].items[EACH - 1].leaf.data, sizeof leaf);
    leaf[HF_LEAF_SIGNED_BYTES] ^= 1;
    world->people[1].items[EACH - 1].leaf = scratch_copy(world->office, hf_slice_of(leaf, sizeof leaf));
    for (size_t i = 0; i < CLIENTS; i++)
        say_push(&world->people[i]);
    assert_int_equal(let_go(world), HF_OK);
    for (size_t i = 0; i < CLIENTS; i++) {
        hear(&world->people[i]);
        assert_int_equal(world->people[i].answered, i != 1);
    }
    world->people[1].items[EACH - 1] = world->people[1].items[0]; /* the bad one is looked for in vain */
    assert_false(is_logged(world, &world->people[1]));
    assert_int_equal(office_size(world->office), world->people[3].first + EACH);
    world_free(world);
}

/* What others read is durable, so whatever is no push ends the group. */
static void any_other_question__ends_the_group(void **state)
{
    struct world *world = world_new();
    struct hf_message head = {.type = HF_MSG_HEAD, .request = 9};
    struct hf_office *office = &world->office->office;
    (void)state;
    say_push(&world->people[0]);
    assert_false(hf_group_is_over(office));
    client_say(&world->people[1].client, &head);
    assert_false(nothing_to_hear(&world->people[1]));
    assert_true(hf_group_is_over(office));
    assert_true(nothing_to_hear(&world->people[0]));
    say_push(&world->people[2]); /* by itself: the group is over, and not yet let go */
    assert_false(hf_link_holds(world->people[2].client.link));
    hear(&world->people[2]);
    assert_true(world->people[2].answered);
    assert_int_equal(let_go(world), HF_OK);
    hear(&world->people[0]);
    assert_true(world->people[0].answered);
    world_free(world);
}

/* --- the disk --- */

static void go_on(void *ctx)
{
    disk_go_on(ctx);
}

static void push_all(struct world *world)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        say_push(&world->people[i]);
        if (hf_group_is_over(&world->office->office))
            (void)let_go(world);
    }
    (void)let_go(world);
    for (size_t i = 0; i < CLIENTS; i++)
        hear(&world->people[i]);
}

/* False when the call did not come any more: then the world stops at the end, with everything answered. */
static bool stopped_at(enum disk_stop stop, uint64_t nth)
{
    struct world *world = world_new();
    const uint64_t size = office_size(world->office);
    /* Too little cache for a push, and a checkpoint behind every commit: more calls to stop at. */
    assert_int_equal(sqlite3_exec(hf_vault_db(world->office->vaults[2]),
                                  "PRAGMA cache_size=24; PRAGMA wal_autocheckpoint=2", NULL, NULL, NULL),
                     SQLITE_OK);
    disk_stop_at(world->disk, stop, nth);
    push_all(world);
    const bool stopped = disk_is_stopped(world->disk);
    if (!stopped)
        disk_stop_now(world->disk, stop);
    if (office_after_a_stop(world->office, go_on, world->disk) != HF_OK)
        fail_msg("call %d: %s", (int)nth, world->office->err.text);
    size_t logged = 0, answered = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        const bool is_there = is_logged(world, &world->people[i]);
        if (world->people[i].answered && !is_there)
            fail_msg("call %d: the push of device %d was answered and is lost", (int)nth, (int)i);
        logged += is_there;
        answered += world->people[i].answered;
    }
    assert_int_equal(office_size(world->office), size + logged * EACH);
    assert_true(stopped || answered == CLIENTS);
    world_free(world);
    return stopped;
}

/* Every so many calls; every one with HF_LONG_TESTS. */
static void stops_at_calls(enum disk_stop stop, uint64_t apart)
{
    uint64_t nth = 1;
    const uint64_t step = getenv("HF_LONG_TESTS") ? 1 : apart;
    while (nth < CALLS_MAX && stopped_at(stop, nth))
        nth += step;
    (void)printf("%d calls, each %d.\n", (int)nth - 1, (int)step);
    assert_in_range(nth, 10, CALLS_MAX - 1);
}

static void power_fails_at_each_call__nothing_answered_is_lost(void **state)
{
    (void)state;
    stops_at_calls(DISK_POWER_FAILS, 1);
}

static void process_dies_at_any_call__nothing_answered_is_lost(void **state)
{
    (void)state;
    stops_at_calls(DISK_PROCESS_DIES, 4);
}

/* All hear that it could not be stored, and it was not; then one by one, and when that works, together again. */
static void a_failed_commit__takes_all_back(enum disk_fault fault)
{
    struct world *world = world_new();
    struct hf_office *office = &world->office->office;
    const uint64_t size = office_size(world->office);
    disk_fault_at(world->disk, fault, 1, true);
    push_all(world);
    assert_true(disk_fault_happened(world->disk));
    disk_fault_end(world->disk);
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_false(world->people[i].answered);
        assert_false(is_logged(world, &world->people[i]));
    }
    assert_int_equal(office_size(world->office), size);
    assert_true(office->group.failed);
    push_all(world);
    assert_false(office->group.failed);
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_true(world->people[i].answered);
        assert_true(is_logged(world, &world->people[i]));
    }
    assert_int_equal(office_size(world->office), size + CLIENTS * EACH);
    assert_int_equal(office_reopen(world->office), HF_OK);
    world_free(world);
}

static void a_disk_that_fails__takes_the_whole_group_back(void **state)
{
    (void)state;
    a_failed_commit__takes_all_back(DISK_FAULT_WRITE);
    a_failed_commit__takes_all_back(DISK_FAULT_FULL);
    a_failed_commit__takes_all_back(DISK_FAULT_SYNC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers__wait_for_the_one_commit),
        cmocka_unit_test(while_an_answer_is_held__nothing_else_of_that_device_is_worked_on),
        cmocka_unit_test(a_refused_push__leaves_the_others_of_its_group),
        cmocka_unit_test(any_other_question__ends_the_group),
        cmocka_unit_test(a_disk_that_fails__takes_the_whole_group_back),
        cmocka_unit_test(power_fails_at_each_call__nothing_answered_is_lost),
        cmocka_unit_test(process_dies_at_any_call__nothing_answered_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
