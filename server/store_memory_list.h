/* Growing arrays of the in-memory driver. Inside server/store_memory.c. */
#ifndef HF_SERVER_STORE_MEMORY_LIST_H
#define HF_SERVER_STORE_MEMORY_LIST_H

#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A growing array of items of one size. */
struct list {
    void *items;
    size_t count, cap, item_bytes;
};

static inline void *list_at(const struct list *list, size_t i)
{
    return (uint8_t *)list->items + i * list->item_bytes;
}

/* Makes room for `more` items, so that adding them cannot fail. */
static inline enum hf_status list_reserve(struct list *list, size_t more)
{
    if (list->count + more <= list->cap)
        return HF_OK;
    size_t cap = list->cap ? list->cap * 2 : 16;
    while (cap < list->count + more)
        cap *= 2;
    void *items = realloc(list->items, cap * list->item_bytes);
    if (!items)
        return HF_ERR_NOMEM;
    list->items = items;
    list->cap = cap;
    return HF_OK;
}

static inline void list_insert(struct list *list, size_t at, const void *item)
{
    uint8_t *place = list_at(list, at);
    memmove(place + list->item_bytes, place, (list->count - at) * list->item_bytes);
    memcpy(place, item, list->item_bytes);
    list->count++;
}

/* Pointers to the items in the order of `compare`, which gets pointers to pointers. NULL when there is no memory. */
static inline const void **sorted(const struct list *list, int (*compare)(const void *, const void *))
{
    const void **items = malloc((list->count + 1) * sizeof *items);
    if (!items)
        return NULL;
    for (size_t i = 0; i < list->count; i++)
        items[i] = list_at(list, i);
    qsort(items, list->count, sizeof *items, compare);
    return items;
}

#endif
