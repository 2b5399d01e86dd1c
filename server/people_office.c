#include "server/people_office.h"
#include "server/erase.h"

#include "core/base/mutant.h"
#include "core/base/text.h"
#include "core/model/body_caseload.h"
#include "core/pack/writer.h"
#include "server/officers.h"
#include "server/row.h"

#include <string.h>

/* --- a new person --- */

struct same_person {
    struct hf_slice name, role;
    bool found;
    struct hf_id person;
};

static bool look_for_same(void *ctx, const struct hf_person_row *row)
{
    struct same_person *same = ctx;
    same->found = hf_slice_equal(same->name, row->name) && hf_slice_equal(same->role, row->role);
    if (same->found)
        same->person = row->person;
    return !same->found;
}

enum hf_status hf_people_add(struct hf_office *office, struct hf_slice name, enum hf_role role,
                             struct hf_id *out_person, struct hf_error *err)
{
    struct same_person same = {.name = name, .role = hf_slice_str(hf_role_name(role))};
    struct hf_batch batch;
    if (name.len == 0 || name.len > HF_LIMIT_PERSON_NAME_BYTES || !hf_text_is_utf8(name))
        return hf_error_set(err, HF_ERR_INVALID, "The person's name must be 1 to 200 bytes of text.");
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_enrol_people(office, look_for_same, &same);
    if (status == HF_OK && !same.found) {
        status = hf_enrol_add_person_in(&batch, name, role, &same.person, err);
        if (status == HF_OK)
            status = hf_batch_commit(&batch);
    }
    hf_batch_clear(&batch);
    if (status != HF_OK)
        return hf_error_set(err, status, "The person could not be added: %s", hf_status_text(status));
    *out_person = same.person;
    return HF_OK;
}

/* --- another role --- */

/* Built on all values that stand there, so that no clash is left. */
enum hf_status hf_people_write_field(struct hf_batch *batch, const struct hf_id *person, uint16_t field,
                                     struct hf_slice text, const struct hf_class_key *key, struct hf_error *err)
{
    struct hf_batch_state *state = NULL;
    struct hf_id bases[HF_EDIT_BASES_MAX];
    struct hf_buf value = {0}, body = {0};
    struct hf_edit_input edit = {.field = field, .bases = bases};
    enum hf_status status = hf_batch_state(batch, person, &state);
    if (status != HF_OK)
        return status;
    edit.base_count = hf_merge_heads(hf_record_state_field(&state->state, field), bases, HF_EDIT_BASES_MAX);
    if (edit.base_count > HF_EDIT_BASES_MAX)
        return HF_ERR_LIMIT;
    hf_pack_text(&value, text);
    edit.value = hf_buf_slice(&value);
    struct hf_data_body_input input = {.case_id = batch->office->office_case,
                                       .record_id = *person,
                                       .type = HF_RECORD_PERSON,
                                       .edits = &edit,
                                       .edit_count = 1};
    status = hf_data_body_encode(&input, &body, err);
    if (status == HF_OK)
        status = hf_batch_server_leaf(batch, HF_LEAF_DATA, key, hf_buf_slice(&body));
    hf_buf_clear(&value);
    hf_buf_clear(&body);
    return status;
}

static enum hf_status write_note(struct hf_batch *batch, const struct hf_id *person, enum hf_role role,
                                 const struct hf_class_key *key)
{
    struct hf_caseload_note note = {.what = HF_CASELOAD_ROLE, .person = *person, .role = role};
    struct hf_buf body = {0};
    hf_caseload_note_encode(&note, &body);
    enum hf_status status = hf_buf_status(&body);
    if (status == HF_OK)
        status = hf_batch_server_leaf(batch, HF_LEAF_NOTE, key, hf_buf_slice(&body));
    hf_buf_clear(&body);
    return status;
}

struct owned_devices {
    const struct hf_id *person;
    enum hf_role role;
    struct hf_batch *batch;
    struct hf_buf rows;
};

static bool collect_device(void *ctx, const struct hf_device_row *row)
{
    struct owned_devices *owned = ctx;
    if (hf_id_equal(&row->person, owned->person) && row->role != HF_ROLE_SERVER && row->role != owned->role)
        hf_buf_append(&owned->rows, row->device, sizeof row->device);
    return hf_buf_status(&owned->rows) == HF_OK;
}

static enum hf_status set_devices(struct hf_batch *batch, const struct hf_id *person, enum hf_role role)
{
    struct owned_devices owned = {.person = person, .role = role, .batch = batch};
    struct hf_store *store = batch->office->store;
    enum hf_status status = store->ops->devices(store, collect_device, &owned);
    if (status == HF_OK)
        status = hf_buf_status(&owned.rows);
    for (size_t at = 0; status == HF_OK && at < owned.rows.len; at += HF_SIGN_PUBLIC_BYTES) {
        struct hf_device_row *row = NULL;
        status = hf_batch_device(batch, owned.rows.data + at, &row);
        if (status == HF_OK && !HF_MUTANT(ROLE_OF_ENROLMENT))
            row->role = role;
    }
    hf_buf_clear(&owned.rows);
    return status;
}

struct role_search {
    const struct hf_id *person;
    enum hf_role role;
    bool found, same, officer;
};

static bool search_role(void *ctx, const struct hf_person_row *row)
{
    struct role_search *search = ctx;
    search->found = hf_id_equal(&row->person, search->person);
    search->officer = row->officer;
    search->same = search->found && hf_slice_equal(row->role, hf_slice_str(hf_role_name(search->role)));
    return !search->found;
}

enum hf_status hf_people_set_role(struct hf_office *office, const struct hf_id *person, enum hf_role role,
                                  struct hf_error *err)
{
    struct role_search search = {.person = person, .role = role};
    struct hf_class_key key = {0};
    struct hf_batch batch;
    /* What two officers confirmed, and a disk broke off, is logged while they still are officers. */
    enum hf_status status = office->is_erasing ? hf_erase_settle(office, err) : HF_OK;
    if (status == HF_OK)
        status = hf_enrol_people(office, search_role, &search);
    if (status == HF_OK && !search.found)
        return hf_error_set(err, HF_ERR_NOT_FOUND,
                            "There is no such person. `holdfastd person list` shows who there is.");
    if (status != HF_OK || search.same)
        return status;
    hf_batch_begin(&batch, office);
    status = hf_batch_office_key(&batch, &key);
    if (status == HF_OK)
        status =
            hf_people_write_field(&batch, person, HF_FIELD_PERSON_ROLE, hf_slice_str(hf_role_name(role)), &key, err);
    if (status == HF_OK)
        status = write_note(&batch, person, role, &key);
    if (status == HF_OK)
        status = set_devices(&batch, person, role);
    if (status == HF_OK && search.officer && !hf_officer_may_be(role) &&
        !HF_MUTANT(OFFICER_STAYS)) /* the right goes with the role */
        status = hf_officers_write(&batch, person, false, &key, err);
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    if (status == HF_OK && !HF_MUTANT(ROLE_OF_THE_LINE))
        office->standing++;
    hf_wipe(&key, sizeof key);
    hf_batch_clear(&batch);
    return status == HF_OK ? HF_OK
                           : hf_error_set(err, status, "The role could not be changed: %s", hf_status_text(status));
}

/* --- the role of now, once more --- */

struct note_search {
    struct hf_office *office;
    const struct hf_id *person;
    bool found;
    enum hf_status status;
};

static bool search_note(void *ctx, const struct hf_entry_row *row)
{
    struct note_search *search = ctx;
    struct hf_buf bytes = {0};
    struct hf_caseload_note note;
    if (row->kind != HF_LEAF_NOTE || row->hold != HF_HOLD_NONE || row->payload.len == 0)
        return true;
    search->status = hf_row_open(search->office, row, &bytes);
    if (search->status == HF_OK && hf_caseload_note_decode(hf_buf_slice(&bytes), &note) == HF_OK)
        search->found = note.what == HF_CASELOAD_ROLE && hf_id_equal(&note.person, search->person);
    hf_buf_clear(&bytes);
    return search->status == HF_OK && !search->found;
}

static enum hf_status say_role(struct hf_office *office, const struct hf_id *person, enum hf_role role)
{
    struct hf_class_key key = {0};
    struct hf_batch batch;
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_batch_office_key(&batch, &key);
    if (status == HF_OK)
        status = write_note(&batch, person, role, &key);
    if (status == HF_OK)
        status = set_devices(&batch, person, role);
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    if (status == HF_OK)
        office->standing++;
    hf_wipe(&key, sizeof key);
    hf_batch_clear(&batch);
    return status;
}

enum hf_status hf_people_say_role(struct hf_office *office, const struct hf_id *person, uint64_t shard)
{
    struct note_search search = {.office = office, .person = person};
    const struct hf_feed_filter filter = {.one_case = true, .case_id = office->office_case};
    struct hf_device_row row = {.person = *person, .role = HF_ROLE_SERVER};
    enum hf_status status = hf_enrol_take_role(office, &row);
    if (status != HF_OK || row.role == HF_ROLE_SERVER) /* nobody's in the staff list */
        return status;
    status = office->store->ops->feed(office->store, &filter, shard, search_note, &search);
    if (status == HF_OK)
        status = search.status;
    return status == HF_OK && !search.found ? say_role(office, person, row.role) : status;
}
