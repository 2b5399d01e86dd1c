#include "core/base/assert.h"
#include "core/base/text.h"
#include "server/admin_run.h"

/* C0, DEL, and C1 as UTF-8 writes them. */
static size_t control_bytes(struct hf_slice text, size_t at)
{
    uint8_t byte = text.data[at];
    if (byte < 0x20 || byte == 0x7F)
        return 1;
    bool c1 = byte == 0xC2 && at + 1 < text.len && text.data[at + 1] < 0xA0;
    return c1 ? 2 : 0;
}

void hf_table_cell(struct hf_table *table, struct hf_slice text)
{
    size_t column = table->columns, start = table->text.len;
    hf_buf_append_u32(&table->text, 0);
    for (size_t i = 0; i < text.len;) {
        size_t control = control_bytes(text, i);
        hf_buf_append_u8(&table->text, control ? '?' : text.data[i]);
        i += control ? control : 1;
    }
    HF_ASSERT(column < HF_TABLE_COLUMNS_MAX);
    table->columns++;
    if (hf_buf_status(&table->text) != HF_OK)
        return;
    struct hf_slice cell = hf_slice_of(table->text.data + start + 4, table->text.len - start - 4);
    hf_put_u32(table->text.data + start, (uint32_t)cell.len);
    size_t width = hf_text_length(cell);
    if (width > table->width[column])
        table->width[column] = width;
}

void hf_table_end_row(struct hf_table *table, const char *note)
{
    struct hf_slice text = hf_slice_str(note);
    hf_buf_append_u32(&table->text, UINT32_MAX); /* no cell: the note follows */
    hf_buf_append_u32(&table->text, (uint32_t)text.len);
    hf_buf_append_slice(&table->text, text);
    table->columns = 0;
    table->rows++;
}

static void pad(struct hf_buf *out, size_t count)
{
    for (; count > 0; count--)
        hf_buf_append_u8(out, ' ');
}

void hf_table_write(const struct hf_table *table, struct hf_buf *out)
{
    size_t column = 0, owed = 0; /* spaces due before the next cell */
    if (hf_buf_status(&table->text) != HF_OK) {
        out->status = HF_ERR_NOMEM;
        return;
    }
    for (size_t at = 0; at < table->text.len;) {
        uint32_t len = hf_get_u32(table->text.data + at);
        at += 4;
        if (len != UINT32_MAX) {
            struct hf_slice cell = hf_slice_of(table->text.data + at, len);
            pad(out, owed);
            hf_buf_append_slice(out, cell);
            owed = table->width[column++] - hf_text_length(cell) + 2;
        } else {
            len = hf_get_u32(table->text.data + at);
            at += 4;
            hf_buf_append_str(out, "\n");
            hf_buf_append(out, table->text.data + at, len);
            column = owed = 0;
        }
        at += len;
    }
}

void hf_table_clear(struct hf_table *table)
{
    hf_buf_clear(&table->text);
    *table = (struct hf_table){0};
}
