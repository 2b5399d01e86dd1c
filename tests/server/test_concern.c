/* Whom new entries of the log concern: who holds the case, who reads every case, and everybody when in doubt. */
#include "server/concern.h"

#include "tests/server/support_office.h"

struct world {
    struct office *office;
    struct device wanda, wilma, mo;
    struct hf_class_key key;
    struct hf_id record;
};

static struct hf_concern concern;

static int setup(void **state)
{
    static struct world world;
    world.office = office_new_on_disk();
    world.wanda = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.wilma = device_enrolled(world.office, "Wilma Worker", HF_ROLE_WORKER);
    world.mo = device_enrolled(world.office, "Mo Manager", HF_ROLE_MANAGER);
    world.key = device_opens_case(&world.wanda);
    world.record = new_id();
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static void find_from(struct world *world, uint64_t from)
{
    hf_concern_find(&world->office->office, from, office_size(world->office), &concern);
}

static void a_record_of_a_case__concerns_who_holds_it_and_who_reads_all(void **state)
{
    struct world *world = *state;
    const uint64_t from = office_size(world->office);
    (void)device_saves(&world->wanda, &world->key, &world->record, "Casey", NULL);
    find_from(world, from);
    assert_false(concern.everybody);
    assert_true(hf_concern_has(&concern, &world->wanda.peer));
    assert_false(hf_concern_has(&concern, &world->wilma.peer));
    assert_true(hf_concern_has(&concern, &world->mo.peer));
}

static void anything_but_records__concerns_everybody(void **state)
{
    struct world *world = *state;
    const uint64_t from = office_size(world->office);
    (void)device_opens_case(&world->wanda); /* a key and an assignment */
    find_from(world, from);
    assert_true(hf_concern_has(&concern, &world->wilma.peer));
}

static void more_than_is_looked_at__concerns_everybody(void **state)
{
    struct world *world = *state;
    hf_concern_find(&world->office->office, 0, HF_CONCERN_ENTRIES_MAX + 1, &concern);
    assert_true(concern.everybody);
}

static void the_store_in_memory__says_the_same(void **state)
{
    (void)state;
    struct office *office = office_new();
    struct device wanda = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    struct device wilma = device_enrolled(office, "Wilma Worker", HF_ROLE_WORKER);
    const struct hf_class_key key = device_opens_case(&wanda);
    const struct hf_id record = new_id();
    const uint64_t from = office_size(office);
    (void)device_saves(&wanda, &key, &record, "Casey", NULL);
    hf_concern_find(&office->office, from, office_size(office), &concern);
    assert_true(hf_concern_has(&concern, &wanda.peer));
    assert_false(hf_concern_has(&concern, &wilma.peer));
    office_free(office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_of_a_case__concerns_who_holds_it_and_who_reads_all),
        cmocka_unit_test(anything_but_records__concerns_everybody),
        cmocka_unit_test(more_than_is_looked_at__concerns_everybody),
        cmocka_unit_test(the_store_in_memory__says_the_same),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
