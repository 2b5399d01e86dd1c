/* Commands about people and who holds which case: person add, person role, case holders. */
#include "core/base/text.h"
#include "core/model/body_caseload.h"
#include "server/admin_run.h"
#include "server/officers.h"
#include "server/people_office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum hf_status parse_role(struct hf_admin_run *run, const struct hf_option *option, enum hf_role *out)
{
    if (hf_role_parse(option->value, out) == HF_OK)
        return HF_OK;
    return hf_error_set(&run->err, HF_ERR_INVALID, "--role must be one of worker, manager, office, auditor, admin.");
}

enum hf_status hf_admin_person_add(struct hf_admin_run *run)
{
    struct hf_option options[] = {
        {.name = "--person", .has_value = true}, {.name = "--role", .has_value = true}, {.name = "--json"}};
    struct hf_id person;
    enum hf_role role = HF_ROLE_WORKER;
    char text[HF_ID_TEXT_BYTES];
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 3, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if (!options[0].seen || !options[1].seen)
        return hf_admin_usage(
            run, "holdfastd person add --data DIR --person NAME --role worker|manager|office|auditor|admin [--json]");
    status = parse_role(run, &options[1], &role);
    if (status == HF_OK)
        status = hf_people_add(run->office, options[0].value, role, &person, &run->err);
    if (status != HF_OK)
        return status;
    hf_id_format(&person, text);
    if (options[2].seen)
        return hf_admin_write_json(run, json_pack("{s:s}", "person", text));
    hf_buf_append_fmt(&run->result->output, "%s\n", text);
    return HF_OK;
}

enum hf_status hf_admin_person_role(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--role", .has_value = true}, {.name = "--json"}};
    struct hf_slice words[1];
    struct hf_id person;
    enum hf_role role = HF_ROLE_WORKER;
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, words, 1, &count);
    if (status != HF_OK)
        return status;
    if (count != 1 || !options[0].seen)
        return hf_admin_usage(
            run, "holdfastd person role --data DIR NAME|ID --role worker|manager|office|auditor|admin [--json]");
    status = parse_role(run, &options[0], &role);
    if (status == HF_OK)
        status = hf_enrol_find_person(run->office, words[0], &person, &run->err);
    if (status == HF_OK)
        status = hf_people_set_role(run->office, &person, role, &run->err);
    if (status == HF_OK)
        status = hf_admin_done(run, &options[1], "Changed. The person's devices follow at their next sync.");
    return status;
}

enum hf_status hf_admin_person_officer(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--give"}, {.name = "--take"}, {.name = "--json"}};
    struct hf_slice words[1];
    struct hf_id person;
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, options, 3, words, 1, &count);
    if (status != HF_OK)
        return status;
    if (count != 1 || options[0].seen + options[1].seen != 1)
        return hf_admin_usage(run, "holdfastd person officer --data DIR NAME|ID --give|--take [--json]");
    status = hf_enrol_find_person(run->office, words[0], &person, &run->err);
    if (status == HF_OK)
        status = hf_officers_set(run->office, &person, options[0].seen > 0, &run->err);
    if (status == HF_OK)
        status = hf_admin_done(run, &options[2],
                               options[0].seen ? "Given. This person is a records officer from now on; the log says so."
                                               : "Taken back. This person is no records officer any more.");
    return status;
}

/* --- case holders: who held a case when, and why, from the log ------------------------------------------------------
 */

struct holding {
    uint64_t index;
    uint64_t time_ms; /* of the server's leaf */
    struct hf_id person;
    bool held;
    char reason[HF_BODY_CODE_BYTES_MAX + 1];
    struct hf_id by; /* zero: the administrator of the server's machine, or the rules (an invitation, a new case) */
};
struct holdings {
    struct hf_office *office;
    struct hf_id case_id;
    struct holding *rows;
    size_t count, cap;
    enum hf_status status;
};

static bool add_holding(struct holdings *all, const struct hf_note_body *note, const struct hf_entry_row *row,
                        const struct hf_leaf *leaf)
{
    if (all->count == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 16;
        struct holding *rows = realloc(all->rows, cap * sizeof *rows);
        if (!rows) {
            all->status = HF_ERR_NOMEM;
            return false;
        }
        all->rows = rows;
        all->cap = cap;
    }
    struct holding *holding = &all->rows[all->count++];
    *holding = (struct holding){
        .index = row->index, .time_ms = hf_clock_ms(leaf->clock), .person = note->person, .held = note->held};
    memcpy(holding->reason, note->reason_code.data, note->reason_code.len);
    return true;
}

/* "office" notes stand behind the entries that they speak of. */
static void name_asker(struct holdings *all, const struct hf_caseload_note *note)
{
    for (size_t i = all->count; i-- > 0 && all->rows[i].index >= note->first;)
        if (all->rows[i].index - note->first < note->count)
            all->rows[i].by = note->person;
}

static bool look_at_entry(void *ctx, const struct hf_entry_row *row)
{
    struct holdings *all = ctx;
    struct hf_class_key key = {0};
    struct hf_leaf leaf;
    struct hf_buf bytes = {0};
    struct hf_note_body note;
    struct hf_caseload_note other;
    if (row->kind != HF_LEAF_NOTE || row->payload.len == 0)
        return true;
    all->status = hf_leaf_decode(row->leaf, &leaf);
    if (all->status == HF_OK)
        all->status = hf_keystore_get(all->office->keystore, &row->key_id, &key);
    if (all->status == HF_OK)
        all->status = hf_payload_open(&key, row->payload, &leaf, &bytes);
    hf_wipe(&key, sizeof key);
    if (all->status == HF_OK && hf_note_body_decode(hf_buf_slice(&bytes), &note) == HF_OK) {
        if (note.what == HF_NOTE_ASSIGN && hf_id_equal(&note.case_id, &all->case_id))
            (void)add_holding(all, &note, row, &leaf);
        else if (note.what == HF_NOTE_OTHER && hf_caseload_note_decode(hf_buf_slice(&bytes), &other) == HF_OK &&
                 other.what == HF_CASELOAD_OFFICE)
            name_asker(all, &other);
    }
    hf_buf_clear(&bytes);
    return all->status == HF_OK;
}

static void append_name(struct hf_office *office, const struct hf_id *person, struct hf_buf *out)
{
    char text[HF_ID_TEXT_BYTES];
    hf_buf_reset(out);
    hf_enrol_person_name(office, person, out);
    if (out->len == 0) {
        hf_id_format(person, text);
        hf_buf_append_str(out, text);
    }
}

static enum hf_status holdings_json(struct hf_admin_run *run, const struct holdings *all)
{
    json_t *list = json_array();
    struct hf_buf name = {0};
    for (size_t i = 0; list && i < all->count; i++) {
        const struct holding *row = &all->rows[i];
        char person[HF_ID_TEXT_BYTES], by[HF_ID_TEXT_BYTES], time[HF_TIME_TEXT_BYTES];
        hf_id_format(&row->person, person);
        hf_id_format(&row->by, by);
        hf_text_time(row->time_ms, time);
        append_name(run->office, &row->person, &name);
        json_t *object =
            json_pack("{s:s, s:s%, s:b, s:s, s:s, s:I, s:o}", "person", person, "name", name.data, name.len, "held",
                      row->held, "reason", row->reason, "time", time, "entry", (json_int_t)row->index, "by",
                      hf_id_is_zero(&row->by) ? json_null() : json_string(by));
        if (!object || json_array_append_new(list, object) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    hf_buf_clear(&name);
    return hf_admin_write_json(run, list);
}

static enum hf_status holdings_table(struct hf_admin_run *run, const struct holdings *all)
{
    static const char *const heads[] = {"WHEN", "HELD", "PERSON", "WHY", "ASKED BY", "ENTRY"};
    struct hf_table table = {0};
    struct hf_buf name = {0};
    for (size_t i = 0; i < 6; i++)
        hf_table_cell(&table, hf_slice_str(heads[i]));
    hf_table_end_row(&table, "");
    for (size_t i = 0; i < all->count; i++) {
        const struct holding *row = &all->rows[i];
        char iso[HF_TIME_TEXT_BYTES], text[40];
        hf_text_time(row->time_ms, iso);
        (void)snprintf(text, sizeof text, "%.10s %.5s UTC", iso, iso + 11);
        hf_table_cell(&table, hf_slice_str(text));
        hf_table_cell(&table, hf_slice_str(row->held ? "from here" : "no longer"));
        append_name(run->office, &row->person, &name);
        hf_table_cell(&table, hf_buf_slice(&name));
        hf_table_cell(&table, hf_slice_str(row->reason));
        if (hf_id_is_zero(&row->by))
            hf_buf_reset(&name);
        else
            append_name(run->office, &row->by, &name);
        hf_table_cell(&table, name.len ? hf_buf_slice(&name) : hf_slice_str("the server"));
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)row->index);
        hf_table_cell(&table, hf_slice_str(text));
        hf_table_end_row(&table, "");
    }
    if (all->count)
        hf_table_write(&table, &run->result->output);
    else
        hf_buf_append_str(&run->result->output, "Nobody has held this case yet.\n");
    hf_table_clear(&table);
    hf_buf_clear(&name);
    return HF_OK;
}

enum hf_status hf_admin_case_holders(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    struct hf_slice words[1];
    struct holdings all = {.office = run->office};
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, options, 1, words, 1, &count);
    if (status != HF_OK)
        return status;
    if (count != 1)
        return hf_admin_usage(run, "holdfastd case holders --data DIR CASE [--json]");
    if (hf_id_parse(words[0], &all.case_id) != HF_OK)
        return hf_error_set(&run->err, HF_ERR_INVALID, "Give the id of a case, as `holdfast case list` shows it.");
    struct hf_store *store = run->office->store;
    struct hf_feed_filter filter = {.one_case = true, .case_id = run->office->office_case};
    status = store->ops->feed(store, &filter, 0, look_at_entry, &all);
    if (status == HF_OK)
        status = all.status;
    if (status == HF_OK)
        status = options[0].seen ? holdings_json(run, &all) : holdings_table(run, &all);
    free(all.rows);
    return status;
}
