/* A list of kept drafts in memory: what the office's store in memory and the offices of tests are made of. Pure. */
#ifndef HF_CORE_MODEL_DRAFT_LIST_H
#define HF_CORE_MODEL_DRAFT_LIST_H

#include "core/model/draft_item.h"

/* What a device has not heard yet of the end of its own draft – it was taken over and saved on another device – stays
 * as a row without content. */
struct hf_kept_draft {
    struct hf_draft_item item;
    bool ended; /* blob is empty then */
};
typedef bool hf_kept_draft_fn(void *ctx, const struct hf_kept_draft *row);

/* Zero-initialised is empty. */
struct hf_draft_list {
    struct hf_kept_draft *rows; /* ascending record, device; owns the blobs */
    size_t count, cap;
};
/* Insert, or replace an older version; copies. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_draft_list_put(struct hf_draft_list *list, const struct hf_draft_item *item);
/* Of this version or an older one: removed by its owner; otherwise emptied and marked. */
void hf_draft_list_end(struct hf_draft_list *list, const struct hf_draft_ref *ref, bool by_owner);
void hf_draft_list_purge(struct hf_draft_list *list, const struct hf_id *case_id);
/* Those of a person's devices and all that are shared. Return false to stop. */
void hf_draft_list_each(const struct hf_draft_list *list, const struct hf_id *person, hf_kept_draft_fn *each,
                        void *ctx);
void hf_draft_list_clear(struct hf_draft_list *list);

#endif
