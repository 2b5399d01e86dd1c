/* What the files of core/merge share about a record's state. Private to this room. */
#ifndef HF_CORE_MERGE_STATE_H
#define HF_CORE_MERGE_STATE_H

#include "core/merge/merge.h"

/* A piece of the arena: bytes of values that entries point into. A chain, freed as a whole. */
struct hf_value_block {
    struct hf_value_block *next;
    size_t used;
    size_t cap;
    uint8_t bytes[];
};

/* NULL when there is no memory. */
struct hf_value_block *hf_value_block_new(size_t cap);
void hf_value_blocks_free(struct hf_value_block *first);
/* Copies a value into a block that has room for it. */
struct hf_slice hf_value_block_copy(struct hf_value_block *block, struct hf_slice value);

/* By change, then by value. */
int hf_entry_compare(const struct hf_entry *a, const struct hf_entry *b);

/* Bytes that hf_record_state_encode writes at most for these fields of a record of this type: as if each entry named
 * its change in full. What a record has room for is counted by this, everywhere the same. */
size_t hf_state_packed_bytes(uint16_t type, const struct hf_field_state *fields, size_t count);
/* Bytes of all values. */
size_t hf_state_value_bytes(const struct hf_field_state *fields, size_t count);

/* True for the kinds whose entries are rival values. */
bool hf_kind_is_single(enum hf_field_kind kind);

#endif
