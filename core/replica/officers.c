#include "core/replica/officers.h"

const char hf_replica_officer_tables[] = "CREATE TABLE officers(log_index INTEGER PRIMARY KEY, person BLOB NOT NULL,"
                                         " given INTEGER NOT NULL);";

enum hf_status hf_replica_officer_take(struct hf_replica *replica, const struct hf_caseload_note *note, uint64_t index,
                                       struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "INSERT OR IGNORE INTO officers(log_index, person, given) VALUES(?, ?, ?)");
    hf_rows_bind_u64(&rows, index);
    hf_rows_bind_id(&rows, &note->person);
    hf_rows_bind_u64(&rows, note->given ? 1 : 0);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_officer_at(struct hf_replica *replica, const struct hf_id *person, uint64_t index, bool *out,
                                     struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "SELECT given FROM officers WHERE person = ?1 AND log_index < ?2"
                       " ORDER BY log_index DESC LIMIT 1");
    hf_rows_bind_id(&rows, person);
    hf_rows_bind_u64(&rows, index == HF_INDEX_NONE ? (uint64_t)INT64_MAX : index);
    const bool given = hf_rows_next(&rows) && hf_rows_u64(&rows, 0) == 1;
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        *out = given;
    return status;
}

enum hf_status hf_replica_is_officer(struct hf_replica *replica, const struct hf_id *person, bool *out,
                                     struct hf_error *err)
{
    return hf_replica_officer_at(replica, person, HF_INDEX_NONE, out, err);
}
