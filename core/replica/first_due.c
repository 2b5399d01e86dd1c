#include "core/replica/first_due.h"

#include "core/merge/merge.h"
#include "core/replica/policies.h"
#include "core/replica/replica_internal.h"

#include <stdlib.h>

struct limit {
    struct hf_id record;
    uint16_t field; /* that a rule keeps its first limit in; 0: no rule does */
    bool has_due;
    uint64_t due_ms;
};

static bool look(void *ctx, const struct hf_book_view *view)
{
    struct limit *limit = ctx;
    for (size_t i = 0; i < view->result->duty_count && limit->field == 0; i++) {
        const struct hf_duty *duty = &view->result->duties[i];
        if (duty->rule->first_due_field == 0 || !hf_id_equal(&duty->subject, &limit->record))
            continue;
        limit->field = duty->rule->first_due_field;
        limit->has_due = duty->has_due;
        limit->due_ms = duty->due_ms;
    }
    return limit->field == 0;
}

static enum hf_status work_out(struct hf_book *book, const struct hf_case_records *records, uint64_t now_ms,
                               struct limit *limit)
{
    const struct hf_book_case input = {.records = records->records, .record_count = records->count, .now_ms = now_ms};
    const enum hf_status status = hf_book_evaluate(book, &input, look, limit, NULL, NULL);
    return status == HF_ERR_NOMEM ? status : HF_OK;
}

/* The record among those of the case, with the change on it. */
static enum hf_status apply(struct hf_case_records *records, struct hf_slice bytes)
{
    const struct hf_id any = {.bytes = {1}}; /* only the values count here */
    struct hf_data_body *body = malloc(sizeof *body);
    enum hf_status status = body ? hf_data_body_decode(bytes, body, NULL) : HF_ERR_NOMEM;
    for (size_t i = 0; status == HF_OK && i < records->count; i++)
        if (hf_id_equal(&records->records[i].record_id, &body->record_id))
            status = hf_merge_apply(&records->records[i], body, &any, 0);
    free(body);
    return status == HF_ERR_NOMEM ? status : HF_OK;
}

static enum hf_status compare(struct hf_replica *replica, const struct hf_record_state *before, struct hf_slice body,
                              uint64_t now_ms, struct hf_first_due *out, struct hf_error *err)
{
    struct hf_book *book = NULL;
    struct hf_case_records records = {0};
    struct limit old = {.record = before->record_id}, new = old;
    enum hf_status status = hf_replica_book(replica, &book, err);
    if (status != HF_OK || !hf_book_keeps_first_due(book, before->type, now_ms))
        return status;
    status = hf_replica_case_records(replica, &before->case_id, &records, err);
    if (status == HF_OK)
        status = work_out(book, &records, now_ms, &old);
    if (status == HF_OK && old.has_due)
        status = apply(&records, body);
    if (status == HF_OK && old.has_due)
        status = work_out(book, &records, now_ms, &new);
    if (status == HF_OK && old.has_due && !hf_record_state_field(before, old.field) &&
        (!new.has_due || new.due_ms != old.due_ms))
        *out = (struct hf_first_due){.field = old.field, .due_ms = old.due_ms};
    hf_case_records_clear(&records);
    return status;
}

enum hf_status hf_replica_first_due(struct hf_replica *replica, const struct hf_record_state *before,
                                    struct hf_slice body, uint64_t now_ms, struct hf_first_due *out,
                                    struct hf_error *err)
{
    struct hf_first_due found = {0};
    if (before->type == 0 || before->is_final || hf_id_equal(&before->case_id, &replica->office_case)) {
        *out = found;
        return HF_OK;
    }
    enum hf_status status = compare(replica, before, body, now_ms, &found, err);
    if (status == HF_OK)
        *out = found;
    return status;
}
