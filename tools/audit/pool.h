/* Inside tools/audit: a few threads that do the part of the check which looks at one thing alone, ahead of the thread
 * that puts everything in order. The caller's thread helps while it waits. Batches are finished in the order in which
 * they were added, so that the first bad entry is the one that is named. */
#ifndef HF_TOOLS_AUDIT_POOL_H
#define HF_TOOLS_AUDIT_POOL_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define HF_AUDIT_THREADS_MAX 64 /* the caller's included */
#define HF_AUDIT_AHEAD       8  /* batches that wait at most */
#define HF_AUDIT_CHUNK       16 /* items that a thread takes at once */

/* Looks at item `i` of a batch; touches nothing but that item. */
typedef void hf_audit_work_fn(void *items, size_t i);

struct hf_audit_batch {
    void *items;
    size_t count;
    size_t taken; /* these two belong to the pool */
    size_t done;
};

struct hf_audit_pool;
/* `threads` counts the caller's: 1 starts none, 0 is one for each core. Starts fewer when the system does not give
 * them. NULL: no memory. */
struct hf_audit_pool *hf_audit_pool_start(unsigned threads, hf_audit_work_fn *work);
/* Lends the batch until it is finished or the pool stopped. At most HF_AUDIT_AHEAD at once. */
void hf_audit_pool_add(struct hf_audit_pool *pool, struct hf_audit_batch *batch);
/* Returns when every item of the oldest batch is done; works meanwhile. */
void hf_audit_pool_finish(struct hf_audit_pool *pool);
/* Ends the threads, whatever is left undone. NULL is fine. */
void hf_audit_pool_stop(struct hf_audit_pool *pool);

#endif
