/* Who should settle a clash: a person of the meeting that the record belongs to, if they see the case. */
#include "core/base/mutant.h"
#include "core/pack/cursor.h"
#include "core/replica/given.h"
#include "core/replica/replica_internal.h"

#define PARENTS_MAX 8 /* records between a part of a meeting and the meeting */

/* In the order in which they are asked. */
static const struct {
    const char *field;
    enum hf_decider_role role;
} asked[HF_DECIDERS_MAX] = {
    {"chair", HF_DECIDER_CHAIR}, {"minuter", HF_DECIDER_MINUTER}, {"arranger", HF_DECIDER_ARRANGER}};

/* The id that a field of one value holds; zero when it is empty or in conflict. */
static struct hf_id ref_in(const struct hf_record_state *state, const struct hf_record_spec *type,
                           const struct hf_field_spec *field)
{
    struct hf_cursor cursor;
    if (!field)
        return hf_id_zero();
    struct hf_slice value = hf_merge_plain_value(type, hf_record_state_field(state, field->code));
    hf_cursor_init(&cursor, value, HF_PACK_ELEMENTS_MAX);
    return hf_cursor_peek(&cursor) == HF_PACK_BYTES ? hf_cursor_id(&cursor) : hf_id_zero();
}

size_t hf_replica_deciders_named(const struct hf_record_state *meeting, struct hf_decider out[HF_DECIDERS_MAX])
{
    const struct hf_record_spec *type = hf_model_type(meeting->type);
    size_t count = 0;
    for (size_t i = 0; type && i < HF_DECIDERS_MAX; i++) {
        struct hf_id person = ref_in(meeting, type, hf_model_field_named(type, hf_slice_str(asked[i].field)));
        bool named = hf_id_is_zero(&person);
        for (size_t j = 0; j < count; j++)
            named = named || hf_id_equal(&out[j].person, &person);
        if (!named)
            out[count++] = (struct hf_decider){.person = person, .role = asked[i].role};
    }
    return count;
}

/* The record itself or the nearest above it that is a meeting, in the same case. HF_ERR_NOT_FOUND. */
static enum hf_status find_meeting(struct hf_replica *replica, const struct hf_record_state *record,
                                   struct hf_record_state *out)
{
    const struct hf_record_spec *meeting = hf_model_type_named(hf_slice_str("meeting"));
    struct hf_id next = record->record_id;
    for (size_t i = 0; meeting && i < PARENTS_MAX && !hf_id_is_zero(&next); i++) {
        struct hf_record_state state = {0};
        enum hf_status status = hf_replica_record_load(replica, &next, &state, NULL);
        if (status != HF_OK)
            return status;
        const struct hf_record_spec *type = hf_model_type(state.type);
        bool same_case = hf_id_equal(&state.case_id, &record->case_id);
        if (same_case && state.type == meeting->code) {
            *out = state;
            return HF_OK;
        }
        next = same_case && type ? ref_in(&state, type, hf_model_field(type, HF_FIELD_PARENT)) : hf_id_zero();
        hf_record_state_clear(&state);
    }
    return HF_ERR_NOT_FOUND;
}

/* They opened it on this device, and the office has not heard of it yet. */
static enum hf_status is_own(struct hf_replica *replica, const struct hf_id *case_id, const struct hf_id *person,
                             bool *out)
{
    struct hf_rows rows;
    *out = false;
    if (!hf_id_equal(person, &replica->identity->person))
        return HF_OK;
    hf_rows_begin_text(&rows, replica, "SELECT 1 FROM cases WHERE case_id = ? AND opened_here = 1 AND assigned = 1");
    hf_rows_bind_id(&rows, case_id);
    *out = hf_rows_next(&rows);
    return hf_rows_end(&rows, NULL);
}

/* They have a device in use whose role may record, and see the case: by their role, or because they hold it. */
static enum hf_status can_decide(struct hf_replica *replica, const struct hf_id *case_id, const struct hf_id *person,
                                 bool *out)
{
    struct hf_rows rows;
    bool held = false, all = false;
    hf_rows_begin_text(&rows, replica,
                       "SELECT role FROM devices WHERE person = ? AND enrolled_at IS NOT NULL AND revoked_at IS NULL");
    hf_rows_bind_id(&rows, person);
    while (hf_rows_next(&rows)) {
        const enum hf_scope scope = hf_replica_scope_of((enum hf_role)hf_rows_u64(&rows, 0));
        all = all || scope == HF_SCOPE_ALL;
        held = held || scope == HF_SCOPE_HELD;
    }
    enum hf_status status = hf_rows_end(&rows, NULL);
    bool sees = all;
    if (status == HF_OK && held && !sees)
        status = is_own(replica, case_id, person, &sees);
    if (status == HF_OK && held && !sees)
        status = hf_replica_given_now(replica, case_id, person, &sees, NULL);
    if (status == HF_OK)
        *out = sees || HF_MUTANT(DECIDER_OF_BEFORE);
    return status;
}

enum hf_status hf_replica_deciders(struct hf_replica *replica, const struct hf_record_state *record,
                                   struct hf_decider out[HF_DECIDERS_MAX], size_t *out_count)
{
    struct hf_record_state meeting = {0};
    struct hf_decider named[HF_DECIDERS_MAX];
    size_t count = 0;
    enum hf_status status = find_meeting(replica, record, &meeting);
    if (status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    size_t named_count = meeting.type ? hf_replica_deciders_named(&meeting, named) : 0;
    for (size_t i = 0; status == HF_OK && i < named_count; i++) {
        bool can = false;
        status = can_decide(replica, &record->case_id, &named[i].person, &can);
        if (status != HF_OK || !can)
            continue;
        out[count] = named[i];
        status = hf_replica_person_name(replica, &named[i].person, out[count].name);
        if (status == HF_ERR_NOT_FOUND)
            status = HF_OK;
        count++;
    }
    hf_record_state_clear(&meeting);
    if (status == HF_OK)
        *out_count = count;
    return status;
}
