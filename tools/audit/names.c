#include "tools/audit/names.h"

#include "core/pack/cursor.h"
#include "tools/audit/report.h"

#include <stdlib.h>
#include <string.h>

/* Ids are random or hashes, so their last bytes are spread well enough. */
static size_t place_of(const struct hf_id *id, size_t cap)
{
    size_t sum = 0;
    for (size_t i = 0; i < 8; i++)
        sum = sum << 8 | id->bytes[HF_ID_BYTES - 1 - i];
    return sum & (cap - 1);
}

static struct hf_audit_name *find_place(struct hf_audit_name *places, size_t cap, const struct hf_id *id)
{
    size_t at = place_of(id, cap);
    while (!hf_id_is_zero(&places[at].id) && !hf_id_equal(&places[at].id, id))
        at = (at + 1) & (cap - 1);
    return &places[at];
}

static enum hf_status make_room(struct hf_audit_names *names)
{
    if (names->cap > 0 && names->count < names->cap / 2)
        return HF_OK;
    size_t cap = names->cap ? names->cap * 2 : 256;
    struct hf_audit_name *places = calloc(cap, sizeof *places);
    if (!places)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < names->cap; i++) {
        if (!hf_id_is_zero(&names->places[i].id))
            *find_place(places, cap, &names->places[i].id) = names->places[i];
    }
    free(names->places);
    names->places = places;
    names->cap = cap;
    return HF_OK;
}

/* The newest name counts: a correction comes later in the log. */
static enum hf_status put(struct hf_audit_names *names, const struct hf_id *id, struct hf_slice value)
{
    struct hf_cursor cursor;
    struct hf_buf text = {0};
    hf_cursor_init(&cursor, value, 1);
    struct hf_slice name = hf_cursor_text(&cursor, 0);
    if (hf_cursor_status(&cursor) != HF_OK || name.len == 0)
        return HF_OK;
    enum hf_status status = make_room(names);
    hf_audit_plain(name, &text);
    hf_buf_append_u8(&text, 0);
    if (status == HF_OK)
        status = hf_buf_status(&text);
    char *copy = status == HF_OK ? malloc(text.len) : NULL;
    if (status == HF_OK && !copy)
        status = HF_ERR_NOMEM;
    if (status == HF_OK) {
        struct hf_audit_name *place = find_place(names->places, names->cap, id);
        memcpy(copy, text.data, text.len);
        names->count += hf_id_is_zero(&place->id);
        free(place->text);
        *place = (struct hf_audit_name){.id = *id, .text = copy};
    }
    hf_buf_clear(&text);
    return status;
}

enum hf_status hf_audit_names_take(struct hf_audit_names *names, const struct hf_audit_entry *entry)
{
    if (!entry->opened || entry->leaf->kind != HF_LEAF_DATA)
        return HF_OK;
    names->contents = true;
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    enum hf_status status = HF_OK;
    if (hf_data_body_decode(entry->body, body, NULL) == HF_OK) {
        uint16_t field = body->type == HF_RECORD_PERSON ? HF_FIELD_PERSON_NAME
                         : body->type == HF_RECORD_CASE ? HF_FIELD_CASE_REFERENCE
                                                        : 0;
        for (uint32_t i = 0; status == HF_OK && field && i < body->edit_count; i++) {
            if (body->edits[i].field == field)
                status = put(names, &body->record_id, body->edits[i].value);
        }
    }
    free(body);
    return status;
}

const char *hf_audit_name(const struct hf_audit_names *names, const struct hf_id *id)
{
    if (!names || names->cap == 0 || hf_id_is_zero(id))
        return NULL;
    return find_place(names->places, names->cap, id)->text;
}

enum hf_status hf_audit_name_find(const struct hf_audit_names *names, struct hf_slice text, struct hf_id *out)
{
    struct hf_id id;
    if (hf_id_parse(text, &id) == HF_OK) {
        *out = id;
        return HF_OK;
    }
    for (size_t i = 0; i < names->cap; i++) {
        if (names->places[i].text && hf_slice_equal(text, hf_slice_str(names->places[i].text))) {
            *out = names->places[i].id;
            return HF_OK;
        }
    }
    return HF_ERR_NOT_FOUND;
}

void hf_audit_name_append(const struct hf_audit_names *names, const struct hf_id *id, struct hf_buf *out)
{
    char text[HF_ID_TEXT_BYTES];
    const char *name = hf_audit_name(names, id);
    hf_id_format(id, text);
    if (name)
        hf_buf_append_fmt(out, "%s (%s)", name, text);
    else
        hf_buf_append_str(out, text);
}

void hf_audit_names_clear(struct hf_audit_names *names)
{
    for (size_t i = 0; i < names->cap; i++)
        free(names->places[i].text);
    free(names->places);
    *names = (struct hf_audit_names){0};
}
