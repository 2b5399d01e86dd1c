/* Open edits of a locked handle: see edit.h. The key comes from the identity, which only the open vault gives. */
#include "client/edit.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <stdlib.h>

#define PARTS          4 /* type, what was seen, reason, fields */
#define FIELD_PARTS    4 /* code, value, added, removed */
#define BYTES_MAX      (16u * 1024 * 1024)
#define ELEMENTS_MAX   (HF_EDITS_MAX * (2 * HF_SET_ELEMENTS_MAX + 2 * FIELD_PARTS) + 2 * PARTS)
#define AT_TAG         HF_XNONCE_BYTES
#define AT_SEALED      (HF_XNONCE_BYTES + HF_TAG_BYTES)
#define FIRST_CAPACITY 4096

void hf_edit_unlist(struct holdfast_edit *edit)
{
    if (!edit->hf)
        return;
    struct holdfast_edit **at = &edit->hf->edits;
    while (*at && *at != edit)
        at = &(*at)->next;
    if (*at)
        *at = edit->next;
}

void hf_edit_forget(struct holdfast_edit *edit)
{
    for (size_t i = 0; i < edit->count; i++)
        hf_field_edit_free(edit->fields[i]);
    edit->count = 0;
    hf_record_state_clear(&edit->seen);
    hf_buf_wipe(&edit->reason);
}

/* --- sealing --- */

static void pack_elements(const struct hf_elements *elements, struct hf_buf *out)
{
    hf_pack_array(out, (uint32_t)elements->count);
    for (size_t i = 0; i < elements->count; i++)
        hf_pack_bytes(out, hf_buf_slice(&elements->element[i]));
}

static void encode(const struct holdfast_edit *edit, struct hf_buf *out)
{
    struct hf_buf seen = {0};
    if (edit->seen.field_count > 0)
        hf_record_state_encode(&edit->seen, &seen);
    if (hf_buf_status(&seen) != HF_OK)
        out->status = hf_buf_status(&seen);
    hf_pack_array(out, PARTS);
    hf_pack_uint(out, edit->type->code);
    hf_pack_bytes(out, hf_buf_slice(&seen));
    hf_pack_bytes(out, hf_buf_slice(&edit->reason));
    hf_pack_array(out, (uint32_t)edit->count);
    for (size_t i = 0; i < edit->count; i++) {
        const struct hf_field_edit *field = edit->fields[i];
        hf_pack_array(out, FIELD_PARTS);
        hf_pack_uint(out, field->spec->code);
        hf_pack_bytes(out, hf_buf_slice(&field->value));
        pack_elements(&field->added, out);
        pack_elements(&field->removed, out);
    }
    hf_buf_wipe(&seen);
}

static struct hf_slice aad_of(const struct holdfast_edit *edit)
{
    return hf_slice_of(edit->record_id.bytes, sizeof edit->record_id.bytes);
}

static enum hf_status seal(struct holdfast_edit *edit, const uint8_t key[HF_KEY_BYTES])
{
    struct hf_buf out;
    hf_buf_init(&out, BYTES_MAX);
    hf_buf_reserve(&out, FIRST_CAPACITY);
    hf_buf_append_zeros(&out, AT_SEALED);
    encode(edit, &out);
    if (hf_buf_status(&out) != HF_OK) {
        hf_buf_wipe(&out);
        return HF_ERR_NOMEM;
    }
    hf_random(out.data, HF_XNONCE_BYTES);
    hf_seal(key, out.data, aad_of(edit), out.data + AT_SEALED, out.len - AT_SEALED, out.data + AT_SEALED,
            out.data + AT_TAG);
    edit->sealed = out;
    hf_edit_forget(edit);
    return HF_OK;
}

static uint8_t *key_of(struct holdfast *hf)
{
    uint8_t *key = hf_secret_alloc(HF_KEY_BYTES);
    if (key)
        hf_derive(hf_replica_identity(hf->replica)->channel.secret_key, "hf open edits v1", key);
    return key;
}

void hf_edits_seal(struct holdfast *hf)
{
    uint8_t *key = hf->edits && hf->replica ? key_of(hf) : NULL;
    for (struct holdfast_edit *edit = hf->edits; key && edit; edit = edit->next) {
        if (edit->sealed.len == 0)
            (void)!seal(edit, key);
    }
    hf_secret_free(key);
}

/* --- opening --- */

static enum hf_status read_elements(struct hf_cursor *cursor, struct hf_elements *out)
{
    const uint32_t count = hf_cursor_array(cursor, HF_SET_ELEMENTS_MAX);
    enum hf_status status = HF_OK;
    for (uint32_t i = 0; status == HF_OK && i < count; i++)
        status = hf_elements_add(out, hf_cursor_bytes(cursor, BYTES_MAX));
    hf_cursor_leave(cursor);
    return status;
}

static enum hf_status read_field(struct hf_cursor *cursor, struct holdfast_edit *edit)
{
    struct hf_field_edit *field = calloc(1, sizeof *field);
    if (!field)
        return HF_ERR_NOMEM;
    edit->fields[edit->count++] = field;
    (void)hf_cursor_array(cursor, FIELD_PARTS);
    field->spec = hf_model_field(edit->type, (uint16_t)hf_cursor_uint(cursor));
    if (!field->spec)
        return HF_ERR_CORRUPT;
    hf_buf_append_slice(&field->value, hf_cursor_bytes(cursor, BYTES_MAX));
    enum hf_status status = hf_buf_status(&field->value);
    if (status == HF_OK)
        status = read_elements(cursor, &field->added);
    if (status == HF_OK)
        status = read_elements(cursor, &field->removed);
    hf_cursor_leave(cursor);
    return status;
}

static enum hf_status decode(struct holdfast_edit *edit, struct hf_slice bytes)
{
    struct hf_cursor cursor;
    enum hf_status status = HF_OK;
    hf_cursor_init(&cursor, bytes, ELEMENTS_MAX);
    (void)hf_cursor_array(&cursor, PARTS);
    edit->type = hf_model_type((uint16_t)hf_cursor_uint(&cursor));
    if (!edit->type)
        return HF_ERR_CORRUPT;
    const struct hf_slice seen = hf_cursor_bytes(&cursor, BYTES_MAX);
    if (seen.len > 0)
        status = hf_record_state_decode(seen, &edit->seen);
    hf_buf_append_slice(&edit->reason, hf_cursor_bytes(&cursor, BYTES_MAX));
    if (status == HF_OK)
        status = hf_buf_status(&edit->reason);
    const uint32_t count = hf_cursor_array(&cursor, HF_EDITS_MAX);
    for (uint32_t i = 0; status == HF_OK && i < count; i++)
        status = read_field(&cursor, edit);
    hf_cursor_leave(&cursor);
    hf_cursor_leave(&cursor);
    return status == HF_OK ? hf_cursor_end(&cursor) : status;
}

static enum hf_status unseal(struct holdfast_edit *edit, const uint8_t key[HF_KEY_BYTES])
{
    const size_t len = edit->sealed.len - AT_SEALED;
    uint8_t *plain = malloc(len);
    if (!plain)
        return HF_ERR_NOMEM;
    enum hf_status status = HF_ERR_AUTH;
    if (hf_unseal(key, edit->sealed.data, aad_of(edit), edit->sealed.data + AT_SEALED, len, edit->sealed.data + AT_TAG,
                  plain))
        status = decode(edit, hf_slice_of(plain, len));
    hf_wipe(plain, len);
    free(plain);
    if (status == HF_OK)
        hf_buf_clear(&edit->sealed);
    else
        hf_edit_forget(edit);
    return status;
}

enum hf_status hf_edits_open(struct holdfast *hf)
{
    if (!hf->edits)
        return HF_OK;
    uint8_t *key = key_of(hf);
    enum hf_status status = key ? HF_OK : HF_ERR_NOMEM;
    for (struct holdfast_edit *edit = hf->edits; status == HF_OK && edit; edit = edit->next) {
        if (edit->sealed.len > 0)
            status = unseal(edit, key);
    }
    hf_secret_free(key);
    return status;
}
