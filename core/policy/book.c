#include "core/policy/book_internal.h"

#include "core/json/json.h"

#include <stdlib.h>
#include <string.h>

#define FILES_AT_FIRST   8
#define RECORDS_AT_FIRST 64
#define DATE_FIELD       10

enum hf_status hf_book_new(struct hf_book **out)
{
    struct hf_book *book = calloc(1, sizeof *book);
    if (!book)
        return HF_ERR_NOMEM;
    *out = book;
    return HF_OK;
}

static void file_clear(struct hf_book_file *file)
{
    free((void *)(uintptr_t)file->name);
    free((void *)(uintptr_t)file->version);
    free((void *)(uintptr_t)file->effective_from);
    free((void *)(uintptr_t)file->supersedes);
    hf_policy_pack_free(file->pack);
    hf_calendar_free(file->calendar);
    *file = (struct hf_book_file){0};
}

void hf_book_free(struct hf_book *book)
{
    if (!book)
        return;
    hf_policy_result_clear(&book->result);
    for (size_t i = 0; i < book->file_count; i++)
        file_clear(&book->files[i]);
    hf_book_forget_records(book);
    free(book->files);
    free(book->records);
    free(book->joined);
    free(book);
}

/* --- reading a file to be released -------------------------------------------------------------------------------- */

static enum hf_status take_text(const json_t *json, const char *key, bool needed, struct hf_slice *out,
                                struct hf_error *err)
{
    const char *text = "";
    enum hf_status status = HF_OK;
    if (needed || hf_json_has(json, key))
        status = hf_json_get_text(json, key, HF_POLICY_NAME_TEXT_MAX, &text, err);
    if (status == HF_OK)
        *out = hf_slice_str(text);
    return status == HF_ERR_NOT_FOUND ? HF_ERR_INVALID : status;
}

static enum hf_status check_use(struct hf_slice file, bool is_pack, struct hf_error *err)
{
    struct hf_policy_pack *pack = NULL;
    struct hf_calendar *calendar = NULL;
    enum hf_status status = is_pack ? hf_policy_pack_load(file, &pack, err) : hf_calendar_load(file, &calendar, err);
    hf_policy_pack_free(pack);
    hf_calendar_free(calendar);
    return status;
}

enum hf_status hf_book_read_file(struct hf_slice file, struct hf_policy_body *out_body, json_t **out_json,
                                 struct hf_error *err)
{
    json_t *json = NULL;
    struct hf_policy_body body = {.file = file};
    if (file.len > HF_POLICY_FILE_BYTES_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "This file has %zu bytes; one that is released has at most %u.",
                            file.len, HF_POLICY_FILE_BYTES_MAX);
    enum hf_status status = hf_json_load(file, &json, err);
    if (status != HF_OK)
        return status;
    const bool is_pack = hf_json_has(json, "policy");
    body.what = hf_slice_str(is_pack ? HF_POLICY_WHAT_PACK : HF_POLICY_WHAT_CALENDAR);
    status = take_text(json, is_pack ? "policy" : "calendar", true, &body.name, err);
    if (status == HF_OK)
        status = take_text(json, "version", true, &body.version, err);
    if (status == HF_OK && is_pack)
        status = take_text(json, "effective_from", false, &body.effective_from, err);
    if (status == HF_OK && is_pack)
        status = take_text(json, "supersedes", false, &body.supersedes, err);
    if (status == HF_OK)
        status = check_use(file, is_pack, err);
    hf_sha256_of(file.data, file.len, body.hash);
    if (status != HF_OK) {
        json_decref(json);
        return status;
    }
    *out_body = body;
    *out_json = json;
    return HF_OK;
}

/* --- releases ----------------------------------------------------------------------------------------------------- */

static bool is_known_kind(const struct hf_policy_body *body)
{
    return hf_slice_equal(body->what, hf_slice_str(HF_POLICY_WHAT_PACK)) ||
           hf_slice_equal(body->what, hf_slice_str(HF_POLICY_WHAT_CALENDAR));
}

static enum hf_status unknown_kind(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_UNSUPPORTED, "This release is of a kind that only a later version knows.");
}

static char *text_copy(struct hf_slice text)
{
    char *copy = malloc(text.len + 1);
    if (!copy)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

static bool same_file(const struct hf_book_file *file, const struct hf_policy_body *body)
{
    return file->is_pack == hf_slice_equal(body->what, hf_slice_str(HF_POLICY_WHAT_PACK)) &&
           hf_slice_equal(body->name, hf_slice_str(file->name)) &&
           hf_slice_equal(body->version, hf_slice_str(file->version));
}

/* HF_ERR_NOT_FOUND: new. */
static enum hf_status find_release(const struct hf_book *book, const struct hf_policy_body *body, struct hf_error *err)
{
    for (size_t i = 0; i < book->file_count; i++) {
        const struct hf_book_file *file = &book->files[i];
        if (!same_file(file, body))
            continue;
        if (memcmp(file->hash, body->hash, sizeof file->hash) == 0)
            return HF_OK;
        return hf_error_set(err, HF_ERR_EXISTS,
                            "%s %s was released before with another content. What was released never changes: give "
                            "this file a new version.",
                            file->name, file->version);
    }
    return HF_ERR_NOT_FOUND;
}

static bool truth(const json_t *document, const char *key)
{
    return json_is_true(json_object_get(document, key));
}

static enum hf_status read_release(const struct hf_policy_body *body, struct hf_book_file *out, struct hf_error *err)
{
    out->is_pack = hf_slice_equal(body->what, hf_slice_str(HF_POLICY_WHAT_PACK));
    enum hf_status status = out->is_pack ? hf_policy_pack_load(body->file, &out->pack, err)
                                         : hf_calendar_load(body->file, &out->calendar, err);
    if (status != HF_OK)
        return status;
    const char *name = out->is_pack ? hf_policy_pack_policy(out->pack) : hf_calendar_name(out->calendar);
    const char *version = out->is_pack ? hf_policy_pack_version(out->pack) : hf_calendar_version(out->calendar);
    if (!hf_slice_equal(body->name, hf_slice_str(name)) || !hf_slice_equal(body->version, hf_slice_str(version)))
        return hf_error_set(err, HF_ERR_INVALID, "This release says another name or version than its file.");
    out->reread_required = out->is_pack && truth(hf_policy_pack_document(out->pack), "reread_required");
    out->name = text_copy(body->name);
    out->version = text_copy(body->version);
    out->effective_from = text_copy(body->effective_from);
    out->supersedes = text_copy(body->supersedes);
    memcpy(out->hash, body->hash, sizeof out->hash);
    return out->name && out->version && out->effective_from && out->supersedes ? HF_OK : HF_ERR_NOMEM;
}

enum hf_status hf_book_would_take(const struct hf_book *book, const struct hf_policy_body *body, struct hf_error *err)
{
    struct hf_book_file file = {0};
    enum hf_status status = find_release(book, body, err);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    status = is_known_kind(body) ? read_release(body, &file, err) : unknown_kind(err);
    file_clear(&file);
    return status;
}

static enum hf_status reserve(void **items, size_t *cap, size_t count, size_t first, size_t max, size_t size)
{
    if (count < *cap)
        return HF_OK;
    if (count >= max)
        return HF_ERR_LIMIT;
    const size_t more = *cap ? *cap * 2 : first;
    void *grown = realloc(*items, more * size);
    if (!grown)
        return HF_ERR_NOMEM;
    *items = grown;
    *cap = more;
    return HF_OK;
}

enum hf_status hf_book_release(struct hf_book *book, const struct hf_policy_body *body, const struct hf_id *change,
                               struct hf_error *err)
{
    struct hf_book_file file = {.change = *change};
    if (!is_known_kind(body))
        return unknown_kind(err);
    enum hf_status status = find_release(book, body, err);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    status = read_release(body, &file, err);
    if (status == HF_OK)
        status = reserve((void **)&book->files, &book->file_cap, book->file_count, FILES_AT_FIRST, HF_BOOK_FILES_MAX,
                         sizeof *book->files);
    if (status == HF_OK)
        book->files[book->file_count++] = file;
    else
        file_clear(&file);
    return status;
}

bool hf_book_may_release(enum hf_role role)
{
    return hf_policy_may_release(role);
}

size_t hf_book_count(const struct hf_book *book)
{
    return book->file_count;
}

const struct hf_book_file *hf_book_file(const struct hf_book *book, size_t index)
{
    return index < book->file_count ? &book->files[index] : NULL;
}

const struct hf_book_file *hf_book_pack(const struct hf_book *book, const char *name, uint64_t now_ms)
{
    const struct hf_book_file *best = NULL;
    char today[HF_DATE_TEXT_BYTES];
    hf_day_format(hf_london_day(now_ms), today);
    for (size_t i = 0; i < book->file_count; i++) {
        const struct hf_book_file *file = &book->files[i];
        if (!file->is_pack || strcmp(file->name, name) != 0 || strncmp(file->effective_from, today, DATE_FIELD) > 0)
            continue;
        if (!best || strncmp(file->effective_from, best->effective_from, DATE_FIELD) >= 0)
            best = file;
    }
    return best;
}

const struct hf_book_file *hf_book_calendar(const struct hf_book *book, const char *name)
{
    for (size_t i = book->file_count; i > 0; i--)
        if (!book->files[i - 1].is_pack && strcmp(book->files[i - 1].name, name) == 0)
            return &book->files[i - 1];
    return NULL;
}

/* --- records of the office case ----------------------------------------------------------------------------------- */

static bool is_used(uint16_t type)
{
    return type == HF_RECORD_SETTING || type == HF_RECORD_POST || type == HF_RECORD_COVER ||
           type == HF_RECORD_POLICY_ACK;
}

enum hf_status hf_book_record(struct hf_book *book, const struct hf_record_state *record)
{
    struct hf_buf packed = {0};
    struct hf_record_state copy = {0};
    if (!is_used(record->type) || record->field_count == 0)
        return HF_OK;
    enum hf_status status = reserve((void **)&book->records, &book->record_cap, book->record_count, RECORDS_AT_FIRST,
                                    HF_BOOK_RECORDS_MAX, sizeof *book->records);
    if (status != HF_OK)
        return status;
    hf_record_state_encode(record, &packed);
    status = hf_buf_status(&packed);
    if (status == HF_OK)
        status = hf_record_state_decode(hf_buf_slice(&packed), &copy);
    hf_buf_wipe(&packed);
    if (status == HF_OK)
        book->records[book->record_count++] = copy;
    return status;
}

void hf_book_forget_records(struct hf_book *book)
{
    for (size_t i = 0; i < book->record_count; i++)
        hf_record_state_clear(&book->records[i]);
    book->record_count = 0;
}

struct hf_policy_value hf_book_value(const struct hf_record_state *record, const char *field)
{
    const struct hf_record_spec *type = hf_model_type(record->type);
    const struct hf_field_spec *spec = type ? hf_model_field_named(type, hf_slice_str(field)) : NULL;
    return spec ? hf_eval_field(record, spec) : (struct hf_policy_value){.kind = HF_VALUE_NONE};
}

struct hf_id hf_book_reference(const struct hf_record_state *record, const char *field)
{
    const struct hf_policy_value value = hf_book_value(record, field);
    return value.kind == HF_VALUE_REF ? value.ref : hf_id_zero();
}

void hf_book_text(const struct hf_record_state *record, const char *field, struct hf_buf *out)
{
    const struct hf_policy_value value = hf_book_value(record, field);
    if (value.kind == HF_VALUE_TEXT)
        hf_buf_append_slice(out, value.text);
}

bool hf_book_names(const struct hf_record_state *record, const char *field, const struct hf_id *id)
{
    const struct hf_policy_value value = hf_book_value(record, field);
    return value.kind == HF_VALUE_REF && hf_id_equal(&value.ref, id);
}

bool hf_book_value_is_text(const struct hf_record_state *record, const char *field, struct hf_slice text)
{
    const struct hf_policy_value value = hf_book_value(record, field);
    return value.kind == HF_VALUE_TEXT && hf_slice_equal(value.text, text);
}

bool hf_book_in_force(const struct hf_record_state *record, hf_day day)
{
    const struct hf_policy_value from = hf_book_value(record, "from");
    const struct hf_policy_value until = hf_book_value(record, "until");
    return (from.kind != HF_VALUE_MOMENT || from.moment.day <= day) &&
           (until.kind != HF_VALUE_MOMENT || until.moment.day >= day);
}

bool hf_book_acknowledged(const struct hf_book *book, const struct hf_id *person, const struct hf_book_file *pack)
{
    for (size_t i = 0; i < book->record_count; i++) {
        const struct hf_record_state *record = &book->records[i];
        if (record->type == HF_RECORD_POLICY_ACK && hf_book_names(record, "person", person) &&
            hf_book_value_is_text(record, "policy_id", hf_slice_str(pack->name)) &&
            hf_book_value_is_text(record, "policy_version", hf_slice_str(pack->version)))
            return true;
    }
    return false;
}

/* --- settings ----------------------------------------------------------------------------------------------------- */

static int by_moment(struct hf_policy_value a, struct hf_policy_value b)
{
    const hf_day left = a.kind == HF_VALUE_MOMENT ? a.moment.day : HF_DAY_FIRST;
    const hf_day right = b.kind == HF_VALUE_MOMENT ? b.moment.day : HF_DAY_FIRST;
    return left < right ? -1 : left > right;
}

/* Ids of records begin with the time they were made, so the last resort is the later record. */
static bool is_later(const struct hf_record_state *a, const struct hf_record_state *b)
{
    int order = by_moment(hf_book_value(a, "from"), hf_book_value(b, "from"));
    if (order == 0)
        order = by_moment(hf_book_value(a, "decided_on"), hf_book_value(b, "decided_on"));
    return order != 0 ? order > 0 : hf_id_compare(&a->record_id, &b->record_id) > 0;
}

const struct hf_record_state *hf_book_decision(const struct hf_book *book, const char *policy, const char *name,
                                               uint64_t now_ms)
{
    const struct hf_record_state *best = NULL;
    const hf_day day = hf_london_day(now_ms);
    for (size_t i = 0; i < book->record_count; i++) {
        const struct hf_record_state *record = &book->records[i];
        if (record->type == HF_RECORD_SETTING && hf_book_value_is_text(record, "policy", hf_slice_str(policy)) &&
            hf_book_value_is_text(record, "name", hf_slice_str(name)) && hf_book_in_force(record, day) &&
            (!best || is_later(record, best)))
            best = record;
    }
    return best;
}

static json_t *json_of(const struct hf_setting *setting, struct hf_slice text)
{
    if (hf_slice_equal(text, hf_slice_str("null")))
        return json_null();
    char *copy = text_copy(text);
    char *end = NULL;
    if (!copy)
        return NULL;
    const long long number = strtoll(copy, &end, 10);
    json_t *value = setting->is_int && end != copy && *end == '\0' ? json_integer(number) : json_string(copy);
    free(copy);
    return value;
}

/* A value that this version does not allow any more is no reason to show no duties. */
static enum hf_status try_value(const struct hf_policy_pack *pack, const struct hf_setting *setting,
                                struct hf_slice text, json_t *values)
{
    struct hf_policy_settings *tried = NULL;
    json_t *one = json_object();
    json_t *value = json_of(setting, text);
    if (!one || !value || json_object_set(one, setting->name, value) != 0) {
        json_decref(one);
        json_decref(value);
        return HF_ERR_NOMEM;
    }
    enum hf_status status = hf_policy_settings_new(pack, one, &tried, NULL);
    hf_policy_settings_free(tried);
    if (status == HF_OK && json_object_set(values, setting->name, value) != 0)
        status = HF_ERR_NOMEM;
    json_decref(one);
    json_decref(value);
    return status == HF_ERR_INVALID ? HF_OK : status;
}

enum hf_status hf_book_settings(const struct hf_book *book, const struct hf_policy_pack *pack, uint64_t now_ms,
                                struct hf_policy_settings **out)
{
    json_t *values = json_object();
    enum hf_status status = values ? HF_OK : HF_ERR_NOMEM;
    for (size_t i = 0; i < pack->setting_count && status == HF_OK; i++) {
        const struct hf_record_state *decision = hf_book_decision(book, pack->policy, pack->settings[i].name, now_ms);
        const struct hf_policy_value value =
            decision ? hf_book_value(decision, "value") : (struct hf_policy_value){.kind = HF_VALUE_NONE};
        if (value.kind == HF_VALUE_TEXT)
            status = try_value(pack, &pack->settings[i], value.text, values);
    }
    struct hf_policy_settings *settings = NULL;
    if (status == HF_OK && json_object_size(values) > 0)
        status = hf_policy_settings_new(pack, values, &settings, NULL);
    json_decref(values);
    if (status == HF_OK)
        *out = settings;
    return status;
}
