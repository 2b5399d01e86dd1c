/* Attachments in the driver in memory. */
#include "server/store.h"

#include <stdlib.h>

/* How a store of this driver begins. */
struct beginning {
    struct hf_store base;
    struct hf_memory_beside beside;
};

struct hf_memory_beside *hf_memory_beside_of(struct hf_store *store)
{
    return &((struct beginning *)store)->beside;
}

static struct hf_attach_kept *find(struct hf_attach_list *list, const struct hf_id *record_id)
{
    for (size_t i = 0; i < list->count; i++)
        if (hf_id_equal(&list->at[i].record_id, record_id))
            return &list->at[i];
    return NULL;
}

enum hf_status hf_memory_attach_put(struct hf_store *store, const struct hf_attach_kept *row)
{
    struct hf_attach_list *list = &hf_memory_beside_of(store)->attachments;
    struct hf_attach_kept *there = find(list, &row->record_id);
    if (!there && list->count == list->cap) {
        const size_t cap = list->cap ? 2 * list->cap : 16;
        struct hf_attach_kept *more = realloc(list->at, cap * sizeof *more);
        if (!more)
            return HF_ERR_NOMEM;
        list->at = more;
        list->cap = cap;
    }
    if (!there)
        there = &list->at[list->count++];
    *there = *row;
    return HF_OK;
}

enum hf_status hf_memory_attach(struct hf_store *store, const struct hf_id *record_id, struct hf_attach_kept *out)
{
    const struct hf_attach_kept *there = find(&hf_memory_beside_of(store)->attachments, record_id);
    if (!there)
        return HF_ERR_NOT_FOUND;
    *out = *there;
    return HF_OK;
}

enum hf_status hf_memory_attach_bytes(struct hf_store *store, uint64_t *out)
{
    const struct hf_attach_list *list = &hf_memory_beside_of(store)->attachments;
    uint64_t bytes = 0;
    for (size_t i = 0; i < list->count; i++)
        bytes += list->at[i].content.size;
    *out = bytes;
    return HF_OK;
}

enum hf_status hf_memory_attach_each(struct hf_store *store, hf_attach_kept_fn *each, void *ctx)
{
    const struct hf_attach_list *list = &hf_memory_beside_of(store)->attachments;
    for (size_t i = 0; i < list->count && each(ctx, &list->at[i]); i++)
        ;
    return HF_OK;
}

static void purge(struct hf_attach_list *list, const struct hf_id *case_id)
{
    size_t left = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!hf_id_equal(&list->at[i].case_id, case_id))
            list->at[left++] = list->at[i];
    list->count = left;
}

void hf_memory_beside_purge(struct hf_memory_beside *beside, const struct hf_id *case_id)
{
    hf_draft_list_purge(&beside->drafts, case_id);
    purge(&beside->attachments, case_id);
}

void hf_memory_beside_clear(struct hf_memory_beside *beside)
{
    hf_draft_list_clear(&beside->drafts);
    free(beside->attachments.at);
}

struct hf_draft_list *hf_memory_drafts_of(struct hf_store *store)
{
    return &hf_memory_beside_of(store)->drafts;
}
