/* What the two halves of reading conditions share: conditions (expr.c) and the values in them (operand.c). Private to
 * this room. */
#ifndef HF_CORE_POLICY_EXPR_H
#define HF_CORE_POLICY_EXPR_H

#include "core/policy/build.h"

/* A value; `like` is the node it is compared with, or HF_NODE_NONE for the first. A text is a path when it is the first
 * or has a dot, otherwise a word; a word must be one of the codes of the field it is compared with. */
bool hf_build_value(struct hf_build *build, struct hf_scope *scope, const json_t *json, int32_t like, int32_t *out);
/* What a value node gives when it gives anything; elements for sets. */
enum hf_value_kind hf_build_kind_of(const struct hf_build *build, int32_t node);
bool hf_build_same_kind(struct hf_build *build, int32_t left, int32_t right);

#endif
