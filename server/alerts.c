#include "server/alerts.h"

#include "core/merge/standing.h"
#include "core/pack/writer.h"
#include "server/policies.h"
#include "server/standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_AT_FIRST  64
#define CAUSE_BYTES     200
#define ALERT_KIND      2
#define ALERT_SUBJECT   3
#define ALERT_TO        4
#define ALERT_CAUSE     5
#define ALERT_RAISED_AT 6
#define ALERT_STATUS    7
#define EDITS_MAX       6

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

void hf_alerts_touched(struct hf_office *office, const struct hf_batch *batch)
{
    if (!office->alerts)
        return;
    const bool is_idle = hf_policies_idle(office);
    for (size_t i = 0; i < batch->entry_count; i++) {
        const struct hf_entry_row *row = &batch->entries[i].row;
        const bool is_office = hf_id_equal(&row->case_id, &office->office_case);
        if (is_office && (row->kind == HF_LEAF_POLICY || row->kind == HF_LEAF_DATA))
            for (size_t j = 0; j < office->alerts->count; j++)
                office->alerts->cases[j].at_ms = 0;
        else if (!is_office && (row->kind == HF_LEAF_DATA || row->kind == HF_LEAF_CASE))
            touch(office, batch, row, is_idle);
    }
}

struct starting {
    struct hf_alerts *alerts;
    const struct hf_id *office_case;
};

static bool watch_case(void *ctx, const struct hf_id *case_id)
{
    const struct starting *starting = ctx;
    if (!hf_id_equal(case_id, starting->office_case))
        (void)watch(starting->alerts, case_id);
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
    struct starting starting = {.alerts = office->alerts, .office_case = &office->office_case};
    return hf_keystore_cases(office->keystore, watch_case, &starting);
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

/* --- one alert record --------------------------------------------------------------------------------------------- */

struct looking {
    struct hf_batch *batch;
    struct hf_book *book;
    const struct hf_policies_records *records;
    const struct hf_class_key *key;
    uint64_t now_ms;
    struct hf_id *wanted; /* records of the alerts that are raised now */
    size_t wanted_count, wanted_cap;
    enum hf_status status;
};

/* One record for each rule of a pack and each subject, whatever its version. */
static struct hf_id alert_id(const struct hf_id *subject, const char *rule, const char *policy)
{
    char slot[CAUSE_BYTES];
    (void)snprintf(slot, sizeof slot, "%s %s", rule, policy);
    return hf_model_slot_id(subject, HF_RECORD_ALERT, hf_slice_str(slot));
}

static const struct hf_record_state *find_record(const struct looking *looking, const struct hf_id *id)
{
    for (size_t i = 0; i < looking->records->count; i++)
        if (hf_id_equal(&looking->records->records[i].record_id, id))
            return &looking->records->records[i];
    return NULL;
}

static bool status_is(const struct hf_record_state *record, const char *word)
{
    struct hf_buf packed = {0};
    const struct hf_field_state *field = hf_record_state_field(record, ALERT_STATUS);
    hf_pack_text(&packed, hf_slice_str(word));
    const bool same =
        field && hf_slice_equal(hf_merge_plain_value(hf_model_type(HF_RECORD_ALERT), field), hf_buf_slice(&packed));
    hf_buf_clear(&packed);
    return same;
}

struct alert_edits {
    struct hf_edit_input edits[EDITS_MAX];
    struct hf_id bases[EDITS_MAX][HF_EDIT_BASES_MAX];
    struct hf_buf values[EDITS_MAX];
    size_t count;
};

static struct hf_buf *begin_edit(struct alert_edits *edits, const struct hf_record_state *before, uint16_t field)
{
    const size_t at = edits->count++;
    struct hf_edit_input *edit = &edits->edits[at];
    *edit = (struct hf_edit_input){.field = field, .bases = edits->bases[at]};
    if (before && field != ALERT_TO)
        edit->base_count = hf_merge_heads(hf_record_state_field(before, field), edits->bases[at], HF_EDIT_BASES_MAX);
    if (edit->base_count > HF_EDIT_BASES_MAX)
        edit->base_count = HF_EDIT_BASES_MAX;
    return &edits->values[at];
}

static enum hf_status write_edits(struct looking *looking, const struct hf_id *record, struct alert_edits *edits)
{
    struct hf_buf body = {0};
    enum hf_status status = HF_OK;
    for (size_t i = 0; i < edits->count; i++) {
        edits->edits[i].value = hf_buf_slice(&edits->values[i]);
        if (status == HF_OK)
            status = hf_buf_status(&edits->values[i]);
    }
    const struct hf_data_body_input input = {.case_id = looking->key->case_id,
                                             .record_id = *record,
                                             .type = HF_RECORD_ALERT,
                                             .edits = edits->edits,
                                             .edit_count = edits->count};
    if (status == HF_OK)
        status = hf_data_body_encode(&input, &body, NULL);
    if (status == HF_OK)
        status = hf_batch_server_leaf(looking->batch, HF_LEAF_DATA, looking->key, hf_buf_slice(&body));
    for (size_t i = 0; i < edits->count; i++)
        hf_buf_clear(&edits->values[i]);
    hf_buf_clear(&body);
    return status;
}

/* Whom it tells, as far as the case or the posts name somebody. */
static size_t people_of(const struct looking *looking, const struct hf_book_view *view,
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
static enum hf_status follow_people(struct looking *looking, const struct hf_book_view *view,
                                    const struct hf_policy_alert *alert, const struct hf_record_state *before)
{
    struct alert_edits edits = {.count = 0};
    struct hf_buf packed[HF_POLICY_ALERT_ROLES_MAX] = {{0}};
    struct hf_slice people[HF_POLICY_ALERT_ROLES_MAX], added[HF_POLICY_ALERT_ROLES_MAX];
    struct hf_slice removed[HF_SET_ELEMENTS_MAX];
    size_t added_count = 0, removed_count = 0;
    const struct hf_field_state *told = hf_record_state_field(before, ALERT_TO);
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
        struct hf_buf *value = begin_edit(&edits, before, ALERT_TO);
        hf_set_edit_encode(added, added_count, removed, removed_count, value);
        status = set ? hf_set_edit_decode(hf_buf_slice(value), set) : HF_ERR_NOMEM;
        if (status == HF_OK && removed_count > 0)
            edits.edits[0].base_count =
                hf_merge_removed_heads(told, set->removed, set->removed_count, edits.bases[0], HF_EDIT_BASES_MAX);
        if (edits.edits[0].base_count > HF_EDIT_BASES_MAX)
            edits.edits[0].base_count = HF_EDIT_BASES_MAX;
        if (status == HF_OK)
            status = write_edits(looking, &before->record_id, &edits);
        else
            hf_buf_clear(value);
        free(set);
    }
    for (size_t i = 0; i < HF_POLICY_ALERT_ROLES_MAX; i++)
        hf_buf_clear(&packed[i]);
    return status;
}

static enum hf_status raise_alert(struct looking *looking, const struct hf_book_view *view,
                                  const struct hf_policy_alert *alert, const struct hf_id *record)
{
    static const char cause_form[] = "%s %s %s, %s";
    struct alert_edits edits = {.count = 0};
    struct hf_buf packed[HF_POLICY_ALERT_ROLES_MAX] = {{0}};
    struct hf_slice people[HF_POLICY_ALERT_ROLES_MAX];
    char cause[CAUSE_BYTES];
    const struct hf_duty *duty = &view->result->duties[alert->duty];
    const struct hf_record_state *before = find_record(looking, record);
    (void)snprintf(cause, sizeof cause, cause_form, duty->rule->id, view->pack->name, view->pack->version,
                   view->calendar->version);
    hf_pack_text(begin_edit(&edits, before, ALERT_KIND), hf_slice_str(alert->code));
    hf_pack_id(begin_edit(&edits, before, ALERT_SUBJECT), &duty->subject);
    const size_t count = people_of(looking, view, alert, packed, people);
    if (count > 0 && !before)
        hf_set_edit_encode(people, count, NULL, 0, begin_edit(&edits, before, ALERT_TO));
    hf_pack_text(begin_edit(&edits, before, ALERT_CAUSE), hf_slice_str(cause));
    hf_pack_uint(begin_edit(&edits, before, ALERT_RAISED_AT), alert->raised_ms ? alert->raised_ms : looking->now_ms);
    hf_pack_text(begin_edit(&edits, before, ALERT_STATUS), hf_slice_str("raised"));
    enum hf_status status = write_edits(looking, record, &edits);
    for (size_t i = 0; i < HF_POLICY_ALERT_ROLES_MAX; i++)
        hf_buf_clear(&packed[i]);
    return status;
}

static enum hf_status clear_alert(struct looking *looking, const struct hf_record_state *record)
{
    struct alert_edits edits = {.count = 0};
    hf_pack_text(begin_edit(&edits, record, ALERT_STATUS), hf_slice_str("cleared"));
    return write_edits(looking, &record->record_id, &edits);
}

/* --- one case ----------------------------------------------------------------------------------------------------- */

static enum hf_status want(struct looking *looking, const struct hf_id *record)
{
    if (looking->wanted_count == looking->wanted_cap) {
        const size_t cap = looking->wanted_cap ? looking->wanted_cap * 2 : CASES_AT_FIRST;
        struct hf_id *grown = realloc(looking->wanted, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        looking->wanted = grown;
        looking->wanted_cap = cap;
    }
    looking->wanted[looking->wanted_count++] = *record;
    return HF_OK;
}

/* The server's own are those whose id follows from what they say; an alert that a person recorded is left to people. */
static bool is_servers(const struct hf_record_state *record)
{
    char rule[CAUSE_BYTES] = "", policy[CAUSE_BYTES] = "";
    struct hf_buf text = {0};
    const struct hf_id subject = hf_book_reference(record, "subject");
    hf_book_text(record, "policy_version", &text);
    hf_buf_append_u8(&text, 0);
    const bool read = hf_buf_status(&text) == HF_OK && text.len <= CAUSE_BYTES &&
                      sscanf((const char *)text.data, "%99s %99s", rule, policy) == 2;
    hf_buf_clear(&text);
    const struct hf_id expected = alert_id(&subject, rule, policy);
    return read && hf_id_equal(&expected, &record->record_id);
}

/* A note to somebody stands when the duty is done by it: they acknowledge it themselves. */
static bool stays(const struct looking *looking, const struct hf_record_state *record)
{
    char name[CAUSE_BYTES] = "", policy[CAUSE_BYTES] = "";
    struct hf_buf text = {0};
    hf_book_text(record, "policy_version", &text);
    hf_buf_append_u8(&text, 0);
    const bool read = hf_buf_status(&text) == HF_OK && text.len <= CAUSE_BYTES &&
                      sscanf((const char *)text.data, "%99s %99s", name, policy) == 2;
    hf_buf_clear(&text);
    const struct hf_book_file *file = read ? hf_book_pack(looking->book, policy, looking->now_ms) : NULL;
    const struct hf_policy_rule *rule = file ? hf_policy_pack_rule_named(file->pack, name) : NULL;
    return rule && rule->alert_stays;
}

static bool look_at_view(void *ctx, const struct hf_book_view *view)
{
    struct looking *looking = ctx;
    for (size_t i = 0; i < view->result->alert_count && looking->status == HF_OK; i++) {
        const struct hf_policy_alert *alert = &view->result->alerts[i];
        const struct hf_duty *duty = &view->result->duties[alert->duty];
        const struct hf_id record = alert_id(&duty->subject, duty->rule->id, view->pack->name);
        const struct hf_record_state *before = find_record(looking, &record);
        looking->status = want(looking, &record);
        if (looking->status == HF_OK && (!before || status_is(before, "cleared")))
            looking->status = raise_alert(looking, view, alert, &record);
        else if (looking->status == HF_OK && is_servers(before))
            looking->status = follow_people(looking, view, alert, before);
    }
    return looking->status == HF_OK;
}

static bool is_wanted(const struct looking *looking, const struct hf_id *record)
{
    for (size_t i = 0; i < looking->wanted_count; i++)
        if (hf_id_equal(&looking->wanted[i], record))
            return true;
    return false;
}

static enum hf_status clear_gone(struct looking *looking)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; i < looking->records->count && status == HF_OK; i++) {
        const struct hf_record_state *record = &looking->records->records[i];
        if (record->type == HF_RECORD_ALERT && !is_wanted(looking, &record->record_id) &&
            !status_is(record, "cleared") && is_servers(record) && !stays(looking, record))
            status = clear_alert(looking, record);
    }
    return status;
}

static enum hf_status look_at_case(struct hf_batch *batch, struct hf_book *book, struct watched *watched)
{
    struct hf_policies_records records = {0};
    struct hf_class_key key = {0};
    uint64_t next_ms = 0;
    struct looking looking = {.batch = batch, .book = book, .records = &records, .key = &key, .now_ms = batch->now_ms};
    watched->at_ms = UINT64_MAX;
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
    for (size_t i = 0; status == HF_OK && i < office->alerts->count && looked < HF_ALERTS_STEP; i++) {
        struct watched *watched = &office->alerts->cases[i];
        if (watched->at_ms > batch->now_ms)
            continue;
        looked++;
        status = look_at_case(batch, book, watched);
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
