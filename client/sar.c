/* Gathering the copy of a case (sar.h), through the library's own reading functions: what a person with this role may
 * see. Who made it and why is noted in the read log first. */
#include "client/sar.h"

#include "client/folder.h"
#include "client/reads.h"
#include "core/base/text.h"
#include "core/json/json.h"
#include "core/replica/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gathering {
    struct holdfast *hf;
    const struct holdfast_id *case_id;
    json_t *copy, *entries, *names, *people_by_id;
    json_t *entry;    /* at hand */
    const char *type; /* of it */
    size_t left_out;
    bool failed;
};

static bool put(struct gathering *gathering, json_t *object, const char *key, json_t *value)
{
    if (!object || !value || json_object_set_new(object, key, value) != 0)
        gathering->failed = true;
    return !gathering->failed;
}

static bool push(struct gathering *gathering, json_t *array, json_t *value)
{
    if (!array || !value || json_array_append_new(array, value) != 0)
        gathering->failed = true;
    return !gathering->failed;
}

static const char *get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static json_t *id_json(const struct holdfast_id *id)
{
    char text[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(id, text);
    return json_string(text);
}

/* --- people: names that stand in refs, and those to be marked --- */

static bool each_person(void *ctx, const struct holdfast_person_row *row)
{
    struct gathering *gathering = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->id, id);
    return put(gathering, gathering->people_by_id, id, json_string(row->name));
}

/* Carers, parents, friends: other people, whose names are marked, whole and by surname. */
static bool each_contact(void *ctx, const struct holdfast_record_row *row)
{
    struct gathering *gathering = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    const char *last = strrchr(row->title, ' ');
    holdfast_id_format(&row->id, id);
    if (!row->title[0])
        return true;
    put(gathering, gathering->people_by_id, id, json_string(row->title));
    push(gathering, gathering->names, json_string(row->title));
    if (last && strlen(last + 1) > 2)
        push(gathering, gathering->names, json_string(last + 1));
    char first[64];
    const size_t len = strcspn(row->title, " ");
    if (len > 2 && len < sizeof first && row->title[len]) {
        memcpy(first, row->title, len);
        first[len] = '\0';
        push(gathering, gathering->names, json_string(first));
    }
    return !gathering->failed;
}

static bool each_child(void *ctx, const struct holdfast_record_row *row)
{
    struct gathering *gathering = ctx;
    return put(gathering, gathering->copy, "child", json_string(row->title));
}

/* The child's own names are nobody else's. */
static void spare_the_child(struct gathering *gathering)
{
    const char *child = get(gathering->copy, "child");
    for (size_t i = json_array_size(gathering->names); i-- > 0;) {
        const char *name = json_string_value(json_array_get(gathering->names, i));
        const char *at = name ? strstr(child, name) : NULL;
        if (at && (at == child || at[-1] == ' ') && (at[strlen(name)] == ' ' || at[strlen(name)] == '\0'))
            (void)json_array_remove(gathering->names, i);
    }
}

static enum holdfast_status gather_people(struct gathering *gathering)
{
    const struct holdfast_filter contacts = {.case_id = gathering->case_id, .type = "contact", .with_deleted = true};
    const struct holdfast_filter children = {.case_id = gathering->case_id, .type = "child"};
    enum holdfast_status status = holdfast_people(gathering->hf, each_person, gathering);
    if (status == HOLDFAST_OK)
        status = holdfast_list(gathering->hf, &contacts, each_contact, gathering);
    if (status == HOLDFAST_OK)
        status = holdfast_list(gathering->hf, &children, each_child, gathering);
    return status;
}

/* --- one entry --- */

struct looked_up {
    const char *field, *kind;
};

static bool find_kind(void *ctx, const struct holdfast_field_info *info)
{
    struct looked_up *look = ctx;
    if (strcmp(info->name, look->field) != 0)
        return true;
    look->kind = info->type;
    return false;
}

/* A value as a person reads it. */
static void add_value(struct gathering *gathering, const char *type, const char *value, struct hf_buf *out)
{
    char day[40];
    const char *name = strcmp(type, "ref") == 0 ? get(gathering->people_by_id, value) : "";
    if (strcmp(type, "ref") == 0) {
        hf_buf_append_str(out, name[0] ? name : "another entry");
    } else if (strcmp(type, "date") == 0 || strcmp(type, "time") == 0) {
        hf_sar_day(value, day);
        hf_buf_append_str(out, day);
        if (strcmp(type, "time") == 0 && strlen(value) >= 16) {
            hf_buf_append_str(out, ", ");
            hf_buf_append(out, value + 11, 5);
        }
    } else if (strcmp(type, "bool") == 0) {
        hf_buf_append_str(out, strcmp(value, "true") == 0 ? "yes" : "no");
    } else if (strcmp(type, "code") == 0) {
        for (; *value; value++)
            hf_buf_append_u8(out, *value == '_' ? ' ' : (uint8_t)*value);
    } else {
        hf_buf_append_str(out, value);
    }
}

/* The day that an entry is about: its first date that does not look ahead. */
static void take_date(struct gathering *gathering, const struct holdfast_field_row *field, const char *type)
{
    static const char *const ahead[] = {"due", "next_due",      "review_on",    "until",
                                        "end", "date_of_birth", "date_of_death"};
    if ((strcmp(type, "date") != 0 && strcmp(type, "time") != 0) || get(gathering->entry, "date")[0])
        return;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++)
        if (strcmp(field->name, ahead[i]) == 0)
            return;
    put(gathering, gathering->entry, "date", json_string(field->values[0]));
}

static bool each_field(void *ctx, const struct holdfast_field_row *field)
{
    struct gathering *gathering = ctx;
    struct looked_up look = {.field = field->name, .kind = "text"};
    struct hf_buf value = {0};
    if (strcmp(field->name, "parent") == 0)
        return true;
    (void)!holdfast_fields(gathering->type, find_kind, &look);
    take_date(gathering, field, look.kind);
    for (size_t i = 0; i < field->value_count; i++) {
        hf_buf_append_str(&value, i ? (field->in_conflict ? " / or: " : "\n") : "");
        add_value(gathering, look.kind, field->values[i], &value);
    }
    hf_buf_append_u8(&value, 0);
    if (hf_buf_status(&value) == HF_OK) {
        push(gathering, json_object_get(gathering->entry, "fields"),
             json_pack("{s:s, s:s, s:s, s:s}", "name", field->name, "label", field->label, "kind", field->kind, "value",
                       (const char *)value.data));
    } else {
        gathering->failed = true;
    }
    hf_buf_wipe(&value);
    return !gathering->failed;
}

static bool each_change(void *ctx, const struct holdfast_change_row *row)
{
    struct gathering *gathering = ctx;
    char time[HF_TIME_TEXT_BYTES];
    if (row->held[0])
        return true; /* without effect: not a part of the record */
    hf_text_time(row->time_ms, time);
    return push(gathering, json_object_get(gathering->entry, "written"),
                json_pack("{s:o, s:I, s:s, s:s, s:s, s:b}", "change", id_json(&row->id), "entry",
                          (json_int_t)row->log_index, "time", time, "author", row->author, "device", row->device,
                          "proof", row->proof_size > 0));
}

static bool each_statement(void *ctx, const struct holdfast_statement_row *row)
{
    struct gathering *gathering = ctx;
    return push(gathering, json_object_get(gathering->entry, "statements"),
                json_pack("{s:s, s:s, s:s, s:s, s:s}", "said_by", row->said_by, "words", row->words, "made_on",
                          row->made_on, "answer", row->answer, "answer_reason", row->answer_reason));
}

static enum holdfast_status gather_entry(struct gathering *gathering, json_t *entry)
{
    struct holdfast_restriction restriction = {.in_force = false};
    struct holdfast_id id;
    gathering->entry = entry;
    gathering->type = get(entry, "type");
    enum holdfast_status status = holdfast_id_parse(get(entry, "id"), &id);
    if (status == HOLDFAST_OK)
        status = holdfast_read(gathering->hf, &id, NULL, each_field, gathering);
    if (status == HOLDFAST_OK)
        status = holdfast_history(gathering->hf, &id, each_change, gathering);
    if (status == HOLDFAST_OK)
        status = holdfast_statements(gathering->hf, &id, each_statement, gathering);
    if (status == HOLDFAST_OK)
        status = holdfast_get_restriction(gathering->hf, &id, &restriction);
    if (restriction.in_force)
        put(gathering, entry, "restricted", json_true());
    const json_t *first = json_array_get(json_object_get(entry, "written"), 0);
    if (!get(entry, "date")[0] && first)
        put(gathering, entry, "date", json_string(get(first, "time")));
    return status;
}

/* What is about the work of others, and what stands with its entry. */
static bool is_left_out(const char *type, bool *out_counts)
{
    static const char *const others[] = {"practice_concern", "policy_ack",     "alert",   "held_decision",
                                         "urgent_access",    "carer_approval", "handover"};
    *out_counts = true;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(type, others[i]) == 0)
            return true;
    *out_counts = false;
    return strcmp(type, "statement") == 0 || strcmp(type, "restriction") == 0;
}

/* What an entry is called for the person whose life it is; its own name where that says it well. */
static const char *label_of(const struct holdfast_record_row *row)
{
    static const struct {
        const char *type, *label;
    } kinder[] = {{"case", "Your file"},
                  {"child", "About you"},
                  {"placement", "A home"},
                  {"contact", "Somebody around you"},
                  {"warning_sign", "Something that worried somebody"},
                  {"indicator", "Something that happened"},
                  {"views", "What was said, and by whom"},
                  {"request", "Somebody asked for a meeting"},
                  {"attendance_decision", "Whether you were to come to a meeting"},
                  {"child_explained", "What was explained to you"},
                  {"need", "What was needed"},
                  {"action", "Something that was to be done"},
                  {"move", "A move"},
                  {"cla_review", "A review of your care"}};
    for (size_t i = 0; i < sizeof kinder / sizeof kinder[0]; i++)
        if (strcmp(row->type, kinder[i].type) == 0)
            return kinder[i].label;
    return row->label;
}

static bool each_record(void *ctx, const struct holdfast_record_row *row)
{
    struct gathering *gathering = ctx;
    bool counts = false;
    if (is_left_out(row->type, &counts)) {
        gathering->left_out += counts;
        return true;
    }
    return push(gathering, gathering->entries,
                json_pack("{s:o, s:s, s:s, s:s, s:s, s:b, s:b, s:[], s:[], s:[]}", "id", id_json(&row->id), "type",
                          row->type, "label", label_of(row), "date", "", "deleted", row->deleted, "about_others",
                          strcmp(row->type, "contact") == 0, "restricted", 0, "fields", "statements", "written"));
}

static int by_date(const void *a, const void *b)
{
    const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
    const int order = strcmp(get(left, "date"), get(right, "date"));
    return order ? order : strcmp(get(left, "id"), get(right, "id"));
}

static void sort_entries(struct gathering *gathering)
{
    const size_t count = json_array_size(gathering->entries);
    json_t **list = calloc(count + 1, sizeof(json_t *)); /* NOLINT: an array of pointers */
    if (!list) {
        gathering->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        list[i] = json_incref(json_array_get(gathering->entries, i));
    qsort(list, count, sizeof(json_t *), by_date);
    (void)json_array_clear(gathering->entries);
    for (size_t i = 0; i < count; i++)
        push(gathering, gathering->entries, list[i]);
    free(list);
}

/* --- the page before the chronology --- */

static const char *field_of(const json_t *entry, const char *name)
{
    const json_t *fields = json_object_get(entry, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++)
        if (strcmp(get(json_array_get(fields, i), "name"), name) == 0)
            return get(json_array_get(fields, i), "value");
    return "";
}

static void gather_glance(struct gathering *gathering)
{
    static const struct {
        const char *field, *role;
    } posts[] = {{"child_sw", "your social worker"},
                 {"iro", "your independent reviewing officer"},
                 {"ssw", "the social worker of your carers"},
                 {"team_manager", "team manager"}};
    for (size_t i = 0; i < json_array_size(gathering->entries); i++) {
        const json_t *entry = json_array_get(gathering->entries, i);
        if (strcmp(get(entry, "type"), "placement") == 0)
            push(gathering, json_object_get(gathering->copy, "homes"),
                 json_pack("{s:s, s:s, s:s}", "home", field_of(entry, "home"), "from", field_of(entry, "start"),
                           "until", field_of(entry, "end")));
        for (size_t p = 0; strcmp(get(entry, "type"), "case") == 0 && p < sizeof posts / sizeof posts[0]; p++)
            if (field_of(entry, posts[p].field)[0])
                push(gathering, json_object_get(gathering->copy, "people"),
                     json_pack("{s:s, s:s}", "name", field_of(entry, posts[p].field), "role", posts[p].role));
    }
}

static enum holdfast_status gather_head(struct gathering *gathering, const struct holdfast_sar *sar)
{
    struct holdfast_identity identity;
    struct holdfast_log_head head;
    char now[HF_TIME_TEXT_BYTES], root[2 * 32 + 1];
    hf_text_time(hf_wall_ms(), now);
    enum holdfast_status status = holdfast_get_identity(gathering->hf, &identity);
    if (status == HOLDFAST_OK)
        status = holdfast_get_log_head(gathering->hf, &head);
    if (status != HOLDFAST_OK)
        return status;
    for (size_t i = 0; i < sizeof head.root; i++)
        (void)snprintf(root + 2 * i, 3, "%02x", head.root[i]);
    json_t *copy = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:[], s:[], s:{s:s, s:I, s:s}}", "authority",
                             identity.authority, "prepared_by", identity.person_name, "prepared_on", now, "reason",
                             sar->reason, "child", "", "final", sar->final, "marked", 0, "homes", "people",
                             "checkpoint", "origin", head.origin, "size", (json_int_t)head.size, "root", root);
    if (!copy)
        return HOLDFAST_NOMEM;
    gathering->copy = copy;
    put(gathering, copy, "names", json_incref(gathering->names));
    put(gathering, copy, "entries", json_incref(gathering->entries));
    return gathering->failed ? HOLDFAST_NOMEM : HOLDFAST_OK;
}

static enum holdfast_status gather(struct gathering *gathering, const struct holdfast_sar *sar)
{
    const struct holdfast_filter all = {.case_id = gathering->case_id, .with_deleted = true};
    gathering->entries = json_array();
    gathering->names = json_array();
    gathering->people_by_id = json_object();
    enum holdfast_status status = gather_head(gathering, sar);
    if (status == HOLDFAST_OK)
        status = gather_people(gathering);
    if (status == HOLDFAST_OK)
        status = holdfast_list(gathering->hf, &all, each_record, gathering);
    for (size_t i = 0; status == HOLDFAST_OK && i < json_array_size(gathering->entries); i++)
        status = gather_entry(gathering, json_array_get(gathering->entries, i));
    if (status != HOLDFAST_OK)
        return status;
    sort_entries(gathering);
    gather_glance(gathering);
    status = hf_sar_names(gathering->hf, gathering->copy, sar);
    if (status != HOLDFAST_OK)
        return status;
    spare_the_child(gathering);
    put(gathering, gathering->copy, "marked", json_integer((json_int_t)hf_sar_count_marks(gathering->copy)));
    put(gathering, gathering->copy, "left_out", json_integer((json_int_t)gathering->left_out));
    for (size_t i = 0; i < json_array_size(gathering->entries); i++)
        if (strcmp(get(json_array_get(gathering->entries, i), "type"), "case") == 0)
            put(gathering, gathering->copy, "reference",
                json_string(field_of(json_array_get(gathering->entries, i), "reference")));
    if (sar->final)
        (void)json_array_clear(gathering->names); /* somebody looked at each: nothing is marked any more */
    return gathering->failed ? HOLDFAST_NOMEM : HOLDFAST_OK;
}

/* --- writing --- */

struct proofs {
    struct hf_folder *folder;
    struct hf_error *err;
    char name[64];
    enum hf_status status;
};

static void write_proof(void *ctx, const void *bytes, size_t len)
{
    struct proofs *proofs = ctx;
    proofs->status = hf_folder_write(proofs->folder, proofs->name, hf_slice_of(bytes, len), proofs->err);
}

/* Entries that this device wrote and has proof of: as files that anybody can check. */
static enum hf_status write_proofs(struct gathering *gathering, struct hf_folder *folder)
{
    struct proofs proofs = {.folder = folder, .err = &gathering->hf->err};
    for (size_t i = 0; i < json_array_size(gathering->entries); i++) {
        const json_t *written = json_object_get(json_array_get(gathering->entries, i), "written");
        for (size_t w = 0; proofs.status == HF_OK && w < json_array_size(written); w++) {
            const json_t *change = json_array_get(written, w);
            struct holdfast_id id;
            if (!json_is_true(json_object_get(change, "proof")) ||
                holdfast_id_parse(get(change, "change"), &id) != HOLDFAST_OK)
                continue;
            (void)snprintf(proofs.name, sizeof proofs.name, "proofs/%lld.tlog-proof",
                           (long long)json_integer_value(json_object_get(change, "entry")));
            (void)!holdfast_log_proof(gathering->hf, &id, write_proof, &proofs);
        }
    }
    return proofs.status;
}

static enum hf_status write_json(struct hf_folder *folder, const char *name, const json_t *value, struct hf_error *err)
{
    char *text = value ? json_dumps(value, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    enum hf_status status = text ? hf_folder_write(folder, name, hf_slice_str(text), err) : HF_ERR_NOMEM;
    free(text);
    return status;
}

static json_t *manifest_of(const struct gathering *gathering)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < json_array_size(gathering->entries); i++) {
        const json_t *entry = json_array_get(gathering->entries, i);
        if (json_array_append_new(list, json_pack("{s:s, s:s, s:O}", "record", get(entry, "id"), "type",
                                                  get(entry, "type"), "written", json_object_get(entry, "written"))) !=
            0)
            break;
    }
    const bool final = json_is_true(json_object_get(gathering->copy, "final"));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:i, s:o}", "state",
                     final ? "released: a person has to have read every line of it" : hf_sar_warning,
                     final ? "released_by" : "prepared_by", get(gathering->copy, "prepared_by"), "reference",
                     get(gathering->copy, "reference"), "prepared_on", get(gathering->copy, "prepared_on"), "reason",
                     get(gathering->copy, "reason"), "checkpoint", json_object_get(gathering->copy, "checkpoint"),
                     "left_out", (int)gathering->left_out, "entries", list);
}

static enum hf_status write_page(struct gathering *gathering, struct hf_folder *folder, const char *name,
                                 void (*write)(const json_t *copy, struct hf_buf *out))
{
    struct hf_buf text = {0};
    write(gathering->copy, &text);
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = hf_folder_write(folder, name, hf_buf_slice(&text), &gathering->hf->err);
    hf_buf_wipe(&text);
    return status;
}

static enum hf_status write_all(struct gathering *gathering, const char *path)
{
    struct hf_folder folder = {0};
    struct hf_buf note = {0}, prev = {0};
    struct hf_error *err = &gathering->hf->err;
    enum hf_status status = hf_folder_begin(path, &folder, err);
    if (status == HF_OK)
        status = write_page(gathering, &folder, "your-story.html", hf_sar_html);
    if (status == HF_OK)
        status = write_page(gathering, &folder, "your-story.txt", hf_sar_text);
    if (status == HF_OK)
        status = write_json(&folder, "your-story.json", gathering->copy, err);
    json_t *manifest = status == HF_OK ? manifest_of(gathering) : NULL;
    if (status == HF_OK)
        status = write_json(&folder, "manifest.json", manifest, err);
    json_decref(manifest);
    if (status == HF_OK)
        status = hf_replica_checkpoint(gathering->hf->replica, &note, &prev);
    if (status == HF_OK && note.len > 0)
        status = hf_folder_write(&folder, "checkpoint", hf_buf_slice(&note), err);
    if (status == HF_OK)
        status = write_proofs(gathering, &folder);
    if (status == HF_OK)
        status = hf_folder_finish(&folder, err);
    hf_folder_end(&folder);
    hf_buf_clear(&note);
    hf_buf_clear(&prev);
    return status;
}

/* --- public --- */

static enum hf_status may_export(struct holdfast *hf, const struct hf_id *case_id, const struct holdfast_sar *sar)
{
    const enum hf_role role = hf_replica_identity(hf->replica)->role;
    struct hf_record_state state = {0};
    if (role != HF_ROLE_OFFICE && role != HF_ROLE_MANAGER)
        return hf_handle_fail(hf, HF_ERR_DENIED, "Only managers and the office make a copy of a case.");
    if (!sar->reason || !sar->reason[0])
        return hf_handle_fail(hf, HF_ERR_INVALID, "Say what the copy is made for: the request, and its legal basis.");
    bool officer = false;
    enum hf_status status =
        hf_replica_is_officer(hf->replica, &hf_replica_identity(hf->replica)->person, &officer, &hf->err);
    if (status == HF_OK && sar->final && !officer)
        return hf_handle_fail(hf, HF_ERR_DENIED,
                              "Only a records officer releases a copy. Make it without --final, look through it, and "
                              "ask a records officer.");
    if (status != HF_OK)
        return status;
    status = hf_replica_record(hf->replica, case_id, &state);
    if (status == HF_OK && state.type != HF_RECORD_CASE)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_ERR_NOT_FOUND)
        (void)hf_handle_fail(hf, status, "There is no such case on this device.");
    hf_record_state_clear(&state);
    return status;
}

/* A draft is made whether or not it can be noted, like every reading; what is released has to be in the read log. */
static enum hf_status note(struct holdfast *hf, const struct hf_id *case_id, const struct holdfast_sar *sar)
{
    const struct hf_read release = {
        .case_id = *case_id, .record_id = hf_id_zero(), .what = HF_READ_RELEASE, .reason = hf_slice_str(sar->reason)};
    if (sar->final)
        return hf_replica_read_note(hf->replica, &release, hf_wall_ms(), &hf->err);
    hf_reads_note_because(hf, case_id, NULL, HF_READ_SAR, sar->reason);
    return HF_OK;
}

enum holdfast_status holdfast_sar_export(struct holdfast *hf, const struct holdfast_id *case_id, const char *folder,
                                         const struct holdfast_sar *sar)
{
    const struct hf_id id = hf_id_in(case_id);
    struct gathering gathering = {.hf = hf, .case_id = case_id};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = may_export(hf, &id, sar);
    if (status == HF_OK && hf->read_only)
        status = hf_handle_fail(hf, HF_ERR_DENIED, "A copy is noted in the read log: open the folder for writing.");
    bool asked = false; /* a copy is made of what people signed */
    if (status == HF_OK)
        status = hf_replica_prove(hf->replica, &id, &asked, &hf->err);
    if (status == HF_OK && asked)
        status = hf_handle_fail(hf, HF_ERR_WAITING,
                                "The history of this case is not on this device yet. The next sync fetches it and "
                                "checks every signature. Sync, then make the copy.");
    if (status == HF_OK) {
        status = note(hf, &id, sar);
        hf_reads_sign(hf, true);
    }
    enum holdfast_status shown = hf_handle_leave(hf, status);
    if (shown != HOLDFAST_OK)
        return shown;
    const bool before = holdfast_read_quietly(hf, true);
    shown = gather(&gathering, sar);
    (void)holdfast_read_quietly(hf, before);
    if (shown == HOLDFAST_OK) {
        status = hf_handle_enter(hf, HF_ENTER_WRITE);
        if (status == HF_OK)
            shown = hf_handle_leave(hf, write_all(&gathering, folder));
        else
            shown = hf_handle_refused(status);
    }
    json_decref(gathering.copy);
    json_decref(gathering.entries);
    json_decref(gathering.names);
    json_decref(gathering.people_by_id);
    return shown;
}
