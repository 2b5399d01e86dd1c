#include "core/model/set_edit.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <stdlib.h>

#define LIST_COUNT 2

static int by_bytes(const void *a, const void *b)
{
    return hf_slice_compare(*(const struct hf_slice *)a, *(const struct hf_slice *)b);
}

static bool distinct(const struct hf_slice *elements, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (hf_slice_equal(elements[i - 1], elements[i]))
            return false;
    return true;
}

static size_t read_list(struct hf_cursor *cursor, struct hf_slice *out)
{
    size_t count = hf_cursor_array(cursor, HF_SET_ELEMENTS_MAX);
    for (size_t i = 0; i < count; i++)
        out[i] = hf_cursor_skip(cursor);
    hf_cursor_leave(cursor);
    if (hf_cursor_status(cursor) != HF_OK)
        return 0;
    qsort(out, count, sizeof *out, by_bytes);
    if (!distinct(out, count))
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    return count;
}

enum hf_status hf_set_edit_decode(struct hf_slice value, struct hf_set_edit *out)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, value, HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_array(&cursor, LIST_COUNT) != LIST_COUNT)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    out->added_count = read_list(&cursor, out->added);
    out->removed_count = read_list(&cursor, out->removed);
    hf_cursor_leave(&cursor);
    return hf_cursor_end(&cursor);
}

static void write_list(const struct hf_slice *elements, size_t count, struct hf_buf *out)
{
    hf_pack_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        hf_buf_append_slice(out, elements[i]);
}

void hf_set_edit_encode(const struct hf_slice *added, size_t added_count, const struct hf_slice *removed,
                        size_t removed_count, struct hf_buf *out)
{
    hf_pack_array(out, LIST_COUNT);
    write_list(added, added_count, out);
    write_list(removed, removed_count, out);
}

bool hf_set_edit_has(const struct hf_slice *elements, size_t count, struct hf_slice element)
{
    return count > 0 && bsearch(&element, elements, count, sizeof *elements, by_bytes) != NULL;
}
