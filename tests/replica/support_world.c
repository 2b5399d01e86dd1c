#include "tests/replica/support_world.h"

#include <stdlib.h>

int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->server = server_new();
    world->device = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    world->case_id = device_case(world->device, "INV-4821");
    *state = world;
    return 0;
}

int world_setup_action(void **state)
{
    (void)world_setup(state);
    struct world *world = *state;
    world->record_id = device_id(world->device);
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    return 0;
}

int world_teardown(void **state)
{
    struct world *world = *state;
    device_free(world->device);
    server_free(world->server);
    free(world);
    return 0;
}
