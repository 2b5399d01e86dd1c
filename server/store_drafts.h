/* Drafts in the store: sealed, outside the log, one for each record and device, overwritten. Nothing of it is signed,
 * and nothing else hangs on it. Inside server/. */
#ifndef HF_SERVER_STORE_DRAFTS_H
#define HF_SERVER_STORE_DRAFTS_H

#include "core/model/draft_list.h"

struct hf_store;

/* The operations of struct hf_store_ops; see there. */
enum hf_status hf_sqlite_draft_put(struct hf_store *store, const struct hf_draft_item *item);
enum hf_status hf_sqlite_draft_end(struct hf_store *store, const struct hf_draft_ref *ref, bool by_owner);
enum hf_status hf_sqlite_drafts(struct hf_store *store, const struct hf_id *person, hf_kept_draft_fn *each, void *ctx);
enum hf_status hf_sqlite_drafts_purge(struct hf_store *store, const struct hf_id *case_id);
enum hf_status hf_memory_draft_put(struct hf_store *store, const struct hf_draft_item *item);
enum hf_status hf_memory_draft_end(struct hf_store *store, const struct hf_draft_ref *ref, bool by_owner);
enum hf_status hf_memory_drafts(struct hf_store *store, const struct hf_id *person, hf_kept_draft_fn *each, void *ctx);
enum hf_status hf_memory_drafts_purge(struct hf_store *store, const struct hf_id *case_id);
struct hf_draft_list *hf_memory_drafts_of(struct hf_store *store); /* the list that the four work on */

#endif
