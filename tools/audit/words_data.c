/* What a change to a record says, in words: the record, and each field with its new value. */
#include "core/model/body_policy.h"
#include "core/model/value.h"
#include "tools/audit/report.h"
#include "tools/audit/show.h"

#include <stdlib.h>
#include <string.h>

/* A narrative as one line. */
static void add_line(struct hf_slice text, struct hf_buf *out)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;
        hf_audit_plain(hf_slice_of(text.data, len), out);
        if (!end)
            return;
        hf_buf_append_u8(out, ' ');
        text = hf_slice_of(end + 1, text.len - len - 1);
    }
}

static void add_value(const struct hf_field_spec *field, struct hf_slice encoded, const struct hf_audit_names *names,
                      struct hf_buf *out)
{
    struct hf_buf text = {0};
    struct hf_id id;
    hf_value_to_text(field, encoded, &text);
    const char *name = NULL;
    if (field->type == HF_TYPE_REF && hf_id_parse(hf_buf_slice(&text), &id) == HF_OK)
        name = hf_audit_name(names, &id);
    if (text.len == 0)
        hf_buf_append_str(out, "cleared");
    else if (name)
        hf_buf_append_str(out, name);
    else
        add_line(hf_buf_slice(&text), out);
    hf_buf_clear(&text);
}

static void add_set(const struct hf_field_spec *field, struct hf_slice value, const struct hf_audit_names *names,
                    struct hf_buf *out)
{
    struct hf_set_edit *set = malloc(sizeof *set);
    if (set && hf_set_edit_decode(value, set) == HF_OK) {
        for (size_t i = 0; i < set->added_count; i++) {
            hf_buf_append_str(out, i ? ", +" : "+");
            add_value(field, set->added[i], names, out);
        }
        for (size_t i = 0; i < set->removed_count; i++) {
            hf_buf_append_str(out, i || set->added_count ? ", −" : "−");
            add_value(field, set->removed[i], names, out);
        }
    }
    free(set);
}

static void add_edits(const struct hf_record_spec *type, const struct hf_data_body *body,
                      const struct hf_audit_names *names, struct hf_buf *out)
{
    for (uint32_t i = 0; i < body->edit_count; i++) {
        const struct hf_field_spec *field = hf_model_field(type, body->edits[i].field);
        hf_buf_append_fmt(out, "%s %s = ", i ? ";" : ":", field->label);
        if (field->kind == HF_KIND_SET)
            add_set(field, body->edits[i].value, names, out);
        else
            add_value(field, body->edits[i].value, names, out);
    }
}

static void add_reason(struct hf_slice reason, struct hf_buf *out)
{
    if (reason.len == 0)
        return;
    hf_buf_append_str(out, "; reason: ");
    add_line(reason, out);
}

bool hf_audit_data_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                         struct hf_audit_subject *subject)
{
    struct hf_data_body *body = malloc(sizeof *body);
    bool said = body && hf_data_body_decode(bytes, body, NULL) == HF_OK;
    if (said) {
        const struct hf_record_spec *type = hf_model_type(body->type);
        char id[HF_ID_TEXT_BYTES];
        hf_id_format(&body->record_id, id);
        hf_buf_append_fmt(out, "changes %s %s", type->label, id);
        subject->case_id = body->case_id;
        subject->record_id = body->record_id;
        subject->record_type = type->name;
        if (body->type == HF_RECORD_PERSON)
            subject->person = body->record_id;
        const char *of = hf_audit_name(names, &body->case_id);
        if (of && body->type != HF_RECORD_CASE)
            hf_buf_append_fmt(out, " of %s", of);
        add_edits(type, body, names, out);
        add_reason(body->reason, out);
    }
    free(body);
    return said;
}

bool hf_audit_case_words(struct hf_slice bytes, struct hf_buf *out, struct hf_audit_subject *subject)
{
    struct hf_case_body body;
    char id[HF_ID_TEXT_BYTES];
    if (hf_case_body_decode(bytes, &body) != HF_OK)
        return false;
    hf_id_format(&body.case_id, id);
    if (body.epoch == 0)
        hf_buf_append_fmt(out, "opens case %s", id);
    else
        hf_buf_append_fmt(out, "gives case %s its key number %u", id, body.epoch + 1);
    subject->case_id = body.case_id;
    return true;
}

bool hf_audit_policy_words(struct hf_slice bytes, struct hf_buf *out)
{
    struct hf_policy_body body;
    if (hf_policy_body_decode(bytes, &body) != HF_OK)
        return false;
    hf_buf_append_str(out, "releases the ");
    hf_audit_plain(body.what, out);
    hf_buf_append_str(out, " ");
    hf_audit_plain(body.name, out);
    hf_buf_append_str(out, " ");
    hf_audit_plain(body.version, out);
    if (body.effective_from.len) {
        hf_buf_append_str(out, ", in force from ");
        hf_audit_plain(body.effective_from, out);
    }
    return true;
}
