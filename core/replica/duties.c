/* What the cases on this device owe. */
#include "core/replica/fold.h"
#include "core/replica/indexed.h"
#include "core/replica/policies.h"

#include <stdlib.h>

#define RECORDS_AT_FIRST 64

/* --- records of a case -------------------------------------------------------------------------------------------- */

void hf_case_records_clear(struct hf_case_records *records)
{
    for (size_t i = 0; i < records->count; i++)
        hf_record_state_clear(&records->records[i]);
    free(records->records);
    *records = (struct hf_case_records){0};
}

static enum hf_status add_record(struct hf_case_records *records, struct hf_rows *rows)
{
    if (records->count == records->cap) {
        const size_t cap = records->cap ? records->cap * 2 : RECORDS_AT_FIRST;
        struct hf_record_state *grown = realloc(records->records, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        records->records = grown;
        records->cap = cap;
    }
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_unfold_state(rows, 0, &state);
    if (status == HF_OK && (state.deleted == HF_DELETED_YES || state.deleted == HF_DELETED_EDITED_SINCE))
        hf_record_state_clear(&state); /* out of view: nothing is owed for it */
    else if (status == HF_OK)
        records->records[records->count++] = state;
    return status == HF_ERR_UNSUPPORTED ? HF_OK : status; /* of a later version: no rule here knows it */
}

enum hf_status hf_replica_case_records(struct hf_replica *replica, const struct hf_id *case_id,
                                       struct hf_case_records *out, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_case_records records = {0};
    enum hf_status status = HF_OK;
    hf_rows_begin_text(&rows, replica,
                       "SELECT " HF_STATE_COLUMNS
                       " FROM records WHERE " HF_RECORDS_OF_CASE("?1") " ORDER BY record_id");
    hf_rows_bind_id(&rows, case_id);
    while (status == HF_OK && hf_rows_next(&rows))
        status = records.count < HF_POLICY_RECORDS_MAX ? add_record(&records, &rows) : HF_ERR_LIMIT;
    const enum hf_status ended = hf_rows_end(&rows, err);
    if (ended == HF_OK && status != HF_OK)
        (void)hf_error_set(err, status, "The records of this case cannot be read: %s", hf_status_text(status));
    if (ended == HF_OK && status == HF_OK) {
        *out = records;
        return HF_OK;
    }
    hf_case_records_clear(&records);
    return ended != HF_OK ? ended : status;
}

const struct hf_record_state *hf_case_records_case(const struct hf_case_records *records)
{
    for (size_t i = 0; i < records->count; i++)
        if (records->records[i].type == HF_RECORD_CASE)
            return &records->records[i];
    return NULL;
}

/* --- duties ------------------------------------------------------------------------------------------------------- */

/* Ids and references of the cases to look at, read before the first of them is worked out. */
struct case_entry {
    struct hf_id case_id;
    struct hf_buf reference;
};
struct case_list {
    struct case_entry *entries;
    size_t count, cap;
};

static enum hf_status add_case(struct case_list *list, const struct hf_id *case_id, struct hf_slice reference)
{
    if (list->count == list->cap) {
        const size_t cap = list->cap ? list->cap * 2 : RECORDS_AT_FIRST;
        struct case_entry *grown = realloc(list->entries, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        list->entries = grown;
        list->cap = cap;
    }
    struct case_entry *entry = &list->entries[list->count++];
    *entry = (struct case_entry){.case_id = *case_id};
    hf_buf_append_slice(&entry->reference, reference);
    return hf_buf_status(&entry->reference);
}

/* As hf_replica_cases, without its counts: for one case nothing is read of the others. */
static enum hf_status find_cases(struct hf_replica *replica, const struct hf_id *only, struct case_list *list,
                                 struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status status = HF_OK;
    const bool one = !hf_id_is_zero(only);
    hf_rows_begin_text(
        &rows, replica,
        one ? "SELECT c.case_id, r.title FROM cases c"
              " LEFT JOIN records r ON r." HF_RECORD_NAMED(
                  "c.case_id") " AND r.case_id = c.case_id"
                               " WHERE c.case_id <> ? AND EXISTS(SELECT 1 FROM keys WHERE case_id = c.case_id) AND "
                               "c.case_id = ?"
            : "SELECT c.case_id, r.title FROM cases c"
              " LEFT JOIN records r ON r." HF_RECORD_NAMED(
                  "c.case_id") " AND r.case_id = c.case_id"
                               " WHERE c.case_id <> ? AND EXISTS(SELECT 1 FROM keys WHERE case_id = c.case_id)"
                               " ORDER BY r.title, c.case_id");
    hf_rows_bind_id(&rows, &replica->office_case);
    if (one)
        hf_rows_bind_id(&rows, only);
    while (status == HF_OK && hf_rows_next(&rows)) {
        const struct hf_id case_id = hf_rows_id(&rows, 0);
        status = add_case(list, &case_id, hf_rows_bytes(&rows, 1));
    }
    const enum hf_status ended = hf_rows_end(&rows, err);
    return ended != HF_OK ? ended : status;
}

static void case_list_clear(struct case_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        hf_buf_wipe(&list->entries[i].reference);
    free(list->entries);
}

struct duty_walk {
    struct hf_book *book;
    const struct hf_duty_filter *filter;
    const struct case_entry *at;
    hf_duty_fn *each;
    void *ctx;
    bool stopped;
};

/* Whoever asks what is overdue also means what has no limit of its own and is told by an alert: an action whose day has
 * gone by, a plan that is missing. What is only information is no debt. */
static bool is_overdue(const struct hf_duty_view *view)
{
    const struct hf_duty *duty = view->duty;
    if (duty->status == HF_DUTY_DUE)
        return view->alert && !duty->has_due && !duty->rule->information;
    return duty->status == HF_DUTY_OVERDUE || duty->status == HF_DUTY_NOT_RECORDED;
}

static bool is_wanted(const struct duty_walk *walk, const struct hf_duty_view *view)
{
    const enum hf_duty_status status = view->duty->status;
    const struct hf_duty_filter *filter = walk->filter;
    if (filter->overdue_only && !is_overdue(view))
        return false;
    if (filter->open_only && (status == HF_DUTY_DONE || status == HF_DUTY_HELP || status == HF_DUTY_NOT_SET))
        return false;
    return hf_id_is_zero(&filter->person) || hf_id_equal(&view->who.person, &filter->person) ||
           hf_id_equal(&view->who.instead_of, &filter->person);
}

static bool show_view(void *ctx, const struct hf_book_view *view)
{
    struct duty_walk *walk = ctx;
    size_t next_alert = 0;
    for (size_t i = 0; i < view->result->duty_count && !walk->stopped; i++) {
        const struct hf_duty *duty = &view->result->duties[i];
        struct hf_duty_view row = {
            .case_id = walk->at->case_id, .reference = hf_buf_slice(&walk->at->reference), .view = view, .duty = duty};
        if (next_alert < view->result->alert_count && view->result->alerts[next_alert].duty == i)
            row.alert = &view->result->alerts[next_alert++];
        if (duty->owner[0] != '\0')
            row.who = hf_book_who(walk->book, view->case_record, duty->owner, walk->filter->now_ms);
        if (is_wanted(walk, &row))
            walk->stopped = !walk->each(walk->ctx, &row);
    }
    return !walk->stopped;
}

static enum hf_status walk_case(struct hf_replica *replica, struct duty_walk *walk, struct hf_error *err)
{
    struct hf_case_records records = {0};
    enum hf_status status = hf_replica_case_records(replica, &walk->at->case_id, &records, err);
    const struct hf_book_case input = {.records = records.records,
                                       .record_count = records.count,
                                       .now_ms = walk->filter->now_ms,
                                       .with_help = walk->filter->with_help};
    if (status == HF_OK)
        status = hf_book_evaluate(walk->book, &input, show_view, walk, NULL, err);
    hf_case_records_clear(&records);
    return status;
}

enum hf_status hf_replica_duties(struct hf_replica *replica, const struct hf_duty_filter *filter, hf_duty_fn *each,
                                 void *ctx, struct hf_error *err)
{
    struct case_list list = {0};
    struct duty_walk walk = {.filter = filter, .each = each, .ctx = ctx};
    enum hf_status status = hf_replica_book(replica, &walk.book, err);
    if (status != HF_OK)
        return status;
    status = find_cases(replica, &filter->case_id, &list, err);
    if (status == HF_OK && list.count == 0 && !hf_id_is_zero(&filter->case_id))
        status =
            hf_error_set(err, HF_ERR_NOT_FOUND, "This case is not on this device. Sync, or ask the office for it.");
    for (size_t i = 0; status == HF_OK && i < list.count && !walk.stopped; i++) {
        walk.at = &list.entries[i];
        status = walk_case(replica, &walk, err);
    }
    case_list_clear(&list);
    return status;
}
