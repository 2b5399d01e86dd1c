#include "core/merge/text_diff.h"

#include <stdlib.h>
#include <string.h>

#define SIDE (HF_TEXT_MERGE_PARAGRAPHS_MAX + 1)

/* --- paragraphs --- */

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The line that begins at `from`, without white space at its end; *out_next is where the next one begins. */
static struct hf_slice read_line(struct hf_slice text, size_t from, size_t *out_next)
{
    size_t end = from;
    while (end < text.len && text.data[end] != '\n')
        end++;
    *out_next = end < text.len ? end + 1 : end;
    while (end > from && is_space(text.data[end - 1]))
        end--;
    return hf_slice_of(text.data + from, end - from);
}

enum hf_status hf_paragraphs_read(struct hf_slice text, struct hf_paragraphs *out)
{
    size_t at = 0;
    size_t ended = 0; /* where the paragraph before ended */
    out->count = 0;
    if (text.len > HF_TEXT_MERGE_BYTES_MAX)
        return HF_ERR_LIMIT;
    while (at < text.len) {
        size_t next;
        struct hf_slice line = read_line(text, at, &next);
        if (line.len > 0) {
            if (out->count == HF_TEXT_MERGE_PARAGRAPHS_MAX)
                return HF_ERR_LIMIT;
            out->at[out->count++] =
                (struct hf_paragraph){.space = hf_slice_of(text.data + ended, at - ended), .text = line};
            ended = at + line.len;
        }
        at = next;
    }
    return HF_OK;
}

/* --- longest common run of paragraphs ---
 * head(i, j) is its length in the first i and j paragraphs, tail(i, j) in those from i and j on. */

struct lengths {
    uint16_t head[SIDE][SIDE];
    uint16_t tail[SIDE][SIDE];
};

static bool same(const struct hf_paragraphs *base, size_t i, const struct hf_paragraphs *changed, size_t j)
{
    return hf_slice_equal(base->at[i].text, changed->at[j].text);
}

static uint16_t longer(uint16_t a, uint16_t b)
{
    return a > b ? a : b;
}

/* Row and column 0 of head and the last ones of tail stay 0. */
static void measure(const struct hf_paragraphs *base, const struct hf_paragraphs *changed, struct lengths *out)
{
    for (size_t i = 0; i < base->count; i++)
        for (size_t j = 0; j < changed->count; j++)
            out->head[i + 1][j + 1] = same(base, i, changed, j) ? (uint16_t)(out->head[i][j] + 1)
                                                                : longer(out->head[i][j + 1], out->head[i + 1][j]);
    for (size_t i = base->count; i-- > 0;)
        for (size_t j = changed->count; j-- > 0;)
            out->tail[i][j] = same(base, i, changed, j) ? (uint16_t)(out->tail[i + 1][j + 1] + 1)
                                                        : longer(out->tail[i + 1][j], out->tail[i][j + 1]);
}

/* A longest matching is the only one when no more pairs lie on longest matchings than it has. */
static bool is_only_one(const struct hf_paragraphs *base, const struct hf_paragraphs *changed,
                        const struct lengths *lengths)
{
    size_t longest = lengths->tail[0][0];
    size_t pairs = 0;
    for (size_t i = 0; i < base->count; i++)
        for (size_t j = 0; j < changed->count; j++)
            pairs +=
                same(base, i, changed, j) && (size_t)lengths->head[i][j] + 1 + lengths->tail[i + 1][j + 1] == longest;
    return pairs == longest;
}

static void add_hunk(struct hf_text_diff *diff, size_t from, size_t until, size_t new_from, size_t new_until)
{
    if (from < until || new_from < new_until)
        diff->hunks[diff->count++] = (struct hf_hunk){from, until, new_from, new_until};
}

static void walk(const struct hf_paragraphs *base, const struct hf_paragraphs *changed, const struct lengths *lengths,
                 struct hf_text_diff *out)
{
    size_t i = 0, j = 0;           /* where we are */
    size_t from = 0, new_from = 0; /* behind the last pair */
    while (i < base->count && j < changed->count) {
        if (same(base, i, changed, j)) {
            add_hunk(out, from, i, new_from, j);
            out->match[i] = j;
            from = ++i;
            new_from = ++j;
        } else if (lengths->tail[i + 1][j] >= lengths->tail[i][j + 1]) {
            i++;
        } else {
            j++;
        }
    }
    add_hunk(out, from, base->count, new_from, changed->count);
}

enum hf_status hf_text_diff(const struct hf_paragraphs *base, const struct hf_paragraphs *changed,
                            struct hf_text_diff *out)
{
    struct lengths *lengths = calloc(1, sizeof *lengths);
    if (!lengths)
        return HF_ERR_NOMEM;
    memset(out, 0, sizeof *out);
    measure(base, changed, lengths);
    out->ambiguous = !is_only_one(base, changed, lengths);
    walk(base, changed, lengths, out);
    free(lengths);
    return HF_OK;
}
