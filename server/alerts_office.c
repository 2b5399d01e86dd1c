/* Who still has to read a version in force. */
#include "server/alerts_internal.h"

#include "core/pack/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_AT_FIRST 64
#define NO_CALENDAR     "-" /* where a cause names the calendar: nothing is counted here */

/* The people of devices in use. */
struct users {
    struct hf_id *people;
    size_t count, cap;
    enum hf_status status;
};

static bool is_user(const struct users *users, const struct hf_id *person)
{
    for (size_t i = 0; i < users->count; i++)
        if (hf_id_equal(&users->people[i], person))
            return true;
    return false;
}

static bool add_user(void *ctx, const struct hf_device_row *row)
{
    struct users *users = ctx;
    if (row->state != HF_DEVICE_ACTIVE || hf_id_is_zero(&row->person) || is_user(users, &row->person))
        return true;
    if (users->count == users->cap) {
        const size_t cap = users->cap ? users->cap * 2 : PEOPLE_AT_FIRST;
        struct hf_id *grown = realloc(users->people, cap * sizeof *grown);
        users->status = grown ? HF_OK : HF_ERR_NOMEM;
        if (!grown)
            return false;
        users->people = grown;
        users->cap = cap;
    }
    users->people[users->count++] = row->person;
    return true;
}

struct reader {
    struct hf_alert_look *looking;
    const struct hf_id *person;
};

/* The cause says which version: with another one the alert is raised anew. */
static bool says(const struct hf_record_state *record, const char *cause)
{
    struct hf_buf text = {0};
    hf_book_text(record, "policy_version", &text);
    const bool same = hf_buf_status(&text) == HF_OK && hf_slice_equal(hf_buf_slice(&text), hf_slice_str(cause));
    hf_buf_clear(&text);
    return same;
}

static enum hf_status raise_reading(struct reader *reader, const struct hf_id *record, const char *cause)
{
    struct hf_alert_look *looking = reader->looking;
    struct hf_alert_edits edits = {.count = 0};
    struct hf_buf packed = {0};
    const struct hf_record_state *before = hf_alert_find(looking, record);
    hf_pack_id(&packed, reader->person);
    const struct hf_slice to = hf_buf_slice(&packed);
    hf_pack_text(hf_alert_edit(&edits, before, HF_ALERT_KIND), hf_slice_str(HF_BOOK_ACK_ALERT));
    hf_pack_id(hf_alert_edit(&edits, before, HF_ALERT_SUBJECT), reader->person);
    if (!before)
        hf_set_edit_encode(&to, 1, NULL, 0, hf_alert_edit(&edits, before, HF_ALERT_TO));
    hf_pack_text(hf_alert_edit(&edits, before, HF_ALERT_CAUSE), hf_slice_str(cause));
    hf_pack_uint(hf_alert_edit(&edits, before, HF_ALERT_RAISED_AT), looking->now_ms);
    hf_pack_text(hf_alert_edit(&edits, before, HF_ALERT_STATUS), hf_slice_str("raised"));
    enum hf_status status = hf_buf_status(&packed);
    if (status == HF_OK)
        status = hf_alert_write(looking, record, &edits);
    hf_buf_clear(&packed);
    return status;
}

static bool look_at_reading(void *ctx, const struct hf_book_reading *reading)
{
    struct reader *reader = ctx;
    struct hf_alert_look *looking = reader->looking;
    const char *rule = reading->rule ? reading->rule->id : HF_BOOK_ACK_ALERT;
    char cause[HF_ALERT_CAUSE_BYTES];
    if (reading->acknowledged)
        return true;
    const struct hf_id first = hf_alert_id(reader->person, rule, reading->pack->name);
    struct hf_id record = first;
    const enum hf_status place = hf_alert_place(looking, &first, &record);
    if (place == HF_ERR_LIMIT)
        return true;
    const struct hf_record_state *before = hf_alert_find(looking, &record);
    (void)snprintf(cause, sizeof cause, "%s %s %s, %s", rule, reading->pack->name, reading->pack->version, NO_CALENDAR);
    looking->status = place == HF_OK ? hf_alert_want(looking, &record) : place;
    if (looking->status == HF_OK && (!before || hf_alert_status_is(before, "cleared") || !says(before, cause)))
        looking->status = raise_reading(reader, &record, cause);
    return looking->status == HF_OK;
}

static enum hf_status clear_read(struct hf_alert_look *looking)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; i < looking->records->count && status == HF_OK; i++) {
        const struct hf_record_state *record = &looking->records->records[i];
        if (record->type == HF_RECORD_ALERT && !hf_alert_is_wanted(looking, &record->record_id) &&
            !hf_alert_status_is(record, "cleared") && hf_alert_is_servers(record))
            status = hf_alert_clear(looking, record);
    }
    return status;
}

static enum hf_status look_at_users(struct hf_alert_look *looking, const struct users *users)
{
    for (size_t i = 0; i < users->count && looking->status == HF_OK; i++) {
        struct reader reader = {.looking = looking, .person = &users->people[i]};
        hf_book_readings(looking->book, &users->people[i], looking->now_ms, look_at_reading, &reader);
    }
    return looking->status == HF_OK ? clear_read(looking) : looking->status;
}

enum hf_status hf_alerts_look_at_office(struct hf_batch *batch, struct hf_book *book)
{
    struct hf_store *store = batch->office->store;
    struct hf_policies_records records = {0};
    struct hf_class_key key = {0};
    struct users users = {.status = HF_OK};
    struct hf_alert_look looking = {
        .batch = batch, .book = book, .records = &records, .key = &key, .now_ms = batch->now_ms};
    enum hf_status status = hf_batch_office_key(batch, &key);
    if (status == HF_OK)
        status = hf_policies_records(batch, &batch->office->office_case, &records);
    if (status == HF_OK)
        status = store->ops->devices(store, add_user, &users);
    if (status == HF_OK)
        status = users.status;
    if (status == HF_OK)
        status = look_at_users(&looking, &users);
    hf_policies_records_clear(&records);
    hf_wipe(&key, sizeof key);
    free(looking.wanted);
    free(users.people);
    return status;
}
