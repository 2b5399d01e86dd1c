#include "tests/server/support_world.h"

int world_setup(void **state)
{
    static struct world world;
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.manager = device_enrolled(world.office, "Mo Manager", HF_ROLE_MANAGER);
    world.key = device_opens_case(&world.worker);
    world.record = new_id();
    *state = &world;
    return 0;
}

int world_teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}
