#include "core/merge/verbatim.h"

static enum hf_status keeps_words(const struct hf_edit *edit, hf_merge_value_fn *value_of, void *ctx, bool *out)
{
    struct hf_buf words = {0};
    enum hf_status status = HF_OK;
    *out = edit->base_count == 0;
    for (uint32_t i = 0; status == HF_OK && !*out && i < edit->base_count; i++) {
        const struct hf_id base = hf_edit_base(edit, i);
        hf_buf_wipe(&words);
        status = value_of(ctx, &base, edit->field, &words);
        if (status == HF_OK)
            status = hf_buf_status(&words);
        *out = status == HF_OK && hf_slice_equal(hf_buf_slice(&words), edit->value);
    }
    hf_buf_wipe(&words);
    return status;
}

enum hf_status hf_merge_check_words(const struct hf_data_body *body, hf_merge_value_fn *value_of, void *ctx,
                                    const struct hf_field_spec **out_broken)
{
    const struct hf_record_spec *type = hf_model_type(body->type);
    for (uint32_t i = 0; type && i < body->edit_count; i++) {
        const struct hf_field_spec *field = hf_model_field(type, body->edits[i].field);
        bool keeps = true;
        if (!field || field->kind != HF_KIND_VERBATIM)
            continue;
        enum hf_status status = keeps_words(&body->edits[i], value_of, ctx, &keeps);
        if (status != HF_OK)
            return status;
        if (!keeps) {
            *out_broken = field;
            return HF_OK;
        }
    }
    *out_broken = NULL;
    return HF_OK;
}
