/* Paragraphs of a text, and what was done to them. Private to core/merge. */
#ifndef HF_CORE_MERGE_TEXT_DIFF_H
#define HF_CORE_MERGE_TEXT_DIFF_H

#include "core/merge/text_merge.h"

struct hf_paragraph {
    struct hf_slice space; /* what stands between the paragraph before and this one, its end of line included */
    struct hf_slice text;  /* without white space at its end */
};
struct hf_paragraphs {
    size_t count;
    struct hf_paragraph at[HF_TEXT_MERGE_PARAGRAPHS_MAX];
};
/* HF_ERR_LIMIT. Borrows. */
HF_CHECKED enum hf_status hf_paragraphs_read(struct hf_slice text, struct hf_paragraphs *out);

/* base[from, until) became new[new_from, new_until); the two runs are not both empty. */
struct hf_hunk {
    size_t from, until;
    size_t new_from, new_until;
};
struct hf_text_diff {
    size_t count;
    bool ambiguous;                                         /* the paragraphs could be matched in more than one way */
    struct hf_hunk hunks[HF_TEXT_MERGE_PARAGRAPHS_MAX + 1]; /* ascending; a paragraph that stayed lies between two */
    size_t match[HF_TEXT_MERGE_PARAGRAPHS_MAX];             /* place in new of a paragraph of base that stayed */
};
/* HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_text_diff(const struct hf_paragraphs *base, const struct hf_paragraphs *changed,
                                       struct hf_text_diff *out);

#endif
