/* Searching what is on this device. */
#include "core/replica/search.h"
#include "client/drafts.h"
#include "client/reads.h"

struct search_rows {
    struct holdfast *hf;
    struct hf_reads_cases cases;
    bool (*each)(void *ctx, const struct holdfast_search_row *row);
    void *ctx;
    enum hf_status status;
};

static bool show(void *ctx, const struct hf_search_row *row)
{
    struct search_rows *rows = ctx;
    struct hf_texts texts = {0};
    const struct hf_record_spec *type = hf_model_type(row->type);
    const struct hf_field_spec *field = hf_model_field(type, row->field);
    const struct holdfast_search_row out = {.record = hf_id_out(&row->record_id),
                                            .case_id = hf_id_out(&row->case_id),
                                            .reference = hf_drafts_reference(rows->hf, &row->case_id, &texts),
                                            .type = type->name,
                                            .label = type->label,
                                            .title = hf_texts_copy(&texts, row->title),
                                            .field = field->name,
                                            .field_label = field->label,
                                            .snippet = hf_texts_copy(&texts, row->snippet)};
    rows->status = hf_texts_status(&texts);
    hf_reads_cases_add(&rows->cases, &row->case_id);
    const bool more = rows->status == HF_OK && rows->each(rows->ctx, &out);
    hf_texts_clear(&texts);
    return more;
}

enum holdfast_status holdfast_search(struct holdfast *hf, const char *query, uint32_t limit,
                                     bool (*each)(void *ctx, const struct holdfast_search_row *row), void *ctx,
                                     struct holdfast_search_found *out)
{
    struct search_rows rows = {.hf = hf, .each = each, .ctx = ctx};
    struct hf_search_found found = {0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_search(hf->replica, hf_slice_str(query ? query : ""), limit, show, &rows, &found, &hf->err);
    for (size_t i = 0; i < rows.cases.count; i++)
        hf_reads_note(hf, &rows.cases.at[i], NULL, HF_READ_SEARCH);
    if (status == HF_OK)
        status = rows.status;
    if (status == HF_OK && out)
        *out = (struct holdfast_search_found){.cases = found.cases, .records = found.records, .more = found.more};
    return hf_handle_leave(hf, status);
}
