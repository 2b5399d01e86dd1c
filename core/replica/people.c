#include "core/replica/replica_internal.h"

#include "core/pack/cursor.h"

#include <string.h>

/* --- devices --- */

static enum hf_status read_device(struct hf_rows *rows, struct hf_device *out, struct hf_error *err)
{
    struct hf_device device = {0};
    bool found = hf_rows_next(rows);
    if (found) {
        device.number = hf_rows_u64(rows, 0);
        hf_rows_copy(rows, 1, device.key, sizeof device.key);
        device.incarnation = (uint32_t)hf_rows_u64(rows, 2);
        device.person = hf_rows_id(rows, 3);
        device.enrolled_at = hf_rows_index(rows, 4);
        device.revoked_at = hf_rows_index(rows, 5);
    }
    enum hf_status status = hf_rows_end(rows, err);
    if (status != HF_OK)
        return status;
    if (!found)
        return HF_ERR_NOT_FOUND;
    *out = device;
    return HF_OK;
}

enum hf_status hf_replica_device_find(struct hf_replica *replica, const uint8_t key[HF_SIGN_PUBLIC_BYTES],
                                      uint32_t incarnation, struct hf_device *out, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_DEVICE_FIND);
    hf_rows_bind_bytes(&rows, hf_slice_of(key, HF_SIGN_PUBLIC_BYTES));
    hf_rows_bind_u64(&rows, incarnation);
    return read_device(&rows, out, err);
}

enum hf_status hf_replica_device_need(struct hf_replica *replica, const uint8_t key[HF_SIGN_PUBLIC_BYTES],
                                      uint32_t incarnation, struct hf_device *out, struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status status = hf_replica_device_find(replica, key, incarnation, out, err);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    hf_rows_begin(&rows, replica, HF_STATEMENT_DEVICE_ADD);
    hf_rows_bind_bytes(&rows, hf_slice_of(key, HF_SIGN_PUBLIC_BYTES));
    hf_rows_bind_u64(&rows, incarnation);
    status = hf_rows_run(&rows, err);
    return status == HF_OK ? hf_replica_device_find(replica, key, incarnation, out, err) : status;
}

enum hf_status hf_replica_device_enrol(struct hf_replica *replica, const struct hf_enrol_body *body, uint64_t index,
                                       struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_DEVICE_ENROL);
    hf_rows_bind_bytes(&rows, hf_slice_of(body->device, sizeof body->device));
    hf_rows_bind_u64(&rows, body->incarnation);
    hf_rows_bind_id(&rows, &body->person);
    hf_rows_bind_u64(&rows, (uint64_t)body->role);
    hf_rows_bind_u64(&rows, index);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_device_revoke(struct hf_replica *replica, const struct hf_revoke_body *body, uint64_t index,
                                        struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_DEVICE_REVOKE);
    hf_rows_bind_bytes(&rows, hf_slice_of(body->device, sizeof body->device));
    hf_rows_bind_u64(&rows, index);
    return hf_rows_run(&rows, err);
}

/* --- names --- */

/* The first head stands in when two names clash: somebody has to be named. */
static struct hf_slice name_in(const struct hf_record_state *state)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_state *field = hf_record_state_field(state, HF_FIELD_PERSON_NAME);
    if (state->type != HF_RECORD_PERSON || !type || !field || field->count == 0)
        return hf_slice_of(NULL, 0);
    struct hf_slice plain = hf_merge_plain_value(type, field);
    return plain.len ? plain : field->entries[0].value;
}

/* HF_ERR_NOT_FOUND when the encoded value is no text. Cut at a character when it is too long. */
static enum hf_status copy_name(struct hf_slice encoded, char out[HF_PERSON_NAME_BYTES_MAX + 1])
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, encoded, HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_peek(&cursor) != HF_PACK_TEXT)
        return HF_ERR_NOT_FOUND;
    struct hf_slice text = hf_cursor_text(&cursor, 0);
    size_t len = text.len;
    if (len > HF_PERSON_NAME_BYTES_MAX)
        for (len = HF_PERSON_NAME_BYTES_MAX; len > 0 && (text.data[len] & 0xc0) == 0x80;)
            len--;
    if (len > 0)
        memcpy(out, text.data, len);
    out[len] = '\0';
    return len > 0 ? HF_OK : HF_ERR_NOT_FOUND;
}

enum hf_status hf_replica_person_name(struct hf_replica *replica, const struct hf_id *person,
                                      char out[HF_PERSON_NAME_BYTES_MAX + 1])
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_record_load(replica, person, &state, NULL);
    if (status == HF_OK) {
        /* Staff records live in the office case; anybody could put another of that type into a case of theirs. */
        bool staff = hf_id_equal(&state.case_id, &replica->office_case);
        status = staff ? copy_name(name_in(&state), out) : HF_ERR_NOT_FOUND;
        hf_record_state_clear(&state);
    }
    const struct hf_identity *own = replica->identity;
    if (status == HF_ERR_NOT_FOUND && own->person_name[0] && hf_id_equal(person, &own->person)) {
        memcpy(out, own->person_name, sizeof own->person_name);
        status = HF_OK;
    }
    return status;
}

/* --- authors --- */

enum hf_status hf_replica_author_of(struct hf_replica *replica, uint64_t device, struct hf_author *out)
{
    struct hf_rows rows;
    struct hf_device found;
    *out = (struct hf_author){.person = hf_id_zero()};
    hf_rows_begin(&rows, replica, HF_STATEMENT_DEVICE_BY_NUMBER);
    hf_rows_bind_u64(&rows, device);
    enum hf_status status = read_device(&rows, &found, NULL);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status != HF_OK)
        return status;
    const struct hf_identity *own = replica->identity;
    out->person = found.person;
    if (memcmp(found.key, own->sign.public_key, sizeof found.key) == 0 && hf_id_is_zero(&found.person))
        out->person = own->person;
    if (hf_id_is_zero(&out->person))
        return HF_OK;
    status = hf_replica_person_name(replica, &out->person, out->name);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}
