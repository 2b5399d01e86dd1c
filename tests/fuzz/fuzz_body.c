/* Bodies of every kind: a data body that decodes encodes to the same bytes and can be merged; the others decode and
 * encode to the same bytes. */
#include "core/base/assert.h"
#include "core/merge/merge.h"
#include "core/model/body_caseload.h"
#include "core/model/body_policy.h"
#include "core/model/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void data_body(struct hf_slice bytes)
{
    static struct hf_id bases[HF_EDITS_MAX][HF_EDIT_BASES_MAX];
    struct hf_data_body body;
    struct hf_edit_input edits[HF_EDITS_MAX];
    struct hf_error err = {0};
    struct hf_buf again = {0};
    struct hf_record_state state = {0};
    const struct hf_id change = {{1}};
    if (hf_data_body_decode(bytes, &body, &err) != HF_OK) {
        HF_ASSERT(err.status != HF_OK && err.text[0]);
        return;
    }
    for (uint32_t i = 0; i < body.edit_count; i++) {
        for (uint32_t j = 0; j < body.edits[i].base_count; j++)
            bases[i][j] = hf_edit_base(&body.edits[i], j);
        edits[i] = (struct hf_edit_input){body.edits[i].field, body.edits[i].value, bases[i], body.edits[i].base_count};
    }
    const struct hf_data_body_input input = {body.case_id,    body.record_id, body.type,   edits,
                                             body.edit_count, body.group_id,  body.reason, body.policy};
    HF_ASSERT(hf_data_body_encode(&input, &again, &err) == HF_OK);
    HF_ASSERT(hf_slice_equal(hf_buf_slice(&again), bytes));
    HF_ASSERT(hf_merge_apply(&state, &body, &change, 1) == HF_OK);
    hf_record_state_clear(&state);
    hf_buf_clear(&again);
}

static void assert_again(struct hf_buf *again, struct hf_slice bytes)
{
    HF_ASSERT(hf_slice_equal(hf_buf_slice(again), bytes));
    hf_buf_clear(again);
}

static void system_bodies(struct hf_slice bytes)
{
    struct hf_case_body case_body;
    struct hf_enrol_body enrol;
    struct hf_revoke_body revoke;
    struct hf_note_body note;
    struct hf_buf again = {0};
    if (hf_case_body_decode(bytes, &case_body) == HF_OK) {
        hf_case_body_encode(&case_body, &again);
        assert_again(&again, bytes);
    }
    if (hf_enrol_body_decode(bytes, &enrol) == HF_OK) {
        hf_enrol_body_encode(&enrol, &again);
        assert_again(&again, bytes);
    }
    if (hf_revoke_body_decode(bytes, &revoke) == HF_OK) {
        hf_revoke_body_encode(&revoke, &again);
        assert_again(&again, bytes);
    }
    struct hf_caseload_note caseload;
    if (hf_caseload_note_decode(bytes, &caseload) == HF_OK) {
        HF_ASSERT(hf_note_body_decode(bytes, &note) == HF_OK && note.what == HF_NOTE_OTHER);
        hf_caseload_note_encode(&caseload, &again);
        assert_again(&again, bytes);
    }
    struct hf_policy_body policy;
    if (hf_policy_body_decode(bytes, &policy) == HF_OK) {
        hf_policy_body_encode(&policy, &again);
        assert_again(&again, bytes);
    }
    if (hf_note_body_decode(bytes, &note) == HF_OK && note.what != HF_NOTE_OTHER) {
        hf_note_body_encode(&note, &again);
        assert_again(&again, bytes);
    }
}

/* The first byte picks a field, the rest is what somebody typed. */
static void typed_text(const uint8_t *data, size_t size)
{
    size_t count;
    const struct hf_record_spec *types = hf_model_types(&count);
    if (size == 0)
        return;
    const struct hf_record_spec *type = &types[data[0] % count];
    for (size_t i = 0; i < type->field_count; i++) {
        struct hf_buf encoded = {0};
        struct hf_buf text = {0};
        struct hf_error err = {0};
        if (hf_value_from_text(type, &type->fields[i], hf_slice_of(data + 1, size - 1), &encoded, &err) == HF_OK) {
            HF_ASSERT(hf_value_check(type, &type->fields[i], hf_buf_slice(&encoded), &err) == HF_OK);
            hf_value_to_text(&type->fields[i], hf_buf_slice(&encoded), &text);
        } else {
            HF_ASSERT(err.text[0] && encoded.len == 0);
        }
        hf_buf_clear(&encoded);
        hf_buf_clear(&text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    data_body(hf_slice_of(data, size));
    system_bodies(hf_slice_of(data, size));
    typed_text(data, size);
    return 0;
}
