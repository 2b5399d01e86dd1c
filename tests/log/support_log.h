/* Shared by the tests of core/log: seeded numbers, sample leaves, a tree straight from the definition, a log's key. */
#ifndef HF_TESTS_LOG_SUPPORT_LOG_H
#define HF_TESTS_LOG_SUPPORT_LOG_H

#include "core/log/node_store.h"
#include "core/log/note.h"

/* Seed of this run: HF_TEST_SEED from the environment or a fixed one; printed once. */
uint64_t support_seed(void);
uint64_t support_random(uint64_t *state);

/* Leaf i of the sample log: the text "entry <i>". */
void support_entry(uint64_t index, struct hf_buf *out);
void support_leaf_hash(uint64_t index, struct hf_hash *out);
/* A store of the first `size` sample leaves. Clear it afterwards. */
void support_fill(struct hf_node_store *store, uint64_t size);

/* MTH(D[begin:end]) by the recursion of RFC 6962 2.1, from the sample leaves. */
void support_naive_root(uint64_t begin, uint64_t end, struct hf_hash *out);
uint64_t support_naive_split(uint64_t len);

void support_flip(struct hf_hash *hash, unsigned bit);
/* Base64 of the hash and a newline. */
void support_append_base64(const struct hf_hash *hash, struct hf_buf *out);
void support_unhex(const char *hex, struct hf_hash *out);
void support_assert_same(const struct hf_hash *a, const struct hf_hash *b);

/* A key made from one repeated byte; the name is an invented log. */
void support_key(const char *name, uint8_t seed_byte, struct hf_note_key *out_key, struct hf_sign_key *out_secret);

#endif
