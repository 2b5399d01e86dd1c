#include "core/crypto/crypto.h"
#include "core/model/set_edit.h"
#include "core/model/value.h"
#include "core/replica/policies.h"
#include "core/replica/replica_internal.h"

#define PUT_VALUES_MAX 16

struct hf_id hf_replica_new_id(uint64_t now_ms)
{
    uint8_t random[HF_ID_RANDOM_BYTES];
    hf_random(random, sizeof random);
    return hf_id_v7(now_ms, random);
}

struct put_work {
    const struct hf_put *put;
    const struct hf_record_spec *type;
    struct hf_buf values[PUT_VALUES_MAX];
    struct hf_save_edit edits[PUT_VALUES_MAX];
    size_t count;
    struct hf_error *err;
};

static enum hf_status encode_value(struct put_work *work, const struct hf_field_spec *spec, const char *text,
                                   struct hf_buf *out)
{
    struct hf_buf element = {0};
    enum hf_status status = hf_value_from_text(work->type, spec, hf_slice_str(text), &element, work->err);
    const struct hf_slice encoded = hf_buf_slice(&element);
    if (status == HF_OK && spec->kind == HF_KIND_SET)
        hf_set_edit_encode(&encoded, 1, NULL, 0, out);
    else if (status == HF_OK)
        hf_buf_append_slice(out, encoded);
    hf_buf_wipe(&element);
    return status == HF_OK ? hf_buf_status(out) : status;
}

static enum hf_status add_value(struct put_work *work, const struct hf_put_value *value)
{
    const struct hf_field_spec *spec = hf_model_field_named(work->type, hf_slice_str(value->field));
    if (!value->text || value->text[0] == '\0')
        return HF_OK;
    if (!spec || work->count == PUT_VALUES_MAX)
        return hf_error_set(work->err, HF_ERR_INVALID, "%s has no field %s", work->type->name, value->field);
    enum hf_status status = encode_value(work, spec, value->text, &work->values[work->count]);
    if (status == HF_OK) {
        work->edits[work->count] =
            (struct hf_save_edit){.field = spec->code, .value = hf_buf_slice(&work->values[work->count])};
        work->count++;
    }
    return status;
}

enum hf_status hf_replica_put(struct hf_replica *replica, const struct hf_put *put, uint64_t now_ms,
                              struct hf_id *out_change, struct hf_error *err)
{
    struct put_work work = {.put = put, .type = hf_model_type(put->type), .err = err};
    enum hf_status status = work.type ? HF_OK : hf_error_set(err, HF_ERR_INVALID, "There is no such kind of record");
    for (size_t i = 0; status == HF_OK && i < put->count; i++)
        status = add_value(&work, &put->values[i]);
    const struct hf_save save = {.case_id = put->case_id,
                                 .record_id = put->record_id,
                                 .type = put->type,
                                 .edits = work.edits,
                                 .edit_count = work.count,
                                 .group_id = put->group_id,
                                 .reason = put->reason};
    if (status == HF_OK)
        status = hf_replica_save(replica, &save, now_ms, out_change, err);
    for (size_t i = 0; i < PUT_VALUES_MAX; i++)
        hf_buf_wipe(&work.values[i]);
    return status;
}
