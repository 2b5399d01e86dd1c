/* Forms and drafts: writing them down, listing and reading them. */
#include "client/drafts.h"

#include "client/edit.h"
#include "client/reads.h"
#include "core/base/text.h"
#include "core/replica/device_names.h"

#include <stdlib.h>
#include <string.h>

#define PREVIEW_BYTES 120

/* --- forms ------------------------------------------------------------------------------------------------------- */

static enum hf_status case_of(struct holdfast *hf, const struct hf_id *record_id, struct hf_id *out)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_record(hf->replica, record_id, &state);
    if (status == HF_OK)
        *out = state.case_id;
    hf_record_state_clear(&state);
    return status;
}

static enum hf_status fill_form(struct holdfast *hf, const struct hf_id *record, const struct hf_id *case_id,
                                struct holdfast_form *out)
{
    uint64_t seen = 0;
    enum hf_status status = hf_replica_seen_now(hf->replica, &seen, &hf->err);
    if (status == HF_OK)
        *out = (struct holdfast_form){.record = hf_id_out(record), .case_id = hf_id_out(case_id), .seen = seen};
    return status;
}

/* The draft of a part whose id another record took meanwhile comes along. Not when nothing may be written now. */
static enum hf_status follow(struct holdfast *hf, const struct hf_new_record *wanted, const struct hf_id *record)
{
    if (!wanted->type->once_per_parent || hf->read_only || hf->telling)
        return HF_OK;
    const struct hf_draft_move move = {.case_id = wanted->case_id,
                                       .type = wanted->type->code,
                                       .parent = wanted->parent,
                                       .slot = wanted->slot,
                                       .first = hf_edit_first_id(wanted),
                                       .to = *record};
    return hf_replica_draft_follow(hf->replica, &move, hf_wall_ms(), &hf->err);
}

enum holdfast_status holdfast_form_new(struct holdfast *hf, const struct holdfast_id *case_id, const char *type,
                                       const struct holdfast_id *parent, const char *slot, struct holdfast_form *out)
{
    struct hf_new_record wanted;
    struct hf_id record;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_edit_wanted(hf, case_id, type, parent, slot, &wanted);
    if (status != HF_OK)
        return hf_handle_leave(hf, status);
    status = hf_edit_new_id(hf, &wanted, &record);
    if (status == HF_OK)
        status = follow(hf, &wanted, &record);
    if (status == HF_OK)
        status = fill_form(hf, &record, &wanted.case_id, out);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_form_record(struct holdfast *hf, const struct holdfast_id *record,
                                          struct holdfast_form *out)
{
    struct hf_id case_id;
    const struct hf_id record_id = hf_id_in(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = case_of(hf, &record_id, &case_id);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_handle_fail(hf, status, "This record is not on this device. Sync, or check its id.");
    if (status == HF_OK)
        status = fill_form(hf, &record_id, &case_id, out);
    return hf_handle_leave(hf, status);
}

/* --- writing down ------------------------------------------------------------------------------------------------ */

static enum hf_status take_fields(struct holdfast *hf, const struct holdfast_draft_save *save,
                                  const struct hf_record_spec *type, struct hf_draft_put_field out[HF_DRAFT_FIELDS_MAX])
{
    if (save->field_count > HF_DRAFT_FIELDS_MAX)
        return hf_handle_fail(hf, HF_ERR_LIMIT, "A draft holds at most %d fields.", HF_DRAFT_FIELDS_MAX);
    for (size_t i = 0; i < save->field_count; i++) {
        const char *name = save->fields[i].field ? save->fields[i].field : "";
        const char *value = save->fields[i].value;
        const struct hf_field_spec *spec = hf_model_field_named(type, hf_slice_str(name));
        if (!spec)
            return hf_handle_fail(hf, HF_ERR_INVALID, "%s has no field called %.100s.", type->name, name);
        out[i] =
            (struct hf_draft_put_field){.field = spec->code, .drop = !value, .text = hf_slice_str(value ? value : "")};
    }
    return HF_OK;
}

static enum hf_status put(struct holdfast *hf, const struct holdfast_draft_save *save, uint64_t now_ms)
{
    struct hf_draft_put_field fields[HF_DRAFT_FIELDS_MAX];
    const char *name = save->type ? save->type : "";
    const struct hf_record_spec *type = hf_model_type_named(hf_slice_str(name));
    const struct hf_slice reason = hf_slice_str(save->reason ? save->reason : "");
    const struct hf_slice cursor = hf_slice_str(save->cursor ? save->cursor : "");
    if (!type)
        return hf_handle_fail(hf, HF_ERR_NOT_FOUND, "There is no kind of record called %.100s.", name);
    enum hf_status status = take_fields(hf, save, type, fields);
    const struct hf_draft_put request = {.case_id = hf_id_in(&save->about.case_id),
                                         .record_id = hf_id_in(&save->about.record),
                                         .type = type->code,
                                         .parent = hf_id_in_or_zero(save->parent),
                                         .slot = hf_slice_str(save->slot ? save->slot : ""),
                                         .form = hf_slice_str(save->form ? save->form : ""),
                                         .seen = save->about.seen,
                                         .fields = fields,
                                         .field_count = save->field_count,
                                         .reason = save->reason ? &reason : NULL,
                                         .cursor = save->cursor ? &cursor : NULL};
    return status == HF_OK ? hf_replica_draft_put(hf->replica, &request, now_ms, &hf->err) : status;
}

enum holdfast_status holdfast_draft_put(struct holdfast *hf, const struct holdfast_draft_save *save,
                                        uint64_t *out_saved_ms)
{
    const uint64_t now_ms = hf_wall_ms();
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = put(hf, save, now_ms);
    if (status == HF_OK && out_saved_ms)
        *out_saved_ms = now_ms;
    return hf_handle_leave(hf, status);
}

/* --- rows -------------------------------------------------------------------------------------------------------- */

const char *hf_drafts_reference(struct holdfast *hf, const struct hf_id *case_id, struct hf_texts *texts)
{
    struct hf_record_state state = {0};
    const char *reference = "";
    const struct hf_record_spec *type = hf_model_type(HF_RECORD_CASE);
    if (hf_replica_record(hf->replica, case_id, &state) == HF_OK && state.type == HF_RECORD_CASE) {
        const struct hf_field_state *field = hf_record_state_field(&state, HF_FIELD_CASE_REFERENCE);
        const struct hf_slice value = field ? hf_merge_plain_value(type, field) : hf_slice_of(NULL, 0);
        if (value.len > 0)
            reference = hf_texts_value(texts, hf_model_field(type, HF_FIELD_CASE_REFERENCE), value);
    }
    hf_record_state_clear(&state);
    return reference;
}

/* How the longest text begins, whole characters, without line ends. */
static const char *preview(const struct hf_draft *draft, struct hf_texts *texts)
{
    struct hf_slice longest = hf_slice_of(NULL, 0);
    uint8_t line[PREVIEW_BYTES];
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].text.len > longest.len)
            longest = draft->fields[i].text;
    size_t len = longest.len < PREVIEW_BYTES ? longest.len : PREVIEW_BYTES;
    while (len < longest.len && len > 0 && (longest.data[len] & 0xc0) == 0x80)
        len--;
    for (size_t i = 0; i < len; i++)
        line[i] = longest.data[i] < ' ' ? ' ' : longest.data[i];
    const char *copy = hf_texts_copy(texts, hf_slice_of(line, len));
    hf_wipe(line, sizeof line);
    return copy;
}

struct draft_rows {
    struct holdfast *hf;
    bool (*each)(void *ctx, const struct holdfast_draft_row *row);
    void *ctx;
    const uint8_t *device; /* NULL: all */
    enum hf_status status;
};

static void name_of(struct holdfast *hf, const struct hf_id *person, char out[HF_PERSON_NAME_BYTES_MAX + 1])
{
    out[0] = '\0';
    if (hf_id_is_zero(person) || hf_replica_person_name(hf->replica, person, out) != HF_OK)
        out[0] = '\0';
}

static bool show_row(void *ctx, const struct hf_draft_row *row)
{
    struct draft_rows *rows = ctx;
    struct hf_texts texts = {0};
    const struct hf_draft *draft = row->draft;
    const struct hf_record_spec *type = hf_model_type(draft->type);
    char device[HF_DEVICE_TEXT_BYTES];
    char person[HF_PERSON_NAME_BYTES_MAX + 1];
    uint64_t number = 0;
    bool held_back = row->held_back;
    if (rows->device && memcmp(rows->device, row->device, sizeof row->device) != 0)
        return true;
    hf_device_text(row->device, device);
    name_of(rows->hf, &row->person, person);
    rows->status = hf_replica_device_number(rows->hf->replica, row->device, &number);
    if (rows->status == HF_OK && row->own && row->shared) /* the decision may be here before the next sync heeds it */
        rows->status = hf_drafts_held_back(rows->hf->replica, draft, &held_back, &rows->hf->err);
    const struct holdfast_draft_row out = {.record = hf_id_out(&draft->record_id),
                                           .case_id = hf_id_out(&draft->case_id),
                                           .parent = hf_id_out(&draft->parent),
                                           .reference = hf_drafts_reference(rows->hf, &draft->case_id, &texts),
                                           .type = type->name,
                                           .label = type->label,
                                           .slot = hf_texts_copy(&texts, draft->slot),
                                           .form = hf_texts_copy(&texts, draft->form),
                                           .cursor = hf_texts_copy(&texts, draft->cursor),
                                           .reason = hf_texts_copy(&texts, draft->reason),
                                           .preview = preview(draft, &texts),
                                           .field_count = draft->field_count,
                                           .created_ms = draft->created_ms,
                                           .updated_ms = draft->updated_ms,
                                           .own = row->own,
                                           .same_person = row->same_person,
                                           .shared = row->shared && !held_back,
                                           .held_back = held_back,
                                           .is_new = row->is_new,
                                           .changed_since = row->changed_since,
                                           .person = person,
                                           .device = device,
                                           .device_number = number,
                                           .done_ms = row->done_ms};
    if (rows->status == HF_OK)
        rows->status = hf_texts_status(&texts);
    const bool more = rows->status == HF_OK && rows->each(rows->ctx, &out);
    hf_texts_clear(&texts);
    return more;
}

enum holdfast_status holdfast_draft_list(struct holdfast *hf, const struct holdfast_id *record,
                                         bool (*each)(void *ctx, const struct holdfast_draft_row *row), void *ctx)
{
    struct draft_rows rows = {.hf = hf, .each = each, .ctx = ctx};
    const struct hf_id id = hf_id_in_or_zero(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_drafts(hf->replica, record ? &id : NULL, show_row, &rows, &hf->err);
    return hf_handle_leave(hf, status == HF_OK ? rows.status : status);
}

/* --- one draft --------------------------------------------------------------------------------------------------- */

static enum hf_status parse_device(struct holdfast *hf, const char *device, uint8_t out[HF_SIGN_PUBLIC_BYTES])
{
    if (hf_text_unhex(hf_slice_str(device), out, HF_SIGN_PUBLIC_BYTES) != HF_OK)
        return hf_handle_fail(hf, HF_ERR_NOT_FOUND,
                              "A device is named by the %d hex digits that a list of drafts shows.",
                              2 * HF_SIGN_PUBLIC_BYTES);
    return HF_OK;
}

static enum hf_status fits(struct holdfast *hf, const struct holdfast_draft_place *place, const struct hf_draft *draft)
{
    const struct hf_id case_id = hf_id_in(&place->case_id);
    if (!hf_id_equal(&case_id, &draft->case_id))
        return hf_handle_fail(hf, HF_ERR_STATE,
                              "This draft belongs to another case and is not opened here. It was left as it is.");
    if (!hf_slice_equal(hf_slice_str(place->form ? place->form : ""), draft->form))
        return hf_handle_fail(hf, HF_ERR_STATE,
                              "This draft was begun in another form (%.*s) and does not fit this one. It was left as "
                              "it is: copy what you need, then discard it.",
                              (int)draft->form.len, (const char *)draft->form.data);
    return HF_OK;
}

enum hf_status hf_drafts_open(struct holdfast *hf, const struct holdfast_draft_place *place, const char *device,
                              struct hf_draft_at *out)
{
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    const struct hf_id record_id = hf_id_in(&place->record);
    enum hf_status status = device ? parse_device(hf, device, key) : HF_OK;
    if (status != HF_OK)
        return status;
    const bool own = !device || memcmp(key, hf_replica_identity(hf->replica)->sign.public_key, sizeof key) == 0;
    status = hf_replica_draft(hf->replica, &record_id, own ? NULL : key, &out->bytes, &out->draft, &hf->err);
    if (status == HF_ERR_NOT_FOUND)
        return hf_handle_fail(hf, status, "There is no such draft on this device.");
    if (status == HF_ERR_UNSUPPORTED)
        return hf_handle_fail(hf, HF_ERR_STATE, "This draft was written by a later Holdfast. Update Holdfast here.");
    if (status != HF_OK)
        return status;
    out->type = hf_model_type(out->draft.type);
    return fits(hf, place, &out->draft);
}

static enum hf_status read_state(struct holdfast *hf, const struct hf_draft *draft, struct hf_record_state *out)
{
    enum hf_status status = hf_replica_record(hf->replica, &draft->record_id, out);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

static bool show_value(const struct hf_draft_at *at, const struct hf_record_state *state, size_t i,
                       bool (*each)(void *ctx, const struct holdfast_draft_value *value), void *ctx,
                       enum hf_status *out_status)
{
    struct hf_texts texts = {0};
    const struct hf_draft_field *field = &at->draft.fields[i];
    const struct hf_field_spec *spec = hf_model_field(at->type, field->field);
    const struct holdfast_draft_value value = {.name = spec->name,
                                               .label = spec->label,
                                               .kind = hf_kind_name(spec->kind),
                                               .value = hf_texts_copy(&texts, field->text),
                                               .changed_since =
                                                   state->type != 0 && hf_draft_field_changed(field, state)};
    *out_status = hf_texts_status(&texts);
    const bool more = *out_status == HF_OK && each(ctx, &value);
    hf_texts_clear(&texts);
    return more;
}

static enum hf_status show_values(struct holdfast *hf, const struct hf_draft_at *at,
                                  bool (*each)(void *ctx, const struct holdfast_draft_value *value), void *ctx)
{
    struct hf_record_state state = {0};
    enum hf_status status = read_state(hf, &at->draft, &state);
    /* in the order of the table, which is not that of the codes */
    bool more = status == HF_OK;
    for (size_t i = 0; more && i < at->type->field_count; i++)
        for (size_t j = 0; more && j < at->draft.field_count; j++)
            if (at->draft.fields[j].field == at->type->fields[i].code)
                more = show_value(at, &state, j, each, ctx, &status);
    hf_record_state_clear(&state);
    return status;
}

enum holdfast_status holdfast_draft_read(struct holdfast *hf, const struct holdfast_draft_place *place,
                                         const char *device,
                                         bool (*row)(void *ctx, const struct holdfast_draft_row *row),
                                         bool (*each)(void *ctx, const struct holdfast_draft_value *value), void *ctx)
{
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    const struct hf_id record_id = hf_id_in(&place->record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct hf_draft_at *at = calloc(1, sizeof *at);
    status = at ? hf_drafts_open(hf, place, device, at) : HF_ERR_NOMEM;
    if (status == HF_OK && device)
        status = parse_device(hf, device, key);
    if (status == HF_OK)
        hf_reads_note(hf, &at->draft.case_id, &record_id, HF_READ_DRAFT);
    if (status == HF_OK && row) {
        struct draft_rows rows = {.hf = hf,
                                  .each = row,
                                  .ctx = ctx,
                                  .device = device ? key : hf_replica_identity(hf->replica)->sign.public_key};
        status = hf_replica_drafts(hf->replica, &record_id, show_row, &rows, &hf->err);
        if (status == HF_OK)
            status = rows.status;
    }
    if (status == HF_OK && each)
        status = show_values(hf, at, each, ctx);
    if (at)
        hf_buf_wipe(&at->bytes);
    free(at);
    return hf_handle_leave(hf, status);
}

/* --- ending, sharing, taking over -------------------------------------------------------------------------------- */

enum holdfast_status holdfast_draft_discard(struct holdfast *hf, const struct holdfast_id *record)
{
    const struct hf_id record_id = hf_id_in(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_draft_discard(hf->replica, &record_id, &hf->err);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_draft_share(struct holdfast *hf, const struct holdfast_id *record, bool shared)
{
    const struct hf_id record_id = hf_id_in(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = shared ? hf_drafts_may_share(hf, &record_id) : HF_OK;
    if (status == HF_OK)
        status = hf_replica_draft_share(hf->replica, &record_id, shared, &hf->err);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_draft_take(struct holdfast *hf, const struct holdfast_draft_place *place,
                                         const char *device)
{
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    const struct hf_id record_id = hf_id_in(&place->record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct hf_draft_at *at = calloc(1, sizeof *at);
    status = at ? hf_drafts_open(hf, place, device ? device : "", at) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = parse_device(hf, device ? device : "", key);
    if (status == HF_OK)
        status = hf_replica_draft_take(hf->replica, &record_id, key, &hf->err);
    if (at)
        hf_buf_wipe(&at->bytes);
    free(at);
    return hf_handle_leave(hf, status);
}
