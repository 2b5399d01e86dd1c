/* Entries whose use is restricted while somebody contests them (docs/audit.md, "Contested entries"). */
#include "core/replica/indexed.h"
#include "core/replica/replica_internal.h"

/* A status that clashes is NULL in its column, and so is one that was not chosen: then the entry stays restricted. */
#define IN_FORCE                                                                                                       \
    "EXISTS(SELECT 1 FROM records r INDEXED BY records_of_parent WHERE r.parent = records.record_id AND r.type = 96"   \
    " AND r.deleted <> 1 AND coalesce(r.status, 'office_only') "

const char *hf_replica_limit_sql(enum hf_role role)
{
    if (role == HF_ROLE_OFFICE)
        return "";
    if (role == HF_ROLE_MANAGER)
        return "NOT " IN_FORCE "= 'office_only') AND ";
    return "NOT " IN_FORCE "<> 'lifted') AND ";
}

enum hf_status hf_replica_is_limited(struct hf_replica *replica, const struct hf_id *record_id, bool *out)
{
    struct hf_rows rows;
    struct hf_buf sql = {0};
    hf_buf_append_str(
        &sql, "SELECT 1 FROM records WHERE " HF_RECORD_NAMED("?1") " AND NOT EXISTS (SELECT 1 FROM records WHERE ");
    hf_buf_append_str(&sql, hf_replica_limit_sql(replica->identity->role));
    hf_buf_append_str(&sql, HF_RECORD_NAMED("?1") ")");
    hf_buf_append_u8(&sql, 0);
    enum hf_status status = hf_buf_status(&sql);
    if (status == HF_OK) {
        hf_rows_begin_text(&rows, replica, (const char *)sql.data);
        hf_rows_bind_id(&rows, record_id);
        const bool limited = hf_rows_next(&rows);
        status = hf_rows_end(&rows, NULL);
        if (status == HF_OK)
            *out = limited;
    }
    hf_buf_clear(&sql);
    return status;
}
