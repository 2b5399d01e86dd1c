/* An office and one worker's device with a case, as a cmocka fixture. */
#ifndef HF_TESTS_REPLICA_SUPPORT_WORLD_H
#define HF_TESTS_REPLICA_SUPPORT_WORLD_H

#include "tests/replica/support_device.h"

struct world {
    struct server *server;
    struct device *device;
    struct hf_id case_id;
    struct hf_id record_id; /* by world_setup_action: an action of the case, "Ring" */
};

int world_setup(void **state);
int world_setup_action(void **state);
int world_teardown(void **state);

#endif
