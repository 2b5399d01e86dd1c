/* A suggestion for two texts that were both made from a third: the changes of both, woven together paragraph by
 * paragraph, for a person to look at and confirm. It decides nothing: the state of a record never depends on it. Pure
 * and deterministic.
 *
 * A paragraph is a line that holds more than spaces. Both sides are compared with the base; what one side did to a run
 * of paragraphs (changed, taken out, put in) is one hunk. There is a suggestion when no hunk of one side meets a hunk
 * of the other, unless both are the same. Refused, because nobody can know what was meant:
 *   - both changed, or one changed and one took out, the same paragraph;
 *   - both put something in at the same place, or the same paragraph in at different places;
 *   - one put something in between paragraphs that the other changed together;
 *   - a text holds repeated paragraphs that could be matched with the base in more than one way.
 * Swapping left and right gives the same text. Every paragraph of the result stands in left or in right, and every
 * paragraph that one side put in is there; one that stands in the base is missing only if a side took it out or changed
 * it. Only the white space between paragraphs may be made anew. */
#ifndef HF_CORE_MERGE_TEXT_MERGE_H
#define HF_CORE_MERGE_TEXT_MERGE_H

#include "core/base/bytes.h"

#define HF_TEXT_MERGE_BYTES_MAX      (64u * 1024) /* of each text */
#define HF_TEXT_MERGE_PARAGRAPHS_MAX 256          /* of each text */

enum hf_text_from {
    HF_TEXT_FROM_BASE, /* stands in all three */
    HF_TEXT_FROM_LEFT, /* put in, or taken out, by left */
    HF_TEXT_FROM_RIGHT,
    HF_TEXT_FROM_BOTH /* by both alike */
};
/* One paragraph, in the order of reading. What a side changed shows as taken out and put in. */
struct hf_text_part {
    struct hf_slice text; /* without the end of its line; borrowed from the input */
    enum hf_text_from from;
    bool removed; /* a paragraph of the base that the text does not hold any more */
};
/* Zero-initialised is empty. */
struct hf_text_merge {
    struct hf_buf text;
    size_t part_count;
    struct hf_text_part *parts; /* owned; their texts borrow from the input */
};

/* Fills *out. HF_ERR_CONFLICT: no suggestion; HF_ERR_LIMIT: a text is too long, or has too many paragraphs;
 * HF_ERR_NOMEM. Time and memory: the product of the numbers of paragraphs. */
HF_CHECKED enum hf_status hf_text_merge(struct hf_slice base, struct hf_slice left, struct hf_slice right,
                                        struct hf_text_merge *out);
/* Wipes and frees; empty again. */
void hf_text_merge_clear(struct hf_text_merge *merge);

#endif
