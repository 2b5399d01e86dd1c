#include "tools/audit/witness_serve.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define TARGET    "/add-checkpoint"
#define SIZE_TYPE "text/x.tlog.size"

enum {
    OK = 200,
    BAD = 400,
    FORBIDDEN = 403,
    NOT_FOUND = 404,
    METHOD = 405,
    CONFLICT = 409,
    UNPROVED = 422,
    FAILED = 500
};

static void say(struct hf_audit_http_reply *reply, unsigned status, const char *text)
{
    reply->status = status;
    reply->type = "text/plain; charset=utf-8";
    hf_buf_append_fmt(&reply->body, "%s\n", text);
}

static void say_size(struct hf_audit_http_reply *reply, uint64_t size)
{
    reply->status = CONFLICT;
    reply->type = SIZE_TYPE;
    hf_buf_append_fmt(&reply->body, "%llu\n", (unsigned long long)size);
}

/* Of another log, or not signed by this one. */
static unsigned unsigned_status(const struct hf_witness_state *state, struct hf_slice note)
{
    struct hf_note_form form;
    struct hf_checkpoint checkpoint;
    const bool known = hf_note_parse(note, &form) == HF_OK && hf_checkpoint_parse(form.text, &checkpoint) == HF_OK &&
                       strcmp(checkpoint.origin, state->log.name) == 0;
    return known ? FORBIDDEN : NOT_FOUND;
}

/* What the request lacks, in the order of the specification; the state is as it was. */
static void say_why(const struct hf_witness_state *state, struct hf_slice body, const struct hf_error *err,
                    struct hf_audit_http_reply *reply)
{
    struct hf_witness_request request;
    struct hf_checkpoint next;
    if (hf_witness_request_parse(body, &request) != HF_OK)
        say(reply, BAD, err->text);
    else if (hf_checkpoint_open(request.note, &state->log, &next) != HF_OK)
        say(reply, unsigned_status(state, request.note), err->text);
    else if (request.old_size > next.size)
        say(reply, BAD, "The old size is above that of the checkpoint.");
    else if (request.old_size != state->last.size ||
             (request.old_size == next.size && memcmp(&next.root, &state->last.root, sizeof next.root) != 0))
        say_size(reply, state->last.size);
    else
        say(reply, UNPROVED, err->text);
}

void hf_witness_serve_answer(struct hf_witness_state *state, const struct hf_audit_http_request *request,
                             uint64_t unix_s, struct hf_audit_http_reply *reply)
{
    struct hf_error err = {0};
    if (!hf_slice_equal(request->target, hf_slice_str(TARGET))) {
        say(reply, NOT_FOUND, "There is only " TARGET " here.");
        return;
    }
    if (!hf_slice_equal(request->method, hf_slice_str("POST"))) {
        say(reply, METHOD, TARGET " takes POST.");
        return;
    }
    enum hf_status status = hf_witness_state_answer(state, request->body, unix_s, &reply->body, &err);
    if (status == HF_OK) {
        reply->status = OK;
        reply->type = "text/plain; charset=utf-8";
    } else if (status == HF_ERR_IO || status == HF_ERR_NOMEM) {
        say(reply, FAILED, "This witness could not remember the checkpoint, so it did not sign it.");
    } else {
        say_why(state, request->body, &err, reply);
    }
}

/* --- serving --- */

struct serving {
    struct hf_witness_state state;
    const struct hf_audit_streams *streams;
};

static void answer(void *ctx, const struct hf_audit_http_request *request, struct hf_audit_http_reply *reply)
{
    struct serving *serving = ctx;
    hf_witness_serve_answer(&serving->state, request, (uint64_t)time(NULL), reply);
    if (reply->status == OK)
        (void)fprintf(serving->streams->errors, "signed %llu entries\n", (unsigned long long)serving->state.last.size);
    else
        (void)fprintf(serving->streams->errors, "refused (%u): %.*s", reply->status, (int)reply->body.len,
                      (const char *)reply->body.data);
    (void)fflush(serving->streams->errors);
}

static void wait_for_signal(const sigset_t *signals)
{
    int got = 0;
    while (sigwait(signals, &got) != 0)
        ;
}

static enum hf_status serve_on(struct serving *serving, const char *address, struct hf_error *err)
{
    struct hf_audit_http *http = NULL;
    sigset_t signals, before;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    /* Blocked before the thread starts, so that only sigwait sees them. */
    (void)pthread_sigmask(SIG_BLOCK, &signals, &before);
    enum hf_status status = hf_audit_http_open(address, HF_WITNESS_REQUEST_BYTES_MAX, answer, serving, &http, err);
    if (status == HF_OK) {
        const int host = (int)(strrchr(address, ':') - address);
        (void)fprintf(serving->streams->out, "The witness listens on http://%.*s:%u\n", host, address,
                      hf_audit_http_port(http));
        (void)fflush(serving->streams->out);
        wait_for_signal(&signals);
    }
    hf_audit_http_close(http);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

enum hf_status hf_witness_serve(const char *folder, const char *address, const struct hf_audit_streams *streams,
                                struct hf_error *err)
{
    struct serving serving = {.streams = streams};
    enum hf_status status = hf_witness_state_open(folder, &serving.state, err);
    if (status != HF_OK)
        return status;
    status = serve_on(&serving, address, err);
    hf_witness_state_close(&serving.state);
    return status;
}
