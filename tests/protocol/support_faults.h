/* One thing goes wrong at every point in turn: the loops over which every scene goes. A scene is a world (an office, a
 * device, and who it is to the office) in which a session has something to do; after the session that was disturbed
 * calm ones put everything in order. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_FAULTS_H
#define HF_TESTS_PROTOCOL_SUPPORT_FAULTS_H

#include "tests/protocol/support_pair.h"

struct world {
    struct fake_office office;
    struct fake_device device;
    struct hf_peer peer;
};
/* A device and an office that know each other, and nothing to do: batches of so many. The caller frees. */
struct world *world_new(size_t outbox_batch, size_t feed_batch);
void world_run(struct world *world, const struct plan *plan, struct outcome *out);
/* Nothing goes wrong: asserts that it ends in sync. */
void world_run_calm(struct world *world, struct outcome *out);

struct fault_scene {
    struct world *(*make)(void);
    void (*run)(struct world *world, const struct plan *plan, struct outcome *out); /* NULL: world_run */
    void (*aim)(struct plan *plan); /* what else happens when `at` is this; NULL: nothing */
    /* Looks at the session that was disturbed; NULL: failure_fits. */
    void (*disturbed)(struct world *world, const struct plan *plan, const struct outcome *out);
    void (*settle)(struct world *world); /* calm sessions, and asserts that all is there */
};
/* A session that failed did so for a reason that the fault explains. */
void failure_fits(struct world *world, const struct plan *plan, const struct outcome *out);
/* The plan with its fault at every message, or at every store, until there are no further ones. Returns how many
 * moments there were. */
size_t fault_everywhere(const struct fault_scene *scene, struct plan plan);
/* Cut, repeated, swapped, late and too late at every message; refused and crashed before and after every store. The
 * plan says what else happens. Returns how many messages there were at least, whatever the fault. */
size_t every_fault_everywhere(const struct fault_scene *scene, struct plan plan);

#endif
