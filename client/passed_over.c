/* A decision names every value its author saw. Which of them it did not choose is read off the changes it names. */
#include "client/passed_over.h"

#include "core/merge/merge.h"
#include "core/merge/state.h"
#include "core/model/act.h"

#include <stdlib.h>
#include <string.h>

/* What the changes that one edit names had said. */
struct named {
    const struct hf_field_spec *field;
    struct hf_texts *texts;
    const struct hf_id *own;                    /* the person of this device */
    struct hf_buf values[HF_EDIT_BASES_MAX];    /* encoded */
    struct hf_entry entries[HF_EDIT_BASES_MAX]; /* borrow from values */
    struct holdfast_passed_over *rows;          /* beside them */
    size_t count;
    bool official; /* each was final already */
    enum hf_status status;
};

static bool is_official(const struct hf_data_body *body)
{
    for (uint32_t i = 0; i < body->edit_count; i++)
        if (body->edits[i].field == HF_FIELD_FINAL)
            return hf_act_read(body->edits[i].value).act != HF_ACT_DECLINE;
    return false;
}

static bool read_named(void *ctx, const struct hf_change_row *row)
{
    struct named *named = ctx;
    struct hf_data_body body;
    if (row->leaf.kind != HF_LEAF_DATA || hf_data_body_decode(row->item.body, &body, NULL) != HF_OK)
        return false;
    named->official = named->official && is_official(&body);
    for (uint32_t i = 0; i < body.edit_count; i++) {
        if (body.edits[i].field != named->field->code)
            continue;
        struct hf_buf *value = &named->values[named->count];
        hf_buf_append_slice(value, body.edits[i].value);
        named->status = hf_buf_status(value);
        named->entries[named->count] = (struct hf_entry){.change = row->change_id, .value = hf_buf_slice(value)};
        named->rows[named->count++] =
            (struct holdfast_passed_over){.change = hf_id_out(&row->change_id),
                                          .author = hf_texts_copy(named->texts, row->author_name),
                                          .value = hf_texts_value(named->texts, named->field, body.edits[i].value),
                                          .own = hf_id_equal(&row->author, named->own)};
    }
    return false;
}

/* Leaves the rows of the values that were not taken. */
static size_t keep_passed_over(struct named *named, struct hf_slice taken)
{
    size_t kept = 0;
    for (size_t i = 0; i < named->count; i++)
        if (!hf_slice_equal(named->entries[i].value, taken))
            named->rows[kept++] = named->rows[i];
    return kept;
}

/* *out_decides: there was a clash, and this edit chose. Wipe the values afterwards. */
static enum hf_status read_edit(struct hf_replica *replica, const struct hf_data_body *body, const struct hf_edit *edit,
                                struct named *named, bool *out_decides)
{
    const struct hf_record_spec *type = hf_model_type(body->type);
    named->count = 0;
    named->official = true;
    named->status = HF_OK;
    for (uint32_t i = 0; i < edit->base_count && named->status == HF_OK; i++) {
        const struct hf_id base = hf_edit_base(edit, i);
        enum hf_status status = hf_replica_change(replica, &base, read_named, named);
        if (named->status == HF_OK && status != HF_ERR_NOT_FOUND) /* not here yet: nothing to show of it */
            named->status = status;
    }
    const struct hf_field_state field = {
        .field = named->field->code, .count = named->count, .cap = named->count, .entries = named->entries};
    *out_decides =
        named->status == HF_OK && (named->official || !is_official(body)) && hf_merge_in_conflict(type, &field);
    return named->status;
}

static void wipe_values(struct named *named)
{
    for (size_t i = 0; i < named->count; i++)
        hf_buf_wipe(&named->values[i]);
}

static enum hf_status fill_edit(struct hf_replica *replica, const struct hf_data_body *body, const struct hf_edit *edit,
                                struct named *named, size_t *out_kept)
{
    bool decides = false;
    enum hf_status status = read_edit(replica, body, edit, named, &decides);
    *out_kept = decides ? keep_passed_over(named, edit->value) : 0;
    wipe_values(named);
    return status;
}

static bool may_decide(const struct hf_data_body *body, const struct hf_edit *edit)
{
    const struct hf_field_spec *field = hf_model_field(hf_model_type(body->type), edit->field);
    return field && field->code < HF_FIELD_COMMON && hf_kind_is_single(field->kind) && edit->base_count > 1;
}

enum hf_status hf_passed_over_fill(struct hf_replica *replica, const struct hf_data_body *body,
                                   struct holdfast_change_edit *const *edits, struct hf_texts *texts,
                                   struct holdfast_passed_over **out_all)
{
    size_t most = 0, used = 0;
    enum hf_status status = HF_OK;
    for (uint32_t i = 0; i < body->edit_count; i++)
        most += edits[i] && may_decide(body, &body->edits[i]) ? body->edits[i].base_count : 0;
    if (most == 0)
        return HF_OK;
    struct named *named = calloc(1, sizeof *named);
    struct holdfast_passed_over *all = calloc(most, sizeof *all);
    if (!named || !all)
        status = HF_ERR_NOMEM;
    for (uint32_t i = 0; status == HF_OK && i < body->edit_count; i++) {
        if (!edits[i] || !may_decide(body, &body->edits[i]))
            continue;
        named->field = hf_model_field(hf_model_type(body->type), body->edits[i].field);
        named->texts = texts;
        named->own = &hf_replica_identity(replica)->person;
        named->rows = all + used;
        status = fill_edit(replica, body, &body->edits[i], named, &edits[i]->passed_over_count);
        edits[i]->passed_over = named->rows;
        used += edits[i]->passed_over_count;
    }
    free(named);
    if (status == HF_OK)
        *out_all = all;
    else
        free(all);
    return status;
}

static void find_mine(const struct named *named, struct hf_slice taken, struct hf_passed_over_mine *out)
{
    for (size_t i = 0; i < named->count; i++) {
        if (!named->rows[i].own)
            continue;
        out->chosen = out->chosen || hf_slice_equal(named->entries[i].value, taken);
        out->own = named->rows[i].value;
    }
}

enum hf_status hf_passed_over_mine(struct hf_replica *replica, const struct hf_data_body *body,
                                   const struct hf_edit *edit, struct hf_texts *texts, struct hf_passed_over_mine *out)
{
    bool decides = false;
    if (!may_decide(body, edit))
        return HF_OK;
    struct named *named = calloc(1, sizeof *named);
    struct holdfast_passed_over *rows = calloc(edit->base_count, sizeof *rows);
    enum hf_status status = named && rows ? HF_OK : HF_ERR_NOMEM;
    if (status == HF_OK) {
        named->field = hf_model_field(hf_model_type(body->type), edit->field);
        named->texts = texts;
        named->own = &hf_replica_identity(replica)->person;
        named->rows = rows;
        status = read_edit(replica, body, edit, named, &decides);
        if (decides)
            find_mine(named, edit->value, out);
        wipe_values(named);
    }
    free(named);
    free(rows);
    return status;
}
