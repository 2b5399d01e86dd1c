#include "server/alerts.h"

#include "core/merge/standing.h"
#include "core/pack/writer.h"
#include "server/alerts_internal.h"
#include "server/standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_AT_FIRST 64

struct watched {
    struct hf_id case_id;
    uint64_t at_ms; /* when to look again; 0: now; UINT64_MAX: when it changes */
    bool is_plain;  /* has no handover; while nothing is released and nobody covers there is nothing to look at */
};
struct hf_alerts {
    struct watched *cases; /* ascending ids */
    size_t count, cap;
    bool started; /* the cases of the store are in the list */
};

void hf_alerts_forget(struct hf_office *office)
{
    if (office->alerts)
        free(office->alerts->cases);
    free(office->alerts);
    office->alerts = NULL;
}

/* --- which cases -------------------------------------------------------------------------------------------------- */

static size_t place_of(const struct hf_alerts *alerts, const struct hf_id *case_id)
{
    size_t low = 0, high = alerts->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (hf_id_compare(&alerts->cases[middle].case_id, case_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The case, in the list now; NULL without memory. */
static struct watched *watch(struct hf_alerts *alerts, const struct hf_id *case_id)
{
    const size_t at = place_of(alerts, case_id);
    if (at < alerts->count && hf_id_equal(&alerts->cases[at].case_id, case_id))
        return &alerts->cases[at];
    if (alerts->count == alerts->cap) {
        const size_t cap = alerts->cap ? alerts->cap * 2 : CASES_AT_FIRST;
        struct watched *grown = cap <= HF_ALERTS_CASES_MAX ? realloc(alerts->cases, cap * sizeof *grown) : NULL;
        if (!grown) {
            alerts->started = false;
            return NULL;
        }
        alerts->cases = grown;
        alerts->cap = cap;
    }
    memmove(&alerts->cases[at + 1], &alerts->cases[at], (alerts->count - at) * sizeof *alerts->cases);
    alerts->cases[at] = (struct watched){.case_id = *case_id};
    alerts->count++;
    return &alerts->cases[at];
}

/* A case that has just been opened has nothing else yet; a later leaf of the kind gives a case another key. */
static void touch(struct hf_office *office, const struct hf_batch *batch, const struct hf_entry_row *row, bool is_idle)
{
    const size_t before = office->alerts->count;
    struct watched *watched = watch(office->alerts, &row->case_id);
    const struct hf_record_state *state = hf_batch_state_known(batch, &row->record_id);
    if (!watched)
        return;
    if (office->alerts->count > before)
        watched->is_plain = office->alerts->started && row->kind == HF_LEAF_CASE && row->hold == HF_HOLD_NONE;
    else if (row->kind == HF_LEAF_DATA && (!state || state->type == 0 || state->type == HF_RECORD_HANDOVER))
        watched->is_plain = false;
    watched->at_ms = is_idle && watched->is_plain ? UINT64_MAX : 0;
}

/* What is written here is no news to the office's own case. */
static bool is_alert(const struct hf_batch *batch, const struct hf_entry_row *row)
{
    const struct hf_record_state *state =
        row->kind == HF_LEAF_DATA ? hf_batch_state_known(batch, &row->record_id) : NULL;
    return state && state->type == HF_RECORD_ALERT;
}

/* A device came into use or went out of it, a version was acknowledged, a pack released: who has to read what? */
static void touch_office(struct hf_office *office)
{
    struct watched *watched = watch(office->alerts, &office->office_case);
    if (watched)
        watched->at_ms = 0;
}

void hf_alerts_touched(struct hf_office *office, const struct hf_batch *batch)
{
    if (!office->alerts)
        return;
    const bool is_idle = hf_policies_idle(office);
    for (size_t i = 0; i < batch->entry_count; i++) {
        const struct hf_entry_row *row = &batch->entries[i].row;
        const bool is_office = hf_id_equal(&row->case_id, &office->office_case);
        if (is_office && (row->kind == HF_LEAF_READ || is_alert(batch, row)))
            continue;
        if (is_office && !is_idle)
            touch_office(office);
        if (is_office && (row->kind == HF_LEAF_POLICY || row->kind == HF_LEAF_DATA))
            for (size_t j = 0; j < office->alerts->count; j++)
                office->alerts->cases[j].at_ms = 0;
        else if (!is_office && (row->kind == HF_LEAF_DATA || row->kind == HF_LEAF_CASE))
            touch(office, batch, row, is_idle);
    }
}

static bool watch_case(void *ctx, const struct hf_id *case_id)
{
    (void)watch(ctx, case_id);
    return true;
}

static enum hf_status start(struct hf_office *office)
{
    if (!office->alerts)
        office->alerts = calloc(1, sizeof *office->alerts);
    if (!office->alerts)
        return HF_ERR_NOMEM;
    if (office->alerts->started)
        return HF_OK;
    office->alerts->started = true;
    (void)watch(office->alerts, &office->office_case);
    return hf_keystore_cases(office->keystore, watch_case, office->alerts);
}

uint64_t hf_alerts_wake_ms(const struct hf_office *office)
{
    uint64_t first = UINT64_MAX;
    if (!office->alerts || !office->alerts->started)
        return 0;
    for (size_t i = 0; i < office->alerts->count; i++)
        if (office->alerts->cases[i].at_ms < first)
            first = office->alerts->cases[i].at_ms;
    return first;
}

/* --- one alert -----------------------------------------------------------------------------------------------------
 */

/* Whom it tells, as far as the case or the posts name somebody. */
static size_t people_of(const struct hf_alert_look *looking, const struct hf_book_view *view,
                        const struct hf_policy_alert *alert, struct hf_buf packed[HF_POLICY_ALERT_ROLES_MAX],
                        struct hf_slice out[HF_POLICY_ALERT_ROLES_MAX])
{
    struct hf_id people[HF_POLICY_ALERT_ROLES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < alert->to_count; i++) {
        const struct hf_id person = hf_book_who(looking->book, view->case_record, alert->to[i], looking->now_ms).person;
        bool known = hf_id_is_zero(&person);
        for (size_t j = 0; j < count; j++)
            known = known || hf_id_equal(&people[j], &person);
        if (known)
            continue;
        people[count] = person;
        hf_pack_id(&packed[count], &person);
        out[count] = hf_buf_slice(&packed[count]);
        count++;
    }
    return count;
}

static bool is_one_of(const struct hf_slice *people, size_t count, struct hf_slice person)
{
    for (size_t i = 0; i < count; i++)
        if (hf_slice_equal(people[i], person))
            return true;
    return false;
}

/* Who should be told may change while the alert stands: somebody covers, a case is handed over, a post is given. */
static enum hf_status follow_people(struct hf_alert_look *looking, const struct hf_book_view *view,
                                    const struct hf_policy_alert *alert, const struct hf_record_state *before)
{
    struct hf_alert_edits edits = {.count = 0};
    struct hf_buf packed[HF_POLICY_ALERT_ROLES_MAX] = {{0}};
    struct hf_slice people[HF_POLICY_ALERT_ROLES_MAX], added[HF_POLICY_ALERT_ROLES_MAX];
    struct hf_slice removed[HF_SET_ELEMENTS_MAX];
    size_t added_count = 0, removed_count = 0;
    const struct hf_field_state *told = hf_record_state_field(before, HF_ALERT_TO);
    const size_t count = people_of(looking, view, alert, packed, people);
    for (size_t i = 0; i < count; i++)
        if (!told || !hf_standing_holds(told, people[i]))
            added[added_count++] = people[i];
    for (size_t i = 0; told && count > 0 && i < told->count && removed_count < HF_SET_ELEMENTS_MAX; i++)
        if (!is_one_of(people, count, told->entries[i].value) && hf_standing_holds(told, told->entries[i].value) &&
            !is_one_of(removed, removed_count, told->entries[i].value))
            removed[removed_count++] = told->entries[i].value;
    enum hf_status status = HF_OK;
    if (added_count + removed_count > 0) {
        struct hf_set_edit *set = malloc(sizeof *set);
        struct hf_buf *value = hf_alert_edit(&edits, before, HF_ALERT_TO);
        hf_set_edit_encode(added, added_count, removed, removed_count, value);
        status = set ? hf_set_edit_decode(hf_buf_slice(value), set) : HF_ERR_NOMEM;
        if (status == HF_OK && removed_count > 0)
            edits.edits[0].base_count =
                hf_merge_removed_heads(told, set->removed, set->removed_count, edits.bases[0], HF_EDIT_BASES_MAX);
        if (edits.edits[0].base_count > HF_EDIT_BASES_MAX)
            edits.edits[0].base_count = HF_EDIT_BASES_MAX;
        if (status == HF_OK)
            status = hf_alert_write(looking, &before->record_id, &edits);
        else
            hf_buf_clear(value);
        free(set);
    }
    for (size_t i = 0; i < HF_POLICY_ALERT_ROLES_MAX; i++)
        hf_buf_clear(&packed[i]);
    return status;
}

static enum hf_status raise_alert(struct hf_alert_look *looking, const struct hf_book_view *view,
                                  const struct hf_policy_alert *alert, const struct hf_id *record)
{
    static const char cause_form[] = "%s %s %s, %s";
    struct hf_alert_edits edits = {.count = 0};
    struct hf_buf packed[HF_POLICY_ALERT_ROLES_MAX] = {{0}};
    struct hf_slice people[HF_POLICY_ALERT_ROLES_MAX];
    char cause[HF_ALERT_CAUSE_BYTES];
    const struct hf_duty *duty = &view->result->duties[alert->duty];
    const struct hf_record_state *before = hf_alert_find(looking, record);
    (void)snprintf(cause, sizeof cause, cause_form, duty->rule->id, view->pack->name, view->pack->version,
                   view->calendar->version);
    hf_pack_text(hf_alert_edit(&edits, before, HF_ALERT_KIND), hf_slice_str(alert->code));
    hf_pack_id(hf_alert_edit(&edits, before, HF_ALERT_SUBJECT), &duty->subject);
    const size_t count = people_of(looking, view, alert, packed, people);
    if (count > 0 && !before)
        hf_set_edit_encode(people, count, NULL, 0, hf_alert_edit(&edits, before, HF_ALERT_TO));
    hf_pack_text(hf_alert_edit(&edits, before, HF_ALERT_CAUSE), hf_slice_str(cause));
    hf_pack_uint(hf_alert_edit(&edits, before, HF_ALERT_RAISED_AT),
                 alert->raised_ms ? alert->raised_ms : looking->now_ms);
    hf_pack_text(hf_alert_edit(&edits, before, HF_ALERT_STATUS), hf_slice_str("raised"));
    enum hf_status status = hf_alert_write(looking, record, &edits);
    for (size_t i = 0; i < HF_POLICY_ALERT_ROLES_MAX; i++)
        hf_buf_clear(&packed[i]);
    return status;
}

/* --- one case ----------------------------------------------------------------------------------------------------- */

/* A note to somebody stands when the duty is done by it: they acknowledge it themselves. */
static bool stays(const struct hf_alert_look *looking, const struct hf_record_state *record)
{
    char name[HF_ALERT_CAUSE_BYTES] = "", policy[HF_ALERT_CAUSE_BYTES] = "";
    struct hf_buf text = {0};
    hf_book_text(record, "policy_version", &text);
    hf_buf_append_u8(&text, 0);
    const bool read = hf_buf_status(&text) == HF_OK && text.len <= HF_ALERT_CAUSE_BYTES &&
                      sscanf((const char *)text.data, "%99s %99s", name, policy) == 2;
    hf_buf_clear(&text);
    const struct hf_book_file *file = read ? hf_book_pack(looking->book, policy, looking->now_ms) : NULL;
    const struct hf_policy_rule *rule = file ? hf_policy_pack_rule_named(file->pack, name) : NULL;
    return rule && rule->alert_stays;
}

static bool look_at_view(void *ctx, const struct hf_book_view *view)
{
    struct hf_alert_look *looking = ctx;
    for (size_t i = 0; i < view->result->alert_count && looking->status == HF_OK; i++) {
        const struct hf_policy_alert *alert = &view->result->alerts[i];
        const struct hf_duty *duty = &view->result->duties[alert->duty];
        const struct hf_id first = hf_alert_id(&duty->subject, duty->rule->id, view->pack->name);
        struct hf_id record = first;
        const enum hf_status place = hf_alert_place(looking, &first, &record);
        if (place == HF_ERR_LIMIT) /* a changed program took every place: its records show that; the others go on */
            continue;
        const struct hf_record_state *before = hf_alert_find(looking, &record);
        looking->status = place == HF_OK ? hf_alert_want(looking, &record) : place;
        if (looking->status == HF_OK && (!before || hf_alert_status_is(before, "cleared")))
            looking->status = raise_alert(looking, view, alert, &record);
        else if (looking->status == HF_OK && hf_alert_is_servers(before))
            looking->status = follow_people(looking, view, alert, before);
    }
    return looking->status == HF_OK;
}

static enum hf_status clear_gone(struct hf_alert_look *looking)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; i < looking->records->count && status == HF_OK; i++) {
        const struct hf_record_state *record = &looking->records->records[i];
        if (record->type == HF_RECORD_ALERT && !hf_alert_is_wanted(looking, &record->record_id) &&
            !hf_alert_status_is(record, "cleared") && hf_alert_is_servers(record) && !stays(looking, record))
            status = hf_alert_clear(looking, record);
    }
    return status;
}

static enum hf_status look_at_case(struct hf_batch *batch, struct hf_book *book, struct watched *watched)
{
    struct hf_policies_records records = {0};
    struct hf_class_key key = {0};
    uint64_t next_ms = 0;
    struct hf_alert_look looking = {
        .batch = batch, .book = book, .records = &records, .key = &key, .now_ms = batch->now_ms};
    enum hf_status status = hf_keystore_current(batch->office->keystore, &watched->case_id, &key);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK; /* erased, or of a case that never counted */
    if (status == HF_OK)
        status = hf_policies_records(batch, &watched->case_id, &records);
    watched->is_plain = status == HF_OK;
    for (size_t i = 0; i < records.count; i++)
        watched->is_plain = watched->is_plain && records.records[i].type != HF_RECORD_HANDOVER;
    const struct hf_book_case input = {
        .records = records.records, .record_count = records.count, .now_ms = batch->now_ms};
    if (status == HF_OK && records.count > 0)
        status = hf_book_evaluate(book, &input, look_at_view, &looking, &next_ms, NULL);
    const bool worked_out = status == HF_OK;
    if (worked_out)
        status = looking.status;
    else if (status != HF_ERR_NOMEM)
        status = HF_OK; /* no calendar, too many records: told where duties are listed */
    if (status == HF_OK && worked_out)
        status = clear_gone(&looking);
    if (status == HF_OK && next_ms != 0)
        watched->at_ms = next_ms;
    if (status == HF_OK)
        status = hf_standin_look(batch, book, &watched->case_id, &records, &watched->at_ms);
    hf_policies_records_clear(&records);
    hf_wipe(&key, sizeof key);
    free(looking.wanted);
    return status;
}

static enum hf_status look(struct hf_batch *batch)
{
    struct hf_office *office = batch->office;
    struct hf_book *book = NULL;
    size_t looked = 0;
    enum hf_status status = hf_policies_book(batch, &book);
    const uint64_t turns_ms = status == HF_OK ? hf_book_turns(book, batch->now_ms) : 0;
    for (size_t i = 0; status == HF_OK && i < office->alerts->count && looked < HF_ALERTS_STEP; i++) {
        struct watched *watched = &office->alerts->cases[i];
        if (watched->at_ms > batch->now_ms)
            continue;
        looked++;
        watched->at_ms = UINT64_MAX;
        if (hf_id_equal(&watched->case_id, &office->office_case))
            status = hf_alerts_look_at_office(batch, book);
        else
            status = look_at_case(batch, book, watched);
        if (turns_ms != 0 && turns_ms < watched->at_ms)
            watched->at_ms = turns_ms;
    }
    return status;
}

enum hf_status hf_alerts_step(struct hf_office *office)
{
    struct hf_batch batch;
    enum hf_status status = start(office);
    if (status != HF_OK || hf_alerts_wake_ms(office) > office->wall_ms(office->clock_ctx))
        return status;
    hf_batch_begin(&batch, office);
    status = look(&batch);
    if (status == HF_OK && batch.entry_count > 0)
        status = hf_batch_commit(&batch);
    hf_batch_clear(&batch);
    if (status != HF_OK)
        office->alerts->started = false; /* what was looked at was not stored: begin again */
    return status;
}
