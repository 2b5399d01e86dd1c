#include "server/crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define TAKE        8 /* at a time: waking up and locking cost less than that much work */
#define STACK_BYTES (256u * 1024)

struct hf_crew {
    pthread_t helpers[HF_CREW_HELPERS_MAX];
    size_t helper_count;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;  /* there is work, or an end */
    pthread_cond_t done;
    void (*each)(void *ctx, size_t i);
    void *ctx;
    size_t next, count, left; /* taken up to; all; not done yet */
    bool stop;
};

/* With the lock held; returns with it. */
static void work(struct hf_crew *crew)
{
    while (crew->next < crew->count) {
        const size_t first = crew->next;
        const size_t end = crew->count - first > TAKE ? first + TAKE : crew->count;
        void (*const each)(void *, size_t) = crew->each;
        void *const ctx = crew->ctx;
        crew->next = end;
        (void)pthread_mutex_unlock(&crew->lock);
        for (size_t i = first; i < end; i++)
            each(ctx, i);
        (void)pthread_mutex_lock(&crew->lock);
        crew->left -= end - first;
        if (crew->left == 0)
            (void)pthread_cond_signal(&crew->done);
    }
}

static void *help(void *arg)
{
    struct hf_crew *crew = arg;
    (void)pthread_mutex_lock(&crew->lock);
    while (!crew->stop) {
        work(crew);
        if (!crew->stop)
            (void)pthread_cond_wait(&crew->wake, &crew->lock);
    }
    (void)pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static size_t helpers_wanted(void)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors <= 1)
        return 0;
    return processors - 1 < HF_CREW_HELPERS_MAX ? (size_t)(processors - 1) : HF_CREW_HELPERS_MAX;
}

static void start_helpers(struct hf_crew *crew, size_t wanted)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return;
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    while (crew->helper_count < wanted &&
           pthread_create(&crew->helpers[crew->helper_count], &attributes, help, crew) == 0)
        crew->helper_count++;
    (void)pthread_attr_destroy(&attributes);
}

void hf_crew_new(struct hf_crew **out)
{
    const size_t wanted = helpers_wanted();
    struct hf_crew *crew = wanted > 0 ? calloc(1, sizeof *crew) : NULL;
    *out = NULL;
    if (!crew)
        return;
    (void)pthread_mutex_init(&crew->lock, NULL);
    (void)pthread_cond_init(&crew->wake, NULL);
    (void)pthread_cond_init(&crew->done, NULL);
    start_helpers(crew, wanted);
    if (crew->helper_count > 0)
        *out = crew;
    else
        hf_crew_free(crew);
}

void hf_crew_free(struct hf_crew *crew)
{
    if (!crew)
        return;
    (void)pthread_mutex_lock(&crew->lock);
    crew->stop = true;
    (void)pthread_cond_broadcast(&crew->wake);
    (void)pthread_mutex_unlock(&crew->lock);
    for (size_t i = 0; i < crew->helper_count; i++)
        (void)pthread_join(crew->helpers[i], NULL);
    (void)pthread_cond_destroy(&crew->done);
    (void)pthread_cond_destroy(&crew->wake);
    (void)pthread_mutex_destroy(&crew->lock);
    free(crew);
}

void hf_crew_begin(struct hf_crew_job *job, struct hf_crew *crew, void (*each)(void *ctx, size_t i), void *ctx)
{
    *job = (struct hf_crew_job){.crew = crew, .each = each, .ctx = ctx};
}

/* With the lock held. */
static void tell(struct hf_crew *crew, struct hf_crew_job *job)
{
    crew->each = job->each;
    crew->ctx = job->ctx;
    crew->left += job->offered - job->told;
    crew->count = job->told = job->offered;
    (void)pthread_cond_broadcast(&crew->wake);
}

void hf_crew_offer(struct hf_crew_job *job, size_t count)
{
    job->offered = count;
    if (!job->crew || count - job->told < TAKE)
        return;
    (void)pthread_mutex_lock(&job->crew->lock);
    tell(job->crew, job);
    (void)pthread_mutex_unlock(&job->crew->lock);
}

/* Beside the helpers; returns when nobody is at it any more. */
static void finish_told(struct hf_crew *crew, bool wanted)
{
    (void)pthread_mutex_lock(&crew->lock);
    if (!wanted) {
        crew->left -= crew->count - crew->next;
        crew->next = crew->count;
    }
    work(crew);
    while (crew->left > 0)
        (void)pthread_cond_wait(&crew->done, &crew->lock);
    crew->next = crew->count = 0;
    (void)pthread_mutex_unlock(&crew->lock);
}

void hf_crew_finish(struct hf_crew_job *job, bool wanted)
{
    for (size_t i = job->told; wanted && i < job->offered; i++)
        job->each(job->ctx, i); /* too few to wake anybody for, or all when there is nobody */
    if (job->told > 0)
        finish_told(job->crew, wanted);
    job->offered = job->told = 0;
}

void hf_crew_run(struct hf_crew *crew, size_t count, void (*each)(void *ctx, size_t i), void *ctx)
{
    struct hf_crew_job job;
    hf_crew_begin(&job, count > TAKE ? crew : NULL, each, ctx);
    hf_crew_offer(&job, count);
    hf_crew_finish(&job, true);
}
