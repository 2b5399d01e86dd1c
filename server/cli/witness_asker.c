/* The thread of `holdfastd serve` that asks witnesses. It shares nothing with the server: it asks it by its commands,
 * over loopback, as a command of the administrator does. */
#include "server/cli/witness.h"
#include "server/listener_ask.h"
#include "server/witness_ask.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct hf_cli_witness_asker {
    const char *data;
    unsigned seconds;
    void (*journal)(void *ctx, const char *line);
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t stopping;
    bool stop;
    struct hf_buf said; /* what failed in the last round: told once */
};

static enum hf_status run_there(void *ctx, const struct hf_slice *args, size_t count, struct hf_admin_result *result,
                                struct hf_error *err)
{
    return hf_listener_ask(ctx, args, count, result, err);
}

static void tell(struct hf_cli_witness_asker *asker, struct hf_witness_round *round)
{
    if (hf_slice_equal(hf_buf_slice(&asker->said), hf_buf_slice(&round->text)))
        return;
    if (round->text.len == 0)
        asker->journal(NULL, "All witnesses answer again.");
    for (struct hf_slice rest = hf_buf_slice(&round->text); rest.len > 0;) {
        char line[512];
        const uint8_t *end = memchr(rest.data, '\n', rest.len);
        const size_t len = end ? (size_t)(end - rest.data) : rest.len;
        (void)snprintf(line, sizeof line, "The witness %.*s", (int)len, (const char *)rest.data);
        asker->journal(NULL, line);
        const size_t taken = len + (end ? 1 : 0);
        rest = hf_slice_of(rest.data + taken, rest.len - taken);
    }
    hf_buf_reset(&asker->said);
    hf_buf_append_slice(&asker->said, hf_buf_slice(&round->text));
}

static void *work(void *ctx)
{
    struct hf_cli_witness_asker *asker = ctx;
    (void)pthread_mutex_lock(&asker->mutex);
    while (!asker->stop) {
        struct hf_witness_round round;
        struct hf_error err = {0};
        struct timespec until;
        (void)pthread_mutex_unlock(&asker->mutex);
        if (hf_witness_ask(run_there, (void *)(uintptr_t)asker->data, &round, &err) == HF_OK)
            tell(asker, &round);
        else
            asker->journal(NULL, err.text);
        hf_buf_clear(&round.text);
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += (time_t)asker->seconds;
        (void)pthread_mutex_lock(&asker->mutex);
        while (!asker->stop && pthread_cond_timedwait(&asker->stopping, &asker->mutex, &until) == 0)
            ;
    }
    (void)pthread_mutex_unlock(&asker->mutex);
    return NULL;
}

struct hf_cli_witness_asker *hf_cli_witness_start(const char *data, unsigned seconds,
                                                  void (*journal)(void *ctx, const char *line))
{
    struct hf_cli_witness_asker *asker = seconds > 0 ? calloc(1, sizeof *asker) : NULL;
    if (!asker)
        return NULL;
    asker->data = data;
    asker->seconds = seconds;
    asker->journal = journal;
    (void)pthread_mutex_init(&asker->mutex, NULL);
    (void)pthread_cond_init(&asker->stopping, NULL);
    if (pthread_create(&asker->thread, NULL, work, asker) == 0)
        return asker;
    journal(NULL, "No thread could be made: witnesses are not asked until the next start.");
    (void)pthread_cond_destroy(&asker->stopping);
    (void)pthread_mutex_destroy(&asker->mutex);
    free(asker);
    return NULL;
}

void hf_cli_witness_stop(struct hf_cli_witness_asker *asker)
{
    if (!asker)
        return;
    (void)pthread_mutex_lock(&asker->mutex);
    asker->stop = true;
    (void)pthread_cond_signal(&asker->stopping);
    (void)pthread_mutex_unlock(&asker->mutex);
    (void)pthread_join(asker->thread, NULL);
    (void)pthread_cond_destroy(&asker->stopping);
    (void)pthread_mutex_destroy(&asker->mutex);
    hf_buf_clear(&asker->said);
    free(asker);
}
