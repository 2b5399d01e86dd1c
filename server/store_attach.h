/* Attachments in the store: one row each, which says how many of its sealed chunks lie in the file beside the store
 * (server/attach.h). Outside the log: what was signed is the record. Inside server/. */
#ifndef HF_SERVER_STORE_ATTACH_H
#define HF_SERVER_STORE_ATTACH_H

#include "core/model/attachment.h"
#include "core/model/draft_list.h"

struct hf_store;

struct hf_attach_kept {
    struct hf_id record_id, case_id;
    uint8_t device[HF_SIGN_PUBLIC_BYTES]; /* that signed it and brings it */
    struct hf_attach_content content;
    uint64_t have; /* chunks that are durable in the file */
};
typedef bool hf_attach_kept_fn(void *ctx, const struct hf_attach_kept *row);

/* The operations of struct hf_store_ops; see there. */
enum hf_status hf_sqlite_attach_put(struct hf_store *store, const struct hf_attach_kept *row);
enum hf_status hf_sqlite_attach(struct hf_store *store, const struct hf_id *record_id, struct hf_attach_kept *out);
enum hf_status hf_sqlite_attach_bytes(struct hf_store *store, uint64_t *out);
enum hf_status hf_sqlite_attach_each(struct hf_store *store, hf_attach_kept_fn *each, void *ctx);
enum hf_status hf_memory_attach_each(struct hf_store *store, hf_attach_kept_fn *each, void *ctx);
enum hf_status hf_memory_attach_put(struct hf_store *store, const struct hf_attach_kept *row);
enum hf_status hf_memory_attach(struct hf_store *store, const struct hf_id *record_id, struct hf_attach_kept *out);
enum hf_status hf_memory_attach_bytes(struct hf_store *store, uint64_t *out);

/* What the driver in memory keeps beside the log. */
struct hf_attach_list {
    struct hf_attach_kept *at;
    size_t count, cap;
};
struct hf_memory_beside {
    struct hf_draft_list drafts;
    struct hf_attach_list attachments;
};
struct hf_memory_beside *hf_memory_beside_of(struct hf_store *store);
void hf_memory_beside_purge(struct hf_memory_beside *beside, const struct hf_id *case_id);
void hf_memory_beside_clear(struct hf_memory_beside *beside);

#endif
