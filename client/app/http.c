#include "client/app/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MEMORY_BYTES_MAX (32u * 1024) /* of one connection: its headers */

struct hf_http {
    struct MHD_Daemon *daemon;
    _Atomic(struct hf_worker *) worker;
};

/* One request. Made when its first line has been read, freed when it has been answered. */
struct exchange {
    struct hf_worker_job job;
    struct MHD_Connection *connection;
    struct hf_buf target, body;
    struct hf_app_header headers[HF_APP_HEADERS_MAX + 1]; /* one more than allowed: the app counts */
    bool begun, submitted, refused;
    atomic_bool answered;
};

/* --- answering --- */

static enum MHD_Result send_response(struct exchange *exchange)
{
    struct hf_app_reply_header headers[HF_APP_REPLY_HEADERS_MAX];
    const struct hf_app_response *response = &exchange->job.response;
    const struct hf_slice body = hf_app_response_body(response);
    struct MHD_Response *out =
        MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY);
    if (!out)
        return MHD_NO;
    const size_t count = hf_app_response_headers(response, headers);
    enum MHD_Result result = MHD_YES;
    for (size_t i = 0; i < count && result == MHD_YES; i++)
        result = MHD_add_response_header(out, headers[i].name, headers[i].value);
    if (result == MHD_YES)
        result = MHD_queue_response(exchange->connection, response->status, out);
    MHD_destroy_response(out);
    return result;
}

/* Before the body: for what the app will not read, or cannot. The connection ends with it. */
static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status)
{
    struct MHD_Response *out = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    if (!out)
        return MHD_NO;
    enum MHD_Result result = MHD_add_response_header(out, "Cache-Control", "no-store");
    if (result == MHD_YES)
        result = MHD_add_response_header(out, "Connection", "close");
    if (result == MHD_YES)
        result = MHD_queue_response(connection, status, out);
    MHD_destroy_response(out);
    return result;
}

/* By the worker's thread. Nothing of the exchange may be touched after the resume. */
static void answered(struct hf_worker_job *job)
{
    struct exchange *exchange = (struct exchange *)(void *)job; /* its first member */
    atomic_store(&exchange->answered, true);
    MHD_resume_connection(exchange->connection);
}

/* --- reading --- */

static enum MHD_Result take_header(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct exchange *exchange = ctx;
    struct hf_app_request *request = &exchange->job.request;
    (void)kind;
    if (request->header_count <= HF_APP_HEADERS_MAX)
        exchange->headers[request->header_count++] =
            (struct hf_app_header){hf_slice_str(name), hf_slice_str(value ? value : "")};
    return MHD_YES;
}

static bool length_fits(const struct exchange *exchange)
{
    const char *text = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Content-Length");
    return !text || strtoull(text, NULL, 10) <= HF_APP_BODY_BYTES_MAX;
}

static bool begin(struct exchange *exchange, struct MHD_Connection *connection, const char *method)
{
    struct hf_app_request *request = &exchange->job.request;
    exchange->begun = true;
    exchange->connection = connection;
    exchange->job.done = answered;
    request->method = hf_slice_str(method);
    request->target = hf_buf_slice(&exchange->target);
    request->headers = exchange->headers;
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, exchange);
    return length_fits(exchange) && exchange->target.status == HF_OK;
}

static enum MHD_Result submit(struct hf_http *http, struct exchange *exchange)
{
    struct hf_worker *worker = atomic_load(&http->worker);
    exchange->job.request.body = hf_buf_slice(&exchange->body);
    exchange->submitted = true;
    MHD_suspend_connection(exchange->connection);
    if (worker && hf_worker_submit(worker, &exchange->job))
        return MHD_YES;
    exchange->refused = true;
    MHD_resume_connection(exchange->connection);
    return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_len, void **exchange_place)
{
    struct exchange *exchange = *exchange_place;
    (void)url; /* decoded, and cut at %00: the target is taken as it was sent */
    (void)version;
    if (!exchange)
        return MHD_NO;
    if (!exchange->begun)
        return begin(exchange, connection, method) ? MHD_YES : refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE);
    if (*upload_len > 0) {
        hf_buf_append(&exchange->body, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (exchange->body.status != HF_OK)
        return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE);
    if (!exchange->submitted)
        return submit(ctx, exchange);
    if (exchange->refused)
        return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE);
    return atomic_load(&exchange->answered) ? send_response(exchange) : MHD_YES;
}

/* The first that is known of a request: its target, as it was sent. */
static void *on_target(void *ctx, const char *target, struct MHD_Connection *connection)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    (void)ctx;
    (void)connection;
    if (!exchange)
        return NULL;
    hf_buf_init(&exchange->target, HF_APP_TARGET_BYTES_MAX + 1);
    hf_buf_init(&exchange->body, HF_APP_BODY_BYTES_MAX);
    hf_buf_append_str(&exchange->target, target);
    return exchange;
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **exchange_place,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *exchange_place;
    (void)ctx;
    (void)connection;
    (void)code;
    if (!exchange)
        return;
    hf_app_response_clear(&exchange->job.response);
    hf_buf_clear(&exchange->target);
    hf_buf_wipe(&exchange->body);
    free(exchange);
    *exchange_place = NULL;
}

/* Targets are not decoded: the app reads them as they are. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *connection, char *text)
{
    (void)ctx;
    (void)connection;
    return strlen(text);
}

/* --- opening --- */

static struct MHD_Daemon *start(struct hf_http *http, const struct sockaddr_in *address)
{
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, ntohs(address->sin_port), NULL,
                            NULL, on_request, http, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)address,
                            MHD_OPTION_CONNECTION_LIMIT, HF_HTTP_CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                            HF_HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, HF_HTTP_IDLE_S,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES_MAX, MHD_OPTION_STRICT_FOR_CLIENT,
                            1, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes,
                            NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
}

enum hf_status hf_http_open(uint16_t port, struct hf_http **out)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hf_http *http = calloc(1, sizeof *http);
    if (!http)
        return HF_ERR_NOMEM;
    http->daemon = start(http, &address);
    if (!http->daemon) {
        free(http);
        return HF_ERR_BUSY;
    }
    *out = http;
    return HF_OK;
}

uint16_t hf_http_port(const struct hf_http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

void hf_http_serve(struct hf_http *http, struct hf_worker *worker)
{
    atomic_store(&http->worker, worker);
}

void hf_http_close(struct hf_http *http)
{
    if (!http)
        return;
    MHD_stop_daemon(http->daemon);
    free(http);
}
