/* A log of many changes, made through the real client and server, is exported and verified. 10,000 of them unless the
 * sanitizer makes that too long; HOLDFAST_TEST_LONG=1 makes it 10,000 everywhere. */
#include "tests/e2e/support_replica.h"
#include "tests/e2e/support_world.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CHANGES_LONG 10000
#if defined(__SANITIZE_THREAD__)
#define CHANGES_DAILY 2000
#else
#define CHANGES_DAILY 10000
#endif
#define EDITS 20 /* changes of one record */

static void enrol(struct world *world, const char *device, const char *person, const char *role)
{
    const char *invitation = world_invite(world, person, role);
    if (WORLD_RUN(world, "holdfast", "enrol", "--weak-kdf-for-tests", "--replica", world_path(world, device),
                  invitation) != 0)
        fail_msg("%s could not enrol: %s", person, world->output);
}

static void sync_device(struct world *world, const char *device)
{
    if (WORLD_RUN(world, "holdfast", "sync", "--replica", world_path(world, device)) != 0)
        fail_msg("%s could not sync: %s", device, world->output);
}

static void record_all(struct world *world, size_t changes)
{
    struct holdfast *hf = replica_open(world_path(world, "ann"));
    struct holdfast_id case_id, record;
    char text[64];
    assert_int_equal(holdfast_case_new(hf, "CH-1", &case_id), HOLDFAST_OK);
    for (size_t i = 1; i < changes; i++) {
        (void)snprintf(text, sizeof text, "What was agreed, version %zu", i);
        if (i % EDITS == 1)
            record = replica_record(hf, &case_id, "action", "text", text, "status", "open");
        else
            replica_set(hf, &record, "text", text);
    }
    holdfast_close(hf);
}

static double lap(struct timespec *from)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    double took = (double)(now.tv_sec - from->tv_sec) + (double)(now.tv_nsec - from->tv_nsec) / 1e9;
    *from = now;
    return took;
}

static void many_changes__verify(void **state)
{
    const char *longer = getenv("HOLDFAST_TEST_LONG");
    size_t changes = longer && longer[0] == '1' ? CHANGES_LONG : CHANGES_DAILY;
    struct world world;
    struct timespec from = {0};
    (void)state;
    world_begin(&world, 0);
    world_serve(&world);
    enrol(&world, "ann", "Ann Sample", "worker");
    enrol(&world, "olive", "Olive Tester", "office");
    enrol(&world, "ivo", "Ivo Checker", "auditor");
    (void)lap(&from);
    record_all(&world, changes);
    printf("recorded %zu changes in %.1f s\n", changes, lap(&from));
    sync_device(&world, "ann");
    printf("sent in %.1f s\n", lap(&from));
    sync_device(&world, "olive");
    printf("fetched in %.1f s\n", lap(&from));
    assert_int_equal(WORLD_RUN(&world, "holdfastd", "status", "--data", world_path(&world, "office"), "--json"), 0);
    uint64_t entries = world_number(&world, "entries");
    assert_true(entries >= changes);
    assert_int_equal(world_number(&world, "signed"), entries);

    struct replica_view *author = replica_view(world_path(&world, "ann"));
    struct replica_view *reader = replica_view(world_path(&world, "olive"));
    assert_int_equal(author->count, changes);
    replica_assert_once(author);
    replica_assert_same(author, reader);
    free(author);
    free(reader);
    printf("compared in %.1f s\n", lap(&from));

    assert_int_equal(WORLD_RUN(&world, "holdfast", "audit", "export", "--replica", world_path(&world, "ivo"), "--out",
                               world_path(&world, "bundle")),
                     0);
    printf("exported in %.1f s\n", lap(&from));
    int code = WORLD_RUN(&world, "holdfast-audit", "verify", world_path(&world, "bundle"), "--authority-key",
                         world_path(&world, "office/authority.pub"), "--json");
    if (code != 0)
        fail_msg("the verifier does not accept the log: %s", world.output);
    printf("verified %" PRIu64 " entries in %.1f s\n", entries, lap(&from));
    assert_int_equal(world_stop(&world, SIGTERM), 0);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_changes__verify)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
