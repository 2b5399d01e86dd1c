#include "core/replica/rebase.h"

#include "core/model/act.h"
#include "core/replica/draft.h"

#include <stdlib.h>
#include <string.h>

/* --- names --- */

static size_t place_of(const struct hf_rebase *rebase, const struct hf_id *from)
{
    size_t low = 0, high = rebase->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hf_id_compare(&rebase->pairs[middle].from, from) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum hf_status hf_rebase_add(struct hf_rebase *rebase, const struct hf_id *from, const struct hf_id *to)
{
    if (rebase->count == rebase->cap) {
        size_t cap = rebase->cap ? rebase->cap * 2 : 64;
        struct hf_rebase_pair *pairs = realloc(rebase->pairs, cap * sizeof *pairs);
        if (!pairs)
            return HF_ERR_NOMEM;
        rebase->pairs = pairs;
        rebase->cap = cap;
    }
    struct hf_rebase_pair *at = rebase->pairs + place_of(rebase, from);
    memmove(at + 1, at, (size_t)(rebase->pairs + rebase->count - at) * sizeof *at);
    *at = (struct hf_rebase_pair){.from = *from, .to = *to};
    rebase->count++;
    return HF_OK;
}

struct hf_id hf_rebase_id(const struct hf_rebase *rebase, const struct hf_id *change)
{
    size_t place = place_of(rebase, change);
    bool found = place < rebase->count && hf_id_equal(&rebase->pairs[place].from, change);
    return found ? rebase->pairs[place].to : *change;
}

void hf_rebase_clear(struct hf_rebase *rebase)
{
    free(rebase->pairs);
    *rebase = (struct hf_rebase){0};
}

/* --- bodies --- */

struct rewrite {
    struct hf_data_body body;
    struct hf_edit_input edits[HF_EDITS_MAX];
    struct hf_id bases[HF_EDITS_MAX][HF_EDIT_BASES_MAX];
    struct hf_buf values[HF_EDITS_MAX]; /* of acts */
};

static enum hf_status rename_act(const struct hf_rebase *rebase, const struct hf_edit *edit, struct hf_buf *out)
{
    struct hf_act_value act;
    enum hf_status status = hf_act_decode(hf_model_field(NULL, edit->field), edit->value, &act);
    struct hf_id *ids = status == HF_OK ? calloc((size_t)act.count + 1, sizeof *ids) : NULL;
    if (!ids)
        return status == HF_OK ? HF_ERR_NOMEM : status;
    for (uint32_t i = 0; i < act.count; i++) {
        const struct hf_id was = hf_act_id(&act, i);
        ids[i] = hf_rebase_id(rebase, &was);
    }
    hf_act_encode(act.act, ids, act.count, out);
    free(ids);
    return hf_buf_status(out);
}

static enum hf_status rename_edit(const struct hf_rebase *rebase, struct rewrite *rewrite, uint32_t at)
{
    const struct hf_edit *edit = &rewrite->body.edits[at];
    struct hf_edit_input *out = &rewrite->edits[at];
    *out = (struct hf_edit_input){
        .field = edit->field, .value = edit->value, .bases = rewrite->bases[at], .base_count = edit->base_count};
    for (uint32_t i = 0; i < edit->base_count; i++) {
        const struct hf_id was = hf_edit_base(edit, i);
        rewrite->bases[at][i] = hf_rebase_id(rebase, &was);
    }
    if (edit->field != HF_FIELD_FINAL && edit->field != HF_FIELD_DELETED)
        return HF_OK;
    enum hf_status status = rename_act(rebase, edit, &rewrite->values[at]);
    out->value = hf_buf_slice(&rewrite->values[at]);
    return status;
}

static enum hf_status rename_all(const struct hf_rebase *rebase, struct rewrite *rewrite, struct hf_buf *out,
                                 struct hf_error *err)
{
    const struct hf_data_body *body = &rewrite->body;
    const struct hf_data_body_input input = {.case_id = body->case_id,
                                             .record_id = body->record_id,
                                             .type = body->type,
                                             .edits = rewrite->edits,
                                             .edit_count = body->edit_count,
                                             .group_id = body->group_id,
                                             .reason = body->reason,
                                             .policy = body->policy};
    enum hf_status status = HF_OK;
    for (uint32_t i = 0; status == HF_OK && i < body->edit_count; i++)
        status = rename_edit(rebase, rewrite, i);
    return status == HF_OK ? hf_data_body_encode(&input, out, err) : status;
}

enum hf_status hf_rebase_body(const struct hf_rebase *rebase, struct hf_slice body, struct hf_buf *out,
                              struct hf_error *err)
{
    struct rewrite *rewrite = calloc(1, sizeof *rewrite);
    if (!rewrite)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    enum hf_status status = hf_data_body_decode(body, &rewrite->body, NULL);
    if (status == HF_OK) {
        status = rename_all(rebase, rewrite, out, err);
    } else {
        hf_buf_append_slice(out, body);
        status = hf_buf_status(out);
    }
    for (size_t i = 0; i < HF_EDITS_MAX; i++)
        hf_buf_wipe(&rewrite->values[i]);
    hf_wipe(rewrite, sizeof *rewrite);
    free(rewrite);
    return status;
}

/* --- drafts --- */

static int by_change(const void *a, const void *b)
{
    const struct hf_entry *left = a, *right = b;
    const int order = hf_id_compare(&left->change, &right->change);
    return order != 0 ? order : hf_slice_compare(left->value, right->value);
}

/* Writes what the field's author saw, renamed; the list then borrows from *out. */
static enum hf_status rename_seen(const struct hf_rebase *rebase, const struct hf_record_spec *type,
                                  struct hf_draft_field *field, struct hf_buf *out)
{
    struct hf_entry seen[HF_DRAFT_SEEN_MAX];
    const struct hf_field_spec *spec = type ? hf_model_field(type, field->field) : NULL;
    const size_t count = hf_draft_seen(field, seen, HF_DRAFT_SEEN_MAX);
    for (size_t i = 0; i < count; i++)
        seen[i].change = hf_rebase_id(rebase, &seen[i].change);
    if (count > 1)
        qsort(seen, count, sizeof seen[0], by_change);
    hf_draft_seen_encode(seen, count, spec && spec->kind == HF_KIND_SET, out);
    if (hf_buf_status(out) == HF_OK)
        field->seen = hf_buf_slice(out);
    return hf_buf_status(out);
}

static enum hf_status rename_draft(const struct hf_rebase *rebase, struct hf_replica *replica, uint64_t row,
                                   struct hf_slice content, struct hf_draft *draft, struct hf_error *err)
{
    struct hf_buf *lists = calloc(HF_DRAFT_FIELDS_MAX, sizeof *lists);
    struct hf_buf packed = {0};
    struct hf_rows rows;
    enum hf_status status = lists ? HF_OK : HF_ERR_NOMEM;
    if (status == HF_OK && hf_draft_decode(content, draft) != HF_OK)
        goto out; /* of a later program: as it is */
    for (size_t i = 0; status == HF_OK && i < draft->field_count; i++)
        status = rename_seen(rebase, hf_model_type(draft->type), &draft->fields[i], &lists[i]);
    if (status == HF_OK) {
        hf_draft_encode(draft, &packed);
        status = hf_buf_status(&packed);
    }
    if (status == HF_OK) {
        hf_rows_begin_text(&rows, replica, "UPDATE drafts SET content = ?2 WHERE seq = ?1");
        hf_rows_bind_u64(&rows, row);
        hf_rows_bind_bytes(&rows, hf_buf_slice(&packed));
        status = hf_rows_run(&rows, err);
    }
out:
    for (size_t i = 0; lists && i < HF_DRAFT_FIELDS_MAX; i++)
        hf_buf_wipe(&lists[i]);
    free(lists);
    hf_buf_wipe(&packed);
    return status;
}

enum hf_status hf_rebase_drafts(const struct hf_rebase *rebase, struct hf_replica *replica, struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status status = HF_OK;
    uint64_t last = 0;
    bool more = rebase->count > 0;
    struct hf_draft *draft = malloc(sizeof *draft);
    if (!draft)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    while (status == HF_OK && more) {
        struct hf_buf content = {0};
        hf_rows_begin_text(&rows, replica,
                           "SELECT seq, content FROM drafts WHERE device = x'' AND seq > ? ORDER BY seq LIMIT 1");
        hf_rows_bind_u64(&rows, last);
        more = hf_rows_next(&rows);
        if (more) {
            last = hf_rows_u64(&rows, 0);
            hf_buf_append_slice(&content, hf_rows_bytes(&rows, 1));
        }
        status = hf_rows_end(&rows, err);
        if (status == HF_OK && more)
            status = hf_buf_status(&content);
        if (status == HF_OK && more)
            status = rename_draft(rebase, replica, last, hf_buf_slice(&content), draft, err);
        hf_buf_wipe(&content);
    }
    hf_wipe(draft, sizeof *draft);
    free(draft);
    return status;
}
