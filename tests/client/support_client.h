/* Folders, enrolled handles and short ways to save, read and sync for the tests of the client. Sample data is invented.
 */
#ifndef HF_TESTS_CLIENT_SUPPORT_CLIENT_H
#define HF_TESTS_CLIENT_SUPPORT_CLIENT_H

#include "tests/client/support_office.h"

#include "client/handle.h"

#define PASSPHRASE "correct horse battery staple"

struct client {
    char folder[128]; /* below a temporary folder of its own */
    char above[112];
    struct holdfast *hf;
};

extern const struct holdfast_options weak; /* fast and unsafe */

/* A handle on a folder that is not there yet. */
struct client client_new(void);
/* Closes and removes the folder. */
void client_free(struct client *client);
/* A handle, unlocked, on a replica that the office knows without a conversation. */
struct client client_enrolled(struct office *office, const char *person_name, enum hf_role role);

/* Fails the test with the handle's text unless status is HOLDFAST_OK. */
void ok(const struct client *client, enum holdfast_status status);
/* The status is `wanted`, and the text holds `words`. */
void refused(const struct client *client, enum holdfast_status status, enum holdfast_status wanted, const char *words);

struct holdfast_id new_case(struct client *client, const char *reference);
/* A new record with one field; its id. */
struct holdfast_id new_record(struct client *client, const struct holdfast_id *case_id, const char *type,
                              const char *field, const char *value);
/* One field of an existing record, saved at once. */
void save(struct client *client, const struct holdfast_id *record, const char *field, const char *value);

/* What a field holds: values joined by '|', "!" in front when in conflict, "" for nothing. Good for 8 calls. */
const char *field_text(struct client *client, const struct holdfast_id *record, const char *field);
size_t conflict_count(struct client *client);
struct holdfast_counts counts(struct client *client);
void assert_same_digest(struct client *a, struct client *b);

/* A whole sync through the syncer and the office's session machine, without a network. */
void sync_in_memory(struct client *client, struct office *office);
/* The same over TCP, by the public functions; gives the first failure. */
enum holdfast_status sync_over_tcp(struct client *client, struct holdfast_sync_progress *out);

#endif
