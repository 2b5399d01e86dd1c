/* The door to libmicrohttpd: carries requests of loopback to a worker and its responses back. Takes nothing but whole
 * requests of at most HF_APP_BODY_BYTES_MAX, in its own thread; what they may ask, the app decides (app.h). */
#ifndef HF_CLIENT_APP_HTTP_H
#define HF_CLIENT_APP_HTTP_H

#include "client/app/worker.h"

#define HF_HTTP_CONNECTIONS_MAX 64
#define HF_HTTP_IDLE_S          60 /* a connection on which nothing comes */

struct hf_http;
/* Opens a port of 127.0.0.1 (0: any free one). Requests are refused until hf_http_serve. HF_ERR_BUSY: the port is
 * taken; HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_http_open(uint16_t port, struct hf_http **out);
uint16_t hf_http_port(const struct hf_http *http);
/* From now on requests go to this worker. */
void hf_http_serve(struct hf_http *http, struct hf_worker *worker);
/* After hf_worker_stop. NULL is fine. */
void hf_http_close(struct hf_http *http);

#endif
