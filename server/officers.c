#include "server/officers.h"
#include "server/erase.h"

#include "core/base/mutant.h"
#include "core/model/body_caseload.h"
#include "core/pack/cursor.h"

#include <ctype.h>

/* --- who is one --------------------------------------------------------------------------------------------------- */

static struct hf_slice text_of(const struct hf_record_state *state, uint16_t field)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, hf_merge_plain_value(type, hf_record_state_field(state, field)), 1);
    return hf_cursor_text(&cursor, 0);
}

enum hf_status hf_officers_is(struct hf_batch *batch, const struct hf_id *person, bool *out)
{
    struct hf_batch_state *state = NULL;
    enum hf_role role;
    enum hf_status status = hf_batch_state(batch, person, &state);
    if (status == HF_OK)
        *out = state->state.type == HF_RECORD_PERSON &&
               hf_id_equal(&state->state.case_id, &batch->office->office_case) &&
               hf_slice_equal(text_of(&state->state, HF_FIELD_PERSON_OFFICER), hf_slice_str("yes")) &&
               hf_role_parse(text_of(&state->state, HF_FIELD_PERSON_ROLE), &role) == HF_OK && hf_officer_may_be(role);
    return status;
}

enum hf_status hf_officers_need(struct hf_office *office, const struct hf_acting *who, struct hf_error *err)
{
    struct hf_batch batch; /* only its view of the staff list is used */
    struct hf_device_row *device = NULL;
    bool officer = false, in_use = false;
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_officers_is(&batch, &who->person, &officer);
    if (status == HF_OK)
        status = hf_batch_device(&batch, who->device, &device);
    if (status == HF_OK)
        in_use = device->state == HF_DEVICE_ACTIVE && hf_id_equal(&device->person, &who->person);
    else if (status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    hf_batch_clear(&batch);
    if (status != HF_OK || (officer && in_use))
        return status;
    if (officer)
        return hf_error_set(err, HF_ERR_DENIED,
                            "The device of the records officer who asked for this is not in use any more. Ask anew.");
    return hf_error_set(err, HF_ERR_DENIED,
                        "Only a records officer may do this. An administrator gives somebody that right: `holdfast "
                        "office person officer NAME --give`.");
}

/* --- giving and taking -------------------------------------------------------------------------------------------- */

static enum hf_status write_note(struct hf_batch *batch, const struct hf_id *person, bool given)
{
    struct hf_caseload_note note = {.what = HF_CASELOAD_OFFICER, .person = *person, .given = given};
    return hf_batch_note(batch, &note);
}

enum hf_status hf_officers_write(struct hf_batch *batch, const struct hf_id *person, bool given,
                                 const struct hf_class_key *key, struct hf_error *err)
{
    enum hf_status status =
        hf_people_write_field(batch, person, HF_FIELD_PERSON_OFFICER, hf_slice_str(given ? "yes" : "no"), key, err);
    return status == HF_OK ? write_note(batch, person, given) : status;
}

/* The same name, whatever its capitals and spaces. */
static bool same_name(struct hf_slice a, struct hf_slice b)
{
    size_t i = 0, j = 0;
    while (i < a.len || j < b.len) {
        if (i < a.len && isspace(a.data[i]))
            i++;
        else if (j < b.len && isspace(b.data[j]))
            j++;
        else if (i == a.len || j == b.len || tolower(a.data[i++]) != tolower(b.data[j++]))
            return false;
    }
    return true;
}

struct staff {
    const struct hf_id *person;
    bool found, officer;
    enum hf_role role;
    struct hf_buf name;
    const struct hf_buf *other; /* second walk: an officer of this name, who is somebody else in the list */
    bool twice;
};

static bool look_at(void *ctx, const struct hf_person_row *row)
{
    struct staff *staff = ctx;
    const bool this_one = hf_id_equal(&row->person, staff->person);
    if (staff->other) {
        staff->twice = !this_one && row->officer && same_name(row->name, hf_buf_slice(staff->other));
        return !staff->twice;
    }
    if (!this_one)
        return true;
    staff->found = hf_role_parse(row->role, &staff->role) == HF_OK;
    staff->officer = row->officer;
    hf_buf_append_slice(&staff->name, row->name);
    return false;
}

static enum hf_status check_gift(struct hf_office *office, struct staff *staff, struct hf_error *err)
{
    if (office->acting && hf_id_equal(&office->acting->person, staff->person))
        return hf_error_set(err, HF_ERR_DENIED, "Nobody gives this right to themselves. Ask another administrator.");
    if (!hf_officer_may_be(staff->role))
        return hf_error_set(err, HF_ERR_INVALID,
                            "A records officer sees every case, so only people of the office and managers can be one. "
                            "This person has the role %s.",
                            hf_role_name(staff->role));
    staff->other = &staff->name;
    enum hf_status status = hf_enrol_people(office, look_at, staff);
    if (status == HF_OK && staff->twice)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "Somebody of this name is a records officer already, under another entry of the staff "
                            "list. One person cannot be both officers; two people of one name need names that differ.");
    return status;
}

static enum hf_status commit(struct hf_office *office, const struct hf_id *person, bool given, struct hf_error *err)
{
    struct hf_class_key key = {0};
    struct hf_batch batch;
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_batch_office_key(&batch, &key);
    if (status == HF_OK)
        status = hf_officers_write(&batch, person, given, &key, err);
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_wipe(&key, sizeof key);
    hf_batch_clear(&batch);
    return status;
}

enum hf_status hf_officers_set(struct hf_office *office, const struct hf_id *person, bool given, struct hf_error *err)
{
    struct staff staff = {.person = person};
    /* What two officers confirmed, and a disk broke off, is logged while they still are officers. */
    enum hf_status status = office->is_erasing ? hf_erase_settle(office, err) : HF_OK;
    if (status == HF_OK)
        status = hf_enrol_people(office, look_at, &staff);
    if (status == HF_OK)
        status = hf_buf_status(&staff.name);
    if (status == HF_OK && !staff.found)
        status =
            hf_error_set(err, HF_ERR_NOT_FOUND, "There is no such person. `holdfastd person list` shows who there is.");
    const bool changes = staff.officer != given;
    if (status == HF_OK && changes && given)
        status = check_gift(office, &staff, err);
    if (status == HF_OK && changes)
        status = commit(office, person, given, err);
    hf_buf_clear(&staff.name);
    return status;
}

/* --- what only they write ----------------------------------------------------------------------------------------- */

struct own_work {
    struct hf_batch *batch;
    const struct hf_id *person;
    bool found;
    enum hf_status status;
};

static bool look_for_author(void *ctx, const struct hf_entry_row *row)
{
    struct own_work *own = ctx;
    struct hf_device_row *device = NULL;
    struct hf_leaf leaf;
    if (row->hold != HF_HOLD_NONE || row->waiting)
        return true;
    own->status = hf_leaf_decode(row->leaf, &leaf);
    if (own->status != HF_OK)
        return false;
    const enum hf_status status = hf_batch_device(own->batch, leaf.device, &device);
    if (status == HF_OK)
        own->found = hf_id_equal(&device->person, own->person);
    else if (status != HF_ERR_NOT_FOUND) /* the server's own */
        own->status = status;
    return own->status == HF_OK && !own->found;
}

/* The record that it is about: as the change says, or as it stands. */
static enum hf_status about(struct hf_batch *batch, const struct hf_data_body *body, struct hf_id *out)
{
    struct hf_batch_state *state = NULL;
    struct hf_cursor cursor;
    enum hf_status status = hf_batch_state(batch, &body->record_id, &state);
    if (status != HF_OK)
        return status;
    struct hf_slice value =
        hf_merge_plain_value(hf_model_type(body->type), hf_record_state_field(&state->state, HF_FIELD_PARENT));
    for (uint32_t i = 0; i < body->edit_count; i++)
        if (body->edits[i].field == HF_FIELD_PARENT)
            value = body->edits[i].value;
    hf_cursor_init(&cursor, value, 1);
    const struct hf_id id = hf_cursor_id(&cursor);
    *out = hf_cursor_end(&cursor) == HF_OK ? id : hf_id_zero();
    return HF_OK;
}

enum hf_status hf_officers_decide(struct hf_batch *batch, const struct hf_id *author, const struct hf_data_body *body,
                                  enum hf_hold *out_hold)
{
    struct hf_store *store = batch->office->store;
    struct own_work own = {.batch = batch, .person = author};
    struct hf_id entry = hf_id_zero();
    bool officer = false;
    if (!hf_officer_writes(body->type))
        return HF_OK;
    enum hf_status status = hf_officers_is(batch, author, &officer);
    if (status == HF_OK)
        status = about(batch, body, &entry);
    if (status == HF_OK && officer && !hf_id_is_zero(&entry))
        status = store->ops->changes_of(store, &entry, look_for_author, &own);
    for (size_t i = 0; status == HF_OK && i < batch->entry_count && !own.found; i++)
        if (hf_id_equal(&batch->entries[i].row.record_id, &entry))
            (void)look_for_author(&own, &batch->entries[i].row);
    if (status == HF_OK)
        status = own.status;
    if (status == HF_OK && (!officer || own.found) && !HF_MUTANT(OFFICER_UNCHECKED))
        *out_hold = HF_HOLD_OFFICER;
    return status;
}
