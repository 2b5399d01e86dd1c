/* The report for scripts. */
#include "tools/audit/report.h"

#include "core/base/text.h"
#include "core/json/json.h"

#include <string.h>

/* json_object_set_new and the makers of values answer errors that nobody needs one by one: `failed` remembers. */
struct object {
    json_t *json;
    bool failed;
};

static void set(struct object *object, const char *key, json_t *value)
{
    if (json_object_set_new(object->json, key, value) != 0)
        object->failed = true;
}

static void set_number(struct object *object, const char *key, uint64_t value)
{
    set(object, key, json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value));
}

static json_t *text_of(struct hf_slice text)
{
    struct hf_buf plain = {0};
    hf_audit_plain(text, &plain);
    json_t *value =
        hf_buf_status(&plain) == HF_OK ? json_stringn(plain.len ? (const char *)plain.data : "", plain.len) : NULL;
    hf_buf_clear(&plain);
    return value;
}

static void set_text(struct object *object, const char *key, const char *text)
{
    set(object, key, text_of(hf_slice_str(text)));
}

static void set_hex(struct object *object, const char *key, const uint8_t *bytes, size_t len)
{
    struct hf_buf hex = {0};
    hf_text_hex(&hex, hf_slice_of(bytes, len));
    set(object, key, text_of(hf_buf_slice(&hex)));
    hf_buf_clear(&hex);
}

static void set_time(struct object *object, const char *key, hf_clock clock)
{
    char text[HF_TIME_TEXT_BYTES];
    hf_text_time(hf_clock_ms(clock), text);
    set_text(object, key, text);
}

static void set_checkpoint(struct object *object, const char *key, const struct hf_checkpoint *checkpoint)
{
    struct object inner = {.json = json_object()};
    set_number(&inner, "size", checkpoint->size);
    set_hex(&inner, "root", checkpoint->root.bytes, sizeof checkpoint->root.bytes);
    object->failed = object->failed || inner.failed;
    set(object, key, inner.json);
}

/* --- refused -------------------------------------------------------------------------------------------------------
 */

static void add_finding(struct object *object, const struct hf_audit_finding *finding)
{
    set(object, "entry", finding->has_entry ? json_integer((json_int_t)finding->first) : json_null());
    if (finding->has_entry && finding->last != finding->first)
        set_number(object, "last_entry", finding->last);
    if (finding->file[0])
        set_text(object, "file", finding->file);
    set_text(object, "check", hf_audit_check_name(finding->check));
    set_text(object, "text", finding->text);
}

/* --- verified ------------------------------------------------------------------------------------------------------
 */

static json_t *device_of(const struct hf_audit_device *device, bool *failed)
{
    struct object object = {.json = json_object()};
    char person[HF_ID_TEXT_BYTES];
    set_hex(&object, "key", device->key, sizeof device->key);
    set_text(&object, "role", hf_role_name(device->role));
    hf_id_format(&device->person, person);
    if (device->role != HF_ROLE_SERVER)
        set_text(&object, "person", person);
    set_number(&object, "incarnation", device->incarnation);
    set_number(&object, "enrolled_at", device->enrolled_at);
    if (device->revoked)
        set_number(&object, "revoked_at", device->revoked_at);
    set_number(&object, "entries", device->changes);
    *failed = *failed || object.failed;
    return object.json;
}

static void add_devices(struct object *object, const struct hf_audit_devices *devices)
{
    json_t *list = json_array();
    for (size_t i = 0; i < devices->count; i++) {
        if (json_array_append_new(list, device_of(devices->sorted[i], &object->failed)) != 0)
            object->failed = true;
    }
    set(object, "devices", list);
}

static void add_listed(struct object *object, const char *count_key, const char *list_key, uint64_t count,
                       const uint64_t *index)
{
    json_t *list = json_array();
    for (uint64_t i = 0; i < count && i < HF_AUDIT_LISTED_MAX; i++) {
        if (json_array_append_new(list, json_integer((json_int_t)index[i])) != 0)
            object->failed = true;
    }
    set_number(object, count_key, count);
    set(object, list_key, list);
}

static void add_strays(struct object *object, const struct hf_audit_strays *strays)
{
    json_t *list = json_array();
    uint64_t count = strays ? strays->count : 0;
    for (uint64_t i = 0; i < count && i < HF_AUDIT_FOLDER_STRAY_LISTED_MAX; i++) {
        if (json_array_append_new(list, text_of(hf_slice_str(strays->name[i]))) != 0)
            object->failed = true;
    }
    set_number(object, "unexpected_files", count);
    set(object, "unexpected_names", list);
}

static void add_summary(struct object *object, const struct hf_audit *audit)
{
    const struct hf_audit_summary *summary = &audit->summary;
    size_t people = 0;
    object->failed = object->failed || hf_audit_devices_people(&audit->devices, &people) != HF_OK;
    set_text(object, "log", audit->checkpoint.origin);
    set_hex(object, "authority_key", audit->authority_key, sizeof audit->authority_key);
    set_text(object, "authority_name", summary->authority_name);
    set_number(object, "entries", audit->checkpoint.size);
    set_checkpoint(object, "checkpoint", &audit->checkpoint);
    if (audit->has_prev)
        set_checkpoint(object, "prev", &audit->prev);
    if (audit->has_quorum)
        set_checkpoint(object, "witnessed", &audit->witnessed);
    set_number(object, "people", people);
    set_time(object, "from", summary->first_clock);
    set_time(object, "to", summary->last_clock);
    add_listed(object, "handed_in_after_revocation", "handed_in_entries", summary->handed_in, summary->handed_in_index);
    add_listed(object, "without_effect", "without_effect_entries", summary->without_effect,
               summary->without_effect_index);
    set_number(object, "payloads", summary->payloads);
    set_number(object, "payloads_missing", summary->payloads_missing);
    set_number(object, "payloads_erased", summary->payloads_erased);
    set_number(object, "payloads_erased_unproved", summary->payloads_unproved);
    set_number(object, "openings", summary->openings);
    set_number(object, "proofs", summary->proofs);
    add_devices(object, &audit->devices);
}

enum hf_status hf_audit_report_json(const struct hf_audit_report *report, struct hf_buf *out)
{
    struct object object = {.json = json_object()};
    set(&object, "ok", json_boolean(report->ok));
    if (report->ok) {
        add_summary(&object, report->audit);
        add_strays(&object, report->strays);
    } else {
        add_finding(&object, &report->audit->finding);
    }
    enum hf_status status = object.failed ? HF_ERR_NOMEM : hf_json_dump(object.json, HF_JSON_COMPACT, out);
    json_decref(object.json);
    if (status == HF_OK)
        hf_buf_append_u8(out, '\n');
    return status == HF_OK ? hf_buf_status(out) : status;
}
