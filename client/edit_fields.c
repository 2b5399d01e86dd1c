/* Editing: what a person changes, field by field. */
#include "client/edit.h"

#include "core/base/text.h"
#include "core/merge/standing.h"
#include "core/model/value.h"

#include <stdlib.h>

void hf_field_edit_free(struct hf_field_edit *field)
{
    if (!field)
        return;
    hf_buf_wipe(&field->value);
    hf_elements_clear(&field->added);
    hf_elements_clear(&field->removed);
    free(field);
}

/* --- fields of an edit --- */

static enum hf_status find_spec(struct holdfast_edit *edit, const char *name, const struct hf_field_spec **out)
{
    const struct hf_field_spec *spec = name ? hf_model_field_named(edit->type, hf_slice_str(name)) : NULL;
    if (!spec)
        return hf_handle_fail(edit->hf, HF_ERR_INVALID, "%s has no field called %.100s.", edit->type->name,
                              name ? name : "(nothing)");
    *out = spec;
    return HF_OK;
}

static struct hf_field_edit *find_field(const struct holdfast_edit *edit, const struct hf_field_spec *spec)
{
    for (size_t i = 0; i < edit->count; i++) {
        if (edit->fields[i]->spec == spec)
            return edit->fields[i];
    }
    return NULL;
}

/* The part of the edit for this field, made when it is missing. */
static enum hf_status need_field(struct holdfast_edit *edit, const struct hf_field_spec *spec,
                                 struct hf_field_edit **out)
{
    struct hf_field_edit *field = find_field(edit, spec);
    if (!field) {
        if (edit->count == HF_EDITS_MAX)
            return hf_handle_fail(edit->hf, HF_ERR_LIMIT,
                                  "%s: one save can change at most %d fields. Save these first, then go on.",
                                  spec->name, HF_EDITS_MAX);
        field = calloc(1, sizeof *field);
        if (!field)
            return HF_ERR_NOMEM;
        field->spec = spec;
        edit->fields[edit->count++] = field;
    }
    *out = field;
    return HF_OK;
}

enum hf_status hf_edit_put_value(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_buf *value)
{
    struct hf_field_edit *field = NULL;
    enum hf_status status = hf_buf_status(value);
    if (status == HF_OK)
        status = need_field(edit, spec, &field);
    if (status != HF_OK)
        return status;
    hf_buf_wipe(&field->value);
    field->value = *value;
    *value = (struct hf_buf){0};
    return HF_OK;
}

static enum hf_status encode(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice text,
                             struct hf_buf *out)
{
    return hf_value_from_text(edit->type, spec, text, out, &edit->hf->err);
}

static enum hf_status set_value(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice text)
{
    struct hf_buf value = {0};
    const struct hf_field_edit *field = find_field(edit, spec);
    if (spec->kind == HF_KIND_APPEND && field)
        return hf_handle_fail(edit->hf, HF_ERR_LIMIT,
                              "%s: one save adds one entry. Save this one first, then add the next.", spec->name);
    enum hf_status status = encode(edit, spec, text, &value);
    if (status == HF_OK)
        status = hf_edit_put_value(edit, spec, &value);
    hf_buf_wipe(&value);
    return status;
}

/* --- sets --- */

const struct hf_field_state *hf_edit_seen(const struct holdfast_edit *edit, const struct hf_field_spec *spec)
{
    return hf_record_state_field(&edit->seen, spec->code);
}

static bool seen_has(const struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice encoded)
{
    const struct hf_field_state *field = hf_edit_seen(edit, spec);
    return hf_standing_holds(field, encoded);
}

static enum hf_status set_is_full(struct holdfast_edit *edit, const struct hf_field_spec *spec, enum hf_status status)
{
    if (status != HF_ERR_LIMIT)
        return status;
    return hf_handle_fail(edit->hf, status, "%s: one save can add or remove at most %d elements. Save these first.",
                          spec->name, HF_SET_ELEMENTS_MAX);
}

/* Also when it is there already: someone else may be taking it out meanwhile, and this person wants it in. */
static enum hf_status add_element(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice encoded)
{
    struct hf_field_edit *field = NULL;
    enum hf_status status = need_field(edit, spec, &field);
    if (status != HF_OK)
        return status;
    status = hf_elements_add(&field->added, encoded);
    if (status == HF_OK)
        (void)hf_elements_drop(&field->removed, encoded);
    return set_is_full(edit, spec, status);
}

static enum hf_status remove_element(struct holdfast_edit *edit, const struct hf_field_spec *spec,
                                     struct hf_slice encoded)
{
    struct hf_field_edit *field = find_field(edit, spec);
    const bool added = field && hf_elements_have(&field->added, encoded);
    if (!added && !seen_has(edit, spec, encoded))
        return hf_handle_fail(edit->hf, HF_ERR_NOT_FOUND, "%s does not hold this, so it cannot be taken out.",
                              spec->name);
    enum hf_status status = need_field(edit, spec, &field);
    if (status == HF_OK && seen_has(edit, spec, encoded))
        status = hf_elements_add(&field->removed, encoded);
    if (status == HF_OK)
        (void)hf_elements_drop(&field->added, encoded);
    return set_is_full(edit, spec, status);
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct hf_slice trimmed(struct hf_slice text)
{
    while (text.len > 0 && is_blank(text.data[0]))
        text = hf_slice_of(text.data + 1, text.len - 1);
    while (text.len > 0 && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

/* Takes the piece up to the next separator off *rest. */
static struct hf_slice next_piece(struct hf_slice *rest, char separator)
{
    size_t len = 0;
    while (len < rest->len && rest->data[len] != (uint8_t)separator)
        len++;
    struct hf_slice piece = hf_slice_of(rest->data, len);
    size_t taken = len < rest->len ? len + 1 : len;
    *rest = hf_slice_of(rest->data + taken, rest->len - taken);
    return trimmed(piece);
}

/* What the list should hold in the end; empty pieces do not count. */
static enum hf_status parse_list(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice text,
                                 char separator, struct hf_elements *out)
{
    enum hf_status status = HF_OK;
    while (status == HF_OK && text.len > 0) {
        struct hf_buf encoded = {0};
        struct hf_slice piece = next_piece(&text, separator);
        if (piece.len > 0) {
            status = encode(edit, spec, piece, &encoded);
            if (status == HF_OK)
                status = set_is_full(edit, spec, hf_elements_add(out, hf_buf_slice(&encoded)));
        }
        hf_buf_wipe(&encoded);
    }
    return status;
}

/* Differences between what was seen and what is wanted. */
static enum hf_status differ(struct holdfast_edit *edit, const struct hf_field_spec *spec,
                             const struct hf_elements *wanted, struct hf_field_edit *out)
{
    const struct hf_field_state *seen = hf_edit_seen(edit, spec);
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < wanted->count; i++) {
        struct hf_slice element = hf_buf_slice(&wanted->element[i]);
        if (!seen_has(edit, spec, element))
            status = hf_elements_add(&out->added, element);
    }
    for (size_t i = 0; status == HF_OK && seen && i < seen->count; i++) {
        if (!seen->entries[i].is_aside && !hf_elements_have(wanted, seen->entries[i].value))
            status = hf_elements_add(&out->removed, seen->entries[i].value);
    }
    return set_is_full(edit, spec, status);
}

static enum hf_status replace_set(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice text,
                                  char separator)
{
    struct hf_elements *wanted = calloc(1, sizeof *wanted);
    struct hf_field_edit *made = calloc(1, sizeof *made);
    struct hf_field_edit *field = NULL;
    enum hf_status status = wanted && made ? parse_list(edit, spec, text, separator, wanted) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = differ(edit, spec, wanted, made);
    if (status == HF_OK)
        status = need_field(edit, spec, &field);
    if (status == HF_OK) {
        struct hf_elements added = field->added;
        struct hf_elements removed = field->removed;
        field->added = made->added;
        field->removed = made->removed;
        made->added = added;
        made->removed = removed;
    }
    if (wanted)
        hf_elements_clear(wanted);
    free(wanted);
    hf_field_edit_free(made);
    return status;
}

enum hf_status hf_edit_set_text(struct holdfast_edit *edit, const struct hf_field_spec *spec, struct hf_slice text,
                                char separator)
{
    return spec->kind == HF_KIND_SET ? replace_set(edit, spec, text, separator) : set_value(edit, spec, text);
}

/* --- public: changing an edit --- */

enum holdfast_status holdfast_edit_set(struct holdfast_edit *edit, const char *field, const char *value)
{
    const struct hf_field_spec *spec = NULL;
    const struct hf_slice text = hf_slice_str(value ? value : "");
    enum hf_status status = hf_handle_enter(edit->hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = find_spec(edit, field, &spec);
    if (status == HF_OK)
        status = hf_edit_set_text(edit, spec, text, ',');
    return hf_handle_leave(edit->hf, status);
}

static enum holdfast_status change_set(struct holdfast_edit *edit, const char *field, const char *element,
                                       enum hf_status (*change)(struct holdfast_edit *edit,
                                                                const struct hf_field_spec *spec,
                                                                struct hf_slice encoded))
{
    const struct hf_field_spec *spec = NULL;
    struct hf_buf encoded = {0};
    enum hf_status status = hf_handle_enter(edit->hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = find_spec(edit, field, &spec);
    if (status == HF_OK && spec->kind != HF_KIND_SET)
        status =
            hf_handle_fail(edit->hf, HF_ERR_INVALID, "%s holds one value and no list: set it instead.", spec->name);
    if (status == HF_OK)
        status = encode(edit, spec, hf_slice_str(element ? element : ""), &encoded);
    if (status == HF_OK)
        status = change(edit, spec, hf_buf_slice(&encoded));
    hf_buf_wipe(&encoded);
    return hf_handle_leave(edit->hf, status);
}

enum holdfast_status holdfast_edit_add(struct holdfast_edit *edit, const char *field, const char *element)
{
    return change_set(edit, field, element, add_element);
}

enum holdfast_status holdfast_edit_remove(struct holdfast_edit *edit, const char *field, const char *element)
{
    return change_set(edit, field, element, remove_element);
}

enum hf_status hf_edit_check_reason(struct holdfast *hf, struct hf_slice reason)
{
    if (!hf_text_is_utf8(reason))
        return hf_handle_fail(hf, HF_ERR_INVALID, "reason must be text.");
    if (reason.len > HF_REASON_BYTES_MAX)
        return hf_handle_fail(hf, HF_ERR_LIMIT, "reason can hold %d bytes of text and this has %zu: shorten it.",
                              HF_REASON_BYTES_MAX, reason.len);
    return HF_OK;
}

enum holdfast_status holdfast_edit_reason(struct holdfast_edit *edit, const char *reason)
{
    struct hf_buf copy = {0};
    const struct hf_slice text = hf_slice_str(reason ? reason : "");
    enum hf_status status = hf_handle_enter(edit->hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_edit_check_reason(edit->hf, text);
    hf_buf_append_slice(&copy, text);
    if (status == HF_OK)
        status = hf_buf_status(&copy);
    if (status == HF_OK) {
        hf_buf_wipe(&edit->reason);
        edit->reason = copy;
        copy = (struct hf_buf){0};
    }
    hf_buf_wipe(&copy);
    return hf_handle_leave(edit->hf, status);
}
