#include "core/replica/given.h"

/* By place in the log, so that a part of it that is lost can be taken out (shard.c). */
const char hf_replica_given_tables[] =
    "CREATE TABLE given(log_index INTEGER PRIMARY KEY, case_id BLOB NOT NULL, person BLOB NOT NULL,"
    " held INTEGER NOT NULL);"
    "CREATE INDEX given_newest ON given(case_id, person, log_index);";

enum hf_status hf_replica_given_take(struct hf_replica *replica, const struct hf_note_body *note, uint64_t index,
                                     struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "INSERT OR IGNORE INTO given VALUES(?, ?, ?, ?)");
    hf_rows_bind_u64(&rows, index);
    hf_rows_bind_id(&rows, &note->case_id);
    hf_rows_bind_id(&rows, &note->person);
    hf_rows_bind_u64(&rows, note->held ? 1 : 0);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_given_now(struct hf_replica *replica, const struct hf_id *case_id, const struct hf_id *person,
                                    bool *out, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "SELECT held FROM given WHERE case_id = ? AND person = ? ORDER BY log_index DESC LIMIT 1");
    hf_rows_bind_id(&rows, case_id);
    hf_rows_bind_id(&rows, person);
    const bool held = hf_rows_next(&rows) && hf_rows_u64(&rows, 0) == 1;
    const enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        *out = held;
    return status;
}
