#include "tools/audit/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#define MEMORY_BYTES_MAX (16u * 1024) /* of one connection: its headers */
#define HOST_BYTES       64
#define TOKEN_MS         (1000u / HF_AUDIT_HTTP_PER_S)

struct hf_audit_http {
    struct MHD_Daemon *daemon;
    size_t body_bytes_max;
    hf_audit_http_fn *answer;
    void *ctx;
    uint64_t tokens; /* the rate, kept by the one thread that answers */
    uint64_t filled_ms;
};

/* One request. */
struct exchange {
    struct hf_buf target, body;
    bool begun;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool within_rate(struct hf_audit_http *http)
{
    const uint64_t now = now_ms(), more = (now - http->filled_ms) / TOKEN_MS;
    http->filled_ms += more * TOKEN_MS;
    http->tokens = more > HF_AUDIT_HTTP_BURST - http->tokens ? HF_AUDIT_HTTP_BURST : http->tokens + more;
    if (http->tokens == 0)
        return false;
    http->tokens--;
    return true;
}

/* --- answering --- */

static enum MHD_Result send_reply(struct MHD_Connection *connection, const struct hf_audit_http_reply *reply, bool last)
{
    struct MHD_Response *out =
        MHD_create_response_from_buffer(reply->body.len, reply->body.data, MHD_RESPMEM_MUST_COPY);
    if (!out)
        return MHD_NO;
    enum MHD_Result result = MHD_add_response_header(out, "Content-Type", reply->type ? reply->type : "text/plain");
    if (result == MHD_YES)
        result = MHD_add_response_header(out, "Cache-Control", "no-store");
    if (result == MHD_YES && last)
        result = MHD_add_response_header(out, "Connection", "close");
    if (result == MHD_YES)
        result = MHD_queue_response(connection, reply->status, out);
    MHD_destroy_response(out);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status)
{
    const struct hf_audit_http_reply reply = {.status = status};
    return send_reply(connection, &reply, true);
}

static enum MHD_Result answer(struct hf_audit_http *http, struct MHD_Connection *connection, const char *method,
                              const struct exchange *exchange)
{
    const struct hf_audit_http_request request = {.method = hf_slice_str(method),
                                                  .target = hf_buf_slice(&exchange->target),
                                                  .body = hf_buf_slice(&exchange->body)};
    struct hf_audit_http_reply reply = {.status = MHD_HTTP_INTERNAL_SERVER_ERROR};
    http->answer(http->ctx, &request, &reply);
    if (hf_buf_status(&reply.body) != HF_OK) {
        hf_buf_clear(&reply.body);
        reply.status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
    enum MHD_Result result = send_reply(connection, &reply, false);
    hf_buf_clear(&reply.body);
    return result;
}

/* --- reading --- */

struct lengths {
    size_t content, transfer;
    uint64_t bytes;
};

static enum MHD_Result take_header(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct lengths *lengths = ctx;
    (void)kind;
    if (strcasecmp(name, "Content-Length") == 0) {
        lengths->content++;
        lengths->bytes = strtoull(value ? value : "", NULL, 10);
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        lengths->transfer++;
    }
    return MHD_YES;
}

/* 0, or the status to refuse with. Two lengths, or a length and chunks, are two readings of one request. */
static unsigned check_head(struct hf_audit_http *http, struct MHD_Connection *connection,
                           const struct exchange *exchange)
{
    struct lengths lengths = {0};
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, &lengths);
    if (!within_rate(http))
        return MHD_HTTP_TOO_MANY_REQUESTS;
    if (lengths.content + lengths.transfer > 1)
        return MHD_HTTP_BAD_REQUEST;
    if (hf_buf_status(&exchange->target) != HF_OK)
        return MHD_HTTP_URI_TOO_LONG;
    return lengths.bytes > http->body_bytes_max ? MHD_HTTP_CONTENT_TOO_LARGE : 0;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_len, void **exchange_place)
{
    struct exchange *exchange = *exchange_place;
    (void)url; /* decoded, and cut at %00: the target is taken as it was sent */
    (void)version;
    if (!exchange)
        return MHD_NO;
    if (!exchange->begun) {
        const unsigned status = check_head(ctx, connection, exchange);
        exchange->begun = true;
        return status ? refuse(connection, status) : MHD_YES;
    }
    if (*upload_len > 0) {
        hf_buf_append(&exchange->body, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (hf_buf_status(&exchange->body) != HF_OK)
        return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE);
    return answer(ctx, connection, method, exchange);
}

/* The first that is known of a request: its target, as it was sent. */
static void *on_target(void *ctx, const char *target, struct MHD_Connection *connection)
{
    const struct hf_audit_http *http = ctx;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    (void)connection;
    if (!exchange)
        return NULL;
    hf_buf_init(&exchange->target, HF_AUDIT_HTTP_TARGET_BYTES);
    hf_buf_init(&exchange->body, http->body_bytes_max);
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
    hf_buf_clear(&exchange->target);
    hf_buf_clear(&exchange->body);
    free(exchange);
    *exchange_place = NULL;
}

/* --- opening --- */

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } as;
    bool is_v6;
};

static bool read_port(const char *text, uint16_t *out)
{
    char *end = NULL;
    unsigned long port = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || port > UINT16_MAX)
        return false;
    *out = (uint16_t)port;
    return true;
}

static bool read_address(const char *text, struct address *out)
{
    char host[HOST_BYTES];
    uint16_t port;
    const char *colon = strrchr(text, ':');
    if (!colon || !read_port(colon + 1, &port) || (size_t)(colon - text) >= sizeof host)
        return false;
    const size_t len = (size_t)(colon - text);
    memcpy(host, text, len);
    host[len] = '\0';
    *out = (struct address){.is_v6 = host[0] == '['};
    if (!out->is_v6) {
        out->as.v4.sin_family = AF_INET;
        out->as.v4.sin_port = htons(port);
        return inet_pton(AF_INET, host, &out->as.v4.sin_addr) == 1;
    }
    if (len < 3 || host[len - 1] != ']')
        return false;
    host[len - 1] = '\0';
    out->as.v6.sin6_family = AF_INET6;
    out->as.v6.sin6_port = htons(port);
    return inet_pton(AF_INET6, host + 1, &out->as.v6.sin6_addr) == 1;
}

static struct MHD_Daemon *start(struct hf_audit_http *http, const struct address *address)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | (address->is_v6 ? MHD_USE_IPv6 : 0u);
    const uint16_t port = ntohs(address->is_v6 ? address->as.v6.sin6_port : address->as.v4.sin_port);
    return MHD_start_daemon(flags, port, NULL, NULL, on_request, http, MHD_OPTION_SOCK_ADDR, &address->as.any,
                            MHD_OPTION_CONNECTION_LIMIT, HF_AUDIT_HTTP_CONNECTIONS_MAX,
                            MHD_OPTION_PER_IP_CONNECTION_LIMIT, HF_AUDIT_HTTP_ADDRESS_MAX,
                            MHD_OPTION_CONNECTION_TIMEOUT, HF_AUDIT_HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)MEMORY_BYTES_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
                            on_target, http, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
}

enum hf_status hf_audit_http_open(const char *text, size_t body_bytes_max, hf_audit_http_fn *answer_fn, void *ctx,
                                  struct hf_audit_http **out, struct hf_error *err)
{
    struct address address;
    if (!read_address(text, &address))
        return hf_error_set(err, HF_ERR_INVALID, "--listen must be an address and a port, such as 127.0.0.1:7460.");
    struct hf_audit_http *http = calloc(1, sizeof *http);
    if (!http)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    *http = (struct hf_audit_http){.body_bytes_max = body_bytes_max,
                                   .answer = answer_fn,
                                   .ctx = ctx,
                                   .tokens = HF_AUDIT_HTTP_BURST,
                                   .filled_ms = now_ms()};
    http->daemon = start(http, &address);
    if (!http->daemon) {
        free(http);
        return hf_error_set(err, HF_ERR_BUSY,
                            "%s cannot be listened on: another program has it, or it is not this "
                            "machine's.",
                            text);
    }
    *out = http;
    return HF_OK;
}

unsigned hf_audit_http_port(const struct hf_audit_http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

void hf_audit_http_close(struct hf_audit_http *http)
{
    if (!http)
        return;
    MHD_stop_daemon(http->daemon);
    free(http);
}
