#include "server/store_texts.h"

#include "core/base/assert.h"
#include "server/store_sqlite.h"

#include <stdlib.h>
#include <string.h>

/* --- SQLite --- */

enum hf_status hf_sqlite_text_put(struct hf_store *store, const char *name, struct hf_slice bytes)
{
    struct hf_row row;
    hf_row_start(&row, &((struct hf_store_sqlite *)store)->sql, HF_SQLITE_TEXT_PUT);
    hf_row_bind_slice(&row, hf_slice_str(name));
    hf_row_bind_slice(&row, bytes);
    return hf_row_run(&row);
}

enum hf_status hf_sqlite_text_get(struct hf_store *store, const char *name, struct hf_buf *out)
{
    struct hf_row row;
    hf_row_start(&row, &((struct hf_store_sqlite *)store)->sql, HF_SQLITE_TEXT_GET);
    hf_row_bind_slice(&row, hf_slice_str(name));
    bool found = hf_row_next(&row);
    if (found)
        hf_buf_append_slice(out, hf_row_slice(&row, 0));
    enum hf_status status = hf_row_end(&row);
    if (status == HF_OK && !found)
        status = HF_ERR_NOT_FOUND;
    return status == HF_OK ? hf_buf_status(out) : status;
}

/* --- memory --- */

struct hf_store_text_list {
    struct hf_store_text_list *next;
    char name[HF_STORE_TEXT_NAME_BYTES_MAX];
    struct hf_buf bytes;
};

void hf_store_text_list_free(struct hf_store_text_list *list)
{
    while (list) {
        struct hf_store_text_list *next = list->next;
        hf_buf_clear(&list->bytes);
        free(list);
        list = next;
    }
}

static struct hf_store_text_list *find(struct hf_store *store, const char *name)
{
    struct hf_store_text_list *item = store->texts;
    while (item && strcmp(item->name, name) != 0)
        item = item->next;
    return item;
}

enum hf_status hf_memory_text_put(struct hf_store *store, const char *name, struct hf_slice bytes)
{
    struct hf_store_text_list *item = find(store, name);
    struct hf_buf copy = {0};
    hf_buf_append_slice(&copy, bytes);
    if (hf_buf_status(&copy) != HF_OK)
        return HF_ERR_NOMEM;
    if (!item) {
        HF_ASSERT(strlen(name) < sizeof item->name);
        item = calloc(1, sizeof *item);
        if (!item) {
            hf_buf_clear(&copy);
            return HF_ERR_NOMEM;
        }
        memcpy(item->name, name, strlen(name) + 1);
        item->next = store->texts;
        store->texts = item;
    }
    hf_buf_clear(&item->bytes);
    item->bytes = copy;
    return HF_OK;
}

enum hf_status hf_memory_text_get(struct hf_store *store, const char *name, struct hf_buf *out)
{
    const struct hf_store_text_list *item = find(store, name);
    if (!item)
        return HF_ERR_NOT_FOUND;
    hf_buf_append_slice(out, hf_buf_slice(&item->bytes));
    return hf_buf_status(out);
}
