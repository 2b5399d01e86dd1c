#include "core/replica/kept.h"

#include "core/base/mutant.h"
#include "core/pack/cursor.h"
#include "core/replica/decided.h"
#include "core/replica/snapshot.h"

#include <string.h>

/* The record that is being computed. Its state is loaded when a change is applied for the first time. */
struct work {
    struct hf_replica *replica;
    struct hf_id record_id;
    bool loaded;
    bool dirty;
    bool at_end;      /* hf_stored */
    bool is_new;      /* no row of it is there */
    bool has_row;     /* one is */
    bool was_dirty;   /* kept.h */
    bool behind;      /* only the history of a snapshot counts */
    bool came_looked; /* whether the record came as a snapshot … */
    bool came_found;
    struct hf_record_state came; /* … and as what */
    uint64_t changed;            /* row of the change applied last */
    struct hf_record_state state;
    struct hf_error *err;
};

static enum hf_status load(struct work *work)
{
    if (work->loaded)
        return HF_OK;
    enum hf_status status = hf_replica_record_load(work->replica, &work->record_id, &work->state, work->err);
    if (status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    work->loaded = status == HF_OK;
    return status;
}

static void work_clear(struct work *work)
{
    hf_record_state_clear(&work->state);
    hf_record_state_clear(&work->came);
}

/* The state as it came, when it did. */
static enum hf_status look_at_snapshot(struct work *work)
{
    if (work->came_looked)
        return HF_OK;
    enum hf_status status =
        hf_replica_snapshot_state(work->replica, &work->record_id, &work->came, &work->came_found, work->err);
    work->came_looked = status == HF_OK;
    return status;
}

/* --- one change --- */

struct bases {
    struct work *work;
    enum hf_effect worst;
    enum hf_status status;
};

/* What a change inherits from a base: held above without effect above waiting. */
static int weight(enum hf_effect effect)
{
    switch (effect) {
    case HF_EFFECT_APPLIED:
        return 0;
    case HF_EFFECT_WAITING:
    case HF_EFFECT_BEHIND:
        return 1;
    case HF_EFFECT_NONE:
        return 2;
    case HF_EFFECT_NOT_UNDERSTOOD:
        return 3;
    case HF_EFFECT_HELD:
        return 4;
    }
    return 2;
}

static bool look_at_base(void *ctx, const struct hf_id *base)
{
    struct bases *bases = ctx;
    struct hf_rows rows;
    enum hf_effect effect = HF_MUTANT(APPLY_BEFORE_BASE) ? HF_EFFECT_APPLIED : HF_EFFECT_WAITING;
    hf_rows_begin(&rows, bases->work->replica, HF_STATEMENT_CHANGE_BASE);
    hf_rows_bind_id(&rows, base);
    if (hf_rows_next(&rows)) {
        struct hf_id record_id = hf_rows_id(&rows, 1);
        effect = (enum hf_effect)hf_rows_u64(&rows, 0);
        if (!hf_id_equal(&record_id, &bases->work->record_id))
            effect = HF_EFFECT_NONE; /* a base of another record can never be built on */
    }
    bases->status = hf_rows_end(&rows, bases->work->err);
    if (bases->status == HF_OK && weight(effect) == weight(HF_EFFECT_WAITING) && !bases->work->behind) {
        /* The entries of a state that came as a snapshot are bases as good as its changes. */
        bases->status = look_at_snapshot(bases->work);
        if (bases->status == HF_OK && bases->work->came_found && hf_replica_state_names(&bases->work->came, base))
            effect = HF_EFFECT_APPLIED;
        else
            effect = HF_EFFECT_WAITING;
    }
    if (weight(effect) > weight(bases->worst))
        bases->worst = effect;
    return bases->status == HF_OK;
}

static enum hf_status apply(struct work *work, const struct hf_stored *change, const struct hf_data_body *body,
                            enum hf_effect *out)
{
    struct hf_leaf leaf;
    enum hf_status status = load(work);
    if (status != HF_OK)
        return status;
    status = hf_leaf_decode(change->leaf, &leaf);
    if (status != HF_OK)
        return hf_error_set(work->err, HF_ERR_CORRUPT, "%s", hf_status_text(HF_ERR_CORRUPT));
    status = hf_merge_apply(&work->state, body, &change->change_id, leaf.clock);
    if (status == HF_ERR_INVALID || status == HF_ERR_LIMIT) {
        *out = HF_EFFECT_NONE; /* another type or case than the record has, or the record is full */
        return HF_OK;
    }
    if (status != HF_OK)
        return hf_error_set(work->err, status, "%s", hf_status_text(status));
    work->dirty = true;
    *out = HF_EFFECT_APPLIED;
    return work->behind ? HF_OK : hf_replica_decided_take(work->replica, change, body, work->err);
}

/* The effect of a change that is not applied yet; applies it when it can be. */
static enum hf_status judge(struct work *work, const struct hf_stored *change, enum hf_effect *out)
{
    struct hf_data_body body;
    struct bases bases = {.work = work, .worst = HF_EFFECT_APPLIED};
    if (!HF_MUTANT(IGNORE_HOLD) &&
        (change->refused || (change->hold != HF_HOLD_NONE && change->hold != HF_HOLD_BASE))) {
        *out = HF_EFFECT_HELD;
        return HF_OK;
    }
    enum hf_status status = hf_data_body_decode(change->body, &body, NULL);
    if (status != HF_OK || !hf_id_equal(&body.case_id, &change->case_id)) {
        *out = status == HF_ERR_UNSUPPORTED ? HF_EFFECT_NOT_UNDERSTOOD : HF_EFFECT_NONE;
        return HF_OK;
    }
    (void)hf_merge_bases(&body, look_at_base, &bases);
    if (bases.status != HF_OK)
        return bases.status;
    if (bases.worst == HF_EFFECT_APPLIED)
        return apply(work, change, &body, out);
    *out = bases.worst;
    return HF_OK;
}

/* --- those that wait --- */

static enum hf_status collect(struct hf_replica *replica, enum hf_statement which, const struct hf_id *record_id,
                              struct hf_buf *out, struct hf_error *err)
{
    struct hf_rows rows;
    hf_buf_reset(out);
    hf_rows_begin(&rows, replica, which);
    if (record_id)
        hf_rows_bind_id(&rows, record_id);
    while (hf_rows_next(&rows)) {
        uint64_t row = hf_rows_u64(&rows, 0);
        hf_buf_append(out, &row, sizeof row);
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK && hf_buf_status(out) != HF_OK)
        status = hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    return status;
}

static uint64_t row_at(const struct hf_buf *list, size_t at)
{
    uint64_t row;
    memcpy(&row, list->data + at * sizeof row, sizeof row);
    return row;
}

static enum hf_status set_effect(struct work *work, uint64_t row, enum hf_effect effect)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, work->replica, HF_STATEMENT_CHANGE_SET_EFFECT);
    hf_rows_bind_u64(&rows, row);
    hf_rows_bind_u64(&rows, (uint64_t)effect);
    return hf_rows_run(&rows, work->err);
}

static enum hf_status judge_again(struct work *work, uint64_t row, struct hf_buf *bytes, bool *progress)
{
    struct hf_stored change;
    enum hf_effect effect = HF_EFFECT_WAITING;
    enum hf_status status = hf_replica_stored_by_row(work->replica, row, &change, bytes, work->err);
    if (status == HF_OK)
        status = judge(work, &change, &effect);
    if (status != HF_OK || effect == HF_EFFECT_WAITING)
        return status;
    *progress = true;
    if (effect == HF_EFFECT_APPLIED && row > work->changed)
        work->changed = row;
    return set_effect(work, row, effect);
}

/* Until nothing moves any more: every round settles at least one change, so there are no more rounds than changes. */
static enum hf_status settle(struct work *work)
{
    struct hf_buf list = {0};
    struct hf_buf bytes = {0};
    enum hf_status status = HF_OK;
    bool progress = true;
    while (status == HF_OK && progress) {
        progress = false;
        status = collect(work->replica, HF_STATEMENT_WAITING_ROWS, &work->record_id, &list, work->err);
        for (size_t i = 0; status == HF_OK && i < list.len / sizeof(uint64_t); i++)
            status = judge_again(work, row_at(&list, i), &bytes, &progress);
    }
    hf_buf_clear(&list);
    hf_buf_wipe(&bytes);
    return status;
}

static enum hf_status store(struct work *work)
{
    if (!work->dirty)
        return HF_OK;
    const struct hf_record_place place = {.changed = work->changed, .at_end = work->at_end, .is_new = work->is_new};
    return hf_replica_record_store(work->replica, &work->state, &place, work->err);
}

/* In the middle of a delivery, whose next change may be about the same record. */
static enum hf_status keep(struct work *work)
{
    enum hf_status status = HF_OK;
    struct hf_kept_record record = {
        .record_id = work->record_id, .changed = work->changed, .dirty = work->was_dirty || work->dirty};
    if (work->dirty && !work->has_row) {
        status = store(work);
        record.dirty = false;
    }
    if (status != HF_OK || !work->loaded || (!work->dirty && !work->has_row))
        return status;
    record.state = work->state;
    work->state = (struct hf_record_state){0};
    return hf_replica_kept_put(work->replica, &record, work->err);
}

/* The row stays the newest that was ever applied, also when an older change had waited for it. */
static enum hf_status changed_before(struct work *work)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, work->replica, HF_STATEMENT_RECORD_CHANGED);
    hf_rows_bind_id(&rows, &work->record_id);
    work->has_row = hf_rows_next(&rows);
    if (work->has_row)
        work->changed = hf_rows_u64(&rows, 0);
    return hf_rows_end(&rows, work->err);
}

static bool take_kept(struct work *work)
{
    struct hf_kept_record record;
    if (!hf_replica_kept_take(work->replica, &work->record_id, &record))
        return false;
    work->state = record.state;
    work->changed = record.changed;
    work->was_dirty = record.dirty;
    work->has_row = work->loaded = true;
    return true;
}

static void take_known(struct work *work, struct hf_record_known *known)
{
    work->state = known->state;
    known->state = (struct hf_record_state){0};
    work->changed = known->changed;
    work->is_new = known->is_new;
    work->loaded = true;
}

enum hf_status hf_replica_state_take(struct hf_replica *replica, struct hf_stored *stored,
                                     struct hf_record_known *known, struct hf_error *err)
{
    struct work work = {.replica = replica, .record_id = stored->record_id, .at_end = stored->at_end, .err = err};
    enum hf_status status = HF_OK;
    if (known)
        take_known(&work, known);
    else if (!take_kept(&work))
        status = changed_before(&work);
    if (status == HF_OK)
        status = judge(&work, stored, &stored->effect);
    if (status == HF_OK)
        status = hf_replica_stored_add(replica, stored, err);
    if (status == HF_OK && stored->effect == HF_EFFECT_APPLIED)
        work.changed = stored->row;
    if (status == HF_OK && stored->effect != HF_EFFECT_WAITING && !HF_MUTANT(FORGET_WAITING))
        status = settle(&work);
    if (status == HF_OK)
        status = replica->kept ? keep(&work) : store(&work);
    if (status == HF_OK && stored->effect == HF_EFFECT_WAITING) /* what it builds on may be in the history */
        status = hf_replica_snapshot_again(replica, &stored->case_id, err);
    work_clear(&work);
    return status;
}

enum hf_status hf_replica_state_behind(struct hf_replica *replica, const struct hf_id *record_id,
                                       struct hf_record_state *out, struct hf_error *err)
{
    struct work work = {.replica = replica, .record_id = *record_id, .err = err, .loaded = true, .behind = true};
    struct hf_buf list = {0};
    struct hf_buf bytes = {0};
    enum hf_status status = collect(replica, HF_STATEMENT_BEHIND_ROWS, record_id, &list, err);
    for (size_t i = 0; status == HF_OK && i < list.len / sizeof(uint64_t); i++) {
        struct hf_stored change;
        enum hf_effect effect = HF_EFFECT_WAITING;
        status = hf_replica_stored_by_row(replica, row_at(&list, i), &change, &bytes, err);
        if (status == HF_OK)
            status = judge(&work, &change, &effect);
        if (status == HF_OK)
            status = set_effect(&work, change.row, effect);
    }
    *out = work.state;
    hf_buf_clear(&list);
    hf_buf_wipe(&bytes);
    return status;
}

enum hf_status hf_replica_state_again(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    struct work work = {.replica = replica, .record_id = *record_id, .err = err, .loaded = true /* from nothing */};
    struct hf_rows rows;
    enum hf_status status = hf_replica_kept_write(replica, err);
    if (status != HF_OK)
        return status;
    hf_rows_begin(&rows, replica, HF_STATEMENT_WAITING_AGAIN);
    hf_rows_bind_id(&rows, record_id);
    status = hf_rows_run(&rows, err);
    if (status == HF_OK) /* from what it came as, or from nothing */
        status = hf_replica_snapshot_state(replica, record_id, &work.state, &work.dirty, err);
    if (status == HF_OK)
        status = settle(&work);
    if (status == HF_OK)
        status = work.dirty ? store(&work) : hf_replica_record_drop(replica, record_id, err);
    work_clear(&work);
    return status;
}

/* --- what could not be read before --- */

static enum hf_status understand(struct hf_replica *replica, uint64_t row, struct hf_id *last, struct hf_buf *bytes,
                                 struct hf_error *err)
{
    struct hf_stored stored;
    struct hf_data_body body;
    enum hf_status status = hf_replica_stored_by_row(replica, row, &stored, bytes, err);
    if (status != HF_OK || hf_id_equal(&stored.record_id, last))
        return status;
    if (hf_data_body_decode(stored.body, &body, NULL) != HF_OK)
        return HF_OK;
    *last = stored.record_id;
    return hf_replica_state_again(replica, &stored.record_id, err);
}

enum hf_status hf_replica_state_understand(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_buf list = {0};
    struct hf_buf bytes = {0};
    struct hf_id last = hf_id_zero();
    enum hf_status status = collect(replica, HF_STATEMENT_NOT_UNDERSTOOD, NULL, &list, err);
    if (status == HF_OK && list.len > 0 && !sqlite3_db_readonly(replica->db, "main")) {
        status = hf_rows_transaction(replica, err);
        for (size_t i = 0; status == HF_OK && i < list.len / sizeof(uint64_t); i++)
            status = understand(replica, row_at(&list, i), &last, &bytes, err);
        status = hf_rows_finish(replica, status, err);
    }
    hf_buf_clear(&list);
    hf_buf_wipe(&bytes);
    return status;
}

bool hf_replica_body_subject(struct hf_slice body, struct hf_id *out_case, struct hf_id *out_record)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, body, HF_PACK_ELEMENTS_MAX);
    uint32_t pairs = hf_cursor_map(&cursor, UINT32_MAX);
    bool first = pairs >= 2 && hf_cursor_uint(&cursor) == 1;
    struct hf_id case_id = hf_cursor_id(&cursor);
    bool second = hf_cursor_uint(&cursor) == 2;
    struct hf_id record_id = hf_cursor_id(&cursor);
    if (!first || !second || hf_cursor_status(&cursor) != HF_OK || hf_id_is_zero(&record_id))
        return false;
    *out_case = case_id;
    *out_record = record_id;
    return true;
}
