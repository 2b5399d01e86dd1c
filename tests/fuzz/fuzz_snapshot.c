/* What is inside a SNAPSHOT_IS: its batch as it lies there when it was not squeezed, so that the bytes reach the
 * tables, records and changes and not only the frame around them; the states in it; the note of digests. What is read
 * writes itself so that it reads the same. */
#include "core/base/assert.h"
#include "core/merge/merge.h"
#include "core/pack/writer.h"
#include "protocol/message.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In front of the batch an uncompressed one has a zero. */
static void write_part(const uint8_t *data, size_t size, struct hf_buf *out)
{
    struct hf_buf batch = {0};
    hf_buf_append_u8(&batch, 0);
    hf_buf_append(&batch, data, size);
    hf_pack_array(out, 2 + 8);
    hf_pack_uint(out, HF_MSG_SNAPSHOT_IS);
    hf_pack_uint(out, 7);
    hf_pack_bool(out, false);
    hf_pack_uint(out, 1000);
    hf_pack_array(out, 0);
    hf_pack_nil(out);
    hf_pack_bytes(out, hf_buf_slice(&batch));
    hf_pack_array(out, 0);
    hf_pack_array(out, 3);
    hf_pack_nil(out);
    hf_pack_uint(out, 0);
    hf_pack_nil(out);
    hf_pack_bool(out, false);
    hf_buf_clear(&batch);
}

static void same_cases(const struct hf_snapshot_part *a, const struct hf_snapshot_part *b)
{
    HF_ASSERT(a->device_count == b->device_count && a->case_count == b->case_count);
    for (size_t i = 0; i < a->device_count; i++)
        HF_ASSERT(memcmp(a->devices[i].device, b->devices[i].device, HF_SIGN_PUBLIC_BYTES) == 0 &&
                  a->devices[i].incarnation == b->devices[i].incarnation);
    for (size_t i = 0; i < a->case_count; i++)
        HF_ASSERT(hf_id_equal(&a->cases[i].case_id, &b->cases[i].case_id) && a->cases[i].size == b->cases[i].size &&
                  a->cases[i].begins == b->cases[i].begins && a->cases[i].ends == b->cases[i].ends &&
                  a->cases[i].record_count == b->cases[i].record_count);
}

static void same_records(const struct hf_snapshot_part *a, const struct hf_snapshot_part *b)
{
    HF_ASSERT(a->record_count == b->record_count);
    for (size_t i = 0; i < a->record_count; i++) {
        const struct hf_snapshot_record *one = &a->records[i], *other = &b->records[i];
        HF_ASSERT(hf_slice_equal(one->packed, other->packed) && one->change_count == other->change_count);
        for (size_t j = 0; j < one->change_count; j++)
            HF_ASSERT(one->changes[j].index == other->changes[j].index &&
                      one->changes[j].device == other->changes[j].device && one->changes[j].device < a->device_count);
    }
}

/* What the device does with them before it has looked at the note. */
static void look_at_states(const struct hf_snapshot_part *part)
{
    struct hf_digest digest;
    uint8_t hash[HF_HASH_BYTES];
    hf_digest_begin(&digest);
    for (size_t i = 0; i < part->record_count; i++) {
        struct hf_record_state state = {0};
        if (hf_record_state_decode(part->records[i].packed, &state) == HF_OK)
            hf_digest_add(&digest, &state);
        hf_record_state_clear(&state);
    }
    hf_digest_end(&digest, hash);
}

static void look_at_note(struct hf_slice bytes)
{
    struct hf_digests_body body;
    if (hf_digests_body_decode(bytes, &body) != HF_OK)
        return;
    HF_ASSERT(body.count > 0 && body.count <= HF_DIGESTS_CASES_MAX && body.rows.len == body.count * 48);
    for (size_t i = 0; i < body.count; i++) {
        const struct hf_id case_id = hf_id_from_bytes(body.rows.data + i * 48);
        HF_ASSERT(hf_digests_body_find(&body, &case_id) == body.rows.data + i * 48 + HF_ID_BYTES);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_message message, back;
    struct hf_buf bytes = {0}, again = {0};
    look_at_note(hf_slice_of(data, size));
    write_part(data, size, &bytes);
    if (hf_message_decode(hf_buf_slice(&bytes), &message) == HF_OK) {
        look_at_states(&message.as.snapshot_is);
        HF_ASSERT(hf_message_encode(&message, &again) == HF_OK);
        HF_ASSERT(hf_message_decode(hf_buf_slice(&again), &back) == HF_OK);
        same_cases(&message.as.snapshot_is, &back.as.snapshot_is);
        same_records(&message.as.snapshot_is, &back.as.snapshot_is);
        hf_message_clear(&back);
        hf_message_clear(&message);
    }
    hf_buf_clear(&bytes);
    hf_buf_clear(&again);
    return 0;
}
