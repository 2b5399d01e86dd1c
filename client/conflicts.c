/* Clashes: showing them, and settling one by a signed change that names every value its author saw. */
#include "client/clash.h"
#include "client/clock.h"
#include "client/edit.h"
#include "client/reads.h"
#include "core/model/value.h"
#include "core/replica/device_names.h"

#include <stdlib.h>
#include <string.h>

/* --- showing --- */

struct conflict_rows {
    struct hf_replica *replica;
    bool (*each)(void *ctx, const struct holdfast_conflict_row *row);
    void *ctx;
    enum hf_status status;
};

/* Which of its person's devices wrote it, and by how much that one's clock was off. */
static enum hf_status fill_device(struct hf_replica *replica, const struct hf_conflict_head *head,
                                  struct hf_texts *texts, struct holdfast_conflict_value *out)
{
    char text[HF_CLOCK_OFF_BYTES];
    int64_t offset_ms = 0;
    enum hf_status status = hf_replica_device_number(replica, head->device, &out->device_number);
    if (status == HF_OK)
        status = hf_clock_of_change(replica, head->device, head->log_index, head->own, &offset_ms);
    hf_clock_off_text(offset_ms, text);
    out->clock_text = hf_texts_copy(texts, hf_slice_str(text));
    out->clock_offset_ms = text[0] == '\0' ? 0 : offset_ms;
    return status;
}

static bool show_fields(struct conflict_rows *rows, const struct hf_conflict_row *row,
                        const struct hf_record_spec *type, const struct hf_field_spec *field)
{
    struct hf_texts texts = {0};
    struct holdfast_conflict_value values[HF_CONFLICT_HEADS_MAX];
    char devices[HF_CONFLICT_HEADS_MAX][HF_DEVICE_TEXT_BYTES];
    char code[HOLDFAST_CLASH_CODE_TEXT_BYTES];
    hf_clash_code(row, code);
    for (size_t i = 0; i < row->head_count; i++) {
        const struct hf_conflict_head *head = &row->heads[i];
        hf_device_text(head->device, devices[i]);
        values[i] = (struct holdfast_conflict_value){.change = hf_id_out(&head->change_id),
                                                     .value = hf_texts_value(&texts, field, head->value),
                                                     .author = head->author_name,
                                                     .device = devices[i],
                                                     .this_device = head->own,
                                                     .time_ms = hf_clock_ms(head->clock)};
        if (rows->status == HF_OK)
            rows->status = fill_device(rows->replica, head, &texts, &values[i]);
    }
    struct holdfast_suggestion_part *parts = NULL;
    struct holdfast_conflict_row out = {.case_id = hf_id_out(&row->case_id),
                                        .record = hf_id_out(&row->record_id),
                                        .type = type->name,
                                        .field = field->name,
                                        .label = field->label,
                                        .code = code,
                                        .base = hf_texts_value(&texts, field, row->base),
                                        .value_count = row->head_count,
                                        .values = values};
    hf_clash_deciders(row, &texts, &out);
    if (rows->status == HF_OK)
        rows->status = hf_texts_status(&texts);
    if (rows->status == HF_OK)
        rows->status = hf_clash_suggest(type, field, &texts, &out, &parts);
    bool more = rows->status == HF_OK && rows->each(rows->ctx, &out);
    free(parts);
    hf_texts_clear(&texts);
    return more;
}

static bool show_conflict(void *ctx, const struct hf_conflict_row *row)
{
    struct conflict_rows *rows = ctx;
    const struct hf_record_spec *type = hf_model_type(row->type);
    const struct hf_field_spec *field = type ? hf_model_field(type, row->field) : NULL;
    if (field)
        return show_fields(rows, row, type, field);
    rows->status = HF_ERR_UNSUPPORTED;
    return false;
}

enum holdfast_status holdfast_conflicts(struct holdfast *hf, const struct holdfast_id *record,
                                        bool (*each)(void *ctx, const struct holdfast_conflict_row *row), void *ctx)
{
    struct conflict_rows rows = {.each = each, .ctx = ctx};
    const struct hf_id id = hf_id_in_or_zero(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (record)
        hf_reads_note(hf, NULL, &id, HF_READ_RECORD);
    rows.replica = hf->replica;
    status = hf_replica_conflicts(hf->replica, record ? &id : NULL, show_conflict, &rows);
    return hf_handle_leave(hf, status == HF_OK ? rows.status : status);
}

/* --- settling --- */

struct settling {
    struct holdfast *hf;
    const struct hf_id *record;
    const char *field;
    const struct holdfast_decision *decision;
    struct hf_id seen[HF_EDIT_BASES_MAX];
    struct hf_record_state state;
    const struct hf_record_spec *type;
    const struct hf_field_spec *spec;
    struct hf_buf encoded;
};

static enum hf_status check_seen(struct settling *settling)
{
    struct holdfast *hf = settling->hf;
    const struct holdfast_decision *decision = settling->decision;
    if (!decision->seen || decision->seen_count < 2)
        return hf_handle_fail(hf, HF_ERR_INVALID,
                              "To settle a clash, name the values that were seen: two of them or more.");
    if (decision->seen_count > HF_EDIT_BASES_MAX)
        return hf_handle_fail(hf, HF_ERR_LIMIT, "One decision can settle at most %d values at once.",
                              HF_EDIT_BASES_MAX);
    bool picked = decision->pick == NULL;
    for (size_t i = 0; i < decision->seen_count; i++) {
        settling->seen[i] = hf_id_in(&decision->seen[i]);
        picked = picked || memcmp(decision->pick->bytes, decision->seen[i].bytes, HOLDFAST_ID_BYTES) == 0;
    }
    if (!picked)
        return hf_handle_fail(hf, HF_ERR_INVALID, "The value picked is not one of those that were seen.");
    return HF_OK;
}

static enum hf_status check_arguments(struct settling *settling)
{
    struct holdfast *hf = settling->hf;
    const struct holdfast_decision *decision = settling->decision;
    if ((decision->pick != NULL) == (decision->value != NULL))
        return hf_handle_fail(hf, HF_ERR_INVALID,
                              "To settle a clash, either pick one of its values or give a new one.");
    if (!decision->reason || decision->reason[0] == '\0')
        return hf_handle_fail(hf, HF_ERR_INVALID, "reason: say why, so that others can follow the decision.");
    enum hf_status status = hf_edit_check_reason(hf, hf_slice_str(decision->reason));
    return status == HF_OK ? check_seen(settling) : status;
}

static enum hf_status find_clash(struct settling *settling, const struct hf_field_state **out)
{
    struct holdfast *hf = settling->hf;
    enum hf_status status = hf_replica_record(hf->replica, settling->record, &settling->state);
    if (status == HF_ERR_NOT_FOUND)
        return hf_handle_fail(hf, status, "This record is not on this device. Sync, or check its id.");
    if (status != HF_OK)
        return status;
    settling->type = hf_model_type(settling->state.type);
    if (settling->field && strcmp(settling->field, "deleted") == 0)
        return hf_handle_fail(hf, HF_ERR_STATE,
                              "deleted: settle this by deleting the record again, having seen what came since, or by "
                              "restoring it.");
    settling->spec =
        settling->type && settling->field ? hf_model_field_named(settling->type, hf_slice_str(settling->field)) : NULL;
    if (!settling->spec)
        return hf_handle_fail(hf, HF_ERR_INVALID, "%s has no field called %.100s.",
                              settling->type ? settling->type->name : "This record",
                              settling->field ? settling->field : "(nothing)");
    const struct hf_field_state *field = hf_record_state_field(&settling->state, settling->spec->code);
    if (!field || !hf_merge_in_conflict(settling->type, field))
        return hf_handle_fail(hf, HF_ERR_STATE, "%s has no clash to settle: edit it as usual.", settling->spec->name);
    *out = field;
    return HF_OK;
}

static const struct hf_entry *find_entry(const struct hf_field_state *field, const struct hf_id *change)
{
    for (size_t i = 0; i < field->count; i++)
        if (hf_id_equal(&field->entries[i].change, change))
            return &field->entries[i];
    return NULL;
}

/* Values that came since are fine, they stay; but what was decided about must stand there still. */
static enum hf_status check_standing(struct settling *settling, const struct hf_field_state *field)
{
    for (size_t i = 0; i < settling->decision->seen_count; i++)
        if (!find_entry(field, &settling->seen[i]))
            return hf_handle_fail(settling->hf, HF_ERR_CONFLICT,
                                  "%s: this clash has changed since it was shown. Nothing was settled: look at it "
                                  "again, then decide.",
                                  settling->spec->name);
    return HF_OK;
}

static enum hf_status make_value(struct settling *settling, const struct hf_field_state *field)
{
    const struct holdfast_decision *decision = settling->decision;
    if (!decision->pick)
        return hf_value_from_text(settling->type, settling->spec, hf_slice_str(decision->value), &settling->encoded,
                                  &settling->hf->err);
    const struct hf_id pick = hf_id_in(decision->pick);
    hf_buf_append_slice(&settling->encoded, find_entry(field, &pick)->value); /* seen, and it stands there */
    return hf_buf_status(&settling->encoded);
}

static enum hf_status settle(struct settling *settling, struct hf_id *out_change)
{
    struct holdfast *hf = settling->hf;
    const struct hf_field_state *field = NULL;
    enum hf_status status = check_arguments(settling);
    if (status == HF_OK)
        status = find_clash(settling, &field);
    if (status == HF_OK)
        status = check_standing(settling, field);
    if (status == HF_OK)
        status = make_value(settling, field);
    if (status != HF_OK)
        return status;
    const struct hf_save_edit edit = {.field = settling->spec->code,
                                      .value = hf_buf_slice(&settling->encoded),
                                      .bases = settling->seen,
                                      .base_count = settling->decision->seen_count};
    const struct hf_save request = {.case_id = settling->state.case_id,
                                    .record_id = settling->state.record_id,
                                    .type = settling->type->code,
                                    .edits = &edit,
                                    .edit_count = 1,
                                    .settle = true,
                                    .reason = hf_slice_str(settling->decision->reason)};
    return hf_replica_save(hf->replica, &request, hf_wall_ms(), out_change, &hf->err);
}

enum holdfast_status holdfast_settle(struct holdfast *hf, const struct holdfast_id *record, const char *field,
                                     const struct holdfast_decision *decision, struct holdfast_id *out_change)
{
    const struct hf_id id = hf_id_in(record);
    struct hf_id change;
    struct settling settling = {.hf = hf, .record = &id, .field = field, .decision = decision};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = settle(&settling, &change);
    if (status == HF_OK) {
        if (out_change)
            *out_change = hf_id_out(&change);
        hf_handle_tell(hf, &settling.state.case_id, &id);
    }
    hf_record_state_clear(&settling.state);
    hf_buf_wipe(&settling.encoded);
    return hf_handle_leave(hf, status);
}
