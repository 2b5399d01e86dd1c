/* What attachments.c and attach_sync.c share. */
#ifndef HF_CORE_REPLICA_ATTACHMENTS_INTERNAL_H
#define HF_CORE_REPLICA_ATTACHMENTS_INTERNAL_H

#include "core/replica/attachments.h"
#include "core/replica/replica_internal.h"

_Static_assert(HF_ATTACH_ADDS_MAX == HF_REPLICA_ATTACH_ADDS, "one limit, two headers");

/* One row of the table. */
struct hf_attach_row {
    struct hf_id record_id, case_id, key_id;
    uint64_t size, count, have, sent;
    uint8_t root[HF_HASH_BYTES];
    bool own, wanted;
    enum hf_attach_result answer;
    uint64_t asked; /* the line on which the office said how much it has */
};
#define HF_ATTACH_COLUMNS "record_id, case_id, key_id, size, count, have, sent, root, own, wanted, answer, asked"
/* Of one that was added here: the office said how much it has, it is not all, and the rest is not here either. The same
 * as a condition on the table. */
bool hf_attach_is_lost(const struct hf_attach_row *row);
#define HF_ATTACH_LOST "(own = 1 AND have = 0 AND sent < count AND answer = 6)"
_Static_assert(HF_ATTACH_DAMAGED == 6, "the condition says the same");
void hf_attach_row_read(struct hf_rows *rows, struct hf_attach_row *out);
/* HF_ERR_NOT_FOUND leaves err alone. */
HF_CHECKED enum hf_status hf_attach_row_find(struct hf_replica *replica, const struct hf_id *record_id,
                                             struct hf_attach_row *out, struct hf_error *err);
HF_CHECKED enum hf_status hf_attach_row_add(struct hf_replica *replica, const struct hf_attach_row *row,
                                            struct hf_error *err);
enum hf_status hf_attach_row_drop(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err);
/* Fills chunks, count, proof and bytes of step: at most `most` from `first` on. */
HF_CHECKED enum hf_status hf_attach_load(struct hf_replica *replica, const struct hf_attach_row *row, uint64_t first,
                                         size_t most, struct hf_attach_step *step, struct hf_error *err);
/* What the record says of its content. HF_ERR_NOT_FOUND: nothing, or not in this form; HF_ERR_CONFLICT: two things. */
HF_CHECKED enum hf_status hf_attach_content_of(const struct hf_record_state *state, struct hf_attach_content *out);

#endif
