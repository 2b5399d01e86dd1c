/* Reads the golden vectors under tests/vectors: lines `name value`, # begins a comment. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_VECTORS_H
#define HF_TESTS_PROTOCOL_SUPPORT_VECTORS_H

#include "core/base/bytes.h"

/* Appends the value of `name` in tests/vectors/`file`, as text or decoded from hex; it must be there. */
void vector_value(const char *file, const char *name, struct hf_buf *out);
void vector_hex(const char *file, const char *name, struct hf_buf *out);

#endif
