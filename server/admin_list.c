/* The list commands: devices, cases, people. */
#include "core/base/text.h"
#include "protocol/channel.h"
#include "server/admin_run.h"
#include "server/enrol.h"
#include "server/present.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE_SHOWN_BYTES 8

static const char *const device_states[] = {"pending", "active", "revoked"};

/* A list on its way: rows of a table, or of a JSON array. */
struct list {
    struct hf_admin_run *run;
    struct hf_table table;
    json_t *json;
    enum hf_status status;
};

static enum hf_status list_begin(struct list *list, struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    size_t words = 0;
    *list = (struct list){.run = run};
    enum hf_status status = hf_admin_parse(run, options, 1, NULL, 0, &words);
    if (status == HF_OK && options[0].seen && !(list->json = json_array()))
        status = HF_ERR_NOMEM;
    return status;
}

static void list_heads(struct list *list, const char *const *heads)
{
    for (; *heads; heads++)
        hf_table_cell(&list->table, hf_slice_str(*heads));
    hf_table_end_row(&list->table, "");
}

static void list_add_json(struct list *list, json_t *row)
{
    if (!row || json_array_append_new(list->json, row) != 0)
        list->status = HF_ERR_NOMEM;
}

/* Writes what was gathered, or `none` when the table has nothing but its heads. */
static enum hf_status list_end(struct list *list, const char *none)
{
    struct hf_buf *out = &list->run->result->output;
    if (list->status == HF_OK && list->json) {
        list->status = hf_admin_write_json(list->run, list->json);
        list->json = NULL;
    } else if (list->status == HF_OK && list->table.rows <= 1) {
        hf_buf_append_str(out, none);
    } else if (list->status == HF_OK) {
        hf_table_write(&list->table, out);
    }
    json_decref(list->json);
    hf_table_clear(&list->table);
    return list->status;
}

static void cell_number(struct list *list, uint64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    hf_table_cell(&list->table, hf_slice_str(text));
}

static void cell_id(struct list *list, const struct hf_id *id)
{
    char text[HF_ID_TEXT_BYTES];
    hf_id_format(id, text);
    hf_table_cell(&list->table, hf_slice_str(text));
}

/* 2026-11-21 21:58 UTC */
static void cell_time(struct list *list, uint64_t unix_ms)
{
    char iso[HF_TIME_TEXT_BYTES], text[40];
    hf_text_time(unix_ms, iso);
    (void)snprintf(text, sizeof text, "%.10s %.5s UTC", iso, iso + 11);
    hf_table_cell(&list->table, hf_slice_str(text));
}

/* --- people: read once for a whole list ----------------------------------------------------------------------------
 */

struct person {
    struct hf_id id;
    size_t name_at, name_len;
};
struct people {
    struct person *rows; /* ascending id, as the store gives them */
    size_t count, cap;
    struct hf_buf names;
    enum hf_status status;
};

static bool add_person(void *ctx, const struct hf_person_row *row)
{
    struct people *people = ctx;
    if (people->count == people->cap) {
        size_t cap = people->cap ? people->cap * 2 : 64;
        struct person *rows = realloc(people->rows, cap * sizeof *rows);
        if (!rows) {
            people->status = HF_ERR_NOMEM;
            return false;
        }
        people->rows = rows;
        people->cap = cap;
    }
    people->rows[people->count++] =
        (struct person){.id = row->person, .name_at = people->names.len, .name_len = row->name.len};
    hf_buf_append_slice(&people->names, row->name);
    return true;
}

static enum hf_status people_load(struct people *people, struct hf_office *office)
{
    *people = (struct people){0};
    enum hf_status status = hf_enrol_people(office, add_person, people);
    if (status == HF_OK)
        status = people->status;
    return status == HF_OK ? hf_buf_status(&people->names) : status;
}

static void people_clear(struct people *people)
{
    free(people->rows);
    hf_buf_clear(&people->names);
}

static int compare_person(const void *key, const void *row)
{
    return hf_id_compare(key, &((const struct person *)row)->id);
}

static struct hf_slice name_of(const struct people *people, const struct hf_id *id)
{
    const struct person *found =
        people->count ? bsearch(id, people->rows, people->count, sizeof *people->rows, compare_person) : NULL;
    return found ? hf_slice_of(people->names.data + found->name_at, found->name_len) : hf_slice_of(NULL, 0);
}

/* --- devices -------------------------------------------------------------------------------------------------------
 */

struct devices {
    struct list list;
    struct people people;
    const struct hf_office *office;
    uint64_t now_ms;
    bool only_pending;
};

static void device_json(struct devices *devices, const struct hf_device_row *row, struct hf_slice name)
{
    struct hf_buf hex = {0};
    char person[HF_ID_TEXT_BYTES], enrolled[HF_TIME_TEXT_BYTES], seen[HF_TIME_TEXT_BYTES];
    char code[HF_SAFETY_CODE_TEXT_BYTES];
    hf_text_hex(&hex, hf_slice_of(row->device, sizeof row->device));
    hf_id_format(&row->person, person);
    hf_text_time(row->enrolled_ms, enrolled);
    const bool is_here = hf_present_is_here(devices->office, row->device);
    hf_text_time(is_here ? devices->now_ms : row->last_seen_ms, seen);
    hf_channel_safety_code(row->handshake_hash, code);
    json_t *object = NULL;
    if (hf_buf_status(&hex) == HF_OK)
        object =
            json_pack("{s:s%, s:s, s:s, s:s%, s:s, s:s, s:s, s:b, s:s, s:I}", "device", hex.data, hex.len, "state",
                      device_states[row->state], "person", person, "name", name.data ? (const char *)name.data : "",
                      name.len, "role", hf_role_name(row->role), "enrolled", enrolled, "last_seen", seen, "connected",
                      is_here, "safety_code", code, "changes", (json_int_t)row->next_seq);
    list_add_json(&devices->list, object);
    hf_buf_clear(&hex);
}

static void device_row(struct devices *devices, const struct hf_device_row *row, struct hf_slice name)
{
    struct hf_buf hex = {0};
    struct list *list = &devices->list;
    char code[HF_SAFETY_CODE_TEXT_BYTES], note[80] = "";
    hf_text_hex(&hex, hf_slice_of(row->device, DEVICE_SHOWN_BYTES));
    hf_table_cell(&list->table, hf_buf_slice(&hex));
    hf_table_cell(&list->table, hf_slice_str(device_states[row->state]));
    hf_table_cell(&list->table, hf_slice_str(hf_role_name(row->role)));
    hf_table_cell(&list->table, name);
    if (hf_present_is_here(devices->office, row->device))
        hf_table_cell(&list->table, hf_slice_str("connected now"));
    else
        cell_time(list, row->last_seen_ms);
    cell_number(list, row->next_seq);
    if (row->state == HF_DEVICE_PENDING) {
        hf_channel_safety_code(row->handshake_hash, code);
        (void)snprintf(note, sizeof note, "  compare with the device: %s\n", code);
    }
    hf_table_end_row(&list->table, note);
    hf_buf_clear(&hex);
}

static bool add_device(void *ctx, const struct hf_device_row *row)
{
    struct devices *devices = ctx;
    if (row->role == HF_ROLE_SERVER || (devices->only_pending && row->state != HF_DEVICE_PENDING))
        return true;
    struct hf_slice name = name_of(&devices->people, &row->person);
    if (devices->list.json)
        device_json(devices, row, name);
    else
        device_row(devices, row, name);
    return devices->list.status == HF_OK;
}

static enum hf_status list_devices(struct hf_admin_run *run, bool only_pending, const char *none)
{
    static const char *const heads[] = {"DEVICE", "STATE", "ROLE", "PERSON", "LAST SEEN", "CHANGES", NULL};
    struct hf_store *store = run->office->store;
    struct devices devices = {
        .office = run->office, .now_ms = run->office->wall_ms(run->office->clock_ctx), .only_pending = only_pending};
    enum hf_status status = list_begin(&devices.list, run);
    if (status != HF_OK)
        return status;
    list_heads(&devices.list, heads);
    status = people_load(&devices.people, run->office);
    if (status == HF_OK)
        status = store->ops->devices(store, add_device, &devices);
    if (status != HF_OK)
        devices.list.status = status;
    people_clear(&devices.people);
    return list_end(&devices.list, none);
}

enum hf_status hf_admin_device_list(struct hf_admin_run *run)
{
    return list_devices(run, false, "No devices yet.\n");
}

enum hf_status hf_admin_enrol_list(struct hf_admin_run *run)
{
    return list_devices(run, true, "No device waits for confirmation.\n");
}

/* --- cases ----------------------------------------------------------------------------------------------------------
 */

struct cases {
    struct list list;
    struct people people;
};

static bool add_assignment(void *ctx, const struct hf_assignment_row *row)
{
    struct cases *cases = ctx;
    struct list *list = &cases->list;
    struct hf_slice name = name_of(&cases->people, &row->person);
    char case_text[HF_ID_TEXT_BYTES], person_text[HF_ID_TEXT_BYTES];
    hf_id_format(&row->case_id, case_text);
    hf_id_format(&row->person, person_text);
    if (list->json) {
        list_add_json(list, json_pack("{s:s, s:s, s:s%, s:b, s:I}", "case", case_text, "person", person_text, "name",
                                      name.data ? (const char *)name.data : "", name.len, "held", row->held, "entry",
                                      (json_int_t)row->index));
        return list->status == HF_OK;
    }
    hf_table_cell(&list->table, hf_slice_str(case_text));
    hf_table_cell(&list->table, hf_slice_str(row->held ? "yes" : "no longer"));
    hf_table_cell(&list->table, name.len ? name : hf_slice_str(person_text));
    cell_number(list, row->index);
    hf_table_end_row(&list->table, "");
    return true;
}

enum hf_status hf_admin_case_list(struct hf_admin_run *run)
{
    static const char *const heads[] = {"CASE", "HELD", "BY", "SINCE ENTRY", NULL};
    struct hf_store *store = run->office->store;
    struct cases cases = {.people = {0}};
    enum hf_status status = list_begin(&cases.list, run);
    if (status != HF_OK)
        return status;
    list_heads(&cases.list, heads);
    status = people_load(&cases.people, run->office);
    if (status == HF_OK)
        status = store->ops->assignments(store, NULL, add_assignment, &cases);
    if (status != HF_OK)
        cases.list.status = status;
    people_clear(&cases.people);
    return list_end(&cases.list, "Nobody holds a case yet.\n");
}

/* --- people ---------------------------------------------------------------------------------------------------------
 */

static bool add_person_row(void *ctx, const struct hf_person_row *row)
{
    struct list *list = ctx;
    if (list->json) {
        char text[HF_ID_TEXT_BYTES];
        hf_id_format(&row->person, text);
        list_add_json(list, json_pack("{s:s, s:s%, s:s%, s:b}", "person", text, "name", row->name.data, row->name.len,
                                      "role", row->role.data, row->role.len, "records_officer", row->officer));
        return list->status == HF_OK;
    }
    cell_id(list, &row->person);
    hf_table_cell(&list->table, row->role);
    hf_table_cell(&list->table, hf_slice_str(row->officer ? "yes" : ""));
    hf_table_cell(&list->table, row->name);
    hf_table_end_row(&list->table, "");
    return true;
}

enum hf_status hf_admin_person_list(struct hf_admin_run *run)
{
    static const char *const heads[] = {"PERSON", "ROLE", "RECORDS OFFICER", "NAME", NULL};
    struct list list;
    enum hf_status status = list_begin(&list, run);
    if (status != HF_OK)
        return status;
    list_heads(&list, heads);
    status = hf_enrol_people(run->office, add_person_row, &list);
    if (status != HF_OK)
        list.status = status;
    return list_end(&list, "Nobody has been invited yet.\n");
}
