/* Rows that do not stand in all their indices yet.
 *
 * An index that is in another order than that of the saves (the name of a change, the case or the type of a record)
 * costs a commit a page of its own. So what is saved here stands at the end of its table with indexed = 0 and is found
 * by looking through the end; these indices hold the rows with indexed = 1. When HF_UNINDEXED_MAX changes wait, and
 * before anything that the office sends is taken in, all of them are put in at once, many to a page.
 * chain.changes_end and chain.records_end name the first row that may wait; NULL: none. Internal to core/replica.
 * Decision record 0015. */
#ifndef HF_CORE_REPLICA_INDEXED_H
#define HF_CORE_REPLICA_INDEXED_H

#include "core/replica/replica_internal.h"

#define HF_UNINDEXED_MAX 256

/* Conditions for the rows of a table; the value is a numbered parameter, a number or a column of an outer table. */
#define HF_CHANGES_END "indexed = 0 AND seq >= (SELECT changes_end FROM chain)"
#define HF_RECORDS_END "indexed = 0 AND seq >= (SELECT records_end FROM chain)"
/* What is unsent. */
#define HF_UNSENT_INDEXED "indexed = 1 AND own = 1 AND sent = 0"
#define HF_UNSENT_END     HF_CHANGES_END " AND own = 1 AND sent = 0"
/* SQLite, which knows no figures of a replica's tables, would rather walk all changes than this index. */
#define HF_UNSENT_BY_INDEX "changes INDEXED BY changes_unsent WHERE " HF_UNSENT_INDEXED
/* One change, by its name and by its place in a chain. */
#define HF_CHANGE_NAMED(name)                                                                                          \
    "seq = coalesce((SELECT seq FROM changes WHERE indexed = 1 AND change_id = " name "),"                             \
    " (SELECT seq FROM changes WHERE " HF_CHANGES_END " AND change_id = " name "))"
#define HF_CHANGE_OF_CHAIN(device_number, place)                                                                       \
    "seq = coalesce((SELECT seq FROM changes WHERE indexed = 1 AND device = " device_number " AND leaf_seq = " place   \
    "), (SELECT seq FROM changes WHERE " HF_CHANGES_END " AND device = " device_number " AND leaf_seq = " place "))"
/* Records of a case or of a kind. */
#define HF_RECORDS_WITH(column, value)                                                                                 \
    "seq IN (SELECT seq FROM records WHERE indexed = 1 AND " column " = " value                                        \
    " UNION ALL SELECT seq FROM records WHERE " HF_RECORDS_END " AND " column " = " value ")"
/* Changes of a record, and a record by its id: what waits is found in tables in memory, which triggers keep
 * (core/replica/ends.h). */
#define HF_CHANGES_OF_RECORD(id)                                                                                       \
    "seq IN (SELECT x.seq FROM changes x WHERE x.indexed = 1 AND x.record_id = " id                                    \
    " UNION ALL SELECT e.row FROM changes_end e WHERE e.record_id = " id ")"
#define HF_RECORD_NAMED(id)                                                                                            \
    "seq = coalesce((SELECT e.row FROM records_end e WHERE e.record_id = " id "),"                                     \
    " (SELECT x.seq FROM records x WHERE x.indexed = 1 AND x.record_id = " id "))"
#define HF_RECORDS_OF_CASE(value) HF_RECORDS_WITH("case_id", value)
#define HF_RECORDS_OF_TYPE(value) HF_RECORDS_WITH("type", value)

/* Puts every row into its indices, when one waits. Part of the caller's transaction. A struct hf_chain that was loaded
 * before is as good as it was: these columns are not stored with it. */
HF_CHECKED enum hf_status hf_replica_index_all(struct hf_replica *replica, struct hf_error *err);

/* The row that was just added with indexed = 0 belongs to the end. */
HF_CHECKED enum hf_status hf_replica_end_of_changes(struct hf_replica *replica, uint64_t row, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_end_of_records(struct hf_replica *replica, uint64_t row, struct hf_error *err);

#endif
