/* Rows for tests of the store, in which everything follows from small numbers, and all that a store can be asked, as
 * text. */
#ifndef HF_TESTS_SERVER_SUPPORT_STORE_H
#define HF_TESTS_SERVER_SUPPORT_STORE_H

#include "tests/server/support_office.h"

#define ROWS_MAX 64
#define NUMBERS  6 /* cases, records, people, devices, invitations go from 0 to this */

/* One batch in the making; batch borrows from the arrays. */
struct rows {
    uint8_t leaves[ROWS_MAX][HF_LEAF_BYTES];
    uint8_t payloads[ROWS_MAX][64];
    struct hf_entry_row entries[ROWS_MAX];
    struct hf_record_write records[ROWS_MAX];
    struct hf_effect_write effects[ROWS_MAX];
    struct hf_device_row devices[ROWS_MAX];
    struct hf_assignment_row assignments[ROWS_MAX];
    struct hf_invitation_row invitations[ROWS_MAX];
    struct hf_store_batch batch;
};
struct hf_id id_of(char kind, uint64_t number);
/* Static storage: one at a time. */
struct rows *rows_at(uint64_t size);
struct hf_entry_row *add_entry(struct rows *rows, uint64_t case_number, uint64_t record_number);
void add_record(struct rows *rows, uint64_t number, uint64_t case_number, const char *packed);
struct hf_device_row *add_device(struct rows *rows, uint64_t number);
void add_assignment(struct rows *rows, uint64_t case_number, uint64_t person, bool held);
struct hf_invitation_row *add_invitation(struct rows *rows, uint64_t number, size_t cases);
/* An hf_entry_row_fn over a struct hf_buf. */
bool dump_entry(void *ctx, const struct hf_entry_row *row);
/* NUL-terminated; the caller clears. */
struct hf_buf dump(struct hf_store *store);

#endif
