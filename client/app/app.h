/* The app: the page and its JSON behind one handler, request in and response out, that knows no sockets.
 * client/app/http carries it over loopback; a phone's web view can call it directly. One app is one replica folder.
 *
 * Threads: an app belongs to one thread at a time, with its handle; hf_worker is that thread for the programs.
 * Safety (docs/app.md says why): every request must name the app's own host; everything under /api but the launch needs
 * the session's cookie; whatever changes something needs the app's own origin, the session's form token and JSON.
 * Nothing of a record, a passphrase or a token is logged. */
#ifndef HF_CLIENT_APP_APP_H
#define HF_CLIENT_APP_APP_H

#include "core/base/bytes.h"

#include <holdfast/holdfast.h>

#define HF_APP_TARGET_BYTES_MAX  2048
#define HF_APP_HEADERS_MAX       48
#define HF_APP_BODY_BYTES_MAX    (1u << 20)
#define HF_APP_ANSWER_BYTES_MAX  (64u << 20)
#define HF_APP_TOKEN_TEXT_BYTES  65 /* 32 random bytes in hex and a NUL */
#define HF_APP_HOST_BYTES        80
#define HF_APP_COOKIE_BYTES      240
#define HF_APP_REPLY_HEADERS_MAX 16
#define HF_APP_WAIT_MS           25000 /* how long a request for news is kept open */

struct hf_app;

struct hf_app_header {
    struct hf_slice name, value;
};

struct hf_app_request {
    struct hf_slice method, target; /* as they were sent: "/api/cases?type=meeting" */
    const struct hf_app_header *headers;
    size_t header_count;
    struct hf_slice body;
    bool waited; /* it was answered with HF_APP_LATER, and the wait is over: answer with what there is */
};

struct hf_app_response {
    unsigned status;
    const char *content_type; /* static */
    struct hf_slice page;     /* static bytes of a file; else body */
    struct hf_buf body;
    char cookie[HF_APP_COOKIE_BYTES]; /* for Set-Cookie; "" for none */
};

enum hf_app_answer { HF_APP_ANSWERED, HF_APP_LATER };

/* A file of the page, in the program itself. */
struct hf_app_asset {
    const char *path; /* "/" or "/app.js" */
    const char *content_type;
    struct hf_slice bytes;
};
struct hf_app_assets {
    const struct hf_app_asset *files;
    size_t count;
};
/* Those that were built in (client/web). */
struct hf_app_assets hf_app_assets_built_in(void);

struct hf_app_config {
    struct holdfast *hf; /* borrowed; outlives the app */
    const char *host;    /* what a browser says in Host: "127.0.0.1:8123" */
    struct hf_app_assets assets;
    uint32_t idle_ms; /* without a sign of a person before it locks; 0: never */
    uint64_t (*mono_ms)(void *ctx);
    uint64_t (*wall_ms)(void *ctx);
    void *clock_ctx;
    struct holdfast_options options;         /* for enrolling and syncing */
    const struct holdfast_host_key *keyring; /* NULL: the desktop's; borrowed */
};
/* HF_ERR_INVALID for a host that is too long, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_app_new(const struct hf_app_config *config, struct hf_app **out);
/* Ends its sync; neither locks nor closes the handle. NULL is fine. */
void hf_app_free(struct hf_app *app);

/* A new launch token, in place of any that was not used: who shows it first gets a session. */
void hf_app_launch(struct hf_app *app, char out_token[HF_APP_TOKEN_TEXT_BYTES]);

/* Answers one request. HF_APP_LATER: there is nothing new yet; ask again when hf_app_news has changed, or with `waited`
 * set. out is empty before, and to be cleared by the caller after. */
enum hf_app_answer hf_app_handle(struct hf_app *app, const struct hf_app_request *request, struct hf_app_response *out);
void hf_app_response_clear(struct hf_app_response *response);
struct hf_slice hf_app_response_body(const struct hf_app_response *response);
struct hf_app_reply_header {
    const char *name, *value;
};
/* All headers of a response, as a door has to send them; pointers live as long as the response. */
size_t hf_app_response_headers(const struct hf_app_response *response,
                               struct hf_app_reply_header out[HF_APP_REPLY_HEADERS_MAX]);

#define HF_APP_STEP_NEVER UINT32_MAX
/* Does what is due (a step of a sync, the idle lock) without waiting; how many ms it may be left alone, unless
 * hf_app_fd is readable sooner or a request comes. */
uint32_t hf_app_step(struct hf_app *app);
/* The descriptor of the line (holdfast_watch_fd), or -1; good until the next step. */
int hf_app_fd(const struct hf_app *app);
/* Grows whenever something that a page shows has changed. */
uint64_t hf_app_news(const struct hf_app *app);

#endif
