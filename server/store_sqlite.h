/* Inside of the SQLite driver of the store (server/store.h): statements and the reading half. */
#ifndef HF_SERVER_STORE_SQLITE_H
#define HF_SERVER_STORE_SQLITE_H

#include "server/sql.h"
#include "server/store.h"

struct hf_store_sqlite {
    struct hf_store base; /* first: a store of this driver is one of these */
    struct hf_sql sql;
};

enum hf_sqlite_statement {
    HF_SQLITE_HEAD_GET,
    HF_SQLITE_HEAD_SIZE,
    HF_SQLITE_HEAD_PUBLISH,
    HF_SQLITE_ENTRY_PUT,
    HF_SQLITE_ENTRY_EFFECT,
    HF_SQLITE_ENTRY_RANGE,
    HF_SQLITE_ENTRY_FEED,
    HF_SQLITE_ENTRY_CASE,
    HF_SQLITE_ENTRY_CHANGE,
    HF_SQLITE_ENTRY_RECORD,
    HF_SQLITE_ENTRY_WAITING,
    HF_SQLITE_ENTRY_HELD,
    HF_SQLITE_ENTRY_UNSETTLED,
    HF_SQLITE_ENTRY_COUNTS,
    HF_SQLITE_NODE_PUT,
    HF_SQLITE_NODE_GET,
    HF_SQLITE_RECORD_PUT,
    HF_SQLITE_RECORD_GET,
    HF_SQLITE_RECORD_CASE,
    HF_SQLITE_DEVICE_PUT,
    HF_SQLITE_DEVICE_GET,
    HF_SQLITE_DEVICE_CHANNEL,
    HF_SQLITE_DEVICE_ALL,
    HF_SQLITE_INVITATION_PUT,
    HF_SQLITE_INVITATION_GET,
    HF_SQLITE_ASSIGNMENT_PUT,
    HF_SQLITE_ASSIGNMENT_PERSON,
    HF_SQLITE_ASSIGNMENT_ALL,
    HF_SQLITE_DRAFT_PUT,
    HF_SQLITE_DRAFT_END,
    HF_SQLITE_DRAFT_DROP,
    HF_SQLITE_DRAFT_PERSON,
    HF_SQLITE_DRAFT_PURGE,
    HF_SQLITE_ATTACH_PUT,
    HF_SQLITE_ATTACH_GET,
    HF_SQLITE_ATTACH_BYTES,
    HF_SQLITE_ATTACH_EACH,
    HF_SQLITE_ATTACH_PURGE,
    HF_SQLITE_ENTRY_KIND,
    HF_SQLITE_ERASE_PAYLOADS,
    HF_SQLITE_ERASE_RECORDS,
    HF_SQLITE_ASSIGNMENT_HELD,
    HF_SQLITE_TEXT_PUT,
    HF_SQLITE_TEXT_GET,
    HF_SQLITE_STATEMENT_COUNT
};
#define HF_SQLITE_ENTRY_SELECT                                                                                         \
    "SELECT idx, change_id, kind, case_id, key_id, record_id, hold, waiting, leaf, payload FROM entries "
#define HF_SQLITE_DEVICE_SELECT                                                                                        \
    "SELECT device, channel_key, psk, state, person, role, invitation, handshake_hash, enrolled_ms, last_seen_ms,"     \
    " incarnation, next_seq, head, clock, left_head, clock_office_ms, clock_device_ms FROM devices "

/* The operations of struct hf_store_ops. */
enum hf_status hf_sqlite_commit(struct hf_store *store, const struct hf_store_batch *batch,
                                const struct hf_node_write *nodes, size_t node_count);
enum hf_status hf_sqlite_publish(struct hf_store *store, uint64_t size, struct hf_slice note);
enum hf_status hf_sqlite_checkpoint(struct hf_store *store, struct hf_buf *out_note);
bool hf_sqlite_node(struct hf_store *store, unsigned level, uint64_t index, struct hf_hash *out);
enum hf_status hf_sqlite_entries(struct hf_store *store, uint64_t from, uint64_t count, hf_entry_row_fn *each,
                                 void *ctx);
enum hf_status hf_sqlite_feed(struct hf_store *store, const struct hf_feed_filter *filter, uint64_t from,
                              hf_entry_row_fn *each, void *ctx);
enum hf_status hf_sqlite_change(struct hf_store *store, const struct hf_id *change_id, hf_entry_row_fn *each,
                                void *ctx);
enum hf_status hf_sqlite_changes_of(struct hf_store *store, const struct hf_id *record_id, hf_entry_row_fn *each,
                                    void *ctx);
enum hf_status hf_sqlite_waiting(struct hf_store *store, const struct hf_id *record_id, hf_entry_row_fn *each,
                                 void *ctx);
enum hf_status hf_sqlite_held(struct hf_store *store, hf_entry_row_fn *each, void *ctx);
enum hf_status hf_sqlite_record(struct hf_store *store, const struct hf_id *record_id, struct hf_buf *out_packed);
enum hf_status hf_sqlite_records(struct hf_store *store, const struct hf_id *case_id,
                                 bool (*each)(void *ctx, const struct hf_record_write *row), void *ctx);
enum hf_status hf_sqlite_device(struct hf_store *store, const uint8_t *device, const uint8_t *channel_key,
                                struct hf_device_row *out);
enum hf_status hf_sqlite_devices(struct hf_store *store, bool (*each)(void *ctx, const struct hf_device_row *row),
                                 void *ctx);
enum hf_status hf_sqlite_invitation(struct hf_store *store, const struct hf_id *id, struct hf_invitation_row *out);
enum hf_status hf_sqlite_unsettled(struct hf_store *store, const struct hf_id *case_id, bool *out);
enum hf_status hf_sqlite_counts(struct hf_store *store, struct hf_store_counts *out);
enum hf_status hf_sqlite_holders(struct hf_store *store, const struct hf_id *case_id,
                                 bool (*each)(void *ctx, const struct hf_assignment_row *row), void *ctx);
enum hf_status hf_sqlite_assignments(struct hf_store *store, const struct hf_id *person,
                                     bool (*each)(void *ctx, const struct hf_assignment_row *row), void *ctx);
enum hf_status hf_sqlite_of_kind(struct hf_store *store, enum hf_leaf_kind kind, hf_entry_row_fn *each, void *ctx);
/* Inside the caller's transaction. */
enum hf_status hf_sqlite_erase_case(struct hf_sql *sql, const struct hf_id *case_id);
enum hf_status hf_sqlite_destroy(struct hf_store *store, const struct hf_id *case_id);
enum hf_status hf_sqlite_scrub(struct hf_store *store);

#endif
