#include "server/words.h"

#include "core/base/mutant.h"
#include "core/merge/standing.h"
#include "server/row.h"

#include <stdlib.h>

/* One base, looked for in the batch and then in the store. */
struct given {
    struct hf_batch *batch;
    uint16_t field;
    struct hf_buf *out;
    enum hf_status status;
};

static enum hf_status read_body(struct given *given, struct hf_slice bytes)
{
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_data_body_decode(bytes, body, NULL);
    for (uint32_t i = 0; status == HF_OK && i < body->edit_count; i++)
        if (body->edits[i].field == given->field)
            hf_buf_append_slice(given->out, body->edits[i].value);
    free(body);
    return status == HF_OK ? hf_buf_status(given->out) : status;
}

/* What was erased, or what nobody can open any more, gives nothing. */
static bool read_row(void *ctx, const struct hf_entry_row *row)
{
    struct given *given = ctx;
    struct hf_buf body = {0};
    if (row->payload.len == 0)
        return false;
    given->status = hf_row_open(given->batch->office, row, &body);
    if (given->status == HF_OK)
        given->status = read_body(given, hf_buf_slice(&body));
    else if (given->status == HF_ERR_NOT_FOUND)
        given->status = HF_OK;
    hf_buf_wipe(&body);
    return false;
}

static enum hf_status value_of(void *ctx, const struct hf_id *change, uint16_t field, struct hf_buf *out)
{
    struct given given = {.batch = ctx, .field = field, .out = out};
    const struct hf_entry_row *own = hf_batch_entry_of(given.batch, change);
    if (own) {
        (void)read_row(&given, own);
        return given.status;
    }
    struct hf_store *store = given.batch->office->store;
    enum hf_status status = store->ops->change(store, change, read_row, &given);
    return status == HF_OK ? given.status : status;
}

enum hf_status hf_words_decide(struct hf_batch *batch, const struct hf_data_body *body, enum hf_hold *out_hold)
{
    const struct hf_field_spec *broken = NULL;
    bool answers_final = true;
    enum hf_status status = hf_merge_check_words(body, value_of, batch, &broken);
    if (HF_MUTANT(WORDS_UNCHECKED))
        broken = NULL;
    if (status == HF_OK && broken)
        *out_hold = HF_HOLD_WORDS;
    if (status != HF_OK || broken || HF_MUTANT(ANSWER_UNBOUND))
        return status;
    status = hf_merge_check_answer(body, value_of, batch, &answers_final);
    if (status == HF_OK && !answers_final)
        *out_hold = HF_HOLD_FINAL;
    return status;
}
