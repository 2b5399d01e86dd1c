/* Drafts in the driver in memory. */
#include "server/store_drafts.h"

enum hf_status hf_memory_draft_put(struct hf_store *store, const struct hf_draft_item *item)
{
    return hf_draft_list_put(hf_memory_drafts_of(store), item);
}

enum hf_status hf_memory_draft_end(struct hf_store *store, const struct hf_draft_ref *ref, bool by_owner)
{
    hf_draft_list_end(hf_memory_drafts_of(store), ref, by_owner);
    return HF_OK;
}

enum hf_status hf_memory_drafts(struct hf_store *store, const struct hf_id *person, hf_kept_draft_fn *each, void *ctx)
{
    hf_draft_list_each(hf_memory_drafts_of(store), person, each, ctx);
    return HF_OK;
}

enum hf_status hf_memory_drafts_purge(struct hf_store *store, const struct hf_id *case_id)
{
    hf_draft_list_purge(hf_memory_drafts_of(store), case_id);
    return HF_OK;
}
