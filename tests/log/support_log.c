#include "tests/log/support_log.h"

#include "core/base/text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint64_t support_seed(void)
{
    static uint64_t seed;
    if (seed == 0) {
        const char *given = getenv("HF_TEST_SEED");
        seed = given ? strtoull(given, NULL, 0) : 0x6C6F6721u;
        printf("seed %" PRIu64 " (HF_TEST_SEED)\n", seed);
    }
    return seed;
}

/* splitmix64 */
uint64_t support_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void support_entry(uint64_t index, struct hf_buf *out)
{
    hf_buf_append_fmt(out, "entry %" PRIu64, index);
}

void support_leaf_hash(uint64_t index, struct hf_hash *out)
{
    struct hf_buf entry;
    hf_buf_init(&entry, 0);
    support_entry(index, &entry);
    hf_tree_leaf_hash(hf_buf_slice(&entry), out);
    hf_buf_clear(&entry);
}

void support_fill(struct hf_node_store *store, uint64_t size)
{
    memset(store, 0, sizeof *store);
    for (uint64_t i = 0; i < size; i++) {
        struct hf_hash leaf;
        support_leaf_hash(i, &leaf);
        assert_int_equal(hf_node_store_append(store, &leaf), HF_OK);
    }
}

uint64_t support_naive_split(uint64_t len)
{
    uint64_t k = 1;
    while (k < len - k)
        k *= 2;
    return k;
}

void support_naive_root(uint64_t begin, uint64_t end, struct hf_hash *out)
{
    uint8_t joined[1 + 2 * HF_HASH_BYTES] = {0x01};
    struct hf_hash half;
    if (begin == end) {
        hf_sha256_of(NULL, 0, out->bytes);
        return;
    }
    if (end - begin == 1) {
        char entry[32] = {0x00};
        int len = snprintf(entry + 1, sizeof entry - 1, "entry %" PRIu64, begin);
        hf_sha256_of(entry, (size_t)len + 1, out->bytes);
        return;
    }
    uint64_t middle = begin + support_naive_split(end - begin);
    support_naive_root(begin, middle, &half);
    memcpy(joined + 1, half.bytes, HF_HASH_BYTES);
    support_naive_root(middle, end, &half);
    memcpy(joined + 1 + HF_HASH_BYTES, half.bytes, HF_HASH_BYTES);
    hf_sha256_of(joined, sizeof joined, out->bytes);
}

void support_flip(struct hf_hash *hash, unsigned bit)
{
    hash->bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
}

void support_append_base64(const struct hf_hash *hash, struct hf_buf *out)
{
    hf_text_base64(out, hf_slice_of(hash->bytes, sizeof hash->bytes));
    hf_buf_append_str(out, "\n");
}

void support_unhex(const char *hex, struct hf_hash *out)
{
    assert_int_equal(hf_text_unhex(hf_slice_str(hex), out->bytes, sizeof out->bytes), HF_OK);
}

void support_assert_same(const struct hf_hash *a, const struct hf_hash *b)
{
    assert_memory_equal(a->bytes, b->bytes, sizeof a->bytes);
}

void support_key(const char *name, uint8_t seed_byte, struct hf_note_key *out_key, struct hf_sign_key *out_secret)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    memset(seed, seed_byte, sizeof seed);
    assert_int_equal(hf_crypto_init(false), HF_OK);
    hf_sign_key_from_seed(seed, out_secret);
    assert_int_equal(hf_note_key_init(hf_slice_str(name), out_secret->public_key, out_key), HF_OK);
}
