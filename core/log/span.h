/* Inside core/log: a node of the tree as the span of leaves below it, perfect or not. */
#ifndef HF_CORE_LOG_SPAN_H
#define HF_CORE_LOG_SPAN_H

#include <stdint.h>

/* Leaves [begin, begin + len), len >= 1. */
struct hf_span {
    uint64_t begin;
    uint64_t len;
};

/* Leaves under the left child: the greatest power of two below len; len >= 2 (RFC 9162 2.1.1). */
static inline uint64_t hf_span_split(uint64_t len)
{
    uint64_t half = 1;
    while (half < len - half)
        half <<= 1;
    return half;
}

static inline struct hf_span hf_span_left(struct hf_span span)
{
    return (struct hf_span){span.begin, hf_span_split(span.len)};
}

static inline struct hf_span hf_span_right(struct hf_span span)
{
    uint64_t half = hf_span_split(span.len);
    return (struct hf_span){span.begin + half, span.len - half};
}

#endif
