/* What the tests of core/merge share: changes made by hand, and applying them in any order that bases allow. */
#ifndef HF_TESTS_MERGE_SUPPORT_MERGE_H
#define HF_TESTS_MERGE_SUPPORT_MERGE_H

#include "core/merge/merge.h"

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_ok(status)           assert_string_equal(hf_status_name(status), hf_status_name(HF_OK))
#define assert_status(status, want) assert_string_equal(hf_status_name(status), hf_status_name(want))

#define CHANGES_MAX 64

/* One change: its id, its clock, and its body encoded and decoded again. */
struct change {
    struct hf_id id;
    hf_clock clock;
    struct hf_buf bytes;
    struct hf_data_body body;
};
struct changes {
    struct change all[CHANGES_MAX];
    size_t count;
};

/* Group setup: starts core/crypto. */
int support_start(void **state);
struct hf_id id_of(uint8_t fill);
/* Text as msgpack; static storage, the last 64 stay valid. At most 60 bytes. */
struct hf_slice text_of(const char *text);
/* Value of a set edit; words end with NULL; static storage, the last 64 stay valid. */
struct hf_slice set_of(const char *const *added, const char *const *removed);

/* Adds a change of the record that all tests use; id and clock as given. Its body must be valid. */
struct change *changes_add(struct changes *changes, struct hf_id id, hf_clock clock, uint16_t type,
                           const struct hf_edit_input *edits, size_t edit_count);
/* The same for one edit; bases are places in `changes`, ended by -1. */
struct change *changes_edit(struct changes *changes, hf_clock clock, uint16_t type, uint16_t field,
                            struct hf_slice value, const int *bases);
void changes_clear(struct changes *changes);

/* Applies changes in the given order of places; each must have its bases before it. */
void apply_in_order(const struct changes *changes, const size_t *order, struct hf_record_state *out);
/* Packed state; the caller clears it. */
struct hf_buf pack(const struct hf_record_state *state);
void digest_of(const struct hf_record_state *state, uint8_t out[HF_HASH_BYTES]);

/* Applies the changes in every order that their bases allow, checks that packed bytes and digest are the same every
 * time and leaves that state in *out. Returns how many orders there were. At most 8 changes. */
size_t apply_in_every_order(const struct changes *changes, struct hf_record_state *out);

/* Checks that the field holds exactly these values (text, any order), ended by NULL. */
void assert_values(const struct hf_record_state *state, uint16_t field, const char *const *values);

/* splitmix64: small, and the same everywhere. */
uint64_t random_next(uint64_t *seed);
size_t random_below(uint64_t *seed, size_t limit);

#endif
