#include "core/merge/text_merge.h"

#include "core/base/assert.h"
#include "core/merge/text_diff.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_MAX (3 * HF_TEXT_MERGE_PARAGRAPHS_MAX) /* every paragraph of the three texts, once */

struct side {
    struct hf_slice text;
    enum hf_text_from name;
    struct hf_paragraphs paragraphs;
    struct hf_text_diff diff;
};
struct weaving {
    struct hf_slice base_text;
    struct hf_paragraphs base;
    struct side left;
    struct side right;
    struct hf_text_merge *out;
};

/* --- do two hunks of different sides meet? --- */

static bool grows(const struct hf_hunk *hunk)
{
    return hunk->new_until - hunk->new_from > hunk->until - hunk->from;
}

static bool is_same_hunk(const struct side *left, const struct hf_hunk *a, const struct side *right,
                         const struct hf_hunk *b)
{
    size_t count = a->new_until - a->new_from;
    if (a->from != b->from || a->until != b->until || b->new_until - b->new_from != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!hf_slice_equal(left->paragraphs.at[a->new_from + i].text, right->paragraphs.at[b->new_from + i].text))
            return false;
    return true;
}

static bool share(const struct hf_paragraphs *a, size_t from, size_t until, const struct hf_paragraphs *b,
                  size_t other_from, size_t other_until)
{
    for (size_t i = from; i < until; i++)
        for (size_t j = other_from; j < other_until; j++)
            if (hf_slice_equal(a->at[i].text, b->at[j].text))
                return true;
    return false;
}

/* The same paragraph was put in at two places, or one side moved what the other took out. */
static bool moved(const struct weaving *weaving, const struct hf_hunk *a, const struct hf_hunk *b)
{
    const struct hf_paragraphs *left = &weaving->left.paragraphs;
    const struct hf_paragraphs *right = &weaving->right.paragraphs;
    return share(left, a->new_from, a->new_until, right, b->new_from, b->new_until) ||
           share(&weaving->base, a->from, a->until, right, b->new_from, b->new_until) ||
           share(&weaving->base, b->from, b->until, left, a->new_from, a->new_until);
}

/* Hunks that only touch are fine as long as it is clear whose paragraphs come first: at most one of them has more of
 * them than there were. */
static bool meet(const struct hf_hunk *a, const struct hf_hunk *b)
{
    if (a->from < b->until && b->from < a->until)
        return true;
    bool touch = a->until == b->from || b->until == a->from;
    return touch && grows(a) && grows(b);
}

static bool clash(const struct weaving *weaving)
{
    const struct side *left = &weaving->left;
    const struct side *right = &weaving->right;
    for (size_t i = 0; i < left->diff.count; i++)
        for (size_t j = 0; j < right->diff.count; j++) {
            const struct hf_hunk *a = &left->diff.hunks[i];
            const struct hf_hunk *b = &right->diff.hunks[j];
            if (!is_same_hunk(left, a, right, b) && (meet(a, b) || moved(weaving, a, b)))
                return true;
        }
    return false;
}

/* --- white space between paragraphs --- */

static bool has_line_end(struct hf_slice space)
{
    return space.len > 0 && memchr(space.data, '\n', space.len) != NULL;
}

static bool has_blank_lines(const struct hf_paragraphs *paragraphs)
{
    for (size_t i = 0; i < paragraphs->count; i++) {
        struct hf_slice space = paragraphs->at[i].space;
        size_t ends = 0;
        for (size_t at = 0; at < space.len; at++)
            ends += space.data[at] == '\n';
        if (ends > 1)
            return true;
    }
    return false;
}

/* Any order would do; it must not depend on who is left. */
static struct hf_slice longer_space(struct hf_slice a, struct hf_slice b)
{
    if (a.len != b.len)
        return a.len > b.len ? a : b;
    return hf_slice_compare(a, b) >= 0 ? a : b;
}

/* Of a paragraph that all three hold: whoever changed the space before it is followed. */
static struct hf_slice choose_space(struct hf_slice base, struct hf_slice left, struct hf_slice right)
{
    if (hf_slice_equal(left, base))
        return right;
    if (hf_slice_equal(right, base))
        return left;
    return longer_space(left, right);
}

/* --- weaving --- */

static void put_part(struct weaving *weaving, struct hf_slice text, enum hf_text_from from, bool removed)
{
    struct hf_text_merge *out = weaving->out;
    HF_ASSERT(out->part_count < PARTS_MAX);
    out->parts[out->part_count++] = (struct hf_text_part){.text = text, .from = from, .removed = removed};
}

static void put_paragraph(struct weaving *weaving, struct hf_slice space, struct hf_slice text, enum hf_text_from from)
{
    struct hf_buf *out = &weaving->out->text;
    if (out->len > 0 && has_line_end(space))
        hf_buf_append_slice(out, space);
    else if (out->len > 0)
        hf_buf_append_str(out, has_blank_lines(&weaving->base) || has_blank_lines(&weaving->left.paragraphs) ||
                                       has_blank_lines(&weaving->right.paragraphs)
                                   ? "\n\n"
                                   : "\n");
    hf_buf_append_slice(out, text);
    put_part(weaving, text, from, false);
}

static void put_hunk(struct weaving *weaving, const struct side *side, const struct hf_hunk *hunk)
{
    for (size_t i = hunk->from; i < hunk->until; i++)
        put_part(weaving, weaving->base.at[i].text, side->name, true);
    for (size_t i = hunk->new_from; i < hunk->new_until; i++)
        put_paragraph(weaving, side->paragraphs.at[i].space, side->paragraphs.at[i].text, side->name);
}

/* The paragraphs are the same; the space between them need not be. */
static void put_both(struct weaving *weaving, const struct hf_hunk *a, const struct hf_hunk *b)
{
    for (size_t i = a->from; i < a->until; i++)
        put_part(weaving, weaving->base.at[i].text, HF_TEXT_FROM_BOTH, true);
    for (size_t i = 0; i < a->new_until - a->new_from; i++) {
        const struct hf_paragraph *of_left = &weaving->left.paragraphs.at[a->new_from + i];
        const struct hf_paragraph *of_right = &weaving->right.paragraphs.at[b->new_from + i];
        put_paragraph(weaving, longer_space(of_left->space, of_right->space), of_left->text, HF_TEXT_FROM_BOTH);
    }
}

static void put_kept(struct weaving *weaving, size_t at)
{
    const struct side *left = &weaving->left;
    const struct side *right = &weaving->right;
    struct hf_slice space = choose_space(weaving->base.at[at].space, left->paragraphs.at[left->diff.match[at]].space,
                                         right->paragraphs.at[right->diff.match[at]].space);
    put_paragraph(weaving, space, weaving->base.at[at].text, HF_TEXT_FROM_BASE);
}

/* What is put in before a paragraph comes before what became of that paragraph. */
static bool comes_first(const struct hf_hunk *a, const struct hf_hunk *b)
{
    return a->from != b->from ? a->from < b->from : a->until < b->until;
}

static void weave(struct weaving *weaving)
{
    const struct side *left = &weaving->left;
    const struct side *right = &weaving->right;
    size_t at = 0, i = 0, j = 0;
    while (i < left->diff.count || j < right->diff.count) {
        const struct hf_hunk *a = i < left->diff.count ? &left->diff.hunks[i] : NULL;
        const struct hf_hunk *b = j < right->diff.count ? &right->diff.hunks[j] : NULL;
        bool both = a && b && is_same_hunk(left, a, right, b);
        bool of_left = both || !b || (a && comes_first(a, b));
        const struct hf_hunk *hunk = of_left ? a : b;
        while (at < hunk->from)
            put_kept(weaving, at++);
        if (both)
            put_both(weaving, a, b);
        else
            put_hunk(weaving, of_left ? left : right, hunk);
        at = hunk->until;
        i += of_left;
        j += both || !of_left;
    }
    while (at < weaving->base.count)
        put_kept(weaving, at++);
}

/* --- the whole --- */

static enum hf_status read_texts(struct weaving *weaving)
{
    struct side *sides[] = {&weaving->left, &weaving->right};
    enum hf_status status = hf_paragraphs_read(weaving->base_text, &weaving->base);
    for (size_t i = 0; status == HF_OK && i < 2; i++) {
        status = hf_paragraphs_read(sides[i]->text, &sides[i]->paragraphs);
        if (status == HF_OK)
            status = hf_text_diff(&weaving->base, &sides[i]->paragraphs, &sides[i]->diff);
    }
    return status;
}

/* The one text there is to choose when the sides say the same, or one of them says nothing new. */
static const struct side *only_choice(const struct weaving *weaving)
{
    if (hf_slice_equal(weaving->left.text, weaving->right.text) ||
        hf_slice_equal(weaving->right.text, weaving->base_text))
        return &weaving->left;
    return hf_slice_equal(weaving->left.text, weaving->base_text) ? &weaving->right : NULL;
}

static enum hf_status merge(struct weaving *weaving)
{
    struct hf_text_merge *out = weaving->out;
    enum hf_status status = read_texts(weaving);
    if (status != HF_OK)
        return status;
    const struct side *only = only_choice(weaving);
    if (!only && (weaving->left.diff.ambiguous || weaving->right.diff.ambiguous || clash(weaving)))
        return HF_ERR_CONFLICT;
    out->parts = calloc(PARTS_MAX, sizeof *out->parts);
    if (!out->parts)
        return HF_ERR_NOMEM;
    hf_buf_reserve(&out->text,
                   weaving->base_text.len + weaving->left.text.len + weaving->right.text.len + 2 * PARTS_MAX);
    weave(weaving);
    if (only) { /* to the byte, white space as well */
        hf_buf_reset(&out->text);
        hf_buf_append_slice(&out->text, only->text);
    }
    return hf_buf_status(&out->text);
}

enum hf_status hf_text_merge(struct hf_slice base, struct hf_slice left, struct hf_slice right,
                             struct hf_text_merge *out)
{
    struct hf_text_merge made = {0};
    struct weaving *weaving = calloc(1, sizeof *weaving);
    if (!weaving)
        return HF_ERR_NOMEM;
    weaving->base_text = base;
    weaving->left.text = left;
    weaving->left.name = HF_TEXT_FROM_LEFT;
    weaving->right.text = right;
    weaving->right.name = HF_TEXT_FROM_RIGHT;
    weaving->out = &made;
    enum hf_status status = merge(weaving);
    if (status == HF_OK)
        *out = made;
    else
        hf_text_merge_clear(&made);
    free(weaving);
    return status;
}

void hf_text_merge_clear(struct hf_text_merge *merge)
{
    hf_buf_wipe(&merge->text);
    free(merge->parts);
    *merge = (struct hf_text_merge){0};
}
