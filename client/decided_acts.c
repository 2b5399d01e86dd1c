/* Who proposed an amendment is told how it was answered; who deleted, restored or wrote in a record that had been
 * deleted, what became of it. */
#include "client/decided.h"

#include "client/texts.h"
#include "core/merge/state.h"
#include "core/model/act.h"

#include <stdlib.h>

#define OUT_OF_VIEW "out of view"
#define IN_VIEW     "in view"

/* What the decision names, one change after the other, and what it means for the person of this device. */
struct naming {
    struct hf_telling *telling;
    const struct hf_change_row *decision;
    const struct hf_data_body *body;
    enum hf_act act;
    const struct hf_id *person;
    struct hf_record_state state; /* of the record now */
    bool is_mine, was_deleter, was_restorer, told;
};

static bool give(struct naming *naming, struct hf_texts *texts, struct holdfast_decided out)
{
    struct hf_telling *telling = naming->telling;
    const struct hf_record_spec *type = hf_model_type(naming->body->type);
    out.change = hf_id_out(&naming->decision->change_id);
    out.case_id = hf_id_out(&naming->body->case_id);
    out.record = hf_id_out(&naming->body->record_id);
    out.type = type->name;
    out.type_label = type->label;
    out.author = hf_texts_copy(texts, naming->decision->author_name);
    out.time_ms = hf_clock_ms(naming->decision->leaf.clock);
    out.reason = hf_texts_copy(texts, naming->body->reason);
    if (telling->status == HF_OK)
        telling->status = hf_texts_status(texts);
    if (telling->status == HF_OK)
        telling->stopped = !telling->each(telling->ctx, &out);
    return telling->status == HF_OK && !telling->stopped;
}

/* --- an answer to proposals --- */

static const char *what_stands(const struct naming *naming, const struct hf_field_spec *field, struct hf_texts *texts)
{
    const struct hf_record_spec *type = hf_model_type(naming->body->type);
    const struct hf_slice value = hf_merge_plain_value(type, hf_record_state_field(&naming->state, field->code));
    return hf_kind_is_single(field->kind) && value.len > 0 ? hf_texts_value(texts, field, value) : "";
}

static bool tell_answer(void *ctx, const struct hf_change_row *row)
{
    struct naming *naming = ctx;
    struct hf_data_body proposal;
    if (row->leaf.kind != HF_LEAF_DATA || !hf_id_equal(&row->author, naming->person) ||
        hf_data_body_decode(row->item.body, &proposal, NULL) != HF_OK)
        return false;
    for (uint32_t i = 0; i < proposal.edit_count; i++) {
        const struct hf_edit *edit = &proposal.edits[i];
        const struct hf_field_spec *field = hf_model_field(hf_model_type(proposal.type), edit->field);
        struct hf_texts texts = {0};
        if (!field || field->code >= HF_FIELD_COMMON)
            continue;
        const bool accepted = naming->act == HF_ACT_AMEND;
        const char *own = field->kind == HF_KIND_SET ? "" : hf_texts_value(&texts, field, edit->value);
        const bool more = give(naming, &texts,
                               (struct holdfast_decided){.about = "amendment",
                                                         .field = field->name,
                                                         .label = field->label,
                                                         .chosen = accepted,
                                                         .own = own,
                                                         .taken = accepted ? own : what_stands(naming, field, &texts)});
        hf_texts_clear(&texts);
        if (!more)
            break;
    }
    return false;
}

static void tell_answers(struct naming *naming, const struct hf_act_value *act)
{
    struct hf_telling *telling = naming->telling;
    for (uint32_t i = 0; i < act->count && telling->status == HF_OK && !telling->stopped; i++) {
        const struct hf_id named = hf_act_id(act, i);
        enum hf_status status = hf_replica_change(telling->hf->replica, &named, tell_answer, naming);
        if (telling->status == HF_OK && status != HF_ERR_NOT_FOUND)
            telling->status = status;
    }
}

/* --- a deletion --- */

struct before {
    struct naming *naming;
    struct hf_act_value acts[HF_EDIT_BASES_MAX]; /* of the deletes that the decision names; borrow from bytes */
    struct hf_buf bytes[HF_EDIT_BASES_MAX];
    size_t count;
};

/* A delete or restore that stood when it was decided. */
static bool look_at_base(void *ctx, const struct hf_change_row *row)
{
    struct before *before = ctx;
    struct naming *naming = before->naming;
    struct hf_data_body body;
    if (row->leaf.kind != HF_LEAF_DATA || hf_data_body_decode(row->item.body, &body, NULL) != HF_OK)
        return false;
    for (uint32_t i = 0; i < body.edit_count && before->count < HF_EDIT_BASES_MAX; i++) {
        if (body.edits[i].field != HF_FIELD_DELETED)
            continue;
        struct hf_buf *bytes = &before->bytes[before->count];
        hf_buf_append_slice(bytes, body.edits[i].value);
        const struct hf_act_value act = hf_act_read(hf_buf_slice(bytes));
        before->acts[before->count++] = act;
        if (hf_id_equal(&row->author, naming->person)) {
            naming->was_deleter = naming->was_deleter || act.act == HF_ACT_DELETE;
            naming->was_restorer = naming->was_restorer || act.act == HF_ACT_RESTORE;
        }
    }
    return false;
}

static bool is_mine(void *ctx, const struct hf_change_row *row)
{
    struct naming *naming = ctx;
    naming->is_mine = hf_id_equal(&row->author, naming->person);
    return false;
}

/* Whether the person wrote something that the deletes before had not seen, and this one has. */
static bool wrote_since(struct naming *naming, const struct before *before, const struct hf_act_value *act)
{
    for (uint32_t i = 0; i < act->count; i++) {
        const struct hf_id named = hf_act_id(act, i);
        bool seen = false;
        for (size_t j = 0; j < before->count; j++)
            seen = seen || hf_act_names(&before->acts[j], &named);
        naming->is_mine = false;
        if (!seen && hf_replica_change(naming->telling->hf->replica, &named, is_mine, naming) == HF_OK &&
            naming->is_mine)
            return true;
    }
    return false;
}

static void tell_deletion(struct naming *naming, const struct hf_edit *edit)
{
    struct hf_telling *telling = naming->telling;
    const struct hf_field_spec *field = hf_model_field(hf_model_type(naming->body->type), HF_FIELD_DELETED);
    const struct hf_act_value act = hf_act_read(edit->value);
    struct hf_texts texts = {0};
    struct before *before = calloc(1, sizeof *before);
    if (!before) {
        telling->status = HF_ERR_NOMEM;
        return;
    }
    before->naming = naming;
    for (uint32_t i = 0; i < edit->base_count && telling->status == HF_OK; i++) {
        const struct hf_id base = hf_edit_base(edit, i);
        enum hf_status status = hf_replica_change(telling->hf->replica, &base, look_at_base, before);
        telling->status = status == HF_ERR_NOT_FOUND ? HF_OK : status;
    }
    const bool deletes = act.act == HF_ACT_DELETE;
    const bool wrote = deletes && telling->status == HF_OK && wrote_since(naming, before, &act);
    if (telling->status == HF_OK && (naming->was_deleter || naming->was_restorer || wrote))
        (void)give(naming, &texts,
                   (struct holdfast_decided){.about = "deletion",
                                             .field = field->name,
                                             .label = field->label,
                                             .chosen = deletes ? naming->was_deleter : naming->was_restorer,
                                             .own = naming->was_deleter ? OUT_OF_VIEW : IN_VIEW,
                                             .taken = deletes ? OUT_OF_VIEW : IN_VIEW});
    for (size_t i = 0; i < before->count; i++)
        hf_buf_wipe(&before->bytes[i]);
    free(before);
    hf_texts_clear(&texts);
}

/* --- a change --- */

bool hf_decided_acts(struct hf_telling *telling, const struct hf_change_row *row, const struct hf_data_body *body)
{
    struct naming naming = {.telling = telling,
                            .decision = row,
                            .body = body,
                            .person = &hf_replica_identity(telling->hf->replica)->person};
    for (uint32_t i = 0; i < body->edit_count && telling->status == HF_OK && !telling->stopped; i++) {
        const struct hf_edit *edit = &body->edits[i];
        const struct hf_act_value act = hf_act_read(edit->value);
        naming.act = act.act;
        if (edit->field == HF_FIELD_DELETED && edit->base_count > 0) {
            tell_deletion(&naming, edit);
        } else if (edit->field == HF_FIELD_FINAL && act.act != HF_ACT_FINALISE && !telling->told_value) {
            enum hf_status status = hf_replica_record(telling->hf->replica, &body->record_id, &naming.state);
            telling->status = status == HF_ERR_NOT_FOUND ? HF_OK : status;
            tell_answers(&naming, &act);
            hf_record_state_clear(&naming.state);
        }
    }
    return telling->status == HF_OK && !telling->stopped;
}
