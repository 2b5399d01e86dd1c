#include "core/replica/indexed.h"
#include "core/replica/replica_internal.h"

/* --- cases --- */

enum hf_status hf_replica_cases(struct hf_replica *replica, hf_case_fn *each, void *ctx)
{
    struct hf_rows rows;
    hf_rows_begin_text(
        &rows, replica,
        "WITH waits AS MATERIALIZED (SELECT case_id, count(*) AS number, sum(conflicts) AS clashes FROM records"
        "  WHERE " HF_RECORDS_END " GROUP BY case_id),"
        " unsent AS MATERIALIZED (SELECT case_id, count(*) AS number FROM"
        "  (SELECT case_id FROM " HF_UNSENT_BY_INDEX "   UNION ALL SELECT case_id FROM changes WHERE " HF_UNSENT_END
        ") GROUP BY case_id)"
        " SELECT c.case_id, r.title, (SELECT count(*) FROM records WHERE indexed = 1 AND case_id = c.case_id)"
        "  + coalesce((SELECT number FROM waits WHERE case_id = c.case_id), 0),"
        " (SELECT coalesce(sum(conflicts), 0) FROM records WHERE indexed = 1 AND case_id = c.case_id)"
        "  + coalesce((SELECT clashes FROM waits WHERE case_id = c.case_id), 0),"
        " coalesce((SELECT number FROM unsent WHERE case_id = c.case_id), 0)"
        " FROM cases c LEFT JOIN records r ON r." HF_RECORD_NAMED(
            "c.case_id") " AND r.case_id = c.case_id"
                         " WHERE c.case_id <> ? AND EXISTS(SELECT 1 FROM keys WHERE case_id = c.case_id) ORDER BY "
                         "r.title, c.case_id");
    hf_rows_bind_id(&rows, &replica->office_case);
    while (hf_rows_next(&rows)) {
        const struct hf_case_row row = {.case_id = hf_rows_id(&rows, 0),
                                        .reference = hf_rows_bytes(&rows, 1),
                                        .record_count = hf_rows_u64(&rows, 2),
                                        .conflict_count = hf_rows_u64(&rows, 3),
                                        .unsent_count = hf_rows_u64(&rows, 4)};
        if (rows.code != SQLITE_ROW || !each(ctx, &row))
            break;
    }
    return hf_rows_end(&rows, NULL);
}

/* --- records --- */

enum hf_status hf_replica_record(struct hf_replica *replica, const struct hf_id *record_id, struct hf_record_state *out)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_record_load(replica, record_id, &state, NULL);
    if (status == HF_OK)
        *out = state;
    return status;
}

/* Where the rows are looked for: among the parts of a parent, in a case, among those of a kind, everywhere. ?1 is the
 * case, or the office's, which is left out; ?2 the parent; ?3 the kind. Clashes are few: left to itself, SQLite reads
 * every record to find them in order. */
static const char *list_from(const struct hf_record_filter *filter)
{
    const bool in_case = !hf_id_is_zero(&filter->case_id);
    if (!hf_id_is_zero(&filter->record))
        return " WHERE " HF_RECORD_NAMED("?1");
    if (filter->conflicts_only)
        return in_case ? " INDEXED BY records_in_conflict WHERE conflicts > 0 AND case_id = ?1"
                       : " INDEXED BY records_in_conflict WHERE conflicts > 0 AND case_id <> ?1";
    if (!hf_id_is_zero(&filter->parent))
        return in_case ? " WHERE case_id = ?1" : " WHERE case_id <> ?1";
    if (in_case)
        return " WHERE " HF_RECORDS_OF_CASE("?1");
    return filter->type ? " WHERE case_id <> ?1 AND " HF_RECORDS_OF_TYPE("?3") : " WHERE case_id <> ?1";
}

/* Fixed texts only, so that SQLite can choose an index for what is asked. */
static void list_sql(const struct hf_record_filter *filter, enum hf_role role, struct hf_buf *out)
{
    hf_buf_append_str(out, "SELECT case_id, record_id, parent, type, title, due, status, conflicts,"
                           " is_final, amendments, deleted,"
                           " coalesce((SELECT sent FROM changes WHERE " HF_CHANGES_OF_RECORD(
                               "records.record_id") " AND own = 1"
                                                    " ORDER BY seq DESC LIMIT 1), 2) FROM records");
    hf_buf_append_str(out, list_from(filter));
    if (!filter->with_deleted)
        hf_buf_append_str(out, " AND deleted <> 1");
    if (filter->final_only)
        hf_buf_append_str(out, " AND is_final = 1");
    if (!hf_id_is_zero(&filter->parent))
        hf_buf_append_str(out, " AND parent = ?2");
    if (filter->type)
        hf_buf_append_str(out, " AND type = ?3");
    hf_buf_append_str(out, " AND ");
    if (filter->hide_limited)
        hf_buf_append_str(out, hf_replica_limit_sql(role));
    hf_buf_append_str(out, "1 ORDER BY seq");
    hf_buf_append_u8(out, 0);
}

static void read_record_row(struct hf_rows *rows, struct hf_record_row *out)
{
    *out = (struct hf_record_row){.case_id = hf_rows_id(rows, 0),
                                  .record_id = hf_rows_id(rows, 1),
                                  .parent = hf_rows_id(rows, 2),
                                  .type = (uint16_t)hf_rows_u64(rows, 3),
                                  .title = hf_rows_bytes(rows, 4),
                                  .due = hf_rows_bytes(rows, 5),
                                  .status = hf_rows_bytes(rows, 6),
                                  .conflict_count = hf_rows_u64(rows, 7),
                                  .is_final = hf_rows_u64(rows, 8) != 0,
                                  .amendment_count = hf_rows_u64(rows, 9),
                                  .deleted = (enum hf_deleted)hf_rows_u64(rows, 10),
                                  .sent = (enum hf_sent_state)hf_rows_u64(rows, 11)};
}

enum hf_status hf_replica_list(struct hf_replica *replica, const struct hf_record_filter *filter, hf_record_fn *each,
                               void *ctx)
{
    struct hf_rows rows;
    struct hf_buf sql = {0};
    struct hf_record_row row;
    list_sql(filter, replica->identity->role, &sql);
    enum hf_status status = hf_buf_status(&sql);
    if (status != HF_OK) {
        hf_buf_clear(&sql);
        return status;
    }
    hf_rows_begin_text(&rows, replica, (const char *)sql.data);
    hf_buf_clear(&sql);
    const struct hf_id *first = hf_id_is_zero(&filter->case_id) ? &replica->office_case : &filter->case_id;
    hf_rows_bind_id(&rows, hf_id_is_zero(&filter->record) ? first : &filter->record);
    if (!hf_id_is_zero(&filter->parent) || filter->type)
        hf_rows_bind_id(&rows, &filter->parent);
    if (filter->type)
        hf_rows_bind_u64(&rows, filter->type);
    while (hf_rows_next(&rows)) {
        read_record_row(&rows, &row);
        if (rows.code != SQLITE_ROW || !each(ctx, &row))
            break;
    }
    return hf_rows_end(&rows, NULL);
}

enum hf_status hf_replica_staff(struct hf_replica *replica, hf_record_fn *each, void *ctx)
{
    const struct hf_record_filter filter = {.case_id = replica->office_case, .type = HF_RECORD_PERSON};
    return hf_replica_list(replica, &filter, each, ctx);
}
