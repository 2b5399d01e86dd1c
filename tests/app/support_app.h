/* An app on an enrolled replica, asked without a network, as its own page asks. Sample data is invented. */
#ifndef HF_TESTS_APP_SUPPORT_APP_H
#define HF_TESTS_APP_SUPPORT_APP_H

#include "client/app/app.h"
#include "core/json/json.h"
#include "tests/client/support_client.h"
#include "tests/policy/support_tree.h"

#define HOST   "127.0.0.1:8123"
#define ORIGIN "http://127.0.0.1:8123"

struct desk {
    struct office *office;
    struct client client;
    struct hf_app *app;
    uint64_t now_ms; /* the app's clock */
    char cookie[HF_APP_COOKIE_BYTES], form_token[HF_APP_TOKEN_TEXT_BYTES];
    struct hf_app_response response; /* of the last question */
    json_t *json;                    /* its body; NULL when it is none */
    enum hf_app_answer answer;
    struct holdfast_host_key keyring; /* of the computer, as far as the app knows */
    uint8_t secret[HOLDFAST_HOST_SECRET_BYTES];
    bool has_secret;
};

/* Enrolled and unlocked, with a session. */
struct desk *desk_new(const char *person_name, enum hf_role role);
/* The same on a folder without a replica. */
struct desk *desk_new_empty(void);
void desk_free(struct desk *desk);

/* Exactly these headers, as "Name: value"; NULL ends them. */
unsigned desk_ask(struct desk *desk, const char *method, const char *target, const char *body, ...);
/* As the page asks; the HTTP status. */
unsigned desk_get(struct desk *desk, const char *target);
unsigned desk_post(struct desk *desk, const char *target, const char *body);
/* Posts with the body made by json_pack; the value is released. */
unsigned desk_post_json(struct desk *desk, const char *target, json_t *body);
/* Shows the token, keeps the session; the HTTP status. */
unsigned desk_launch(struct desk *desk, const char *token);
/* Text at a path of the last answer, such as "identity.name" or "cases.0.id"; "" when it is none. */
const char *desk_text(const struct desk *desk, const char *path);
json_int_t desk_number(const struct desk *desk, const char *path);
size_t desk_count(const struct desk *desk, const char *path);

/* Releases a pack or a calendar of the project from the desk's device. */
void desk_release(struct desk *desk, const char *path);
/* Of the office, in sync, with the fostering procedure and its calendar released. */
struct desk *desk_with_fostering_procedure(const char *person_name);
/* A record inside another, with one field; an element of a set. */
struct holdfast_id new_part(struct client *client, const struct holdfast_id *case_id, const char *type,
                            const struct holdfast_id *parent, const char *field, const char *value);
void add_element(struct client *client, const struct holdfast_id *record, const char *field, const char *element);

#endif
