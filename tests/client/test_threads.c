/* Handles are independent: several threads, each with its own, work and sync at the same time. */
#include "tests/client/support_client.h"

#include <nng/nng.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 3
#define ROUNDS  6

struct worker {
    pthread_t thread;
    struct client client;
    struct holdfast_id record;
    enum holdfast_status status;
};

/* No assertion of the test library in here: it belongs to the main thread. */
static enum holdfast_status work(struct worker *worker, int round)
{
    struct holdfast_edit *edit = NULL;
    struct holdfast_sync_progress progress = {.phase = HOLDFAST_SYNC_CONNECTING};
    enum holdfast_status status = holdfast_edit_record(worker->client.hf, &worker->record, &edit);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_set(edit, "text", round % 2 ? "Call the school" : "Write to the school");
    if (status == HOLDFAST_OK)
        status = holdfast_edit_commit(edit, NULL);
    else
        holdfast_edit_cancel(edit);
    if (status == HOLDFAST_OK)
        status = holdfast_sync_begin(worker->client.hf, &weak);
    while (status == HOLDFAST_OK && progress.phase != HOLDFAST_SYNC_DONE)
        status = holdfast_sync_step(worker->client.hf, 1000, &progress);
    return status;
}

static void *run(void *ctx)
{
    struct worker *worker = ctx;
    for (int round = 0; worker->status == HOLDFAST_OK && round < ROUNDS; round++)
        worker->status = work(worker, round);
    return NULL;
}

static void handles_in_several_threads__work_and_sync_at_once(void **state)
{
    struct office *office = office_new();
    struct worker workers[WORKERS] = {{0}};
    (void)state;
    office_listen(office);
    for (int i = 0; i < WORKERS; i++) {
        workers[i].client = client_enrolled(office, "Ada Invented", HF_ROLE_OFFICE);
        const struct holdfast_id case_id = new_case(&workers[i].client, "C-17");
        workers[i].record = new_record(&workers[i].client, &case_id, "action", "text", "Call the school");
    }
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        ok(&workers[i].client, workers[i].status);
        ok(&workers[i].client, sync_over_tcp(&workers[i].client, NULL));
    }
    ok(&workers[0].client, sync_over_tcp(&workers[0].client, NULL));
    for (int i = 1; i < WORKERS; i++) {
        ok(&workers[i].client, sync_over_tcp(&workers[i].client, NULL));
        assert_same_digest(&workers[0].client, &workers[i].client);
    }
    for (int i = 0; i < WORKERS; i++)
        client_free(&workers[i].client);
    office_free(office);
}

static void *begin_and_end(void *ctx)
{
    struct worker *worker = ctx;
    for (uint32_t i = 0; worker->status == HOLDFAST_OK && i < 20; i++) {
        worker->status = holdfast_sync_begin(worker->client.hf, &weak);
        if (worker->status == HOLDFAST_OK)
            worker->status = holdfast_sync_step(worker->client.hf, i % 4, NULL);
        holdfast_sync_end(worker->client.hf);
    }
    return NULL;
}

static void syncs_given_up_in_several_threads__leave_nothing_behind(void **state)
{
    struct office *office = office_new();
    struct worker workers[WORKERS] = {{0}};
    (void)state;
    office_listen(office);
    for (int i = 0; i < WORKERS; i++)
        workers[i].client = client_enrolled(office, "Ada Invented", HF_ROLE_OFFICE);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, begin_and_end, &workers[i]), 0);
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        ok(&workers[i].client, workers[i].status);
        ok(&workers[i].client, sync_over_tcp(&workers[i].client, NULL));
        client_free(&workers[i].client);
    }
    office_free(office);
}

static int stop_network(void **state)
{
    (void)state;
    nng_fini();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handles_in_several_threads__work_and_sync_at_once),
        cmocka_unit_test(syncs_given_up_in_several_threads__leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, stop_network);
}
