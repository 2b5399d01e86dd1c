/* Programs killed with SIGKILL and lines cut in mid-sync, at many bytes of the conversation: the next sync ends with
 * the same state on every device, nothing lost, nothing twice, and the verifier accepts the log.
 *
 * First a whole sync is listened to. Then the folders are put back as they were, and the sync is run anew with a cut:
 * at the ends of messages, a byte before and after, and anywhere between; after a wait of up to 20 ms, so that a blow
 * falls also while the other side is at work. HF_TEST_SEED=<number> chooses the same cuts again; HOLDFAST_TEST_LONG=1
 * makes more of them. */
#include "tests/e2e/support_proxy.h"
#include "tests/e2e/support_replica.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BATCH_RECORDS 100
#define BATCH_CHANGES (3 * BATCH_RECORDS)
#define TEXT_BYTES    3000 /* so that the batch is more than one message takes */
#define WAIT_NS_MAX   20000000u

#if defined(__SANITIZE_THREAD__)
#define CUTS_DAILY 1 /* per victim and way */
#else
#define CUTS_DAILY 3
#endif
#define CUTS_LONG 60

static const char *const folders[] = {"office", "ann", "ben", "olive", "ivo"};
#define FOLDERS (sizeof folders / sizeof folders[0])

struct scene {
    struct world world;
    struct proxy proxy;
    uint64_t seed;
    size_t cuts;
    uint64_t entries; /* in the log when everything has arrived */
    struct replica_view *expected;
};

static uint64_t random_next(uint64_t *seed)
{
    uint64_t value = (*seed += 0x9E3779B97F4A7C15u);
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

static void must_sync(struct scene *scene, const char *device)
{
    if (PROXY_SYNC(&scene->proxy, &scene->world, device, NULL) != 0)
        fail_msg("%s could not sync: %s", device, scene->world.output);
}

static void keep(struct scene *scene, const char *suffix, bool restore)
{
    for (size_t i = 0; i < FOLDERS; i++) {
        char kept[64];
        (void)snprintf(kept, sizeof kept, "%s.%s", folders[i], suffix);
        world_copy(&scene->world, restore ? kept : folders[i], restore ? folders[i] : kept);
    }
}

/* --- the scene: Ann has a batch that nobody else has seen --- */

static void record_batch(struct scene *scene, const struct holdfast_id *case_id)
{
    char text[TEXT_BYTES + 1];
    struct holdfast *hf = replica_open(world_path(&scene->world, "ann"));
    for (size_t i = 0; i < BATCH_RECORDS; i++) {
        memset(text, 'a' + (int)(i % 26), TEXT_BYTES);
        text[TEXT_BYTES] = '\0';
        struct holdfast_id record = replica_record(hf, case_id, "action", "text", text, "status", "open");
        replica_set(hf, &record, "due", "2026-12-01");
        text[TEXT_BYTES - 1] = '!';
        replica_set(hf, &record, "text", text);
    }
    holdfast_close(hf);
}

static void assign(struct scene *scene, const struct holdfast_id *case_id, const char *person)
{
    char text[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(case_id, text);
    assert_int_equal(WORLD_RUN(&scene->world, "holdfastd", "case", "assign", "--data",
                               world_path(&scene->world, "office"), "--case", text, "--person", person),
                     0);
}

static int set_up(void **state)
{
    const char *given = getenv("HF_TEST_SEED"), *longer = getenv("HOLDFAST_TEST_LONG");
    struct scene *scene = calloc(1, sizeof *scene);
    struct holdfast_id case_id;
    assert_non_null(scene);
    *state = scene;
    scene->seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    scene->cuts = longer && longer[0] == '1' ? CUTS_LONG : CUTS_DAILY;
    printf("HF_TEST_SEED=%" PRIu64 "\n", scene->seed);
    proxy_begin(&scene->proxy);
    world_begin(&scene->world, scene->proxy.port);
    world_serve(&scene->world);
    proxy_enrol(&scene->proxy, &scene->world, "ann", "Ann Sample", "worker");
    proxy_enrol(&scene->proxy, &scene->world, "ben", "Ben Example", "worker");
    proxy_enrol(&scene->proxy, &scene->world, "olive", "Olive Tester", "office");
    proxy_enrol(&scene->proxy, &scene->world, "ivo", "Ivo Checker", "auditor");
    struct holdfast *hf = replica_open(world_path(&scene->world, "ann"));
    assert_int_equal(holdfast_case_new(hf, "CH-1", &case_id), HOLDFAST_OK);
    holdfast_close(hf);
    must_sync(scene, "ann");
    assign(scene, &case_id, "Ben Example");
    must_sync(scene, "ben");
    must_sync(scene, "olive");
    record_batch(scene, &case_id);
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    free(scene->expected);
    world_end(&scene->world);
    proxy_end(&scene->proxy);
    free(scene);
    return 0;
}

/* --- what has to be true in the end --- */

static void check_log(struct scene *scene)
{
    struct world *world = &scene->world;
    assert_int_equal(WORLD_RUN(world, "holdfastd", "status", "--data", world_path(world, "office"), "--json"), 0);
    if (scene->entries == 0)
        scene->entries = world_number(world, "entries");
    assert_int_equal(world_number(world, "entries"), scene->entries);
    assert_int_equal(world_number(world, "signed"), scene->entries);
    assert_int_equal(world_number(world, "held"), 0);
    assert_int_equal(WORLD_RUN(world, "/bin/rm", "-rf", world_path(world, "bundle")), 0);
    const char *const words[] = {
        "holdfast", "audit", "export", "--replica", world_path(world, "ivo"), "--out", world_path(world, "bundle"),
        NULL};
    if (proxy_run(&scene->proxy, world, words, NULL) != 0)
        fail_msg("the export failed: %s", world->output);
    if (WORLD_RUN(world, "holdfast-audit", "verify", world_path(world, "bundle"), "--authority-key",
                  world_path(world, "office/authority.pub")) != 0)
        fail_msg("the verifier does not accept the log: %s", world->output);
}

/* Ann's changes are the batch and the case; they are the same everywhere, each once. */
static void check_all(struct scene *scene)
{
    static const char *const devices[] = {"ann", "ben", "olive"};
    must_sync(scene, "ben");
    must_sync(scene, "olive");
    for (size_t i = 0; i < 3; i++) {
        struct replica_view *view = replica_view(world_path(&scene->world, devices[i]));
        replica_assert_once(view);
        assert_int_equal(view->count, BATCH_CHANGES + 1);
        assert_int_equal(view->counts.conflicts + view->counts.waiting + view->counts.held, 0);
        assert_int_equal(view->counts.saved_here + view->counts.sent, 0);
        if (!scene->expected) {
            scene->expected = view;
            continue;
        }
        /* The same changes with the same outcome as without a cut; where they stand in the log may differ. */
        assert_memory_equal(view->digest, scene->expected->digest, sizeof view->digest);
        for (size_t k = 0; k < view->count; k++)
            assert_memory_equal(&view->changes[k].change, &scene->expected->changes[k].change,
                                sizeof view->changes[k].change);
        free(view);
    }
    check_log(scene);
}

/* Whether the cut was reached. */
static bool run_cut(struct scene *scene, const char *kept, const char *device, const struct proxy_cut *cut)
{
    keep(scene, kept, true);
    world_serve(&scene->world);
    int code = PROXY_SYNC(&scene->proxy, &scene->world, device, cut);
    bool struck = scene->proxy.struck;
    if (struck && cut->victim == PROXY_CLIENT)
        assert_int_equal(code, 128 + SIGKILL);
    if (!scene->world.server)
        world_serve(&scene->world);
    must_sync(scene, device);
    check_all(scene);
    assert_int_equal(world_stop(&scene->world, SIGTERM), 0);
    return struck;
}

/* Half of the cuts at the end of a piece or a byte beside it, half anywhere. */
static struct proxy_cut choose(struct scene *scene, const struct proxy *whole, enum proxy_victim victim,
                               enum proxy_way way)
{
    struct proxy_cut cut = {.victim = victim, .way = way};
    uint64_t total = whole->bytes[way];
    if (random_next(&scene->seed) % 2) {
        uint64_t end = whole->ends[way][random_next(&scene->seed) % whole->end_count[way]];
        cut.at = end - 1 + random_next(&scene->seed) % 3;
    } else {
        cut.at = 1 + random_next(&scene->seed) % total;
    }
    cut.at = cut.at < 1 ? 1 : cut.at > total ? total : cut.at;
    if (random_next(&scene->seed) % 2)
        cut.wait_ns = random_next(&scene->seed) % WAIT_NS_MAX;
    return cut;
}

static void run_cuts(struct scene *scene, const char *kept, const char *device, const struct proxy *whole)
{
    static const char *const victims[] = {"", "the line", "the server", "the client"};
    size_t struck = 0, tried = 0;
    for (int victim = PROXY_LINE; victim <= PROXY_CLIENT; victim++) {
        for (size_t i = 0; i < 2 * scene->cuts; i++) {
            enum proxy_way way = i % 2 ? PROXY_DOWN : PROXY_UP;
            struct proxy_cut cut = choose(scene, whole, (enum proxy_victim)victim, way);
            printf("%s: %s cut at byte %" PRIu64 " %s, after %" PRIu64 " us\n", device, victims[victim], cut.at,
                   way == PROXY_UP ? "up" : "down", cut.wait_ns / 1000);
            (void)fflush(stdout);
            struck += run_cut(scene, kept, device, &cut);
            tried++;
        }
    }
    printf("%zu of %zu cuts struck\n", struck, tried);
    assert_true(struck * 4 >= tried * 3); /* the last bytes of a sync are not always the same number */
}

static void killed_in_mid_sync__nothing_lost_and_nothing_twice(void **state)
{
    struct scene *scene = *state;
    struct proxy whole_push, whole_pull;
    assert_int_equal(world_stop(&scene->world, SIGTERM), 0);
    keep(scene, "before-push", false);
    world_serve(&scene->world);
    must_sync(scene, "ann");
    whole_push = scene->proxy;
    assert_int_equal(world_stop(&scene->world, SIGTERM), 0);
    keep(scene, "before-pull", false);
    world_serve(&scene->world);
    must_sync(scene, "ben");
    whole_pull = scene->proxy;
    check_all(scene);
    assert_int_equal(world_stop(&scene->world, SIGTERM), 0);

    run_cuts(scene, "before-push", "ann", &whole_push);
    run_cuts(scene, "before-pull", "ben", &whole_pull);
}

/* The same batch is cut again and again, each time a little further, until it is through. */
static void killed_again_and_again__arrives_in_the_end(void **state)
{
    struct scene *scene = *state;
    uint64_t blows = 0;
    keep(scene, "before-push", true);
    world_serve(&scene->world);
    for (int code = 1; code != 0; blows++) {
        const bool up = blows % 4 < 2;
        struct proxy_cut cut = {.victim = blows % 2 ? PROXY_SERVER : PROXY_CLIENT,
                                .way = up ? PROXY_UP : PROXY_DOWN,
                                .at = up ? 200 + blows * 2000 : 50 + blows * 200,
                                .wait_ns = random_next(&scene->seed) % WAIT_NS_MAX};
        assert_true(blows < 200);
        code = PROXY_SYNC(&scene->proxy, &scene->world, "ann", &cut);
        if (!scene->world.server)
            world_serve(&scene->world);
    }
    printf("through after %" PRIu64 " blows\n", blows - 1);
    assert_true(blows > 4);
    check_all(scene);
    assert_int_equal(world_stop(&scene->world, SIGTERM), 0);
}

static int export_to(struct scene *scene, const char *name, const struct proxy_cut *cut)
{
    struct world *world = &scene->world;
    const char *const words[] = {
        "holdfast", "audit", "export", "--replica", world_path(world, "ivo"), "--out", world_path(world, name), NULL};
    return proxy_run(&scene->proxy, world, words, cut);
}

/* A killed program leaves what it had begun, under a name that says so, and the next one does not touch it. */
static void remove_part(struct scene *scene)
{
    assert_int_not_equal(export_to(scene, "cut", NULL), 0);
    assert_non_null(strstr(scene->world.output, "cut.part is there already. Remove it"));
    assert_int_equal(WORLD_RUN(&scene->world, "/bin/rm", "-r", world_path(&scene->world, "cut.part")), 0);
}

/* Whoever finds a bundle finds a whole one. */
static void export_cut_in_the_middle__leaves_no_bundle(void **state)
{
    struct scene *scene = *state;
    if (!scene->world.server)
        world_serve(&scene->world);
    must_sync(scene, "ivo"); /* so that every export says the same */
    assert_int_equal(export_to(scene, "whole", NULL), 0);
    const uint64_t total = scene->proxy.bytes[PROXY_DOWN];
    for (int victim = PROXY_LINE; victim <= PROXY_CLIENT; victim++) {
        for (uint64_t part = 1; part < 8; part++) {
            struct proxy_cut cut = {.victim = (enum proxy_victim)victim, .way = PROXY_DOWN, .at = total * part / 8};
            assert_int_not_equal(export_to(scene, "cut", &cut), 0);
            if (!scene->proxy.struck)
                fail_msg("not cut at all: %s", scene->world.output);
            assert_int_not_equal(access(world_path(&scene->world, "cut"), F_OK), 0);
            if (!scene->world.server)
                world_serve(&scene->world);
            if (cut.victim == PROXY_CLIENT)
                remove_part(scene);
        }
    }
    if (export_to(scene, "cut", NULL) != 0)
        fail_msg("%s", scene->world.output);
    assert_int_equal(WORLD_RUN(&scene->world, "/usr/bin/diff", "-r", world_path(&scene->world, "whole"),
                               world_path(&scene->world, "cut")),
                     0);
    assert_int_equal(world_stop(&scene->world, SIGTERM), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_in_mid_sync__nothing_lost_and_nothing_twice),
                                       cmocka_unit_test(killed_again_and_again__arrives_in_the_end),
                                       cmocka_unit_test(export_cut_in_the_middle__leaves_no_bundle)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
