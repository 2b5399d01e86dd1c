/* Proposed amendments of final records: those that wait for an answer, and those that had one. */
#include "client/reads.h"
#include "client/texts.h"
#include "core/merge/standing.h"
#include "core/model/act.h"
#include "core/model/value.h"

#include <stdlib.h>
#include <string.h>

/* What the replica knows of a change; empty when it is not here. */
struct known {
    char author[HF_PERSON_NAME_BYTES_MAX + 1];
    char device[HF_DEVICE_TEXT_BYTES];
    uint64_t time_ms;
    struct hf_buf bytes;
    struct hf_data_body body; /* borrows from bytes */
    bool has_body;
};

static bool take_change(void *ctx, const struct hf_change_row *row)
{
    struct known *known = ctx;
    size_t len = row->author_name.len < sizeof known->author ? row->author_name.len : sizeof known->author - 1;
    if (len > 0)
        memcpy(known->author, row->author_name.data, len);
    known->author[len] = '\0';
    hf_device_text(row->leaf.device, known->device);
    known->time_ms = hf_clock_ms(row->leaf.clock);
    hf_buf_append_slice(&known->bytes, row->item.body);
    return false;
}

/* The caller frees it. */
static enum hf_status know(struct hf_replica *replica, const struct hf_id *change, struct known **out)
{
    struct known *known = calloc(1, sizeof *known);
    if (!known)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_replica_change(replica, change, take_change, known);
    if (status == HF_OK)
        status = hf_buf_status(&known->bytes);
    known->has_body = status == HF_OK && hf_data_body_decode(hf_buf_slice(&known->bytes), &known->body, NULL) == HF_OK;
    *out = known;
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

static void known_free(struct known *known)
{
    if (known)
        hf_buf_wipe(&known->bytes);
    free(known);
}

struct listing {
    struct holdfast *hf;
    bool open_only;
    bool (*each)(void *ctx, const struct holdfast_amendment_row *row);
    void *ctx;
    bool more;
    const struct hf_record_spec *type;
    const struct hf_record_state *state;
};

/* --- what one proposal says --- */

struct pieces {
    const struct hf_field_spec *spec;
    struct hf_buf text;
    bool any;
};

static bool add_piece(void *ctx, const struct hf_proposal *proposal)
{
    struct pieces *pieces = ctx;
    if (proposal->field != pieces->spec->code)
        return true;
    if (pieces->any)
        hf_buf_append_str(&pieces->text, ", ");
    if (pieces->spec->kind == HF_KIND_SET)
        hf_buf_append_str(&pieces->text, proposal->takes_out ? "-" : "+");
    hf_value_to_text(pieces->spec, proposal->value, &pieces->text);
    pieces->any = true;
    return true;
}

/* What is official: the value, or elements and entries joined. */
static const char *official(const struct listing *listing, const struct hf_field_spec *spec, struct hf_texts *texts)
{
    const struct hf_field_state *field = hf_record_state_field(listing->state, spec->code);
    struct hf_buf text = {0};
    const char *out;
    if (spec->kind != HF_KIND_SET && spec->kind != HF_KIND_APPEND) {
        struct hf_slice plain = hf_merge_plain_value(listing->type, field);
        return plain.len > 0 ? hf_texts_value(texts, spec, plain) : "";
    }
    for (size_t i = 0; field && i < field->count; i++) {
        bool again = field->entries[i].is_aside;
        for (size_t j = 0; spec->kind == HF_KIND_SET && j < i && !again; j++)
            again = !field->entries[j].is_aside && hf_slice_equal(field->entries[i].value, field->entries[j].value);
        if (again)
            continue;
        if (text.len > 0)
            hf_buf_append_str(&text, ", ");
        hf_value_to_text(spec, field->entries[i].value, &text);
    }
    out = hf_texts_copy(texts, hf_buf_slice(&text));
    texts->failed = texts->failed || hf_buf_status(&text) != HF_OK;
    hf_buf_wipe(&text);
    return out;
}

static size_t open_fields(const struct listing *listing, const struct hf_id *change, struct hf_texts *texts,
                          struct holdfast_amendment_field *out)
{
    size_t count = 0;
    for (size_t i = 0; i < listing->type->field_count && count < HF_EDITS_MAX; i++) {
        const struct hf_field_spec *spec = &listing->type->fields[i];
        struct pieces pieces = {.spec = spec};
        hf_standing_proposal(listing->state, change, add_piece, &pieces);
        if (pieces.any)
            out[count++] =
                (struct holdfast_amendment_field){.field = spec->name,
                                                  .label = spec->label,
                                                  .original = official(listing, spec, texts),
                                                  .proposed = hf_texts_copy(texts, hf_buf_slice(&pieces.text))};
        texts->failed = texts->failed || hf_buf_status(&pieces.text) != HF_OK;
        hf_buf_wipe(&pieces.text);
    }
    return count;
}

/* --- what an answered one said --- */

static const struct hf_edit *edit_of(const struct known *known, uint16_t field)
{
    for (uint32_t i = 0; known->has_body && i < known->body.edit_count; i++)
        if (known->body.edits[i].field == field)
            return &known->body.edits[i];
    return NULL;
}

/* The value that an accepting change replaced: what the official one of its bases had said. */
static enum hf_status replaced(const struct listing *listing, const struct known *decision, const struct hf_id *change,
                               const struct hf_field_spec *spec, struct hf_texts *texts, const char **out)
{
    const struct hf_edit *edit = edit_of(decision, spec->code);
    *out = "";
    for (uint32_t i = 0; edit && i < edit->base_count; i++) {
        const struct hf_id base = hf_edit_base(edit, i);
        struct known *known = NULL;
        if (hf_id_equal(&base, change))
            continue;
        enum hf_status status = know(listing->hf->replica, &base, &known);
        const struct hf_edit *before = status == HF_OK ? edit_of(known, spec->code) : NULL;
        if (before)
            *out = hf_texts_value(texts, spec, before->value);
        known_free(known);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

static enum hf_status decided_fields(const struct listing *listing, const struct known *known,
                                     const struct known *decision, const struct hf_id *change, bool accepted,
                                     struct hf_texts *texts, struct holdfast_amendment_field *out, size_t *out_count)
{
    enum hf_status status = HF_OK;
    for (uint32_t i = 0; status == HF_OK && known->has_body && i < known->body.edit_count; i++) {
        const struct hf_edit *edit = &known->body.edits[i];
        const struct hf_field_spec *spec = hf_model_field(listing->type, edit->field);
        if (!spec || spec->code >= HF_FIELD_COMMON || spec->kind == HF_KIND_STATUS)
            continue;
        struct holdfast_amendment_field *field = &out[(*out_count)++];
        *field = (struct holdfast_amendment_field){.field = spec->name, .label = spec->label, .original = ""};
        field->proposed = spec->kind == HF_KIND_SET ? hf_texts_set_edit(texts, spec, edit->value)
                                                    : hf_texts_value(texts, spec, edit->value);
        if (accepted && spec->kind != HF_KIND_SET && spec->kind != HF_KIND_APPEND)
            status = replaced(listing, decision, change, spec, texts, &field->original);
        else
            field->original = official(listing, spec, texts);
    }
    return status;
}

/* --- rows --- */

static enum hf_status show(struct listing *listing, const struct hf_id *change, const struct hf_id *decided_by,
                           enum hf_act act)
{
    struct known *known = NULL, *decision = NULL;
    struct hf_texts texts = {0};
    struct holdfast_amendment_field fields[HF_EDITS_MAX];
    enum hf_status status = know(listing->hf->replica, change, &known);
    if (status == HF_OK && decided_by)
        status = know(listing->hf->replica, decided_by, &decision);
    if (status == HF_OK) {
        struct holdfast_amendment_row row = {.id = hf_id_out(change),
                                             .case_id = hf_id_out(&listing->state->case_id),
                                             .record = hf_id_out(&listing->state->record_id),
                                             .type = listing->type->name,
                                             .state = !decided_by           ? "open"
                                                      : act == HF_ACT_AMEND ? "accepted"
                                                                            : "declined",
                                             .author = known->author,
                                             .device = known->device,
                                             .reason = known->has_body ? hf_texts_copy(&texts, known->body.reason) : "",
                                             .time_ms = known->time_ms,
                                             .fields = fields,
                                             .decided_by = "",
                                             .decision_reason = ""};
        if (!decided_by) {
            row.field_count = open_fields(listing, change, &texts, fields);
        } else {
            row.decision = hf_id_out(decided_by);
            row.decided_by = decision->author;
            row.decided_ms = decision->time_ms;
            row.decision_reason = decision->has_body ? hf_texts_copy(&texts, decision->body.reason) : "";
            status =
                decided_fields(listing, known, decision, change, act == HF_ACT_AMEND, &texts, fields, &row.field_count);
        }
        if (status == HF_OK)
            status = hf_texts_status(&texts);
        if (status == HF_OK)
            listing->more = listing->each(listing->ctx, &row);
    }
    hf_texts_clear(&texts);
    known_free(known);
    known_free(decision);
    return status;
}

/* A decision that settled a clash of official values answers no proposal: what it names is official itself. */
static bool is_proposal(const struct hf_record_state *state, const struct hf_id *change)
{
    enum hf_act act = hf_standing_act(state, change);
    return act != HF_ACT_FINALISE && act != HF_ACT_AMEND;
}

static enum hf_status show_decided(struct listing *listing)
{
    const struct hf_field_state *acts = hf_record_state_field(listing->state, HF_FIELD_FINAL);
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && acts && i < acts->count; i++) {
        const struct hf_act_value act = hf_act_read(acts->entries[i].value);
        for (uint32_t j = 0; status == HF_OK && listing->more && act.act != HF_ACT_FINALISE && j < act.count; j++) {
            const struct hf_id change = hf_act_id(&act, j);
            if (is_proposal(listing->state, &change))
                status = show(listing, &change, &acts->entries[i].change, act.act);
        }
    }
    return status;
}

static enum hf_status show_record(struct listing *listing, const struct hf_id *record)
{
    struct hf_record_state state = {0};
    struct hf_changes open = {0};
    enum hf_status status = hf_replica_record(listing->hf->replica, record, &state);
    if (status != HF_OK)
        return status;
    listing->state = &state;
    listing->type = hf_model_type(state.type);
    if (listing->type && !listing->open_only)
        status = show_decided(listing);
    if (listing->type && status == HF_OK)
        status = hf_standing_proposals(&state, &open);
    for (size_t i = 0; status == HF_OK && listing->more && i < open.count; i++)
        status = show(listing, &open.at[i], NULL, HF_ACT_NONE);
    free(open.at);
    hf_record_state_clear(&state);
    return status;
}

/* --- all records --- */

static bool note_record(void *ctx, const struct hf_record_row *row)
{
    hf_buf_append(ctx, row->record_id.bytes, sizeof row->record_id.bytes);
    return true;
}

static enum hf_status show_all(struct listing *listing)
{
    struct hf_buf ids = {0};
    const struct hf_record_filter filter = {.final_only = true, .with_deleted = true};
    enum hf_status status = hf_replica_list(listing->hf->replica, &filter, note_record, &ids);
    if (status == HF_OK)
        status = hf_buf_status(&ids);
    for (size_t at = 0; status == HF_OK && listing->more && at < ids.len; at += HF_ID_BYTES) {
        const struct hf_id id = hf_id_from_bytes(ids.data + at);
        status = show_record(listing, &id);
    }
    hf_buf_clear(&ids);
    return status;
}

enum holdfast_status holdfast_amendments(struct holdfast *hf, const struct holdfast_id *record, bool open_only,
                                         bool (*each)(void *ctx, const struct holdfast_amendment_row *row), void *ctx)
{
    struct listing listing = {.hf = hf, .open_only = open_only, .each = each, .ctx = ctx, .more = true};
    const struct hf_id id = hf_id_in_or_zero(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (record)
        hf_reads_note(hf, NULL, &id, HF_READ_RECORD);
    status = record ? show_record(&listing, &id) : show_all(&listing);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_handle_fail(hf, status, "This record is not on this device. Sync, or check its id.");
    return hf_handle_leave(hf, status);
}
