/* What the routes of the API share. Inside client/app.
 *
 * A route is a row: method, pattern, what it needs, and the function that answers. A pattern is a path whose parts
 * ":id" (an id) and ":word" (a lower-case name) are given to the function. Each area of the API has a file api_AREA.c
 * with its functions and its rows; routes.c lists the areas. docs/app.md documents every route. */
#ifndef HF_CLIENT_APP_CALL_H
#define HF_CLIENT_APP_CALL_H

#include "client/app/app.h"
#include "client/app/audit.h"
#include "core/json/json.h"

#define HF_APP_PARAMS_MAX    2
#define HF_APP_WORD_BYTES    48
#define HF_APP_QUERY_MAX     8
#define HF_APP_SESSIONS_MAX  4
#define HF_APP_UNLOCKS_MAX   5 /* tries at the passphrase in HF_APP_UNLOCKS_MS */
#define HF_APP_UNLOCKS_MS    60000
#define HF_APP_SYNC_RETRY_MS 5000  /* after what a person has to settle, doubled each time … */
#define HF_APP_SYNC_MS       60000 /* … up to this */

enum hf_app_access {
    HF_APP_LAUNCH,   /* no session: the launch itself */
    HF_APP_SESSION,  /* a session; the replica may be locked */
    HF_APP_STANDING, /* a session and an unlocked replica, which the office may have revoked: nothing of its records */
    HF_APP_UNLOCKED, /* a session and an unlocked replica that the office trusts */
};

struct hf_app_call;
struct hf_app_route {
    const char *method; /* "GET" or "POST"; a POST comes with a JSON object */
    const char *pattern;
    enum hf_app_access access;
    void (*run)(struct hf_app_call *call);
};
struct hf_app_routes {
    const struct hf_app_route *rows;
    size_t count;
};
#define HF_APP_ROUTES(rows)                                                                                            \
    {                                                                                                                  \
        rows, sizeof(rows) / sizeof(rows)[0]                                                                           \
    }
extern const struct hf_app_routes hf_app_session_routes, hf_app_case_routes, hf_app_record_routes, hf_app_form_routes,
    hf_app_conflict_routes, hf_app_sync_routes, hf_app_office_routes;
/* the office's rooms, and what a worker takes away */
extern const struct hf_app_routes hf_app_dashboard_routes, hf_app_policy_routes, hf_app_register_routes,
    hf_app_filing_routes, hf_app_sheet_routes, hf_app_calendar_routes;
extern const struct hf_app_routes hf_app_duty_routes, hf_app_find_routes, hf_app_act_routes, hf_app_audit_routes;
extern const struct hf_app_routes hf_app_attach_routes, hf_app_urgent_routes, hf_app_voice_routes;
extern const struct hf_app_routes hf_app_reading_routes;

struct hf_app_session {
    char token[HF_APP_TOKEN_TEXT_BYTES];      /* in the cookie; "" for a free place */
    char form_token[HF_APP_TOKEN_TEXT_BYTES]; /* in a header of every request that changes something */
    uint64_t used_ms;
    struct hf_app_upload *upload; /* a file that is being added; NULL: none */
};
/* Gives up the session's upload, if there is one: nothing of it is kept (api_attach.c). */
void hf_app_upload_end(struct hf_app_session *session);

struct hf_app_sync {
    bool watching;        /* the library stays connected, or tries to */
    bool running, failed; /* something is under way; the line is lost, or a person has to settle something */
    bool hand_in;         /* this device was revoked, and has handed its work in */
    bool was_revoked;     /* when it began */
    uint64_t next_ms, retry_ms;
    struct holdfast_watch_progress progress;
    enum holdfast_status status; /* of the last round that ended */
    char text[512];              /* why it failed; "" otherwise */
    uint64_t ended_wall_ms;      /* 0: never here */
};

/* My work as it was last given, until records change, a sync ends, or the minute is over (a limit may pass). */
struct hf_app_work {
    struct hf_buf body; /* JSON; empty: none is kept */
    uint64_t records_news, synced_ms, minute;
    bool everybody;
};
void hf_app_work_forget(struct hf_app_work *work); /* wipes it */

struct hf_app {
    struct hf_app_config config;
    char host[HF_APP_HOST_BYTES], origin[HF_APP_HOST_BYTES + 8], cookie_name[32];
    char launch[HF_APP_TOKEN_TEXT_BYTES]; /* "" when it was used */
    struct hf_app_session sessions[HF_APP_SESSIONS_MAX];
    uint64_t unlock_ms[HF_APP_UNLOCKS_MAX]; /* when the last tries were; 0: none */
    uint64_t active_ms;                     /* the last sign of a person */
    struct hf_app_sync sync;
    struct hf_app_audit audit;
    struct hf_app_work work;
    uint64_t news, records_news; /* the second: of changes to records only */
};

struct hf_app_query {
    char name[HF_APP_WORD_BYTES];
    char value[512]; /* decoded, UTF-8 */
};

struct hf_app_call {
    struct hf_app *app;
    struct holdfast *hf;
    const struct hf_app_request *request;
    struct hf_app_response *response;
    struct hf_app_session *session; /* NULL at the launch */
    struct holdfast_id ids[HF_APP_PARAMS_MAX];
    char words[HF_APP_PARAMS_MAX][HF_APP_WORD_BYTES];
    struct hf_app_query query[HF_APP_QUERY_MAX];
    size_t query_count;
    json_t *body; /* an object; NULL for GET */
    bool later;   /* set by a route: nothing to say yet */
};

/* --- answering: exactly one of these per call --- */

/* 200 with a value, which is released; NULL is out of memory. */
void hf_app_reply(struct hf_app_call *call, json_t *value);
/* {"error": name, "text": sentence}. */
void hf_app_refuse(struct hf_app_response *response, unsigned status, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A failure of the library, with the handle's own text. */
void hf_app_fail(struct hf_app_call *call, enum holdfast_status status);

/* --- reading what was asked --- */

/* Value of a query parameter, or NULL. */
const char *hf_app_query(const struct hf_app_call *call, const char *name);
/* An id of the query or of the body. False after refusing when it is none; *out_given tells whether it was there. */
bool hf_app_query_id(struct hf_app_call *call, const char *name, struct holdfast_id *out, bool *out_given);
bool hf_app_body_id(struct hf_app_call *call, const char *name, struct holdfast_id *out, bool *out_given);
/* A text of the body, borrowed from it; NULL when it is missing or null. False after refusing another kind, or a
 * missing one that is needed. */
bool hf_app_body_text(struct hf_app_call *call, const char *name, bool needed, const char **out);

/* --- JSON --- */
json_t *hf_app_json_id(const struct holdfast_id *id); /* null for the zero id */
json_t *hf_app_json_ms(uint64_t unix_ms);             /* RFC 3339; null for 0 */
json_t *hf_app_json_row(const struct holdfast_record_row *row);
/* A field's row as {name, label, kind, values, in_conflict}. */
json_t *hf_app_json_field(const struct holdfast_field_row *field);
json_t *hf_app_json_change(const struct holdfast_change_row *row);
json_t *hf_app_json_duty(const struct holdfast_duty_row *row); /* api_duties.c */
/* Adds "about" to each duty of an array: what its record is called in a list, at most 80 characters of it; "" for one
 * that has no name, or is not to be used by this person. As holdfast_list; HOLDFAST_NOMEM. */
enum holdfast_status hf_app_duties_about(struct holdfast *hf, json_t *duties);

/* --- waits.c: what waits for somebody else once it is saved, said before --- */
/* {id, about, asks, lacks, roles} of the first right that holds it; null: it counts at once, as far as is known here.
 */
json_t *hf_app_draft_waits(struct hf_app_call *call, const struct holdfast_draft_place *place);
json_t *hf_app_final_waits(struct hf_app_call *call, const struct holdfast_id *record);
json_t *hf_app_edit_waits(struct holdfast_edit *edit);

/* --- app.c, sync.c: for other files of the app --- */
uint64_t hf_app_mono_ms(const struct hf_app *app);
uint64_t hf_app_wall_ms(const struct hf_app *app);
/* Something that pages show has changed; records_too: what they read of the replica. */
void hf_app_tell(struct hf_app *app, bool records_too);
void hf_app_random_text(char out[HF_APP_TOKEN_TEXT_BYTES]);
bool hf_app_is_unlocked(const struct hf_app *app);
/* Ends a sync and locks the replica. */
void hf_app_lock(struct hf_app *app);
/* The office has revoked this device: its work is handed in, its records stay closed. */
bool hf_app_is_revoked(struct hf_app *app);
/* Gives words to the office's server over this device's own channel and answers the call with what it says, or with its
 * refusal; what the order changed comes with the next sync (api_office.c). */
void hf_app_order(struct hf_app_call *call, const char *const *words, size_t count);
/* The app stays connected (sync.c). now: looks at once, connects if it may; soon: something was saved; again: a person
 * asks, a new line and a whole round. */
void hf_app_sync_now(struct hf_app *app);
void hf_app_sync_soon(struct hf_app *app);
void hf_app_sync_again(struct hf_app *app);
uint32_t hf_app_sync_step(struct hf_app *app);
void hf_app_sync_stop(struct hf_app *app);

/* --- gate.c --- */

/* Refuses what does not come from the app's own page: 400, 403, 405, 413, 421. False when it has answered. */
bool hf_app_gate(struct hf_app *app, const struct hf_app_request *request, struct hf_app_response *response);
/* The session whose cookie the request carries; NULL. */
struct hf_app_session *hf_app_gate_session(struct hf_app *app, const struct hf_app_request *request);
/* Whether a request that changes something shows origin, form token (unless at the launch) and content type. */
bool hf_app_gate_change(struct hf_app *app, const struct hf_app_request *request, const struct hf_app_session *session,
                        struct hf_app_response *response);
/* The launch token, once: a new session with its cookie in the response. */
struct hf_app_session *hf_app_gate_enter(struct hf_app *app, const char *token, struct hf_app_response *response);
/* The only header of this name; out empty when it is missing. False when it is there twice. */
bool hf_app_header(const struct hf_app_request *request, const char *name, struct hf_slice *out);

/* --- routes.c --- */
enum hf_app_answer hf_app_route(struct hf_app *app, const struct hf_app_request *request,
                                struct hf_app_response *response);

#endif
