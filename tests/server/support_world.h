/* An office with a worker, a manager and a case, as a cmocka fixture. */
#ifndef HF_TESTS_SERVER_SUPPORT_WORLD_H
#define HF_TESTS_SERVER_SUPPORT_WORLD_H

#include "tests/server/support_office.h"

struct world {
    struct office *office;
    struct device worker, manager;
    struct hf_class_key key; /* of the case that the worker opened */
    struct hf_id record;     /* an id that nothing has yet */
};

int world_setup(void **state);
int world_teardown(void **state);

#endif
