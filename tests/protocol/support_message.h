/* One made-up message of every type for tests, and comparison of messages by what they say. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_MESSAGE_H
#define HF_TESTS_PROTOCOL_SUPPORT_MESSAGE_H

#include "protocol/message.h"

#define SAMPLE_FURTHER 200 /* further shapes of some types, after one of each */
#define SAMPLE_COUNT   204
/* Numbers of types that there are not, and the gap behind them, are passed over. */
bool sample_exists(size_t number);

/* What the slices and arrays of a sample point to. */
struct sample_store {
    uint8_t leaf[2][HF_LEAF_BYTES];
    uint8_t body[2][5];
    uint8_t payload[108];
    uint8_t r[HF_OPENING_BYTES];
    uint8_t certificate[9];
    struct hf_item items[2];
    struct hf_class_key keys[1];
    struct hf_msg_pushed results[2];
    struct hf_msg_range ranges[2];
    struct hf_msg_entry entries[2];
    struct hf_slice args[2];
    struct hf_draft_item drafts[2];
    struct hf_draft_ref draft_refs[2];
    enum hf_draft_result draft_results[2];
    uint32_t gone[2];
    struct hf_slice chunks[2];
    struct hf_snapshot_device snapshot_device;
    struct hf_snapshot_case snapshot_cases[2];
    struct hf_snapshot_record snapshot_records[2];
    struct hf_snapshot_change snapshot_changes[3];
    struct hf_id snapshot_left[1];
    struct hf_proof snapshot_proofs[2];
};

/* Sample 1 to 18 is the message type of that number; the rest are further shapes: a pull of one case, an empty feed, a
 * head without ranges, an error without text. The message borrows from store. */
void sample_message(size_t number, struct sample_store *store, struct hf_message *out);
/* support_message_snapshot.c */
void sample_snapshot(struct sample_store *store, struct hf_message *out);
void assert_snapshots_equal(const struct hf_message *a, const struct hf_message *b);
/* bytes first, first + 1, … */
void fill_from(uint8_t first, uint8_t *out, size_t len);
void assert_messages_equal(const struct hf_message *a, const struct hf_message *b);
/* Encodes; must succeed. The caller clears. */
struct hf_buf encoded(const struct hf_message *message);
/* A copy of exactly these bytes on the heap, so that reading past them is noticed; decodes it. */
enum hf_status decode_exact(struct hf_slice bytes, struct hf_message *out, uint8_t **out_copy);
/* Only whether it decodes. */
enum hf_status try_decode(struct hf_slice bytes);

#endif
