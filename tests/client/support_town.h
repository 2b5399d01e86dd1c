/* An office and its clients, as cmocka fixtures. */
#ifndef HF_TESTS_CLIENT_SUPPORT_TOWN_H
#define HF_TESTS_CLIENT_SUPPORT_TOWN_H

#include "tests/client/support_client.h"

/* One client of an office that listens, with an action in a case. */
struct town {
    struct office *office;
    struct client ada;
    struct holdfast_id case_id, record;
};

int town_setup(void **state);
int town_teardown(void **state);

/* Two devices of one office, without a network, who both see everything. */
struct two {
    struct office *office;
    struct client ada, ben;
    struct holdfast_id case_id;
};

int two_setup(void **state);
int two_teardown(void **state);
/* What either has, both have. */
void sync_both(struct two *two);

/* Ada and Ben wrote different words offline, and both have synced. */
struct clash {
    struct office *office;
    struct client ada, ben;
    struct holdfast_id case_id, record;
};

int clash_setup(void **state);
int clash_teardown(void **state);
/* What either has, both have. */
void clash_sync(struct clash *clash);

#endif
