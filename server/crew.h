/* A few threads that share out work which needs nothing but the processor: checking signatures. The office itself has
 * one thread; what it hands out touches neither store nor office. */
#ifndef HF_SERVER_CREW_H
#define HF_SERVER_CREW_H

#include "core/base/status.h"

#include <stddef.h>

#define HF_CREW_HELPERS_MAX 3

struct hf_crew;

/* As many helpers as there are further processors, at most HF_CREW_HELPERS_MAX. *out is NULL where there is none, or no
 * thread could be started: hf_crew_run then works alone. */
void hf_crew_new(struct hf_crew **out);
void hf_crew_free(struct hf_crew *crew); /* NULL is fine */

/* Calls each(ctx, i) once for every i below count, on this thread and the helpers, and returns when all are done.
 * crew NULL: on this thread alone. One caller at a time. */
void hf_crew_run(struct hf_crew *crew, size_t count, void (*each)(void *ctx, size_t i), void *ctx);

#endif
