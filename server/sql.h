/* Statements over an open vault, for the server's SQLite files: prepared once, bound by position, one first error to
 * check. Internal to the SQLite drivers of the server. Not thread-safe. */
#ifndef HF_SERVER_SQL_H
#define HF_SERVER_SQL_H

#include "core/base/id.h"
#include "core/vault/vault.h"

/* A set of statements; texts outlive it. */
struct hf_sql {
    struct hf_vault *vault;
    const char *const *texts;
    size_t count;
    sqlite3_stmt **statements;
};
/* Runs `schema` when the table `probe` is not there yet, then is ready; statements are prepared when first used. */
HF_CHECKED enum hf_status hf_sql_open(struct hf_sql *sql, struct hf_vault *vault, const char *probe, const char *schema,
                                      const char *const *texts, size_t count, struct hf_error *err);
/* The number of a file's form (its schema), which stands in the file: 0 when none was ever set. A file of another
 * number than a program knows is not opened any further (data_folder.h). */
HF_CHECKED enum hf_status hf_sql_form(struct hf_vault *vault, uint64_t *out);
HF_CHECKED enum hf_status hf_sql_set_form(struct hf_vault *vault, unsigned form);
void hf_sql_close(struct hf_sql *sql);
HF_CHECKED enum hf_status hf_sql_begin(struct hf_sql *sql);
/* Commits when status is HF_OK, rolls back otherwise; returns the first error. */
HF_CHECKED enum hf_status hf_sql_finish(struct hf_sql *sql, enum hf_status status);

/* Moves what waits in the write-ahead log into the database and leaves the log empty: with secure_delete nothing that
 * was deleted before is left in either file. HF_ERR_BUSY: a statement is still open. */
HF_CHECKED enum hf_status hf_sql_scrub(struct hf_sql *sql);

/* One use of one statement: start, bind in order, step, read, end. */
struct hf_row {
    struct hf_sql *sql;
    sqlite3_stmt *statement;
    int position;
    int code; /* first SQLite error, or SQLITE_OK */
};
void hf_row_start(struct hf_row *row, struct hf_sql *sql, size_t statement);
void hf_row_bind_u64(struct hf_row *row, uint64_t value);
void hf_row_bind_blob(struct hf_row *row, const void *data, size_t len);
void hf_row_bind_slice(struct hf_row *row, struct hf_slice slice);
void hf_row_bind_id(struct hf_row *row, const struct hf_id *id);
/* True while there is a row. */
bool hf_row_next(struct hf_row *row);
uint64_t hf_row_u64(struct hf_row *row, int column);
struct hf_slice hf_row_slice(struct hf_row *row, int column); /* valid until the next step */
/* A blob of exactly len bytes; anything else marks the row as corrupt and zeroes out. */
void hf_row_fixed(struct hf_row *row, int column, void *out, size_t len);
struct hf_id hf_row_id(struct hf_row *row, int column);
HF_CHECKED enum hf_status hf_row_end(struct hf_row *row);
/* Steps once for statements without result, then ends. */
HF_CHECKED enum hf_status hf_row_run(struct hf_row *row);

#endif
