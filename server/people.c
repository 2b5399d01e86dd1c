/* People: the staff records of the office case. */
#include "core/pack/cursor.h"
#include "server/enrol.h"

#include <string.h>

struct people_walk {
    bool (*each)(void *ctx, const struct hf_person_row *row);
    void *ctx;
    enum hf_status status;
    bool go_on;
};

/* Text of a single-value field; of several heads the first, so that a person always has a name. */
static struct hf_slice text_of(const struct hf_record_state *state, uint16_t field)
{
    const struct hf_field_state *found = hf_record_state_field(state, field);
    if (!found || found->count == 0)
        return hf_slice_of(NULL, 0);
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, found->entries[0].value, 1);
    return hf_cursor_text(&cursor, 0);
}

static bool person_of_record(void *ctx, const struct hf_record_write *row)
{
    struct people_walk *walk = ctx;
    if (row->type != HF_RECORD_PERSON)
        return true;
    struct hf_record_state state = {0};
    walk->status = hf_record_state_decode(row->packed, &state);
    if (walk->status != HF_OK)
        return false;
    struct hf_person_row person = {.person = row->record_id,
                                   .name = text_of(&state, HF_FIELD_PERSON_NAME),
                                   .role = text_of(&state, HF_FIELD_PERSON_ROLE),
                                   .officer =
                                       hf_slice_equal(text_of(&state, HF_FIELD_PERSON_OFFICER), hf_slice_str("yes"))};
    walk->go_on = walk->each(walk->ctx, &person);
    hf_record_state_clear(&state);
    return walk->go_on;
}

enum hf_status hf_enrol_people(struct hf_office *office, bool (*each)(void *ctx, const struct hf_person_row *row),
                               void *ctx)
{
    struct people_walk walk = {.each = each, .ctx = ctx};
    enum hf_status status = office->store->ops->records(office->store, &office->office_case, person_of_record, &walk);
    return status == HF_OK ? walk.status : status;
}

struct find {
    struct hf_slice name;
    const struct hf_id *id;
    size_t count;
    struct hf_id person;
};

static bool find_one(void *ctx, const struct hf_person_row *row)
{
    struct find *find = ctx;
    bool fits = find->id ? hf_id_equal(find->id, &row->person) : hf_slice_equal(find->name, row->name);
    if (fits) {
        find->count++;
        find->person = row->person;
    }
    return true;
}

enum hf_status hf_enrol_find_person(struct hf_office *office, struct hf_slice name_or_id, struct hf_id *out_person,
                                    struct hf_error *err)
{
    struct hf_id id;
    struct find find = {.name = name_or_id};
    if (hf_id_parse(name_or_id, &id) == HF_OK)
        find.id = &id;
    enum hf_status status = hf_enrol_people(office, find_one, &find);
    if (status != HF_OK)
        return hf_error_set(err, status, "The staff records could not be read: %s", hf_status_text(status));
    if (find.count == 0)
        return hf_error_set(err, HF_ERR_NOT_FOUND,
                            "There is nobody called “%.*s” here. `holdfastd person list` shows who there is.",
                            (int)name_or_id.len, (const char *)name_or_id.data);
    if (find.count > 1)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "There are %zu people called “%.*s”. Use the id that `holdfastd person list` shows.",
                            find.count, (int)name_or_id.len, (const char *)name_or_id.data);
    *out_person = find.person;
    return HF_OK;
}

struct name_of {
    const struct hf_id *person;
    struct hf_buf *out;
};

static bool name_one(void *ctx, const struct hf_person_row *row)
{
    struct name_of *name = ctx;
    if (!hf_id_equal(&row->person, name->person))
        return true;
    hf_buf_append_slice(name->out, row->name);
    return false;
}

void hf_enrol_person_name(struct hf_office *office, const struct hf_id *person, struct hf_buf *out)
{
    struct name_of name = {.person = person, .out = out};
    if (hf_enrol_people(office, name_one, &name) != HF_OK)
        return;
}
