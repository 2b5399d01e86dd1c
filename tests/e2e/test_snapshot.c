/* A first sync of more than a thousand records with the real programs: the state of the cases comes as a snapshot, cut
 * at any byte it goes on where it was, what came is marked until its history is here, an edit on top is not lost, and
 * the history leads to the same state. Then the server's store is lost and a new shard begins: who is new there gets a
 * snapshot too, of what was before it, and of what was handed on. */
#include "tests/e2e/support_proxy.h"
#include "tests/e2e/support_replica.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CASES       3
#define RECORDS     360 /* in each; the office's least for a snapshot is 1,000 (HF_SNAPSHOT_LEAST) */
#define ALL         (CASES * (RECORDS + 1))
#define NEW_SHARD   "log.invented-council.example/after-the-loss"
#define LOST_ACTION "Written after the backup"

struct scene {
    struct world world;
    struct proxy proxy;
    struct holdfast_id cases[CASES], first; /* an action that stands in the snapshot */
    struct holdfast_id paper;               /* attached to it */
    uint64_t whole;                         /* bytes of a whole first sync, to the device */
};

/* --- the scene --- */

static void record(struct scene *scene)
{
    struct holdfast *hf = replica_open(world_path(&scene->world, "ann"));
    for (size_t i = 0; i < CASES; i++) {
        char reference[16];
        (void)snprintf(reference, sizeof reference, "CH-%zu", i + 1);
        assert_int_equal(holdfast_case_new(hf, reference, &scene->cases[i]), HOLDFAST_OK);
        for (size_t k = 0; k < RECORDS; k++) {
            char text[200];
            (void)snprintf(text, sizeof text, "Call number %zu of case %zu: ask how the week went, and write it down.",
                           k, i);
            const struct holdfast_id id =
                replica_record(hf, &scene->cases[i], "action", "text", text, "status", "open");
            if (i == 0 && k == 0)
                scene->first = id;
        }
    }
    replica_set(hf, &scene->first, "due", "2026-12-24");
    holdfast_close(hf);
}

static void must_sync(struct scene *scene, const char *device)
{
    if (PROXY_SYNC(&scene->proxy, &scene->world, device, NULL) != 0)
        fail_msg("%s could not sync: %s", device, scene->world.output);
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    *state = scene;
    proxy_begin(&scene->proxy);
    world_begin(&scene->world, scene->proxy.port);
    world_serve(&scene->world);
    proxy_enrol(&scene->proxy, &scene->world, "ann", "Ann Sample", "worker");
    record(scene);
    must_sync(scene, "ann");
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    world_end(&scene->world);
    proxy_end(&scene->proxy);
    free(scene);
    return 0;
}

/* --- looking --- */

struct look {
    uint8_t digest[HOLDFAST_DIGEST_BYTES];
    struct holdfast_counts counts;
};

static struct look look_at(struct scene *scene, const char *device)
{
    struct look look;
    struct holdfast *hf = replica_open(world_path(&scene->world, device));
    assert_int_equal(holdfast_digest(hf, NULL, look.digest), HOLDFAST_OK);
    assert_int_equal(holdfast_get_counts(hf, &look.counts), HOLDFAST_OK);
    holdfast_close(hf);
    return look;
}

static void assert_as_ann(struct scene *scene, const char *device, uint64_t unverified)
{
    const struct look ann = look_at(scene, "ann"), look = look_at(scene, device);
    assert_memory_equal(look.digest, ann.digest, sizeof look.digest);
    assert_int_equal(look.counts.unverified, unverified);
    assert_int_equal(look.counts.conflicts + look.counts.waiting + look.counts.held, 0);
    assert_true(look.counts.checkpoint_size > 0);
}

static int with_proxy(struct scene *scene, const char *const *words)
{
    return proxy_run(&scene->proxy, &scene->world, words, NULL);
}

static void must(struct scene *scene, const char *const *words)
{
    if (with_proxy(scene, words) != 0)
        fail_msg("%s %s: %s", words[0], words[1], scene->world.output);
}

static void fetch_history(struct scene *scene, const char *device)
{
    must(scene,
         (const char *const[]){"holdfast", "sync", "--history", "--replica", world_path(&scene->world, device), NULL});
}

/* --- the tests: one scene, in this order --- */

static void first_sync__is_a_snapshot_tied_to_the_log(void **state)
{
    struct scene *scene = *state;
    proxy_enrol(&scene->proxy, &scene->world, "mia", "Mia Manager", "manager");
    world_copy(&scene->world, "mia", "mia.new");
    must_sync(scene, "mia");
    scene->whole = scene->proxy.bytes[PROXY_DOWN];
    printf("a first sync of %d records as a snapshot: %" PRIu64 " bytes\n", ALL, scene->whole);
    assert_as_ann(scene, "mia", ALL);
    proxy_enrol(&scene->proxy, &scene->world, "otto", "Otto Other", "manager"); /* he comes back after the loss */
    must_sync(scene, "otto");
    must_sync(scene, "mia"); /* and then it is over */
    assert_true(scene->proxy.bytes[PROXY_DOWN] < 4096);
}

/* Killed, or its line cut, or the server killed, at a tenth after a tenth of the way. */
static void cut_at_any_byte__it_goes_on_where_it_was(void **state)
{
    struct scene *scene = *state;
    static const enum proxy_victim victims[] = {PROXY_LINE, PROXY_CLIENT, PROXY_SERVER};
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < 9; i++) {
        const struct proxy_cut cut = {.victim = victims[i % 3], .way = PROXY_DOWN, .at = scene->whole * (i + 1) / 10};
        world_copy(&scene->world, "mia.new", "mia");
        (void)PROXY_SYNC(&scene->proxy, &scene->world, "mia", &cut);
        assert_true(scene->proxy.struck);
        if (!scene->world.server)
            world_serve(&scene->world);
        must_sync(scene, "mia");
        if (scene->proxy.bytes[PROXY_DOWN] < least)
            least = scene->proxy.bytes[PROXY_DOWN];
        assert_as_ann(scene, "mia", ALL);
    }
    printf("least bytes of a sync that went on: %" PRIu64 "\n", least);
    assert_true(least < scene->whole * 3 / 4); /* parts that are stored are not asked for again */
}

/* What needs the changes fetches them; the others stay marked. */
static void history_on_demand__is_that_of_one_case(void **state)
{
    struct scene *scene = *state;
    char id[HOLDFAST_ID_TEXT_BYTES];
    struct holdfast *hf = replica_open(world_path(&scene->world, "mia"));
    replica_set(hf, &scene->first, "due", "2026-12-27"); /* on top, and offline */
    holdfast_close(hf);
    holdfast_id_format(&scene->first, id);
    must(scene, (const char *const[]){"holdfast", "record", "history", id, "--replica",
                                      world_path(&scene->world, "mia"), NULL});
    assert_non_null(strstr(scene->world.output, "Ann Sample"));
    assert_int_equal(look_at(scene, "mia").counts.unverified, ALL - (RECORDS + 1));
    must_sync(scene, "mia");
    must_sync(scene, "ann");
    assert_as_ann(scene, "mia", ALL - (RECORDS + 1));
    hf = replica_open(world_path(&scene->world, "ann"));
    assert_string_equal(replica_text(hf, &scene->first, "due"), "2026-12-27");
    holdfast_close(hf);
}

static void whole_history__leads_to_the_same_state(void **state)
{
    struct scene *scene = *state;
    fetch_history(scene, "mia");
    assert_as_ann(scene, "mia", 0);
    struct replica_view *ann = replica_view(world_path(&scene->world, "ann")),
                        *mia = replica_view(world_path(&scene->world, "mia"));
    replica_assert_once(mia);
    replica_assert_same(ann, mia);
    free(ann);
    free(mia);
}

/* --- a new shard --- */

static void office_command(struct scene *scene, const char *const *words)
{
    if (world_run(&scene->world, words) != 0)
        fail_msg("%s %s: %s", words[0], words[1], scene->world.output);
}

static void copy_store(struct scene *scene, const char *from, const char *to)
{
    char command[3 * WORLD_PATH_BYTES];
    (void)snprintf(command, sizeof command, "mkdir -p '%s' && rm -f '%s'/server.db* && cp '%s'/server.db* '%s'", to, to,
                   from, to);
    office_command(scene, (const char *const[]){"/bin/sh", "-c", command, NULL});
}

static void attach_paper(struct scene *scene, struct holdfast *hf)
{
    static const char paper[] = "A paper that came after the backup";
    const struct holdfast_attach_spec spec = {
        .case_id = scene->cases[0], .parent = scene->first, .name = "paper.txt", .size = sizeof paper};
    struct holdfast_attach *add = NULL;
    assert_int_equal(holdfast_attach_begin(hf, &spec, &add), HOLDFAST_OK);
    assert_int_equal(holdfast_attach_write(add, paper, sizeof paper), HOLDFAST_OK);
    assert_int_equal(holdfast_attach_finish(add, &scene->paper), HOLDFAST_OK);
}

static bool note_here(void *ctx, const struct holdfast_attachment *attachment)
{
    *(bool *)ctx = attachment->here && strcmp(attachment->name, "paper.txt") == 0;
    return true;
}

static void lose_store_and_begin_a_shard(struct scene *scene)
{
    struct world *world = &scene->world;
    char office[WORLD_PATH_BYTES], backup[WORLD_PATH_BYTES], request[WORLD_PATH_BYTES], signed_[WORLD_PATH_BYTES],
        key[WORLD_PATH_BYTES];
    (void)snprintf(office, sizeof office, "%s", world_path(world, "office"));
    (void)snprintf(backup, sizeof backup, "%s", world_path(world, "backup"));
    (void)snprintf(request, sizeof request, "%s", world_path(world, "request"));
    (void)snprintf(signed_, sizeof signed_, "%s", world_path(world, "certificate"));
    (void)snprintf(key, sizeof key, "%s", world_path(world, "office/authority.key"));
    assert_int_equal(world_stop(world, SIGTERM), 0);
    copy_store(scene, office, backup);
    world_serve(world);
    struct holdfast *hf = replica_open(world_path(world, "ann"));
    (void)replica_record(hf, &scene->cases[0], "action", "text", LOST_ACTION, "status", "open");
    attach_paper(scene, hf);
    holdfast_close(hf);
    must_sync(scene, "ann");
    assert_int_equal(world_stop(world, SIGKILL), 128 + SIGKILL);
    copy_store(scene, backup, office);
    office_command(scene, (const char *const[]){"holdfastd", "shard", "request", "--data", office, "--name", NEW_SHARD,
                                                "--because", "The disk of the server failed.", request, NULL});
    office_command(scene, (const char *const[]){"holdfastd", "key", "sign", request, "--authority-key", key, "--out",
                                                signed_, NULL});
    office_command(scene, (const char *const[]){"holdfastd", "shard", "take", "--data", office, signed_, NULL});
    world_serve(world);
}

static void newcomer_of_a_new_shard__gets_a_snapshot_too(void **state)
{
    struct scene *scene = *state;
    lose_store_and_begin_a_shard(scene);
    must_sync(scene, "ann"); /* hands on what the new log lacks */
    proxy_enrol(&scene->proxy, &scene->world, "nora", "Nora Newcomer", "manager");
    must_sync(scene, "nora");
    assert_as_ann(scene, "nora", ALL + 2);
    bool here = false; /* of the attachment the office had lost the row */
    struct holdfast *hf = replica_open(world_path(&scene->world, "nora"));
    assert_int_equal(holdfast_attachment_show(hf, &scene->paper, note_here, &here), HOLDFAST_OK);
    holdfast_close(hf);
    assert_true(here);
    fetch_history(scene, "nora");
    assert_as_ann(scene, "nora", 0);
    struct replica_view *ann = replica_view(world_path(&scene->world, "ann")),
                        *nora = replica_view(world_path(&scene->world, "nora"));
    replica_assert_once(nora);
    assert_int_equal(nora->count, ann->count);
    free(ann);
    free(nora);
}

/* A store that was put back from a copy, in a shard that both know: what the office shows was signed for the new log.
 */
static void store_put_back_in_a_new_shard__gets_a_new_chain(void **state)
{
    struct scene *scene = *state;
    must_sync(scene, "mia");
    world_copy(&scene->world, "mia", "mia.copy");
    struct holdfast *hf = replica_open(world_path(&scene->world, "mia"));
    replica_set(hf, &scene->first, "due", "2026-12-28");
    holdfast_close(hf);
    must_sync(scene, "mia");
    world_copy(&scene->world, "mia.copy", "mia");
    hf = replica_open(world_path(&scene->world, "mia"));
    replica_set(hf, &scene->first, "status", "done");
    holdfast_close(hf);
    must_sync(scene, "mia");
    must_sync(scene, "ann");
    hf = replica_open(world_path(&scene->world, "ann"));
    assert_string_equal(replica_text(hf, &scene->first, "due"), "2026-12-28");
    assert_string_equal(replica_text(hf, &scene->first, "status"), "done");
    holdfast_close(hf);
    must_sync(scene, "mia");
    const struct look ann = look_at(scene, "ann"), mia = look_at(scene, "mia");
    assert_memory_equal(mia.digest, ann.digest, sizeof ann.digest);
}

/* Who had a snapshot of the log before, and not its history, when the shard began. */
static void half_read_of_the_log_before__goes_on_in_the_new_one(void **state)
{
    struct scene *scene = *state;
    must_sync(scene, "otto");
    assert_true(look_at(scene, "otto").counts.unverified > 0);
    fetch_history(scene, "otto");
    assert_as_ann(scene, "otto", 0);
}

static void make_officer(struct scene *scene, const char *device, const char *person)
{
    proxy_enrol(&scene->proxy, &scene->world, device, person, "office");
    const char *const words[] = {"holdfastd", "person", "officer", "--data", world_path(&scene->world, "office"),
                                 person,      "--give", NULL};
    office_command(scene, words);
    must_sync(scene, device);
}

/* Both officers have the case as a snapshot, and its history nowhere. */
static void erase_case(struct scene *scene, const struct holdfast_id *case_id)
{
    char id[HOLDFAST_ID_TEXT_BYTES], erasure[HOLDFAST_ID_TEXT_BYTES] = {0};
    holdfast_id_format(case_id, id);
    must(scene, (const char *const[]){"holdfast", "erase", "request", "--replica", world_path(&scene->world, "ada"),
                                      "--case", id, "--basis", "never_recorded", NULL});
    char *output = scene->world.output; /* its last line */
    size_t len = strlen(output);
    while (len > 0 && output[len - 1] == '\n')
        output[--len] = '\0';
    const char *line = strrchr(output, '\n');
    (void)snprintf(erasure, sizeof erasure, "%.36s", line ? line + 1 : output);
    must(scene, (const char *const[]){"holdfast", "erase", "confirm", erasure, "--replica",
                                      world_path(&scene->world, "bea"), "--case", id, NULL});
}

/* Erased before anybody fetched its history: it goes, and what is left is verified as if it had never been there. */
static void erased_before_it_was_verified__goes(void **state)
{
    struct scene *scene = *state;
    make_officer(scene, "ada", "Ada Officer");
    make_officer(scene, "bea", "Bea Officer");
    proxy_enrol(&scene->proxy, &scene->world, "pia", "Pia Manager", "manager");
    must_sync(scene, "pia");
    assert_true(look_at(scene, "pia").counts.unverified >= ALL);
    erase_case(scene, &scene->cases[2]);
    must_sync(scene, "ann");
    must_sync(scene, "pia");
    const uint64_t left = look_at(scene, "pia").counts.unverified;
    assert_true(left > 0 && left + RECORDS < ALL + 2);
    assert_as_ann(scene, "pia", left);
    fetch_history(scene, "pia");
    assert_as_ann(scene, "pia", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_sync__is_a_snapshot_tied_to_the_log),
        cmocka_unit_test(cut_at_any_byte__it_goes_on_where_it_was),
        cmocka_unit_test(history_on_demand__is_that_of_one_case),
        cmocka_unit_test(whole_history__leads_to_the_same_state),
        cmocka_unit_test(newcomer_of_a_new_shard__gets_a_snapshot_too),
        cmocka_unit_test(store_put_back_in_a_new_shard__gets_a_new_chain),
        cmocka_unit_test(half_read_of_the_log_before__goes_on_in_the_new_one),
        cmocka_unit_test(erased_before_it_was_verified__goes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
