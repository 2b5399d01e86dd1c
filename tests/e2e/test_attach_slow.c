/* A photograph goes up on a line of 30 kbit/s (tools/chaos), by the library and the real server, and a note is saved
 * meanwhile: it is at the office, and at the other device, behind the one chunk that was on its way and before the
 * next. What counts is the order; nothing here looks at a clock. */
#include "tests/e2e/support_replica.h"
#include "tests/e2e/support_world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define STEPS_MAX     100000
#define RATE          "3750" /* bytes a second: 30 kbit/s */
#define PHOTO_BYTES   190000 /* six chunks, so most of a minute */
#define CHUNK_BYTES   (32 * 1024)
#define SEALED_BYTES  (CHUNK_BYTES + 16)
#define WRITTEN_THEN  "Written while the photograph was going"
#define CHAOS_SAYS_AT "listens on "

struct slow {
    struct world world;
    pid_t chaos;
    int chaos_output;
    char chaos_port[8];
    struct holdfast *ann, *ben;
    struct holdfast_id case_id, record;
};

static void start_chaos(struct slow *slow, const char *rate)
{
    char to[8], line[256] = {0};
    size_t len = 0;
    (void)snprintf(to, sizeof to, "%d", slow->world.server_port);
    const char *const words[] = {"holdfast-chaos", "--to", to, "--listen", slow->chaos_port, "--rate", rate, NULL};
    slow->chaos = world_start(&slow->world, words, &slow->chaos_output);
    while (len + 1 < sizeof line && read(slow->chaos_output, line + len, 1) == 1 && line[len] != '\n')
        len++;
    const char *port = strrchr(line, ':');
    if (!strstr(line, CHAOS_SAYS_AT) || !port)
        fail_msg("the proxy did not start: %s", line);
    (void)snprintf(slow->chaos_port, sizeof slow->chaos_port, "%d", (int)strtol(port + 1, NULL, 10));
}

static void end_chaos(struct slow *slow)
{
    (void)kill(slow->chaos, SIGTERM);
    (void)world_wait(slow->chaos);
    (void)close(slow->chaos_output);
}

static struct holdfast *join(struct slow *slow, const char *device, const char *person, int port)
{
    slow->world.proxy_port = port;
    const char *invitation = world_invite(&slow->world, person, "office");
    if (WORLD_RUN(&slow->world, "holdfast", "enrol", "--weak-kdf-for-tests", "--replica",
                  world_path(&slow->world, device), invitation) != 0)
        fail_msg("%s could not enrol: %s", person, slow->world.output);
    return replica_open(world_path(&slow->world, device));
}

static void ok(struct holdfast *hf, enum holdfast_status status)
{
    if (status != HOLDFAST_OK)
        fail_msg("%s: %s", holdfast_status_name(status), holdfast_error_text(hf));
}

static void sync_all(struct holdfast *hf)
{
    struct holdfast_sync_progress progress = {.phase = HOLDFAST_SYNC_CONNECTING};
    ok(hf, holdfast_sync_begin(hf, NULL));
    while (progress.phase != HOLDFAST_SYNC_DONE)
        ok(hf, holdfast_sync_step(hf, 1000, &progress));
}

/* Joined on a good line. */
static int setup(void **state)
{
    struct slow *slow = calloc(1, sizeof *slow);
    world_begin(&slow->world, 0);
    world_serve(&slow->world);
    (void)snprintf(slow->chaos_port, sizeof slow->chaos_port, "0");
    start_chaos(slow, "0");
    slow->ann = join(slow, "ann", "Ann Invented", (int)strtol(slow->chaos_port, NULL, 10));
    slow->ben = join(slow, "ben", "Ben Invented", 0);
    ok(slow->ann, holdfast_case_new(slow->ann, "CH-1", &slow->case_id));
    slow->record = replica_record(slow->ann, &slow->case_id, "action", "text", "Call the school", "status", "open");
    sync_all(slow->ann);
    sync_all(slow->ben);
    end_chaos(slow);
    start_chaos(slow, RATE);
    *state = slow;
    return 0;
}

static int teardown(void **state)
{
    struct slow *slow = *state;
    holdfast_close(slow->ann);
    holdfast_close(slow->ben);
    end_chaos(slow);
    world_end(&slow->world);
    free(slow);
    return 0;
}

static struct holdfast_id take_photo(struct slow *slow)
{
    static uint8_t photo[PHOTO_BYTES] = {0xff, 0xd8, 0xff, 0xe0};
    struct holdfast_attach *attach = NULL;
    struct holdfast_id id;
    const struct holdfast_attach_spec spec = {.case_id = slow->case_id,
                                              .parent = slow->record,
                                              .title = "The garden (invented)",
                                              .name = "garden.jpg",
                                              .size = sizeof photo,
                                              .prepared = true};
    for (size_t i = 4; i < sizeof photo; i++)
        photo[i] = (uint8_t)(i * 2654435761u >> 13);
    ok(slow->ann, holdfast_attach_begin(slow->ann, &spec, &attach));
    ok(slow->ann, holdfast_attach_write(attach, photo, sizeof photo));
    ok(slow->ann, holdfast_attach_finish(attach, &id));
    return id;
}

static struct holdfast_sync_progress step(struct holdfast *hf)
{
    struct holdfast_sync_progress progress;
    ok(hf, holdfast_sync_step(hf, 100, &progress));
    return progress;
}

static bool is_whole_here(void *ctx, const struct holdfast_attachment *attachment)
{
    bool *whole = ctx;
    *whole = attachment->here;
    return false;
}

static void a_note__waits_for_the_chunk_that_is_on_its_way_and_no_other(void **state)
{
    struct slow *slow = *state;
    struct holdfast_sync_progress progress = {0};
    bool whole = true;
    const struct holdfast_id photo = take_photo(slow);
    ok(slow->ann, holdfast_sync_begin(slow->ann, NULL));
    for (int i = 0; i < STEPS_MAX && progress.bytes_sent < CHUNK_BYTES; i++)
        progress = step(slow->ann);
    assert_true(progress.bytes_sent >= CHUNK_BYTES); /* the first chunk is on its way … */
    assert_int_equal(progress.attach_sent_bytes, 0); /* … and has not arrived */
    const uint64_t pushed = progress.pushed;
    replica_set(slow->ann, &slow->record, "text", WRITTEN_THEN);
    for (int i = 0; i < STEPS_MAX && progress.pushed == pushed; i++)
        progress = step(slow->ann);
    assert_int_equal(progress.pushed, pushed + 1);
    assert_int_equal(progress.attach_sent_bytes, SEALED_BYTES);
    sync_all(slow->ben);
    assert_string_equal(replica_text(slow->ben, &slow->record, "text"), WRITTEN_THEN);
    ok(slow->ben, holdfast_attachment_show(slow->ben, &photo, is_whole_here, &whole));
    assert_false(whole);
    holdfast_sync_end(slow->ann);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_note__waits_for_the_chunk_that_is_on_its_way_and_no_other, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
