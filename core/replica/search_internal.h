/* What the files of the search share: words as the index sees them. Internal to core/replica. */
#ifndef HF_CORE_REPLICA_SEARCH_INTERNAL_H
#define HF_CORE_REPLICA_SEARCH_INTERNAL_H

#include "core/replica/replica_internal.h"
#include "core/replica/search.h"

extern const char hf_replica_search_tables[];

/* The same tokenizer as the index has, so that both always agree on what a word is. */
struct hf_words {
    fts5_tokenizer functions;
    Fts5Tokenizer *tokenizer;
};
HF_CHECKED enum hf_status hf_words_open(struct hf_replica *replica, struct hf_words *out, struct hf_error *err);
void hf_words_close(struct hf_words *words);

/* word is folded; start and end are the bytes of the text it stands for. Return false to stop. */
typedef bool hf_word_fn(void *ctx, struct hf_slice word, size_t start, size_t end);
HF_CHECKED enum hf_status hf_words_each(const struct hf_words *words, struct hf_slice text, hf_word_fn *each,
                                        void *ctx);

/* Every text of a record that is searched, field by field. Return false to stop. */
typedef bool hf_search_text_fn(void *ctx, const struct hf_field_spec *field, struct hf_slice text);
void hf_search_texts(const struct hf_record_state *state, hf_search_text_fn *each, void *ctx);

#endif
