#include "core/model/act.h"
#include "core/model/body_caseload.h"
#include "core/model/officer.h"
#include "core/pack/cursor.h"
#include "tools/simulator/world.h"

#include <stdlib.h>
#include <string.h>

/* --- holds: the log from its first entry ---------------------------------------------------------------------------
 */

struct standing {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    struct hf_id person;
    enum hf_role role;
    bool revoked;
};
struct right {
    struct hf_id person, case_id;
    bool held;
};
struct officer {
    struct hf_id person;
    bool given;
};
struct known {
    struct hf_id record_id, case_id;
    uint16_t type;
};
struct walk {
    struct sim_world *world;
    struct known *records; /* what has effect says what a record is */
    size_t record_count;
    struct standing devices[SIM_DEVICES_MAX + 1];
    size_t device_count;
    struct right *rights;
    size_t right_count;
    struct officer *officers; /* as given and taken, in the order of the log */
    size_t officer_count;
    uint32_t *places; /* open addressing over change ids: index + 1 */
    size_t place_cap;
};

static size_t place_of(const struct walk *walk, const struct hf_id *id)
{
    size_t slot = (size_t)hf_get_u64(id->bytes) & (walk->place_cap - 1);
    while (walk->places[slot] && !hf_id_equal(&walk->world->log.entries[walk->places[slot] - 1].change_id, id))
        slot = (slot + 1) & (walk->place_cap - 1);
    return slot;
}

static struct standing *standing_of(struct walk *walk, const uint8_t device[HF_SIGN_PUBLIC_BYTES])
{
    for (size_t i = 0; i < walk->device_count; i++)
        if (memcmp(walk->devices[i].device, device, HF_SIGN_PUBLIC_BYTES) == 0)
            return &walk->devices[i];
    return NULL;
}

static void set_right(struct walk *walk, const struct hf_id *person, const struct hf_id *case_id, bool held)
{
    walk->rights = sim_must(realloc(walk->rights, (walk->right_count + 1) * sizeof *walk->rights));
    walk->rights[walk->right_count++] = (struct right){*person, *case_id, held};
}

/* In the office case nobody of this world has business but the server. */
static bool has_right(const struct walk *walk, const struct standing *author, const struct hf_id *case_id)
{
    if (hf_id_equal(case_id, &walk->world->office_case))
        return false;
    if (author->role == HF_ROLE_OFFICE || author->role == HF_ROLE_MANAGER)
        return true;
    for (size_t i = walk->right_count; author->role == HF_ROLE_WORKER && i-- > 0;)
        if (hf_id_equal(&walk->rights[i].person, &author->person) && hf_id_equal(&walk->rights[i].case_id, case_id))
            return walk->rights[i].held;
    return false;
}

/* --- records officers ---------------------------------------------------------------------------------------------
 */

static bool is_officer(const struct walk *walk, const struct standing *author)
{
    for (size_t i = walk->officer_count; hf_officer_may_be(author->role) && i-- > 0;)
        if (hf_id_equal(&walk->officers[i].person, &author->person))
            return walk->officers[i].given;
    return false;
}

/* Nobody restricts what they wrote themselves. */
static bool wrote_in(struct walk *walk, const struct standing *author, const struct hf_id *record, size_t until)
{
    for (size_t i = 0; i < until; i++) {
        const struct sim_entry *entry = &walk->world->log.entries[i];
        const struct standing *other =
            entry->decoded.kind == HF_LEAF_DATA && entry->has_effect && hf_id_equal(&entry->record_id, record)
                ? standing_of(walk, entry->decoded.device)
                : NULL;
        if (other && hf_id_equal(&other->person, &author->person))
            return true;
    }
    return false;
}

/* The entry that a body says it is about; zero when it does not say. */
static struct hf_id entry_said(const struct hf_data_body *body)
{
    struct hf_cursor cursor;
    struct hf_id entry = hf_id_zero();
    for (uint32_t i = 0; i < body->edit_count; i++) {
        hf_cursor_init(&cursor, body->edits[i].value, 1);
        if (body->edits[i].field == HF_FIELD_PARENT)
            entry = hf_cursor_id(&cursor);
    }
    return entry;
}

/* A change that says nothing of it is about what the record was about before. */
static struct hf_id entry_about(const struct walk *walk, const struct hf_data_body *body, size_t index)
{
    struct hf_data_body *before = sim_must(malloc(sizeof *before));
    struct hf_id about = entry_said(body);
    while (hf_id_is_zero(&about) && index-- > 0) {
        const struct sim_entry *entry = &walk->world->log.entries[index];
        if (entry->decoded.kind == HF_LEAF_DATA && entry->has_effect &&
            hf_id_equal(&entry->record_id, &body->record_id) &&
            hf_data_body_decode(hf_buf_slice(&entry->body), before, NULL) == HF_OK)
            about = entry_said(before);
    }
    free(before);
    return about;
}

static bool is_for_another_officer(struct walk *walk, const struct standing *author, const struct hf_data_body *body,
                                   size_t index)
{
    if (!hf_officer_writes(body->type))
        return false;
    const struct hf_id entry = entry_about(walk, body, index);
    return !is_officer(walk, author) || wrote_in(walk, author, &entry, index);
}

struct base_look {
    struct walk *walk;
    const struct hf_id *record;
    bool held, waits;
};

static bool look_at_base(void *ctx, const struct hf_id *base)
{
    struct base_look *look = ctx;
    uint32_t place = look->walk->places[place_of(look->walk, base)];
    const struct sim_entry *entry = place ? &look->walk->world->log.entries[place - 1] : NULL;
    if (!entry)
        look->waits = true;
    else if (!entry->has_effect || !hf_id_equal(&entry->record_id, look->record))
        look->held = true;
    return true;
}

/* --- what a base says --- */

/* The value that a logged change gave a field; empty: none. Borrows from the entry. */
static struct hf_slice value_of(const struct walk *walk, const struct hf_id *change, uint16_t field)
{
    const uint32_t place = walk->places[place_of(walk, change)];
    struct hf_data_body *body = sim_must(malloc(sizeof *body));
    struct hf_slice value = {NULL, 0};
    if (place && hf_data_body_decode(hf_buf_slice(&walk->world->log.entries[place - 1].body), body, NULL) == HF_OK)
        for (uint32_t i = 0; i < body->edit_count; i++)
            if (body->edits[i].field == field)
                value = body->edits[i].value;
    free(body);
    return value;
}

/* What somebody said follows only as it was said. */
static bool breaks_words(const struct walk *walk, const struct hf_data_body *body)
{
    bool breaks = false;
    for (uint32_t i = 0; i < body->edit_count; i++) {
        const struct hf_edit *edit = &body->edits[i];
        bool said = edit->base_count == 0;
        if (hf_model_field(hf_model_type(body->type), edit->field)->kind != HF_KIND_VERBATIM)
            continue;
        for (uint32_t j = 0; j < edit->base_count; j++) {
            const struct hf_id base = hf_edit_base(edit, j);
            said = said || hf_slice_equal(value_of(walk, &base, edit->field), edit->value);
        }
        breaks = breaks || !said;
    }
    return breaks;
}

/* Nobody amends or declines but after a finalising. */
static bool answers_nothing(const struct walk *walk, const struct hf_data_body *body)
{
    const struct hf_field_spec *spec = hf_model_field(NULL, HF_FIELD_FINAL);
    struct hf_act_value act;
    for (uint32_t i = 0; i < body->edit_count; i++) {
        const struct hf_edit *edit = &body->edits[i];
        if (edit->field != HF_FIELD_FINAL || hf_act_decode(spec, edit->value, &act) != HF_OK ||
            act.act == HF_ACT_FINALISE)
            continue;
        for (uint32_t j = 0; j < edit->base_count; j++) {
            const struct hf_id base = hf_edit_base(edit, j);
            if (hf_act_decode(spec, value_of(walk, &base, HF_FIELD_FINAL), &act) == HF_OK && act.act == HF_ACT_FINALISE)
                return false;
        }
        return true;
    }
    return false;
}

static bool is_gone(const struct walk *walk, const struct hf_id *case_id, size_t index)
{
    const struct sim_case *of = sim_case_of(walk->world, case_id);
    return of && of->is_erased && index > of->erased_at;
}

/* As of this entry: with a case that was erased the office forgets its records, and an id may begin again elsewhere. */
static struct known *known_record(struct walk *walk, const struct hf_id *record_id, size_t index)
{
    for (size_t i = 0; i < walk->record_count; i++)
        if (hf_id_equal(&walk->records[i].record_id, record_id) && !is_gone(walk, &walk->records[i].case_id, index))
            return &walk->records[i];
    return NULL;
}

static bool is_of_another_kind(struct walk *walk, const struct hf_data_body *body, size_t index)
{
    const struct known *known = known_record(walk, &body->record_id, index);
    return known && (known->type != body->type || !hf_id_equal(&known->case_id, &body->case_id));
}

static void note_record(struct walk *walk, const struct sim_entry *entry)
{
    struct hf_data_body *body = sim_must(malloc(sizeof *body));
    const size_t index = (size_t)(entry - walk->world->log.entries);
    if (hf_data_body_decode(hf_buf_slice(&entry->body), body, NULL) == HF_OK &&
        !known_record(walk, &body->record_id, index)) {
        walk->records = sim_must(realloc(walk->records, (walk->record_count + 1) * sizeof *walk->records));
        walk->records[walk->record_count++] = (struct known){body->record_id, body->case_id, body->type};
    }
    free(body);
}

static enum hf_hold expected_hold(struct walk *walk, const struct standing *author, const struct sim_entry *entry,
                                  bool *out_waits)
{
    struct hf_data_body *body = sim_must(malloc(sizeof *body));
    struct base_look look = {.walk = walk, .record = &entry->record_id};
    enum hf_hold hold = HF_HOLD_NONE;
    if (hf_data_body_decode(hf_buf_slice(&entry->body), body, NULL) != HF_OK ||
        !hf_id_equal(&body->case_id, &entry->case_id) ||
        is_of_another_kind(walk, body, (size_t)(entry - walk->world->log.entries))) {
        hold = HF_HOLD_FORM;
    } else if (!has_right(walk, author, &body->case_id)) {
        hold = HF_HOLD_RIGHT;
    } else if (is_for_another_officer(walk, author, body, (size_t)(entry - walk->world->log.entries))) {
        hold = HF_HOLD_OFFICER;
    } else {
        (void)hf_merge_bases(body, look_at_base, &look);
        hold = look.held ? HF_HOLD_BASE : HF_HOLD_NONE;
        if (hold == HF_HOLD_NONE && !look.waits && breaks_words(walk, body))
            hold = HF_HOLD_WORDS;
        else if (hold == HF_HOLD_NONE && !look.waits && answers_nothing(walk, body))
            hold = HF_HOLD_FINAL;
    }
    *out_waits = look.waits && hold == HF_HOLD_NONE && !author->revoked;
    free(body);
    return author->revoked ? HF_HOLD_REVOKED : hold;
}

static bool is_forged(const struct walk *walk, const struct sim_entry *entry)
{
    for (size_t i = 0; i < walk->world->device_count; i++)
        if (memcmp(walk->world->devices[i].public_key, entry->decoded.device, HF_SIGN_PUBLIC_BYTES) == 0)
            return walk->world->devices[i].is_forger;
    return false;
}

static bool is_of_server(const struct walk *walk, const struct sim_entry *entry)
{
    const struct hf_server_keys *keys = hf_keystore_server(walk->world->keystore);
    return memcmp(entry->decoded.device, keys->device.public_key, HF_SIGN_PUBLIC_BYTES) == 0;
}

/* Nobody looks into what arrives for a case that was erased: it is logged, and what it says is not kept. */
static bool came_too_late(const struct walk *walk, size_t index)
{
    return is_gone(walk, &walk->world->log.entries[index].case_id, index);
}

static void walk_data(struct walk *walk, size_t index)
{
    struct sim_entry *entry = &walk->world->log.entries[index];
    bool waits = false, own = is_of_server(walk, entry);
    const struct standing *author = own ? NULL : standing_of(walk, entry->decoded.device);
    if (!own && !author) {
        sim_fail(walk->world, "log entry %zu is of a device that was never enrolled", index);
        return;
    }
    enum hf_hold hold = own                          ? HF_HOLD_NONE
                        : came_too_late(walk, index) ? HF_HOLD_ERASED
                                                     : expected_hold(walk, author, entry, &waits);
    const struct sim_case *of = sim_case_of(walk->world, &entry->case_id);
    const bool still = waits && !(of && of->is_erased); /* with its case its waiting ends */
    if (still != entry->waiting || (waits && !is_forged(walk, entry)))
        sim_fail(walk->world, "log entry %zu %s for a base", index, entry->waiting ? "waits" : "does not wait");
    else if (hold != entry->hold)
        sim_fail(walk->world, "log entry %zu is held as %d, by the rules as %d", index, (int)entry->hold, (int)hold);
    entry->has_effect = hold == HF_HOLD_NONE && !waits;
    if (entry->has_effect)
        note_record(walk, entry);
    walk->world->result->counts.held += hold != HF_HOLD_NONE;
}

/* Only the server says who holds a case, which device joins and which one is out. */
static bool says_as_server(struct walk *walk, size_t index)
{
    const struct sim_entry *entry = &walk->world->log.entries[index];
    const enum hf_leaf_kind kind = entry->decoded.kind;
    const struct standing *author = standing_of(walk, entry->decoded.device);
    if (is_of_server(walk, entry))
        return true;
    if (kind == HF_LEAF_NOTE || kind == HF_LEAF_ENROL || kind == HF_LEAF_REVOKE || kind == HF_LEAF_ERASE ||
        kind == HF_LEAF_HOLD) {
        const enum hf_hold hold = came_too_late(walk, index)  ? HF_HOLD_ERASED
                                  : author && author->revoked ? HF_HOLD_REVOKED
                                                              : HF_HOLD_RIGHT;
        walk->world->result->counts.held++;
        if (entry->hold != hold)
            sim_fail(walk->world, "log entry %zu is held as %d, by the rules as %d", index, (int)entry->hold,
                     (int)hold);
    }
    return false;
}

static void walk_caseload_note(struct walk *walk, struct hf_slice body)
{
    struct hf_caseload_note note;
    if (hf_caseload_note_decode(body, &note) != HF_OK)
        return;
    if (note.what == HF_CASELOAD_OFFICER) {
        walk->officers = sim_must(realloc(walk->officers, (walk->officer_count + 1) * sizeof *walk->officers));
        walk->officers[walk->officer_count++] = (struct officer){note.person, note.given};
    }
    for (size_t i = 0; note.what == HF_CASELOAD_ROLE && i < walk->device_count; i++)
        if (hf_id_equal(&walk->devices[i].person, &note.person))
            walk->devices[i].role = note.role;
}

/* A case is opened by somebody who works with cases. */
static void walk_case(struct walk *walk, size_t index)
{
    const struct sim_entry *entry = &walk->world->log.entries[index];
    const struct standing *author = standing_of(walk, entry->decoded.device);
    if (is_of_server(walk, entry) || !author || came_too_late(walk, index))
        return;
    const enum hf_hold hold = author->revoked                       ? HF_HOLD_REVOKED
                              : !sim_role_holds_cases(author->role) ? HF_HOLD_RIGHT
                                                                    : HF_HOLD_NONE;
    if (entry->hold != hold)
        sim_fail(walk->world, "log entry %zu opens a case and is held as %d, by the rules as %d", index,
                 (int)entry->hold, (int)hold);
}

/* Somebody can be asked to settle a clash whose device is in use and may record. */
static void note_deciders(struct walk *walk)
{
    for (size_t person = 0; person < walk->world->person_count; person++) {
        struct sim_person *at = &walk->world->people[person];
        at->can_decide = false;
        for (size_t i = 0; i < walk->device_count; i++) {
            const struct standing *device = &walk->devices[i];
            if (standing_of(walk, device->device) == device && hf_id_equal(&device->person, &at->id) &&
                !device->revoked && sim_role_holds_cases(device->role))
                at->can_decide = true;
        }
    }
}

static void walk_system(struct walk *walk, const struct sim_entry *entry)
{
    struct hf_enrol_body enrol;
    struct hf_revoke_body revoke;
    struct hf_note_body note;
    struct hf_slice body = hf_buf_slice(&entry->body);
    if (entry->decoded.kind == HF_LEAF_ENROL && hf_enrol_body_decode(body, &enrol) == HF_OK &&
        walk->device_count <= SIM_DEVICES_MAX) {
        struct standing *next = &walk->devices[walk->device_count++];
        *next = (struct standing){.person = enrol.person, .role = enrol.role};
        memcpy(next->device, enrol.device, sizeof next->device);
    } else if (entry->decoded.kind == HF_LEAF_REVOKE && hf_revoke_body_decode(body, &revoke) == HF_OK) {
        struct standing *found = standing_of(walk, revoke.device);
        if (found)
            found->revoked = true;
    } else if (entry->decoded.kind == HF_LEAF_NOTE && hf_note_body_decode(body, &note) == HF_OK &&
               note.what == HF_NOTE_ASSIGN) {
        set_right(walk, &note.person, &note.case_id, note.held);
    } else if (entry->decoded.kind == HF_LEAF_NOTE) {
        walk_caseload_note(walk, body);
    }
}

void sim_rules_holds(struct sim_world *world)
{
    struct walk *walk = sim_must(calloc(1, sizeof *walk));
    walk->world = world;
    walk->place_cap = 64;
    while (walk->place_cap < world->log.count * 2)
        walk->place_cap *= 2;
    walk->places = sim_must(calloc(walk->place_cap, sizeof *walk->places));
    for (size_t i = 0; i < world->log.count && !sim_failed(world); i++) {
        struct sim_entry *entry = &world->log.entries[i];
        size_t slot = place_of(walk, &entry->change_id);
        if (walk->places[slot])
            sim_fail(world, "log entry %zu is the same change as entry %u", i, walk->places[slot] - 1);
        walk->places[slot] = (uint32_t)i + 1;
        if (entry->decoded.kind == HF_LEAF_DATA)
            walk_data(walk, i);
        else if (entry->decoded.kind == HF_LEAF_CASE)
            walk_case(walk, i);
        else if (says_as_server(walk, i))
            walk_system(walk, entry);
    }
    note_deciders(walk);
    free(walk->officers);
    free(walk->rights);
    free(walk->records);
    free(walk->places);
    free(walk);
}
