/* A few threads that share out work which needs nothing but the processor: checking signatures. The office itself has
 * one thread; what it hands out touches neither store nor office. */
#ifndef HF_SERVER_CREW_H
#define HF_SERVER_CREW_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define HF_CREW_HELPERS_MAX 3

struct hf_crew;

/* As many helpers as there are further processors, at most HF_CREW_HELPERS_MAX. *out is NULL where there is none, or no
 * thread could be started: hf_crew_run then works alone. */
void hf_crew_new(struct hf_crew **out);
void hf_crew_free(struct hf_crew *crew); /* NULL is fine */

/* Calls each(ctx, i) once for every i below count, on this thread and the helpers, and returns when all are done.
 * crew NULL: on this thread alone. One caller at a time, also with what follows. */
void hf_crew_run(struct hf_crew *crew, size_t count, void (*each)(void *ctx, size_t i), void *ctx);

/* The same while this thread does something else: begin, offer as often as there is more, then finish in any case. The
 * helpers take what was offered at once, unless it is too little to wake anybody for; finish does what is left on this
 * thread too. What is offered is not to be touched before, but for what `each` leaves alone. */
struct hf_crew_job {
    struct hf_crew *crew;
    void (*each)(void *ctx, size_t i);
    void *ctx;
    size_t offered, told; /* of them the helpers know */
};
void hf_crew_begin(struct hf_crew_job *job, struct hf_crew *crew, void (*each)(void *ctx, size_t i), void *ctx);
/* All below `count`, which never falls. */
void hf_crew_offer(struct hf_crew_job *job, size_t count);
/* Returns when all that was offered is done or, when it is not `wanted` any more, what somebody has begun. Once more
 * does nothing. */
void hf_crew_finish(struct hf_crew_job *job, bool wanted);

#endif
