#include "server/standin.h"

#include "server/enrol.h"
#include "server/row.h"

#include <string.h>

struct standin {
    struct hf_batch *batch;
    const struct hf_book *book;
    const struct hf_id *case_id;
    const struct hf_policies_records *records;
    const struct hf_record_state *case_record; /* or NULL */
};

/* --- what stands now ---------------------------------------------------------------------------------------------- */

struct holding {
    const struct hf_id *case_id;
    bool found, held;
    uint64_t index; /* of the note that says so */
};

static bool find_holding(void *ctx, const struct hf_assignment_row *row)
{
    struct holding *holding = ctx;
    if (!hf_id_equal(&row->case_id, holding->case_id))
        return true;
    holding->found = true;
    holding->held = row->held;
    holding->index = row->index;
    return false;
}

static enum hf_status holding_of(const struct standin *standin, const struct hf_id *person, struct holding *out)
{
    const struct hf_batch *batch = standin->batch;
    struct hf_store *store = batch->office->store;
    *out = (struct holding){.case_id = standin->case_id};
    for (size_t i = batch->assignment_count; i > 0 && !out->found; i--)
        if (hf_id_equal(&batch->assignments[i - 1].person, person))
            (void)find_holding(out, &batch->assignments[i - 1]);
    return out->found ? HF_OK : store->ops->assignments(store, person, find_holding, out);
}

struct reading {
    struct hf_office *office;
    bool is_cover;
    enum hf_status status;
};

static bool read_reason(void *ctx, const struct hf_entry_row *row)
{
    struct reading *reading = ctx;
    struct hf_buf bytes = {0};
    struct hf_note_body note;
    reading->status = hf_row_open(reading->office, row, &bytes);
    if (reading->status == HF_OK && hf_note_body_decode(hf_buf_slice(&bytes), &note) == HF_OK)
        reading->is_cover = note.what == HF_NOTE_ASSIGN && hf_slice_equal(note.reason_code, hf_slice_str("cover"));
    hf_buf_clear(&bytes);
    return false;
}

/* Whether the note at this index gave the case as cover; one of this very batch is not asked about. */
static enum hf_status was_cover(const struct standin *standin, uint64_t index, bool *out)
{
    struct hf_store *store = standin->batch->office->store;
    struct reading reading = {.office = standin->batch->office};
    *out = false;
    if (index >= standin->batch->first_index)
        return HF_OK;
    enum hf_status status = store->ops->entries(store, index, 1, read_reason, &reading);
    *out = reading.is_cover;
    return status == HF_OK ? reading.status : status;
}

struct role_search {
    const struct hf_id *person;
    bool holds_cases;
};

static bool find_role(void *ctx, const struct hf_person_row *row)
{
    struct role_search *search = ctx;
    enum hf_role role;
    if (!hf_id_equal(&row->person, search->person))
        return true;
    search->holds_cases = hf_role_parse(row->role, &role) == HF_OK && hf_enrol_role_holds_cases(role);
    return false;
}

static enum hf_status give(const struct standin *standin, const struct hf_id *person, const char *reason)
{
    struct role_search search = {.person = person};
    enum hf_status status = hf_enrol_people(standin->batch->office, find_role, &search);
    if (status != HF_OK || !search.holds_cases)
        return status;
    return hf_enrol_assign_in(standin->batch, standin->case_id, person, true, hf_slice_str(reason));
}

struct author {
    struct hf_batch *batch;
    bool found, may;
    uint64_t index;
    enum hf_status status;
};

/* The first change of the record that counts: who wrote it, and where it stands. */
static bool read_author(void *ctx, const struct hf_entry_row *row)
{
    struct author *author = ctx;
    struct hf_device_row *device = NULL;
    struct hf_leaf leaf;
    if (row->hold != HF_HOLD_NONE || row->waiting)
        return true;
    author->found = true;
    author->index = row->index;
    author->status = hf_leaf_decode(row->leaf, &leaf);
    if (author->status == HF_OK)
        author->status = hf_batch_device(author->batch, leaf.device, &device);
    author->may = author->status == HF_OK && (device->role == HF_ROLE_MANAGER || device->role == HF_ROLE_OFFICE);
    return false;
}

static enum hf_status first_change(const struct standin *standin, const struct hf_id *record, struct author *author)
{
    struct hf_store *store = standin->batch->office->store;
    enum hf_status status = store->ops->changes_of(store, record, read_author, author);
    return status == HF_OK ? author->status : status;
}

/* --- cover -------------------------------------------------------------------------------------------------------- */

static bool has_part(const struct standin *standin, const struct hf_id *person)
{
    const char *roles[HF_BOOK_ROLES_MAX];
    return hf_book_case_roles(standin->case_record, person, roles) > 0;
}

/* Whether somebody who is away today, and who has a part in the case, is covered by this person. Who holds the case as
 * cover themselves passes it on to nobody. */
static enum hf_status is_due(const struct standin *standin, const struct hf_id *by, bool *out)
{
    struct hf_book_cover cover;
    enum hf_status status = HF_OK;
    *out = false;
    for (size_t i = 0; status == HF_OK && !*out && hf_book_cover(standin->book, i, standin->batch->now_ms, &cover);
         i++) {
        struct holding holding;
        bool passed_on = false;
        if (!cover.in_force || !hf_id_equal(&cover.by, by))
            continue;
        status = holding_of(standin, &cover.person, &holding);
        if (status == HF_OK && holding.held)
            status = was_cover(standin, holding.index, &passed_on);
        *out = has_part(standin, &cover.person) || (holding.held && !passed_on);
    }
    return status;
}

/* What the office took away after the cover was recorded stays away. */
static enum hf_status give_cover(const struct standin *standin, const struct hf_book_cover *cover,
                                 const struct holding *holding)
{
    struct author author = {.batch = standin->batch};
    bool by_itself = false;
    enum hf_status status = first_change(standin, &cover->record, &author);
    if (status == HF_OK && holding->found && holding->index > author.index) {
        status = was_cover(standin, holding->index, &by_itself);
        if (status == HF_OK && !by_itself)
            return HF_OK;
    }
    return status == HF_OK ? give(standin, &cover->by, "cover") : status;
}

static enum hf_status look_at_cover(const struct standin *standin, const struct hf_book_cover *cover)
{
    struct holding holding;
    bool due = false, given = false;
    enum hf_status status = holding_of(standin, &cover->by, &holding);
    if (status == HF_OK)
        status = is_due(standin, &cover->by, &due);
    if (status == HF_OK && due && !holding.held)
        return cover->in_force ? give_cover(standin, cover, &holding) : HF_OK;
    if (status == HF_OK && !due && holding.held)
        status = was_cover(standin, holding.index, &given);
    return status == HF_OK && given
               ? hf_enrol_assign_in(standin->batch, standin->case_id, &cover->by, false, hf_slice_str("cover"))
               : status;
}

/* --- handover ----------------------------------------------------------------------------------------------------- */

static enum hf_status follow_handover(const struct standin *standin, const struct hf_record_state *handover)
{
    struct author author = {.batch = standin->batch};
    struct holding from, to;
    const struct hf_id from_person = hf_book_reference(handover, "from_person");
    const struct hf_id to_person = hf_book_reference(handover, "to_person");
    if (hf_id_is_zero(&to_person) || !has_part(standin, &to_person))
        return HF_OK; /* somebody else was named since */
    enum hf_status status = first_change(standin, &handover->record_id, &author);
    if (status != HF_OK || !author.may)
        return status;
    status = holding_of(standin, &to_person, &to);
    if (status == HF_OK && !to.held && (!to.found || to.index < author.index))
        status = give(standin, &to_person, "reallocated");
    if (status == HF_OK)
        status = holding_of(standin, &from_person, &from);
    if (status == HF_OK && from.held && from.index < author.index && !hf_id_equal(&from_person, &to_person) &&
        !has_part(standin, &from_person))
        status = hf_enrol_assign_in(standin->batch, standin->case_id, &from_person, false, hf_slice_str("reallocated"));
    return status;
}

enum hf_status hf_standin_look(struct hf_batch *batch, const struct hf_book *book, const struct hf_id *case_id,
                               const struct hf_policies_records *records, uint64_t *io_wake_ms)
{
    struct standin standin = {.batch = batch, .book = book, .case_id = case_id, .records = records};
    struct hf_book_cover cover;
    enum hf_status status = HF_OK;
    for (size_t i = 0; i < records->count; i++)
        if (hf_id_equal(&records->records[i].record_id, case_id))
            standin.case_record = &records->records[i];
    for (size_t i = 0; status == HF_OK && i < records->count; i++)
        if (records->records[i].type == HF_RECORD_HANDOVER && hf_book_begun(&records->records[i], "on", batch->now_ms))
            status = follow_handover(&standin, &records->records[i]);
    for (size_t i = 0; status == HF_OK && hf_book_cover(book, i, batch->now_ms, &cover); i++) {
        if (cover.turns_ms != 0 && cover.turns_ms < *io_wake_ms)
            *io_wake_ms = cover.turns_ms;
        status = look_at_cover(&standin, &cover);
    }
    return status;
}
