/* Reading: cases, lists, one record, its history, counts. */
#include "client/disputes.h"
#include "client/reads.h"
#include "client/texts.h"
#include "core/base/text.h"
#include "core/merge/standing.h"
#include "core/model/value.h"
#include "core/replica/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* --- cases --- */

enum holdfast_status holdfast_case_new(struct holdfast *hf, const char *reference, struct holdfast_id *out_case)
{
    struct hf_id case_id;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (!reference || reference[0] == '\0')
        status = hf_error_set(&hf->err, HF_ERR_INVALID, "A case needs a reference to be found by.");
    else if (!hf_text_is_utf8(hf_slice_str(reference)))
        status = hf_error_set(&hf->err, HF_ERR_INVALID, "reference must be text (UTF-8).");
    if (status == HF_OK)
        status = hf_replica_case_new(hf->replica, hf_slice_str(reference), hf_wall_ms(), &case_id, &hf->err);
    if (status == HF_OK) {
        *out_case = hf_id_out(&case_id);
        hf_handle_tell(hf, &case_id, &case_id);
    }
    return hf_handle_leave(hf, status);
}

struct case_rows {
    bool (*each)(void *ctx, const struct holdfast_case_row *row);
    void *ctx;
    enum hf_status status;
};

static bool show_case(void *ctx, const struct hf_case_row *row)
{
    struct case_rows *rows = ctx;
    struct hf_texts texts = {0};
    const struct holdfast_case_row out = {.id = hf_id_out(&row->case_id),
                                          .reference = hf_texts_copy(&texts, row->reference),
                                          .records = row->record_count,
                                          .conflicts = row->conflict_count,
                                          .unsent = row->unsent_count};
    rows->status = hf_texts_status(&texts);
    bool more = rows->status == HF_OK && rows->each(rows->ctx, &out);
    hf_texts_clear(&texts);
    return more;
}

enum holdfast_status holdfast_cases(struct holdfast *hf, bool (*each)(void *ctx, const struct holdfast_case_row *row),
                                    void *ctx)
{
    struct case_rows rows = {.each = each, .ctx = ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_cases(hf->replica, show_case, &rows);
    return hf_handle_leave(hf, status == HF_OK ? rows.status : status);
}

/* --- lists --- */

struct record_rows {
    bool (*each)(void *ctx, const struct holdfast_record_row *row);
    void *ctx;
    enum hf_status status;
};

static const char *deleted_name(enum hf_deleted deleted)
{
    static const char *const names[] = {"", "deleted", "edited since", "disputed"};
    return names[deleted];
}

static bool show_record(void *ctx, const struct hf_record_row *row)
{
    struct record_rows *rows = ctx;
    struct hf_texts texts = {0};
    const struct hf_record_spec *type = hf_model_type(row->type);
    const struct holdfast_record_row out = {.id = hf_id_out(&row->record_id),
                                            .case_id = hf_id_out(&row->case_id),
                                            .parent = hf_id_out(&row->parent),
                                            .type = type ? type->name : "",
                                            .label = type ? type->label : "",
                                            .title = hf_texts_copy(&texts, row->title),
                                            .due = hf_texts_copy(&texts, row->due),
                                            .status = hf_texts_copy(&texts, row->status),
                                            .conflicts = row->conflict_count,
                                            .sent = hf_sent_name(row->sent),
                                            .is_final = row->is_final,
                                            .amendments = row->amendment_count,
                                            .deleted = deleted_name(row->deleted)};
    rows->status = hf_texts_status(&texts);
    bool more = rows->status == HF_OK && rows->each(rows->ctx, &out);
    hf_texts_clear(&texts);
    return more;
}

static enum hf_status take_filter(struct holdfast *hf, const struct holdfast_filter *filter,
                                  struct hf_record_filter *out)
{
    *out = (struct hf_record_filter){.hide_limited = true};
    if (!filter)
        return HF_OK;
    out->case_id = hf_id_in_or_zero(filter->case_id);
    out->parent = hf_id_in_or_zero(filter->parent);
    out->record = hf_id_in_or_zero(filter->record);
    out->conflicts_only = filter->conflicts_only;
    out->with_deleted = filter->with_deleted;
    if (!filter->type)
        return HF_OK;
    const struct hf_record_spec *type = hf_model_type_named(hf_slice_str(filter->type));
    if (!type)
        return hf_handle_fail(hf, HF_ERR_NOT_FOUND, "There is no kind of record called %.100s.", filter->type);
    out->type = type->code;
    return HF_OK;
}

enum holdfast_status holdfast_list(struct holdfast *hf, const struct holdfast_filter *filter,
                                   bool (*each)(void *ctx, const struct holdfast_record_row *row), void *ctx)
{
    struct record_rows rows = {.each = each, .ctx = ctx};
    struct hf_record_filter own;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = take_filter(hf, filter, &own);
    if (status == HF_OK && filter && filter->case_id)
        hf_reads_note(hf, &own.case_id, NULL, HF_READ_LIST);
    if (status == HF_OK)
        status = hf_replica_list(hf->replica, &own, show_record, &rows);
    return hf_handle_leave(hf, status == HF_OK ? rows.status : status);
}

/* --- one record --- */

static bool note_sent(void *ctx, const struct hf_change_row *row)
{
    enum hf_sent_state *sent = ctx;
    if (row->own)
        *sent = row->sent;
    return true;
}

static struct hf_id parent_of(const struct hf_record_spec *type, const struct hf_record_state *state)
{
    struct hf_id id = hf_id_zero();
    struct hf_buf text = {0};
    const struct hf_field_state *parent = hf_record_state_field(state, HF_FIELD_PARENT);
    struct hf_slice value = parent ? hf_merge_plain_value(type, parent) : hf_slice_of(NULL, 0);
    if (value.len > 0)
        hf_value_to_text(hf_model_field(type, HF_FIELD_PARENT), value, &text);
    if (hf_buf_status(&text) == HF_OK && text.len > 0)
        (void)!hf_id_parse(hf_buf_slice(&text), &id);
    hf_buf_clear(&text);
    return id;
}

static enum hf_status fill_row(struct holdfast *hf, const struct hf_record_spec *type,
                               const struct hf_record_state *state, struct holdfast_record_row *out)
{
    enum hf_sent_state sent = HF_RECEIVED; /* when it has no own change */
    const struct hf_id parent = parent_of(type, state);
    struct hf_changes proposals = {0};
    bool unproved = false;
    enum hf_status status = hf_replica_history(hf->replica, &state->record_id, note_sent, &sent);
    if (status == HF_OK)
        status = hf_replica_is_unproved(hf->replica, &state->record_id, &unproved);
    if (status == HF_OK)
        status = hf_standing_proposals(state, &proposals);
    free(proposals.at);
    if (status != HF_OK)
        return status;
    *out = (struct holdfast_record_row){.id = hf_id_out(&state->record_id),
                                        .case_id = hf_id_out(&state->case_id),
                                        .parent = hf_id_out(&parent),
                                        .type = type->name,
                                        .label = type->label,
                                        .title = "",
                                        .due = "",
                                        .status = "",
                                        .conflicts = hf_merge_conflict_count(state),
                                        .sent = hf_sent_name(sent),
                                        .is_final = state->is_final,
                                        .amendments = proposals.count,
                                        .deleted = deleted_name(state->deleted),
                                        .unverified = unproved};
    return HF_OK;
}

static int by_clock(const void *a, const void *b)
{
    const struct hf_entry *left = *(const struct hf_entry *const *)a;
    const struct hf_entry *right = *(const struct hf_entry *const *)b;
    if (left->clock != right->clock)
        return left->clock < right->clock ? -1 : 1;
    return hf_id_compare(&left->change, &right->change);
}

static bool seen_before(const struct hf_entry *const *entries, size_t count, struct hf_slice value)
{
    for (size_t i = 0; i < count; i++) {
        if (hf_slice_equal(entries[i]->value, value))
            return true;
    }
    return false;
}

/* What a person reads of a field: every entry of an append field, oldest first; otherwise each value once. */
static size_t pick_entries(const struct hf_field_spec *spec, const struct hf_field_state *state,
                           const struct hf_entry **out)
{
    size_t count = 0;
    for (size_t i = 0; i < state->count; i++) {
        if (state->entries[i].is_aside)
            continue; /* a proposed amendment: holdfast_amendments */
        if (spec->kind == HF_KIND_APPEND || !seen_before(out, count, state->entries[i].value))
            out[count++] = &state->entries[i];
    }
    if (spec->kind == HF_KIND_APPEND)
        qsort(out, count, sizeof *out, by_clock);
    return count;
}

struct field_rows {
    bool (*each)(void *ctx, const struct holdfast_field_row *field);
    void *ctx;
};

static enum hf_status show_one(const struct field_rows *rows, const struct hf_field_spec *spec, struct hf_texts *texts,
                               const char **values, bool *out_more)
{
    enum hf_status status = hf_texts_status(texts);
    const struct holdfast_field_row row = {
        .name = spec->name, .label = spec->label, .kind = hf_kind_name(spec->kind), .value_count = 1, .values = values};
    if (status == HF_OK && values[0][0] != '\0')
        *out_more = rows->each(rows->ctx, &row);
    hf_texts_clear(texts);
    return status;
}

static enum hf_status show_values(const struct field_rows *rows, const struct hf_record_spec *type,
                                  const struct hf_field_spec *spec, const struct hf_field_state *state,
                                  const struct hf_entry **picked, const char **values, bool *out_more)
{
    struct hf_texts texts = {0};
    const size_t count = pick_entries(spec, state, picked);
    const struct hf_slice plain = hf_merge_plain_value(type, state);
    if (count == 0)
        return HF_OK;
    if (spec->kind == HF_KIND_STATUS && plain.len > 0) {
        values[0] = hf_texts_value(&texts, spec, plain); /* the one furthest along */
        return show_one(rows, spec, &texts, values, out_more);
    }
    for (size_t i = 0; i < count; i++)
        values[i] = hf_texts_value(&texts, spec, picked[i]->value);
    enum hf_status status = hf_texts_status(&texts);
    const bool cleared = count == 1 && values[0][0] == '\0';
    if (status == HF_OK && !cleared) {
        const struct holdfast_field_row row = {.name = spec->name,
                                               .label = spec->label,
                                               .kind = hf_kind_name(spec->kind),
                                               .value_count = count,
                                               .values = values,
                                               .in_conflict = hf_merge_in_conflict(type, state)};
        *out_more = rows->each(rows->ctx, &row);
    }
    hf_texts_clear(&texts);
    return status;
}

static enum hf_status show_field(const struct field_rows *rows, const struct hf_record_spec *type,
                                 const struct hf_field_spec *spec, const struct hf_field_state *state, bool *out_more)
{
    if (!state || state->count == 0)
        return HF_OK;
    enum hf_status status = HF_ERR_NOMEM;
    const struct hf_entry **picked = calloc(state->count, sizeof *picked);
    const char **values = calloc(state->count, sizeof *values);
    if (picked && values)
        status = show_values(rows, type, spec, state, picked, values, out_more);
    free(picked);
    free(values);
    return status;
}

static enum hf_status read_record(struct holdfast *hf, const struct hf_record_state *state,
                                  struct holdfast_record_row *out_row, const struct field_rows *rows)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    bool more = rows->each != NULL;
    if (!type)
        return HF_ERR_UNSUPPORTED;
    enum hf_status status = out_row ? fill_row(hf, type, state, out_row) : HF_OK;
    for (size_t i = 0; status == HF_OK && more && i < type->field_count; i++)
        status = show_field(rows, type, &type->fields[i], hf_record_state_field(state, type->fields[i].code), &more);
    return status;
}

enum holdfast_status holdfast_read(struct holdfast *hf, const struct holdfast_id *record,
                                   struct holdfast_record_row *out_row,
                                   bool (*each)(void *ctx, const struct holdfast_field_row *field), void *ctx)
{
    struct hf_record_state state = {0};
    const struct hf_id id = hf_id_in(record);
    const struct field_rows rows = {each, ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_record(hf->replica, &id, &state);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_handle_fail(hf, status, "This record is not on this device. Sync, or check its id.");
    if (status == HF_OK && each)
        status = hf_disputes_may_use(hf, &id);
    if (status == HF_OK && each)
        hf_reads_note(hf, &state.case_id, &state.record_id, HF_READ_RECORD);
    if (status == HF_OK)
        status = read_record(hf, &state, out_row, &rows);
    hf_record_state_clear(&state);
    return hf_handle_leave(hf, status);
}

/* --- counts and digests --- */

const char *holdfast_damage(struct holdfast *hf)
{
    return hf && hf->replica ? hf_replica_damage(hf->replica) : "";
}

enum holdfast_status holdfast_get_counts(struct holdfast *hf, struct holdfast_counts *out)
{
    struct hf_replica_counts counts = {0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct hf_unproved unproved = {0};
    status = hf_replica_counts(hf->replica, &counts);
    if (status == HF_OK)
        status = hf_replica_unproved(hf->replica, &unproved);
    if (status == HF_OK)
        *out = (struct holdfast_counts){.cases = counts.cases,
                                        .records = counts.records,
                                        .changes = counts.changes,
                                        .saved_here = counts.saved_here,
                                        .sent = counts.sent,
                                        .received = counts.received,
                                        .held = counts.held,
                                        .waiting = counts.waiting,
                                        .conflicts = counts.conflicts,
                                        .oldest_unsent_ms = counts.oldest_unsent_ms,
                                        .last_sync_ms = counts.last_sync_ms,
                                        .checkpoint_size = counts.checkpoint_size,
                                        .checkpoint_ms = counts.checkpoint_ms,
                                        .unverified_cases = unproved.cases,
                                        .unverified = unproved.records};
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_digest(struct holdfast *hf, const struct holdfast_id *case_id,
                                     uint8_t out[HOLDFAST_DIGEST_BYTES])
{
    uint8_t digest[HF_HASH_BYTES];
    const struct hf_id id = hf_id_in_or_zero(case_id);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_digest(hf->replica, case_id ? &id : NULL, digest);
    if (status == HF_OK)
        memcpy(out, digest, sizeof digest);
    return hf_handle_leave(hf, status);
}
