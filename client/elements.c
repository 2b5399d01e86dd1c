#include "client/elements.h"

#include <stdlib.h>

#define ROOM_FIRST 8

static size_t find(const struct hf_elements *elements, struct hf_slice encoded)
{
    size_t i = 0;
    while (i < elements->count && !hf_slice_equal(hf_buf_slice(&elements->element[i]), encoded))
        i++;
    return i;
}

bool hf_elements_have(const struct hf_elements *elements, struct hf_slice encoded)
{
    return find(elements, encoded) < elements->count;
}

static enum hf_status make_room(struct hf_elements *elements)
{
    if (elements->count < elements->room)
        return HF_OK;
    const size_t room = elements->room == 0 ? ROOM_FIRST : 2 * elements->room;
    struct hf_buf *element = realloc(elements->element, room * sizeof *element); /* where bytes lie is no secret */
    if (!element)
        return HF_ERR_NOMEM;
    elements->element = element;
    elements->room = room;
    return HF_OK;
}

enum hf_status hf_elements_add(struct hf_elements *elements, struct hf_slice encoded)
{
    if (hf_elements_have(elements, encoded))
        return HF_OK;
    if (elements->count == HF_SET_ELEMENTS_MAX)
        return HF_ERR_LIMIT;
    enum hf_status status = make_room(elements);
    if (status != HF_OK)
        return status;
    struct hf_buf copy = {0};
    hf_buf_append_slice(&copy, encoded);
    status = hf_buf_status(&copy);
    if (status == HF_OK)
        elements->element[elements->count++] = copy;
    return status;
}

bool hf_elements_drop(struct hf_elements *elements, struct hf_slice encoded)
{
    size_t at = find(elements, encoded);
    if (at == elements->count)
        return false;
    hf_buf_wipe(&elements->element[at]);
    elements->element[at] = elements->element[--elements->count];
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return hf_slice_compare(*(const struct hf_slice *)a, *(const struct hf_slice *)b);
}

void hf_elements_slices(const struct hf_elements *elements, struct hf_slice out[HF_SET_ELEMENTS_MAX])
{
    for (size_t i = 0; i < elements->count; i++)
        out[i] = hf_buf_slice(&elements->element[i]);
    qsort(out, elements->count, sizeof *out, by_bytes);
}

void hf_elements_clear(struct hf_elements *elements)
{
    for (size_t i = 0; i < elements->count; i++)
        hf_buf_wipe(&elements->element[i]);
    free(elements->element);
    *elements = (struct hf_elements){0};
}
