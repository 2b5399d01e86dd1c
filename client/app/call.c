#include "client/app/call.h"

#include "core/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_BYTES 1024

/* --- answering --- */

static void give_json(struct hf_app_response *response, unsigned status, json_t *value)
{
    static const char broken[] = "{\"error\":\"nomem\",\"text\":\"There is not enough memory.\"}";
    response->status = status;
    response->content_type = "application/json";
    hf_buf_reset(&response->body);
    if (!value || hf_json_dump(value, HF_JSON_COMPACT, &response->body) != HF_OK) {
        response->status = 500;
        response->page = hf_slice_str(broken);
    }
    json_decref(value);
}

void hf_app_reply(struct hf_app_call *call, json_t *value)
{
    give_json(call->response, 200, value);
}

void hf_app_refuse(struct hf_app_response *response, unsigned status, const char *name, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    give_json(response, status, json_pack("{s:s, s:s}", "error", name, "text", text));
}

static unsigned http_status(enum holdfast_status status)
{
    switch (status) {
    case HOLDFAST_INVALID:
    case HOLDFAST_LIMIT:
        return 400;
    case HOLDFAST_NOT_FOUND:
        return 404;
    case HOLDFAST_DENIED:
    case HOLDFAST_AUTH:
    case HOLDFAST_REVOKED:
        return 403;
    case HOLDFAST_LOCKED:
        return 423;
    case HOLDFAST_EXISTS:
    case HOLDFAST_BUSY:
    case HOLDFAST_STATE:
    case HOLDFAST_CONFLICT:
    case HOLDFAST_EXPIRED:
    case HOLDFAST_USED:
    case HOLDFAST_WAITING:
        return 409;
    case HOLDFAST_NETWORK:
    case HOLDFAST_CLOSED:
    case HOLDFAST_TIMEOUT:
    case HOLDFAST_PROTOCOL:
        return 502;
    default:
        return 500;
    }
}

void hf_app_fail(struct hf_app_call *call, enum holdfast_status status)
{
    const char *text = holdfast_error_text(call->hf);
    hf_app_refuse(call->response, http_status(status), holdfast_status_name(status), "%s",
                  text[0] ? text : "This did not succeed. Nothing was changed.");
}

/* --- reading --- */

const char *hf_app_query(const struct hf_app_call *call, const char *name)
{
    for (size_t i = 0; i < call->query_count; i++)
        if (strcmp(call->query[i].name, name) == 0)
            return call->query[i].value;
    return NULL;
}

static bool read_id(struct hf_app_call *call, const char *name, const char *text, struct holdfast_id *out)
{
    if (holdfast_id_parse(text, out) == HOLDFAST_OK)
        return true;
    hf_app_refuse(call->response, 400, "invalid", "%s is no id.", name);
    return false;
}

bool hf_app_query_id(struct hf_app_call *call, const char *name, struct holdfast_id *out, bool *out_given)
{
    const char *text = hf_app_query(call, name);
    *out_given = text != NULL;
    return !text || read_id(call, name, text, out);
}

bool hf_app_body_text(struct hf_app_call *call, const char *name, bool needed, const char **out)
{
    const json_t *value = json_object_get(call->body, name);
    const bool missing = !value || json_is_null(value);
    if (missing ? needed : !json_is_string(value)) {
        hf_app_refuse(call->response, 400, "invalid", "%s must be a text.", name);
        return false;
    }
    *out = missing ? NULL : json_string_value(value);
    return true;
}

bool hf_app_body_id(struct hf_app_call *call, const char *name, struct holdfast_id *out, bool *out_given)
{
    const char *text = NULL;
    if (!hf_app_body_text(call, name, false, &text))
        return false;
    *out_given = text != NULL;
    return !text || read_id(call, name, text, out);
}

/* --- JSON --- */

json_t *hf_app_json_id(const struct holdfast_id *id)
{
    static const struct holdfast_id zero;
    char text[HOLDFAST_ID_TEXT_BYTES];
    if (memcmp(id, &zero, sizeof zero) == 0)
        return json_null();
    holdfast_id_format(id, text);
    return json_string(text);
}

json_t *hf_app_json_ms(uint64_t unix_ms)
{
    char text[HF_TIME_TEXT_BYTES];
    if (unix_ms == 0)
        return json_null();
    hf_text_time(unix_ms, text);
    return json_string(text);
}

json_t *hf_app_json_row(const struct holdfast_record_row *row)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:b, s:I, s:s, s:b}", "id",
                     hf_app_json_id(&row->id), "case", hf_app_json_id(&row->case_id), "parent",
                     hf_app_json_id(&row->parent), "type", row->type, "label", row->label, "title", row->title, "due",
                     row->due, "status", row->status, "conflicts", (json_int_t)row->conflicts, "sent", row->sent,
                     "is_final", row->is_final, "amendments", (json_int_t)row->amendments, "deleted", row->deleted,
                     "unverified", (int)row->unverified);
}

json_t *hf_app_json_field(const struct holdfast_field_row *field)
{
    json_t *values = json_array();
    for (size_t i = 0; values && i < field->value_count; i++)
        if (json_array_append_new(values, json_string(field->values[i])) != 0) {
            json_decref(values);
            values = NULL;
        }
    return json_pack("{s:s, s:s, s:s, s:o, s:b}", "name", field->name, "label", field->label, "kind", field->kind,
                     "values", values, "in_conflict", field->in_conflict);
}

/* The values that a decision names and did not choose. */
static json_t *passed_over_json(const struct holdfast_change_edit *edit)
{
    json_t *rows = json_array();
    for (size_t i = 0; rows && i < edit->passed_over_count; i++)
        (void)json_array_append_new(rows, json_pack("{s:s, s:s, s:b}", "author", edit->passed_over[i].author, "value",
                                                    edit->passed_over[i].value, "own", edit->passed_over[i].own));
    return rows;
}

static json_t *edits_json(const struct holdfast_change_row *row)
{
    json_t *edits = json_array();
    for (size_t i = 0; edits && i < row->edit_count; i++) {
        const struct holdfast_change_edit *edit = &row->edits[i];
        if (json_array_append_new(edits, json_pack("{s:s, s:s, s:s, s:o}", "field", edit->field, "label", edit->label,
                                                   "value", edit->value, "passed_over", passed_over_json(edit))) != 0) {
            json_decref(edits);
            edits = NULL;
        }
    }
    return edits;
}

json_t *hf_app_json_change(const struct holdfast_change_row *row)
{
    return json_pack("{s:o, s:o, s:I, s:s, s:s, s:s, s:b, s:s, s:I, s:I, s:o, s:s, s:b, s:s, s:o}", "id",
                     hf_app_json_id(&row->id), "time", hf_app_json_ms(row->time_ms), "clock_offset_ms",
                     (json_int_t)row->clock_offset_ms, "clock", row->clock_text, "author", row->author, "device",
                     row->device, "own", row->own, "sent", row->sent, "log_index", (json_int_t)row->log_index,
                     "proof_size", (json_int_t)row->proof_size, "proved", hf_app_json_ms(row->proof_ms), "held",
                     row->held, "waiting", row->waiting, "reason", row->reason, "edits", edits_json(row));
}
