/* A device with a replica in a vault of its own, and short ways to save, read and sync. */
#ifndef HF_TESTS_REPLICA_SUPPORT_DEVICE_H
#define HF_TESTS_REPLICA_SUPPORT_DEVICE_H

#include "tests/replica/support_server.h"

/* Rows of the table of core/model that the tests use. */
#define TYPE_CHILD         3
#define CHILD_NAME         2
#define CHILD_KNOWN_AS     3
#define CHILD_IDENTIFIERS  9
#define TYPE_VIEWS         26
#define VIEWS_WORDS        4
#define TYPE_ACTION        54
#define ACTION_TEXT        2
#define ACTION_DUE         7
#define ACTION_STATUS      8
#define TYPE_ACTION_UPDATE 55
#define UPDATE_TEXT        4

struct device {
    struct server *server;
    char folder[128];
    struct hf_id db_id;
    uint8_t data_key[HF_KEY_BYTES];
    struct hf_identity identity;
    struct hf_vault *vault;
    struct hf_replica *replica;
    struct hf_error err;
    uint64_t now_ms;
    size_t batch; /* entries in one delivery; 0: all */
};

/* A device of an invented person, enrolled at the server, with an empty replica. */
struct device *device_new(struct server *server, const char *person_name, enum hf_role role);
/* Another device of the same person. */
struct device *device_of_same_person(const struct device *other);
void device_close(struct device *device);
enum hf_status device_open(struct device *device); /* vault and replica; HF_OK or what hf_replica_open says */
void device_reopen(struct device *device);
void device_free(struct device *device);                                 /* closes and removes the folder */
void device_copy_store(const struct device *device, const char *suffix); /* of a closed store */
void device_put_back(const struct device *device, const char *suffix);
void device_sql(struct device *device, const char *sql);
size_t device_number(struct device *device, const char *sql); /* the one number that this selects */

/* --- saving --- */
struct hf_id device_case(struct device *device, const char *reference);
struct hf_id device_id(struct device *device); /* a new record id */
struct hf_slice text_value(const char *text);  /* encoded; lives until the test ends its 16 next calls */
struct hf_slice set_value(const char *const *added, size_t added_count, const char *const *removed,
                          size_t removed_count); /* of text elements */
/* One field; fails the test unless it is saved. */
struct hf_id device_save(struct device *device, const struct hf_id *case_id, const struct hf_id *record_id,
                         uint16_t type, uint16_t field, struct hf_slice value);
enum hf_status device_try_save(struct device *device, const struct hf_id *case_id, const struct hf_id *record_id,
                               uint16_t type, uint16_t field, struct hf_slice value, bool settle,
                               struct hf_id *out_change_id);

/* --- reading --- */
/* Plain text of a single-value field; "" when there is none; "!" in a clash. Lives as text_value does. */
const char *device_text(struct device *device, const struct hf_id *record_id, uint16_t field);
size_t device_entries(struct device *device, const struct hf_id *record_id, uint16_t field);
struct hf_replica_counts device_counts(struct device *device);
void device_digest(struct device *device, uint8_t out[HF_HASH_BYTES]);
void assert_same_state(struct device *a, struct device *b);
/* Remembers digest and counts, to show later that nothing was stored. */
struct snapshot {
    uint8_t digest[HF_HASH_BYTES];
    struct hf_replica_counts counts;
    struct hf_sync_facts facts;
};
struct snapshot snapshot_of(struct device *device);
void assert_unchanged(struct device *device, const struct snapshot *before);

/* --- sync --- */
void device_push(struct device *device);
void device_pull_general(struct device *device);
void device_pull(struct device *device); /* general, then the history of cases */
void device_head(struct device *device);
void device_sync(struct device *device); /* all three */
/* One delivery of these entries, with every key of the server. */
enum hf_status device_feed(struct device *device, const struct hf_item *items, size_t count, uint64_t next_cursor);
enum hf_status device_store_head(struct device *device, struct hf_slice note, const struct hf_proof *consistency,
                                 const struct hf_range_proof *ranges, size_t count);
/* The proofs that a device asks for by its facts. */
void server_prove(struct server *server, const struct hf_sync_facts *facts, struct hf_proof *out_consistency,
                  struct hf_range_proof *out_ranges);

/* Nothing waits in the store's write-ahead log, so nothing that was deleted does. */
bool device_wal_is_empty(const struct device *device);

#endif
