/* The thread that owns an app and its handle: takes requests in order, and syncs between them. */
#ifndef HF_CLIENT_APP_WORKER_H
#define HF_CLIENT_APP_WORKER_H

#include "client/app/app.h"

#define HF_WORKER_JOBS_MAX 256 /* queued and waiting for news together */

/* One request on its way. The caller fills request and done, and keeps all of it until done is called, by the worker's
 * thread, with the response filled. */
struct hf_worker_job {
    struct hf_app_request request;
    struct hf_app_response response;
    void (*done)(struct hf_worker_job *job);
    uint64_t deadline_ms; /* the worker's */
    struct hf_worker_job *next;
};

struct hf_worker;
/* Starts the thread; from now on the app is its. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_worker_start(struct hf_app *app, struct hf_worker **out);
/* False, and done is never called, when it stops or HF_WORKER_JOBS_MAX are under way. From any thread. */
bool hf_worker_submit(struct hf_worker *worker, struct hf_worker_job *job);
/* A new launch token, from any thread but the worker's. */
void hf_worker_launch(struct hf_worker *worker, char out_token[HF_APP_TOKEN_TEXT_BYTES]);
/* Answers what is under way, and ends the thread. Submitting is refused from then on. */
void hf_worker_stop(struct hf_worker *worker);
/* After hf_worker_stop. NULL is fine. */
void hf_worker_free(struct hf_worker *worker);

/* The clocks of the machine, for hf_app_config. */
uint64_t hf_worker_mono_ms(void *ctx);
uint64_t hf_worker_wall_ms(void *ctx);

#endif
