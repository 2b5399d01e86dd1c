/* Acts on a record as a whole: finalising, deleting, restoring, answering a proposal. */
#include "core/replica/replica_internal.h"
#include "core/replica/snapshot.h"

#include "core/merge/standing.h"
#include "core/model/act.h"
#include "core/model/steps.h"
#include "core/model/value.h"
#include "core/pack/writer.h"

#include <stdlib.h>

#define PARTS_MAX 1000 /* of a record that becomes final at once */

/* One change in the making. */
struct act {
    struct hf_replica *replica;
    struct hf_record_state state;
    const struct hf_record_spec *type;
    struct hf_edit_input edits[HF_EDITS_MAX];
    struct hf_buf values[HF_EDITS_MAX];
    struct hf_id bases[HF_EDITS_MAX][HF_EDIT_BASES_MAX];
    size_t count;
    struct hf_slice reason;
    struct hf_id group_id;
    uint64_t now_ms;
    struct hf_buf *rehearsal; /* the body goes here, and nothing is written; NULL: it is written */
    struct hf_error *err;
};

static struct act *act_new(struct hf_replica *replica, struct hf_slice reason, uint64_t now_ms, struct hf_error *err)
{
    struct act *act = calloc(1, sizeof *act);
    if (!act) {
        (void)hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
        return NULL;
    }
    act->replica = replica;
    act->reason = reason;
    act->now_ms = now_ms;
    act->err = err;
    return act;
}

static void act_reset(struct act *act)
{
    hf_record_state_clear(&act->state);
    for (size_t i = 0; i < HF_EDITS_MAX; i++)
        hf_buf_wipe(&act->values[i]);
    act->count = 0;
}

static void act_free(struct act *act)
{
    act_reset(act);
    free(act);
}

static enum hf_status act_load(struct act *act, const struct hf_id *record_id)
{
    enum hf_status status = hf_replica_record_load(act->replica, record_id, &act->state, act->err);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(act->err, status, "This record is not on this device. Sync, or check its id.");
    if (status != HF_OK)
        return status;
    act->type = hf_model_type(act->state.type);
    return act->type ? HF_OK : hf_error_set(act->err, HF_ERR_UNSUPPORTED, "%s", hf_status_text(HF_ERR_UNSUPPORTED));
}

static enum hf_status needs_reason(const struct act *act)
{
    return act->reason.len > 0
               ? HF_OK
               : hf_error_set(act->err, HF_ERR_INVALID, "reason: say why, so that others can follow the decision.");
}

/* The next edit: its value goes to the buffer that is returned, its bases to act->bases. NULL: too many. */
static struct hf_buf *act_edit(struct act *act, uint16_t field, size_t base_count)
{
    if (act->count == HF_EDITS_MAX || base_count > HF_EDIT_BASES_MAX)
        return NULL;
    act->edits[act->count] =
        (struct hf_edit_input){.field = field, .bases = act->bases[act->count], .base_count = base_count};
    return &act->values[act->count++];
}

static enum hf_status too_much(const struct act *act)
{
    return hf_error_set(act->err, HF_ERR_LIMIT, "%s holds more than one change can name: settle its clashes first",
                        act->type->label);
}

/* Signs and stores, inside a transaction. */
static enum hf_status act_write(struct act *act, struct hf_id *out_change_id)
{
    struct hf_class_key key = {0};
    struct hf_chain chain;
    struct hf_buf body = {0}, policy = {0};
    enum hf_status status = hf_replica_key_newest(act->replica, &act->state.case_id, &key, act->err);
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_error_set(act->err, status, "This case is not on this device. Sync, or ask the office for it.");
    for (size_t i = 0; status == HF_OK && i < act->count; i++) {
        act->edits[i].value = hf_buf_slice(&act->values[i]);
        status = hf_buf_status(&act->values[i]);
    }
    if (status == HF_OK)
        status = hf_replica_policy_named(act->replica, &act->state.case_id, act->now_ms, &policy, act->err);
    const struct hf_data_body_input input = {.case_id = act->state.case_id,
                                             .record_id = act->state.record_id,
                                             .type = act->state.type,
                                             .edits = act->edits,
                                             .edit_count = act->count,
                                             .group_id = act->group_id,
                                             .reason = act->reason,
                                             .policy = hf_buf_slice(&policy)};
    if (status == HF_OK)
        status = hf_data_body_encode(&input, act->rehearsal ? act->rehearsal : &body, act->err);
    if (status == HF_OK && act->rehearsal)
        goto out;
    if (status == HF_OK)
        status = hf_replica_chain_load(act->replica, &chain, act->err);
    if (status == HF_OK)
        status = hf_replica_chain_write(act->replica, &chain, HF_LEAF_DATA, &key, hf_buf_slice(&body), act->now_ms,
                                        out_change_id, act->err);
    if (status == HF_OK)
        status = hf_replica_chain_store(act->replica, &chain, act->err);
out:
    hf_wipe(&key, sizeof key);
    hf_buf_wipe(&body);
    hf_buf_clear(&policy);
    return status;
}

static enum hf_status put_act(struct act *act, uint16_t field, enum hf_act what, struct hf_changes *changes,
                              size_t base_count)
{
    struct hf_buf *value = act_edit(act, field, base_count);
    if (!value || changes->count > HF_ACT_IDS_MAX)
        return too_much(act);
    hf_act_encode(what, changes->at, changes->count, value);
    return hf_buf_status(value);
}

/* --- finalising --- */

/* Every element that counts, once, as added. */
static void add_elements(const struct hf_field_state *field, struct hf_slice *elements, struct hf_buf *out)
{
    size_t count = 0;
    for (size_t i = 0; i < field->count; i++) {
        bool again = field->entries[i].is_aside;
        for (size_t j = 0; j < count && !again; j++)
            again = hf_slice_equal(elements[j], field->entries[i].value);
        if (!again && count < HF_SET_ELEMENTS_MAX)
            elements[count++] = field->entries[i].value;
    }
    hf_set_edit_encode(elements, count, NULL, 0, out);
}

static enum hf_status say_again(struct act *act, const struct hf_field_state *field)
{
    const struct hf_field_spec *spec = hf_model_field(act->type, field->field);
    struct hf_slice elements[HF_SET_ELEMENTS_MAX];
    struct hf_buf *value;
    if (spec->code >= HF_FIELD_COMMON || spec->kind == HF_KIND_APPEND || spec->kind == HF_KIND_STATUS)
        return HF_OK;
    if (hf_merge_in_conflict(act->type, field))
        return hf_error_set(act->err, HF_ERR_CONFLICT, "%s: %s has two different values; settle the clash first",
                            act->type->label, spec->name);
    size_t heads = spec->kind == HF_KIND_SET
                       ? 0
                       : hf_merge_heads(field, act->count < HF_EDITS_MAX ? act->bases[act->count] : NULL,
                                        act->count < HF_EDITS_MAX ? HF_EDIT_BASES_MAX : 0);
    value = act_edit(act, spec->code, heads);
    if (!value)
        return too_much(act);
    if (spec->kind == HF_KIND_SET)
        add_elements(field, elements, value);
    else
        hf_buf_append_slice(value, hf_merge_plain_value(act->type, field));
    return hf_buf_status(value);
}

/* The status becomes final where it can: of a part that cannot, it stays. */
static enum hf_status make_status_final(struct act *act, bool is_part)
{
    const struct hf_field_spec *spec =
        act->type->status_field ? hf_model_field(act->type, act->type->status_field) : NULL;
    const struct hf_field_state *field = spec ? hf_record_state_field(&act->state, spec->code) : NULL;
    struct hf_slice from = hf_merge_plain_value(act->type, field);
    struct hf_buf final = {0};
    hf_pack_text(&final, hf_slice_str("final"));
    enum hf_status status = hf_buf_status(&final);
    bool can = spec && spec->steps && hf_value_check(act->type, spec, hf_buf_slice(&final), NULL) == HF_OK;
    if (status == HF_OK && can && hf_merge_in_conflict(act->type, field)) {
        status = hf_error_set(act->err, HF_ERR_CONFLICT, "%s: %s has two different values; settle the clash first",
                              act->type->label, spec->name);
    } else if (status == HF_OK && can && (from.len == 0 || hf_steps_allowed(spec, from, hf_buf_slice(&final)))) {
        size_t heads = hf_merge_heads(field, act->bases[act->count], HF_EDIT_BASES_MAX);
        struct hf_buf *value = act_edit(act, spec->code, heads);
        if (value)
            hf_buf_append_slice(value, hf_buf_slice(&final));
        status = value ? hf_buf_status(value) : too_much(act);
    } else if (status == HF_OK && can && !is_part) {
        struct hf_buf word = {0};
        hf_value_to_text(spec, from, &word);
        status = hf_error_set(act->err, HF_ERR_STATE,
                              "%s is %.*s, and cannot become final from there: bring it up to date first", spec->name,
                              (int)word.len, (const char *)word.data);
        hf_buf_clear(&word);
    }
    hf_buf_clear(&final);
    return status;
}

static enum hf_status finalise_one(struct act *act, bool is_part, struct hf_id *out_change_id)
{
    struct hf_changes seen = {0};
    enum hf_status status = HF_OK;
    if (hf_merge_conflict_count(&act->state) > 0 && act->state.deleted != HF_DELETED_NOT)
        return hf_error_set(act->err, HF_ERR_CONFLICT, "%s: it was deleted, and not by everyone; settle that first",
                            act->type->label);
    for (size_t i = 0; status == HF_OK && i < act->state.field_count; i++)
        status = say_again(act, &act->state.fields[i]);
    if (status == HF_OK)
        status = make_status_final(act, is_part);
    if (status == HF_OK)
        status = hf_standing_seen(&act->state, &seen);
    if (status == HF_OK)
        status = put_act(act, HF_FIELD_FINAL, HF_ACT_FINALISE, &seen, 0);
    free(seen.at);
    return status == HF_OK ? act_write(act, out_change_id) : status;
}

struct parts {
    size_t count;
    struct hf_id ids[PARTS_MAX];
};

static enum hf_status find_parts(struct act *act, uint16_t parent_type, const struct hf_id *parent, struct parts *out)
{
    struct hf_rows rows;
    out->count = 0;
    hf_rows_begin_text(&rows, act->replica,
                       "SELECT record_id, type FROM records WHERE parent = ? AND is_final = 0 AND deleted <> 1"
                       " ORDER BY record_id");
    hf_rows_bind_id(&rows, parent);
    while (out->count < PARTS_MAX && hf_rows_next(&rows))
        if (hf_model_is_part(parent_type, (uint16_t)hf_rows_u64(&rows, 1)))
            out->ids[out->count++] = hf_rows_id(&rows, 0);
    return hf_rows_end(&rows, act->err);
}

static enum hf_status finalise(struct act *act, const struct hf_id *record_id, struct parts *parts,
                               struct hf_id *out_change_id)
{
    struct hf_id ignored;
    uint8_t random[HF_ID_RANDOM_BYTES];
    enum hf_status status = act_load(act, record_id);
    if (status != HF_OK)
        return status;
    if (act->state.is_final)
        return hf_error_set(act->err, HF_ERR_STATE, "This record is final already.");
    if (act->state.deleted == HF_DELETED_YES || act->state.type == HF_RECORD_CASE)
        return hf_error_set(act->err, HF_ERR_STATE, "%s",
                            act->state.deleted == HF_DELETED_YES ? "This record was deleted: restore it first."
                                                                 : "A case goes on: its records become final.");
    const uint16_t type = act->state.type;
    status = find_parts(act, type, record_id, parts);
    if (status == HF_OK && parts->count > 0) {
        hf_random(random, sizeof random);
        act->group_id = hf_id_v7(act->now_ms, random);
    }
    if (status == HF_OK)
        status = finalise_one(act, false, out_change_id);
    for (size_t i = 0; status == HF_OK && !act->rehearsal && i < parts->count; i++) {
        act_reset(act);
        status = act_load(act, &parts->ids[i]);
        if (status == HF_OK)
            status = finalise_one(act, true, &ignored);
    }
    return status;
}

enum hf_status hf_replica_finalise(struct hf_replica *replica, const struct hf_id *record_id, struct hf_slice reason,
                                   uint64_t now_ms, struct hf_id *out_change_id, struct hf_error *err)
{
    struct hf_id change_id;
    enum hf_status status = hf_replica_may_save(replica, err);
    if (status == HF_OK) /* who makes it final sees what people signed */
        status = hf_replica_needs_history(replica, record_id, err);
    if (status != HF_OK)
        return status;
    struct act *act = act_new(replica, reason, now_ms, err);
    struct parts *parts = malloc(sizeof *parts);
    status = act && parts ? hf_rows_transaction(replica, err) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = hf_rows_finish(replica, finalise(act, record_id, parts, &change_id), err);
    if (status == HF_OK)
        *out_change_id = change_id;
    free(parts);
    if (act)
        act_free(act);
    return status;
}

enum hf_status hf_replica_finalise_body(struct hf_replica *replica, const struct hf_id *record_id, uint64_t now_ms,
                                        struct hf_buf *out_body, struct hf_error *err)
{
    struct hf_id none;
    struct act *act = act_new(replica, hf_slice_str(""), now_ms, err);
    struct parts *parts = malloc(sizeof *parts);
    enum hf_status status = act && parts ? HF_OK : HF_ERR_NOMEM;
    if (status == HF_OK) {
        act->rehearsal = out_body;
        status = finalise(act, record_id, parts, &none);
    }
    free(parts);
    if (act)
        act_free(act);
    return status;
}

/* --- one record, one change --- */

typedef enum hf_status prepare_fn(struct act *act, const void *ctx);

static enum hf_status act_once(struct hf_replica *replica, const struct hf_id *record_id, struct act *act,
                               prepare_fn *prepare, const void *ctx, struct hf_id *out_change_id)
{
    struct hf_id change_id;
    enum hf_status status = hf_rows_transaction(replica, act->err);
    if (status != HF_OK)
        return status;
    status = act_load(act, record_id);
    if (status == HF_OK)
        status = prepare(act, ctx);
    if (status == HF_OK)
        status = act_write(act, &change_id);
    status = hf_rows_finish(replica, status, act->err);
    if (status == HF_OK)
        *out_change_id = change_id;
    return status;
}

static enum hf_status run(struct hf_replica *replica, const struct hf_id *record_id, struct hf_slice reason,
                          uint64_t now_ms, prepare_fn *prepare, const void *ctx, struct hf_id *out_change_id,
                          struct hf_error *err)
{
    enum hf_status status = hf_replica_may_save(replica, err);
    if (status != HF_OK)
        return status;
    struct act *act = act_new(replica, reason, now_ms, err);
    if (!act)
        return HF_ERR_NOMEM;
    status = needs_reason(act);
    if (status == HF_OK)
        status = act_once(replica, record_id, act, prepare, ctx, out_change_id);
    act_free(act);
    return status;
}

static size_t deleted_heads(struct act *act)
{
    return hf_merge_heads(hf_record_state_field(&act->state, HF_FIELD_DELETED), act->bases[0], HF_EDIT_BASES_MAX);
}

static enum hf_status prepare_delete(struct act *act, const void *ctx)
{
    struct hf_changes seen = {0};
    (void)ctx;
    if (act->state.type == HF_RECORD_CASE || act->state.type == HF_RECORD_PERSON)
        return hf_error_set(act->err, HF_ERR_STATE, "A case or a member of staff cannot be deleted.");
    if (act->state.is_final)
        return hf_error_set(act->err, HF_ERR_STATE, "This record is final: it is amended, not deleted.");
    if (act->state.deleted == HF_DELETED_YES)
        return hf_error_set(act->err, HF_ERR_STATE, "This record is deleted already.");
    enum hf_status status = hf_standing_seen(&act->state, &seen);
    if (status == HF_OK)
        status = put_act(act, HF_FIELD_DELETED, HF_ACT_DELETE, &seen, deleted_heads(act));
    free(seen.at);
    return status;
}

static enum hf_status prepare_restore(struct act *act, const void *ctx)
{
    struct hf_changes none = {0};
    (void)ctx;
    if (act->state.deleted == HF_DELETED_NOT)
        return hf_error_set(act->err, HF_ERR_STATE, "This record is not deleted.");
    return put_act(act, HF_FIELD_DELETED, HF_ACT_RESTORE, &none, deleted_heads(act));
}

enum hf_status hf_replica_delete(struct hf_replica *replica, const struct hf_id *record_id, struct hf_slice reason,
                                 uint64_t now_ms, struct hf_id *out_change_id, struct hf_error *err)
{
    return run(replica, record_id, reason, now_ms, prepare_delete, NULL, out_change_id, err);
}

enum hf_status hf_replica_restore(struct hf_replica *replica, const struct hf_id *record_id, struct hf_slice reason,
                                  uint64_t now_ms, struct hf_id *out_change_id, struct hf_error *err)
{
    return run(replica, record_id, reason, now_ms, prepare_restore, NULL, out_change_id, err);
}

/* --- answering a proposal --- */

struct answer {
    const struct hf_id *proposal;
    bool accept;
};
/* What accepting changes in one field. */
struct taking {
    struct act *act;
    const struct hf_id *proposal;
    enum hf_status status;
    uint16_t set; /* the set that is being gathered; 0: none */
    size_t added_count, removed_count;
    struct hf_slice added[HF_SET_ELEMENTS_MAX], removed[HF_SET_ELEMENTS_MAX];
};

static enum hf_status take_single(struct taking *taking, const struct hf_proposal *proposal)
{
    struct act *act = taking->act;
    const struct hf_field_state *field = hf_record_state_field(&act->state, proposal->field);
    if (act->count == HF_EDITS_MAX)
        return too_much(act);
    struct hf_id *bases = act->bases[act->count];
    if (hf_merge_in_conflict(act->type, field))
        return hf_error_set(act->err, HF_ERR_CONFLICT, "%s has two official values; settle the clash first",
                            hf_model_field(act->type, proposal->field)->name);
    size_t heads = hf_merge_heads(field, bases, HF_EDIT_BASES_MAX - 1);
    if (heads >= HF_EDIT_BASES_MAX)
        return too_much(act);
    bases[heads] = *taking->proposal;
    struct hf_buf *value = act_edit(act, proposal->field, heads + 1);
    if (!value)
        return too_much(act);
    hf_buf_append_slice(value, proposal->value);
    return hf_buf_status(value);
}

static int by_bytes(const void *a, const void *b)
{
    return hf_slice_compare(*(const struct hf_slice *)a, *(const struct hf_slice *)b);
}

static enum hf_status end_set(struct taking *taking)
{
    struct act *act = taking->act;
    if (taking->set == 0)
        return HF_OK;
    if (act->count == HF_EDITS_MAX)
        return too_much(act);
    qsort(taking->added, taking->added_count, sizeof taking->added[0], by_bytes);
    qsort(taking->removed, taking->removed_count, sizeof taking->removed[0], by_bytes);
    size_t heads = hf_merge_removed_heads(hf_record_state_field(&act->state, taking->set), taking->removed,
                                          taking->removed_count, act->bases[act->count], HF_EDIT_BASES_MAX);
    struct hf_buf *value = act_edit(act, taking->set, heads);
    if (!value)
        return too_much(act);
    hf_set_edit_encode(taking->added, taking->added_count, taking->removed, taking->removed_count, value);
    taking->set = 0;
    taking->added_count = taking->removed_count = 0;
    return hf_buf_status(value);
}

static enum hf_status take_element(struct taking *taking, const struct hf_proposal *proposal)
{
    size_t *count = proposal->takes_out ? &taking->removed_count : &taking->added_count;
    if (*count == HF_SET_ELEMENTS_MAX)
        return too_much(taking->act);
    (proposal->takes_out ? taking->removed : taking->added)[(*count)++] = proposal->value;
    return HF_OK;
}

/* One field at a time: the sets of `wanted`, or everything else. An entry is accepted by being named alone. */
static bool take_one(void *ctx, const struct hf_proposal *proposal)
{
    struct taking *taking = ctx;
    const struct hf_field_spec *spec = hf_model_field(taking->act->type, proposal->field);
    if (spec->kind == HF_KIND_SET && proposal->field == taking->set)
        taking->status = take_element(taking, proposal);
    else if (spec->kind != HF_KIND_SET && spec->kind != HF_KIND_APPEND && taking->set == 0)
        taking->status = take_single(taking, proposal);
    return taking->status == HF_OK;
}

static enum hf_status take_all(struct act *act, const struct hf_id *proposal)
{
    struct taking *taking = calloc(1, sizeof *taking);
    if (!taking)
        return HF_ERR_NOMEM;
    taking->act = act;
    taking->proposal = proposal;
    hf_standing_proposal(&act->state, proposal, take_one, taking);
    for (size_t i = 0; taking->status == HF_OK && i < act->type->field_count; i++) {
        if (act->type->fields[i].kind != HF_KIND_SET)
            continue;
        taking->set = act->type->fields[i].code;
        hf_standing_proposal(&act->state, proposal, take_one, taking);
        if (taking->added_count + taking->removed_count == 0)
            taking->set = 0;
        if (taking->status == HF_OK)
            taking->status = end_set(taking);
    }
    enum hf_status status = taking->status;
    free(taking);
    return status;
}

static enum hf_status prepare_answer(struct act *act, const void *ctx)
{
    const struct answer *answer = ctx;
    struct hf_changes open = {0};
    struct hf_id proposal = *answer->proposal;
    struct hf_changes answered = {.at = &proposal, .count = 1};
    enum hf_status status = hf_standing_proposals(&act->state, &open);
    bool found = false;
    for (size_t i = 0; i < open.count; i++)
        found = found || hf_id_equal(&open.at[i], answer->proposal);
    free(open.at);
    if (status == HF_OK && !found)
        status = hf_error_set(act->err, HF_ERR_NOT_FOUND,
                              "There is no open amendment of that name: it was answered, withdrawn or written anew.");
    if (status == HF_OK && answer->accept)
        status = take_all(act, answer->proposal);
    if (status != HF_OK)
        return status;
    if (act->count == HF_EDITS_MAX)
        return too_much(act);
    size_t finals = hf_standing_finals(&act->state, act->bases[act->count], HF_EDIT_BASES_MAX);
    return put_act(act, HF_FIELD_FINAL, answer->accept ? HF_ACT_AMEND : HF_ACT_DECLINE, &answered,
                   finals < HF_EDIT_BASES_MAX ? finals : HF_EDIT_BASES_MAX);
}

enum hf_status hf_replica_answer(struct hf_replica *replica, const struct hf_id *record_id,
                                 const struct hf_id *proposal, bool accept, struct hf_slice reason, uint64_t now_ms,
                                 struct hf_id *out_change_id, struct hf_error *err)
{
    const struct answer answer = {.proposal = proposal, .accept = accept};
    enum hf_status status = hf_replica_needs_history(replica, record_id, err);
    return status != HF_OK ? status
                           : run(replica, record_id, reason, now_ms, prepare_answer, &answer, out_change_id, err);
}
