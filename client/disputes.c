/* Statements about an entry, and the restriction of its use. */
#include "client/disputes.h"
#include "client/texts.h"
#include "core/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOUND_MAX 256 /* statements and restrictions of one entry that are shown */

enum hf_status hf_disputes_may_use(struct holdfast *hf, const struct hf_id *record_id)
{
    bool limited = false;
    enum hf_status status = hf_replica_is_limited(hf->replica, record_id, &limited);
    if (status == HF_OK && limited)
        status =
            hf_handle_fail(hf, HF_ERR_DENIED,
                           "The use of this entry is restricted while it is contested. It is kept, and the office can "
                           "see it. Ask the office.");
    return status;
}

struct found {
    struct hf_id ids[FOUND_MAX];
    size_t count;
};

static bool keep_id(void *ctx, const struct hf_record_row *row)
{
    struct found *found = ctx;
    found->ids[found->count++] = row->record_id;
    return found->count < FOUND_MAX;
}

static enum hf_status find(struct holdfast *hf, const struct hf_id *case_id, const struct hf_id *record, uint16_t type,
                           struct found *out)
{
    const struct hf_record_filter filter = {.case_id = *case_id, .parent = *record, .type = type};
    out->count = 0;
    return hf_replica_list(hf->replica, &filter, keep_id, out);
}

static const char *text_of(const struct hf_record_state *state, const char *name, struct hf_texts *texts)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_spec *field = type ? hf_model_field_named(type, hf_slice_str(name)) : NULL;
    const struct hf_field_state *value = field ? hf_record_state_field(state, field->code) : NULL;
    const struct hf_slice plain = value ? hf_merge_plain_value(type, value) : hf_slice_of(NULL, 0);
    return plain.len ? hf_texts_value(texts, field, plain) : "";
}

static enum hf_status case_of(struct holdfast *hf, const struct hf_id *record, struct hf_id *out)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_record(hf->replica, record, &state);
    if (status == HF_ERR_NOT_FOUND)
        return hf_handle_fail(hf, status, "This record is not on this device. Sync, or check its id.");
    if (status == HF_OK)
        *out = state.case_id;
    hf_record_state_clear(&state);
    return status;
}

static enum hf_status show_statement(struct holdfast *hf, const struct hf_id *id,
                                     bool (*each)(void *ctx, const struct holdfast_statement_row *row), void *ctx,
                                     bool *out_more)
{
    struct hf_record_state state = {0};
    struct hf_texts texts = {0};
    enum hf_status status = hf_replica_record(hf->replica, id, &state);
    if (status == HF_OK) {
        const struct holdfast_statement_row row = {.id = hf_id_out(id),
                                                   .kind = text_of(&state, "kind", &texts),
                                                   .said_by = text_of(&state, "said_by", &texts),
                                                   .words = text_of(&state, "words", &texts),
                                                   .made_on = text_of(&state, "made_on", &texts),
                                                   .answer = text_of(&state, "answer", &texts),
                                                   .answer_reason = text_of(&state, "answer_reason", &texts)};
        status = hf_texts_status(&texts);
        if (status == HF_OK)
            *out_more = each(ctx, &row);
    }
    hf_texts_clear(&texts);
    hf_record_state_clear(&state);
    return status;
}

enum holdfast_status holdfast_statements(struct holdfast *hf, const struct holdfast_id *record,
                                         bool (*each)(void *ctx, const struct holdfast_statement_row *row), void *ctx)
{
    const struct hf_id id = hf_id_in(record);
    struct hf_id case_id = hf_id_zero();
    struct found *found = NULL;
    bool more = true;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = case_of(hf, &id, &case_id);
    if (status == HF_OK)
        status = hf_disputes_may_use(hf, &id);
    found = calloc(1, sizeof *found);
    if (status == HF_OK && !found)
        status = HF_ERR_NOMEM;
    if (status == HF_OK)
        status = find(hf, &case_id, &id, HF_RECORD_STATEMENT, found);
    for (size_t i = 0; status == HF_OK && more && i < found->count; i++)
        status = show_statement(hf, &found->ids[i], each, ctx, &more);
    free(found);
    return hf_handle_leave(hf, status);
}

static enum hf_status read_restriction(struct holdfast *hf, const struct hf_id *id, struct holdfast_restriction *out)
{
    struct hf_record_state state = {0};
    struct hf_texts texts = {0};
    enum hf_status status = hf_replica_record(hf->replica, id, &state);
    if (status == HF_OK) {
        const char *who = text_of(&state, "status", &texts);
        if (strcmp(who, "lifted") != 0 && !out->in_force) {
            *out = (struct holdfast_restriction){.in_force = true, .id = hf_id_out(id)};
            (void)snprintf(out->who, sizeof out->who, "%s", who[0] ? who : "office_only");
            (void)snprintf(out->ground, sizeof out->ground, "%s", text_of(&state, "ground", &texts));
            (void)snprintf(out->since, sizeof out->since, "%s", text_of(&state, "from", &texts));
        }
        status = hf_texts_status(&texts);
    }
    hf_texts_clear(&texts);
    hf_record_state_clear(&state);
    return status;
}

enum holdfast_status holdfast_get_restriction(struct holdfast *hf, const struct holdfast_id *record,
                                              struct holdfast_restriction *out)
{
    const struct hf_id id = hf_id_in(record);
    struct hf_id case_id = hf_id_zero();
    struct holdfast_restriction found_one = {.in_force = false};
    struct found *found = NULL;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = case_of(hf, &id, &case_id);
    found = calloc(1, sizeof *found);
    if (status == HF_OK && !found)
        status = HF_ERR_NOMEM;
    if (status == HF_OK)
        status = find(hf, &case_id, &id, HF_RECORD_RESTRICTION, found);
    for (size_t i = 0; status == HF_OK && i < found->count; i++)
        status = read_restriction(hf, &found->ids[i], &found_one);
    if (status == HF_OK)
        *out = found_one;
    free(found);
    return hf_handle_leave(hf, status);
}
