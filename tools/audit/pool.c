#include "tools/audit/pool.h"

#include "core/base/assert.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct hf_audit_pool {
    hf_audit_work_fn *work;
    pthread_mutex_t mutex; /* over everything below */
    pthread_cond_t added;
    pthread_cond_t done;
    bool stopping;
    struct hf_audit_batch *batch[HF_AUDIT_AHEAD]; /* oldest first */
    size_t count;
    pthread_t thread[HF_AUDIT_THREADS_MAX];
    unsigned threads;
};

struct chunk {
    struct hf_audit_batch *batch;
    size_t first;
    size_t count;
};

/* Under the mutex. */
static bool take_chunk(struct hf_audit_pool *pool, struct chunk *out)
{
    for (size_t i = 0; i < pool->count; i++) {
        struct hf_audit_batch *batch = pool->batch[i];
        size_t left = batch->count - batch->taken;
        if (left == 0)
            continue;
        *out = (struct chunk){batch, batch->taken, left < HF_AUDIT_CHUNK ? left : HF_AUDIT_CHUNK};
        batch->taken += out->count;
        return true;
    }
    return false;
}

/* Under the mutex, which is free while the work is done. */
static void work_on(struct hf_audit_pool *pool, const struct chunk *chunk)
{
    (void)pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i < chunk->count; i++)
        pool->work(chunk->batch->items, chunk->first + i);
    (void)pthread_mutex_lock(&pool->mutex);
    chunk->batch->done += chunk->count;
    if (chunk->batch->done == chunk->batch->count)
        (void)pthread_cond_signal(&pool->done); /* only the caller's thread waits for this */
}

static void *run(void *ctx)
{
    struct hf_audit_pool *pool = ctx;
    struct chunk chunk;
    (void)pthread_mutex_lock(&pool->mutex);
    while (!pool->stopping) {
        if (take_chunk(pool, &chunk))
            work_on(pool, &chunk);
        else
            (void)pthread_cond_wait(&pool->added, &pool->mutex);
    }
    (void)pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static unsigned cores(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : online > HF_AUDIT_THREADS_MAX ? HF_AUDIT_THREADS_MAX : (unsigned)online;
}

struct hf_audit_pool *hf_audit_pool_start(unsigned threads, hf_audit_work_fn *work)
{
    struct hf_audit_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->work = work;
    if (pthread_mutex_init(&pool->mutex, NULL) != 0 || pthread_cond_init(&pool->added, NULL) != 0 ||
        pthread_cond_init(&pool->done, NULL) != 0) { /* cannot fail on Linux: nothing is allocated */
        free(pool);
        return NULL;
    }
    unsigned wanted = threads == 0 ? cores() : threads > HF_AUDIT_THREADS_MAX ? HF_AUDIT_THREADS_MAX : threads;
    while (pool->threads + 1 < wanted && pthread_create(&pool->thread[pool->threads], NULL, run, pool) == 0)
        pool->threads++;
    return pool;
}

void hf_audit_pool_add(struct hf_audit_pool *pool, struct hf_audit_batch *batch)
{
    batch->taken = batch->done = 0;
    (void)pthread_mutex_lock(&pool->mutex);
    HF_ASSERT(pool->count < HF_AUDIT_AHEAD);
    pool->batch[pool->count++] = batch;
    (void)pthread_cond_broadcast(&pool->added);
    (void)pthread_mutex_unlock(&pool->mutex);
}

void hf_audit_pool_finish(struct hf_audit_pool *pool)
{
    struct chunk chunk;
    (void)pthread_mutex_lock(&pool->mutex);
    HF_ASSERT(pool->count > 0);
    const struct hf_audit_batch *oldest = pool->batch[0];
    while (oldest->done < oldest->count) {
        if (take_chunk(pool, &chunk))
            work_on(pool, &chunk);
        else
            (void)pthread_cond_wait(&pool->done, &pool->mutex);
    }
    pool->count--;
    for (size_t i = 0; i < pool->count; i++)
        pool->batch[i] = pool->batch[i + 1];
    (void)pthread_mutex_unlock(&pool->mutex);
}

void hf_audit_pool_stop(struct hf_audit_pool *pool)
{
    if (!pool)
        return;
    (void)pthread_mutex_lock(&pool->mutex);
    pool->stopping = true;
    (void)pthread_cond_broadcast(&pool->added);
    (void)pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->threads; i++)
        (void)pthread_join(pool->thread[i], NULL);
    (void)pthread_cond_destroy(&pool->done);
    (void)pthread_cond_destroy(&pool->added);
    (void)pthread_mutex_destroy(&pool->mutex);
    free(pool);
}
