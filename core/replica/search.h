/* Full-text search over what this device holds, inside the vault (domain.md UX-16): every text of every record – case
 * references, names, titles, action texts, narratives – but not the staff records. Capitals and accents do not matter;
 * a word of the query stands for all words that begin so; all of them must be in one record.
 *
 * The index (two FTS5 tables without content, one of them for titles) only says where to look: each record it names is
 * read and checked before it is shown, so that what was edited, held or taken away is never found by its old words. A
 * save notes in its own transaction that the index is behind; the search brings it up first. What the index still
 * knows of words that are gone, hf_replica_search_rebuild wipes. */
#ifndef HF_CORE_REPLICA_SEARCH_H
#define HF_CORE_REPLICA_SEARCH_H

#include "core/replica/replica.h"

#define HF_SEARCH_QUERY_BYTES_MAX 500
#define HF_SEARCH_WORDS_MAX       16 /* of a query; those behind are not looked for */
#define HF_SEARCH_RESULTS_MAX     1000

struct hf_search_row {
    struct hf_id case_id;
    struct hf_id record_id;
    uint16_t type;
    uint16_t field;          /* where the first word that was found stands */
    struct hf_slice title;   /* empty: none */
    struct hf_slice snippet; /* the text around it, with [ and ] around what was found */
};
struct hf_search_found {
    uint64_t cases;   /* on this device */
    uint64_t records; /* given to the callback */
    bool more;        /* there are more than the limit */
};
typedef bool hf_search_fn(void *ctx, const struct hf_search_row *row);
/* Cases by their reference first, then records by their title, then all others, each newest first. Any UTF-8 text is a
 * valid query; one without a word finds nothing. limit is 1 to HF_SEARCH_RESULTS_MAX. HF_ERR_LIMIT, HF_ERR_INVALID (not
 * UTF-8). Writes the index, so not in a callback of another function here. */
HF_CHECKED enum hf_status hf_replica_search(struct hf_replica *replica, struct hf_slice query, uint32_t limit,
                                            hf_search_fn *each, void *ctx, struct hf_search_found *out,
                                            struct hf_error *err);

/* Takes in what was saved since; in transactions of its own. For a time when nobody waits, such as after a sync. */
HF_CHECKED enum hf_status hf_replica_search_update(struct hf_replica *replica, struct hf_error *err);
/* Empties the index, with every word in it, inside the caller's transaction; the next search makes it anew from what
 * is left. For whoever erases or purges. */
HF_CHECKED enum hf_status hf_replica_search_rebuild(struct hf_replica *replica, struct hf_error *err);

#endif
