/* The door to libmicrohttpd for `holdfast-audit witness serve`: whole requests in, whole answers out, one at a time, in
 * a thread of its own. What comes is limited in length, number of connections and rate; what is not plainly one request
 * is refused before anybody looks at it. */
#ifndef HF_TOOLS_AUDIT_HTTP_H
#define HF_TOOLS_AUDIT_HTTP_H

#include "core/base/bytes.h"

#define HF_AUDIT_HTTP_CONNECTIONS_MAX 32
#define HF_AUDIT_HTTP_ADDRESS_MAX     8  /* of them from one address */
#define HF_AUDIT_HTTP_IDLE_S          10 /* a connection on which nothing comes */
#define HF_AUDIT_HTTP_BURST           40 /* requests at once, and … */
#define HF_AUDIT_HTTP_PER_S           4  /* … in the long run; more are answered 429 */
#define HF_AUDIT_HTTP_TARGET_BYTES    512

struct hf_audit_http_request {
    struct hf_slice method, target, body; /* target as it was sent, not decoded */
};
struct hf_audit_http_reply {
    unsigned status;
    const char *type; /* static text */
    struct hf_buf body;
};
/* Called in the server's thread, never twice at once. */
typedef void hf_audit_http_fn(void *ctx, const struct hf_audit_http_request *request,
                              struct hf_audit_http_reply *reply);

struct hf_audit_http;
/* "127.0.0.1:7460" or "[::1]:7460"; port 0: any free one. HF_ERR_INVALID the address, HF_ERR_BUSY the port is taken,
 * HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_http_open(const char *address, size_t body_bytes_max, hf_audit_http_fn *answer,
                                             void *ctx, struct hf_audit_http **out, struct hf_error *err);
unsigned hf_audit_http_port(const struct hf_audit_http *http);
/* After it returns nothing is answered any more. NULL is fine. */
void hf_audit_http_close(struct hf_audit_http *http);

#endif
