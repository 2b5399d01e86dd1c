#include "core/model/draft_list.h"

#include <stdlib.h>
#include <string.h>

static int compare(const struct hf_draft_item *item, const struct hf_id *record_id, const uint8_t *device)
{
    const int order = hf_id_compare(&item->record_id, record_id);
    return order != 0 ? order : memcmp(item->device, device, sizeof item->device);
}

static size_t place(const struct hf_draft_list *list, const struct hf_id *record_id, const uint8_t *device,
                    bool *out_found)
{
    size_t at = 0;
    while (at < list->count && compare(&list->rows[at].item, record_id, device) < 0)
        at++;
    *out_found = at < list->count && compare(&list->rows[at].item, record_id, device) == 0;
    return at;
}

static void drop_blob(struct hf_kept_draft *row)
{
    free((void *)(uintptr_t)row->item.blob.data);
    row->item.blob = hf_slice_of(NULL, 0);
}

static void remove_at(struct hf_draft_list *list, size_t at)
{
    drop_blob(&list->rows[at]);
    memmove(&list->rows[at], &list->rows[at + 1], (list->count - at - 1) * sizeof list->rows[0]);
    list->count--;
}

static enum hf_status make_room(struct hf_draft_list *list)
{
    if (list->count < list->cap)
        return HF_OK;
    const size_t cap = list->cap ? 2 * list->cap : 16;
    struct hf_kept_draft *rows = realloc(list->rows, cap * sizeof *rows);
    if (!rows)
        return HF_ERR_NOMEM;
    list->rows = rows;
    list->cap = cap;
    return HF_OK;
}

enum hf_status hf_draft_list_put(struct hf_draft_list *list, const struct hf_draft_item *item)
{
    bool found = false;
    size_t at = place(list, &item->record_id, item->device, &found);
    if (found && list->rows[at].item.version >= item->version)
        return HF_OK;
    enum hf_status status = make_room(list);
    uint8_t *copy = status == HF_OK ? malloc(item->blob.len + 1) : NULL;
    if (!copy)
        return HF_ERR_NOMEM;
    memcpy(copy, item->blob.data, item->blob.len);
    if (found) {
        drop_blob(&list->rows[at]);
    } else {
        memmove(&list->rows[at + 1], &list->rows[at], (list->count - at) * sizeof list->rows[0]);
        list->count++;
    }
    list->rows[at] = (struct hf_kept_draft){.item = *item};
    list->rows[at].item.blob = hf_slice_of(copy, item->blob.len);
    return HF_OK;
}

void hf_draft_list_end(struct hf_draft_list *list, const struct hf_draft_ref *ref, bool by_owner)
{
    bool found = false;
    size_t at = place(list, &ref->record_id, ref->device, &found);
    if (!found || list->rows[at].item.version > ref->version)
        return;
    if (by_owner) {
        remove_at(list, at);
        return;
    }
    drop_blob(&list->rows[at]);
    list->rows[at].ended = true;
}

void hf_draft_list_purge(struct hf_draft_list *list, const struct hf_id *case_id)
{
    for (size_t at = list->count; at > 0; at--)
        if (hf_id_equal(&list->rows[at - 1].item.case_id, case_id))
            remove_at(list, at - 1);
}

void hf_draft_list_each(const struct hf_draft_list *list, const struct hf_id *person, hf_kept_draft_fn *each, void *ctx)
{
    bool more = true;
    for (size_t i = 0; more && i < list->count; i++)
        if (hf_id_equal(&list->rows[i].item.person, person) || list->rows[i].item.shared)
            more = each(ctx, &list->rows[i]);
}

void hf_draft_list_clear(struct hf_draft_list *list)
{
    while (list->count > 0)
        remove_at(list, list->count - 1);
    free(list->rows);
    *list = (struct hf_draft_list){0};
}
