/* What the tests of core/model share: vectors from tests/vectors, invented keys, msgpack written by hand. */
#ifndef HF_TESTS_MODEL_SUPPORT_MODEL_H
#define HF_TESTS_MODEL_SUPPORT_MODEL_H

#include "core/model/body.h"

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_ok(status)           assert_string_equal(hf_status_name(status), hf_status_name(HF_OK))
#define assert_status(status, want) assert_string_equal(hf_status_name(status), hf_status_name(want))

/* Group setup: starts core/crypto. */
int support_start(void **state);

/* The bytes behind `name` in tests/vectors/<file>; fails the test when there are none. The caller clears the buffer. */
struct hf_buf vector_bytes(const char *file, const char *name);

struct hf_sign_key sample_sign_key(void);
struct hf_class_key sample_class_key(void);
/* Fields before the subject tag filled in, seq 0, device = sample_sign_key. */
struct hf_leaf sample_leaf(void);

/* An id whose bytes are all `fill`. */
struct hf_id id_of(uint8_t fill);

#endif
