/* What a person saw when a form was drawn, worked out when its first draft is written. */
#include "core/replica/drafts_internal.h"

#include <stdlib.h>

#define WALK_MAX 1024 /* changes looked at on the way back; beyond, what is left counts as not seen */

struct walk {
    struct hf_replica *replica;
    const struct hf_field_spec *spec;
    uint64_t seen;
    struct hf_buf bytes;
    size_t todo_count;
    size_t looked;
    struct hf_id todo[HF_DRAFT_SEEN_MAX];
    size_t found_count;
    struct hf_entry found[HF_DRAFT_SEEN_MAX];
    struct hf_error *err;
};

static void add_todo(struct walk *walk, const struct hf_id *change)
{
    for (size_t i = 0; i < walk->todo_count; i++)
        if (hf_id_equal(&walk->todo[i], change))
            return;
    if (walk->todo_count < HF_DRAFT_SEEN_MAX && walk->looked < WALK_MAX)
        walk->todo[walk->todo_count++] = *change;
}

static void add_found(struct walk *walk, const struct hf_id *change, struct hf_slice value)
{
    for (size_t i = 0; i < walk->found_count; i++)
        if (hf_id_equal(&walk->found[i].change, change) && hf_slice_equal(walk->found[i].value, value))
            return;
    if (walk->found_count < HF_DRAFT_SEEN_MAX)
        walk->found[walk->found_count++] = (struct hf_entry){.change = *change, .value = value};
}

/* A change that came later hides what it was built on: that is what was seen. */
static void step_back(struct walk *walk, struct hf_slice body_bytes)
{
    struct hf_data_body body;
    if (hf_data_body_decode(body_bytes, &body, NULL) != HF_OK)
        return;
    for (uint32_t i = 0; i < body.edit_count; i++)
        for (uint32_t j = 0; body.edits[i].field == walk->spec->code && j < body.edits[i].base_count; j++) {
            const struct hf_id base = hf_edit_base(&body.edits[i], j);
            add_todo(walk, &base);
        }
}

/* Of a set only what still stands there can be told; what was taken out since counts as not seen. A change without a
 * row of its own came with a state that was there before. */
static enum hf_status look_at(struct walk *walk, const struct hf_id *change, struct hf_slice value, bool back)
{
    struct hf_stored stored;
    enum hf_status status = hf_replica_stored_find(walk->replica, change, &stored, &walk->bytes, walk->err);
    walk->looked++;
    if (status != HF_OK && status != HF_ERR_NOT_FOUND)
        return status;
    if (status == HF_ERR_NOT_FOUND || stored.row <= walk->seen)
        add_found(walk, change, value);
    else if (back)
        step_back(walk, stored.body);
    return HF_OK;
}

static int by_entry(const void *a, const void *b)
{
    const struct hf_entry *left = a;
    const struct hf_entry *right = b;
    const int order = hf_id_compare(&left->change, &right->change);
    return order != 0 ? order : hf_slice_compare(left->value, right->value);
}

static enum hf_status walk_back(struct walk *walk, const struct hf_field_state *field)
{
    const bool is_set = walk->spec->kind == HF_KIND_SET;
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < field->count; i++)
        status =
            look_at(walk, &field->entries[i].change, is_set ? field->entries[i].value : hf_slice_of(NULL, 0), !is_set);
    for (size_t i = 0; status == HF_OK && i < walk->todo_count; i++) {
        const struct hf_id change = walk->todo[i];
        status = look_at(walk, &change, hf_slice_of(NULL, 0), true);
    }
    qsort(walk->found, walk->found_count, sizeof walk->found[0], by_entry);
    return status;
}

static enum hf_status changed_row(struct hf_replica *replica, const struct hf_id *record_id, uint64_t *out,
                                  struct hf_error *err)
{
    struct hf_rows rows;
    *out = 0;
    hf_rows_begin(&rows, replica, HF_STATEMENT_RECORD_CHANGED);
    hf_rows_bind_id(&rows, record_id);
    if (hf_rows_next(&rows))
        *out = hf_rows_u64(&rows, 0);
    return hf_rows_end(&rows, err);
}

enum hf_status hf_replica_draft_saw(struct hf_replica *replica, const struct hf_record_state *state,
                                    const struct hf_field_spec *spec, uint64_t seen, struct hf_buf *out,
                                    struct hf_error *err)
{
    const struct hf_field_state *field = hf_record_state_field(state, spec->code);
    const bool is_set = spec->kind == HF_KIND_SET;
    uint64_t changed = 0;
    if (!field || spec->kind == HF_KIND_APPEND) { /* an entry is added beside whatever is there */
        hf_draft_seen_encode(NULL, 0, is_set, out);
        return HF_OK;
    }
    enum hf_status status = changed_row(replica, &state->record_id, &changed, err);
    if (status != HF_OK)
        return status;
    if (changed <= seen) {
        hf_draft_seen_encode(field->entries, field->count, is_set, out);
        return HF_OK;
    }
    struct walk *walk = calloc(1, sizeof *walk);
    if (!walk)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    walk->replica = replica;
    walk->spec = spec;
    walk->seen = seen;
    walk->err = err;
    status = walk_back(walk, field);
    if (status == HF_OK)
        hf_draft_seen_encode(walk->found, walk->found_count, is_set, out);
    hf_buf_wipe(&walk->bytes);
    free(walk);
    return status;
}
