/* Names: the version, statuses, ids, and what records there can be. */
#include "client/handle.h"

#include "core/model/table.h"

#define SAME(public_name, own_name)                                                                                    \
    _Static_assert((int)HOLDFAST_##public_name == (int)own_name, "the public statuses are those of "                   \
                                                                 "core/base/status.h")
SAME(OK, HF_OK);
SAME(INVALID, HF_ERR_INVALID);
SAME(LIMIT, HF_ERR_LIMIT);
SAME(NOT_FOUND, HF_ERR_NOT_FOUND);
SAME(EXISTS, HF_ERR_EXISTS);
SAME(DENIED, HF_ERR_DENIED);
SAME(AUTH, HF_ERR_AUTH);
SAME(CORRUPT, HF_ERR_CORRUPT);
SAME(LOCKED, HF_ERR_LOCKED);
SAME(BUSY, HF_ERR_BUSY);
SAME(STATE, HF_ERR_STATE);
SAME(CONFLICT, HF_ERR_CONFLICT);
SAME(IO, HF_ERR_IO);
SAME(FULL, HF_ERR_FULL);
SAME(NETWORK, HF_ERR_NETWORK);
SAME(CLOSED, HF_ERR_CLOSED);
SAME(TIMEOUT, HF_ERR_TIMEOUT);
SAME(PROTOCOL, HF_ERR_PROTOCOL);
SAME(UNSUPPORTED, HF_ERR_UNSUPPORTED);
SAME(EXPIRED, HF_ERR_EXPIRED);
SAME(USED, HF_ERR_USED);
SAME(REVOKED, HF_ERR_REVOKED);
SAME(WAITING, HF_ERR_WAITING);
SAME(NOMEM, HF_ERR_NOMEM);
_Static_assert((int)HOLDFAST_NOMEM + 1 == (int)HF_STATUS_COUNT, "no status is missing in the public header");
_Static_assert(HOLDFAST_ID_BYTES == HF_ID_BYTES && HOLDFAST_ID_TEXT_BYTES == HF_ID_TEXT_BYTES, "ids are the same");
_Static_assert(HOLDFAST_DIGEST_BYTES == HF_HASH_BYTES, "digests are the same");

const char *holdfast_version(void)
{
    return HF_VERSION;
}

const char *holdfast_status_name(enum holdfast_status status)
{
    return hf_status_name((enum hf_status)status);
}

void holdfast_id_format(const struct holdfast_id *id, char out[HOLDFAST_ID_TEXT_BYTES])
{
    const struct hf_id own = hf_id_in(id);
    hf_id_format(&own, out);
}

enum holdfast_status holdfast_id_parse(const char *text, struct holdfast_id *out_id)
{
    struct hf_id id;
    enum hf_status status = text ? hf_id_parse(hf_slice_str(text), &id) : HF_ERR_INVALID;
    if (status == HF_OK)
        *out_id = hf_id_out(&id);
    return (enum holdfast_status)status;
}

const char *hf_sent_name(enum hf_sent_state sent)
{
    switch (sent) {
    case HF_SAVED_HERE:
        return "saved_here";
    case HF_SENT:
        return "sent";
    case HF_RECEIVED:
        break;
    }
    return "received";
}

const char *hf_kind_name(enum hf_field_kind kind)
{
    static const char *const names[] = {
        [HF_KIND_VALUE] = "value",       [HF_KIND_TEXT] = "text", [HF_KIND_STATUS] = "status",
        [HF_KIND_VERBATIM] = "verbatim", [HF_KIND_SET] = "set",   [HF_KIND_APPEND] = "append",
    };
    return names[kind];
}

static const char *type_name(enum hf_value_type type)
{
    static const char *const names[] = {
        [HF_TYPE_TEXT] = "text", [HF_TYPE_INT] = "int",   [HF_TYPE_BOOL] = "bool",
        [HF_TYPE_DATE] = "date", [HF_TYPE_TIME] = "time", [HF_TYPE_CODE] = "code",
        [HF_TYPE_REF] = "ref",   [HF_TYPE_ACT] = "act",   [HF_TYPE_TAKEN_OUT] = "taken_out",
    };
    return names[type];
}

void holdfast_types(bool (*each)(void *ctx, const char *name, const char *label), void *ctx)
{
    size_t count = 0;
    const struct hf_record_spec *types = hf_model_types(&count);
    for (size_t i = 0; i < count; i++) {
        if (!each(ctx, types[i].name, types[i].label))
            return;
    }
}

enum holdfast_status holdfast_fields(const char *type, bool (*each)(void *ctx, const struct holdfast_field_info *field),
                                     void *ctx)
{
    const struct hf_record_spec *spec = type ? hf_model_type_named(hf_slice_str(type)) : NULL;
    if (!spec)
        return HOLDFAST_NOT_FOUND;
    for (size_t i = 0; i < spec->field_count; i++) {
        const struct hf_field_spec *field = &spec->fields[i];
        const struct holdfast_field_info info = {.name = field->name,
                                                 .label = field->label,
                                                 .kind = hf_kind_name(field->kind),
                                                 .type = type_name(field->type),
                                                 .bytes_max = field->bytes_max,
                                                 .codes = field->codes,
                                                 .duty = field->duty};
        if (!each(ctx, &info))
            break;
    }
    return HOLDFAST_OK;
}
