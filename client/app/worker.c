#include "client/app/worker.h"

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
    pthread_cond_t woken; /* something came, or stop */
    pthread_cond_t given; /* a token is there */
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

static void rest(struct hf_worker *worker, uint32_t wait_ms)
{
    struct timespec until = {0};
    if (wait_ms == 0)
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!worker->asked.first && !worker->stop && !worker->want_token)
        if (pthread_cond_timedwait(&worker->woken, &worker->lock, &until) != 0)
            return;
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
        if (!stop)
            rest(worker, wait_ms);
        (void)pthread_mutex_unlock(&worker->lock);
    }
    return NULL;
}

/* --- from outside --- */

static void make_locks(struct hf_worker *worker)
{
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&worker->lock, NULL);
    (void)pthread_cond_init(&worker->woken, &monotonic);
    (void)pthread_cond_init(&worker->given, NULL);
    (void)pthread_condattr_destroy(&monotonic);
}

enum hf_status hf_worker_start(struct hf_app *app, struct hf_worker **out)
{
    struct hf_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return HF_ERR_NOMEM;
    worker->app = app;
    make_locks(worker);
    if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
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
        (void)pthread_cond_signal(&worker->woken);
    }
    (void)pthread_mutex_unlock(&worker->lock);
    return taken;
}

void hf_worker_launch(struct hf_worker *worker, char out_token[HF_APP_TOKEN_TEXT_BYTES])
{
    (void)pthread_mutex_lock(&worker->lock);
    worker->want_token = true;
    worker->has_token = false;
    (void)pthread_cond_signal(&worker->woken);
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
    (void)pthread_cond_signal(&worker->woken);
    (void)pthread_mutex_unlock(&worker->lock);
    (void)pthread_join(worker->thread, NULL);
}

void hf_worker_free(struct hf_worker *worker)
{
    if (!worker)
        return;
    (void)pthread_cond_destroy(&worker->woken);
    (void)pthread_cond_destroy(&worker->given);
    (void)pthread_mutex_destroy(&worker->lock);
    free(worker);
}
