#include "core/replica/indexed.h"

static enum hf_status run(struct hf_replica *replica, enum hf_statement which, uint64_t row, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, which);
    if (row > 0)
        hf_rows_bind_u64(&rows, row);
    return hf_rows_run(&rows, err);
}

static enum hf_status any_waits(struct hf_replica *replica, bool *out, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_INDEX_WAITS);
    const bool waits = hf_rows_next(&rows) && hf_rows_u64(&rows, 0) != 0;
    enum hf_status status = hf_rows_end(&rows, err);
    *out = status == HF_OK && waits;
    return status;
}

enum hf_status hf_replica_index_all(struct hf_replica *replica, struct hf_error *err)
{
    bool waits = false;
    enum hf_status status = any_waits(replica, &waits, err);
    if (status != HF_OK || !waits)
        return status;
    status = run(replica, HF_STATEMENT_INDEX_CHANGES, 0, err);
    if (status == HF_OK)
        status = run(replica, HF_STATEMENT_INDEX_RECORDS, 0, err);
    return status == HF_OK ? run(replica, HF_STATEMENT_INDEX_NONE_WAITS, 0, err) : status;
}

enum hf_status hf_replica_end_of_changes(struct hf_replica *replica, uint64_t row, struct hf_error *err)
{
    return run(replica, HF_STATEMENT_INDEX_CHANGE_WAITS, row, err);
}

enum hf_status hf_replica_end_of_records(struct hf_replica *replica, uint64_t row, struct hf_error *err)
{
    return run(replica, HF_STATEMENT_INDEX_RECORD_WAITS, row, err);
}
