/* One SQL statement at a time: begin, bind in order, step, read columns, end. Remembers the first SQLite error, so that
 * calling code checks once, at the end. Internal to core/replica.
 *
 * Fixed statements (enum hf_statement) are prepared once per replica and kept. One of them must be ended before it is
 * begun again and before a callback of the caller runs; a statement that stays open over callbacks is begun by text. */
#ifndef HF_CORE_REPLICA_ROWS_H
#define HF_CORE_REPLICA_ROWS_H

#include "core/replica/replica.h"

enum hf_statement {
    HF_STATEMENT_BEGIN,
    HF_STATEMENT_COMMIT,
    HF_STATEMENT_ROLLBACK,
    HF_STATEMENT_IDENTITY_GET,
    HF_STATEMENT_IDENTITY_PUT,
    HF_STATEMENT_CHAIN_GET,
    HF_STATEMENT_CHAIN_PUT,
    HF_STATEMENT_SYNC_GET,
    HF_STATEMENT_CURSOR_PUT,
    HF_STATEMENT_SYNCED_PUT,
    HF_STATEMENT_CHECKPOINT_GET,
    HF_STATEMENT_CHECKPOINT_NOTES,
    HF_STATEMENT_CHECKPOINT_PUT,
    HF_STATEMENT_CHECKPOINT_SEEN_AGAIN,
    HF_STATEMENT_DEVICE_FIND,
    HF_STATEMENT_DEVICE_BY_NUMBER,
    HF_STATEMENT_DEVICE_ADD,
    HF_STATEMENT_DEVICE_ENROL,
    HF_STATEMENT_DEVICE_REVOKE,
    HF_STATEMENT_KEY_FIND,
    HF_STATEMENT_KEY_NEWEST,
    HF_STATEMENT_KEY_ADD,
    HF_STATEMENT_CASE_ADD,
    HF_STATEMENT_CASE_OPENED,
    HF_STATEMENT_CASE_OPENED_HERE,
    HF_STATEMENT_CASE_ASSIGNED,
    HF_STATEMENT_CATCHUP_FIRST,
    HF_STATEMENT_CATCHUP_ADD,
    HF_STATEMENT_CATCHUP_MOVE,
    HF_STATEMENT_CATCHUP_DROP,
    HF_STATEMENT_FOLD_DEVICE,
    HF_STATEMENT_FOLD_ROOT,
    HF_STATEMENT_FOLD_ROOT_ADD,
    HF_STATEMENT_CHANGE_ADD,
    HF_STATEMENT_CHANGE_FIND,
    HF_STATEMENT_CHANGE_BY_ROW,
    HF_STATEMENT_CHANGE_OF_CHAIN,
    HF_STATEMENT_CHANGE_AT_INDEX,
    HF_STATEMENT_CHANGE_BASE,
    HF_STATEMENT_CHANGE_SET_EFFECT,
    HF_STATEMENT_CHANGE_SET_LOGGED,
    HF_STATEMENT_CHANGE_SET_HOLD,
    HF_STATEMENT_CHANGE_SET_RECEIVED,
    HF_STATEMENT_WAITING_ROWS,
    HF_STATEMENT_WAITING_AGAIN,
    HF_STATEMENT_NOT_UNDERSTOOD,
    HF_STATEMENT_RECORD_GET,
    HF_STATEMENT_RECORD_CHANGED,
    HF_STATEMENT_RECORD_NEWEST,
    HF_STATEMENT_RECORD_ADD,
    HF_STATEMENT_RECORD_UPDATE,
    HF_STATEMENT_RECORD_DELETE,
    HF_STATEMENT_SNAPSHOT_ADD,
    HF_STATEMENT_SNAPSHOT_STAGE,
    HF_STATEMENT_SNAPSHOT_STATE,
    HF_STATEMENT_SNAPSHOT_SIZE,
    HF_STATEMENT_BEHIND_ROWS,
    HF_STATEMENT_RELEASE_GET,
    HF_STATEMENT_RELEASE_PUT,
    HF_STATEMENT_DECIDED_ADD,
    HF_STATEMENT_UNSENT_FIRST,
    HF_STATEMENT_UNSENT_ANY,
    HF_STATEMENT_UNPROVED_INDICES,
    HF_STATEMENT_OWN_LEAVES,
    HF_STATEMENT_COUNT_CASES,
    HF_STATEMENT_COUNT_RECORDS,
    HF_STATEMENT_COUNT_CHANGES,
    HF_STATEMENT_OLDEST_UNRECEIVED,
    HF_STATEMENT_BOOK_MARK,
    HF_STATEMENT_PURGE_READY,
    HF_STATEMENT_PURGE_RECEIPT,
    HF_STATEMENT_INDEX_CHANGES,
    HF_STATEMENT_INDEX_RECORDS,
    HF_STATEMENT_INDEX_WAITS,
    HF_STATEMENT_INDEX_NONE_WAITS,
    HF_STATEMENT_INDEX_CHANGE_WAITS,
    HF_STATEMENT_INDEX_RECORD_WAITS,
    HF_STATEMENT_LEASE_GET,
    HF_STATEMENT_LEASE_PUT,
    HF_STATEMENT_PROOF_ADD,
    HF_STATEMENT_PROOF_HEAD_ADD,
    HF_STATEMENT_PROOF_FIND,
    HF_STATEMENT_COUNT
};

/* A statement by its text, ready for the next time. */
#define HF_ROWS_TEXTS 32
struct hf_rows_text {
    sqlite3_stmt *stmt;
    uint64_t used; /* when, by a count */
    bool at_work;
};

struct hf_rows {
    struct hf_replica *replica;
    sqlite3_stmt *stmt;
    struct hf_rows_text *text; /* NULL: it is no such statement */
    int code;
    int bound;
    bool kept;
};

void hf_rows_begin(struct hf_rows *rows, struct hf_replica *replica, enum hf_statement which);
/* The texts used last stay prepared. */
void hf_rows_begin_text(struct hf_rows *rows, struct hf_replica *replica, const char *sql);

/* Parameters in order of their appearance. Bytes are borrowed until hf_rows_end. */
void hf_rows_bind_u64(struct hf_rows *rows, uint64_t value);
void hf_rows_bind_index(struct hf_rows *rows, uint64_t index); /* HF_INDEX_NONE: NULL */
void hf_rows_bind_bytes(struct hf_rows *rows, struct hf_slice bytes);
void hf_rows_bind_text(struct hf_rows *rows, struct hf_slice text); /* empty: NULL */
void hf_rows_bind_id(struct hf_rows *rows, const struct hf_id *id); /* zero: NULL */

/* True for a row; false at the end or after an error. */
bool hf_rows_next(struct hf_rows *rows);

/* Columns of the row at hand; slices borrow until the next hf_rows_next or hf_rows_end. */
uint64_t hf_rows_u64(struct hf_rows *rows, int column);
uint64_t hf_rows_index(struct hf_rows *rows, int column); /* NULL: HF_INDEX_NONE */
bool hf_rows_is_null(struct hf_rows *rows, int column);
struct hf_slice hf_rows_bytes(struct hf_rows *rows, int column);
struct hf_id hf_rows_id(struct hf_rows *rows, int column); /* NULL: zero */
/* Copies exactly len bytes; another length is HF_ERR_CORRUPT at the end. */
void hf_rows_copy(struct hf_rows *rows, int column, void *out, size_t len);

/* First error of this statement, or HF_OK. */
enum hf_status hf_rows_end(struct hf_rows *rows, struct hf_error *err);
/* Steps to the end and ends: for statements without rows. */
HF_CHECKED enum hf_status hf_rows_run(struct hf_rows *rows, struct hf_error *err);

/* One transaction; hf_rows_finish commits when status is HF_OK and rolls back otherwise, and returns what became of
 * it. */
HF_CHECKED enum hf_status hf_rows_transaction(struct hf_replica *replica, struct hf_error *err);
HF_CHECKED enum hf_status hf_rows_finish(struct hf_replica *replica, enum hf_status status, struct hf_error *err);

/* Finalises the kept statements. */
void hf_rows_forget(struct hf_replica *replica);

#endif
