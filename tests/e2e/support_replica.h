/* What a replica holds, read through the public library, to compare replicas and to find a change that is missing or
 * there twice. */
#ifndef HF_TESTS_E2E_SUPPORT_REPLICA_H
#define HF_TESTS_E2E_SUPPORT_REPLICA_H

#include <holdfast/holdfast.h>

#define REPLICA_CHANGES_MAX 20000

struct replica_view {
    uint8_t digest[HOLDFAST_DIGEST_BYTES];
    struct holdfast_counts counts;
    size_t count;
    struct {
        struct holdfast_id change;
        int64_t log_index;
    } changes[REPLICA_CHANGES_MAX]; /* of all histories, by id */
};

/* Opens and unlocks; asserts that it works. */
struct holdfast *replica_open(const char *folder);
/* Reads everything; the caller frees. */
struct replica_view *replica_view(const char *folder);
/* Asserts that no change is there twice, and that no two have the same place in the log. */
void replica_assert_once(struct replica_view *view);
/* Asserts that both hold the same changes, at the same places in the log, with the same digest. */
void replica_assert_same(const struct replica_view *one, const struct replica_view *other);
/* A new record with two fields, saved. */
struct holdfast_id replica_record(struct holdfast *hf, const struct holdfast_id *case_id, const char *type,
                                  const char *field, const char *value, const char *other_field,
                                  const char *other_value);
/* The value of a single-valued field, "" for none; good until the next call. */
const char *replica_text(struct holdfast *hf, const struct holdfast_id *record, const char *field);
void replica_set(struct holdfast *hf, const struct holdfast_id *record, const char *field, const char *value);

#endif
