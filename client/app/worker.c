#include "client/app/worker.h"

#include "client/wake.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct queue {
    struct hf_worker_job *first, **last;
};

struct hf_worker {
    struct hf_app *app;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t given; /* a token is there */
    struct hf_wake wake;  /* something came, or stop */
    struct queue asked;
    size_t job_count;
    bool stop, want_token, has_token;
    char token[HF_APP_TOKEN_TEXT_BYTES];
    struct queue waiting; /* the thread's own: for news */
    uint64_t seen_news;
};

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t hf_worker_mono_ms(void *ctx)
{
    (void)ctx;
    return clock_ms(CLOCK_MONOTONIC);
}

uint64_t hf_worker_wall_ms(void *ctx)
{
    (void)ctx;
    return clock_ms(CLOCK_REALTIME);
}

/* --- queues --- */

static void queue_put(struct queue *queue, struct hf_worker_job *job)
{
    if (!queue->first)
        queue->last = &queue->first;
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
}

static struct hf_worker_job *queue_take(struct queue *queue)
{
    struct hf_worker_job *job = queue->first;
    if (job)
        queue->first = job->next;
    return job;
}

/* --- the thread --- */

static void finish(struct hf_worker *worker, struct hf_worker_job *job)
{
    (void)pthread_mutex_lock(&worker->lock);
    worker->job_count--;
    (void)pthread_mutex_unlock(&worker->lock);
    job->done(job);
}

static void answer(struct hf_worker *worker, struct hf_worker_job *job)
{
    if (hf_app_handle(worker->app, &job->request, &job->response) == HF_APP_ANSWERED) {
        finish(worker, job);
        return;
    }
    hf_app_response_clear(&job->response);
    queue_put(&worker->waiting, job);
}

/* Asks again for those who wait for news, when there is any or when their time is over. */
static void look_again(struct hf_worker *worker, bool all)
{
    struct queue waiting = worker->waiting;
    const uint64_t now_ms = hf_worker_mono_ms(NULL);
    const bool news = hf_app_news(worker->app) != worker->seen_news;
    struct hf_worker_job *job;
    worker->seen_news = hf_app_news(worker->app);
    worker->waiting = (struct queue){0};
    while ((job = queue_take(&waiting))) {
        job->request.waited = all || now_ms >= job->deadline_ms;
        if (news || job->request.waited)
            answer(worker, job);
        else
            queue_put(&worker->waiting, job);
    }
}

/* Until somebody who waits for news is to be answered without any. */
static uint32_t patience_ms(const struct hf_worker *worker, uint32_t most_ms)
{
    const uint64_t now_ms = hf_worker_mono_ms(NULL);
    for (const struct hf_worker_job *job = worker->waiting.first; job; job = job->next) {
        const uint64_t left_ms = job->deadline_ms > now_ms ? job->deadline_ms - now_ms : 0;
        most_ms = left_ms < most_ms ? (uint32_t)left_ms : most_ms;
    }
    return most_ms;
}

/* Until something comes from outside or over the line of the app. */
static void rest(struct hf_worker *worker, uint32_t wait_ms)
{
    const uint32_t most_ms = patience_ms(worker, wait_ms);
    struct pollfd ready[2] = {{.fd = worker->wake.fd, .events = POLLIN},
                              {.fd = hf_app_fd(worker->app), .events = POLLIN}};
    (void)poll(ready, 2,
               wait_ms == HF_APP_STEP_NEVER && most_ms == wait_ms ? -1
               : most_ms < INT_MAX                                ? (int)most_ms
                                                                  : INT_MAX);
}

static void give_token(struct hf_worker *worker)
{
    if (!worker->want_token)
        return;
    hf_app_launch(worker->app, worker->token);
    worker->want_token = false;
    worker->has_token = true;
    (void)pthread_cond_broadcast(&worker->given);
}

static void *run(void *ctx)
{
    struct hf_worker *worker = ctx;
    struct hf_worker_job *job;
    bool stop = false;
    while (!stop) {
        hf_wake_clear(&worker->wake);
        (void)pthread_mutex_lock(&worker->lock);
        give_token(worker);
        job = queue_take(&worker->asked);
        stop = worker->stop && !job;
        (void)pthread_mutex_unlock(&worker->lock);
        if (job)
            answer(worker, job);
        const uint32_t wait_ms = stop ? 0 : hf_app_step(worker->app);
        look_again(worker, stop);
        (void)pthread_mutex_lock(&worker->lock);
        const bool more = worker->asked.first != NULL;
        (void)pthread_mutex_unlock(&worker->lock);
        if (!stop && !more)
            rest(worker, wait_ms);
    }
    return NULL;
}

/* --- from outside --- */

enum hf_status hf_worker_start(struct hf_app *app, struct hf_worker **out)
{
    struct hf_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return HF_ERR_NOMEM;
    worker->app = app;
    (void)pthread_mutex_init(&worker->lock, NULL);
    (void)pthread_cond_init(&worker->given, NULL);
    if (hf_wake_open(&worker->wake) != HF_OK || pthread_create(&worker->thread, NULL, run, worker) != 0) {
        hf_worker_free(worker);
        return HF_ERR_NOMEM;
    }
    *out = worker;
    return HF_OK;
}

bool hf_worker_submit(struct hf_worker *worker, struct hf_worker_job *job)
{
    (void)pthread_mutex_lock(&worker->lock);
    const bool taken = !worker->stop && worker->job_count < HF_WORKER_JOBS_MAX;
    if (taken) {
        job->deadline_ms = hf_worker_mono_ms(NULL) + HF_APP_WAIT_MS;
        worker->job_count++;
        queue_put(&worker->asked, job);
        hf_wake_signal(&worker->wake);
    }
    (void)pthread_mutex_unlock(&worker->lock);
    return taken;
}

void hf_worker_launch(struct hf_worker *worker, char out_token[HF_APP_TOKEN_TEXT_BYTES])
{
    (void)pthread_mutex_lock(&worker->lock);
    worker->want_token = true;
    worker->has_token = false;
    hf_wake_signal(&worker->wake);
    while (!worker->has_token)
        (void)pthread_cond_wait(&worker->given, &worker->lock);
    for (size_t i = 0; i < HF_APP_TOKEN_TEXT_BYTES; i++)
        out_token[i] = worker->token[i];
    (void)pthread_mutex_unlock(&worker->lock);
}

void hf_worker_stop(struct hf_worker *worker)
{
    (void)pthread_mutex_lock(&worker->lock);
    worker->stop = true;
    hf_wake_signal(&worker->wake);
    (void)pthread_mutex_unlock(&worker->lock);
    (void)pthread_join(worker->thread, NULL);
}

void hf_worker_free(struct hf_worker *worker)
{
    if (!worker)
        return;
    hf_wake_close(&worker->wake);
    (void)pthread_cond_destroy(&worker->given);
    (void)pthread_mutex_destroy(&worker->lock);
    free(worker);
}
