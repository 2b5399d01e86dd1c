#include "tools/audit/access.h"
#include "tools/audit/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    char *at, *to; /* read from, written back to: a cell never grows */
    bool line_ended;
};

/* One cell, ended by a NUL in place. */
static char *next_cell(struct reader *reader)
{
    char *cell = reader->to;
    bool quoted = *reader->at == '"';
    reader->line_ended = false;
    if (quoted)
        reader->at++;
    for (; *reader->at; reader->at++) {
        if (quoted && *reader->at == '"') {
            if (reader->at[1] != '"') {
                quoted = false;
                continue;
            }
            reader->at++;
        } else if (!quoted && (*reader->at == ',' || *reader->at == '\n')) {
            break;
        } else if (!quoted && *reader->at == '\r') {
            continue;
        }
        *reader->to++ = *reader->at;
    }
    reader->line_ended = *reader->at != ',';
    if (*reader->at)
        reader->at++;
    *reader->to++ = '\0';
    return cell;
}

static bool read_heads(struct hf_audit_csv *csv, struct reader *reader)
{
    do {
        if (csv->column_count == HF_AUDIT_CSV_COLUMNS_MAX)
            return false;
        csv->columns[csv->column_count++] = next_cell(reader);
    } while (!reader->line_ended);
    return true;
}

static bool read_row(struct hf_audit_csv *csv, struct reader *reader, size_t *cap)
{
    if (csv->row_count == *cap) {
        const size_t more = *cap ? *cap * 2 : 64;
        const char **cells = realloc(csv->cells, more * csv->column_count * sizeof *cells);
        if (!cells)
            return false;
        csv->cells = cells;
        *cap = more;
    }
    const char **row = csv->cells + csv->row_count * csv->column_count;
    size_t count = 0;
    bool ended = false;
    while (!ended) {
        const char *cell = next_cell(reader);
        if (count < csv->column_count)
            row[count++] = cell;
        ended = reader->line_ended;
    }
    const bool empty = count == 1 && row[0][0] == '\0';
    while (count < csv->column_count)
        row[count++] = "";
    csv->row_count += !empty;
    return true;
}

static bool say(const struct hf_audit_streams *streams, const char *path, const char *what)
{
    (void)fprintf(streams->errors, "holdfast-audit: the list %s: %s\n", path, what);
    return false;
}

bool hf_audit_csv_read(struct hf_slice path, struct hf_audit_csv *out, const struct hf_audit_streams *streams)
{
    const char *name = (const char *)path.data; /* an argument ends with a NUL */
    struct hf_buf bytes = {0};
    size_t cap = 0;
    enum hf_status status = hf_audit_folder_read_file(name, HF_AUDIT_CSV_BYTES_MAX, &bytes);
    if (status != HF_OK) {
        hf_buf_clear(&bytes);
        return say(streams, name, status == HF_ERR_LIMIT ? "it is too long." : "it could not be read.");
    }
    out->text = calloc(2, bytes.len + 1); /* every cell may take a NUL more than its separator */
    if (out->text && bytes.len)
        memcpy(out->text + bytes.len, bytes.data, bytes.len);
    struct reader reader = {.to = out->text, .at = out->text ? out->text + bytes.len : NULL};
    hf_buf_clear(&bytes);
    if (!out->text)
        return say(streams, name, "there is not enough memory.");
    if (strncmp(reader.at, "\xef\xbb\xbf", 3) == 0) /* as spreadsheets begin a file */
        reader.at += 3;
    if (!read_heads(out, &reader))
        return say(streams, name, "it has too many columns.");
    while (*reader.at)
        if (!read_row(out, &reader, &cap))
            return say(streams, name, "there is not enough memory.");
    return true;
}

const char *hf_audit_csv_value(const struct hf_audit_csv *csv, size_t row, const char *column)
{
    for (size_t i = 0; i < csv->column_count; i++)
        if (strcmp(csv->columns[i], column) == 0)
            return csv->cells[row * csv->column_count + i];
    return "";
}

void hf_audit_csv_clear(struct hf_audit_csv *csv)
{
    free(csv->text);
    free((void *)csv->cells);
    *csv = (struct hf_audit_csv){0};
}
