/* Devices are counted among those of their person, in the order of the log. */
#include "core/replica/device_names.h"
#include "core/replica/replica_internal.h"
#include "tests/replica/support_world.h"

#include <string.h>

#define LATER 1000000ull /* behind all that the world's log holds */

static void let_in(struct world *world, uint8_t device, unsigned incarnation, uint8_t person, uint64_t index)
{
    struct hf_rows rows;
    uint8_t key[HF_SIGN_PUBLIC_BYTES], id[HF_ID_BYTES];
    memset(key, device, sizeof key);
    memset(id, person, sizeof id);
    hf_rows_begin_text(&rows, world->device->replica,
                       "INSERT INTO devices(device, incarnation, person, enrolled_at) VALUES(?, ?, ?, ?)");
    hf_rows_bind_bytes(&rows, hf_slice_of(key, sizeof key));
    hf_rows_bind_u64(&rows, incarnation);
    hf_rows_bind_bytes(&rows, hf_slice_of(id, sizeof id));
    hf_rows_bind_u64(&rows, index);
    assert_int_equal(hf_rows_run(&rows, &world->device->err), HF_OK);
}

static uint64_t number(struct world *world, uint8_t device)
{
    uint64_t out = 99;
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    memset(key, device, sizeof key);
    assert_int_equal(hf_replica_device_number(world->device->replica, key, &out), HF_OK);
    return out;
}

static void a_device__is_counted_among_those_of_its_person(void **state)
{
    struct world *world = *state;
    enum { OLIVES_FIRST = 0xA1, BENS = 0xA2, OLIVES_SECOND = 0xA0, OLIVE = 0x51, BEN = 0x52, NOBODYS = 0xA3 };
    let_in(world, OLIVES_FIRST, 0, OLIVE, LATER);
    let_in(world, BENS, 0, BEN, LATER + 1);
    let_in(world, OLIVES_FIRST, 1, OLIVE, LATER + 2); /* its chain began anew: no further device */
    let_in(world, OLIVES_SECOND, 0, OLIVE, LATER + 3);
    let_in(world, OLIVES_FIRST, 2, OLIVE, LATER + 4);
    assert_int_equal(number(world, OLIVES_FIRST), 1);
    assert_int_equal(number(world, OLIVES_SECOND), 2);
    assert_int_equal(number(world, BENS), 1);
    assert_int_equal(number(world, NOBODYS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_device__is_counted_among_those_of_its_person, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
