#include "tests/protocol/support_faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MOMENTS_MOST 250

struct world *world_new(size_t outbox_batch, size_t feed_batch)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fake_device_init(&world->device, outbox_batch);
    fake_office_init(&world->office, world->device.key, feed_batch);
    world->peer = peer_of(&world->device, HF_MODE_NORMAL);
    return world;
}

void world_run(struct world *world, const struct plan *plan, struct outcome *out)
{
    run_session(&world->office, &world->device, &world->peer, plan, out);
}

void world_run_calm(struct world *world, struct outcome *out)
{
    const struct plan plan = calm_plan();
    world_run(world, &plan, out);
    if (out->ending == ENDED_FAILED)
        fail_msg("%s", out->text);
    assert_int_equal(out->ending, ENDED_DONE);
    assert_in_sync(&world->office, &world->device);
}

void failure_fits(struct world *world, const struct plan *plan, const struct outcome *out)
{
    (void)world;
    if (out->ending == ENDED_FAILED)
        assert_true(out->status == HF_ERR_PROTOCOL || out->status == HF_ERR_TIMEOUT || out->status == HF_ERR_FULL ||
                    (out->status == HF_ERR_STATE && plan->fault == FAULT_SWAP)); /* a push before its forerunner */
}

size_t fault_everywhere(const struct fault_scene *scene, struct plan plan)
{
    size_t moments = 0;
    for (plan.at = 0; plan.at <= moments; plan.at++) { /* once more than it seems: a fault may have ended it early */
        struct outcome outcome;
        assert_true(plan.at < MOMENTS_MOST);
        if (scene->aim)
            scene->aim(&plan);
        struct world *world = scene->make();
        (scene->run ? scene->run : world_run)(world, &plan, &outcome);
        (scene->disturbed ? scene->disturbed : failure_fits)(world, &plan, &outcome);
        const size_t came = plan.fault >= FAULT_REFUSE_STORE ? outcome.stores : outcome.messages;
        moments = came > moments ? came : moments;
        scene->settle(world);
        free(world);
    }
    return moments;
}

size_t every_fault_everywhere(const struct fault_scene *scene, struct plan plan)
{
    size_t least = SIZE_MAX;
    for (plan.fault = FAULT_CUT; plan.fault <= FAULT_CRASH_AFTER_STORE; plan.fault++) {
        plan.delay_ms = HF_LIMIT_REPLY_MS + 1;
        const size_t moments = fault_everywhere(scene, plan);
        if (plan.fault < FAULT_REFUSE_STORE && moments < least)
            least = moments;
    }
    plan.fault = FAULT_DELAY;
    plan.delay_ms = HF_LIMIT_REPLY_MS - 1;
    (void)fault_everywhere(scene, plan);
    return least;
}
