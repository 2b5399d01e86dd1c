/* Who has which role in a case. */
#include "core/policy/book_internal.h"

#include <string.h>

/* Fields of the case record that name somebody for a role have the role's own name. */
static const char *const case_roles[] = {"child_sw", "ssw", "iro", "team_manager", "fostering_manager"};

#define CASE_ROLE_COUNT (sizeof case_roles / sizeof case_roles[0])

/* The word of the model's own list, which lives for ever; NULL for any other. */
static const char *role_word(struct hf_slice role)
{
    const struct hf_record_spec *type = hf_model_type(HF_RECORD_POST);
    const struct hf_field_spec *field = hf_model_field_named(type, hf_slice_str("role"));
    for (const char *const *code = field->codes; *code; code++)
        if (hf_slice_equal(role, hf_slice_str(*code)))
            return *code;
    return NULL;
}

static struct hf_id named_in_case(const struct hf_record_state *case_record, const char *role)
{
    struct hf_policy_value value = {.kind = HF_VALUE_NONE};
    for (size_t i = 0; case_record && i < CASE_ROLE_COUNT; i++)
        if (strcmp(case_roles[i], role) == 0)
            value = hf_book_value(case_record, role);
    return value.kind == HF_VALUE_REF ? value.ref : hf_id_zero();
}

static bool of_team(const struct hf_record_state *post, const struct hf_record_state *case_record)
{
    const struct hf_policy_value team =
        case_record ? hf_book_value(case_record, "team") : (struct hf_policy_value){.kind = HF_VALUE_NONE};
    return team.kind == HF_VALUE_TEXT && hf_book_value_is_text(post, "team", team.text);
}

static bool is_post(const struct hf_record_state *record, const char *role, hf_day day)
{
    return record->type == HF_RECORD_POST && hf_book_value_is_text(record, "role", hf_slice_str(role)) &&
           hf_book_in_force(record, day) && hf_book_value(record, "person").kind == HF_VALUE_REF;
}

/* The post of the case's team; without one the only person who holds it. Two people of whom none is of the team: nobody
 * is named, a list of both would make nobody responsible. */
static struct hf_id holder_of(const struct hf_book *book, const struct hf_record_state *case_record, const char *role,
                              hf_day day)
{
    struct hf_id only = hf_id_zero();
    bool several = false;
    for (size_t i = 0; i < book->record_count; i++) {
        const struct hf_record_state *record = &book->records[i];
        if (!is_post(record, role, day))
            continue;
        const struct hf_id person = hf_book_value(record, "person").ref;
        if (of_team(record, case_record))
            return person;
        several = several || (!hf_id_is_zero(&only) && !hf_id_equal(&only, &person));
        only = person;
    }
    return several ? hf_id_zero() : only;
}

/* One step: whoever covers for somebody who covers is not looked for, so that no circle can arise. */
static struct hf_id cover_of(const struct hf_book *book, const struct hf_id *person, hf_day day)
{
    const struct hf_record_state *best = NULL;
    for (size_t i = 0; i < book->record_count; i++) {
        const struct hf_record_state *record = &book->records[i];
        if (record->type == HF_RECORD_COVER && hf_book_names(record, "person", person) &&
            hf_book_in_force(record, day) && hf_book_value(record, "by").kind == HF_VALUE_REF &&
            (!best || hf_id_compare(&record->record_id, &best->record_id) > 0))
            best = record;
    }
    return best ? hf_book_value(best, "by").ref : hf_id_zero();
}

struct hf_book_person hf_book_who(const struct hf_book *book, const struct hf_record_state *case_record,
                                  const char *role, uint64_t now_ms)
{
    const hf_day day = hf_london_day(now_ms);
    struct hf_book_person out = {.person = named_in_case(case_record, role)};
    if (hf_id_is_zero(&out.person))
        out.person = holder_of(book, case_record, role, day);
    if (hf_id_is_zero(&out.person))
        return out;
    const struct hf_id cover = cover_of(book, &out.person, day);
    if (!hf_id_is_zero(&cover)) {
        out.instead_of = out.person;
        out.person = cover;
    }
    return out;
}

struct role_list {
    const char **out;
    size_t count;
};

static void add_role(struct role_list *list, const char *role)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->out[i], role) == 0)
            return;
    if (list->count < HF_BOOK_ROLES_MAX)
        list->out[list->count++] = role;
}

static void add_roles_of(const struct hf_book *book, const struct hf_record_state *case_record,
                         const struct hf_id *person, hf_day day, struct role_list *list)
{
    for (size_t i = 0; i < CASE_ROLE_COUNT; i++) {
        const struct hf_id named = named_in_case(case_record, case_roles[i]);
        if (hf_id_equal(&named, person))
            add_role(list, case_roles[i]);
    }
    for (size_t i = 0; i < book->record_count; i++) {
        const struct hf_record_state *record = &book->records[i];
        if (record->type != HF_RECORD_POST || !hf_book_names(record, "person", person) ||
            !hf_book_in_force(record, day))
            continue;
        const char *role = role_word(hf_book_value(record, "role").text);
        if (role)
            add_role(list, role);
    }
}

size_t hf_book_roles(const struct hf_book *book, const struct hf_record_state *case_record, const struct hf_id *person,
                     uint64_t now_ms, const char *out[HF_BOOK_ROLES_MAX])
{
    struct role_list list = {.out = out};
    const hf_day day = hf_london_day(now_ms);
    add_roles_of(book, case_record, person, day, &list);
    for (size_t i = 0; i < book->record_count; i++) {
        const struct hf_record_state *record = &book->records[i];
        const struct hf_policy_value away = hf_book_value(record, "person");
        if (record->type == HF_RECORD_COVER && away.kind == HF_VALUE_REF && hf_book_names(record, "by", person) &&
            hf_book_in_force(record, day))
            add_roles_of(book, case_record, &away.ref, day, &list);
    }
    return list.count;
}

size_t hf_book_case_roles(const struct hf_record_state *case_record, const struct hf_id *person,
                          const char *out[HF_BOOK_ROLES_MAX])
{
    struct role_list list = {.out = out};
    for (size_t i = 0; i < CASE_ROLE_COUNT; i++) {
        const struct hf_id named = named_in_case(case_record, case_roles[i]);
        if (!hf_id_is_zero(&named) && hf_id_equal(&named, person))
            add_role(&list, case_roles[i]);
    }
    return list.count;
}

bool hf_book_begun(const struct hf_record_state *record, const char *field, uint64_t now_ms)
{
    const struct hf_policy_value value = hf_book_value(record, field);
    return value.kind != HF_VALUE_MOMENT || value.moment.day <= hf_london_day(now_ms);
}

bool hf_book_over(const struct hf_record_state *record, const char *field, uint64_t now_ms)
{
    const struct hf_policy_value value = hf_book_value(record, field);
    return value.kind == HF_VALUE_MOMENT && value.moment.day < hf_london_day(now_ms);
}

bool hf_book_cover(const struct hf_book *book, size_t index, uint64_t now_ms, struct hf_book_cover *out)
{
    const struct hf_record_state *record = NULL;
    for (size_t i = 0; i < book->record_count && !record; i++)
        if (book->records[i].type == HF_RECORD_COVER && index-- == 0)
            record = &book->records[i];
    if (!record)
        return false;
    const hf_day day = hf_london_day(now_ms);
    const struct hf_policy_value from = hf_book_value(record, "from");
    const struct hf_policy_value until = hf_book_value(record, "until");
    *out = (struct hf_book_cover){.record = record->record_id,
                                  .person = hf_book_reference(record, "person"),
                                  .by = hf_book_reference(record, "by")};
    const bool named = !hf_id_is_zero(&out->person) && !hf_id_is_zero(&out->by);
    out->in_force = named && hf_book_in_force(record, day);
    if (named && from.kind == HF_VALUE_MOMENT && from.moment.day > day)
        out->turns_ms = hf_london_day_start(from.moment.day);
    else if (named && until.kind == HF_VALUE_MOMENT && until.moment.day >= day)
        out->turns_ms = hf_london_day_start(until.moment.day + 1);
    return true;
}

static void earlier(uint64_t *io_ms, hf_day turns, hf_day today)
{
    const uint64_t ms = hf_london_day_start(turns);
    if (turns > today && (*io_ms == 0 || ms < *io_ms))
        *io_ms = ms;
}

uint64_t hf_book_turns(const struct hf_book *book, uint64_t now_ms)
{
    const hf_day today = hf_london_day(now_ms);
    uint64_t first_ms = 0;
    hf_day day = 0;
    for (size_t i = 0; i < book->file_count; i++)
        if (book->files[i].is_pack && hf_day_parse(hf_slice_str(book->files[i].effective_from), &day) == HF_OK)
            earlier(&first_ms, day, today);
    for (size_t i = 0; i < book->record_count; i++) {
        const struct hf_policy_value from = hf_book_value(&book->records[i], "from");
        const struct hf_policy_value until = hf_book_value(&book->records[i], "until");
        if (from.kind == HF_VALUE_MOMENT)
            earlier(&first_ms, from.moment.day, today);
        if (until.kind == HF_VALUE_MOMENT)
            earlier(&first_ms, until.moment.day + 1, today);
    }
    return first_ms;
}
